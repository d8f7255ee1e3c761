//! WebSockets as any client may use them (rows V-001 to V-008, H-009; catalogue ).

use guillotina_tests::{Binary, Client, Connection, PEOPLE, SETTINGS, Server, Socket};
use serde_json::json;
use std::time::Duration;

const PATH: &str = "/db/c/@conversate";

fn bob(server: &Server) -> Client {
    server.anonymous().basic("bob", "secret-bob")
}

fn handshake(server: &Server, client: &Client, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address(),
        client.authorization().unwrap_or("x")
    )
}

async fn raw(server: &Server) -> Connection {
    let mut connection = Connection::open(server.address()).await.unwrap();
    connection.send(handshake(server, &bob(server), PATH)).await.unwrap();
    let answer = connection.answer(false).await.unwrap();
    assert_eq!(answer.status, 101, "{}", answer.text());
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    connection
}

/// A frame of a client: masked, with the mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | length as u8),
        length @ 126..=65535 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(payload);
    bytes
}

#[tokio::test]
async fn a_refused_handshake_is_an_http_answer_v_002() {
    let server = Server::with(PEOPLE).await;
    let (anyone, bob) = (server.anonymous(), bob(&server));
    for (client, path, status) in [
        (&anyone, PATH, 401),
        (&anyone.basic("bob", "wrong"), PATH, 401),
        (&bob, "/db/c/@nothing", 404),
        (&bob, "/db/nothing/@conversate", 404),
        (&bob, "/nothing/@conversate", 404),
        (&bob, "/db/c/conversations/@conversate", 404),
        (&bob, "/db/c/%2e%2e/@conversate", 404),
    ] {
        let refused = Socket::open(client, path).await.err();
        assert!(refused == Some(status) || (status == 404 && refused == Some(401)), "{path}: {refused:?}");
    }
    // A service is no socket, and a socket is no service.
    assert!(matches!(Socket::open(&server.root(), "/db/c/@sharing").await, Err(400..=499)));
    let plain = bob.get(PATH).await;
    assert!((400..=499).contains(&plain.status), "{}: {}", plain.status, plain.text());
}

#[tokio::test]
async fn a_version_that_is_not_13_is_426_r_045() {
    let server = Server::with(PEOPLE).await;
    let mut connection = Connection::open(server.address()).await.unwrap();
    connection.send(handshake(&server, &bob(&server), PATH).replace("version: 13", "version: 8")).await.unwrap();
    let answer = connection.answer(false).await.unwrap();
    assert_eq!(answer.status, 426, "{}", answer.text());
    assert_eq!(answer.header("sec-websocket-version"), Some("13"));
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket_v_007_r_045() {
    let server = Server::with(PEOPLE).await;
    let bob = bob(&server);
    assert_eq!(Socket::open_with(&bob, PATH, &[("origin", "https://evil.example")]).await.err(), Some(401));
    for origin in ["https://app.example", &format!("http://{}", server.address())] {
        let opened = Socket::open_with(&bob, PATH, &[("origin", origin)]).await;
        assert!(opened.is_ok(), "{origin}: {:?}", opened.err());
    }
}

#[tokio::test]
async fn bad_frames_close_the_socket_with_their_code_r_052() {
    let server = Server::with(PEOPLE).await;
    let large = vec![b'x'; 70_000];
    let cases: [(&str, Vec<u8>, u16); 9] = [
        ("a reserved bit", frame(0xc1, b"x"), 1002),
        ("an unknown opcode", frame(0x83, b"x"), 1002),
        ("no mask", vec![0x81, 1, b'x'], 1002),
        ("a ping in parts", frame(0x09, b"x"), 1002),
        ("a long ping", frame(0x89, &[b'x'; 126]), 1002),
        ("a continuation of nothing", frame(0x80, b"x"), 1002),
        ("no UTF-8", frame(0x81, &[0xff, 0xfe]), 1007),
        ("a large message", frame(0x82, &large), 1009),
        ("the close code 1005", frame(0x88, &1005_u16.to_be_bytes()), 1002),
    ];
    for (what, bytes, code) in cases {
        let mut connection = raw(&server).await;
        // The server may be done with it before all of it is there.
        let _ = connection.send(bytes).await;
        assert_eq!(connection.close_code().await, Some(code), "{what}");
    }
    let mut good = Socket::open(&bob(&server), PATH).await.expect("the server goes on");
    good.say("ignored").await;
    good.silent_for(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn a_client_that_talks_too_much_is_cut_with_1008_r_052() {
    let server =
        Server::with(&format!("{PEOPLE}[limits]\nwebsocket_inbound_frames_per_s = 5\nwebsocket_inbound_burst = 10\n"))
            .await;
    let mut connection = raw(&server).await;
    for _ in 0..50 {
        if connection.send(frame(0x81, b"x")).await.is_err() {
            break;
        }
    }
    assert_eq!(connection.close_code().await, Some(1008));
}

#[tokio::test]
async fn who_does_not_answer_a_ping_is_cut_with_4408_v_007() {
    let server = Server::with(&format!("{PEOPLE}[limits]\nwebsocket_ping_ms = 200\nwebsocket_pong_ms = 3000\n")).await;
    // The library answers pings by itself as long as it is read. The one that does is older than the one that does not.
    let mut good = Socket::open(&bob(&server), PATH).await.expect("bob may listen");
    let mut silent = raw(&server).await;
    let code = tokio::select! {
        code = silent.close_code() => code,
        frame = good.next() => panic!("{frame}"),
    };
    assert_eq!(code, Some(4408));
    good.silent_for(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn idle_sockets_cost_little_r_050() {
    const SOCKETS: usize = 600;
    // Hashing a password takes much memory that is kept for a while: nobody does it in the process that is measured.
    let settings = SETTINGS.replace("password = \"root\"", "password = \"\"");
    let mut server = Server::of(
        Binary::Guillotina,
        &format!("{settings}{PEOPLE}[limits]\nconnections = 5000\nwebsocket_ping_ms = 3600000\n"),
    )
    .await;
    let people = ["alice", "bob"].map(|name| (name, format!("secret-{name}")));
    let mut tokens = Vec::new();
    for (name, password) in &people {
        tokens.push(server.anonymous().login("/db/c", name, password).await.authorization().unwrap().to_owned());
    }
    assert!(server.stop().await.success());
    server.restart().await;
    let [alice, bob] = [0, 1].map(|n| server.anonymous().with_authorization(tokens[n].clone()));
    // What the start took is given back some time later: counted is from the lowest point on.
    let (mut sockets, mut lowest, mut last) = (Vec::new(), (0, usize::MAX), 0);
    while sockets.len() < SOCKETS {
        for _ in 0..50 {
            sockets.push(Socket::open(&bob, PATH).await.expect("bob may listen"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        last = resident_kib(&server);
        if last <= lowest.1 {
            lowest = (sockets.len(), last);
        }
    }
    let counted = SOCKETS - lowest.0;
    println!("{:.1} KiB for each of {counted} idle sockets", (last - lowest.1) as f64 / counted.max(1) as f64);
    // A build for tests; the bar of 12 KiB is one of the benchmarks.
    assert!(last - lowest.1 <= 40 * counted, "{lowest:?}, {last} KiB with {SOCKETS} idle sockets");
    alice
        .post("/db/c/conversations", json!({"@type": "Conversation", "id": "room", "users": ["bob"]}))
        .await
        .expect(201);
    alice.post("/db/c/conversations/room", json!({"@type": "Message", "text": "to all"})).await.expect(201);
    for socket in &mut sockets {
        assert_eq!(socket.next().await["text"], "to all");
    }
}

/// Memory of the server's process.
fn resident_kib(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process())).expect("the state of a process");
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

//! Broken and hostile input: the answer that the contract names, never a 500, and the server goes on (rows C-004, C-018, C-024, E-003,
//! catalogue ).

use guillotina_tests::{Connection, PEOPLE, Server};
use serde_json::json;
use std::time::Duration;

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";

/// The server answers, and nothing in it has panicked.
pub async fn alive(server: &Server) {
    assert_eq!(server.root().get("/db").await.status, 200);
    let log = server.log();
    assert!(!log.contains("panicked"), "a panic in the log:\n{log}");
}

#[tokio::test]
async fn a_json_of_any_depth_is_412_r_035_e_003() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    for depth in [65, 128, 1000, 100_000, 250_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inside = if open == "[" { "" } else { "1" };
            let body = format!("{}{inside}{}", open.repeat(depth), close.repeat(depth));
            if body.len() > 1_000_000 {
                continue;
            }
            for (method, path) in [
                ("POST", "/db/c"),
                ("PATCH", "/db/c"),
                ("POST", "/db/c/@login"),
                ("POST", "/db"),
                ("POST", "/db/c/@sharing"),
            ] {
                let answer = root.send(method, path, Some(body.as_bytes()), &[]).await;
                assert_eq!(answer.status, 412, "{method} {path} of depth {depth}: {}", answer.text());
            }
        }
    }
    let unclosed = "[".repeat(900_000);
    assert_eq!(
        root.send("POST", "/db/c", Some(unclosed.as_bytes()), &[]).await.expect(412)["reason"],
        "jsonDecodeError"
    );
    alive(&server).await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413_before_it_is_read_c_024() {
    let server = Server::with(PEOPLE).await;
    let large = vec![b' '; 3 * 1024 * 1024];
    assert_eq!(server.root().send("POST", "/db/c", Some(&large), &[]).await.expect(413), json!({}));
    let mut connection = Connection::open(server.address()).await.unwrap();
    connection.send("POST /db/c HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n").await.unwrap();
    assert_eq!(connection.answer(false).await.unwrap().status, 413, "the declared length is enough");
    let mut connection = Connection::open(server.address()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    connection.send("POST /db/c HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    for _ in 0..40 {
        if connection.send(&chunk).await.is_err() {
            break;
        }
    }
    assert_eq!(connection.answer(false).await.unwrap().status, 413, "a body without a declared length");
    alive(&server).await;
}

#[tokio::test]
async fn the_setting_of_the_body_limit_counts_z_027() {
    let server = Server::with(&format!("{PEOPLE}[server_settings]\nclient_max_size = 2000000\n")).await;
    let root = server.root();
    let text = "x".repeat(1_500_000);
    root.post("/db/c", json!({"@type": "Item", "id": "long", DC: {"description": text}})).await.expect(201);
    assert_eq!(root.post("/db/c", json!({"@type": "Item", DC: {"description": text.repeat(2)}})).await.status, 413);
}

#[tokio::test]
async fn paths_lead_nowhere_else_c_004_r_036() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let long = format!("/db/c/{}", "a".repeat(256));
    let deep = "/a".repeat(65);
    for path in [
        "/db/c/..",
        "/db/c/../..",
        "/../etc/passwd",
        "/db/c/%2e%2e",
        "/db/c/%2E%2E/%2e%2e/x",
        "/db/c/.",
        "/db/c/%00",
        "/db/c/a%00b",
        "/db/c/a%2fb",
        "/db/c/a%5cb",
        "/db/c/%ff%fe",
        "/db/c/%c0%ae%c0%ae",
        "/db/c/%252e%252e",
        "/db/c/_p",
        "/db/c/__class__",
        "/db/c/%5f_class__",
        "/db/c/@@view",
        "/db/c/@",
        "/db/c/%e2%80%ae",
        "/db/c/a%0d%0aX-Injected:1",
        "/db/c/@canido/%2e%2e",
        "/db/c/@addons/%00",
        "/db/c/@behaviors/%ff",
        "/%64b/c/x",
        "/db/c/conversations/../../..",
        "//..//",
        "/db%00",
        "/%",
        "/db/c/%zz",
        &long,
        &deep,
    ] {
        for method in ["GET", "PATCH", "DELETE", "POST", "PUT", "HEAD"] {
            let body = if ["GET", "HEAD", "DELETE"].contains(&method) { None } else { Some(b"{}".as_slice()) };
            let answer = root.send(method, path, body, &[]).await;
            assert!(
                [400, 401, 404, 405, 412, 414].contains(&answer.status),
                "{method} {path}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(answer.header("x-injected").is_none());
        }
    }
    // What is not a path at all.
    for line in [
        "GET db HTTP/1.1",
        "GET /db c HTTP/1.1",
        "GET  HTTP/1.1",
        "GET /db\0 HTTP/1.1",
        "GET /é HTTP/1.1",
        "/db",
        "GET /db HTTP/9.9",
        "G@T /db HTTP/1.1",
        "GET * HTTP/1.1",
    ] {
        let mut connection = Connection::open(server.address()).await.unwrap();
        connection.send(format!("{line}\r\nhost: x\r\n\r\n")).await.unwrap();
        if let Ok(answer) = connection.answer(false).await {
            assert!(
                (400..500).contains(&answer.status) || answer.status == 505,
                "{line}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
    let mut connection = Connection::open(server.address()).await.unwrap();
    connection.send(format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(9000))).await.unwrap();
    assert_eq!(connection.answer(false).await.unwrap().status, 414);
    alive(&server).await;
}

#[tokio::test]
async fn the_limits_of_the_settings_reach_the_wire_r_030_r_032() {
    let limits = "[limits]\nheader_count = 20\nheader_bytes = 9000\n";
    let server = Server::with(&format!("{PEOPLE}{limits}")).await;
    let mut many = Connection::open(server.address()).await.unwrap();
    many.send(format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(40))).await.unwrap();
    assert_eq!(many.answer(false).await.unwrap().status, 431);
    let mut large = Connection::open(server.address()).await.unwrap();
    large
        .send(format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", format!("a: {}\r\n", "b".repeat(4000)).repeat(4)))
        .await
        .unwrap();
    assert_eq!(large.answer(false).await.unwrap().status, 431);
}

#[tokio::test]
async fn the_times_of_the_settings_reach_the_wire_r_030() {
    let limits = "[limits]\nheader_read_timeout_ms = 700\nkeep_alive_idle_ms = 900\n";
    let server = Server::with(&format!("{PEOPLE}{limits}")).await;
    let mut slow = Connection::open(server.address()).await.unwrap();
    slow.send("GET / HTTP/1.1\r\nhost").await.unwrap();
    assert_eq!(slow.answer(false).await.unwrap().status, 408);
    // On a busy machine the request itself may come too late.
    let mut idle = loop {
        let mut connection = Connection::open(server.address()).await.unwrap();
        let sent = connection.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        if sent.is_ok() && connection.answer(false).await.is_ok_and(|answer| answer.status == 200) {
            break connection;
        }
    };
    assert!(idle.closes_within(Duration::from_secs(60)).await, "an idle connection is closed");
}

#[tokio::test]
async fn a_request_is_never_two_r_033() {
    let server = Server::with(PEOPLE).await;
    for head in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "content-length: 5\r\ncontent-length: 6",
        "content-length: +5",
        "content-length: -1",
        "content-length: 0x5",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: xchunked",
        " folded: x",
        "bad header: x",
        "a\0: b",
    ] {
        let mut connection = Connection::open(server.address()).await.unwrap();
        connection
            .send(format!(
                "POST /db HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
            ))
            .await
            .unwrap();
        let answer = connection.answer(false).await;
        if let Ok(answer) = answer {
            assert!(
                (400..=501).contains(&answer.status) && answer.status != 500,
                "{head:?}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(connection.answer(false).await.is_err(), "{head:?}: a second request was seen");
        }
    }
    alive(&server).await;
}

#[tokio::test]
async fn every_answer_says_what_it_is_r_044_c_035() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    for (method, path, body) in [
        ("GET", "/db/c", None),
        ("GET", "/nothing", None),
        ("POST", "/db/c", Some("{")),
        ("PURGE", "/", None),
        ("PATCH", "/db/c", Some("{}")),
        ("HEAD", "/db/c", None),
    ] {
        let answer = root.send(method, path, body.map(str::as_bytes), &[]).await;
        let kind = answer.header("content-type").map(str::to_owned);
        if answer.status == 204 {
            assert_eq!(kind, None, "row C-035");
        } else if method != "HEAD" {
            assert!(kind.as_deref().is_some_and(|k| k.starts_with("application/json")), "{method} {path}: {kind:?}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {path}");
        }
    }
    // Nobody but a trusted proxy decides what URLs begin with (row C-029).
    let headers = [
        ("x-virtualhost-monster", "https://evil.example/x"),
        ("x-forwarded-proto", "https"),
        ("x-virtualhost-path", "/evil"),
    ];
    let answer = root.send("GET", "/db/c", None, &headers).await;
    assert_eq!(answer.expect(200)["@id"], format!("http://{}/db/c", server.address()));
}

#[tokio::test]
async fn markup_comes_back_as_data_n_002_r_027() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let hostile = "<script>alert(1)</script>'; DROP TABLE objects; -- {{7*7}} ${x} \r\nX: y";
    root.post("/db/c", json!({"@type": "Item", "id": "item", DC: {"description": hostile}})).await.expect(201);
    assert_eq!(root.get("/db/c/item").await.expect(200)[DC]["description"], hostile);
    let html = root.send("GET", "/db/c/item", None, &[("accept", "text/html")]).await;
    assert!(
        html.header("content-type").is_some_and(|k| k.starts_with("application/json"))
            || !html.text().contains("<script>"),
        "{}",
        html.text()
    );
    let answer = root.get("/db/c/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(answer.header("content-type").is_some_and(|k| k.starts_with("application/json")), "{}", answer.text());
}

//! Why a socket ends, by its close code (row V-007, docs/limits.md).

use guillotina_tests::{Binary, Client, Connection, PEOPLE, SETTINGS, Server, Socket};
use serde_json::json;

const PATH: &str = "/db/c/@conversate";
const ROOM: &str = "/db/c/conversations/room";

/// Small bounds, and so much time for everything else that nothing but its cause ends a socket.
const LIMITS: &str = r#"
[load_utilities."guillotina_chat.message_sender"]
settings = { queue = 64 }
[limits]
websocket_inbound_frames_per_s = 5
websocket_inbound_burst = 10
websocket_message_bytes = 1000
websocket_send_queue_frames = 16
websocket_send_queue_bytes = 65536
websocket_kernel_send_bytes = 16384
websocket_recheck_ms = 200
websocket_ping_ms = 3600000
websocket_close_ms = 3600000
"#;

struct Cast {
    server: Server,
    alice: Client,
    bob: Client,
    eve: Client,
}

impl Cast {
    async fn new() -> Cast {
        let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
        let settings = settings.replace("[jwt]", "[jwt]\ntoken_expiration = 5");
        let server = Server::of(Binary::TestServer, &format!("{settings}{PEOPLE}{LIMITS}")).await;
        let [alice, bob, eve] =
            ["alice", "bob", "eve"].map(|name| server.anonymous().basic(name, &format!("secret-{name}")));
        let room = json!({"@type": "Conversation", "id": "room", "users": ["alice", "bob"]});
        alice.post("/db/c/conversations", room).await.expect(201);
        // What is replayed is about the container.
        let reader = json!({"prinrole": [{"principal": "eve", "role": "guillotina.Reader", "setting": "Allow"}]});
        server.root().post("/db/c/@sharing", reader).await.expect(200);
        Cast { server, alice, bob, eve }
    }

    /// The code after those bytes on a new socket.
    async fn after(&self, bytes: &[u8]) -> u16 {
        let mut connection = Connection::open(self.server.address()).await.unwrap();
        let (host, authorization) = (self.server.address(), self.bob.authorization().unwrap());
        let request = format!(
            "GET {PATH} HTTP/1.1\r\nhost: {host}\r\nauthorization: {authorization}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        connection.send(request).await.unwrap();
        assert_eq!(connection.answer(false).await.unwrap().status, 101);
        // The server may be done with it before all of it is there.
        let _ = connection.send(bytes).await;
        connection.close_code().await.expect("a code")
    }

    async fn a_question_over_ws(&self) -> u16 {
        let mut socket = Socket::open(&self.bob, "/db/c/@ws").await.unwrap();
        socket.say("{\"op\": \"close\"}").await;
        socket.closed().await
    }

    /// Frames of one commit for which there is no room on the way to the sockets; they are all there for who comes back.
    async fn a_full_queue(&self) -> u16 {
        const FRAMES: u64 = 5_000;
        let mut socket = Socket::open(&self.eve, &format!("{PATH}?since=")).await.unwrap();
        let begun = socket.next().await["position"].clone();
        self.server.root().post("/db/c/@flood/eve", json!({"count": FRAMES})).await.expect(200);
        let code = socket.closed().await;
        let mut again = Socket::open(&self.eve, &format!("{PATH}?since={begun}")).await.unwrap();
        for number in 0..FRAMES {
            assert_eq!(again.next().await["number"], number);
        }
        code
    }

    async fn a_reader_that_stands_still(&self) -> u16 {
        let mut slow = Socket::open_slow(&self.bob, PATH).await.unwrap();
        let mut quick = Socket::open(&self.alice, PATH).await.unwrap();
        for _ in 0..30 {
            let message = json!({"@type": "Message", "text": "😀".repeat(10_000)});
            self.alice.post(ROOM, message).await.expect(201);
            quick.next().await;
        }
        slow.closed().await
    }

    async fn a_token_that_ends(&self) -> u16 {
        // On a busy machine it may have ended before the socket is open.
        loop {
            let bob = self.server.anonymous().login("/db/c", "bob", "secret-bob").await;
            if let Ok(mut socket) = Socket::open(&bob, PATH).await {
                break socket.closed().await;
            }
        }
    }

    async fn a_user_who_is_disabled(&self) -> u16 {
        let mut socket = Socket::open(&self.eve, PATH).await.unwrap();
        self.server.root().patch("/db/c/users/eve", json!({"disabled": true})).await.expect(204);
        socket.closed().await
    }

    async fn a_server_that_stops(mut self) -> u16 {
        let mut socket = Socket::open(&self.alice, PATH).await.unwrap();
        let closed = tokio::spawn(async move { socket.closed().await });
        assert!(self.server.stop().await.success());
        closed.await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_end_has_its_code_v_007() {
    let cast = Cast::new().await;
    let masked = |first: u8, payload: &[u8]| {
        let mut frame = vec![first, 0x80 | 126];
        frame.extend_from_slice(&(payload.len() as u16).to_be_bytes());
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        frame
    };
    let text = [0x81, 0x81, 0, 0, 0, 0, b'x'];
    let table = [
        ("close on @ws", 1000, cast.a_question_over_ws().await),
        ("no mask", 1002, cast.after(&[0x81, 1, b'x']).await),
        ("a reserved opcode", 1002, cast.after(&[0x83, 0x80, 0, 0, 0, 0]).await),
        ("no UTF-8", 1007, cast.after(&[0x81, 0x81, 0, 0, 0, 0, 0xff]).await),
        ("too many messages", 1008, cast.after(&text.repeat(50)).await),
        ("a large message", 1009, cast.after(&masked(0x82, &[0; 1_001])).await),
        ("a full queue", 1013, cast.a_full_queue().await),
        ("a token that ends", 4401, cast.a_token_that_ends().await),
        ("a slow reader", 4429, cast.a_reader_that_stands_still().await),
        ("a user who is disabled", 4403, cast.a_user_who_is_disabled().await),
        ("the server stops", 1012, cast.a_server_that_stops().await),
    ];
    for (why, expected, code) in table {
        assert_eq!(code, expected, "{why}");
    }
}

//! What operators see of sockets, streams and logins, and what a plugin counts itself.

use crate::operation::{ADMIN, becomes, metrics, value};
use guillotina_tests::{Binary, Client, PEOPLE, SETTINGS, Server, Socket, plugin::REFUSED};
use serde_json::json;

const ROOM: &str = "/db/c/conversations/room";

/// A server with alice and bob in a room.
async fn room(tables: &str) -> (Server, Client, Client) {
    let server = Server::with_test_plugin(&format!("{PEOPLE}{ADMIN}{tables}")).await;
    let person = async |name: &str| server.anonymous().login("/db/c", name, &format!("secret-{name}")).await;
    let (alice, bob) = (person("alice").await, person("bob").await);
    let room = json!({"@type": "Conversation", "id": "room", "users": ["alice", "bob"]});
    alice.post("/db/c/conversations", room).await.expect(201);
    (server, alice, bob)
}

async fn say(client: &Client, text: &str) -> u16 {
    client.post(ROOM, json!({"@type": "Message", "text": text})).await.status
}

#[tokio::test]
async fn frames_of_streams_are_counted_live_and_replayed() {
    let (server, alice, bob) = room("").await;
    let admin = server.admin();
    let mut socket = Socket::open(&bob, "/db/c/@conversate?since=").await.unwrap();
    assert_eq!(socket.next().await["reset"], true);
    becomes(&admin, "guillotina_stream_resets_total", "", 1.0).await;
    becomes(&admin, "guillotina_chat_sockets", "", 1.0).await;
    let mut last = json!(0);
    for text in ["one", "two", "three"] {
        assert_eq!(say(&alice, text).await, 201);
        last = socket.next().await["position"].clone();
    }
    assert_eq!(say(&alice, REFUSED).await, 412);
    becomes(&admin, "guillotina_stream_frames_delivered_total", "", 3.0).await;
    socket.close().await;
    becomes(&admin, "guillotina_chat_sockets", "", 0.0).await;
    for text in ["four", "five"] {
        assert_eq!(say(&alice, text).await, 201);
    }
    let mut socket = Socket::open(&bob, &format!("/db/c/@conversate?since={last}")).await.unwrap();
    for text in ["four", "five"] {
        assert_eq!(socket.next().await["text"], text);
    }
    becomes(&admin, "guillotina_stream_frames_replayed_total", "", 2.0).await;
    let text = metrics(&admin).await;
    for (name, wanted) in [
        ("guillotina_stream_frames_delivered_total", 3.0),
        ("guillotina_stream_resets_total", 1.0),
        ("guillotina_stream_frames_dropped_total", 0.0),
        ("guillotina_stream_queue", 0.0),
        ("guillotina_chat_messages_total", 5.0),
    ] {
        assert_eq!(value(&text, name, ""), wanted, "{name} in\n{text}");
    }
}

#[tokio::test]
async fn a_client_asks_whether_it_is_still_connected() {
    let (_server, alice, bob) = room("").await;
    let mut socket = Socket::open(&bob, "/db/c/@conversate").await.unwrap();
    socket.say("not even JSON").await;
    socket.say(r#"{"ping":true}"#).await;
    assert_eq!(socket.next().await, json!({"pong": true}));
    assert_eq!(say(&alice, "after it").await, 201);
    assert_eq!(socket.next().await["text"], "after it");
    socket.close().await;
}

#[tokio::test]
async fn a_ping_is_answered_while_what_was_missed_is_read() {
    let limits = "[limits]\nwebsocket_send_queue_frames = 8\nwebsocket_send_queue_bytes = 500000\n";
    let (_server, alice, bob) = room(limits).await;
    let mut socket = Socket::open(&bob, "/db/c/@conversate?since=").await.unwrap();
    let begin = socket.next().await["position"].clone();
    socket.close().await;
    let long = "😀".repeat(10_000);
    for _ in 0..300 {
        assert_eq!(say(&alice, &long).await, 201);
    }
    let mut socket = Socket::open(&bob, &format!("/db/c/@conversate?since={begin}")).await.unwrap();
    // All of it does not fit between the two: the server waits until it is read.
    socket.say(r#"{"ping":true}"#).await;
    let mut before = 0;
    while socket.next().await.get("pong").is_none() {
        before += 1;
    }
    assert!(before < 300, "it was answered after everything else");
    for _ in before..300 {
        assert_eq!(socket.next().await["text"], long.as_str());
    }
    socket.close().await;
}

#[tokio::test]
async fn frames_that_wait_are_seen_and_so_is_the_cut_4429() {
    let limits =
        "[limits]\nwebsocket_send_queue_frames = 4\nwebsocket_kernel_send_bytes = 4096\nwebsocket_close_ms = 500\n";
    let (server, alice, bob) = room(limits).await;
    let admin = server.admin();
    // It never reads.
    let _socket = Socket::open(&bob, "/db/c/@conversate").await.unwrap();
    becomes(&admin, "guillotina_websockets", "", 1.0).await;
    let (long, mut most) = ("😀".repeat(10_000), 0.0);
    let closed = |text: &str| text.contains("guillotina_websockets_closed_total{code=\"4429\"} 1\n");
    let mut text = metrics(&admin).await;
    for _ in 0..1_000 {
        if closed(&text) {
            break;
        }
        assert_eq!(say(&alice, &long).await, 201);
        text = metrics(&admin).await;
        most = value(&text, "guillotina_websocket_frames_waiting", "").max(most);
    }
    assert!(closed(&text), "{text}");
    assert!(most >= 1.0, "none was seen to wait");
    becomes(&admin, "guillotina_websocket_frames_waiting", "", 0.0).await;
}

#[tokio::test]
async fn sockets_whose_right_has_ended_are_counted_by_code() {
    let tables = "[limits]\nwebsocket_recheck_ms = 50\n";
    let (server, _alice, bob) = room(tables).await;
    let admin = server.admin();
    let _socket = Socket::open(&bob, "/db/c/@conversate").await.unwrap();
    becomes(&admin, "guillotina_websockets", "", 1.0).await;
    server.root().patch("/db/c/users/bob", json!({"disabled": true})).await.expect(204);
    becomes(&admin, "guillotina_websockets_closed_total", "code=\"4403\"", 1.0).await;
}

#[tokio::test]
async fn logins_that_are_refused_unseen_are_counted() {
    let settings = format!("login_failures_per_user = 2\n{SETTINGS}{PEOPLE}{ADMIN}");
    let server = Server::of(Binary::Guillotina, &settings).await;
    let admin = server.admin();
    let guess = async || {
        let body = json!({"username": "bob", "password": "wrong"});
        server.anonymous().post("/db/c/@login", body).await.status
    };
    assert_eq!([guess().await, guess().await], [401, 401]);
    assert_eq!(value(&metrics(&admin).await, "guillotina_logins_refused_total", ""), 0.0);
    assert_eq!(guess().await, 429);
    assert_eq!(value(&metrics(&admin).await, "guillotina_logins_refused_total", ""), 1.0);
}

#[tokio::test]
async fn frames_that_find_the_queue_full_are_counted_and_come_back_1013() {
    let queue = "[load_utilities.\"guillotina_chat.message_sender\".settings]\nqueue = 1\n";
    let (server, alice, bob) = room(queue).await;
    let admin = server.admin();
    let mut socket = Socket::open(&bob, "/db/c/@conversate").await.unwrap();
    becomes(&admin, "guillotina_chat_sockets", "", 1.0).await;
    // Messages that share a commit come at once.
    for _ in 0..50 {
        let writers: Vec<_> = (0..32)
            .map(|_| {
                tokio::spawn({
                    let alice = alice.clone();
                    async move { say(&alice, "x").await }
                })
            })
            .collect();
        for writer in writers {
            assert_eq!(writer.await.unwrap(), 201);
        }
        if value(&metrics(&admin).await, "guillotina_stream_frames_dropped_total", "") > 0.0 {
            break;
        }
    }
    assert_eq!(socket.closed().await, 1013);
    let text = metrics(&admin).await;
    assert!(value(&text, "guillotina_stream_frames_dropped_total", "") > 0.0, "{text}");
    assert_eq!(value(&text, "guillotina_websockets_closed_total", "code=\"1013\""), 1.0);
}

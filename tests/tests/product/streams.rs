//! Streams lose nothing (rows H-009, H-010): what was missed comes back, in order, once, or the client is told that it cannot.

use guillotina_tests::{Binary, Client, PEOPLE, SETTINGS, Server, Socket};
use serde_json::{Value, json};
use std::time::Duration;

const ROOM: &str = "/db/c/conversations/room";
const QUIET: Duration = Duration::from_millis(300);

async fn person(server: &Server, name: &str) -> Client {
    server.anonymous().login("/db/c", name, &format!("secret-{name}")).await
}

/// alice and bob in a room.
async fn room(server: &Server) -> [Client; 2] {
    let people = [person(server, "alice").await, person(server, "bob").await];
    let room = json!({"@type": "Conversation", "id": "room", "users": ["alice", "bob"]});
    people[0].post("/db/c/conversations", room).await.expect(201);
    people
}

async fn since(client: &Client, position: &Value) -> Socket {
    let position = position.as_u64().map(|p| p.to_string()).unwrap_or_default();
    Socket::open(client, &format!("/db/c/@conversate?since={position}")).await.expect("a member may listen")
}

/// A socket that listens from now on, and the position it begins at.
async fn begin(client: &Client) -> (Socket, Value) {
    let mut socket = since(client, &Value::Null).await;
    let reset = socket.next().await;
    assert_eq!(reset["reset"], true, "{reset}");
    assert!(reset["position"].is_u64() && reset.as_object().unwrap().len() == 2, "{reset}");
    (socket, reset["position"].clone())
}

async fn say(client: &Client, text: &str) -> String {
    let said = client.post(ROOM, json!({"@type": "Message", "text": text})).await.expect(201);
    said["@name"].as_str().unwrap().to_owned()
}

async fn hears(socket: &mut Socket, texts: &[&str]) -> Value {
    let mut last = Value::Null;
    for text in texts {
        let frame = socket.next().await;
        assert_eq!(frame["text"], *text, "{frame}");
        assert!(frame["position"].as_u64() > last.as_u64(), "{frame} after {last}");
        last = frame["position"].clone();
    }
    last
}

#[tokio::test]
async fn what_was_missed_comes_in_order_and_then_what_comes_h_009_h_013() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob] = room(&server).await;
    let (mut socket, begun) = begin(&bob).await;
    say(&alice, "one").await;
    let one = hears(&mut socket, &["one"]).await;
    socket.close().await;
    for text in ["two", "three", "four"] {
        say(&alice, text).await;
    }
    let mut socket = since(&bob, &one).await;
    hears(&mut socket, &["two", "three", "four"]).await;
    say(&alice, "five").await;
    let five = hears(&mut socket, &["five"]).await;
    socket.silent_for(QUIET).await;
    // Again from the very beginning, and from the end.
    hears(&mut since(&bob, &begun).await, &["one", "two", "three", "four", "five"]).await;
    let mut nothing = since(&bob, &five).await;
    nothing.silent_for(QUIET).await;
    // Without a position it is as it always was.
    let mut plain = Socket::open(&bob, "/db/c/@conversate").await.unwrap();
    plain.silent_for(QUIET).await;
    say(&alice, "six").await;
    for socket in [&mut plain, &mut nothing, &mut socket] {
        hears(socket, &["six"]).await;
    }
}

#[tokio::test]
async fn a_kill_between_two_messages_loses_none_h_010() {
    let mut server = Server::with(PEOPLE).await;
    let [alice, bob] = room(&server).await;
    let (mut socket, _) = begin(&bob).await;
    say(&alice, "one").await;
    let one = hears(&mut socket, &["one"]).await;
    socket.close().await;
    say(&alice, "two").await;
    server.kill();
    server.restart().await;
    let [alice, bob] = [person(&server, "alice").await, person(&server, "bob").await];
    say(&alice, "three").await;
    let mut socket = since(&bob, &one).await;
    let three = hears(&mut socket, &["two", "three"]).await;
    assert!(server.stop().await.success());
    assert_eq!(socket.closed().await, 1012);
    server.restart().await;
    let [alice, bob] = [person(&server, "alice").await, person(&server, "bob").await];
    let mut socket = since(&bob, &three).await;
    say(&alice, "four").await;
    hears(&mut socket, &["four"]).await;
}

#[tokio::test]
async fn a_position_that_cannot_be_served_gets_a_reset_h_009() {
    let kept = SETTINGS.replace("path = \"data.sqlite\"", "path = \"data.sqlite\"\nstream_frames = 5");
    let server = Server::of(Binary::Guillotina, &format!("{kept}{PEOPLE}")).await;
    let [alice, bob] = room(&server).await;
    let (mut socket, begun) = begin(&bob).await;
    for number in 0..20 {
        say(&alice, &number.to_string()).await;
    }
    let mut last = Value::Null;
    for number in 0..20 {
        last = hears(&mut socket, &[&number.to_string()]).await;
    }
    // Too old, never given, none at all: the same answer, and then the stream goes on from there.
    for unknown in [begun.to_string(), "1".into(), format!("{}", u64::MAX), "-3".into(), "x".into(), String::new()] {
        let mut socket = Socket::open(&bob, &format!("/db/c/@conversate?since={unknown}")).await.unwrap();
        let reset = socket.next().await;
        assert_eq!(reset, json!({"reset": true, "position": last}), "since={unknown}");
        let text = format!("after {unknown}");
        say(&alice, &text).await;
        last = hears(&mut socket, &[&text]).await;
    }
}

#[tokio::test]
async fn only_who_takes_part_now_gets_what_was_missed_h_005() {
    let server = Server::with(PEOPLE).await;
    let [alice, bob] = room(&server).await;
    let eve = person(&server, "eve").await;
    let ((_, his), (_, hers)) = (begin(&bob).await, begin(&eve).await);
    say(&alice, "before").await;
    let deleted = say(&alice, "a mistake").await;
    alice.delete(&format!("{ROOM}/{deleted}")).await.expect(200);
    alice.patch(ROOM, json!({"users": ["alice"]})).await.expect(204);
    say(&alice, "without bob").await;
    since(&bob, &his).await.silent_for(QUIET).await;
    since(&eve, &hers).await.silent_for(QUIET).await;
    // Back again: what was for him and is there still; not what was said without him.
    alice.patch(ROOM, json!({"users": ["alice", "bob"]})).await.expect(204);
    say(&alice, "with bob").await;
    let mut socket = since(&bob, &his).await;
    hears(&mut socket, &["before", "with bob"]).await;
    socket.silent_for(QUIET).await;
}

#[tokio::test]
async fn a_reader_that_missed_much_is_not_overrun_r_051() {
    let limits = "[limits]\nwebsocket_send_queue_frames = 8\nwebsocket_send_queue_bytes = 65536\nwebsocket_kernel_send_bytes = 16384\n";
    let server = Server::with(&format!("{PEOPLE}{limits}")).await;
    let [alice, bob] = room(&server).await;
    let (socket, begun) = begin(&bob).await;
    socket.close().await;
    let text = "x".repeat(10_000);
    for _ in 0..100 {
        say(&alice, &text).await;
    }
    // It reads nothing for a while, and has missed far more than may wait for it.
    let mut slow = Socket::open_slow(&bob, &format!("/db/c/@conversate?since={begun}")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    for _ in 0..100 {
        assert_eq!(slow.next().await["text"].as_str().map(str::len), Some(text.len()));
    }
    say(&alice, "live").await;
    hears(&mut slow, &["live"]).await;
}

#[tokio::test]
async fn a_stop_tells_everybody_and_waits_for_what_is_under_way_r_001() {
    let grace = "[shutdown]\ngrace_s = 3600\n[admin]\naddress = \"127.0.0.1:0\"\n";
    let mut server = Server::with_test_plugin(&format!("{PEOPLE}{grace}")).await;
    let [alice, bob] = room(&server).await;
    let mut sockets = Vec::new();
    for number in 0..20 {
        sockets.push(begin([&alice, &bob][number % 2]).await.0);
    }
    let (one, said) = (begin(&bob).await.1, say(&alice, "acknowledged").await);
    let slow = tokio::spawn({
        let root = server.root();
        async move { root.get("/db/c/@slow").await }
    });
    while !server.admin().get("/metrics").await.text().contains("guillotina_http_requests_in_flight 1") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.tell_to_stop();
    // The sockets are told while the request is still under way.
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 1012);
    }
    assert!(!slow.is_finished());
    server.go_on();
    assert_eq!(slow.await.unwrap().expect(200), json!({"slow": true}));
    assert!(server.ended().await.success());
    server.restart().await;
    let bob = person(&server, "bob").await;
    assert_eq!(since(&bob, &one).await.next().await["@name"], said);
}

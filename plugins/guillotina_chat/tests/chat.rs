//! The plugin within one process: rights, lists, live delivery.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use guillotina_testing::{Client, TestApp, Value, json};
use std::time::Duration;

const ROOM: &str = "/db/site/conversations/lunch";

// ANCHOR: room
/// A container with a conversation of alice and bob; eve is outside.
async fn room() -> (TestApp, [Client; 3]) {
    let app = TestApp::with(&[&guillotina_dbusers::PLUGIN, &guillotina_chat::PLUGIN]).await;
    let site = app.container("site", &["guillotina_chat"]).await;
    let people = ["alice", "bob", "eve"].map(|id| app.user(id));
    let body = json!({"@type": "Conversation", "id": "lunch", "title": "Lunch", "users": ["bob"]});
    people[0].post(&format!("{site}/conversations"), body).await.expect(201);
    (app, people)
}
// ANCHOR_END: room

async fn say(who: &Client, text: &str) -> Value {
    who.post(ROOM, json!({"@type": "Message", "text": text})).await.expect(201)
}

#[tokio::test]
async fn who_makes_a_conversation_takes_part_h_005() {
    let (app, [alice, bob, eve]) = room().await;
    for participant in [&alice, &bob] {
        assert_eq!(participant.get(ROOM).await.expect(200)["users"], json!(["bob", "alice"]));
    }
    eve.get(ROOM).await.expect(401);
    alice.patch(ROOM, json!({"users": ["alice", "eve"]})).await.expect(204);
    bob.get(ROOM).await.expect(401);
    eve.get(ROOM).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn lists_are_sorted_by_time_h_007_h_008() {
    let (app, [alice, bob, eve]) = room().await;
    for text in ["one", "two", "three"] {
        app.advance(Duration::from_secs(60));
        say(&alice, text).await;
    }
    let messages = bob.get(&format!("{ROOM}/@messages")).await.expect(200);
    let texts: Vec<&str> = messages.as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    assert_eq!((&messages[0]["author"], &messages[0]["conversation_id"]), (&json!("alice"), &json!("lunch")));
    let mine = bob.get("/db/site/@conversations").await.expect(200);
    assert_eq!((mine.as_array().unwrap().len(), &mine[0]["title"]), (1, &json!("Lunch")));
    assert_eq!(eve.get("/db/site/@conversations").await.expect(200), json!([]));
    app.stop().await;
}

// ANCHOR: socket
#[tokio::test]
async fn a_message_reaches_the_sockets_of_its_participants_h_009_h_010() {
    let (app, [alice, bob, eve]) = room().await;
    let stream = "/db/site/@conversate";
    let (mut his, mut hers) = (bob.socket(stream).await.unwrap(), eve.socket(stream).await.unwrap());
    let said = say(&alice, "Are you hungry?").await;
    let frame = his.json().await;
    assert_eq!((&frame["@uid"], &frame["text"]), (&said["@uid"], &json!("Are you hungry?")));
    hers.silent_for(Duration::from_millis(100)).await;
    assert_eq!(app.anonymous().socket(stream).await.err(), Some(401));
    his.close().await;
    hers.close().await;
    app.stop().await;
}
// ANCHOR_END: socket

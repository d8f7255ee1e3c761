//! Each component, in an application that runs within the test.

use guillotina::prelude::*;
use guillotina_testing::{Client, TestApp};

use my_plugin::ICounter;

const NOTE: &str = "/db/site/notes/first";

/// A container with one note, and a member.
async fn site() -> (TestApp, Client) {
    let app = TestApp::with(&[&my_plugin::PLUGIN]).await;
    let site = app.container("site", &["my_plugin"]).await;
    let alice = app.user("alice");
    let note = json!({"@type": "MyPluginNote", "id": "first", "text": "Hello"});
    let summary = app.root().post(&format!("{site}/notes"), note).await.expect(201);
    assert_eq!(summary["text"], "Hello", "the adapter makes the summary");
    (app, alice)
}

#[tokio::test]
async fn a_note_has_a_text() {
    let (app, _) = site().await;
    app.root().post("/db/site/notes", json!({"@type": "MyPluginNote"})).await.expect(412);
    app.stop().await;
}

#[tokio::test]
async fn reading_needs_the_role_and_is_counted() {
    let (app, alice) = site().await;
    let read = format!("{NOTE}/@read");
    alice.post(&read, json!({})).await.expect(401);
    let sharing = json!({"prinrole": [{"principal": "alice", "role": "my_plugin.NoteReader", "setting": "Allow"}]});
    app.root().post("/db/site/notes/@sharing", sharing).await.expect(200);
    assert_eq!(alice.post(&read, json!({})).await.expect(200)["text"], "Dear reader: Hello");
    let counter = app.app().utility::<dyn ICounter>().expect("the plugin's settings load it");
    assert_eq!(counter.add(), 2, "the subscriber has counted once");
    app.stop().await;
}

#[tokio::test]
async fn settings_change_the_salutation_and_the_start() {
    let app = TestApp::builder(&[&my_plugin::PLUGIN])
        .settings("my_plugin = { salutation = \"Hi\" }")
        .settings("load_utilities.\"my_plugin.counter\".settings.start = 10")
        .start()
        .await;
    app.container("site", &["my_plugin"]).await;
    let root = app.root();
    root.post("/db/site/notes", json!({"@type": "MyPluginNote", "id": "first", "text": "Hello"})).await.expect(201);
    assert_eq!(root.post(&format!("{NOTE}/@read"), json!({})).await.expect(200)["text"], "Hi: Hello");
    assert_eq!(app.app().utility::<dyn ICounter>().expect("it is loaded").add(), 12);
    app.stop().await;
}

#[tokio::test]
async fn any_object_can_be_pinned() {
    let (app, _) = site().await;
    let pinned = "my_plugin.content.IPinned";
    app.root().patch(&format!("{NOTE}/@behaviors"), json!({"behavior": pinned})).await.expect(200);
    app.root().patch(NOTE, json!({pinned: {"wall": "north"}})).await.expect(204);
    assert_eq!(app.root().get(NOTE).await.expect(200)[pinned]["wall"], "north");
    app.stop().await;
}

#[tokio::test]
async fn the_command_counts_containers() {
    let (app, _) = site().await;
    assert_eq!(app.command("my_plugin", &[]).await, (0, "db: 1\n".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn the_socket_answers() {
    let (app, alice) = site().await;
    let mut socket = alice.socket("/db/site/@my_plugin").await.expect("members may connect");
    socket.say("hello").await;
    assert_eq!(socket.text().await, "hello");
    socket.close().await;
    app.stop().await;
}

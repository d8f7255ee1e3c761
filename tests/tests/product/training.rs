//! Guillotina's training on the chat, from its first page to its last, request by request (rows H-001 to H-011).

use guillotina_tests::{Server, Socket};
use serde_json::{Value, json};
use std::time::Duration;

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn the_training_from_its_first_page_to_its_last_h_001_to_h_011() {
    let server = Server::start().await;
    let (root, anyone) = (server.root(), server.anonymous());

    // The first requests: the application, a container, the add-ons.
    assert_eq!(root.get("/").await.expect(200)["databases"], json!(["db"]));
    assert_eq!(
        root.post(
            "/db",
            json!({"@type": "Container", "title": "Guillotina 1", "id": "container", "description": "Description"})
        )
        .await
        .status,
        200
    );
    let addons = root.get("/db/container/@addons").await.expect(200);
    let available: Vec<&str> =
        addons["available"].as_array().unwrap().iter().map(|a| a["id"].as_str().unwrap()).collect();
    assert!(available.contains(&"dbusers") && available.contains(&"guillotina_chat"), "{available:?}");
    assert_eq!(
        root.post("/db/container/@addons", json!({"id": "dbusers"})).await.expect(200)["installed"],
        json!(["dbusers"])
    );
    let installed =
        root.post("/db/container/@addons", json!({"id": "guillotina_chat"})).await.expect(200)["installed"].clone();
    assert_eq!(installed.as_array().unwrap().len(), 2, "{installed}");
    assert_eq!(root.get("/db/container/conversations").await.expect(200)["@type"], "Folder");

    // Users.
    for name in ["bob", "alice"] {
        let user = json!({"@type": "User", "email": format!("{name}@domain.io"), "password": "secret", "username": name, "user_roles": ["guillotina.Member"]});
        let made = root.post("/db/container/users", user).await.expect(201);
        assert_eq!(made["id"], name);
    }

    // A user logs in and starts a conversation.
    let bob = anyone.login("/db/container", "bob", "secret").await;
    let alice = anyone.login("/db/container", "alice", "secret").await;
    let conversation = json!({"@type": "Conversation", "title": "New convo with alice", "users": ["bob", "alice"]});
    let made = bob.post("/db/container/conversations", conversation).await;
    let path =
        made.header("location").expect("a location").split_once(&server.address().to_string()).unwrap().1.to_owned();
    let made = made.expect(201);
    assert_eq!(keys(&made), ["@id", "@name", "@type", "@uid", "creation_date", "title", "users"]);
    assert_eq!(made["users"], json!(["bob", "alice"]));

    // Both see it in their list.
    for person in [&bob, &alice] {
        let mine = person.get("/db/container/@conversations").await.expect(200);
        assert_eq!(mine.as_array().unwrap().len(), 1);
        assert_eq!(mine[0]["@id"], made["@id"]);
        assert_eq!(mine[0]["title"], "New convo with alice");
    }

    // Messages.
    let said = bob.post(&path, json!({"@type": "Message", "text": "First!"})).await.expect(201);
    let expected = ["@id", "@name", "@type", "@uid", "author", "conversation_id", "creation_date", "text"];
    assert!(expected.iter().all(|key| keys(&said).contains(key)), "{said}");
    assert_eq!(said["author"], "bob");
    alice.post(&path, json!({"@type": "Message", "text": "Second"})).await.expect(201);
    let messages = alice.get(&format!("{path}/@messages")).await.expect(200);
    let texts: Vec<(&str, &str)> = messages
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["author"].as_str().unwrap(), m["text"].as_str().unwrap()))
        .collect();
    assert_eq!(texts, [("bob", "First!"), ("alice", "Second")]);

    // The message is an object like any other, and its text is required.
    let message = said["@id"].as_str().unwrap().split_once(&server.address().to_string()).unwrap().1.to_owned();
    assert_eq!(alice.get(&message).await.expect(200)["text"], "First!");
    assert_eq!(bob.post(&path, json!({"@type": "Message"})).await.expect(412)["reason"], "deserializationError");

    // The socket, with a token in its URL.
    let token = alice.get("/db/container/@wstoken").await.expect(200)["token"].as_str().unwrap().to_owned();
    let mut socket =
        Socket::open(&anyone, &format!("/db/container/@conversate?ws_token={token}")).await.expect("alice may listen");
    let third = bob.post(&path, json!({"@type": "Message", "text": "Foobar!"})).await.expect(201);
    let frame = socket.next().await;
    assert_eq!((&frame["text"], &frame["author"], &frame["@id"]), (&json!("Foobar!"), &json!("bob"), &third["@id"]));

    // One more user joins by a change of the conversation, and reads all of it.
    let cat = json!({"@type": "User", "email": "cat@domain.io", "password": "secret", "username": "cat", "user_roles": ["guillotina.Member"]});
    root.post("/db/container/users", cat).await.expect(201);
    let cat = anyone.login("/db/container", "cat", "secret").await;
    assert_eq!(cat.get(&path).await.status, 401);
    root.patch(&path, json!({"users": ["bob", "alice", "cat"]})).await.expect(204);
    assert_eq!(cat.get(&format!("{path}/@messages")).await.expect(200).as_array().unwrap().len(), 3);

    // Nobody else's conversation is in a list.
    bob.post("/db/container/conversations", json!({"@type": "Conversation", "title": "Alone"})).await.expect(201);
    assert_eq!(bob.get("/db/container/@conversations").await.expect(200).as_array().unwrap().len(), 2);
    assert_eq!(alice.get("/db/container/@conversations").await.expect(200).as_array().unwrap().len(), 1);
    socket.silent_for(Duration::from_millis(100)).await;
    socket.close().await;
}

#[tokio::test]
async fn the_settings_that_are_shipped_make_two_users_who_talk_a_014() {
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../settings.toml")).expect("the settings");
    let settings = shipped.replace("port = 8080", "port = 0").replace("data/guillotina.db", "guillotina.db");
    let server = Server::of(guillotina_tests::Binary::Guillotina, &settings).await;
    let alice = server.anonymous().login("/db/container", "alice", "alice").await;
    let bob = server.anonymous().basic("bob", "bob");
    let mut socket = Socket::open(&bob, "/db/container/@conversate").await.expect("bob may listen");
    let room = json!({"@type": "Conversation", "id": "room", "users": ["bob"]});
    alice.post("/db/container/conversations", room).await.expect(201);
    alice.post("/db/container/conversations/room", json!({"@type": "Message", "text": "hello bob"})).await.expect(201);
    assert_eq!(socket.next().await["text"], "hello bob");
}

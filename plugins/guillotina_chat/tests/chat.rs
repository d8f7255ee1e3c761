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
async fn a_conversation_has_at_most_200_users_each_once_h_001() {
    let (app, [alice, bob, _]) = room().await;
    let rooms = "/db/site/conversations";
    let of = |users: Value| json!({"@type": "Conversation", "users": users});
    let people = |count: usize| (0..count).map(|n| format!("user{n}")).collect::<Vec<_>>();
    // Who makes it is the two-hundredth.
    let full = alice.post(rooms, of(json!(people(199)))).await.expect(201);
    assert_eq!(full["users"].as_array().unwrap().len(), 200);
    for bad in [json!(people(200)), json!(people(50_000)), json!([""]), json!(["x".repeat(256)])] {
        alice.post(rooms, of(bad.clone())).await.expect(412);
        alice.patch(ROOM, json!({"users": bad})).await.expect(412);
    }
    alice.patch(ROOM, json!({"users": ["bob", "x".repeat(255), "bob", "alice", "bob"]})).await.expect(204);
    assert_eq!(bob.get(ROOM).await.expect(200)["users"], json!(["bob", "x".repeat(255), "alice"]));
    say(&bob, "to all of them").await;
    app.stop().await;
}

#[tokio::test]
async fn nobody_writes_in_the_name_of_another_h_006() {
    let (app, [alice, bob, _]) = room().await;
    app.advance(Duration::from_secs(60));
    let before = say(&alice, "first").await;
    let pretended = json!({"creators": ["alice"], "creation_date": "2020-01-01T00:00:00+00:00"});
    let core = "guillotina.behaviors.dublincore.IDublinCore";
    let id = "forged";
    app.advance(Duration::from_secs(60));
    let forged = json!({"@type": "Message", "id": id, "text": "not hers", core: pretended,
        "author": "alice", "sent": "2020-01-01T00:00:00+00:00"});
    let said = bob.post(ROOM, forged.clone()).await.expect(201);
    assert_eq!(said["author"], json!("bob"));
    assert!(said["creation_date"].as_str() > before["creation_date"].as_str(), "{said}");
    // Nor afterwards.
    let path = format!("{ROOM}/{id}");
    bob.patch(&path, forged.clone()).await.expect(204);
    bob.put(&path, forged).await.expect(204);
    let messages = alice.get(&format!("{ROOM}/@messages")).await.expect(200);
    assert_eq!((messages.as_array().unwrap().len(), &messages[1]), (2, &said));
    app.stop().await;
}

#[tokio::test]
async fn who_made_a_conversation_takes_part_whoever_the_body_names_h_005() {
    let (app, [alice, bob, eve]) = room().await;
    let core = "guillotina.behaviors.dublincore.IDublinCore";
    let pretended = json!({"creators": ["eve"], "creation_date": "2020-01-01T00:00:00+00:00"});
    app.advance(Duration::from_secs(60));
    let body = json!({"@type": "Conversation", "id": "tea", "users": ["bob"], "started_by": "eve", core: pretended});
    let made = alice.post("/db/site/conversations", body).await.expect(201);
    assert_eq!(made["users"], json!(["bob", "alice"]));
    eve.get("/db/site/conversations/tea").await.expect(401);
    alice.patch("/db/site/conversations/tea", json!({"users": ["bob"], core: pretended})).await.expect(204);
    let (names, _) = page(&bob, "/db/site/@conversations", "@name").await;
    assert_eq!(names, ["lunch", "tea"]);
    assert_eq!(eve.get("/db/site/@conversations").await.expect(200), json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_message_has_at_most_10_000_characters_h_002() {
    let (app, [alice, ..]) = room().await;
    say(&alice, &"é".repeat(10_000)).await;
    let refused = alice.post(ROOM, json!({"@type": "Message", "text": "é".repeat(10_001)})).await.expect(412);
    assert_eq!(refused["reason"], json!("deserializationError"));
    app.stop().await;
}

#[tokio::test]
async fn the_people_are_some_of_those_whose_id_holds_the_text() {
    let (app, [alice, ..]) = room().await;
    let root = app.root();
    root.post("/db/site/@addons", json!({"id": "dbusers"})).await.expect(200);
    for n in 0..51 {
        let user = json!({"@type": "User", "username": format!("person-{n:02}"), "email": "a@b.c", "password": "x"});
        root.post("/db/site/users", user).await.expect(201);
    }
    let found = async |q: &str| {
        let answer = alice.get(&format!("/db/site/@people?q={q}")).await.expect(200);
        (answer["people"].as_array().unwrap().len(), answer["more"].clone())
    };
    assert_eq!(found("PERSON").await, (50, json!(true)));
    assert_eq!(found("son-0").await, (10, json!(false)));
    assert_eq!(found("nobody").await, (0, json!(false)));
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

/// A page of a list: what `key` says of each, and the query of the next page.
async fn page(who: &Client, path: &str, key: &str) -> (Vec<String>, Option<String>) {
    let answer = who.get(path).await;
    let link = answer.header("link").map(|link| {
        let (query, rel) = link.strip_prefix('<').unwrap().split_once(">; ").unwrap();
        assert_eq!(rel, "rel=\"next\"");
        query.to_owned()
    });
    let items = answer.expect(200);
    (items.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect(), link)
}

#[tokio::test]
async fn messages_come_in_pages_and_what_happens_meanwhile_moves_none_h_008() {
    let (app, [alice, bob, _]) = room().await;
    let list = format!("{ROOM}/@messages");
    for text in ["1", "2", "3", "4", "5"] {
        // Two of the same moment stay apart by their ids.
        if text != "4" {
            app.advance(Duration::from_secs(1));
        }
        say(&alice, text).await;
    }
    let (all, next) = page(&bob, &list, "text").await;
    assert_eq!((all.len(), next), (5, None));
    let (last, next) = page(&bob, &format!("{list}?page_size=2"), "text").await;
    assert_eq!(last, all[3..]);
    // What the next page would begin with goes, and another one comes.
    let gone = bob.get(&list).await.expect(200)[3]["@name"].as_str().unwrap().to_owned();
    app.root().delete(&format!("{ROOM}/{gone}")).await.expect(200);
    say(&alice, "6").await;
    let (middle, next) = page(&bob, &format!("{list}{}", next.unwrap()), "text").await;
    assert_eq!(middle, all[1..3]);
    let (first, next) = page(&bob, &format!("{list}{}", next.unwrap()), "text").await;
    assert_eq!((first, next), (vec!["1".to_owned()], None));
    for bad in ["page_size=0", "page_size=-1", "page_size=x", "before=x", "before="] {
        bob.get(&format!("{list}?{bad}")).await.expect(412);
    }
    app.stop().await;
}

#[tokio::test]
async fn no_page_is_longer_than_500_h_008() {
    let (app, [alice, bob, _]) = room().await;
    for n in 0..501 {
        say(&alice, &n.to_string()).await;
    }
    let list = format!("{ROOM}/@messages");
    for query in ["", "?page_size=100000"] {
        let (all, next) = page(&bob, &format!("{list}{query}"), "text").await;
        assert_eq!((all.len(), all[0].as_str(), all[499].as_str()), (500, "1", "500"));
        assert_eq!(page(&bob, &format!("{list}{}", next.unwrap()), "text").await, (vec!["0".to_owned()], None));
    }
    app.stop().await;
}

#[tokio::test]
async fn conversations_come_in_pages_by_their_making_and_the_inbox_by_their_last_message_h_007() {
    let (app, [alice, bob, eve]) = room().await;
    for id in ["tea", "dinner"] {
        app.advance(Duration::from_secs(1));
        let body = json!({"@type": "Conversation", "id": id, "title": id, "users": ["bob"]});
        alice.post("/db/site/conversations", body).await.expect(201);
    }
    app.advance(Duration::from_secs(1));
    say(&alice, "in the oldest").await;
    let (list, inbox) = ("/db/site/@conversations", "/db/site/@inbox");
    let (names, next) = page(&bob, &format!("{list}?page_size=2"), "@name").await;
    assert_eq!(names, ["tea", "dinner"]);
    assert_eq!(page(&bob, &format!("{list}{}", next.unwrap()), "@name").await, (vec!["lunch".to_owned()], None));
    assert_eq!(page(&bob, inbox, "@name").await.0, ["tea", "dinner", "lunch"]);
    let (names, next) = page(&bob, &format!("{inbox}?page_size=1"), "@name").await;
    assert_eq!(names, ["lunch"]);
    assert_eq!(page(&bob, &format!("{inbox}{}", next.unwrap()), "@name").await.0, ["dinner"]);
    assert_eq!(page(&eve, inbox, "@name").await, (vec![], None));
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

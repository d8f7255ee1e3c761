//! What plugins are told, and when (rows EV-001 to EV-014, W-002).

use guillotina_tests::recorder::{EVENTS, UNWANTED};
use guillotina_tests::{PEOPLE, Server};
use serde_json::{Value, json};

/// What was written down since the last time.
fn happened(server: &Server) -> Vec<Value> {
    let file = server.folder().join(EVENTS);
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    // There is none before the first event.
    let _ = std::fs::remove_file(file);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

/// A server on which nothing has happened yet.
async fn quiet() -> Server {
    let server = Server::with_test_plugin(PEOPLE).await;
    happened(&server);
    server
}

#[tokio::test]
async fn an_object_that_is_read_was_loaded_and_visited_ev_001() {
    let server = quiet().await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "watched"})).await.expect(201);
    happened(&server);
    root.get("/db/c/watched").await.expect(200);
    let read = happened(&server);
    assert_eq!(names(&read), ["ObjectLoaded", "BeforeRenderView", "ObjectVisited"]);
    assert!(read.iter().all(|event| event["path"] == "/c/watched"), "{read:?}");
    // Another view renders it, but it is not visited.
    root.get("/db/c/watched/@sharing").await.expect(200);
    assert_eq!(names(&happened(&server)), ["ObjectLoaded", "BeforeRenderView", "ObjectPermissionsView"]);
}

#[tokio::test]
async fn an_addition_names_parent_and_payload_ev_002() {
    let server = quiet().await;
    let root = server.root();
    let body = json!({"@type": "Item", "id": "watched", "title": "T"});
    root.post("/db/c", body.clone()).await.expect(201);
    let added = happened(&server);
    assert_eq!(names(&added), ["BeforeObjectAdded", "ObjectAdded"]);
    for event in &added {
        assert_eq!((&event["parent"], &event["name"]), (&json!("/c"), &json!("watched")), "{event}");
    }
    assert_eq!((&added[1]["path"], &added[1]["payload"]), (&json!("/c/watched"), &body));
    // What is refused is not announced.
    assert_eq!(root.post("/db/c", body).await.status, 409);
    assert!(!names(&happened(&server)).contains(&"ObjectAdded"));
}

#[tokio::test]
async fn a_copy_is_an_addition_too_and_a_move_names_both_places_ev_002_ev_004() {
    let server = quiet().await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "f"})).await.expect(201);
    root.post("/db/c/f", json!({"@type": "Item", "id": "watched"})).await.expect(201);
    happened(&server);
    root.post("/db/c/f/watched/@pretend", json!({})).await.expect(200);
    let events = happened(&server);
    let announced: Vec<&Value> =
        events.iter().filter(|e| e["event"].as_str().is_some_and(|e| e.contains("Moved"))).collect();
    assert_eq!(announced.len(), 2);
    for event in announced {
        assert_eq!((&event["old"], &event["new"]), (&json!(["/c/f", "watched"]), &json!(["/c", "new"])), "{event}");
        assert_eq!(event["payload"], json!({"new_id": "new"}));
    }
    let copy = events.iter().find(|event| event["event"] == "ObjectDuplicated").expect("the copy");
    assert_eq!((&copy["original"], &copy["name"]), (&json!("/c"), &json!("watched")));
    assert!(names(&events).contains(&"ObjectAdded"), "who subscribes to additions hears of copies: {events:?}");
}

#[tokio::test]
async fn a_change_is_announced_before_and_after_ev_003() {
    let server = quiet().await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "watched", "title": "old"})).await.expect(201);
    for (method, title) in [("PATCH", "new"), ("PUT", "newer")] {
        let before = root.get("/db/c/watched").await.expect(200)["title"].clone();
        happened(&server);
        let body = json!({"title": title});
        root.send(method, "/db/c/watched", Some(body.to_string().as_bytes()), &[]).await.expect(204);
        let events = happened(&server);
        let of = |name: &str| events.iter().find(|event| event["event"] == name).unwrap_or_else(|| panic!("{name}"));
        let (first, second) = (of("BeforeObjectModified"), of("ObjectModified"));
        // PUT has emptied the object by then.
        let expected = if method == "PUT" { Value::Null } else { before };
        assert_eq!(first["title"], expected, "{method}");
        assert_eq!((&second["title"], &second["payload"]), (&json!(title), &body), "{method}");
    }
}

#[tokio::test]
async fn a_removal_is_announced_before_and_after_ev_005() {
    let server = quiet().await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "watched"})).await.expect(201);
    happened(&server);
    root.delete("/db/c/watched").await.expect(200);
    let events = happened(&server);
    let removed: Vec<&Value> = events.iter().filter(|e| e["event"] != "ObjectLoaded").collect();
    let names: Vec<&Value> = removed.iter().map(|event| &event["event"]).collect();
    assert_eq!(names, ["BeforeRenderView", "BeforeObjectRemoved", "ObjectRemoved"]);
    for event in &removed[1..] {
        assert_eq!((&event["parent"], &event["name"]), (&json!("/c"), &json!("watched")), "{event}");
    }
}

#[tokio::test]
async fn looking_at_permissions_and_changing_them_is_announced_ev_006_p_025() {
    let server = quiet().await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "watched"})).await.expect(201);
    happened(&server);
    root.get("/db/c/watched/@sharing").await.expect(200);
    assert!(names(&happened(&server)).contains(&"ObjectPermissionsView"));
    let body = json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]});
    for method in ["POST", "PUT"] {
        let text = body.to_string();
        root.send(method, "/db/c/watched/@sharing", Some(text.as_bytes()), &[]).await.expect(200);
        let events = happened(&server);
        let changed = events.iter().find(|event| event["event"] == "ObjectPermissionsModified").expect(method);
        assert_eq!(changed["payload"], body);
    }
    root.post("/db/c/watched/@sharing", json!({})).await.expect(412);
    assert!(!names(&happened(&server)).contains(&"ObjectPermissionsModified"));
}

#[tokio::test]
async fn the_application_tells_its_phases_and_utilities_ev_009_ev_012_w_002() {
    let mut server = Server::with_test_plugin(PEOPLE).await;
    let start = happened(&server);
    let start: Vec<&Value> = start.iter().filter(|event| event["path"].is_null()).collect();
    assert_eq!(start[0], &json!({"event": "ApplicationConfigured", "databases": 0}), "before any database is open");
    assert_eq!(start[1], &json!({"event": "DatabaseInitialized", "name": "db"}));
    let utilities = &start[2..start.len() - 1];
    assert!(!utilities.is_empty());
    for pair in utilities.chunks(2) {
        assert_eq!(pair[0]["event"], "BeforeAsyncUtilityLoaded");
        assert_eq!((&pair[1]["event"], &pair[1]["key"]), (&json!("AfterAsyncUtilityLoaded"), &pair[0]["key"]));
    }
    assert!(utilities.iter().any(|event| event["key"] == "guillotina_chat.message_sender"), "{utilities:?}");
    assert_eq!(start[start.len() - 1], &json!({"event": "ApplicationInitialized", "databases": 1}));
    server.root().get("/db/c").await.expect(200);
    assert!(server.stop().await.success());
    assert_eq!(happened(&server), [json!({"event": "ApplicationCleanup"})]);
}

#[tokio::test]
async fn subscribers_run_by_priority_inside_the_transaction_and_for_their_type_ev_014() {
    let server = quiet().await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Everything", "id": "watched"})).await.expect(201);
    let events = happened(&server);
    let order: Vec<&str> = names(&events).into_iter().filter(|name| *name != "BeforeObjectAdded").collect();
    assert_eq!(order, ["first", "ObjectAdded", "last"]);
    assert_eq!(events.last().unwrap()["text"], "first", "a later one sees what an earlier one has written");
    assert_eq!(root.get("/db/c/watched").await.expect(200)["text"], "first", "which is committed with the object");
    happened(&server);
    // Those for another type are not called.
    root.post("/db/c", json!({"@type": "Item", "id": "watched-item"})).await.expect(201);
    assert_eq!(names(&happened(&server)), ["BeforeObjectAdded", "ObjectAdded"]);
    // They run before the commit: one that fails takes everything back.
    let refused = root.post("/db/c", json!({"@type": "Everything", "id": "watched-too", "title": UNWANTED})).await;
    assert_eq!(refused.expect(412)["reason"], "preconditionFailed");
    assert!(names(&happened(&server)).contains(&"last"));
    assert_eq!(root.get("/db/c/watched-too").await.status, 404);
}

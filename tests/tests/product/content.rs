//! Content on the wire, beyond what the recorded answers show (contract sections 3.2, 4 and 5).

use guillotina_tests::{Client, PEOPLE, Server};
use serde_json::{Value, json};

const DC: &str = "guillotina.behaviors.dublincore.IDublinCore";

async fn create(client: &Client, folder: &str, body: Value) -> Value {
    client.post(folder, body).await.expect(201)
}

#[tokio::test]
async fn what_was_written_is_read_after_a_restart_c_020() {
    let mut server = Server::with(PEOPLE).await;
    let root = server.root();
    let attachment = "guillotina.behaviors.attachment.IAttachment";
    create(&root, "/db/c", json!({"@type": "Folder", "id": "f", "title": "Ärger 😀", DC: {"tags": ["a", "b"], "effective_date": "2026-01-02T03:04:05+00:00"}, "@behaviors": [attachment]})).await;
    create(&root, "/db/c/f", json!({"@type": "Item", "id": "i", "title": "i"})).await;
    root.post(
        "/db/c/f/@sharing",
        json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]}),
    )
    .await
    .expect(200);
    let paths = ["/db/c/f", "/db/c/f/i", "/db/c/f/@sharing", "/db/c/f/@behaviors", "/db/c", "/db"];
    let mut before = Vec::new();
    for path in paths {
        before.push(without_address(&server, &root.get(path).await.text()));
    }
    assert!(server.stop().await.success());
    server.restart().await;
    for (path, before) in paths.iter().zip(before) {
        let after = server.root().get(path).await.text();
        assert_eq!(without_address(&server, &after), before, "{path}");
    }
}

/// After a restart the port is another one.
fn without_address(server: &Server, text: &str) -> Value {
    serde_json::from_str(&text.replace(&server.address().to_string(), "")).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[tokio::test]
async fn who_adds_something_owns_it_s_023_p_009() {
    let server = Server::with(PEOPLE).await;
    let alice = server.anonymous().basic("alice", "secret-alice");
    create(&alice, "/db/c/conversations", json!({"@type": "Conversation", "id": "room"})).await;
    let sharing = alice.get("/db/c/conversations/room/@sharing").await.expect(200);
    assert_eq!(sharing["local"]["prinrole"]["alice"]["guillotina.Owner"], "Allow");
    let room = alice.get("/db/c/conversations/room").await.expect(200);
    assert_eq!(room[DC]["creators"], json!(["alice"]));
    assert_eq!(alice.delete("/db/c/conversations/room").await.status, 200);
}

#[tokio::test]
async fn dates_are_stamped_and_kept_r_021_s_025() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    create(&root, "/db/c", json!({"@type": "Item", "id": "i", DC: {"tags": ["x"], "description": "text"}})).await;
    let first = root.get("/db/c/i").await.expect(200);
    root.patch("/db/c/i", json!({"title": "t"})).await.expect(204);
    let second = root.get("/db/c/i").await.expect(200);
    assert_eq!(first["creation_date"], second["creation_date"]);
    assert!(second["modification_date"].as_str() > first["modification_date"].as_str());
    root.put("/db/c/i", json!({"title": "put"})).await.expect(204);
    let third = root.get("/db/c/i").await.expect(200);
    assert_eq!(
        (&third["creation_date"], &third[DC]["creators"]),
        (&first["creation_date"], &first[DC]["creators"]),
        "PUT keeps the system's fields"
    );
    assert_eq!((&third["title"], third[DC]["description"].is_null()), (&json!("put"), true), "and drops the rest");
}

#[tokio::test]
async fn children_are_listed_up_to_twenty_and_by_right_r_002() {
    let server = Server::with(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    create(&root, "/db/c", json!({"@type": "Folder", "id": "f"})).await;
    root.post(
        "/db/c/f/@sharing",
        json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "AllowSingle"}]}),
    )
    .await
    .expect(200);
    for number in 0..20 {
        create(&root, "/db/c/f", json!({"@type": "Item", "id": format!("i{number}")})).await;
    }
    root.post(
        "/db/c/f/i7/@sharing",
        json!({"prinrole": [{"principal": "bob", "role": "guillotina.Reader", "setting": "Allow"}]}),
    )
    .await
    .expect(200);
    let all = root.get("/db/c/f").await.expect(200);
    assert_eq!((all["length"].as_u64(), all["items"].as_array().unwrap().len()), (Some(20), 20));
    let his = bob.get("/db/c/f").await.expect(200);
    let names: Vec<&str> = his["items"].as_array().unwrap().iter().map(|i| i["@name"].as_str().unwrap()).collect();
    assert_eq!(names, ["i7"]);
    create(&root, "/db/c/f", json!({"@type": "Item", "id": "i20"})).await;
    let many = root.get("/db/c/f").await.expect(200);
    assert_eq!((many["length"].as_u64(), many["items"].as_array().unwrap().len()), (Some(21), 0));
}

#[tokio::test]
async fn what_is_deleted_is_gone_with_all_below_s_026() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    create(&root, "/db/c", json!({"@type": "Folder", "id": "a"})).await;
    create(&root, "/db/c/a", json!({"@type": "Folder", "id": "b"})).await;
    create(&root, "/db/c/a/b", json!({"@type": "Item", "id": "i", "title": "old"})).await;
    root.delete("/db/c/a").await.expect(200);
    for path in ["/db/c/a", "/db/c/a/b", "/db/c/a/b/i"] {
        assert_eq!(root.get(path).await.status, 404, "{path}");
    }
    create(&root, "/db/c", json!({"@type": "Folder", "id": "a"})).await;
    assert_eq!(root.get("/db/c/a/b").await.status, 404, "nothing comes back");
    root.delete("/db/c").await.expect(200);
    assert_eq!(root.get("/db/c").await.status, 404);
    assert_eq!(
        server.anonymous().basic("alice", "secret-alice").get("/db/c").await.status,
        401,
        "her account went with it"
    );
}

#[tokio::test]
async fn a_uid_of_the_client_is_one_that_is_free_zz_04() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let given = "0123456789abcdef0123456789abcdef";
    let made = create(&root, "/db/c", json!({"@type": "Item", "id": "i", "uid": given})).await;
    assert!(made["@uid"].as_str().unwrap().ends_with(given), "{made}");
    for bad in [json!(given), made["@uid"].clone(), json!("x"), json!("x".repeat(65)), json!("../x"), json!(5)] {
        let answer = root.post("/db/c", json!({"@type": "Item", "uid": bad})).await;
        assert!([409, 412].contains(&answer.status), "{bad}: {} {}", answer.status, answer.text());
    }
    assert_eq!(root.get("/db/c/i").await.expect(200)["@uid"], made["@uid"]);
}

#[tokio::test]
async fn many_levels_and_many_children_c_001() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let mut path = "/db/c".to_owned();
    for level in 0..50 {
        create(&root, &path, json!({"@type": "Folder", "id": format!("l{level}")})).await;
        path = format!("{path}/l{level}");
    }
    let deepest = root.get(&path).await.expect(200);
    assert_eq!(deepest["parent"]["@name"], "l48");
    assert!(deepest["@uid"].as_str().unwrap().len() <= 64, "row R-018: {}", deepest["@uid"]);
}

#[tokio::test]
async fn ids_that_are_unusual_but_allowed_r_017() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    for id in ["a b", "a+b", "a=b", "a^b", "a$b", "(a)", "a@b", "UPPER", "0", "a.b", "...a"] {
        let made = root.post("/db/c", json!({"@type": "Item", "id": id})).await;
        let location = made
            .header("location")
            .expect("a location")
            .split_once(&server.address().to_string())
            .unwrap()
            .1
            .to_owned();
        assert_eq!(made.expect(201)["@name"], id);
        assert_eq!(root.get(&location).await.expect(200)["@name"], id, "{location}");
    }
}

//! What random requests to Guillotina and to this server, side by side, were answered differently, although the contract
//! says that they are the same.

use guillotina_tests::{PEOPLE, Server};
use serde_json::{Value, json};

const DUBLIN_CORE: &str = "guillotina.behaviors.dublincore.IDublinCore";

#[tokio::test]
async fn a_missing_body_is_no_json_and_changes_nothing_e_003_s_025() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Item", "id": "kept", "title": "Kept", DUBLIN_CORE: {"tags": ["one"]}}))
        .await
        .expect(201);
    for (method, path) in [
        ("PUT", "/db/c/kept"),
        ("PATCH", "/db/c/kept"),
        ("POST", "/db/c"),
        ("POST", "/db"),
        ("POST", "/db/c/@sharing"),
        ("PATCH", "/db/c/kept/@behaviors"),
        ("POST", "/db/c/@addons"),
        ("POST", "/db/c/@login"),
    ] {
        for body in [None, Some(b"".as_slice()), Some(b" \n".as_slice())] {
            let answer = root.send(method, path, body, &[]).await.expect(412);
            assert_eq!(answer["reason"], "jsonDecodeError", "{method} {path} {body:?}");
        }
    }
    let kept = root.get("/db/c/kept").await.expect(200);
    assert_eq!((&kept["title"], &kept[DUBLIN_CORE]["tags"]), (&json!("Kept"), &json!(["one"])));
    assert_eq!(root.put("/db/c/kept", json!({})).await.status, 204);
    assert_eq!(root.get("/db/c/kept").await.expect(200)["title"], Value::Null, "an empty object does replace");
}

#[tokio::test]
async fn dates_can_be_given_with_the_main_fields_r_013_r_021() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let then = "2001-02-03T04:05:06+00:00";
    root.post("/db/c", json!({"@type": "Item", "id": "old", "creation_date": then, "modification_date": then}))
        .await
        .expect(201);
    let old = root.get("/db/c/old").await.expect(200);
    assert_eq!((&old["creation_date"], &old["modification_date"]), (&json!(then), &json!(then)));
    root.patch("/db/c/old", json!({"modification_date": then})).await.expect(204);
    let changed = root.get("/db/c/old").await.expect(200);
    assert_eq!(changed["creation_date"], then);
    assert_ne!(changed["modification_date"], then, "every change is stamped");
    let wrong = root.post("/db/c", json!({"@type": "Item", "creation_date": "never"})).await.expect(412);
    assert_eq!(wrong["deserialization_errors"][0]["field"], "creation_date");
}

#[tokio::test]
async fn include_and_omit_are_about_the_folder_not_its_full_children_r_003_r_005() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "f", "title": "F"})).await.expect(201);
    root.post("/db/c/f", json!({"@type": "Folder", "id": "g", "title": "G"})).await.expect(201);
    root.post("/db/c/f/g", json!({"@type": "Item", "id": "i", "title": "I"})).await.expect(201);
    let full = root.get("/db/c/f/g/i").await.expect(200);
    for query in ["fullobjects&include=title", "inclu%64e=title&fullobjects", "omit=x&fullobjects=true&include=title"] {
        let folder = root.get(&format!("/db/c/f?{query}")).await.expect(200);
        assert_eq!(folder.get(DUBLIN_CORE), None, "{query}");
        let child = &folder["items"][0];
        assert_eq!((&child["title"], &child[DUBLIN_CORE]["title"]), (&json!("G"), &json!("G")), "{query}");
        assert_eq!(child["items"][0], full, "{query}");
    }
}

#[tokio::test]
async fn full_objects_are_bounded_on_all_levels_together_r_003() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "top"})).await.expect(201);
    for outer in 0..24 {
        let folder = format!("/db/c/top/{outer}");
        root.post("/db/c/top", json!({"@type": "Folder", "id": outer.to_string()})).await.expect(201);
        for _ in 0..24 {
            root.post(&folder, json!({"@type": "Item"})).await.expect(201);
        }
    }
    let top = root.get("/db/c/top?fullobjects").await.expect(200);
    let outer = top["items"].as_array().expect("a list");
    let inner: usize = outer.iter().filter_map(|folder| folder["items"].as_array()).map(Vec::len).sum();
    assert_eq!(outer.len() + inner, 500);
    assert_eq!(top["length"], 24);
}

#[tokio::test]
async fn headers_of_cors_o_001_o_002() {
    let server = Server::with(PEOPLE).await;
    let anyone = server.anonymous();
    assert_eq!(anyone.send("GET", "/", None, &[("origin", "")]).await.status, 200, "an empty origin is none");
    let preflight = [("origin", "https://app.example"), ("access-control-request-method", "BREW")];
    let refused = anyone.send("OPTIONS", "/db/c", None, &preflight).await;
    assert_eq!(refused.status, 405);
    assert!(refused.header("allow").is_some_and(|methods| methods.contains("PATCH")), "{:?}", refused.headers);
}

#[tokio::test]
async fn anonymous_is_known_to_be_it_s_009() {
    let server = Server::with(PEOPLE).await;
    let roles = |known: &Value, id: &str| known[id]["roles"].clone();
    let nobody = server.anonymous().get("/@user").await.expect(200);
    assert_eq!(roles(&nobody, "Anonymous User"), json!({"guillotina.Anonymous": "Allow"}));
    let root = server.root().get("/@user").await.expect(200);
    assert_eq!(roles(&root, "root"), json!({"guillotina.Authenticated": "Allow"}));
}

#[tokio::test]
async fn the_folders_of_users_have_no_contributors_b_001() {
    let server = Server::with(PEOPLE).await;
    for folder in ["users", "groups"] {
        let shown = server.root().get(&format!("/db/c/{folder}")).await.expect(200);
        assert_eq!(shown[DUBLIN_CORE]["contributors"], json!([]), "{folder}");
    }
}

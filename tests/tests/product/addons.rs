//! Add-ons and layers (rows S-050 to S-053, K-001, K-019, C-013).

use guillotina_tests::{PEOPLE, Server};
use serde_json::json;

#[tokio::test]
async fn an_addon_is_installed_into_one_container_k_019() {
    let server = Server::start().await;
    let root = server.root();
    for id in ["one", "two"] {
        root.post("/db", json!({"@type": "Container", "id": id})).await.expect(200);
    }
    root.post("/db/one/@addons", json!({"id": "dbusers"})).await.expect(200);
    assert_eq!(root.get("/db/one/@addons").await.expect(200)["installed"], json!(["dbusers"]));
    assert_eq!(root.get("/db/two/@addons").await.expect(200)["installed"], json!([]));
    assert_eq!((root.get("/db/one/users").await.status, root.get("/db/two/users").await.status), (200, 404));
    assert_eq!(
        (root.get("/db/one/@users").await.status, root.get("/db/two/@users").await.status),
        (200, 404),
        "its services come with its layer"
    );
    assert_eq!(root.send("DELETE", "/db/one/@addons", Some(br#"{"id": "dbusers"}"#), &[]).await.expect(200), json!({}));
    assert_eq!(root.get("/db/one/users").await.status, 404);
    assert_eq!(root.get("/db/one/@addons").await.expect(200)["installed"], json!([]));
}

#[tokio::test]
async fn addons_of_a_new_container_are_checked_before_it_is_made_s_018() {
    let server = Server::start().await;
    let root = server.root();
    let refused = root.post("/db", json!({"@type": "Container", "id": "c", "@addons": ["dbusers", "nothing"]})).await;
    assert_eq!(refused.expect(412)["reason"], "invalidId");
    assert_eq!(root.get("/db/c").await.status, 404);
    root.post("/db", json!({"@type": "Container", "id": "c", "@addons": ["dbusers", "guillotina_chat"]}))
        .await
        .expect(200);
    assert_eq!(root.get("/db/c/conversations").await.status, 200);
}

#[tokio::test]
async fn installing_again_keeps_what_is_there_k_019() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let alice = server.anonymous().basic("alice", "secret-alice");
    alice.post("/db/c/conversations", json!({"@type": "Conversation", "id": "room"})).await.expect(201);
    assert_eq!(
        root.post("/db/c/@addons", json!({"id": "guillotina_chat"})).await.expect(412)["reason"],
        "alreadyInstalled"
    );
    root.delete("/db/c/@addons/guillotina_chat").await.expect(200);
    root.post("/db/c/@addons", json!({"id": "guillotina_chat"})).await.expect(200);
    assert_eq!(alice.get("/db/c/conversations/room").await.status, 200);
}

#[tokio::test]
async fn only_who_manages_a_container_manages_its_addons_p_011() {
    let server = Server::with(PEOPLE).await;
    let bob = server.anonymous().basic("bob", "secret-bob");
    assert_eq!(bob.get("/db/c/@addons").await.status, 401);
    assert_eq!(bob.post("/db/c/@addons", json!({"id": "dbusers"})).await.status, 401);
    assert_eq!(bob.delete("/db/c/@addons/dbusers").await.status, 401);
}

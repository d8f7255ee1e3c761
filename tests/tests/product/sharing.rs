//! Local roles and permissions on the wire (rows P-016 to P-023, S-028 to S-032).

use guillotina_tests::{Client, PEOPLE, Server};
use serde_json::{Value, json};

async fn share(client: &Client, path: &str, body: Value) {
    client.post(&format!("{path}/@sharing"), body).await.expect(200);
}

fn role(principal: &str, role: &str, setting: &str) -> Value {
    json!({"prinrole": [{"principal": principal, "role": role, "setting": setting}]})
}

#[tokio::test]
async fn a_local_role_counts_below_and_a_single_one_does_not_p_017_p_019() {
    let server = Server::with(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    root.post("/db/c", json!({"@type": "Folder", "id": "f"})).await.expect(201);
    root.post("/db/c/f", json!({"@type": "Item", "id": "i"})).await.expect(201);
    assert_eq!((bob.get("/db/c/f").await.status, bob.get("/db/c/f/i").await.status), (401, 401));
    share(&root, "/db/c/f", role("bob", "guillotina.Reader", "AllowSingle")).await;
    assert_eq!((bob.get("/db/c/f").await.status, bob.get("/db/c/f/i").await.status), (200, 401));
    share(&root, "/db/c/f", role("bob", "guillotina.Reader", "Allow")).await;
    assert_eq!((bob.get("/db/c/f").await.status, bob.get("/db/c/f/i").await.status), (200, 200));
    assert_eq!(bob.patch("/db/c/f/i", json!({"title": "x"})).await.status, 401);
    share(&root, "/db/c/f/i", role("bob", "guillotina.Reader", "Deny")).await;
    assert_eq!((bob.get("/db/c/f").await.status, bob.get("/db/c/f/i").await.status), (200, 401));
    share(&root, "/db/c/f/i", role("bob", "guillotina.Reader", "Unset")).await;
    assert_eq!(bob.get("/db/c/f/i").await.status, 200);
    share(&root, "/db/c/f", role("bob", "guillotina.Reader", "Unset")).await;
    assert_eq!(bob.get("/db/c/f/i").await.status, 401);
}

#[tokio::test]
async fn a_permission_of_a_principal_beats_its_roles_p_018() {
    let server = Server::with(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    root.post("/db/c", json!({"@type": "Item", "id": "i"})).await.expect(201);
    share(&root, "/db/c/i", role("bob", "guillotina.Editor", "Allow")).await;
    assert_eq!(bob.patch("/db/c/i", json!({"title": "bob's"})).await.status, 204);
    share(
        &root,
        "/db/c/i",
        json!({"prinperm": [{"principal": "bob", "permission": "guillotina.ModifyContent", "setting": "Deny"}]}),
    )
    .await;
    assert_eq!(bob.patch("/db/c/i", json!({"title": "again"})).await.status, 401);
    assert_eq!(
        bob.get("/db/c/i/@canido?permissions=guillotina.ModifyContent,guillotina.ViewContent").await.expect(200),
        json!({"guillotina.ModifyContent": false, "guillotina.ViewContent": true})
    );
}

#[tokio::test]
async fn where_inheritance_is_denied_even_root_is_out_p_020() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.post("/db/c", json!({"@type": "Folder", "id": "f"})).await.expect(201);
    share(&root, "/db/c/f", json!({"perminhe": [{"permission": "guillotina.ViewContent", "setting": "Deny"}]})).await;
    assert_eq!(root.get("/db/c/f").await.status, 401);
    assert_eq!(root.get("/db/c/f/@sharing").await.status, 200);
    share(&root, "/db/c/f", json!({"perminhe": [{"permission": "guillotina.ViewContent", "setting": "Allow"}]})).await;
    assert_eq!(root.get("/db/c/f").await.status, 200);
}

#[tokio::test]
async fn nobody_gives_away_what_they_may_not_s_029() {
    let server = Server::with(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    root.post("/db/c", json!({"@type": "Item", "id": "i"})).await.expect(201);
    share(&root, "/db/c/i", role("bob", "guillotina.Editor", "Allow")).await;
    for method in ["POST", "PUT"] {
        let answer = bob
            .send(
                method,
                "/db/c/i/@sharing",
                Some(role("bob", "guillotina.Owner", "Allow").to_string().as_bytes()),
                &[],
            )
            .await;
        assert_eq!(answer.status, 401, "{method}");
    }
    assert_eq!(bob.get("/db/c/i/@sharing").await.status, 401);
    // Fields of the system are nobody's to set (catalogue R-26).
    bob.patch(
        "/db/c/i",
        json!({"creators": ["bob"], "__acl__": {}, "uuid": "0", "type_name": "Folder", "__behaviors__": ["x"]}),
    )
    .await
    .expect(204);
    let item = root.get("/db/c/i").await.expect(200);
    assert_eq!((&item["type_name"], &item["@type"]), (&json!("Item"), &json!("Item")));
    assert_ne!(item["uuid"], "0");
    assert_eq!(item["__behaviors__"], json!([]));
}

#[tokio::test]
async fn a_user_does_not_make_itself_a_manager_r_026() {
    let server = Server::with(PEOPLE).await;
    let bob = server.anonymous().basic("bob", "secret-bob");
    for body in [
        json!({"user_roles": ["guillotina.Manager"]}),
        json!({"user_permissions": ["guillotina.Manage"]}),
        json!({"user_groups": ["Managers"]}),
        json!({"disabled": false}),
    ] {
        let answer = bob.patch("/db/c/users/bob", body.clone()).await;
        assert_eq!(answer.status, 401, "{body}: {}", answer.text());
    }
    assert_eq!(bob.patch("/db/c/@users/bob", json!({"roles": {"guillotina.Manager": true}})).await.status, 401);
    assert_eq!(bob.patch("/db/c/users/alice", json!({"name": "x"})).await.status, 401);
    assert_eq!(bob.get("/db/c/@users").await.status, 401);
}

//! Users in the database (rows K-001, S-100 to S-106, A-014, T-012, ZZ-02, ZZ-03).

use guillotina_tests::{PEOPLE, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn users_are_listed_without_a_catalog_s_102() {
    let server = Server::with(PEOPLE).await;
    let users = server.root().get("/db/c/@users").await.expect(200);
    let mut ids: Vec<&str> = users.as_array().expect("a bare list").iter().map(|u| u["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["alice", "bob", "eve"]);
    for key in ["@name", "@id", "username", "fullname", "email", "roles", "groups", "user_groups"] {
        assert!(users[0].get(key).is_some(), "{key} is missing in {}", users[0]);
    }
}

#[tokio::test]
async fn a_users_own_data_s_106_zz_02() {
    let server = Server::with(PEOPLE).await;
    for client in [server.anonymous().basic("bob", "secret-bob"), server.root()] {
        let info = client.get("/db/c/@user_info").await.expect(200);
        assert!(info["id"].is_string() && !info["roles"].is_null() && !info["groups"].is_null(), "{info}");
        let hidden = |key: &&String| key.starts_with('_') && *key != "__behaviors__";
        assert_eq!(info.as_object().unwrap().keys().find(hidden), None, "{info}");
    }
}

#[tokio::test]
async fn ids_of_users_are_checked_t_012() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    let user = |name: &str| json!({"@type": "User", "username": name, "email": "x@example.org", "password": "secret"});
    for name in ["root", "admin", "manager", "user", "ab", "", "a b", "a/b", "_x", "../x"] {
        let answer = root.post("/db/c/users", user(name)).await;
        assert_eq!(answer.status, 412, "{name:?}: {}", answer.text());
    }
    root.post("/db/c/users", user("abc")).await.expect(201);
    assert_eq!(root.post("/db/c/users", user("abc")).await.status, 409);
    let answer =
        root.post("/db/c/users", json!({"@type": "User", "username": "nopassword", "email": "x@example.org"})).await;
    assert_eq!(answer.status, 412, "ZZ-03: {}", answer.text());
}

#[tokio::test]
async fn a_user_is_changed_and_deleted_s_104_s_105() {
    let server = Server::with(PEOPLE).await;
    let root = server.root();
    root.patch(
        "/db/c/@users/bob",
        json!({"roles": {"guillotina.Manager": true}, "email": "bob@example.org", "fullname": "Bob B."}),
    )
    .await
    .expect(204);
    let bob: Value = root.get("/db/c/@users/bob").await.expect(200);
    assert_eq!((&bob["email"], &bob["fullname"]), (&json!("bob@example.org"), &json!("Bob B.")));
    assert!(bob["roles"].to_string().contains("guillotina.Manager"), "{bob}");
    root.patch("/db/c/@users/bob", json!({"roles": {"guillotina.Manager": false}})).await.expect(204);
    assert!(!root.get("/db/c/@users/bob").await.expect(200)["roles"].to_string().contains("guillotina.Manager"));
    root.delete("/db/c/@users/bob").await.expect(200);
    assert_eq!(root.get("/db/c/@users/bob").await.expect(404), json!({"reason": "User bob not found"}));
    for method in ["PATCH", "DELETE"] {
        assert_eq!(root.send(method, "/db/c/@users/nobody", Some(b"{}"), &[]).await.status, 404, "{method}");
    }
}

#[tokio::test]
async fn a_role_and_a_group_count_at_once_p_022() {
    let server = Server::with(PEOPLE).await;
    let (root, bob) = (server.root(), server.anonymous().basic("bob", "secret-bob"));
    assert_eq!(bob.get("/db/c/@users").await.status, 401);
    root.patch("/db/c/@users/bob", json!({"roles": {"guillotina.Manager": true}})).await.expect(204);
    assert_eq!(bob.get("/db/c/@users").await.status, 200);
    root.patch("/db/c/@users/bob", json!({"roles": {"guillotina.Manager": false}})).await.expect(204);
    assert_eq!(bob.get("/db/c/@users").await.status, 401);
    root.post(
        "/db/c/groups",
        json!({"@type": "Group", "id": "staff", "name": "Staff", "user_roles": ["guillotina.Manager"]}),
    )
    .await
    .expect(201);
    root.patch("/db/c/@users/bob", json!({"user_groups": ["staff"]})).await.expect(204);
    assert_eq!(bob.get("/db/c/@users").await.status, 200, "by the roles of the group");
    assert_eq!(bob.get("/db/c/@user_info").await.status, 200, "ZZ-02: a user in a group");
}

#[tokio::test]
async fn a_container_without_the_addon_has_no_users_k_001() {
    let server = Server::start().await;
    let root = server.root();
    root.post("/db", json!({"@type": "Container", "id": "c"})).await.expect(200);
    for path in ["@users", "@users/x", "users", "@user_info", "@groups"] {
        let answer = root.get(&format!("/db/c/{path}")).await;
        assert!([200, 404].contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
    }
    assert_eq!(server.anonymous().basic("bob", "x").get("/db/c").await.status, 401);
}

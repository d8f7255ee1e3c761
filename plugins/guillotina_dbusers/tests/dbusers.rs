//! The plugin within one process: users that are objects log in, and get what their groups give.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use guillotina_testing::{TestApp, json};
use std::time::Duration;

async fn site() -> (TestApp, String) {
    let app = TestApp::with(&[&guillotina_dbusers::PLUGIN]).await;
    let site = app.container("site", &["dbusers"]).await;
    let bob = json!({
        "@type": "User", "username": "bob", "email": "bob@example.org", "password": "secret",
        "user_roles": ["guillotina.Reader"],
    });
    app.root().post(&format!("{site}/users"), bob).await.expect(201);
    (app, site)
}

#[tokio::test]
async fn a_user_logs_in_until_the_token_ends_s_060() {
    let (app, site) = site().await;
    let me = format!("{site}/@user_info");
    let bob = app.anonymous().login(&site, "bob", "secret").await;
    assert_eq!(bob.get(&me).await.expect(200)["id"], "bob");
    let answer = app.anonymous().post(&format!("{site}/@login"), json!({"username": "bob", "password": "no"})).await;
    assert_eq!(answer.status, 401, "{}", answer.text());
    app.advance(Duration::from_secs(3_601));
    bob.get(&me).await.expect(401);
    app.anonymous().login(&site, "bob", "secret").await.get(&me).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_group_gives_its_roles_a_014() {
    let (app, site) = site().await;
    let root = app.root();
    let bob = app.anonymous().login(&site, "bob", "secret").await;
    bob.post(&site, json!({"@type": "Item", "id": "a"})).await.expect(401);
    let group = json!({"@type": "Group", "id": "owners", "name": "owners", "user_roles": ["guillotina.Owner"], "users": ["bob"]});
    root.post(&format!("{site}/groups"), group).await.expect(201);
    bob.post(&site, json!({"@type": "Item", "id": "a"})).await.expect(201);
    assert_eq!(root.get(&format!("{site}/users/bob")).await.expect(200)["user_groups"], json!(["owners"]));
    root.delete(&format!("{site}/groups/owners")).await.expect(200);
    bob.post(&site, json!({"@type": "Item", "id": "b"})).await.expect(401);
    app.stop().await;
}

#[tokio::test]
async fn a_group_that_is_made_without_a_name_gets_an_id_s_111() {
    let (app, site) = site().await;
    let (root, groups) = (app.root(), format!("{site}/@groups"));
    let named = root.post(&groups, json!({"groupname": "Writers", "roles": ["guillotina.Editor"]})).await.expect(200);
    assert_eq!((&named["id"], &named["id_"]), (&json!("writers"), &json!("writers")));
    let made = root.post(&groups, json!({"title": "Group2", "roles": ["guillotina.Editor"]})).await.expect(200);
    assert_eq!((&made["id_"], &made["name"]), (&json!(null), &json!("Group2")));
    let id = made["id"].as_str().unwrap();
    let group = root.get(&format!("{site}/groups/{id}")).await.expect(200);
    assert_eq!((&group["title"], &group["user_roles"]), (&json!("Group2"), &json!(["guillotina.Editor"])));
    for bad in [json!("foo_group3.,"), json!(5), json!("")] {
        let refused = root.post(&groups, json!({"groupname": bad})).await.expect(412);
        assert_eq!(refused["message"], "The group name you entered is not valid");
    }
    app.stop().await;
}

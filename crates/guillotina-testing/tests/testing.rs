//! What a plugin's tests can rely on.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use guillotina::security::roles;
use guillotina_testing::{Clock, TestApp, json};
use std::time::{Duration, UNIX_EPOCH};

#[tokio::test]
async fn users_have_the_roles_that_they_were_given() {
    let app = TestApp::with(&[]).await;
    let site = app.container("site", &[]).await;
    let (member, manager) = (app.user("alice"), app.user_with("carol", &[roles::OWNER]));
    member.post(&site, json!({"@type": "Item", "id": "a"})).await.expect(401);
    manager.post(&site, json!({"@type": "Item", "id": "a"})).await.expect(201);
    app.anonymous().basic("alice", "wrong").get(&format!("{site}/@user")).await.expect(401);
    let logged_in = app.anonymous().login(&site, "carol", "carol").await;
    let item = logged_in.get(&format!("{site}/a")).await.expect(200);
    assert_eq!(item["@id"], "http://localhost/db/site/a");
    app.stop().await;
}

// ANCHOR: time
#[tokio::test]
async fn time_is_the_tests() {
    let clock = Clock::standing_at(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let app = TestApp::builder(&[]).settings("jwt = { token_expiration = 60 }").clock(clock).start().await;
    let site = app.container("site", &[]).await;
    app.user_with("carol", &[roles::OWNER]);
    let carol = app.anonymous().login(&site, "carol", "carol").await;
    carol.post(&site, json!({"@type": "Item", "id": "a"})).await.expect(201);
    app.advance(Duration::from_secs(59));
    carol.patch(&format!("{site}/a"), json!({"title": "A"})).await.expect(204);
    let item = carol.get(&format!("{site}/a")).await.expect(200);
    assert_eq!(item["creation_date"], "2027-01-15T08:00:00+00:00");
    assert_eq!(item["modification_date"], "2027-01-15T08:00:59+00:00", "R-021");
    app.advance(Duration::from_secs(1));
    carol.get(&format!("{site}/a")).await.expect(401);
}
// ANCHOR_END: time

#[tokio::test]
async fn each_test_has_an_application_of_its_own() {
    let (one, other) = (TestApp::with(&[]).await, TestApp::with(&[]).await);
    one.container("site", &[]).await;
    one.user("alice");
    other.root().get("/db/site").await.expect(404);
    other.container("site", &[]).await;
    other.anonymous().basic("alice", "alice").get("/db/site/@user").await.expect(401);
}

#[tokio::test]
#[should_panic(expected = "did you mean \"host\"?")]
async fn wrong_settings_say_what_is_wrong() {
    TestApp::builder(&[]).settings("hots = \"::1\"").start().await;
}

//! Users of `[provision]`: hashed once, and not again at the next start.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use guillotina::auth::Realm;
use guillotina::prelude::*;
use std::path::Path;

/// `secret-bob`, as it is stored (row A-010).
const HASHED: &str = concat!(
    "sha512:0123456789abcdef:",
    "3118efc9e379b90b90d6297017ff18c352e98ae1d5d90e921ac75c97d70a6b54",
    "54d666440d46a861997fa24f1ed92f43b409c245d68357c17320af166e5f5757",
);

async fn started(folder: &Path, passwords: [&str; 2]) -> App {
    let [alice, bob] = passwords;
    let settings = format!(
        r#"
applications = ["guillotina.contrib.dbusers"]
databases = {{ db = {{ path = "{}" }} }}

[[provision.containers]]
id = "c"
addons = ["dbusers"]
users = [{{ id = "alice", password = "{alice}" }}, {{ id = "bob", password = "{bob}" }}]
"#,
        folder.join("data.sqlite").display()
    );
    let builder = App::builder(&[&guillotina_dbusers::PLUGIN]).settings_text("settings.toml", settings);
    builder.configure().unwrap_or_else(|d| panic!("{d}")).start().await.unwrap_or_else(|d| panic!("{d}"))
}

async fn logs_in(app: &App, id: &str, password: &str) -> bool {
    let database = app.database("db").unwrap();
    let logged_in = database.read(|tx| async move {
        let container: Content<Container> = tx.container("c").await?.unwrap().cast()?;
        let realm = Realm { database: "db", container: Some(&container), peer: None };
        tx.app().auth().login(tx.app(), realm, id, password).await
    });
    logged_in.await.unwrap().is_some()
}

#[tokio::test]
async fn a_hash_is_stored_as_it_is_and_the_next_start_hashes_nothing_a_010() {
    let folder = tempfile::tempdir().unwrap();
    let app = started(folder.path(), ["secret-alice", HASHED]).await;
    for (id, password, good) in [("alice", "secret-alice", true), ("bob", "secret-bob", true), ("bob", HASHED, false)] {
        assert_eq!(logs_in(&app, id, password).await, good, "{id} {password}");
    }
    app.stop().await;
    // A password of this length cannot be hashed: the start would fail if it tried.
    let long = "x".repeat(5_000);
    let app = started(folder.path(), [&long, &long]).await;
    assert!(logs_in(&app, "alice", "secret-alice").await && logs_in(&app, "bob", "secret-bob").await);
    app.stop().await;
}

//! Transactions that write several objects which others write too (row C-022).

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

extern crate guillotina_content as guillotina;

use guillotina::error::Cause;
use guillotina::{App, Database, Folder, Item, Resource, Result, Tx};
use guillotina_db::Oid;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SETTINGS: &str = "\
[databases.db]
storage = \"DUMMY\"
[jwt]
secret = \"a-secret-0f-2026-for-these-tests\"
[jwk]
k = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"
[[provision.containers]]
id = \"c\"
content = [{ \"@type\" = \"Folder\", id = \"f\", items = [{ \"@type\" = \"Item\", id = \"a\" }, { \"@type\" = \"Item\", id = \"b\" }] }]
";

async fn started() -> (App, Database) {
    started_with("").await
}

/// With more lines in the table of the database.
async fn started_with(lines: &str) -> (App, Database) {
    let settings = SETTINGS.replace("[jwt]", &format!("{lines}\n[jwt]"));
    let configured = App::builder(&[]).settings_text("settings.toml", &settings).configure();
    let app = configured.unwrap_or_else(|d| panic!("{d}")).start().await.unwrap_or_else(|d| panic!("{d}"));
    let database = app.database("db").unwrap();
    (app, database)
}

async fn item(tx: &Tx, id: &str) -> Result<Resource> {
    let folder = tx.container("c").await?.unwrap().get::<Folder>("f").await?;
    Ok(folder.get::<Item>(id).await?.resource().clone())
}

/// Another transaction changes it.
async fn change(database: &Database, id: &str) {
    let changed = database.write(|tx| async move {
        item(&tx, id).await?.set_attribute("title", "by another");
        Ok(())
    });
    changed.await.unwrap();
}

async fn uid(database: &Database, id: &str) -> Oid {
    database.read(|tx| async move { Ok(item(&tx, id).await?.uid().clone()) }).await.unwrap()
}

#[tokio::test]
async fn who_conflicts_on_one_object_and_then_on_another_keeps_both_turns_c_022() {
    let (app, database) = started().await;
    let (a, b) = (uid(&database, "a").await, uid(&database, "b").await);
    let attempts = AtomicU32::new(0);
    let written = database.write(|tx| {
        let (database, a, b, attempts) = (&database, &a, &b, &attempts);
        async move {
            item(&tx, "a").await?.set_attribute("title", "mine");
            item(&tx, "b").await?.set_attribute("title", "mine");
            match attempts.fetch_add(1, Ordering::Relaxed) {
                0 => change(database, "a").await,
                1 => change(database, "b").await,
                _ => {}
            }
            let hot = database.storage().hot();
            Ok((hot.is_hot(a), hot.is_hot(b)))
        }
    });
    assert_eq!(written.await.unwrap(), (true, true));
    assert_eq!(attempts.into_inner(), 3);
    assert!(!database.storage().hot().is_hot(&a) && !database.storage().hot().is_hot(&b), "the turns are given back");
    app.stop().await;
}

#[tokio::test]
async fn who_has_one_turn_may_wait_for_another_c_022() {
    let (app, database) = started().await;
    let b = uid(&database, "b").await;
    let mut held = Some(database.storage().hot().enter(&b, database.storage().hot().deadline()).await.unwrap());
    let attempts = AtomicU32::new(0);
    let written = database.write(|tx| {
        let (database, attempts) = (&database, &attempts);
        async move {
            let (a, b) = (item(&tx, "a").await?, item(&tx, "b").await?);
            a.set_attribute("title", "mine");
            if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                change(database, "a").await;
            } else {
                tx.queue_for(&b)?;
            }
            b.set_attribute("title", "mine");
            Ok(())
        }
    });
    tokio::pin!(written);
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut written).await.is_err(), "it waits for its turn");
    drop(held.take());
    written.await.unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 3, "a conflict, then the line, then its turn");
    app.stop().await;
}

/// Each turn comes in time, all together do not.
#[tokio::test]
async fn one_deadline_bounds_all_turns_of_a_transaction_c_022() {
    let (app, database) = started_with("wait_ms = 1000").await;
    let hot = database.storage().hot();
    let far = hot.deadline() + Duration::from_secs(60);
    let attempts = AtomicU32::new(0);
    let uids = [uid(&database, "a").await, uid(&database, "b").await];
    for (uid, held_ms) in uids.iter().zip([700, 1_400]) {
        let held = hot.enter(uid, far).await.unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(held_ms)).await;
            drop(held);
        });
    }
    let written = database.write(|tx| {
        attempts.fetch_add(1, Ordering::Relaxed);
        async move {
            for id in ["a", "b"] {
                let item = item(&tx, id).await?;
                tx.queue_for(&item)?;
                item.set_attribute("title", "mine");
            }
            Ok(())
        }
    });
    let error = written.await.unwrap_err();
    assert!(matches!(error.cause(), Cause::Busy { status: 503, .. }), "{error}");
    assert_eq!(attempts.load(Ordering::Relaxed), 2, "it had the first turn");
    app.stop().await;
}

//! What a transaction sees (X-018, X-021).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic as tests do")]

mod common;

use bytes::Bytes;
use common::{memory, oid, put, puts, text};
use guillotina_db::{Access, Batch, CommitError, Database, Durability, Error, Oid, Page, Put, SqliteOptions, Tid};
use std::sync::Arc;

async fn commit(db: &Database, batch: Batch) -> Result<Tid, CommitError> {
    db.begin(Access::Write).commit(batch).await
}

#[tokio::test]
async fn a_new_database_has_the_root_and_the_trash() {
    let db = memory();
    let tx = db.begin(Access::ReadOnly);
    assert_eq!(tx.snapshot_tid(), Tid::ZERO);
    for fixed in [Oid::ROOT, Oid::TRASHED] {
        let stored = tx.get(&fixed).await.unwrap().unwrap();
        assert_eq!((stored.row().parent.as_ref(), &*stored.row().id), (None, ""));
    }
    assert!(tx.get(&oid("nothing")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_row_comes_back_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let open = || Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap();
    let db = open();
    let row = Put {
        type_name: "Wörter".into(),
        id: "ein name".into(),
        json: Some(Bytes::from_static(br#"{"a":"b"}"#)),
        state: Bytes::from_static(&[0, 1, 255]),
        ..put("x", &Oid::ROOT, "", None)
    };
    let tid = commit(&db, puts(vec![row.clone()])).await.unwrap();
    db.close().await;
    drop(db);
    let db = open();
    assert_eq!(db.committed(), tid);
    let found = db.begin(Access::ReadOnly).child(&Oid::ROOT, "ein name").await.unwrap().unwrap();
    assert_eq!(found.row(), row.into_stored(tid).row());
}

#[tokio::test]
async fn a_pinned_transaction_does_not_see_later_commits() {
    let db = memory();
    let tid = commit(&db, puts(vec![put("a", &Oid::ROOT, "1", None), put("b", &Oid::ROOT, "1", None)])).await.unwrap();
    let tx = db.begin_pinned(Access::ReadOnly).await.unwrap();
    commit(&db, puts(vec![put("a", &Oid::ROOT, "2", Some(tid)), put("c", &Oid::ROOT, "2", None)])).await.unwrap();
    assert_eq!(text(&tx.get(&oid("a")).await.unwrap().unwrap()), "1");
    assert!(tx.child(&Oid::ROOT, "c").await.unwrap().is_none());
    assert_eq!(tx.count(&Oid::ROOT).await.unwrap(), 2);
    // What the old transaction has read does not spoil the cache for new ones.
    let tx = db.begin(Access::ReadOnly);
    assert_eq!(text(&tx.get(&oid("a")).await.unwrap().unwrap()), "2");
    assert!(tx.child(&Oid::ROOT, "c").await.unwrap().is_some());
}

#[tokio::test]
async fn an_unpinned_transaction_moves_on_only_over_what_it_has_not_read() {
    let db = memory();
    let tid = commit(&db, puts(vec![put("a", &Oid::ROOT, "1", None), put("b", &Oid::ROOT, "1", None)])).await.unwrap();
    let (free, bound) = (db.begin(Access::ReadOnly), db.begin(Access::ReadOnly));
    free.get(&oid("b")).await.unwrap().unwrap();
    bound.get(&oid("a")).await.unwrap().unwrap();
    let tid = commit(&db, puts(vec![put("a", &Oid::ROOT, "2", Some(tid))])).await.unwrap();
    assert_eq!(free.count(&Oid::ROOT).await.unwrap(), 2);
    assert_eq!(free.snapshot_tid(), tid);
    assert_eq!(text(&free.get(&oid("a")).await.unwrap().unwrap()), "2");
    let refused = bound.count(&Oid::ROOT).await;
    assert!(matches!(refused, Err(Error::SnapshotTooOld { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_name_that_was_seen_free_binds_a_transaction_too() {
    let db = memory();
    assert!(db.begin(Access::ReadOnly).child(&Oid::ROOT, "a").await.unwrap().is_none());
    let tx = db.begin(Access::ReadOnly);
    assert!(tx.child(&Oid::ROOT, "a").await.unwrap().is_none(), "from the cache");
    commit(&db, puts(vec![put("a", &Oid::ROOT, "1", None)])).await.unwrap();
    assert!(matches!(tx.count(&Oid::ROOT).await, Err(Error::SnapshotTooOld { .. })));
}

#[tokio::test]
async fn pages_are_ordered_filtered_and_bounded() {
    let db = memory();
    let rows = (0..30)
        .map(|n| Put { type_name: ["A", "B", "C"][n % 3].into(), ..put(&format!("n{n:02}"), &Oid::ROOT, "", None) });
    commit(&db, puts(rows.collect())).await.unwrap();
    let tx = db.begin(Access::ReadOnly);
    let names = async |page: Page| -> Vec<String> {
        let rows = tx.children(&Oid::ROOT, &page).await.unwrap();
        let ids = tx.ids(&Oid::ROOT, &page).await.unwrap();
        assert!(rows.iter().map(|stored| &stored.row().id).eq(ids.iter()));
        ids.iter().map(ToString::to_string).collect()
    };
    assert_eq!(names(Page::first(3)).await, ["n00", "n01", "n02"]);
    assert_eq!(names(Page { after: Some("n02".into()), offset: 1, ..Page::first(2) }).await, ["n04", "n05"]);
    let types = |types: &[&str]| Some(types.iter().map(|name| Arc::from(*name)).collect::<Vec<Arc<str>>>());
    assert_eq!(names(Page { type_names: types(&["B"]), ..Page::first(2) }).await, ["n01", "n04"]);
    assert_eq!(names(Page { type_names: types(&["B", "C"]), ..Page::first(3) }).await, ["n01", "n02", "n04"]);
    assert_eq!(names(Page { type_names: types(&[]), ..Page::first(3) }).await, [""; 0]);
    assert_eq!(names(Page::first(0)).await, [""; 0]);
    assert_eq!(names(Page { offset: u64::MAX, ..Page::first(u32::MAX) }).await, [""; 0]);
    assert_eq!(tx.count(&Oid::ROOT).await.unwrap(), 30);
    assert_eq!(tx.count_types(&Oid::ROOT, &types(&["A", "no"]).unwrap()).await.unwrap(), 10);
}

#[tokio::test]
async fn several_databases_know_nothing_of_each_other() {
    let (one, two) = (memory(), memory());
    commit(&one, puts(vec![put("a", &Oid::ROOT, "1", None)])).await.unwrap();
    assert!(two.begin(Access::ReadOnly).child(&Oid::ROOT, "a").await.unwrap().is_none());
}

#[tokio::test]
async fn an_ended_transaction_gives_its_connection_back_and_reads_no_more() {
    let options = SqliteOptions { readers: 1, wait: std::time::Duration::from_secs(1), ..SqliteOptions::default() };
    let db = Database::open_sqlite("db", ":memory:", &options).unwrap();
    let first = db.begin_pinned(Access::Write).await.unwrap();
    let waited = db.begin_pinned(Access::Write).await;
    assert!(matches!(waited, Err(Error::Unavailable { .. })), "{waited:?}");
    first.commit(puts(vec![put("a", &Oid::ROOT, "1", None)])).await.unwrap();
    assert!(matches!(first.get(&oid("a")).await, Err(Error::Ended(_))));
    assert!(matches!(first.commit(Batch::default()).await, Err(CommitError::Storage(Error::Ended(_)))));
    let second = db.begin_pinned(Access::Write).await.unwrap();
    second.close().await;
    let third = db.begin_pinned(Access::Write).await.unwrap();
    drop(third);
    db.begin_pinned(Access::Write).await.unwrap();
}

#[tokio::test]
async fn a_closed_database_says_so() {
    let options = SqliteOptions { synchronous: Durability::Normal, ..SqliteOptions::default() };
    let db = Database::open_sqlite("db", ":memory:", &options).unwrap();
    db.close().await;
    db.close().await;
    assert!(matches!(db.begin_pinned(Access::Write).await, Err(Error::Closed(_))));
    let refused = commit(&db, puts(vec![put("a", &Oid::ROOT, "1", None)])).await;
    assert!(matches!(refused, Err(CommitError::Storage(Error::Closed(_)))), "{refused:?}");
}

#[test]
fn files_that_are_no_database_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    std::fs::write(&path, "this is a text file, and long enough to be taken for something else".repeat(40)).unwrap();
    let refused = Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("a.db"), "{refused}");
    assert!(Database::open_sqlite("db", dir.path(), &SqliteOptions::default()).is_err());
    assert!(Database::open_sqlite("db", dir.path().join("no/such/dir/a.db"), &SqliteOptions::default()).is_err());
}

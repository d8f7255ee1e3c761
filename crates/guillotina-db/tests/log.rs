//! The log of frames: in commit order, with the commit, across restarts, bounded.
#![allow(clippy::unwrap_used, reason = "this is a test")]

mod common;

use common::{memory, oid, put};
use guillotina_db::{
    Access, Batch, CommitError, Database, LogEntry, LogPage, MAX_LOG_PAGE, Oid, Position, SqliteOptions,
};
use parking_lot::Mutex;
use proptest::prelude::*;
use std::sync::Arc;

fn entry(channels: &[&str], payload: &str) -> LogEntry {
    let channels = channels.iter().map(|channel| Arc::from(*channel)).collect();
    LogEntry { channels, subject: Some(Oid::ROOT), payload: payload.to_owned().into() }
}

fn says(channels: &[&str], payloads: &[&str]) -> Batch {
    Batch { log: payloads.iter().map(|payload| entry(channels, payload)).collect(), ..Batch::default() }
}

async fn write(db: &Database, batch: Batch) {
    db.begin(Access::Write).commit(batch).await.unwrap();
}

async fn page(db: &Database, channels: &[&str], after: Option<u64>, limit: u32) -> LogPage {
    let channels: Vec<Arc<str>> = channels.iter().map(|channel| Arc::from(*channel)).collect();
    db.begin(Access::ReadOnly).log(&channels, after.map(Position), limit).await.unwrap()
}

async fn stands(db: &Database) -> u64 {
    page(db, &[], None, 1).await.position.0
}

fn payloads(page: &LogPage) -> Vec<String> {
    assert!(page.known, "{page:?}");
    page.entries.iter().map(|logged| String::from_utf8(logged.entry.payload.to_vec()).unwrap()).collect()
}

#[tokio::test]
async fn what_came_after_a_position_in_order_page_by_page() {
    let db = memory();
    let begin = stands(&db).await;
    write(&db, says(&["a", "b"], &["1", "2", "3"])).await;
    write(&db, says(&["b"], &["4"])).await;
    write(&db, says(&["c"], &["5"])).await;
    assert_eq!(payloads(&page(&db, &["a"], Some(begin), 100).await), ["1", "2", "3"]);
    // Once, although it is in both channels.
    assert_eq!(payloads(&page(&db, &["b", "a"], Some(begin), 100).await), ["1", "2", "3", "4"]);
    assert!(payloads(&page(&db, &["nobody"], Some(begin), 100).await).is_empty());
    let first = page(&db, &["b"], Some(begin), 3).await;
    assert_eq!(payloads(&first), ["1", "2", "3"]);
    assert_eq!(first.position, first.entries[2].position);
    assert_eq!(first.entries[0].entry.subject, Some(Oid::ROOT));
    let second = page(&db, &["b"], Some(first.position.0), 3).await;
    assert_eq!(payloads(&second), ["4"]);
    // The next page begins after what is for others.
    assert_eq!(second.position.0, stands(&db).await);
    assert!(second.position > second.entries[0].position);
    assert!(second.position.0 < 1 << 53, "exact in every JSON");
}

#[tokio::test]
async fn a_batch_that_is_refused_leaves_no_frame() {
    let db = memory();
    let begin = stands(&db).await;
    let heard: Arc<Mutex<Vec<u64>>> = Arc::default();
    let ears = heard.clone();
    db.listen(Arc::new(move |logged| ears.lock().extend(logged.iter().map(|l| l.position.0))));
    write(&db, Batch { puts: vec![put("x", &Oid::ROOT, "1", None)], ..Batch::default() }).await;
    let conflict = Batch {
        puts: vec![put("x", &Oid::ROOT, "2", Some(guillotina_db::Tid(77)))],
        log: vec![entry(&["a"], "never")],
        ..Batch::default()
    };
    let refused = db.begin(Access::Write).commit(conflict).await;
    assert!(matches!(refused, Err(CommitError::Conflict { .. })), "{refused:?}");
    write(&db, says(&["a"], &["first"])).await;
    let found = page(&db, &["a"], Some(begin), 10).await;
    assert_eq!(payloads(&found), ["first"]);
    assert_eq!(*heard.lock(), [found.entries[0].position.0]);
    assert!(db.begin(Access::ReadOnly).get(&oid("x")).await.unwrap().is_some());
}

#[tokio::test]
async fn it_survives_a_restart_and_knows_its_own_positions_only() {
    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("db.sqlite"), folder.path().join("backup.sqlite"));
    let open = || Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap();
    let db = open();
    let begin = stands(&db).await;
    write(&db, says(&["a"], &["1"])).await;
    let one = stands(&db).await;
    db.close().await;
    std::fs::copy(&path, &backup).unwrap();

    let db = open();
    write(&db, says(&["a"], &["2"])).await;
    let two = stands(&db).await;
    assert_eq!(payloads(&page(&db, &["a"], Some(begin), 10).await), ["1", "2"]);
    assert_eq!(payloads(&page(&db, &["a"], Some(one), 10).await), ["2"]);
    for unknown in [0, 1, begin - 1, two + 1, u64::MAX] {
        let answer = page(&db, &["a"], Some(unknown), 10).await;
        assert!(!answer.known && answer.entries.is_empty() && answer.position.0 == two, "{unknown}: {answer:?}");
    }
    db.close().await;

    // A restored backup goes its own way: the position of a frame that it lost is not one of its own.
    std::fs::copy(&backup, &path).unwrap();
    let db = open();
    for _ in 0..20 {
        write(&db, says(&["a"], &["other"])).await;
    }
    assert!(!page(&db, &["a"], Some(two), 100).await.known);
    assert_eq!(payloads(&page(&db, &["a"], Some(one), 100).await).len(), 20);
}

#[tokio::test]
async fn only_so_much_is_kept() {
    let options = SqliteOptions { stream_frames: 10, ..SqliteOptions::default() };
    let db = Database::open_sqlite("db", ":memory:", &options).unwrap();
    let begin = stands(&db).await;
    let mut positions = Vec::new();
    for number in 0..50 {
        write(&db, says(&["a"], &[&number.to_string()])).await;
        positions.push(stands(&db).await);
    }
    assert!(!page(&db, &["a"], Some(begin), 100).await.known);
    assert!(!page(&db, &["a"], Some(positions[38]), 100).await.known);
    assert_eq!(payloads(&page(&db, &["a"], Some(positions[40]), 100).await).len(), 9);

    let options = SqliteOptions { stream_age: std::time::Duration::ZERO, ..SqliteOptions::default() };
    let db = Database::open_sqlite("db", ":memory:", &options).unwrap();
    write(&db, says(&["a"], &["old"])).await;
    let old = stands(&db).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    write(&db, says(&["a"], &["new"])).await;
    assert!(!page(&db, &["a"], Some(old), 100).await.known);
    // The newest is never forgotten: there is always a position to begin from.
    let new = stands(&db).await;
    assert!(page(&db, &["a"], Some(new), 100).await.known);
}

#[tokio::test]
async fn a_database_of_the_release_before_gets_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db.sqlite");
    Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap().close().await;
    let conn = rusqlite::Connection::open(&path).unwrap();
    conn.execute_batch("DROP TABLE stream; DROP TABLE stream_channels; PRAGMA user_version = 1;").unwrap();
    drop(conn);
    let read_only = SqliteOptions { read_only: true, ..SqliteOptions::default() };
    let refused = Database::open_sqlite("db", &path, &read_only).unwrap_err().to_string();
    assert!(refused.contains("older release") && refused.contains("without read_only"), "{refused}");
    let db = Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap();
    write(&db, says(&["a"], &["1"])).await;
    assert!(stands(&db).await > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// What the listener hears, what pages of any size give, and what was written are the same.
    #[test]
    fn pages_join_without_gap_or_duplicate(batches in prop::collection::vec(prop::collection::vec(0..3_usize, 1..4), 1..20), limit in 1..7_u32, from in 0..20_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let db = memory();
            let heard: Arc<Mutex<Vec<(u64, String)>>> = Arc::default();
            let ears = heard.clone();
            db.listen(Arc::new(move |logged| {
                let all = logged.iter().map(|l| (l.position.0, l.entry.channels[0].to_string()));
                ears.lock().extend(all);
            }));
            let begin = stands(&db).await;
            for batch in &batches {
                let log = batch.iter().map(|channel| entry(&[["a", "b", "c"][*channel]], "x")).collect();
                write(&db, Batch { log, ..Batch::default() }).await;
            }
            let heard = heard.lock().clone();
            assert!(heard.is_sorted_by(|one, next| one.0 < next.0));
            let since = heard.get(from).map_or(begin, |(position, _)| *position);
            let wanted: Vec<u64> = heard.iter().filter(|(at, to)| *at > since && to != "c").map(|(at, _)| *at).collect();
            let mut got = Vec::new();
            let mut at = since;
            loop {
                let page = page(&db, &["a", "b"], Some(at), limit).await;
                assert!(page.known);
                got.extend(page.entries.iter().map(|logged| logged.position.0));
                at = page.position.0;
                if page.entries.len() < limit as usize {
                    break;
                }
            }
            assert_eq!(got, wanted);
        });
    }
}

#[test]
fn a_page_is_bounded() {
    const { assert!(MAX_LOG_PAGE <= 1_000) };
}

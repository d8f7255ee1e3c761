//! The writer's groups, its failures, and the moment between durable and announced.

use std::sync::mpsc as std_mpsc;

use super::*;
use crate::cache::Cache;
use crate::database::{Access, Database};
use crate::ids::Oid;
use crate::row::Put;
use crate::storage::Change;

fn oid(text: &str) -> Oid {
    Oid::new(text).unwrap()
}

fn put(name: &str, state: &str, expected: Option<Tid>) -> Batch {
    let put = Put {
        oid: oid(name),
        parent: Some(Oid::ROOT),
        id: name.into(),
        type_name: "Item".into(),
        state: state.to_owned().into(),
        json: None,
        expected,
        decoded: None,
    };
    Batch { puts: vec![put], ..Batch::default() }
}

struct Deaf;

impl CommitSink for Deaf {
    fn apply(&self, _: &[Change]) {}
}

fn open(path: &Path) -> SqliteStorage {
    SqliteStorage::open("db".into(), path, &SqliteOptions::default(), Arc::new(Deaf)).unwrap()
}

async fn state_of(storage: &SqliteStorage, name: &str) -> Option<String> {
    let row = storage.snapshot().await.unwrap().load(&oid(name)).await.unwrap();
    row.map(|row| String::from_utf8(row.state.to_vec()).unwrap())
}

/// A writer that is not running yet, and the answers to the batches in its queue.
fn queued(path: &Path, batches: Vec<Batch>) -> (Writer, Vec<oneshot::Receiver<Result<Tid, CommitError>>>) {
    let options = SqliteOptions::default();
    let conn = schema::open_writer(path, &options, Durability::Full).unwrap();
    let tid = schema::last_tid(&conn).unwrap().cast_unsigned();
    let shared = Arc::new(Shared::new("db".into(), tid, Arc::new(Deaf), options.wait));
    let (sender, queue) = mpsc::channel(QUEUE);
    let mut answers = Vec::new();
    for batch in batches {
        let (answer, answered) = oneshot::channel();
        sender.try_send(Job { batch, answer, claimed: Arc::default() }).unwrap();
        answers.push(answered);
    }
    let retention = log::Retention { frames: options.stream_frames, age: options.stream_age };
    let wal = wal::Log::of(path, options.wait);
    (Writer { conn, queue, shared, retention, wal }, answers)
}

#[test]
fn a_refused_batch_does_not_touch_the_others_of_its_group() {
    let dir = tempfile::tempdir().unwrap();
    let batches = vec![
        put("a", "1", None),
        put("a", "2", None),
        put("b", "1", Some(Tid(9))),
        put("a", "3", Some(Tid(1))),
        put("c", "1", None),
    ];
    let (writer, mut answers) = queued(&dir.path().join("a.db"), batches);
    let shared = Arc::clone(&writer.shared);
    writer.run();
    let verdicts: Vec<_> = answers.iter_mut().map(|answer| answer.try_recv().unwrap()).collect();
    assert!(matches!(
        verdicts.as_slice(),
        [Ok(Tid(1)), Err(_), Err(CommitError::Conflict { .. }), Ok(Tid(2)), Ok(Tid(3))]
    ));
    assert_eq!(shared.committed.load(Ordering::Acquire), 3);
    assert_eq!((shared.stats().groups, shared.stats().commits), (1, 3));
}

#[test]
fn a_group_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let batches = (0..300).map(|n| put(&format!("o{n}"), "1", None)).collect();
    let (writer, mut answers) = queued(&dir.path().join("a.db"), batches);
    let shared = Arc::clone(&writer.shared);
    writer.run();
    assert!(answers.iter_mut().all(|answer| answer.try_recv().unwrap().is_ok()));
    assert_eq!(shared.stats().groups, 3, "128 + 128 + 44");
    let large = (0..4).map(|n| put(&format!("l{n}"), &"x".repeat(5 << 20), None)).collect();
    let (writer, mut answers) = queued(&dir.path().join("a.db"), large);
    let shared = Arc::clone(&writer.shared);
    writer.run();
    assert!(answers.iter_mut().all(|answer| answer.try_recv().unwrap().is_ok()));
    assert_eq!(shared.stats().groups, 2, "10 MiB + 10 MiB");
}

#[test]
fn a_full_disk_refuses_the_group_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let batches = vec![
        put("x", "", Some(Tid(9))),
        put("a", "1", None),
        put("b", &"x".repeat(1 << 20), None),
        put("c", "1", None),
    ];
    let (writer, mut answers) = queued(&path, batches);
    let shared = Arc::clone(&writer.shared);
    writer.conn.pragma_update(None, "max_page_count", 40).unwrap();
    writer.run();
    let verdicts: Vec<_> = answers.iter_mut().map(|answer| answer.try_recv().unwrap()).collect();
    assert!(matches!(
        verdicts.as_slice(),
        [
            Err(CommitError::Conflict { .. }),
            Err(CommitError::Full(_)),
            Err(CommitError::Full(_)),
            Err(CommitError::Full(_))
        ]
    ));
    assert!(shared.failed_error().is_none());
    // With room again the same file goes on, and nothing of the group is in it.
    let (writer, mut answers) = queued(&path, vec![put("a", "2", None)]);
    writer.run();
    assert_eq!(answers[0].try_recv().unwrap().unwrap(), Tid(1));
}

#[test]
fn a_name_that_nobody_got_is_not_said_to_be_taken() {
    let dir = tempfile::tempdir().unwrap();
    let mut same = put("b", "1", None);
    same.puts[0].id = "a".into();
    let (writer, mut answers) = queued(&dir.path().join("a.db"), vec![put("a", "1", None), same]);
    *writer.shared.fault.lock() = Some(rusqlite::ffi::SQLITE_FULL);
    writer.run();
    for answer in &mut answers {
        let verdict = answer.try_recv().unwrap();
        assert!(matches!(verdict, Err(CommitError::Full(_))), "{verdict:?}");
    }
}

/// A batch that writes nothing, and whether its hook has run.
fn reading(required: &[(&str, Tid)]) -> (Batch, Arc<Mutex<Option<Tid>>>) {
    let ran = Arc::new(Mutex::new(None));
    let noted = Arc::clone(&ran);
    let required = required.iter().map(|(name, tid)| (oid(name), Some(*tid))).collect();
    let mut batch = Batch { required, ..Batch::default() };
    batch.after.push(Box::new(move |tid| *noted.lock() = Some(tid)));
    (batch, ran)
}

/// The verdicts on a writing batch amid reading ones of a database at the commit 1, and which hooks have run.
fn amid_readers(breaking: impl FnOnce(&Writer)) -> (Vec<Result<Tid, CommitError>>, Vec<Option<Tid>>, bool) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    queued(&path, vec![put("a", "1", None)]).0.run();
    let (before, ran_before) = reading(&[("a", Tid(1))]);
    let (after, ran_after) = reading(&[]);
    let (stale, ran_stale) = reading(&[("a", Tid(9))]);
    let (writer, mut answers) = queued(&path, vec![before, put("b", &"x".repeat(1 << 20), None), after, stale]);
    let shared = Arc::clone(&writer.shared);
    breaking(&writer);
    writer.run();
    let verdicts = answers.iter_mut().map(|answer| answer.try_recv().unwrap()).collect();
    let ran = [ran_before, ran_after, ran_stale].iter().map(|ran| *ran.lock()).collect();
    (verdicts, ran, shared.failed_error().is_some())
}

#[test]
fn who_only_reads_goes_on_while_the_disk_is_full_or_another_writes() {
    let full = |writer: &Writer| writer.conn.pragma_update(None, "max_page_count", 40).unwrap();
    let full_at_the_end = |writer: &Writer| *writer.shared.fault.lock() = Some(rusqlite::ffi::SQLITE_FULL);
    for breaking in [&full as &dyn Fn(&Writer), &full_at_the_end] {
        let (verdicts, ran, failed) = amid_readers(breaking);
        use CommitError::{Conflict, Full};
        assert!(
            matches!(verdicts.as_slice(), [Ok(Tid(1)), Err(Full(_)), Ok(Tid(1)), Err(Conflict { .. })]),
            "{verdicts:?}"
        );
        assert_eq!((ran, failed), (vec![Some(Tid(1)), Some(Tid(1)), None], false));
    }
    let mut other = None;
    let (verdicts, ran, failed) = amid_readers(|writer| {
        writer.conn.busy_timeout(std::time::Duration::from_millis(10)).unwrap();
        let conn = rusqlite::Connection::open(writer.conn.path().unwrap()).unwrap();
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        other = Some(conn);
    });
    use CommitError::{Conflict, Unavailable};
    assert!(
        matches!(verdicts.as_slice(), [Ok(Tid(1)), Err(Unavailable { .. }), Ok(Tid(1)), Err(Conflict { .. })]),
        "{verdicts:?}"
    );
    assert_eq!((ran, failed), (vec![Some(Tid(1)), Some(Tid(1)), None], false));
}

#[test]
fn after_a_failed_fsync_nobody_goes_on() {
    let (verdicts, ran, failed) =
        amid_readers(|writer| *writer.shared.fault.lock() = Some(rusqlite::ffi::SQLITE_IOERR_FSYNC));
    assert!(verdicts[..3].iter().all(|verdict| matches!(verdict, Err(CommitError::Storage(Error::Failed { .. })))));
    assert_eq!((ran, failed), (vec![None; 3], true));
}

#[test]
fn an_io_error_while_the_log_is_shortened_is_final_and_a_busy_one_is_not() {
    use rusqlite::ffi::{SQLITE_BUSY, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_IOERR_FSYNC};
    for (code, is_final) in
        [(SQLITE_IOERR_FSYNC, true), (SQLITE_CORRUPT, true), (SQLITE_BUSY, false), (SQLITE_FULL, false)]
    {
        let dir = tempfile::tempdir().unwrap();
        let (mut writer, mut answers) = queued(&dir.path().join("a.db"), vec![put("a", "1", None)]);
        let shared = Arc::clone(&writer.shared);
        writer.wal.next = 0;
        writer.wal.fault = Some(code);
        writer.run();
        assert_eq!(answers[0].try_recv().unwrap().unwrap(), Tid(1), "what is durable stands");
        assert_eq!(shared.failed_error().is_some(), is_final, "{code}");
    }
}

#[tokio::test]
async fn a_full_disk_at_the_commit_leaves_the_engine_alive() {
    let dir = tempfile::tempdir().unwrap();
    let storage = open(&dir.path().join("a.db"));
    storage.commit(put("a", "1", None)).await.unwrap();
    *storage.shared.fault.lock() = Some(rusqlite::ffi::SQLITE_FULL);
    assert!(matches!(storage.commit(put("b", "1", None)).await, Err(CommitError::Full(_))));
    assert_eq!(state_of(&storage, "a").await.as_deref(), Some("1"));
    assert_eq!(state_of(&storage, "b").await, None);
    assert_eq!(storage.commit(put("b", "1", None)).await.unwrap(), Tid(2));
}

#[tokio::test]
async fn a_failed_fsync_is_final() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let storage = open(&path);
    storage.commit(put("a", "1", None)).await.unwrap();
    *storage.shared.fault.lock() = Some(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    for name in ["b", "c"] {
        let refused = storage.commit(put(name, "1", None)).await;
        assert!(matches!(refused, Err(CommitError::Storage(Error::Failed { .. }))), "{refused:?}");
    }
    assert!(matches!(storage.snapshot().await.map(|_| ()), Err(Error::Failed { .. })));
    assert!(!storage.failure().await.is_empty());
    assert_eq!(storage.committed(), Tid(1), "what is not known to be durable is not shown");
    storage.close().await;
    drop(storage);
    let storage = open(&path);
    assert_eq!(state_of(&storage, "a").await.as_deref(), Some("1"));
    assert_eq!(storage.commit(put("d", "1", None)).await.unwrap(), Tid(2));
}

#[tokio::test]
async fn a_batch_that_waited_too_long_is_never_written() {
    let wait = std::time::Duration::from_secs(1);
    let options = SqliteOptions { wait, ..SqliteOptions::default() };
    let storage = SqliteStorage::open("db".into(), Path::new(":memory:"), &options, Arc::new(Deaf)).unwrap();
    let (release, held) = std_mpsc::channel::<()>();
    let mut slow = put("a", "1", None);
    let (busy, begun) = tokio::sync::oneshot::channel();
    slow.after.push(Box::new(move |_| {
        busy.send(()).unwrap();
        held.recv().unwrap();
    }));
    let storage = Arc::new(storage);
    let first = tokio::spawn({
        let storage = Arc::clone(&storage);
        async move { storage.commit(slow).await }
    });
    begun.await.unwrap();
    let second = storage.commit(put("b", "1", None)).await;
    assert!(matches!(second, Err(CommitError::Unavailable { .. })), "{second:?}");
    release.send(()).unwrap();
    assert_eq!(first.await.unwrap().unwrap(), Tid(1), "what the writer has begun is waited for");
    assert_eq!(storage.commit(put("c", "1", None)).await.unwrap(), Tid(2));
    assert_eq!(state_of(&storage, "b").await, None);
}

#[tokio::test]
async fn another_writer_of_the_file_makes_it_unavailable() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let options = SqliteOptions { wait: std::time::Duration::from_secs(1), ..SqliteOptions::default() };
    let storage = SqliteStorage::open("db".into(), &path, &options, Arc::new(Deaf)).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = storage.commit(put("a", "1", None)).await;
    assert!(matches!(refused, Err(CommitError::Unavailable { .. })), "{refused:?}");
    other.execute_batch("ROLLBACK").unwrap();
    storage.commit(put("a", "1", None)).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_stops_waiting_harms_no_one() {
    let storage = open(Path::new(":memory:"));
    let mut snapshot = storage.snapshot().await.unwrap();
    for _ in 0..50 {
        let missing = oid("missing");
        let read = snapshot.load(&missing);
        let _ = tokio::time::timeout(std::time::Duration::ZERO, read).await;
    }
    assert!(snapshot.load(&Oid::ROOT).await.unwrap().is_some());
    let dropped = storage.commit(put("a", "1", None));
    let _ = tokio::time::timeout(std::time::Duration::ZERO, dropped).await;
    storage.commit(put("b", "1", None)).await.unwrap();
    assert!(state_of(&storage, "b").await.is_some());
}

#[tokio::test]
async fn a_hook_may_be_the_last_owner_of_the_database() {
    let storage = Arc::new(open(Path::new(":memory:")));
    let (owned, done) = (Arc::clone(&storage), Arc::downgrade(&storage));
    let mut batch = put("a", "1", None);
    batch.after.push(Box::new(move |_| {
        while Arc::strong_count(&owned) > 1 {
            std::thread::yield_now();
        }
        drop(owned);
    }));
    let commit = tokio::spawn(async move { storage.commit(batch).await });
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    commit.abort();
    while done.strong_count() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Tells the cache only when the test lets it.
struct Gate {
    cache: Arc<Cache>,
    held: Mutex<Option<(std_mpsc::Sender<()>, std_mpsc::Receiver<()>)>>,
}

impl CommitSink for Gate {
    fn apply(&self, changes: &[Change]) {
        if let Some((arrived, go_on)) = self.held.lock().take() {
            arrived.send(()).unwrap();
            go_on.recv().unwrap();
        }
        self.cache.apply(changes);
    }
}

#[tokio::test]
async fn between_durable_and_announced_nobody_mixes_two_states() {
    let cache = Arc::new(Cache::new(1 << 20));
    let gate = Arc::new(Gate { cache: Arc::clone(&cache), held: Mutex::new(None) });
    let options = SqliteOptions::default();
    let storage = SqliteStorage::open("db".into(), Path::new(":memory:"), &options, Arc::clone(&gate) as Arc<_>);
    let db = Database::assemble("db".into(), Arc::new(storage.unwrap()), cache, options.wait);
    let mut both = put("a", "1", None);
    both.puts.extend(put("b", "1", None).puts);
    let tid = db.begin(Access::Write).commit(both).await.unwrap();

    let (arrived, at_gate) = std_mpsc::channel();
    let (open_gate, go_on) = std_mpsc::channel();
    *gate.held.lock() = Some((arrived, go_on));
    let mut both = put("a", "2", Some(tid));
    both.puts.extend(put("b", "2", Some(tid)).puts);
    let commit = tokio::spawn({
        let db = db.clone();
        async move { db.begin(Access::Write).commit(both).await }
    });
    tokio::task::spawn_blocking(move || at_gate.recv().unwrap()).await.unwrap();

    // Durable, not announced: begun now, a transaction is at the old state and the cache answers for it.
    let state = async |tx: &crate::Transaction, name: &str| {
        let stored = tx.get(&oid(name)).await.unwrap().unwrap();
        String::from_utf8(stored.row().state.to_vec()).unwrap()
    };
    let old = db.begin(Access::ReadOnly);
    assert_eq!((old.snapshot_tid(), state(&old, "a").await), (tid, "1".to_owned()));
    // A snapshot of the disk is ahead of the cache, which still has the old version as its newest.
    let ahead = db.begin_pinned(Access::ReadOnly).await.unwrap();
    assert_eq!(ahead.snapshot_tid(), tid.next());
    assert_eq!(state(&ahead, "a").await, "2");
    // The old one has read `a`, so it may not move on to the state where `a` is another.
    assert_eq!(state(&old, "b").await, "1");
    assert!(matches!(old.count(&Oid::ROOT).await, Err(Error::SnapshotTooOld { .. })));
    open_gate.send(()).unwrap();
    assert_eq!(commit.await.unwrap().unwrap(), tid.next());
    assert_eq!(state(&ahead, "b").await, "2");
    assert_eq!(state(&db.begin(Access::ReadOnly), "b").await, "2");
}

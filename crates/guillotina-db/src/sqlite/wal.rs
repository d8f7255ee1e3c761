//! Keeping the write-ahead log short.
//!
//! SQLite moves the log into the file after a commit (`wal_autocheckpoint`), and begins it anew when nobody reads from it.
//! Readers that overlap without a pause, each however short, never let that happen: the log grows without end, reads become
//! slower and the disk fills. So when the log is long, the writer waits a moment for those who read from it; meanwhile new
//! readers find everything in the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

/// A log of this many bytes is long: four times what SQLite moves at once.
const LONG: u64 = 64 << 20;

/// How long the writer waits for readers. Nobody's commit waits longer for it than for a slow disk.
const PATIENCE: Duration = Duration::from_millis(100);

/// Watches over the length of the log.
pub(super) struct Log {
    file: PathBuf,
    pub(super) long: u64,
    /// From this length on, it is tried.
    pub(super) next: u64,
    /// What the writer's connection waits otherwise.
    wait: Duration,
    /// What the next try fails with.
    #[cfg(test)]
    pub(super) fault: Option<std::ffi::c_int>,
}

impl Log {
    /// The log of the database in the file `path`.
    pub(super) fn of(path: &Path, wait: Duration) -> Log {
        let mut file = path.as_os_str().to_owned();
        file.push("-wal");
        Log {
            file: file.into(),
            long: LONG,
            next: LONG,
            wait,
            #[cfg(test)]
            fault: None,
        }
    }

    /// Begins the log anew if it is long and its readers leave in time. Otherwise that is said, and tried again when it has
    /// grown by as much once more, or has become short and then long again.
    ///
    /// # Errors
    /// What SQLite said; the log is then tried again as after a busy one, if the engine goes on at all.
    pub(super) fn keep_short(&mut self, conn: &Connection, database: &Arc<str>) -> rusqlite::Result<()> {
        let Ok(length) = std::fs::metadata(&self.file).map(|file| file.len()) else { return Ok(()) };
        if length.saturating_add(self.long) < self.next {
            self.next = self.long;
        }
        if length < self.next {
            return Ok(());
        }
        let tried = conn.busy_timeout(PATIENCE).and_then(|()| self.restart(conn));
        let busy = conn.busy_timeout(self.wait).and(tried);
        self.next = if matches!(busy, Ok(false)) { self.long } else { length.saturating_add(self.long) };
        if busy? {
            tracing::warn!(
                %database, bytes = length,
                "the write-ahead log grows while a transaction reads for long; end transactions before you wait for anything"
            );
        }
        Ok(())
    }

    /// Whether readers kept it from being begun anew.
    fn restart(&mut self, conn: &Connection) -> rusqlite::Result<bool> {
        #[cfg(test)]
        if let Some(code) = self.fault.take() {
            return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
        }
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Oid, Tid};
    use crate::row::{Batch, Put};
    use crate::sqlite::{Durability, SqliteOptions, SqliteStorage};
    use crate::storage::{Change, CommitSink, Storage};

    struct Deaf;

    impl CommitSink for Deaf {
        fn apply(&self, _: &[Change]) {}
    }

    fn put(state: String, expected: Option<Tid>) -> Batch {
        let put = Put {
            oid: Oid::new("a").unwrap(),
            parent: Some(Oid::ROOT),
            id: "a".into(),
            type_name: "Item".into(),
            state: state.into(),
            json: None,
            expected,
            decoded: None,
        };
        Batch { puts: vec![put], ..Batch::default() }
    }

    fn open(path: &Path) -> Arc<SqliteStorage> {
        let options = SqliteOptions { synchronous: Durability::Off, ..SqliteOptions::default() };
        Arc::new(SqliteStorage::open("db".into(), path, &options, Arc::new(Deaf)).unwrap())
    }

    /// Commits 200 MiB, and gives the greatest length of the log.
    async fn write(storage: &SqliteStorage, path: &Path) -> u64 {
        let log = Log::of(path, Duration::ZERO).file;
        let (mut tid, mut longest) = (None, 0);
        for n in 100..300 {
            tid = Some(storage.commit(put(format!("{n}")[..2].repeat(1 << 19), tid)).await.unwrap());
            longest = longest.max(std::fs::metadata(&log).unwrap().len());
        }
        longest
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn readers_that_overlap_without_a_pause_do_not_let_the_log_grow() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let storage = open(&path);
        let reader = tokio::spawn({
            let storage = Arc::clone(&storage);
            async move {
                let mut held = storage.snapshot().await.unwrap();
                loop {
                    let next = storage.snapshot().await.unwrap();
                    tokio::time::sleep(Duration::from_millis(25)).await;
                    drop(std::mem::replace(&mut held, next));
                }
            }
        });
        let longest = write(&storage, &path).await;
        reader.abort();
        // One try may be in vain on a machine that is busy.
        assert!(longest < 2 * LONG + (16 << 20), "{longest}");
    }

    #[test]
    fn after_a_try_in_vain_a_log_that_became_short_is_long_as_early_as_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x)").unwrap();
        let mut log = Log::of(&path, Duration::ZERO);
        let grow = |kib: i64| conn.execute("INSERT INTO t VALUES (zeroblob(?1))", [kib << 10]).unwrap();
        let length = |log: &Log| std::fs::metadata(&log.file).unwrap().len();
        log.long = 64 << 10;
        log.next = log.long;
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        grow(200);
        log.keep_short(&conn, &"db".into()).unwrap();
        assert!(log.next > 200 << 10, "a reader is in the way: {}", log.next);
        reader.execute_batch("COMMIT").unwrap();
        // Somebody else begins it anew.
        conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        log.keep_short(&conn, &"db".into()).unwrap();
        grow(100);
        log.keep_short(&conn, &"db".into()).unwrap();
        assert_eq!((length(&log), log.next), (0, log.long));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_reader_that_stays_keeps_its_state_and_stops_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let storage = open(&path);
        let tid = storage.commit(put("first".into(), None)).await.unwrap();
        let mut long = storage.snapshot().await.unwrap();
        let mut last = tid;
        for n in 0..90 {
            last = storage.commit(put(format!("{n}").repeat(1 << 19), Some(last))).await.unwrap();
        }
        let seen = long.load(&Oid::new("a").unwrap()).await.unwrap().unwrap();
        assert_eq!((seen.tid, &seen.state[..]), (tid, &b"first"[..]));
        drop(long);
        assert_eq!(storage.snapshot().await.unwrap().tid(), last);
    }
}

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
    long: u64,
    /// From this length on, it is tried.
    next: u64,
    /// What the writer's connection waits otherwise.
    wait: Duration,
}

impl Log {
    /// The log of the database in the file `path`.
    pub(super) fn of(path: &Path, wait: Duration) -> Log {
        let mut file = path.as_os_str().to_owned();
        file.push("-wal");
        Log { file: file.into(), long: LONG, next: LONG, wait }
    }

    /// Begins the log anew if it is long and its readers leave in time. Otherwise that is said, and tried again when it has
    /// grown by as much once more.
    pub(super) fn keep_short(&mut self, conn: &Connection, database: &Arc<str>) {
        let Ok(length) = std::fs::metadata(&self.file).map(|file| file.len()) else { return };
        if length < self.next {
            return;
        }
        let tried = conn.busy_timeout(PATIENCE).and_then(|()| restart(conn));
        let busy = conn.busy_timeout(self.wait).and(tried);
        self.next = if matches!(busy, Ok(false)) { self.long } else { length + self.long };
        match busy {
            Ok(false) => {}
            Ok(true) => tracing::warn!(
                %database, bytes = length,
                "the write-ahead log grows while a transaction reads for long; end transactions before you wait for anything"
            ),
            Err(error) => tracing::warn!(%database, bytes = length, %error, "could not shorten the write-ahead log"),
        }
    }
}

/// Whether readers kept it from being begun anew.
fn restart(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
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

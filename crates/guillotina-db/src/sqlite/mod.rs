//! The SQLite engine: one writer with group commit, many readers, one file.

mod apply;
mod log;
mod reader;
mod schema;
#[cfg(test)]
mod tests;
mod wal;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use crate::error::{CommitError, Error, Result};
use crate::ids::Tid;
use crate::log::LogListener;
use crate::row::Batch;
use crate::storage::{CommitSink, EngineStats, Snapshot, Storage};
use reader::Pool;
use writer::{Job, Shared, Writer};

/// The batches that may wait for the writer; more wait for a place in the queue, within the same time.
const QUEUE: usize = 1_024;

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// A power cut (`synchronous=FULL`).
    #[default]
    Full,
    /// A crash of the process; a power cut may take back the last commits (`synchronous=NORMAL`).
    Normal,
    /// Nothing (`synchronous=OFF`): for data that need not outlive the process.
    Off,
}

impl Durability {
    fn pragma(self) -> &'static str {
        match self {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
            Durability::Off => "OFF",
        }
    }
}

/// How to open a SQLite database.
///
/// ```
/// use guillotina_db::SqliteOptions;
/// let options = SqliteOptions { readers: 2, ..SqliteOptions::default() };
/// assert_eq!(options.wait.as_secs(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// What a commit survives.
    pub synchronous: Durability,
    /// Connections for reading, which is how many transactions can read from disk at a time.
    pub readers: usize,
    /// The size of the object cache in bytes.
    pub cache_bytes: usize,
    /// How long anything waits: for a connection, for the writer, for a turn on a hot object.
    pub wait: Duration,
    /// Refuse every commit (X-018). The file must exist.
    pub read_only: bool,
    /// Frames that the log keeps, at least 1.
    pub stream_frames: u64,
    /// For how long it keeps them.
    pub stream_age: Duration,
}

impl Default for SqliteOptions {
    /// Durable against power cuts, 8 readers, 64 MiB of cache, waits of 2 s; a log of 100 000 frames and a week.
    fn default() -> SqliteOptions {
        SqliteOptions {
            synchronous: Durability::Full,
            readers: 8,
            cache_bytes: 64 << 20,
            wait: Duration::from_secs(2),
            read_only: false,
            stream_frames: 100_000,
            stream_age: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

pub(crate) struct SqliteStorage {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    /// Gone when the database is read-only or closed.
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    read_only: bool,
    closed: AtomicBool,
    /// Held for as long as the file is in use.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    _lock: Option<std::fs::File>,
    _memory: Option<tempfile::TempDir>,
}

impl SqliteStorage {
    /// Opens `path`; every commit is told to `sink`. Blocks for the time that takes.
    pub(crate) fn open(
        database: Arc<str>,
        path: &Path,
        options: &SqliteOptions,
        sink: Arc<dyn CommitSink>,
    ) -> Result<SqliteStorage> {
        let (path, memory, durability) = place(path, options)?;
        let lock = match memory {
            Some(_) => None,
            None => schema::lock_file(&path, options.read_only)?,
        };
        let (writer, tid) = if options.read_only {
            (None, schema::check_read_only(&path, options.wait)?)
        } else {
            let conn = schema::open_writer(&path, options, durability)?;
            let tid = schema::last_tid(&conn).map_err(|error| schema::failed(&database, "read its tid", &error))?;
            (Some(conn), tid.cast_unsigned())
        };
        let shared = Arc::new(Shared::new(Arc::clone(&database), tid, sink, options.wait));
        let pool = Arc::new(Pool::new(database, path.clone(), options.readers, options.wait));
        let (queue, thread) = match writer {
            Some(conn) => {
                let (queue, jobs) = mpsc::channel(QUEUE);
                let retention = log::Retention { frames: options.stream_frames, age: options.stream_age };
                let wal = wal::Log::of(&path, options.wait);
                let writer = Writer { conn, queue: jobs, shared: Arc::clone(&shared), retention, wal };
                let name = format!("db-{}", shared.database);
                let spawned = std::thread::Builder::new().name(name).spawn(move || writer.run());
                let thread = spawned.map_err(|error| Error::Open {
                    path: path.display().to_string(),
                    reason: format!("can't start its writer thread: {error}"),
                })?;
                (Some(queue), Some(thread))
            }
            None => (None, None),
        };
        Ok(SqliteStorage {
            shared,
            pool,
            queue: Mutex::new(queue),
            writer: Mutex::new(thread),
            read_only: options.read_only,
            closed: AtomicBool::new(false),
            held: Mutex::new(Held { _lock: lock, _memory: memory }),
        })
    }

    fn name(&self) -> Arc<str> {
        Arc::clone(&self.shared.database)
    }

    fn unavailable(&self) -> CommitError {
        CommitError::Unavailable { database: self.name(), waited: self.shared.wait }
    }

    fn sender(&self) -> Result<mpsc::Sender<Job>, CommitError> {
        if self.read_only {
            return Err(CommitError::ReadOnly(self.name()));
        }
        if let Some(error) = self.shared.failed_error() {
            return Err(error.into());
        }
        self.queue.lock().clone().ok_or_else(|| Error::Closed(self.name()).into())
    }
}

/// Where the file is. `:memory:` is a private file that is deleted at the end, in memory where the system has a file
/// system for that: SQLite's own in-memory databases have no write-ahead log, so readers would block the writer.
fn place(path: &Path, options: &SqliteOptions) -> Result<(PathBuf, Option<tempfile::TempDir>, Durability)> {
    if path != Path::new(":memory:") {
        return Ok((path.to_owned(), None, options.synchronous));
    }
    let refused = |reason: String| Error::Open { path: ":memory:".to_owned(), reason };
    if options.read_only {
        return Err(refused("it is always empty, so read_only makes no sense".to_owned()));
    }
    let shm = Path::new("/dev/shm");
    let made = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
    let dir = made.or_else(|_| tempfile::tempdir()).map_err(|error| refused(error.to_string()))?;
    Ok((dir.path().join("memory.db"), Some(dir), Durability::Off))
}

#[async_trait]
impl Storage for SqliteStorage {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn committed(&self) -> Tid {
        Tid(self.shared.committed.load(Ordering::Acquire))
    }

    fn read_only(&self) -> bool {
        self.read_only
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>> {
        match self.shared.failed_error() {
            Some(error) => Err(error),
            None => Ok(Box::new(self.pool.snapshot().await?)),
        }
    }

    async fn commit(&self, batch: Batch) -> Result<Tid, CommitError> {
        let queue = self.sender()?;
        let deadline = tokio::time::Instant::now() + self.shared.wait;
        let Ok(Ok(place)) = tokio::time::timeout_at(deadline, queue.reserve()).await else {
            return Err(self.unavailable());
        };
        let (answer, mut answered) = oneshot::channel();
        let claimed = Arc::new(AtomicBool::new(false));
        place.send(Job { batch, answer, claimed: Arc::clone(&claimed) });
        drop(queue);
        let answer = match tokio::time::timeout_at(deadline, &mut answered).await {
            Ok(answer) => answer,
            // Not taken up yet, and now it never will be.
            Err(_) if !claimed.swap(true, Ordering::AcqRel) => return Err(self.unavailable()),
            // The writer is at it: only its answer says what became of it.
            Err(_) => answered.await,
        };
        answer.unwrap_or_else(|_| {
            let reason = "the writer stopped before it answered".into();
            let unknown = Error::Failed { database: self.name(), reason };
            Err(self.shared.failed_error().unwrap_or(unknown).into())
        })
    }

    fn listen(&self, listener: LogListener) {
        self.shared.listeners.write().push(listener);
    }

    fn stats(&self) -> EngineStats {
        let queued = self.queue.lock().as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        EngineStats { queued, reading: self.pool.reading(), ..self.shared.stats() }
    }

    async fn failure(&self) -> Arc<str> {
        let mut failure = self.shared.failure.subscribe();
        loop {
            if let Some(reason) = failure.borrow_and_update().clone() {
                return reason;
            }
            if failure.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    async fn close(&self) {
        drop(self.queue.lock().take());
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            let joined = tokio::task::spawn_blocking(move || writer.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!(database = %self.shared.database, "the writer did not end well");
            }
        }
        if !self.closed.swap(true, Ordering::AcqRel) {
            self.pool.close();
            *self.held.lock() = Held::default();
        }
    }
}

impl Drop for SqliteStorage {
    /// Without [`Storage::close`] the writer still finishes what is queued before the lock on the file is given up.
    fn drop(&mut self) {
        drop(self.queue.get_mut().take());
        // The last owner may be an after-commit hook, which the writer itself drops: it can't wait for itself.
        let here = std::thread::current().id();
        if let Some(writer) = self.writer.get_mut().take()
            && writer.thread().id() != here
        {
            // A panic of the writer was logged when it happened.
            let _ = writer.join();
        }
        self.pool.close();
    }
}

//! A database: an engine, the object cache, and the lines of its hot objects.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::cache::{Cache, CacheStats};
use crate::error::Result;
use crate::hot::{HotObjects, HotStats};
use crate::ids::Tid;
use crate::log::LogListener;
use crate::sqlite::{SqliteOptions, SqliteStorage};
use crate::storage::{EngineStats, Storage};
use crate::transaction::Transaction;

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only: a commit is refused (X-018).
    ReadOnly,
    /// Read, then commit one batch.
    Write,
}

/// One database of the server (X-021). Clones share it.
///
/// ```
/// use guillotina_db::{Access, Batch, Database, Oid, Put, SqliteOptions};
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(async {
/// let db = Database::open_sqlite("db", ":memory:", &SqliteOptions::default())?;
/// let tx = db.begin(Access::Write);
/// assert!(tx.child(&Oid::ROOT, "container").await?.is_none());
/// let put = Put {
///     oid: Oid::new("c1")?, parent: Some(Oid::ROOT), id: "container".into(), type_name: "Container".into(),
///     state: "{}".into(), json: None, expected: None, decoded: None,
/// };
/// tx.commit(Batch { puts: vec![put], ..Batch::default() }).await?;
///
/// let tx = db.begin(Access::ReadOnly);
/// let found = tx.child(&Oid::ROOT, "container").await?;
/// assert!(found.is_some_and(|stored| stored.row().type_name.as_ref() == "Container"));
/// db.close().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) name: Arc<str>,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) hot: HotObjects,
}

/// Counters of a database, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// The engine's.
    pub engine: EngineStats,
    /// The object cache's.
    pub cache: CacheStats,
    /// The lines of writers that wait for objects in demand.
    pub hot: HotStats,
}

impl Database {
    /// Opens the SQLite file `path`, making it when it is missing; `:memory:` is an empty database that is gone
    /// when it is closed. Blocks while it opens: call it at start.
    ///
    /// # Errors
    /// [`Error::Open`](crate::Error::Open) when the file can't be used, is in use, or was written by a newer release.
    pub fn open_sqlite(name: &str, path: impl AsRef<Path>, options: &SqliteOptions) -> Result<Database> {
        let name: Arc<str> = name.into();
        let cache = Arc::new(Cache::new(options.cache_bytes));
        let storage = SqliteStorage::open(Arc::clone(&name), path.as_ref(), options, Arc::clone(&cache) as Arc<_>)?;
        Ok(Database::assemble(name, Arc::new(storage), cache, options.wait))
    }

    pub(crate) fn assemble(
        name: Arc<str>,
        storage: Arc<dyn Storage>,
        cache: Arc<Cache>,
        wait: std::time::Duration,
    ) -> Database {
        let hot = HotObjects::new(Arc::clone(&name), wait);
        Database { inner: Arc::new(Inner { name, storage, cache, hot }) }
    }

    /// Its name in the settings, and in the URL.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.inner.name
    }

    /// The engine, such as `sqlite`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.inner.storage.kind()
    }

    /// Whether every commit is refused.
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.inner.storage.read_only()
    }

    /// The last commit that a transaction begun now will see.
    #[must_use]
    pub fn committed(&self) -> Tid {
        self.inner.storage.committed()
    }

    /// Begins a transaction. Costs nothing: a connection is taken only when the cache can't answer.
    #[must_use]
    pub fn begin(&self, access: Access) -> Transaction {
        Transaction::new(Arc::clone(&self.inner), access)
    }

    /// Begins a transaction whose snapshot is open from the start, so that it never ends in
    /// [`Error::SnapshotTooOld`](crate::Error::SnapshotTooOld). For the replay after one.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) when no connection becomes free in time, or a failure of the engine.
    pub async fn begin_pinned(&self, access: Access) -> Result<Transaction> {
        let transaction = self.begin(access);
        drop(transaction.pin().await?);
        Ok(transaction)
    }

    /// The lines of writers that wait for objects in demand.
    #[must_use]
    pub fn hot(&self) -> &HotObjects {
        &self.inner.hot
    }

    /// Tells `listener` the frames of every commit from now on, in order, for as long as the database is open.
    pub fn listen(&self, listener: LogListener) {
        self.inner.storage.listen(listener);
    }

    /// Counters since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { engine: self.inner.storage.stats(), cache: self.inner.cache.stats(), hot: self.inner.hot.stats() }
    }

    /// Asks the engine for one state of the database and gives it back: whether it can be read at all.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) when no connection becomes free in time, or a failure of the engine.
    pub async fn ping(&self) -> Result<()> {
        self.inner.storage.snapshot().await.map(drop)
    }

    /// Waits until the engine has stopped for good after an I/O error, and says why. The process should then end: nothing is
    /// written any more, and only a restart finds out what is on the disk.
    pub async fn failure(&self) -> Arc<str> {
        self.inner.storage.failure().await
    }

    /// Finishes the commits that are queued and closes the engine. Every later read or commit is refused.
    pub async fn close(&self) {
        self.inner.storage.close().await;
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.inner.name)
            .field("kind", &self.kind())
            .field("committed", &self.committed())
            .finish_non_exhaustive()
    }
}

//! What an engine has to promise: [`Storage`], [`Snapshot`] and [`CommitSink`].

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{CommitError, Result};
use crate::ids::{Oid, Tid};
use crate::log::{LogListener, LogPage, Position};
use crate::row::{Batch, Row, Stored};

/// The greatest number of rows that one page holds.
pub const MAX_PAGE: u32 = 10_000;

/// Which children to list: ordered by id, after a key, then an offset, then at most `limit`.
///
/// ```
/// use guillotina_db::Page;
/// let next = Page { after: Some("m".into()), ..Page::first(20) };
/// assert_eq!(next.limit, 20);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only ids greater than this one: the last id of the page before.
    pub after: Option<Arc<str>>,
    /// How many of them to skip.
    pub offset: u64,
    /// How many to give; more than [`MAX_PAGE`] counts as that.
    pub limit: u32,
    /// Only children of these types.
    pub type_names: Option<Vec<Arc<str>>>,
}

impl Page {
    /// The first `limit` children.
    #[must_use]
    pub fn first(limit: u32) -> Page {
        Page { limit, ..Page::default() }
    }
}

/// One thing that a transaction has read, to be checked when it moves to a later snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// An object, and the version that was seen; `None` when there was no such object.
    Row(Oid, Option<Tid>),
    /// A name in a parent, and the object it stood for; `None` when the name was free.
    Child(Oid, Arc<str>, Option<Oid>),
}

/// What one commit changed, in the form that a cache needs.
#[derive(Debug)]
pub struct Change {
    /// The commit.
    pub tid: Tid,
    /// The new versions, and whether each took a name (it is new or was moved).
    pub puts: Vec<(Arc<Stored>, bool)>,
    /// Names that became free; a name that was taken again is in `puts` too.
    pub unbound: Vec<(Oid, Arc<str>)>,
    /// Objects that are gone.
    pub removed: Vec<Oid>,
    /// So much is gone that it is not listed: everything must be forgotten.
    pub everything: bool,
}

/// Told of every commit by the engine.
pub trait CommitSink: Send + Sync {
    /// Takes in `changes`, in commit order. The engine calls it when they are durable and *before*
    /// [`Storage::committed`] shows them.
    fn apply(&self, changes: &[Change]);
}

/// A database engine.
#[async_trait]
pub trait Storage: Send + Sync {
    /// The name of the engine, such as `sqlite`.
    fn kind(&self) -> &'static str;

    /// The last commit that is durable and known to the [`CommitSink`]. A snapshot that is opened later holds it.
    fn committed(&self) -> Tid;

    /// Whether every commit is refused.
    fn read_only(&self) -> bool;

    /// Opens a snapshot: everything that is read from it is one state of the database.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) when no connection becomes free in time, or a failure of the engine.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>>;

    /// Commits a batch, and answers when it is durable and its hooks have run.
    ///
    /// A batch that was handed over is committed even when the caller stops waiting.
    ///
    /// # Errors
    /// See [`CommitError`]; after an error nothing of the batch is in the database, save
    /// [`Error::Failed`](crate::Error::Failed), after which it is unknown.
    async fn commit(&self, batch: Batch) -> Result<Tid, CommitError>;

    /// Tells `listener` the frames of every commit from now on, until the engine is closed.
    fn listen(&self, listener: LogListener);

    /// Counters for operators.
    fn stats(&self) -> EngineStats;

    /// The failure that stopped the engine for good; waits until there is one.
    async fn failure(&self) -> Arc<str>;

    /// Finishes the commits that are queued, then closes every connection. Safe to call twice.
    async fn close(&self);
}

/// Counters of an engine since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineStats {
    /// Batches that were committed.
    pub commits: u64,
    /// Durable writes that they shared.
    pub groups: u64,
    /// Batches that were refused with a conflict.
    pub conflicts: u64,
    /// Batches that wait for the writer now.
    pub queued: usize,
    /// Snapshots that are open now.
    pub reading: usize,
}

/// One state of the database: exactly the commits up to [`tid`](Snapshot::tid). Dropping it gives the connection back.
#[async_trait]
pub trait Snapshot: Send {
    /// The last commit that it holds.
    fn tid(&self) -> Tid;

    /// One object.
    ///
    /// # Errors
    /// As all reads here: a failure of the engine.
    async fn load(&mut self, oid: &Oid) -> Result<Option<Row>>;

    /// The object of that name in `parent`.
    ///
    /// # Errors
    /// A failure of the engine.
    async fn child(&mut self, parent: &Oid, id: &str) -> Result<Option<Row>>;

    /// A page of the children of `parent`, ordered by id.
    ///
    /// # Errors
    /// A failure of the engine.
    async fn children(&mut self, parent: &Oid, page: &Page) -> Result<Vec<Row>>;

    /// The ids of a page of the children of `parent`, in order.
    ///
    /// # Errors
    /// A failure of the engine.
    async fn ids(&mut self, parent: &Oid, page: &Page) -> Result<Vec<Arc<str>>>;

    /// How many children `parent` has, of the given types or of all.
    ///
    /// # Errors
    /// A failure of the engine.
    async fn count(&mut self, parent: &Oid, type_names: Option<&[Arc<str>]>) -> Result<u64>;

    /// A page of the log: what came after a position in any of `channels`; without a position only where the log stands.
    ///
    /// # Errors
    /// A failure of the engine.
    async fn log(&mut self, channels: &[Arc<str>], after: Option<Position>, limit: u32) -> Result<LogPage>;

    /// Whether each of `reads` still holds in this snapshot.
    ///
    /// # Errors
    /// A failure of the engine.
    async fn unchanged(&mut self, reads: &[Read]) -> Result<bool>;
}

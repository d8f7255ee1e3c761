//! A transaction: reads of one state of the database, then at most one commit.
//!
//! # One state
//!
//! A transaction begins at `S`, the last announced commit, without a connection. While the cache knows what it asks for at `S`
//! (see [the invariant](crate#the-cache)), it stays there and notes what it has read. The first thing that the cache does not
//! know makes it open a snapshot of the database, which is at some `S' >= S`; it moves there when everything it has
//! noted is the same at `S'`, and is refused with [`Error::SnapshotTooOld`] otherwise. From then on it is *pinned*: `S'`
//! never changes again, and nothing has to be noted.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::MutexGuard;

use crate::cache::Lookup;
use crate::database::{Access, Inner};
use crate::error::{CommitError, Error, Result};
use crate::ids::{Oid, Tid};
use crate::log::{LogPage, Position};
use crate::row::{Batch, Row, Stored, run_hooks};
use crate::storage::{Page, Read, Snapshot};

/// A transaction that has noted this much is pinned, so that moving on stays cheap.
const MOST_READS: usize = 1_024;

/// A view of one state of a database; see the module's text. All reads take `&self`, so it can be shared.
///
/// Dropping it without a commit leaves no trace.
pub struct Transaction {
    // Dropped first: a database that goes with its last transaction is not kept waiting by it.
    snapshot: tokio::sync::Mutex<Option<Box<dyn Snapshot>>>,
    db: Arc<Inner>,
    access: Access,
    view: Mutex<View>,
}

struct View {
    tid: Tid,
    pinned: bool,
    ended: bool,
    reads: Vec<Read>,
}

type Pinned<'a> = MutexGuard<'a, Option<Box<dyn Snapshot>>>;

impl Transaction {
    pub(crate) fn new(db: Arc<Inner>, access: Access) -> Transaction {
        let tid = db.storage.committed();
        let view = View { tid, pinned: false, ended: false, reads: Vec::new() };
        Transaction { db, access, view: Mutex::new(view), snapshot: tokio::sync::Mutex::new(None) }
    }

    /// The commit whose state is read; it may move forward until the first read that the cache can't answer.
    #[must_use]
    pub fn snapshot_tid(&self) -> Tid {
        self.view.lock().tid
    }

    /// What it may do.
    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether a commit would be refused with [`CommitError::ReadOnly`].
    #[must_use]
    pub fn read_only(&self) -> bool {
        self.access == Access::ReadOnly || self.db.storage.read_only()
    }

    /// An object.
    ///
    /// # Errors
    /// As all reads here: [`Error::SnapshotTooOld`] (replay the request), [`Error::Unavailable`], [`Error::Ended`] after
    /// [`commit`](Transaction::commit), or a failure of the engine.
    pub async fn get(&self, oid: &Oid) -> Result<Option<Arc<Stored>>> {
        if let Lookup::Known(stored) = self.cached(oid)? {
            return Ok(stored);
        }
        let (mut pinned, tid) = self.pin().await?;
        if let Lookup::Known(stored) = self.cached(oid)? {
            return Ok(stored);
        }
        let row = self.opened(&mut pinned)?.load(oid).await?;
        if row.is_none() {
            self.db.cache.fill_missing_row(oid, tid);
        }
        Ok(row.map(|row| self.db.cache.fill_row(row, tid)))
    }

    /// The object of that name in `parent`.
    ///
    /// # Errors
    /// As [`get`](Transaction::get).
    pub async fn child(&self, parent: &Oid, id: &str) -> Result<Option<Arc<Stored>>> {
        match self.cached_name(parent, id)? {
            Lookup::Known(None) => return Ok(None),
            Lookup::Known(Some(oid)) => return self.get(&oid).await,
            Lookup::Unknown => {}
        }
        let (mut pinned, tid) = self.pin().await?;
        let row = self.opened(&mut pinned)?.child(parent, id).await?;
        if row.is_none() {
            self.db.cache.fill_missing_name(parent, id, tid);
        }
        Ok(row.map(|row| self.db.cache.fill_row(row, tid)))
    }

    /// A page of the children of `parent`, ordered by id.
    ///
    /// # Errors
    /// As [`get`](Transaction::get).
    pub async fn children(&self, parent: &Oid, page: &Page) -> Result<Vec<Arc<Stored>>> {
        let (mut pinned, tid) = self.pin().await?;
        let rows: Vec<Row> = self.opened(&mut pinned)?.children(parent, page).await?;
        Ok(rows.into_iter().map(|row| self.db.cache.fill_row(row, tid)).collect())
    }

    /// The ids of a page of the children of `parent`, in order.
    ///
    /// # Errors
    /// As [`get`](Transaction::get).
    pub async fn ids(&self, parent: &Oid, page: &Page) -> Result<Vec<Arc<str>>> {
        let (mut pinned, _) = self.pin().await?;
        self.opened(&mut pinned)?.ids(parent, page).await
    }

    /// How many children `parent` has.
    ///
    /// # Errors
    /// As [`get`](Transaction::get).
    pub async fn count(&self, parent: &Oid) -> Result<u64> {
        let (mut pinned, _) = self.pin().await?;
        self.opened(&mut pinned)?.count(parent, None).await
    }

    /// How many children of the given types `parent` has.
    ///
    /// # Errors
    /// As [`get`](Transaction::get).
    pub async fn count_types(&self, parent: &Oid, type_names: &[Arc<str>]) -> Result<u64> {
        let (mut pinned, _) = self.pin().await?;
        self.opened(&mut pinned)?.count(parent, Some(type_names)).await
    }

    /// What came after a position of the log in any of `channels`, in order, at most `limit` frames
    /// ([`MAX_LOG_PAGE`](crate::MAX_LOG_PAGE)); without a position only where the log stands.
    ///
    /// # Errors
    /// As [`get`](Transaction::get).
    pub async fn log(&self, channels: &[Arc<str>], after: Option<Position>, limit: u32) -> Result<LogPage> {
        let (mut pinned, _) = self.pin().await?;
        self.opened(&mut pinned)?.log(channels, after, limit).await
    }

    /// Ends the transaction and commits `batch`; answers when it is durable. An empty batch only ends it. One that writes
    /// nothing and has hooks takes its place in the order of the commits all the same, also of a transaction that may only
    /// read: what its hooks tell is never ahead of the commits that the transaction has read.
    ///
    /// The connection is given back first: no transaction holds one while it waits for the writer. A commit that was handed
    /// over takes place even when the caller stops waiting.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit(&self, batch: Batch) -> Result<Tid, CommitError> {
        if self.read_only() && batch.writes() {
            return Err(CommitError::ReadOnly(Arc::clone(&self.db.name)));
        }
        if std::mem::replace(&mut self.view.lock().ended, true) {
            return Err(Error::Ended(Arc::clone(&self.db.name)).into());
        }
        drop(self.snapshot.lock().await.take());
        if batch.is_empty() {
            return Ok(self.snapshot_tid());
        }
        if self.db.storage.read_only() {
            // Nobody commits here, so there is nothing to come after.
            run_hooks(&self.db.name, batch.after, self.snapshot_tid());
            return Ok(self.snapshot_tid());
        }
        self.db.storage.commit(batch).await
    }

    /// Ends the transaction without a commit and gives its connection back now rather than when it is dropped.
    pub async fn close(&self) {
        {
            let mut view = self.view.lock();
            view.ended = true;
            view.reads = Vec::new();
        }
        drop(self.snapshot.lock().await.take());
    }

    fn ended(&self) -> Error {
        Error::Ended(Arc::clone(&self.db.name))
    }

    fn cached(&self, oid: &Oid) -> Result<Lookup<Arc<Stored>>> {
        self.look(|at| self.db.cache.row(oid, at), |stored| Read::Row(oid.clone(), stored.map(|stored| stored.tid())))
    }

    fn cached_name(&self, parent: &Oid, id: &str) -> Result<Lookup<Oid>> {
        self.look(|at| self.db.cache.name(parent, id, at), |oid| Read::Child(parent.clone(), id.into(), oid.cloned()))
    }

    /// Asks the cache at this transaction's state, and notes what it said.
    fn look<V>(&self, ask: impl FnOnce(Tid) -> Lookup<V>, note: impl FnOnce(Option<&V>) -> Read) -> Result<Lookup<V>> {
        // The lock is held throughout, so that no answer for one state is noted after a move to the next.
        let mut view = self.view.lock();
        if view.ended {
            return Err(self.ended());
        }
        // Ahead of the announcements the cache may still hold what is past (see its invariant).
        let ahead = view.pinned && self.db.storage.committed() < view.tid;
        let full = !view.pinned && view.reads.len() >= MOST_READS;
        if ahead || full {
            return Ok(Lookup::Unknown);
        }
        let found = ask(view.tid);
        if let (Lookup::Known(value), false) = (&found, view.pinned) {
            view.reads.push(note(value.as_ref()));
        }
        Ok(found)
    }

    fn opened<'a>(&self, pinned: &'a mut Pinned<'_>) -> Result<&'a mut Box<dyn Snapshot>> {
        pinned.as_mut().ok_or_else(|| self.ended())
    }

    /// Opens the snapshot unless it is open, and moves to its state.
    pub(crate) async fn pin(&self) -> Result<(Pinned<'_>, Tid)> {
        let mut slot = self.snapshot.lock().await;
        {
            let view = self.view.lock();
            if view.ended {
                return Err(self.ended());
            }
            if view.pinned {
                return Ok((slot, view.tid));
            }
        }
        let mut snapshot = self.db.storage.snapshot().await?;
        let tid = self.move_to(snapshot.as_mut()).await?;
        *slot = Some(snapshot);
        Ok((slot, tid))
    }

    /// Moves to the state of `snapshot` if everything that was read is the same there.
    async fn move_to(&self, snapshot: &mut dyn Snapshot) -> Result<Tid> {
        let to = snapshot.tid();
        let mut compared = 0;
        loop {
            let (from, reads) = {
                let mut view = self.view.lock();
                // Others may have read on while this one compared.
                if view.ended {
                    return Err(self.ended());
                }
                if view.tid == to || view.reads.len() == compared {
                    view.tid = to;
                    view.pinned = true;
                    view.reads = Vec::new();
                    return Ok(to);
                }
                (view.tid, view.reads[compared..].to_vec())
            };
            if to < from || !snapshot.unchanged(&reads).await? {
                return Err(Error::SnapshotTooOld { database: Arc::clone(&self.db.name), from, to });
            }
            compared += reads.len();
        }
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.view.lock();
        f.debug_struct("Transaction")
            .field("database", &self.db.name)
            .field("access", &self.access)
            .field("tid", &view.tid)
            .field("pinned", &view.pinned)
            .field("ended", &view.ended)
            .finish_non_exhaustive()
    }
}

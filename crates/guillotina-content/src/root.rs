//! [`Database`]: a database as plugin code sees it, and the loop that replays transactions.

use crate::app::App;
use crate::error::{Cause, Error, Result};
use crate::transaction::Tx;
use guillotina_db::Oid;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A database, at `/{name}`.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    app: App,
    name: Arc<str>,
    storage: guillotina_db::Database,
    counts: Counts,
}

/// How transactions ended; each is one uncontended addition.
#[derive(Default)]
struct Counts {
    written: AtomicU64,
    read: AtomicU64,
    failed: AtomicU64,
    replays: AtomicU64,
}

/// How the transactions of a database ended since the start, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionStats {
    /// Those that committed changes.
    pub written: u64,
    /// Those that had nothing to write.
    pub read: u64,
    /// Those that were given up, with all that they had changed: errors, answers of 400 or more, conflicts without end.
    pub failed: u64,
    /// How often any of them was replayed after a conflict.
    pub replays: u64,
}

/// The greatest number of objects whose turns one transaction waits for.
const MOST_TURNS: usize = 64;

/// What a transaction came to.
pub struct Done<T> {
    /// What the code returned.
    pub value: T,
    /// How often it was replayed.
    pub replays: u32,
    /// Its commit; `None` when nothing was written.
    pub tid: Option<guillotina_db::Tid>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.0.name)
    }
}

impl Database {
    pub(crate) fn new(app: App, name: &str, storage: guillotina_db::Database) -> Self {
        Database(Arc::new(Inner { app, name: Arc::from(name), storage, counts: Counts::default() }))
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// Its name in paths.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// The storage below.
    pub fn storage(&self) -> &guillotina_db::Database {
        &self.0.storage
    }

    /// How its transactions ended.
    pub fn transactions(&self) -> TransactionStats {
        let counts = &self.0.counts;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TransactionStats {
            written: read(&counts.written),
            read: read(&counts.read),
            failed: read(&counts.failed),
            replays: read(&counts.replays),
        }
    }

    /// Runs `f` in a transaction that commits when it returns `Ok`, and replays it on a conflict (row C-022).
    ///
    /// # Errors
    /// What `f` returned, or why the commit failed.
    pub async fn write<T, F: Future<Output = Result<T>>>(&self, f: impl Fn(Tx) -> F) -> Result<T> {
        self.run(true, f).await.0.map(|done| done.value)
    }

    /// Runs `f` in a transaction that reads one snapshot and writes nothing.
    ///
    /// # Errors
    /// What `f` returned, or why it could not read.
    pub async fn read<T, F: Future<Output = Result<T>>>(&self, f: impl Fn(Tx) -> F) -> Result<T> {
        self.run(false, f).await.0.map(|done| done.value)
    }

    /// The loop behind both, with the number of replays also when it failed.
    ///
    /// After a conflict the replay queues for the objects that it was about, so that many writers of one object follow
    /// each other instead of storming it; a newcomer to such an object queues at once ([`Tx::queue_for`]).
    pub async fn run<T, F: Future<Output = Result<T>>>(
        &self,
        writable: bool,
        f: impl Fn(Tx) -> F,
    ) -> (Result<Done<T>>, u32) {
        let ended = self.replayed(writable, f).await;
        let counts = &self.0.counts;
        let outcome = match &ended.0 {
            Ok(Done { tid: Some(_), .. }) => &counts.written,
            Ok(_) => &counts.read,
            Err(_) => &counts.failed,
        };
        outcome.fetch_add(1, Ordering::Relaxed);
        if ended.1 > 0 {
            counts.replays.fetch_add(u64::from(ended.1), Ordering::Relaxed);
        }
        ended
    }

    async fn replayed<T, F: Future<Output = Result<T>>>(
        &self,
        writable: bool,
        f: impl Fn(Tx) -> F,
    ) -> (Result<Done<T>>, u32) {
        let attempts = self.0.app.core().conflict_retry_attempts;
        let mut next = Next::default();
        let mut replays = 0;
        loop {
            let error = match self.attempt(writable, &next, &f).await {
                Ok((value, tid)) => return (Ok(Done { value, replays, tid }), replays),
                Err(error) => error,
            };
            match error.cause() {
                Cause::Queue(_) if next.turns.len() < MOST_TURNS => {}
                Cause::Conflict(_) if replays < attempts => {
                    replays += 1;
                    tokio::time::sleep(guillotina_db::backoff(replays)).await;
                }
                _ => return (Err(error), replays),
            }
            next = match self.next_attempt(&error, next).await {
                Ok(next) => next,
                Err(error) => return (Err(error), replays),
            };
        }
    }

    /// How to go on after a conflict: in the queues of the objects it was about, or with a snapshot taken at once when the
    /// transaction had read what a later commit changed.
    async fn next_attempt(&self, error: &Error, last: Next) -> Result<Next> {
        let wanted = match error.cause() {
            Cause::Queue(oid) => vec![oid.clone()],
            Cause::Conflict(oids) => oids.clone(),
            _ => Vec::new(),
        };
        let more: Vec<Oid> = wanted.iter().filter(|oid| !last.turns.contains(oid)).cloned().collect();
        if more.is_empty() {
            return Ok(Next { pinned: wanted.is_empty(), ..last });
        }
        // The turns that it has had are kept, or else it would lose to the writers of one object what it has won from those of
        // another. All are entered anew, in one order, so that two transactions cannot wait for each other.
        let Next { mut turns, deadline, guards, .. } = last;
        drop(guards);
        turns.extend(more);
        let kept = turns.len().saturating_sub(MOST_TURNS);
        turns.drain(..kept);
        let hot = self.0.storage.hot();
        let deadline = deadline.unwrap_or_else(|| hot.deadline());
        let guards = hot.enter_all(&turns, deadline).await?;
        Ok(Next { pinned: false, turns, deadline: Some(deadline), guards })
    }

    async fn attempt<T, F: Future<Output = Result<T>>>(
        &self,
        writable: bool,
        next: &Next,
        f: &impl Fn(Tx) -> F,
    ) -> Result<(T, Option<guillotina_db::Tid>)> {
        let tx = Tx::begin(self.clone(), writable, next.pinned).await?;
        tx.hold_turns(&next.turns);
        let _ending = Ending(&tx);
        let done = async {
            let value = f(tx.clone()).await?;
            Ok((value, tx.commit().await?))
        };
        let done = done.await;
        tx.give_back().await;
        done
    }
}

/// What the next attempt of a transaction begins with.
#[derive(Default)]
struct Next {
    pinned: bool,
    turns: Vec<Oid>,
    /// Until when it may wait for turns, from its first wait on: however many there are, the client does not wait longer.
    deadline: Option<tokio::time::Instant>,
    guards: Vec<guillotina_db::HotGuard>,
}

/// Ends the transaction also when its future is dropped half-way.
struct Ending<'a>(&'a Tx);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

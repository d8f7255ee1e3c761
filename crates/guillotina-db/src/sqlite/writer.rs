//! Writing: one thread owns the only connection that writes, and commits in groups.
//!
//! It takes every batch that waits, applies each in its own savepoint, and makes all of them durable with one
//! `COMMIT`, that is one fsync. While that runs the next group gathers, so groups grow with the load by themselves.
//!
//! An I/O error is final (an fsync that failed must not be tried again: what it lost is lost), also one met while the
//! write-ahead log is moved into the file: the engine answers [`Error::Failed`] from then on. A full disk is not: SQLite has
//! rolled the group back, and reads go on, with the hooks of those that wrote nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot, watch};

use super::apply::{Refusal, apply};
use super::log::{self, Retention};
use super::schema::failed;
use crate::error::{CommitError, Error};
use crate::ids::Tid;
use crate::log::{LogListener, Logged};
use crate::row::{AfterCommit, Batch, run_hooks};
use crate::storage::{Change, CommitSink, EngineStats};

/// The batches of one group.
const GROUP: usize = 128;

/// Their content in bytes.
const GROUP_BYTES: usize = 8 << 20;

type Answer = Result<Tid, CommitError>;

/// A batch in the queue.
pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) answer: oneshot::Sender<Answer>,
    /// Set by whoever comes first: the writer that takes it up, or the caller that no longer waits.
    pub(super) claimed: Arc<AtomicBool>,
}

/// What the writer shares with the rest of the engine.
pub(super) struct Shared {
    pub(super) database: Arc<str>,
    pub(super) committed: AtomicU64,
    pub(super) failure: watch::Sender<Option<Arc<str>>>,
    pub(super) sink: Arc<dyn CommitSink>,
    pub(super) wait: Duration,
    pub(super) listeners: parking_lot::RwLock<Vec<LogListener>>,
    commits: AtomicU64,
    groups: AtomicU64,
    conflicts: AtomicU64,
    #[cfg(test)]
    pub(super) fault: parking_lot::Mutex<Option<std::ffi::c_int>>,
}

impl Shared {
    pub(super) fn new(database: Arc<str>, committed: u64, sink: Arc<dyn CommitSink>, wait: Duration) -> Shared {
        Shared {
            database,
            committed: AtomicU64::new(committed),
            failure: watch::Sender::new(None),
            sink,
            wait,
            listeners: parking_lot::RwLock::default(),
            commits: AtomicU64::new(0),
            groups: AtomicU64::new(0),
            conflicts: AtomicU64::new(0),
            #[cfg(test)]
            fault: parking_lot::Mutex::new(None),
        }
    }

    pub(super) fn failed_error(&self) -> Option<Error> {
        let reason = self.failure.borrow().clone()?;
        Some(Error::Failed { database: Arc::clone(&self.database), reason })
    }

    pub(super) fn fail(&self, reason: &str) {
        self.failure.send_if_modified(|failure| {
            let first = failure.is_none();
            if first {
                tracing::error!(database = %self.database, reason, "the database has stopped; check the disk and restart");
                *failure = Some(reason.into());
            }
            first
        });
    }

    pub(super) fn stats(&self) -> EngineStats {
        EngineStats {
            commits: self.commits.load(Ordering::Relaxed),
            groups: self.groups.load(Ordering::Relaxed),
            conflicts: self.conflicts.load(Ordering::Relaxed),
            ..EngineStats::default()
        }
    }
}

pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) queue: mpsc::Receiver<Job>,
    pub(super) shared: Arc<Shared>,
    /// How much of the log is kept.
    pub(super) retention: Retention,
    pub(super) wal: super::wal::Log,
}

/// A batch whose fate inside the group is known, and the one who waits for it.
struct Settled {
    /// Whether it has anything to write.
    writes: bool,
    answer: oneshot::Sender<Answer>,
    verdict: Answer,
    after: Vec<AfterCommit>,
}

/// Why a whole group came to nothing.
#[derive(Clone)]
enum Broken {
    Full,
    Busy,
    Fatal(String),
    Other(Error),
}

impl Writer {
    /// Works until every sender of the queue is gone.
    pub(super) fn run(mut self) {
        while let Some(first) = self.queue.blocking_recv() {
            let jobs = self.gather(first);
            let ran = catch_unwind(AssertUnwindSafe(|| self.group(jobs)));
            if ran.is_err() {
                // Where it stopped is unknown, so nothing may follow.
                self.shared.fail("the writer panicked; this is a bug");
            }
        }
        if self.shared.failed_error().is_none() {
            self.tidy();
        }
    }

    /// Moves the write-ahead log into the file. Only a convenience: the next start would do it.
    fn tidy(&self) {
        // A snapshot that is still open must not delay the end.
        let tidied = self
            .conn
            .busy_timeout(Duration::ZERO)
            .and_then(|()| self.conn.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);"));
        if let Err(error) = tidied {
            tracing::warn!(database = %self.shared.database, %error, "could not shorten the write-ahead log at the end");
        }
    }

    fn gather(&mut self, first: Job) -> Vec<Job> {
        let mut bytes = first.batch.size();
        let mut jobs = vec![first];
        while jobs.len() < GROUP && bytes < GROUP_BYTES {
            let Ok(job) = self.queue.try_recv() else {
                break;
            };
            bytes = bytes.saturating_add(job.batch.size());
            jobs.push(job);
        }
        jobs.retain(|job| !job.claimed.swap(true, Ordering::AcqRel));
        jobs
    }

    fn group(&mut self, jobs: Vec<Job>) {
        if let Some(error) = self.shared.failed_error() {
            for job in jobs {
                send(job.answer, Err(error.clone().into()));
            }
            return;
        }
        if jobs.is_empty() {
            return;
        }
        let mut settled = Vec::with_capacity(jobs.len());
        let mut waiting = jobs.into_iter();
        let durable = self.write(&mut waiting, &mut settled);
        match durable {
            Ok((changes, logged)) => {
                self.announce(&changes, &logged, settled);
                self.shorten_log();
            }
            Err(broken) => self.give_up(broken, settled, waiting),
        }
    }

    /// Keeps the write-ahead log short. What breaks there breaks the engine: what did not reach the file is lost.
    fn shorten_log(&mut self) {
        let Err(error) = self.wal.keep_short(&self.conn, &self.shared.database) else { return };
        match self.broken(&error) {
            Broken::Fatal(reason) => self.shared.fail(&format!("the write-ahead log could not be shortened: {reason}")),
            _ => tracing::warn!(database = %self.shared.database, %error, "could not shorten the write-ahead log"),
        }
    }

    /// Answers a group that came to nothing. Those who wrote nothing have lost nothing with it, unless the engine has stopped.
    fn give_up(&self, broken: Broken, settled: Vec<Settled>, waiting: std::vec::IntoIter<Job>) {
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            self.shared.fail(&format!("a rollback failed: {error}"));
        }
        if let Broken::Fatal(reason) = &broken {
            self.shared.fail(reason);
        }
        let goes_on = matches!(broken, Broken::Full | Broken::Busy) && self.shared.failed_error().is_none();
        let committed = Tid(self.shared.committed.load(Ordering::Acquire));
        let verdict = self.verdict(broken);
        for one in settled {
            let answer = match one.verdict {
                Ok(_) if goes_on && !one.writes => {
                    run_hooks(&self.shared.database, one.after, committed);
                    Ok(committed)
                }
                Err(error) if stands_alone(&error) => Err(error),
                _ => Err(verdict.clone()),
            };
            send(one.answer, answer);
        }
        for job in waiting {
            let reads = goes_on && !job.batch.writes();
            send(job.answer, if reads { self.read_only(job.batch, committed, &verdict) } else { Err(verdict.clone()) });
        }
    }

    /// The verdict on a batch that writes nothing, outside of any group; its hooks run when it stands.
    fn read_only(&self, mut batch: Batch, committed: Tid, otherwise: &CommitError) -> Answer {
        let after = std::mem::take(&mut batch.after);
        match apply(&self.conn, &self.shared.database, batch, committed) {
            Ok(_) => {
                run_hooks(&self.shared.database, after, committed);
                Ok(committed)
            }
            Err(Refusal::Batch(error)) => Err(error),
            Err(Refusal::Engine(_)) => Err(otherwise.clone()),
        }
    }

    /// Applies the jobs and makes them durable.
    fn write(
        &mut self,
        waiting: &mut std::vec::IntoIter<Job>,
        settled: &mut Vec<Settled>,
    ) -> Result<(Vec<Change>, Vec<Logged>), Broken> {
        let conn = &self.conn;
        run(conn, "BEGIN IMMEDIATE").map_err(|error| self.broken(&error))?;
        let mut tid = Tid(self.shared.committed.load(Ordering::Acquire));
        let (mut changes, mut logged) = (Vec::new(), Vec::new());
        for mut job in waiting.by_ref() {
            let after = std::mem::take(&mut job.batch.after);
            let (writes, before) = (job.batch.writes(), logged.len());
            let next = if writes { tid.next() } else { tid };
            let verdict = match self.savepoint(job.batch, next, &mut logged) {
                Ok(change) => {
                    tid = next;
                    changes.extend(writes.then_some(change));
                    Ok(next)
                }
                Err(Refusal::Batch(error)) => {
                    logged.truncate(before);
                    Err(error)
                }
                Err(Refusal::Engine(error)) => {
                    let broken = self.broken(&error);
                    let verdict = Err(self.verdict(broken.clone()));
                    settled.push(Settled { writes, answer: job.answer, verdict, after });
                    return Err(broken);
                }
            };
            settled.push(Settled { writes, answer: job.answer, verdict, after });
        }
        let store = || {
            if !changes.is_empty() {
                let mut update = conn.prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'tid'")?;
                update.execute([tid.0.cast_signed()])?;
            }
            #[cfg(test)]
            if let Some(code) = self.shared.fault.lock().take() {
                return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None));
            }
            run(conn, "COMMIT")
        };
        store().map_err(|error| match self.broken(&error) {
            // Whether the commit is durable can't be known any more.
            Broken::Other(error) => Broken::Fatal(error.to_string()),
            known => known,
        })?;
        Ok((changes, logged))
    }

    /// Applies a batch so that it can be taken back alone.
    fn savepoint(&self, mut batch: Batch, tid: Tid, logged: &mut Vec<Logged>) -> Result<Change, Refusal> {
        let conn = &self.conn;
        run(conn, "SAVEPOINT batch")?;
        let entries = std::mem::take(&mut batch.log);
        let applied = apply(conn, &self.shared.database, batch, tid).and_then(|change| {
            log::append(conn, entries, self.retention, logged)?;
            Ok(change)
        });
        match applied {
            Ok(change) => {
                run(conn, "RELEASE batch")?;
                Ok(change)
            }
            Err(Refusal::Engine(error)) if breaks_group(&error) || conn.is_autocommit() => Err(Refusal::Engine(error)),
            Err(refusal) => {
                run(conn, "ROLLBACK TO batch")?;
                run(conn, "RELEASE batch")?;
                Err(match refusal {
                    Refusal::Engine(error) => {
                        Refusal::Batch(failed(&self.shared.database, "apply a batch", &error).into())
                    }
                    refusal => refusal,
                })
            }
        }
    }

    /// Shows the group to everybody, then runs the hooks and answers, in commit order.
    fn announce(&self, changes: &[Change], logged: &[Logged], settled: Vec<Settled>) {
        let shared = &self.shared;
        if let Some(last) = changes.last() {
            shared.sink.apply(changes);
            shared.committed.store(last.tid.0, Ordering::Release);
            shared.groups.fetch_add(1, Ordering::Relaxed);
            shared.commits.fetch_add(changes.len() as u64, Ordering::Relaxed);
        }
        tell(&shared.database, &shared.listeners.read(), logged);
        for one in settled {
            match one.verdict {
                Ok(tid) => run_hooks(&shared.database, one.after, tid),
                Err(CommitError::Conflict { .. }) => {
                    shared.conflicts.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => {}
            }
            send(one.answer, one.verdict);
        }
    }

    fn broken(&self, error: &rusqlite::Error) -> Broken {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Broken::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Broken::Busy,
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Broken::Fatal(error.to_string())
            }
            _ => Broken::Other(failed(&self.shared.database, "commit", error)),
        }
    }

    fn verdict(&self, broken: Broken) -> CommitError {
        let database = Arc::clone(&self.shared.database);
        match broken {
            Broken::Full => CommitError::Full(database),
            Broken::Busy => CommitError::Unavailable { database, waited: self.shared.wait },
            Broken::Fatal(reason) => Error::Failed { database, reason: reason.into() }.into(),
            Broken::Other(error) => error.into(),
        }
    }
}

/// Whether a refusal is right whatever became of the batches before it. A name may have been taken by one that came to nothing
/// with its group; after a conflict the replay sees what is stored.
fn stands_alone(refusal: &CommitError) -> bool {
    !matches!(refusal, CommitError::DuplicateId { .. })
}

/// Whether the error concerns more than the batch that met it.
fn breaks_group(error: &rusqlite::Error) -> bool {
    use ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, OutOfMemory, SystemIoFailure,
    };
    matches!(
        error.sqlite_error_code(),
        Some(
            DiskFull
                | SystemIoFailure
                | DatabaseCorrupt
                | NotADatabase
                | OutOfMemory
                | CannotOpen
                | DatabaseBusy
                | DatabaseLocked
        )
    )
}

fn run(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn tell(database: &Arc<str>, listeners: &[LogListener], logged: &[Logged]) {
    for listener in listeners.iter().filter(|_| !logged.is_empty()) {
        if catch_unwind(AssertUnwindSafe(|| listener(logged))).is_err() {
            tracing::error!(%database, "a listener to the log panicked; the commits stand");
        }
    }
}

fn send(answer: oneshot::Sender<Answer>, verdict: Answer) {
    // The caller may have stopped waiting; the commit stands all the same.
    let _ = answer.send(verdict);
}

//! Storage, transactions and the object cache.
//!
//! This crate keeps rows of bytes in a tree, and knows nothing of what they mean. A [`Database`] hands out
//! [`Transaction`]s; each reads one state of the database and may commit one [`Batch`], which succeeds only if nothing that it
//! overwrites was changed in the meantime (optimistic concurrency: C-022, X-009).
//!
//! ```text
//! begin ── reads from the cache, no connection ── first miss: one connection, one snapshot ── commit
//!                                                                                               │ gives the connection back
//!   writer thread: check each batch → one durable COMMIT for all → cache → committed() → hooks → answers
//! ```
//!
//! - **Acknowledged is durable**, save with [`Durability::Normal`] or [`Durability::Off`].
//! - **One state.** Everything that a transaction reads is from one commit, from the cache or from the disk.
//! - **Nothing waits for ever.** For a connection, the writer or a turn on a hot object the wait is
//!   [`SqliteOptions::wait`]; a commit that the writer has begun is waited for, since only its end tells the outcome.
//! - **No transaction holds two connections**, and none while it waits to be committed.
//!
//! # After a conflict
//!
//! When a commit fails with [`CommitError::Conflict`], [enter the line](HotObjects::enter_all) of the objects that it names,
//! begin again, and keep the place until the commit is answered: writers of one object then take turns instead of
//! taking it from each other. Pause for [`backoff`] where there is no object to queue for; after
//! [`Error::SnapshotTooOld`] begin with [`Database::begin_pinned`].
//!
//! # The log
//!
//! A batch may carry [frames](LogEntry) for whoever listens to some channels. They are written by the same commit, so that each is
//! there exactly if the commit is, and get a [`Position`] that grows in commit order. [`Database::listen`] tells them live,
//! and [`Transaction::log`] reads what came after a position, in any process and after any restart, as long as the log keeps it.
//!
//! # The cache
//!
//! One cache per database is shared by all its transactions and bounded by [`SqliteOptions::cache_bytes`]. An entry is a
//! value and the commit since which it holds; it is right for every state from then on to the last
//! announced commit. The writer puts new versions in after they are durable and before it announces them, and a late reader can't put
//! an old one back.

mod cache;
mod database;
mod error;
mod hot;
mod ids;
mod log;
mod row;
mod sqlite;
mod storage;
mod transaction;

pub use cache::CacheStats;
pub use database::{Access, Database, Stats};
pub use error::{CommitError, Error, Result};
pub use hot::{HotGuard, HotObjects, HotStats, backoff};
pub use ids::{Oid, Tid};
pub use log::{LogEntry, LogListener, LogPage, Logged, MAX_LOG_PAGE, Position};
pub use row::{AfterCommit, Batch, Decoded, Put, Row, Stored};
pub use sqlite::{Durability, SqliteOptions};
pub use storage::{Change, CommitSink, EngineStats, MAX_PAGE, Page, Read, Snapshot, Storage};
pub use transaction::Transaction;

//! The log of frames that sockets get: written by the commit that causes them, read by whoever has missed some.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::ids::Oid;

/// The greatest number of frames that one page of the log holds.
pub const MAX_LOG_PAGE: u32 = 256;

/// Where a frame stands in the log of its database. Positions grow in the order of the commits, and inside of a commit in
/// the order of its batch.
///
/// They are given once: a new database begins with the time, and so does every start of the server on an old one, so
/// that a position of another database, or of commits that a restored backup does not have, is never taken for one of
/// this log. They stay below 2^53, which is as far as JSON's numbers are exact everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A frame that a batch writes to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Whom it is for: a text for each receiver, or one for all who share it.
    pub channels: Arc<[Arc<str>]>,
    /// The object that it shows: who may not see that any more is not to get it later.
    pub subject: Option<Oid>,
    /// The frame itself, in a form that only the user of this crate knows.
    pub payload: Bytes,
}

/// A frame in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Where it stands.
    pub position: Position,
    /// What was written; a frame that was read from the log names no channels.
    pub entry: LogEntry,
}

/// A page of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// Whether the log still holds everything after the position that was asked for.
    pub known: bool,
    /// The frames after it, in order.
    pub entries: Vec<Logged>,
    /// Nothing up to here is missing: the position to go on from.
    pub position: Position,
}

/// Told of the frames of every commit, in order, once they are durable. It runs on the writer's thread: it hands over and
/// returns at once.
pub type LogListener = Arc<dyn Fn(&[Logged]) + Send + Sync>;

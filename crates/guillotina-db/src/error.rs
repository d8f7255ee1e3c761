//! What can go wrong, and what the caller should do about it.

use std::sync::Arc;
use std::time::Duration;

use crate::ids::{Oid, Tid};

/// The result of a read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the storage outside of a commit's own verdict (that is [`CommitError`]).
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text can't be an object id.
    #[error("`{0}` can't be an object id: use 1 to 64 printable ASCII characters without spaces")]
    BadOid(String),
    /// Something that this transaction has read was changed before the rest could be read: replay the request, as
    /// after a conflict.
    #[error(
        "database `{database}` moved on from {from} to {to} and changed what this transaction has read: replay the request"
    )]
    SnapshotTooOld {
        /// The database.
        database: Arc<str>,
        /// What the transaction has seen so far.
        from: Tid,
        /// The state that could have been read instead.
        to: Tid,
    },
    /// The transaction was committed or closed; it reads nothing more.
    #[error("the transaction on database `{0}` has ended: begin a new one to read again")]
    Ended(Arc<str>),
    /// Nothing was free in time. Nothing was done; the caller may try again later (503).
    #[error("database `{database}` had no free {what} within {waited:?}: try again later, or raise the limit")]
    Unavailable {
        /// The database.
        database: Arc<str>,
        /// What was waited for.
        what: &'static str,
        /// How long.
        waited: Duration,
    },
    /// An I/O error made the engine stop for good. Whether the commits that were under way are durable is unknown.
    #[error(
        "database `{database}` has stopped after a failure ({reason}): check the disk, then restart; nothing is written until then"
    )]
    Failed {
        /// The database.
        database: Arc<str>,
        /// The first failure.
        reason: Arc<str>,
    },
    /// The database was closed (the server shuts down).
    #[error("database `{0}` is closed")]
    Closed(Arc<str>),
    /// The database can't be opened.
    #[error("can't open the database file {path}: {reason}")]
    Open {
        /// The file.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The batch contradicts itself; the fault is in the code that made it.
    #[error("database `{database}` refuses the batch: {reason}")]
    BadBatch {
        /// The database.
        database: Arc<str>,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine reported a failure.
    #[error("database `{database}` failed to {what}: {reason}")]
    Storage {
        /// The database.
        database: Arc<str>,
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        reason: String,
    },
}

/// The verdict of a commit that did not take place.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another commit was first: replay the request (C-022).
    #[error("conflict on {}: {what}; replay the request", list(.oids))]
    Conflict {
        /// The objects that are not as this batch expects them.
        oids: Vec<Oid>,
        /// What is different.
        what: &'static str,
    },
    /// The name is taken in that parent (409; a replay would not help).
    #[error("`{id}` is already taken in {parent}: choose another id")]
    DuplicateId {
        /// The parent.
        parent: Oid,
        /// The name.
        id: Arc<str>,
    },
    /// The database or the transaction may only be read.
    #[error("database `{0}` is read-only here: nothing was written")]
    ReadOnly(Arc<str>),
    /// The disk is full (507). Nothing was written, reads still work, and so do commits once there is room.
    #[error("the disk of database `{0}` is full: nothing was written; free some room")]
    Full(Arc<str>),
    /// The batch was not taken up in time (503). Nothing was written.
    #[error("database `{database}` did not take up the commit within {waited:?}: nothing was written; try again later")]
    Unavailable {
        /// The database.
        database: Arc<str>,
        /// How long it waited.
        waited: Duration,
    },
    /// Anything else.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl CommitError {
    /// Whether a replay of the request can succeed.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, CommitError::Conflict { .. } | CommitError::Storage(Error::SnapshotTooOld { .. }))
    }

    /// The objects that the writers should queue for (see [`HotObjects`](crate::HotObjects)); empty when it is no conflict.
    #[must_use]
    pub fn conflicting(&self) -> &[Oid] {
        match self {
            CommitError::Conflict { oids, .. } => oids,
            _ => &[],
        }
    }
}

fn list(oids: &[Oid]) -> String {
    let shown: Vec<&str> = oids.iter().take(5).map(Oid::as_str).collect();
    match oids.len().saturating_sub(5) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_names_its_objects_but_not_without_end() {
        let oids: Vec<Oid> = (0..9).map(|n| Oid::new(&format!("o{n}")).unwrap()).collect();
        let error = CommitError::Conflict { oids, what: "changed" };
        assert_eq!(error.to_string(), "conflict on o0, o1, o2, o3, o4 and 4 more: changed; replay the request");
        assert!(error.is_conflict());
        assert_eq!(error.conflicting().len(), 9);
        assert!(!CommitError::Full("db".into()).is_conflict());
    }
}

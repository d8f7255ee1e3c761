//! Rows, versions of objects, and batches of changes.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use once_cell::sync::OnceCell;

use crate::ids::{Oid, Tid};
use crate::log::LogEntry;

/// The decoded form of an object, opaque to this crate.
pub type Decoded = Arc<dyn Any + Send + Sync>;

/// A callback of a batch: the writer calls it strictly after the durable commit, in commit order, with the tid. Of a batch that
/// writes nothing it is called in its turn, with the tid of the last commit before.
///
/// It runs on the writer's thread, so it must only hand something over (a channel, a queue) and never wait.
pub type AfterCommit = Box<dyn FnOnce(Tid) + Send>;

/// Calls the hooks of a commit; one that panics harms neither the others nor the caller.
pub(crate) fn run_hooks(database: &Arc<str>, hooks: Vec<AfterCommit>, tid: Tid) {
    for hook in hooks {
        if catch_unwind(AssertUnwindSafe(|| hook(tid))).is_err() {
            tracing::error!(%database, %tid, "an after-commit hook panicked; the commit stands");
        }
    }
}

/// One row of the table `objects` (X-002).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Column `zoid`.
    pub oid: Oid,
    /// The commit that wrote this version.
    pub tid: Tid,
    /// The parent; `None` for the root and the trash.
    pub parent: Option<Oid>,
    /// The name in the parent; empty for the root and the trash.
    pub id: Arc<str>,
    /// Column `type`.
    pub type_name: Arc<str>,
    /// The object itself, in a form that only the user of this crate knows.
    pub state: Bytes,
    /// What the catalog sees; JSON text in UTF-8.
    pub json: Option<Bytes>,
}

impl Row {
    /// Bytes of content: what limits are counted in.
    #[must_use]
    pub fn size(&self) -> usize {
        let json = self.json.as_ref().map_or(0, Bytes::len);
        self.state.len() + json + self.id.len() + self.type_name.len()
    }
}

/// One version of an object, shared between all readers; its decoded form is made once.
///
/// ```
/// use guillotina_db::{Oid, Row, Stored, Tid};
/// let row = Row { oid: Oid::ROOT, tid: Tid(1), parent: None, id: "".into(), type_name: "T".into(),
///     state: "42".into(), json: None };
/// let stored = Stored::new(row, None);
/// let decode = |row: &Row| std::str::from_utf8(&row.state).unwrap_or("0").parse::<u32>();
/// assert_eq!(*stored.decoded(decode)?, 42);
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
pub struct Stored {
    row: Row,
    decoded: OnceCell<Decoded>,
}

impl Stored {
    /// Makes a version of `row`, with its decoded form when that is known.
    #[must_use]
    pub fn new(row: Row, decoded: Option<Decoded>) -> Stored {
        let decoded = decoded.map_or_else(OnceCell::new, OnceCell::with_value);
        Stored { row, decoded }
    }

    /// The row.
    #[must_use]
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The commit that wrote this version.
    #[must_use]
    pub fn tid(&self) -> Tid {
        self.row.tid
    }

    /// The decoded form, made by `decode` on the first call and shared from then on.
    ///
    /// All users of one object should ask for the same `T`: when the shared form is of another type, `decode` runs
    /// and its result is not kept.
    ///
    /// # Errors
    /// Only those of `decode`; they are not remembered.
    pub fn decoded<T, E>(&self, decode: impl FnOnce(&Row) -> Result<T, E>) -> Result<Arc<T>, E>
    where
        T: Any + Send + Sync,
    {
        let mut decode = Some(decode);
        let shared = self.decoded.get_or_try_init(|| match decode.take() {
            Some(decode) => decode(&self.row).map(|value| Arc::new(value) as Decoded),
            None => unreachable!("the initializer runs at most once"),
        })?;
        match (Arc::clone(shared).downcast::<T>(), decode) {
            (Ok(value), _) => Ok(value),
            (Err(_), Some(decode)) => decode(&self.row).map(Arc::new),
            (Err(_), None) => unreachable!("what this call has just decoded is a T"),
        }
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("row", &self.row).field("decoded", &self.decoded.get().is_some()).finish()
    }
}

/// A row to be written. Its `tid` is given by the commit.
#[derive(Clone)]
pub struct Put {
    /// The object.
    pub oid: Oid,
    /// Its parent; another one than before moves it.
    pub parent: Option<Oid>,
    /// Its name in the parent; another one than before renames it.
    pub id: Arc<str>,
    /// Its type.
    pub type_name: Arc<str>,
    /// Its new state.
    pub state: Bytes,
    /// What the catalog sees; JSON text in UTF-8.
    pub json: Option<Bytes>,
    /// The version that was read; `None` inserts a new object.
    pub expected: Option<Tid>,
    /// The decoded form of `state`, so that nobody has to decode it again.
    pub decoded: Option<Decoded>,
}

impl Put {
    /// Turns it into the version that the commit `tid` made.
    #[must_use]
    pub fn into_stored(self, tid: Tid) -> Stored {
        let row = Row {
            oid: self.oid,
            tid,
            parent: self.parent,
            id: self.id,
            type_name: self.type_name,
            state: self.state,
            json: self.json,
        };
        Stored::new(row, self.decoded)
    }
}

impl fmt::Debug for Put {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Put")
            .field("oid", &self.oid)
            .field("parent", &self.parent)
            .field("id", &self.id)
            .field("type_name", &self.type_name)
            .field("expected", &self.expected)
            .field("state_size", &self.state.len())
            .finish_non_exhaustive()
    }
}

/// Everything that one commit changes: all of it or nothing.
///
/// The order inside of a batch does not matter: parents are inserted before their children, and names are freed
/// before they are taken. A delete takes the whole subtree along, save what the same batch moves out of it.
#[derive(Default)]
pub struct Batch {
    /// Rows to insert or update.
    pub puts: Vec<Put>,
    /// Objects to delete, each with the version that was read.
    pub deletes: Vec<(Oid, Tid)>,
    /// Objects that must still be at that version or, with `None`, must still exist.
    pub required: Vec<(Oid, Option<Tid>)>,
    /// Frames for the log, in order.
    pub log: Vec<LogEntry>,
    /// Called after the commit; see [`AfterCommit`].
    pub after: Vec<AfterCommit>,
}

impl Batch {
    /// Whether a commit of it would do nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.writes() && self.required.is_empty() && self.after.is_empty()
    }

    /// Whether it changes anything, so that it needs a tid.
    #[must_use]
    pub fn writes(&self) -> bool {
        !(self.puts.is_empty() && self.deletes.is_empty() && self.log.is_empty())
    }

    /// Bytes of content: what a group of commits is bounded by.
    #[must_use]
    pub fn size(&self) -> usize {
        let puts = self.puts.iter().map(|put| put.state.len() + put.json.as_ref().map_or(0, Bytes::len));
        puts.chain(self.log.iter().map(|entry| entry.payload.len())).sum()
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("puts", &self.puts)
            .field("deletes", &self.deletes)
            .field("required", &self.required)
            .field("log", &self.log.len())
            .field("after", &self.after.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(decoded: Option<Decoded>) -> Stored {
        let row = Row {
            oid: Oid::ROOT,
            tid: Tid(1),
            parent: None,
            id: "".into(),
            type_name: "T".into(),
            state: Bytes::from_static(b"7"),
            json: None,
        };
        Stored::new(row, decoded)
    }

    #[test]
    fn the_decoded_form_is_made_once() {
        let stored = stored(None);
        assert!(stored.decoded(|_| Err::<u32, _>("bad")).is_err());
        assert_eq!(*stored.decoded(|_| Ok::<u32, ()>(7)).unwrap(), 7);
        assert_eq!(*stored.decoded(|_| Err::<u32, _>("not called")).unwrap(), 7);
    }

    #[test]
    fn another_type_is_decoded_but_not_kept() {
        let stored = stored(Some(Arc::new(7_u32)));
        assert_eq!(*stored.decoded(|_| Ok::<_, ()>("text")).unwrap(), "text");
        assert_eq!(*stored.decoded(|_| Err::<u32, _>("not called")).unwrap(), 7);
    }
}

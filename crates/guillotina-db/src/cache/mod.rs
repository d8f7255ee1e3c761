//! The object cache, shared by all transactions of one database.
//!
//! # The invariant
//!
//! Let `C` be [`Storage::committed`](crate::Storage::committed). An entry is a value together with `since`, the
//! earliest commit of which it is known to hold.
//!
//! > **I1.** At every moment, the value of every entry is the value of its key in each state `t` with
//! > `since <= t <= C`.
//!
//! So a reader at state `S <= C` may use an entry exactly when `since <= S`; nothing else has to be compared. Three
//! rules keep I1:
//!
//! - **The writer announces before it shows.** What a group of commits changes is put into the cache after it is durable
//!   and before `C` moves to it, so there is no moment at which `C` counts a commit that the cache has not
//!   taken in. Until then the new entries have `since > C` and no reader can use them.
//! - **A change leaves a trace.** A commit `t` that touches a key leaves an entry with `since = t`: the new
//!   version, or *missing*. When such a trace is evicted or is too large to keep, the shard's `floor` rises to it. So for a
//!   key without an entry, every commit after `floor` left it alone.
//! - **A late reader can't bring back the past.** A reader at `S` may fill a key that has no entry only if
//!   `S >= floor`; where there is an entry, the one with the greater `since` stays. Check and insertion are one
//!   step under the shard's lock.
//!
//! A reader whose snapshot is ahead of `C` (durable, not yet announced) must not use the cache until `C` has reached it;
//! it may fill it, since what the writer announces later is no older than what the entry says.
//!
//! Two tables follow these rules: versions by oid, and oids by name in a parent. A name's entry stays right while
//! the object behind it changes, so an update touches one entry only.
//!
//! # Why not a ready-made cache
//!
//! `floor` has to rise in the same step that evicts, and a fill has to be decided in the same step that inserts.
//! quick_cache (as the others that were looked at) runs its eviction callback after the fact and compares no
//! versions, so both would need a second lock around it.

mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use table::Lookup;
use table::{Table, Weighed};

use crate::ids::{Oid, Tid};
use crate::row::{Row, Stored};
use crate::storage::{Change, CommitSink};

/// What the cache holds and how it fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Lookups of objects that were answered.
    pub hits: u64,
    /// Lookups of objects that were not.
    pub misses: u64,
    /// Entries of both tables.
    pub entries: usize,
    /// Their estimated bytes.
    pub bytes: usize,
}

pub(crate) struct Cache {
    rows: Table<Oid, Arc<Stored>>,
    names: Table<(Oid, Arc<str>), Oid>,
}

impl Weighed<Arc<Stored>> for Oid {
    fn weigh(&self, value: Option<&Arc<Stored>>) -> usize {
        // The decoded form of JSON takes several times the room of its text.
        let content = value.map_or(0, |stored| 1024 + stored.row().size() + 6 * stored.row().state.len());
        128 + self.as_str().len() + content
    }
}

impl Weighed<Oid> for (Oid, Arc<str>) {
    fn weigh(&self, value: Option<&Oid>) -> usize {
        160 + self.0.as_str().len() + self.1.len() + value.map_or(0, |oid| oid.as_str().len())
    }
}

impl Cache {
    /// A cache of about `bytes`, an eighth of it for names.
    pub(crate) fn new(bytes: usize) -> Cache {
        Cache { rows: Table::new(bytes - bytes / 8), names: Table::new(bytes / 8) }
    }

    /// The version of `oid` at state `at`, if that is known.
    pub(crate) fn row(&self, oid: &Oid, at: Tid) -> Lookup<Arc<Stored>> {
        self.rows.get(oid.as_str(), |key| key == oid, at)
    }

    /// The object that `id` stands for in `parent` at state `at`, if that is known.
    pub(crate) fn name(&self, parent: &Oid, id: &str, at: Tid) -> Lookup<Oid> {
        self.names.get(&(parent.as_str(), id), |(p, i)| &**i == id && p == parent, at)
    }

    /// Takes in a row that was read at state `at`, and gives the shared version of it: the one that is there already
    /// when it is the same.
    pub(crate) fn fill_row(&self, row: Row, at: Tid) -> Arc<Stored> {
        if let Lookup::Known(Some(known)) = self.rows.peek(row.oid.as_str(), |key| *key == row.oid)
            && known.tid() == row.tid
        {
            return known;
        }
        if let Some(parent) = &row.parent {
            let key = (parent.clone(), Arc::clone(&row.id));
            self.names.fill(&(parent.as_str(), &*row.id), key, Some(row.oid.clone()), row.tid, at);
        }
        let (oid, tid) = (row.oid.clone(), row.tid);
        let stored = Arc::new(Stored::new(row, None));
        self.rows.fill(oid.as_str(), oid.clone(), Some(Arc::clone(&stored)), tid, at);
        stored
    }

    /// Notes that there was no such object at state `at`.
    pub(crate) fn fill_missing_row(&self, oid: &Oid, at: Tid) {
        self.rows.fill(oid.as_str(), oid.clone(), None, at, at);
    }

    /// Notes that the name was free at state `at`.
    pub(crate) fn fill_missing_name(&self, parent: &Oid, id: &str, at: Tid) {
        self.names.fill(&(parent.as_str(), id), (parent.clone(), id.into()), None, at, at);
    }

    pub(crate) fn stats(&self) -> CacheStats {
        let (rows, names) = (self.rows.stats(), self.names.stats());
        CacheStats { entries: rows.entries + names.entries, bytes: rows.bytes + names.bytes, ..rows }
    }

    fn apply_one(&self, change: &Change) {
        if change.everything {
            self.rows.clear(change.tid);
            self.names.clear(change.tid);
        }
        for oid in &change.removed {
            self.rows.put(oid.as_str(), oid.clone(), None, change.tid);
        }
        for (parent, id) in &change.unbound {
            self.names.put(&(parent.as_str(), &**id), (parent.clone(), Arc::clone(id)), None, change.tid);
        }
        for (stored, bound) in &change.puts {
            let row = stored.row();
            self.rows.put(row.oid.as_str(), row.oid.clone(), Some(Arc::clone(stored)), change.tid);
            if let (true, Some(parent)) = (bound, &row.parent) {
                let key = (parent.clone(), Arc::clone(&row.id));
                self.names.put(&(parent.as_str(), &*row.id), key, Some(row.oid.clone()), change.tid);
            }
        }
    }
}

impl CommitSink for Cache {
    fn apply(&self, changes: &[Change]) {
        for change in changes {
            self.apply_one(change);
        }
    }
}

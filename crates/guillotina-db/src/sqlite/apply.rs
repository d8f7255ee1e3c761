//! One batch inside the group's transaction: check what it expects, then write it.

use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, ffi, params};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::error::{CommitError, Error};
use crate::ids::{Oid, Tid};
use crate::row::{Batch, Put};
use crate::storage::Change;

/// A delete of more objects than this makes the cache forget everything instead of each of them.
const MANY: usize = 10_000;

/// No tree is deeper than this; where one seems to be, something moved into itself.
const DEEPEST: i64 = 1_000;

/// Why a batch was not applied.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The batch alone is refused.
    Batch(CommitError),
    /// The engine failed; what that means for the group depends on the error.
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Refusal {
        Refusal::Engine(error)
    }
}

fn conflict(oids: Vec<Oid>, what: &'static str) -> Refusal {
    Refusal::Batch(CommitError::Conflict { oids, what })
}

/// Where an object is before the batch.
struct Place {
    tid: Tid,
    parent: Option<String>,
    id: Option<String>,
    type_name: String,
}

impl Place {
    fn of(conn: &Connection, oid: &Oid) -> rusqlite::Result<Option<Place>> {
        let mut query = conn.prepare_cached("SELECT tid, parent_id, id, type FROM objects WHERE zoid = ?1")?;
        query
            .query_row([oid.as_str()], |row| {
                let tid = Tid(row.get::<_, i64>(0)?.cast_unsigned());
                Ok(Place { tid, parent: row.get(1)?, id: row.get(2)?, type_name: row.get(3)? })
            })
            .optional()
    }

    fn is_left_by(&self, put: &Put) -> bool {
        self.parent.as_deref() != put.parent.as_ref().map(Oid::as_str) || self.id.as_deref().unwrap_or("") != &*put.id
    }
}

/// The puts of a batch, sorted by what has to be done.
#[derive(Default)]
struct Plan {
    inserts: Vec<Put>,
    updates: Vec<(Put, Place)>,
    moves: Vec<(Put, Place)>,
}

/// Applies `batch` as the commit `tid`.
pub(super) fn apply(conn: &Connection, database: &Arc<str>, batch: Batch, tid: Tid) -> Result<Change, Refusal> {
    let bad = |reason: &str| {
        let (database, reason) = (Arc::clone(database), reason.to_owned());
        Refusal::Batch(Error::BadBatch { database, reason }.into())
    };
    check_form(&batch).map_err(|reason| bad(&reason))?;
    check_required(conn, &batch)?;
    let (puts, deletes) = (batch.puts, batch.deletes);
    let plan = plan(conn, puts)?;
    let mut change = Change { tid, puts: Vec::new(), unbound: Vec::new(), removed: Vec::new(), everything: false };
    park(conn, &plan.moves, &mut change)?;
    for (oid, _) in &deletes {
        delete(conn, oid, &mut change)?;
    }
    for put in parents_first(plan.inserts) {
        insert(conn, &put, tid)?;
        change.puts.push((Arc::new(put.into_stored(tid)), true));
    }
    for (put, place) in plan.updates {
        if update(conn, &put, &place, tid)? {
            change.puts.push((Arc::new(put.into_stored(tid)), false));
        }
    }
    let moved: Vec<Oid> = plan.moves.iter().map(|(put, _)| put.oid.clone()).collect();
    for (put, _) in plan.moves {
        land(conn, &put, tid)?;
        change.puts.push((Arc::new(put.into_stored(tid)), true));
    }
    check_cycles(conn, moved)?;
    Ok(change)
}

/// What no batch may say, whatever is stored.
fn check_form(batch: &Batch) -> Result<(), String> {
    let mut seen = FxHashSet::default();
    for put in &batch.puts {
        let fixed = put.oid == Oid::ROOT || put.oid == Oid::TRASHED;
        if !seen.insert(&put.oid) {
            return Err(format!("{} is written twice", put.oid));
        }
        if fixed != put.parent.is_none() {
            return Err(format!("{} needs a parent, the root and the trash have none", put.oid));
        }
        if fixed != put.id.is_empty() {
            return Err(format!("{} needs a name in its parent, the root and the trash have none", put.oid));
        }
        if put.parent.as_ref() == Some(&put.oid) {
            return Err(format!("{} can't be its own parent", put.oid));
        }
        if put.json.as_ref().is_some_and(|json| std::str::from_utf8(json).is_err()) {
            return Err(format!("the json of {} is not UTF-8", put.oid));
        }
    }
    match batch.deletes.iter().find(|(oid, _)| *oid == Oid::ROOT || *oid == Oid::TRASHED) {
        Some((oid, _)) => Err(format!("{oid} can't be deleted")),
        None => Ok(()),
    }
}

fn check_required(conn: &Connection, batch: &Batch) -> Result<(), Refusal> {
    let puts = batch.puts.iter().filter_map(|put| put.expected.map(|tid| (&put.oid, Some(tid))));
    let deletes = batch.deletes.iter().map(|(oid, tid)| (oid, Some(*tid)));
    let required = batch.required.iter().map(|(oid, tid)| (oid, *tid));
    let mut changed = Vec::new();
    let mut query = conn.prepare_cached("SELECT tid FROM objects WHERE zoid = ?1")?;
    for (oid, expected) in puts.chain(deletes).chain(required) {
        let found: Option<i64> = query.query_row([oid.as_str()], |row| row.get(0)).optional()?;
        let found = found.map(|tid| Tid(tid.cast_unsigned()));
        let fits = found.is_some() && (expected.is_none() || expected == found);
        if !fits && !changed.contains(oid) {
            changed.push(oid.clone());
        }
    }
    if changed.is_empty() { Ok(()) } else { Err(conflict(changed, "another commit changed or deleted it")) }
}

fn plan(conn: &Connection, puts: Vec<Put>) -> Result<Plan, Refusal> {
    let mut plan = Plan::default();
    for put in puts {
        if put.expected.is_none() {
            plan.inserts.push(put);
            continue;
        }
        match Place::of(conn, &put.oid)? {
            Some(place) if place.is_left_by(&put) => plan.moves.push((put, place)),
            Some(place) => plan.updates.push((put, place)),
            None => return Err(conflict(vec![put.oid], "another commit deleted it")),
        }
    }
    Ok(plan)
}

/// Takes what is moved out of its place, so that deletes don't take it along and names are free for others.
fn park(conn: &Connection, moves: &[(Put, Place)], change: &mut Change) -> Result<(), Refusal> {
    for (put, place) in moves {
        let mut update = conn.prepare_cached("UPDATE objects SET parent_id = NULL, id = NULL WHERE zoid = ?1")?;
        update.execute([put.oid.as_str()])?;
        if let (Some(parent), Some(id)) = (&place.parent, &place.id) {
            change.unbound.push((oid_of(parent)?, id.as_str().into()));
        }
    }
    Ok(())
}

/// Deletes an object and, by cascade, everything below it.
fn delete(conn: &Connection, oid: &Oid, change: &mut Change) -> Result<(), Refusal> {
    let mut below = conn.prepare_cached(
        "WITH RECURSIVE gone (zoid, parent_id, id) AS (
            SELECT zoid, parent_id, id FROM objects WHERE zoid = ?1
            UNION SELECT o.zoid, o.parent_id, o.id FROM objects o JOIN gone ON o.parent_id = gone.zoid
            UNION SELECT o.zoid, o.parent_id, o.id FROM objects o JOIN gone ON o.of = gone.zoid
        ) SELECT zoid, parent_id, id FROM gone LIMIT ?2",
    )?;
    let mut rows = below.query(params![oid.as_str(), MANY as i64 + 1])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        let (zoid, parent, id): (String, Option<String>, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        change.removed.push(oid_of(&zoid)?);
        if let (Some(parent), Some(id)) = (parent, id) {
            change.unbound.push((oid_of(&parent)?, id.into()));
        }
    }
    if count > MANY {
        change.everything = true;
    }
    conn.prepare_cached("DELETE FROM objects WHERE zoid = ?1")?.execute([oid.as_str()])?;
    Ok(())
}

fn oid_of(text: &str) -> Result<Oid, Refusal> {
    Oid::new(text).map_err(|error| Refusal::Batch(error.into()))
}

/// Orders inserts so that each comes after its parent.
fn parents_first(puts: Vec<Put>) -> Vec<Put> {
    let place: FxHashMap<Oid, usize> = puts.iter().enumerate().map(|(at, put)| (put.oid.clone(), at)).collect();
    let parents: Vec<Option<usize>> =
        puts.iter().map(|put| put.parent.as_ref().and_then(|parent| place.get(parent)).copied()).collect();
    let mut left: Vec<Option<Put>> = puts.into_iter().map(Some).collect();
    let mut listed = vec![false; left.len()];
    let mut sorted = Vec::with_capacity(left.len());
    for start in 0..left.len() {
        let mut chain = Vec::new();
        let mut next = Some(start);
        // A circle ends here too; the missing parent is then found by the insert.
        while let Some(at) = next.filter(|at| !listed[*at]) {
            listed[at] = true;
            chain.push(at);
            next = parents[at];
        }
        sorted.extend(chain.into_iter().rev().filter_map(|at| left[at].take()));
    }
    sorted
}

/// JSON as SQLite's text; its encoding was checked.
fn json_text(put: &Put) -> Option<&str> {
    put.json.as_deref().and_then(|json| std::str::from_utf8(json).ok())
}

fn size(put: &Put) -> i64 {
    i64::try_from(put.state.len()).unwrap_or(i64::MAX)
}

fn parent_text(put: &Put) -> Option<&str> {
    put.parent.as_ref().map(Oid::as_str)
}

fn insert(conn: &Connection, put: &Put, tid: Tid) -> Result<(), Refusal> {
    let mut insert: CachedStatement<'_> = conn.prepare_cached(
        "INSERT INTO objects (zoid, tid, state_size, parent_id, id, type, json, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let done = insert.execute(params![
        put.oid.as_str(),
        tid.0.cast_signed(),
        size(put),
        parent_text(put),
        &*put.id,
        &*put.type_name,
        json_text(put),
        &*put.state,
    ]);
    done.map(|_| ()).map_err(|error| refused(put, error))
}

/// Writes an object that stays where it is. False: a delete of the same batch took it along.
fn update(conn: &Connection, put: &Put, place: &Place, tid: Tid) -> Result<bool, Refusal> {
    let (tid, size) = (tid.0.cast_signed(), size(put));
    // Naming an indexed column would cost its indexes, even when it stays the same.
    let changed = if *place.type_name == *put.type_name {
        let mut update = conn.prepare_cached(
            "UPDATE objects SET tid = ?2, state_size = ?3, json = ?4, state = ?5 WHERE zoid = ?1 AND tid = ?6",
        )?;
        let expected = place.tid.0.cast_signed();
        update.execute(params![put.oid.as_str(), tid, size, json_text(put), &*put.state, expected])?
    } else {
        let mut update = conn.prepare_cached(
            "UPDATE objects SET tid = ?2, state_size = ?3, type = ?4, json = ?5, state = ?6 WHERE zoid = ?1",
        )?;
        update.execute(params![put.oid.as_str(), tid, size, &*put.type_name, json_text(put), &*put.state])?
    };
    Ok(changed > 0)
}

/// Writes an object that was parked, at its new place.
fn land(conn: &Connection, put: &Put, tid: Tid) -> Result<(), Refusal> {
    let mut update = conn.prepare_cached(
        "UPDATE objects SET tid = ?2, state_size = ?3, parent_id = ?4, id = ?5, type = ?6, json = ?7, state = ?8 WHERE zoid = ?1",
    )?;
    let done = update.execute(params![
        put.oid.as_str(),
        tid.0.cast_signed(),
        size(put),
        parent_text(put),
        &*put.id,
        &*put.type_name,
        json_text(put),
        &*put.state,
    ]);
    match done {
        Ok(0) => Err(conflict(vec![put.oid.clone()], "it was deleted while it was moved")),
        Ok(_) => Ok(()),
        Err(error) => Err(refused(put, error)),
    }
}

/// What a broken constraint means for the batch.
fn refused(put: &Put, error: rusqlite::Error) -> Refusal {
    let code = match &error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::ConstraintViolation => {
            failure.extended_code
        }
        _ => return Refusal::Engine(error),
    };
    match (code, &put.parent) {
        (ffi::SQLITE_CONSTRAINT_UNIQUE, Some(parent)) => {
            Refusal::Batch(CommitError::DuplicateId { parent: parent.clone(), id: Arc::clone(&put.id) })
        }
        (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, _) => conflict(vec![put.oid.clone()], "it exists already"),
        (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, Some(parent)) => {
            conflict(vec![parent.clone()], "another commit deleted this parent")
        }
        _ => Refusal::Engine(error),
    }
}

/// Two moves that were right one by one may hang a folder below itself together.
fn check_cycles(conn: &Connection, moved: Vec<Oid>) -> Result<(), Refusal> {
    for oid in moved {
        let mut query = conn.prepare_cached(
            "WITH RECURSIVE up (zoid, level) AS (
                SELECT parent_id, 1 FROM objects WHERE zoid = ?1
                UNION ALL SELECT o.parent_id, level + 1 FROM up JOIN objects o ON o.zoid = up.zoid WHERE level < ?2
            ) SELECT count(*) FROM up WHERE zoid = ?1 OR level = ?2",
        )?;
        let circles: i64 = query.query_row(params![oid.as_str(), DEEPEST], |row| row.get(0))?;
        if circles > 0 {
            return Err(conflict(vec![oid], "the move would put it below itself"));
        }
    }
    Ok(())
}

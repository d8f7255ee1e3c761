//! The tables (rows X-002…X-005) and how a connection is set up.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{Durability, SqliteOptions, log};
use crate::error::{Error, Result};

/// The version of the tables, kept in `PRAGMA user_version`.
const VERSION: i64 = 2;

/// The statements of each connection that are kept prepared.
const PREPARED: usize = 48;

// - Types are SQLite's; lengths are checked where ids are made.
// - `resource` rows are those with a parent; `of` and `otid` are for rows that belong to another one.
// - Of the reference's indexes those are kept that a query here uses: each more costs every write. `parent_id, type, id`
//   serves the listing by type, the count, and the cascade of a delete.
// - `meta.tid` outlives the rows: the newest ones may be deleted, and their tids must not come again.
const TABLES: &str = "
CREATE TABLE objects (
    zoid TEXT NOT NULL PRIMARY KEY,
    tid INTEGER NOT NULL,
    state_size INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 0,
    resource INTEGER NOT NULL DEFAULT 1,
    of TEXT REFERENCES objects ON DELETE CASCADE,
    otid INTEGER,
    parent_id TEXT REFERENCES objects ON DELETE CASCADE,
    id TEXT,
    type TEXT NOT NULL,
    json TEXT,
    state BLOB NOT NULL,
    CHECK (parent_id <> zoid)
);
CREATE UNIQUE INDEX objects_name ON objects (parent_id, id) WHERE parent_id <> 'DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD';
CREATE INDEX objects_type ON objects (parent_id, type, id);
CREATE UNIQUE INDEX objects_of ON objects (of, id) WHERE of IS NOT NULL;
CREATE TABLE blobs (
    bid TEXT NOT NULL,
    zoid TEXT NOT NULL REFERENCES objects ON DELETE CASCADE,
    chunk_index INTEGER NOT NULL,
    data BLOB,
    PRIMARY KEY (bid, zoid, chunk_index)
);
CREATE INDEX blobs_zoid ON blobs (zoid);
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('tid', 0);
INSERT INTO objects (zoid, tid, state_size, resource, type, state) VALUES
    ('00000000000000000000000000000000', 0, 0, 0, 'Root', x''),
    ('DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD', 0, 0, 0, 'TRASH_REF', x'');
";

fn refused(path: &Path, reason: impl ToString) -> Error {
    Error::Open { path: path.display().to_string(), reason: reason.to_string() }
}

/// Opens the connection of the writer, making the file and the tables when they are missing.
pub(super) fn open_writer(path: &Path, options: &SqliteOptions, durability: Durability) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<(Connection, String)> {
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(options.wait)?;
        let mode = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
        conn.pragma_update(None, "synchronous", durability.pragma())?;
        // Only macOS knows these; its plain fsync does not reach the disk.
        conn.pragma_update(None, "fullfsync", true)?;
        conn.pragma_update(None, "checkpoint_fullfsync", true)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        conn.pragma_update(None, "temp_store", "MEMORY")?;
        conn.pragma_update(None, "cache_size", -32_768)?;
        conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
        conn.set_prepared_statement_cache_capacity(PREPARED);
        Ok((conn, mode))
    };
    let (mut conn, mode) = open().map_err(|error| refused(path, error))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(refused(path, "its file system offers no write-ahead log; put the file on a local disk"));
    }
    let make = |conn: &mut Connection| -> rusqlite::Result<i64> {
        let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 0 {
            tx.execute_batch(TABLES)?;
        }
        if version < 2 {
            tx.execute_batch(log::TABLES)?;
        }
        if version < VERSION {
            tx.pragma_update(None, "user_version", VERSION)?;
        }
        if version <= VERSION {
            log::mark_start(&tx)?;
        }
        tx.commit()?;
        Ok(version)
    };
    let version = make(&mut conn).map_err(|error| refused(path, error))?;
    check_version(path, version)?;
    Ok(conn)
}

fn check_version(path: &Path, version: i64) -> Result<()> {
    if version > VERSION {
        let reason =
            format!("it was written by a newer release (tables {version}, known here: {VERSION}); use that release");
        return Err(refused(path, reason));
    }
    Ok(())
}

/// Opens a connection that can only read.
pub(super) fn open_reader(path: &Path, wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(wait)?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -8_192)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    Ok(conn)
}

/// Looks whether a read-only file is one of ours, and gives its last tid.
pub(super) fn check_read_only(path: &Path, wait: Duration) -> Result<u64> {
    let look = || -> rusqlite::Result<(i64, i64)> {
        let conn = open_reader(path, wait)?;
        let version = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let tid = if version == 0 { 0 } else { last_tid(&conn)? };
        Ok((version, tid))
    };
    let (version, tid) = look().map_err(|error| refused(path, error))?;
    if version == 0 {
        return Err(refused(path, "it holds no tables yet; open it once without read_only"));
    }
    check_version(path, version)?;
    if version < VERSION {
        let reason = format!(
            "it was written by an older release (tables {version}, known here: {VERSION}); open it once without read_only"
        );
        return Err(refused(path, reason));
    }
    Ok(tid.cast_unsigned())
}

/// The last committed tid, in the state that the connection sees.
pub(super) fn last_tid(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT value FROM meta WHERE key = 'tid'")?.query_row([], |row| row.get(0))
}

/// Keeps a second process (or a second `Database`) away from the file: each would be blind to the other's commits.
/// The system lets go of the lock when the process ends, however it ends.
pub(super) fn lock_file(path: &Path, read_only: bool) -> Result<Option<std::fs::File>> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let opened = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&name);
    let file = match opened {
        Ok(file) => file,
        // A read-only medium can't be written by anyone else.
        Err(_) if read_only => return Ok(None),
        Err(error) => {
            return Err(refused(path, format!("can't make its lock file {}: {error}", name.display())));
        }
    };
    let locked = if read_only { file.try_lock_shared() } else { file.try_lock() };
    match locked {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(refused(path, "another process or database of this server is using it; stop that one first"))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(refused(path, format!("can't lock it: {error}"))),
    }
}

/// Names the database in an engine's failure.
pub(super) fn failed(database: &Arc<str>, what: &'static str, error: &rusqlite::Error) -> Error {
    Error::Storage { database: Arc::clone(database), what, reason: error.to_string() }
}

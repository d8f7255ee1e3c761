//! The tables of the log: `stream`, a row for each frame, and `stream_channels`, a row for each of its channels.
//!
//! What a receiver has missed is one range of `stream_channels`, however much the log holds for others.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, params};

use super::reader::json_list;
use crate::ids::Oid;
use crate::log::{LogEntry, LogPage, Logged, MAX_LOG_PAGE, Position};

// - `n` counts the frames without the gaps that positions have, so that retention needs no count.
// - `channels` repeats what `stream_channels` holds, so that a frame is forgotten without an index by position.
pub(super) const TABLES: &str = "
CREATE TABLE stream (
    position INTEGER NOT NULL PRIMARY KEY,
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    subject TEXT,
    channels TEXT NOT NULL,
    payload BLOB NOT NULL
);
CREATE TABLE stream_channels (
    channel TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (channel, position)
) WITHOUT ROWID;
";

/// Positions begin with the time in microseconds: more than there can be frames.
const PER_SECOND: i64 = 1_000_000;

/// Frames that are forgotten for each that is written, at most: so the log shrinks to its bounds without a pause.
const FORGOTTEN_AT_ONCE: i64 = 8;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retention {
    pub(super) frames: u64,
    pub(super) age: Duration,
}

/// Microseconds since 1970: below 2^53 until the year 2255.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The last position and the last number of the log.
fn newest(conn: &Connection) -> rusqlite::Result<(i64, i64)> {
    let mut query = conn.prepare_cached("SELECT position, n FROM stream ORDER BY position DESC LIMIT 1")?;
    let found = query.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.unwrap_or((0, 0)))
}

/// Notes a start with a row that no channel has: from here on positions are those of this start. There is always such a
/// row or a later one.
pub(super) fn mark_start(conn: &Connection) -> rusqlite::Result<()> {
    let (last, n) = newest(conn)?;
    let begin = (last + 1).max(now());
    conn.execute("INSERT INTO stream VALUES (?1, ?2, ?3, NULL, '[]', x'')", params![begin, n + 1, now() / PER_SECOND])?;
    Ok(())
}

/// Writes the frames of a batch.
pub(super) fn append(
    conn: &Connection,
    entries: Vec<LogEntry>,
    retention: Retention,
    logged: &mut Vec<Logged>,
) -> rusqlite::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let (mut position, mut n) = newest(conn)?;
    let at = now() / PER_SECOND;
    let mut insert = conn.prepare_cached("INSERT INTO stream VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut address = conn.prepare_cached("INSERT OR IGNORE INTO stream_channels VALUES (?1, ?2)")?;
    for entry in entries {
        position += 1;
        n += 1;
        let subject = entry.subject.as_ref().map(Oid::as_str);
        insert.execute(params![position, n, at, subject, json_list(&entry.channels), &entry.payload[..]])?;
        for channel in &*entry.channels {
            address.execute(params![channel, position])?;
        }
        forget(conn, n, at, retention)?;
        logged.push(Logged { position: Position(position.cast_unsigned()), entry });
    }
    Ok(())
}

/// Forgets some of the oldest frames, if they are beyond what is kept; never the newest.
fn forget(conn: &Connection, newest: i64, now: i64, retention: Retention) -> rusqlite::Result<()> {
    let frames = i64::try_from(retention.frames.max(1)).unwrap_or(i64::MAX);
    let age = i64::try_from(retention.age.as_secs()).unwrap_or(i64::MAX);
    let (above, after) = (newest.saturating_sub(frames), now.saturating_sub(age));
    let mut oldest = conn.prepare_cached("SELECT position, n, at, channels FROM stream ORDER BY position LIMIT ?1")?;
    let mut rows = oldest.query([FORGOTTEN_AT_ONCE])?;
    let mut gone: Vec<(i64, String)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (n, at): (i64, i64) = (row.get(1)?, row.get(2)?);
        if n == newest || (n > above && at >= after) {
            break;
        }
        gone.push((row.get(0)?, row.get(3)?));
    }
    for (position, channels) in gone {
        let sql = "DELETE FROM stream_channels WHERE channel IN (SELECT value FROM json_each(?1)) AND position = ?2";
        conn.prepare_cached(sql)?.execute(params![channels, position])?;
        conn.prepare_cached("DELETE FROM stream WHERE position = ?1")?.execute([position])?;
    }
    Ok(())
}

/// What came after a position, in some channels.
pub(super) fn page(
    conn: &Connection,
    channels: &[Arc<str>],
    after: Option<Position>,
    limit: u32,
) -> rusqlite::Result<LogPage> {
    let newest = Position(newest(conn)?.0.cast_unsigned());
    let unknown = LogPage { known: false, entries: Vec::new(), position: newest };
    let Some(after) = after.and_then(|after| i64::try_from(after.0).ok()) else { return Ok(unknown) };
    let mut stands = conn.prepare_cached("SELECT 1 FROM stream WHERE position = ?1")?;
    if !stands.exists([after])? {
        return Ok(unknown);
    }
    let limit = limit.clamp(1, MAX_LOG_PAGE);
    let sql = "SELECT position, subject, payload FROM stream WHERE position IN (
            SELECT DISTINCT position FROM stream_channels
            WHERE channel IN (SELECT value FROM json_each(?1)) AND position > ?2 ORDER BY position LIMIT ?3
        ) ORDER BY position";
    let mut query = conn.prepare_cached(sql)?;
    let rows = query.query_map(params![json_list(channels), after, limit], to_logged)?;
    let entries: Vec<Logged> = rows.collect::<rusqlite::Result<_>>()?;
    let full = entries.len() >= limit as usize;
    let position = entries.last().filter(|_| full).map_or(newest, |last| last.position);
    Ok(LogPage { known: true, entries, position })
}

fn to_logged(row: &rusqlite::Row<'_>) -> rusqlite::Result<Logged> {
    let subject =
        row.get_ref(1)?.as_str_or_null()?.map(Oid::new).transpose().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(error))
        })?;
    Ok(Logged {
        position: Position(row.get::<_, i64>(0)?.cast_unsigned()),
        entry: LogEntry {
            channels: Arc::from([]),
            subject,
            payload: bytes::Bytes::copy_from_slice(row.get_ref(2)?.as_bytes()?),
        },
    })
}

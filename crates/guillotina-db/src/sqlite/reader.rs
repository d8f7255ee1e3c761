//! Reading: a pool of connections, each snapshot an open read transaction on one of them.
//!
//! SQLite blocks, so every read runs on tokio's blocking threads. A thread of its own per connection would cost the same
//! (one wake-up there, one back) and would have to be kept, sized and ended; with the blocking threads a connection is just a
//! value, and a caller that stops waiting in the middle of a read harms nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, named_params};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::log;
use super::schema::{self, failed};
use crate::error::{Error, Result};
use crate::ids::{Oid, Tid};
use crate::log::{LogPage, Position};
use crate::row::Row;
use crate::storage::{MAX_PAGE, Page, Read, Snapshot};

pub(super) struct Pool {
    pub(super) database: Arc<str>,
    path: PathBuf,
    wait: Duration,
    size: usize,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    closed: AtomicBool,
}

impl Pool {
    pub(super) fn new(database: Arc<str>, path: PathBuf, readers: usize, wait: Duration) -> Pool {
        let size = readers.clamp(1, 1_024);
        let free = Arc::new(Semaphore::new(size));
        Pool { database, path, wait, size, free, idle: Mutex::default(), closed: AtomicBool::new(false) }
    }

    fn closed_error(&self) -> Error {
        Error::Closed(Arc::clone(&self.database))
    }

    /// Begins a read transaction on a free connection.
    pub(super) async fn snapshot(self: &Arc<Self>) -> Result<SqliteSnapshot> {
        let permit = match tokio::time::timeout(self.wait, Arc::clone(&self.free).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(self.closed_error()),
            Err(_) => {
                let database = Arc::clone(&self.database);
                return Err(Error::Unavailable { database, what: "connection to read", waited: self.wait });
            }
        };
        let pool = Arc::clone(self);
        blocking(&self.database, move || Reader::begin(pool, permit)).await?.map(|(reader, tid)| SqliteSnapshot {
            database: Arc::clone(&self.database),
            tid,
            reader: Arc::new(Mutex::new(reader)),
        })
    }

    /// How many snapshots are open.
    pub(super) fn reading(&self) -> usize {
        self.size - self.free.available_permits()
    }

    /// Lets no more snapshots be opened; those that are open end by themselves.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.free.close();
        self.idle.lock().clear();
    }
}

async fn blocking<T: Send + 'static>(database: &Arc<str>, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Storage {
        database: Arc::clone(database),
        what: "run a read",
        reason: error.to_string(),
    })
}

/// A connection inside a read transaction; goes back to the pool when it is dropped, wherever that is.
struct Reader {
    conn: Option<Connection>,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    fn begin(pool: Arc<Pool>, permit: OwnedSemaphorePermit) -> Result<(Reader, Tid)> {
        let idle = pool.idle.lock().pop();
        let begin = || -> rusqlite::Result<(Connection, i64)> {
            let conn = match idle {
                Some(conn) => conn,
                None => schema::open_reader(&pool.path, pool.wait)?,
            };
            conn.prepare_cached("BEGIN")?.execute([])?;
            // The first read fixes the state that the transaction sees.
            let tid = schema::last_tid(&conn)?;
            Ok((conn, tid))
        };
        let (conn, tid) = begin().map_err(|error| failed(&pool.database, "begin a snapshot", &error))?;
        Ok((Reader { conn: Some(conn), pool, _permit: permit }, Tid(tid.cast_unsigned())))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        let ended = conn.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([])).is_ok();
        // Otherwise the connection is dropped, and the next one opens afresh.
        if ended && !self.pool.closed.load(Ordering::SeqCst) {
            self.pool.idle.lock().push(conn);
        }
    }
}

pub(super) struct SqliteSnapshot {
    database: Arc<str>,
    tid: Tid,
    /// Shared with a read under way, so that one that is no longer awaited still finishes before the next begins.
    reader: Arc<Mutex<Reader>>,
}

impl SqliteSnapshot {
    async fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reader, database) = (Arc::clone(&self.reader), Arc::clone(&self.database));
        let run = move || {
            let reader = reader.lock();
            match &reader.conn {
                Some(conn) => query(conn).map_err(|error| failed(&database, what, &error)),
                None => Err(Error::Closed(database)),
            }
        };
        blocking(&self.database, run).await?
    }
}

const COLUMNS: &str = "zoid, tid, parent_id, id, type, state, json";

/// The literal lets SQLite use the partial index of names.
const NOT_TRASH: &str = "parent_id <> 'DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD'";

#[async_trait]
impl Snapshot for SqliteSnapshot {
    fn tid(&self) -> Tid {
        self.tid
    }

    async fn load(&mut self, oid: &Oid) -> Result<Option<Row>> {
        let oid = oid.clone();
        self.read("load an object", move |conn| {
            let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM objects WHERE zoid = ?1"))?;
            query.query_row([oid.as_str()], to_row).optional()
        })
        .await
    }

    async fn child(&mut self, parent: &Oid, id: &str) -> Result<Option<Row>> {
        let (parent, id) = (parent.clone(), id.to_owned());
        self.read("load a child", move |conn| {
            let sql = format!("SELECT {COLUMNS} FROM objects WHERE parent_id = ?1 AND id = ?2 AND {NOT_TRASH}");
            conn.prepare_cached(&sql)?.query_row([parent.as_str(), &id], to_row).optional()
        })
        .await
    }

    async fn children(&mut self, parent: &Oid, page: &Page) -> Result<Vec<Row>> {
        let (parent, page) = (parent.clone(), page.clone());
        self.read("list children", move |conn| list(conn, COLUMNS, &parent, &page, to_row)).await
    }

    async fn ids(&mut self, parent: &Oid, page: &Page) -> Result<Vec<Arc<str>>> {
        let (parent, page) = (parent.clone(), page.clone());
        self.read("list ids", move |conn| list(conn, "id", &parent, &page, |row| row.get(0))).await
    }

    async fn count(&mut self, parent: &Oid, type_names: Option<&[Arc<str>]>) -> Result<u64> {
        let (parent, types) = (parent.clone(), type_names.map(json_list));
        self.read("count children", move |conn| {
            let filter = if types.is_some() { " AND type IN (SELECT value FROM json_each(:types))" } else { "" };
            let sql = format!("SELECT count(*) FROM objects WHERE parent_id = :parent{filter}");
            let mut query = conn.prepare_cached(&sql)?;
            let count: i64 = match &types {
                Some(types) => query.query_row(named_params! {":parent": parent.as_str(), ":types": types}, first),
                None => query.query_row(named_params! {":parent": parent.as_str()}, first),
            }?;
            Ok(count.cast_unsigned())
        })
        .await
    }

    async fn log(&mut self, channels: &[Arc<str>], after: Option<Position>, limit: u32) -> Result<LogPage> {
        let channels = channels.to_vec();
        self.read("read the log", move |conn| log::page(conn, &channels, after, limit)).await
    }

    async fn unchanged(&mut self, reads: &[Read]) -> Result<bool> {
        let reads = reads.to_vec();
        self.read("compare what was read", move |conn| {
            for read in &reads {
                if !holds(conn, read)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }
}

fn first<T: rusqlite::types::FromSql>(row: &rusqlite::Row<'_>) -> rusqlite::Result<T> {
    row.get(0)
}

fn holds(conn: &Connection, read: &Read) -> rusqlite::Result<bool> {
    match read {
        Read::Row(oid, seen) => {
            let mut query = conn.prepare_cached("SELECT tid FROM objects WHERE zoid = ?1")?;
            let tid: Option<i64> = query.query_row([oid.as_str()], first).optional()?;
            Ok(tid.map(|tid| Tid(tid.cast_unsigned())) == *seen)
        }
        Read::Child(parent, id, seen) => {
            let sql = format!("SELECT zoid FROM objects WHERE parent_id = ?1 AND id = ?2 AND {NOT_TRASH}");
            let zoid: Option<String> = conn.prepare_cached(&sql)?.query_row([parent.as_str(), id], first).optional()?;
            Ok(zoid.as_deref() == seen.as_ref().map(Oid::as_str))
        }
    }
}

fn list<T>(
    conn: &Connection,
    columns: &str,
    parent: &Oid,
    page: &Page,
    make: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let after = page.after.as_deref().unwrap_or("");
    let (limit, offset) = (page.limit.min(MAX_PAGE), i64::try_from(page.offset).unwrap_or(i64::MAX));
    let mut sql = format!("SELECT {columns} FROM objects WHERE parent_id = :parent AND id > :after AND {NOT_TRASH}");
    let types = page.type_names.as_deref().map(|types| match types {
        [one] => one.to_string(),
        many => json_list(many),
    });
    match page.type_names.as_deref() {
        None => {}
        // With one type the index gives the order; with several SQLite filters the list of names.
        Some([_]) => sql.push_str(" AND type = :types"),
        Some(_) => sql.push_str(" AND type IN (SELECT value FROM json_each(:types))"),
    }
    sql.push_str(" ORDER BY id LIMIT :limit OFFSET :offset");
    let mut query = conn.prepare_cached(&sql)?;
    let parent = parent.as_str();
    let mut params: Vec<(&str, &dyn ToSql)> =
        vec![(":parent", &parent), (":after", &after), (":limit", &limit), (":offset", &offset)];
    if let Some(types) = &types {
        params.push((":types", types));
    }
    query.query_map(params.as_slice(), |row| make(row))?.collect()
}

/// A JSON array of strings.
pub(super) fn json_list(texts: &[Arc<str>]) -> String {
    let mut json = String::from("[");
    for text in texts {
        if json.len() > 1 {
            json.push(',');
        }
        json.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => json.extend(['\\', c]),
                c if c < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => json.push(c),
            }
        }
        json.push('"');
    }
    json.push(']');
    json
}

fn to_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let oid = |column: usize, text: &str| {
        Oid::new(text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
        })
    };
    let parent = row.get_ref(2)?.as_str_or_null()?;
    let json = row.get_ref(6)?.as_bytes_or_null()?;
    Ok(Row {
        oid: oid(0, row.get_ref(0)?.as_str()?)?,
        tid: Tid(row.get::<_, i64>(1)?.cast_unsigned()),
        parent: parent.map(|text| oid(2, text)).transpose()?,
        id: row.get_ref(3)?.as_str_or_null()?.unwrap_or("").into(),
        type_name: row.get_ref(4)?.as_str()?.into(),
        state: bytes::Bytes::copy_from_slice(row.get_ref(5)?.as_bytes()?),
        json: json.map(bytes::Bytes::copy_from_slice),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_types_is_json() {
        let list = json_list(&["a".into(), "q\"\\\n".into()]);
        assert_eq!(list, r#"["a","q\"\\\u000a"]"#);
        assert_eq!(json_list(&[]), "[]");
    }
}

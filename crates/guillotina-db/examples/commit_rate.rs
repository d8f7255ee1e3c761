//! How many commits per second, against raw SQLite in the same run, and what a cache hit costs.
//!
//! `cargo run --release -p guillotina-db --example commit_rate [seconds]`

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use guillotina_db::{Access, Batch, Database, Oid, Put, SqliteOptions};
use rusqlite::Connection;

const TASKS: u64 = 64;
const STATE: usize = 1_024;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let seconds = std::env::args().nth(1).map_or(Ok(5), |text| text.parse())?;
    let time = Duration::from_secs(seconds);
    // Not in /tmp, which may be memory: the fsync is what counts.
    let dir = tempfile::tempdir_in(".")?;
    let raw_32 = raw(&dir.path().join("raw32.db"), 32, time)?;
    let raw_128 = raw(&dir.path().join("raw128.db"), 128, time)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (ours, group) = runtime.block_on(commits(&dir.path().join("ours.db"), time))?;
    let hit = runtime.block_on(cache_hit(&dir.path().join("ours.db")))?;
    println!("raw SQLite,  32 rows per commit: {raw_32:>8.0} rows/s");
    println!("raw SQLite, 128 rows per commit: {raw_128:>8.0} rows/s");
    println!("{TASKS} tasks, one row per commit:   {ours:>8.0} commits/s, {group:.1} per fsync");
    println!("ratios: {:.2} of raw 32, {:.2} of raw 128", ours / raw_32, ours / raw_128);
    println!("a cache hit inside of a transaction: {hit:.0} ns");
    Ok(())
}

/// One connection, one plain table, `rows` inserts per durable commit.
fn raw(path: &Path, rows: u64, time: Duration) -> Outcome<f64> {
    let conn = Connection::open(path)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.execute_batch("CREATE TABLE objects (zoid TEXT PRIMARY KEY, tid INTEGER, state BLOB)")?;
    let state = vec![b'x'; STATE];
    let (start, mut count) = (Instant::now(), 0_u64);
    while start.elapsed() < time {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = conn.prepare_cached("INSERT INTO objects VALUES (?1, ?2, ?3)")?;
        for _ in 0..rows {
            count += 1;
            insert.execute(rusqlite::params![name(count), count.cast_signed(), state])?;
        }
        conn.execute_batch("COMMIT")?;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// An id that, as real ones, does not grow in order.
fn name(n: u64) -> String {
    format!("{:016x}{n:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

async fn commits(path: &Path, time: Duration) -> Outcome<(f64, f64)> {
    let db = Database::open_sqlite("db", path, &SqliteOptions::default())?;
    let next = Arc::new(AtomicU64::new(1));
    let start = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (db, next) = (db.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                while start.elapsed() < time {
                    let id = name(next.fetch_add(1, Ordering::Relaxed));
                    let put = Put {
                        oid: Oid::new(&id).map_err(|error| error.to_string())?,
                        parent: Some(Oid::ROOT),
                        id: id.as_str().into(),
                        type_name: "Item".into(),
                        state: Bytes::from(vec![b'x'; STATE]),
                        json: None,
                        expected: None,
                        decoded: None,
                    };
                    let batch = Batch { puts: vec![put], ..Batch::default() };
                    db.begin(Access::Write).commit(batch).await.map_err(|error| error.to_string())?;
                }
                Ok::<(), String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let took = start.elapsed().as_secs_f64();
    let engine = db.stats().engine;
    db.close().await;
    Ok((engine.commits as f64 / took, engine.commits as f64 / engine.groups.max(1) as f64))
}

async fn cache_hit(path: &Path) -> Outcome<f64> {
    const ROUNDS: u32 = 2_000;
    const READS: u32 = 100;
    let db = Database::open_sqlite("db", path, &SqliteOptions::default())?;
    let id = name(1);
    db.begin(Access::ReadOnly).child(&Oid::ROOT, &id).await?;
    let oid = Oid::new(&id)?;
    let start = Instant::now();
    for _ in 0..ROUNDS {
        let tx = db.begin(Access::ReadOnly);
        for _ in 0..READS {
            std::hint::black_box(tx.get(&oid).await?);
        }
    }
    let hit = start.elapsed().as_nanos() as f64 / f64::from(ROUNDS * READS);
    db.close().await;
    Ok(hit)
}

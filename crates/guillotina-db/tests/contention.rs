//! Many writers at once (R-13…R-16).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic as tests do")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{memory, oid, put, puts, text};
use guillotina_db::{Access, Batch, CommitError, Database, Error, Oid, Put, SqliteOptions, backoff};

/// Appends a line to an object as a request does: in line when it is hot, replayed after a conflict.
async fn append(db: &Database, target: &Oid, line: &str) -> u32 {
    let mut guards = Vec::new();
    if db.hot().is_hot(target) {
        guards = db.hot().enter_all(std::slice::from_ref(target), db.hot().deadline()).await.unwrap();
    }
    for attempt in 0..20 {
        let tx = db.begin(Access::Write);
        let stored = tx.get(target).await.unwrap().unwrap();
        let state = format!("{}{line}\n", text(&stored));
        match tx.commit(puts(vec![put(target.as_str(), &Oid::ROOT, &state, Some(stored.tid()))])).await {
            Ok(_) => return attempt,
            Err(error) if error.is_conflict() => {
                if guards.is_empty() {
                    guards = db.hot().enter_all(error.conflicting(), db.hot().deadline()).await.unwrap();
                } else {
                    tokio::time::sleep(backoff(attempt)).await;
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{line} was starved");
}

///
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn appends_to_one_object_all_succeed_and_none_is_lost() {
    for writers in [4, 8, 16, 32] {
        let db = memory();
        let target = oid("list");
        db.begin(Access::Write).commit(puts(vec![put("list", &Oid::ROOT, "", None)])).await.unwrap();
        let tasks: Vec<_> = (0..writers)
            .map(|writer| {
                let (db, target) = (db.clone(), target.clone());
                tokio::spawn(async move {
                    for n in 0..20 {
                        append(&db, &target, &format!("{writer}-{n}")).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let stored = db.begin(Access::ReadOnly).get(&target).await.unwrap().unwrap();
        let state = text(&stored);
        let mut lines: Vec<&str> = state.lines().collect();
        assert_eq!(lines.len(), writers * 20);
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), writers * 20);
        assert!(!db.hot().is_hot(&target));
    }
}

///
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_that_take_one_name_one_gets_it() {
    let db = memory();
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let row = Put { id: "same".into(), ..put(&format!("o{n}"), &Oid::ROOT, "", None) };
                db.begin(Access::Write).commit(puts(vec![row])).await
            })
        })
        .collect();
    let (mut taken, mut refused) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => taken += 1,
            Err(CommitError::DuplicateId { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((taken, refused), (1, 63));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_that_wait_share_one_durable_write() {
    let dir = tempfile::tempdir().unwrap();
    let patient = SqliteOptions { wait: Duration::from_secs(60), ..SqliteOptions::default() };
    let db = Database::open_sqlite("db", dir.path().join("a.db"), &patient).unwrap();
    // The writer is held until all the others wait.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let mut first = puts(vec![put("first", &Oid::ROOT, "x", None)]);
    first.after.push(Box::new(move |_| held.recv().unwrap()));
    let commit = |batch: Batch| {
        let db = db.clone();
        tokio::spawn(async move { db.begin(Access::Write).commit(batch).await.unwrap() })
    };
    let mut tasks = vec![commit(first)];
    while db.stats().engine.commits == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tasks.extend((0..64).map(|n| commit(puts(vec![put(&format!("o{n}"), &Oid::ROOT, "x", None)]))));
    while db.stats().engine.queued < 64 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    release.send(()).unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    let engine = db.stats().engine;
    assert_eq!((engine.commits, engine.groups), (65, 2));
    assert_eq!(db.begin(Access::ReadOnly).count(&Oid::ROOT).await.unwrap(), 65);
}

/// R-13 on many objects: money moves between accounts, and every transaction sees the whole sum, from a cache that is
/// too small and with deletes and creations in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_reader_sees_one_state_while_writers_run() {
    const ACCOUNTS: usize = 12;
    const TRANSFERS: usize = 200;
    let options =
        SqliteOptions { cache_bytes: 8_000, readers: 3, wait: Duration::from_secs(60), ..SqliteOptions::default() };
    let db = Database::open_sqlite("db", ":memory:", &options).unwrap();
    let start = (0..ACCOUNTS).map(|n| put(&format!("a{n}"), &Oid::ROOT, "100", None)).collect();
    db.begin(Access::Write).commit(puts(start)).await.unwrap();
    // Enough of both, and at least for a second.
    let until = Instant::now() + Duration::from_secs(1);
    let done = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for writer in 0..4_usize {
        let (db, done) = (db.clone(), Arc::clone(&done));
        tasks.push(tokio::spawn(async move {
            let mut round = writer;
            while Instant::now() < until || done.load(Ordering::Relaxed) < TRANSFERS {
                round = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(writer + 1);
                let (from, to) = ((round >> 33) % ACCOUNTS, (round >> 17) % ACCOUNTS);
                if from != to && transfer(&db, from, to).await {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
    }
    for reader in 0..4_usize {
        let (db, done) = (db.clone(), Arc::clone(&done));
        tasks.push(tokio::spawn(async move {
            while Instant::now() < until || done.load(Ordering::Relaxed) < TRANSFERS {
                let tx = db.begin(Access::ReadOnly);
                match total(&tx, ACCOUNTS, reader % 2 == 0).await {
                    Ok(sum) => assert_eq!(sum, 100 * ACCOUNTS as i64),
                    Err(Error::SnapshotTooOld { .. } | Error::Unavailable { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(total(&db.begin(Access::ReadOnly), ACCOUNTS, true).await.unwrap(), 100 * ACCOUNTS as i64);
}

async fn total(tx: &guillotina_db::Transaction, accounts: usize, by_name: bool) -> Result<i64, Error> {
    let mut sum = 0;
    for n in 0..accounts {
        let name = format!("a{n}");
        let found = if by_name { tx.child(&Oid::ROOT, &name).await? } else { tx.get(&oid(&name)).await? };
        sum += text(&found.expect("accounts are never seen missing")).parse::<i64>().unwrap();
    }
    Ok(sum)
}

/// Moves 1 between two accounts; one of them leaves its name for a moment's commit and comes back.
async fn transfer(db: &Database, from: usize, to: usize) -> bool {
    let tx = db.begin(Access::Write);
    let mut batch = Batch::default();
    for (n, change) in [(from, -1), (to, 1)] {
        let name = format!("a{n}");
        let Ok(Some(stored)) = tx.get(&oid(&name)).await else {
            return false;
        };
        let amount = text(&stored).parse::<i64>().unwrap() + change;
        batch.puts.push(put(&name, &Oid::ROOT, &amount.to_string(), Some(stored.tid())));
    }
    match tx.commit(batch).await {
        Ok(_) => true,
        Err(error) if error.is_conflict() => false,
        Err(error) => panic!("{error}"),
    }
}

//! kill -9 of a process that commits: what was acknowledged is there, and nothing is there by half.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic as tests do")]

mod common;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use common::{oid, put, puts};
use guillotina_db::{Access, Database, Oid, SqliteOptions};

const FILE: &str = "GUILLOTINA_DB_CRASH_FILE";

/// The child: 16 writers that insert pairs and print each pair that is acknowledged. Does nothing in a normal run.
#[test]
fn child() {
    let Ok(path) = std::env::var(FILE) else {
        return;
    };
    let round = std::process::id();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Database::open_sqlite("db", path, &SqliteOptions::default()).unwrap();
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let db = db.clone();
                tokio::spawn(async move {
                    for n in 0.. {
                        let name = format!("p{round}-{writer}-{n}");
                        let parent = oid(&name);
                        let pair = puts(vec![
                            put(&name, &Oid::ROOT, "1", None),
                            put(&format!("{name}-c"), &parent, "1", None),
                        ]);
                        db.begin(Access::Write).commit(pair).await.unwrap();
                        let mut out = std::io::stdout().lock();
                        writeln!(out, "ack {name}").unwrap();
                        out.flush().unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

#[tokio::test]
async fn acknowledged_commits_survive_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let mut acked = BTreeSet::new();
    for round in 0..6_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        // The last line may be cut off; it then lacks its end and is not counted by the name check below.
        let mut acks =
            out.lines().map_while(Result::ok).filter_map(|line| line.strip_prefix("ack ").map(str::to_owned));
        // In the middle of its work, each time further on.
        acked.extend(acks.by_ref().take(20 + 37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        acked.extend(acks);

        let db = Database::open_sqlite("db", &path, &SqliteOptions::default()).unwrap();
        let tx = db.begin_pinned(Access::ReadOnly).await.unwrap();
        for name in &acked {
            assert!(tx.child(&Oid::ROOT, name).await.unwrap().is_some(), "{name} was acknowledged and is lost");
        }
        let mut page = guillotina_db::Page::first(1_000);
        loop {
            let rows = tx.children(&Oid::ROOT, &page).await.unwrap();
            let Some(last) = rows.last() else { break };
            page.after = Some(last.row().id.clone());
            for stored in &rows {
                assert_eq!(tx.count(&stored.row().oid).await.unwrap(), 1, "{} is there by half", stored.row().oid);
            }
        }
        tx.close().await;
        db.close().await;
    }
    assert!(acked.len() > 100, "only {} commits were acknowledged", acked.len());
}

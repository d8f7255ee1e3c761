//! Random interleavings of transactions against a plain map of versions: each sees exactly one state.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic as tests do")]

mod common;

use std::collections::BTreeMap;

use common::{oid, put, puts};
use guillotina_db::{Access, Batch, CommitError, Database, Error, Oid, SqliteOptions, Tid, Transaction};
use proptest::prelude::*;

const OBJECTS: u8 = 6;

#[derive(Clone, Debug)]
enum Step {
    Begin {
        slot: usize,
        pinned: bool,
    },
    Get {
        slot: usize,
        n: u8,
    },
    Child {
        slot: usize,
        n: u8,
    },
    Count {
        slot: usize,
    },
    /// Writes or deletes what was read of these objects in this transaction.
    Commit {
        slot: usize,
        writes: Vec<(u8, bool)>,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let slot = 0..3_usize;
    prop_oneof![
        3 => (slot.clone(), prop::bool::weighted(0.2)).prop_map(|(slot, pinned)| Step::Begin { slot, pinned }),
        6 => (slot.clone(), 0..OBJECTS).prop_map(|(slot, n)| Step::Get { slot, n }),
        6 => (slot.clone(), 0..OBJECTS).prop_map(|(slot, n)| Step::Child { slot, n }),
        1 => slot.clone().prop_map(|slot| Step::Count { slot }),
        3 => (slot, prop::collection::vec((0..OBJECTS, prop::bool::weighted(0.3)), 1..3))
            .prop_map(|(slot, writes)| Step::Commit { slot, writes }),
    ]
}

/// The objects at each commit: their versions.
type State = BTreeMap<u8, Tid>;

struct Running {
    tx: Transaction,
    /// What it has seen, to be found in one state.
    seen: Vec<(u8, Option<Tid>)>,
    count: Option<u64>,
}

struct Model {
    db: Database,
    states: Vec<State>,
    running: [Option<Running>; 3],
}

fn name(n: u8) -> String {
    format!("o{n}")
}

impl Model {
    async fn step(&mut self, step: Step) {
        match step {
            Step::Begin { slot, pinned } => {
                let tx = if pinned {
                    self.db.begin_pinned(Access::Write).await.unwrap()
                } else {
                    self.db.begin(Access::Write)
                };
                self.running[slot] = Some(Running { tx, seen: Vec::new(), count: None });
            }
            Step::Get { slot, n } => self.read(slot, n, false).await,
            Step::Child { slot, n } => self.read(slot, n, true).await,
            Step::Count { slot } => {
                let Some(running) = &mut self.running[slot] else {
                    return;
                };
                match running.tx.count(&Oid::ROOT).await {
                    Ok(count) => running.count = Some(count),
                    Err(error) => self.give_up(slot, &error),
                }
                self.check(slot);
            }
            Step::Commit { slot, writes } => self.commit(slot, writes).await,
        }
    }

    async fn read(&mut self, slot: usize, n: u8, by_name: bool) {
        let Some(running) = &mut self.running[slot] else {
            return;
        };
        let found =
            if by_name { running.tx.child(&Oid::ROOT, &name(n)).await } else { running.tx.get(&oid(&name(n))).await };
        match found {
            Ok(found) => running.seen.push((n, found.map(|stored| stored.tid()))),
            Err(error) => self.give_up(slot, &error),
        }
        self.check(slot);
    }

    /// The only excuse is that something it has seen is different now.
    fn give_up(&mut self, slot: usize, error: &Error) {
        assert!(matches!(error, Error::SnapshotTooOld { .. }), "{error}");
        let running = self.running[slot].take().unwrap();
        let now = self.states.last().unwrap();
        let changed = running.seen.iter().any(|(n, tid)| now.get(n) != tid.as_ref());
        assert!(changed, "refused although nothing changed: {:?}", running.seen);
    }

    fn check(&self, slot: usize) {
        let Some(running) = &self.running[slot] else {
            return;
        };
        let at = running.tx.snapshot_tid();
        let state = &self.states[usize::try_from(at.0).unwrap()];
        for (n, tid) in &running.seen {
            assert_eq!(state.get(n), tid.as_ref(), "o{n} at {at}, seen {:?}", running.seen);
        }
        if let Some(count) = running.count {
            assert_eq!(count, state.len() as u64, "at {at}");
        }
    }

    async fn commit(&mut self, slot: usize, writes: Vec<(u8, bool)>) {
        let Some(running) = self.running[slot].take() else {
            return;
        };
        let (mut batch, mut next) = (Batch::default(), self.states.last().unwrap().clone());
        let tid = Tid(self.states.len() as u64);
        let mut written = std::collections::BTreeSet::new();
        let mut fits = true;
        for (n, delete) in writes {
            let Some((_, seen)) = running.seen.iter().rev().find(|(other, _)| *other == n) else {
                continue;
            };
            if !written.insert(n) || (delete && seen.is_none()) {
                continue;
            }
            fits &= next.get(&n) == seen.as_ref();
            match (delete, seen) {
                (true, Some(seen)) => {
                    batch.deletes.push((oid(&name(n)), *seen));
                    next.remove(&n);
                }
                _ => {
                    batch.puts.extend(puts(vec![put(&name(n), &Oid::ROOT, &"x".repeat(300), *seen)]).puts);
                    next.insert(n, tid);
                }
            }
        }
        if batch.is_empty() {
            return;
        }
        match running.tx.commit(batch).await {
            Ok(done) => {
                assert!(fits, "a stale commit went through");
                assert_eq!(done, tid);
                self.states.push(next);
            }
            Err(CommitError::Conflict { .. } | CommitError::DuplicateId { .. }) => assert!(!fits),
            Err(error) => panic!("{error}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_transaction_sees_one_state(
        cache_bytes in prop_oneof![Just(0_usize), Just(9_000), Just(1 << 20)],
        steps in prop::collection::vec(step(), 20..120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = SqliteOptions { cache_bytes, ..SqliteOptions::default() };
            let db = Database::open_sqlite("db", ":memory:", &options).unwrap();
            let mut model = Model { db, states: vec![State::new()], running: [None, None, None] };
            for step in steps {
                model.step(step).await;
            }
        });
    }
}

//! The invariant against a naive history of every key.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::row::Put;

fn oid(n: u8) -> Oid {
    Oid::new(&format!("o{n}")).unwrap()
}

fn stored(n: u8, tid: Tid, bytes: usize) -> Arc<Stored> {
    let put = Put {
        oid: oid(n),
        parent: Some(Oid::ROOT),
        id: format!("o{n}").into(),
        type_name: "T".into(),
        state: vec![0; bytes].into(),
        json: None,
        expected: None,
        decoded: None,
    };
    Arc::new(put.into_stored(tid))
}

fn change(tid: Tid) -> Change {
    Change { tid, puts: Vec::new(), unbound: Vec::new(), removed: Vec::new(), everything: false }
}

/// Every commit, and what has become of it.
#[derive(Default)]
struct World {
    /// Of each object its versions: the commit, and whether it exists since then.
    history: BTreeMap<u8, Vec<(Tid, bool)>>,
    durable: Tid,
    waiting: Vec<Change>,
    announced: Tid,
    reads: Vec<(u8, Tid)>,
}

impl World {
    fn at(&self, n: u8, at: Tid) -> Option<Tid> {
        let versions = self.history.get(&n)?;
        let last = versions.iter().rev().find(|(tid, _)| *tid <= at)?;
        last.1.then_some(last.0)
    }

    fn commit(&mut self, n: u8, exists: bool, bytes: usize, everything: bool) {
        if !exists && self.at(n, self.durable).is_none() {
            return;
        }
        let bound = self.at(n, self.durable).is_none();
        self.durable = self.durable.next();
        self.history.entry(n).or_default().push((self.durable, exists));
        let mut change = change(self.durable);
        if exists {
            change.puts.push((stored(n, self.durable, bytes), bound));
        } else {
            change.removed.push(oid(n));
            change.unbound.push((Oid::ROOT, format!("o{n}").into()));
            change.everything = everything;
        }
        self.waiting.push(change);
    }

    fn check(&self, cache: &Cache, n: u8, at: Tid) {
        if let Lookup::Known(found) = cache.row(&oid(n), at) {
            assert_eq!(found.map(|stored| stored.tid()), self.at(n, at), "o{n} at {at}");
        }
        if let Lookup::Known(found) = cache.name(&Oid::ROOT, &format!("o{n}"), at) {
            assert_eq!(found, self.at(n, at).map(|_| oid(n)), "the name o{n} at {at}");
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A commit becomes durable.
    Commit { n: u8, exists: bool, bytes: usize, everything: bool },
    /// The writer tells the cache about all that is durable.
    Apply,
    /// … and announces it.
    Announce,
    /// A reader opens a snapshot and reads, but has not told the cache yet.
    Read { n: u8 },
    /// One of those readers tells the cache.
    Fill { which: usize },
    /// A reader at an announced state asks the cache.
    Ask { n: u8, back: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![4 => 0..200_usize, 1 => 2_000..6_000_usize];
    prop_oneof![
        3 => (0..8_u8, any::<bool>(), bytes, prop::bool::weighted(0.2))
            .prop_map(|(n, exists, bytes, everything)| Step::Commit { n, exists, bytes, everything }),
        2 => Just(Step::Apply),
        2 => Just(Step::Announce),
        4 => (0..8_u8).prop_map(|n| Step::Read { n }),
        4 => (0..16_usize).prop_map(|which| Step::Fill { which }),
        4 => (0..8_u8, 0..4_u64).prop_map(|(n, back)| Step::Ask { n, back }),
    ]
}

fn run(cache: &Cache, world: &mut World, step: Step) {
    match step {
        Step::Commit { n, exists, bytes, everything } => world.commit(n, exists, bytes, everything),
        Step::Apply => cache.apply(&std::mem::take(&mut world.waiting)),
        Step::Announce => {
            cache.apply(&std::mem::take(&mut world.waiting));
            world.announced = world.durable;
        }
        Step::Read { n } => world.reads.push((n, world.durable)),
        Step::Fill { which } if !world.reads.is_empty() => {
            let (n, at) = world.reads.swap_remove(which % world.reads.len());
            match world.at(n, at) {
                Some(tid) => {
                    cache.fill_row(stored(n, tid, 50).row().clone(), at);
                }
                None => {
                    cache.fill_missing_row(&oid(n), at);
                    cache.fill_missing_name(&Oid::ROOT, &format!("o{n}"), at);
                }
            }
        }
        Step::Fill { .. } => {}
        Step::Ask { n, back } => world.check(cache, n, Tid(world.announced.0.saturating_sub(back))),
    }
    for n in 0..8 {
        world.check(cache, n, world.announced);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_interleaving_shows_another_state(
        bytes in prop_oneof![Just(9_000_usize), Just(24_000), Just(1 << 20)],
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let cache = Cache::new(bytes);
        let mut world = World::default();
        for step in steps {
            run(&cache, &mut world, step);
        }
        prop_assert!(cache.stats().bytes <= bytes);
    }
}

#[test]
fn a_late_reader_does_not_bring_back_the_past() {
    let cache = Cache::new(1 << 20);
    let old = stored(1, Tid(1), 10);
    let mut update = change(Tid(2));
    update.puts.push((stored(1, Tid(2), 10), false));
    cache.apply(&[update]);
    // It has read version 1 from a snapshot at 1, before the commit 2.
    let own = cache.fill_row(old.row().clone(), Tid(1));
    assert_eq!(own.tid(), Tid(1), "the reader itself goes on with its version");
    assert_eq!(cache.row(&oid(1), Tid(1)), Lookup::Unknown);
    assert!(matches!(cache.row(&oid(1), Tid(2)), Lookup::Known(Some(stored)) if stored.tid() == Tid(2)));
}

#[test]
fn a_trace_that_was_evicted_still_counts() {
    let cache = Cache::new(16_000);
    let mut gone = change(Tid(5));
    gone.removed.push(oid(1));
    cache.apply(&[gone]);
    for n in 2..200 {
        cache.fill_row(stored(n, Tid(1), 100).row().clone(), Tid(5));
    }
    assert_eq!(cache.row(&oid(1), Tid(9)), Lookup::Unknown, "evicted");
    cache.fill_row(stored(1, Tid(1), 10).row().clone(), Tid(4));
    assert_eq!(cache.row(&oid(1), Tid(9)), Lookup::Unknown, "a snapshot at 4 can't know of 5");
}

#[test]
fn what_is_too_large_is_not_kept_and_the_rest_stays() {
    let cache = Cache::new(64 << 10);
    cache.fill_row(stored(1, Tid(1), 10).row().clone(), Tid(1));
    cache.fill_row(stored(2, Tid(1), 1 << 20).row().clone(), Tid(1));
    assert!(matches!(cache.row(&oid(1), Tid(1)), Lookup::Known(Some(_))));
    assert_eq!(cache.row(&oid(2), Tid(1)), Lookup::Unknown);
}

#[test]
fn the_same_version_is_shared() {
    let cache = Cache::new(1 << 20);
    let first = cache.fill_row(stored(1, Tid(1), 10).row().clone(), Tid(1));
    let second = cache.fill_row(stored(1, Tid(1), 10).row().clone(), Tid(3));
    assert!(Arc::ptr_eq(&first, &second));
}

impl PartialEq for Stored {
    fn eq(&self, other: &Stored) -> bool {
        self.row() == other.row()
    }
}

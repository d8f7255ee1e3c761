//! A sharded, versioned table with CLOCK eviction; the rules are in the module above.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;

use super::CacheStats;
use crate::ids::Tid;

/// What a table knows about a key at a state.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup<V> {
    /// The value, or that there was none.
    Known(Option<V>),
    /// Nothing that holds at that state: ask the database.
    Unknown,
}

/// The estimated bytes of an entry.
pub(super) trait Weighed<V> {
    fn weigh(&self, value: Option<&V>) -> usize;
}

/// Keys are already hashes.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

struct Slot<K, V> {
    hash: u64,
    key: K,
    /// `None`: known to be missing.
    value: Option<V>,
    since: Tid,
    weight: usize,
    /// Read since the hand last came by.
    used: AtomicBool,
}

struct Shard<K, V> {
    /// From a key's hash to its slot. Two keys of one hash displace each other, which costs a miss and
    /// nothing else; the hash is keyed, so nobody can aim at it.
    index: HashMap<u64, usize, BuildHasherDefault<Identity>>,
    slots: Vec<Slot<K, V>>,
    hand: usize,
    bytes: usize,
    capacity: usize,
    floor: Tid,
}

impl<K: Eq, V> Shard<K, V> {
    /// The slot of that hash, whichever key it has.
    fn at_hash(&self, hash: u64) -> Option<&Slot<K, V>> {
        self.index.get(&hash).and_then(|at| self.slots.get(*at))
    }

    fn find(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&Slot<K, V>> {
        self.at_hash(hash).filter(|slot| is(&slot.key))
    }

    /// Takes a slot out; with it goes the knowledge of its last change, so the floor rises.
    fn remove(&mut self, at: usize) {
        let slot = self.slots.swap_remove(at);
        self.index.remove(&slot.hash);
        self.bytes -= slot.weight;
        self.floor = self.floor.max(slot.since);
        if let Some(moved) = self.slots.get(at) {
            self.index.insert(moved.hash, at);
        }
    }

    fn insert(&mut self, slot: Slot<K, V>) {
        if let Some(at) = self.index.get(&slot.hash).copied() {
            let floor = self.floor;
            let replaced = self.slots.get(at).is_some_and(|old| old.key == slot.key);
            self.remove(at);
            if replaced {
                // The new entry carries on the knowledge of the old one.
                self.floor = floor;
            }
        }
        // One entry must not push out the rest of its shard.
        if slot.weight > self.capacity / 2 {
            self.floor = self.floor.max(slot.since);
            return;
        }
        while self.bytes + slot.weight > self.capacity && !self.slots.is_empty() {
            self.evict();
        }
        self.bytes += slot.weight;
        self.index.insert(slot.hash, self.slots.len());
        self.slots.push(slot);
    }

    /// CLOCK: the first slot from the hand on that was not read since the last turn.
    fn evict(&mut self) {
        loop {
            if self.hand >= self.slots.len() {
                self.hand = 0;
            }
            match self.slots.get_mut(self.hand).map(|slot| std::mem::take(slot.used.get_mut())) {
                Some(true) => self.hand += 1,
                Some(false) => return self.remove(self.hand),
                None => return,
            }
        }
    }
}

pub(super) struct Table<K, V> {
    hasher: RandomState,
    shards: Box<[RwLock<Shard<K, V>>]>,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl<K: Eq + Weighed<V>, V: Clone> Table<K, V> {
    /// A table of about `bytes`.
    pub(super) fn new(bytes: usize) -> Table<K, V> {
        let count = (bytes >> 19).clamp(1, 64).next_power_of_two();
        let shard = || Shard {
            index: HashMap::default(),
            slots: Vec::new(),
            hand: 0,
            bytes: 0,
            capacity: bytes / count,
            floor: Tid::ZERO,
        };
        Table {
            hasher: RandomState::new(),
            shards: (0..count).map(|_| RwLock::new(shard())).collect(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    fn shard(&self, hash: u64) -> &RwLock<Shard<K, V>> {
        // The index uses the low bits, so the shard takes the high ones.
        &self.shards[(hash >> 48) as usize & (self.shards.len() - 1)]
    }

    /// The value at state `at`; `key` must hash as it did when the value was put.
    pub(super) fn get<Q: Hash + ?Sized>(&self, key: &Q, is: impl Fn(&K) -> bool, at: Tid) -> Lookup<V> {
        let hash = self.hasher.hash_one(key);
        let shard = self.shard(hash).read();
        let Some(slot) = shard.find(hash, is).filter(|slot| slot.since <= at) else {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return Lookup::Unknown;
        };
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        self.hits.fetch_add(1, Ordering::Relaxed);
        Lookup::Known(slot.value.clone())
    }

    /// The newest value, whatever its state.
    pub(super) fn peek<Q: Hash + ?Sized>(&self, key: &Q, is: impl Fn(&K) -> bool) -> Lookup<V> {
        let hash = self.hasher.hash_one(key);
        match self.shard(hash).read().find(hash, is) {
            Some(slot) => Lookup::Known(slot.value.clone()),
            None => Lookup::Unknown,
        }
    }

    /// Takes in a change by the commit `since`.
    pub(super) fn put<Q: Hash + ?Sized>(&self, hashed: &Q, key: K, value: Option<V>, since: Tid) {
        let hash = self.hasher.hash_one(hashed);
        let mut shard = self.shard(hash).write();
        // A reader ahead of the announcement may have filled a later value.
        if shard.at_hash(hash).is_some_and(|slot| slot.since > since) {
            shard.floor = shard.floor.max(since);
        } else {
            let weight = key.weigh(value.as_ref());
            shard.insert(Slot { hash, key, value, since, weight, used: AtomicBool::new(false) });
        }
    }

    /// Takes in what a reader at state `at` found, which holds since `since`.
    pub(super) fn fill<Q: Hash + ?Sized>(&self, hashed: &Q, key: K, value: Option<V>, since: Tid, at: Tid) {
        let hash = self.hasher.hash_one(hashed);
        let weight = key.weigh(value.as_ref());
        let mut shard = self.shard(hash).write();
        let welcome = match shard.at_hash(hash) {
            Some(slot) if slot.key == key => since > slot.since,
            Some(other) => at >= shard.floor.max(other.since),
            None => at >= shard.floor,
        };
        if welcome {
            shard.insert(Slot { hash, key, value, since, weight, used: AtomicBool::new(false) });
        }
    }

    /// Forgets everything because of the commit `since`.
    pub(super) fn clear(&self, since: Tid) {
        for shard in &self.shards {
            let mut shard = shard.write();
            shard.index.clear();
            shard.slots.clear();
            shard.bytes = 0;
            shard.hand = 0;
            shard.floor = shard.floor.max(since);
        }
    }

    pub(super) fn stats(&self) -> CacheStats {
        let mut stats = CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            ..CacheStats::default()
        };
        for shard in &self.shards {
            let shard = shard.read();
            stats.entries += shard.slots.len();
            stats.bytes += shard.bytes;
        }
        stats
    }
}

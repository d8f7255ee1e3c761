//! Queues for objects that many write at once, and the pause between two attempts.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::ids::Oid;

/// Writers of one object that has seen a conflict wait here in line instead of conflicting again and again.
///
/// An object is *hot* from the first [`enter`](HotObjects::enter) until the last in its line has left.
pub struct HotObjects {
    database: Arc<str>,
    wait: Duration,
    lines: Arc<Lines>,
}

#[derive(Default)]
struct Lines {
    by_oid: Mutex<FxHashMap<Oid, Line>>,
    /// The size of `by_oid`: a newcomer's check costs one load while nothing is hot.
    hot: AtomicUsize,
}

struct Line {
    turn: Arc<Semaphore>,
    members: usize,
}

impl HotObjects {
    /// No object is hot; a [`deadline`](HotObjects::deadline) is `wait` from when it is asked for.
    #[must_use]
    pub fn new(database: Arc<str>, wait: Duration) -> HotObjects {
        HotObjects { database, wait, lines: Arc::default() }
    }

    /// Whether others are in line for this object: a newcomer that will write it should
    /// [`enter`](HotObjects::enter) before it begins.
    #[must_use]
    pub fn is_hot(&self, oid: &Oid) -> bool {
        self.lines.hot.load(Ordering::Relaxed) > 0 && self.lines.by_oid.lock().contains_key(oid)
    }

    /// Until when one that begins to wait now may wait, in however many lines one after the other.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.wait
    }

    /// Waits for the turn on `oid`, first come, first served. The turn lasts until the guard is dropped, which
    /// should be after the commit has been answered.
    ///
    /// Leave one line before you enter the next; for several objects at once use [`enter_all`](HotObjects::enter_all).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the turn has not come by the [`deadline`](HotObjects::deadline). A turn that is free is had
    /// also after it.
    pub async fn enter(&self, oid: &Oid, deadline: Instant) -> Result<HotGuard> {
        let member = Member::join(&self.lines, oid);
        let turn = Arc::clone(&member.turn);
        match tokio::time::timeout_at(deadline, turn.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(HotGuard { _turn: permit, _member: member }),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable {
                database: Arc::clone(&self.database),
                what: "turn on an object that many are writing",
                waited: self.wait,
            }),
        }
    }

    /// How long the lines are now.
    #[must_use]
    pub fn stats(&self) -> HotStats {
        let by_oid = self.lines.by_oid.lock();
        let waits =
            by_oid.values().map(|line| line.members.saturating_sub(usize::from(line.turn.available_permits() == 0)));
        HotStats { objects: by_oid.len(), waiting: waits.sum() }
    }

    /// Waits for the turn on each of `oids`, always in the same order so that two callers can't block each other. One deadline
    /// bounds the waits for all of them together.
    ///
    /// # Errors
    /// As [`enter`](HotObjects::enter).
    pub async fn enter_all(&self, oids: &[Oid], deadline: Instant) -> Result<Vec<HotGuard>> {
        let mut sorted: Vec<&Oid> = oids.iter().collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut guards = Vec::with_capacity(sorted.len());
        for oid in sorted {
            guards.push(self.enter(oid, deadline).await?);
        }
        Ok(guards)
    }
}

/// What goes on in the lines of hot objects, for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HotStats {
    /// Objects that have a line.
    pub objects: usize,
    /// Writers that wait in a line.
    pub waiting: usize,
}

impl fmt::Debug for HotObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HotObjects").field("hot", &self.lines.hot.load(Ordering::Relaxed)).finish_non_exhaustive()
    }
}

/// The turn on one object; dropping it lets the next one in.
pub struct HotGuard {
    // The order matters: the turn passes on before the line is counted down.
    _turn: OwnedSemaphorePermit,
    _member: Member,
}

impl fmt::Debug for HotGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HotGuard").field("oid", &self._member.oid).finish_non_exhaustive()
    }
}

/// One that waits in a line or has its turn.
struct Member {
    lines: Arc<Lines>,
    oid: Oid,
    turn: Arc<Semaphore>,
}

impl Member {
    fn join(lines: &Arc<Lines>, oid: &Oid) -> Member {
        let mut by_oid = lines.by_oid.lock();
        let line = by_oid.entry(oid.clone()).or_insert_with(|| Line { turn: Arc::new(Semaphore::new(1)), members: 0 });
        line.members += 1;
        let turn = Arc::clone(&line.turn);
        lines.hot.store(by_oid.len(), Ordering::Relaxed);
        Member { lines: Arc::clone(lines), oid: oid.clone(), turn }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut by_oid = self.lines.by_oid.lock();
        if let Some(line) = by_oid.get_mut(&self.oid) {
            line.members -= 1;
            if line.members == 0 {
                by_oid.remove(&self.oid);
            }
        }
        self.lines.hot.store(by_oid.len(), Ordering::Relaxed);
    }
}

/// How long to pause before attempt number `attempt` (the first replay is 1): random, at least 1 ms, at most
/// 50 ms, longer with every attempt.
#[must_use]
pub fn backoff(attempt: u32) -> Duration {
    let most = 1_000_u64.saturating_mul(1 << attempt.clamp(1, 6)).min(50_000);
    // Without randomness from the system the middle is still a correct pause.
    let random = getrandom::u64().unwrap_or(most / 2);
    Duration::from_micros(1_000 + random % (most - 999))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hot(wait: u64) -> HotObjects {
        HotObjects::new("db".into(), Duration::from_millis(wait))
    }

    #[tokio::test]
    async fn an_object_is_hot_until_the_last_one_leaves() {
        let hot = hot(60_000);
        assert!(!hot.is_hot(&Oid::ROOT));
        let first = hot.enter(&Oid::ROOT, hot.deadline()).await.unwrap();
        assert!(hot.is_hot(&Oid::ROOT));
        assert!(!hot.is_hot(&Oid::TRASHED));
        assert_eq!(hot.stats(), HotStats { objects: 1, waiting: 0 });
        let second = hot.enter(&Oid::ROOT, hot.deadline());
        tokio::pin!(second);
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut second).await.is_err());
        assert_eq!(hot.stats(), HotStats { objects: 1, waiting: 1 });
        drop(first);
        let second = second.await.unwrap();
        assert!(hot.is_hot(&Oid::ROOT));
        drop(second);
        assert!(!hot.is_hot(&Oid::ROOT));
        assert!(hot.lines.by_oid.lock().is_empty());
    }

    #[tokio::test]
    async fn the_wait_is_bounded_and_leaves_no_trace() {
        let hot = hot(10);
        let first = hot.enter(&Oid::ROOT, hot.deadline()).await.unwrap();
        assert!(matches!(hot.enter(&Oid::ROOT, hot.deadline()).await, Err(Error::Unavailable { .. })));
        drop(first);
        assert!(!hot.is_hot(&Oid::ROOT));
    }

    #[tokio::test]
    async fn one_deadline_bounds_the_waits_for_many() {
        let hot = hot(60_000);
        let held = hot.enter(&Oid::TRASHED, hot.deadline()).await.unwrap();
        let past = Instant::now();
        let both = [Oid::ROOT, Oid::TRASHED];
        let refused = tokio::time::timeout(Duration::from_secs(30), hot.enter_all(&both, past)).await;
        assert!(matches!(refused, Ok(Err(Error::Unavailable { .. }))), "{refused:?}");
        drop(held);
        assert_eq!(hot.enter_all(&both, past).await.unwrap().len(), 2, "what is free costs no wait");
    }

    #[tokio::test]
    async fn first_come_first_served() {
        let hot = Arc::new(hot(60_000));
        let order = Arc::new(Mutex::new(Vec::new()));
        let gate = hot.enter(&Oid::ROOT, hot.deadline()).await.unwrap();
        let mut tasks = Vec::new();
        for n in 0..8 {
            let (hot, order) = (Arc::clone(&hot), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let _turn = hot.enter(&Oid::ROOT, hot.deadline()).await.unwrap();
                order.lock().push(n);
            }));
            tokio::task::yield_now().await;
        }
        drop(gate);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock(), (0..8).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn several_objects_are_entered_without_deadlock() {
        let hot = Arc::new(hot(60_000));
        let (there, back) = ([Oid::ROOT, Oid::TRASHED], [Oid::TRASHED, Oid::ROOT, Oid::ROOT]);
        let mut tasks = Vec::new();
        for n in 0..16 {
            let hot = Arc::clone(&hot);
            let oids = if n % 2 == 0 { there.to_vec() } else { back.to_vec() };
            tasks.push(tokio::spawn(async move {
                let guards = hot.enter_all(&oids, hot.deadline()).await.unwrap();
                assert_eq!(guards.len(), 2);
                tokio::task::yield_now().await;
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    }

    #[test]
    fn the_pause_stays_between_1_and_50_ms() {
        for attempt in [0, 1, 2, 5, 8, 100, u32::MAX] {
            for _ in 0..200 {
                let pause = backoff(attempt);
                assert!(pause >= Duration::from_millis(1) && pause <= Duration::from_millis(50), "{pause:?}");
            }
        }
    }
}

//! Bounds on guessing passwords (row S-060 ⚠).
//!
//! Three bounds, so that nobody guesses for long and nobody can keep a user out:
//!
//! - one user from one address: so many failures within the window, then a wait;
//! - one address, whoever it wants to be: the same with a bound of its own;
//! - one user from all addresses together: a slow-down of *strangers*, that is of addresses where this user is not known:
//!   it has not logged in from there since the start, or from 16 others later. Who guesses from thousands of addresses gets through a few guesses a day; where the user
//!   is known, and on the machine itself, this bound does not count.

use crate::address;
use parking_lot::Mutex;
use quick_cache::sync::Cache;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Users at addresses, and addresses, whose failures are remembered; a further one takes the place of an old one.
const REMEMBERED: usize = 10_000;

/// The addresses where one user is known, the latest ones: whoever moves about pushes out addresses of their own only.
const PLACES: usize = 16;

/// The counters of strangers. Users share one by chance, which nobody can aim at, and none is ever pushed out: otherwise who
/// fails as many other users would get new guesses at this one.
const CELLS: usize = 1 << 14;

const DAY: Duration = Duration::from_secs(86_400);

/// How often logging in may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// Failures of one user from one client address within the window; 0 = no bound. Default: 10.
    pub user: usize,
    /// Failures from one client address within the window; 0 = no bound. Default: 50.
    pub address: usize,
    /// Failures of one user within a day from all addresses where the user is not known; half of them may come at once,
    /// the rest are spread over the day. 0 = no bound. Default: 200.
    pub strangers: u32,
    /// How long a failure counts. Default: 5 minutes.
    pub window: Duration,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { user: 10, address: 50, strangers: 200, window: Duration::from_secs(300) }
    }
}

/// Too many attempts have failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts to log in have failed; try again in {} seconds", self.seconds())]
pub struct Throttled {
    /// When the next attempt is looked at.
    pub wait: Duration,
}

impl Throttled {
    /// The wait in whole seconds, at least one, as `Retry-After` says it.
    pub fn seconds(&self) -> u32 {
        let whole = self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0);
        u32::try_from(whole).unwrap_or(u32::MAX).max(1)
    }
}

/// Who tries to log in: the keys of a user, of that user at an address, and the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    user: u64,
    user_here: u64,
    address: Option<IpAddr>,
}

/// Counts failures to log in, by user and by client address, in bounded memory.
///
/// Ask [`Throttle::admit`] before the password is looked at, and again before it is said to be right: of many attempts
/// that are made at once, none tells more than those one after the other would.
///
/// ```
/// use guillotina_security::auth::{Throttle, ThrottleSettings};
/// use std::time::Instant;
/// let throttle = Throttle::new(ThrottleSettings { user: 2, ..ThrottleSettings::default() });
/// let (here, there) = ("192.0.2.1".parse().ok(), "198.51.100.7".parse().ok());
/// let (guesser, now) = (throttle.attempt(&("db", "c", "alice"), there), Instant::now());
/// for _ in 0..2 {
///     assert!(throttle.admit(&guesser, now).is_ok() && throttle.failed(&guesser, now).is_ok());
/// }
/// assert_eq!(throttle.admit(&guesser, now).unwrap_err().seconds(), 300);
/// // Who fails elsewhere does not keep Alice out.
/// assert!(throttle.admit(&throttle.attempt(&("db", "c", "alice"), here), now).is_ok());
/// ```
#[derive(Debug)]
pub struct Throttle {
    users: Table<u64>,
    addresses: Table<IpAddr>,
    strangers: Strangers,
    /// For each user the addresses (as users at addresses) from which it has logged in, the latest first.
    known: Cache<u64, Places>,
    keys: RandomState,
}

impl Throttle {
    /// A throttle with these bounds.
    pub fn new(settings: ThrottleSettings) -> Self {
        Self {
            users: Table::new(settings.user, settings.window),
            addresses: Table::new(settings.address, settings.window),
            strangers: Strangers::new(settings.strangers),
            known: Cache::new(REMEMBERED),
            keys: RandomState::new(),
        }
    }

    /// An attempt of a user, who is known by any value, from an address. All of loopback is one address, which is no
    /// stranger to anybody and not counted by itself; an IPv6 client counts by its /64.
    pub fn attempt(&self, user: &impl Hash, address: Option<IpAddr>) -> Attempt {
        let address = address.and_then(address::counted);
        // A keyed hash: nobody outside can find two users with the same one.
        Attempt { user: self.keys.hash_one(user), user_here: self.keys.hash_one((user, address)), address }
    }

    /// Whether the attempt may be looked at.
    ///
    /// # Errors
    /// How long to wait.
    pub fn admit(&self, attempt: &Attempt, now: Instant) -> Result<(), Throttled> {
        self.users.admit(&attempt.user_here, now)?;
        attempt.address.map_or(Ok(()), |address| self.addresses.admit(&address, now))?;
        if self.is_stranger(attempt) { self.strangers.admit(attempt.user, now) } else { Ok(()) }
    }

    /// Notes a failure.
    ///
    /// # Errors
    /// How long to wait, when others have used up the bound since the attempt was admitted: it must not be answered.
    pub fn failed(&self, attempt: &Attempt, now: Instant) -> Result<(), Throttled> {
        let user = self.users.failed(attempt.user_here, now);
        let address = attempt.address.map_or(Ok(()), |address| self.addresses.failed(address, now));
        let stranger = if self.is_stranger(attempt) { self.strangers.failed(attempt.user, now) } else { Ok(()) };
        user.and(address).and(stranger)
    }

    /// Forgets the user's failures from there; from now on the user is known there. The failures of the address stay: whoever
    /// guesses may have a user of their own. So do those of strangers: they are not the user.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.users.failures.remove(&attempt.user_here);
        self.seen(attempt);
    }

    /// From now on the user is known there, until it was seen at 16 other addresses. All failures stay.
    pub fn seen(&self, attempt: &Attempt) {
        if attempt.address.is_none() {
            return;
        }
        let Ok(places) =
            self.known.get_or_insert_with(&attempt.user, || Ok::<_, std::convert::Infallible>(Places::default()));
        let mut places = places.lock();
        if places.front() == Some(&attempt.user_here) {
            return;
        }
        places.retain(|place| *place != attempt.user_here);
        places.truncate(PLACES - 1);
        places.push_front(attempt.user_here);
    }

    fn is_stranger(&self, attempt: &Attempt) -> bool {
        let known = || self.known.get(&attempt.user).is_some_and(|places| places.lock().contains(&attempt.user_here));
        attempt.address.is_some() && !known()
    }
}

/// For each user a vessel that runs empty evenly: every failure of a stranger is a drop, and what would make it flow over is
/// refused.
#[derive(Debug)]
struct Strangers {
    /// The drops that it holds.
    holds: u32,
    /// The time in which one runs out.
    drop: Duration,
    /// When each will be empty.
    empty: Box<[Mutex<Option<Instant>>]>,
}

impl Strangers {
    fn new(per_day: u32) -> Self {
        // Half of the day's bound at once, and the other half while the day goes by.
        let holds = per_day.div_ceil(2);
        let rest = (per_day - holds).max(1);
        let cells = if per_day == 0 { 0 } else { CELLS };
        Self { holds, drop: DAY / rest, empty: (0..cells).map(|_| Mutex::default()).collect() }
    }

    fn cell(&self, user: u64) -> Option<&Mutex<Option<Instant>>> {
        self.empty.get(user as usize % self.empty.len().max(1))
    }

    /// How long it takes until all has run out, if there is room for one more drop.
    fn room(&self, empty: Option<Instant>, now: Instant) -> Result<Duration, Throttled> {
        let left = empty.map_or(Duration::ZERO, |empty| empty.saturating_duration_since(now));
        match (left + self.drop).checked_sub(self.drop * self.holds) {
            Some(wait) if !wait.is_zero() => Err(Throttled { wait }),
            _ => Ok(left),
        }
    }

    fn admit(&self, user: u64, now: Instant) -> Result<(), Throttled> {
        self.cell(user).map_or(Ok(()), |cell| self.room(*cell.lock(), now).map(drop))
    }

    fn failed(&self, user: u64, now: Instant) -> Result<(), Throttled> {
        let Some(cell) = self.cell(user) else { return Ok(()) };
        let mut empty = cell.lock();
        *empty = Some(now + self.room(*empty, now)? + self.drop);
        Ok(())
    }
}

type Places = Arc<Mutex<VecDeque<u64>>>;

/// When something failed, the oldest first; never more than the bound.
type Failures = Arc<Mutex<VecDeque<Instant>>>;

#[derive(Debug)]
struct Table<K> {
    most: usize,
    window: Duration,
    failures: Cache<K, Failures>,
}

impl<K: Copy + Eq + Hash> Table<K> {
    fn new(most: usize, window: Duration) -> Self {
        Self { most, window, failures: Cache::new(REMEMBERED) }
    }

    fn admit(&self, key: &K, now: Instant) -> Result<(), Throttled> {
        match self.failures.get(key) {
            Some(failures) if self.most > 0 => self.room(&mut failures.lock(), now),
            _ => Ok(()),
        }
    }

    fn failed(&self, key: K, now: Instant) -> Result<(), Throttled> {
        if self.most == 0 {
            return Ok(());
        }
        let Ok(failures) =
            self.failures.get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Failures::default()));
        let mut failures = failures.lock();
        self.room(&mut failures, now)?;
        failures.push_back(now);
        Ok(())
    }

    /// Forgets what is past; then, whether one more failure is within the bound.
    fn room(&self, failures: &mut VecDeque<Instant>, now: Instant) -> Result<(), Throttled> {
        while failures.front().is_some_and(|oldest| now.saturating_duration_since(*oldest) >= self.window) {
            failures.pop_front();
        }
        match failures.front() {
            Some(oldest) if failures.len() >= self.most => {
                Err(Throttled { wait: self.window.saturating_sub(now.saturating_duration_since(*oldest)) })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "throttle/tests.rs"]
mod tests;

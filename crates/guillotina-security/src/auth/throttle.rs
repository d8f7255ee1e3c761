//! Bounds on guessing passwords (row S-060 ⚠).

use parking_lot::Mutex;
use quick_cache::sync::Cache;
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Users, and addresses, whose failures are remembered; a further one takes the place of an old one.
const REMEMBERED: usize = 10_000;

/// How often logging in may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// Failures of one user within the window; 0 = no bound. Default: 10.
    pub user: usize,
    /// Failures from one client address within the window; 0 = no bound. Default: 50.
    pub address: usize,
    /// How long a failure counts. Default: 5 minutes.
    pub window: Duration,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { user: 10, address: 50, window: Duration::from_secs(300) }
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

/// Who tries to log in: the key of a user and that of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    user: u64,
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
/// let (alice, now) = (throttle.attempt(&("db", "c", "alice"), None), Instant::now());
/// for _ in 0..2 {
///     assert!(throttle.admit(&alice, now).is_ok() && throttle.failed(&alice, now).is_ok());
/// }
/// assert_eq!(throttle.admit(&alice, now).unwrap_err().seconds(), 300);
/// throttle.succeeded(&alice);
/// assert!(throttle.admit(&alice, now).is_ok());
/// ```
#[derive(Debug)]
pub struct Throttle {
    users: Table<u64>,
    addresses: Table<IpAddr>,
    keys: RandomState,
}

impl Throttle {
    /// A throttle with these bounds.
    pub fn new(settings: ThrottleSettings) -> Self {
        Self {
            users: Table::new(settings.user, settings.window),
            addresses: Table::new(settings.address, settings.window),
            keys: RandomState::new(),
        }
    }

    /// An attempt of a user, who is known by any value, from an address. Loopback is not counted by address, and an
    /// IPv6 client counts by its /64.
    pub fn attempt(&self, user: &impl Hash, address: Option<IpAddr>) -> Attempt {
        // A keyed hash: nobody outside can find two users with the same one.
        Attempt { user: self.keys.hash_one(user), address: address.and_then(counted) }
    }

    /// Whether the attempt may be looked at.
    ///
    /// # Errors
    /// How long to wait.
    pub fn admit(&self, attempt: &Attempt, now: Instant) -> Result<(), Throttled> {
        self.users.admit(&attempt.user, now)?;
        attempt.address.map_or(Ok(()), |address| self.addresses.admit(&address, now))
    }

    /// Notes a failure.
    ///
    /// # Errors
    /// How long to wait, when others have used up the bound since the attempt was admitted: it must not be answered.
    pub fn failed(&self, attempt: &Attempt, now: Instant) -> Result<(), Throttled> {
        let user = self.users.failed(attempt.user, now);
        let address = attempt.address.map_or(Ok(()), |address| self.addresses.failed(address, now));
        user.and(address)
    }

    /// Forgets the user's failures. Those of the address stay: whoever guesses may have a user of their own.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.users.failures.remove(&attempt.user);
    }
}

/// What an address counts as: an IPv6 network hands whole /64s to one client. Loopback does not count.
fn counted(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()),
        address => Some(address),
    }
}

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

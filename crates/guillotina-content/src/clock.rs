//! [`Clock`]: what time it is for one application.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time that an application writes into dates and compares ends of tokens with. It is the system's, unless a test
/// brings one of its own. Clones show the same time.
///
/// Deadlines and pauses do not follow it: they measure how long something takes.
///
/// ```
/// use guillotina_content::Clock;
/// use std::time::{Duration, UNIX_EPOCH};
///
/// let clock = Clock::standing_at(UNIX_EPOCH + Duration::from_secs(60));
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.unix_seconds(), 65);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Moved>>);

/// A clock that can be moved.
#[derive(Debug)]
struct Moved {
    /// Where it stands, in microseconds since 1970; without it, it goes with the system's.
    stands_at: Option<u64>,
    /// How far it was moved. Microseconds.
    ahead: AtomicU64,
}

impl Clock {
    /// A clock that stands still until it is advanced. Moments before 1970 count as 1970; it counts microseconds.
    pub fn standing_at(moment: SystemTime) -> Clock {
        let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock(Some(Arc::new(Moved { stands_at: Some(micros(since)), ahead: AtomicU64::new(0) })))
    }

    /// A clock that goes with the system's, and can be advanced.
    pub fn going() -> Clock {
        Clock(Some(Arc::new(Moved { stands_at: None, ahead: AtomicU64::new(0) })))
    }

    /// Moves a clock of [`standing_at`](Clock::standing_at) or [`going`](Clock::going) forward. The system's own is left
    /// alone.
    pub fn advance(&self, by: Duration) {
        if let Some(moved) = &self.0 {
            moved.ahead.fetch_add(micros(by), Ordering::SeqCst);
        }
    }

    /// This moment.
    pub fn now(&self) -> SystemTime {
        let Some(moved) = &self.0 else { return SystemTime::now() };
        let from = moved.stands_at.map_or_else(SystemTime::now, |at| UNIX_EPOCH + Duration::from_micros(at));
        from + Duration::from_micros(moved.ahead.load(Ordering::SeqCst))
    }

    /// Seconds since 1970; 0 on a machine whose clock stands before that.
    pub fn unix_seconds(&self) -> u64 {
        self.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    /// This moment as dates of objects are written: `2026-11-22T16:25:13.488677+00:00` (row R-010).
    pub fn isoformat(&self) -> String {
        guillotina_schema::date::moment(self.now())
    }
}

/// At most some ten thousand years, so that no sum overflows.
fn micros(time: Duration) -> u64 {
    const MOST: u64 = 1 << 58;
    u64::try_from(time.as_micros()).unwrap_or(MOST).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_when_it_is_told_to() {
        let clock = Clock::standing_at(UNIX_EPOCH + Duration::from_millis(1_500));
        assert_eq!(clock.isoformat(), "1970-01-01T00:00:01.500000+00:00");
        clock.clone().advance(Duration::from_secs(60));
        assert_eq!((clock.unix_seconds(), clock.isoformat().as_str()), (61, "1970-01-01T00:01:01.500000+00:00"));
        clock.advance(Duration::MAX);
        assert!(clock.isoformat().starts_with("9"), "{}", clock.isoformat());
    }

    #[test]
    fn a_going_clock_can_be_ahead() {
        let clock = Clock::going();
        clock.advance(Duration::from_secs(3_600));
        let ahead = clock.now().duration_since(SystemTime::now()).unwrap();
        assert!(ahead > Duration::from_secs(3_500) && ahead <= Duration::from_secs(3_600));
    }

    #[test]
    fn the_systems_clock_goes_by_itself() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::from_secs(1_000_000));
        assert!(clock.now().duration_since(before).unwrap() < Duration::from_secs(1_000));
    }
}

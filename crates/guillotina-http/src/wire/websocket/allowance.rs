//! The limit on how often a client may speak.

use std::time::Instant;

/// How many messages a client may still send: a bucket that fills up with time.
pub(super) struct Allowance {
    per_second: f64,
    burst: f64,
    left: f64,
    at: Instant,
}

impl Allowance {
    pub fn new(per_second: u32, burst: u32) -> Allowance {
        Allowance { per_second: per_second.into(), burst: burst.into(), left: burst.into(), at: Instant::now() }
    }

    pub fn one_more(&mut self, now: Instant) -> bool {
        let earned = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        self.left = (self.left + earned).min(self.burst) - 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_allowance_fills_up_with_time() {
        let mut a = Allowance::new(20, 40);
        let start = a.at;
        assert!((0..40).all(|_| a.one_more(start)));
        assert!(!a.one_more(start));
        a = Allowance::new(20, 40);
        assert!((0..200u64).all(|i| a.one_more(start + Duration::from_millis(50 * i))));
    }
}

//! Which answers get a line in the log, and that line.

use guillotina_content::settings::{AccessLog, Logs};
use std::time::Duration;

/// The section `[logs]`, ready for use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    all: bool,
    /// Answers from this status on, or slower than that.
    status: u16,
    slow: Duration,
}

impl Access {
    pub(crate) fn new(logs: &Logs) -> Access {
        let slow = Duration::from_millis(logs.slow_ms);
        match logs.access {
            AccessLog::All => Access { all: true, status: 0, slow },
            AccessLog::Notable => Access { all: false, status: 500, slow },
            AccessLog::Off => Access { all: false, status: u16::MAX, slow: Duration::MAX },
        }
    }

    fn wants(&self, status: u16, took: Duration) -> bool {
        self.all || status >= self.status || took > self.slow
    }

    /// The line of an answer; the formatter adds which request it is about (see `request_info`).
    pub(crate) fn log(&self, status: u16, took: Duration) {
        if self.wants(status, took) {
            let duration_ms = u64::try_from(took.as_micros()).unwrap_or(u64::MAX) as f64 / 1_000.0;
            tracing::info!(target: "guillotina::access", status, duration_ms, "answered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_answers_are_notable() {
        let (quick, slow) = (Duration::from_millis(1), Duration::from_millis(1_001));
        let of = |access| Access::new(&Logs { access, ..Logs::default() });
        let wanted = |access: AccessLog| {
            [(200, quick), (404, quick), (500, quick), (200, slow)].map(|(status, took)| of(access).wants(status, took))
        };
        assert_eq!(wanted(AccessLog::All), [true; 4]);
        assert_eq!(wanted(AccessLog::Notable), [false, false, true, true]);
        assert_eq!(wanted(AccessLog::Off), [false; 4]);
    }
}

//! The work of utilities in the background, and what happens when it fails.

use super::run::words_of;
use crate::app::App;
use crate::error::{Error, Result};
use crate::settings::{OnFailure, UtilitiesSettings};
use crate::utilities::{Lifecycle, Shutdown};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

impl App {
    /// Starts the work of every utility, in the order of their creation.
    pub(super) fn start_work(&self) {
        for utility in self.0.running.lock().iter_mut() {
            let work = Work {
                app: self.clone(),
                key: utility.key.clone(),
                life: utility.life.clone(),
                shutdown: utility.shutdown.clone(),
            };
            utility.task = Some(tokio::spawn(work.supervise()));
        }
    }

    /// Stops the application when a database's engine has stopped for good: nothing could be written any more.
    pub(super) fn watch(&self, storage: &guillotina_db::Database) {
        let (app, storage) = (self.clone(), storage.clone());
        drop(self.tasks().spawn(async move {
            tokio::select! {
                reason = storage.failure() => app.fail(format!("database \"{}\" has stopped: {reason}", storage.name())),
                () = app.stopping().wait() => {}
            }
        }));
    }

    /// Stops the application because of a failure; the first one is kept.
    pub(super) fn fail(&self, why: String) {
        tracing::error!("{why}; the server stops");
        // A later failure is a consequence of the first, or at least not needed to understand why it stopped.
        let _ = self.0.failure.set(why);
        self.stopping().0.cancel();
    }

    /// Why the application stops by itself; `None` while all is well, or when it was told to.
    pub fn failure(&self) -> Option<&str> {
        self.0.failure.get().map(String::as_str)
    }
}

/// The work of one utility.
struct Work {
    app: App,
    key: String,
    life: Arc<dyn Lifecycle>,
    shutdown: Shutdown,
}

impl Work {
    async fn supervise(self) {
        let mut pauses = Pauses::new(&self.app.core().utilities);
        loop {
            let begun = Instant::now();
            let Err(error) = self.once().await else {
                tracing::debug!(utility = %self.key, "its work has ended");
                return;
            };
            if self.shutdown.has_begun() {
                tracing::warn!(utility = %self.key, %error, "its work failed while stopping");
                return;
            }
            if self.app.core().utilities.on_failure == OnFailure::Stop {
                self.app.fail(format!("the work of utility \"{}\" failed: {error}", self.key));
                return;
            }
            let pause = pauses.next(begun.elapsed());
            tracing::error!(utility = %self.key, %error, "its work failed; it is started again after {pause:?}");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.shutdown.wait() => return,
            }
        }
    }

    /// Runs it once; a panic is an error.
    async fn once(&self) -> Result<()> {
        let run = async { self.life.initialize(self.shutdown.clone()).await };
        match AssertUnwindSafe(run).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(panic) => Err(Error::internal(format!("it panicked: {}", words_of(&*panic)))),
        }
    }
}

/// How long to wait before each new attempt.
struct Pauses {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Pauses {
    fn new(settings: &UtilitiesSettings) -> Self {
        let ms = |milliseconds: u64| Duration::from_millis(milliseconds.clamp(1, 86_400_000));
        let first = ms(settings.backoff_first_ms);
        let longest = ms(settings.backoff_longest_ms).max(first);
        Pauses { first, longest, next: first }
    }

    /// The pause after work that ran for `ran`: one that held out begins again with the first.
    fn next(&mut self, ran: Duration) -> Duration {
        if ran > self.longest {
            self.next = self.first;
        }
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again() {
        let settings =
            UtilitiesSettings { backoff_first_ms: 1_000, backoff_longest_ms: 5_000, ..UtilitiesSettings::default() };
        let mut pauses = Pauses::new(&settings);
        let seconds: Vec<u64> = (0..5).map(|_| pauses.next(Duration::ZERO).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 5, 5]);
        assert_eq!(pauses.next(Duration::from_secs(6)).as_secs(), 1);
    }
}

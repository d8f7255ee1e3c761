//! Stopping: everybody is told, everybody is waited for, and each wait has an end.

use super::run::words_of;
use crate::app::{App, RunningUtility};
use crate::call::{Call, Located};
use crate::events::{ApplicationCleanup, Event};
use crate::request::Request;
use futures_util::FutureExt;
use guillotina_component::AdapterRegistryBuilder;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// What anybody gets to notice that it is to end, also when the time for all was used up by others.
const LEAST: Duration = Duration::from_millis(250);

/// When the two waits end: the settings `shutdown.grace_s` and `shutdown.mercy_s`.
struct Deadlines {
    grace: Instant,
    mercy: Instant,
}

impl Deadlines {
    fn grace(&self) -> Instant {
        self.grace.max(Instant::now() + LEAST)
    }

    fn mercy(&self) -> Instant {
        self.mercy.max(Instant::now() + LEAST)
    }
}

impl App {
    /// Stops: tells everybody, waits for the tasks of requests and sockets, then ends the utilities in reverse order of their
    /// creation, then closes the databases. Returns what had not ended in time, in words; a second call has nothing to do.
    ///
    /// The waits are the settings `shutdown.grace_s` and `shutdown.mercy_s`.
    pub async fn stop(&self) -> Vec<String> {
        let mut late = Vec::new();
        let settings = &self.core().shutdown;
        let grace = Instant::now() + settings.grace();
        let deadlines = Deadlines { grace, mercy: grace + settings.mercy() };
        self.stopping().0.cancel();
        self.tasks().close();
        if timeout_at(deadlines.grace(), self.tasks().wait()).await.is_err() {
            late.push(format!("{} tasks of requests and sockets", self.tasks().len()));
        }
        loop {
            // The lock is not held while it is waited for: the work of a utility may look at the application.
            let Some(utility) = self.0.running.lock().pop() else { break };
            end(utility, &deadlines, &mut late).await;
        }
        let application = Located::Application(self.clone());
        if timeout_at(deadlines.mercy(), self.clean_up(application)).await.is_err() {
            late.push("subscribers to ApplicationCleanup".to_owned());
        }
        self.close_databases(settings.mercy().max(LEAST), &mut late).await;
        // The utilities hold the application, and the application them.
        self.0.utilities.store(Arc::new(AdapterRegistryBuilder::new().freeze()));
        for what in &late {
            tracing::error!("still running when the server stopped: {what}");
        }
        late
    }

    /// Runs the subscribers to [`ApplicationCleanup`]. Each has something of its own to clean up, so one that fails or panics is
    /// logged and the others run all the same.
    async fn clean_up(&self, application: Located) {
        let event: Arc<dyn Event> = Arc::new(ApplicationCleanup { app: self.clone() });
        let handlers = self.components().subscribers.handlers(&[&application.spec(), event.interface()]);
        let call = Call { event: Some(event), ..Call::new(Request::internal(self), application) };
        for entry in handlers.iter() {
            let subscriber = entry.place.dotted();
            match AssertUnwindSafe(async { (entry.decl.handler)(&call).await }).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(subscriber, place = %entry.place, %error, "the clean-up failed"),
                Err(panic) => {
                    tracing::error!(subscriber, place = %entry.place, "the clean-up panicked: {}", words_of(&*panic));
                }
            }
        }
    }

    async fn close_databases(&self, limit: Duration, late: &mut Vec<String>) {
        let databases = std::mem::take(&mut *self.0.databases.write());
        for database in databases.into_iter().rev() {
            if timeout(limit, database.storage().close()).await.is_err() {
                late.push(format!("database \"{}\"", database.name()));
            }
        }
    }
}

/// Ends one utility: its work is told and awaited, then it is finalized.
async fn end(utility: RunningUtility, deadlines: &Deadlines, late: &mut Vec<String>) {
    let RunningUtility { key, life, task, shutdown } = utility;
    shutdown.0.cancel();
    if let Some(mut task) = task
        && timeout_at(deadlines.grace(), &mut task).await.is_err()
    {
        task.abort();
        // An aborted task ends at its next await; what it held is gone before its utility is finalized.
        let _ = timeout(LEAST, task).await;
        late.push(format!("the work of utility \"{key}\""));
    }
    let finalize = AssertUnwindSafe(async { life.finalize().await }).catch_unwind();
    match timeout_at(deadlines.mercy(), finalize).await {
        Ok(Ok(Ok(()))) => tracing::debug!(utility = %key, "finalized"),
        Ok(Ok(Err(error))) => tracing::error!(utility = %key, %error, "could not be finalized"),
        Ok(Err(panic)) => tracing::error!(utility = %key, "panicked while it was finalized: {}", words_of(&*panic)),
        Err(_) => late.push(format!("finalizing utility \"{key}\"")),
    }
}

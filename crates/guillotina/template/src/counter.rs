//! A utility: one object that lives as long as the server.

use guillotina::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts.
#[interface]
pub trait ICounter {
    /// One more; how many there are now.
    fn add(&self) -> u64;
}

/// `[load_utilities."my_plugin.counter".settings]`
#[settings]
pub struct CounterSettings {
    /// Where it begins.
    #[default(0)]
    pub start: u64,
}

/// Counts since the server was started.
#[utility(provides = dyn ICounter)]
pub struct Counter(AtomicU64);

impl AsyncUtility for Counter {
    type Settings = CounterSettings;

    async fn create(settings: CounterSettings, _app: App) -> Result<Self> {
        Ok(Counter(AtomicU64::new(settings.start)))
    }
}

#[interface]
impl ICounter for Counter {
    fn add(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

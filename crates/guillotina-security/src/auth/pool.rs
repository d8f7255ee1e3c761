//! Hashing off the runtime's threads, bounded.

use super::{Hashers, PasswordError, random};
use hmac::{Hmac, KeyInit, Mac};
use quick_cache::sync::Cache;
use sha2::Sha256;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::available_parallelism;
use tokio::sync::{OnceCell, Semaphore};

/// Number of correct passwords that are remembered (A-006).
const REMEMBERED: usize = 100;

/// How much hashing may go on. One argon2 hash takes 64 MiB while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashPoolSettings {
    /// Hashes at the same time. Default: two for each processor.
    pub workers: usize,
    /// Requests that wait for their turn. Default: 64.
    pub queue: usize,
}

impl Default for HashPoolSettings {
    fn default() -> Self {
        let processors = available_parallelism().map_or(1, NonZeroUsize::get);
        Self { workers: 2 * processors, queue: 64 }
    }
}

/// What a pool is doing, for operators.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HashLoad {
    /// Hashes that are being made now.
    pub running: usize,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Hashes that were begun since the start: each is one new password, or one that was compared.
    pub made: u64,
    /// Requests that were turned away because too many waited, since the start.
    pub refused: u64,
}

/// Why the pool gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashPoolError {
    /// Too many requests wait already. The answer is 429 (Too Many Requests).
    #[error("too many passwords are being checked; try again in a moment")]
    Busy,
    /// The password can't be hashed or checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The runtime is shutting down, or a hasher panicked.
    #[error("the password check was interrupted: {0}; try again")]
    Interrupted(String),
}

/// Hashes and checks passwords on the runtime's blocking threads, a bounded number at a time.
///
/// A correct password is remembered (as a keyed hash, never in clear), so that a client that sends it
/// with each request doesn't pay each time. A wrong one never is, and a user that doesn't exist costs a whole hash
/// too: the time of an answer doesn't tell whether a user exists.
///
/// ```
/// use guillotina_security::auth::{HashPool, HashPoolSettings, Hashers};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let mut hashers = Hashers::default();
/// hashers.set_default("sha512");
/// let pool = HashPool::new(hashers, HashPoolSettings::default());
/// let stored = pool.hash("s3cret").await?;
/// assert!(pool.verify(Some(&stored), "s3cret").await?);
/// assert!(!pool.verify(None, "s3cret").await?, "such a user doesn't exist");
/// # Ok::<(), guillotina_security::auth::HashPoolError>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct HashPool {
    hashers: Arc<Hashers>,
    workers: usize,
    turns: Arc<Semaphore>,
    made: Arc<AtomicU64>,
    refused: AtomicU64,
    waiting: AtomicUsize,
    queue: usize,
    /// `None` when the system gave no random key: then nothing is remembered.
    key: Option<[u8; 32]>,
    correct: Cache<[u8; 32], ()>,
    /// What the password of a user that doesn't exist is compared with.
    nobody: OnceCell<String>,
}

/// Leaves the queue even when the request is dropped while it waits.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl HashPool {
    /// A pool with these hashers and bounds; at least one worker.
    pub fn new(hashers: Hashers, settings: HashPoolSettings) -> Self {
        let workers = settings.workers.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            hashers: Arc::new(hashers),
            workers,
            turns: Arc::new(Semaphore::new(workers)),
            made: Arc::default(),
            refused: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            queue: settings.queue,
            key: random().ok(),
            correct: Cache::new(REMEMBERED),
            nobody: OnceCell::new(),
        }
    }

    /// What it is doing now.
    pub fn load(&self) -> HashLoad {
        HashLoad {
            running: self.workers.saturating_sub(self.turns.available_permits()),
            waiting: self.waiting.load(Ordering::Relaxed),
            made: self.made.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// The pool is busy, or the password can't be hashed.
    pub async fn hash(&self, password: &str) -> Result<String, HashPoolError> {
        let password = password.to_owned();
        self.run(move |hashers| hashers.hash(&password)).await
    }

    /// Whether a text is a stored password; see [`Hashers::is_hashed`].
    pub fn is_hashed(&self, text: &str) -> bool {
        self.hashers.is_hashed(text)
    }

    /// Compares a password with what is stored for a user, or does the same work and says no when there is
    /// no such user, or none that can log in by password (A-013).
    ///
    /// # Errors
    /// The pool is busy, or what is stored can't be checked.
    pub async fn verify(&self, stored: Option<&str>, password: &str) -> Result<bool, HashPoolError> {
        let Some(stored) = stored.filter(|stored| stored.contains(':')) else {
            self.compare(self.nobody().await?, password).await?;
            return Ok(false);
        };
        let remembered = self.remembered(stored, password);
        if remembered.is_some_and(|key| self.correct.get(&key).is_some()) {
            return Ok(true);
        }
        let matches = self.compare(stored, password).await?;
        if let (true, Some(key)) = (matches, remembered) {
            self.correct.insert(key, ());
        }
        Ok(matches)
    }

    /// Whether [`HashPool::verify`] has found this password correct lately and would say so without hashing.
    pub fn remembers(&self, stored: &str, password: &str) -> bool {
        self.remembered(stored, password).is_some_and(|key| self.correct.get(&key).is_some())
    }

    /// Makes what users that don't exist are compared with, so that the first of them costs no more than the next.
    ///
    /// # Errors
    /// The pool is busy.
    pub async fn prepare(&self) -> Result<(), HashPoolError> {
        self.nobody().await.map(drop)
    }

    async fn nobody(&self) -> Result<&String, HashPoolError> {
        self.nobody.get_or_try_init(|| self.hash("nobody's password")).await
    }

    async fn compare(&self, stored: &str, password: &str) -> Result<bool, HashPoolError> {
        let (stored, password) = (stored.to_owned(), password.to_owned());
        self.run(move |hashers| hashers.verify(&stored, &password)).await
    }

    fn remembered(&self, stored: &str, password: &str) -> Option<[u8; 32]> {
        let mac = Hmac::<Sha256>::new_from_slice(self.key.as_ref()?).ok()?;
        // The length keeps (ab, c) and (a, bc) apart.
        let mac = mac.chain_update((stored.len() as u64).to_be_bytes()).chain_update(stored).chain_update(password);
        Some(mac.finalize().into_bytes().into())
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hashers) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, HashPoolError> {
        let turn = match self.turns.clone().try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => {
                let waiting = Waiting(&self.waiting);
                if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.queue {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    return Err(HashPoolError::Busy);
                }
                let turn = self.turns.clone().acquire_owned().await;
                drop(waiting);
                turn.map_err(|closed| HashPoolError::Interrupted(closed.to_string()))?
            }
        };
        let (hashers, made) = (self.hashers.clone(), self.made.clone());
        let done = tokio::task::spawn_blocking(move || {
            // Held by the thread: a request that is dropped doesn't stop its hash.
            let _turn = turn;
            made.fetch_add(1, Ordering::Relaxed);
            work(&hashers)
        });
        Ok(done.await.map_err(|error| HashPoolError::Interrupted(error.to_string()))??)
    }
}

#[cfg(test)]
#[path = "pool/tests.rs"]
mod tests;

use super::*;
use crate::auth::PasswordHasher;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Counts its work, and waits for a permission to go on when it is given a gate.
struct Counting {
    calls: Arc<AtomicUsize>,
    gate: Option<Mutex<Receiver<()>>>,
}

impl PasswordHasher for Counting {
    fn hash(&self, password: &[u8], _: &[u8]) -> Result<String, PasswordError> {
        Ok(String::from_utf8_lossy(password).into_owned())
    }

    fn verify(&self, hashed: &str, password: &[u8], _: &[u8]) -> bool {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = &self.gate {
            let _ = gate.lock().unwrap().recv_timeout(Duration::from_secs(10));
        }
        hashed.as_bytes() == password
    }
}

fn pool(gate: Option<Receiver<()>>, settings: HashPoolSettings) -> (Arc<HashPool>, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let hasher = Counting { calls: calls.clone(), gate: gate.map(Mutex::new) };
    let mut hashers = Hashers::default();
    hashers.register("count", Arc::new(hasher)).set_default("count");
    (Arc::new(HashPool::new(hashers, settings)), calls)
}

#[tokio::test]
async fn correct_passwords_are_remembered_and_wrong_ones_are_not_a_006() {
    let (pool, calls) = pool(None, HashPoolSettings::default());
    let stored = pool.hash("right").await.unwrap();
    for _ in 0..3 {
        assert!(pool.verify(Some(&stored), "right").await.unwrap());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    for _ in 0..3 {
        assert!(!pool.verify(Some(&stored), "wrong").await.unwrap());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 4);
    // A new password takes the place of the old one at once.
    let changed = pool.hash("other").await.unwrap();
    assert!(!pool.verify(Some(&changed), "right").await.unwrap());
}

#[tokio::test]
async fn nobody_costs_as_much_as_a_wrong_password_and_never_gets_in() {
    let (pool, calls) = pool(None, HashPoolSettings::default());
    for (at, stored) in [None, None, Some(""), Some("no colon")].into_iter().enumerate() {
        assert!(!pool.verify(stored, "nobody's password").await.unwrap());
        assert_eq!(calls.load(Ordering::SeqCst), at + 1);
    }
    // One more than the comparisons: what nobody is compared with had to be made once.
    assert_eq!(pool.load().made, 5);
}

/// Row S-060 ⚠: a wrong password of a user and one of nobody are the same work, one hash with the same parameters.
#[tokio::test]
async fn nobody_is_compared_with_a_hash_of_the_same_parameters_s_060() {
    let pool = HashPool::new(Hashers::default(), HashPoolSettings::default());
    let parameters = |stored: &str| {
        let parts: Vec<&str> = stored.split('$').collect();
        assert_eq!(parts.len(), 6, "{stored}");
        (parts[0].split(':').next().map(str::to_owned), parts[1..4].join("$"), parts[4].len(), parts[5].len())
    };
    let (stored, nobody) = (pool.hash("secret").await.unwrap(), pool.nobody().await.unwrap());
    assert_eq!(parameters(&stored), parameters(nobody));
    for stored in [Some(stored.as_str()), None] {
        let before = pool.load().made;
        assert!(!pool.verify(stored, "wrong").await.unwrap());
        assert_eq!(pool.load().made - before, 1, "{stored:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beyond_workers_and_queue_the_pool_is_busy_and_recovers_a_006() {
    let (open, gate) = channel();
    let (pool, calls) = pool(Some(gate), HashPoolSettings { workers: 1, queue: 2 });
    let checks: Vec<_> = (0..3)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.verify(Some("count:s:p"), "p").await })
        })
        .collect();
    while pool.waiting.load(Ordering::SeqCst) < 2 || calls.load(Ordering::SeqCst) < 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(pool.verify(Some("count:s:p"), "p").await, Err(HashPoolError::Busy));
    // Who gives up leaves the queue.
    checks[1].abort();
    checks[2].abort();
    while pool.waiting.load(Ordering::SeqCst) > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    open.send(()).unwrap();
    let first = checks.into_iter().next().unwrap().await.unwrap();
    assert_eq!(first, Ok(true));
    open.send(()).unwrap();
    assert_eq!(pool.verify(Some("count:s:q"), "q").await, Ok(true));
}

#[tokio::test]
async fn an_unknown_algorithm_is_an_error_that_says_what_to_do() {
    let (pool, _) = pool(None, HashPoolSettings::default());
    let error = pool.verify(Some("md5:a:b"), "x").await.unwrap_err();
    assert!(error.to_string().contains("register one under that name"));
}

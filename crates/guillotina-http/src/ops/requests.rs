//! Counts and times of requests, kept apart for each processor so that threads don't wait for each other's memory.

use guillotina_content::registration::Method;
use std::array::from_fn;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// Upper bounds of the histogram's buckets, in microseconds; what is slower than the last is in one bucket more.
const BOUNDS: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];
const BUCKETS: usize = BOUNDS.len() + 1;

/// The classes of answers; the first is of those that nobody waited for any more.
const CLASSES: [&str; 6] = ["gone", "1xx", "2xx", "3xx", "4xx", "5xx"];

/// The methods that services can have, and one for all others.
const METHODS: usize = Method::ALL.len() + 1;

/// Most processors that have counters of their own.
const LANES: usize = 64;

/// The counters of one processor, more or less: of the threads that share a lane. The alignment keeps lanes in memory
/// of their own.
#[repr(align(128))]
struct Lane {
    begun: AtomicU64,
    methods: [Counters; METHODS],
}

struct Counters {
    classes: [AtomicU64; CLASSES.len()],
    buckets: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

/// Counts requests and measures how long they take to be answered.
pub(crate) struct Requests {
    lanes: Box<[Lane]>,
}

/// A request under way; counted when it is dropped, at the latest when its client is gone.
pub(crate) struct Timing<'a> {
    requests: &'a Requests,
    method: usize,
    class: usize,
    began: Instant,
}

/// What was counted for one method.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Counted {
    pub(crate) method: &'static str,
    /// By class of the answer.
    pub(crate) classes: [(&'static str, u64); CLASSES.len()],
    /// How many took up to so many seconds and longer than the bucket before; the last bound is infinite.
    pub(crate) buckets: [(f64, u64); BUCKETS],
    /// All together, in seconds.
    pub(crate) sum: f64,
}

impl Requests {
    pub(crate) fn new() -> Requests {
        let lanes = available_parallelism().map_or(1, NonZeroUsize::get).next_power_of_two().min(LANES);
        Requests { lanes: (0..lanes).map(|_| Lane::new()).collect() }
    }

    /// A request has come.
    pub(crate) fn begin(&self, method: &http::Method) -> Timing<'_> {
        self.lane().begun.fetch_add(1, Relaxed);
        let method = Method::parse(method.as_str()).and_then(|method| Method::ALL.iter().position(|m| *m == method));
        Timing { requests: self, method: method.unwrap_or(METHODS - 1), class: 0, began: Instant::now() }
    }

    fn lane(&self) -> &Lane {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static LANE: usize = NEXT.fetch_add(1, Relaxed);
        }
        // A power of two of them.
        &self.lanes[LANE.with(|lane| *lane) & (self.lanes.len() - 1)]
    }

    /// How many are under way.
    pub(crate) fn in_flight(&self) -> u64 {
        // The ends first: a request that begins meanwhile must not be counted as ended only.
        let ended: u64 = (0..METHODS).map(|method| self.sum(|lane| &lane.methods[method].classes)).sum();
        let begun: u64 = self.lanes.iter().map(|lane| lane.begun.load(Relaxed)).sum();
        begun.saturating_sub(ended)
    }

    fn sum<'a, const N: usize>(&'a self, of: impl Fn(&'a Lane) -> &'a [AtomicU64; N]) -> u64 {
        self.lanes.iter().flat_map(of).map(|n| n.load(Relaxed)).sum()
    }

    /// What was counted for each method that was asked for.
    pub(crate) fn counted(&self) -> Vec<Counted> {
        let words = Method::ALL.map(Method::as_str).into_iter().chain(["other"]);
        let all = words.enumerate().map(|(method, word)| {
            let total =
                |of: &dyn Fn(&Counters) -> u64| -> u64 { self.lanes.iter().map(|l| of(&l.methods[method])).sum() };
            Counted {
                method: word,
                classes: from_fn(|class| (CLASSES[class], total(&|c| c.classes[class].load(Relaxed)))),
                buckets: from_fn(|bucket| (bound(bucket), total(&|c| c.buckets[bucket].load(Relaxed)))),
                sum: Duration::from_nanos(total(&|c| c.nanos.load(Relaxed))).as_secs_f64(),
            }
        });
        all.filter(|counted| counted.classes.iter().any(|(_, count)| *count > 0)).collect()
    }
}

/// The upper bound of a bucket in seconds.
fn bound(bucket: usize) -> f64 {
    BOUNDS.get(bucket).map_or(f64::MAX, |micros| Duration::from_micros(*micros).as_secs_f64())
}

impl Lane {
    fn new() -> Lane {
        let counters =
            |_| Counters { classes: Default::default(), buckets: Default::default(), nanos: AtomicU64::new(0) };
        Lane { begun: AtomicU64::new(0), methods: from_fn(counters) }
    }
}

impl Timing<'_> {
    /// The answer is there; how long it took.
    pub(crate) fn answered(mut self, status: u16) -> Duration {
        self.class = usize::from(status / 100).min(CLASSES.len() - 1);
        self.began.elapsed()
    }
}

impl Drop for Timing<'_> {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        // A panic is answered 500 by whoever catches it.
        let class = if std::thread::panicking() { 5 } else { self.class };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BUCKETS - 1);
        let counters = &self.requests.lane().methods[self.method];
        counters.classes[class].fetch_add(1, Relaxed);
        counters.buckets[bucket].fetch_add(1, Relaxed);
        counters.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(counted: &Counted, class: &str) -> u64 {
        counted.classes.iter().find(|(name, _)| *name == class).unwrap().1
    }

    #[test]
    fn every_request_is_counted_once_from_whatever_thread() {
        let requests = Requests::new();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for n in 0..1_000_u16 {
                        let timing = requests.begin(&http::Method::GET);
                        timing.answered([200, 204, 302, 404, 500][usize::from(n % 5)]);
                    }
                });
            }
        });
        let all = requests.counted();
        assert_eq!(all.len(), 1);
        let get = &all[0];
        assert_eq!(get.method, "GET");
        let of = ["gone", "1xx", "2xx", "3xx", "4xx", "5xx"].map(|class| count(get, class));
        assert_eq!(of, [0, 0, 3_200, 1_600, 1_600, 1_600]);
        assert_eq!(get.buckets.iter().map(|(_, n)| n).sum::<u64>(), 8_000);
        assert!(get.sum > 0.0);
        assert_eq!(requests.in_flight(), 0);
    }

    #[test]
    fn a_client_that_went_away_is_counted_too() {
        let requests = Requests::new();
        let timing = requests.begin(&http::Method::from_bytes(b"PURGE").unwrap());
        assert_eq!(requests.in_flight(), 1);
        drop(timing);
        assert_eq!(requests.in_flight(), 0);
        let all = requests.counted();
        assert_eq!((all[0].method, count(&all[0], "gone")), ("other", 1));
    }

    #[test]
    fn what_is_slow_is_in_the_last_bucket() {
        let requests = Requests::new();
        let began = Instant::now().checked_sub(Duration::from_secs(11)).unwrap();
        drop(Timing { requests: &requests, method: 0, class: 2, began });
        let last = *requests.counted()[0].buckets.last().unwrap();
        assert_eq!(last, (f64::MAX, 1));
        assert!((requests.counted()[0].sum - 11.0).abs() < 0.5);
    }
}

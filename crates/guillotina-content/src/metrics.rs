//! [`Metrics`]: what plugins count, for operators. `/metrics` shows it beside what the server counts itself.

use crate::error::{Error, Result};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Most bytes of a name.
const LONGEST_NAME: usize = 100;

/// How no name ends: the text for Prometheus gives counters the first ending itself, and has uses of its own for the others.
const ENDINGS: [&str; 6] = ["_total", "_created", "_bucket", "_count", "_sum", "_info"];

/// Most metrics of one application, so that a name made of data does not fill the memory.
const MOST: usize = 1_000;

/// The metrics of one application; see [`App::metrics`](crate::App::metrics).
///
/// A name has at most 100 small letters, digits and `_`, and begins with a letter; best with the name of the application. It
/// does not end with `_total`, `_created`, `_bucket`, `_count`, `_sum` or `_info`, which have a meaning in the text for
/// Prometheus. Asking for the same name again gives the same metric.
///
/// ```
/// use guillotina_content::metrics::Metrics;
/// let metrics = Metrics::default();
/// let letters = metrics.counter("my_plugin_letters", "Letters that were posted.")?;
/// letters.add(2);
/// assert_eq!(metrics.counter("my_plugin_letters", "")?.value(), 2);
/// assert!(metrics.gauge("my_plugin_letters", "").is_err());
/// # Ok::<(), guillotina_content::Error>(())
/// ```
#[derive(Default)]
pub struct Metrics(Mutex<BTreeMap<Arc<str>, Entry>>);

#[derive(Clone)]
struct Entry {
    help: Arc<str>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Counter(Counter),
    Gauge(Gauge),
    Observed(Vec<Observe>),
}

type Observe = Arc<dyn Fn() -> f64 + Send + Sync>;

/// A number that only grows. Cheap to clone: clones count together. `/metrics` shows it with the ending `_total`.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Counts `n` more: one relaxed addition, from any thread.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// How many were counted.
    pub fn value(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down. Cheap to clone: clones are the same number.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<AtomicI64>);

impl Gauge {
    /// Adds `n`, which may be negative: one relaxed addition, from any thread.
    pub fn add(&self, n: i64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// Makes it `n`.
    pub fn set(&self, n: i64) {
        self.0.store(n, Relaxed);
    }

    /// What it is.
    pub fn value(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// The value of a metric when it is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Of a [`Counter`].
    Counter(u64),
    /// Of a [`Gauge`], or of what is observed.
    Gauge(f64),
}

impl Metrics {
    /// The counter of that name. `help` says in one sentence what it counts.
    ///
    /// # Errors
    /// When the name is malformed or stands for something else, or there are 1,000 metrics already.
    pub fn counter(&self, name: &str, help: &str) -> Result<Counter> {
        self.entry(
            name,
            help,
            || Source::Counter(Counter::default()),
            |source| match source {
                Source::Counter(counter) => Some(counter.clone()),
                _ => None,
            },
        )
    }

    /// The gauge of that name.
    ///
    /// # Errors
    /// As [`counter`](Metrics::counter).
    pub fn gauge(&self, name: &str, help: &str) -> Result<Gauge> {
        self.entry(
            name,
            help,
            || Source::Gauge(Gauge::default()),
            |source| match source {
                Source::Gauge(gauge) => Some(gauge.clone()),
                _ => None,
            },
        )
    }

    /// A gauge that `value` tells each time that somebody asks, such as the length of a queue. When several observe under one
    /// name, their sum is shown. It must not wait. When one panics, that is logged, and the metric left out.
    ///
    /// # Errors
    /// As [`counter`](Metrics::counter), or when 1,000 observe under the name already.
    pub fn observe(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) -> Result<()> {
        self.entry(
            name,
            help,
            || Source::Observed(Vec::new()),
            |source| match source {
                Source::Observed(all) if all.len() < MOST => {
                    all.push(Arc::new(value));
                    Some(())
                }
                _ => None,
            },
        )
    }

    fn entry<T>(
        &self,
        name: &str,
        help: &str,
        make: impl FnOnce() -> Source,
        take: impl FnOnce(&mut Source) -> Option<T>,
    ) -> Result<T> {
        if !is_name(name) {
            return Err(Error::internal(format!(
                "{name:?} cannot be the name of a metric: use at most {LONGEST_NAME} small letters, digits and _, a letter first, \
                 such as my_plugin_letters, and none of the endings {}",
                ENDINGS.join(", ")
            )));
        }
        let mut all = self.0.lock();
        if !all.contains_key(name) && all.len() >= MOST {
            return Err(Error::internal(format!(
                "there are {MOST} metrics already: {name:?} is not made; make no names out of data"
            )));
        }
        let entry = all.entry(name.into()).or_insert_with(|| Entry { help: help.into(), source: make() });
        take(&mut entry.source).ok_or_else(|| {
            Error::internal(format!(
                "the metric {name:?} is of another kind already, or observed by too many: choose another name"
            ))
        })
    }

    /// Tells `f` the name, the help and the value of each, by name. What could not be observed is left out.
    pub fn read(&self, mut f: impl FnMut(&str, &str, Reading)) {
        // What is observed may ask for metrics itself.
        let all: Vec<_> = self.0.lock().iter().map(|(name, entry)| (name.clone(), entry.clone())).collect();
        for (name, entry) in all {
            let reading = match &entry.source {
                Source::Counter(counter) => Reading::Counter(counter.value()),
                Source::Gauge(gauge) => Reading::Gauge(gauge.value() as f64),
                Source::Observed(all) => match observed(all) {
                    Some(sum) => Reading::Gauge(sum),
                    None => {
                        tracing::error!(metric = &*name, "the observer of a metric panicked: the metric is left out");
                        continue;
                    }
                },
            };
            f(&name, &entry.help, reading);
        }
    }
}

/// The sum of what is observed; `None` when one of them panicked, since the rest is not the sum.
fn observed(all: &[Observe]) -> Option<f64> {
    all.iter().map(|value| catch_unwind(AssertUnwindSafe(|| value())).ok()).sum()
}

fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() <= LONGEST_NAME
        && name.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && name.bytes().all(known)
        && !ENDINGS.iter().any(|ending| name.ends_with(ending))
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.lock().keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(metrics: &Metrics) -> Vec<(String, String, Reading)> {
        let mut found = Vec::new();
        metrics.read(|name, help, reading| found.push((name.to_owned(), help.to_owned(), reading)));
        found
    }

    #[test]
    fn each_is_read_by_name_with_its_first_help() {
        let metrics = Metrics::default();
        let counter = metrics.counter("b", "B.").unwrap();
        let again = metrics.counter("b", "Other.").unwrap();
        counter.add(2);
        again.add(3);
        let gauge = metrics.gauge("a", "A.").unwrap();
        gauge.set(5);
        gauge.add(-7);
        for n in [1.0, 2.5] {
            metrics.observe("c", "C.", move || n).unwrap();
        }
        let text = |text: &str| text.to_owned();
        assert_eq!(
            all(&metrics),
            [
                (text("a"), text("A."), Reading::Gauge(-2.0)),
                (text("b"), text("B."), Reading::Counter(5)),
                (text("c"), text("C."), Reading::Gauge(3.5)),
            ]
        );
    }

    #[test]
    fn a_name_is_one_thing_and_well_formed() {
        let metrics = Metrics::default();
        metrics.counter("one", "").unwrap();
        assert!(metrics.gauge("one", "").unwrap_err().to_string().contains("choose another name"));
        assert!(metrics.observe("one", "", || 0.0).is_err());
        let long = "x".repeat(LONGEST_NAME + 1);
        for bad in ["", "1st", "_x", "Upper", "a-b", "a b", "é", "letters_total", "x_bucket", long.as_str()] {
            let error = metrics.counter(bad, "").unwrap_err().to_string();
            assert!(error.contains("cannot be the name") && error.contains("at most 100"), "{bad}: {error}");
            assert!(ENDINGS.iter().all(|ending| error.contains(ending)), "{error}");
        }
        assert_eq!(all(&metrics).len(), 1);
    }

    #[test]
    fn an_observer_that_panics_takes_nothing_but_its_own_metric_away() {
        let metrics = Metrics::default();
        metrics.counter("a", "A.").unwrap().add(1);
        metrics.observe("b", "B.", || 1.0).unwrap();
        metrics.observe("b", "B.", || panic!("a defect of a plugin")).unwrap();
        metrics.observe("c", "C.", || 2.0).unwrap();
        let names: Vec<String> = all(&metrics).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[test]
    fn there_is_an_end_to_them() {
        let metrics = Metrics::default();
        for n in 0..MOST {
            metrics.counter(&format!("n{n}"), "").unwrap();
        }
        assert!(metrics.counter("more", "").is_err());
        assert!(metrics.counter("n1", "").is_ok());
    }
}

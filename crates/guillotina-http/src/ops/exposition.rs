//! The text that Prometheus reads. Everything is worked out when it is asked for, from counters that are kept anyway.

use super::Ops;
use crate::wire::Traffic;
use guillotina_content::metrics::Reading;
use guillotina_content::{App, Database};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use rustc_hash::FxHashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// All metrics of one server.
pub(crate) struct Exposition(Registry);

/// Where they come from.
struct Sources {
    app: App,
    ops: Arc<Ops>,
    traffic: Box<dyn Fn() -> Traffic + Send + Sync>,
    /// In seconds since 1970.
    started: f64,
}

impl Exposition {
    pub(crate) fn new(app: App, ops: Arc<Ops>, traffic: impl Fn() -> Traffic + Send + Sync + 'static) -> Exposition {
        let started = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Sources { app, ops, traffic: Box::new(traffic), started }));
        Exposition(registry)
    }

    /// The text.
    pub(crate) fn render(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        // Writing into a text cannot fail; if it did, what is there has no end mark and Prometheus refuses it.
        let _ = encode(&mut text, &self.0);
        text
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

impl Collector for Sources {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page { encoder, written: FxHashSet::default() };
        self.process(&mut page)?;
        self.requests(&mut page)?;
        self.traffic(&mut page)?;
        self.databases(&mut page)?;
        self.logins(&mut page)?;
        self.plugins(&mut page)
    }
}

impl Sources {
    fn process(&self, page: &mut Page<'_>) -> fmt::Result {
        page.info("guillotina_build", "The version of the server.", &[("version", env!("CARGO_PKG_VERSION"))])?;
        page.gauge("process_start_time_seconds", "When the server started, since 1970.", self.started)?;
        if let Some(bytes) = resident_bytes() {
            page.gauge("process_resident_memory_bytes", "Memory that the process has.", bytes)?;
        }
        match open_files() {
            Some(count) => page.gauge("process_open_fds", "Files and connections that the process has open.", count),
            None => Ok(()),
        }
    }

    fn requests(&self, page: &mut Page<'_>) -> fmt::Result {
        let requests = &self.ops.requests;
        page.gauge(
            "guillotina_http_requests_in_flight",
            "Requests that are being answered.",
            requests.in_flight() as f64,
        )?;
        let all = requests.counted();
        let rows = all.iter().flat_map(|counted| {
            let seen = counted.classes.into_iter().filter(|(_, count)| *count > 0);
            seen.map(|(class, count)| ([("method", counted.method), ("status", class)], count))
        });
        page.counters(
            "guillotina_http_requests",
            "Requests by method and class of the answer; `gone`: the client did not wait for it.",
            rows,
        )?;
        let help = "Time from the head of a request to its answer, without sending that.";
        let mut family = page.begin("guillotina_http_request_duration_seconds", help, MetricType::Histogram)?;
        for counted in &all {
            let count = counted.buckets.iter().map(|(_, count)| count).sum();
            let labels = [("method", counted.method)];
            family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(
                counted.sum,
                count,
                &counted.buckets,
                None,
            )?;
        }
        Ok(())
    }

    fn traffic(&self, page: &mut Page<'_>) -> fmt::Result {
        let now = (self.traffic)();
        page.gauge("guillotina_connections", "Open connections, sockets among them.", now.connections as f64)?;
        page.counters(
            "guillotina_connections_refused",
            "Connections that were turned away: too many in all, or of one address.",
            [([("reason", "full")], now.refused_full), ([("reason", "address")], now.refused_address)],
        )?;
        page.gauge("guillotina_websockets", "Open WebSockets.", now.sockets as f64)?;
        page.counter("guillotina_websockets_opened", "WebSockets that were opened.", now.sockets_opened)?;
        let word = |code: Option<u16>| code.map_or("other".to_owned(), |code| code.to_string());
        let codes: Vec<_> = now.closings.by_code().map(|(code, count)| (word(code), count)).collect();
        page.counters(
            "guillotina_websockets_closed",
            "WebSockets that the server has closed, by code.",
            codes.iter().map(|(code, count)| ([("code", code.as_str())], *count)),
        )?;
        let waiting = "Frames that wait in the queues of WebSockets.";
        page.gauge("guillotina_websocket_frames_waiting", waiting, now.waiting_frames as f64)
    }

    fn databases(&self, page: &mut Page<'_>) -> fmt::Result {
        let databases = self.app.databases();
        let stats: Vec<_> = databases.iter().map(|d| (&**d.name(), d.storage().stats())).collect();
        transactions(page, &databases)?;
        let counts =
            |of: fn(&guillotina_db::Stats) -> u64| stats.iter().map(move |(name, s)| ([("database", *name)], of(s)));
        let sizes = |of: fn(&guillotina_db::Stats) -> usize| {
            stats.iter().map(move |(name, s)| ([("database", *name)], of(s) as f64))
        };
        page.counters("guillotina_commits", "Commits that are durable.", counts(|s| s.engine.commits))?;
        page.counters("guillotina_commit_groups", "Durable writes that they shared.", counts(|s| s.engine.groups))?;
        page.counters("guillotina_conflicts", "Commits that came too late.", counts(|s| s.engine.conflicts))?;
        page.gauges("guillotina_commit_queue", "Commits that wait for the writer.", sizes(|s| s.engine.queued))?;
        page.gauges("guillotina_snapshots", "Open snapshots, each with a connection.", sizes(|s| s.engine.reading))?;
        page.gauges("guillotina_hot_objects", "Objects that writers wait in line for.", sizes(|s| s.hot.objects))?;
        page.gauges("guillotina_hot_waiting", "Writers that wait in these lines.", sizes(|s| s.hot.waiting))?;
        page.counters("guillotina_cache_hits", "Objects that the cache had.", counts(|s| s.cache.hits))?;
        page.counters("guillotina_cache_misses", "Objects that it had not.", counts(|s| s.cache.misses))?;
        page.gauges("guillotina_cache_entries", "Entries of the cache.", sizes(|s| s.cache.entries))?;
        page.gauges("guillotina_cache_bytes", "Estimated size of the cache.", sizes(|s| s.cache.bytes))
    }

    fn logins(&self, page: &mut Page<'_>) -> fmt::Result {
        let load = self.app.auth().hashing();
        page.counter("guillotina_password_hashes", "Password hashes that were made or compared with.", load.made)?;
        page.gauge("guillotina_password_hashes_running", "Password hashes that are being made.", load.running as f64)?;
        page.gauge("guillotina_password_hashes_waiting", "Requests that wait for one.", load.waiting as f64)?;
        page.counter("guillotina_password_hashes_refused", "Requests that were answered 429 for it.", load.refused)?;
        let refused = "Attempts to log in that were answered 429, after too many wrong passwords.";
        page.counter("guillotina_logins_refused", refused, self.app.auth().refused_logins())
    }

    /// What plugins count, and what of the server's own is counted where it happens.
    fn plugins(&self, page: &mut Page<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.app.metrics().read(|name, help, reading| {
            let help = &escaped(help);
            // Prometheus refuses a text in which a name stands twice.
            if result.is_ok() && !page.written.contains(name) {
                result = match reading {
                    Reading::Counter(count) => page.counter(name, help, count),
                    Reading::Gauge(value) => page.gauge(name, help, value),
                };
            }
        });
        result
    }
}

fn transactions(page: &mut Page<'_>, databases: &[Database]) -> fmt::Result {
    let stats: Vec<_> = databases.iter().map(|d| (&**d.name(), d.transactions())).collect();
    let outcomes = stats.iter().flat_map(|(name, t)| {
        [("written", t.written), ("read", t.read), ("failed", t.failed)]
            .map(|(outcome, count)| ([("database", *name), ("outcome", outcome)], count))
    });
    page.counters("guillotina_transactions", "Transactions by what became of them.", outcomes)?;
    let replays = stats.iter().map(|(name, t)| ([("database", *name)], t.replays));
    page.counters("guillotina_transaction_replays", "Replays of transactions after a conflict.", replays)
}

/// Writes metrics one after the other. Names of counters get the ending `_total`.
struct Page<'a> {
    encoder: DescriptorEncoder<'a>,
    written: FxHashSet<String>,
}

impl Page<'_> {
    fn begin<'s>(
        &'s mut self,
        name: &'s str,
        help: &'s str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.written.insert(name.to_owned());
        self.encoder.encode_descriptor(name, help, None, kind)
    }

    fn info(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) -> fmt::Result {
        self.begin(name, help, MetricType::Info)?.encode_info(&labels)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        ConstCounter::new(value).encode(self.begin(name, help, MetricType::Counter)?)
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        ConstGauge::new(value).encode(self.begin(name, help, MetricType::Gauge)?)
    }

    fn counters<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = ([(&'l str, &'l str); N], u64)>,
    ) -> fmt::Result {
        let mut family = self.begin(name, help, MetricType::Counter)?;
        rows.into_iter().try_for_each(|(labels, n)| ConstCounter::new(n).encode(family.encode_family(&labels)?))
    }

    fn gauges<'l, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = ([(&'l str, &'l str); N], f64)>,
    ) -> fmt::Result {
        let mut family = self.begin(name, help, MetricType::Gauge)?;
        rows.into_iter().try_for_each(|(labels, n)| ConstGauge::new(n).encode(family.encode_family(&labels)?))
    }
}

/// A help text as one line of the format.
fn escaped(help: &str) -> String {
    help.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")
}

/// As Linux tells it; elsewhere it is left out.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

fn open_files() -> Option<f64> {
    // The folder that is being read is one of them.
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn what_plugins_count_comes_after_the_servers_own_and_takes_no_name_of_it() {
        let text = "[databases.db]\nstorage = \"DUMMY\"\n";
        let configured = App::builder(&[]).settings_text("settings.toml", text).configure();
        let app = configured.map_err(|d| d.to_string()).unwrap().start().await.map_err(|d| d.to_string()).unwrap();
        app.metrics().counter("post_letters", "Letters,\n\"all\" of C:\\post.").unwrap().add(2);
        app.metrics().gauge("post_boxes", "Boxes.").unwrap().set(-1);
        app.metrics().observe("post_queue", "Waiting.", || 1.5).unwrap();
        app.metrics().counter("guillotina_websockets_opened", "Mine.").unwrap().add(7);
        let traffic = || Traffic { waiting_frames: 3, ..Traffic::default() };
        let exposition = Exposition::new(app.clone(), Ops::new(app.clone(), CancellationToken::new()), traffic);
        let text = exposition.render();
        for lines in [
            "# HELP post_letters Letters,\\n\\\"all\\\" of C:\\\\post.\n# TYPE post_letters counter\npost_letters_total 2\n",
            "# TYPE post_boxes gauge\npost_boxes -1.0\n",
            "# TYPE post_queue gauge\npost_queue 1.5\n",
            "\nguillotina_websockets_opened_total 0\n",
            "\nguillotina_websocket_frames_waiting 3.0\n",
        ] {
            assert!(text.contains(lines), "{lines} in\n{text}");
        }
        assert_eq!(text.matches("# TYPE guillotina_websockets_opened ").count(), 1);
        assert!(text.ends_with("# EOF\n"));
        app.stop().await;
    }
}

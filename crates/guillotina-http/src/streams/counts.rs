//! What operators see of streams; all streams of one application count together.

use guillotina_content::App;
use guillotina_content::metrics::{Counter, Metrics};
use guillotina_db::Logged;
use tokio::sync::mpsc::WeakSender;

pub(super) struct Counts {
    pub delivered: Counter,
    pub replayed: Counter,
    pub resets: Counter,
    pub dropped: Counter,
}

impl Counts {
    /// The counters, and the length of that queue.
    pub fn new(app: &App, queue: WeakSender<Logged>) -> Counts {
        let metrics = app.metrics();
        let waiting = move || queue.upgrade().map_or(0.0, |queue| (queue.max_capacity() - queue.capacity()) as f64);
        let observed = metrics.observe("guillotina_stream_queue", "Frames that wait to be delivered.", waiting);
        if let Err(error) = observed {
            tracing::warn!(%error, "the queue of a stream is not shown to operators");
        }
        Counts {
            delivered: counter(metrics, "guillotina_stream_frames_delivered", "Frames that went to a socket live."),
            replayed: counter(metrics, "guillotina_stream_frames_replayed", "Frames that a socket had missed."),
            resets: counter(metrics, "guillotina_stream_resets", "Clients that were told to read anew."),
            dropped: counter(metrics, "guillotina_stream_frames_dropped", "Frames that found the queue full."),
        }
    }
}

/// Without the name, which a plugin may have taken for something else, nobody sees the counter.
fn counter(metrics: &Metrics, name: &str, help: &str) -> Counter {
    metrics.counter(name, help).unwrap_or_else(|error| {
        tracing::warn!(%error, "a counter of streams is not shown to operators");
        Counter::default()
    })
}

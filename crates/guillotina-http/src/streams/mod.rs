//! [`Streams`]: live frames that nobody loses.
//!
//! What [`Tx::publish`](guillotina_content::Tx::publish) sends is written to the database's log by the commit, and goes to the
//! sockets in the order of the commits. Each frame has the key `position`. A client that comes back with the last
//! one it saw gets what it missed, read from the log, and then what comes; so neither a lost connection, nor a slow reader
//! that was cut, nor a restart of the server loses a frame.
//!
//! ```
//! use guillotina_http::streams::user_channel;
//! use guillotina_http::{App, Container, Content, Request, Result, Shutdown, Streams, Subscription, WebSocket};
//!
//! struct Sender {
//!     streams: Streams,
//! }
//!
//! // In the three functions of a utility's life:
//! fn create(app: &App) -> Sender {
//!     Sender { streams: Streams::new(app, 65_536) }
//! }
//! async fn initialize(sender: &Sender, shutdown: Shutdown) {
//!     sender.streams.deliver(shutdown).await;
//! }
//! // In a service or subscriber: tx.publish(&message, [user_channel(&container, "bob")], summary)
//! // In a `#[websocket]`:
//! async fn listen(sender: &Sender, container: Content<Container>, socket: WebSocket, request: Request) -> Result {
//!     sender.streams.run(socket, Subscription::of_user(&container, &request)).await
//! }
//! # let _ = (create, initialize, listen, user_channel);
//! ```

mod counts;
mod seam;
mod subscription;

pub use subscription::{Since, Subscription, user_channel};

use crate::socket::WebSocket;
use crate::wire::{Frame, Message, WebSocketSender, close_code};
use counts::Counts;
use guillotina_content::{App, Error, Position, Result, Shutdown};
use guillotina_db::Logged;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use seam::Seam;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Mutex, Semaphore, mpsc};

/// Frames of one read of the log.
const PAGE: u32 = 64;

/// Reads of the log at a time, so that all who come back after a restart leave connections for requests.
const READS: usize = 4;

/// Live sockets by channel, and what is on its way to them. A utility keeps one, and runs [`deliver`](Streams::deliver) for
/// it. Cheap to clone: clones share the sockets.
#[derive(Clone)]
pub struct Streams(Arc<Inner>);

struct Inner {
    live: RwLock<FxHashMap<Arc<str>, Vec<Arc<Listener>>>>,
    reads: Semaphore,
    ids: AtomicU64,
    committed: Mutex<mpsc::Receiver<Logged>>,
    counts: Counts,
}

/// A socket that listens.
struct Listener {
    id: u64,
    socket: WebSocketSender,
    seam: Seam<Frame>,
}

impl Streams {
    /// Streams of what is published in the databases of an application. `queue` frames may wait to be delivered; sockets
    /// that would miss one beyond that are told to come back (1013).
    pub fn new(app: &App, queue: usize) -> Streams {
        let (queue, committed) = mpsc::channel(queue.max(1));
        let streams = Streams(Arc::new(Inner {
            live: RwLock::default(),
            reads: Semaphore::new(READS),
            ids: AtomicU64::new(1),
            committed: Mutex::new(committed),
            counts: Counts::new(app, queue.downgrade()),
        }));
        for database in app.databases() {
            let (streams, queue) = (streams.clone(), queue.clone());
            // On the writer's thread: what has listeners is handed over, and nothing is waited for.
            database.storage().listen(Arc::new(move |logged| {
                for one in logged.iter().filter(|one| streams.is_wanted(one)) {
                    if queue.try_send(one.clone()).is_err() {
                        streams.send_away(one);
                    }
                }
            }));
        }
        streams
    }

    /// How many sockets listen; one that listens to several channels counts once for each.
    pub fn len(&self) -> usize {
        self.0.live.read().values().map(Vec::len).sum()
    }

    /// Whether none does.
    pub fn is_empty(&self) -> bool {
        self.0.live.read().is_empty()
    }

    fn is_wanted(&self, logged: &Logged) -> bool {
        let live = self.0.live.read();
        !live.is_empty() && logged.entry.channels.iter().any(|channel| live.contains_key(channel))
    }

    /// The queue is full: those who would miss the frame come back for it.
    fn send_away(&self, logged: &Logged) {
        self.0.counts.dropped.add(1);
        self.each(logged, |listener| {
            let reason = "too many frames wait: connect again and ask for what you missed";
            listener.socket.close(close_code::TRY_AGAIN_LATER, reason);
        });
    }

    /// Delivers to the sockets what is committed, until the server stops: the background work of a utility.
    pub async fn deliver(&self, shutdown: Shutdown) {
        let mut committed = self.0.committed.lock().await;
        while let Some(Some(logged)) = shutdown.or(committed.recv()).await {
            let frame = encode(&logged);
            let mut sent = 0;
            self.each(&logged, |listener| {
                listener.seam.deliver(logged.position, frame.clone(), |frame| {
                    listener.send(frame);
                    sent += 1;
                });
            });
            self.0.counts.delivered.add(sent);
        }
    }

    fn each(&self, logged: &Logged, mut f: impl FnMut(&Listener)) {
        let live = self.0.live.read();
        let listeners = logged.entry.channels.iter().filter_map(|channel| live.get(channel)).flatten();
        listeners.for_each(|listener| f(listener));
    }

    fn register(&self, channels: &[Arc<str>], socket: WebSocketSender, seam: Seam<Frame>) -> Registered {
        let id = self.0.ids.fetch_add(1, Ordering::Relaxed);
        let listener = Arc::new(Listener { id, socket, seam });
        let mut live = self.0.live.write();
        for channel in channels {
            live.entry(channel.clone()).or_default().push(listener.clone());
        }
        Registered { streams: self.clone(), channels: channels.to_vec(), listener }
    }

    /// Gives a socket what it subscribes to, until it is closed: first what it missed since the position that it names, then
    /// what is committed from now on. `{"ping": true}` is answered with `{"pong": true}`, so that a client finds out whether
    /// it is still connected; what else it sends is ignored.
    ///
    /// Where the log can't tell what was missed, the client gets `{"reset": true, "position": N}`: it has to read anew
    /// what it shows, and N is where its stream goes on.
    ///
    /// # Errors
    /// When the log cannot be read; the client is told to come back (1013).
    pub async fn run(&self, socket: WebSocket, subscription: Subscription) -> Result<()> {
        let (sender, mut receiver) = socket.split();
        let seam = if subscription.since == Since::Now { Seam::live() } else { Seam::replaying() };
        // Before the log is read: whatever is committed from here on is held back, or in the log, or both.
        let registered = self.register(&subscription.channels, sender.clone(), seam);
        if let Since::After(position) = subscription.since {
            // In a box, so that a socket that only listens does not keep room for it.
            let mut replay = Box::pin(self.replay(&registered.listener, &subscription, position));
            // Many may wait for their turn: the client learns meanwhile that it is connected.
            let replayed = loop {
                tokio::select! {
                    replayed = &mut replay => break replayed,
                    message = receiver.next() => match message {
                        Some(message) => registered.listener.heard(&message),
                        None => return Ok(()),
                    },
                }
            };
            if let Err(error) = replayed {
                sender.close(close_code::TRY_AGAIN_LATER, "what you missed cannot be read now: connect again");
                receiver.drain().await;
                return Err(error);
            }
        }
        while let Some(message) = receiver.next().await {
            registered.listener.heard(&message);
        }
        Ok(())
    }

    /// Passes on what was held back; false when the log has to be read on first.
    fn go_live(&self, listener: &Listener, position: Position) -> bool {
        listener.seam.go_live(position, |frame| {
            listener.send(frame);
            self.0.counts.delivered.add(1);
        })
    }

    async fn replay(&self, listener: &Listener, subscription: &Subscription, since: Option<Position>) -> Result<()> {
        let mut after = since;
        loop {
            let page = {
                let _turn = self.0.reads.acquire().await.map_err(Error::internal)?;
                subscription.page(after, PAGE).await?
            };
            if !page.known {
                let reset = format!(r#"{{"reset":true,"position":{}}}"#, page.position);
                listener.send(Frame::text(reset));
                self.0.counts.resets.add(1);
            }
            for logged in &page.entries {
                if !listener.socket.ready().await {
                    return Ok(());
                }
                listener.send(encode(logged));
                self.0.counts.replayed.add(1);
            }
            after = Some(page.position);
            let all = !page.full && listener.socket.ready().await;
            if listener.socket.is_closed() || all && self.go_live(listener, page.position) {
                return Ok(());
            }
        }
    }
}

/// The answer to a ping.
const PONG: &str = r#"{"pong":true}"#;

/// Browsers show a page neither pings nor a connection that died without a word, so it asks by itself.
fn is_ping(message: &Message) -> bool {
    let Message::Text(text) = message else { return false };
    serde_json::from_str::<serde_json::Value>(text).is_ok_and(|said| said["ping"] == true)
}

impl Listener {
    fn heard(&self, message: &Message) {
        if is_ping(message) {
            self.send(Frame::text(PONG));
        }
    }

    fn send(&self, frame: Frame) {
        // A socket that is over, or too slow, says so itself.
        let _ = self.socket.send(frame);
    }
}

/// A socket that is registered, until it is dropped.
struct Registered {
    streams: Streams,
    channels: Vec<Arc<str>>,
    listener: Arc<Listener>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut live = self.streams.0.live.write();
        for channel in &self.channels {
            if let Some(listeners) = live.get_mut(channel) {
                listeners.retain(|listener| listener.id != self.listener.id);
                if listeners.is_empty() {
                    live.remove(channel);
                }
            }
        }
    }
}

/// The frame with its position, encoded once for all who get it. What was published is a JSON object.
fn encode(logged: &Logged) -> Frame {
    let payload = String::from_utf8_lossy(&logged.entry.payload);
    let open = payload.strip_suffix('}').unwrap_or("{");
    let comma = if open.ends_with('{') { "" } else { "," };
    Frame::text(format!(r#"{open}{comma}"position":{}}}"#, logged.position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use guillotina_db::LogEntry;

    #[test]
    fn what_is_a_ping() {
        let is = |text: &str| is_ping(&Message::Text(text.to_owned()));
        assert!(is(r#"{"ping":true}"#) && is(r#" {"ping": true, "n": 1} "#));
        for other in ["", "ping", "[]", "{}", r#"{"ping":false}"#, r#"{"ping":"true"}"#, r#"["ping"]"#] {
            assert!(!is(other), "{other}");
        }
        assert!(!is_ping(&Message::Binary(br#"{"ping":true}"#.as_slice().into())));
    }

    #[test]
    fn the_position_is_one_more_key() {
        let frame = |payload: &'static str| {
            let entry = LogEntry { channels: Arc::from([]), subject: None, payload: payload.into() };
            encode(&Logged { position: Position(7), entry })
        };
        assert_eq!(frame("{}"), Frame::text(r#"{"position":7}"#));
        assert_eq!(frame(r#"{"text":"}"}"#), Frame::text(r#"{"text":"}","position":7}"#));
    }
}

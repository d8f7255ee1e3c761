//! The server under test: one handler with a path for each behaviour.

use bytes::Bytes;
use futures_util::stream;
use guillotina_http::wire::{
    Ended, Frame, Handler, Incoming, Limits, Message, Reply, ReplyBody, Server, WebSocketSender,
};
use http::StatusCode;
use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[derive(Default)]
pub struct Seen {
    /// Requests that reached the handler.
    pub requests: AtomicUsize,
    /// Bodies that could not be read.
    pub body_errors: Mutex<Vec<u16>>,
    pub sockets: Mutex<Vec<WebSocketSender>>,
    pub sockets_ended: AtomicUsize,
    /// Endless replies that the server has given up.
    pub replies_dropped: AtomicUsize,
    /// What handlers wait for that take their time.
    pub go_on: Notify,
}

impl Seen {
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

pub struct Running {
    pub address: SocketAddr,
    pub seen: Arc<Seen>,
    pub stop: CancellationToken,
    pub task: JoinHandle<Ended>,
}

struct Under(Arc<Seen>);

/// Counts when it goes.
struct Dropped(Arc<Seen>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.replies_dropped.fetch_add(1, Ordering::SeqCst);
    }
}

impl Handler for Under {
    async fn call(&self, request: Incoming) -> Reply {
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        match request.parts.uri.path() {
            "/body" => match request.body.collect(1000).await {
                Ok(body) => Reply::json(StatusCode::OK, body.len().to_string()),
                Err(error) => {
                    self.0.body_errors.lock().push(error.status().as_u16());
                    error.reply()
                }
            },
            "/pieces" => self.pieces(request).await,
            "/slow" => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Reply::json(StatusCode::OK, r#""slow""#)
            }
            "/waiting" => {
                self.0.go_on.notified().await;
                Reply::json(StatusCode::OK, r#""waited""#)
            }
            "/panic" => panic!("on purpose"),
            "/stream" => {
                let parts = stream::iter(["one", "two", "three"].map(|s| Ok(Bytes::from(s))));
                Reply::new(StatusCode::OK, ReplyBody::stream(parts, Some(11)))
            }
            "/short" => Reply::new(StatusCode::OK, ReplyBody::stream(stream::iter([Ok(Bytes::from("one"))]), Some(11))),
            "/endless" => {
                let (block, dropped) = (Bytes::from(vec![b'x'; 64 * 1024]), Dropped(self.0.clone()));
                let blocks = stream::repeat_with(move || {
                    let _alive = &dropped;
                    Ok(block.clone())
                });
                Reply::new(StatusCode::OK, ReplyBody::stream(blocks, None))
            }
            "/ws" => self.socket(request),
            path => Reply::json(StatusCode::OK, format!("{path:?}")),
        }
    }
}

impl Under {
    async fn pieces(&self, mut request: Incoming) -> Reply {
        let mut all = 0;
        loop {
            match request.body.chunk().await {
                Ok(Some(piece)) => all += piece.len(),
                Ok(None) => return Reply::json(StatusCode::OK, all.to_string()),
                Err(error) => return error.reply(),
            }
        }
    }

    /// Echoes text; `work` makes it busy elsewhere for a while, `bye` closes.
    fn socket(&self, request: Incoming) -> Reply {
        let key = match request.websocket_key() {
            Ok(Some(key)) => key,
            Ok(None) => return Reply::empty(StatusCode::NOT_FOUND),
            Err(error) => return error.reply(),
        };
        let (reply, upgrade) = request.accept(&key, None).unwrap();
        let seen = self.0.clone();
        tokio::spawn(async move {
            let Ok(socket) = upgrade.socket().await else {
                return;
            };
            let (sender, mut receiver) = socket.split();
            seen.sockets.lock().push(sender.clone());
            while let Some(message) = receiver.next().await {
                let _ = match message {
                    Message::Text(text) if text == "bye" => {
                        sender.close(4000, "as you wish");
                        Ok(())
                    }
                    Message::Text(text) if text == "work" => receiver
                        .during(async {
                            let sent = sender.send(Frame::text("working"));
                            seen.go_on.notified().await;
                            sent
                        })
                        .await
                        .and_then(|()| sender.send(Frame::text("done"))),
                    Message::Text(text) => sender.send(Frame::text(text)),
                    Message::Binary(bytes) => sender.send(Frame::binary(bytes)),
                };
            }
            seen.sockets_ended.fetch_add(1, Ordering::SeqCst);
        });
        reply
    }
}

pub async fn start(limits: Limits) -> Running {
    start_with_grace(limits, Duration::from_secs(1)).await
}

/// The same with that time for what is under way when it stops.
pub async fn start_with_grace(limits: Limits, grace: Duration) -> Running {
    let bound = Server::bind("127.0.0.1:0".parse().unwrap(), limits).await.unwrap();
    let (address, stop, seen) = (bound.local_addr(), CancellationToken::new(), Arc::new(Seen::default()));
    let task = tokio::spawn(bound.serve(Under(seen.clone()), stop.clone(), grace));
    Running { address, seen, stop, task }
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come true");
}

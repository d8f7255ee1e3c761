//! A chat room without a database: what is posted to any path goes to all sockets, as one shared frame.
//!
//! `cargo run --release -p guillotina-http --example fanout -- 127.0.0.1:8080`

use guillotina_http::wire::{Frame, Handler, Incoming, Limits, Reply, Server, WebSocketSender};
use http::{Method, StatusCode};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct Room {
    sockets: Arc<Mutex<Vec<WebSocketSender>>>,
    messages: AtomicU64,
}

impl Room {
    fn join(&self, request: Incoming) -> Reply {
        let key = match request.websocket_key() {
            Ok(Some(key)) => key,
            Ok(None) => return Reply::json(StatusCode::OK, r#"{"token":"none"}"#),
            Err(error) => return error.reply(),
        };
        let (reply, upgrade) = match request.accept(&key, None) {
            Ok(accepted) => accepted,
            Err(error) => return error.reply(),
        };
        let sockets = self.sockets.clone();
        tokio::spawn(async move {
            let Ok(socket) = upgrade.socket().await else {
                return;
            };
            let (sender, mut receiver) = socket.split();
            let id = sender.id();
            sockets.lock().push(sender);
            while receiver.next().await.is_some() {}
            sockets.lock().retain(|s| s.id() != id);
        });
        reply
    }

    async fn say(&self, request: Incoming) -> Reply {
        let to_all = request.parts.uri.path().contains("/conversations/");
        let body = match request.body.collect(1 << 20).await {
            Ok(body) => body,
            Err(error) => return error.reply(),
        };
        let n = self.messages.fetch_add(1, Ordering::Relaxed);
        if to_all {
            let text = serde_json::from_slice::<serde_json::Value>(&body).ok();
            let text = text.as_ref().and_then(|v| v["text"].as_str()).unwrap_or("");
            let summary = serde_json::json!({
                "@id": format!("http://127.0.0.1/db/container/conversations/c/m{n}"), "@name": format!("m{n}"), "@type": "Message",
                "@uid": "0123456789abcdef0123456789abcdef", "creation_date": "2026-01-01T00:00:00.000000+00:00",
                "text": text, "author": "root", "conversation_id": "c",
            });
            let frame = Frame::text(summary.to_string());
            for socket in self.sockets.lock().iter() {
                // a socket that is over leaves the room by itself
                let _ = socket.send(frame.clone());
            }
        }
        Reply::json(
            StatusCode::CREATED,
            format!(
                r#"{{"@name":"m{n}","@id":"http://127.0.0.1/db/container/bench/i{n}","UID":"0123456789abcdef0123456789abcdef"}}"#
            ),
        )
    }
}

impl Handler for Room {
    async fn call(&self, request: Incoming) -> Reply {
        if request.parts.method == Method::GET { self.join(request) } else { self.say(request).await }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned()).parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let bound = Server::bind(address, Limits::default()).await?;
        println!("listening on {}", bound.local_addr());
        let stop = CancellationToken::new();
        let signal = stop.clone();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                signal.cancel();
            }
        });
        println!("{:?}", bound.serve(Room::default(), stop, Duration::from_secs(5)).await);
        Ok(())
    })
}

//! [`Socket`]: the client's end of a WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than any frame takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open WebSocket; see [`Client::socket`](crate::Client::socket).
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn open(address: SocketAddr, authorization: Option<&str>, target: &str) -> Result<Socket, u16> {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let mut request = format!("ws://{address}{target}").into_client_request().expect("a URL");
        if let Some(value) = authorization {
            request.headers_mut().insert("authorization", value.parse().expect("a header"));
        }
        match client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket(stream)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{target}: {other}"),
        }
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("the socket is open");
    }

    /// The next frame, as text.
    pub async fn text(&mut self) -> String {
        let frame = timeout(PATIENCE, self.frame()).await.expect("a frame comes in time");
        String::from_utf8(frame.expect("the socket is open")).expect("UTF-8")
    }

    /// The next frame, as JSON.
    pub async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Fails when anything comes within that time.
    pub async fn silent_for(&mut self, wait: Duration) {
        if let Ok(frame) = timeout(wait, self.frame()).await {
            let text = frame.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            panic!("no frame should come, not even a close: {text:?}");
        }
    }

    /// Reads until the socket is closed; the code it was closed with, 1006 when it was cut without one.
    pub async fn closed(&mut self) -> u16 {
        let end = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(frame))) => break frame.map_or(1005, |f| f.code.into()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break 1006,
                }
            }
        };
        timeout(PATIENCE, end).await.expect("the socket is closed in time")
    }

    /// Closes it.
    pub async fn close(mut self) {
        // It may be closed already.
        let _ = self.0.close(None).await;
    }

    /// The next message; `None` at the end.
    async fn frame(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => break Some(text.as_bytes().to_vec()),
                Message::Binary(bytes) => break Some(bytes.to_vec()),
                Message::Close(_) => break None,
                _ => {}
            }
        }
    }
}

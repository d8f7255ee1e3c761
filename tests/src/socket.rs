//! A client of WebSockets.

use crate::Client;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Longer than any frame takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open WebSocket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens one with the client's credentials.
    ///
    /// # Errors
    /// The status of the answer when the server refuses.
    pub async fn open(client: &Client, path: &str) -> Result<Socket, u16> {
        Socket::open_with(client, path, &[]).await
    }

    /// The same with further headers.
    ///
    /// # Errors
    /// The status of the answer when the server refuses.
    pub async fn open_with(client: &Client, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let stream = TcpStream::connect(client.address()).await.expect("the server listens");
        Socket::handshake(stream, client, path, headers).await
    }

    /// A socket whose kernel takes little before it is read.
    ///
    /// # Errors
    /// The status of the answer when the server refuses.
    pub async fn open_slow(client: &Client, path: &str) -> Result<Socket, u16> {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        let stream = socket.connect(client.address()).await.expect("the server listens");
        Socket::handshake(stream, client, path, &[]).await
    }

    async fn handshake(
        stream: TcpStream,
        client: &Client,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, u16> {
        let mut request = format!("ws://{}{path}", client.address()).into_client_request().expect("a URL");
        let given = client.authorization().map(|value| ("authorization", value));
        for (name, value) in headers.iter().copied().chain(given) {
            request.headers_mut().insert(name, value.parse().expect("a header"));
        }
        match client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket { stream }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{path}: {other}"),
        }
    }

    /// Sends a text.
    pub async fn say(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("the socket is open");
    }

    /// The next frame, as what it was sent: text or binary.
    pub async fn next_message(&mut self) -> Message {
        loop {
            let message = timeout(PATIENCE, self.stream.next()).await.expect("no frame came");
            match message.expect("the socket was closed").expect("the socket is whole") {
                Message::Ping(_) | Message::Pong(_) => {}
                other => break other,
            }
        }
    }

    /// Sends bytes.
    pub async fn say_binary(&mut self, bytes: &[u8]) {
        self.stream.send(Message::binary(bytes.to_vec())).await.expect("the socket is open");
    }

    /// The next frame as JSON.
    pub async fn next(&mut self) -> Value {
        let frame = timeout(PATIENCE, self.frame()).await.expect("no frame came").expect("the socket was closed");
        serde_json::from_slice(&frame).expect("JSON")
    }

    /// The next frame as JSON; `None` when none comes for that long, or the socket is over.
    pub async fn next_within(&mut self, wait: Duration) -> Option<Value> {
        let frame = timeout(wait, self.frame()).await.ok()??;
        Some(serde_json::from_slice(&frame).expect("JSON"))
    }

    /// Nothing comes for that long.
    pub async fn silent_for(&mut self, wait: Duration) {
        if let Ok(frame) = timeout(wait, self.frame()).await {
            panic!(
                "no frame should come, not even a close: {:?}",
                frame.map(|f| String::from_utf8_lossy(&f).into_owned())
            );
        }
    }

    /// Reads until the socket is closed; the code it was closed with, 1006 when it was cut without one.
    pub async fn closed(&mut self) -> u16 {
        let end = async {
            loop {
                match self.stream.next().await {
                    Some(Ok(Message::Close(frame))) => break frame.map_or(1005, |f| f.code.into()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break 1006,
                }
            }
        };
        timeout(PATIENCE, end).await.expect("the socket stays open")
    }

    /// Closes it.
    pub async fn close(mut self) {
        // It may be closed already.
        let _ = self.stream.close(None).await;
    }

    async fn frame(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.stream.next().await?.ok()? {
                Message::Text(text) => break Some(text.as_bytes().to_vec()),
                Message::Binary(bytes) => break Some(bytes.to_vec()),
                Message::Close(_) => break None,
                _ => {}
            }
        }
    }
}

//! Clients that write bytes.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const PATIENCE: Duration = Duration::from_secs(60);

/// One TCP connection and what was read ahead of its use.
pub struct Client {
    pub stream: TcpStream,
    ahead: Vec<u8>,
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|l| l.split_once(':'))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.trim())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The `reason` of an error answer of the wire.
    pub fn reason(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        json["reason"].as_str().unwrap().to_owned()
    }
}

/// A frame as it stands on the wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Raw {
    pub first: u8,
    pub payload: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, ahead: Vec::new() }
    }

    /// A client whose kernel takes little before it must read.
    pub async fn connect_small(address: SocketAddr) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Client { stream: socket.connect(address).await.unwrap(), ahead: Vec::new() }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).await.unwrap();
    }

    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        tokio::time::timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.expect("the server does not read")
    }

    /// More bytes; false at the end (a reset is an end too).
    async fn more(&mut self) -> bool {
        let mut buf = [0; 16 * 1024];
        match tokio::time::timeout(PATIENCE, self.stream.read(&mut buf)).await.expect("the server does not answer") {
            Ok(n) => {
                self.ahead.extend_from_slice(&buf[..n]);
                n > 0
            }
            Err(_) => false,
        }
    }

    async fn exactly(&mut self, n: usize) -> Option<Vec<u8>> {
        while self.ahead.len() < n {
            if !self.more().await {
                return None;
            }
        }
        Some(self.ahead.drain(..n).collect())
    }

    async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|w| w == b"\r\n\r\n") {
                let head: Vec<u8> = self.ahead.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// The next answer with a declared length.
    pub async fn answer(&mut self) -> Answer {
        self.try_answer().await.expect("the connection ended without an answer")
    }

    pub async fn try_answer(&mut self) -> Option<Answer> {
        let head = self.head().await?;
        let mut answer = Answer { status: head[9..12].parse().unwrap(), head, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |l| l.parse().unwrap());
        answer.body = self.exactly(length).await?;
        Some(answer)
    }

    pub async fn ask(&mut self, request: impl AsRef<[u8]>) -> Answer {
        self.send(request).await;
        self.answer().await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await
    }

    /// The status of the answer; none when the connection ends before it, as one does that is refused.
    pub async fn answer_to(&mut self, path: &str) -> Option<u16> {
        self.try_send(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")).await.ok()?;
        self.try_answer().await.map(|answer| answer.status)
    }

    /// Everything until the server closes.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.ahead)
    }

    pub async fn is_closed(&mut self) -> bool {
        self.rest().await.is_empty()
    }

    pub async fn socket(address: SocketAddr) -> Client {
        Client::connect(address).await.upgraded("/ws").await
    }

    pub async fn upgraded(mut self, path: &str) -> Client {
        let answer = self.ask(upgrade(path)).await;
        assert_eq!(answer.status, 101, "{answer:?}");
        assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        self
    }

    /// The next frame, whatever it is; none at the end.
    pub async fn any_frame(&mut self) -> Option<Raw> {
        let head = self.exactly(2).await?;
        assert_eq!(head[1] & 0x80, 0, "a server does not mask");
        let n = match head[1] {
            126 => u16::from_be_bytes(self.exactly(2).await?.try_into().unwrap()).into(),
            127 => u64::from_be_bytes(self.exactly(8).await?.try_into().unwrap()).try_into().unwrap(),
            n => n.into(),
        };
        Some(Raw { first: head[0], payload: self.exactly(n).await? })
    }

    /// The next frame that is no ping.
    pub async fn frame(&mut self) -> Option<Raw> {
        loop {
            let frame = self.any_frame().await?;
            if frame.first != 0x89 {
                return Some(frame);
            }
        }
    }

    pub async fn text(&mut self) -> String {
        let frame = self.frame().await.expect("the socket ended");
        assert_eq!(frame.first, 0x81, "{frame:?}");
        String::from_utf8(frame.payload).unwrap()
    }

    /// The code of the close frame that comes after any messages.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            let frame = self.frame().await?;
            if frame.first == 0x88 {
                return Some(u16::from_be_bytes([frame.payload[0], frame.payload[1]]));
            }
        }
    }
}

pub fn upgrade(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
}

/// A client's frame: first byte, payload, masked.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        n if n < 126 => out.push(0x80 | n as u8),
        n if n < 65536 => {
            out.push(0x80 | 126);
            out.extend((n as u16).to_be_bytes());
        }
        n => {
            out.push(0x80 | 127);
            out.extend((n as u64).to_be_bytes());
        }
    }
    let mask = [0x12, 0x34, 0x56, 0x78];
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    out
}

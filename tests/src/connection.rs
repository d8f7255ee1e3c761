//! One TCP connection, for what no client would send.

use crate::Answer;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than any answer takes, the waits of the server included.
const PATIENCE: Duration = Duration::from_secs(120);

/// A connection, and what arrived on it ahead of its use.
pub struct Connection {
    stream: TcpStream,
    ahead: Vec<u8>,
}

/// A frame of a WebSocket, as a server sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it is: 1 is text, 2 is binary, 8 closes, 9 and 10 are a ping and its answer.
    pub opcode: u8,
    /// What it carries.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Takes the first frame out of what arrived, once it is whole.
    fn first_of(ahead: &mut Vec<u8>) -> Option<Frame> {
        let (begin, length) = match ahead.get(1)? & 0x7f {
            126 => (4, usize::from(u16::from_be_bytes(ahead.get(2..4)?.try_into().ok()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(ahead.get(2..10)?.try_into().ok()?)).ok()?),
            length => (2, usize::from(length)),
        };
        let payload = ahead.get(begin..begin + length)?.to_vec();
        let frame = Frame { opcode: ahead[0] & 0x0f, payload };
        ahead.drain(..begin + length);
        Some(frame)
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, ahead: Vec::new() })
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When the server has closed the connection, or does not read.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.map_err(|_| late("the server does not read"))?
    }

    /// The next answer; `without_body` for the answer to a HEAD.
    ///
    /// # Errors
    /// When the connection ends before the answer does: `UnexpectedEof` when nothing at all arrived.
    pub async fn answer(&mut self, without_body: bool) -> Result<Answer> {
        let head = self.head().await?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok());
        let status = status.ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("not an answer: {head:?}")))?;
        let headers = lines
            .filter_map(|l| l.split_once(':'))
            .map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        assert!(answer.header("transfer-encoding").is_none(), "answers have a length: {head}");
        if !without_body && ![101, 204].contains(&status) {
            let length = answer.header("content-length").map_or(0, |l| l.parse().expect("a length"));
            answer.body = self.exactly(length).await?;
        }
        Ok(answer)
    }

    /// Whether the server has closed the connection, without sending anything more, within that time.
    pub async fn closes_within(&mut self, wait: Duration) -> bool {
        timeout(wait, self.more()).await.is_ok_and(|more| !matches!(more, Ok(n) if n > 0)) && self.ahead.is_empty()
    }

    /// Reads the frames of a WebSocket until the server closes it; the code it gives, `None` when it gives none.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            let frame = self.frame().await.ok()?;
            if frame.opcode == 8 {
                return Some(u16::from_be_bytes(frame.payload.get(..2)?.try_into().ok()?));
            }
        }
    }

    /// The next frame of a WebSocket. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the connection ends before the frame does.
    pub async fn frame(&mut self) -> Result<Frame> {
        loop {
            if let Some(frame) = Frame::first_of(&mut self.ahead) {
                return Ok(frame);
            }
            if self.more().await? == 0 {
                return Err(Error::new(ErrorKind::ConnectionReset, "the connection ended between or inside frames"));
            }
        }
    }

    async fn head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|w| w == b"\r\n\r\n") {
                let head: Vec<u8> = self.ahead.drain(..end + 4).collect();
                return String::from_utf8(head).map_err(|e| Error::new(ErrorKind::InvalidData, e));
            }
            if self.more().await? == 0 {
                let kind = if self.ahead.is_empty() { ErrorKind::UnexpectedEof } else { ErrorKind::ConnectionReset };
                return Err(Error::new(kind, "the connection ended"));
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.ahead.len() < length {
            if self.more().await? == 0 {
                return Err(Error::new(ErrorKind::ConnectionReset, "the connection ended inside a body"));
            }
        }
        Ok(self.ahead.drain(..length).collect())
    }

    async fn more(&mut self) -> Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let read = timeout(PATIENCE, self.stream.read(&mut buffer))
            .await
            .map_err(|_| late("the server does not answer"))??;
        self.ahead.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

fn late(message: &str) -> Error {
    Error::new(ErrorKind::TimedOut, message)
}

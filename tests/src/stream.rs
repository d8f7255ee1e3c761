//! A reader of a stream that costs little, so that a thousand of them fit beside the server that is tested.

use crate::{Client, Connection};
use std::io::Result;

/// An open WebSocket of which only the positions of the frames are looked at.
pub struct StreamReader {
    connection: Connection,
}

impl StreamReader {
    /// Opens one with the client's credentials.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn open(client: &Client, path: &str) -> Result<StreamReader> {
        let mut connection = Connection::open(client.address()).await?;
        let (host, authorization) = (client.address(), client.authorization().unwrap_or_default());
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {authorization}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        connection.send(request).await?;
        let answer = connection.answer(false).await?;
        assert_eq!(answer.status, 101, "{path}: {}", answer.text());
        Ok(StreamReader { connection })
    }

    /// The position of the next frame. Dropping the future loses nothing.
    ///
    /// # Errors
    /// When the socket ends.
    pub async fn next(&mut self) -> Result<u64> {
        loop {
            let frame = self.connection.frame().await?;
            match frame.opcode {
                1 | 2 => return Ok(position(&frame.payload)),
                8 => panic!("the server closes: {:?}", String::from_utf8_lossy(&frame.payload)),
                _ => {}
            }
        }
    }

    /// Ends the socket with a close frame.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn close(mut self) -> Result<()> {
        self.connection.send([0x88, 0x80, 0, 0, 0, 0]).await
    }
}

fn position(payload: &[u8]) -> u64 {
    let text = std::str::from_utf8(payload).expect("UTF-8");
    assert!(!text.starts_with("{\"reset\""), "the server has forgotten what was missed: {text}");
    let (_, after) = text.rsplit_once("\"position\":").expect("a position");
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after[..digits].parse().expect("a number")
}

//! Between the socket and tungstenite's reader.

use bytes::Bytes;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

/// The stream as tungstenite sees it for one call: reads come from the socket, writes go to `control`.
pub(super) struct Pipe<'a, 'c> {
    pub stream: &'a mut TcpStream,
    pub early: &'a mut Bytes,
    pub cx: &'a mut Context<'c>,
    pub turn: &'a mut usize,
    pub read: usize,
    pub control: Vec<u8>,
}

impl Read for Pipe<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = if !self.early.is_empty() {
            let n = into.len().min(self.early.len());
            into[..n].copy_from_slice(&self.early.split_to(n));
            n
        } else if *self.turn == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        } else {
            let mut buf = ReadBuf::new(into);
            match Pin::new(&mut *self.stream).poll_read(self.cx, &mut buf) {
                Poll::Pending => return Err(io::ErrorKind::WouldBlock.into()),
                Poll::Ready(result) => result?,
            }
            buf.filled().len()
        };
        *self.turn = self.turn.saturating_sub(n);
        self.read += n;
        Ok(n)
    }
}

impl Write for Pipe<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.control.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! The writing half: whole frames, several in one system call.

use super::outbox::{Next, Outbox};
use bytes::{Buf, Bytes};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

/// Frames of one system call.
const BATCH: usize = 64;

/// What is being written.
pub(super) struct Speech {
    pub outbox: Arc<Outbox>,
    held: VecDeque<Bytes>,
    /// The first of `held` is partly written: nothing may come before its end.
    begun: bool,
    /// Our close frame was taken: nothing follows it.
    last: bool,
}

/// How far the writing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing left to write for now, or the client's window is full.
    Waiting,
    /// All is written, a close frame last.
    Finished,
    /// The connection is broken.
    Broken,
}

impl Speech {
    pub fn new(outbox: Arc<Outbox>) -> Speech {
        Speech { outbox, held: VecDeque::new(), begun: false, last: false }
    }

    /// Our close frame is written or about to be.
    pub fn closing(&self) -> bool {
        self.last
    }

    /// Puts a control frame before the messages, at the next frame's border. A client that asks for answers and does
    /// not read them is a slow reader too.
    pub fn interject(&mut self, frame: Bytes) {
        if !self.last && !self.outbox.cut_if_full(self.held.len()) {
            self.held.insert(usize::from(self.begun).min(self.held.len()), frame);
        }
    }

    /// Says this and nothing after it: the answer to the client's close frame.
    pub fn conclude(&mut self, frame: Bytes) {
        if !self.last {
            self.held.truncate(usize::from(self.begun));
            self.held.push_back(frame);
            self.last = true;
        }
        self.outbox.end();
    }

    /// Writes as much as the client's window takes.
    pub fn poll(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Progress {
        loop {
            if !self.last {
                self.last = match self.outbox.take(&mut self.held, self.begun, cx) {
                    Next::Wait => return Progress::Waiting,
                    Next::Write => false,
                    Next::LastWrite => true,
                };
            }
            if self.held.is_empty() {
                return Progress::Finished;
            }
            match self.write(stream, cx) {
                Poll::Pending => return Progress::Waiting,
                Poll::Ready(Ok(0)) | Poll::Ready(Err(_)) => return Progress::Broken,
                Poll::Ready(Ok(n)) => self.wrote(n),
            }
        }
    }

    fn write(&mut self, stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = Pin::new(stream);
        if let [one] = self.held.as_slices().0
            && self.held.len() == 1
        {
            return stream.poll_write(cx, one);
        }
        let mut slices = [IoSlice::new(&[]); BATCH];
        let mut n = 0;
        for (slice, bytes) in slices.iter_mut().zip(&self.held) {
            *slice = IoSlice::new(bytes);
            n += 1;
        }
        stream.poll_write_vectored(cx, &slices[..n])
    }

    fn wrote(&mut self, mut n: usize) {
        while let Some(first) = self.held.front_mut() {
            if n < first.len() {
                first.advance(n);
                self.begun |= n > 0;
                return;
            }
            n -= first.len();
            self.held.pop_front();
            self.begun = false;
        }
    }
}

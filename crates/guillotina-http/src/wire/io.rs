//! The TCP stream as hyper sees it: heads are checked on their way in, hyper's own answers get a body on their way
//! out, and a connection that is closed early lingers until the client has read why.

use super::connection::{CHUNKED, Conn, Phase};
use super::head::{HeadLimits, HeadScan, Scan};
use super::reply::reason_json;
use super::shared::Guard;
use http::StatusCode;
use hyper::rt::ReadBufCursor;
use hyper_util::rt::TokioIo;
use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Bytes a client may send ahead while its request is being answered.
const AHEAD: usize = 8 * 1024;
/// Bytes of a refused request that are read and thrown away.
const LINGER_BYTES: usize = 1024 * 1024;
/// Up to this a reply is copied into one piece before it is written.
const GATHER: usize = 4 * 1024;
/// What no head may contain, wherever it stands; with an end, so that hyper parses it at once.
const POISON: &[u8] = b"\0\r\n\r\n";

thread_local! {
    /// Reads land here first and small writes are put together here, so that idle connections own no buffer of ours.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 64 * 1024].into_boxed_slice());
}

/// The I/O of one connection.
pub(crate) struct ConnIo {
    stream: TokioIo<TcpStream>,
    guard: Guard,
    state: Arc<Conn>,
    scan: HeadScan,
    /// Read, but not given to hyper: what followed a head in the same packet, or was sent ahead.
    ahead: Vec<u8>,
    answered: bool,
    shut: bool,
    drained: usize,
}

impl ConnIo {
    pub fn new(stream: TcpStream, guard: Guard, state: Arc<Conn>) -> ConnIo {
        ConnIo {
            stream: TokioIo::new(stream),
            guard,
            state,
            scan: HeadScan::default(),
            ahead: Vec::new(),
            answered: false,
            shut: false,
            drained: 0,
        }
    }

    /// The bare stream, what was read ahead, and the guard that counts the connection.
    pub fn into_parts(self) -> (TcpStream, Vec<u8>, Guard) {
        (self.stream.into_inner(), self.ahead, self.guard)
    }

    /// Reads at most `most` bytes and hands them to `take`; 0 bytes are the end.
    fn read<R>(
        &mut self,
        cx: &mut Context<'_>,
        most: usize,
        take: impl FnOnce(&mut Self, &[u8]) -> R,
    ) -> Poll<io::Result<R>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let most = most.min(scratch.len());
            let mut buf = ReadBuf::new(&mut scratch[..most]);
            ready!(Pin::new(self.stream.inner_mut()).poll_read(cx, &mut buf))?;
            Poll::Ready(Ok(take(self, buf.filled())))
        })
    }

    /// The longest part of what was read ahead that `most` allows.
    fn take_ahead(&mut self, most: usize) -> Vec<u8> {
        let rest = self.ahead.split_off(most.min(self.ahead.len()));
        std::mem::replace(&mut self.ahead, rest)
    }

    fn note_ahead(&self) {
        self.state.held_back.store(self.ahead.len(), Relaxed);
    }

    fn read_body(&mut self, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>, left: u64) -> Poll<io::Result<()>> {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.remaining());
        let given = if !self.ahead.is_empty() {
            let piece = self.take_ahead(most);
            self.note_ahead();
            buf.put_slice(&piece);
            piece.len()
        } else if left == CHUNKED {
            return hyper::rt::Read::poll_read(Pin::new(&mut self.stream), cx, buf);
        } else {
            ready!(self.read(cx, most, |_, piece| {
                buf.put_slice(piece);
                piece.len()
            }))?
        };
        if left != CHUNKED {
            self.state.body_left.store(left - given as u64, Relaxed);
        }
        Poll::Ready(Ok(()))
    }

    /// While a request is being answered, hyper reads only to notice that the client is gone. What comes instead is
    /// kept, not handed over: it is the next head, and that is to be checked.
    fn look_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.ahead.len() < AHEAD {
            let most = AHEAD - self.ahead.len();
            let n = ready!(self.read(cx, most, |this, piece| {
                this.ahead.extend_from_slice(piece);
                piece.len()
            }))?;
            if n == 0 {
                return Poll::Ready(Ok(()));
            }
            self.note_ahead();
        }
        Poll::Pending
    }

    fn read_head(&mut self, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let piece = self.take_ahead(buf.remaining());
            self.check_head(&piece, &mut buf);
            self.note_ahead();
            return Poll::Ready(Ok(()));
        }
        let most = buf.remaining();
        self.read(cx, most, |this, piece| this.check_head(piece, &mut buf))
    }

    /// Gives hyper the piece up to the head's end and keeps the rest for later.
    fn check_head(&mut self, piece: &[u8], buf: &mut ReadBufCursor<'_>) {
        if piece.is_empty() {
            return;
        }
        if self.state.phase() == Phase::Idle {
            self.state.enter(Phase::Head);
        }
        self.state.head_begun.store(true, Relaxed);
        let limits = &self.state.shared.limits;
        let head = HeadLimits {
            head: limits.header_bytes.max(8192),
            request_line: limits.request_line_bytes,
            header_line: limits.header_line_bytes,
        };
        match self.scan.scan(piece, head) {
            Scan::More => buf.put_slice(piece),
            Scan::End(end) => {
                buf.put_slice(&piece[..end]);
                if end < piece.len() {
                    self.ahead.splice(0..0, piece[end..].iter().copied());
                    self.note_ahead();
                }
            }
            Scan::Refused(status) => {
                self.state.fault.store(status.as_u16(), Relaxed);
                poison(buf);
            }
        }
    }

    /// If hyper is about to write an answer of its own, the status to answer with instead of it.
    fn own_answer(&self, piece: &[u8]) -> Option<StatusCode> {
        let code = piece.strip_prefix(b"HTTP/1.1 4").or_else(|| piece.strip_prefix(b"HTTP/1.0 4"));
        if code.is_none() || !(self.state.at_rest() || self.state.phase() == Phase::Linger) || self.answered {
            return None;
        }
        let fault = self.state.fault.load(Relaxed);
        if fault != 0 {
            return StatusCode::from_u16(fault).ok();
        }
        StatusCode::from_bytes(piece.get(9..12)?).ok()
    }

    /// Sends the answer, best effort: everything before it is out, so it fits in the kernel's buffer.
    fn answer(&mut self, cx: &mut Context<'_>, status: StatusCode, hypers: &[u8]) {
        self.answered = true;
        tracing::debug!(peer = %self.state.peer, status = status.as_u16(), "request refused");
        let date = memchr::memmem::find(hypers, b"date: ").and_then(|at| {
            let line = &hypers[at..];
            std::str::from_utf8(&line[..memchr::memchr(b'\n', line)? + 1]).ok()
        });
        let answer = refusal(status, date.unwrap_or(""));
        let _ = Pin::new(self.stream.inner_mut()).poll_write(cx, answer.as_bytes());
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let stalled = &self.state.stalled;
        match result {
            Poll::Pending if stalled.load(Relaxed) == 0 => stalled.store(self.state.shared.now(), Relaxed),
            Poll::Ready(_) if stalled.load(Relaxed) != 0 => {
                stalled.store(0, Relaxed);
                if self.state.phase() == Phase::Idle {
                    self.state.enter(Phase::Idle);
                }
            }
            _ => {}
        }
        result
    }
}

fn poison(buf: &mut ReadBufCursor<'_>) {
    buf.put_slice(&POISON[..POISON.len().min(buf.remaining())]);
}

/// A whole answer of the wire's own; the connection ends with it.
pub(crate) fn refusal(status: StatusCode, date_line: &str) -> String {
    let body = reason_json(match status {
        StatusCode::URI_TOO_LONG => "the request line is too long; shorten the URL or send the data in a body",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            "the headers are too many or too long; send fewer or shorter ones (cookies are headers)"
        }
        StatusCode::REQUEST_TIMEOUT => "the request's head did not arrive in time; send it at once",
        StatusCode::TOO_MANY_REQUESTS => "too many connections from this address; reuse the open ones",
        StatusCode::SERVICE_UNAVAILABLE => "too many connections; try again later",
        _ => "the request is not valid HTTP/1.1; check its first line, headers and framing",
    });
    let retry =
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS { "retry-after: 1\r\n" } else { "" };
    format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{retry}{date_line}\r\n{body}",
        status.as_u16(),
        status.canonical_reason().unwrap_or(""),
        body.len()
    )
}

impl hyper::rt::Read for ConnIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.state.fault.load(Relaxed) != 0 {
            poison(&mut buf);
            return Poll::Ready(Ok(()));
        }
        match this.state.body_left.load(Relaxed) {
            0 if this.state.phase() == Phase::Busy => this.look_ahead(cx),
            0 => this.read_head(cx, buf),
            left => this.read_body(cx, buf, left),
        }
    }
}

impl hyper::rt::Write for ConnIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(status) = this.own_answer(buf) {
            this.answer(cx, status, buf);
            return Poll::Ready(Ok(buf.len()));
        }
        let result = Pin::new(this.stream.inner_mut()).poll_write(cx, buf);
        this.wrote(result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(first) = bufs.first()
            && let Some(status) = this.own_answer(first)
        {
            this.answer(cx, status, first);
            return Poll::Ready(Ok(bufs.iter().map(|b| b.len()).sum()));
        }
        let result = match bufs.iter().map(|b| b.len()).sum() {
            // a small reply is cheaper to put together here than to gather in the kernel
            0..=GATHER => SCRATCH.with_borrow_mut(|scratch| {
                let mut n = 0;
                for buf in bufs {
                    scratch[n..n + buf.len()].copy_from_slice(buf);
                    n += buf.len();
                }
                Pin::new(this.stream.inner_mut()).poll_write(cx, &scratch[..n])
            }),
            _ => Pin::new(this.stream.inner_mut()).poll_write_vectored(cx, bufs),
        };
        this.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // a TCP stream has nothing to flush; hyper asks when all it had is written
        if self.state.phase() != Phase::Busy && self.state.unflushed.swap(false, Relaxed) && !self.ahead.is_empty() {
            // hyper was told that there was nothing to read; there is now
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.shut {
            ready!(Pin::new(this.stream.inner_mut()).poll_shutdown(cx))?;
            this.shut = true;
            if !this.answered && this.state.body_left.load(Relaxed) == 0 {
                return Poll::Ready(Ok(()));
            }
            // closing with unread bytes would send a reset, and a reset overtakes the answer
            this.state.enter(Phase::Linger);
        }
        while this.drained < LINGER_BYTES {
            match ready!(this.read(cx, usize::MAX, |_, piece| piece.len())) {
                Ok(n) if n > 0 => this.drained += n,
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

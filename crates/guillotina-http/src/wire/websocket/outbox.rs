//! The bounded queue between those who send and the task that writes.

use super::frame::{Frame, close_code};
use super::watch::Watch;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

/// A queue that grew beyond this is given back once it is empty; an idle socket keeps little.
const KEPT_FRAMES: usize = 16;

/// Why a frame was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The socket is closing or over.
    #[error("the socket is closed; forget its sender")]
    Closed,
    /// The client did not read what was sent before; this call has cut it with close code 4429.
    #[error("the socket's reader was too slow and has been cut; forget its sender")]
    SlowConsumer,
}

/// Sends to one socket, from anywhere, without waiting.
///
/// The queue is bounded in frames and bytes. A client that reads too slowly to stay within it is *cut*: its queue is
/// dropped and it is told `Close 4429`, if it reads that within `websocket_close_ms`; then the connection ends. Other
/// sockets notice nothing.
#[derive(Clone)]
pub struct WebSocketSender(Arc<Outbox>);

pub(crate) struct Outbox {
    id: u64,
    most_frames: usize,
    most_bytes: usize,
    watch: Arc<Watch>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// What the writing task holds and has not written.
    writing_frames: usize,
    writing_bytes: usize,
    /// Nothing more is queued.
    closed: bool,
    /// Queued frames are worthless: the writer drops those it has not begun.
    cut: bool,
    close: Option<Bytes>,
    /// The writer waits for frames and not for the client.
    hungry: bool,
    waker: Option<Waker>,
    /// Those who wait for room.
    room: Vec<Waker>,
}

/// What the writer is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Write what it holds.
    Write,
    /// Write what it holds, which ends with a close frame.
    LastWrite,
    /// Nothing: it is woken when there is.
    Wait,
}

impl Outbox {
    pub fn new(most_frames: usize, most_bytes: usize, watch: &Arc<Watch>) -> Arc<Outbox> {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox { id, most_frames, most_bytes, watch: watch.clone(), state: Mutex::default() });
        watch.add(id, &outbox);
        outbox
    }

    /// The frames that wait to be written.
    pub fn waiting(&self) -> usize {
        let s = self.state.lock();
        s.frames.len() + s.writing_frames
    }

    fn send(&self, frame: Bytes) -> Result<(), SendError> {
        let mut s = self.state.lock();
        if s.closed {
            return Err(SendError::Closed);
        }
        let full = s.frames.len() + s.writing_frames >= self.most_frames || s.bytes + s.writing_bytes > self.most_bytes;
        if full {
            let waker = s.cut(&self.watch);
            let room = std::mem::take(&mut s.room);
            drop(s);
            wake(waker.into_iter().chain(room));
            return Err(SendError::SlowConsumer);
        }
        s.bytes += frame.len();
        s.frames.push_back(frame);
        let waker = if std::mem::take(&mut s.hungry) { s.waker.take() } else { None };
        drop(s);
        wake(waker);
        Ok(())
    }

    /// Whether the writer holds as much as may wait at all: then the socket is cut.
    pub fn cut_if_full(&self, held: usize) -> bool {
        let full = held >= self.most_frames;
        if full {
            let mut s = self.state.lock();
            s.cut(&self.watch);
            let room = std::mem::take(&mut s.room);
            drop(s);
            wake(room);
        }
        full
    }

    pub fn close(&self, code: u16, reason: &str) {
        let mut s = self.state.lock();
        s.close_with(code, reason, &self.watch);
        let waker = s.waker.take();
        let room = std::mem::take(&mut s.room);
        drop(s);
        wake(waker.into_iter().chain(room));
    }

    /// Nothing is accepted any more, and nothing is said: the socket is gone.
    pub fn end(&self) {
        let mut s = self.state.lock();
        s.closed = true;
        s.close = None;
        s.frames = VecDeque::new();
        s.bytes = 0;
        s.writing_frames = 0;
        let room = std::mem::take(&mut s.room);
        drop(s);
        wake(room);
    }

    /// Ready once the queue is at most half full, or nothing is accepted any more; whether it is open.
    fn poll_ready(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut s = self.state.lock();
        if s.closed || self.has_room(&s) {
            return Poll::Ready(!s.closed);
        }
        if !s.room.iter().any(|waker| waker.will_wake(cx.waker())) {
            s.room.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn has_room(&self, s: &State) -> bool {
        2 * (s.frames.len() + s.writing_frames) <= self.most_frames
            && 2 * (s.bytes + s.writing_bytes) <= self.most_bytes
    }

    /// The writer says what it still holds (`begun`: the first frame is partly written) and takes more, if it has
    /// nothing. When it gets nothing, it is woken as soon as there is something.
    pub fn take(&self, held: &mut VecDeque<Bytes>, begun: bool, cx: &Context<'_>) -> Next {
        let mut s = self.state.lock();
        if std::mem::take(&mut s.cut) {
            held.truncate(usize::from(begun));
        }
        let mut next = Next::Write;
        if held.is_empty() {
            std::mem::swap(held, &mut s.frames);
            if s.frames.capacity() > KEPT_FRAMES {
                s.frames = VecDeque::new();
            }
            s.bytes = 0;
        }
        if s.frames.is_empty()
            && let Some(close) = s.close.take()
        {
            held.push_back(close);
            next = Next::LastWrite;
        }
        if held.is_empty() {
            if held.capacity() > KEPT_FRAMES {
                *held = VecDeque::new();
            }
            next = Next::Wait;
        }
        s.hungry = next == Next::Wait;
        s.writing_frames = held.len();
        s.writing_bytes = held.iter().map(Bytes::len).sum();
        if s.waker.as_ref().is_none_or(|w| !w.will_wake(cx.waker())) {
            s.waker = Some(cx.waker().clone());
        }
        if !s.room.is_empty() && self.has_room(&s) {
            let room = std::mem::take(&mut s.room);
            drop(s);
            wake(room);
        }
        next
    }
}

impl State {
    /// The client reads too slowly: what waits is dropped, and it is told. Gives whom to wake.
    fn cut(&mut self, watch: &Watch) -> Option<Waker> {
        self.frames = VecDeque::new();
        self.bytes = 0;
        self.cut = true;
        let reason = "slow consumer: connect again and ask for what you missed";
        self.close_with(close_code::SLOW_CONSUMER, reason, watch);
        self.waker.take()
    }

    /// The first reason stands.
    fn close_with(&mut self, code: u16, reason: &str, watch: &Watch) {
        if !std::mem::replace(&mut self.closed, true) {
            self.close = Some(Frame::close(code, reason).into_bytes());
            watch.closed(code);
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.watch.forget(self.id);
    }
}

fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

impl WebSocketSender {
    pub(crate) fn new(outbox: Arc<Outbox>) -> WebSocketSender {
        WebSocketSender(outbox)
    }

    /// Queues a frame. Never waits; see the type for what happens when the queue is full.
    pub fn send(&self, frame: Frame) -> Result<(), SendError> {
        self.0.send(frame.into_bytes())
    }

    /// Waits until the queue is at most half full, so that a sender of many frames never overruns its reader; false when
    /// the socket is closing or over. Somebody has to drive the socket meanwhile, with
    /// [`WebSocketReceiver::next`](super::WebSocketReceiver::next) or [`during`](super::WebSocketReceiver::during).
    pub async fn ready(&self) -> bool {
        poll_fn(|cx| self.0.poll_ready(cx)).await
    }

    /// Tells the client why and ends the socket, after what is queued already. Later calls change nothing.
    pub fn close(&self, code: u16, reason: &str) {
        self.0.close(code, reason);
    }

    /// Whether the socket is closing or over.
    pub fn is_closed(&self) -> bool {
        self.0.state.lock().closed
    }

    /// The socket's number, unique in this process.
    pub fn id(&self) -> u64 {
        self.0.id
    }
}

impl fmt::Debug for WebSocketSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebSocketSender").field(&self.0.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Context;

    fn take(o: &Outbox, held: &mut VecDeque<Bytes>, begun: bool) -> Next {
        o.take(held, begun, &Context::from_waker(Waker::noop()))
    }

    #[test]
    fn is_bounded_in_frames_with_what_is_being_written() {
        let o = Outbox::new(3, 1000, &Arc::default());
        let s = WebSocketSender::new(o.clone());
        let mut held = VecDeque::new();
        assert_eq!(take(&o, &mut held, false), Next::Wait);
        for _ in 0..2 {
            s.send(Frame::text("x")).unwrap();
        }
        assert_eq!(take(&o, &mut held, false), Next::Write);
        s.send(Frame::text("x")).unwrap();
        assert_eq!(s.send(Frame::text("x")), Err(SendError::SlowConsumer));
        assert_eq!(s.send(Frame::text("x")), Err(SendError::Closed));
        // the frame that was begun is finished, the others are dropped, the reason follows
        assert_eq!(take(&o, &mut held, true), Next::LastWrite);
        assert_eq!(held.len(), 2);
        assert_eq!(&held[1][2..4], &4429u16.to_be_bytes());
    }

    #[test]
    fn is_bounded_in_bytes_but_for_one_frame() {
        let o = Outbox::new(100, 10, &Arc::default());
        let s = WebSocketSender::new(o.clone());
        s.send(Frame::binary([0; 500])).unwrap();
        assert_eq!(s.send(Frame::text("x")), Err(SendError::SlowConsumer));
        assert!(s.is_closed());
    }

    #[tokio::test]
    async fn room_is_waited_for_and_a_closed_socket_waits_for_nobody() {
        let o = Outbox::new(4, 1000, &Arc::default());
        let s = WebSocketSender::new(o.clone());
        let mut held = VecDeque::new();
        for _ in 0..3 {
            assert!(s.clone().ready().await || s.is_closed());
            s.send(Frame::text("x")).unwrap();
        }
        let waiting = tokio::spawn({
            let s = s.clone();
            async move { s.ready().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "three of four are more than half");
        assert_eq!(take(&o, &mut held, false), Next::Write);
        held.clear();
        take(&o, &mut held, false);
        assert!(waiting.await.unwrap());
        for _ in 0..3 {
            s.send(Frame::text("x")).unwrap();
        }
        let waiting = tokio::spawn({
            let s = s.clone();
            async move { s.ready().await }
        });
        tokio::task::yield_now().await;
        o.end();
        assert!(!waiting.await.unwrap());
    }

    #[test]
    fn closing_comes_after_what_is_queued_and_once() {
        let o = Outbox::new(100, 1000, &Arc::default());
        let s = WebSocketSender::new(o.clone());
        s.send(Frame::text("last")).unwrap();
        s.close(1000, "bye");
        s.close(1001, "again");
        let mut held = VecDeque::new();
        assert_eq!(take(&o, &mut held, false), Next::LastWrite);
        assert_eq!(held.len(), 2);
        assert_eq!(&held[1][2..4], &1000u16.to_be_bytes());
        held.clear();
        assert_eq!(take(&o, &mut held, false), Next::Wait);
    }
}

//! The task's side of a socket: reading, and everything that has to go on meanwhile.

use super::Message;
use super::allowance::Allowance;
use super::frame::{Frame, close_code};
use super::outbox::Outbox;
use super::pipe::Pipe;
use super::speech::{Progress, Speech};
use crate::wire::limits::ms;
use crate::wire::shared::{Guard, Stage};
use bytes::Bytes;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};
use tokio_tungstenite::tungstenite::{self, Error};
use tokio_util::sync::WaitForCancellationFutureOwned;

/// Bytes read at one go before other tasks get their turn.
const TURN_BYTES: usize = 64 * 1024;

/// Receives from one socket, and drives it: writing, pings and shutdown happen while [`next`](Self::next) (or
/// [`during`](Self::during)) is awaited. Dropping it ends the socket without a word.
pub struct WebSocketReceiver {
    stream: TcpStream,
    guard: Guard,
    protocol: WebSocketContext,
    /// Came in one packet with the handshake.
    early: Bytes,
    speech: Speech,
    life: Life,
    beat: Beat,
    sleep: Pin<Box<Sleep>>,
    signal: Pin<Box<WaitForCancellationFutureOwned>>,
    stage: Stage,
    armed: bool,
    /// Received while nobody asked.
    stash: Option<Message>,
    allowance: Allowance,
    /// Bytes since the last whole message.
    unfinished: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Open,
    /// A close frame is to be sent or was sent; the client's is awaited.
    Closing,
    /// As `Closing`, but the client broke the protocol: what it sends is not looked at.
    Deaf,
    /// The client closed; our answer is on its way.
    Answering,
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beat {
    /// The timer runs until the next ping.
    Rest,
    /// A ping is out; the timer runs until something must have been heard.
    Listening,
    /// As `Listening`, and something was heard.
    Heard,
}

impl WebSocketReceiver {
    pub(crate) fn new(stream: TcpStream, early: Vec<u8>, guard: Guard, outbox: Arc<Outbox>) -> WebSocketReceiver {
        let shared = guard.shared.clone();
        let l = &shared.limits;
        let config = WebSocketConfig::default()
            .read_buffer_size(l.websocket_read_buffer_bytes.max(64))
            .write_buffer_size(0)
            .max_message_size(Some(l.websocket_message_bytes))
            .max_frame_size(Some(l.websocket_frame_bytes));
        WebSocketReceiver {
            stream,
            protocol: WebSocketContext::new(Role::Server, Some(config)),
            early: early.into(),
            speech: Speech::new(outbox),
            life: Life::Open,
            beat: Beat::Rest,
            sleep: Box::pin(tokio::time::sleep(ms(l.websocket_ping_ms))),
            signal: Box::pin(shared.stop.clone().cancelled_owned()),
            stage: Stage::Running,
            armed: false,
            stash: None,
            allowance: Allowance::new(l.websocket_inbound_frames_per_s, l.websocket_inbound_burst),
            unfinished: 0,
            guard,
        }
    }

    /// The next message; none when the socket is over. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Message> {
        poll_fn(|cx| match self.stash.take() {
            Some(message) => Poll::Ready(Some(message)),
            None => self.poll(cx),
        })
        .await
    }

    /// Awaits something else while the socket goes on: frames are written, pings answered. At most one message is
    /// taken in and kept for [`next`](Self::next); a client that sends more waits.
    pub async fn during<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            if self.life == Life::Over {
                return Poll::Pending;
            }
            if self.stash.is_none() {
                if let Poll::Ready(message) = self.poll(cx) {
                    self.stash = message;
                }
            } else {
                // reading waits, so silence is no sign of death
                if self.beat == Beat::Listening {
                    self.beat = Beat::Heard;
                }
                self.tend(cx);
            }
            Poll::Pending
        })
        .await
    }

    /// Throws away what still comes, until the socket is over.
    pub async fn drain(mut self) {
        while self.next().await.is_some() {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.tend(cx);
        if self.life == Life::Over {
            return Poll::Ready(None);
        }
        let message = ready!(self.listen(cx));
        if message.is_none() {
            self.end();
        }
        Poll::Ready(message)
    }

    /// Signals, timer, writing.
    fn tend(&mut self, cx: &mut Context<'_>) {
        if !self.armed {
            self.armed = true;
            let _ = self.signal.as_mut().poll(cx);
            let _ = self.sleep.as_mut().poll(cx);
        }
        self.heed_signal(cx);
        while self.life != Life::Over && self.sleep.is_elapsed() {
            self.heed_timer();
            if self.life != Life::Over && self.sleep.as_mut().poll(cx).is_pending() {
                break;
            }
        }
        self.write(cx);
    }

    fn heed_signal(&mut self, cx: &mut Context<'_>) {
        let stage = self.guard.shared.stage();
        if stage == self.stage {
            return;
        }
        self.stage = stage;
        if stage == Stage::Cutting {
            return self.end();
        }
        self.signal = Box::pin(self.guard.shared.cut.clone().cancelled_owned());
        let _ = self.signal.as_mut().poll(cx);
        self.begin_close(close_code::RESTART, "the server restarts; connect again");
    }

    fn heed_timer(&mut self) {
        let shared = self.guard.shared.clone();
        let ping = ms(shared.limits.websocket_ping_ms);
        let pong = ms(shared.limits.websocket_pong_ms);
        match (self.life, self.beat) {
            (Life::Open, Beat::Rest) => {
                self.speech.interject(Frame::ping().into_bytes());
                self.beat = Beat::Listening;
                self.sleep_for(pong);
            }
            (Life::Open, Beat::Heard) => {
                self.beat = Beat::Rest;
                self.sleep_for(ping.saturating_sub(pong));
            }
            (Life::Open, Beat::Listening) => self.begin_close(close_code::NO_PONG, "nothing was heard after a ping"),
            _ => self.end(),
        }
    }

    fn sleep_for(&mut self, time: Duration) {
        // never a deadline in the past: the loop that looks at it must come to an end
        self.sleep.as_mut().reset(tokio::time::Instant::now() + time.max(Duration::from_millis(1)));
    }

    fn begin_close(&mut self, code: u16, reason: &str) {
        self.speech.outbox.close(code, reason);
        self.await_close(Life::Closing);
    }

    /// The client breaks a rule: it is told which, and not listened to any more.
    fn refuse(&mut self, code: u16, reason: &str) {
        tracing::debug!(code, reason, "socket refused");
        self.begin_close(code, reason);
        self.life = Life::Deaf;
    }

    fn await_close(&mut self, life: Life) {
        if self.life == Life::Open {
            self.life = life;
            self.sleep_for(ms(self.guard.shared.limits.websocket_close_ms));
        }
    }

    fn end(&mut self) {
        self.life = Life::Over;
        self.speech.outbox.end();
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if self.life == Life::Over {
            return;
        }
        match self.speech.poll(&mut self.stream, cx) {
            Progress::Waiting => {}
            Progress::Broken => self.end(),
            Progress::Finished if self.life == Life::Deaf => {
                // the client sees the end after the reason; its own end is awaited by reading
                let _ = Pin::new(&mut self.stream).poll_shutdown(cx);
            }
            Progress::Finished if self.life == Life::Answering => self.end(),
            Progress::Finished => {}
        }
        if self.speech.closing() && self.life == Life::Open {
            self.await_close(Life::Closing);
            let _ = self.sleep.as_mut().poll(cx);
        }
    }

    /// Reads until there is a message; none when the socket is over.
    fn listen(&mut self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let mut turn = TURN_BYTES;
        loop {
            if matches!(self.life, Life::Deaf | Life::Answering) {
                return self.listen_deaf(cx, turn);
            }
            let mut pipe = Pipe {
                stream: &mut self.stream,
                early: &mut self.early,
                cx,
                turn: &mut turn,
                read: 0,
                control: Vec::new(),
            };
            let got = self.protocol.read(&mut pipe);
            // a pong or a close frame is made while reading, and written by the next flush
            let ended = matches!(self.protocol.flush(&mut pipe), Err(Error::ConnectionClosed));
            let (read, control) = (pipe.read, Bytes::from(pipe.control));
            self.unfinished += read;
            match got {
                Err(Error::Io(e)) if e.kind() == io::ErrorKind::WouldBlock => {
                    if self.unfinished > self.longest() {
                        self.refuse(close_code::POLICY, "a message came in too many pieces");
                        self.say_now(cx);
                        continue;
                    }
                    if turn == 0 {
                        cx.waker().wake_by_ref();
                    }
                    return Poll::Pending;
                }
                Ok(tungstenite::Message::Close(_)) => return self.answer_close(cx, control),
                Ok(message) => {
                    self.unfinished = 0;
                    if !control.is_empty() {
                        self.speech.interject(control);
                        self.write(cx);
                    }
                    match self.admit(message) {
                        Ok(Some(message)) => return Poll::Ready(Some(message)),
                        Ok(None) => {}
                        Err(()) => self.say_now(cx),
                    }
                }
                Err(error) => match verdict(&error) {
                    Some((code, reason)) if !ended => {
                        self.refuse(code, reason);
                        self.say_now(cx);
                    }
                    _ => return Poll::Ready(None),
                },
            }
            if self.life == Life::Over {
                return Poll::Ready(None);
            }
        }
    }

    /// The most bytes a message can reasonably come in: its own, and as much again for headers and control frames.
    fn longest(&self) -> usize {
        self.guard.shared.limits.websocket_message_bytes.saturating_mul(2).saturating_add(TURN_BYTES)
    }

    /// Sends what is to be said and lets the timer run.
    fn say_now(&mut self, cx: &mut Context<'_>) {
        let _ = self.sleep.as_mut().poll(cx);
        self.write(cx);
    }

    /// Counts a message; gives it, if it is one for the application.
    fn admit(&mut self, message: tungstenite::Message) -> Result<Option<Message>, ()> {
        if self.beat == Beat::Listening {
            self.beat = Beat::Heard;
        }
        if !self.allowance.one_more(Instant::now()) {
            self.refuse(close_code::POLICY, "too many messages; send fewer");
            return Err(());
        }
        if self.life != Life::Open {
            return Ok(None);
        }
        Ok(match message {
            tungstenite::Message::Text(text) => Some(Message::Text(text.as_str().to_owned())),
            tungstenite::Message::Binary(bytes) => Some(Message::Binary(bytes)),
            _ => None,
        })
    }

    /// The client closed: the answer goes out, and then it is over.
    fn answer_close(&mut self, cx: &mut Context<'_>, answer: Bytes) -> Poll<Option<Message>> {
        if self.speech.closing() {
            return Poll::Ready(None);
        }
        self.speech.conclude(answer);
        self.await_close(Life::Closing);
        self.life = Life::Answering;
        self.say_now(cx);
        match self.life {
            Life::Over => Poll::Ready(None),
            _ => self.listen_deaf(cx, TURN_BYTES),
        }
    }

    /// Reads and throws away, so that the client gets our close frame instead of a reset.
    fn listen_deaf(&mut self, cx: &mut Context<'_>, mut turn: usize) -> Poll<Option<Message>> {
        let mut scratch = [0; 4096];
        while turn > 0 {
            let mut buf = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => turn = turn.saturating_sub(buf.filled().len()),
                _ => return Poll::Ready(None),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for WebSocketReceiver {
    fn drop(&mut self) {
        self.speech.outbox.end();
    }
}

impl std::fmt::Debug for WebSocketReceiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebSocketReceiver").field("life", &self.life).finish_non_exhaustive()
    }
}

/// What to tell a client that caused this error; none if it is gone.
fn verdict(error: &Error) -> Option<(u16, &'static str)> {
    match error {
        Error::Capacity(_) => Some((close_code::TOO_BIG, "the message is too big")),
        Error::Utf8(_) => Some((close_code::NOT_UTF8, "the text is not UTF-8")),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some((close_code::PROTOCOL, "the WebSocket protocol was broken")),
        _ => None,
    }
}

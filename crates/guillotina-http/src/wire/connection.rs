//! One HTTP/1.1 connection: hyper's state machine, one coarse timer and the two signals of a shutdown.
//!
//! The timer is not touched by requests. It fires when the *earliest possible* deadline could have come, looks at
//! what the connection is doing, and either acts or sleeps on; so a busy connection costs no timer work.

use super::body::Body;
use super::incoming::{Handler, Incoming};
use super::io::ConnIo;
use super::limits::ms;
use super::reply::{Reply, ReplyBody};
use super::shared::{Guard, Shared, Stage};
use futures_util::FutureExt;
use http::header::{CONNECTION, HOST, HeaderValue};
use http::{Request, Response, StatusCode, Version};
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// What a connection is doing, as the timer sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Phase {
    /// Between requests; the last reply may still be on its way out.
    Idle,
    /// A head is arriving (or, on a new connection, awaited).
    Head,
    /// A request was handed over and its reply is not complete.
    Busy,
    /// The last answer is out; what the client still sends is thrown away.
    Linger,
}

/// A body whose end only hyper knows.
pub(crate) const CHUNKED: u64 = u64::MAX;

/// The state that the I/O, the service and the timer of one connection share. All three run in one task, so relaxed
/// atomics are enough; they are atomics because the task may move between threads.
pub(crate) struct Conn {
    pub shared: Arc<Shared>,
    pub peer: SocketAddr,
    phase: AtomicU8,
    /// When the phase began.
    since: AtomicU64,
    /// When a write first found the client's window full; 0 while writes pass.
    pub stalled: AtomicU64,
    /// A reply was given that is not out yet.
    pub unflushed: AtomicBool,
    /// A byte of the awaited head was seen.
    pub head_begun: AtomicBool,
    /// Bytes of the request's body that hyper was not given yet.
    pub body_left: AtomicU64,
    /// Bytes read ahead that hyper was not given yet.
    pub held_back: AtomicUsize,
    /// The status the head being read is refused with; 0 for none.
    pub fault: AtomicU16,
    requests: AtomicU32,
}

impl Conn {
    pub fn new(shared: Arc<Shared>, peer: SocketAddr) -> Arc<Conn> {
        let since = AtomicU64::new(shared.now());
        Arc::new(Conn {
            shared,
            peer,
            phase: AtomicU8::new(Phase::Head as u8),
            since,
            stalled: AtomicU64::new(0),
            unflushed: AtomicBool::new(false),
            head_begun: AtomicBool::new(false),
            body_left: AtomicU64::new(0),
            held_back: AtomicUsize::new(0),
            fault: AtomicU16::new(0),
            requests: AtomicU32::new(0),
        })
    }

    pub fn phase(&self) -> Phase {
        match self.phase.load(Relaxed) {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Busy,
            _ => Phase::Linger,
        }
    }

    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
        self.since.store(self.shared.now(), Relaxed);
    }

    /// A head was parsed; gives the request's number on this connection, from 1.
    fn begin(&self, body: u64) -> u32 {
        self.phase.store(Phase::Busy as u8, Relaxed);
        self.head_begun.store(false, Relaxed);
        self.body_left.store(body, Relaxed);
        let n = self.requests.load(Relaxed) + 1;
        self.requests.store(n, Relaxed);
        n
    }

    /// The reply is complete, though not out.
    pub fn replied(&self) {
        self.unflushed.store(true, Relaxed);
        if self.body_left.load(Relaxed) == CHUNKED {
            self.body_left.store(0, Relaxed);
        }
        self.enter(Phase::Idle);
    }

    /// Nothing of ours is being answered or on its way out.
    pub fn at_rest(&self) -> bool {
        matches!(self.phase(), Phase::Idle | Phase::Head) && !self.unflushed.load(Relaxed)
    }

    /// Bytes of the body that are not even in memory yet.
    fn body_unread(&self) -> bool {
        let left = self.body_left.load(Relaxed);
        left != CHUNKED && left > self.held_back.load(Relaxed) as u64
    }

    fn verdict(&self) -> Verdict {
        let limits = &self.shared.limits;
        let now = self.shared.now();
        let since = self.since.load(Relaxed);
        let mut due = now.saturating_add(nanos(step(&self.shared)));
        let stalled = self.stalled.load(Relaxed);
        if stalled != 0 {
            let end = stalled.saturating_add(nanos(ms(limits.body_idle_ms)));
            if now >= end {
                return Verdict::Drop("the client does not take the reply");
            }
            due = due.min(end);
        }
        let (limit, then) = match self.phase() {
            Phase::Busy => return Verdict::Sleep(due),
            Phase::Idle if stalled != 0 => return Verdict::Sleep(due),
            Phase::Idle => (limits.keep_alive_idle_ms, Verdict::Drop("idle")),
            Phase::Head if self.head_begun.load(Relaxed) && self.at_rest() => {
                (limits.header_read_timeout_ms, Verdict::HeadTimeout)
            }
            Phase::Head => (limits.header_read_timeout_ms, Verdict::Drop("no request came")),
            Phase::Linger => (limits.linger_ms, Verdict::Drop("lingered")),
        };
        let end = since.saturating_add(nanos(ms(limit)));
        if now >= end { then } else { Verdict::Sleep(due.min(end)) }
    }
}

enum Verdict {
    Sleep(u64),
    HeadTimeout,
    Drop(&'static str),
}

fn nanos(d: Duration) -> u64 {
    u64::try_from(d.as_nanos()).unwrap_or(u64::MAX)
}

/// The timer's longest sleep: no limit is shorter, so none is noticed late.
fn step(shared: &Shared) -> Duration {
    let l = &shared.limits;
    ms(l.header_read_timeout_ms.min(l.keep_alive_idle_ms).min(l.body_idle_ms).max(10))
}

/// hyper set up as the limits say. It gets no timer: the times are kept here.
pub(crate) fn builder(shared: &Shared) -> http1::Builder {
    let l = &shared.limits;
    let mut b = http1::Builder::new();
    b.header_read_timeout(None).max_buf_size(l.header_bytes.max(8192));
    if l.header_count != 100 {
        // 100 is hyper's own; setting it would move the headers from the stack to the heap
        b.max_headers(l.header_count);
    }
    b
}

/// Runs a connection to its end, or until it has become a socket.
pub(crate) async fn run<H: Handler>(
    stream: TcpStream,
    peer: SocketAddr,
    guard: Guard,
    handler: Arc<H>,
    http: http1::Builder,
) {
    let shared = guard.shared.clone();
    let state = Conn::new(shared.clone(), peer);
    let io = ConnIo::new(stream, guard, state.clone());
    let of_service = state.clone();
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let body = request.body().size_hint().exact().unwrap_or(CHUNKED);
        let number = of_service.begin(body);
        answer(handler.clone(), of_service.clone(), number, request)
    });
    let mut http = pin!(http.serve_connection(io, service).with_upgrades());
    let mut task = Watch {
        state: &state,
        shared: &shared,
        sleep: pin!(tokio::time::sleep(step(&shared))),
        stop: pin!(shared.stop.cancelled()),
        cut: pin!(shared.cut.cancelled()),
        armed: false,
        stage: Stage::Running,
        lingering: false,
    };
    poll_fn(|cx| {
        if let Poll::Ready(result) = http.as_mut().poll(cx) {
            if let Err(error) = result {
                tracing::debug!(%peer, %error, "connection ended");
            }
            return Poll::Ready(());
        }
        loop {
            match task.look(cx) {
                Look::Fine => return Poll::Pending,
                Look::Drop(why) => {
                    tracing::debug!(%peer, why, "connection dropped");
                    return Poll::Ready(());
                }
                Look::Stop => http.as_mut().graceful_shutdown(),
                Look::Again => {}
            }
            if http.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            if task.stage >= Stage::Stopping && state.at_rest() && state.fault.load(Relaxed) == 0 {
                return Poll::Ready(());
            }
        }
    })
    .await;
}

/// The timer and the signals beside hyper's state machine.
struct Watch<'a, W: Future<Output = ()>> {
    state: &'a Conn,
    shared: &'a Shared,
    sleep: Pin<&'a mut Sleep>,
    stop: Pin<&'a mut W>,
    cut: Pin<&'a mut W>,
    /// The timer and the current signal know this task's waker; a task's waker never changes.
    armed: bool,
    stage: Stage,
    lingering: bool,
}

enum Look {
    Fine,
    Drop(&'static str),
    /// Tell hyper to finish.
    Stop,
    /// Let hyper see what changed.
    Again,
}

impl<W: Future<Output = ()>> Watch<'_, W> {
    fn look(&mut self, cx: &mut Context<'_>) -> Look {
        if !self.armed {
            self.armed = true;
            let _ = self.sleep.as_mut().poll(cx);
            let _ = self.stop.as_mut().poll(cx);
        }
        let stage = self.shared.stage();
        if stage > self.stage {
            self.stage = stage;
            if stage == Stage::Cutting {
                return Look::Drop("the grace is over");
            }
            let _ = self.cut.as_mut().poll(cx);
            return Look::Stop;
        }
        if !self.lingering && self.state.phase() == Phase::Linger {
            self.lingering = true;
            return self.sleep_until(self.shared.now() + nanos(ms(self.shared.limits.linger_ms)), cx);
        }
        if !self.sleep.is_elapsed() {
            return Look::Fine;
        }
        match self.state.verdict() {
            Verdict::Sleep(until) => self.sleep_until(until, cx),
            Verdict::Drop(why) => Look::Drop(why),
            Verdict::HeadTimeout => {
                // hyper is made to see a broken head; the I/O turns its answer into this one
                self.state.fault.store(StatusCode::REQUEST_TIMEOUT.as_u16(), Relaxed);
                self.state.enter(Phase::Linger);
                Look::Again
            }
        }
    }

    fn sleep_until(&mut self, until: u64, cx: &mut Context<'_>) -> Look {
        self.sleep.as_mut().reset(self.shared.instant(until));
        match self.sleep.as_mut().poll(cx) {
            Poll::Ready(()) => Look::Again,
            Poll::Pending => Look::Fine,
        }
    }
}

/// One request: the checks that are the wire's own, the handler, and its reply made ready.
async fn answer<H: Handler>(
    handler: Arc<H>,
    state: Arc<Conn>,
    number: u32,
    request: Request<hyper::body::Incoming>,
) -> Result<Response<ReplyBody>, Infallible> {
    let (parts, body) = request.into_parts();
    let limits = &state.shared.limits;
    let last = number >= limits.requests_per_connection || state.shared.stage() != Stage::Running;
    if parts.version == Version::HTTP_11 && parts.headers.get_all(HOST).iter().count() != 1 {
        // RFC 9112, 3.2: a request without a host, or with two, is none.
        let reply = Reply::reason(StatusCode::BAD_REQUEST, "send exactly one Host header").closing();
        return Ok(reply.into_response(&state));
    }
    let body = Body::from_hyper(body, limits);
    let incoming = Incoming { parts, body, peer: state.peer, conn: Some(state.clone()) };
    let mut reply = match AssertUnwindSafe(handler.call(incoming)).catch_unwind().await {
        Ok(reply) => reply,
        Err(_) => {
            tracing::error!(peer = %state.peer, "a handler panicked; answered 500");
            Reply::reason(StatusCode::INTERNAL_SERVER_ERROR, "the server made an error; its log says which").closing()
        }
    };
    if (last || state.body_unread()) && reply.status != StatusCode::SWITCHING_PROTOCOLS {
        reply.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(reply.into_response(&state))
}

//! A request's body: read with a size limit and a minimum pace.

use super::limits::{Limits, ms};
use super::reply::Reply;
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use hyper::body::{Body as _, Incoming};
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// It is larger than allowed (C-024).
    #[error("the body is larger than {limit} bytes; send less, or upload it as a file")]
    TooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// It stopped arriving, or arrived too slowly.
    #[error("the body did not arrive in time; send it faster")]
    Timeout,
    /// The client went away (C-030).
    #[error("the client closed the connection before its body was complete")]
    Closed,
    /// Its framing is broken.
    #[error("the body is malformed: {0}; check its chunk sizes")]
    Malformed(String),
}

impl BodyError {
    /// 413, 408, 499 or 400.
    pub fn status(&self) -> StatusCode {
        match self {
            BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Timeout => StatusCode::REQUEST_TIMEOUT,
            BodyError::Closed => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            BodyError::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The answer to give: `{}` for 413 (C-024), else the reason. The connection can't go on after it.
    pub fn reply(&self) -> Reply {
        match self {
            BodyError::TooLarge { .. } => Reply::json(self.status(), "{}").closing(),
            _ => Reply::reason(self.status(), &self.to_string()).closing(),
        }
    }
}

/// A request's body. Nothing is read before it is asked for.
///
/// ```
/// use guillotina_http::wire::{Body, BodyError};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let body = Body::from("four");
/// assert_eq!(body.declared(), Some(4));
/// assert_eq!(body.collect(3).await, Err(BodyError::TooLarge { limit: 3 }));
/// # })
/// ```
#[derive(Debug)]
pub struct Body {
    inner: Inner,
    pace: Pace,
}

#[derive(Debug)]
enum Inner {
    Net(Incoming),
    Memory(Bytes),
}

impl Body {
    pub(crate) fn from_hyper(body: Incoming, limits: &Limits) -> Body {
        Body { inner: Inner::Net(body), pace: Pace::new(limits) }
    }

    /// An empty body.
    pub fn empty() -> Body {
        Body::from(Bytes::new())
    }

    /// The length the client declared, in bytes; none if the body is chunked.
    pub fn declared(&self) -> Option<u64> {
        match &self.inner {
            Inner::Net(body) => body.size_hint().exact(),
            Inner::Memory(bytes) => Some(bytes.len() as u64),
        }
    }

    /// Reads the whole body, at most `limit` bytes. A longer declared length is refused before anything is read
    /// (the client that asked with `Expect: 100-continue` then never sends it).
    pub async fn collect(mut self, limit: u64) -> Result<Bytes, BodyError> {
        let declared = self.declared();
        if declared.is_some_and(|n| n > limit) {
            return Err(BodyError::TooLarge { limit });
        }
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        if first.len() as u64 > limit {
            return Err(BodyError::TooLarge { limit });
        }
        if self.at_end() {
            return Ok(first);
        }
        // a declared length is a promise, not memory: reserve no more than has been shown to arrive
        let mut all = BytesMut::with_capacity(
            usize::try_from(declared.unwrap_or(0)).unwrap_or(0).min(first.len().saturating_mul(4)),
        );
        all.extend_from_slice(&first);
        while let Some(chunk) = self.chunk().await? {
            if (all.len() + chunk.len()) as u64 > limit {
                return Err(BodyError::TooLarge { limit });
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// The next piece of the body, of any size above 0; none at its end. For uploads, which are not limited in size
    /// (C-024) but in pace. The time between two calls is the caller's and does not count.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    fn at_end(&self) -> bool {
        match &self.inner {
            Inner::Net(body) => body.is_end_stream(),
            Inner::Memory(bytes) => bytes.is_empty(),
        }
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        let body = match &mut self.inner {
            Inner::Memory(bytes) => {
                let bytes = std::mem::take(bytes);
                return Poll::Ready(Ok((!bytes.is_empty()).then_some(bytes)));
            }
            Inner::Net(body) => body,
        };
        loop {
            return match Pin::new(&mut *body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => {
                        self.pace.arrived(data.len());
                        Poll::Ready(Ok(Some(data)))
                    }
                    // trailers are read and dropped: nothing here trusts them
                    _ => continue,
                },
                Poll::Ready(Some(Err(error))) => Poll::Ready(Err(sort(&error))),
                Poll::Ready(None) => Poll::Ready(Ok(None)),
                Poll::Pending => self.pace.poll_late(cx).map(|()| Err(BodyError::Timeout)),
            };
        }
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Body {
        Body { inner: Inner::Memory(bytes.into()), pace: Pace::new(&Limits::default()) }
    }
}

/// hyper says by the kind of the I/O error inside whether the framing was broken or the client is gone.
fn sort(error: &hyper::Error) -> BodyError {
    let mut source = error.source();
    while let Some(e) = source {
        if let Some(io) = e.downcast_ref::<io::Error>()
            && matches!(io.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        {
            return BodyError::Malformed(io.to_string());
        }
        source = e.source();
    }
    BodyError::Closed
}

/// How long a body may still be waited for. Costs nothing while the body is there already.
#[derive(Debug)]
struct Pace {
    idle: Duration,
    rate: u64,
    rate_after: Duration,
    received: u64,
    /// Time spent in earlier waits.
    waited: Duration,
    waiting: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn new(limits: &Limits) -> Pace {
        Pace {
            idle: ms(limits.body_idle_ms),
            rate: limits.body_min_rate_bytes_per_s,
            rate_after: ms(limits.body_min_rate_after_ms),
            received: 0,
            waited: Duration::ZERO,
            waiting: None,
            sleep: None,
        }
    }

    fn arrived(&mut self, bytes: usize) {
        self.received += bytes as u64;
        if let Some(since) = self.waiting.take() {
            self.waited += since.elapsed();
        }
    }

    /// How long this wait may last: the idle limit, or until the average falls below the rate.
    fn patience(&self) -> Duration {
        let Some(earned) = self.received.checked_mul(1000).and_then(|r| r.checked_div(self.rate)) else {
            return self.idle;
        };
        self.idle.min(ms(earned).max(self.rate_after).saturating_sub(self.waited))
    }

    /// Ready when the wait has lasted too long.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            let until = (now + self.patience()).into();
            match &mut self.sleep {
                Some(sleep) => sleep.as_mut().reset(until),
                None => self.sleep = Some(Box::pin(tokio::time::sleep_until(until))),
            }
        }
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_body_earns_time_by_what_it_sent() {
        let mut p = Pace::new(&Limits { body_min_rate_bytes_per_s: 1000, ..Limits::default() });
        assert_eq!(p.patience(), Duration::from_secs(10));
        p.waited = Duration::from_secs(8);
        p.received = 9_000;
        assert_eq!(p.patience(), Duration::from_secs(2));
        p.received = 12_000;
        assert_eq!(p.patience(), Duration::from_secs(4));
        p.received = 1_000_000;
        assert_eq!(p.patience(), Duration::from_secs(30));
        p.rate = 0;
        assert_eq!(p.patience(), Duration::from_secs(30));
    }

    #[test]
    fn errors_carry_their_status() {
        assert_eq!(BodyError::Closed.status().as_u16(), 499);
        let reply = BodyError::TooLarge { limit: 1 }.reply();
        assert_eq!((reply.status.as_u16(), reply.body.bytes().unwrap()), (413, &b"{}"[..]));
        assert_eq!(reply.headers["connection"], "close");
    }
}

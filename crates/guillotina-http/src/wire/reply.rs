//! What a handler answers with.

use super::connection::Conn;
use bytes::Bytes;
use futures_util::Stream;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// What a handler answers with. `Date`, `Content-Length` and `Transfer-Encoding` are added on the way out.
///
/// ```
/// use guillotina_http::wire::Reply;
/// use http::StatusCode;
///
/// let reply = Reply::json(StatusCode::CREATED, r#"{"@name":"item"}"#);
/// assert_eq!(reply.headers["content-type"], "application/json");
/// // an empty answer carries no content type (C-035)
/// assert!(Reply::empty(StatusCode::NO_CONTENT).headers.is_empty());
/// ```
#[derive(Debug)]
pub struct Reply {
    /// The status line.
    pub status: StatusCode,
    /// The headers, without the framing ones.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReplyBody,
}

impl Reply {
    /// A reply without headers.
    pub fn new(status: StatusCode, body: impl Into<ReplyBody>) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// A reply without a body.
    pub fn empty(status: StatusCode) -> Reply {
        Reply::new(status, ReplyBody::Empty)
    }

    /// A reply whose body is JSON already.
    pub fn json(status: StatusCode, json: impl Into<Bytes>) -> Reply {
        let mut reply = Reply::new(status, ReplyBody::Bytes(json.into()));
        reply.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        reply
    }

    /// The JSON `{"reason": …}`.
    pub fn reason(status: StatusCode, reason: &str) -> Reply {
        Reply::json(status, reason_json(reason))
    }

    /// The same reply, after which the connection is closed.
    #[must_use]
    pub fn closing(mut self) -> Reply {
        self.headers.insert(CONNECTION, HeaderValue::from_static("close"));
        self
    }

    pub(crate) fn into_response(self, conn: &Arc<Conn>) -> Response<ReplyBody> {
        let mut body = self.body;
        match &mut body {
            ReplyBody::Stream(stream) => stream.conn = Some(conn.clone()),
            _ => conn.replied(),
        }
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

pub(crate) fn reason_json(reason: &str) -> String {
    serde_json::json!({ "reason": reason }).to_string()
}

/// A reply's body.
#[derive(Default)]
pub enum ReplyBody {
    /// Nothing.
    #[default]
    Empty,
    /// Bytes in memory.
    Bytes(Bytes),
    /// Bytes made while they are sent; see [`ReplyBody::stream`].
    Stream(StreamedBody),
}

/// A body that is made while it is sent; made by [`ReplyBody::stream`].
pub struct StreamedBody {
    stream: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    left: Option<u64>,
    conn: Option<Arc<Conn>>,
}

impl Drop for StreamedBody {
    fn drop(&mut self) {
        if let Some(conn) = &self.conn {
            conn.replied();
        }
    }
}

impl ReplyBody {
    /// A body that is made while it is sent, at the client's pace. With a `length` in bytes the reply says
    /// `Content-Length`, and a stream that gives more or less is cut; without, it is sent in chunks.
    /// An error of the stream cuts the connection, so that the client can't take the part for the whole.
    pub fn stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static, length: Option<u64>) -> ReplyBody {
        ReplyBody::Stream(StreamedBody { stream: Box::pin(stream), left: length, conn: None })
    }

    /// The body's bytes, if they are in memory.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            ReplyBody::Empty => Some(&[]),
            ReplyBody::Bytes(bytes) => Some(bytes),
            ReplyBody::Stream(_) => None,
        }
    }
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplyBody::Empty => f.write_str("Empty"),
            ReplyBody::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            ReplyBody::Stream(s) => write!(f, "Stream({:?})", s.left),
        }
    }
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> ReplyBody {
        ReplyBody::Bytes(bytes)
    }
}

impl From<Vec<u8>> for ReplyBody {
    fn from(bytes: Vec<u8>) -> ReplyBody {
        ReplyBody::Bytes(bytes.into())
    }
}

impl From<String> for ReplyBody {
    fn from(text: String) -> ReplyBody {
        ReplyBody::Bytes(text.into())
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        match this {
            ReplyBody::Empty => Poll::Ready(None),
            ReplyBody::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = ReplyBody::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            ReplyBody::Stream(s) => match ready!(s.stream.as_mut().poll_next(cx)).transpose()? {
                Some(bytes) => {
                    if let Some(left) = &mut s.left {
                        *left = left
                            .checked_sub(bytes.len() as u64)
                            .ok_or_else(|| io::Error::other("a streamed reply is longer than it said"))?;
                    }
                    Poll::Ready(Some(Ok(Frame::data(bytes))))
                }
                None if s.left.is_some_and(|left| left > 0) => {
                    Poll::Ready(Some(Err(io::Error::other("a streamed reply is shorter than it said"))))
                }
                None => Poll::Ready(None),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            ReplyBody::Empty => true,
            ReplyBody::Bytes(bytes) => bytes.is_empty(),
            ReplyBody::Stream(s) => s.left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ReplyBody::Empty => SizeHint::with_exact(0),
            ReplyBody::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            ReplyBody::Stream(s) => s.left.map(SizeHint::with_exact).unwrap_or_default(),
        }
    }
}

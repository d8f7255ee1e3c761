//! [`Client`]: HTTP within the process.

use crate::app::Listening;
use crate::socket::Socket;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use guillotina_http::handler::AppHandler;
use guillotina_http::wire::{Body, Handler, Incoming, ReplyBody};
use http::{HeaderMap, Request, header};
use hyper::body::Body as _;
use serde_json::{Value, json};
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The first header of that name; `None` when it is missing or not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    /// The JSON body, when the status is that one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }
}

/// Asks a [`TestApp`](crate::TestApp) as one user. Its requests go the way of all others, from the head of the request to the
/// rendered answer, but over no connection.
#[derive(Clone)]
pub struct Client {
    handler: Arc<AppHandler>,
    listening: Arc<Listening>,
    authorization: Option<String>,
}

impl Client {
    pub(crate) fn new(handler: Arc<AppHandler>, listening: Arc<Listening>) -> Client {
        Client { handler, listening, authorization: None }
    }

    /// The same with a name and a password.
    #[must_use]
    pub fn basic(&self, user: &str, password: &str) -> Client {
        self.with_authorization(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    /// The same with a token.
    #[must_use]
    pub fn bearer(&self, token: &str) -> Client {
        self.with_authorization(format!("Bearer {token}"))
    }

    fn with_authorization(&self, value: String) -> Client {
        Client { authorization: Some(value), ..self.clone() }
    }

    /// The header `Authorization`.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Logs in at a container, and gives a client with the token.
    pub async fn login(&self, container: &str, user: &str, password: &str) -> Client {
        let answer = self.post(&format!("{container}/@login"), json!({"username": user, "password": password})).await;
        let body = answer.expect(200);
        self.bearer(body["token"].as_str().expect("a token"))
    }

    /// GET.
    pub async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, None, &[]).await
    }

    /// POST of JSON.
    pub async fn post(&self, target: &str, body: Value) -> Answer {
        self.send("POST", target, Some(body.to_string().into()), &[]).await
    }

    /// PATCH of JSON.
    pub async fn patch(&self, target: &str, body: Value) -> Answer {
        self.send("PATCH", target, Some(body.to_string().into()), &[]).await
    }

    /// PUT of JSON.
    pub async fn put(&self, target: &str, body: Value) -> Answer {
        self.send("PUT", target, Some(body.to_string().into()), &[]).await
    }

    /// DELETE.
    pub async fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, None, &[]).await
    }

    /// A request of any kind. The target is a path, with a query if need be; a body is JSON unless a header says otherwise.
    pub async fn send(&self, method: &str, target: &str, body: Option<Bytes>, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(target).header(header::HOST, "localhost");
        if let Some(value) = &self.authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let is_typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && !is_typed {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap_or_else(|e| panic!("{method} {target} is no request: {e}"));
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let body = Body::from(body.unwrap_or_default());
        let reply = self.handler.call(Incoming::detached(request.into_parts().0, body, peer)).await;
        Answer { status: reply.status.as_u16(), headers: reply.headers, body: whole(reply.body).await }
    }

    /// Opens a WebSocket, over a real connection.
    ///
    /// # Errors
    /// The status of the answer when the server refuses.
    pub async fn socket(&self, target: &str) -> Result<Socket, u16> {
        Socket::open(self.listening.address().await, self.authorization(), target).await
    }
}

/// All bytes of a body.
async fn whole(mut body: ReplyBody) -> Bytes {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.expect("the body of the answer ends as it should").into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    bytes.into()
}

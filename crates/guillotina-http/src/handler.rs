//! [`AppHandler`]: what the wire calls for every request.

use crate::cors::{Cors, Refused};
use crate::dispatch::{self, Allowed, Raw};
use crate::files::{Files, Target};
use crate::ops::{Access, Ops};
use crate::path::{self, BadPath};
use crate::proxies::Proxies;
use crate::reply::{self, ErrorContext};
use crate::request_info::RequestInfo;
use crate::socket::{self, Right};
use crate::traversal::{self, Found, nothing_there};
use crate::wire::{Handler, Incoming, Reply, ReplyBody};
use futures_util::FutureExt;
use guillotina_content::answer::Answer;
use guillotina_content::app::View;
use guillotina_content::error::Cause;
use guillotina_content::registration::Method;
use guillotina_content::{App, Error, Located, Result};
use http::header::{self, HeaderMap, HeaderValue};
use serde_json::json;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Longest id of a request that is taken from a header, in bytes.
const MAX_REQUEST_ID: usize = 128;

/// Answers the requests of one application.
pub struct AppHandler {
    app: App,
    cors: Cors,
    files: Files,
    max_body: u64,
    proxies: Proxies,
    ops: Arc<Ops>,
    access: Access,
}

impl AppHandler {
    /// The handler of an application.
    pub fn new(app: App) -> Self {
        let ops = Ops::new(app.clone(), CancellationToken::new());
        Self::with(app, ops)
    }

    /// The same, with what operators look at shared with others.
    pub(crate) fn with(app: App, ops: Arc<Ops>) -> Self {
        let access = Access::new(&app.core().logs);
        let cors = Cors::new(&app.core().cors, app.core().websocket_origins.as_deref());
        let max_body = app.core().server_settings.client_max_size;
        let proxies = Proxies::new(&app.core().trusted_proxies);
        AppHandler { files: Files::new(&app), app, cors, max_body, proxies, ops, access }
    }

    async fn answer(&self, incoming: Incoming, uid: Arc<str>) -> Reply {
        let mut headers = HeaderMap::with_capacity(8);
        if let Ok(value) = HeaderValue::from_str(&uid) {
            headers.insert(reply::REQUEST_ID, value);
        }
        if let Some(answer) = self.ops.health.answer(&incoming.parts.method, incoming.parts.uri.path()).await {
            return without_body(reply::answer(answer, headers), incoming.parts.method == http::Method::HEAD);
        }
        let websocket = incoming.websocket_key();
        let passed = match websocket {
            Ok(None) => self.cors.headers(&incoming.parts.headers, &mut headers),
            _ => self.cors.socket_headers(&incoming.parts.headers, &mut headers),
        };
        if passed.is_none() {
            // Row E-018 ⚠: with a body.
            return reply::answer(Answer::json(json!({"reason": "Origin not allowed"})).with_status(401), headers);
        }
        let Some(method) = Method::parse(incoming.parts.method.as_str()) else {
            return reply::method_not_allowed(headers);
        };
        let path = incoming.parts.uri.path().to_owned();
        let context = ErrorContext { uid: &uid, method: method.as_str(), path: &path, debug: self.app.core().debug };
        if let Some(target) = self.files.find(&path).filter(|_| method != Method::OPTIONS) {
            return self.serve_file(target, method, incoming, &context, headers).await;
        }
        // `GET db HTTP/1.1` names a host, and `*` is the server: neither is an object.
        let split = if path.starts_with('/') { path::split(&path) } else { Err(BadPath::Malformed) };
        let segments = match split {
            Ok(segments) => segments,
            Err(bad) => return reply::error(&bad_path(bad), &context, headers),
        };
        if method == Method::OPTIONS && !self.app.components().views.contains_key(&method) {
            return self.preflight(&incoming.parts.headers, headers);
        }
        match websocket {
            Err(error) => error.reply(),
            Ok(Some(key)) => {
                let mut raw = self.raw(&incoming.parts, incoming.peer, method, segments, &uid);
                raw.headers = Arc::new(socket::own_headers(&incoming.parts.headers));
                match self.find_socket(&raw).await {
                    Ok((allowed, right)) => socket::accept(&self.app, incoming, &key, allowed, right),
                    Err(error) => reply::error(&error, &context, headers),
                }
            }
            Ok(None) => {
                let Incoming { parts, body, peer, .. } = incoming;
                let mut raw = self.raw(&parts, peer, method, segments, &uid);
                raw.headers = Arc::new(parts.headers);
                // A body that no service reads is read all the same, so that the connection can go on.
                match body.collect(self.max_body).await {
                    Ok(body) => {
                        raw.body = body;
                        self.serve(raw, &context, headers).await
                    }
                    Err(error) => with_headers(error.reply(), headers),
                }
            }
        }
    }

    async fn serve_file(
        &self,
        target: Target<'_>,
        method: Method,
        incoming: Incoming,
        context: &ErrorContext<'_>,
        headers: HeaderMap,
    ) -> Reply {
        let Incoming { parts, body, peer, .. } = incoming;
        let base_url = self.base_url(&parts.headers, peer);
        match body.collect(self.max_body).await {
            Ok(_) => self.files.answer(target, method, &parts, &base_url, context, headers).await,
            Err(error) => with_headers(error.reply(), headers),
        }
    }

    fn raw(
        &self,
        parts: &http::request::Parts,
        peer: SocketAddr,
        method: Method,
        segments: Vec<String>,
        uid: &Arc<str>,
    ) -> Raw {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        Raw {
            method,
            path: parts.uri.path().to_owned(),
            segments,
            credentials: self.app.auth().extract(authorization, &query),
            query,
            headers: Arc::default(),
            body: bytes::Bytes::new(),
            base_url: self.base_url(&parts.headers, peer),
            uid: uid.clone(),
            peer: Some(self.proxies.client(&parts.headers, peer.ip())),
        }
    }

    /// Scheme, host and prefix of URLs. What a proxy says counts only if it is trusted (row C-029 ⚠).
    fn base_url(&self, headers: &HeaderMap, peer: SocketAddr) -> Arc<str> {
        let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
        let Some(host) = text("host").filter(|h| is_host(h)) else { return self.app.core().base_url() };
        let mut url = String::with_capacity(host.len() + 8);
        if self.proxies.trust(peer.ip()) {
            if let Some(base) = text("x-virtualhost-monster").filter(|v| v.contains("://")) {
                return base.trim_end_matches('/').into();
            }
            url.push_str(if text("x-forwarded-proto").or(text("x-forwarded-scheme")) == Some("https") {
                "https://"
            } else {
                "http://"
            });
            url.push_str(host);
            url.push_str(text("x-virtualhost-path").unwrap_or_default().trim_end_matches('/'));
            return url.into();
        }
        url.push_str("http://");
        url.push_str(host);
        url.into()
    }

    /// Row O-002: any path answers, as rights and even existence don't count for a preflight.
    fn preflight(&self, request: &HeaderMap, mut headers: HeaderMap) -> Reply {
        match self.cors.preflight(request, &mut headers) {
            Ok(()) => reply::answer(Answer::json(json!({})), headers),
            Err(Refused(status, body)) => reply::answer(Answer::json(body).with_status(status), headers),
        }
    }

    /// Finds the view of a socket in a short transaction of its own: the handler will hold none.
    async fn find_socket(&self, raw: &Raw) -> Result<(Allowed, Right)> {
        match traversal::database(&self.app, &raw.segments) {
            Some(database) => {
                let name = database.name().clone();
                database
                    .read(|tx| async move {
                        let found = traversal::walk(&tx, &raw.segments[1..]).await?;
                        let right = Right::new(&self.app, raw, &name_of(&tx), found.container.as_ref());
                        Ok((dispatch::find(&self.app, raw, &name_of(&tx), found).await?, right))
                    })
                    .await
                    .inspect_err(|error| tracing::debug!(database = %name, %error, "a socket was refused"))
            }
            None => {
                let right = Right::new(&self.app, raw, "", None);
                Ok((dispatch::find(&self.app, raw, "", self.at_application(raw)).await?, right))
            }
        }
    }

    fn at_application<'r>(&self, raw: &'r Raw) -> Found<'r> {
        Found { context: Located::Application(self.app.clone()), container: None, tail: &raw.segments, tx: None }
    }

    async fn serve(&self, raw: Raw, context: &ErrorContext<'_>, headers: HeaderMap) -> Reply {
        let (result, replays) = match traversal::database(&self.app, &raw.segments) {
            Some(database) => {
                let raw = &raw;
                let run = database.run(raw.method.writes(), |tx| async move {
                    let found = traversal::walk(&tx, &raw.segments[1..]).await?;
                    let allowed = dispatch::find(&self.app, raw, &name_of(&tx), found).await?;
                    finish(self.call(allowed).await?)
                });
                let (done, replays) = run.await;
                (done.map(|d| d.value), replays)
            }
            None => (self.serve_application(&raw).await, 0),
        };
        let mut reply = match result {
            Err(error) if raw.method == Method::OPTIONS && is_missing(&error) => self.preflight(&raw.headers, headers),
            Ok(answer) => reply::answer(answer, headers),
            Err(error) => reply::error(&error, context, headers),
        };
        if replays > 0 {
            reply.headers.insert(reply::RETRY_COUNT, HeaderValue::from(replays));
        }
        without_body(reply, raw.method == Method::HEAD)
    }

    async fn serve_application(&self, raw: &Raw) -> Result<Answer> {
        let allowed = dispatch::find(&self.app, raw, "", self.at_application(raw)).await?;
        self.call(allowed).await
    }

    async fn call(&self, allowed: Allowed) -> Result<Answer> {
        call_view(&self.app, allowed).await
    }
}

/// Calls the view that was found; a panic is an error like any other.
pub(crate) async fn call_view(app: &App, allowed: Allowed) -> Result<Answer> {
    match allowed.view {
        View::Service(decl, _) => AssertUnwindSafe(dispatch::call(app, decl, allowed))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(Error::internal("a handler panicked; the line before this one says where"))),
        // RFC 9110, 15.5.22: the resource speaks another protocol.
        View::WebSocket(..) => {
            Err(Error::http(426, json!({"reason": "This is a WebSocket: connect with an upgrade request"})))
        }
    }
}

fn name_of(tx: &guillotina_content::Tx) -> Arc<str> {
    tx.database().name().clone()
}

/// Row C-021 ⚠: an answer of 400 and more aborts the transaction, whether it is returned or raised.
fn finish(answer: Answer) -> Result<Answer> {
    if answer.status < 400 {
        return Ok(answer);
    }
    Err(Error::new(Cause::Answer(answer)))
}

/// Whether no view was found, which for OPTIONS is the usual case (row S-027).
fn is_missing(error: &Error) -> bool {
    matches!(error.cause(), Cause::Http { status: 404, .. })
}

/// The answer to a HEAD has the headers alone.
fn without_body(mut reply: Reply, head: bool) -> Reply {
    if head {
        reply.body = ReplyBody::Empty;
    }
    reply
}

fn with_headers(mut reply: Reply, headers: HeaderMap) -> Reply {
    for (name, value) in headers {
        if let Some(name) = name {
            reply.headers.entry(name).or_insert(value);
        }
    }
    reply
}

/// Rows C-004 and the limits of paths.
pub(crate) fn bad_path(bad: BadPath) -> Error {
    match bad {
        BadPath::Forbidden => nothing_there(),
        BadPath::TooLong => Error::http(414, json!({"reason": "The path has too many or too long segments"})),
        BadPath::Malformed => Error::http(400, json!({"reason": "The path holds characters that no id can have"})),
    }
}

/// Row C-028: the id that a client or proxy gave, or a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let given = headers.get("x-forwarded-request-uid").and_then(|v| v.to_str().ok());
    match given.filter(|g| !g.is_empty() && g.len() <= MAX_REQUEST_ID && g.bytes().all(|b| b.is_ascii_graphic())) {
        Some(given) => Arc::from(given),
        None => {
            let mut buffer = uuid::Uuid::encode_buffer();
            Arc::from(&*uuid::Uuid::new_v4().simple().encode_lower(&mut buffer))
        }
    }
}

/// Only what can stand in a host is echoed into URLs.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_'))
}

impl Handler for AppHandler {
    async fn call(&self, request: Incoming) -> Reply {
        let timing = self.ops.requests.begin(&request.parts.method);
        let uid = request_id(&request.parts.headers);
        let info = RequestInfo::new(uid.clone(), request.parts.method.clone(), &request.parts.uri);
        let answering = async {
            let reply = self.answer(request, uid).await;
            let status = reply.status.as_u16();
            self.access.log(status, timing.answered(status));
            reply
        };
        info.scope(answering).await
    }
}

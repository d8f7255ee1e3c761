//! Which request a task answers, for whoever writes the lines of the log.
//!
//! A span of `tracing` could say it too. But subscribers write down a span's fields when it begins, which would be for
//! every request, and mostly for nothing; here it costs something only when there is a line.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, OnceLock};

tokio::task_local! {
    static CURRENT: Arc<RequestInfo>;
}

/// What the log says about a request.
pub struct RequestInfo {
    /// Its id, as in `X-Request-Id`.
    pub id: Arc<str>,
    method: http::Method,
    path: Box<str>,
    user: OnceLock<Arc<str>>,
}

impl RequestInfo {
    /// A request of which nobody knows yet who asks.
    pub fn new(id: Arc<str>, method: http::Method, uri: &http::Uri) -> Arc<RequestInfo> {
        // A copy: the URI is a part of the buffer that the whole head was read into, which a WebSocket would keep.
        Arc::new(RequestInfo { id, method, path: uri.path().into(), user: OnceLock::new() })
    }

    /// The method, as the client wrote it.
    pub fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The path, as the client wrote it. The query is left out, as it may carry a token.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The user, once it is known who asks.
    pub fn user(&self) -> Option<&str> {
        self.user.get().map(|user| &**user)
    }

    /// Says who asks; the first to know is believed, as replays are the same request.
    pub fn name_user(&self, user: &Arc<str>) {
        let _ = self.user.set(user.clone());
    }

    /// Runs a future that is about this request. A task that it spawns is not, unless it has a scope of its own.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use guillotina_http::{RequestInfo, request_info};
    ///
    /// let info = RequestInfo::new("0f3c".into(), http::Method::GET, &"/db".parse().unwrap());
    /// let id = info.scope(async { request_info().map(|info| info.id.clone()) }).await;
    /// assert_eq!(id.as_deref(), Some("0f3c"));
    /// # });
    /// ```
    pub async fn scope<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

impl fmt::Debug for RequestInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("RequestInfo");
        all.field("id", &self.id).field("method", &self.method()).field("path", &self.path());
        all.field("user", &self.user()).finish()
    }
}

/// The request that the current task answers, or that opened the WebSocket that it serves. For formatters of log lines;
/// code that needs the request takes it as a parameter.
///
/// ```
/// assert!(guillotina_http::request_info().is_none(), "nobody asks here");
/// ```
pub fn request_info() -> Option<Arc<RequestInfo>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Lets the lines of the log say who asks.
pub(crate) fn name_user(user: &Arc<str>) {
    // Without a request, such as in a test of a service alone, there is nothing to say it about.
    let _ = CURRENT.try_with(|info| info.name_user(user));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_knows_what_it_answers_and_others_do_not() {
        let info = RequestInfo::new("7".into(), http::Method::GET, &"/db/c?ws_token=x".parse().unwrap());
        let seen = info.scope(async {
            name_user(&"bob".into());
            name_user(&"eve".into());
            tokio::task::yield_now().await;
            assert!(tokio::spawn(async { request_info().is_none() }).await.unwrap());
            request_info().unwrap()
        });
        let seen = seen.await;
        assert_eq!((&*seen.id, seen.method(), seen.path(), seen.user()), ("7", "GET", "/db/c", Some("bob")));
        assert!(request_info().is_none());
    }
}

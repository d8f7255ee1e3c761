//! What operators look at: whether the server lives and is ready, its metrics, and the lines of its access log.
//!
//! Nothing of it costs a request more than some additions to counters that its processor has for itself; everything
//! else is worked out when somebody asks.

mod access;
mod admin;
mod exposition;
mod health;
mod requests;

pub(crate) use access::Access;
pub(crate) use admin::AdminHandler;
pub(crate) use exposition::Exposition;
pub(crate) use health::Health;
pub(crate) use requests::Requests;

use guillotina_content::App;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What the handler of an application and the server for operators share.
pub(crate) struct Ops {
    pub(crate) health: Health,
    pub(crate) requests: Requests,
}

impl Ops {
    /// `stop` is cancelled when the server takes no more requests.
    pub(crate) fn new(app: App, stop: CancellationToken) -> Arc<Ops> {
        Arc::new(Ops { health: Health::new(app, stop), requests: Requests::new() })
    }
}

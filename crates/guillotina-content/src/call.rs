//! One call of a handler: what its parameters are taken from.

use crate::app::App;
use crate::events::Event;
use crate::request::Request;
use crate::resource::Resource;
use crate::root::Database;
use crate::transaction::Tx;
use guillotina_component::Interface;
use guillotina_security::{
    Chain, LocalSecurity, Principal, check, roles::application_security, roles::database_security,
};
use once_cell::sync::Lazy;
use parking_lot::Mutex;
use std::any::Any;
use std::sync::Arc;

/// Where a path led to.
#[derive(Clone)]
pub enum Located {
    /// `/`.
    Application(App),
    /// `/{db}`.
    Database(Database),
    /// An object in a container, or the container.
    Resource(Resource),
}

impl Located {
    /// What it provides.
    pub fn spec(&self) -> Interface {
        match self {
            Located::Resource(r) => r.spec(),
            Located::Application(_) => <App as crate::inject::Context>::interface().clone(),
            Located::Database(_) => <Database as crate::inject::Context>::interface().clone(),
        }
    }

    /// Whether `who` has a permission here; application and database have settings of their own (row P-015).
    pub fn allows(&self, app: &App, who: &Principal, permission: &str) -> bool {
        let special = match self {
            Located::Resource(resource) => return resource.allows(who, permission),
            Located::Application(_) => &*APPLICATION,
            Located::Database(_) => &*DATABASE,
        };
        check(&app.components().security, who, Chain(&[Some(special)]), permission)
    }
}

/// Row P-015: what root may do with databases and containers, and who may see the application at all.
static APPLICATION: Lazy<LocalSecurity> = Lazy::new(application_security);
static DATABASE: Lazy<LocalSecurity> = Lazy::new(database_security);

impl std::fmt::Display for Located {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Located::Application(_) => f.write_str("< Application at / >"),
            Located::Database(d) => write!(f, "< Database at /{} >", d.name()),
            Located::Resource(r) => write!(f, "{r}"),
        }
    }
}

/// A call of a service, WebSocket handler or subscriber. Plugin code never sees it: parameters are injected from it.
pub struct Call {
    /// The application.
    pub app: App,
    /// The request; code outside a request gets one made by [`Request::internal`].
    pub request: Request,
    /// What the handler was found for.
    pub context: Located,
    /// The transaction; `None` at the application and in a WebSocket handler.
    pub tx: Option<Tx>,
    /// A subscriber's event.
    pub event: Option<Arc<dyn Event>>,
    /// What a lower layer hands over once: the accepted socket of a `#[websocket]`.
    pub handover: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Call {
    /// A call without event and hand-over, in the transaction of its context.
    pub fn new(request: Request, context: Located) -> Call {
        let tx = match &context {
            Located::Resource(resource) => Some(resource.tx().clone()),
            _ => None,
        };
        Call { app: request.app().clone(), request, context, tx, event: None, handover: Mutex::new(None) }
    }

    /// The same call in a transaction.
    pub fn within(mut self, tx: Option<Tx>) -> Call {
        self.tx = tx;
        self
    }

    /// The event as the subscriber's parameter type; `None` cannot happen behind the registry's dispatch.
    pub fn event_as<E: 'static>(&self) -> Option<&E> {
        self.event.as_deref()?.as_type(std::any::TypeId::of::<E>())?.downcast_ref()
    }
}

//! What a handler's parameters may be, and where each comes from.
//!
//! The signature is the registration: the first parameter is the context ([`Context`]), a subscriber's second is the
//! event ([`crate::events::Event`]), an adapter's are the adapted objects ([`Adapted`]), all others are injected ([`Inject`]).

use crate::app::App;
use crate::call::{Call, Located};
use crate::content::Content;
use crate::error::{Error, Result};
use crate::interfaces::{IApplication, IDatabase};
use crate::lookup::Erased;
use crate::request::{CurrentUser, Request};
use crate::resource::{ContentInterface, Resource};
use crate::root::Database;
use crate::transaction::Tx;
use crate::utilities::{Provided, Utility};
use guillotina_component::{Interface, InterfaceType};
use std::sync::Arc;

/// What must exist for a parameter to be injected; checked before a port opens.
#[derive(Clone, Copy)]
pub enum Need {
    /// Always there.
    Nothing,
    /// A loaded utility that provides this.
    Utility(fn() -> &'static Interface),
}

/// A parameter that the framework supplies.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something guillotina can inject here",
    label = "not an injectable parameter",
    note = "injectable: Request, CurrentUser, App, Tx, Utility<dyn Interface>, Option<Utility<dyn Interface>>, Settings<T>, and WebSocket in a #[websocket]",
    note = "the context (`Content<T>`, `Resource`, `App`, `Database`) must be the first parameter"
)]
pub trait Inject: Sized {
    /// What must be there.
    fn need() -> Need {
        Need::Nothing
    }
    /// Takes it out of the call.
    fn inject(call: &Call) -> Result<Self>;
}

impl Inject for Request {
    fn inject(call: &Call) -> Result<Self> {
        Ok(call.request.clone())
    }
}

impl Inject for App {
    fn inject(call: &Call) -> Result<Self> {
        Ok(call.app.clone())
    }
}

impl Inject for Tx {
    fn inject(call: &Call) -> Result<Self> {
        call.tx.clone().ok_or_else(|| {
            Error::internal("there is no transaction here: open one with `database.write(…)` or `database.read(…)`")
        })
    }
}

impl Inject for CurrentUser {
    fn inject(call: &Call) -> Result<Self> {
        Ok(call.request.user())
    }
}

impl<P: ?Sized + Provided> Inject for Utility<P> {
    fn need() -> Need {
        Need::Utility(P::interface)
    }
    fn inject(call: &Call) -> Result<Self> {
        call.app.utility::<P>()
    }
}

impl<P: ?Sized + Provided> Inject for Option<Utility<P>> {
    fn inject(call: &Call) -> Result<Self> {
        Ok(call.app.query_utility::<P>(""))
    }
}

/// A section of the settings, registered with `#[settings(section = "…")]`.
pub struct Settings<T>(pub Arc<T>);

impl<T> Clone for Settings<T> {
    fn clone(&self) -> Self {
        Settings(self.0.clone())
    }
}

impl<T> std::ops::Deref for Settings<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync + 'static> Inject for Settings<T> {
    fn inject(call: &Call) -> Result<Self> {
        call.app.section::<T>().map(Settings)
    }
}

/// A handler's first parameter: what it is registered for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a context",
    label = "the first parameter is the context",
    note = "a context is `Content<T>` for a content type or behaviour `T`, `Resource` for any object, `App` for `/`, `Database` for `/db`, or `Located` for all of them"
)]
pub trait Context: Sized {
    /// The interface it is registered for.
    fn interface() -> &'static Interface;
    /// Takes it out of the call.
    fn from_call(call: &Call) -> Result<Self>;
}

impl Context for Resource {
    fn interface() -> &'static Interface {
        <dyn crate::interfaces::IResource as InterfaceType>::interface()
    }
    fn from_call(call: &Call) -> Result<Self> {
        match &call.context {
            Located::Resource(r) => Ok(r.clone()),
            other => Err(Error::internal(format!("the context is {other}, not a resource"))),
        }
    }
}

impl<T: ContentInterface> Context for Content<T> {
    fn interface() -> &'static Interface {
        T::interface()
    }
    fn from_call(call: &Call) -> Result<Self> {
        Resource::from_call(call)?.cast()
    }
}

impl Context for App {
    fn interface() -> &'static Interface {
        <dyn IApplication as InterfaceType>::interface()
    }
    fn from_call(call: &Call) -> Result<Self> {
        Ok(call.app.clone())
    }
}

impl Context for Database {
    fn interface() -> &'static Interface {
        <dyn IDatabase as InterfaceType>::interface()
    }
    fn from_call(call: &Call) -> Result<Self> {
        match &call.context {
            Located::Database(d) => Ok(d.clone()),
            other => Err(Error::internal(format!("the context is {other}, not a database"))),
        }
    }
}

impl Context for Located {
    fn interface() -> &'static Interface {
        Interface::root()
    }
    fn from_call(call: &Call) -> Result<Self> {
        Ok(call.context.clone())
    }
}

/// A parameter of an adapter: one of the adapted objects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be adapted",
    label = "not an adapted parameter",
    note = "adapted parameters are `Content<T>`, `Resource` and `Request`; put #[inject] before a parameter that is injected"
)]
pub trait Adapted: Sized + Clone + Send + Sync + 'static {
    /// The interface that is required.
    fn interface() -> &'static Interface;
    /// Takes it out of the erased object.
    fn from_erased(object: &Erased) -> Result<Self>;
}

impl Adapted for Resource {
    fn interface() -> &'static Interface {
        <Resource as Context>::interface()
    }
    fn from_erased(object: &Erased) -> Result<Self> {
        match object {
            Erased::Resource(r) => Ok(r.clone()),
            other => Err(Error::internal(format!("cannot adapt {other}: a resource is required"))),
        }
    }
}

impl<T: ContentInterface> Adapted for Content<T> {
    fn interface() -> &'static Interface {
        T::interface()
    }
    fn from_erased(object: &Erased) -> Result<Self> {
        Resource::from_erased(object)?.cast()
    }
}

impl Adapted for Request {
    fn interface() -> &'static Interface {
        <dyn crate::interfaces::IRequest as InterfaceType>::interface()
    }
    fn from_erased(object: &Erased) -> Result<Self> {
        match object {
            Erased::Request(r) => Ok(r.clone()),
            other => Err(Error::internal(format!("cannot adapt {other}: a request is required"))),
        }
    }
}

//! Events (contract section 14): structs that are interfaces too, so that one subscriber can take a base of several.
//!
//! An event based on another embeds it as its field `base`; a subscriber for the base gets the embedded part. Object
//! events run subscribers for (object, event) inside the transaction, before the commit (row EV-014): what must be
//! seen outside only after the commit goes through [`crate::Tx::after_commit`].

use crate::resource::Resource;
use guillotina_component::Interface;
use guillotina_macros::event;
use serde_json::Value;
use std::any::{Any, TypeId};
use std::sync::Arc;

/// What `#[event]` implements.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "put #[event] on the struct; object events are based on another: #[event(base = ObjectEvent)]"
)]
pub trait Event: Any + Send + Sync {
    /// The interface of the struct, for registrations.
    fn type_interface() -> &'static Interface
    where
        Self: Sized;
    /// The event's own interface.
    fn interface(&self) -> &'static Interface;
    /// The event itself or the base of that type that it embeds.
    fn as_type(&self, wanted: TypeId) -> Option<&dyn Any>;
}

/// Base of all events on one object.
#[event(name = "guillotina.interfaces.IObjectEvent")]
#[derive(Clone)]
pub struct ObjectEvent {
    /// The object.
    pub object: Resource,
}

/// An object was read by GET.
#[event(base = ObjectEvent, name = "guillotina.interfaces.IObjectVisitedEvent")]
#[derive(Clone)]
pub struct ObjectVisited {
    /// The object.
    pub base: ObjectEvent,
}

/// An object came out of the database for the first time in this transaction.
#[event(base = ObjectEvent, name = "guillotina.interfaces.IObjectLoadedEvent")]
#[derive(Clone)]
pub struct ObjectLoaded {
    /// The object.
    pub base: ObjectEvent,
}

/// An object is about to be served by a view.
#[event(base = ObjectEvent, name = "guillotina.interfaces.IBeforeRenderViewEvent")]
#[derive(Clone)]
pub struct BeforeRenderView {
    /// The object.
    pub base: ObjectEvent,
}

macro_rules! located_event {
    ($(#[$meta:meta])* $name:ident, $interface:literal) => {
        $(#[$meta])*
        #[event(base = ObjectEvent, name = $interface)]
        #[derive(Clone)]
        pub struct $name {
            /// The object.
            pub base: ObjectEvent,
            /// Its parent.
            pub parent: Option<Resource>,
            /// Its id in the parent.
            pub name: String,
            /// What the client sent.
            pub payload: Arc<Value>,
        }
    };
}

located_event!(
    /// An object is about to be added.
    BeforeObjectAdded,
    "guillotina.interfaces.IBeforeObjectAddedEvent"
);
located_event!(
    /// An object was added.
    ObjectAdded,
    "guillotina.interfaces.IObjectAddedEvent"
);
located_event!(
    /// An object is about to be removed.
    BeforeObjectRemoved,
    "guillotina.interfaces.IBeforeObjectRemovedEvent"
);
located_event!(
    /// An object was removed.
    ObjectRemoved,
    "guillotina.interfaces.IObjectRemovedEvent"
);

/// An object was added as a copy of another.
#[event(base = ObjectAdded, name = "guillotina.interfaces.IObjectDuplicatedEvent")]
#[derive(Clone)]
pub struct ObjectDuplicated {
    /// The addition.
    pub base: ObjectAdded,
    /// What was copied.
    pub original: Resource,
}

macro_rules! payload_event {
    ($(#[$meta:meta])* $name:ident, $interface:literal) => {
        $(#[$meta])*
        #[event(base = ObjectEvent, name = $interface)]
        #[derive(Clone)]
        pub struct $name {
            /// The object.
            pub base: ObjectEvent,
            /// What the client sent.
            pub payload: Arc<Value>,
        }
    };
}

payload_event!(
    /// An object is about to be changed.
    BeforeObjectModified,
    "guillotina.interfaces.IBeforeObjectModifiedEvent"
);
payload_event!(
    /// An object was changed.
    ObjectModified,
    "guillotina.interfaces.IObjectModifiedEvent"
);
payload_event!(
    /// Local permissions are being looked at.
    ObjectPermissionsView,
    "guillotina.interfaces.IObjectPermissionsViewEvent"
);
payload_event!(
    /// Local permissions were changed.
    ObjectPermissionsModified,
    "guillotina.interfaces.IObjectPermissionsModifiedEvent"
);

macro_rules! moved_event {
    ($(#[$meta:meta])* $name:ident, $interface:literal) => {
        $(#[$meta])*
        #[event(base = ObjectEvent, name = $interface)]
        #[derive(Clone)]
        pub struct $name {
            /// The object.
            pub base: ObjectEvent,
            /// Where it was.
            pub old_parent: Option<Resource>,
            /// What it was called.
            pub old_name: String,
            /// Where it is now.
            pub new_parent: Option<Resource>,
            /// What it is called now.
            pub new_name: String,
            /// What the client sent.
            pub payload: Arc<Value>,
        }
    };
}

moved_event!(
    /// An object is about to be moved.
    BeforeObjectMoved,
    "guillotina.interfaces.IBeforeObjectMovedEvent"
);
moved_event!(
    /// An object was moved.
    ObjectMoved,
    "guillotina.interfaces.IObjectMovedEvent"
);

/// The settings are read and the components registered; no database is open yet (row EV-009).
#[event(name = "guillotina.interfaces.IApplicationConfiguredEvent")]
#[derive(Clone)]
pub struct ApplicationConfigured {
    /// The application.
    pub app: crate::App,
}

/// Databases are open and utilities created (row EV-009).
#[event(name = "guillotina.interfaces.IApplicationInitializedEvent")]
#[derive(Clone)]
pub struct ApplicationInitialized {
    /// The application.
    pub app: crate::App,
}

/// The application stops (row EV-009).
#[event(name = "guillotina.interfaces.IApplicationCleanupEvent")]
#[derive(Clone)]
pub struct ApplicationCleanup {
    /// The application.
    pub app: crate::App,
}

/// A database was opened (row EV-009).
#[event(name = "guillotina.interfaces.IDatabaseInitializedEvent")]
#[derive(Clone)]
pub struct DatabaseInitialized {
    /// The database.
    pub database: crate::Database,
}

/// An entry of `load_utilities` is about to be created (row EV-012).
#[event(name = "guillotina.interfaces.IBeforeAsyncUtilityLoadedEvent")]
#[derive(Clone)]
pub struct BeforeAsyncUtilityLoaded {
    /// Its key in `load_utilities`.
    pub key: String,
}

/// An entry of `load_utilities` was created (row EV-012).
#[event(name = "guillotina.interfaces.IAfterAsyncUtilityLoadedEvent")]
#[derive(Clone)]
pub struct AfterAsyncUtilityLoaded {
    /// Its key in `load_utilities`.
    pub key: String,
}

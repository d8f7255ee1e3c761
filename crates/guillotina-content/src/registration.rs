//! What the attributes write down at link time.
//!
//! One const [`Registration`] per annotated item, collected with `inventory`. It is data: nothing runs to list it, and
//! it is only a *candidate* until its application is enabled. `inventory` promises no order, so nobody iterates it
//! raw: [`collect`] sorts by crate, file and line, and [`crate::app`] by the applications' rank.

use crate::addons::Addon;
use crate::call::Call;
use crate::commands::CommandCall;
use crate::directives::Directives;
use crate::error::{Error, Result};
use crate::fields::{FieldSet, Fields};
use crate::inject::Need;
use crate::utilities::{CreatedUtility, UtilityArgs};
use crate::{BoxFuture, Container, Content, ContentData, ContentInterface, Request};
use guillotina_component::{Interface, InterfaceType};
use guillotina_schema::Field;
use guillotina_security::{Permission, Role};
use guillotina_settings::{Diagnostics, FieldDoc, Settings};
use serde_json::{Map, Value};
use std::any::Any;
use std::sync::Arc;

/// Yields an interface; a function, since interfaces are made on first use.
pub type InterfaceFn = fn() -> &'static Interface;

/// Where a registration stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Crate that wrote it (`CARGO_PKG_NAME`).
    pub krate: &'static str,
    /// `module_path!()` of the item.
    pub module: &'static str,
    /// The item's identifier.
    pub item: &'static str,
    /// Source file, as the compiler names it.
    pub file: &'static str,
    /// Line in that file, from 1.
    pub line: u32,
    /// The item's doc comment, trimmed.
    pub doc: &'static str,
}

impl Place {
    /// The item's dotted name, e.g. `guillotina_chat.utility.MessageSenderUtility`.
    pub fn dotted(&self) -> String {
        crate::naming::dotted_name(self.module, self.item)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One registered component.
pub struct Registration {
    /// Where it was written.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

inventory::collect!(Registration);

/// The kinds of components.
pub enum Kind {
    /// `application!`: the crate is an application.
    Application(&'static crate::plugin::Plugin),
    /// `#[interface]`.
    Interface(InterfaceFn),
    /// `#[content_type]`.
    ContentType(ContentTypeDecl),
    /// `#[behavior]`.
    Behavior(BehaviorDecl),
    /// `#[adapter]`.
    Adapter(AdapterDecl),
    /// `#[subscriber]`.
    Subscriber(SubscriberDecl),
    /// `#[utility]`.
    Utility(UtilityDecl),
    /// `#[service]`.
    Service(ServiceDecl),
    /// `#[websocket]`.
    WebSocket(WebSocketDecl),
    /// `#[event]`.
    Event(InterfaceFn),
    /// `#[addon]`.
    Addon(AddonDecl),
    /// `#[settings(section = "…")]`.
    Settings(SettingsDecl),
    /// `#[command]`.
    Command(CommandDecl),
    /// `role!`.
    Role(Role),
    /// `permission!`.
    Permission(PermissionDecl),
    /// `grant!`.
    Grant(GrantDecl),
    /// `static_files!`.
    StaticFiles(crate::static_files::StaticFilesDecl),
}

/// The words of all kinds, in the order of [`Kind`].
pub const KINDS: [&str; 16] = [
    "application",
    "interface",
    "content_type",
    "behavior",
    "adapter",
    "subscriber",
    "utility",
    "service",
    "websocket",
    "event",
    "addon",
    "settings",
    "command",
    "role",
    "permission",
    "grant",
];

impl Kind {
    /// The kind's word on the command line, e.g. `content_type`.
    pub const fn word(&self) -> &'static str {
        match self {
            Kind::Application(_) => "application",
            Kind::Interface(_) => "interface",
            Kind::ContentType(_) => "content_type",
            Kind::Behavior(_) => "behavior",
            Kind::Adapter(_) => "adapter",
            Kind::Subscriber(_) => "subscriber",
            Kind::Utility(_) => "utility",
            Kind::Service(_) => "service",
            Kind::WebSocket(_) => "websocket",
            Kind::Event(_) => "event",
            Kind::Addon(_) => "addon",
            Kind::Settings(_) => "settings",
            Kind::Command(_) => "command",
            Kind::Role(_) => "role",
            Kind::Permission(_) => "permission",
            Kind::Grant(_) => "grant",
            Kind::StaticFiles(_) => "static_files",
        }
    }
}

/// The generic half of a content type or behaviour: functions over its struct.
#[derive(Clone, Copy)]
pub struct FieldsVtable {
    /// The struct's interface.
    pub interface: InterfaceFn,
    /// Its own fields, without those of its base.
    pub fields: fn() -> Vec<Field>,
    /// What is said of the struct beside its fields, without its base.
    pub directives: fn() -> Directives,
    /// A value with the defaults.
    pub default: fn() -> Box<dyn FieldSet>,
    /// A value out of stored fields; keys of other structs are ignored.
    pub decode: DecodeFn,
}

/// Makes a value out of stored fields.
pub type DecodeFn = fn(&Map<String, Value>) -> Result<Box<dyn FieldSet>, serde_json::Error>;

impl FieldsVtable {
    /// The functions of `T`.
    pub const fn of<T: Fields + InterfaceType>() -> Self {
        FieldsVtable {
            interface: T::interface,
            fields: T::fields,
            directives: T::directives,
            default: || Box::new(T::default()),
            decode: |map| Ok(Box::new(serde_json::from_value::<T>(Value::Object(map.clone()))?)),
        }
    }
}

/// A content type (row T-010).
pub struct ContentTypeDecl {
    /// The name on the wire, in `@type`.
    pub type_name: &'static str,
    /// Functions over the struct.
    pub vtable: FieldsVtable,
    /// The `@type` of the struct it is based on; empty for the first of its kind.
    pub base: &'static str,
    /// Its static behaviours.
    pub behaviors: &'static [InterfaceFn],
    /// Names of the types that may be added inside; `None` = every globally addable type.
    pub allowed_types: Option<&'static [&'static str]>,
    /// Whether it may be added wherever its container does not say otherwise.
    pub globally_addable: bool,
    /// Permission to add one; `guillotina.AddContent` by default.
    pub add_permission: Option<Permission>,
    /// Whether children can be added to it: true for everything based on `Folder`.
    pub folderish: bool,
    /// Title for people.
    pub title: &'static str,
    /// Description for people.
    pub description: &'static str,
}

/// A behaviour (row B-010).
pub struct BehaviorDecl {
    /// Functions over the struct; a marker's struct has no field.
    pub vtable: FieldsVtable,
    /// Title for people.
    pub title: &'static str,
    /// Description for people.
    pub description: &'static str,
    /// Whether it is served without being asked for by `include` (row R-007).
    pub auto_serialize: bool,
    /// Interface of the resources that may have it.
    pub for_: InterfaceFn,
    /// Fields that are kept on the object itself, where the type's own fields of that name are too (row B-010).
    pub context_fields: &'static [&'static str],
}

/// An adapter from one to four objects.
pub struct AdapterDecl {
    /// Interfaces of the adapted objects, in order.
    pub required: &'static [InterfaceFn],
    /// What it provides.
    pub provides: InterfaceFn,
    /// Its name; mostly empty.
    pub name: &'static str,
    /// Makes it.
    pub factory: AdapterFactory,
    /// Turns what `factory` made into a box of `Box<dyn To>`, when `To` is what it provides or a base of that.
    pub upcast: UpcastFn,
    /// What it injects.
    pub needs: &'static [fn() -> Need],
}

/// Makes an adapter: the box holds a `Box<dyn P>`; `None` = could not adapt, as if it were not registered.
pub type AdapterFactory = fn(&crate::lookup::Adapting<'_>) -> Result<Option<Box<dyn Any + Send>>>;

/// Turns an adapter into one of a base of what it provides; `None` when the interface is no base of it.
pub type UpcastFn = fn(Box<dyn Any + Send>, &Interface) -> Option<Box<dyn Any + Send>>;

/// A subscriber to events on objects.
pub struct SubscriberDecl {
    /// Interface of the context.
    pub context: InterfaceFn,
    /// Interfaces of the events: one subscription each.
    pub events: &'static [InterfaceFn],
    /// Lower runs first; 100 by default (row EV-014).
    pub priority: i32,
    /// What runs, inside the transaction.
    pub handler: Handler<()>,
    /// What it injects.
    pub needs: &'static [fn() -> Need],
}

/// A wrapper that the attribute writes around a function: it injects the parameters and awaits.
pub type Handler<T> = for<'c> fn(&'c Call) -> BoxFuture<'c, Result<T>>;

/// A utility's factory; an instance is made when `load_utilities` asks for it (row W-001).
pub struct UtilityDecl {
    /// What it provides, the first one being the default.
    pub provides: &'static [InterfaceFn],
    /// Makes an instance.
    pub create: fn(UtilityArgs) -> BoxFuture<'static, Result<CreatedUtility>>,
    /// Checks its settings without making it.
    pub check_settings: fn(&Settings, &[&str], &mut Diagnostics),
    /// Documentation of its settings.
    pub settings: &'static [FieldDoc],
    /// Utilities that must be created before it.
    pub needs: &'static [fn() -> Need],
}

/// HTTP methods a service may be registered for (row Z-021).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Method {
    GET,
    POST,
    PATCH,
    PUT,
    DELETE,
    HEAD,
    OPTIONS,
    CONNECT,
}

impl Method {
    /// Every method, in the order of the contract.
    pub const ALL: [Method; 8] = [
        Method::PUT,
        Method::POST,
        Method::PATCH,
        Method::DELETE,
        Method::GET,
        Method::OPTIONS,
        Method::HEAD,
        Method::CONNECT,
    ];

    /// The method's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PATCH => "PATCH",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            Method::OPTIONS => "OPTIONS",
            Method::CONNECT => "CONNECT",
        }
    }

    /// The method of that word; `None` for methods that no service can have (405, row C-008).
    pub fn parse(word: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.as_str() == word)
    }

    /// Whether requests of this method commit (row C-019).
    pub const fn writes(self) -> bool {
        matches!(self, Method::PUT | Method::POST | Method::PATCH | Method::DELETE)
    }
}

/// A service: a view on a context for one method (rows C-002, C-005, U-006).
pub struct ServiceDecl {
    /// Interface of the context.
    pub context: InterfaceFn,
    /// The method.
    pub method: Method,
    /// Route: `@name`, `@name/{segment}`, `@name/{rest:path}`, or empty for the object itself.
    pub name: &'static str,
    /// Permission on the context (row C-010).
    pub permission: Permission,
    /// Skips `guillotina.AccessContent` on the context (row C-009).
    pub allow_access: bool,
    /// Layer that must be active (row C-013).
    pub layer: Option<InterfaceFn>,
    /// Overrides what the method says about writing.
    pub read_only: Option<bool>,
    /// One line for the documentation; the doc comment's first line by default.
    pub summary: &'static str,
    /// What runs.
    pub handler: Handler<crate::answer::Answer>,
    /// What it injects.
    pub needs: &'static [fn() -> Need],
}

/// A WebSocket endpoint; it holds no transaction.
pub struct WebSocketDecl {
    /// Interface of the context.
    pub context: InterfaceFn,
    /// `@name`.
    pub name: &'static str,
    /// Permission on the context.
    pub permission: Permission,
    /// Skips `guillotina.AccessContent` on the context.
    pub allow_access: bool,
    /// What runs, after the upgrade, for the life of the socket.
    pub handler: Handler<()>,
    /// What it injects.
    pub needs: &'static [fn() -> Need],
}

/// What an add-on's two halves are called with.
pub type AddonStep = fn(Content<Container>, Request) -> BoxFuture<'static, Result<()>>;

/// An add-on (row K-019).
pub struct AddonDecl {
    /// Id on the wire.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// Add-ons installed before it.
    pub dependencies: &'static [&'static str],
    /// Layer that is active where it is installed.
    pub layer: Option<InterfaceFn>,
    /// Installs it into a container.
    pub install: AddonStep,
    /// Takes it out again.
    pub uninstall: AddonStep,
}

impl AddonDecl {
    /// The declaration of `A`.
    pub const fn of<A: Addon + 'static>(
        name: &'static str,
        title: &'static str,
        dependencies: &'static [&'static str],
        layer: Option<InterfaceFn>,
    ) -> Self {
        AddonDecl {
            name,
            title,
            dependencies,
            layer,
            install: |container, request| Box::pin(A::install(container, request)),
            uninstall: |container, request| Box::pin(A::uninstall(container, request)),
        }
    }
}

/// A section of the settings file.
pub struct SettingsDecl {
    /// Its key at the root of the file.
    pub section: &'static str,
    /// Reads it, so that mistakes are found before anything starts, and keeps it for injection.
    pub load: LoadSection,
    /// Documentation of its fields.
    pub fields: &'static [FieldDoc],
}

/// Reads the section at a path; mistakes are noted.
pub type LoadSection = fn(&Settings, &[&str], &mut Diagnostics) -> Option<Arc<dyn Any + Send + Sync>>;

/// A command of the binary.
pub struct CommandDecl {
    /// Its word on the command line.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    /// An example for `--help`.
    pub example: &'static str,
    /// Runs it; the number is the exit code.
    pub run: fn(CommandCall) -> BoxFuture<'static, Result<i32, Error>>,
}

/// A permission and its words for people.
pub struct PermissionDecl {
    /// The permission.
    pub permission: Permission,
    /// Title for people.
    pub title: &'static str,
}

/// Permissions that a role has everywhere, if no local setting says otherwise (row P-028).
pub struct GrantDecl {
    /// The role's id.
    pub role: &'static str,
    /// What it gets.
    pub permissions: &'static [Permission],
}

/// All registrations of the binary in a stable order: by crate, file and line.
pub fn collect() -> Vec<&'static Registration> {
    let mut all: Vec<_> = inventory::iter::<Registration>.into_iter().collect();
    all.sort_by_key(|r| (r.place.krate, r.place.file, r.place.line, r.kind.word()));
    all
}

/// The name of `T` on the wire, for `allowed_types(T)`.
pub const fn type_name_of<T: ContentData>() -> &'static str {
    T::TYPE_NAME
}

/// The interface of the struct `T`, for `behaviors(T)`.
pub fn interface_of<T: ContentInterface>() -> &'static Interface {
    T::interface()
}

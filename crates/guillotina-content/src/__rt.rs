//! What the attributes' output refers to. Not for hand-written code.
#![doc(hidden)]

pub use crate::BoxFuture;
pub use crate::addons::Addon;
pub use crate::answer::{Answer, IntoAnswer};
pub use crate::call::{Call, Located};
pub use crate::commands::{CommandCall, CommandInject};
pub use crate::content::ContentData;
pub use crate::directives::{
    Directives, Factory, IndexDirective, Invariant, accessor, factory, invariant, schema_factory, schema_invariant,
};
pub use crate::error::{Error, Result};
pub use crate::events::Event;
pub use crate::fields::Fields;
pub use crate::inject::{Adapted, Context, Inject, Need};
pub use crate::lookup::{Adapting, Erased, FnFuture, FromFn};
pub use crate::naming::dotted_name;
pub use crate::plugin::Plugin;
pub use crate::registration::{
    AdapterDecl, AddonDecl, BehaviorDecl, CommandDecl, ContentTypeDecl, FieldsVtable, GrantDecl, Kind, Method,
    PermissionDecl, Place, Registration, ServiceDecl, SettingsDecl, SubscriberDecl, UtilityDecl, WebSocketDecl,
    interface_of, type_name_of,
};
pub use crate::resource::ContentInterface;
pub use crate::schemas::structure;
pub use crate::static_files::{EmbeddedFile, StaticFilesDecl};
pub use crate::utilities::{
    AsyncUtility, CreatedUtility, Provided, ProvidedView, UtilityArgs, create as create_utility, read_settings,
};
pub use async_trait::async_trait;
pub use guillotina_component::{Interface, InterfaceType, StaticInterface};
pub use guillotina_schema::{Field, FieldType, Index, IndexType, Kind as FieldKind, Schema};
pub use guillotina_security::{Permission, Role};
pub use guillotina_settings::{Diagnostics, FieldDoc, Section, Settings as SettingsTree};
pub use inventory;
pub use serde;
pub use serde_json;

/// For `role!`.
pub const fn role(id: &'static str, title: &'static str, description: &'static str, local: bool) -> Role {
    let role = Role::new(id, title).describe(description);
    if local { role.local() } else { role }
}

/// For `static_files!`: the policy that was written, or the strict one.
pub const fn policy<const N: usize>(written: [&'static str; N]) -> &'static str {
    if N == 0 { crate::static_files::STRICT_POLICY } else { written[0] }
}

//! Permissions, roles, grants, the policy, principals and authentication.
//!
//! - What the code declares: [`Permission`], [`Role`], [`SecurityRegistry`]; the core ones are in
//!   [`perms`] and [`roles`].
//! - What an object says: [`LocalSecurity`], with [`parse_sharing`] for what a client asks for.
//! - Who asks: [`Principal`] and its [`Group`]s.
//! - The decision: [`check`], and [`explain`] for the rule behind it. It is worked out from the maps
//!   each time, without allocating in the common case, so there is no decision cache that could be stale.
//! - Who is it: [`auth`].
//!
//! Nothing here knows HTTP or the database, and only [`auth::HashPool`] needs a runtime.

pub mod address;
pub mod auth;
mod cells;
mod ids;
mod local;
pub mod perms;
mod policy;
mod principal;
mod registry;
pub mod roles;
mod roleset;
mod setting;
mod sharing;

pub use ids::{Permission, Role};
pub use local::{ByColumn, LocalSecurity};
pub use policy::{
    Chain, Decision, Reason, check, effective_roles, explain, global_roles, principals_allowed, roles_allowed,
};
pub use principal::{
    ANONYMOUS_ID, Group, MANAGERS_GROUP, Principal, PrincipalKind, ROOT_ID, SYSTEM_ID, SettingMap, is_reserved_id,
};
pub use registry::{PermissionInfo, RegistryError, SecurityRegistry, SecurityRegistryBuilder};
pub use setting::Setting;
pub use sharing::{SharingChange, SharingError, all_permissions, parse_sharing};

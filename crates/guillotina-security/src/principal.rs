//! Who asks: principals and their groups.

use crate::{Setting, roles};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Id of the root user (P-014).
pub const ROOT_ID: &str = "root";
/// Id of whoever is not logged in.
pub const ANONYMOUS_ID: &str = "Anonymous User";
/// Id of the server itself, when it acts on its own behalf.
pub const SYSTEM_ID: &str = "guillotina.SystemUser";
/// The group of the root user; its roles are the setting `managers_roles` (P-014).
pub const MANAGERS_GROUP: &str = "Managers";

/// Role or permission ids with what they are set to. Of these only `Allow` gives; `Deny` takes away.
pub type SettingMap = BTreeMap<Arc<str>, Setting>;

/// What a principal is. A decision looks at `System` only, and the id alone never makes a system
/// principal, so an account that happens to be called the same gains nothing.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// The root user.
    Root,
    /// The server itself: everything is allowed (P-018).
    System,
    /// Not logged in.
    Anonymous,
    /// A logged-in user.
    User,
}

/// A group with what it gives to its members everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The id, which local access maps name.
    pub id: Arc<str>,
    /// Roles that members hold everywhere.
    pub roles: SettingMap,
    /// Permissions that members have everywhere.
    pub permissions: SettingMap,
}

impl Group {
    /// A group that gives nothing by itself; its id still counts in the access maps.
    pub fn new(id: &str) -> Self {
        Self { id: Arc::from(id), roles: SettingMap::new(), permissions: SettingMap::new() }
    }

    /// The group `Managers` with the roles of the setting `managers_roles` (P-014).
    pub fn managers(managers_roles: SettingMap) -> Self {
        Self { roles: managers_roles, ..Self::new(MANAGERS_GROUP) }
    }

    /// The roles of `managers_roles` when nothing is configured (P-014).
    pub fn default_managers_roles() -> SettingMap {
        [roles::CONTAINER_ADMIN, roles::CONTAINER_DELETER, roles::OWNER, roles::MEMBER, roles::MANAGER]
            .into_iter()
            .map(|role| (Arc::from(role.id()), Setting::Allow))
            .collect()
    }
}

/// Who a request is made by.
///
/// ```
/// use guillotina_security::{Group, Principal, Setting, roles};
/// let mut bob = Principal::user("bob");
/// bob.groups.push(Group::new("editors"));
/// bob.roles.insert(roles::MEMBER.id().into(), Setting::Allow);
/// assert!(bob.is_authenticated());
/// assert!(!Principal::anonymous().is_authenticated());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    kind: PrincipalKind,
    /// The id, which local access maps name.
    pub id: Arc<str>,
    /// Groups in order; the order decides when two of them disagree (P-018).
    pub groups: Vec<Group>,
    /// Roles held everywhere.
    pub roles: SettingMap,
    /// Permissions had (or refused) everywhere.
    pub permissions: SettingMap,
    /// Whatever the application knows about the user: name, e-mail …
    pub properties: Map<String, Value>,
}

impl Principal {
    fn new(kind: PrincipalKind, id: &str) -> Self {
        Self {
            kind,
            id: Arc::from(id),
            groups: Vec::new(),
            roles: SettingMap::new(),
            permissions: SettingMap::new(),
            properties: Map::new(),
        }
    }

    /// A logged-in user, who therefore holds `guillotina.Authenticated`.
    pub fn user(id: &str) -> Self {
        let mut user = Self::new(PrincipalKind::User, id);
        user.roles.insert(Arc::from(roles::AUTHENTICATED.id()), Setting::Allow);
        user
    }

    /// The root user with the roles of the setting `managers_roles` (P-014).
    pub fn root(managers_roles: SettingMap) -> Self {
        let mut root = Self::user(ROOT_ID);
        root.kind = PrincipalKind::Root;
        root.groups.push(Group::managers(managers_roles));
        root
    }

    /// Whoever is not logged in.
    pub fn anonymous() -> Self {
        let mut anonymous = Self::new(PrincipalKind::Anonymous, ANONYMOUS_ID);
        anonymous.roles.insert(Arc::from(roles::ANONYMOUS.id()), Setting::Allow);
        anonymous
    }

    /// The server itself. Never make one from something that a client sent.
    pub fn system() -> Self {
        Self::new(PrincipalKind::System, SYSTEM_ID)
    }

    /// Somebody of whom nothing but the id is known.
    pub(crate) fn bare(id: &str) -> Self {
        Self::new(PrincipalKind::User, id)
    }

    /// What the principal is.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// True for the root user.
    pub fn is_root(&self) -> bool {
        self.kind == PrincipalKind::Root
    }

    /// True for the server itself.
    pub fn is_system(&self) -> bool {
        self.kind == PrincipalKind::System
    }

    /// True for a logged-in user, root included.
    pub fn is_authenticated(&self) -> bool {
        matches!(self.kind, PrincipalKind::User | PrincipalKind::Root)
    }

    /// The groups' ids, in order.
    pub fn group_ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.groups.iter().map(|group| &group.id)
    }

    /// The id, then the groups' ids: the order in which decisions ask.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_ref()).chain(self.groups.iter().map(|group| group.id.as_ref()))
    }
}

/// Ids that no stored account may take: they belong to root, to nobody and to the server.
pub fn is_reserved_id(id: &str) -> bool {
    matches!(id, ROOT_ID | ANONYMOUS_ID | SYSTEM_ID)
}

//! What the code declares: permissions, roles and grants (P-028), frozen after start-up.

mod error;

pub use error::RegistryError;

use crate::roleset::Bits;
use crate::{Permission, Role, Setting, perms, roles};
use error::nearest;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A declared permission.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct PermissionInfo {
    /// The permission.
    pub permission: Permission,
    /// The name shown to people.
    pub title: &'static str,
    /// What it allows; may be empty.
    pub description: &'static str,
}

#[derive(Debug)]
enum Grant {
    RoleHas { role: String, permission: String },
    RoleHasAll { role: String },
    PrincipalHas { principal: String, permission: String, setting: Setting },
    PrincipalHasAll { principal: String },
    PrincipalHolds { principal: String, role: String, setting: Setting },
}

/// Collects declarations; [`build`](Self::build) freezes them.
///
/// ```
/// use guillotina_security::{Permission, Role, SecurityRegistryBuilder};
/// const SEND: Permission = Permission::new("chat.Send");
/// const TALKER: Role = Role::new("chat.Talker", "Talker").local();
/// let mut builder = SecurityRegistryBuilder::with_core();
/// builder.permission(SEND, "Send messages", "").role(TALKER).grant(TALKER.id(), SEND.id());
/// let registry = builder.build().map_err(|errors| format!("{errors:?}"))?;
/// assert!(registry.is_permission("chat.Send") && registry.is_local_role("chat.Talker"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Default)]
pub struct SecurityRegistryBuilder {
    permissions: BTreeMap<&'static str, PermissionInfo>,
    roles: Vec<Role>,
    grants: Vec<Grant>,
    errors: Vec<RegistryError>,
}

impl SecurityRegistryBuilder {
    /// Nothing declared.
    pub fn new() -> Self {
        Self::default()
    }

    /// The core permissions, roles and grants (P-001…P-013).
    pub fn with_core() -> Self {
        let mut builder = Self::new();
        for (permission, title) in perms::ALL {
            builder.permission(*permission, title, "");
        }
        for role in roles::ALL {
            builder.role(*role);
        }
        for (role, permissions) in roles::GRANTS {
            for permission in *permissions {
                builder.grant(role.id(), permission.id());
            }
        }
        builder
    }

    /// Declares a permission. Of two declarations the first one's title stays.
    pub fn permission(&mut self, permission: Permission, title: &'static str, description: &'static str) -> &mut Self {
        self.permissions.entry(permission.id()).or_insert(PermissionInfo { permission, title, description });
        self
    }

    /// Declares a role. The same role may be declared twice; a different one with its id is an error
    /// that [`build`](Self::build) reports.
    pub fn role(&mut self, role: Role) -> &mut Self {
        match self.roles.iter().find(|known| known.id() == role.id()) {
            None => self.roles.push(role),
            Some(known) if *known == role => {}
            Some(_) => self.errors.push(RegistryError::RoleConflict { id: role.id() }),
        }
        self
    }

    /// Grants a permission to a role.
    pub fn grant(&mut self, role: &str, permission: &str) -> &mut Self {
        self.grants.push(Grant::RoleHas { role: role.into(), permission: permission.into() });
        self
    }

    /// Grants every permission that is declared when [`build`](Self::build) runs to a role.
    pub fn grant_all(&mut self, role: &str) -> &mut Self {
        self.grants.push(Grant::RoleHasAll { role: role.into() });
        self
    }

    /// Sets a permission for a principal or a group, everywhere. Only `Allow` and `Deny` say
    /// anything there; the last one counts.
    pub fn principal_permission(&mut self, principal: &str, permission: &str, setting: Setting) -> &mut Self {
        self.grants.push(Grant::PrincipalHas { principal: principal.into(), permission: permission.into(), setting });
        self
    }

    /// Grants every permission that is declared when [`build`](Self::build) runs to a principal or a group.
    pub fn principal_grant_all(&mut self, principal: &str) -> &mut Self {
        self.grants.push(Grant::PrincipalHasAll { principal: principal.into() });
        self
    }

    /// Sets a role for a principal or a group, everywhere. Only `Allow` gives it.
    pub fn principal_role(&mut self, principal: &str, role: &str, setting: Setting) -> &mut Self {
        self.grants.push(Grant::PrincipalHolds { principal: principal.into(), role: role.into(), setting });
        self
    }

    /// Freezes the declarations.
    ///
    /// # Errors
    /// Every declaration that can't hold.
    pub fn build(mut self) -> Result<SecurityRegistry, Vec<RegistryError>> {
        if self.roles.len() > usize::from(u16::MAX) {
            self.errors.push(RegistryError::TooManyRoles { count: self.roles.len() });
            return Err(self.errors);
        }
        let mut registry = SecurityRegistry::empty(self.permissions.into_values().collect(), self.roles);
        for grant in self.grants {
            if let Err(error) = registry.apply(grant) {
                self.errors.push(error);
            }
        }
        if self.errors.is_empty() { Ok(registry) } else { Err(self.errors) }
    }
}

/// The frozen declarations that decisions start from.
#[derive(Debug, Default)]
pub struct SecurityRegistry {
    permissions: Vec<PermissionInfo>,
    permission_index: FxHashMap<&'static str, usize>,
    roles: Vec<Role>,
    role_index: FxHashMap<&'static str, u16>,
    /// By permission: the roles that have it.
    granted: Vec<Bits>,
    principal_permissions: FxHashMap<Box<str>, BTreeMap<&'static str, Setting>>,
    principal_roles: FxHashMap<Box<str>, BTreeMap<u16, Setting>>,
}

impl SecurityRegistry {
    fn empty(permissions: Vec<PermissionInfo>, roles: Vec<Role>) -> Self {
        let permission_index = permissions.iter().enumerate().map(|(at, info)| (info.permission.id(), at)).collect();
        let role_index = (0..).zip(&roles).map(|(bit, role)| (role.id(), bit)).collect();
        let granted = vec![Bits::default(); permissions.len()];
        Self { permissions, permission_index, roles, role_index, granted, ..Self::default() }
    }

    fn apply(&mut self, grant: Grant) -> Result<(), RegistryError> {
        match grant {
            Grant::RoleHas { role, permission } => {
                let says = || format!("the grant of {permission:?} to role {role:?}");
                let bit = self.known_role(&role, says)?;
                let at = self.known_permission(&permission, says)?;
                self.granted[at].set(bit, true);
            }
            Grant::RoleHasAll { role } => {
                let bit = self.known_role(&role, || format!("the grant of all permissions to role {role:?}"))?;
                self.granted.iter_mut().for_each(|roles| roles.set(bit, true));
            }
            Grant::PrincipalHas { principal, permission, setting } => {
                let says = || format!("the grant of {permission:?} to principal {principal:?}");
                let at = self.known_permission(&permission, says)?;
                let id = self.permissions[at].permission.id();
                self.principal_permissions.entry(principal.into()).or_default().insert(id, setting);
            }
            Grant::PrincipalHasAll { principal } => {
                let all = self.permissions.iter().map(|info| (info.permission.id(), Setting::Allow));
                self.principal_permissions.entry(principal.into()).or_default().extend(all);
            }
            Grant::PrincipalHolds { principal, role, setting } => {
                let says = || format!("the grant of role {role:?} to principal {principal:?}");
                let bit = self.known_role(&role, says)?;
                self.principal_roles.entry(principal.into()).or_default().insert(bit, setting);
            }
        }
        Ok(())
    }

    fn known_role(&self, role: &str, grant: impl Fn() -> String) -> Result<u16, RegistryError> {
        self.role_bit(role).ok_or_else(|| RegistryError::UnknownRole {
            grant: grant(),
            role: role.to_owned(),
            nearest: nearest(role, self.roles.iter().map(Role::id)),
        })
    }

    fn known_permission(&self, id: &str, grant: impl Fn() -> String) -> Result<usize, RegistryError> {
        self.permission_index.get(id).copied().ok_or_else(|| RegistryError::UnknownPermission {
            grant: grant(),
            permission: id.to_owned(),
            nearest: nearest(id, self.permissions.iter().map(|info| info.permission.id())),
        })
    }

    /// Whether the permission is declared.
    pub fn is_permission(&self, id: &str) -> bool {
        self.permission_index.contains_key(id)
    }

    /// The role with an id.
    pub fn role(&self, id: &str) -> Option<&Role> {
        self.role_bit(id).and_then(|bit| self.roles.get(usize::from(bit)))
    }

    /// Whether the role is declared and may be given on single objects.
    pub fn is_local_role(&self, id: &str) -> bool {
        self.role(id).is_some_and(Role::is_local)
    }

    /// The roles, in the order of declaration.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The permissions, in the order of their ids.
    pub fn permissions(&self) -> &[PermissionInfo] {
        &self.permissions
    }

    /// The permissions that the code grants to a role, in the order of their ids.
    pub fn grants_of_role<'a>(&'a self, role: &str) -> impl Iterator<Item = Permission> + 'a {
        let wanted = self.role(role).map(Role::id);
        self.role_grants().filter(move |(_, role)| Some(*role) == wanted).map(|(permission, _)| permission)
    }

    /// Every grant of a permission to a role in code.
    pub(crate) fn role_grants(&self) -> impl Iterator<Item = (Permission, &'static str)> + '_ {
        self.permissions
            .iter()
            .zip(&self.granted)
            .flat_map(|(info, roles)| roles.names(self).map(|role| (info.permission, role)))
    }

    /// Every principal's permissions in code as (principal, permission, setting), sorted.
    pub(crate) fn principal_grants(&self) -> Vec<(&str, &'static str, Setting)> {
        let mut all: Vec<_> = self
            .principal_permissions
            .iter()
            .flat_map(|(who, row)| row.iter().map(move |(permission, setting)| (who.as_ref(), *permission, *setting)))
            .collect();
        all.sort_unstable();
        all
    }

    /// Every principal's roles in code as (principal, role, setting), sorted.
    pub(crate) fn principal_role_grants(&self) -> Vec<(&str, &'static str, Setting)> {
        let mut all: Vec<_> = self
            .principal_roles
            .iter()
            .flat_map(|(who, row)| row.iter().map(move |(bit, setting)| (who.as_ref(), *bit, *setting)))
            .filter_map(|(who, bit, setting)| Some((who, self.role_at(usize::from(bit))?, setting)))
            .collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn role_bit(&self, id: &str) -> Option<u16> {
        self.role_index.get(id).copied()
    }

    pub(crate) fn role_at(&self, bit: usize) -> Option<&'static str> {
        self.roles.get(bit).map(Role::id)
    }

    /// The roles that have a permission by code.
    pub(crate) fn granted(&self, permission: &str) -> Option<&Bits> {
        self.permission_index.get(permission).and_then(|at| self.granted.get(*at))
    }

    /// What the code says about a permission of a principal or a group.
    pub(crate) fn code_permission(&self, principal: &str, permission: &str) -> Option<bool> {
        if self.principal_permissions.is_empty() {
            return None;
        }
        self.principal_permissions.get(principal)?.get(permission)?.answer(false)
    }

    /// What the code says about the roles of a principal or a group.
    pub(crate) fn code_roles(&self, principal: &str) -> impl Iterator<Item = (u16, bool)> + '_ {
        let row = if self.principal_roles.is_empty() { None } else { self.principal_roles.get(principal) };
        row.into_iter().flatten().map(|(bit, setting)| (*bit, *setting == Setting::Allow))
    }
}

#[cfg(test)]
#[path = "registry/tests.rs"]
mod tests;

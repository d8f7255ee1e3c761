//! The decision: may this principal do this here (P-018…P-023).

use crate::roleset::RoleSet;
use crate::{LocalSecurity, Principal, SecurityRegistry, perms, roles};
use std::fmt;

/// The access maps from the object upward to the root. An element without local settings is `None`.
///
/// The first element is the object itself: only there `AllowSingle` counts (P-019).
#[derive(Copy, Clone, Debug, Default)]
pub struct Chain<'a>(pub &'a [Option<&'a LocalSecurity>]);

impl<'a> Chain<'a> {
    /// From the object (0) upward, without the elements that say nothing.
    fn upward(self) -> impl DoubleEndedIterator<Item = (usize, &'a LocalSecurity)> {
        self.0.iter().enumerate().filter_map(|(level, local)| local.map(|local| (level, local)))
    }

    /// The nearest level at which grants from above and from the code stop (P-020).
    fn stop(self, permission: &str) -> Option<usize> {
        self.upward().find(|(_, local)| local.stops(permission)).map(|(level, _)| level)
    }
}

/// Which rule decided.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// `guillotina.Public` is for everybody.
    Public,
    /// The principal is the server itself.
    System,
    /// `prinperm` of an object names the principal or one of its groups.
    LocalPermission {
        /// Steps up from the object; 0 is the object itself.
        level: usize,
        /// The principal or group that is named.
        principal: &'a str,
    },
    /// The principal or group itself carries the permission, everywhere.
    OwnPermission {
        /// The principal or group.
        principal: &'a str,
    },
    /// The code sets the permission for the principal or group, everywhere.
    CodePermission {
        /// The principal or group.
        principal: &'a str,
    },
    /// A role that the principal holds here has the permission here.
    Role {
        /// The role.
        role: &'a str,
    },
    /// No role that the principal holds here has the permission here.
    NoRole {
        /// Where `perminhe` stops what comes from above, if it does; 0 is the object itself.
        stopped_at: Option<usize>,
    },
}

/// A decision with the rule that made it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: Reason<'a>,
}

impl<'a> Decision<'a> {
    fn new(allowed: bool, reason: Reason<'a>) -> Self {
        Self { allowed, reason }
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.allowed { "allowed: " } else { "refused: " })?;
        match self.reason {
            Reason::Public => f.write_str("the permission is public"),
            Reason::System => f.write_str("the server acts on its own behalf"),
            Reason::LocalPermission { level: 0, principal } => {
                write!(f, "set for {principal:?} on the object itself")
            }
            Reason::LocalPermission { level, principal } => {
                write!(f, "set for {principal:?} {level} level(s) above the object")
            }
            Reason::OwnPermission { principal } => write!(f, "{principal:?} has it set everywhere"),
            Reason::CodePermission { principal } => write!(f, "the code sets it for {principal:?}"),
            Reason::Role { role } => write!(f, "the role {role:?}, held here, has it here"),
            Reason::NoRole { stopped_at: None } => f.write_str("no role held here has it here"),
            Reason::NoRole { stopped_at: Some(level) } => {
                write!(
                    f,
                    "no role held here has it here, since inheritance of it stops {level} level(s) above the object"
                )
            }
        }
    }
}

/// Decides whether a principal has a permission on the object at the chain's start (P-018).
///
/// ```
/// use guillotina_security::{Chain, LocalSecurity, Principal, SecurityRegistryBuilder, Setting, check, perms, roles};
/// let registry = SecurityRegistryBuilder::with_core().build().map_err(|e| format!("{e:?}"))?;
/// let mut folder = LocalSecurity::default();
/// folder.set_principal_role("bob", roles::READER.id(), Setting::Allow);
/// let item_in_folder = [None, Some(&folder)];
/// let bob = Principal::user("bob");
/// assert!(check(&registry, &bob, Chain(&item_in_folder), perms::VIEW_CONTENT.id()));
/// assert!(!check(&registry, &bob, Chain(&item_in_folder), perms::MODIFY_CONTENT.id()));
/// # Ok::<(), String>(())
/// ```
pub fn check(registry: &SecurityRegistry, who: &Principal, chain: Chain<'_>, permission: &str) -> bool {
    explain(registry, who, chain, permission).allowed
}

/// Decides as [`check`] does, and says which rule decided.
pub fn explain<'a>(
    registry: &'a SecurityRegistry,
    who: &'a Principal,
    chain: Chain<'a>,
    permission: &str,
) -> Decision<'a> {
    if permission == perms::PUBLIC.id() {
        return Decision::new(true, Reason::Public);
    }
    if who.is_system() {
        return Decision::new(true, Reason::System);
    }
    let stop = chain.stop(permission);
    principal_permission(registry, who, chain, permission, stop)
        .unwrap_or_else(|| by_role(registry, who, chain, permission, stop))
}

/// The permission of the principal itself: from the object upward, first answer wins; above the root
/// what holds everywhere, unless inheritance stopped before (P-018, P-020, P-021).
fn principal_permission<'a>(
    registry: &SecurityRegistry,
    who: &'a Principal,
    chain: Chain<'a>,
    permission: &str,
    stop: Option<usize>,
) -> Option<Decision<'a>> {
    for (level, local) in chain.upward().take_while(|(level, _)| stop.is_none_or(|stop| *level <= stop)) {
        if local.prinperm.is_empty() {
            continue;
        }
        for principal in who.names() {
            let cell = local.prinperm.get(principal).and_then(|row| row.get(permission));
            if let Some(allowed) = cell.and_then(|setting| setting.answer(level == 0)) {
                return Some(Decision::new(allowed, Reason::LocalPermission { level, principal }));
            }
        }
    }
    if stop.is_some() { None } else { everywhere(registry, who, permission) }
}

/// What holds everywhere: the principal's own permissions, its groups', then the code's for the
/// principal and for its groups in order. The first answer wins at every step (P-021): a later group
/// never overrides an earlier one.
fn everywhere<'a>(registry: &SecurityRegistry, who: &'a Principal, permission: &str) -> Option<Decision<'a>> {
    let own = std::iter::once((who.id.as_ref(), &who.permissions))
        .chain(who.groups.iter().map(|group| (group.id.as_ref(), &group.permissions)));
    for (principal, permissions) in own {
        if let Some(allowed) = permissions.get(permission).and_then(|setting| setting.answer(false)) {
            return Some(Decision::new(allowed, Reason::OwnPermission { principal }));
        }
    }
    who.names().find_map(|principal| {
        let allowed = registry.code_permission(principal, permission)?;
        Some(Decision::new(allowed, Reason::CodePermission { principal }))
    })
}

fn by_role<'a>(
    registry: &'a SecurityRegistry,
    who: &'a Principal,
    chain: Chain<'a>,
    permission: &str,
    stop: Option<usize>,
) -> Decision<'a> {
    let having = roles_having(registry, chain, permission, stop);
    // Most refusals end here, before the principal's roles are worked out.
    if having.is_empty() {
        return Decision::new(false, Reason::NoRole { stopped_at: stop });
    }
    match roles_held(registry, who, chain).common(&having, registry) {
        Some(role) => Decision::new(true, Reason::Role { role }),
        None => Decision::new(false, Reason::NoRole { stopped_at: stop }),
    }
}

/// The roles that have a permission on the object (P-023): the code's, then from the root down what
/// `roleperm` adds and removes. Where inheritance stops, nothing from above or from the code counts.
fn roles_having<'a>(
    registry: &SecurityRegistry,
    chain: Chain<'a>,
    permission: &str,
    stop: Option<usize>,
) -> RoleSet<'a> {
    let code = if stop.is_some() { None } else { registry.granted(permission) };
    let mut having = RoleSet::from_code(code);
    for (level, local) in chain.upward().rev().skip_while(|(level, _)| stop.is_some_and(|stop| *level > stop)) {
        for (role, setting) in local.roleperm.get(permission).into_iter().flat_map(|row| row.iter()) {
            if let Some(has) = setting.answer(level == 0) {
                having.set(registry, role, has);
            }
        }
    }
    having
}

/// The roles that a principal holds on the object (P-022): by code, everybody's, its own, its
/// groups', then from the root down what `prinrole` says; later wins.
///
/// An `AllowSingle` above the object is a later word too: it takes the place of what is said further
/// up, so the role that it gives on its own object only isn't held below it.
fn roles_held<'a>(registry: &SecurityRegistry, who: &'a Principal, chain: Chain<'a>) -> RoleSet<'a> {
    let mut held = RoleSet::default();
    for principal in who.names() {
        registry.code_roles(principal).for_each(|(bit, yes)| held.set_bit(bit, yes));
    }
    held.set(registry, roles::ANONYMOUS.id(), true);
    for given in std::iter::once(&who.roles).chain(who.groups.iter().map(|group| &group.roles)) {
        for (role, setting) in given {
            held.set(registry, role, setting.answer(false) == Some(true));
        }
    }
    for (level, local) in chain.upward().rev() {
        if local.prinrole.is_empty() {
            continue;
        }
        for principal in who.names() {
            for (role, setting) in local.prinrole.get(principal).into_iter().flat_map(|row| row.iter()) {
                held.set(registry, role, setting.answer(level == 0) == Some(true));
            }
        }
    }
    held
}

/// The roles that a principal holds on the object (P-022), sorted.
pub fn effective_roles<'a>(registry: &SecurityRegistry, who: &'a Principal, chain: Chain<'a>) -> Vec<&'a str> {
    sorted(&roles_held(registry, who, chain), registry)
}

/// The roles that a principal holds everywhere (P-022), sorted.
pub fn global_roles<'a>(registry: &SecurityRegistry, who: &'a Principal) -> Vec<&'a str> {
    effective_roles(registry, who, Chain(&[]))
}

fn sorted<'a>(roles: &RoleSet<'a>, registry: &SecurityRegistry) -> Vec<&'a str> {
    let mut names: Vec<&'a str> = roles.registered().names(registry).collect();
    names.extend(roles.unregistered());
    names.sort_unstable();
    names
}

/// The declared roles that have a permission on the object, sorted: `access_roles` of the index when
/// asked for `guillotina.AccessContent` (P-024).
pub fn roles_allowed(registry: &SecurityRegistry, chain: Chain<'_>, permission: &str) -> Vec<&'static str> {
    let stop = chain.stop(permission);
    let having = roles_having(registry, chain, permission, stop);
    let mut names: Vec<&'static str> = having.registered().names(registry).collect();
    names.sort_unstable();
    names
}

/// The principals and groups that have a permission on the object by their id alone, sorted:
/// `access_users` of the index when asked for `guillotina.AccessContent` (P-024).
///
/// Each principal that the code or an access map names is asked for as a decision would, so search
/// and decision never disagree about it. Whoever has the permission because everybody has it is
/// found by `access_roles`.
pub fn principals_allowed(registry: &SecurityRegistry, chain: Chain<'_>, permission: &str) -> Vec<String> {
    let mut names: Vec<&str> = registry
        .principal_grants()
        .into_iter()
        .chain(registry.principal_role_grants())
        .map(|(principal, _, _)| principal)
        .collect();
    for (_, local) in chain.upward() {
        names.extend(local.prinperm.iter().map(|(principal, _)| principal.as_ref()));
        names.extend(local.prinrole.iter().map(|(principal, _)| principal.as_ref()));
    }
    names.sort_unstable();
    names.dedup();
    let stop = chain.stop(permission);
    let mut having = roles_having(registry, chain, permission, stop);
    having.set(registry, roles::ANONYMOUS.id(), false);
    let allowed = |name: &&str| {
        let who = Principal::bare(name);
        match principal_permission(registry, &who, chain, permission, stop) {
            Some(decision) => decision.allowed,
            None => roles_held(registry, &who, chain).common(&having, registry).is_some(),
        }
    };
    names.into_iter().filter(allowed).map(str::to_owned).collect()
}

#[cfg(test)]
#[path = "policy/tests.rs"]
mod tests;

//! Declarations that can't hold.

/// A declaration that can't hold. All of them are collected, so that one start shows every mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Two roles with one id that differ.
    #[error(
        "role {id:?} is declared twice with different titles or a different `local`; \
         rename one of them or make both declarations equal"
    )]
    RoleConflict {
        /// The id.
        id: &'static str,
    },
    /// A grant names a role that nobody declares.
    #[error("{grant} names the role {role:?}, which no enabled application declares{}; declare it with `role!` or enable the application that does", hint(.nearest))]
    UnknownRole {
        /// What was granted to whom.
        grant: String,
        /// The unknown role.
        role: String,
        /// The declared role with the most alike name.
        nearest: Option<String>,
    },
    /// A grant names a permission that nobody declares.
    #[error("{grant} names the permission {permission:?}, which no enabled application declares{}; declare it with `permission!` or enable the application that does", hint(.nearest))]
    UnknownPermission {
        /// What was granted to whom.
        grant: String,
        /// The unknown permission.
        permission: String,
        /// The declared permission with the most alike name.
        nearest: Option<String>,
    },
    /// More roles than there are numbers for them.
    #[error(
        "{count} roles are declared, at most {} are possible; use groups or local access instead of a role per user or object",
        u16::MAX
    )]
    TooManyRoles {
        /// How many there are.
        count: usize,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" (did you mean {name:?}?)")).unwrap_or_default()
}

/// The candidate that differs least, when it differs little enough to be meant.
pub(super) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let limit = (wanted.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (strsim::osa_distance(wanted, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

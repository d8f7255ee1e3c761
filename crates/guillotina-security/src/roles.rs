//! The roles that are always there (P-004), what the code grants them (P-005…P-013), and what the
//! application and the databases grant (P-015).

use crate::{LocalSecurity, Permission, Role, Setting, perms, principal};

/// Everybody: everybody holds it, logged in or not.
pub const ANONYMOUS: Role =
    Role::new("guillotina.Anonymous", "Everybody").describe("Everybody holds it, logged in or not");
/// Logged-in user: held by whoever is logged in.
pub const AUTHENTICATED: Role =
    Role::new("guillotina.Authenticated", "Logged-in user").describe("Held by whoever is logged in");
/// Member.
pub const MEMBER: Role = Role::new("guillotina.Member", "Member");
/// Reader: reads content (can be given on one object).
pub const READER: Role = Role::new("guillotina.Reader", "Reader").describe("Reads content").local();
/// Editor: edits content (can be given on one object).
pub const EDITOR: Role = Role::new("guillotina.Editor", "Editor").describe("Edits content").local();
/// Reviewer: reviews content (can be given on one object).
pub const REVIEWER: Role = Role::new("guillotina.Reviewer", "Reviewer").describe("Reviews content").local();
/// Owner: adds, changes and deletes content (can be given on one object).
pub const OWNER: Role = Role::new("guillotina.Owner", "Owner").describe("Adds, changes and deletes content").local();
/// Container manager.
pub const MANAGER: Role = Role::new("guillotina.Manager", "Container manager");
/// Container administrator: changes a container's settings.
pub const CONTAINER_ADMIN: Role =
    Role::new("guillotina.ContainerAdmin", "Container administrator").describe("Changes a container's settings");
/// Container creator: creates containers.
pub const CONTAINER_CREATOR: Role =
    Role::new("guillotina.ContainerCreator", "Container creator").describe("Creates containers");
/// Container deleter: deletes containers.
pub const CONTAINER_DELETER: Role =
    Role::new("guillotina.ContainerDeleter", "Container deleter").describe("Deletes containers");

/// Every core role.
pub(crate) const ALL: &[Role] = &[
    ANONYMOUS,
    AUTHENTICATED,
    MEMBER,
    READER,
    EDITOR,
    REVIEWER,
    OWNER,
    MANAGER,
    CONTAINER_ADMIN,
    CONTAINER_CREATOR,
    CONTAINER_DELETER,
];

/// What the code grants to the core roles.
pub(crate) const GRANTS: &[(Role, &[Permission])] = &[
    (ANONYMOUS, &[perms::ACCESS_PREFLIGHT, perms::PUBLIC, perms::SWAGGER_VIEW]),
    (
        AUTHENTICATED,
        &[
            perms::REFRESH_TOKEN,
            perms::SEE_SESSION,
            perms::LOGOUT,
            perms::ACCESS_PREFLIGHT,
            perms::PUBLIC,
            perms::USE_WEB_SOCKETS,
            perms::SWAGGER_VIEW,
        ],
    ),
    (READER, &[perms::VIEW_CONTENT, perms::ACCESS_CONTENT, perms::DUPLICATE_CONTENT]),
    (REVIEWER, &[perms::VIEW_CONTENT, perms::ACCESS_CONTENT, perms::REVIEW_CONTENT]),
    (
        OWNER,
        &[
            perms::DELETE_CONTENT,
            perms::ADD_CONTENT,
            perms::MOVE_CONTENT,
            perms::DUPLICATE_CONTENT,
            perms::ACCESS_CONTENT,
            perms::VIEW_CONTENT,
            perms::MODIFY_CONTENT,
            perms::CHANGE_PERMISSIONS,
            perms::SEE_PERMISSIONS,
            perms::REINDEX_CONTENT,
            perms::REQUEST_REVIEW,
            perms::MCP_VIEW,
        ],
    ),
    (
        EDITOR,
        &[
            perms::VIEW_CONTENT,
            perms::ACCESS_CONTENT,
            perms::MODIFY_CONTENT,
            perms::MOVE_CONTENT,
            perms::DUPLICATE_CONTENT,
            perms::REINDEX_CONTENT,
        ],
    ),
    (
        CONTAINER_ADMIN,
        &[
            perms::ACCESS_CONTENT,
            perms::MANAGE_ADDONS,
            perms::READ_CONFIGURATION,
            perms::WRITE_CONFIGURATION,
            perms::REGISTER_CONFIGURATIONS,
            perms::MANAGE_CATALOG,
            perms::RAW_SEARCH_CONTENT,
            perms::ADD_USER,
            perms::ADD_GROUP,
            perms::MANAGE_USERS,
            perms::ADD_JINJA_TEMPLATE,
            perms::REQUEST_REVIEW,
        ],
    ),
    (
        MANAGER,
        &[
            perms::CACHE_MANAGE,
            perms::MANAGE,
            perms::ADD_USER,
            perms::ADD_GROUP,
            perms::MANAGE_USERS,
            perms::MCP_VIEW,
            perms::MCP_EXECUTE,
            perms::ADD_JINJA_TEMPLATE,
            perms::REVIEW_CONTENT,
            perms::REQUEST_REVIEW,
        ],
    ),
    (CONTAINER_DELETER, &[perms::DELETE_CONTAINERS]),
    (MEMBER, &[perms::SEARCH_CONTENT]),
];

/// What holds at every database (P-015): the root user manages containers and databases there.
pub fn database_security() -> LocalSecurity {
    let mut local = LocalSecurity::default();
    for permission in [
        perms::ADD_CONTAINER,
        perms::GET_CONTAINERS,
        perms::DELETE_CONTAINERS,
        perms::ACCESS_CONTENT,
        perms::GET_DATABASES,
        perms::MOUNT_DATABASE,
        perms::UMOUNT_DATABASE,
        perms::GET_API_DEFINITION,
    ] {
        local.set_principal_permission(principal::ROOT_ID, permission.id(), Setting::Allow);
    }
    local
}

/// What holds at the application (P-015): as at a database, and everybody reaches the application
/// itself (but nothing below it).
pub fn application_security() -> LocalSecurity {
    let access = perms::ACCESS_CONTENT.id();
    let mut local = database_security();
    local.set_principal_permission(principal::ANONYMOUS_ID, access, Setting::AllowSingle);
    local.set_role_permission(AUTHENTICATED.id(), access, Setting::AllowSingle);
    local
}

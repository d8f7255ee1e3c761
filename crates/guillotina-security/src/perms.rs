//! The permissions that are always there: P-001, P-002 and P-003.

use crate::Permission;

/// Reach an object and use its general services.
pub const ACCESS_CONTENT: Permission = Permission::new("guillotina.AccessContent");
/// Change an object.
pub const MODIFY_CONTENT: Permission = Permission::new("guillotina.ModifyContent");
/// Delete an object.
pub const DELETE_CONTENT: Permission = Permission::new("guillotina.DeleteContent");
/// Add objects to a folder.
pub const ADD_CONTENT: Permission = Permission::new("guillotina.AddContent");
/// Move or rename an object.
pub const MOVE_CONTENT: Permission = Permission::new("guillotina.MoveContent");
/// Copy an object.
pub const DUPLICATE_CONTENT: Permission = Permission::new("guillotina.DuplicateContent");
/// Read an object's values.
pub const VIEW_CONTENT: Permission = Permission::new("guillotina.ViewContent");
/// Create a container.
pub const ADD_CONTAINER: Permission = Permission::new("guillotina.AddContainer");
/// List the containers of a database.
pub const GET_CONTAINERS: Permission = Permission::new("guillotina.GetContainers");
/// Delete a container.
pub const DELETE_CONTAINERS: Permission = Permission::new("guillotina.DeleteContainers");
/// Create a database.
pub const MOUNT_DATABASE: Permission = Permission::new("guillotina.MountDatabase");
/// List the databases.
pub const GET_DATABASES: Permission = Permission::new("guillotina.GetDatabases");
/// Drop a database.
pub const UMOUNT_DATABASE: Permission = Permission::new("guillotina.UmountDatabase");
/// Send CORS preflight requests.
pub const ACCESS_PREFLIGHT: Permission = Permission::new("guillotina.AccessPreflight");
/// Read a container's registry.
pub const READ_CONFIGURATION: Permission = Permission::new("guillotina.ReadConfiguration");
/// Change a container's registry.
pub const WRITE_CONFIGURATION: Permission = Permission::new("guillotina.WriteConfiguration");
/// Add interfaces to a container's registry.
pub const REGISTER_CONFIGURATIONS: Permission = Permission::new("guillotina.RegisterConfigurations");
/// Install and remove add-ons.
pub const MANAGE_ADDONS: Permission = Permission::new("guillotina.ManageAddons");
/// See who may do what.
pub const SEE_PERMISSIONS: Permission = Permission::new("guillotina.SeePermissions");
/// Change who may do what.
pub const CHANGE_PERMISSIONS: Permission = Permission::new("guillotina.ChangePermissions");
/// Renew a token.
pub const REFRESH_TOKEN: Permission = Permission::new("guillotina.RefreshToken");
/// See open sessions.
pub const SEE_SESSION: Permission = Permission::new("guillotina.SeeSession");
/// Log out.
pub const LOGOUT: Permission = Permission::new("guillotina.Logout");
/// Search.
pub const SEARCH_CONTENT: Permission = Permission::new("guillotina.SearchContent");
/// Search with a structured query.
pub const RAW_SEARCH_CONTENT: Permission = Permission::new("guillotina.RawSearchContent");
/// Index content again.
pub const REINDEX_CONTENT: Permission = Permission::new("guillotina.ReindexContent");
/// Create and drop the search index.
pub const MANAGE_CATALOG: Permission = Permission::new("guillotina.ManageCatalog");
/// Read the definition of the API.
pub const GET_API_DEFINITION: Permission = Permission::new("guillotina.GetAPIDefinition");
/// Granted to everybody, always.
pub const PUBLIC: Permission = Permission::new("guillotina.Public");
/// Open a web socket.
pub const WEB_SOCKET: Permission = Permission::new("guillotina.WebSocket");
/// Look into and clear the caches.
pub const CACHE_MANAGE: Permission = Permission::new("guillotina.CacheManage");

/// Ask for a web socket token.
pub const USE_WEB_SOCKETS: Permission = Permission::new("guillotina.UseWebSockets");
/// Manage everything in a folder.
pub const MANAGE: Permission = Permission::new("guillotina.Manage");

/// Add users.
pub const ADD_USER: Permission = Permission::new("guillotina.AddUser");
/// Add groups.
pub const ADD_GROUP: Permission = Permission::new("guillotina.AddGroup");
/// Granted to nobody.
pub const NOBODY: Permission = Permission::new("guillotina.Nobody");
/// Manage users and groups.
pub const MANAGE_USERS: Permission = Permission::new("guillotina.ManageUsers");
/// See the MCP services.
pub const MCP_VIEW: Permission = Permission::new("guillotina.MCPView");
/// Run MCP tools.
pub const MCP_EXECUTE: Permission = Permission::new("guillotina.MCPExecute");
/// See the API browser.
pub const SWAGGER_VIEW: Permission = Permission::new("guillotina.swagger.View");
/// Add templates.
pub const ADD_JINJA_TEMPLATE: Permission = Permission::new("guillotina.AddJinjaTemplate");
/// Publish or reject content.
pub const REVIEW_CONTENT: Permission = Permission::new("guillotina.ReviewContent");
/// Ask for a review.
pub const REQUEST_REVIEW: Permission = Permission::new("guillotina.RequestReview");

/// Every core permission with its title.
pub(crate) const ALL: &[(Permission, &str)] = &[
    (ACCESS_CONTENT, "Reach an object and use its general services"),
    (MODIFY_CONTENT, "Change an object"),
    (DELETE_CONTENT, "Delete an object"),
    (ADD_CONTENT, "Add objects to a folder"),
    (MOVE_CONTENT, "Move or rename an object"),
    (DUPLICATE_CONTENT, "Copy an object"),
    (VIEW_CONTENT, "Read an object's values"),
    (ADD_CONTAINER, "Create a container"),
    (GET_CONTAINERS, "List the containers of a database"),
    (DELETE_CONTAINERS, "Delete a container"),
    (MOUNT_DATABASE, "Create a database"),
    (GET_DATABASES, "List the databases"),
    (UMOUNT_DATABASE, "Drop a database"),
    (ACCESS_PREFLIGHT, "Send CORS preflight requests"),
    (READ_CONFIGURATION, "Read a container's registry"),
    (WRITE_CONFIGURATION, "Change a container's registry"),
    (REGISTER_CONFIGURATIONS, "Add interfaces to a container's registry"),
    (MANAGE_ADDONS, "Install and remove add-ons"),
    (SEE_PERMISSIONS, "See who may do what"),
    (CHANGE_PERMISSIONS, "Change who may do what"),
    (REFRESH_TOKEN, "Renew a token"),
    (SEE_SESSION, "See open sessions"),
    (LOGOUT, "Log out"),
    (SEARCH_CONTENT, "Search"),
    (RAW_SEARCH_CONTENT, "Search with a structured query"),
    (REINDEX_CONTENT, "Index content again"),
    (MANAGE_CATALOG, "Create and drop the search index"),
    (GET_API_DEFINITION, "Read the definition of the API"),
    (PUBLIC, "Granted to everybody, always"),
    (WEB_SOCKET, "Open a web socket"),
    (CACHE_MANAGE, "Look into and clear the caches"),
    (USE_WEB_SOCKETS, "Ask for a web socket token"),
    (MANAGE, "Manage everything in a folder"),
    (ADD_USER, "Add users"),
    (ADD_GROUP, "Add groups"),
    (NOBODY, "Granted to nobody"),
    (MANAGE_USERS, "Manage users and groups"),
    (MCP_VIEW, "See the MCP services"),
    (MCP_EXECUTE, "Run MCP tools"),
    (SWAGGER_VIEW, "See the API browser"),
    (ADD_JINJA_TEMPLATE, "Add templates"),
    (REVIEW_CONTENT, "Publish or reject content"),
    (REQUEST_REVIEW, "Ask for a review"),
];

//! Roles (row S-112).

use guillotina::prelude::*;

/// Ids of all roles; those that can be given on single objects come last.
#[service(method = GET, name = "@available-roles", permission = perms::MANAGE_USERS)]
async fn available_roles(_container: Content<Container>, app: App) -> Result<Vec<&'static str>> {
    let components = app.components();
    let (local, global): (Vec<&Role>, Vec<&Role>) =
        components.security.roles().iter().partition(|role| role.is_local());
    Ok(global.into_iter().chain(local).map(Role::id).collect())
}

//! Add-ons of a container (rows S-050 to S-053).

use crate::{body, reasons};
use guillotina::{Container, Content, Error, Json, Request, Result, addons};
use guillotina_macros::service;
use guillotina_security::perms;
use serde_json::{Value, json};

/// What can be installed here, and what is.
#[service(method = GET, name = "@addons", permission = perms::MANAGE_ADDONS)]
async fn get(container: Content<Container>) -> Result<Json> {
    Ok(listing(&container))
}

/// Installs an add-on, after what it depends on.
#[service(method = POST, name = "@addons", permission = perms::MANAGE_ADDONS)]
async fn install(container: Content<Container>, request: Request) -> Result<Json> {
    let id = body::text(request.object()?, "id", schema)?;
    check_known(&request, id)?;
    container.tx().queue_for(&container)?;
    if container.has_addon(id) {
        return Err(Error::response("Duplicate", "Addon already installed", Some(reasons::ALREADY_INSTALLED)));
    }
    addons::install(&container, &request, id).await?;
    Ok(listing(&container))
}

/// Takes an add-on out of the container.
#[service(method = DELETE, name = "@addons", permission = perms::MANAGE_ADDONS)]
async fn uninstall(container: Content<Container>, request: Request) -> Result<()> {
    let id = body::text(request.object()?, "id", schema)?;
    remove(&container, &request, id).await
}

/// Takes the add-on of that id out of the container.
#[service(method = DELETE, name = "@addons/{addon}", permission = perms::MANAGE_ADDONS)]
async fn uninstall_by_path(container: Content<Container>, request: Request) -> Result<()> {
    remove(&container, &request, request.matched("addon").unwrap_or_default()).await
}

async fn remove(container: &Content<Container>, request: &Request, id: &str) -> Result<()> {
    check_known(request, id)?;
    container.tx().queue_for(container)?;
    if !container.has_addon(id) {
        return Err(Error::response("Duplicate", "Addon not installed", Some(reasons::NOT_INSTALLED)));
    }
    addons::uninstall(container, request, id).await
}

fn check_known(request: &Request, id: &str) -> Result<()> {
    match addons::find(request.app(), id) {
        Some(_) => Ok(()),
        None => Err(Error::response("RequiredParam", "Property 'id' is required to be valid", Some(body::INVALID_ID))),
    }
}

fn listing(container: &Content<Container>) -> Json {
    let components = container.tx().app().components();
    let available = components
        .addons
        .iter()
        .map(|(decl, _)| json!({"id": decl.name, "title": decl.title, "dependencies": decl.dependencies}));
    json!({"available": available.collect::<Vec<_>>(), "installed": container.installed_addons()}).into()
}

/// JSON schema of the body (row E-015).
fn schema() -> Value {
    json!({
        "type": "object",
        "title": "Addon data",
        "properties": {"id": {"type": "string"}, "title": {"type": "string"}},
        "required": ["id"],
    })
}

//! Behaviours of one object (rows S-041 to S-044).

use crate::body;
use guillotina::{Error, Json, Request, Resource, Result, adding};
use guillotina_macros::service;
use guillotina_security::perms;
use serde_json::{Map, Value, json};

/// The behaviours that the object has and could have, with their schemas.
#[service(method = GET, name = "@behaviors", permission = perms::ACCESS_CONTENT)]
async fn get(resource: Resource) -> Result<Json> {
    let state = resource.state();
    let components = resource.tx().app().components();
    let (mut available, mut schemas) = (Vec::new(), Map::new());
    for info in components.types.behaviors() {
        let name = info.interface.name();
        let has = state.all_behaviors().any(|b| b.interface == info.interface);
        if !has && !adding::is_behavior_of(&resource, name) {
            continue;
        }
        if !has {
            available.push(name);
        }
        schemas.insert(name.to_owned(), info.schema.json_schema());
    }
    let mut body = Map::new();
    body.insert("static".into(), state.kind.behaviors.iter().map(|b| b.interface.name()).collect());
    body.insert("dynamic".into(), state.dynamic.iter().map(|b| b.interface.name()).collect());
    body.insert("available".into(), available.into());
    body.extend(schemas);
    Ok(body.into())
}

/// Adds a behaviour to the object.
#[service(method = PATCH, name = "@behaviors", permission = perms::MODIFY_CONTENT)]
async fn add(resource: Resource, request: Request) -> Result<()> {
    let name = body::text(request.object()?, "behavior", schema)?;
    resource.tx().queue_for(&resource)?;
    if resource.state().all_behaviors().any(|b| b.interface.name() == name) {
        return Err(refused("Already in behaviors"));
    }
    if resource.tx().app().components().types.behavior_named(name).is_none() {
        return Err(Error::not_found("Could not find behavior"));
    }
    if !adding::is_behavior_of(&resource, name) {
        return Err(refused("Behavior is not for objects of this type"));
    }
    resource.add_behavior(name).map(drop)
}

/// Takes a behaviour and its data away.
#[service(method = DELETE, name = "@behaviors", permission = perms::MODIFY_CONTENT)]
async fn remove(resource: Resource, request: Request) -> Result<()> {
    let name = body::text(request.object()?, "behavior", schema)?;
    remove_named(&resource, name)
}

/// Takes the behaviour of that name and its data away.
#[service(method = DELETE, name = "@behaviors/{behavior}", permission = perms::MODIFY_CONTENT)]
async fn remove_by_path(resource: Resource, request: Request) -> Result<()> {
    remove_named(&resource, request.matched("behavior").unwrap_or_default())
}

fn remove_named(resource: &Resource, name: &str) -> Result<()> {
    resource.tx().queue_for(resource)?;
    if resource.kind().behaviors.iter().any(|b| b.interface.name() == name) {
        return Err(refused("Behaviors defined on this type must be present and cannot be dynamically removed"));
    }
    match resource.remove_behavior(name) {
        true => Ok(()),
        false => Err(refused("Not in behaviors")),
    }
}

fn refused(reason: &str) -> Error {
    Error::http(412, json!({ "reason": reason }))
}

/// JSON schema of the body (row E-015).
fn schema() -> Value {
    json!({
        "type": "object",
        "title": "Behavior",
        "properties": {"behavior": {"type": "string", "title": "Dotted name to interface"}},
        "required": ["behavior"],
    })
}

//! Content types as JSON schemas (rows S-046, S-047, R-019, R-020).

use guillotina::types::TypeInfo;
use guillotina::{Container, Content, Error, Json, Request, Result, schemas};
use guillotina_macros::service;
use guillotina_schema::{BehaviorInfo, Schema, type_json_schema};
use guillotina_security::perms;
use serde_json::{Value, json};

/// Every content type.
#[service(method = GET, name = "@types", permission = perms::ACCESS_CONTENT)]
async fn all(container: Content<Container>) -> Result<Json> {
    let components = container.tx().app().components();
    Ok(components.types.all().iter().map(|kind| json_schema(kind)).collect::<Value>().into())
}

/// The content type of that name.
#[service(method = GET, name = "@types/{type_name}", permission = perms::ACCESS_CONTENT)]
async fn one(container: Content<Container>, request: Request) -> Result<Json> {
    let name = request.matched("type_name").unwrap_or_default();
    match container.tx().app().components().types.get(name) {
        Some(kind) => Ok(json_schema(kind).into()),
        None => Err(Error::http(404, json!({"reason": format!("Could not find type {name}"), "type_name": name}))),
    }
}

fn json_schema(kind: &TypeInfo) -> Value {
    let mut schema = Schema::clone(&kind.schema);
    schema.fields = schemas::RESOURCE.fields.iter().chain(&kind.schema.fields).cloned().collect();
    let behaviors: Vec<_> = kind
        .behaviors
        .iter()
        .map(|info| BehaviorInfo {
            schema: &info.schema,
            title: Some(&info.title),
            description: Some(&info.description),
        })
        .collect();
    type_json_schema(&kind.name, &schema, &behaviors)
}

//! A container's registry over the wire (rows S-054 to S-057, K-020).
//!
//! A key is the dotted name of an interface and the name of one of its fields. Interfaces are those of the registry itself
//! and of the enabled behaviours and content types; a name never imports anything.

use crate::body;
use guillotina::answer::Answer;
use guillotina::{App, Container, Content, Error, Json, Request, Result, registry};
use guillotina_macros::service;
use guillotina_schema::{Field, Kind, Schema};
use guillotina_security::perms;
use once_cell::sync::Lazy;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Interfaces that every container's registry has from the beginning.
static OWN: Lazy<[Arc<Schema>; 2]> = Lazy::new(|| {
    let names = || Kind::frozen_set(Kind::text_line());
    let layers = Field::new("active_layers", names()).title("Active Layers").default(json!([]));
    let addons = Field::new("enabled", names()).title("Installed addons").default(json!([]));
    [
        Arc::new(Schema::new("guillotina.interfaces.registry.ILayers").field(layers)),
        Arc::new(Schema::new("guillotina.interfaces.registry.IAddons").field(addons)),
    ]
});

/// Every value of the registry.
#[service(method = GET, name = "@registry", permission = perms::READ_CONFIGURATION)]
async fn all(container: Content<Container>) -> Result<Json> {
    Ok(json!({"value": values(&container)}).into())
}

/// One value of the registry.
#[service(method = GET, name = "@registry/{key}", permission = perms::READ_CONFIGURATION)]
async fn one(container: Content<Container>, request: Request) -> Result<Json> {
    let key = request.matched("key").unwrap_or_default();
    match values(&container).shift_remove(key) {
        Some(value) => Ok(json!({ "value": value }).into()),
        None => Err(Error::http(404, json!({"message": format!("{key} not in settings")}))),
    }
}

/// Puts the fields of an interface into the registry; what is there already stays.
#[service(method = POST, name = "@registry", permission = perms::REGISTER_CONFIGURATIONS)]
async fn register(container: Content<Container>, request: Request) -> Result<Answer> {
    let data = request.object()?;
    let schema = interface(request.app(), body::text(data, "interface", body_schema)?)?;
    let nothing = Map::new();
    let initial = match data.get("initial_values") {
        None | Some(Value::Null) => &nothing,
        Some(Value::Object(values)) => values,
        Some(_) => {
            return Err(Error::response("InvalidRequest", "initial_values is not an object", None));
        }
    };
    container.tx().queue_for(&container)?;
    let known = values(&container);
    for field in &schema.fields {
        let key = format!("{}.{}", schema.name, field.name);
        if known.contains_key(&key) {
            continue;
        }
        let default = field.default_value().filter(|value| !value.is_null());
        let value = match (default, initial.get(&*field.name)) {
            (Some(default), _) => default,
            (None, Some(given)) => converted(field, given, None)?,
            (None, None) => continue,
        };
        registry::set(&container, &key, value);
    }
    Ok(Answer::json(Map::new()).with_status(201))
}

/// Sets one value of the registry.
#[service(method = PATCH, name = "@registry/{dotted_name}", permission = perms::WRITE_CONFIGURATION)]
async fn write(container: Content<Container>, request: Request) -> Result<Answer> {
    let data = request.data()?;
    let given = data.get("value").unwrap_or(data);
    let key = request.matched("dotted_name").unwrap_or_default();
    let (name, field_name) = key.rsplit_once('.').unwrap_or((key, ""));
    let schema = interface(request.app(), name)?;
    let field = schema
        .get(field_name)
        .ok_or_else(|| Error::response("DeserializationError", format!("Invalid field name {field_name}"), None))?;
    container.tx().queue_for(&container)?;
    let value = converted(field, given, values(&container).get(key))?;
    registry::set(&container, key, value);
    Ok(Answer::no_content())
}

/// What the registry holds, with the values that every one has from the beginning.
fn values(container: &Content<Container>) -> Map<String, Value> {
    let mut all = Map::new();
    for schema in OWN.iter() {
        for (name, value) in schema.defaults() {
            all.insert(format!("{}.{name}", schema.name), value);
        }
    }
    all.extend(registry::values(container));
    all
}

/// The fields of the interface of that name (row ZZ-11: 412 when there is none).
fn interface(app: &App, name: &str) -> Result<Arc<Schema>> {
    let components = app.components();
    let own = OWN.iter().find(|schema| schema.name == name);
    let behavior = || components.types.behavior_named(name).map(|info| &info.schema);
    let kind = || components.types.all().iter().find(|kind| kind.interface.name() == name).map(|kind| &kind.schema);
    let found = own.or_else(behavior).or_else(kind).cloned();
    found.ok_or_else(|| Error::response("InvalidRequest", format!("Non existent Interface {name}"), None))
}

fn converted(field: &Field, given: &Value, current: Option<&Value>) -> Result<Value> {
    let refused = |error: guillotina_schema::FieldError| {
        Error::response("ValidationError", format!("Invalid value type {}", error.message), None)
    };
    field.deserialize(given, current, &()).map_err(refused)
}

/// JSON schema of the body of POST (row E-015).
fn body_schema() -> Value {
    json!({
        "type": "object",
        "title": "Registry",
        "properties": {"interface": {"type": "string"}, "initial_values": {"type": "object"}},
        "required": ["interface"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registrys_own_fields_k_020() {
        for schema in OWN.iter() {
            assert!(schema.problems().is_empty(), "{:?}", schema.problems());
            let field = &schema.fields[0];
            assert_eq!(converted(field, &json!(["a", "a", "b"]), None).unwrap(), json!(["a", "b"]));
            assert!(converted(field, &json!(5), None).unwrap_err().to_string().starts_with("Invalid value type "));
        }
    }
}

//! Operations on JSON arrays and objects (D-015, D-016). The whole is checked against the JSON schema
//! afterwards, so items are taken as they come.

use serde_json::{Map, Value};

use super::{Place, same};
use crate::JsonSchema;
use crate::error::FieldError;

/// Carries out the operation `name`; `None` if there is no such operation.
pub(super) fn apply(
    place: &Place<'_>,
    schema: Option<&JsonSchema>,
    name: &str,
    value: &Value,
    current: Option<Value>,
) -> Result<Option<Value>, FieldError> {
    match schema.and_then(JsonSchema::type_name) {
        Some("array") => array(place, name, value, current),
        Some("object") => object(place, name, value, current),
        Some(_) => Ok(None),
        // JSON of any type: what is there decides, and where nothing is, the operation.
        None => match (&current, name) {
            (Some(Value::Array(_)), _) | (None, "append" | "appendunique" | "extend") => {
                array(place, name, value, current)
            }
            (Some(Value::Object(_)) | None, _) => object(place, name, value, current),
            (Some(_), _) => Ok(None),
        },
    }
}

fn array(place: &Place<'_>, name: &str, value: &Value, current: Option<Value>) -> Result<Option<Value>, FieldError> {
    if name == "clear" {
        return Ok(Some(Value::Array(Vec::new())));
    }
    let mut items = place.array(current)?;
    match name {
        "append" => items.push(value.clone()),
        "appendunique" => {
            if !items.iter().any(|item| same(item, value)) {
                items.push(value.clone());
            }
        }
        "extend" => items.extend_from_slice(place.bounded(value, "Not valid list")?),
        "assign" => {
            let (index, item) = place.pair(value, "key")?;
            let position = place.position(index, items.len())?;
            items[position] = item.clone();
        }
        "del" => drop(items.remove(place.position(value, items.len())?)),
        _ => return Ok(None),
    }
    Ok(Some(Value::Array(items)))
}

fn object(place: &Place<'_>, name: &str, value: &Value, current: Option<Value>) -> Result<Option<Value>, FieldError> {
    if name == "clear" {
        return Ok(Some(Value::Object(Map::new())));
    }
    let mut members = place.object(current)?;
    match name {
        "assign" => assign(place, &mut members, value)?,
        "update" => {
            for pair in place.bounded(value, "Invalid type patch data, must be list of updates")? {
                assign(place, &mut members, pair)?;
            }
        }
        "del" => {
            let removed = value.as_str().and_then(|key| members.shift_remove(key));
            removed.ok_or_else(|| place.refuse("Not valid index value"))?;
        }
        _ => return Ok(None),
    }
    Ok(Some(Value::Object(members)))
}

fn assign(place: &Place<'_>, members: &mut Map<String, Value>, pair: &Value) -> Result<(), FieldError> {
    let (key, value) = place.pair(pair, "key")?;
    members.insert(place.key(key)?.to_owned(), value.clone());
    Ok(())
}

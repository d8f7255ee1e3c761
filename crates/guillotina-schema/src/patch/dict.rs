//! Operations on dictionaries (D-013).

use serde_json::{Map, Value};

use super::Place;
use crate::error::FieldError;
use crate::kind::Mapping;
use crate::validate;

/// Carries out the operation `name`; `None` if there is no such operation.
pub(super) fn apply(
    place: &Place<'_>,
    mapping: &Mapping,
    name: &str,
    value: &Value,
    current: Option<Value>,
) -> Result<Option<Value>, FieldError> {
    if name == "clear" {
        return Ok(Some(Value::Object(Map::new())));
    }
    let mut members = place.object(current)?;
    match name {
        "assign" => assign(place, mapping, &mut members, value)?,
        "update" => {
            for pair in place.bounded(value, "Invalid type patch data, must be list of updates")? {
                assign(place, mapping, &mut members, pair)?;
            }
        }
        "del" => {
            let known = value.as_str().and_then(|key| members.shift_remove(key));
            if known.is_none() {
                // A key of the wrong type is the better thing to say.
                validate::field(&mapping.key, value, place.name, place.cx)?;
                return Err(place.refuse("Not valid index value"));
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(Value::Object(members)))
}

fn assign(
    place: &Place<'_>,
    mapping: &Mapping,
    members: &mut Map<String, Value>,
    pair: &Value,
) -> Result<(), FieldError> {
    let (key, raw) = place.pair(pair, "key")?;
    let name = place.key(key)?;
    let value = place.item(&mapping.value, raw, members.get(name))?;
    validate::field(&mapping.key, key, place.name, place.cx)?;
    members.insert(name.to_owned(), value);
    Ok(())
}

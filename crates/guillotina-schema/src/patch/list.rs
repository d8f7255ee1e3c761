//! Operations on lists and tuples (D-012).

use std::collections::HashSet;

use serde_json::Value;

use super::{Place, same};
use crate::error::{FieldError, shown};
use crate::kind::Collection;

/// Carries out the operation `name`; `None` if there is no such operation.
pub(super) fn apply(
    place: &Place<'_>,
    collection: &Collection,
    name: &str,
    value: &Value,
    current: Option<Value>,
) -> Result<Option<Value>, FieldError> {
    if name == "clear" {
        return Ok(Some(Value::Array(Vec::new())));
    }
    let mut items = place.array(current)?;
    let field = &collection.item;
    match name {
        "append" => items.push(place.item(field, value, None)?),
        "appendunique" => {
            let item = place.item(field, value, None)?;
            if !items.iter().any(|existing| same(existing, &item)) {
                items.push(item);
            }
        }
        "extend" | "extendunique" => {
            let raw = place.bounded(value, "Not valid list")?;
            let new = raw.iter().map(|raw| place.item(field, raw, None)).collect::<Result<Vec<_>, _>>()?;
            if name == "extend" {
                items.extend(new);
            } else {
                let mut known: HashSet<String> = items.iter().map(ToString::to_string).collect();
                items.extend(new.into_iter().filter(|item| known.insert(item.to_string())));
            }
        }
        "del" => drop(items.remove(place.position(value, items.len())?)),
        "remove" => {
            let position = items.iter().position(|item| same(item, value));
            let position = position.ok_or_else(|| place.refuse(format!("{} not in value", shown(value))))?;
            items.remove(position);
        }
        "update" => {
            let (index, raw) = place.pair(value, "index")?;
            let position = place.position(index, items.len())?;
            items[position] = place.item(field, raw, items.get(position))?;
        }
        _ => return Ok(None),
    }
    Ok(Some(Value::Array(items)))
}

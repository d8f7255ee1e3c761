//! Operations on integers (D-014).

use serde_json::Value;

use super::Place;
use crate::error::{FieldError, is_truthy};
use crate::validate;

/// Carries out the operation `name`; `None` if there is no such operation.
pub(super) fn apply(
    place: &Place<'_>,
    name: &str,
    value: &Value,
    current: Option<Value>,
) -> Result<Option<Value>, FieldError> {
    if !matches!(name, "inc" | "dec" | "reset") {
        return Ok(None);
    }
    let given = given(place, value)?;
    let default = || place.field.default_value().and_then(|value| value.as_i64()).unwrap_or(0);
    let now = || current.as_ref().and_then(Value::as_i64).unwrap_or_else(default);
    let (result, overflow) = match name {
        "inc" => (now().checked_add(given.unwrap_or(1)), given.unwrap_or(1) > 0),
        "dec" => (now().checked_sub(given.unwrap_or(1)), given.unwrap_or(1) < 0),
        _ => (Some(given.unwrap_or_else(default)), false),
    };
    let message = if overflow { "Value is too big" } else { "Value is too small" };
    let result = result.ok_or_else(|| FieldError::invalid(message, place.name, value))?;
    Ok(Some(result.into()))
}

/// The operand; nothing, and whatever counts as false, stands for the operation's own.
fn given(place: &Place<'_>, value: &Value) -> Result<Option<i64>, FieldError> {
    match value {
        value if !is_truthy(value) => Ok(None),
        // In Guillotina true is a one.
        Value::Bool(_) => Ok(Some(1)),
        value => {
            validate::field(place.field, value, place.name, place.cx)?;
            Ok(value.as_i64())
        }
    }
}

//! Patch operations (D-006, D-012…D-017).
//!
//! Where Guillotina fails with a server error (ZZ-07 and the like), these say what is wrong.

mod dict;
mod int;
mod json;
mod list;

use serde_json::{Map, Value};

use crate::error::{FieldError, shown};
use crate::field::Patch;
use crate::kind::Kind;
use crate::{Context, Field, convert};

/// The place an operation works in.
#[derive(Clone, Copy)]
struct Place<'a> {
    field: &'a Field,
    limits: Patch,
    name: &'a str,
    cx: &'a dyn Context,
}

impl Place<'_> {
    fn refuse(&self, message: impl Into<String>) -> FieldError {
        FieldError::new(message).in_field(self.name)
    }

    fn unknown(&self, operation: &Value) -> FieldError {
        self.refuse(format!("\"{}\" not a valid operation", shown(operation)))
    }

    fn check_count(&self, count: usize) -> Result<(), FieldError> {
        match self.limits.max_ops {
            Some(max) if count > max => Err(self.refuse(format!("Exceeded max allowed operations for field: {max}"))),
            _ => Ok(()),
        }
    }

    /// The members `first` and `value` of an operation's object.
    fn pair<'v>(&self, value: &'v Value, first: &str) -> Result<(&'v Value, &'v Value), FieldError> {
        let members = value.get(first).zip(value.get("value"));
        members.ok_or_else(|| self.refuse("Not valid patch value"))
    }

    /// The new value of an item: converted, starting from the item it replaces, and validated.
    fn item(&self, item: &Field, raw: &Value, existing: Option<&Value>) -> Result<Value, FieldError> {
        if raw.is_null() {
            return Err(FieldError::wrong_type(item.kind.type_name(), self.name, raw));
        }
        let value = convert::field(item, raw, existing, self.name, self.cx)?;
        crate::validate::field(item, &value, self.name, self.cx)?;
        Ok(value)
    }
}

/// Converts a plain value or carries out an operation on `current`.
pub(crate) fn convert(
    field: &Field,
    limits: Patch,
    raw: &Value,
    current: Option<&Value>,
    name: &str,
    cx: &dyn Context,
) -> Result<Value, FieldError> {
    let place = Place { field, limits, name, cx };
    match raw {
        Value::Object(members) if members.contains_key("op") => place.apply(members, current.cloned()),
        Value::Array(_) | Value::Object(_) => convert::kind(&field.kind, raw, name, cx),
        // A scalar for a field that has operations must be of its type already.
        scalar if has_operations(&field.kind) => Ok(scalar.clone()),
        scalar => convert::kind(&field.kind, scalar, name, cx),
    }
}

fn has_operations(kind: &Kind) -> bool {
    matches!(kind, Kind::Int(_) | Kind::Dict(_) | Kind::OrderedDict(_)) || kind.collection().is_some()
}

impl Place<'_> {
    fn apply(&self, operation: &Map<String, Value>, current: Option<Value>) -> Result<Value, FieldError> {
        let null = Value::Null;
        let op = operation.get("op").unwrap_or(&null);
        let value = operation.get("value").unwrap_or(&null);
        let current = current.filter(|value| !value.is_null());
        let name = op.as_str().ok_or_else(|| self.unknown(op))?;
        if name == "multi" {
            return self.multi(value, current);
        }
        let done = match &self.field.kind {
            Kind::List(c) | Kind::Tuple(c) => list::apply(self, c, name, value, current)?,
            Kind::Dict(m) | Kind::OrderedDict(m) => dict::apply(self, m, name, value, current)?,
            Kind::Int(_) => int::apply(self, name, value, current)?,
            Kind::Json(schema) => json::apply(self, schema.as_deref(), name, value, current)?,
            _ => None,
        };
        done.ok_or_else(|| self.unknown(op))
    }

    /// Several operations, one after the other (D-017). None at all leave the value as it is.
    fn multi(&self, operations: &Value, current: Option<Value>) -> Result<Value, FieldError> {
        let operations =
            operations.as_array().ok_or_else(|| self.refuse("Invalid type patch data, must be list of updates"))?;
        self.check_count(operations.len())?;
        let mut value = current;
        for operation in operations {
            let members = operation.as_object().filter(|members| members.contains_key("op"));
            let members = members.ok_or_else(|| self.refuse(format!("{} not a valid operation", shown(operation))))?;
            value = Some(self.apply(members, value)?);
        }
        Ok(value.unwrap_or_default())
    }

    /// What an operation starts from: the current value, else the missing value, else nothing.
    fn array(&self, current: Option<Value>) -> Result<Vec<Value>, FieldError> {
        match current.or_else(|| self.field.missing_value.clone()) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(FieldError::wrong_type("array", self.name, &other)),
        }
    }

    fn object(&self, current: Option<Value>) -> Result<Map<String, Value>, FieldError> {
        match current.or_else(|| self.field.missing_value.clone()) {
            None | Some(Value::Null) => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(other) => Err(FieldError::wrong_type("object", self.name, &other)),
        }
    }

    /// The position an index means; negative ones count from the end.
    fn position(&self, index: &Value, length: usize) -> Result<usize, FieldError> {
        let position = index.as_i64().and_then(|index| match usize::try_from(index) {
            Ok(position) => Some(position),
            Err(_) => usize::try_from(index.unsigned_abs()).ok().and_then(|back| length.checked_sub(back)),
        });
        position.filter(|position| *position < length).ok_or_else(|| self.refuse("Not valid index value"))
    }

    fn bounded<'v>(&self, value: &'v Value, message: &str) -> Result<&'v [Value], FieldError> {
        let items = value.as_array().ok_or_else(|| self.refuse(message))?;
        self.check_count(items.len())?;
        Ok(items)
    }

    fn key<'v>(&self, key: &'v Value) -> Result<&'v str, FieldError> {
        key.as_str().ok_or_else(|| FieldError::wrong_type("string", self.name, key))
    }
}

/// Equality as Python has it: `1` and `1.0` are the same.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests;

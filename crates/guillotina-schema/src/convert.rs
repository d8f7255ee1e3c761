//! Incoming JSON to canonical values. What is allowed is checked afterwards, in `validate`.

use std::collections::HashSet;

use serde_json::{Map, Number, Value};

use crate::decimal::Decimal;
use crate::error::{FieldError, is_truthy};
use crate::kind::{Collection, Kind, Mapping};
use crate::number::{self, IntError};
use crate::{Context, Field, Schema, date, patch, validate};

/// Converts a value that is not null.
pub(crate) fn field(
    field: &Field,
    raw: &Value,
    current: Option<&Value>,
    name: &str,
    cx: &dyn Context,
) -> Result<Value, FieldError> {
    match &field.patch {
        Some(limits) => patch::convert(field, *limits, raw, current, name, cx),
        None => kind(&field.kind, raw, name, cx),
    }
}

pub(crate) fn kind(kind: &Kind, raw: &Value, name: &str, cx: &dyn Context) -> Result<Value, FieldError> {
    let wrong = || FieldError::wrong_type(kind.type_name(), name, raw);
    match kind {
        Kind::Bool => Ok(Value::Bool(is_truthy(raw))),
        Kind::Int(_) => int(raw).map_err(|error| match error {
            IntError::NotANumber => wrong(),
            IntError::TooSmall => FieldError::invalid("Value is too small", name, raw),
            IntError::TooBig => FieldError::invalid("Value is too big", name, raw),
        }),
        Kind::Float(_) => number::to_float(raw).and_then(from_float).ok_or_else(wrong),
        Kind::Decimal(_) => decimal(raw, name),
        Kind::Datetime(_) => moment(raw, name),
        Kind::Date(_) => day(raw, name),
        Kind::Time(_) => {
            let time = raw.as_str().and_then(date::parse_time).ok_or_else(wrong)?;
            Ok(date::time_isoformat(time).into())
        }
        Kind::Timedelta(_) => {
            let seconds = raw.as_number().and_then(Number::as_f64).ok_or_else(wrong)?;
            from_float(seconds).ok_or_else(wrong)
        }
        Kind::Bytes(_) | Kind::BytesLine(_) | Kind::Interface => raw.as_str().map(Value::from).ok_or_else(wrong),
        Kind::List(c) | Kind::Tuple(c) => items(c, raw, name, cx).map(Value::Array),
        Kind::Set(c) | Kind::FrozenSet(c) => items(c, raw, name, cx).map(distinct).map(Value::Array),
        Kind::Dict(mapping) | Kind::OrderedDict(mapping) => dict(mapping, raw, name, cx),
        Kind::Object(schema) => object(schema, raw, name, cx),
        Kind::Union(fields) => union(fields, raw, name, cx),
        Kind::File => file(raw, name),
        Kind::Json(_) | Kind::Choice(_) => Ok(raw.clone()),
        text => text_of(raw).ok_or_else(|| FieldError::wrong_type(text.type_name(), name, raw)),
    }
}

fn text_of(raw: &Value) -> Option<Value> {
    Some(match raw {
        Value::String(_) => raw.clone(),
        Value::Number(n) => number::to_text(n).into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        _ => return None,
    })
}

fn int(raw: &Value) -> Result<Value, IntError> {
    number::to_int(raw).map(Value::from)
}

fn from_float(float: f64) -> Option<Value> {
    Number::from_f64(float).map(Value::Number)
}

fn decimal(raw: &Value, name: &str) -> Result<Value, FieldError> {
    let text = match raw {
        Value::String(text) => text.clone(),
        Value::Number(n) => n.to_string(),
        Value::Bool(b) => u8::from(*b).to_string(),
        _ => return Err(FieldError::wrong_type("decimal", name, raw)),
    };
    let decimal: Decimal = text.parse().map_err(|_| FieldError::invalid("Invalid value", name, raw))?;
    Ok(decimal.to_string().into())
}

fn moment(raw: &Value, name: &str) -> Result<Value, FieldError> {
    let text = raw.as_str().ok_or_else(|| plain("Not a string", name))?;
    date::canonical_datetime(text).map(Value::String).ok_or_else(|| plain("Value error", name))
}

fn day(raw: &Value, name: &str) -> Result<Value, FieldError> {
    let text = raw.as_str().ok_or_else(|| plain("Not a string", name))?;
    let day = date::parse_date(text).ok_or_else(|| plain("Value error", name))?;
    Ok(day.to_string().into())
}

fn plain(message: &str, name: &str) -> FieldError {
    FieldError::new(message).in_field(name)
}

/// Converts a member of a collection or structure. Unlike a field's own value it may not be null, and
/// a truth value has to be a scalar; this is how Guillotina treats members.
fn member(field: &Field, raw: &Value, name: &str, cx: &dyn Context) -> Result<Value, FieldError> {
    let bare = field.patch.is_none() && field.kind.is_scalar();
    let container = raw.is_array() || raw.is_object();
    if raw.is_null() || (bare && container) {
        return Err(FieldError::wrong_type(field.kind.type_name(), name, raw));
    }
    self::field(field, raw, None, name, cx).map_err(|error| match error.wraps && !bare {
        true => FieldError::contained(vec![error], name, None),
        false => error,
    })
}

fn items(collection: &Collection, raw: &Value, name: &str, cx: &dyn Context) -> Result<Vec<Value>, FieldError> {
    let items = raw.as_array().ok_or_else(|| plain("Not an array", name))?;
    items.iter().map(|item| member(&collection.item, item, name, cx)).collect()
}

/// The items without those equal to an earlier one.
fn distinct(mut items: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.to_string()));
    items
}

fn dict(mapping: &Mapping, raw: &Value, name: &str, cx: &dyn Context) -> Result<Value, FieldError> {
    let members = raw.as_object().ok_or_else(|| plain("Not an object", name))?;
    if !members.is_empty() && !mapping.key.kind.is_text() {
        return Err(plain("Invalid key type provided", name));
    }
    let converted = members.iter().map(|(key, value)| Ok((key.clone(), member(&mapping.value, value, name, cx)?)));
    converted.collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

fn object(schema: &Schema, raw: &Value, name: &str, cx: &dyn Context) -> Result<Value, FieldError> {
    let members = raw.as_object().ok_or_else(|| plain("Not an object", name))?;
    let known = members.iter().filter_map(|(key, value)| Some((key, value, schema.get(key)?)));
    let converted = known.map(|(key, value, field)| {
        let value = match value {
            Value::Null => Value::Null,
            value => member(field, value, &field.name, cx)?,
        };
        Ok((key.clone(), value))
    });
    converted.collect::<Result<Map<_, _>, _>>().map(Value::Object)
}

/// The first field that takes the value. If some can read it but none allows it, the result is the
/// reading of the first, and validation says what is wrong with it.
fn union(fields: &[Field], raw: &Value, name: &str, cx: &dyn Context) -> Result<Value, FieldError> {
    let mut readable = None;
    for field in fields {
        let Ok(value) = self::field(field, raw, None, name, cx) else {
            continue;
        };
        // A structure that recognises none of the members is no match.
        let unrecognised = matches!(field.kind, Kind::Object(_)) && is_truthy(raw) && !is_truthy(&value);
        if unrecognised {
            continue;
        }
        if validate::field(field, &value, name, cx).is_ok() {
            return Ok(value);
        }
        readable.get_or_insert(value);
    }
    readable.ok_or_else(|| plain("Doesn't match any field", name))
}

/// The members of a file's description that have to be text.
const FILE_TEXTS: [&str; 6] = ["data", "content_type", "content-type", "filename", "md5", "extension"];

/// Checks the shape of an uploaded file; the bytes are decoded by whoever stores them.
fn file(raw: &Value, name: &str) -> Result<Value, FieldError> {
    let data = match raw {
        Value::String(uri) => {
            let data = uri.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
            Some(data.ok_or_else(|| plain("Value error", name))?.1)
        }
        Value::Object(members) => {
            for text in FILE_TEXTS.iter().filter_map(|key| members.get(*key)).filter(|v| !v.is_null()) {
                text.as_str().ok_or_else(|| FieldError::wrong_type("string", name, text))?;
            }
            members.get("data").and_then(Value::as_str)
        }
        _ => return Err(FieldError::wrong_type("object", name, raw)),
    };
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=\r\n".contains(&b);
    match data.is_none_or(|data| data.bytes().all(is_base64)) {
        true => Ok(raw.clone()),
        false => Err(plain("Value error", name)),
    }
}

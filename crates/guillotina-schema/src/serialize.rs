//! Canonical values in the form that may be shown (R-010, D-001).

use serde_json::Value;

use crate::kind::Kind;
use crate::{date, validate};

pub(crate) fn value(kind: &Kind, stored: &Value) -> Value {
    match (kind, stored) {
        (Kind::Password(_), _) => Value::Null,
        (Kind::MaskTextLine { unmask_len, mask_len, .. }, Value::String(text)) => {
            Value::String(masked(text, *unmask_len, *mask_len))
        }
        // Typed content writes moments and times of day in a form of its own.
        (Kind::Datetime(_), Value::String(text)) if text.ends_with('Z') => {
            text.parse().map_or_else(|_| stored.clone(), |moment| date::isoformat(moment).into())
        }
        (Kind::Time(_), Value::String(text)) => {
            date::parse_time(text).map_or_else(|| stored.clone(), |time| date::time_isoformat(time).into())
        }
        (Kind::List(c) | Kind::Tuple(c) | Kind::Set(c) | Kind::FrozenSet(c), Value::Array(items)) => {
            items.iter().map(|item| value(&c.item.kind, item)).collect()
        }
        (Kind::Dict(m) | Kind::OrderedDict(m), Value::Object(members)) => {
            let shown = members.iter().map(|(key, member)| (key.clone(), value(&m.value.kind, member)));
            Value::Object(shown.collect())
        }
        (Kind::Object(schema), Value::Object(members)) => {
            let shown = members.iter().map(|(key, member)| match schema.get(key) {
                Some(field) => (key.clone(), value(&field.kind, member)),
                None => (key.clone(), member.clone()),
            });
            Value::Object(shown.collect())
        }
        (Kind::Union(fields), _) => {
            let holder = fields.iter().find(|field| validate::field(field, stored, "", &()).is_ok());
            let secret = || fields.iter().find(|field| matches!(field.kind, Kind::Password(_)));
            // What no field accepts any more may still be a secret.
            let holder = holder.or_else(secret);
            holder.map_or_else(|| stored.clone(), |field| value(&field.kind, stored))
        }
        _ => stored.clone(),
    }
}

fn masked(text: &str, shown: usize, stars: usize) -> String {
    match text.char_indices().nth(shown) {
        Some((end, _)) => format!("{}{}", &text[..end], "*".repeat(stars)),
        None => text.to_owned(),
    }
}

//! Whether a canonical value is allowed, and whether a declaration makes sense.

use std::collections::HashSet;

use serde_json::Value;

use crate::decimal::Decimal;
use crate::error::FieldError;
use crate::kind::{Choices, Collection, Kind, Mapping, Range};
use crate::{Context, Field, Schema, date};

type Check = Result<(), FieldError>;

/// Checks the value of a field: the missing value first, then everything about its kind.
pub(crate) fn field(field: &Field, value: &Value, name: &str, cx: &dyn Context) -> Check {
    allowed(field, value, name, cx).map_err(|error| match field.kind {
        // An error may be logged, so it doesn't repeat a secret.
        Kind::Password(_) => FieldError { value: None, ..error },
        _ => error,
    })
}

fn allowed(field: &Field, value: &Value, name: &str, cx: &dyn Context) -> Check {
    if value == field.missing_value.as_ref().unwrap_or(&Value::Null) {
        return if field.required { Err(FieldError::required(name)) } else { Ok(()) };
    }
    if let Kind::Union(fields) = &field.kind {
        union(fields, value, name, cx)?;
    } else {
        bounds(&field.kind, value, name)?;
        line_breaks(&field.kind, value, name)?;
    }
    if field.constraint.is_some_and(|allowed| !allowed(value)) {
        return Err(FieldError::invalid("Constraint not satisfied", name, value));
    }
    length(&field.kind, value, name)?;
    content(&field.kind, value, name, cx)
}

/// Checks the type, and minimum and maximum.
fn bounds(kind: &Kind, value: &Value, name: &str) -> Check {
    let text = value.as_str();
    let fits = match kind {
        Kind::Bool => value.as_bool().map(|_| Fit::Within),
        Kind::Int(range) => match value.as_i64() {
            None if value.is_u64() => Some(Fit::TooBig),
            int => int.map(|n| fit(range, &n)),
        },
        Kind::Float(range) | Kind::Timedelta(range) => {
            value.as_f64().filter(|_| value.is_f64()).map(|n| fit(range, &n))
        }
        Kind::Decimal(range) => text.and_then(|t| t.parse::<Decimal>().ok()).map(|n| fit(range, &n)),
        Kind::Datetime(range) => text.and_then(date::stored_moment).map(|moment| match moment {
            Ok(moment) => fit(range, &moment),
            Err(_) if range.max.is_some() => Fit::TooBig,
            Err(_) => Fit::Within,
        }),
        Kind::Date(range) => {
            let canonical = text.and_then(|t| date::parse_date(t).filter(|day| day.to_string() == t));
            canonical.map(|day| fit(range, &day))
        }
        Kind::Time(range) => text.and_then(date::parse_time).map(|t| fit(range, &t)),
        Kind::List(_) | Kind::Tuple(_) | Kind::Set(_) | Kind::FrozenSet(_) => value.as_array().map(|_| Fit::Within),
        Kind::Dict(_) | Kind::OrderedDict(_) | Kind::Object(_) => value.as_object().map(|_| Fit::Within),
        Kind::File => (text.is_some() || value.is_object()).then_some(Fit::Within),
        Kind::Json(_) | Kind::Choice(_) | Kind::Union(_) => Some(Fit::Within),
        _ => text.map(|_| Fit::Within),
    };
    match fits {
        Some(Fit::Within) => Ok(()),
        Some(Fit::TooSmall) => Err(FieldError::invalid("Value is too small", name, value)),
        Some(Fit::TooBig) => Err(FieldError::invalid("Value is too big", name, value)),
        None => Err(FieldError::wrong_type(kind.type_name(), name, value)),
    }
}

enum Fit {
    Within,
    TooSmall,
    TooBig,
}

fn fit<T: PartialOrd>(range: &Range<T>, value: &T) -> Fit {
    if range.min.as_ref().is_some_and(|min| value < min) {
        Fit::TooSmall
    } else if range.max.as_ref().is_some_and(|max| value > max) {
        Fit::TooBig
    } else {
        Fit::Within
    }
}

fn line_breaks(kind: &Kind, value: &Value, name: &str) -> Check {
    let broken = |breaks: &[char]| value.as_str().is_some_and(|text| text.contains(breaks));
    let refused = match kind {
        Kind::AsciiLine(_) | Kind::BytesLine(_) => broken(&['\n']),
        Kind::TextLine(_)
        | Kind::Password(_)
        | Kind::MaskTextLine { .. }
        | Kind::Uri(_)
        | Kind::Id(_)
        | Kind::DottedName { .. } => broken(&['\n', '\r']),
        _ => false,
    };
    if refused { Err(FieldError::invalid("Constraint not satisfied", name, value)) } else { Ok(()) }
}

fn length(kind: &Kind, value: &Value, name: &str) -> Check {
    let Some(allowed) = kind.length() else {
        return Ok(());
    };
    let length = match (kind, value) {
        (Kind::Bytes(_) | Kind::BytesLine(_), Value::String(text)) => text.len(),
        (_, Value::String(text)) => text.chars().count(),
        (_, Value::Array(items)) => items.len(),
        (_, Value::Object(members)) => members.len(),
        _ => return Ok(()),
    };
    if allowed.min.is_some_and(|min| length < min) {
        return Err(FieldError::invalid("Value is too short", name, value));
    }
    if allowed.max.is_some_and(|max| length > max) {
        return Err(FieldError::invalid("Value is too long", name, value));
    }
    Ok(())
}

fn content(kind: &Kind, value: &Value, name: &str, cx: &dyn Context) -> Check {
    let text = value.as_str().unwrap_or_default();
    let refused = |message: &str| Err(FieldError::invalid(message, name, value));
    match kind {
        Kind::Ascii(_) | Kind::AsciiLine(_) if !text.is_ascii() => refused("Invalid value"),
        Kind::Uri(_) if !is_uri(text) => refused("The specified URI is not valid."),
        Kind::Id(_) if !is_uri(text) && dots(text).is_none_or(|n| n == 0) => refused("The specified id is not valid."),
        Kind::DottedName { min_dots, max_dots, .. } => match dots(text) {
            Some(n) if n >= *min_dots && max_dots.is_none_or(|max| n <= max) => Ok(()),
            _ => refused("The specified dotted name is not valid."),
        },
        Kind::Interface if dots(text).is_none() => refused("The specified dotted name is not valid."),
        Kind::List(c) | Kind::Tuple(c) | Kind::Set(c) | Kind::FrozenSet(c) => {
            let is_set = matches!(kind, Kind::Set(_) | Kind::FrozenSet(_));
            collection(c, c.unique || is_set, value, name, cx)
        }
        Kind::Dict(m) | Kind::OrderedDict(m) => mapping(m, value, name, cx),
        Kind::Object(schema) => object(schema, value, name, cx),
        Kind::Json(Some(schema)) => schema
            .check(value)
            .map_err(|reason| FieldError::contained(vec![FieldError::new(shortened(reason))], name, Some(value))),
        Kind::Choice(choices) => choice(choices, value, name, cx),
        _ => Ok(()),
    }
}

/// A reason that quotes the value would otherwise be as long as the value.
fn shortened(mut reason: String) -> String {
    const LONGEST: usize = 500;
    if let Some((end, _)) = reason.char_indices().nth(LONGEST) {
        reason.truncate(end);
        reason.push('…');
    }
    reason
}

/// A scheme, a colon, and no white space after it. The scheme's characters are Guillotina's, which
/// include the punctuation between `Z` and `a`.
fn is_uri(text: &str) -> bool {
    let scheme_byte = |b: u8| (b'A'..=b'z').contains(&b) || b.is_ascii_digit() || b"+.-".contains(&b);
    text.split_once(':').is_some_and(|(scheme, rest)| {
        !scheme.is_empty() && scheme.bytes().all(scheme_byte) && !rest.contains(char::is_whitespace)
    })
}

/// How many dots a dotted name has; `None` for any other text.
fn dots(text: &str) -> Option<usize> {
    let segment = |s: &str| {
        s.starts_with(|c: char| c.is_ascii_alphabetic()) && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.split('.').all(segment).then(|| text.matches('.').count())
}

fn collection(c: &Collection, unique: bool, value: &Value, name: &str, cx: &dyn Context) -> Check {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if !c.naive {
        let checked = items.iter().enumerate().map(|(i, item)| field(&c.item, item, &format!("{name}[{i}]"), cx));
        let errors: Vec<_> = checked.filter_map(Result::err).collect();
        if !errors.is_empty() {
            return Err(FieldError::contained(errors, name, Some(value)));
        }
    }
    let mut seen = HashSet::new();
    if unique && !items.iter().all(|item| seen.insert(item.to_string())) {
        let error = FieldError::new("One or more entries of sequence are not unique.").in_field(name);
        return Err(FieldError { wraps: true, ..error });
    }
    Ok(())
}

fn mapping(m: &Mapping, value: &Value, name: &str, cx: &dyn Context) -> Check {
    let Some(members) = value.as_object().filter(|_| !m.naive) else {
        return Ok(());
    };
    let mut errors = Vec::new();
    for (key, member) in members {
        let place = format!("{name}[{key}]");
        errors.extend(field(&m.value, member, &place, cx).err());
        errors.extend(field(&m.key, &Value::from(key.as_str()), &place, cx).err());
    }
    if errors.is_empty() { Ok(()) } else { Err(FieldError::contained(errors, name, Some(value))) }
}

fn object(schema: &Schema, value: &Value, name: &str, cx: &dyn Context) -> Check {
    let member = |f: &Field| field(f, value.get(&*f.name).unwrap_or(&Value::Null), &f.name, cx).err();
    let mut errors: Vec<_> = schema.fields.iter().filter_map(member).collect();
    errors.extend(value.as_object().map(|values| schema.broken_by(values)).unwrap_or_default());
    if errors.is_empty() { Ok(()) } else { Err(FieldError::contained(errors, name, Some(value))) }
}

fn union(fields: &[Field], value: &Value, name: &str, cx: &dyn Context) -> Check {
    let mut errors = Vec::new();
    for candidate in fields {
        match field(candidate, value, name, cx) {
            Ok(()) => return Ok(()),
            Err(error) => errors.push(error),
        }
    }
    Err(FieldError::contained(errors, name, Some(value)))
}

fn choice(choices: &Choices, value: &Value, name: &str, cx: &dyn Context) -> Check {
    let known = match choices {
        Choices::Values(values) => values.contains(value),
        Choices::Source(source) => source().contains(value),
        Choices::Vocabulary(vocabulary) => match cx.vocabulary(vocabulary) {
            Some(terms) => terms.iter().any(|(term, _)| term == value),
            // Without the vocabulary there is nothing to compare with.
            None => return Err(FieldError::new("Value error").in_field(name)),
        },
    };
    if known { Ok(()) } else { Err(FieldError::invalid("Constraint not satisfied", name, value)) }
}

/// Which end of a range.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    Min,
    Max,
}

/// Sets a bound of a kind that has them; false if it has none or the value is not of the kind.
pub(crate) fn set_bound(kind: &mut Kind, value: &Value, bound: Bound) -> bool {
    fn set<T>(range: &mut Range<T>, value: Option<T>, bound: Bound) -> bool {
        let end = match bound {
            Bound::Min => &mut range.min,
            Bound::Max => &mut range.max,
        };
        let known = value.is_some();
        *end = value;
        known
    }
    let text = value.as_str();
    match kind {
        Kind::Int(range) => set(range, value.as_i64(), bound),
        Kind::Float(range) | Kind::Timedelta(range) => set(range, value.as_f64(), bound),
        Kind::Decimal(range) => {
            let digits = text.map(str::to_owned).or_else(|| value.as_number().map(ToString::to_string));
            set(range, digits.and_then(|digits| digits.parse().ok()), bound)
        }
        Kind::Datetime(range) => set(range, text.and_then(date::parse_datetime), bound),
        Kind::Date(range) => set(range, text.and_then(date::parse_date), bound),
        Kind::Time(range) => set(range, text.and_then(date::parse_time), bound),
        _ => false,
    }
}

/// What is wrong with the declaration of a field.
pub(crate) fn declaration_problems(field: &Field, misuse: &[String]) -> Vec<String> {
    let mut all: Vec<String> =
        misuse.iter().map(|use_| format!("{use_}; take it away or change the kind of the field")).collect();
    let nested = |part: &str, field: &Field| {
        field.problems().into_iter().map(|problem| format!("{part}: {problem}")).collect::<Vec<_>>()
    };
    match &field.kind {
        Kind::Dict(m) | Kind::OrderedDict(m) => {
            if !m.key.kind.is_text() {
                all.push("keys in JSON are text; use a text kind for the keys".to_owned());
            }
            all.extend(nested("key", &m.key));
            all.extend(nested("value", &m.value));
        }
        Kind::Object(schema) => all.extend(schema.problems()),
        Kind::Union(fields) if fields.is_empty() => {
            all.push("a union of no fields accepts nothing; name at least one".to_owned());
        }
        Kind::Union(fields) => all.extend(fields.iter().flat_map(|member| nested("union", member))),
        Kind::Json(Some(schema)) => {
            all.extend(schema.problem().map(|reason| format!("the JSON schema is not valid, correct it: {reason}")));
        }
        Kind::DottedName { min_dots, max_dots: Some(max), .. } if max < min_dots => {
            all.push(format!("no name has at least {min_dots} and at most {max} dots; make `max_dots` larger"));
        }
        kind => all.extend(kind.collection().into_iter().flat_map(|c| nested("item", &c.item))),
    }
    if let Err(error) = checked_default(field) {
        all.push(format!("the default is not a value of the field, correct it: {error}"));
    }
    all
}

/// Whether the default is a value of the field, as far as that can be said of the declaration alone.
fn checked_default(field: &Field) -> Check {
    if asks_context(&field.kind) {
        return Ok(());
    }
    match field.default_in(&())?.filter(|value| !value.is_null()) {
        Some(value) => self::field(field, &value, "default", &()),
        None => Ok(()),
    }
}

/// Whether a value can only be checked where vocabularies are at hand.
fn asks_context(kind: &Kind) -> bool {
    match kind {
        Kind::Choice(choices) => matches!(choices, Choices::Vocabulary(_)),
        Kind::Dict(m) | Kind::OrderedDict(m) => asks_context(&m.key.kind) || asks_context(&m.value.kind),
        Kind::Object(schema) => schema.fields.iter().any(|field| asks_context(&field.kind)),
        Kind::Union(fields) => fields.iter().any(|field| asks_context(&field.kind)),
        kind => kind.collection().is_some_and(|c| asks_context(&c.item.kind)),
    }
}

#[cfg(test)]
mod tests;

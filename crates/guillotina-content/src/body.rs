//! Bodies of requests: how values in them are read, and the errors when one is missing or wrong (rows E-011, E-019).

use crate::error::Error;
use serde_json::Value;

/// A word for programs and a sentence for people, as they stand in an error's body.
pub type Reason = (&'static str, &'static str);

/// A key of the body is missing.
pub const REQUIRED_PARAM_MISSING: Reason = ("requiredParamMissing", "Missing required param in the request");
/// An id that no object can have.
pub const INVALID_ID: Reason = ("invalidId", "Invalid ID for object");

/// Row E-011: a key is missing.
pub fn missing(key: &str) -> Error {
    Error::response("RequiredParam", format!("Property '{key}' is required"), Some(REQUIRED_PARAM_MISSING))
}

/// Row E-011: no object can have that id. What is no text is shown as JSON (row ZZ-12).
pub fn invalid_id(id: &Value) -> Error {
    Error::response("PreconditionFailed", format!("Invalid id: {}", shown(id)), Some(INVALID_ID))
}

/// A value for a message: texts bare, all else as JSON.
///
/// ```
/// use guillotina_content::body::shown;
/// assert_eq!((shown(&"a".into()), shown(&5.into())), ("a".to_owned(), "5".to_owned()));
/// ```
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a client that sends this means "nothing": clients of Guillotina send any of these for it.
///
/// ```
/// use guillotina_content::body::is_nothing;
/// assert!(is_nothing(None) && is_nothing(Some(&"".into())) && !is_nothing(Some(&"a".into())));
/// ```
pub fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::Bool(true)) => false,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;
    use serde_json::json;

    #[test]
    fn messages_show_json_zz_12() {
        let error = invalid_id(&json!({"k": 1}));
        assert!(matches!(error.cause(), Cause::Response { message, .. } if message == r#"Invalid id: {"k":1}"#));
        assert_eq!(shown(&json!("?")), "?");
    }

    #[test]
    fn what_means_nothing() {
        for value in [json!(null), json!(false), json!(0), json!(0.0), json!(""), json!([]), json!({})] {
            assert!(is_nothing(Some(&value)), "{value}");
        }
        for value in [json!(true), json!(1), json!("0"), json!([0]), json!({"a": null})] {
            assert!(!is_nothing(Some(&value)), "{value}");
        }
        assert!(is_nothing(None));
    }
}

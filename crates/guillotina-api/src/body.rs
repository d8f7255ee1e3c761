//! Bodies of requests: what must be in them, and the answers when it is not (rows E-011, E-015).

use crate::reasons;
use guillotina::{Error, Result};
use serde_json::{Map, Value, json};

/// A text that a body must have, by the JSON schema of the body (row E-015). The schema says whether it may be empty.
pub(crate) fn text<'a>(data: &'a Map<String, Value>, key: &str, schema: fn() -> Value) -> Result<&'a str> {
    match data.get(key) {
        None => {
            let required = schema()["required"].take();
            Err(violation(
                format!("'{key}' is a required property"),
                "required",
                required,
                &[],
                &["required"],
                schema(),
            ))
        }
        Some(Value::String(text)) => {
            let least = schema()["properties"][key]["minLength"].as_u64().unwrap_or(0);
            if text.is_empty() && least > 0 {
                let message = "'' should be non-empty".to_owned();
                return Err(violation(
                    message,
                    "minLength",
                    least.into(),
                    &[key],
                    &["properties", key, "minLength"],
                    schema(),
                ));
            }
            Ok(text)
        }
        Some(other) => {
            let message = format!("{other} is not of type 'string'");
            Err(violation(message, "type", "string".into(), &[key], &["properties", key, "type"], schema()))
        }
    }
}

fn violation(
    message: String,
    validator: &str,
    value: Value,
    path: &[&str],
    schema_path: &[&str],
    schema: Value,
) -> Error {
    let body = json!({
        "reason": "json schema validation error",
        "message": message,
        "validator": validator,
        "validator_value": value,
        "path": path,
        "schema_path": schema_path,
        "in": "body",
        "schema": schema,
    });
    Error::http(412, body)
}

/// Row E-011: a key is missing.
pub(crate) fn missing(key: &str) -> Error {
    Error::response("RequiredParam", format!("Property '{key}' is required"), Some(reasons::REQUIRED_PARAM_MISSING))
}

/// Row E-011: no object can have that id. What is no text is shown as JSON (row ZZ-12).
pub(crate) fn invalid_id(id: &Value) -> Error {
    Error::response("PreconditionFailed", format!("Invalid id: {}", shown(id)), Some(reasons::INVALID_ID))
}

/// A value for a message: texts bare, all else as JSON.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a client that sends this means "nothing": clients of Guillotina send any of these for it.
pub(crate) fn is_nothing(value: Option<&Value>) -> bool {
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
    use guillotina::error::Cause;

    fn schema() -> Value {
        json!({"type": "object", "properties": {"id": {"type": "string", "minLength": 1}}, "required": ["id"]})
    }

    fn refused(data: Value) -> Value {
        let error = text(data.as_object().unwrap(), "id", schema).unwrap_err();
        match error.cause() {
            Cause::Http { status: 412, body } => body.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_that_breaks_its_schema_e_015() {
        assert_eq!(text(json!({"id": "a"}).as_object().unwrap(), "id", schema).unwrap(), "a");
        let body = refused(json!({}));
        assert_eq!(body["message"], "'id' is a required property");
        assert_eq!((&body["validator"], &body["validator_value"]), (&json!("required"), &json!(["id"])));
        assert_eq!(
            (&body["path"], &body["schema_path"], &body["in"]),
            (&json!([]), &json!(["required"]), &json!("body"))
        );
        assert_eq!(body["schema"], schema());
        assert_eq!(refused(json!({"id": 5}))["message"], "5 is not of type 'string'");
        assert_eq!(refused(json!({"id": null}))["path"], json!(["id"]));
        assert_eq!(refused(json!({"id": ""}))["schema_path"], json!(["properties", "id", "minLength"]));
    }

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

//! Bodies of requests: what must be in them, and the answers when it is not (row E-015; those of row E-011 are the framework's).

pub(crate) use guillotina::body::{INVALID_ID, is_nothing, missing, shown};
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
}

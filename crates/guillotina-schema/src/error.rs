//! Errors of fields and schemas: the items of `deserialization_errors` (E-007, E-021).

use serde_json::{Map, Value};

/// Why one value is not acceptable.
///
/// ```
/// use guillotina_schema::{Field, Kind};
/// use serde_json::json;
///
/// let error = Field::new("title", Kind::text_line()).deserialize(&json!({"k": 1}), None, &()).unwrap_err();
/// assert_eq!(
///     error.to_json(),
///     json!({"message": "Expected string but found object.", "field": "title", "value": "{\"k\":1}"})
/// );
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{message}", field.as_ref().map(|name| format!("{name}: ")).unwrap_or_default())]
#[non_exhaustive]
pub struct FieldError {
    /// What is wrong, as a sentence.
    pub message: String,
    /// The field, with the index or key inside a collection: `tags[3]`.
    pub field: Option<String>,
    /// The value that was refused. Boxed, so that results stay small.
    pub value: Option<Box<Value>>,
    /// What is wrong inside the value.
    pub errors: Vec<FieldError>,
    /// Whether an enclosing collection wraps this error rather than passing it on.
    pub(crate) wraps: bool,
}

impl FieldError {
    /// An error that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), field: None, value: None, errors: Vec::new(), wraps: false }
    }

    /// The same error, said of the field `name`. An empty name says nothing.
    #[must_use]
    pub fn in_field(mut self, name: &str) -> Self {
        self.field = (!name.is_empty()).then(|| name.to_owned());
        self
    }

    /// The same error, with the value that was refused.
    #[must_use]
    pub fn with_value(mut self, value: &Value) -> Self {
        self.value = Some(Box::new(value.clone()));
        self
    }

    /// The same error, with its causes.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The item of `deserialization_errors`: `message`, then `field`, `value` and `errors` where they
    /// exist. As in Guillotina a value that is false, empty or zero is left out, and one that is not
    /// text or a number is given as its JSON text (ZZ-12).
    pub fn to_json(&self) -> Value {
        let mut item = Map::new();
        item.insert("message".into(), Value::String(self.message.clone()));
        if let Some(field) = &self.field {
            item.insert("field".into(), Value::String(field.clone()));
        }
        if let Some(value) = self.value.as_deref().filter(|value| is_truthy(value)) {
            let shown = match value {
                Value::String(_) | Value::Number(_) => value.clone(),
                other => Value::String(other.to_string()),
            };
            item.insert("value".into(), shown);
        }
        if !self.errors.is_empty() {
            item.insert("errors".into(), self.errors.iter().map(Self::to_json).collect());
        }
        Value::Object(item)
    }

    /// An error of a value that was understood but is not allowed.
    pub(crate) fn invalid(message: &str, name: &str, value: &Value) -> Self {
        Self { wraps: true, ..Self::new(message).in_field(name).with_value(value) }
    }

    pub(crate) fn required(name: &str) -> Self {
        Self { wraps: true, ..Self::new("Required input is missing.").in_field(name) }
    }

    pub(crate) fn wrong_type(expected: &str, name: &str, value: &Value) -> Self {
        if is_truthy(value) {
            let found = json_type(value);
            Self::invalid(&format!("Expected {expected} but found {found}."), name, value)
        } else {
            Self::invalid("Object is of wrong type.", name, value)
        }
    }

    pub(crate) fn contained(errors: Vec<FieldError>, name: &str, value: Option<&Value>) -> Self {
        let error = Self { wraps: true, ..Self::new("Wrong contained type").in_field(name) };
        let error = error.with_errors(errors);
        match value {
            Some(value) => error.with_value(value),
            None => error,
        }
    }
}

/// The JSON name of the type of `value`, as messages use it.
pub(crate) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether Python would take `value` for true.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

/// How a value is named in the middle of a sentence: text as it is, all else as JSON (ZZ-12).
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Why the values of an object do not go together although each of them is allowed: what an invariant says (D-010).
///
/// ```
/// use guillotina_schema::{FieldError, Invalid};
/// use serde_json::json;
///
/// let invalid = Invalid::new("the end comes before the start").field("start").field("end");
/// let errors: Vec<_> = invalid.into_errors().iter().map(FieldError::to_json).collect();
/// assert_eq!(errors[1], json!({"message": "the end comes before the start", "field": "end"}));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", self.place())]
pub struct Invalid {
    message: String,
    fields: Vec<String>,
}

impl Invalid {
    /// A refusal that says `message` of the object as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fields: Vec::new() }
    }

    /// The same refusal, said of the field `name` too.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.fields.push(name.into());
        self
    }

    /// The items of `deserialization_errors`: one for each field, or one without a field.
    pub fn into_errors(self) -> Vec<FieldError> {
        if self.fields.is_empty() {
            return vec![FieldError::new(self.message)];
        }
        self.fields.iter().map(|name| FieldError::new(self.message.as_str()).in_field(name)).collect()
    }

    fn place(&self) -> String {
        if self.fields.is_empty() { String::new() } else { format!("{}: ", self.fields.join(", ")) }
    }
}

/// Why the data for a schema was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SchemaError {
    /// The field needs a permission that is not held; holds the name of the field.
    #[error("no permission to write the field `{0}`; leave it out or ask for its write permission")]
    Unauthorized(String),
    /// Values are wrong: all of them, in the order of the fields, then the invariants.
    #[error("{}", invalid_message(.0))]
    Invalid(Vec<FieldError>),
}

fn invalid_message(errors: &[FieldError]) -> String {
    let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
    format!("{} of the values cannot be accepted; correct them: {}", errors.len(), all.join("; "))
}

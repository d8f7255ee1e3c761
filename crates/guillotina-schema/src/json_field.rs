//! The compiled JSON schema of a JSON field (D-004).

use std::fmt;

use serde_json::Value;

/// A compiled JSON schema of a JSON field (D-004).
pub struct JsonSchema {
    source: Value,
    validator: Result<jsonschema::Validator, String>,
}

impl JsonSchema {
    /// Compiles `source`. A schema that is itself wrong accepts no value, and
    /// [`Field::problems`](crate::Field::problems) reports it.
    pub fn new(source: Value) -> Self {
        let validator = jsonschema::options()
            // The linear-time engine: a pattern meets text that clients choose.
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .build(&source)
            .map_err(|error| error.to_string());
        Self { source, validator }
    }

    /// The schema as it was written.
    pub fn source(&self) -> &Value {
        &self.source
    }

    pub(crate) fn problem(&self) -> Option<&str> {
        self.validator.as_ref().err().map(String::as_str)
    }

    /// The first reason why `value` does not fit.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        let validator = self.validator.as_ref().map_err(Clone::clone)?;
        validator.validate(value).map_err(|error| error.to_string())
    }

    /// The `type` the schema asks for, if it is one type.
    pub(crate) fn type_name(&self) -> Option<&str> {
        self.source.get("type").and_then(Value::as_str)
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonSchema").field(&self.source).finish()
    }
}

//! JSON that handlers build and return.

use serde::Serialize;
use serde_json::{Map, Value};

/// A JSON value to build up and return.
///
/// ```
/// let mut json = guillotina_content::Json::object();
/// json.insert("users", ["alice", "bob"]);
/// assert_eq!(json.to_string(), r#"{"users":["alice","bob"]}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Json(pub Value);

impl Json {
    /// An empty object.
    pub fn object() -> Self {
        Json(Value::Object(Map::new()))
    }

    /// Sets a key. A value that is no object is replaced by one first; a value without a JSON form becomes null.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Serialize) {
        if !self.0.is_object() {
            self.0 = Value::Object(Map::new());
        }
        if let Value::Object(map) = &mut self.0 {
            map.insert(key.into(), serde_json::to_value(value).unwrap_or(Value::Null));
        }
    }

    /// The value at a key of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Json(value)
    }
}

impl From<Map<String, Value>> for Json {
    fn from(map: Map<String, Value>) -> Self {
        Json(Value::Object(map))
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

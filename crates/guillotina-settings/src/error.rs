//! Why a node did not become a section, with the path to the node.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::path::Segment;

/// An error of the deserializer.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) what: What,
    /// The node that failed; `None` until a deserializer says which one it read.
    pub(crate) path: Option<Vec<Segment>>,
}

#[derive(Debug)]
pub(crate) enum What {
    Type { found: String, expected: String },
    Value { found: String, expected: String },
    Variant { found: String, known: &'static [&'static str] },
    Field { found: String, known: &'static [&'static str] },
    Missing(&'static str),
    Other(String),
}

impl Error {
    pub(crate) fn new(what: What) -> Self {
        Self { what, path: None }
    }

    /// Says which node failed, unless a node inside of it did.
    pub(crate) fn at(mut self, path: impl FnOnce() -> Vec<Segment>) -> Self {
        self.path.get_or_insert_with(path);
        self
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Other(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(What::Type { found: kind(&unexpected), expected: describe(&expected.to_string()) })
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match unexpected {
            Unexpected::Str(text) => serde_json::Value::from(text).to_string(),
            Unexpected::Signed(number) => number.to_string(),
            Unexpected::Unsigned(number) => number.to_string(),
            Unexpected::Float(number) => number.to_string(),
            other => kind(&other),
        };
        Self::new(What::Value { found, expected: describe(&expected.to_string()) })
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(What::Value { found: format!("a list of {length}"), expected: expected.to_string() })
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::Variant { found: variant.to_owned(), known })
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::Field { found: field.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(What::Missing(field))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Type { found, expected } | What::Value { found, expected } => {
                write!(f, "expected {expected}, found {found}")
            }
            What::Variant { found, .. } => write!(f, "unknown variant {found}"),
            What::Field { found, .. } => write!(f, "unknown key {found}"),
            What::Missing(field) => write!(f, "missing key {field}"),
            What::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

/// What was found, without the value, which may be a secret.
fn kind(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(_) => "a boolean".into(),
        Unexpected::Signed(_) | Unexpected::Unsigned(_) => "an integer".into(),
        Unexpected::Float(_) => "a number with a fraction".into(),
        Unexpected::Str(_) | Unexpected::Char(_) => "a string".into(),
        Unexpected::Unit | Unexpected::Option => "null".into(),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "a table".into(),
        other => other.to_string(),
    }
}

/// serde's name of an expected type in the words of a settings file.
fn describe(expected: &str) -> String {
    let range = |low: &dyn fmt::Display, high: &dyn fmt::Display| format!("an integer from {low} to {high}");
    match expected {
        "u8" => range(&0, &u8::MAX),
        "u16" => range(&0, &u16::MAX),
        "u32" => range(&0, &u32::MAX),
        "i8" => range(&i8::MIN, &i8::MAX),
        "i16" => range(&i16::MIN, &i16::MAX),
        "i32" => range(&i32::MIN, &i32::MAX),
        "u64" | "usize" | "u128" => "an integer of at least 0".into(),
        "i64" | "isize" | "i128" => "an integer".into(),
        "f32" | "f64" => "a number".into(),
        "a sequence" => "a list".into(),
        "a map" => "a table".into(),
        "unit" => "null".into(),
        other if other.starts_with("a nonzero") => format!("an integer above 0 ({other})"),
        other if other.starts_with("struct ") => "a table".into(),
        other if other.starts_with("tuple ") || other.starts_with("a tuple") => "a list".into(),
        other if other.starts_with("enum ") || other.starts_with("variant ") => "one of the known names".into(),
        other => other.into(),
    }
}

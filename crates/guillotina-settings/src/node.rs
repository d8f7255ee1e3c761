//! The tree of settings, in which every value carries its origin.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Place;

/// The keys of a table with their values, in the order in which they were written.
pub type Table = IndexMap<String, Node>;

/// Where a value was set.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A default in the code of the section that has this key.
    Default {
        /// The top-level key that the default belongs to; empty for the root of the settings.
        section: Arc<str>,
    },
    /// The settings that an application ships.
    Application {
        /// The application's dotted name.
        name: Arc<str>,
        /// Where in the application's own file.
        place: Place,
    },
    /// The operator's settings file.
    File(Place),
    /// An environment variable.
    Environment {
        /// The variable's name, such as `G_JWT__SECRET`.
        variable: Arc<str>,
        /// Where in its `NAME=value`.
        place: Place,
    },
    /// An override on the command line.
    Override {
        /// The path that it sets, such as `jwt.secret`.
        path: Arc<str>,
        /// Where in its `path=value`.
        place: Place,
    },
    /// Rust code: the place of a registration, for diagnostics about it.
    Code {
        /// The source file.
        file: Arc<str>,
        /// Its line, counted from 1.
        line: u32,
        /// What is declared there, such as ``subscriber `message_added` ``; may be empty.
        what: String,
    },
}

impl Origin {
    /// The place in a text, when the origin is one.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Application { place, .. }
            | Self::File(place)
            | Self::Environment { place, .. }
            | Self::Override { place, .. } => Some(place),
            Self::Default { .. } | Self::Code { .. } => None,
        }
    }

    /// Whether scalars from here are plain text, which becomes a number or a boolean when the section asks for one.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Environment { .. } | Self::Override { .. })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default { section } if section.is_empty() => f.write_str("built-in defaults"),
            Self::Default { section } => write!(f, "built-in default of `{section}`"),
            Self::Application { name, place } => write!(f, "{place} (shipped by {name})"),
            Self::File(place) | Self::Environment { place, .. } | Self::Override { place, .. } => place.fmt(f),
            Self::Code { file, line, what } if what.is_empty() => write!(f, "{file}:{line}"),
            Self::Code { file, line, what } => write!(f, "{file}:{line} ({what})"),
        }
    }
}

/// A value of the settings.
#[derive(Clone, Debug)]
pub enum Value {
    /// Keys and values.
    Table(Table),
    /// A list.
    Array(Vec<Node>),
    /// A text; TOML's dates and times are kept as they are written.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// YAML's and JSON's `null`.
    Null,
}

impl Value {
    /// What the value is, with its article: `a table`, `an integer`, ….
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::Array(_) => "a list",
            Self::String(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number with a fraction",
            Self::Boolean(_) => "a boolean",
            Self::Null => "null",
        }
    }
}

/// A value with its origin and the origin of the key that it stands under.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where the value is written.
    pub origin: Origin,
    /// Where its key is written; for an item of a list and for the root, where the value is.
    pub key: Origin,
}

impl Node {
    /// A value whose key is not written anywhere else than the value itself.
    #[must_use]
    pub fn new(value: Value, origin: Origin) -> Self {
        Self { value, key: origin.clone(), origin }
    }

    /// A tree in which everything has one origin. A number beyond 64 bits becomes the nearest float.
    ///
    /// The recursion is as deep as the value; JSON that serde_json has parsed is at most 128 deep.
    #[must_use]
    pub fn from_json(json: serde_json::Value, origin: &Origin) -> Self {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(boolean) => Value::Boolean(boolean),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) => Value::Integer(integer),
                None => Value::Float(number.as_f64().unwrap_or(f64::MAX)),
            },
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| Self::from_json(item, origin)).collect())
            }
            serde_json::Value::Object(entries) => {
                Value::Table(entries.into_iter().map(|(key, value)| (key, Self::from_json(value, origin))).collect())
            }
        };
        Self::new(value, origin.clone())
    }

    /// The value as plain JSON, without origins. `inf` and `nan`, which JSON can't say, become `null`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(boolean) => (*boolean).into(),
            Value::Integer(integer) => (*integer).into(),
            Value::Float(float) => (*float).into(),
            Value::String(text) => text.as_str().into(),
            Value::Array(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(table) => table.iter().map(|(key, node)| (key.clone(), node.to_json())).collect(),
        }
    }

    /// The value under a key, when this is a table that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_table()?.get(key)
    }

    /// The table, when it is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The items, when it is a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, when it is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, when it is one; `true` and `false` from the environment or an override count.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Boolean(boolean) => Some(*boolean),
            Value::String(text) if self.origin.is_text() => parse_bool(text),
            _ => None,
        }
    }

    /// Whether it is YAML's or JSON's `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }
}

/// A boolean from the environment or the command line.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

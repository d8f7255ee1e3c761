//! Texts to trees: TOML, YAML and JSON, each value with its place.

mod json;
mod toml;
mod yaml;

use std::ops::Range;
use std::sync::Arc;

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::node::{Node, Origin, Table, Value};
use crate::source::{Format, Place, Source, is_secret};

/// The largest settings file, in bytes.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// How deeply tables and lists may be nested.
pub const MAX_DEPTH: usize = 64;

/// How many values one file may hold, the copies that YAML's aliases make included.
pub const MAX_VALUES: usize = 100_000;

/// Makes the origin of a value from its place.
pub(crate) type Wrap<'a> = &'a dyn Fn(Place) -> Origin;

/// The tree of a whole file, whose root must be a table (or nothing at all). All mistakes are returned together.
pub(crate) fn parse_file(source: &Arc<Source>, wrap: Wrap<'_>) -> Result<Node, Vec<Diagnostic>> {
    let root = match source.format() {
        Format::Toml => toml::parse(source, wrap)?,
        Format::Yaml => yaml::parse(source, wrap)?,
        Format::Json | Format::Environment | Format::Override => parse_json(source, 0, false, wrap)?,
    };
    match root.value {
        Value::Table(_) => Ok(root),
        Value::Null => Ok(Node { value: Value::Table(Table::new()), ..root }),
        other => {
            let message = format!("{} holds {}, but settings are a table", source.name(), other.kind());
            let help = "write keys with values, such as `port: 8080`";
            Err(vec![Diagnostic::error(Code::FILE_SYNTAX, message, root.origin).help(help)])
        }
    }
}

/// The tree of the JSON that begins at byte `from`, also in the value of an environment variable.
pub(crate) fn parse_json(
    source: &Arc<Source>,
    from: usize,
    secret: bool,
    wrap: Wrap<'_>,
) -> Result<Node, Vec<Diagnostic>> {
    json::parse(source, from, secret, wrap)
}

/// What the three parsers have in common: places, secrets, bounds, and the mistakes found so far.
struct Builder<'a> {
    source: &'a Arc<Source>,
    wrap: Wrap<'a>,
    values: usize,
    hidden: Vec<Range<usize>>,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Arc<Source>, wrap: Wrap<'a>) -> Self {
        Self { source, wrap, values: 0, hidden: Vec::new(), mistakes: Vec::new() }
    }

    fn origin(&self, range: Range<usize>) -> Origin {
        (self.wrap)(Place::new(self.source, range))
    }

    /// A value with its place and that of its key.
    fn node(&self, value: Value, range: Range<usize>, key: Option<Range<usize>>) -> Node {
        let origin = self.origin(range);
        let key = key.map_or_else(|| origin.clone(), |key| self.origin(key));
        Node { value, origin, key }
    }

    /// Counts values; false when there are too many, which is then a mistake.
    fn count(&mut self, values: usize, range: Range<usize>) -> bool {
        let before = self.values;
        self.values = before.saturating_add(values);
        if before <= MAX_VALUES && self.values > MAX_VALUES {
            let message = format!("{} holds more than {MAX_VALUES} values", self.source.name());
            let help = "settings are small; move data out of them";
            self.mistake(Code::BAD_VALUE, message, range, "the first one too many", help);
        }
        self.values <= MAX_VALUES
    }

    fn too_deep(&mut self, range: Range<usize>) {
        let message = format!("{} is nested more than {MAX_DEPTH} levels deep", self.source.name());
        self.mistake(Code::BAD_VALUE, message, range, "the first level too deep", "write fewer levels");
    }

    fn mistake(&mut self, id: Code, message: String, range: Range<usize>, label: &str, help: &str) {
        let place = self.origin(range);
        self.mistakes.push(Diagnostic::error(id, message, place).label(label).help(help));
    }

    /// A mistake against the grammar.
    fn syntax(&mut self, what: &str, range: Range<usize>) {
        let language = match self.source.format() {
            Format::Toml => "TOML",
            Format::Yaml => "YAML",
            Format::Json | Format::Environment | Format::Override => "JSON",
        };
        let (id, help) = match self.source.format() {
            Format::Environment | Format::Override => {
                (Code::MALFORMED_SETTING, "a value that begins with { or [ must be JSON".to_owned())
            }
            Format::Toml | Format::Yaml | Format::Json => {
                (Code::FILE_SYNTAX, format!("correct it here; the file is read as {language} because of its name"))
            }
        };
        let message = format!("{} is not valid {language}", self.source.name());
        self.mistake(id, message, range, what, &help);
    }

    fn duplicate(&mut self, key: &str, range: Range<usize>, first: Option<&Node>) {
        let key = crate::render::shorten(key, 80);
        let place = self.origin(range);
        let mut mistake = Diagnostic::error(Code::FILE_SYNTAX, format!("key \"{key}\" is written twice"), place)
            .label("the second time")
            .help("remove one of the two");
        if let Some(first) = first {
            mistake = mistake.related("first written at", first.key.clone());
        }
        self.mistakes.push(mistake);
    }

    /// Remembers a scalar that must not be printed.
    fn hide(&mut self, secret: bool, range: &Range<usize>) {
        if secret && !range.is_empty() {
            self.hidden.push(range.clone());
        }
    }

    /// The tree, or every mistake. Only a text that was understood to its end may be quoted freely.
    fn finish(self, root: Option<Node>) -> Result<Node, Vec<Diagnostic>> {
        match root {
            Some(root) if self.mistakes.is_empty() => {
                self.source.hide(self.hidden);
                Ok(root)
            }
            _ => Err(self.mistakes),
        }
    }
}

/// Whether what stands under `key` is secret, when the table around it is (`outer`) or is not. A connection is
/// a secret as one text, but its parts are judged by their own names.
fn secret_under(outer: Option<&str>, key: &str) -> bool {
    outer.is_some_and(|outer| outer != "dsn") || is_secret(key)
}

//! Reading a section until all of its mistakes are known.

use std::cell::RefCell;
use std::collections::HashSet;

use serde_json::json;

use crate::code::Code;
use crate::de::{Context, Reader, Step};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::error::{Error, What};
use crate::nearest::nearest;
use crate::node::{Node, Origin, Value};
use crate::path::{self, Segment};
use crate::render::{assignment, shorten};
use crate::section::{FieldDoc, Section, unknown_key};
use crate::source::{Format, is_secret};

/// How many wrong values of one section are reported.
const MAX_WRONG: usize = 100;

/// Reads `T` from its node. When a value is wrong, it is reported and left out, and the section is read again.
pub(crate) fn section<T: Section>(node: &Node, path: &[&str], diagnostics: &mut Diagnostics) -> Option<T> {
    let context = Context {
        section: path,
        fields: T::FIELDS,
        skipped: RefCell::new(HashSet::new()),
        found: RefCell::new(Vec::new()),
    };
    let mut wrong = 0;
    let section = loop {
        let reader = Reader { node, step: Step::Section, context: &context };
        match T::deserialize(reader) {
            Ok(section) => break Some(section).filter(|_| wrong == 0),
            Err(error) => {
                wrong += 1;
                let at = error.path.clone().unwrap_or_default();
                if !is_consequence(&error.what, &at, &context.skipped.borrow()) {
                    let mistake = Mistake { context: &context, root: node, at: &at }.describe(error);
                    context.found.borrow_mut().push(mistake);
                }
                if at.is_empty() || wrong >= MAX_WRONG || !context.skipped.borrow_mut().insert(at) {
                    break None;
                }
            }
        }
    };
    let mut found = context.found.into_inner();
    // In the order of the file, as the reader will correct them.
    found.sort_by_cached_key(|one| {
        let place = one.place.as_ref().and_then(Origin::place);
        place.map(|place| (place.file().to_owned(), place.range().start))
    });
    diagnostics.extend(found);
    section
}

/// Whether an error comes only from what was left out: a key that is missing now, a list that is too short, a check of
/// the whole that does not see all of it.
fn is_consequence(what: &What, at: &[Segment], skipped: &HashSet<Vec<Segment>>) -> bool {
    match what {
        What::Missing(field) => skipped.iter().any(|path| {
            path.split_last().is_some_and(|(last, outer)| outer == at && *last == Segment::Key((*field).to_owned()))
        }),
        _ => skipped.iter().any(|path| path.len() > at.len() && path.starts_with(at)),
    }
}

/// One wrong value.
struct Mistake<'a> {
    context: &'a Context<'a>,
    root: &'a Node,
    at: &'a [Segment],
}

impl Mistake<'_> {
    fn describe(&self, error: Error) -> Diagnostic {
        let name = path::display(self.context.section, self.at);
        let name = if name.is_empty() { "the settings".to_owned() } else { name };
        let node = self.node();
        let secret = self.keys().iter().any(|key| is_secret(key));
        match error.what {
            What::Type { found, expected } => {
                let message = format!("wrong type for {name}: expected {expected}, found {found}");
                Diagnostic::error(Code::WRONG_TYPE, message, node.origin.clone())
                    .help(self.example(&expected))
                    .label(format!("expected {expected}"))
            }
            What::Value { found, expected } => {
                let found = if secret { "it".to_owned() } else { shorten(&found, 80) };
                let message = format!("bad value for {name}: {found} is not {expected}");
                Diagnostic::error(Code::BAD_VALUE, message, node.origin.clone())
                    .help(self.example(&expected))
                    .label(format!("expected {expected}"))
            }
            What::Variant { found, known } => {
                let shown = if secret { "it".to_owned() } else { format!("\"{}\"", shorten(&found, 80)) };
                let help = match nearest(&found, known.iter().copied()) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("write one of: {}", known.join(", ")),
                };
                let message = format!("bad value for {name}: {shown} is not a known name");
                Diagnostic::error(Code::BAD_VALUE, message, node.origin.clone())
                    .help(help)
                    .label("not one of the known names")
            }
            What::Field { found, known } => {
                let place = node.get(&found).map_or(&node.key, |inner| &inner.key);
                unknown_key(&found, place, known, &format!("[{name}]"))
            }
            What::Missing(field) => self.missing(field, node),
            What::Other(message) => {
                let message = if secret { "it is refused".to_owned() } else { message };
                Diagnostic::error(Code::BAD_VALUE, format!("bad value for {name}: {message}"), node.origin.clone())
                    .help(self.example(""))
                    .label("this value")
            }
        }
    }

    fn missing(&self, field: &'static str, table: &Node) -> Diagnostic {
        let mut at = self.at.to_vec();
        at.push(Segment::Key(field.to_owned()));
        let name = path::display(self.context.section, &at);
        let value = self.default_of(field).unwrap_or_else(|| json!("…"));
        let around = path::display(self.context.section, self.at);
        let line = assignment(Format::Toml, &[field.to_owned()], &value);
        let help = match around.as_str() {
            "" => format!("add to the settings: {line}"),
            around => format!("add to [{around}]: {line}"),
        };
        Diagnostic::error(Code::MISSING_SETTING, format!("required setting {name} is missing"), table.key.clone())
            .help(help)
            .label(format!("\"{field}\" is missing here"))
    }

    /// The node that is wrong.
    fn node(&self) -> &Node {
        let mut node = self.root;
        for segment in self.at {
            let inner = match (segment, &node.value) {
                (Segment::Key(key), Value::Table(table)) => table.get(key),
                (Segment::Index(index), Value::Array(items)) => items.get(*index),
                _ => None,
            };
            node = inner.unwrap_or(node);
        }
        node
    }

    /// The keys from the root of the settings.
    fn keys(&self) -> Vec<String> {
        let section = self.context.section.iter().map(|key| (*key).to_owned());
        let inner = self.at.iter().filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.clone()),
            Segment::Index(_) => None,
        });
        section.chain(inner).collect()
    }

    /// The help line: how a right value looks where the wrong one stands.
    fn example(&self, expected: &str) -> String {
        let format = self.node().origin.place().map_or(Format::Toml, |place| place.source().format());
        let field = match self.at {
            [Segment::Key(field)] => self.field(field),
            _ => None,
        };
        let default = field.map(|field| (field.default)()).filter(|default| !is_empty(default));
        let example = default.or_else(|| sample(expected));
        match (example, self.at.last()) {
            (Some(example), Some(Segment::Key(_))) => {
                format!("for example: {}", assignment(format, &self.keys(), &example))
            }
            (Some(example), _) => format!("for example: {example}"),
            (None, _) => match field {
                Some(field) => format!("write what it is for: {}", field.doc),
                None => "correct the value, or remove it for the default".to_owned(),
            },
        }
    }

    fn field(&self, name: &str) -> Option<&'static FieldDoc> {
        self.context.fields.iter().find(|field| field.name == name)
    }

    fn default_of(&self, name: &str) -> Option<serde_json::Value> {
        let field = self.field(name).filter(|_| self.at.is_empty())?;
        Some((field.default)()).filter(|default| !is_empty(default)).or_else(|| sample(field.kind))
    }
}

/// Whether a default shows nothing about the form of the value.
fn is_empty(value: &serde_json::Value) -> bool {
    *value == json!(null) || *value == json!("") || *value == json!([]) || *value == json!({})
}

/// A value of a type that is given in words.
fn sample(kind: &str) -> Option<serde_json::Value> {
    let samples = [
        ("list", json!(["one", "two"])),
        ("integer", json!(10)),
        ("number", json!(0.5)),
        ("boolean", json!(true)),
        ("table", json!({"key": "value"})),
        ("string", json!("text")),
    ];
    samples.into_iter().find(|(name, _)| kind.contains(name)).map(|(_, sample)| sample)
}

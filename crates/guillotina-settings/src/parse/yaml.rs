//! YAML: one document, scalars understood as Guillotina's reader (YAML 1.1) does.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{Builder, MAX_DEPTH, Wrap, secret_under};
use crate::diagnostic::Diagnostic;
use crate::node::{Node, Table, Value};
use crate::source::Source;

pub(super) fn parse(source: &Arc<Source>, wrap: Wrap<'_>) -> Result<Node, Vec<Diagnostic>> {
    let mut reader = Reader {
        builder: Builder::new(source, wrap),
        parser: Parser::new_from_str(source.text()),
        offsets: Offsets::new(source.text()),
        anchors: HashMap::new(),
    };
    let root = reader.document();
    reader.builder.finish(root)
}

/// The parser counts characters, places count bytes.
struct Offsets(Option<Vec<usize>>);

impl Offsets {
    fn new(text: &str) -> Self {
        // In plain ASCII the two are the same.
        Self((!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()))
    }

    fn byte(&self, character: usize) -> usize {
        match &self.0 {
            None => character,
            Some(offsets) => offsets.get(character).or(offsets.last()).copied().unwrap_or(character),
        }
    }
}

struct Reader<'a> {
    builder: Builder<'a>,
    parser: Parser<'a, StrInput<'a>>,
    offsets: Offsets,
    /// Each anchored value with the number of values in it.
    anchors: HashMap<usize, (Node, usize)>,
}

impl<'a> Reader<'a> {
    /// The next event; a mistake in the grammar ends the reading.
    fn next(&mut self) -> Option<(Event<'a>, Range<usize>)> {
        match self.parser.next_event()? {
            Ok((event, span)) => {
                let range = self.range(span);
                Some((event, range))
            }
            Err(error) => {
                self.error(&error);
                None
            }
        }
    }

    fn error(&mut self, error: &ScanError) {
        let at = self.offsets.byte(error.marker().index());
        self.builder.syntax(error.info(), at..at + 1);
    }

    /// The bytes of a span without the white space that the parser counts to some values.
    fn range(&self, span: Span) -> Range<usize> {
        let (start, end) = (self.offsets.byte(span.start.index()), self.offsets.byte(span.end.index()));
        let text = self.builder.source.text().get(start..end).unwrap_or_default();
        start..start + text.trim_end().len()
    }

    fn document(&mut self) -> Option<Node> {
        let mut root = None;
        loop {
            let (event, range) = self.next()?;
            match event {
                Event::StreamEnd => {
                    return Some(root.unwrap_or_else(|| self.builder.node(Value::Null, 0..0, None)));
                }
                Event::DocumentStart(_) if root.is_some() => {
                    self.builder.syntax("a second document begins here; settings are one document", range);
                    return None;
                }
                Event::DocumentStart(_) => {
                    let (event, range) = self.next()?;
                    let mut node = self.value(event, range, None, None, 1)?;
                    // The root stands for the whole file, not for its text.
                    if matches!(node.value, Value::Table(_) | Value::Null) {
                        node = self.builder.node(node.value, 0..0, None);
                    }
                    root = Some(node);
                }
                _ => {}
            }
        }
    }

    fn value(
        &mut self,
        event: Event<'a>,
        range: Range<usize>,
        key: Option<Range<usize>>,
        secret: Option<&str>,
        depth: usize,
    ) -> Option<Node> {
        let before = self.builder.values;
        if !self.builder.count(1, range.clone()) {
            return None;
        }
        if depth > MAX_DEPTH + 1 {
            self.builder.too_deep(range);
            return None;
        }
        let (value, anchor, range) = match event {
            Event::Alias(anchor) => return self.alias(anchor, range, key),
            Event::Scalar(text, style, anchor, tag) => {
                self.builder.hide(secret.is_some(), &range);
                (self.scalar(&text, style, tag.as_deref(), &range)?, anchor, range)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &range)?;
                let (items, end) = self.sequence(secret, depth)?;
                (items, anchor, self.flow(range, end))
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &range)?;
                let (table, end) = self.mapping(secret, depth)?;
                let range = self.flow(range, end);
                // A block table has no text of its own, so it is shown by its key.
                let range = if range.is_empty() { key.clone().unwrap_or(range) } else { range };
                (table, anchor, range)
            }
            _ => {
                self.builder.syntax("a value is missing here", range);
                return None;
            }
        };
        let node = self.builder.node(value, range, key);
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), self.builder.values - before));
        }
        Some(node)
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>, key: Option<Range<usize>>) -> Option<Node> {
        let Some((node, values)) = self.anchors.get(&anchor).cloned() else {
            self.builder.syntax("an alias inside of the value that it stands for", range);
            return None;
        };
        self.builder.count(values, range.clone()).then(|| self.builder.node(node.value, range, key))
    }

    /// A list or table in brackets reaches to its closing bracket; of a block only the beginning counts.
    fn flow(&self, range: Range<usize>, end: usize) -> Range<usize> {
        match self.builder.source.text().as_bytes().get(range.start) {
            Some(b'[' | b'{') => range.start..end.max(range.end),
            _ => range,
        }
    }

    fn sequence(&mut self, secret: Option<&str>, depth: usize) -> Option<(Value, usize)> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, range) => return Some((Value::Array(items), range.end)),
                (event, range) => items.push(self.value(event, range, None, secret, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, secret: Option<&str>, depth: usize) -> Option<(Value, usize)> {
        let mut table = Table::new();
        let mut merged = Vec::new();
        let end = loop {
            let (key, style, key_range) = match self.next()? {
                (Event::MappingEnd, range) => break range.end,
                (Event::Scalar(key, style, ..), range) => (key.into_owned(), style, range),
                (_, range) => {
                    self.builder.syntax("a key must be a plain text", range);
                    return None;
                }
            };
            let secret = secret_under(secret, &key).then_some(key.as_str());
            let (event, range) = self.next()?;
            let node = self.value(event, range, Some(key_range.clone()), secret, depth + 1)?;
            if key == "<<" && style == ScalarStyle::Plain {
                merged.push(node);
            } else if table.contains_key(&key) {
                self.builder.duplicate(&key, key_range, table.get(&key));
            } else {
                table.insert(key, node);
            }
        };
        for node in merged {
            self.merge(&mut table, node)?;
        }
        Some((Value::Table(table), end))
    }

    /// YAML's merge key: the tables under `<<` give the keys that are not there yet, the first of them first.
    fn merge(&mut self, table: &mut Table, node: Node) -> Option<()> {
        let tables = match node.value {
            Value::Array(items) => items,
            value => vec![Node { value, ..node }],
        };
        for node in tables {
            let Value::Table(entries) = node.value else {
                let range = node.origin.place().map(crate::source::Place::range).unwrap_or_default();
                self.builder.syntax("only tables can be merged", range);
                return None;
            };
            for (key, value) in entries {
                table.entry(key).or_insert(value);
            }
        }
        Some(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, range: &Range<usize>) -> Option<Value> {
        if let Some(tag) = tag {
            if tag.is_yaml_core_schema() && tag.suffix == "str" {
                return Some(Value::String(text.to_owned()));
            }
            let suffixes = ["int", "float", "bool", "null"];
            if !tag.is_yaml_core_schema() || !suffixes.contains(&tag.suffix.as_str()) {
                self.unknown_tag(tag, range);
                return None;
            }
        } else if style != ScalarStyle::Plain {
            return Some(Value::String(text.to_owned()));
        }
        Some(plain(text))
    }

    fn check_tag(&mut self, tag: Option<&Tag>, known: &str, range: &Range<usize>) -> Option<()> {
        match tag {
            Some(tag) if !tag.is_yaml_core_schema() || tag.suffix != known => {
                self.unknown_tag(tag, range);
                None
            }
            _ => Some(()),
        }
    }

    fn unknown_tag(&mut self, tag: &Tag, range: &Range<usize>) {
        let tag = crate::render::shorten(&format!("{}{}", tag.handle, tag.suffix), 80);
        self.builder.syntax(&format!("the tag {tag} is not supported"), range.clone());
    }
}

/// A scalar without quotes.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Boolean(true);
        }
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Boolean(false);
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    integer(text)
        .map(Value::Integer)
        .or_else(|| float(text).map(Value::Float))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let digits = digits.replace('_', "");
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', b'o', ..] => (8, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits.as_str()),
    };
    // The parser of numbers would take a second sign.
    let number = i128::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))?;
    i64::try_from(if negative { -number } else { number }).ok()
}

fn float(text: &str) -> Option<f64> {
    let numeric = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    let text = text.replace('_', "");
    let begins = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !begins || !text.contains(['.', 'e', 'E']) || !text.chars().all(numeric) {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

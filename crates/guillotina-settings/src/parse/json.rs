//! JSON with places. serde_json judges the grammar, and then the values are found again in the text.

use std::ops::Range;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::{Builder, MAX_DEPTH, Wrap, secret_under};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::node::{Node, Table, Value};
use crate::source::Source;

pub(super) fn parse(source: &Arc<Source>, from: usize, secret: bool, wrap: Wrap<'_>) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder::new(source, wrap);
    let text = source.text().get(from..).unwrap_or_default();
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let at = offset(text, error.line(), error.column());
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        builder.syntax(what, from + at..from + at + 1);
        return builder.finish(None);
    }
    let mut reader = Reader { builder, at: from };
    let root = reader.value(None, secret.then_some("secret"), 1);
    reader.builder.finish(root)
}

/// The byte at serde_json's line and column, both counted from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (start + column.saturating_sub(1)).min(text.len().saturating_sub(1))
}

/// Reads a text that is known to be valid JSON.
struct Reader<'a> {
    builder: Builder<'a>,
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is not white space or one of the separators, which say nothing in a valid text.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.builder.source.text().as_bytes().get(self.at..)?;
        let skipped = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':'))?;
        self.at += skipped;
        rest.get(skipped).copied()
    }

    fn value(&mut self, key: Option<Range<usize>>, secret: Option<&str>, depth: usize) -> Option<Node> {
        let first = self.peek()?;
        let start = self.at;
        if !self.builder.count(1, start..start + 1) {
            return None;
        }
        if depth > MAX_DEPTH + 1 {
            self.builder.too_deep(start..start + 1);
            return None;
        }
        let value = match first {
            b'{' => self.object(secret, depth)?,
            b'[' => self.array(secret, depth)?,
            b'"' => Value::String(self.string()?),
            _ => self.scalar(),
        };
        let range = start..self.at;
        if !matches!(value, Value::Table(_) | Value::Array(_)) {
            self.builder.hide(secret.is_some(), &range);
        }
        Some(self.builder.node(value, range, key))
    }

    fn object(&mut self, secret: Option<&str>, depth: usize) -> Option<Value> {
        let mut table = Table::new();
        self.at += 1;
        while self.peek()? != b'}' {
            let start = self.at;
            let key = self.string()?;
            let key_range = start..self.at;
            let secret = secret_under(secret, &key).then_some(key.as_str());
            let node = self.value(Some(key_range.clone()), secret, depth + 1)?;
            if table.contains_key(&key) {
                self.builder.duplicate(&key, key_range, table.get(&key));
            } else {
                table.insert(key, node);
            }
        }
        self.at += 1;
        Some(Value::Table(table))
    }

    fn array(&mut self, secret: Option<&str>, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.at += 1;
        while self.peek()? != b']' {
            items.push(self.value(None, secret, depth + 1)?);
        }
        self.at += 1;
        Some(Value::Array(items))
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let rest = self.builder.source.text().get(start..)?;
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        self.at = start + end + 2;
        match serde_json::from_str(rest.get(..end + 2)?) {
            Ok(text) => Some(text),
            Err(_) => {
                self.builder.syntax("not a valid string", start..self.at);
                None
            }
        }
    }

    fn scalar(&mut self) -> Value {
        let start = self.at;
        let rest = self.builder.source.text().get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_ascii_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
        self.at = start + end;
        let value = match rest.get(..end).unwrap_or_default() {
            "null" => Some(Value::Null),
            "true" => Some(Value::Boolean(true)),
            "false" => Some(Value::Boolean(false)),
            number if number.contains(['.', 'e', 'E']) => {
                number.parse().ok().filter(|float: &f64| float.is_finite()).map(Value::Float)
            }
            number => number.parse().ok().map(Value::Integer),
        };
        value.unwrap_or_else(|| {
            let message = "a number does not fit into 64 bits".to_owned();
            let help = "write a number from -9223372036854775808 to 9223372036854775807";
            self.builder.mistake(Code::BAD_VALUE, message, start..start + end, "this one", help);
            Value::Null
        })
    }
}

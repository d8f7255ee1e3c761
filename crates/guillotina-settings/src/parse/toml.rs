//! TOML, with the places that its parser gives.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Builder, MAX_DEPTH, Wrap, secret_under};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::node::{Node, Table, Value};
use crate::source::Source;

pub(super) fn parse(source: &Arc<Source>, wrap: Wrap<'_>) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder::new(source, wrap);
    let (table, errors) = DeTable::parse_recoverable(source.text());
    let end = source.text().len();
    let mut errors: Vec<_> = errors.into_iter().map(|error| (error.span().unwrap_or(end..end), error)).collect();
    errors.sort_by_key(|(range, _)| range.start);
    for (range, error) in errors {
        builder.syntax(error.message(), visible(source.text(), range));
    }
    if !builder.mistakes.is_empty() {
        return builder.finish(None);
    }
    let value = builder.table(table.into_inner(), None, 1);
    let root = value.map(|value| builder.node(value, 0..0, None));
    builder.finish(root)
}

/// An error between two characters is shown at the one before it, so that there is something to underline.
fn visible(text: &str, range: Range<usize>) -> Range<usize> {
    if !range.is_empty() {
        return range;
    }
    let at = range.start.min(text.len());
    match text.get(at..).and_then(|after| after.chars().next()).filter(|next| *next != '\n' && *next != '\r') {
        Some(next) => at..at + next.len_utf8(),
        None => range,
    }
}

/// The key that makes a value secret, if there is one.
type Secret<'a> = Option<&'a str>;

impl Builder<'_> {
    /// The entries of a table in the order of the file (the parser sorts them by name).
    fn table(&mut self, table: DeTable<'_>, secret: Secret<'_>, depth: usize) -> Option<Value> {
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut table = Table::with_capacity(entries.len());
        for (key, value) in entries {
            let key_range = key.span();
            let key = key.into_inner().into_owned();
            let secret = secret_under(secret, &key).then_some(key.as_str());
            let node = self.toml_value(value, Some(key_range), secret, depth)?;
            table.insert(key, node);
        }
        Some(Value::Table(table))
    }

    fn toml_value(
        &mut self,
        value: Spanned<DeValue<'_>>,
        key: Option<Range<usize>>,
        secret: Secret<'_>,
        depth: usize,
    ) -> Option<Node> {
        let mut range = value.span();
        if !self.count(1, range.clone()) {
            return None;
        }
        if depth > MAX_DEPTH {
            self.too_deep(range);
            return None;
        }
        let value = value.into_inner();
        if !matches!(value, DeValue::Array(_) | DeValue::Table(_)) {
            self.hide(secret.is_some(), &range);
        }
        let value = match value {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(boolean) => Value::Boolean(boolean),
            DeValue::Datetime(moment) => Value::String(moment.to_string()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(integer) => Value::Integer(integer),
                Err(_) => {
                    let help = "write a number from -9223372036854775808 to 9223372036854775807";
                    let message = "a number does not fit into 64 bits".to_owned();
                    self.mistake(Code::BAD_VALUE, message, range.clone(), "this one", help);
                    Value::Null
                }
            },
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Array(items) => {
                let items: Option<Vec<_>> =
                    items.into_iter().map(|item| self.toml_value(item, None, secret, depth + 1)).collect();
                Value::Array(items?)
            }
            DeValue::Table(table) => {
                // A table under a header is shown by its name in the header; only an inline one has a text of its own.
                let inline = self.source.text().as_bytes().get(range.start) == Some(&b'{');
                if let (false, Some(key)) = (inline, &key) {
                    range = key.clone();
                }
                self.table(table, secret, depth + 1)?
            }
        };
        Some(self.node(value, range, key))
    }
}

//! The log: lines for people on a terminal, one JSON object a line otherwise. `RUST_LOG` chooses what.

use std::fmt::{self, Debug, Write};
use std::io::IsTerminal;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormattedFields;
use tracing_subscriber::fmt::format::{FormatFields, Writer};

/// Begins to log on standard error.
pub(super) fn start(debug: bool) {
    let default = if debug { "debug" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An embedding program may have its own subscriber; then this one is not needed.
    let _ = if std::io::stderr().is_terminal() {
        subscriber.try_init()
    } else {
        // All spans, so that a span of a plugin does not hide the request's.
        subscriber.json().flatten_event(true).with_current_span(false).fmt_fields(JsonFields).try_init()
    };
}

/// The fields of a span as a JSON object. They are written when the span begins, which every request's does, and mostly
/// for nothing; tracing-subscriber's own formatter takes them apart and puts them together again for each field that is
/// known later.
struct JsonFields;

impl<'w> FormatFields<'w> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        writer.write_char('{')?;
        write_members(&mut writer, fields, true)?;
        writer.write_char('}')
    }

    fn add_fields(&self, current: &'w mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let first = current.fields.len() <= 2;
        if current.fields.pop().is_none() {
            current.fields.push('{');
        }
        write_members(&mut current.fields, fields, first)?;
        current.fields.write_char('}')
    }
}

fn write_members<W: Write, R: RecordFields>(writer: &mut W, fields: R, first: bool) -> fmt::Result {
    let mut members = Members { writer, first, result: Ok(()) };
    fields.record(&mut members);
    members.result
}

/// Writes the members of a JSON object.
struct Members<'a, W> {
    writer: &'a mut W,
    first: bool,
    result: fmt::Result,
}

impl<W: Write> Members<'_, W> {
    fn write(&mut self, field: &Field, value: impl FnOnce(&mut W) -> fmt::Result) {
        let comma = if std::mem::take(&mut self.first) { "" } else { "," };
        // Names of fields are identifiers or dotted.
        self.result = self.result.and_then(|()| write!(self.writer, "{comma}\"{}\":", field.name()));
        if self.result.is_ok() {
            self.result = value(self.writer);
        }
    }
}

impl<W: Write> Visit for Members<'_, W> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.write(field, |writer| write_text(writer, value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write(field, |writer| write!(writer, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.write(field, |writer| write_text(writer, &format!("{value:?}")));
    }
}

fn write_text(writer: &mut impl Write, text: &str) -> fmt::Result {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        writer.write_char('"')?;
        writer.write_str(text)?;
        return writer.write_char('"');
    }
    writer.write_str(&serde_json::Value::from(text).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use serde_json::{Value, json};
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_carries_the_fields_of_its_spans() {
        let lines = Lines::default();
        let writer = lines.clone();
        let format = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let format = format.json().flatten_event(true).with_current_span(false).fmt_fields(JsonFields);
        tracing::subscriber::with_default(format.finish(), || {
            let path = "/a\"b\\c\n\u{7f}\u{1f600}";
            let span =
                tracing::error_span!("request", path, n = -1, big = u64::MAX, yes = true, user = tracing::field::Empty);
            let _in = span.enter();
            span.record("user", "al\"ice");
            let _inner = tracing::error_span!("empty", late = tracing::field::Empty).entered();
            tracing::Span::current().record("late", tracing::field::debug(Some("x")));
            tracing::error_span!("none").in_scope(|| tracing::info!(status = 200, "answered"));
        });
        let line: Value = serde_json::from_slice(&lines.0.lock()).unwrap();
        assert_eq!(
            (&line["status"], &line["message"], &line["level"]),
            (&json!(200), &json!("answered"), &json!("INFO"))
        );
        let request = json!({
            "name": "request", "path": "/a\"b\\c\n\u{7f}\u{1f600}", "n": -1, "big": u64::MAX, "yes": true, "user": "al\"ice",
        });
        assert_eq!(line["spans"], json!([request, {"name": "empty", "late": "Some(\"x\")"}, {"name": "none"}]));
    }
}

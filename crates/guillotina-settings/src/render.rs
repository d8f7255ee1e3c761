//! Diagnostics as text, in the form of rustc's, and as JSON.

use std::fmt::{self, Write as _};

use serde_json::json;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::node::Origin;
use crate::source::{Format, Place, is_secret};

/// What stands in the place of a secret.
const HIDDEN: &str = "<hidden>";

/// How many bytes of a line are shown before the place and, beyond its end, after it.
const CONTEXT_BYTES: usize = 80;

/// How many bytes of the place itself are shown.
const PLACE_BYTES: usize = 120;

/// All diagnostics and the closing line.
pub(crate) fn diagnostics(f: &mut fmt::Formatter<'_>, all: &Diagnostics, colored: bool) -> fmt::Result {
    for one in all {
        diagnostic(f, one, colored)?;
    }
    let left_out = all.len() - all.iter().len();
    if left_out > 0 {
        writeln!(f, "… and {left_out} more")?;
    }
    let (errors, warnings) = all.counts();
    let mut parts = Vec::new();
    for (count, noun) in [(errors, "error"), (warnings, "warning")] {
        if count > 0 {
            parts.push(format!("{count} {noun}{}", if count == 1 { "" } else { "s" }));
        }
    }
    if errors > 0 {
        parts.push("nothing was started".to_owned());
    }
    if parts.is_empty() { Ok(()) } else { writeln!(f, "{}", parts.join(", ")) }
}

/// One diagnostic, each line ended.
pub(crate) fn diagnostic(f: &mut fmt::Formatter<'_>, one: &Diagnostic, colored: bool) -> fmt::Result {
    let paint = Paint { colored, severity: one.severity };
    let head = format!("{}[{}]", one.severity.as_str(), one.id);
    writeln!(f, "{}: {}", paint.strong(&head), printable(&one.message))?;
    let excerpt = one.place.as_ref().and_then(Origin::place).and_then(excerpt);
    let number = excerpt.as_ref().map(|excerpt| excerpt.line.to_string()).unwrap_or_default();
    let width = number.len().max(2);
    if let Some(place) = &one.place {
        writeln!(f, "{:width$}{} {}", "", paint.frame("-->"), printable(&place.to_string()))?;
    }
    match &excerpt {
        Some(excerpt) => {
            let bar = paint.frame("|");
            writeln!(f, "{:width$} {bar}", "")?;
            writeln!(f, "{} {bar} {}", paint.frame(&format!("{number:>width$}")), excerpt.text)?;
            let carets = paint.strong(&"^".repeat(excerpt.length));
            let label = printable(&one.label);
            let line = format!("{:indent$}{carets} {label}", "", indent = excerpt.start);
            writeln!(f, "{:width$} {bar} {}", "", line.trim_end())?;
        }
        None if !one.label.is_empty() => note(f, width, &paint, "note", &one.label)?,
        None => {}
    }
    for (message, place) in &one.related {
        note(f, width, &paint, "note", &format!("{message}: {place}"))?;
    }
    if !one.help.is_empty() {
        note(f, width, &paint, "help", &one.help)?;
    }
    one.see.iter().try_for_each(|see| note(f, width, &paint, "see", see))
}

/// A line ` = name: text`; further lines of the text are indented to its start.
fn note(f: &mut fmt::Formatter<'_>, width: usize, paint: &Paint, name: &str, text: &str) -> fmt::Result {
    let indent = width + name.len() + 5;
    for (at, line) in text.lines().enumerate() {
        match at {
            0 => writeln!(f, "{:width$} {} {name}: {}", "", paint.frame("="), printable(line))?,
            _ => writeln!(f, "{:indent$}{}", "", printable(line))?,
        }
    }
    Ok(())
}

/// Terminal colours, when they are asked for.
struct Paint {
    colored: bool,
    severity: Severity,
}

impl Paint {
    fn strong(&self, text: &str) -> String {
        let color = match self.severity {
            Severity::Error => "31",
            Severity::Warning => "33",
            Severity::Info => "36",
        };
        self.paint(text, color)
    }

    fn frame(&self, text: &str) -> String {
        self.paint(text, "34")
    }

    fn paint(&self, text: &str, color: &str) -> String {
        if self.colored { format!("\x1b[1;{color}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// One line of a source and what is underlined in it.
struct Excerpt {
    line: usize,
    text: String,
    start: usize,
    length: usize,
}

/// The line of a place; `None` when the place is a mere position, or the line may show a secret.
fn excerpt(place: &Place) -> Option<Excerpt> {
    let range = place.range();
    let line = place.line_range();
    let source = place.source();
    let text = source.text();
    if range.is_empty() || (source.hidden().is_none() && may_show_secret(text.get(line.clone())?)) {
        return None;
    }
    let end = range.end.min(line.end).min(text.floor_char_boundary(range.start + PLACE_BYTES));
    let from = text.ceil_char_boundary(line.start.max(range.start.saturating_sub(CONTEXT_BYTES)));
    let until = text.floor_char_boundary(line.end.min(end + CONTEXT_BYTES));
    let hidden = source.hidden().unwrap_or_default();

    let mut out = Line::new(if from > line.start { "…" } else { "" });
    let mut marked: Option<(usize, usize)> = None;
    let mut masked_until = from;
    for (at, character) in text.get(from..until)?.char_indices().map(|(at, character)| (from + at, character)) {
        let before = out.columns;
        if at >= masked_until {
            // The ranges are sorted and apart from each other, so the last one that starts here or before counts.
            let last = hidden.partition_point(|range| range.start <= at).checked_sub(1);
            match last.and_then(|last| hidden.get(last)).filter(|range| range.end > at) {
                Some(range) => {
                    out.push_str(HIDDEN);
                    masked_until = range.end;
                }
                None => out.push(character),
            }
        }
        if range.contains(&at) && at < end {
            let start = marked.map_or(before, |(start, _)| start);
            marked = Some((start, out.columns));
        }
    }
    if until < line.end {
        out.push_str("…");
    }
    let (start, stop) = marked.unwrap_or((out.columns, out.columns + 1));
    Some(Excerpt { line: place.line(), text: out.text, start, length: (stop - start).max(1) })
}

/// A printed line that knows how many columns it has.
struct Line {
    text: String,
    columns: usize,
}

impl Line {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), columns: text.chars().count() }
    }

    fn push(&mut self, character: char) {
        match character {
            '\t' => self.push_str("    "),
            character => {
                self.text.push(visible(character));
                self.columns += 1;
            }
        }
    }

    fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
        self.columns += text.chars().count();
    }
}

/// Whether a line of a text that could not be parsed may hold a secret.
fn may_show_secret(line: &str) -> bool {
    line.split(|character: char| !character.is_alphanumeric() && !"_-.".contains(character)).any(is_secret)
}

/// Control characters would move the cursor or colour the terminal.
fn visible(character: char) -> char {
    if character.is_control() { '\u{fffd}' } else { character }
}

fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// At most `limit` characters of a name that somebody else chose.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// A value as it is written in a source of this format, after its key: `port = 8080`, `G_PORT=8080`, ….
pub(crate) fn assignment(format: Format, path: &[String], value: &serde_json::Value) -> String {
    let key = path.last().map(String::as_str).unwrap_or_default();
    let plain = || value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match format {
        Format::Toml => format!("{} = {}", crate::path::quote(key), toml_inline(value)),
        Format::Yaml => format!("{key}: {value}"),
        Format::Json => format!("{}: {value}", json!(key)),
        Format::Environment => format!("G_{}={}", variable(path), plain()),
        Format::Override => format!("--override {}={}", crate::path::join(path), plain()),
    }
}

/// The name of the environment variable for a path, without its prefix.
fn variable(path: &[String]) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    path.join("__").chars().map(plain).collect::<String>().to_uppercase()
}

/// A value in TOML on one line.
fn toml_inline(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => {
            let items: Vec<_> = items.iter().map(toml_inline).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(entries) => {
            let mut text = String::from("{");
            for (at, (key, value)) in entries.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                // Writing into a String can't fail.
                let _ = write!(text, "{comma} {} = {}", crate::path::quote(key), toml_inline(value));
            }
            text + " }"
        }
        scalar => scalar.to_string(),
    }
}

/// See [`Diagnostic::to_json`].
pub(crate) fn diagnostic_to_json(one: &Diagnostic) -> serde_json::Value {
    let related =
        one.related.iter().map(|(message, place)| json!({"message": message, "place": origin_to_json(place)}));
    json!({
        "id": one.id.id(),
        "title": one.id.title(),
        "severity": one.severity.as_str(),
        "message": one.message,
        "place": one.place.as_ref().map(origin_to_json),
        "label": one.label,
        "help": one.help,
        "see": one.see,
        "related": related.collect::<Vec<_>>(),
    })
}

fn origin_to_json(origin: &Origin) -> serde_json::Value {
    let text = origin.to_string();
    match origin {
        Origin::Application { place, .. } | Origin::File(place) => {
            json!({"text": text, "file": place.file(), "line": place.line(), "column": place.column()})
        }
        Origin::Code { file, line, .. } => {
            json!({"text": text, "file": file.as_ref(), "line": line})
        }
        Origin::Environment { .. } | Origin::Override { .. } | Origin::Default { .. } => {
            json!({"text": text})
        }
    }
}

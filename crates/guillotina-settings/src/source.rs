//! The texts that settings come from, and places in them.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// How a [`Source`] is written, which decides how examples for it are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A TOML file.
    Toml,
    /// A YAML file.
    Yaml,
    /// A JSON file.
    Json,
    /// One environment variable, as `NAME=value`.
    Environment,
    /// One override of the command line, as `path=value`.
    Override,
}

impl Format {
    /// The format that the ending of a file name stands for; `None` when it is none of ours.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match ending.as_str() {
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// One text that settings were read from, kept so that diagnostics can quote its lines.
pub struct Source {
    name: Arc<str>,
    text: String,
    format: Format,
    line_starts: Vec<usize>,
    hidden: OnceLock<Vec<Range<usize>>>,
}

impl Source {
    /// A source with the name that places show, such as `settings.toml`.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<String>, format: Format) -> Arc<Self> {
        let text = text.into();
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect();
        Arc::new(Self { name: name.into(), text, format, line_starts, hidden: OnceLock::new() })
    }

    /// The name that places show.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How the text is written.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Says which bytes hold secrets; the first call counts.
    pub(crate) fn hide(&self, mut ranges: Vec<Range<usize>>) {
        ranges.sort_by_key(|range| range.start);
        // A second parse of the same text would find the same secrets.
        let _ = self.hidden.set(ranges);
    }

    /// The bytes that hold secrets, in order; `None` when the text could not be parsed, so that nobody knows.
    pub(crate) fn hidden(&self) -> Option<&[Range<usize>]> {
        self.hidden.get().map(Vec::as_slice)
    }

    /// The 0-based line that holds the byte at `offset`.
    fn line_index(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The byte where a 0-based line starts.
    pub(crate) fn line_start(&self, line: usize) -> usize {
        self.line_starts.get(line).copied().unwrap_or(self.text.len())
    }
}

impl fmt::Debug for Source {
    // The text may hold secrets, so it stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("format", &self.format).finish_non_exhaustive()
    }
}

/// A span of one [`Source`]. Lines and columns are counted from 1, columns in characters.
///
/// ```
/// use guillotina_settings::{Format, Place, Source};
/// let source = Source::new("settings.toml", "host = 1\nport = 2\n", Format::Toml);
/// let place = Place::new(&source, 16..17);
/// assert_eq!((place.file(), place.line(), place.column()), ("settings.toml", 2, 8));
/// assert_eq!(place.to_string(), "settings.toml:2:8");
/// ```
#[derive(Clone)]
pub struct Place {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Place {
    /// The place of a range of bytes; what lies outside the text or inside a character is moved to the nearest
    /// boundary before it.
    #[must_use]
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let start = boundary(source.text(), range.start);
        let end = boundary(source.text(), range.end).max(start);
        Self { source: Arc::clone(source), start, end }
    }

    /// The name of the source, such as `settings.toml`.
    #[must_use]
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// The line, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.source.line_index(self.start) + 1
    }

    /// The column in characters, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        let line_start = self.source.line_start(self.source.line_index(self.start));
        let before = self.source.text().get(line_start..self.start).unwrap_or_default();
        before.chars().count() + 1
    }

    /// The bytes of the source that the place covers.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The text that the place is in.
    #[must_use]
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The bytes of the whole line that the place starts on, without its line break.
    pub(crate) fn line_range(&self) -> Range<usize> {
        let line = self.source.line_index(self.start);
        let start = self.source.line_start(line);
        let text = self.source.text().get(start..).unwrap_or_default();
        let length = text.find('\n').unwrap_or(text.len());
        let line = text.get(..length).unwrap_or_default();
        start..start + line.trim_end_matches('\r').len()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source.format() {
            Format::Environment => write!(f, "environment variable {}", self.file()),
            Format::Override => write!(f, "--override {}", self.file()),
            Format::Toml | Format::Yaml | Format::Json => {
                write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

/// The last character boundary of `text` at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

/// Whether the value of a key with this name is a secret, which is never printed.
///
/// ```
/// use guillotina_settings::is_secret;
/// assert!(is_secret("password") && is_secret("client_secret") && is_secret("G_JWT__SECRET"));
/// assert!(!is_secret("token_expiration") && !is_secret("port"));
/// ```
#[must_use]
pub fn is_secret(key: &str) -> bool {
    const LAST_WORDS: [&str; 10] =
        ["pass", "pwd", "secrets", "token", "tokens", "credential", "credentials", "key", "dsn", "k"];
    let key = key.to_ascii_lowercase();
    if ["password", "passwd", "passphrase", "secret"].iter().any(|part| key.contains(part)) {
        return true;
    }
    let last = key.rsplit(['_', '-', '.']).next().unwrap_or_default();
    LAST_WORDS.contains(&last)
}

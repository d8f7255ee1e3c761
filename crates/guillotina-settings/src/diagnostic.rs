//! What is wrong with the settings or the applications, where, and what to do.

use std::fmt;

use crate::code::Code;
use crate::node::Origin;
use crate::render;

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Nothing is started.
    Error,
    /// The server starts, but somebody should look.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// `error`, `warning` or `info`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// One mistake, made for the reader who has to correct it.
///
/// ```
/// use guillotina_settings::{Code, Diagnostic, Origin};
/// let place = Origin::Code { file: "src/lib.rs".into(), line: 122, what: "subscriber `added`".into() };
/// let text = Diagnostic::error(Code::MISSING_UTILITY, "missing utility dyn ISender", place)
///     .help("add [load_utilities.\"chat.sender\"] to settings.toml")
///     .to_string();
/// assert_eq!(text, "\
/// error[G0007]: missing utility dyn ISender
///   --> src/lib.rs:122 (subscriber `added`)
///    = help: add [load_utilities.\"chat.sender\"] to settings.toml
/// ");
/// ```
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// The number of this kind of mistake.
    pub id: Code,
    /// Whether it keeps the server from starting.
    pub severity: Severity,
    /// What happened, in one line.
    pub message: String,
    /// Where; `None` only when there is no place, such as for an address that is in use.
    pub place: Option<Origin>,
    /// What is to be said at the underlined text; may be empty.
    pub label: String,
    /// What to do about it.
    pub help: String,
    /// A command to run or a page to read.
    pub see: Option<String>,
    /// Other places that have to do with it, each with what is there.
    pub related: Vec<(String, Origin)>,
}

impl Diagnostic {
    /// An error at a place.
    #[must_use]
    pub fn error(id: Code, message: impl Into<String>, place: impl Into<Option<Origin>>) -> Self {
        Self::new(Severity::Error, id, message.into(), place.into())
    }

    /// A warning at a place.
    #[must_use]
    pub fn warning(id: Code, message: impl Into<String>, place: impl Into<Option<Origin>>) -> Self {
        Self::new(Severity::Warning, id, message.into(), place.into())
    }

    /// A piece of information about a place.
    #[must_use]
    pub fn info(id: Code, message: impl Into<String>, place: impl Into<Option<Origin>>) -> Self {
        Self::new(Severity::Info, id, message.into(), place.into())
    }

    fn new(severity: Severity, id: Code, message: String, place: Option<Origin>) -> Self {
        let (label, help) = (String::new(), String::new());
        Self { id, severity, message, place, label, help, see: None, related: Vec::new() }
    }

    /// Sets what is said at the underlined text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Sets the command to run or the page to read.
    #[must_use]
    pub fn see(mut self, see: impl Into<String>) -> Self {
        self.see = Some(see.into());
        self
    }

    /// Adds another place that has to do with it.
    #[must_use]
    pub fn related(mut self, message: impl Into<String>, place: Origin) -> Self {
        self.related.push((message.into(), place));
        self
    }

    /// The diagnostic as JSON, for programs: `id`, `title`, `severity`, `message`, `place` (`text`, and `file`,
    /// `line`, `column` where there are any), `label`, `help`, `see`, `related`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        render::diagnostic_to_json(self)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render::diagnostic(f, self, false)
    }
}

/// All mistakes that were found, in the order of finding.
///
/// At most [`Diagnostics::MAX`] are kept; further ones are only counted, so that a broken file can't fill the memory.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    infos: usize,
}

impl Diagnostics {
    /// How many diagnostics are kept.
    pub const MAX: usize = 500;

    /// No diagnostics.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        match diagnostic.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => self.infos += 1,
        }
        if self.kept.len() < Self::MAX {
            self.kept.push(diagnostic);
        }
    }

    /// Whether anything keeps the server from starting.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many there are, the ones that are only counted included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.errors + self.warnings + self.infos
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many errors and how many warnings there are.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.errors, self.warnings)
    }

    /// The ones that are kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    /// The exit code of a process that ends because of them: 78 (`EX_CONFIG`) with errors, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.has_errors() { 78 } else { 0 }
    }

    /// The text that [`Display`](fmt::Display) gives, with terminal colours.
    #[must_use]
    pub fn to_colored(&self) -> impl fmt::Display {
        fmt::from_fn(|f| render::diagnostics(f, self, true))
    }

    /// All of them as a JSON list, each as [`Diagnostic::to_json`].
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.kept.iter().map(Diagnostic::to_json).collect()
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        render::diagnostics(f, self, false)
    }
}

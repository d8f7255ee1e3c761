//! Typed parts of the settings, and the check of keys.

use serde::de::DeserializeOwned;

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::nearest::nearest;
use crate::node::{Node, Origin};
use crate::render::shorten;

/// How many known keys a help line lists.
const LISTED: usize = 8;

/// One typed part of the settings. The attribute `#[settings]` implements it; see the crate's example for the
/// implementation by hand.
///
/// Keys that are not set take the value of serde's `default`; one without it is required.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a section of the settings",
    note = "put `#[settings]` on the struct, with a doc comment and a default for each field"
)]
pub trait Section: DeserializeOwned {
    /// The section's own keys. An empty list, or one with the name `*`, allows every key.
    const FIELDS: &'static [FieldDoc];
}

/// What is known about one key of a [`Section`], for diagnostics and generated documentation.
#[derive(Clone, Copy, Debug)]
pub struct FieldDoc {
    /// The key.
    pub name: &'static str,
    /// The type in words: `integer`, `string`, `list of string`, ….
    pub kind: &'static str,
    /// The value when it is not set; null when there is none.
    pub default: fn() -> serde_json::Value,
    /// What it is for.
    pub doc: &'static str,
}

/// Reports the keys of a table that are not among `known`, each at its place with the nearest known name. `what` is
/// the table in words, such as `the settings`. A node that is not a table has no keys.
///
/// A variable of the environment whose name is near to nothing known is only a warning: other programs also use
/// names that begin with `G_`.
///
/// ```
/// use guillotina_settings::{Diagnostics, Layers, check_keys};
/// let (settings, mut diagnostics) = Layers::new().file("settings.toml", "hots = \"::1\"\n").finish();
/// check_keys(settings.root(), &["host", "port"], "the settings", &mut diagnostics);
/// assert!(diagnostics.to_string().contains("did you mean \"host\"?"));
/// ```
pub fn check_keys(node: &Node, known: &[&str], what: &str, diagnostics: &mut Diagnostics) {
    for (key, value) in node.as_table().into_iter().flatten() {
        if known.contains(&key.as_str()) {
            continue;
        }
        let mut diagnostic = unknown_key(key, &value.key, known, what);
        let foreign = matches!(value.key, Origin::Environment { .. }) && near(key, known).is_none();
        if foreign {
            diagnostic.severity = Severity::Warning;
        }
        diagnostics.push(diagnostic);
    }
}

fn near<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    nearest(key, known.iter().copied())
}

/// The diagnostic about one unknown key.
pub(crate) fn unknown_key(key: &str, place: &Origin, known: &[&str], what: &str) -> Diagnostic {
    let help = match near(key, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if known.is_empty() => "remove it; there are no keys here".to_owned(),
        None => {
            let more = known.len().saturating_sub(LISTED);
            let listed = known.get(..known.len().min(LISTED)).unwrap_or_default().join(", ");
            let more = if more > 0 { format!(", … ({more} more)") } else { String::new() };
            format!("remove it, or write one of: {listed}{more}")
        }
    };
    let message = format!("unknown key \"{}\" in {what}", shorten(key, 80));
    Diagnostic::error(Code::UNKNOWN_KEY, message, place.clone()).label("nothing reads it").help(help)
}

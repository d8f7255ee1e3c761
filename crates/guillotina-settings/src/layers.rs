//! Collecting the layers in any order, and merging them in theirs.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::merge::merge;
use crate::node::{Node, Origin, Table, Value};
use crate::parse::{self, MAX_DEPTH, MAX_FILE_BYTES};
use crate::path;
use crate::settings::Settings;
use crate::source::{Format, Place, Source, is_secret};

/// The layers of the settings. They are merged by their kind, not by the order of the calls:
/// defaults < applications (in the order of their calls) < files < environment < overrides.
///
/// ```
/// use guillotina_settings::Layers;
/// let (settings, diagnostics) = Layers::new()
///     .defaults(serde_json::json!({"port": 8080, "cors": {"max_age": 3660, "allow_credentials": true}}))
///     .file("settings.toml", "[cors]\nmax_age = 60\n")
///     .environment([("G_PORT".to_owned(), "8081".to_owned())])
///     .override_("cors.allow_credentials=false")
///     .finish();
/// assert!(diagnostics.is_empty());
/// assert_eq!(
///     settings.to_json(),
///     serde_json::json!({"port": 8081, "cors": {"max_age": 60, "allow_credentials": false}}),
/// );
/// assert_eq!(settings.get_str("cors.max_age").unwrap().origin.to_string(), "settings.toml:2:11");
/// ```
#[derive(Default)]
pub struct Layers {
    defaults: Vec<Layer>,
    applications: Vec<Layer>,
    files: Vec<Layer>,
    environment: Vec<(String, String)>,
    overrides: Vec<String>,
    diagnostics: Diagnostics,
}

/// One layer, as it was before the merge.
#[derive(Clone)]
pub(crate) struct Layer {
    pub(crate) name: Arc<str>,
    pub(crate) root: Node,
}

impl Layers {
    /// No layers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Defaults of the code: an object whose keys are the top-level settings. Anything else is ignored.
    #[must_use]
    pub fn defaults(mut self, json: serde_json::Value) -> Self {
        let mut table = Table::new();
        if let serde_json::Value::Object(entries) = json {
            for (key, value) in entries {
                let origin = Origin::Default { section: key.as_str().into() };
                table.insert(key, Node::from_json(value, &origin));
            }
        }
        self.defaults.push(Layer { name: "defaults".into(), root: builtin(table) });
        self
    }

    /// The settings that an application ships, as TOML. `file` is the name that diagnostics show.
    #[must_use]
    pub fn application(mut self, name: &str, file: &str, toml_text: &str) -> Self {
        let application: Arc<str> = name.into();
        let wrap = |place| Origin::Application { name: Arc::clone(&application), place };
        if let Some(root) = self.parse(file, toml_text, Format::Toml, &wrap) {
            self.applications.push(Layer { name: format!("application {name}").into(), root });
        }
        self
    }

    /// A settings file that was read already: TOML, YAML or JSON, by the ending of its name.
    #[must_use]
    pub fn file(mut self, name: &str, text: &str) -> Self {
        let Some(format) = Format::of_file(name) else {
            let message = format!("settings file {name} has no known ending");
            let help = "name it with the ending .toml, .yaml, .yml or .json";
            self.diagnostics.push(Diagnostic::error(Code::FILE_UNREADABLE, message, position(name)).help(help));
            return self;
        };
        if let Some(root) = self.parse(name, text, format, &Origin::File) {
            self.files.push(Layer { name: name.into(), root });
        }
        self
    }

    /// Reads a settings file from the disk; that it can't be read is a diagnostic.
    #[must_use]
    pub fn read_file(mut self, path: &Path) -> Self {
        let name = path.display().to_string();
        match read(path) {
            Ok(text) => self.file(&name, &text),
            Err(error) => {
                let message = format!("settings file {name} cannot be read: {error}");
                let help = match error.kind() {
                    io::ErrorKind::NotFound => "create it, or name another one with `-c FILE`",
                    io::ErrorKind::PermissionDenied => "let the user that runs the server read it",
                    io::ErrorKind::InvalidData => "save it as UTF-8",
                    _ => "name a readable file with `-c FILE`",
                };
                self.diagnostics.push(Diagnostic::error(Code::FILE_UNREADABLE, message, position(&name)).help(help));
                self
            }
        }
    }

    /// The environment. Variables that begin with `G_` set what their name says in lower case, `__` between the keys;
    /// the others are left out, and so is `G_CONFIG_FILE` (Z-047), which names the settings file itself.
    ///
    /// A part of a name means the key that exists already when the two differ only in upper and lower case or in
    /// characters that a variable's name can't hold: `G_LOAD_UTILITIES__CHAT_SENDER__ENABLED` is
    /// `load_utilities."chat.sender".enabled`. A value that begins with `{` or `[` is JSON; every other one is a text,
    /// which becomes a number or a boolean where the section asks for one.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables.into_iter().filter(|(name, _)| name.starts_with("G_") && name != "G_CONFIG_FILE");
        self.environment.extend(ours);
        self
    }

    /// One override of the command line, `path=value`: keys with dots between them (`load_utilities."x.y".enabled`
    /// quotes one that holds dots), and a value as in the environment.
    #[must_use]
    pub fn override_(mut self, text: &str) -> Self {
        self.overrides.push(text.to_owned());
        self
    }

    /// Merges the layers. What could not be read is left out and is in the diagnostics.
    #[must_use]
    pub fn finish(mut self) -> (Settings, Diagnostics) {
        let mut layers = std::mem::take(&mut self.defaults);
        layers.append(&mut self.applications);
        layers.append(&mut self.files);
        // Something that is missing everywhere is best added to the operator's file.
        let root = layers.last().map_or_else(|| builtin(Table::new()), |layer| layer.root.clone());
        let mut merged = Table::new();
        for layer in &layers {
            merge(&mut merged, layer.root.as_table().unwrap_or(&Table::new()));
        }
        layers.extend(self.merge_environment(&mut merged));
        layers.extend(self.merge_overrides(&mut merged));
        let root = Node { value: Value::Table(merged), ..root };
        (Settings::new(root, layers), self.diagnostics)
    }

    fn parse(&mut self, name: &str, text: &str, format: Format, wrap: parse::Wrap<'_>) -> Option<Node> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > MAX_FILE_BYTES {
            let message = format!("settings file {name} is larger than {MAX_FILE_BYTES} bytes");
            let help = "settings are small; name the right file with `-c FILE`";
            self.diagnostics.push(Diagnostic::error(Code::FILE_UNREADABLE, message, position(name)).help(help));
            return None;
        }
        match parse::parse_file(&Source::new(name, text, format), wrap) {
            Ok(root) => Some(root),
            Err(mistakes) => {
                self.diagnostics.extend(mistakes);
                None
            }
        }
    }

    fn merge_environment(&mut self, merged: &mut Table) -> Option<Layer> {
        let mut variables = std::mem::take(&mut self.environment);
        // The shorter name first: `G_A__B` changes a part of what `G_A` sets.
        variables.sort();
        let mut root = Table::new();
        for (name, value) in variables {
            let text = format!("{name}={value}");
            let source = Source::new(name.as_str(), text, Format::Environment);
            let variable: Arc<str> = name.as_str().into();
            let wrap = |place| Origin::Environment { variable: Arc::clone(&variable), place };
            let keys = name.strip_prefix("G_").unwrap_or_default().split("__").map(str::to_lowercase).collect();
            let keys = check_keys(keys).and_then(|keys| resolve(merged, keys));
            self.set(&source, keys, name.len() + 1, &wrap, merged, &mut root);
        }
        layer("environment", root)
    }

    fn merge_overrides(&mut self, merged: &mut Table) -> Option<Layer> {
        let mut root = Table::new();
        for text in std::mem::take(&mut self.overrides) {
            // Behind a quote that is not closed, what follows the first `=` is still the value, maybe a secret one.
            let equals = path::find_equals(&text).or_else(|| text.find('='));
            let path = equals.and_then(|equals| text.get(..equals)).unwrap_or(&text).trim();
            let source = Source::new(path, text.as_str(), Format::Override);
            let path: Arc<str> = path.into();
            let wrap = |place| Origin::Override { path: Arc::clone(&path), place };
            let keys = match equals {
                Some(_) => path::split(&path).and_then(|keys| not_into_a_list(merged, keys)),
                None => Err("there is no `=`".to_owned()),
            };
            let value_at = equals.map_or(text.len(), |equals| equals + 1);
            self.set(&source, keys, value_at, &wrap, merged, &mut root);
        }
        layer("command line", root)
    }

    /// Merges the value that begins at a byte of `source` into the layer and into the settings.
    fn set(
        &mut self,
        source: &Arc<Source>,
        keys: Result<Vec<String>, String>,
        value_at: usize,
        wrap: parse::Wrap<'_>,
        merged: &mut Table,
        layer: &mut Table,
    ) {
        let key_origin = wrap(Place::new(source, 0..value_at.saturating_sub(1)));
        let secret = keys.as_ref().map_or(true, |keys| keys.iter().any(|key| is_secret(key)));
        let node = match &keys {
            Ok(_) => text_or_json(source, value_at, secret, wrap),
            Err(what) => {
                source.hide(std::iter::once(value_at..source.text().len()).collect());
                Err(vec![malformed(source, what, key_origin.clone())])
            }
        };
        match (node, keys) {
            (Ok(node), Ok(keys)) => {
                let tree = nested(keys, node, &key_origin);
                merge(merged, &tree);
                merge(layer, &tree);
            }
            (Err(mistakes), _) => self.diagnostics.extend(mistakes),
            (Ok(_), Err(_)) => {}
        }
    }
}

/// A value as JSON when it begins like a table or a list, else as it stands.
fn text_or_json(source: &Arc<Source>, at: usize, secret: bool, wrap: parse::Wrap<'_>) -> Result<Node, Vec<Diagnostic>> {
    let text = source.text().get(at..).unwrap_or_default();
    if text.len() > MAX_FILE_BYTES {
        source.hide(Vec::new());
        let place = wrap(Place::new(source, at..at));
        return Err(vec![malformed(source, &format!("the value is larger than {MAX_FILE_BYTES} bytes"), place)]);
    }
    if text.trim_start().starts_with(['{', '[']) {
        return parse::parse_json(source, at, secret, wrap);
    }
    let range = at..source.text().len();
    source.hide(if secret { std::iter::once(range.clone()).collect() } else { Vec::new() });
    Ok(Node::new(Value::String(text.to_owned()), wrap(Place::new(source, range))))
}

fn malformed(source: &Source, what: &str, place: Origin) -> Diagnostic {
    let (message, help) = match source.format() {
        Format::Environment => (
            format!("environment variable {} is malformed: {what}", source.name()),
            "write G_SECTION__KEY=value, or G_SECTION={\"key\": …} for a table or a list",
        ),
        _ => (
            format!("--override {} is malformed: {what}", source.name()),
            "write --override section.key=value, with quotes around a key that holds dots",
        ),
    };
    Diagnostic::error(Code::MALFORMED_SETTING, message, place).help(help)
}

/// `value` under the keys, the first one outermost.
fn nested(keys: Vec<String>, value: Node, origin: &Origin) -> Table {
    let mut inner = Err(value);
    for key in keys.into_iter().rev() {
        let mut node = match inner {
            Ok(table) => Node::new(Value::Table(table), origin.clone()),
            Err(value) => value,
        };
        node.key = origin.clone();
        inner = Ok(Table::from_iter([(key, node)]));
    }
    inner.unwrap_or_default()
}

fn check_keys(keys: Vec<String>) -> Result<Vec<String>, String> {
    if keys.iter().any(String::is_empty) {
        return Err("a part of its name is empty".to_owned());
    }
    if keys.len() > MAX_DEPTH {
        return Err(format!("its name has more than {MAX_DEPTH} parts"));
    }
    Ok(keys)
}

/// The parts of a variable's name as the keys that exist, where they do.
fn resolve(merged: &Table, mut keys: Vec<String>) -> Result<Vec<String>, String> {
    let mut table = Some(merged);
    for key in &mut keys {
        let Some(here) = table else { break };
        if !here.contains_key(key.as_str()) {
            let mut same = here.keys().filter(|existing| plain(existing) == plain(key));
            match (same.next(), same.next()) {
                (Some(first), Some(second)) => {
                    return Err(format!("it may mean \"{first}\" or \"{second}\""));
                }
                (Some(only), None) => *key = only.clone(),
                (None, _) => {}
            }
        }
        table = here.get(key.as_str()).and_then(Node::as_table);
    }
    not_into_a_list(merged, keys)
}

/// What two names must share to be the same in a variable's name.
fn plain(key: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    key.chars().map(plain).flat_map(char::to_lowercase).collect()
}

/// Refuses a path that goes on inside of a list, which can only be set as a whole.
fn not_into_a_list(merged: &Table, keys: Vec<String>) -> Result<Vec<String>, String> {
    let mut table = Some(merged);
    for (at, key) in keys.iter().enumerate() {
        let node = table.and_then(|table| table.get(key));
        if at + 1 < keys.len() && node.is_some_and(|node| node.as_array().is_some()) {
            let list = keys.get(..=at).unwrap_or_default();
            return Err(format!("{} is a list, which is set as a whole, in JSON", path::join(list)));
        }
        table = node.and_then(Node::as_table);
    }
    Ok(keys)
}

fn builtin(table: Table) -> Node {
    Node::new(Value::Table(table), Origin::Default { section: "".into() })
}

fn layer(name: &str, table: Table) -> Option<Layer> {
    (!table.is_empty()).then(|| Layer { name: name.into(), root: builtin(table) })
}

/// The beginning of a file whose text is not known.
fn position(name: &str) -> Origin {
    Origin::File(Place::new(&Source::new(name, "", Format::Toml), 0..0))
}

/// The text of a file, read up to one byte more than is allowed.
fn read(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

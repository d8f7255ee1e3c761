//! The settings `static` and `jsapps` (row Z-006): names and the files or folders that are served under them.

use super::{CoreSettings, database_names};
use crate::app::Components;
use guillotina_settings::{Code, Diagnostic, Diagnostics, Node, Settings};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A table of paths by name, or a list of such tables, as Guillotina's files also have it.
pub(super) fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Paths;
    impl<'de> Visitor<'de> for Paths {
        type Value = BTreeMap<String, String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table of paths by name")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut paths = BTreeMap::new();
            while let Some((name, path)) = map.next_entry()? {
                paths.insert(name, path);
            }
            Ok(paths)
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut paths = BTreeMap::new();
            while let Some(mut table) = list.next_element::<BTreeMap<String, String>>()? {
                paths.append(&mut table);
            }
            Ok(paths)
        }
    }
    deserializer.deserialize_any(Paths)
}

/// Checks the names, which share the first segment of paths with databases, and looks whether the files are there.
pub(crate) fn check(core: &CoreSettings, settings: &Settings, components: &Components, diagnostics: &mut Diagnostics) {
    let databases = database_names(settings);
    for (key, paths) in [("static", &core.static_files), ("jsapps", &core.jsapps)] {
        for (name, path) in paths {
            let origin = node(settings, key, name).map(|node| node.origin.clone());
            if let Some(message) = bad_name(name) {
                let mistake = Diagnostic::error(Code::BAD_VALUE, format!("{key}.\"{name}\" {message}"), origin);
                diagnostics.push(mistake.help("a name is one segment of a path, such as \"docs\" or \"favicon.ico\""));
            } else if databases.iter().any(|database| *database == *name) {
                let message = format!("{key}.\"{name}\" and the database \"{name}\" are both at /{name}");
                diagnostics.push(Diagnostic::error(Code::CONFLICT, message, origin).help("rename one of them"));
            } else if key == "jsapps" && core.static_files.contains_key(name) {
                let message = format!("\"{name}\" is in `static` and in `jsapps`");
                diagnostics.push(Diagnostic::error(Code::CONFLICT, message, origin).help("rename one of them"));
            } else if !Path::new(path).exists() {
                let message = format!("{key}.\"{name}\": there is no file or folder {path:?}");
                let help = match path.contains(':') {
                    true => "there are no Python packages here: write the path of the file or folder",
                    false => "it is answered 404 until there is one; relative paths begin where the server is started",
                };
                diagnostics.push(Diagnostic::warning(Code::BAD_VALUE, message, origin).help(help));
            }
        }
    }
    for (decl, place) in &components.static_files {
        if let Some(database) = databases.iter().find(|database| **database == decl.path) {
            let message =
                format!("the database \"{database}\" is at /{database}, where {place} serves \"{}\"", decl.title);
            let origin = settings.get(&["databases", database]).map(|node| node.key.clone());
            diagnostics.push(Diagnostic::error(Code::CONFLICT, message, origin).help("rename the database"));
        }
    }
}

/// The value of a name, in a table or in a list of tables.
fn node<'a>(settings: &'a Settings, key: &str, name: &str) -> Option<&'a Node> {
    let section = settings.get(&[key])?;
    let tables = section.as_array().unwrap_or(std::slice::from_ref(section));
    tables.iter().find_map(|table| table.get(name))
}

fn bad_name(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.contains(['/', '\\', '%', '?', '#']) || name.chars().any(char::is_control) {
        return Some("is not one segment of a path");
    }
    name.starts_with(['@', '_', '.']).then_some("begins with a character that no name here may begin with")
}

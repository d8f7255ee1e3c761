//! Services of the application, at `/` (rows S-001, S-011, S-016).

use guillotina::answer::Answer;
use guillotina::{App, CurrentUser, Error, Json, Located, Result};
use guillotina_macros::service;
use guillotina_security::perms;
use guillotina_settings::{Node, Settings};
use serde_json::{Value, json};
use std::path::Path;

/// The databases, for who may list them, and what is served from files.
#[service(method = GET, permission = perms::ACCESS_CONTENT)]
async fn get(app: App, user: CurrentUser) -> Result<Json> {
    let listed = Located::Application(app.clone()).allows(&app, user.principal(), perms::GET_DATABASES.id());
    let databases: Vec<String> = match listed {
        true => app.databases().iter().map(|database| database.name().to_string()).collect(),
        false => Vec::new(),
    };
    let (files, mut directories) = static_names(app.settings());
    directories.extend(entries(app.settings(), "jsapps").map(|(name, _)| name.to_owned()));
    let body =
        json!({"databases": databases, "static_file": files, "static_directory": directories, "@type": "Application"});
    Ok(body.into())
}

/// Says that the server is there.
#[service(method = HEAD, permission = perms::ACCESS_CONTENT)]
async fn head(_app: App) -> Result<Answer> {
    Ok(crate::content::empty())
}

/// The storages in which databases can be made.
#[service(method = GET, name = "@storages", permission = perms::GET_DATABASES)]
async fn storages(app: App) -> Result<Json> {
    let one = |(id, node): (&str, &Node)| json!({"id": id, "type": node.get("storage").and_then(Node::as_str)});
    Ok(Value::from_iter(entries(app.settings(), "storages").map(one)).into())
}

/// Databases are named in the settings (row C-034).
#[service(method = PUT, permission = perms::MOUNT_DATABASE)]
async fn put(_app: App) -> Result<()> {
    Err(not_implemented())
}

/// Row C-034: 501, as Guillotina means it.
pub(crate) fn not_implemented() -> Error {
    Error::http(501, json!({"message": "Function not implemented"}))
}

/// Names of the static files, and of the static directories.
fn static_names(settings: &Settings) -> (Vec<String>, Vec<String>) {
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    for (name, node) in entries(settings, "static") {
        let path = Path::new(node.as_str().unwrap_or_default());
        // What is not there (yet) is taken for what its name looks like.
        let directory = path.is_dir() || (!path.is_file() && path.extension().is_none());
        if directory { &mut directories } else { &mut files }.push(name.to_owned());
    }
    (files, directories)
}

/// The entries of a section that is a table or, as Guillotina also writes it, a list of tables.
fn entries<'a>(settings: &'a Settings, section: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let node = settings.get(&[section]);
    let tables = node.map_or(&[][..], |node| node.as_array().unwrap_or(std::slice::from_ref(node)));
    tables.iter().filter_map(Node::as_table).flat_map(|table| table.iter().map(|(name, node)| (&**name, node)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use guillotina_settings::Layers;

    #[test]
    fn files_and_directories_s_001() {
        let here = env!("CARGO_MANIFEST_DIR");
        let text =
            format!("static = {{ docs = {here:?}, \"favicon.ico\" = \"{here}/Cargo.toml\", gone = \"pkg:assets\" }}\n");
        let (settings, _) = Layers::new().file("settings.toml", &text).finish();
        assert_eq!(static_names(&settings), (vec!["favicon.ico".into()], vec!["docs".into(), "gone".into()]));
    }

    #[test]
    fn a_section_may_be_a_list_of_tables() {
        let (settings, _) = Layers::new()
            .file("config.yaml", "storages:\n  - a: {storage: sqlite}\n  - b: {storage: sqlite}\n")
            .finish();
        assert_eq!(entries(&settings, "storages").map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(entries(&settings, "jsapps").count(), 0);
    }
}

//! `docs/settings.md`, made from what the code says about its settings. `UPDATE_DOCS=1` writes it.

use crate::tree::{crates, root, text};
use guillotina::registration::{Kind, collect};
use guillotina_chat as _;
use guillotina_content::provision::{ContainerSpec, Provision, UserSpec};
use guillotina_content::settings::{
    Admin, CoreSettings, Cors, DatabaseSection, JwkSection, Jwt, Logs, RootUser, ServerSettings, ShutdownSettings,
    UtilitiesSettings,
};
use guillotina_dbusers as _;
use guillotina_settings::{FieldDoc, Section};
use serde_json::Value;

const HEAD: &str = "# Settings

This page is made from the code.

A value is set in one of these layers; a later one wins, and tables are merged deeply:

1. the defaults below,
2. what an enabled application ships, in the order of the applications,
3. the settings file: `-c FILE`, else `settings.toml`, `config.yaml`, `config.yml` or `config.json` in the working directory,
4. the environment: `G_CORS__MAX_AGE=60` sets `cors.max_age`; a value that begins with `{` or `[` is JSON,
5. the command line: `--override cors.max_age=60`.

`guillotina check` finds every mistake and starts nothing. Keys have Guillotina's names, so its `config.yaml` and
`config.json` can be read too; a key of Guillotina's that has no effect here is named in a warning.
";

/// The sections below the root, in the order of the page.
fn sections() -> Vec<(&'static str, &'static [FieldDoc])> {
    vec![
        ("root_user", RootUser::FIELDS),
        ("jwt", Jwt::FIELDS),
        ("jwk", JwkSection::FIELDS),
        ("cors", Cors::FIELDS),
        ("server_settings", ServerSettings::FIELDS),
        ("admin", Admin::FIELDS),
        ("logs", Logs::FIELDS),
        ("utilities", UtilitiesSettings::FIELDS),
        ("shutdown", ShutdownSettings::FIELDS),
        ("provision", Provision::FIELDS),
        ("[provision.containers]", ContainerSpec::FIELDS),
        ("[provision.containers.users]", UserSpec::FIELDS),
    ]
}

fn generated() -> String {
    let mut page = HEAD.to_owned();
    section(&mut page, "The root of the file", CoreSettings::FIELDS.iter().map(row));
    section(&mut page, "`[databases.NAME]`", databases().into_iter());
    for (name, fields) in sections() {
        section(&mut page, &format!("`[{name}]`"), fields.iter().map(row));
    }
    section(&mut page, "`[limits]`", limits().into_iter().map(|(key, rest)| format!("| `{key}` | integer | {rest} |")));
    section(&mut page, "`[load_utilities.\"KEY\"]`", load_utilities().into_iter());
    for (title, fields) in plugins() {
        section(&mut page, &title, fields.iter().map(row));
    }
    page
}

fn section(page: &mut String, title: &str, rows: impl Iterator<Item = String>) {
    page.push_str(&format!("\n## {title}\n\n| key | type | default | what it is |\n| --- | --- | --- | --- |\n"));
    rows.for_each(|row| page.push_str(&(row + "\n")));
}

fn row(field: &FieldDoc) -> String {
    let key = if field.name == "*" { "(others)".to_owned() } else { format!("`{}`", field.name) };
    format!("| {key} | {} | {} | {} |", field.kind, shown(&(field.default)()), cell(field.doc))
}

/// A default; that of a table which has a section of its own stands there.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(table) if table.is_empty() || table.values().any(|v| !v.is_string()) => String::new(),
        Value::Object(table) => table.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
        value => format!("`{}`", cell(&value.to_string())),
    }
}

/// A doc comment as one cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// The fields of a struct with their doc comments, as they stand in its source.
fn documented(source: &str, name: &str) -> Vec<(String, String, String)> {
    let body =
        source.split(&format!("pub struct {name} {{\n")).nth(1).expect("the struct").split("\n}").next().unwrap();
    let (mut fields, mut doc) = (Vec::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            doc.push_str(words);
        } else if let Some((field, kind)) = line.strip_prefix("pub ").and_then(|l| l.split_once(": ")) {
            fields.push((field.to_owned(), kind.trim_end_matches(',').to_owned(), std::mem::take(&mut doc)));
        }
    }
    fields
}

fn databases() -> Vec<String> {
    let defaults = serde_json::to_value(DatabaseSection::default()).unwrap();
    let fields = documented(&text("crates/guillotina-content/src/settings/databases.rs"), "DatabaseSection");
    let written = fields.into_iter().filter(|(name, _, _)| name != "other");
    let row = |(name, kind, doc): (String, String, String)| {
        let kind = match kind.as_str() {
            "bool" => "boolean",
            "usize" | "u64" => "integer",
            _ => "string",
        };
        format!("| `{name}` | {kind} | {} | {} |", shown(&defaults[name.as_str()]), cell(&doc))
    };
    written.map(row).collect()
}

/// The limits of the server: key, and the rest of its row.
pub fn limits() -> Vec<(String, String)> {
    let source = text("crates/guillotina-http/src/wire/limits.rs");
    let defaults = source.split("impl Default for Limits").nth(1).expect("the defaults");
    let value = |name: &str| {
        let after = defaults.split(&format!(" {name}: ")).nth(1).expect("the default of a limit");
        let product = after.split(',').next().unwrap().split('*');
        product.map(|factor| factor.trim().replace('_', "").parse::<u64>().expect("a number")).product::<u64>()
    };
    let fields = documented(&source, "Limits").into_iter();
    fields.map(|(name, _, doc)| (name.clone(), format!("`{}` | {}", value(&name), cell(&doc)))).collect()
}

/// The keys of an entry of `load_utilities`.
fn load_utilities() -> Vec<String> {
    let source = text("crates/guillotina-content/src/start/utilities.rs");
    let body = source.split("struct UtilitySection {\n").nth(1).expect("the struct").split("\n}").next().unwrap();
    let (mut rows, mut doc) = (Vec::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            doc.push_str(words);
        } else if let Some((name, kind)) = line.split_once(": ").filter(|_| !line.starts_with('#')) {
            let (kind, default) = match kind.trim_end_matches(',') {
                "bool" => ("boolean", "`true`"),
                "Map<String, Value>" => ("table", ""),
                _ => ("string", ""),
            };
            rows.push(format!("| `{name}` | {kind} | {default} | {} |", cell(&std::mem::take(&mut doc))));
        }
    }
    rows
}

/// What the plugins of this repository bring: sections, and settings of utilities.
fn plugins() -> Vec<(String, &'static [FieldDoc])> {
    let ours: Vec<String> =
        crates("plugins").iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let mut found: Vec<(String, &'static [FieldDoc])> = Vec::new();
    for registration in collect().into_iter().filter(|r| ours.iter().any(|krate| krate == r.place.krate)) {
        match &registration.kind {
            Kind::Settings(decl) => {
                found.push((format!("`[{}]` ({})", decl.section, registration.place.krate), decl.fields))
            }
            Kind::Utility(decl) if !decl.settings.is_empty() => {
                found.push((format!("`settings` of the factory `{}`", registration.place.dotted()), decl.settings));
            }
            _ => {}
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn every_table_of_the_root_is_described() {
    let elsewhere = ["databases", "limits", "load_utilities", "storages", "managers_roles", "static", "jsapps"];
    for field in CoreSettings::FIELDS.iter().filter(|field| field.kind == "table") {
        let known = sections().iter().any(|(name, _)| *name == field.name) || elsewhere.contains(&field.name);
        assert!(known, "add the section {} to docs/settings.md, in the function `sections` of this file", field.name);
    }
}

#[test]
fn the_settings_page_is_what_the_code_says() {
    let (path, page) = (root().join("docs/settings.md"), generated());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(written.lines().chain(std::iter::repeat(""))).find(|(made, found)| made != found);
    assert!(
        page == written,
        "docs/settings.md is not what the code says, first here: {differs:?}; \
         UPDATE_DOCS=1 cargo test -p guillotina-tests --test docs writes it"
    );
}

#[test]
fn the_shipped_settings_are_the_generated_ones() {
    let folder = tempfile::TempDir::new().unwrap();
    let made = guillotina_tests::run(guillotina_tests::Binary::Guillotina, folder.path(), &["generate-settings"]);
    assert_eq!(made.code, Some(0), "{}", made.all());
    let path = root().join("settings.toml");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made.stdout).unwrap();
    }
    let shipped = std::fs::read_to_string(&path).unwrap();
    assert!(
        shipped == made.stdout,
        "settings.toml is not what `guillotina generate-settings` prints; \
         UPDATE_DOCS=1 cargo test -p guillotina-tests --test docs writes it"
    );
}

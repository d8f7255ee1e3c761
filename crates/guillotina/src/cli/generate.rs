//! `guillotina generate-settings`: the settings file that a server starts with. It is made from what the code says about its
//! settings, so that it cannot drift.

use super::list::say;
use crate::naming::application_of;
use crate::plugin::Plugin;
use crate::registration::{Kind, Registration, collect};
use guillotina_http::provision::ContainerSpec;
use guillotina_http::settings::{
    Admin, CoreSettings, Cors, DatabaseSection, JwkSection, Jwt, Logs, RootUser, ServerSettings, ShutdownSettings,
    UtilitiesSettings,
};
use guillotina_settings::{FieldDoc, Section};
use serde_json::Value;
use std::process::ExitCode;

/// Columns of a comment.
const WIDTH: usize = 118;

const HEAD: &str = "\
# The settings that the server starts with; `guillotina generate-settings` prints this file. A line that begins with `#` and a
# key shows the key with its default: remove the `#` to set it, and that of the [section] above it. A key without a default
# shows its type instead.
#
# `guillotina check` finds mistakes. A value can be set for one run with `--override a.b=c`, or with an environment variable:
# G_ROOT_USER__PASSWORD.
";

const PROVISION: &str = "\
# Made at the start when they are missing; what exists is never changed.
[[provision.containers]]
database = \"db\"
id = \"container\"
title = \"Guillotina\"
";

const USERS: &str = "\
users = [
    { id = \"alice\", password = \"alice\", email = \"alice@example.com\", roles = [\"guillotina.Member\"] },
    { id = \"bob\", password = \"bob\", email = \"bob@example.com\", roles = [\"guillotina.Member\"] },
]
";

/// Keys of a database that are not set, with what they are for.
const DATABASE: [(&str, &str); 7] = [
    ("synchronous", "What a commit survives: \"full\" a power cut, \"normal\" a crash of the process."),
    ("readers", "How many transactions can read from the disk at a time."),
    ("wait_ms", "How long a request waits for a connection, for the writer or for its turn, else 503. Milliseconds."),
    ("cache_bytes", "Size of the object cache. Bytes."),
    ("read_only", "Refuses every write."),
    ("stream_frames", "Frames of streams that are kept for clients that come back."),
    ("stream_age_s", "How long frames of streams are kept. Seconds."),
];

/// Keys at the root that have a section of their own.
const SECTIONS: [&str; 12] = [
    "root_user",
    "databases",
    "jwt",
    "jwk",
    "cors",
    "server_settings",
    "load_utilities",
    "utilities",
    "shutdown",
    "admin",
    "logs",
    "provision",
];

/// Runs the command.
pub fn generate(plugins: &[&'static Plugin]) -> ExitCode {
    say(text(plugins).trim_end());
    ExitCode::SUCCESS
}

/// The file for a server with these plugins.
fn text(plugins: &[&'static Plugin]) -> String {
    let linked: Vec<&'static Registration> = collect().into_iter().filter(|r| is_of(r, plugins)).collect();
    let mut file = HEAD.to_owned();
    root(&mut file, plugins);
    section(&mut file, "root_user", RootUser::FIELDS, &[("password", "\"root\"")]);
    comment(
        &mut file,
        "It is accepted on a loopback address only: change it before anybody else can reach the server.",
    );
    databases(&mut file);
    for (name, fields) in [
        ("jwt", Jwt::FIELDS),
        ("jwk", JwkSection::FIELDS),
        ("cors", Cors::FIELDS),
        ("server_settings", ServerSettings::FIELDS),
        ("utilities", UtilitiesSettings::FIELDS),
        ("shutdown", ShutdownSettings::FIELDS),
        ("admin", Admin::FIELDS),
        ("logs", Logs::FIELDS),
    ] {
        section(&mut file, name, fields, &[]);
    }
    for registration in &linked {
        if let Kind::Settings(decl) = &registration.kind {
            section(&mut file, decl.section, decl.fields, &[]);
        }
    }
    for plugin in plugins {
        utilities(&mut file, plugin, &linked);
    }
    provision(&mut file, plugins, &linked);
    file
}

/// Whether an item belongs to one of the plugins or to the framework.
fn is_of(registration: &Registration, plugins: &[&'static Plugin]) -> bool {
    let application = application_of(registration.place.module.split("::").next().unwrap_or_default());
    application == "guillotina" || plugins.iter().any(|plugin| plugin.name == application)
}

/// The keys at the root that have no section of their own.
fn root(file: &mut String, plugins: &[&'static Plugin]) {
    let names: Vec<String> = plugins.iter().map(|plugin| format!("{:?}", plugin.name)).collect();
    let applications = format!("[{}]", names.join(", "));
    let set = [("applications", applications.as_str()), ("host", "\"127.0.0.1\""), ("port", "8080")];
    let single = CoreSettings::FIELDS.iter().filter(|field| field.name != "*" && !SECTIONS.contains(&field.name));
    for field in single {
        file.push('\n');
        key(file, field, &set);
    }
}

fn databases(file: &mut String) {
    file.push_str("\n# Databases by name, each served at /{name}.\n[databases.db]\nstorage = \"sqlite\"\npath = \"data/guillotina.db\"\n");
    let defaults = serde_json::to_value(DatabaseSection::default()).unwrap_or_default();
    for (name, doc) in DATABASE {
        comment(file, doc);
        file.push_str(&format!("#{name} = {}\n", toml_of(&defaults[name])));
    }
}

/// A section with all its keys; the header is a comment too when no key is set.
fn section(file: &mut String, name: &str, fields: &[FieldDoc], set: &[(&str, &str)]) {
    let mark = if set.is_empty() { "#" } else { "" };
    file.push_str(&format!("\n{mark}[{name}]\n"));
    for field in fields.iter().filter(|field| field.name != "*") {
        key(file, field, set);
    }
}

/// One key: as it is set, else a comment with its default.
fn key(file: &mut String, field: &FieldDoc, set: &[(&str, &str)]) {
    comment(file, field.doc);
    let FieldDoc { name, kind, default, .. } = field;
    match (set.iter().find(|(key, _)| key == name), default()) {
        (Some((_, value)), _) => file.push_str(&format!("{name} = {value}\n")),
        (None, Value::Null) => file.push_str(&format!("#{name} = <{kind}>\n")),
        (None, value) => file.push_str(&format!("#{name} = {}\n", toml_of(&value))),
    }
}

/// The settings of the utilities that a plugin loads.
fn utilities(file: &mut String, plugin: &Plugin, linked: &[&'static Registration]) {
    // A plugin's own file that is wrong is found by `check`, with its place.
    let Ok(shipped) = plugin.settings.parse::<toml::Table>() else { return };
    for (name, entry) in shipped.get("load_utilities").and_then(toml::Value::as_table).into_iter().flatten() {
        let factory = entry.get("factory").and_then(toml::Value::as_str).unwrap_or_default();
        let found = linked.iter().find_map(|registration| match &registration.kind {
            Kind::Utility(decl) if registration.place.dotted() == factory => Some(decl),
            _ => None,
        });
        if let Some(decl) = found.filter(|decl| !decl.settings.is_empty()) {
            section(file, &format!("load_utilities.{name:?}.settings"), decl.settings, &[]);
        }
    }
}

/// A container with all add-ons, and with two users where an application keeps users.
fn provision(file: &mut String, plugins: &[&'static Plugin], linked: &[&'static Registration]) {
    let addons = plugins.iter().flat_map(|plugin| {
        linked.iter().filter(|r| r.place.krate == plugin.krate).filter_map(|registration| match &registration.kind {
            Kind::Addon(decl) => Some(format!("{:?}", decl.name)),
            _ => None,
        })
    });
    let addons: Vec<String> = addons.collect();
    let keeps_users = linked.iter().any(|r| matches!(&r.kind, Kind::ContentType(decl) if decl.type_name == "User"));
    file.push('\n');
    file.push_str(PROVISION);
    file.push_str(&format!("addons = [{}]\n", addons.join(", ")));
    if keeps_users {
        file.push_str(USERS);
    }
    for field in ContainerSpec::FIELDS.iter().filter(|field| ["type_name", "content"].contains(&field.name)) {
        key(file, field, &[]);
    }
}

/// A doc comment as lines of a comment.
fn comment(file: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= WIDTH {
            file.push_str(&line);
            file.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    file.push_str(&line);
    file.push('\n');
}

/// A default as TOML on one line.
fn toml_of(value: &Value) -> String {
    match toml::Value::try_from(value) {
        Ok(value) => value.to_string(),
        // What TOML does not have, such as null inside a list, no default has.
        Err(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_database_is_explained() {
        let defaults = serde_json::to_value(DatabaseSection::default()).unwrap();
        let set = ["storage", "path", "filename"];
        let keys = defaults.as_object().unwrap().keys().filter(|key| !set.contains(&key.as_str()));
        let explained = DATABASE.map(|(name, _)| name);
        assert!(keys.clone().all(|key| explained.contains(&key.as_str())), "{defaults}");
        assert_eq!(keys.count(), explained.len());
    }

    #[test]
    fn every_table_of_the_root_has_a_section_or_stands_there() {
        for table in CoreSettings::FIELDS.iter().filter(|field| field.kind == "table") {
            let file = text(&[]);
            let found = [format!("[{}]", table.name), format!("[{}.", table.name), format!("#{} = ", table.name)];
            let is_there = found.iter().any(|form| file.contains(form.as_str()));
            assert!(is_there || table.name == "load_utilities", "{} is missing", table.name);
        }
    }

    #[test]
    fn comments_are_broken_between_words() {
        let mut file = String::new();
        comment(&mut file, &"word ".repeat(30));
        assert_eq!(file.lines().count(), 2);
        assert!(file.lines().all(|line| line.starts_with("# word") && line.len() <= WIDTH));
    }
}

//! Commands that start nothing: `check`, `list-components`, `gen-key`.

use super::args::{Check, GenKey, ListComponents};
use super::print_error;
use crate::indexes::IndexInfo;
use crate::naming::application_of;
use crate::registration::{KINDS, Kind, Place, Registration};
use crate::start::Configured;
use guillotina_http::types::TypeRegistry;
use guillotina_security::auth::Jwk;
use serde_json::{Value, json};
use std::io::Write;
use std::process::ExitCode;

/// Prints a line; a reader that has gone away is no error.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// `guillotina check`, when nothing was wrong.
pub fn check(configured: &Configured, wanted: &Check) -> ExitCode {
    let warnings = configured.diagnostics();
    if wanted.json {
        say(&warnings.to_json().to_string());
        return ExitCode::SUCCESS;
    }
    super::print_diagnostics(warnings);
    let applications: Vec<&str> = configured.components().applications.iter().map(|a| a.name.as_str()).collect();
    say(&format!("the settings are good; applications: {}", applications.join(", ")));
    ExitCode::SUCCESS
}

/// `guillotina list-components`.
pub fn components(configured: &Configured, wanted: &ListComponents) -> ExitCode {
    let applications = configured.components().applications.iter().map(|a| a.name.as_str());
    let mistake = unknown("kind of component", wanted.kind.as_deref(), KINDS.into_iter())
        .or_else(|| unknown("enabled application", wanted.application.as_deref(), applications));
    if let Some(mistake) = mistake {
        print_error(&mistake);
        return ExitCode::from(2);
    }
    let rows: Vec<Value> = configured
        .components()
        .registrations
        .iter()
        .filter(|r| wanted.kind.as_deref().is_none_or(|kind| kind == r.kind.word()))
        .filter(|r| wanted.application.as_deref().is_none_or(|name| name == application(&r.place)))
        .map(|r| row(r, &configured.components().types))
        .collect();
    if wanted.json {
        say(&Value::Array(rows).to_string());
        return ExitCode::SUCCESS;
    }
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let width = |key: &str| rows.iter().map(|row| text(row, key).chars().count()).max().unwrap_or_default();
    let (titles, applications) = (width("title").min(WIDEST), width("application"));
    for row in &rows {
        say(&format!(
            "{:<13} {:<titles$} {:<applications$} {}",
            text(row, "kind"),
            text(row, "title"),
            text(row, "application"),
            text(row, "place")
        ));
    }
    ExitCode::SUCCESS
}

/// Columns that a title may take before it pushes the others aside.
const WIDEST: usize = 100;

/// What to say about a word that is none of those known.
fn unknown<'a>(what: &str, word: Option<&str>, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let word = word.filter(|word| !known.clone().any(|name| name == *word))?;
    let help = match guillotina_settings::nearest(word, known.clone()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("there is: {}", known.collect::<Vec<_>>().join(", ")),
    };
    Some(format!("{word:?} is no {what}; {help}"))
}

/// The application that an item belongs to.
pub(super) fn application(place: &Place) -> &str {
    application_of(place.module.split("::").next().unwrap_or_default())
}

fn row(registration: &Registration, types: &TypeRegistry) -> Value {
    let place = &registration.place;
    let mut row = json!({
        "kind": registration.kind.word(),
        "name": place.dotted(),
        "title": title(registration),
        "application": application(place),
        "place": place.to_string(),
        "doc": place.doc,
    });
    let said = match &registration.kind {
        Kind::ContentType(decl) => types.get(decl.type_name).map(|kind| (&kind.schema, &kind.indexes, &kind.metadata)),
        Kind::Behavior(decl) => {
            types.behavior((decl.vtable.interface)()).map(|info| (&info.schema, &info.indexes, &info.metadata))
        }
        _ => None,
    };
    if let Some((schema, indexes, metadata)) = said {
        row["fields"] = schema.fields.iter().map(|field| &*field.name).collect();
        row["invariants"] = schema.invariants.iter().map(|invariant| &*invariant.name).collect();
        row["indexes"] = Value::Object(indexes.iter().map(|index| (index.name.clone(), shown(index))).collect());
        row["metadata"] = json!(metadata);
    }
    row
}

fn shown(index: &IndexInfo) -> Value {
    json!({
        "type": index.kind.as_str(),
        "fields": index.fields,
        "accessor": index.accessor.is_some(),
        "store": index.store,
    })
}

/// What people call the component: what stands on the wire or in the settings.
pub(super) fn title(registration: &Registration) -> String {
    match &registration.kind {
        Kind::Interface(interface) | Kind::Event(interface) => interface().name().to_owned(),
        Kind::ContentType(decl) => decl.type_name.to_owned(),
        Kind::Behavior(decl) => (decl.vtable.interface)().name().to_owned(),
        Kind::Service(decl) => format!("{} {} on {}", decl.method.as_str(), or_itself(decl.name), (decl.context)()),
        Kind::WebSocket(decl) => format!("{} on {}", decl.name, (decl.context)()),
        Kind::Adapter(decl) => {
            let required: Vec<&str> = decl.required.iter().map(|r| r().name()).collect();
            let name = if decl.name.is_empty() { String::new() } else { format!(" named {:?}", decl.name) };
            format!("({}) → {}{name}", required.join(", "), (decl.provides)())
        }
        Kind::Subscriber(decl) => {
            let events: Vec<&str> = decl.events.iter().map(|e| e().name()).collect();
            format!("({}, {})", (decl.context)(), events.join(" | "))
        }
        Kind::Utility(decl) => {
            let provides: Vec<&str> = decl.provides.iter().map(|p| p().name()).collect();
            format!("{} → {}", registration.place.dotted(), provides.join(", "))
        }
        Kind::Addon(decl) => decl.name.to_owned(),
        Kind::Settings(decl) => decl.section.to_owned(),
        Kind::Command(decl) => decl.name.to_owned(),
        Kind::Role(role) => role.id().to_owned(),
        Kind::Permission(decl) => decl.permission.id().to_owned(),
        Kind::Grant(decl) => {
            let permissions: Vec<&str> = decl.permissions.iter().map(|p| p.id()).collect();
            format!("{}: {}", decl.role, permissions.join(", "))
        }
        Kind::Application(plugin) => plugin.name.to_owned(),
        Kind::StaticFiles(decl) => format!("{} files at /{}/", decl.files.len(), decl.path),
    }
}

fn or_itself(name: &str) -> &str {
    if name.is_empty() { "the object itself" } else { name }
}

/// `guillotina gen-key` (row G-010).
pub fn gen_key(wanted: &GenKey) -> ExitCode {
    if wanted.key_size != 256 || wanted.key_type != "oct" {
        print_error("the server's tokens use keys of 256 bits of the type oct: leave out --key-size and --key-type");
        return ExitCode::from(2);
    }
    let key = match Jwk::generate() {
        Ok(key) => key,
        Err(error) => {
            print_error(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    if wanted.json {
        say(&json!({"k": key.k(), "kty": "oct"}).to_string());
    } else {
        say(&format!("[jwk]\nk = \"{}\"\nkty = \"oct\"", key.k()));
    }
    ExitCode::SUCCESS
}

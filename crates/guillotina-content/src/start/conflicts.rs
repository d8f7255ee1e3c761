//! Two registrations for the same thing: a mistake inside one application, an override across two of them.

use super::linked::{Entry, Linked};
use super::{code_origin, is_core, routes};
use crate::registration::{AdapterDecl, InterfaceFn, Kind, Method, Registration};
use guillotina_component::InterfaceId;
use guillotina_settings::{Code, Diagnostic, Diagnostics};
use rustc_hash::FxHashMap;

/// What can be registered once.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Adapter(Vec<InterfaceId>, InterfaceId, &'static str),
    View { context: InterfaceId, method: Method, key: String, layer: Option<InterfaceId> },
    Named(&'static str, String),
}

/// What is effective: all registrations but those that another application overrides, in the same order.
pub(super) fn winners(
    enabled: &[Entry],
    linked: &Linked,
    explicit: &[String],
    diagnostics: &mut Diagnostics,
) -> Vec<Entry> {
    let mut first: FxHashMap<Key, usize> = FxHashMap::default();
    let mut kept: Vec<Option<Entry>> = Vec::with_capacity(enabled.len());
    for (at, entry) in enabled.iter().enumerate() {
        let Some(key) = key(entry.registration) else {
            kept.push(Some(*entry));
            continue;
        };
        let earlier = first.get(&key).and_then(|at| kept[*at]);
        match earlier {
            Some(earlier) if same(earlier, *entry) => kept.push(None),
            Some(earlier) => {
                diagnostics.push(judge(earlier, *entry, linked, explicit));
                first.insert(key, at).and_then(|at| kept[at].take());
                kept.push(Some(*entry));
            }
            None => {
                first.insert(key, at);
                kept.push(Some(*entry));
            }
        }
    }
    kept.into_iter().flatten().collect()
}

/// Two applications may declare the same role or permission: they mean the same.
fn same(earlier: Entry, later: Entry) -> bool {
    earlier.application != later.application
        && match (&earlier.registration.kind, &later.registration.kind) {
            (Kind::Role(a), Kind::Role(b)) => a == b,
            (Kind::Permission(a), Kind::Permission(b)) => a.permission == b.permission,
            _ => false,
        }
}

fn judge(earlier: Entry, later: Entry, linked: &Linked, explicit: &[String]) -> Diagnostic {
    let what = describe(later.registration);
    let (place, other) = (code_origin(later.registration), code_origin(earlier.registration));
    if earlier.application == later.application {
        let message = format!("{what} is registered twice in the application \"{}\"", later.application);
        return Diagnostic::error(Code::CONFLICT, message, place)
            .help("remove one of them")
            .related("the other one", other);
    }
    let named = |application: &str| explicit.iter().any(|name| name == application);
    let reason = if linked.requires(later.application, earlier.application) {
        format!("since it {} it", if is_core(earlier.application) { "extends" } else { "requires" })
    } else if named(earlier.application) && named(later.application) {
        "since it stands after it in `applications`".to_owned()
    } else {
        let message = format!("\"{}\" and \"{}\" both register {what}", earlier.application, later.application);
        let help = format!(
            "put both into `applications`, the one that shall win last: [\"{}\", \"{}\"]",
            earlier.application, later.application
        );
        return Diagnostic::error(Code::CONFLICT, message, place).help(help).related("the other one", other);
    };
    let message = format!("\"{}\" overrides {what} of \"{}\", {reason}", later.application, earlier.application);
    Diagnostic::info(Code::OVERRIDE, message, place).related("overridden", other)
}

fn id(interface: InterfaceFn) -> InterfaceId {
    interface().id()
}

fn key(registration: &Registration) -> Option<Key> {
    let named = |name: &str| Some(Key::Named(registration.kind.word(), name.to_owned()));
    match &registration.kind {
        Kind::Adapter(decl) => {
            Some(Key::Adapter(decl.required.iter().map(|i| id(*i)).collect(), id(decl.provides), decl.name))
        }
        Kind::Service(decl) => {
            let key = routes::route_key(decl.name).unwrap_or_else(|_| decl.name.to_owned());
            Some(Key::View { context: id(decl.context), method: decl.method, key, layer: decl.layer.map(id) })
        }
        Kind::WebSocket(decl) => {
            let key = routes::route_key(decl.name).unwrap_or_else(|_| decl.name.to_owned());
            Some(Key::View { context: id(decl.context), method: Method::GET, key, layer: None })
        }
        Kind::Utility(_) => named(&registration.place.dotted()),
        Kind::ContentType(decl) => named(decl.type_name),
        Kind::Behavior(decl) => named((decl.vtable.interface)().name()),
        Kind::Addon(decl) => named(decl.name),
        Kind::Command(decl) => named(decl.name),
        Kind::Role(role) => named(role.id()),
        Kind::Permission(decl) => named(decl.permission.id()),
        Kind::Settings(decl) => named(decl.section),
        Kind::StaticFiles(decl) => named(decl.path),
        Kind::Application(_) | Kind::Interface(_) | Kind::Subscriber(_) | Kind::Event(_) | Kind::Grant(_) => None,
    }
}

fn describe(registration: &Registration) -> String {
    let view = |method: &str, name: &str, context: InterfaceFn| {
        let name = if name.is_empty() { String::new() } else { format!(" {name}") };
        format!("the service {method}{name} on {}", context().name())
    };
    match &registration.kind {
        Kind::Adapter(decl) => describe_adapter(decl),
        Kind::Service(decl) => view(decl.method.as_str(), decl.name, decl.context),
        Kind::WebSocket(decl) => view("GET", decl.name, decl.context),
        Kind::Utility(_) => format!("the factory {}", registration.place.dotted()),
        Kind::ContentType(decl) => format!("the content type \"{}\"", decl.type_name),
        Kind::Behavior(decl) => format!("the behaviour {}", (decl.vtable.interface)().name()),
        Kind::Addon(decl) => format!("the add-on \"{}\"", decl.name),
        Kind::Command(decl) => format!("the command \"{}\"", decl.name),
        Kind::Role(role) => format!("the role \"{}\"", role.id()),
        Kind::Permission(decl) => format!("the permission \"{}\"", decl.permission.id()),
        Kind::Settings(decl) => format!("the section [{}]", decl.section),
        Kind::StaticFiles(decl) => format!("the files at /{}/", decl.path),
        _ => format!("{} `{}`", registration.kind.word(), registration.place.item),
    }
}

fn describe_adapter(decl: &AdapterDecl) -> String {
    let required: Vec<&str> = decl.required.iter().map(|interface| interface().name()).collect();
    let name = if decl.name.is_empty() { String::new() } else { format!(" named \"{}\"", decl.name) };
    format!("the adapter from ({}) to {}{name}", required.join(", "), (decl.provides)().name())
}

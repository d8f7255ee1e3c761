//! `load_utilities` (row W-001): which factory makes what, under which interface and name.

use super::linked::{Entry, Linked, enable};
use super::{code_origin, suggestion};
use crate::naming::normalise;
use crate::registration::{Kind, Place, UtilityDecl};
use guillotina_component::Interface;
use guillotina_macros::settings;
use guillotina_settings::{Code, Diagnostic, Diagnostics, Node, Origin, Settings};
use serde_json::{Map, Value};

/// Guillotina's own factories that are not in this version; a file that names them loads all the same.
const NOT_IN_THIS_VERSION: &[&str] = &[
    "guillotina.async_util.AsyncJobPool",
    "guillotina.async_util.QueueUtility",
    "guillotina.catalog.catalog.DefaultSearchUtility",
    "guillotina.contrib.cache.utility.CacheUtility",
    "guillotina.contrib.catalog.pg.utility.PGSearchUtility",
    "guillotina.contrib.email_validation.utility.EmailValidationUtility",
    "guillotina.contrib.mailer.utility.MailerUtility",
    "guillotina.contrib.mcp.backend.MCPToolRegistry",
    "guillotina.contrib.pubsub.utility.PubSubUtility",
    "guillotina.contrib.redis_session.utility.RedisSessionManagerUtility",
    "guillotina.contrib.templates.utility.JinjaUtility",
    "guillotina.contrib.workflows.utility.WorkflowUtility",
];

/// One entry of `load_utilities`, as it is written.
#[settings]
struct UtilitySection {
    /// The interface that it is asked for by; without it, all that the factory provides.
    #[default]
    provides: Option<String>,
    /// The dotted name of the factory.
    #[default]
    factory: Option<String>,
    /// The utility's own settings.
    #[default]
    settings: Map<String, Value>,
    /// The name that tells it from others that provide the same.
    #[default]
    name: String,
    /// Whether it is made at all.
    #[default(true)]
    enabled: bool,
}

/// A utility that will be created.
#[derive(Clone)]
pub struct LoadedUtility {
    /// Its key in `load_utilities`.
    pub key: String,
    /// Its factory.
    pub decl: &'static UtilityDecl,
    /// Where the factory is written.
    pub place: Place,
    /// The interfaces that it is registered for.
    pub provides: Vec<Interface>,
    /// Its name; mostly empty.
    pub name: String,
    /// Where the entry stands in the settings.
    pub origin: Origin,
}

impl LoadedUtility {
    /// Whether it answers for an interface.
    pub(super) fn answers(&self, interface: &Interface) -> bool {
        self.provides.iter().any(|provided| provided.is_or_extends(interface))
    }
}

/// The factories among some registrations, by dotted name.
pub(super) fn factories<'a>(
    entries: impl Iterator<Item = &'a Entry>,
) -> Vec<(String, &'static UtilityDecl, &'a Entry)> {
    let factory = |entry: &'a Entry| match &entry.registration.kind {
        Kind::Utility(decl) => Some((entry.registration.place.dotted(), decl, entry)),
        _ => None,
    };
    entries.filter_map(factory).collect()
}

/// What the entries of `load_utilities` come to.
#[derive(Default)]
pub(super) struct Resolved {
    /// The utilities that are to be created, in the order of the settings.
    pub(super) loaded: Vec<LoadedUtility>,
    /// The interfaces of entries that cannot be made, which was said already.
    pub(super) refused: Vec<Interface>,
    /// Entries with `enabled = false`.
    pub(super) off: Vec<SwitchedOff>,
}

/// An entry of `load_utilities` with `enabled = false`.
pub(super) struct SwitchedOff {
    /// Its key.
    pub(super) key: String,
    /// What it would provide.
    provides: Vec<Interface>,
    /// Where `enabled` stands.
    pub(super) origin: Origin,
}

impl SwitchedOff {
    /// Whether it would answer for an interface.
    pub(super) fn would_answer(&self, interface: &Interface) -> bool {
        self.provides.iter().any(|provided| provided.is_or_extends(interface))
    }
}

/// Sorts out the entries of `load_utilities`; the settings of those that are to be created are checked.
pub(super) fn resolve(
    settings: &Settings,
    winners: &[Entry],
    linked: &Linked,
    diagnostics: &mut Diagnostics,
) -> Resolved {
    let mut resolver = Resolver { settings, winners, linked, diagnostics, resolved: Resolved::default() };
    for (key, node) in settings.get(&["load_utilities"]).and_then(Node::as_table).into_iter().flatten() {
        let (errors, _) = resolver.diagnostics.counts();
        if let Some(utility) = resolver.entry(key, node) {
            resolver.resolved.loaded.push(utility);
        } else if resolver.diagnostics.counts().0 > errors {
            let promised = resolver.promised(node);
            resolver.resolved.refused.extend(promised);
        }
    }
    let Resolver { diagnostics, resolved, .. } = resolver;
    check_clashes(&resolved.loaded, diagnostics);
    resolved
}

fn check_clashes(loaded: &[LoadedUtility], diagnostics: &mut Diagnostics) {
    for (at, later) in loaded.iter().enumerate() {
        let clash = loaded[..at]
            .iter()
            .find(|earlier| earlier.name == later.name && earlier.provides.iter().any(|i| later.provides.contains(i)));
        if let Some(earlier) = clash {
            let message = format!(
                "utilities \"{}\" and \"{}\" provide the same interface under the same name",
                earlier.key, later.key
            );
            let mistake = Diagnostic::error(Code::CONFLICT, message, later.origin.clone());
            let mistake = mistake.help("give one of them a `name`, or take it out with `enabled = false`");
            diagnostics.push(mistake.related(format!("\"{}\" is here", earlier.key), earlier.origin.clone()));
        }
    }
}

struct Resolver<'a> {
    settings: &'a Settings,
    winners: &'a [Entry],
    linked: &'a Linked,
    diagnostics: &'a mut Diagnostics,
    resolved: Resolved,
}

impl Resolver<'_> {
    fn entry(&mut self, key: &str, node: &Node) -> Option<LoadedUtility> {
        let section: UtilitySection = self.settings.section(&["load_utilities", key], self.diagnostics)?;
        if !section.enabled {
            tracing::debug!(utility = key, "not made: `enabled = false`");
            let origin = node.get("enabled").map_or(&node.key, |enabled| &enabled.origin).clone();
            self.resolved.off.push(SwitchedOff { key: key.to_owned(), provides: self.promised(node), origin });
            return None;
        }
        let Some(factory) = section.factory else {
            let message = format!("utility \"{key}\" has no factory");
            let help = format!(
                "add `factory = \"…\"`, enable the application that ships it, or remove [load_utilities.\"{key}\"]"
            );
            self.diagnostics.push(Diagnostic::error(Code::MISSING_SETTING, message, node.key.clone()).help(help));
            return None;
        };
        let (decl, place) = self.factory(key, &factory, node)?;
        (decl.check_settings)(self.settings, &["load_utilities", key, "settings"], self.diagnostics);
        let provides = match &section.provides {
            None => decl.provides.iter().map(|interface| interface().clone()).collect(),
            Some(name) => vec![self.provided(name, decl, place, node)?],
        };
        Some(LoadedUtility { key: key.to_owned(), decl, place, provides, name: section.name, origin: node.key.clone() })
    }

    /// The interfaces that an entry is written for, as far as can be told: that of its `provides` and those of its
    /// factory. What has a name is injected nowhere.
    fn promised(&self, node: &Node) -> Vec<Interface> {
        let text = |key: &str| node.get(key).and_then(Node::as_str).map(normalise);
        let mut promised = Vec::new();
        if text("name").is_some_and(|name| !name.is_empty()) {
            return promised;
        }
        if let Some(name) = text("provides") {
            promised.extend(interfaces(self.linked).filter(|interface| interface.name() == name).cloned());
        }
        if let Some(name) = text("factory") {
            let all = factories(self.linked.registrations().iter());
            let near = guillotina_settings::nearest(&name, all.iter().map(|(known, _, _)| known.as_str()));
            let meant = all.iter().filter(|(known, _, _)| *known == name || Some(known.as_str()) == near);
            promised.extend(meant.flat_map(|(_, decl, _)| decl.provides).map(|interface| interface().clone()));
        }
        promised
    }

    fn factory(&mut self, key: &str, written: &str, node: &Node) -> Option<(&'static UtilityDecl, Place)> {
        let name = normalise(written);
        let enabled = factories(self.winners.iter());
        if let Some((_, decl, entry)) = enabled.iter().find(|(known, _, _)| *known == name) {
            return Some((decl, entry.registration.place));
        }
        let origin = node.get("factory").unwrap_or(node).origin.clone();
        if let Some((_, _, entry)) =
            factories(self.linked.disabled(self.winners)).iter().find(|(known, _, _)| *known == name)
        {
            let message = format!(
                "factory \"{written}\" belongs to the application \"{}\", which is not enabled",
                entry.application
            );
            self.diagnostics
                .push(Diagnostic::error(Code::NOT_ENABLED, message, origin).help(enable(entry.application)));
        } else if NOT_IN_THIS_VERSION.contains(&name.as_str()) {
            let message = format!("utility \"{key}\" has no effect in this version: there is no \"{written}\"");
            let warning = Diagnostic::warning(Code::UNKNOWN_FACTORY, message, origin);
            self.diagnostics.push(
                warning.help(format!("remove [load_utilities.\"{key}\"], or leave it for Guillotina's own server")),
            );
        } else {
            self.diagnostics.push(unknown_factory(written, &name, &enabled, origin));
        }
        None
    }

    fn provided(&mut self, written: &str, decl: &UtilityDecl, place: Place, node: &Node) -> Option<Interface> {
        let name = normalise(written);
        let own: Vec<&Interface> = decl.provides.iter().map(|interface| interface()).collect();
        let found = own.iter().flat_map(|i| i.resolution_order()).find(|i| i.name() == name && *i != Interface::root());
        if let Some(interface) = found {
            return Some(interface.clone());
        }
        let origin = node.get("provides").unwrap_or(node).origin.clone();
        let names: Vec<&str> = own.iter().map(|interface| interface.name()).collect();
        let mistake = if interfaces(self.linked).any(|known| known.name() == name) {
            let message = format!("factory \"{}\" does not provide {name}", place.dotted());
            Diagnostic::error(Code::NOT_PROVIDED, message, origin).help(format!("it provides: {}", names.join(", ")))
        } else {
            let help = suggestion(&name, names.iter().copied(), "write the interface's dotted name");
            Diagnostic::error(Code::UNKNOWN_INTERFACE, format!("unknown interface \"{written}\""), origin).help(help)
        };
        self.diagnostics.push(mistake.related(
            "the factory is here",
            Origin::Code { file: place.file.into(), line: place.line, what: format!("utility `{}`", place.item) },
        ));
        None
    }
}

fn unknown_factory(
    written: &str,
    name: &str,
    enabled: &[(String, &'static UtilityDecl, &Entry)],
    origin: Origin,
) -> Diagnostic {
    let names = enabled.iter().map(|(known, _, _)| known.as_str());
    let mut mistake = Diagnostic::error(Code::UNKNOWN_FACTORY, format!("unknown factory \"{written}\""), origin)
        .label("no enabled application has it")
        .see("guillotina list-components --kind utility");
    let near = guillotina_settings::nearest(name, names.clone());
    mistake.help = match near.and_then(|near| enabled.iter().find(|(known, _, _)| known == near)) {
        Some((near, _, entry)) => format!("did you mean \"{near}\" ({})?", entry.registration.place),
        None => suggestion(name, names, "enable the application that has it, or correct the name"),
    };
    if let Some((_, _, entry)) = near.and_then(|near| enabled.iter().find(|(known, _, _)| known == near)) {
        mistake = mistake.related("the nearest one", code_origin(entry.registration));
    }
    mistake
}

/// All interfaces in the binary.
fn interfaces(linked: &Linked) -> impl Iterator<Item = &'static Interface> + '_ {
    linked.registrations().iter().filter_map(|entry| match &entry.registration.kind {
        Kind::Interface(interface) => Some(interface()),
        _ => None,
    })
}

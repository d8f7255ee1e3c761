//! What handlers and utilities inject: it must be loaded before anything starts.

use super::code_origin;
use super::linked::{Entry, Linked, enable};
use super::order::{requirements_first, words};
use super::utilities::{LoadedUtility, Resolved, SwitchedOff, factories};
use crate::inject::Need;
use crate::registration::{Kind, Registration};
use guillotina_component::Interface;
use guillotina_settings::{Code, Diagnostic, Diagnostics, Origin};

/// Every utility that a handler of an enabled application, or a loaded utility, takes and that is not loaded. One
/// diagnostic for each interface, at the first of its users, since one entry in the settings corrects them all; none
/// when there is an entry whose own mistake is to be corrected first.
pub(super) fn check(winners: &[Entry], utilities: &Resolved, linked: &Linked, diagnostics: &mut Diagnostics) {
    let Resolved { loaded, refused, off } = utilities;
    let mut missing: Vec<(&'static Interface, Vec<&Entry>)> = Vec::new();
    for entry in winners {
        for interface in wanted(entry.registration, loaded) {
            let answered = loaded.iter().any(|utility| utility.name.is_empty() && utility.answers(interface));
            if answered || refused.iter().any(|promised| promised.is_or_extends(interface)) {
                continue;
            }
            match missing.iter_mut().find(|(known, _)| *known == interface) {
                Some((_, users)) => users.push(entry),
                None => missing.push((interface, vec![entry])),
            }
        }
    }
    for (interface, users) in missing {
        let mistake = describe(interface, &users);
        diagnostics.push(match off.iter().find(|entry| entry.would_answer(interface)) {
            Some(entry) => switch_on(mistake, entry),
            None => mistake.help(remedy(interface, winners, linked)),
        });
    }
}

/// The interfaces of the utilities that a registration injects.
fn wanted(registration: &'static Registration, loaded: &[LoadedUtility]) -> Vec<&'static Interface> {
    let needs = match &registration.kind {
        Kind::Adapter(decl) => decl.needs,
        Kind::Subscriber(decl) => decl.needs,
        Kind::Service(decl) => decl.needs,
        Kind::WebSocket(decl) => decl.needs,
        // A factory that nobody loads needs nothing.
        Kind::Utility(decl) if loaded.iter().any(|utility| std::ptr::eq(utility.decl, decl)) => decl.needs,
        _ => &[],
    };
    needs.iter().filter_map(|need| interface_of(need())).collect()
}

fn interface_of(need: Need) -> Option<&'static Interface> {
    match need {
        Need::Utility(interface) => Some(interface()),
        Need::Nothing => None,
    }
}

fn switch_on(mistake: Diagnostic, entry: &SwitchedOff) -> Diagnostic {
    let table = format!("[load_utilities.\"{}\"]", entry.key);
    let help = match entry.origin {
        // What an application ships is changed by what the settings say after it.
        Origin::Application { .. } => format!("add to settings.toml:  {table}  enabled = true"),
        _ => format!("remove `enabled = false` from {table}"),
    };
    mistake.help(help).related("it is switched off here", entry.origin.clone())
}

fn describe(interface: &Interface, users: &[&Entry]) -> Diagnostic {
    let place = users.first().map(|entry| code_origin(entry.registration));
    let mistake = Diagnostic::error(Code::MISSING_UTILITY, format!("missing utility {interface}"), place);
    let mistake = mistake.see("guillotina list-components --kind utility");
    users
        .iter()
        .skip(1)
        .take(8)
        .fold(mistake, |mistake, entry| mistake.related("also needed here", code_origin(entry.registration)))
}

/// The lines to add, or the application to enable.
fn remedy(interface: &Interface, winners: &[Entry], linked: &Linked) -> String {
    let provides = |decl: &crate::registration::UtilityDecl| decl.provides.iter().any(|i| i().is_or_extends(interface));
    let enabled = factories(winners.iter());
    if let Some((factory, _, _)) = enabled.iter().find(|(_, decl, _)| provides(decl)) {
        let key = factory.rsplit_once('.').map_or(factory.as_str(), |(module, _)| module);
        return format!(
            "add to settings.toml:  [load_utilities.\"{key}\"]  provides = \"{interface}\"  factory = \"{factory}\""
        );
    }
    match factories(linked.disabled(winners)).iter().find(|(_, decl, _)| provides(decl)) {
        Some((_, _, entry)) => enable(entry.application),
        None => format!(
            "link and enable an application with a factory that provides {interface}; or let the handler take Option<Utility<dyn …>>"
        ),
    }
}

/// The utilities in the order of their creation: what one takes is made before it.
pub(super) fn in_order(loaded: Vec<LoadedUtility>, diagnostics: &mut Diagnostics) -> Vec<LoadedUtility> {
    let needs = |at: usize| {
        let wanted: Vec<&Interface> = loaded[at].decl.needs.iter().filter_map(|need| interface_of(need())).collect();
        let answers =
            |other: &LoadedUtility| other.name.is_empty() && wanted.iter().any(|interface| other.answers(interface));
        loaded.iter().enumerate().filter(|(_, other)| answers(other)).map(|(at, _)| at).collect()
    };
    let sorted = requirements_first(0..loaded.len(), needs);
    for cycle in &sorted.cycles {
        let first = cycle.first().map(|at| loaded[*at].origin.clone());
        let message = format!("utilities need each other: {}", words(cycle, |at| &loaded[at].key));
        let help =
            "let one of them ask for the other when it is used, with `app.utility`, instead of naming it in `needs`";
        let mistake = Diagnostic::error(Code::CYCLE, message, first).help(help);
        let places = cycle[1..].iter().map(|at| &loaded[*at]);
        diagnostics.push(places.fold(mistake, |mistake, utility| {
            let factory = Origin::Code {
                file: utility.place.file.into(),
                line: utility.place.line,
                what: format!("utility `{}`", utility.place.item),
            };
            mistake.related(format!("the factory of \"{}\"", utility.key), factory)
        }));
    }
    sorted.order.into_iter().map(|at| loaded[at].clone()).collect()
}

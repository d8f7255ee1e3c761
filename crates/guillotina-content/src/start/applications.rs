//! Which applications are enabled, and in which order.

use super::linked::{CORE, Linked};
use super::order::{requirements_first, words};
use super::{is_core, strings};
use crate::app::Application;
use crate::plugin::Plugin;
use guillotina_settings::{Code, Diagnostic, Diagnostics, Origin, Settings};

/// The names in `applications`, each once, with their places.
pub(super) fn wanted(settings: &Settings) -> Vec<(String, Origin)> {
    let mut wanted: Vec<(String, Origin)> = Vec::new();
    for (name, node) in strings(settings, "applications") {
        if !wanted.iter().any(|(known, _)| known == name) {
            wanted.push((name.to_owned(), node.origin.clone()));
        }
    }
    wanted
}

/// The enabled applications: the framework's own, then in the order of `wanted`, each after what it requires.
pub(super) fn order(linked: &Linked, wanted: &[(String, Origin)], diagnostics: &mut Diagnostics) -> Vec<Application> {
    let find = |name: &str| linked.plugins().iter().position(|p| p.name == name);
    let mut roots = Vec::new();
    for (name, origin) in wanted.iter().filter(|(name, _)| !is_core(name)) {
        match find(name) {
            Some(plugin) => roots.push(plugin),
            None => diagnostics.push(unknown(linked, name, origin.clone())),
        }
    }
    let needs = |at: usize| linked.plugins()[at].requires.iter().filter_map(|name| find(name)).collect();
    let sorted = requirements_first(roots, needs);
    for cycle in &sorted.cycles {
        diagnostics.push(cyclic(linked, cycle));
    }
    let mut applications = vec![Application { name: CORE.to_owned(), plugin: None }];
    for plugin in sorted.order.into_iter().map(|at| linked.plugins()[at]) {
        for missing in plugin.requires.iter().filter(|name| !is_core(name) && find(name).is_none()) {
            diagnostics.push(unknown_requirement(linked, plugin, missing));
        }
        if !wanted.iter().any(|(name, _)| name == plugin.name) {
            tracing::info!(application = plugin.name, "enabled, since another application requires it");
        }
        applications.push(Application { name: plugin.name.to_owned(), plugin: Some(plugin) });
    }
    applications
}

fn unknown(linked: &Linked, name: &str, origin: Origin) -> Diagnostic {
    let message = format!("application \"{name}\" is not in this binary");
    Diagnostic::error(Code::UNKNOWN_APPLICATION, message, origin)
        .label("no linked plugin has this name")
        .help(remedy(linked, name))
}

fn remedy(linked: &Linked, name: &str) -> String {
    let names: Vec<&str> = linked.plugins().iter().map(|plugin| plugin.name).collect();
    let there = match guillotina_settings::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"? Linked plugins: {}", names.join(", ")),
        None if names.is_empty() => "no plugin is linked".to_owned(),
        None => format!("linked plugins: {}", names.join(", ")),
    };
    let module = name.replace(['.', '-'], "_");
    format!(
        "{there}; to link it, add its crate to `guillotina::main![…]` (as {module}) in crates/guillotina-server/src/main.rs and rebuild"
    )
}

fn unknown_requirement(linked: &Linked, plugin: &'static Plugin, missing: &str) -> Diagnostic {
    let message = format!("application \"{}\" requires \"{missing}\", which is not in this binary", plugin.name);
    Diagnostic::error(Code::UNKNOWN_APPLICATION, message, linked.place(plugin)).help(remedy(linked, missing))
}

fn cyclic(linked: &Linked, cycle: &[usize]) -> Diagnostic {
    let plugin = |at: usize| linked.plugins()[at];
    let first = cycle.first().map(|at| plugin(*at));
    let message = format!("applications require each other: {}", words(cycle, |at| plugin(at).name));
    let mistake = Diagnostic::error(Code::CYCLE, message, first.and_then(|p| linked.place(p)));
    let mistake = mistake.help("take one of them out of the `requires` of the other");
    cycle.iter().skip(1).rev().skip(1).rev().fold(mistake, |mistake, at| match linked.place(plugin(*at)) {
        Some(place) => mistake.related(format!("\"{}\" is declared here", plugin(*at).name), place),
        None => mistake,
    })
}

//! What is in the binary, whether enabled or not.

use crate::app::Application;
use crate::naming::application_of;
use crate::plugin::Plugin;
use crate::registration::{Kind, Registration, collect};
use guillotina_settings::Origin;

/// The application that is always enabled.
pub(super) const CORE: &str = "guillotina";

/// A registration with the application that it belongs to.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The application's name.
    pub application: &'static str,
    /// The registration.
    pub registration: &'static Registration,
}

/// All plugins of the binary and all registrations in it, enabled or not.
pub struct Linked {
    plugins: Vec<&'static Plugin>,
    entries: Vec<Entry>,
}

impl Linked {
    pub(super) fn new(plugins: &[&'static Plugin], extra: &[(&'static Plugin, &'static [Registration])]) -> Self {
        let collected = collect().into_iter().map(|registration| Entry {
            application: application_of(registration.place.module.split("::").next().unwrap_or_default()),
            registration,
        });
        let given = extra.iter().flat_map(|(plugin, registrations)| {
            registrations.iter().map(|registration| Entry { application: plugin.name, registration })
        });
        Linked {
            plugins: plugins.iter().copied().chain(extra.iter().map(|(plugin, _)| *plugin)).collect(),
            entries: collected.chain(given).collect(),
        }
    }

    /// The plugins, in the order of `guillotina::main!`.
    pub fn plugins(&self) -> &[&'static Plugin] {
        &self.plugins
    }

    /// All registrations, those of plugins that are not enabled among them.
    pub fn registrations(&self) -> &[Entry] {
        &self.entries
    }

    /// The registrations of these applications: in the order of the applications, then by crate, file and line.
    pub(super) fn enabled(&self, applications: &[Application]) -> Vec<Entry> {
        let rank = |entry: &Entry| applications.iter().position(|a| a.name == entry.application);
        let mut ranked: Vec<(usize, Entry)> =
            self.entries.iter().filter_map(|entry| Some((rank(entry)?, *entry))).collect();
        ranked.sort_by_key(|(rank, entry)| {
            let place = &entry.registration.place;
            (*rank, place.krate, place.file, place.line, entry.registration.kind.word())
        });
        ranked.into_iter().map(|(_, entry)| entry).collect()
    }

    /// The registrations of linked plugins that are not among the enabled ones.
    pub(super) fn disabled<'a>(&'a self, enabled: &'a [Entry]) -> impl Iterator<Item = &'a Entry> {
        let linked = |entry: &&Entry| self.plugins.iter().any(|plugin| plugin.name == entry.application);
        self.entries.iter().filter(linked).filter(|entry| !enabled.iter().any(|e| e.application == entry.application))
    }

    /// Where a plugin is declared.
    pub(super) fn place(&self, plugin: &'static Plugin) -> Option<Origin> {
        let declares =
            |entry: &&Entry| matches!(entry.registration.kind, Kind::Application(p) if std::ptr::eq(p, plugin));
        let declared = self.entries.iter().find(declares)?.registration.place;
        Some(Origin::Code {
            file: declared.file.into(),
            line: declared.line,
            what: format!("application `{}`", plugin.name),
        })
    }

    /// Whether `later` requires `earlier`, directly or not; every application requires the framework's own.
    pub(super) fn requires(&self, later: &str, earlier: &str) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        let mut waiting: Vec<&str> = vec![later];
        while let Some(name) = waiting.pop() {
            let Some(plugin) = self.plugins.iter().find(|p| p.name == name).filter(|_| !seen.contains(&name)) else {
                continue;
            };
            if plugin.requires.contains(&earlier) {
                return true;
            }
            seen.push(name);
            waiting.extend(plugin.requires);
        }
        earlier == CORE && later != CORE
    }
}

/// What to write to enable an application.
pub(super) fn enable(application: &str) -> String {
    format!("enable it: add \"{application}\" to `applications`")
}

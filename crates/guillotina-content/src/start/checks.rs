//! Names in the settings that must be names of components.

use super::linked::{Entry, Linked, enable};
use super::{strings, suggestion};
use crate::app::Components;
use crate::auth::IUserIdentifier;
use crate::interfaces::IPostSerialize;
use crate::naming::normalise;
use crate::registration::Kind;
use crate::settings::CoreSettings;
use guillotina_component::{Interface, InterfaceType};
use guillotina_settings::{Code, Diagnostic, Diagnostics, Settings};

/// Checks roles, content types and user identifiers that the settings name.
pub(super) fn check(
    core: &CoreSettings,
    settings: &Settings,
    components: &Components,
    linked: &Linked,
    enabled: &[Entry],
    diagnostics: &mut Diagnostics,
) {
    let security = &components.security;
    for role in core.managers_roles.keys().filter(|role| security.role(role).is_none()) {
        let known = security.roles().iter().map(|role| role.id());
        let node = settings.get(&["managers_roles"]);
        let origin = node.map(|node| node.get(role).map_or(&node.origin, |value| &value.key).clone());
        let help = suggestion(role, known, "enable the application that declares it");
        diagnostics.push(
            Diagnostic::error(Code::BAD_VALUE, format!("unknown role \"{role}\" in `managers_roles`"), origin)
                .help(help),
        );
    }
    for (name, node) in strings(settings, "container_types").filter(|(name, _)| components.types.get(name).is_none()) {
        let known = components.types.all().iter().map(|info| &*info.name);
        let help = suggestion(name, known, "enable the application that has it");
        let message = format!("unknown content type \"{name}\" in `container_types`");
        diagnostics.push(Diagnostic::error(Code::BAD_VALUE, message, node.origin.clone()).help(help));
    }
    for list in [&IDENTIFIERS, &SERIALIZERS] {
        list.check(settings, linked, enabled, diagnostics);
    }
}

/// A setting that lists adapters by their names.
struct AdapterNames {
    key: &'static str,
    what: &'static str,
    interface: fn() -> &'static Interface,
    help: &'static str,
}

/// Row Z-013.
static IDENTIFIERS: AdapterNames = AdapterNames {
    key: "auth_user_identifiers",
    what: "user identifier",
    interface: <dyn IUserIdentifier as InterfaceType>::interface,
    help: "no enabled application finds users; enable the one that does",
};

/// Row R-009.
static SERIALIZERS: AdapterNames = AdapterNames {
    key: "post_serialize",
    what: "post-serializer",
    interface: <dyn IPostSerialize as InterfaceType>::interface,
    help: "no enabled application has one; enable the one that does, or take the name out",
};

impl AdapterNames {
    fn check(&self, settings: &Settings, linked: &Linked, enabled: &[Entry], diagnostics: &mut Diagnostics) {
        let what = self.what;
        let known = self.of(enabled.iter());
        for (written, node) in strings(settings, self.key) {
            let name = normalise(written);
            if known.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let disabled = self.of(linked.disabled(enabled));
            let mistake = if let Some((_, entry)) = disabled.iter().find(|(other, _)| *other == name) {
                let application = entry.application;
                let message =
                    format!("{what} \"{written}\" belongs to the application \"{application}\", which is not enabled");
                Diagnostic::error(Code::NOT_ENABLED, message, node.origin.clone()).help(enable(application))
            } else {
                let help = suggestion(&name, known.iter().map(|(name, _)| *name), self.help);
                let message = format!("unknown {what} \"{written}\"");
                Diagnostic::error(Code::UNKNOWN_FACTORY, message, node.origin.clone()).help(help)
            };
            diagnostics.push(mistake);
        }
    }

    /// The adapters of that interface, by name.
    fn of<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> Vec<(&'static str, &'a Entry)> {
        let interface = (self.interface)();
        let name = |entry: &'a Entry| match &entry.registration.kind {
            Kind::Adapter(decl) if (decl.provides)().is_or_extends(interface) => Some((decl.name, entry)),
            _ => None,
        };
        entries.filter_map(name).collect()
    }
}

//! The frozen components of the enabled applications.

use super::linked::Entry;
use super::order::{requirements_first, words};
use super::{code_origin, declarations, routes, suggestion};
use crate::app::{AdapterEntry, Application, Components, SubscriberEntry, View};
use crate::lookup::request_interface;
use crate::registration::{InterfaceFn, Kind, Method, Place};
use crate::types::TypeRegistry;
use guillotina_component::{AdapterRegistry, AdapterRegistryBuilder, Interface};
use guillotina_security::{RegistryError, SecurityRegistry, SecurityRegistryBuilder};
use guillotina_settings::{Code, Diagnostic, Diagnostics, Origin};
use rustc_hash::FxHashMap;

/// Puts the registrations into the registries; `winners` are those of `enabled` that no other application overrides.
pub(super) fn build(
    applications: Vec<Application>,
    enabled: &[Entry],
    winners: &[Entry],
    diagnostics: &mut Diagnostics,
) -> Components {
    let components = Components {
        applications,
        registrations: enabled.iter().map(|entry| entry.registration).collect(),
        adapters: adapters(winners),
        subscribers: subscribers(winners),
        views: views(winners, diagnostics),
        types: types(winners, diagnostics),
        security: security(winners, diagnostics),
        addons: pick(winners, |kind| if let Kind::Addon(decl) = kind { Some(decl) } else { None }),
        static_files: pick(winners, |kind| if let Kind::StaticFiles(decl) = kind { Some(decl) } else { None }),
        commands: pick(winners, |kind| if let Kind::Command(decl) = kind { Some(decl) } else { None }),
    };
    check_addons(winners, &components, diagnostics);
    components
}

/// The declarations of one kind, with their places.
fn pick<T>(winners: &[Entry], of: impl Fn(&'static Kind) -> Option<&'static T>) -> Vec<(&'static T, Place)> {
    winners.iter().filter_map(|entry| Some((of(&entry.registration.kind)?, entry.registration.place))).collect()
}

fn adapters(winners: &[Entry]) -> AdapterRegistry<AdapterEntry> {
    let mut builder = AdapterRegistryBuilder::new();
    for entry in winners {
        if let Kind::Adapter(decl) = &entry.registration.kind {
            let required: Vec<Interface> = decl.required.iter().map(|interface| interface().clone()).collect();
            builder.register(
                &required,
                (decl.provides)(),
                decl.name,
                AdapterEntry { decl, place: entry.registration.place },
            );
        }
    }
    builder.freeze()
}

fn subscribers(winners: &[Entry]) -> AdapterRegistry<SubscriberEntry> {
    let mut builder = AdapterRegistryBuilder::new();
    for entry in winners {
        if let Kind::Subscriber(decl) = &entry.registration.kind {
            for event in decl.events {
                let required = [(decl.context)().clone(), event().clone()];
                builder.subscribe(
                    &required,
                    None,
                    decl.priority,
                    SubscriberEntry { decl, place: entry.registration.place },
                );
            }
        }
    }
    builder.freeze()
}

/// Views by method, registered for (context, layer) as providing the root interface, under their view key.
fn views(winners: &[Entry], diagnostics: &mut Diagnostics) -> FxHashMap<Method, AdapterRegistry<View>> {
    let mut builders: FxHashMap<Method, AdapterRegistryBuilder<View>> =
        Method::ALL.into_iter().map(|method| (method, AdapterRegistryBuilder::new())).collect();
    for entry in winners {
        let place = entry.registration.place;
        let (method, name, context, layer, view) = match &entry.registration.kind {
            Kind::Service(decl) => (decl.method, decl.name, decl.context, decl.layer, View::Service(decl, place)),
            Kind::WebSocket(decl) => (Method::GET, decl.name, decl.context, None, View::WebSocket(decl, place)),
            _ => continue,
        };
        match routes::route_key(name) {
            Ok(key) => {
                let required =
                    [context().clone(), layer.map_or_else(request_interface, |layer: InterfaceFn| layer()).clone()];
                builders.entry(method).or_default().register(&required, Interface::root(), &key, view);
            }
            Err(why) => {
                let mistake = Diagnostic::error(
                    Code::BAD_VALUE,
                    format!("the route \"{name}\" is not one: {why}"),
                    code_origin(entry.registration),
                );
                diagnostics.push(mistake.help("routes are written as @name, @name/{segment} or @name/{rest:path}"));
            }
        }
    }
    builders.into_iter().map(|(method, builder)| (method, builder.freeze())).collect()
}

fn types(winners: &[Entry], diagnostics: &mut Diagnostics) -> TypeRegistry {
    let types = pick(winners, |kind| if let Kind::ContentType(decl) = kind { Some(decl) } else { None });
    let behaviors = pick(winners, |kind| if let Kind::Behavior(decl) = kind { Some(decl) } else { None });
    let (registry, problems) = TypeRegistry::build(&types, &behaviors);
    for (message, place) in problems {
        let origin =
            Origin::Code { file: place.file.into(), line: place.line, what: format!("content_type `{}`", place.item) };
        let help = "enable the application that has it, and name it in the `requires` of this one";
        diagnostics.push(Diagnostic::error(Code::NOT_ENABLED, message, origin).help(help));
    }
    declarations::check(&registry, diagnostics);
    registry
}

fn security(winners: &[Entry], diagnostics: &mut Diagnostics) -> SecurityRegistry {
    let mut builder = SecurityRegistryBuilder::with_core();
    for entry in winners {
        match &entry.registration.kind {
            Kind::Permission(decl) => {
                builder.permission(decl.permission, decl.title, "");
            }
            Kind::Role(role) => {
                builder.role(*role);
            }
            Kind::Grant(decl) => {
                for permission in decl.permissions {
                    builder.grant(decl.role, permission.id());
                }
            }
            _ => {}
        }
    }
    builder.build().unwrap_or_else(|errors| {
        for error in errors {
            let origin =
                winners.iter().find(|entry| is_about(entry, &error)).map(|entry| code_origin(entry.registration));
            diagnostics
                .push(Diagnostic::error(Code::BAD_VALUE, error.to_string(), origin).help("correct the declaration"));
        }
        SecurityRegistry::default()
    })
}

/// Whether a declaration is the one that can't hold.
fn is_about(entry: &Entry, error: &RegistryError) -> bool {
    match (&entry.registration.kind, error) {
        (Kind::Role(role), RegistryError::RoleConflict { id }) => role.id() == *id,
        (Kind::Grant(decl), RegistryError::UnknownRole { role, .. }) => decl.role == role,
        (Kind::Grant(decl), RegistryError::UnknownPermission { permission, .. }) => {
            decl.permissions.iter().any(|p| p.id() == permission)
        }
        _ => false,
    }
}

/// Add-ons that depend on unknown ones or on each other.
fn check_addons(winners: &[Entry], components: &Components, diagnostics: &mut Diagnostics) {
    let addons = &components.addons;
    let origin = |at: usize| {
        let place = addons[at].1;
        winners.iter().find(|entry| entry.registration.place == place).map(|entry| code_origin(entry.registration))
    };
    let find = |name: &str| addons.iter().position(|(decl, _)| decl.name == name);
    for (at, (decl, _)) in addons.iter().enumerate() {
        for missing in decl.dependencies.iter().filter(|name| find(name).is_none()) {
            let message =
                format!("add-on \"{}\" requires the add-on \"{missing}\", which no enabled application has", decl.name);
            let help =
                suggestion(missing, addons.iter().map(|(decl, _)| decl.name), "enable the application that has it");
            diagnostics.push(Diagnostic::error(Code::NOT_ENABLED, message, origin(at)).help(help));
        }
    }
    let needs = |at: usize| addons[at].0.dependencies.iter().filter_map(|name| find(name)).collect();
    for cycle in requirements_first(0..addons.len(), needs).cycles {
        let message = format!("add-ons require each other: {}", words(&cycle, |at| addons[at].0.name));
        let mistake = Diagnostic::error(Code::CYCLE, message, cycle.first().and_then(|at| origin(*at)));
        diagnostics.push(mistake.help("take one of them out of the `requires` of the other"));
    }
}

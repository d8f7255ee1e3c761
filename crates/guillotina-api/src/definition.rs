//! What the enabled applications have registered, for people and tools (rows S-002, S-003).

use guillotina::registration::{InterfaceFn, Kind};
use guillotina::{App, Json, Result};
use guillotina_macros::service;
use guillotina_security::perms;
use serde_json::{Value, json};

/// Every service: by the interface of its context, its name and its method.
#[service(method = GET, name = "@apidefinition", permission = perms::GET_CONTAINERS)]
async fn services(app: App) -> Result<Json> {
    let components = app.components();
    let mut all = json!({});
    for registration in &components.registrations {
        let Kind::Service(decl) = &registration.kind else {
            continue;
        };
        let context = &mut all[(decl.context)().name()];
        let methods = if decl.name.is_empty() { context } else { &mut context["endpoints"][decl.name] };
        let config = json!({
            "method": decl.method.as_str(),
            "name": decl.name,
            "context": (decl.context)().name(),
            "permission": decl.permission.id(),
            "allow_access": decl.allow_access,
            "layer": decl.layer.map(|layer: InterfaceFn| layer().name()),
            "summary": decl.summary,
        });
        methods[decl.method.as_str()] = config;
    }
    Ok(all.into())
}

/// Every subscriber: by the interfaces of its context and its event.
#[service(method = GET, name = "@component-subscribers", permission = perms::READ_CONFIGURATION)]
async fn subscribers(app: App) -> Result<Json> {
    let components = app.components();
    let mut all = json!({});
    for registration in &components.registrations {
        let Kind::Subscriber(decl) = &registration.kind else {
            continue;
        };
        for event in decl.events {
            let handler = Value::from(registration.place.dotted());
            match &mut all[(decl.context)().name()][event().name()] {
                Value::Array(handlers) => handlers.push(handler),
                none => *none = json!([handler]),
            }
        }
    }
    Ok(all.into())
}

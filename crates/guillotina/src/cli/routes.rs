//! `guillotina routes`: every service and WebSocket that answers.

use super::args::Routes;
use super::list::{application, say};
use super::{names, print_error};
use crate::app::View;
use crate::registration::Place;
use crate::start::Configured;
use guillotina_component::Interface;
use serde_json::{Value, json};
use std::process::ExitCode;

/// One line.
struct Route {
    context: Interface,
    method: &'static str,
    name: &'static str,
    permission: &'static str,
    layer: Option<&'static str>,
    summary: &'static str,
    place: Place,
}

/// Runs the command.
pub fn routes(configured: &Configured, wanted: &Routes) -> ExitCode {
    let on = match wanted.context.as_deref().map(|word| names::object(configured.components(), word)).transpose() {
        Ok(on) => on,
        Err(mistake) => {
            print_error(&mistake);
            return ExitCode::from(2);
        }
    };
    let mut all = collect(configured);
    all.retain(|route| on.as_ref().is_none_or(|on| on.is_or_extends(&route.context)));
    all.retain(|route| wanted.application.as_deref().is_none_or(|name| name == application(&route.place)));
    all.sort_by_key(|route| (route.context.name().to_owned(), route.name, route.method));
    if wanted.json {
        let rows: Vec<Value> = all.iter().map(row).collect();
        say(&Value::Array(rows).to_string());
        return ExitCode::SUCCESS;
    }
    let width = |of: fn(&Route) -> &str| all.iter().map(|route| of(route).len()).max().unwrap_or_default();
    let (contexts, names) = (width(|r| r.context.name()), width(|r| r.name));
    let permissions = width(|r| r.permission);
    for route in &all {
        let Route { context, method, name, permission, place, .. } = route;
        let layer = route.layer.map(|layer| format!(" (layer {layer})")).unwrap_or_default();
        say(&format!(
            "{:<contexts$} {method:<9} {name:<names$} {permission:<permissions$} {}{layer}",
            context.name(),
            application(place)
        ));
    }
    ExitCode::SUCCESS
}

fn collect(configured: &Configured) -> Vec<Route> {
    let mut all = Vec::new();
    for (method, views) in &configured.components().views {
        for registration in views.registrations() {
            let context = registration.required[0].clone();
            all.push(match registration.value {
                View::Service(decl, place) => Route {
                    context,
                    method: method.as_str(),
                    name: decl.name,
                    permission: decl.permission.id(),
                    layer: decl.layer.map(|layer| layer().name()),
                    summary: decl.summary,
                    place,
                },
                View::WebSocket(decl, place) => Route {
                    context,
                    method: "WEBSOCKET",
                    name: decl.name,
                    permission: decl.permission.id(),
                    layer: None,
                    summary: place.doc,
                    place,
                },
            });
        }
    }
    all
}

fn row(route: &Route) -> Value {
    json!({
        "context": route.context.name(),
        "method": route.method,
        "name": route.name,
        "permission": route.permission,
        "layer": route.layer,
        "summary": route.summary,
        "application": application(&route.place),
        "place": route.place.to_string(),
    })
}

//! `guillotina explain`: who answers, who is shadowed, and why.

use super::args::{Explain, ExplainAdapter, ExplainService, ExplainSubscribers, ExplainUtility};
use super::list::{application, say};
use super::{names, print_error};
use crate::app::View;
use crate::registration::{Kind, Method, Place, Registration};
use crate::start::{Configured, route_key};
use guillotina_component::{AdapterRegistry, AdapterRegistryBuilder, Candidate, Interface, Verdict};
use guillotina_settings::{Code, Origin};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Why a component that is registered for the same does not answer.
const OTHER_NAME: &str = "it has another name";

/// What was asked, and what there is to say.
struct Explanation {
    question: String,
    rows: Vec<Row>,
}

/// One component.
struct Row {
    verdict: &'static str,
    why: String,
    name: String,
    place: Place,
    registered: String,
}

/// Runs the command. The exit code is 1 when nobody answers.
pub fn explain(configured: &Configured, wanted: &Explain) -> ExitCode {
    let (explained, json) = match wanted {
        Explain::Adapter(wanted) => (adapter(configured, wanted), wanted.json),
        Explain::Utility(wanted) => (utility(configured, wanted), wanted.json),
        Explain::Subscribers(wanted) => (subscribers(configured, wanted), wanted.json),
        Explain::Service(wanted) => (service(configured, wanted), wanted.json),
    };
    match explained {
        Ok(explanation) => show(&explanation, json),
        Err(mistake) => {
            print_error(&mistake);
            ExitCode::from(2)
        }
    }
}

fn show(explanation: &Explanation, as_json: bool) -> ExitCode {
    let answered = explanation.rows.iter().any(|row| ["chosen", "called"].contains(&row.verdict));
    let code = if answered { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    if as_json {
        let rows: Vec<Value> = explanation
            .rows
            .iter()
            .map(|row| {
                json!({
                    "verdict": row.verdict, "why": row.why, "name": row.name, "registered": row.registered,
                    "application": application(&row.place), "place": row.place.to_string(),
                })
            })
            .collect();
        say(&json!({"question": explanation.question, "components": rows}).to_string());
        return code;
    }
    say(&explanation.question);
    for row in &explanation.rows {
        say(&format!("\n  {}: {}", row.verdict, row.name));
        say(&format!("      {}", row.registered));
        if !row.why.is_empty() {
            say(&format!("      {}", row.why));
        }
        say(&format!("      {}, of {}", row.place, application(&row.place)));
    }
    if !answered {
        say("\n  nobody answers");
    }
    code
}

fn listed(interfaces: &[Interface]) -> String {
    interfaces.iter().map(Interface::name).collect::<Vec<_>>().join(", ")
}

fn named(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" named {name:?}") }
}

fn adapter(configured: &Configured, wanted: &ExplainAdapter) -> Result<Explanation, String> {
    let components = configured.components();
    let (provides, objects) = wanted.names.split_last().ok_or("name the objects, then what they are adapted to")?;
    let objects = objects.iter().map(|word| names::object(components, word)).collect::<Result<Vec<_>, _>>()?;
    let provides = names::interface(components, provides)?;
    let required: Vec<&Interface> = objects.iter().collect();
    let candidates = components.adapters.candidates(&required, &provides, &wanted.name);
    let mut rows = rows(&candidates, |entry| (entry.place.dotted(), entry.place));
    rows.extend(overridden(configured, &components.adapters, &candidates, |entry| entry.place, adapter_slot));
    let question = format!("adapter from ({}) to {}{}", listed(&objects), provides, named(&wanted.name));
    Ok(Explanation { question, rows })
}

fn adapter_slot(kind: &Kind) -> Option<Slot> {
    let Kind::Adapter(decl) = kind else { return None };
    let required = decl.required.iter().map(|interface| interface().clone()).collect();
    Some(Slot { required, provided: (decl.provides)().clone(), name: decl.name.to_owned() })
}

/// One row for each candidate.
fn rows<V: Clone>(candidates: &[Candidate<V>], of: impl Fn(&V) -> (String, Place)) -> Vec<Row> {
    let chosen = candidates.iter().find(|c| c.verdict == Verdict::Chosen);
    let row = |candidate: &Candidate<V>| {
        let registration = &candidate.registration;
        let (name, place) = of(&registration.value);
        let (verdict, why) = match candidate.verdict {
            Verdict::Chosen => ("chosen", String::new()),
            Verdict::LessSpecific => ("shadowed", chosen.map_or_else(String::new, |chosen| farther(candidate, chosen))),
            Verdict::NotRequired { position } => {
                let needed = &registration.required[position];
                ("does not match", format!("object {} has not the interface {needed}", position + 1))
            }
            Verdict::OtherName => ("does not match", OTHER_NAME.to_owned()),
            Verdict::NotProvided => ("does not match", "it provides something else".to_owned()),
            other => ("does not match", other.to_string()),
        };
        let mut parts = Vec::new();
        if !registration.required.is_empty() {
            parts.push(format!("({})", listed(&registration.required)));
        }
        // What services provide says nothing: it is the root of all interfaces.
        if registration.provided != *Interface::root() {
            parts.push(registration.provided.name().to_owned());
        }
        let registered = format!("{}{}", parts.join(" → "), named(&registration.name));
        Row { verdict, why, name, place, registered }
    };
    candidates.iter().map(row).collect()
}

/// Why a candidate that matches lost to the chosen one.
fn farther<V>(candidate: &Candidate<V>, chosen: &Candidate<V>) -> String {
    let (mine, its) = (&candidate.registration, &chosen.registration);
    let differs = mine.required.iter().zip(&its.required).position(|(a, b)| a != b);
    match differs {
        Some(at) => {
            let (near, far) = (&its.required[at], &mine.required[at]);
            format!("among the interfaces of object {}, {near} comes before {far}", at + 1)
        }
        None => format!("{} comes before {} among those that answer", its.provided, mine.provided),
    }
}

/// What a registration is for; of two that are for the same, one overrides the other.
struct Slot {
    required: Vec<Interface>,
    provided: Interface,
    name: String,
}

/// Components that another application overrides: those for exactly the same as one of the candidates.
fn overridden<V: Clone>(
    configured: &Configured,
    registry: &AdapterRegistry<V>,
    candidates: &[Candidate<V>],
    place: impl Fn(&V) -> Place,
    slot: impl Fn(&Kind) -> Option<Slot>,
) -> Vec<Row> {
    let lost = |registration: &&&'static Registration| {
        let Some(slot) = slot(&registration.kind) else { return false };
        let same = |candidate: &Candidate<V>| {
            let other = &candidate.registration;
            *other.name == *slot.name && other.provided == slot.provided && *other.required == *slot.required
        };
        candidates.iter().any(same) && !registry.registrations().iter().any(|r| place(&r.value) == registration.place)
    };
    let all = &configured.components().registrations;
    all.iter().filter(lost).map(|registration| overridden_row(configured, registration)).collect()
}

fn overridden_row(configured: &Configured, registration: &Registration) -> Row {
    let place = registration.place;
    let is_here = |origin: &Origin| matches!(origin, Origin::Code { file, line, .. } if **file == *place.file && *line == place.line);
    let said = configured
        .diagnostics()
        .iter()
        .find(|d| d.id == Code::OVERRIDE && d.related.iter().any(|(_, origin)| is_here(origin)));
    Row {
        verdict: "overridden",
        why: said.map(|d| d.message.clone()).unwrap_or_default(),
        name: place.dotted(),
        place,
        registered: super::list::title(registration),
    }
}

fn utility(configured: &Configured, wanted: &ExplainUtility) -> Result<Explanation, String> {
    let provides = names::interface(configured.components(), &wanted.provides)?;
    let mut builder = AdapterRegistryBuilder::new();
    for (at, utility) in configured.utilities().iter().enumerate() {
        for interface in &utility.provides {
            builder.register(&[], interface, &utility.name, at);
        }
    }
    let registry: AdapterRegistry<usize> = builder.freeze();
    let candidates = registry.candidates(&[], &provides, &wanted.name);
    let mut rows = rows(&candidates, |at| {
        let utility = &configured.utilities()[*at];
        (format!("{} as {:?}, {}", utility.place.dotted(), utility.key, utility.origin), utility.place)
    });
    rows.retain(|row| row.verdict != "does not match" || row.why == OTHER_NAME);
    rows.extend(not_loaded(configured, &provides));
    let question = format!("utility for {provides}{}", named(&wanted.name));
    Ok(Explanation { question, rows })
}

/// Factories for an interface that no entry of the settings makes anything of.
fn not_loaded(configured: &Configured, provides: &Interface) -> Vec<Row> {
    let mut rows = Vec::new();
    for entry in configured.linked().registrations() {
        let Kind::Utility(decl) = &entry.registration.kind else { continue };
        let place = entry.registration.place;
        let matches = decl.provides.iter().any(|interface| interface().is_or_extends(provides));
        if !matches || configured.utilities().iter().any(|utility| utility.place == place) {
            continue;
        }
        let enabled = configured.components().applications.iter().any(|a| a.name == entry.application);
        let why = if enabled {
            format!("load it with [load_utilities.\"…\"] factory = \"{}\"", place.dotted())
        } else {
            format!("the application {:?} is not enabled: add it to `applications`", entry.application)
        };
        let registered = super::list::title(entry.registration);
        rows.push(Row { verdict: "not loaded", why, name: place.dotted(), place, registered });
    }
    rows
}

fn subscribers(configured: &Configured, wanted: &ExplainSubscribers) -> Result<Explanation, String> {
    let components = configured.components();
    let context = names::object(components, &wanted.context)?;
    let event = names::interface(components, &wanted.event)?;
    let called = components.subscribers.handlers(&[&context, &event]);
    let row = |(at, entry): (usize, &crate::app::SubscriberEntry)| {
        let events: Vec<&str> = entry.decl.events.iter().map(|e| e().name()).collect();
        Row {
            verdict: "called",
            why: format!("number {} of {}, with priority {}", at + 1, called.len(), entry.decl.priority),
            name: entry.place.dotted(),
            place: entry.place,
            registered: format!("({}, {})", (entry.decl.context)(), events.join(" | ")),
        }
    };
    let question = format!("subscribers to {event} on {context}, in the order in which they are called");
    Ok(Explanation { question, rows: called.iter().enumerate().map(row).collect() })
}

fn service(configured: &Configured, wanted: &ExplainService) -> Result<Explanation, String> {
    let components = configured.components();
    let word = wanted.method.to_ascii_uppercase();
    let method = Method::parse(&word).ok_or_else(|| format!("no service can be for the method {word}"))?;
    let context = names::object(components, &wanted.context)?;
    let mut layers =
        wanted.layer.iter().map(|word| names::interface(components, word)).collect::<Result<Vec<_>, _>>()?;
    layers.push(names::interface(components, "guillotina.interfaces.IDefaultLayer")?);
    let any_layer = names::interface(components, "guillotina.interfaces.IRequest")?;
    layers.push(any_layer.clone());
    let objects = [context, Interface::declaration(layers)];
    let key = route_key(&wanted.name)?;
    let views = components.views.get(&method).ok_or_else(|| format!("there are no services for {word}"))?;
    let candidates = views.candidates(&[&objects[0], &objects[1]], Interface::root(), &key);
    let place = |view: &View| match view {
        View::Service(_, place) | View::WebSocket(_, place) => *place,
    };
    let mut rows = rows(&candidates, |view| (place(view).dotted(), place(view)));
    // Services under other names are all the others of the object: `routes` lists them.
    rows.retain(|row| row.why != OTHER_NAME);
    let named: Vec<_> = candidates.into_iter().filter(|c| *c.registration.name == *key).collect();
    rows.extend(overridden(configured, views, &named, place, |kind| view_slot(kind, method, &any_layer)));
    let name = if wanted.name.is_empty() { "" } else { " " };
    Ok(Explanation { question: format!("{word}{name}{} on {}", wanted.name, objects[0]), rows })
}

fn view_slot(kind: &Kind, wanted: Method, any_layer: &Interface) -> Option<Slot> {
    let (method, name, context, layer) = match kind {
        Kind::Service(decl) => (decl.method, decl.name, decl.context, decl.layer),
        Kind::WebSocket(decl) => (Method::GET, decl.name, decl.context, None),
        _ => return None,
    };
    let name = route_key(name).ok().filter(|_| method == wanted)?;
    let layer = layer.map_or_else(|| any_layer.clone(), |layer| layer().clone());
    Some(Slot { required: vec![context().clone(), layer], provided: Interface::root().clone(), name })
}

//! The answers of the real `zope.interface`, for random interface graphs: see `fixtures/generate.py`.

use guillotina_component::{AdapterRegistry, AdapterRegistryBuilder, Interface};
use serde::Deserialize;

type NamedValues = Vec<(String, usize)>;

#[derive(Deserialize)]
struct Graph {
    specs: Vec<Spec>,
    orders: Vec<Vec<usize>>,
    consistent: Vec<u8>,
    adapters: Vec<(Vec<usize>, usize, String)>,
    subscribers: Vec<(Vec<usize>, isize, i32)>,
    lookups: Vec<(Vec<usize>, usize, String, Vec<usize>)>,
    all: Vec<(Vec<usize>, usize, NamedValues)>,
    subscriptions: Vec<(Vec<usize>, isize, Vec<usize>)>,
}

/// The kind of a spec and what it is made from.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spec {
    Providing(char, usize, Vec<usize>),
    Bases(char, Vec<usize>),
}

#[expect(clippy::unwrap_used, reason = "a broken fixture fails every test")]
fn graphs() -> Vec<Graph> {
    serde_json::from_str(include_str!("fixtures/zope.json")).unwrap()
}

fn pick(specs: &[Interface], positions: &[usize]) -> Vec<Interface> {
    positions.iter().map(|position| specs[*position].clone()).collect()
}

impl Graph {
    fn specs(&self) -> Vec<Interface> {
        let mut specs = vec![Interface::root().clone()];
        for (number, spec) in self.specs.iter().enumerate().skip(1) {
            specs.push(match spec {
                Spec::Providing('p', class, extra) => Interface::providing(&specs[*class], pick(&specs, extra)),
                Spec::Bases('d', bases) => Interface::declaration(pick(&specs, bases)),
                Spec::Bases('i', bases) => Interface::new(format!("I{number}"), pick(&specs, bases)),
                Spec::Providing(kind, ..) | Spec::Bases(kind, _) => {
                    panic!("unknown kind of spec {kind:?}")
                }
            });
        }
        specs
    }

    /// The values are the positions in the two lists of the fixture.
    fn registry(&self, specs: &[Interface]) -> AdapterRegistry<usize> {
        let mut builder = AdapterRegistryBuilder::new();
        for (value, (required, provided, name)) in self.adapters.iter().enumerate() {
            builder.register(&pick(specs, required), &specs[*provided], name, value);
        }
        for (value, (required, provided, priority)) in self.subscribers.iter().enumerate() {
            let provided = usize::try_from(*provided).ok().map(|provided| &specs[provided]);
            builder.subscribe(&pick(specs, required), provided, *priority, value);
        }
        builder.freeze()
    }
}

/// Runs a check on every graph, with its specs and its registry; the number is for messages.
fn each_graph(check: impl Fn(usize, &Graph, &[Interface], &AdapterRegistry<usize>)) {
    for (number, graph) in graphs().iter().enumerate() {
        let specs = graph.specs();
        let registry = graph.registry(&specs);
        check(number, graph, &specs, &registry);
    }
}

#[test]
fn the_fixture_has_enough_of_everything() {
    let graphs = graphs();
    let inconsistent = graphs.iter().filter(|graph| graph.consistent.contains(&0)).count();
    let found = |objects: usize| {
        let lookups = graphs.iter().flat_map(|graph| &graph.lookups);
        lookups.filter(|(required, _, _, answers)| required.len() == objects && !answers.is_empty()).count()
    };
    assert!(graphs.len() >= 500, "{} graphs", graphs.len());
    assert!(inconsistent >= 100, "{inconsistent} inconsistent graphs");
    assert!((0..=4).all(|objects| found(objects) >= 300), "{:?}", (0..=4).map(found).collect::<Vec<_>>());
}

#[test]
fn resolution_orders() {
    each_graph(|number, graph, specs, _| {
        for (spec, order) in specs.iter().zip(&graph.orders) {
            assert_eq!(spec.resolution_order(), pick(specs, order), "graph {number}");
        }
    });
}

#[test]
fn lookups_and_the_next_ones() {
    each_graph(|number, graph, specs, registry| {
        for (required, provided, name, answers) in &graph.lookups {
            let question = format!("graph {number}: {required:?} -> {provided} {name:?}");
            let objects: Vec<&Interface> = required.iter().map(|position| &specs[*position]).collect();
            let provided = &specs[*provided];
            for _cached in [false, true] {
                assert_eq!(registry.lookup(&objects, provided, name), answers.first().copied(), "{question}");
            }
            for (position, current) in answers.iter().enumerate() {
                let next = registry.lookup_next(&objects, provided, name, |value| value == current);
                assert_eq!(next, answers.get(position + 1).copied(), "{question} after {current}");
            }
        }
    });
}

#[test]
fn lookups_of_all_names() {
    each_graph(|number, graph, specs, registry| {
        for (required, provided, answers) in &graph.all {
            let objects: Vec<&Interface> = required.iter().map(|position| &specs[*position]).collect();
            let found = registry.lookup_all(&objects, &specs[*provided]);
            let found: NamedValues = found.iter().map(|(name, value)| (name.to_string(), *value)).collect();
            assert_eq!(&found, answers, "graph {number}: {required:?} -> {provided}");
        }
    });
}

#[test]
fn subscribers_in_order() {
    each_graph(|number, graph, specs, registry| {
        for (required, provided, answers) in &graph.subscriptions {
            let objects: Vec<&Interface> = required.iter().map(|position| &specs[*position]).collect();
            let found = match usize::try_from(*provided) {
                Ok(provided) => registry.subscriptions(&objects, &specs[provided]),
                Err(_) => registry.handlers(&objects),
            };
            assert_eq!(&found[..], answers, "graph {number}: {required:?} -> {provided}");
        }
    });
}

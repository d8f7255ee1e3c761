//! Properties that hold for all interface graphs and registrations, against a slow implementation of the rules.

use std::collections::HashSet;
use std::sync::Arc;

use guillotina_component::{AdapterRegistry, AdapterRegistryBuilder, Interface, Registration};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// One registration as random choices: required, provided, name, and priority when it is used as a subscriber.
type Choice = (Vec<Index>, Index, u8, i32);

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    vec((vec(any::<Index>(), 0..=4), any::<Index>(), 0..3_u8, -2..2), 1..40)
}

/// Interfaces with any bases among the earlier ones, contradicting or not; the root is the first.
fn interfaces() -> impl Strategy<Value = Vec<Interface>> {
    vec(vec(any::<Index>(), 0..4), 1..16).prop_map(|all| {
        let mut interfaces = vec![Interface::root().clone()];
        for (number, bases) in all.iter().enumerate() {
            let bases: Vec<Interface> = bases.iter().map(|base| base.get(&interfaces).clone()).collect();
            interfaces.push(Interface::new(format!("I{number}"), bases));
        }
        interfaces
    })
}

fn pick(interfaces: &[Interface], indexes: &[Index]) -> Vec<Interface> {
    indexes.iter().map(|index| index.get(interfaces).clone()).collect()
}

fn name(number: u8) -> &'static str {
    ["", "a", "b"][usize::from(number)]
}

fn registry(interfaces: &[Interface], choices: &[Choice]) -> AdapterRegistry<usize> {
    let mut builder = AdapterRegistryBuilder::new();
    for (value, (required, provided, number, priority)) in choices.iter().enumerate() {
        let required = pick(interfaces, required);
        builder.register(&required, provided.get(interfaces), name(*number), value);
        builder.subscribe(&required, None, *priority, value);
    }
    builder.freeze()
}

/// The provided interfaces that answer for the asked one, best first: by Zope's rule, one after the other.
fn extendors(registrations: &[Registration<usize>], objects: usize, asked: &Interface) -> Vec<Interface> {
    let mut ranked: Vec<Interface> = Vec::new();
    for registration in registrations {
        let provided = &registration.provided;
        let same_kind = registration.required.is_empty() == (objects == 0);
        if same_kind && provided.is_or_extends(asked) && !ranked.contains(provided) {
            let (mut before, after): (Vec<_>, Vec<_>) =
                ranked.into_iter().partition(|other| provided.is_or_extends(other));
            before.push(provided.clone());
            before.extend(after);
            ranked = before;
        }
    }
    ranked
}

/// The places of what is required in the orders of the objects; `None` when an object does not match.
fn places(objects: &[&Interface], required: &[Interface]) -> Option<Vec<usize>> {
    if objects.len() != required.len() {
        return None;
    }
    let pairs = objects.iter().zip(required);
    pairs.map(|(object, needed)| object.resolution_order().iter().position(|interface| interface == needed)).collect()
}

/// All that match with their places, best first, by trying and sorting every registration.
fn naive<'a>(
    registry: &'a AdapterRegistry<usize>,
    objects: &[&Interface],
    asked: &Interface,
) -> Vec<(Vec<usize>, &'a Registration<usize>)> {
    let ranked = extendors(registry.registrations(), objects.len(), asked);
    let mut found: Vec<_> = Vec::new();
    for registration in registry.registrations() {
        let provided = ranked.iter().position(|provided| *provided == registration.provided);
        if let (Some(mut places), Some(provided)) = (places(objects, &registration.required), provided) {
            places.push(provided);
            found.push((places, registration));
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

proptest! {
    #[test]
    fn orders_start_with_the_interface_and_end_with_the_root(interfaces in interfaces()) {
        for interface in &interfaces {
            let order = interface.resolution_order();
            prop_assert_eq!(order.first(), Some(interface));
            prop_assert_eq!(order.last(), Some(Interface::root()));
            prop_assert_eq!(order.iter().collect::<HashSet<_>>().len(), order.len());
            let mut reached: HashSet<&Interface> = interface.bases().iter().flat_map(Interface::resolution_order).collect();
            reached.insert(interface);
            prop_assert_eq!(order.iter().collect::<HashSet<_>>(), reached);
        }
    }

    #[test]
    fn a_base_never_comes_before_what_extends_it(interfaces in interfaces()) {
        for interface in &interfaces {
            let order = interface.resolution_order();
            for (position, earlier) in order.iter().enumerate() {
                prop_assert!(order[position + 1..].iter().all(|later| !later.extends(earlier)), "{:?}", order);
            }
        }
    }

    #[test]
    fn extending_is_a_strict_partial_order(interfaces in interfaces()) {
        for a in &interfaces {
            prop_assert!(!a.extends(a) && a.is_or_extends(a));
            for b in &interfaces {
                prop_assert_eq!(a.is_or_extends(b), a.resolution_order().contains(b));
                prop_assert!(!(a.extends(b) && b.extends(a)));
                for c in interfaces.iter().filter(|c| a.extends(b) && b.extends(c)) {
                    prop_assert!(a.extends(c));
                }
            }
        }
    }

    #[test]
    fn lookups_agree_with_trying_everything(
        interfaces in interfaces(), choices in choices(), objects in vec(any::<Index>(), 0..=4), asked: Index,
    ) {
        let registry = registry(&interfaces, &choices);
        let objects = pick(&interfaces, &objects);
        let objects: Vec<&Interface> = objects.iter().collect();
        let asked = asked.get(&interfaces);
        let matches = naive(&registry, &objects, asked);
        for name in ["", "a", "b", "unknown"] {
            let named = matches.iter().map(|(_, registration)| *registration).filter(|found| &*found.name == name);
            let values: Vec<usize> = named.map(|found| found.value).collect();
            for _cached in [false, true] {
                prop_assert_eq!(registry.lookup(&objects, asked, name), values.first().copied());
            }
            for (current, next) in values.iter().zip(values.iter().skip(1)) {
                prop_assert_eq!(registry.lookup_next(&objects, asked, name, |value| value == current), Some(*next));
            }
            let all = registry.lookup_all(&objects, asked);
            let value = all.iter().find(|(found, _)| &**found == name).map(|(_, value)| *value);
            prop_assert_eq!(value, values.first().copied());
            let candidates = registry.candidates(&objects, asked, name);
            let ranked = candidates.iter().map(|candidate| candidate.registration.value).take(values.len());
            prop_assert_eq!(ranked.collect::<Vec<_>>(), values);
        }
    }

    #[test]
    fn handlers_are_sorted_by_priority_then_least_specific(
        interfaces in interfaces(), choices in choices(), objects in vec(any::<Index>(), 0..=4),
    ) {
        let registry = registry(&interfaces, &choices);
        let objects = pick(&interfaces, &objects);
        let objects: Vec<&Interface> = objects.iter().collect();
        let mut expected: Vec<_> = (0..choices.len())
            .filter_map(|value| {
                let (required, _, _, priority) = &choices[value];
                let places = places(&objects, &pick(&interfaces, required))?;
                Some((*priority, std::cmp::Reverse(places), value))
            })
            .collect();
        expected.sort();
        let expected: Vec<usize> = expected.into_iter().map(|(.., value)| value).collect();
        prop_assert_eq!(&registry.handlers(&objects)[..], expected);
    }

    #[test]
    fn a_thawed_registry_answers_the_same(
        interfaces in interfaces(), choices in choices(), objects in vec(any::<Index>(), 0..=4), asked: Index,
    ) {
        let registry = registry(&interfaces, &choices);
        let again = registry.thaw().freeze();
        let objects = pick(&interfaces, &objects);
        let objects: Vec<&Interface> = objects.iter().collect();
        let asked = asked.get(&interfaces);
        prop_assert_eq!(registry.lookup(&objects, asked, ""), again.lookup(&objects, asked, ""));
        prop_assert_eq!(registry.lookup_all(&objects, asked), again.lookup_all(&objects, asked));
        prop_assert_eq!(registry.handlers(&objects), again.handlers(&objects));
    }

    /// Order decides between unrelated provided interfaces and between equal keys, and nowhere else.
    #[test]
    fn the_order_of_different_keys_that_provide_the_same_does_not_matter(
        interfaces in interfaces(),
        shuffled in choices().prop_flat_map(|choices| (Just(choices.clone()), Just(choices).prop_shuffle())),
        objects in vec(any::<Index>(), 0..=4),
    ) {
        let provided = Interface::new("IProvided", []);
        let build = |choices: &[Choice]| {
            let mut builder = AdapterRegistryBuilder::new();
            for (required, _, number, _) in choices {
                let required = pick(&interfaces, required);
                // The value is the key, so that equal keys have equal values.
                let value: Arc<str> = format!("{required:?} {number}").into();
                builder.register(&required, &provided, name(*number), value);
            }
            builder.freeze()
        };
        let (first, second) = (build(&shuffled.0), build(&shuffled.1));
        let objects = pick(&interfaces, &objects);
        let objects: Vec<&Interface> = objects.iter().collect();
        for name in ["", "a", "b"] {
            prop_assert_eq!(first.lookup(&objects, &provided, name), second.lookup(&objects, &provided, name));
        }
    }
}

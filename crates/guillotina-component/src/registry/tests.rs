//! The rules of lookup one by one, with the results of the real `zope.interface`.

use std::thread;

use super::*;

/// The interfaces of the rules: `IConv` is a folder, `IFolder` a resource; `IChild` and `IOther` are `IBase`s.
struct Names {
    res: Interface,
    folder: Interface,
    conv: Interface,
    layer: Interface,
    base: Interface,
    child: Interface,
    other: Interface,
}

impl Names {
    fn new() -> Self {
        let res = Interface::new("IRes", []);
        let folder = Interface::new("IFolder", [res.clone()]);
        let conv = Interface::new("IConv", [folder.clone()]);
        let layer = Interface::new("ILayer", []);
        let base = Interface::new("IBase", []);
        let child = Interface::new("IChild", [base.clone()]);
        let other = Interface::new("IOther", [base.clone()]);
        Self { res, folder, conv, layer, base, child, other }
    }
}

fn any() -> Interface {
    Interface::root().clone()
}

#[test]
fn the_first_object_counts_more_than_the_second() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(&[n.conv.clone(), any()], &n.base, "", "conv, any");
    builder.register(&[n.folder.clone(), n.layer.clone()], &n.base, "", "folder, layer");
    assert_eq!(builder.freeze().lookup(&[&n.conv, &n.layer], &n.base, ""), Some("conv, any"));
}

#[test]
fn a_better_first_object_is_no_use_when_the_second_misses() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(&[n.conv.clone(), n.child.clone()], &n.base, "", "conv, child");
    builder.register(&[n.res.clone(), n.layer.clone()], &n.base, "", "res, layer");
    assert_eq!(builder.freeze().lookup(&[&n.conv, &n.layer], &n.base, ""), Some("res, layer"));
}

#[test]
fn required_is_compared_before_provided() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(std::slice::from_ref(&n.folder), &n.base, "", "folder to base");
    builder.register(std::slice::from_ref(&n.conv), &n.child, "", "conv to child");
    assert_eq!(builder.freeze().lookup(&[&n.conv], &n.base, ""), Some("conv to child"));
}

#[test]
fn a_derived_provided_interface_answers_until_an_exact_one_exists() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(std::slice::from_ref(&n.res), &n.child, "", "child");
    let registry = builder.freeze();
    assert_eq!(registry.lookup(&[&n.res], &n.base, ""), Some("child"));
    assert_eq!(registry.lookup(&[&n.res], &n.other, ""), None);

    let mut builder = registry.thaw();
    builder.register(std::slice::from_ref(&n.res), &n.base, "", "exact");
    assert_eq!(builder.freeze().lookup(&[&n.res], &n.base, ""), Some("exact"));
    assert_eq!(registry.lookup(&[&n.res], &n.base, ""), Some("child"), "a snapshot does not change");
}

#[test]
fn of_unrelated_derived_interfaces_the_newest_answers() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(std::slice::from_ref(&n.res), &n.child, "", "child");
    builder.register(std::slice::from_ref(&n.res), &n.other, "", "other");
    assert_eq!(builder.freeze().lookup(&[&n.res], &n.base, ""), Some("other"));
}

#[test]
fn a_utility_is_found_by_a_base_of_what_it_provides() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(&[], &n.child, "", "unnamed");
    builder.register(&[], &n.child, "mail", "named");
    let registry = builder.freeze();
    assert_eq!(registry.lookup(&[], &n.base, ""), Some("unnamed"));
    assert_eq!(registry.lookup(&[], &n.base, "mail"), Some("named"));
    assert_eq!(registry.lookup(&[], &n.base, "post"), None);
    assert_eq!(registry.names(&[], &n.base), ["".into(), "mail".into()] as [Arc<str>; 2]);
}

#[test]
fn the_same_key_again_replaces_and_returns_the_previous_value() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    assert_eq!(builder.register(&[], &n.base, "a", 1), None);
    assert_eq!(builder.register(&[], &n.base, "b", 2), None);
    assert_eq!(builder.register(&[], &n.base, "a", 3), Some(1));
    let mut builder = builder.freeze().thaw();
    assert_eq!(builder.register(&[], &n.base, "a", 4), Some(3), "thawing keeps the keys");
    let registry = builder.freeze();
    assert_eq!(registry.lookup(&[], &n.base, "a"), Some(4));
    assert_eq!(registry.registrations().len(), 2);
}

#[test]
fn handlers_run_least_specific_first_and_ties_in_order() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    for (required, value) in [(&n.conv, "conv 1"), (&n.res, "res"), (&n.conv, "conv 2"), (&n.folder, "folder")] {
        builder.subscribe(std::slice::from_ref(required), None, 100, value);
    }
    builder.subscribe(std::slice::from_ref(&n.layer), None, 100, "not this");
    let registry = builder.freeze();
    assert_eq!(*registry.handlers(&[&n.conv]), ["res", "folder", "conv 1", "conv 2"]);
    assert!(registry.subscriptions(&[&n.conv], &any()).is_empty(), "handlers provide nothing");
}

#[test]
fn handlers_of_two_objects_go_by_the_first_then_the_second() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    let (conv, res, layer) = (&n.conv, &n.res, &n.layer);
    for (required, value) in [
        ([conv.clone(), layer.clone()], "conv, layer"),
        ([conv.clone(), any()], "conv, any"),
        ([res.clone(), layer.clone()], "res, layer"),
        ([res.clone(), any()], "res, any"),
    ] {
        builder.subscribe(&required, None, 100, value);
    }
    let expected = ["res, any", "res, layer", "conv, any", "conv, layer"];
    assert_eq!(*builder.freeze().handlers(&[conv, layer]), expected);
}

#[test]
fn priority_goes_before_specificity() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.subscribe(std::slice::from_ref(&n.res), None, 1000, "res, late");
    builder.subscribe(std::slice::from_ref(&n.conv), None, 100, "conv");
    builder.subscribe(std::slice::from_ref(&n.folder), None, 100, "folder");
    builder.subscribe(std::slice::from_ref(&n.conv), None, -1, "conv, early");
    assert_eq!(*builder.freeze().handlers(&[&n.conv]), ["conv, early", "folder", "conv", "res, late"]);
}

#[test]
fn the_next_one_is_reached_until_none_is_left() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    for required in [&n.res, &n.conv, &n.folder] {
        builder.register(std::slice::from_ref(required), &n.base, "", required.name().to_owned());
    }
    let registry = builder.freeze();
    let next = |current: &str| registry.lookup_next(&[&n.conv], &n.base, "", |value| value == current);
    assert_eq!(next("IConv").as_deref(), Some("IFolder"));
    assert_eq!(next("IFolder").as_deref(), Some("IRes"));
    assert_eq!(next("IRes"), None);
    assert_eq!(next("something else"), None);
}

#[test]
fn more_than_four_objects_work_too() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(&[(); 6].map(|()| n.res.clone()), &n.base, "", "six");
    let registry = builder.freeze();
    assert_eq!(registry.lookup(&[&n.conv; 6], &n.base, ""), Some("six"));
    assert_eq!(registry.lookup(&[&n.conv; 5], &n.base, ""), None);
    assert_eq!(registry.best.len(), 0, "these are not kept, nor is anything without registrations of that length");
}

#[test]
fn names_chosen_by_clients_do_not_fill_the_cache() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(std::slice::from_ref(&n.res), &n.base, "known", 1);
    let registry = builder.freeze();
    for number in 0..1000 {
        assert_eq!(registry.lookup(&[&n.res], &n.base, &format!("@{number}")), None);
        assert_eq!(registry.lookup_next(&[&n.res], &n.base, &format!("@{number}"), |_| true), None);
    }
    assert_eq!(registry.best.len() + registry.ranked.len(), 0);
    assert_eq!(registry.lookup(&[&n.res], &n.base, "known"), Some(1));
    assert_eq!(registry.best.len(), 1);
}

#[test]
fn an_empty_registry_finds_nothing() {
    let n = Names::new();
    let registry: AdapterRegistry<u8> = AdapterRegistryBuilder::default().freeze();
    assert_eq!(registry.lookup(&[&n.res], &n.base, ""), None);
    assert_eq!(registry.lookup(&[], &n.base, ""), None);
    assert!(registry.lookup_all(&[&n.res], &n.base).is_empty() && registry.handlers(&[]).is_empty());
    assert!(registry.candidates(&[&n.res], &n.base, "").is_empty());
    assert_eq!(format!("{registry:?}"), "AdapterRegistry { adapters: 0, subscribers: 0, .. }");
}

#[test]
fn candidates_say_why_they_won_or_lost() {
    let n = Names::new();
    let (res, folder, conv, layer) = (&n.res, &n.folder, &n.conv, &n.layer);
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(&[res.clone(), any()], &n.child, "", "less specific");
    builder.register(&[conv.clone(), layer.clone()], &n.base, "", "other object");
    builder.register(&[folder.clone(), any()], &n.base, "", "chosen");
    builder.register(&[folder.clone(), any()], res, "", "provides something else");
    builder.register(&[folder.clone(), any()], &n.base, "x", "other name");
    builder.register(std::slice::from_ref(folder), &n.base, "", "fewer objects");
    builder.register(&[conv.clone(), any()], &n.base, "x", "two misses");
    let candidates = builder.freeze().candidates(&[folder, res], &n.base, "");
    let found: Vec<_> = candidates.iter().map(|candidate| (candidate.registration.value, candidate.verdict)).collect();
    let expected = [
        ("chosen", Verdict::Chosen),
        ("less specific", Verdict::LessSpecific),
        ("other name", Verdict::OtherName),
        ("other object", Verdict::NotRequired { position: 0 }),
        ("provides something else", Verdict::NotProvided),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_error_names_what_was_asked_and_what_is_near() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(&[n.folder.clone(), any()], &n.base, "default", 1);
    builder.register(&[any(), n.layer.clone()], &n.base, "", 2);
    let registry = builder.freeze();
    let error = registry.require(&[&n.conv, &n.res], &n.base, "").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no adapter from (IConv, IRes) to IBase; considered: \
         (IFolder, zope.interface.Interface) to IBase named \"default\" (registered under another name), \
         (zope.interface.Interface, ILayer) to IBase (object 2 does not have the required interface); \
         ask for one of these, or register one that matches"
    );
    let error = registry.lookup_error(&[], &n.child, "a\"b");
    let expected = "no utility to IChild named \"a\\\"b\"; register one, or enable the application that does";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_error_stays_short() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    for number in 0..1000 {
        builder.register(std::slice::from_ref(&n.res), &n.base, &format!("name{number}"), number);
    }
    let error = builder.freeze().lookup_error(&[&n.res], &n.base, &"é".repeat(1_000_000));
    assert_eq!((error.candidates.len(), error.more, error.name.chars().count()), (8, 992, 81));
    assert!(error.to_string().len() < 2000, "{error}");
}

#[test]
fn many_threads_get_the_same_answers() {
    let n = Names::new();
    let mut builder = AdapterRegistryBuilder::new();
    builder.register(std::slice::from_ref(&n.res), &n.base, "", Arc::new(1));
    builder.register(std::slice::from_ref(&n.conv), &n.base, "", Arc::new(2));
    let registry = builder.freeze();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..1000 {
                    assert_eq!(registry.lookup(&[&n.folder], &n.base, "").as_deref(), Some(&1));
                    assert_eq!(registry.lookup(&[&n.conv], &n.base, "").as_deref(), Some(&2));
                }
            });
        }
    });
}

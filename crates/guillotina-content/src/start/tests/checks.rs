//! Order of applications, conflicts, needs, cycles.

use super::*;
use crate::registration::Registration;

static BETA_PARTS: [Registration; 1] = [application(&BETA)];
static GAMMA_PARTS: [Registration; 1] = [application(&GAMMA)];
static DELTA_PARTS: [Registration; 1] = [application(&DELTA)];
static RING_PARTS: [[Registration; 1]; 2] = [[application(&RING_A)], [application(&RING_B)]];

fn all(applications: &str) -> Builder {
    with_text(&format!("applications = {applications}\n{QUIET}"))
        .with(&GAMMA, &GAMMA_PARTS)
        .with(&BETA, &BETA_PARTS)
        .with(&ALPHA, &ALPHA_PARTS)
}

#[test]
fn the_framework_is_first_and_requirements_come_before_those_who_have_them() {
    assert_eq!(names(&configured(all("[]"))), ["guillotina"]);
    assert_eq!(names(&configured(all("[\"gamma\", \"beta\", \"gamma\"]"))), ["guillotina", "gamma", "alpha", "beta"]);
    assert_eq!(
        names(&configured(all("[\"beta\", \"gamma\", \"guillotina\"]"))),
        ["guillotina", "alpha", "beta", "gamma"]
    );
}

#[test]
fn an_unknown_application_is_refused_with_what_there_is() {
    let found = refused(all("[\"alpah\", \"guillotina.test_package\"]"));
    assert_eq!(errors(&found), ["G0003", "G0003"]);
    let text = found.to_string();
    assert!(text.contains("settings.toml:1:18") || text.contains("settings.toml:1:17"), "{text}");
    assert!(text.contains("did you mean \"alpha\"?"), "{text}");
    assert!(
        text.contains(
            "gamma, beta, alpha; to link it, add its crate to `guillotina::main![…]` (as guillotina_test_package)"
        ),
        "{text}"
    );
    let found = refused(
        with_text(&format!("applications = [\"delta\"]\n{QUIET}"))
            .with(&GAMMA, &GAMMA_PARTS)
            .with(&DELTA, &DELTA_PARTS),
    );
    assert_eq!(errors(&found), ["G0003"]);
    assert!(found.to_string().contains("\"delta\" requires \"nowhere\""), "{found}");
}

#[test]
fn applications_that_require_each_other_are_refused_with_the_way_round() {
    let builder = with_text(&format!("applications = [\"ring_b\"]\n{QUIET}"))
        .with(&RING_A, &RING_PARTS[0])
        .with(&RING_B, &RING_PARTS[1]);
    let found = refused(builder);
    assert_eq!(errors(&found), ["G0009"]);
    let text = found.to_string();
    assert!(
        text.contains("ring_b → ring_a → ring_b")
            && text.contains("application `ring_b`")
            && text.contains("\"ring_a\" is declared here"),
        "{text}"
    );
}

#[test]
fn the_same_key_twice_in_one_application_is_a_mistake_with_both_places() {
    static PARTS: [Registration; 4] = [
        command("gamma", 3, "say"),
        command("gamma", 7, "say"),
        service("gamma", 8, "@x/{a}", &[]),
        service("gamma", 9, "@x/{b}", &[]),
    ];
    let found = refused(with_text(&format!("applications = [\"gamma\"]\n{QUIET}")).with(&GAMMA, &PARTS));
    assert_eq!(errors(&found), ["G0010", "G0010"]);
    let text = found.to_string();
    assert!(text.contains("lib.rs:7") && text.contains("lib.rs:3") && text.contains("the command \"say\""), "{text}");
    assert!(text.contains("the service GET @x/{b} on guillotina.interfaces.IContainer"), "{text}");
}

#[test]
fn across_applications_the_later_wins_by_requirement_or_by_explicit_order() {
    static IN_ALPHA: [Registration; 1] = [command("alpha", 1, "say")];
    static IN_BETA: [Registration; 1] = [command("beta", 2, "say")];
    static IN_GAMMA: [Registration; 1] = [command("gamma", 3, "say")];
    let winner = |configured: &Configured| {
        configured.components().commands.iter().map(|(_, place)| place.krate).collect::<Vec<_>>()
    };
    let info = |configured: &Configured| configured.diagnostics().iter().map(|d| d.id.id()).collect::<Vec<_>>();
    let both =
        |applications: &str| with_text(&format!("applications = {applications}\nload_utilities = {{}}\n{QUIET}"));

    let by_requirement = configured(both("[\"beta\"]").with(&ALPHA, &IN_ALPHA).with(&BETA, &IN_BETA));
    assert_eq!((winner(&by_requirement), info(&by_requirement)), (vec!["beta"], vec!["G0011"]));
    let by_order = configured(both("[\"gamma\", \"alpha\"]").with(&ALPHA, &IN_ALPHA).with(&GAMMA, &IN_GAMMA));
    assert_eq!((winner(&by_order), info(&by_order)), (vec!["alpha"], vec!["G0011"]));
    assert_eq!(
        by_order.components().registrations.iter().filter(|r| r.place.item == "command").count(),
        2,
        "explain sees both"
    );

    let found = refused(both("[\"beta\", \"gamma\"]").with(&ALPHA, &IN_ALPHA).with(&BETA, &[]).with(&GAMMA, &IN_GAMMA));
    assert_eq!(errors(&found), ["G0010"], "alpha is only there because beta requires it: {found}");
    assert!(found.to_string().contains("[\"alpha\", \"gamma\"]"), "{found}");
}

#[test]
fn what_a_handler_injects_must_be_loaded() {
    static PARTS: [Registration; 4] = [
        first("alpha", &[]),
        second("alpha", &[need_first]),
        service("alpha", 4, "@a", &[need_base]),
        service("alpha", 5, "@b", &[need_first]),
    ];
    let text = format!("applications = [\"alpha\"]\n{QUIET}");
    let found = refused(with_text(&text).with(&ALPHA, &PARTS));
    assert_eq!(errors(&found), ["G0007", "G0007"]);
    let printed = found.to_string();
    assert!(
        printed.contains("missing utility test.IBase") && printed.contains("lib.rs:4 (service `service`)"),
        "{printed}"
    );
    assert!(printed.contains("add to settings.toml:  [load_utilities.\"alpha.first\"]  enabled = true"), "{printed}");
    assert!(printed.contains("it is switched off here: alpha/settings.toml:3:11"), "{printed}");
    // A derived interface answers for its base, and a factory that is not loaded needs nothing.
    let loaded = configured(
        with_text(&format!("{text}[load_utilities.\"alpha.first\"]\nenabled = true\n")).with(&ALPHA, &PARTS),
    );
    assert_eq!(loaded.utilities().len(), 1);
}

#[test]
fn an_entry_with_a_mistake_of_its_own_is_not_missing_too() {
    static PARTS: [Registration; 2] = [first("alpha", &[]), service("alpha", 4, "@a", &[need_base])];
    let with = |entry: &str| {
        let text = format!("applications = [\"alpha\"]\n{QUIET}[load_utilities.\"alpha.first\"]\n{entry}");
        refused(with_text(&text).with(&ALPHA, &PARTS))
    };
    for (entry, code) in [
        ("enabled = true\nfactory = \"alpha.Frist\"\n", "G0004"),
        ("enabled = true\nprovides = \"test.IUnknown\"\n", "G0017"),
        ("enabled = true\nprovides = \"guillotina.interfaces.IIDGenerator\"\n", "G0008"),
    ] {
        assert_eq!(errors(&with(entry)), [code], "{}", with(entry));
    }
    let off = with("enabled = false\n");
    assert_eq!(errors(&off), ["G0007"]);
    let printed = off.to_string();
    assert!(printed.contains("remove `enabled = false` from [load_utilities.\"alpha.first\"]"), "{printed}");
    assert!(printed.contains("it is switched off here: settings.toml:"), "{printed}");
}

#[test]
fn a_missing_utility_of_a_plugin_that_is_not_enabled_says_so() {
    static PARTS: [Registration; 1] = [service("gamma", 4, "@a", &[need_first])];
    static FIRST: [Registration; 2] = [service("gamma", 4, "@a", &[need_first]), first("gamma", &[])];
    let found = refused(with_text(&format!("applications = [\"gamma\"]\n{QUIET}")).with(&GAMMA, &FIRST));
    assert!(found.to_string().contains("provides = \"test.IFirst\"  factory = \"gamma.First\""), "{found}");
    let found = refused(
        with_text(&format!("applications = [\"gamma\"]\n{QUIET}")).with(&GAMMA, &PARTS).with(&ALPHA, &ALPHA_PARTS),
    );
    assert_eq!(errors(&found), ["G0007"]);
    assert!(found.to_string().contains("add \"alpha\" to `applications`"), "{found}");
}

#[test]
fn utilities_are_sorted_by_their_needs_and_cycles_are_refused() {
    let entries = "[load_utilities.b]\nfactory = \"alpha.Second\"\n[load_utilities.a]\nfactory = \"alpha.First\"\n";
    let text = format!("applications = [\"alpha\"]\n{QUIET}{entries}");
    let loaded = configured(with_text(&text).with(&ALPHA, &ALPHA_PARTS));
    assert_eq!(loaded.utilities().iter().map(|u| u.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);

    static RING: [Registration; 2] = [first("alpha", &[need_second]), second("alpha", &[need_first])];
    let found = refused(with_text(&text).with(&ALPHA, &RING));
    assert_eq!(errors(&found), ["G0009"]);
    assert!(found.to_string().contains("a → b → a") || found.to_string().contains("b → a → b"), "{found}");
}

#[test]
fn a_route_that_cannot_be_is_refused() {
    static PARTS: [Registration; 1] = [service("gamma", 4, "@a/{b:path}/c", &[])];
    let found = refused(with_text(&format!("applications = [\"gamma\"]\n{QUIET}")).with(&GAMMA, &PARTS));
    assert_eq!(errors(&found), ["G0018"]);
    assert!(found.to_string().contains("nothing can follow it"), "{found}");
}

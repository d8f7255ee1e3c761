//! What the server says about itself: `explain`, `routes`, `generate-settings`.

use guillotina_tests::{Binary, Output, SETTINGS, run};
use serde_json::Value;
use tempfile::TempDir;

fn ask(binary: Binary, settings: &str, args: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
    run(binary, folder.path(), args)
}

fn guillotina(args: &[&str]) -> Output {
    ask(Binary::Guillotina, SETTINGS, args)
}

/// The components of an explanation, as (verdict, name) and the whole row.
fn explained(output: &Output) -> Vec<(String, String, Value)> {
    let answer: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", output.all()));
    let rows = answer["components"].as_array().unwrap().clone();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows.into_iter().map(|row| (text(&row, "verdict"), text(&row, "name"), row)).collect()
}

#[test]
fn an_adapter_and_what_it_shadows() {
    let args = ["explain", "adapter", "Message", "IRequest", "IResourceSerializeToJsonSummary"];
    let rows = explained(&guillotina(&[&args[..], &["--json"]].concat()));
    assert_eq!((rows[0].0.as_str(), rows[0].1.as_str()), ("chosen", "guillotina_chat.serialize.message_summary"));
    assert!(rows[0].2["place"].as_str().unwrap().starts_with("plugins/guillotina_chat/src/serialize.rs:"));
    assert_eq!((rows[1].0.as_str(), rows[1].1.as_str()), ("shadowed", "guillotina.serialize.resource_summary"));
    let why = rows[1].2["why"].as_str().unwrap();
    assert!(why.contains("IMessage comes before guillotina.interfaces.IResource"), "{why}");
    let other = rows.iter().find(|row| row.1.ends_with("conversation_summary")).unwrap();
    assert_eq!(other.0, "does not match");
    let text = guillotina(&args);
    assert!(text.stdout.contains("chosen: guillotina_chat.serialize.message_summary"), "{}", text.stdout);
}

#[test]
fn an_adapter_that_another_application_overrides() {
    let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
    let args = ["explain", "adapter", "Item", "IRequest", "IResourceSerializeToJsonSummary", "--json"];
    let rows = explained(&ask(Binary::TestServer, &settings, &args));
    assert_eq!((rows[0].0.as_str(), rows[0].1.as_str()), ("chosen", "guillotina_tests.plugin.summary_again"));
    let lost = rows.iter().find(|row| row.0 == "overridden").expect("the framework's own");
    assert_eq!(lost.1, "guillotina.serialize.resource_summary");
    assert!(lost.2["why"].as_str().unwrap().contains("since it extends it"), "{}", lost.2);
}

#[test]
fn the_utility_that_is_loaded_and_those_that_could_be() {
    let interface = "guillotina_chat.utility.IMessageSender";
    let rows = explained(&guillotina(&["explain", "utility", "IMessageSender", "--json"]));
    assert_eq!((rows.len(), rows[0].0.as_str()), (1, "chosen"));
    assert!(rows[0].1.contains("\"guillotina_chat.message_sender\""), "{}", rows[0].1);

    let disabled = format!("{SETTINGS}\n[load_utilities.\"guillotina_chat.message_sender\"]\nenabled = false\n");
    let output = ask(Binary::Guillotina, &disabled, &["explain", "utility", interface, "--json"]);
    // Its subscriber needs it: the settings are refused before anything is explained.
    assert_eq!(output.code, Some(78), "{}", output.all());
}

#[test]
fn the_subscribers_in_their_order() {
    let rows = explained(&guillotina(&["explain", "subscribers", "Conversation", "ObjectModified", "--json"]));
    let names: Vec<&str> = rows.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(names.last(), Some(&"guillotina_chat.subscribers.conversation_changed"), "{names:?}");
    assert!(rows.iter().all(|row| row.0 == "called"));
}

#[test]
fn the_service_that_answers() {
    let rows = explained(&guillotina(&["explain", "service", "post", "Container", "@login", "--json"]));
    assert_eq!((rows[0].0.as_str(), rows[0].1.as_str()), ("chosen", "guillotina.login.login_here"));
    let none = guillotina(&["explain", "service", "GET", "Item", "@conversations"]);
    assert_eq!(none.code, Some(1), "{}", none.all());
    assert!(none.stdout.contains("nobody answers") && none.stdout.contains("IContainer"), "{}", none.stdout);
}

#[test]
fn a_service_that_another_application_overrides() {
    let args = ["explain", "service", "GET", "IApplication", "@chat"];
    let own = explained(&guillotina(&[&args[..], &["--json"]].concat()));
    let row = |verdict: &str, name: &str| (verdict.to_owned(), name.to_owned());
    assert_eq!((own.len(), (own[0].0.clone(), own[0].1.clone())), (1, row("chosen", "guillotina_chat.page.places")));
    let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
    let rows = explained(&ask(Binary::TestServer, &settings, &[&args[..], &["--json"]].concat()));
    let verdicts: Vec<_> = rows.iter().map(|(verdict, name, _)| (verdict.clone(), name.clone())).collect();
    assert_eq!(
        verdicts,
        [row("chosen", "guillotina_tests.plugin.no_places"), row("overridden", "guillotina_chat.page.places")]
    );
    let why = rows[1].2["why"].as_str().unwrap();
    assert!(why.contains("overrides the service GET @chat on") && why.contains("since it requires it"), "{why}");
    let text = ask(Binary::TestServer, &settings, &args).stdout;
    assert!(text.contains("overridden: guillotina_chat.page.places"), "{text}");
    assert!(text.contains("plugins/guillotina_chat/src/page.rs:"), "{text}");
}

#[test]
fn a_service_that_a_nearer_one_shadows() {
    let rows = explained(&guillotina(&["explain", "service", "DELETE", "Container", "--json"]));
    assert_eq!(rows[0].0, "chosen");
    let shadowed: Vec<_> = rows.iter().filter(|row| row.0 == "shadowed").collect();
    assert!(!shadowed.is_empty(), "{rows:?}");
    assert!(shadowed.iter().all(|row| row.2["why"].as_str().unwrap().contains(" comes before ")), "{rows:?}");
}

#[test]
fn a_name_that_nobody_has() {
    for args in [&["adapter", "Mesage", "IRequest"][..], &["utility", "IMesageSender"], &["service", "POT", "Item"]] {
        let output = guillotina(&[&["explain"], args].concat());
        assert_eq!(output.code, Some(2), "{}", output.all());
    }
    assert!(guillotina(&["explain", "utility", "IMesageSender"]).stderr.contains("did you mean \"IMessageSender\"?"));
    assert!(guillotina(&["list-components", "--kind", "adpter"]).stderr.contains("did you mean \"adapter\"?"));
}

#[test]
fn routes_name_context_method_name_permission_and_application() {
    let output = guillotina(&["routes", "--json"]);
    let routes: Vec<Value> = serde_json::from_str(&output.stdout).unwrap();
    let find = |method: &str, name: &str, context: &str| {
        let is_it = |r: &&Value| r["method"] == method && r["name"] == name && r["context"] == context;
        routes.iter().find(is_it).unwrap_or_else(|| panic!("{method} {name} on {context}"))
    };
    let sharing = find("GET", "@sharing", "guillotina.interfaces.IResource");
    assert_eq!(
        (&sharing["permission"], &sharing["application"]),
        (&"guillotina.SeePermissions".into(), &"guillotina".into())
    );
    let stream = find("WEBSOCKET", "@conversate", "guillotina.interfaces.IContainer");
    assert_eq!(stream["application"], "guillotina_chat");

    let of_messages = guillotina(&["routes", "--context", "Message", "--application", "guillotina"]).stdout;
    assert!(of_messages.contains("@sharing") && !of_messages.contains("@login"), "{of_messages}");
}

#[test]
fn the_generated_settings_are_good() {
    let generated = guillotina(&["generate-settings"]).stdout;
    let check = |settings: &str| {
        let output = ask(Binary::Guillotina, settings, &["check"]);
        assert_eq!(output.code, Some(0), "{}", output.all());
        output
    };
    check(&generated);
    // Every default can be set as it stands there.
    let is_setting = |line: &str| {
        let name = line.split(" = ").next().unwrap_or_default();
        let is_key =
            line.contains(" = ") && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        (line.starts_with('[') || is_key) && !line.contains("= <")
    };
    let mut all = String::new();
    let mut skipped = false;
    for line in generated.lines() {
        let set = line.strip_prefix('#').filter(|rest| is_setting(rest)).unwrap_or(line);
        if set.starts_with('[') {
            // A key has no default, since it is a secret.
            skipped = set == "[jwk]";
        }
        if !skipped {
            all.push_str(set);
            all.push('\n');
        }
    }
    assert!(all.contains("\n[limits]\n") && all.contains("\nmax_age = 3660\n") && all.contains("\nqueue = "), "{all}");
    check(&all);
}

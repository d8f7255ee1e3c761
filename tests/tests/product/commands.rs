//! The command line (contract section 16).

use guillotina_tests::{Binary, Output, SETTINGS, run};
use serde_json::Value;
use tempfile::TempDir;

fn guillotina(args: &[&str]) -> Output {
    program(Binary::Guillotina, SETTINGS, args)
}

fn program(binary: Binary, settings: &str, args: &[&str]) -> Output {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
    run(binary, folder.path(), args)
}

fn json(output: &Output) -> Value {
    assert_eq!(output.code, Some(0), "{}", output.all());
    serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", output.stdout))
}

#[test]
fn check_finds_the_settings_good_and_opens_nothing() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.toml"), SETTINGS).unwrap();
    let output = run(Binary::Guillotina, folder.path(), &["check"]);
    assert_eq!(output.code, Some(0), "{}", output.all());
    assert!(output.stdout.contains("guillotina_chat"), "{}", output.stdout);
    assert!(!folder.path().join("data.sqlite").exists());
    json(&guillotina(&["check", "--json"]));
}

#[test]
fn check_tells_mistakes_as_json_too() {
    let output = program(Binary::Guillotina, &format!("hots = 1\n{SETTINGS}"), &["check", "--json"]);
    assert_eq!(output.code, Some(78), "{}", output.all());
    let found: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", output.all()));
    assert!(found.to_string().contains("G0005"), "{found}");
}

#[test]
fn list_components_names_what_the_enabled_applications_bring() {
    let all = json(&guillotina(&["list-components", "--json"]));
    let rows = all.as_array().unwrap();
    let has = |kind: &str, title: &str| {
        rows.iter().any(|r| r["kind"] == kind && r["title"].as_str().is_some_and(|t| t.contains(title)))
    };
    assert!(has("content_type", "Conversation"));
    assert!(has("service", "@conversations"));
    assert!(has("websocket", "@conversate"));
    assert!(has("utility", "guillotina_chat.utility.IMessageSender"));
    assert!(has("addon", "dbusers"));
    assert!(has("behavior", "guillotina.behaviors.dublincore.IDublinCore"));
    assert!(has("role", "guillotina_chat.ConversationParticipant"));
    assert!(
        rows.iter().all(|r| r["place"].as_str().is_some_and(|p| p.contains(".rs:"))),
        "every one says where it stands"
    );
    let services =
        json(&guillotina(&["list-components", "--kind", "service", "--application", "guillotina_chat", "--json"]));
    assert_eq!(services.as_array().unwrap().len(), 5, "{services}");
    assert!(guillotina(&["list-components"]).stdout.contains("@conversate"));
}

#[test]
fn what_is_not_enabled_is_not_listed() {
    let settings = SETTINGS.replace(", \"guillotina_chat\"]", "]");
    let listed = program(Binary::Guillotina, &settings, &["list-components", "--json"]);
    assert!(!json(&listed).to_string().contains("guillotina_chat."), "{}", listed.stdout);
}

#[test]
fn gen_key_makes_a_key_that_the_settings_take_g_010_a_023() {
    let key = json(&guillotina(&["gen-key", "--json"]));
    assert_eq!(key["kty"], "oct");
    let (first, second) = (guillotina(&["gen-key"]).stdout, guillotina(&["gen-key"]).stdout);
    assert_ne!(first, second);
    let output = program(Binary::Guillotina, &format!("{SETTINGS}\n{first}"), &["check"]);
    assert_eq!(output.code, Some(0), "{}", output.all());
    assert_eq!(guillotina(&["gen-key", "--key-size", "128"]).code, Some(2));
}

/// The commands below one, by its help.
fn commands(of: &[&str]) -> Vec<String> {
    let help = guillotina(&[of, &["--help"]].concat()).stdout;
    let Some(list) = help.split("\nCommands:\n").nth(1) else { return Vec::new() };
    let words =
        list.lines().take_while(|line| line.starts_with("  ")).filter_map(|line| line.split_whitespace().next());
    words.filter(|word| *word != "help").map(str::to_owned).collect()
}

/// What stands behind `Example: guillotina ` in the help of a command.
fn example(of: &[&str]) -> String {
    let output = guillotina(&[of, &["--help"]].concat());
    assert_eq!(output.code, Some(0), "{of:?}");
    let example = output.stdout.lines().find_map(|line| line.strip_prefix("Example: guillotina "));
    example.unwrap_or_else(|| panic!("{of:?} has no example: {}", output.stdout)).to_owned()
}

#[test]
fn every_command_has_an_example_that_works() {
    let mut all: Vec<Vec<String>> = commands(&[]).into_iter().map(|word| vec![word]).collect();
    all.extend(commands(&["explain"]).into_iter().map(|word| vec!["explain".to_owned(), word]));
    assert!(all.len() >= 13, "{all:?}");
    for command in all {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let example = example(&words);
        assert!(example.starts_with(&words.join(" ")), "{words:?}: {example}");
        // A server does not end; the next test shows it.
        if words == ["serve"] {
            continue;
        }
        let line = example.split(" > ").next().unwrap();
        let output = guillotina(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(output.code, Some(0), "{line}: {}", output.all());
        assert!(!output.stdout.is_empty(), "{line}");
    }
    assert!(guillotina(&["--version"]).stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn the_examples_that_serve_do_so() {
    for example in [example(&[]), example(&["serve"])] {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("settings.toml"), SETTINGS).unwrap();
        // Any free port, so that no other test is in the way.
        assert!(example.contains("8081"), "{example}");
        let example = example.replace("8081", "0");
        let mut server = guillotina_tests::Server::run(folder, &example.split(' ').collect::<Vec<_>>());
        server.anonymous().get("/").await.expect(200);
        assert!(server.stop().await.success(), "{example}");
    }
}

#[test]
fn a_command_that_nobody_has_is_a_mistake_of_usage() {
    let output = guillotina(&["srve"]);
    assert_eq!(output.code, Some(2), "{}", output.all());
    assert!(output.stderr.contains("srve"), "{}", output.stderr);
    assert_eq!(guillotina(&["serve", "--prt", "1"]).code, Some(2));
}

#[test]
fn a_plugin_adds_a_command_g_011() {
    let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
    let output = program(Binary::TestServer, &settings, &["say", "hello", "world"]);
    assert_eq!((output.code, output.stdout.trim()), (Some(0), "hello world"), "{}", output.all());
    assert_eq!(program(Binary::TestServer, &settings, &["say"]).code, Some(3));
    assert!(program(Binary::TestServer, &settings, &["--help"]).stdout.contains("Prints words"));
    assert_eq!(
        program(Binary::TestServer, SETTINGS, &["say", "x"]).code,
        Some(2),
        "an application that is not enabled adds nothing"
    );
}

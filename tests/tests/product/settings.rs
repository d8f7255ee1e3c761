//! Mistakes in the settings, found before anything starts (contract section 17, rows W-001, A-013, G-012).

use guillotina_tests::{Binary, Output, PEOPLE, SETTINGS, Server, run};
use std::net::TcpListener;
use tempfile::TempDir;

/// Exit code of a mistake in the settings.
const CONFIG: i32 = 78;

struct Told {
    output: Output,
    /// What the server left in its folder.
    files: Vec<String>,
}

fn serve(binary: Binary, settings: &str, args: &[&str]) -> Told {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("settings.toml"), settings).unwrap();
    let output = run(binary, folder.path(), args);
    let files = std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    Told { output, files: files.filter(|f| f.contains("sqlite")).collect() }
}

impl Told {
    /// Nothing was started, and these are the numbers of the mistakes.
    fn refuses(&self, codes: &[&str]) {
        let said = self.output.all();
        assert_eq!(self.output.code, Some(CONFIG), "{said}");
        assert!(!said.contains("Listening"), "{said}");
        assert!(self.files.is_empty(), "a database was opened: {:?}", self.files);
        let mut found: Vec<&str> =
            said.lines().filter_map(|l| l.strip_prefix("error[")).filter_map(|l| l.split(']').next()).collect();
        let mut expected = codes.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{said}");
        for (place, _) in said.match_indices("error[") {
            let end = said[place + 1..].find("error[").map_or(said.len(), |next| place + 1 + next);
            assert!(said[place..end].contains("help:"), "without help: {}", &said[place..end]);
        }
    }

    fn says(&self, words: &[&str]) {
        let said = self.output.all();
        for word in words {
            assert!(said.contains(word), "{word:?} is not in:\n{said}");
        }
    }
}

fn refused(settings: &str, codes: &[&str], words: &[&str]) {
    let told = serve(Binary::Guillotina, settings, &["-c", "settings.toml", "serve"]);
    told.refuses(codes);
    told.says(words);
}

#[test]
fn ten_mistakes_are_ten_diagnostics_and_nothing_starts_g_012() {
    let settings = r#"
applications = ["guillotina_chat", "guillotina_chatt"]
hots = "127.0.0.1"
host = "127.0.0.1"
port = "eighty"
conflict_retry_attempts = -1

[databases.db]
storage = "sqlit"
pat = "data.sqlite"

[jwt]
secrett = "x"
token_expiration = "an hour"

[load_utilities.one]
provides = "guillotina_chat.utility.IMessageSender"
factory = "guillotina_chat.utility.MessageSenderUtilty"

[load_utilities.two]
provides = "guillotina_chat.utility.IMessageSendr"
factory = "guillotina_chat.utility.MessageSenderUtility"
"#;
    let codes = ["G0003", "G0005", "G0006", "G0018", "G0018", "G0005", "G0005", "G0006", "G0004", "G0017"];
    let words = [
        "settings.toml:2:",
        "settings.toml:3:1",
        "settings.toml:5:8",
        "did you mean \"host\"",
        "did you mean \"sqlite\"",
        "MessageSenderUtility",
        "secret",
        "guillotina_chat",
    ];
    refused(settings, &codes, &words);
}

#[test]
fn an_application_that_is_linked_nowhere_says_how_to_link_it_g0003() {
    let settings = SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]");
    refused(&settings, &["G0003"], &["guillotina_tests", "guillotina::main!", "rebuild"]);
}

#[test]
fn an_application_that_is_linked_but_not_enabled_says_so_g0012() {
    let settings = format!(
        "{}\n[load_utilities.sender]\nprovides = \"guillotina_chat.utility.IMessageSender\"\nfactory = \"guillotina_chat.utility.MessageSenderUtility\"\n",
        SETTINGS.replace(", \"guillotina_chat\"]", "]")
    );
    refused(&settings, &["G0012"], &["guillotina_chat", "applications"]);
}

#[test]
fn a_factory_that_fails_stops_the_start_g0013() {
    let settings = format!(
        "{}\n[load_utilities.impossible]\nprovides = \"guillotina_tests.plugin.INothing\"\nfactory = \"guillotina_tests.plugin.Impossible\"\n",
        SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]")
    );
    let told = serve(Binary::TestServer, &settings, &["-c", "settings.toml", "serve"]);
    let said = told.output.all();
    assert_eq!(told.output.code, Some(CONFIG), "{said}");
    told.says(&["G0013", "impossible", "the moon is in the wrong house", "help:"]);
    assert!(!said.contains("Listening") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_factory_that_does_not_provide_what_it_should_says_what_it_does_g0008() {
    let settings = format!(
        "{}\n[load_utilities.wrong]\nprovides = \"guillotina_tests.plugin.INothing\"\nfactory = \"guillotina_chat.utility.MessageSenderUtility\"\n",
        SETTINGS.replace("\"guillotina_chat\"]", "\"guillotina_chat\", \"guillotina_tests\"]")
    );
    let told = serve(Binary::TestServer, &settings, &["-c", "settings.toml", "serve"]);
    told.refuses(&["G0008"]);
    told.says(&["guillotina_chat.utility.IMessageSender"]);
}

#[test]
fn a_utility_that_is_injected_must_be_loaded_g0007() {
    refused(
        &format!("{SETTINGS}\n[load_utilities.\"guillotina_chat.message_sender\"]\nenabled = false\n"),
        &["G0007"],
        &["IMessageSender", "subscribers.rs", "load_utilities"],
    );
}

#[test]
fn settings_of_a_utility_are_checked_w_001() {
    refused(
        &format!(
            "{SETTINGS}\n[load_utilities.\"guillotina_chat.message_sender\".settings]\nquue = 5\nqueue = \"long\"\n"
        ),
        &["G0005", "G0006"],
        &["did you mean \"queue\""],
    );
}

#[test]
fn the_default_password_is_refused_where_others_can_reach_it_g0015() {
    for host in ["0.0.0.0", "::", "192.0.2.1"] {
        refused(&SETTINGS.replace("127.0.0.1", host), &["G0015"], &["root_user"]);
    }
    let told = serve(Binary::Guillotina, SETTINGS, &["-c", "settings.toml", "check"]);
    assert_eq!(told.output.code, Some(0), "{}", told.output.all());
    told.says(&["G0015"]);
}

#[test]
fn a_file_that_cannot_be_read_names_the_line_g0001_g0002() {
    refused("applications = [\n", &["G0002"], &["settings.toml:"]);
    let told = serve(Binary::Guillotina, "", &["-c", "nowhere.toml", "serve"]);
    told.refuses(&["G0001"]);
    told.says(&["nowhere.toml"]);
}

#[test]
fn overrides_and_environment_are_checked_too_g0020() {
    for (args, code) in [
        (["--override", "nonsense"], "G0020"),
        (["--override", "port=eighty"], "G0006"),
        (["--override", "hots=x"], "G0005"),
    ] {
        let told = serve(Binary::Guillotina, SETTINGS, &["-c", "settings.toml", args[0], args[1], "check"]);
        told.refuses(&[code]);
        told.says(&["override"]);
    }
}

#[test]
fn a_port_that_is_taken_is_said_and_is_no_hang_g0016() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = serve(Binary::Guillotina, SETTINGS, &["-c", "settings.toml", "serve", "--port", &port]);
    assert!(told.output.code.is_some_and(|code| code != 0), "{}", told.output.all());
    told.says(&[&port]);
    assert!(!told.output.all().contains("Listening"));
}

#[tokio::test]
async fn yaml_and_json_with_guillotinas_keys_load_section_17() {
    let yaml = r#"
applications:
  - guillotina.contrib.dbusers
databases:
  - db:
      storage: DUMMY_FILE
      filename: g.db
root_user:
  password: root
port: 0
jwt:
  secret: 0123456789abcdef0123456789abcdef
  algorithm: HS256
auth_user_identifiers:
  - guillotina.contrib.dbusers.users.DBUserIdentifier
load_utilities:
  guillotina.queue:
    provides: guillotina.interfaces.IQueueUtility
    factory: guillotina.async_util.QueueUtility
    settings: {}
"#;
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("config.yaml"), yaml).unwrap();
    let checked = run(Binary::Guillotina, folder.path(), &["check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.all());
    std::fs::remove_file(folder.path().join("config.yaml")).unwrap();
    let json = serde_json::json!({"applications": ["guillotina.contrib.dbusers"], "databases": {"db": {"storage": "DUMMY"}}, "root_user": {"password": "root"}});
    std::fs::write(folder.path().join("config.json"), json.to_string()).unwrap();
    let checked = run(Binary::Guillotina, folder.path(), &["check"]);
    assert_eq!(checked.code, Some(0), "{}", checked.all());
}

#[tokio::test]
async fn databases_are_served_by_their_names_x_021_x_018() {
    let server = Server::with("[databases.second]\nstorage = \"DUMMY\"\n").await;
    let root = server.root();
    assert_eq!(root.get("/").await.expect(200)["databases"], serde_json::json!(["db", "second"]));
    for database in ["db", "second"] {
        root.post(&format!("/{database}"), serde_json::json!({"@type": "Container", "id": "c"})).await.expect(200);
        root.post(&format!("/{database}/c"), serde_json::json!({"@type": "Item", "id": database})).await.expect(201);
    }
    assert_eq!(root.get("/db/c/second").await.status, 404);
    assert_eq!(root.get("/second/c/second").await.status, 200);
}

#[tokio::test]
async fn provisioning_makes_what_is_missing_and_changes_nothing() {
    let mut server = Server::with(PEOPLE).await;
    let root = server.root();
    root.patch("/db/c", serde_json::json!({"title": "Renamed"})).await.expect(204);
    root.patch("/db/c/@users/bob", serde_json::json!({"password": "other-bob"})).await.expect(204);
    root.delete("/db/c/@users/eve").await.expect(200);
    assert!(server.stop().await.success());
    server.restart().await;
    let root = server.root();
    assert_eq!(root.get("/db/c").await.expect(200)["title"], "Renamed");
    assert_eq!(server.anonymous().basic("bob", "other-bob").get("/db/c/@user_info").await.status, 200);
    assert_eq!(root.get("/db/c/@users/eve").await.status, 200, "eve is made again");
}

#[test]
fn a_mistake_in_provisioning_names_its_place_g0019() {
    let settings = format!("{SETTINGS}\n[[provision.containers]]\nid = \"c\"\naddons = [\"dbuser\"]\n");
    let told = serve(Binary::Guillotina, &settings, &["-c", "settings.toml", "serve"]);
    assert_eq!(told.output.code, Some(CONFIG), "{}", told.output.all());
    told.says(&["G0019", "dbusers", "settings.toml:"]);
}

//! The printed form of the diagnostics, compared with the texts in `tests/golden`. Set `UPDATE_GOLDEN=1` to write them.

#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::HashMap;
use std::path::Path;

use guillotina_settings::{Code, Diagnostic, Diagnostics, FieldDoc, Layers, Origin, Section, Settings, check_keys};
use serde::Deserialize;
use serde_json::json;

/// A section as the `#[settings]` attribute would make it.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
struct Sender {
    backlog: u16,
    greeting: String,
    strict: bool,
    ratio: f64,
    channels: Vec<String>,
    retry: Retry,
    mode: Mode,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
struct Retry {
    attempts: u32,
    wait: Option<f64>,
    codes: HashMap<String, u16>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Live,
    Polling,
}

impl Default for Sender {
    fn default() -> Self {
        Self {
            backlog: 100,
            greeting: String::new(),
            strict: true,
            ratio: 0.5,
            channels: Vec::new(),
            retry: Retry::default(),
            mode: Mode::Live,
        }
    }
}

impl Section for Sender {
    const FIELDS: &'static [FieldDoc] = &[
        FieldDoc { name: "backlog", kind: "integer", default: || json!(100), doc: "Frames kept for one socket." },
        FieldDoc { name: "greeting", kind: "string", default: || json!(""), doc: "The first message." },
        FieldDoc { name: "strict", kind: "boolean", default: || json!(true), doc: "Refuse unknown users." },
        FieldDoc { name: "ratio", kind: "number", default: || json!(0.5), doc: "Share of the readers." },
        FieldDoc { name: "channels", kind: "list of string", default: || json!([]), doc: "Names of channels." },
        FieldDoc { name: "retry", kind: "table", default: || json!({}), doc: "How to try again." },
        FieldDoc { name: "mode", kind: "string", default: || json!("live"), doc: "How to deliver." },
    ];
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Jwt {
    secret: String,
    #[serde(default)]
    token_expiration: u64,
}

impl Section for Jwt {
    const FIELDS: &'static [FieldDoc] = &[
        FieldDoc { name: "secret", kind: "string", default: || json!(null), doc: "Signs the tokens." },
        FieldDoc { name: "token_expiration", kind: "integer", default: || json!(3600), doc: "In seconds." },
    ];
}

const UTILITY: [&str; 3] = ["load_utilities", "chat.sender", "settings"];

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; UPDATE_GOLDEN=1 writes it", path.display());
}

fn origin_of(settings: &Settings, path: &str) -> Origin {
    settings.get_str(path).unwrap().origin.clone()
}

#[test]
fn the_text_that_the_operator_sees() {
    let text = "\n".repeat(12)
        + "[load_utilities.\"guillotina_chat.message_sender\"]\nfactory = \"guillotina_chat.MesageSenderUtility\"\n";
    let (settings, mut diagnostics) = Layers::new().file("settings.toml", &text).finish();
    let place = origin_of(&settings, "load_utilities.\"guillotina_chat.message_sender\".factory");
    diagnostics.push(
        Diagnostic::error(Code::UNKNOWN_FACTORY, "unknown factory \"guillotina_chat.MesageSenderUtility\"", place)
            .label("no enabled plugin provides it")
            .help("did you mean \"guillotina_chat.MessageSenderUtility\" (plugins/chat/src/lib.rs:90)?")
            .see("guillotina list-components --kind utility"),
    );
    let place =
        Origin::Code { file: "plugins/chat/src/lib.rs".into(), line: 122, what: "subscriber `message_added`".into() };
    diagnostics.push(
        Diagnostic::error(Code::MISSING_UTILITY, "missing utility dyn MessageSender", place)
            .help("add to settings.toml:  [load_utilities.\"guillotina_chat.message_sender\"]"),
    );
    golden("target.txt", &diagnostics.to_string());
    assert_eq!(diagnostics.exit_code(), 78);
}

#[test]
fn ten_mistakes_in_one_file_are_ten_diagnostics() {
    let text = r#"hots = "127.0.0.1"
port = 8080

[load_utilities."chat.sender".settings]
backlg = 100
backlog = "many"
greeting = 5
strict = "yes"
ratio = true
channels = ["one", 2, "three"]
mode = "life"
[load_utilities."chat.sender".settings.retry]
attempts = -1
codes = { busy = 4429, gone = 70000 }
"#;
    let (settings, mut diagnostics) = Layers::new().file("settings.toml", text).finish();
    check_keys(settings.root(), &["host", "port", "load_utilities"], "the settings", &mut diagnostics);
    assert!(settings.section::<Sender>(&UTILITY, &mut diagnostics).is_none());
    golden("ten_mistakes.txt", &diagnostics.to_string());
    assert_eq!(diagnostics.len(), 10);
    assert!(diagnostics.iter().all(|one| one.place.is_some() && !one.help.is_empty()));
}

#[test]
fn other_layers_name_their_own_places() {
    let (settings, mut diagnostics) = Layers::new()
        .application(
            "guillotina_chat",
            "guillotina_chat/settings.toml",
            "[load_utilities.\"chat.sender\".settings]\nratio = \"half\"\n",
        )
        .file("config.yaml", "load_utilities:\n  chat.sender:\n    settings:\n      strict: 1\n      retry: [1, 2]\n")
        .environment([
            ("G_LOAD_UTILITIES__CHAT_SENDER__SETTINGS__BACKLOG".into(), "eighty".into()),
            ("G_LOAD_UTILITIES__CHAT_SENDER__SETTINGS__RETRY__CODES".into(), r#"{"busy": "a", "gone": 1}"#.into()),
        ])
        .override_("load_utilities.\"chat.sender\".settings.mode=life")
        .finish();
    assert!(settings.section::<Sender>(&UTILITY, &mut diagnostics).is_none());
    golden("layers.txt", &diagnostics.to_string());
}

#[test]
fn mistakes_of_grammar() {
    let mut all = Diagnostics::new();
    let files = [
        ("broken.toml", "host = \"a\"\nport = = 1\nhost = \"b\"\n[cors\n"),
        ("broken.yaml", "host: a\nport: [1, 2\nx: y\n"),
        ("twice.yaml", "host: a\nport: 1\nhost: b\n"),
        ("tag.yaml", "host: !!python/object:os.system x\n"),
        ("two.yaml", "a: 1\n---\nb: 2\n"),
        ("broken.json", "{\n  \"host\": \"a\",\n  \"port\": ]\n}\n"),
        ("twice.json", "{\"host\": \"a\", \"port\": 1, \"host\": \"b\"}"),
        ("list.json", "[1, 2]"),
        ("settings.ini", "a = 1"),
    ];
    for (name, text) in files {
        all.extend(Layers::new().file(name, text).finish().1);
    }
    let (_, diagnostics) = Layers::new()
        .file("settings.toml", "databases = []\n\"a.b\" = 1\na_b = 2\n")
        .environment([
            ("G_A____B".into(), "1".into()),
            ("G_DATABASES__0__NAME".into(), "db".into()),
            ("G_CORS".into(), "{\"max_age\": }".into()),
            ("G_A-B".into(), "3".into()),
        ])
        .override_("port")
        .override_("a..b=1")
        .override_("\"a.b=1")
        .override_("databases.0=1")
        .finish();
    all.extend(diagnostics);
    golden("grammar.txt", &all.to_string());
}

#[test]
fn secrets_are_not_printed() {
    let mut all = Diagnostics::new();
    let cases = [
        Layers::new().file("settings.toml", "[jwt]\nsecret = 1234567890\ntoken_expiration = \"long\"\n"),
        Layers::new().file("settings.toml", "jwt = { secrt = 1, secret = \"hunter2\" }\n"),
        Layers::new().file("config.yaml", "jwt:\n  secret: [hunter2]\n"),
        Layers::new().file("config.json", r#"{"jwt": {"token_expiration": {"x": 1}, "secret": ["hunter2"], "a": 1}}"#),
        Layers::new().environment([("G_JWT__SECRET".into(), r#"["hunter2"]"#.into())]),
        Layers::new().override_(r#"jwt={"secret": ["hunter2"]}"#),
        Layers::new().file("settings.toml", "[jwt]\nsecret = \"hunter2\" = 1\n"),
        Layers::new().environment([("G_JWT__SECRET".into(), r#"["hunter2"#.into())]),
        Layers::new().override_("jwt..secret=hunter2"),
        Layers::new().override_("\"jwt.secret=hunter2"),
    ];
    for layers in cases {
        let (settings, mut diagnostics) = layers.finish();
        let broken = diagnostics.has_errors();
        assert!(broken || settings.section::<Jwt>(&["jwt"], &mut diagnostics).is_none() || diagnostics.has_errors());
        all.extend(diagnostics);
    }
    let (settings, mut diagnostics) = Layers::new().file("settings.toml", "[jwt]\ntoken_expiration = 60\n").finish();
    assert!(settings.section::<Jwt>(&["jwt"], &mut diagnostics).is_none());
    all.extend(diagnostics);
    golden("secrets.txt", &all.to_string());
    let printed = format!("{all}{}{}", all.to_colored(), all.to_json());
    assert!(!printed.contains("hunter2") && !printed.contains("1234567890"));
}

#[test]
fn severities_and_related_places() {
    let code = |file: &str, line| Origin::Code { file: file.into(), line, what: String::new() };
    let (settings, _) = Layers::new().file("settings.toml", "[root_user]\npassword = \"root\"\n").finish();
    let mut all = Diagnostics::new();
    all.push(
        Diagnostic::error(Code::CONFLICT, "two applications provide ISender", code("b/src/lib.rs", 3))
            .related("the other one", code("a/src/lib.rs", 7))
            .help("name one of them in `applications`,\nor let one require the other"),
    );
    all.push(
        Diagnostic::warning(
            Code::DEFAULT_PASSWORD,
            "the root password is the default",
            origin_of(&settings, "root_user.password"),
        )
        .label("change it")
        .help("choose another one"),
    );
    all.push(Diagnostic::info(Code::OVERRIDE, "b overrides a", code("b/src/lib.rs", 9)).help("nothing to do"));
    all.push(Diagnostic::error(Code::BIND, "127.0.0.1:80 cannot be bound", None).label("in use").help("stop it"));
    golden("severities.txt", &all.to_string());
    assert!(all.to_colored().to_string().contains("\u{1b}[1;31merror[G0010]\u{1b}[0m"));
    assert_eq!(all.to_json()[1]["place"]["line"], 2);
    assert_eq!(all.counts(), (2, 1));
}

#[test]
fn long_lines_are_cut_and_control_characters_are_not_printed() {
    let long = format!("{{\"a\": \"{}\", \"port\": \"{}\", \"b\": [1, 2]}}", "x".repeat(1000), "é".repeat(1000));
    let (settings, mut all) = Layers::new().file("config.json", &long).finish();
    let place = origin_of(&settings, "port");
    all.push(Diagnostic::error(Code::WRONG_TYPE, "too long", place).label("here").help("write less"));
    let (settings, diagnostics) = Layers::new().file("config.yaml", "\"a\tb\":\t\"ü\u{9b}\" # c\n").finish();
    all.extend(diagnostics);
    let place = settings.root().as_table().unwrap()[0].origin.clone();
    all.push(Diagnostic::error(Code::WRONG_TYPE, "\u{1b}[2J", place).label("here").help("tabs"));
    golden("long.txt", &all.to_string());
}

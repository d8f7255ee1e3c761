//! Merging, typing by the section, and the three formats.

#![allow(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::HashMap;

use guillotina_settings::{Code, Diagnostics, FieldDoc, Layers, Node, Origin, Section, Settings};
use serde::Deserialize;
use serde_json::{Value as Json, json};

fn merged(layers: Layers) -> Settings {
    let (settings, diagnostics) = layers.finish();
    assert!(diagnostics.is_empty(), "{diagnostics}");
    settings
}

fn codes(diagnostics: &Diagnostics) -> Vec<Code> {
    diagnostics.iter().map(|one| one.id).collect()
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(default)]
struct Server {
    host: String,
    port: u16,
    debug: bool,
    ratio: f32,
    delay: Option<i64>,
    names: Vec<String>,
    limits: HashMap<String, u64>,
    secret: Option<String>,
    rest: Json,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".into(),
            port: 8080,
            debug: false,
            ratio: 0.5,
            delay: None,
            names: Vec::new(),
            limits: HashMap::new(),
            secret: None,
            rest: Json::Null,
        }
    }
}

impl Section for Server {
    const FIELDS: &'static [FieldDoc] = &[];
}

fn server(layers: Layers) -> Server {
    let settings = merged(layers);
    let mut diagnostics = Diagnostics::new();
    let section = settings.section(&["server"], &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    section.unwrap()
}

#[test]
fn layers_are_merged_by_their_kind_and_explained() {
    let settings = merged(
        Layers::new()
            .override_("server.port=5")
            .environment([("G_SERVER__PORT".into(), "4".into())])
            .file("settings.toml", "[server]\nport = 3\n")
            .application("chat", "chat/settings.toml", "[server]\nport = 2\n")
            .defaults(json!({"server": {"port": 1}})),
    );
    let said = settings.explain(&["server", "port"]);
    let said: Vec<_> =
        said.iter().map(|one| (one.layer.as_ref(), one.node.to_json(), one.node.origin.to_string())).collect();
    let expected = [
        ("defaults", json!(1), "built-in default of `server`".to_owned()),
        ("application chat", json!(2), "chat/settings.toml:2:8 (shipped by chat)".to_owned()),
        ("settings.toml", json!(3), "settings.toml:2:8".to_owned()),
        ("environment", json!("4"), "environment variable G_SERVER__PORT".to_owned()),
        ("command line", json!("5"), "--override server.port".to_owned()),
    ];
    assert_eq!(said, expected);
    assert_eq!(settings.to_json(), json!({"server": {"port": 5}}));
}

#[test]
fn a_value_that_replaces_the_table_above_ends_the_explanation() {
    let settings = merged(
        Layers::new().defaults(json!({"a": {"b": 1}})).file("a.toml", "a = 1\n").file("b.toml", "a = { b = 2 }\n"),
    );
    let said: Vec<_> = settings.explain(&["a", "b"]).iter().map(|one| one.node.to_json()).collect();
    assert_eq!(said, [json!(2)]);
}

/// The reference keeps a port from the environment as a text (contract, section 17).
#[test]
fn texts_get_the_type_of_the_section() {
    let layers = Layers::new().environment(
        [
            ("G_SERVER__HOST", "::1"),
            ("G_SERVER__PORT", "8081"),
            ("G_SERVER__DEBUG", "True"),
            ("G_SERVER__RATIO", "1"),
            ("G_SERVER__DELAY", "-3"),
            ("G_SERVER__NAMES", "[\"a\", \"b\"]"),
            ("G_SERVER__LIMITS__FRAMES", "512"),
            ("G_SERVER__SECRET", "007"),
            ("G_SERVER__REST", "{\"port\": 1}"),
            ("G_SERVER__REST__NAME", "x=y"),
            ("G_CONFIG_FILE", "/etc/guillotina.toml"),
            ("PATH", "/bin"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let expected = Server {
        host: "::1".into(),
        port: 8081,
        debug: true,
        ratio: 1.0,
        delay: Some(-3),
        names: vec!["a".into(), "b".into()],
        limits: HashMap::from([("frames".into(), 512)]),
        secret: Some("007".into()),
        rest: json!({"port": 1, "name": "x=y"}),
    };
    assert_eq!(server(layers), expected);
}

#[test]
fn overrides_take_quoted_keys_and_the_rest_as_it_stands() {
    let settings = merged(
        Layers::new()
            .file("settings.toml", "[load_utilities.\"x.y\"]\nenabled = true\nport = 1\n")
            .override_("load_utilities.\"x.y\".enabled=false")
            .override_("load_utilities.'x.y'.settings={\"a\": [1]}")
            .override_("server.host=a=b"),
    );
    let expected = json!({
        "load_utilities": {"x.y": {"enabled": false, "port": 1, "settings": {"a": [1]}}},
        "server": {"host": "a=b"},
    });
    assert_eq!(settings.to_json(), expected);
    assert_eq!(settings.get_str("load_utilities.\"x.y\".enabled").unwrap().as_bool(), Some(false));
}

#[test]
fn variables_mean_the_key_that_exists() {
    let settings = merged(
        Layers::new()
            .defaults(json!({"load_utilities": {"chat.Sender": {"settings": {"maxAge": 1}}}, "Port": 1}))
            .environment([
                ("G_LOAD_UTILITIES__CHAT_SENDER__SETTINGS__MAXAGE".into(), "2".into()),
                ("G_PORT".into(), "3".into()),
            ]),
    );
    let expected = json!({"load_utilities": {"chat.Sender": {"settings": {"maxAge": 2}}}, "Port": 3});
    assert_eq!(settings.to_json(), expected);
}

#[test]
fn unset_sections_are_their_defaults() {
    assert_eq!(server(Layers::new()), Server::default());
    assert_eq!(server(Layers::new().file("config.yaml", "server:\n")), Server::default());
    assert_eq!(server(Layers::new().file("config.yaml", "")), Server::default());
}

#[test]
fn a_list_is_not_a_struct() {
    let (settings, mut diagnostics) = Layers::new().file("settings.toml", "server = [\"::1\", 80]\n").finish();
    assert_eq!(settings.section::<Server>(&["server"], &mut diagnostics), None);
    assert_eq!(codes(&diagnostics), [Code::WRONG_TYPE]);
}

#[test]
fn an_unknown_key_alone_keeps_the_section() {
    let (settings, mut diagnostics) = Layers::new().file("settings.toml", "[server]\nprot = 80\n").finish();
    assert!(settings.section::<Server>(&["server"], &mut diagnostics).is_some());
    assert_eq!(codes(&diagnostics), [Code::UNKNOWN_KEY]);
    assert!(diagnostics.has_errors());
}

const YAML: &str = r#"
# The settings of a site, as Guillotina's own documentation has them.
applications:
- guillotina.contrib.dbusers
- guillotina_chat
databases:
- db:
    storage: postgresql
    dsn: postgres://localhost/guillotina
    read_only: no
    pool_size: 0x10
port: 8_080
cors: &cors
  allow_origin: ["*", 'http://localhost']
  allow_credentials: True
  max_age: 3660.0
other:
  <<: *cors
  max_age: 1
load_utilities:
  guillotina_chat.message_sender:
    provides: guillotina_chat.utility.IMessageSender
    settings: {}
jwk: ~
version: "1.0"
note: >
  folded
  text
"#;

const JSON: &str = r#"{
  "applications": ["guillotina.contrib.dbusers", "guillotina_chat"],
  "databases": [{"db": {"storage": "postgresql", "dsn": "postgres://localhost/guillotina",
                        "read_only": false, "pool_size": 16}}],
  "port": 8080,
  "cors": {"allow_origin": ["*", "http://localhost"], "allow_credentials": true, "max_age": 3660.0},
  "other": {"max_age": 1, "allow_origin": ["*", "http://localhost"], "allow_credentials": true},
  "load_utilities": {"guillotina_chat.message_sender": {
    "provides": "guillotina_chat.utility.IMessageSender", "settings": {}}},
  "jwk": null,
  "version": "1.0",
  "note": "folded text\n"
}"#;

#[test]
fn yaml_and_json_of_guillotina_are_the_same_tree() {
    let yaml = merged(Layers::new().file("config.yaml", YAML));
    let json = merged(Layers::new().file("config.json", JSON));
    assert_eq!(yaml.to_json(), json.to_json());
    assert_eq!(json.to_json(), serde_json::from_str::<Json>(JSON).unwrap());
}

/// The text that a node's place covers.
fn text(node: &Node) -> &str {
    let place = node.origin.place().unwrap();
    &place.source().text()[place.range()]
}

fn key_text(node: &Node) -> &str {
    let place = node.key.place().unwrap();
    &place.source().text()[place.range()]
}

#[test]
fn places_are_exact_in_every_format() {
    for (name, config) in [("config.yaml", YAML), ("config.json", JSON)] {
        let settings = merged(Layers::new().file(name, config));
        let read_only = &settings.get_str("databases").unwrap().as_array().unwrap()[0].get("db").unwrap();
        let read_only = read_only.get("read_only").unwrap();
        assert!(["no", "false"].contains(&text(read_only)));
        assert_eq!(key_text(read_only).trim_matches('"'), "read_only");
        let origin = &settings.get_str("cors.allow_origin").unwrap().as_array().unwrap()[1];
        assert_eq!(text(origin).trim_matches(['"', '\'']), "http://localhost");
        let provides = settings.get_str("load_utilities.\"guillotina_chat.message_sender\".provides").unwrap();
        assert_eq!(text(provides).trim_matches('"'), "guillotina_chat.utility.IMessageSender");
    }
    let toml = "\"ü\" = 'ä'\n[a.\"b.c\"]\nx = { y = [1, 2.5] }\n[[list]]\nz = 2026-01-01\n";
    let settings = merged(Layers::new().file("settings.toml", toml));
    assert_eq!(text(settings.get_str("ü").unwrap()), "'ä'");
    assert_eq!(text(settings.get_str("a.\"b.c\"").unwrap()), "\"b.c\"");
    assert_eq!(text(settings.get_str("a.\"b.c\".x").unwrap()), "{ y = [1, 2.5] }");
    assert_eq!(text(&settings.get_str("a.\"b.c\".x.y").unwrap().as_array().unwrap()[1]), "2.5");
    let list = settings.get_str("list").unwrap().as_array().unwrap();
    assert_eq!(text(list[0].get("z").unwrap()), "2026-01-01");
    let place = settings.get_str("ü").unwrap().origin.place().unwrap();
    assert_eq!((place.line(), place.column()), (1, 7));
    let yaml = merged(Layers::new().file("a.yml", "é: [ü, 'ö']\n"));
    assert_eq!(text(&yaml.get_str("é").unwrap().as_array().unwrap()[1]), "'ö'");
}

#[test]
fn keys_keep_the_order_of_the_file() {
    for (name, text) in [
        ("a.toml", "z = 1\na = 2\n[m]\n[b]\n"),
        ("a.yaml", "z: 1\na: 2\nm: {}\nb: {}\n"),
        ("a.json", r#"{"z":1,"a":2,"m":{},"b":{}}"#),
    ] {
        let settings = merged(Layers::new().file(name, text));
        let keys: Vec<_> = settings.root().as_table().unwrap().keys().collect();
        assert_eq!(keys, ["z", "a", "m", "b"]);
    }
}

#[test]
fn yaml_scalars() {
    for (text, expected) in [
        ("12", json!(12)),
        ("-12", json!(-12)),
        ("+1_000", json!(1000)),
        ("0x1F", json!(31)),
        ("0b11", json!(3)),
        ("017", json!(15)),
        ("0o17", json!(15)),
        ("1.5", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("-.5", json!(-0.5)),
        ("0", json!(0)),
        ("0x-1", json!("0x-1")),
        ("--1", json!("--1")),
        ("1.2.3", json!("1.2.3")),
        ("1:30", json!("1:30")),
        ("e5", json!("e5")),
        ("off", json!(false)),
        ("'yes'", json!("yes")),
        ("!!str 1", json!("1")),
        ("a b", json!("a b")),
        ("2026-01-01", json!("2026-01-01")),
        ("09", json!("09")),
        (".", json!(".")),
        ("1e999", json!("1e999")),
    ] {
        let settings = merged(Layers::new().file("a.yaml", &format!("key: {text}\n")));
        assert_eq!(settings.to_json()["key"], expected, "{text}");
    }
}

#[test]
fn a_file_is_read_from_the_disk() {
    let missing = std::path::Path::new("/nonexistent/settings.toml");
    let (_, diagnostics) = Layers::new().read_file(missing).finish();
    assert_eq!(codes(&diagnostics), [Code::FILE_UNREADABLE]);
    let (_, diagnostics) = Layers::new().read_file(std::path::Path::new("/")).finish();
    assert_eq!(codes(&diagnostics), [Code::FILE_UNREADABLE]);
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let settings = merged(Layers::new().read_file(&manifest));
    assert_eq!(settings.get_str("package.name").unwrap().as_str(), Some("guillotina-settings"));
}

#[test]
fn foreign_variables_are_warnings_and_misspelt_ones_errors() {
    let (settings, mut diagnostics) =
        Layers::new().environment([("G_MESSAGES_DEBUG".into(), "all".into()), ("G_PROT".into(), "80".into())]).finish();
    guillotina_settings::check_keys(settings.root(), &["port", "host"], "the settings", &mut diagnostics);
    assert_eq!(diagnostics.counts(), (1, 1));
}

#[test]
fn origins_are_of_the_layer_that_won() {
    let settings = merged(Layers::new().defaults(json!({"a": {"b": 1, "c": 2}})).file("settings.toml", "[a]\nb = 3\n"));
    assert!(matches!(settings.get(&["a", "b"]).unwrap().origin, Origin::File(_)));
    assert!(matches!(settings.get(&["a", "c"]).unwrap().origin, Origin::Default { .. }));
}

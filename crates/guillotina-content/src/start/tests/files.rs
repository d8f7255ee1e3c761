//! Settings files: the merge of `load_utilities`, mistakes, Guillotina's own files.

use super::*;
use serde_json::json;
use std::time::Duration;

fn alpha(text: &str) -> Builder {
    with_text(&format!("applications = [\"alpha\"]\n{QUIET}{text}")).with(&ALPHA, &ALPHA_PARTS)
}

#[test]
fn without_files_the_defaults_hold_and_say_what_is_missing() {
    let quiet = configured(App::builder(&[]));
    assert_eq!((quiet.core().host.as_str(), quiet.core().listen_port()), ("127.0.0.1", 8080));
    assert_eq!(quiet.core().conflict_retry_attempts, 8);
    assert_eq!(quiet.core().container_types, ["Container"]);
    assert_eq!(quiet.core().managers_roles.len(), 5);
    assert_eq!(quiet.diagnostics().counts(), (0, 3), "secret, jwk, databases: {}", quiet.diagnostics());
    assert!(configured(with_text(QUIET)).diagnostics().is_empty());
}

#[test]
fn an_entry_of_load_utilities_is_merged_into_what_the_plugin_ships_w_001() {
    assert!(configured(alpha("")).utilities().is_empty(), "it ships `enabled = false`");
    let on = configured(alpha("[load_utilities.\"alpha.first\"]\nenabled = true\n"));
    let [utility] = on.utilities() else { panic!("one is loaded") };
    assert_eq!(
        (utility.key.as_str(), utility.place.item, utility.provides[0].name()),
        ("alpha.first", "First", "test.IFirst")
    );
    assert_eq!(on.settings().get_str("load_utilities.\"alpha.first\".settings.label").unwrap().to_json(), "shipped");
    let changed = configured(alpha("").overrides([
        "load_utilities.\"alpha.first\".enabled=true",
        "load_utilities.\"alpha.first\".settings.label=mine",
    ]));
    assert_eq!(changed.settings().get_str("load_utilities.\"alpha.first\".settings.label").unwrap().to_json(), "mine");
}

#[test]
fn names_may_be_written_with_dots_or_colons() {
    let text = "[load_utilities.x]\nfactory = \"alpha::First\"\nprovides = \"test::IBase\"\nname = \"n\"\n";
    let loaded = configured(alpha(text));
    assert_eq!(loaded.utilities()[0].provides[0].name(), "test.IBase", "the base of what it provides");
    assert_eq!(loaded.utilities()[0].name, "n");
}

#[test]
fn mistakes_in_load_utilities_each_say_what_to_do() {
    let text = "\
[load_utilities.a]
factory = \"alpha.Frist\"
[load_utilities.b]
factory = \"alpha.First\"
provides = \"test.ISecond\"
[load_utilities.c]
factory = \"alpha.First\"
provides = \"test.IUnheardOf\"
[load_utilities.d]
provides = \"test.IFirst\"
[load_utilities.e]
factory = \"alpha.First\"
settings.lable = \"x\"
[load_utilities.f]
factory = \"alpha.First\"
[load_utilities.g]
factory = \"guillotina.async_util.QueueUtility\"
provides = \"guillotina.interfaces.IQueueUtility\"
";
    let found = refused(alpha(text));
    let mut numbers = errors(&found);
    numbers.sort_unstable();
    assert_eq!(numbers, ["G0004", "G0005", "G0008", "G0010", "G0017", "G0021"], "{found}");
    let printed = found.to_string();
    for part in [
        "did you mean \"alpha.First\" (lib.rs:10)?",
        "it provides: test.IFirst",
        "did you mean \"label\"?",
        "\"e\" and \"f\"",
        "\"g\" has no effect in this version",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
}

#[test]
fn what_belongs_to_a_plugin_that_is_not_enabled_says_so() {
    let text = format!("{QUIET}[load_utilities.a]\nfactory = \"alpha.First\"\n");
    let found = refused(with_text(&text).with(&ALPHA, &ALPHA_PARTS));
    assert_eq!(errors(&found), ["G0012"]);
    assert!(found.to_string().contains("add \"alpha\" to `applications`"), "{found}");
}

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    let text = "\
applications = [\"alpah\"]
hots = \"127.0.0.1\"
port = \"many\"
auth_user_identifiers = [\"nobody.Knows\"]
[databases.db]
storage = \"postgresql\"
[cors]
max_aeg = 5
[jwt]
algorithm = \"none\"
[load_utilities.a]
factory = \"alpha.First\"
[load_utilities.b]
enabled = \"perhaps\"
[load_utilities.c]
";
    let found = refused(with_text(text).with(&ALPHA, &ALPHA_PARTS));
    let mut numbers = errors(&found);
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        ["G0003", "G0004", "G0005", "G0005", "G0006", "G0006", "G0012", "G0018", "G0018", "G0021"],
        "{found}"
    );
    assert!(found.to_string().contains("10 errors"), "{found}");
    let is_error = |d: &&Diagnostic| d.severity == guillotina_settings::Severity::Error;
    assert!(found.iter().filter(is_error).all(|d| d.place.is_some() && !d.help.is_empty()), "{found}");
}

#[test]
fn an_unreadable_file_is_the_only_mistake_that_is_shown() {
    assert_eq!(errors(&refused(with_text("[databases\n"))), ["G0002"]);
    assert_eq!(errors(&refused(App::builder(&[]).settings_file("/nowhere/settings.toml"))), ["G0001"]);
}

/// The keys of a settings file of Guillotina's own, with PostgreSQL.
fn guillotinas() -> serde_json::Value {
    json!({
        "debug": true,
        "applications": ["guillotina.test_package"],
        "databases": {
            "db": {"storage": "postgresql", "name": "g", "partition": "guillotina.interfaces.IResource",
                   "dsn": {"scheme": "postgres", "dbname": "g", "user": "postgres", "host": "localhost", "port": 5432, "password": ""},
                   "db_schema": "public", "conn_acquire_timeout": 45},
            "db-custom": {"storage": "postgresql", "name": "g", "objects_table_name": "foobar", "blobs_table_name": "foobar_blobs", "dsn": ""}
        },
        "storages": {"db": {"storage": "postgresql", "dsn": ""}},
        "port": 8081, "host": "127.0.0.1",
        "static": {"static": "/srv/static", "favicon.ico": "/srv/favicon.ico"},
        "jsapps": {"app": "/srv/app"},
        "default_static_filenames": ["test.txt"],
        "creator": {"admin": "admin", "password": "admin"},
        "cors": {"allow_origin": ["http://localhost"], "allow_methods": ["GET"], "allow_headers": ["*"], "expose_headers": ["*"],
                 "allow_credentials": true, "max_age": 3660},
        "root_user": {"password": "admin"},
        "jwt": {"secret": "foobar", "algorithm": "HS256"},
        "utilities": [],
        "load_utilities": {"catalog": {"provides": "guillotina.interfaces.ICatalogUtility", "factory": "guillotina.catalog.catalog.DefaultSearchUtility"}},
        "logging": {"version": 1, "loggers": {"x": {"handlers": [], "level": "INFO"}}},
        "pg_connection_class": "guillotina.db.storages.pg.LightweightConnection",
        "managers_roles": {"guillotina.Manager": 1, "guillotina.Owner": 0},
        "store_json": true, "load_catalog": true
    })
}

#[test]
fn a_file_of_guillotinas_own_loads_once_its_databases_are_sqlite() {
    let text = guillotinas().to_string();
    let found = refused(App::builder(&[]).settings_text("config.json", &text));
    assert_eq!(errors(&found), ["G0003", "G0018", "G0018"], "{found}");
    let overrides = ["applications=[]", "databases.db.storage=sqlite", "databases.db-custom.storage=DUMMY"];
    let loaded = configured(App::builder(&[]).settings_text("config.json", &text).overrides(overrides));
    assert_eq!(
        loaded.databases().iter().map(|d| (d.name.as_str(), d.path.as_str())).collect::<Vec<_>>(),
        [("db", "db.sqlite"), ("db-custom", ":memory:")]
    );
    assert_eq!(loaded.core().managers_roles["guillotina.Owner"], guillotina_security::Setting::Unset);
    let printed = loaded.diagnostics().to_string();
    for part in [
        "store_json has no effect",
        "there is no file or folder \"/srv/static\"",
        "utilities has no effect",
        "name, partition, dsn, db_schema, conn_acquire_timeout say nothing to SQLite",
        "\"catalog\" has no effect",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
}

#[test]
fn how_a_database_is_opened_is_what_its_table_says() {
    let text = "[databases.db]\nreaders = 3\nwait_ms = 1500\ncache_bytes = 5\nstream_frames = 7\nstream_age_s = 9\nsynchronous = \"normal\"\n[databases.far]\nwait_ms = 9223372036854775807\n";
    let loaded = configured(App::builder(&[]).settings_text("settings.toml", text));
    let [db, far] = loaded.databases() else { panic!("two databases") };
    let expected = guillotina_db::SqliteOptions {
        synchronous: guillotina_db::Durability::Normal,
        readers: 3,
        cache_bytes: 5,
        wait: Duration::from_millis(1500),
        read_only: false,
        stream_frames: 7,
        stream_age: Duration::from_secs(9),
    };
    assert_eq!(db.options, expected);
    assert_eq!(far.options.wait, Duration::from_secs(3600), "no clock overflows");
}

#[test]
fn databases_may_be_a_list_and_each_mistake_has_its_place() {
    let list = json!({"databases": [{"db": {"storage": "DUMMY_FILE", "filename": "g.db", "read_only": true}}, {"two": {"storage": "sqlite"}}]});
    let loaded = configured(App::builder(&[]).settings_text("config.json", list.to_string()));
    let [one, two] = loaded.databases() else { panic!("two databases") };
    assert_eq!((one.path.as_str(), one.options.read_only, two.path.as_str()), ("g.db", true, "two.sqlite"));
    let text = "[databases.\"a/b\"]\n[databases.x]\npath = \"f\"\nreaders = 0\n[databases.y]\npath = \"f\"\nwait_ms = 0\n[databases.z]\nstorage = \"sqlit\"\nreders = 1\n";
    let mut numbers = errors(&refused(with_text(text)));
    numbers.sort_unstable();
    assert_eq!(numbers, ["G0005", "G0018", "G0018", "G0018", "G0018", "G0018"]);
}

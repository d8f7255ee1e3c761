use super::*;
use guillotina_settings::{Layers, Severity};

fn found(text: &str) -> (CoreSettings, Diagnostics) {
    let (settings, mut diagnostics) =
        Layers::new().defaults(CoreSettings::defaults()).file("settings.toml", text).finish();
    let core = CoreSettings::read(&settings, &["chat"], &mut diagnostics);
    check(&core, &settings, &mut diagnostics);
    warn_without_effect(&settings, &["chat"], &mut diagnostics);
    (core, diagnostics)
}

fn numbers(diagnostics: &Diagnostics, severity: Severity) -> Vec<&'static str> {
    diagnostics.iter().filter(|d| d.severity == severity).map(|d| d.id.id()).collect()
}

#[test]
fn defaults_are_the_same_typed_and_as_a_layer() {
    let (core, _) = found("");
    assert_eq!(core.valid_id_characters, CoreSettings::default().valid_id_characters);
    assert_eq!(core.cors.max_age, 3660);
    assert_eq!(core.cors.allow_methods.len(), 7);
    assert_eq!(core.jwt.token_expiration, 3600);
    assert_eq!(core.server_settings.client_max_size, 1 << 20);
    assert_eq!(core.managers_roles, Group::default_managers_roles());
    assert!(core.root_user.password.is_empty() && core.jwk.is_none() && core.jwt.secret.is_none());
}

#[test]
fn every_key_of_the_contract_is_known_z_rows() {
    let own: Vec<&str> = CoreSettings::FIELDS.iter().map(|f| f.name).collect();
    for key in [
        "applications",
        "databases",
        "storages",
        "host",
        "address",
        "port",
        "root_user",
        "static",
        "jsapps",
        "default_static_filenames",
        "container_types",
        "load_utilities",
        "store_json",
        "pickle_protocol",
        "auth_extractors",
        "auth_user_identifiers",
        "auth_token_validators",
        "default_permission",
        "available_addons",
        "api_definition",
        "json_schema_definitions",
        "cors",
        "jwt",
        "jwk",
        "commands",
        "default_layer",
        "http_methods",
        "cloud_storage",
        "cloud_datamanager",
        "router",
        "uid_generator",
        "cors_renderer",
        "check_writable_request",
        "indexer",
        "object_reader",
        "pg_connection_class",
        "search_parser",
        "oid_generator",
        "request_indexer",
        "cache",
        "conflict_retry_attempts",
        "thread_pool_workers",
        "server_settings",
        "valid_id_characters",
        "load_catalog",
        "catalog_max_results",
        "managers_roles",
        "post_serialize",
        "debug",
        "middlewares",
        "logging",
        "loop_policy",
        "allow_register",
        "auth_providers",
        "recaptcha",
        "auth_validation_tasks",
        "ttl_email_validation",
        "datetime_format",
        "default_timezone",
        "mailer",
        "redis",
        "memcached",
        "templates",
        "template_content_type",
        "swagger",
        "mcp",
        "workflows",
        "workflows_content",
        "contents",
        "behaviors",
        "min_username_length",
        "skip_pgcatalog_init",
    ] {
        assert!(own.contains(&key) || guillotina::WITHOUT_EFFECT.contains(&key), "{key}");
    }
    assert!(own.iter().all(|key| !guillotina::WITHOUT_EFFECT.contains(key)));
    assert!(CoreSettings::FIELDS.iter().all(|f| !f.doc.is_empty() && !f.kind.is_empty()));
}

#[test]
fn unknown_keys_are_errors_and_those_of_applications_are_not() {
    let (_, diagnostics) = found("hots = \"x\"\n[chat]\nx = 1\n");
    assert_eq!(numbers(&diagnostics, Severity::Error), ["G0005"]);
    assert!(diagnostics.to_string().contains("did you mean \"host\"?"), "{diagnostics}");
}

#[test]
fn the_default_password_is_for_this_machine_only() {
    let password = "[root_user]\npassword = \"root\"\n";
    for host in ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"] {
        let (_, diagnostics) = found(&format!("host = \"{host}\"\n{password}"));
        assert!(numbers(&diagnostics, Severity::Error).is_empty(), "{host}: {diagnostics}");
        assert!(numbers(&diagnostics, Severity::Warning).contains(&"G0015"), "{host}: {diagnostics}");
    }
    for host in ["0.0.0.0", "::", "10.0.0.1", "example.com"] {
        let (_, diagnostics) = found(&format!("host = \"{host}\"\n{password}"));
        assert_eq!(numbers(&diagnostics, Severity::Error), ["G0015"], "{host}: {diagnostics}");
    }
    let (_, diagnostics) = found("host = \"0.0.0.0\"\n[root_user]\npassword = \"another\"\n");
    assert!(numbers(&diagnostics, Severity::Error).is_empty(), "{diagnostics}");
}

#[test]
fn weak_secrets_are_warned_about_unless_debugging_a_024() {
    let weak =
        "[databases.db]\n[jwk]\nk = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"\n[jwt]\nsecret = \"secret\"\n";
    assert_eq!(numbers(&found(weak).1, Severity::Warning), ["G0018"]);
    assert!(found(&format!("debug = true\n{weak}")).1.is_empty());
    assert_eq!(
        numbers(&found("[jwt]\nsecret = \"\"\ntoken_expiration = 0\n[jwk]\nk = \"x\"\n").1, Severity::Error),
        ["G0018"; 3]
    );
    let text = found("[jwt]\nsecret = \"secret\"\n").1.to_string();
    assert!(!text.contains("\"secret\"\n"), "the secret is not printed: {text}");
}

#[test]
fn ways_to_log_in_are_checked_and_counted() {
    let (core, diagnostics) = found(
        "auth_extractors = [\"guillotina.auth.extractors.BasicAuthPolicy\", \"guillotina.auth.extractors.CookiePolicy\"]\n",
    );
    let ways = extractors(&core);
    assert_eq!((ways.bearer, ways.basic, ways.ws_token), (false, true, false));
    assert!(numbers(&diagnostics, Severity::Warning).contains(&"G0004"));
    let (core, _) = found("auth_token_validators = [\"guillotina.auth.validators.JWTValidator\"]\n");
    let ways = extractors(&core);
    assert_eq!((ways.bearer, ways.basic, ways.ws_token), (true, false, true), "a password cannot be checked");
    let (_, diagnostics) = found(
        "auth_extractors = [\"guillotina.auth.extractors.BasicAuthPolcy\"]\ntrusted_proxies = [\"10.0.0.0/33\", \"::1\", \"x\"]\n",
    );
    assert_eq!(numbers(&diagnostics, Severity::Error), ["G0004", "G0018", "G0018"]);
}

#[test]
fn roles_may_be_a_list_or_a_table() {
    let roles = |text: &str| {
        found(text).0.managers_roles.into_iter().map(|(role, set)| format!("{role} {set}")).collect::<Vec<_>>()
    };
    assert_eq!(roles("managers_roles = [\"a\"]\n"), ["a Allow"]);
    let table = roles("[managers_roles]\na = 1\nb = false\nc = \"Deny\"\n");
    assert_eq!(table[..3], ["a Allow", "b Unset", "c Deny"]);
    assert_eq!(table.len(), 8, "the default ones stay");
    assert_eq!(numbers(&found("[managers_roles]\na = \"perhaps\"\n").1, Severity::Error), ["G0018"]);
}

#[test]
fn a_key_without_effect_is_warned_about_where_it_is_written() {
    let text = found("utilities = []\nstore_json = true\n[server_settings.uvicorn]\nhttp = \"h11\"\n").1.to_string();
    for part in ["utilities has no effect", "settings.toml:2:1", "server_settings.uvicorn has no effect"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(found("[utilities]\non_failure = \"stop\"\n").0.utilities.on_failure, OnFailure::Stop);
    assert_eq!(numbers(&found("[utilities]\nbackof_first_ms = 5\n").1, Severity::Error), ["G0005"]);
}

#[test]
fn every_origin_with_credentials_is_warned_about_o_004() {
    let warned = |text: &str| {
        let text = found(text).1.to_string();
        text.contains("every origin together with credentials").then_some(text)
    };
    let text = warned("[cors]\nallow_origin = [\"https://a.example\", \"*\"]\n").unwrap();
    assert!(text.contains("warning[G0018]") && text.contains("settings.toml:2:38"), "{text}");
    let text = warned("[cors]\nallow_credentials = true\nallow_origin = [\"*\"]\n").unwrap();
    assert!(text.contains("credentials are allowed here: settings.toml:2:21"), "{text}");
    assert!(warned("[cors]\nallow_origin = [\"*\"]\nallow_credentials = false\n").is_none());
    assert!(warned("[cors]\nallow_origin = [\"https://*.example\"]\n").is_none() && warned("").is_none());
}

#[test]
fn a_wrong_value_does_not_hide_the_mistakes_of_others() {
    let (core, diagnostics) = found(
        "port = \"many\"\nhost = \"0.0.0.0\"\n[root_user]\npassword = \"root\"\n[jwt]\nsecret = \"x\"\nalgorithm = \"none\"\n",
    );
    assert_eq!((core.port, core.host.as_str()), (8080, "0.0.0.0"));
    assert_eq!(numbers(&diagnostics, Severity::Error), ["G0006", "G0018", "G0015"], "{diagnostics}");
    assert!(!diagnostics.to_string().contains("jwt.secret is not set"), "{diagnostics}");
}

#[test]
fn urls_begin_with_what_can_be_reached() {
    let url = |host: &str| {
        CoreSettings { host: host.into(), address: Some(81), ..CoreSettings::default() }.base_url().to_string()
    };
    assert_eq!(url("0.0.0.0"), "http://localhost:81");
    assert_eq!(url("example.com"), "http://example.com:81");
    assert_eq!(url("::1"), "http://[::1]:81");
}

#[test]
fn secrets_stay_out_of_debug() {
    let mut core = CoreSettings::default();
    core.root_user.password = "hidden-password".into();
    core.jwt.secret = Some("hidden-secret".into());
    assert!(!format!("{core:?}").contains("hidden"));
}

#[test]
fn the_server_for_operators_is_for_operators() {
    let found = |address: &str| found(&format!("[databases.db]\n[admin]\naddress = \"{address}\"\n")).1;
    for good in ["127.0.0.1:0", "[::1]:9090", "127.0.0.2:9090"] {
        let text = found(good).to_string();
        assert!(!text.contains("admin.address") && !text.contains("metrics"), "{good}: {text}");
    }
    let open = found("0.0.0.0:9090");
    assert!(numbers(&open, Severity::Error).is_empty());
    assert!(open.to_string().contains("others than this machine can reach the metrics at 0.0.0.0:9090"), "{open}");
    for bad in ["", "9090", "localhost", "127.0.0.1", "127.0.0.1:99999", "http://127.0.0.1:1"] {
        let diagnostics = found(bad);
        assert_eq!(numbers(&diagnostics, Severity::Error), ["G0018"], "{bad}: {diagnostics}");
        assert!(diagnostics.to_string().contains("settings.toml:3:11"), "{diagnostics}");
    }
}

#[test]
fn nothing_shadows_what_says_how_the_server_is() {
    let text = "[static]\nhealthz = \"a\"\n[jsapps]\nhealthz = \"b\"\nother = \"c\"\n[databases.healthz]\n";
    let (core, mut diagnostics) = found(text);
    assert_eq!(numbers(&diagnostics, Severity::Error), ["G0018", "G0018"], "{diagnostics}");
    let (settings, _) = Layers::new().file("settings.toml", text).finish();
    configured_databases(&core.databases, &settings, &mut diagnostics);
    assert_eq!(numbers(&diagnostics, Severity::Error), ["G0018", "G0018", "G0018"], "{diagnostics}");
    assert!(diagnostics.to_string().contains("settings.toml:6:"), "{diagnostics}");
}

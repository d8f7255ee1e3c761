//! Keys of Guillotina's own files that have no effect in this version (contract section 17). They are accepted, so that
//! such a file loads, and named in a warning, so that nobody relies on them.

use guillotina_settings::{Code, Diagnostic, Diagnostics, Node, Origin, Settings};

/// Keys at the root that nothing reads.
pub(super) const WITHOUT_EFFECT: &[&str] = &[
    "allow_register",
    "api_definition",
    "auth_providers",
    "auth_validation_tasks",
    "available_addons",
    "behaviors",
    "cache",
    "catalog_max_results",
    "check_writable_request",
    "cloud_datamanager",
    "cloud_storage",
    "commands",
    "contents",
    "cors_renderer",
    "creator",
    "datetime_format",
    "default_layer",
    "default_permission",
    "default_timezone",
    "http_methods",
    "indexer",
    "json_schema_definitions",
    "load_catalog",
    "logging",
    "loop_policy",
    "mailer",
    "mcp",
    "memcached",
    "middlewares",
    "object_reader",
    "oid_generator",
    "pg_connection_class",
    "pickle_protocol",
    "recaptcha",
    "redis",
    "request_indexer",
    "router",
    "search_parser",
    "skip_pgcatalog_init",
    "store_json",
    "swagger",
    "template_content_type",
    "templates",
    "thread_pool_workers",
    "ttl_email_validation",
    "uid_generator",
    "workflows",
    "workflows_content",
];

/// Warns about every key that was written and has no effect; `sections` are the keys that an enabled application reads.
pub(crate) fn warn_without_effect(settings: &Settings, sections: &[&str], diagnostics: &mut Diagnostics) {
    for key in WITHOUT_EFFECT.iter().filter(|key| !sections.contains(key)) {
        warn(settings, &[key], diagnostics);
    }
    warn(settings, &["server_settings", "uvicorn"], diagnostics);
    if settings.get(&["utilities"]).is_some_and(|node| node.as_array().is_some()) {
        warn(settings, &["utilities"], diagnostics);
    }
    if settings.get(&["storages"]).and_then(Node::as_table).is_some_and(|table| !table.is_empty()) {
        warn(settings, &["storages"], diagnostics);
    }
}

fn warn(settings: &Settings, path: &[&str], diagnostics: &mut Diagnostics) {
    let Some(node) = settings.get(path) else { return };
    if matches!(node.key, Origin::Default { .. }) {
        return;
    }
    let listed = matches!(path, ["storages"]);
    let (words, label) =
        if listed { ("is only listed", "nothing else reads it") } else { ("has no effect", "nothing reads it") };
    let message = format!("{} {words} in this version", path.join("."));
    let warning = Diagnostic::warning(Code::UNKNOWN_KEY, message, node.key.clone());
    diagnostics.push(warning.label(label).help("remove it, or leave it for Guillotina's own server"));
}

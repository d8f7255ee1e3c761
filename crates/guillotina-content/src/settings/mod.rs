//! The framework's own settings: the keys at the root of the settings file (contract section 17).
//!
//! Every key of Guillotina's own files is known, so that they load; what has no effect in this version is named in a
//! warning, and a key that nobody knows is an error with the nearest name.

mod checks;
mod databases;
mod files;
mod guillotina;
mod sections;
#[cfg(test)]
mod tests;

pub use databases::{DatabaseConfig, DatabaseSection, Databases};
pub use sections::{
    AccessLog, Admin, Algorithm, Cors, JwkSection, Jwt, Logs, OnFailure, RootUser, ServerSettings, ShutdownSettings,
    Synchronous, UtilitiesSettings,
};

pub use checks::RESERVED;
pub(crate) use checks::{check, extractors};
pub(crate) use databases::{configured as configured_databases, names as database_names};
pub(crate) use files::check as check_files;
pub(crate) use guillotina::warn_without_effect;

use crate::provision::Provision;
use guillotina_security::auth::ThrottleSettings;
use guillotina_security::{Group, Setting};
use guillotina_settings::{Diagnostics, FieldDoc, Section, Settings, check_keys};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Declares the struct, its defaults and its documentation in one place, as `#[settings]` does for a section; the root
/// of the file differs from a section in that applications add keys to it.
macro_rules! root_settings {
    ($($(#[$attribute:meta])* $name:ident, $key:literal, $kind:literal: $type:ty = $default:expr, $doc:literal;)*) => {
        /// The framework's settings, typed. The secrets among them are left out of `Debug`.
        #[derive(Clone, Deserialize)]
        #[serde(default)]
        pub struct CoreSettings {
            $(
                #[doc = $doc]
                #[serde(rename = $key)]
                $(#[$attribute])*
                pub $name: $type,
            )*
        }

        impl Default for CoreSettings {
            fn default() -> Self {
                CoreSettings { $($name: $default,)* }
            }
        }

        impl Section for CoreSettings {
            const FIELDS: &'static [FieldDoc] = &[
                $(FieldDoc {
                    name: $key,
                    kind: $kind,
                    default: || {
                        let value: $type = $default;
                        json!(value)
                    },
                    doc: $doc,
                },)*
                FieldDoc { name: "*", kind: "value", default: || Value::Null, doc: "Sections of enabled applications, each with its own keys." },
            ];
        }
    };
}

root_settings! {
    applications, "applications", "list of string": Vec<String> = Vec::new(),
        "Applications that are enabled, by name. What one requires is enabled before it.";
    databases, "databases", "table": Databases = Databases::default(),
        "Databases by name, each served at `/{name}`: a table, or a list of tables with one key each.";
    storages, "storages", "table": Map<String, Value> = Map::new(),
        "Database servers on which databases can be made at run time. Their names are listed; this version makes none.";
    host, "host", "string": String = "127.0.0.1".to_owned(),
        "Address that the server listens on. `0.0.0.0` or `::` is every address of the machine.";
    port, "port", "integer": u16 = 8080,
        "Port that the server listens on; 0 takes a free one.";
    address, "address", "integer": Option<u16> = None,
        "Guillotina's second name of `port`; it wins over `port` (row Z-004).";
    root_user, "root_user", "table": RootUser = RootUser::default(),
        "The root user.";
    jwt, "jwt", "table": Jwt = Jwt::default(),
        "Tokens that users get when they log in.";
    jwk, "jwk", "table": Option<JwkSection> = None,
        "The key that seals what the URL of a WebSocket carries. `guillotina gen-key` makes one.";
    cors, "cors", "table": Cors = Cors::default(),
        "What pages of other origins may ask for (rows O-001 to O-004).";
    websocket_origins, "websocket_origins", "list of string": Option<Vec<String>> = None,
        "Origins whose pages may open WebSockets; `*` in one stands for anything. A page's own origin always may. Without it, those of `cors.allow_origin` (row V-007).";
    server_settings, "server_settings", "table": ServerSettings = ServerSettings::default(),
        "Guillotina's settings of its HTTP server.";
    load_utilities, "load_utilities", "table": Map<String, Value> = Map::new(),
        "Utilities that are made at the start, by key: `factory`, `provides`, `name`, `settings`, `enabled` (row W-001).";
    auth_extractors, "auth_extractors", "list of string": Vec<String> = checks::default_extractors(),
        "How a request may say who asks: by a bearer token, by password, by a token in the URL of a WebSocket.";
    auth_user_identifiers, "auth_user_identifiers", "list of string": Vec<String> = Vec::new(),
        "Where users are looked up, in order; the first that knows an id wins. Applications bring them.";
    auth_token_validators, "auth_token_validators", "list of string": Vec<String> = checks::default_validators(),
        "How what a request presents is checked: by password, by the signature of a token.";
    conceal_forbidden, "conceal_forbidden", "boolean": bool = false,
        "Answers what is forbidden as if it were not there: 404 instead of 401, so that nobody learns what exists (row C-012).";
    container_types, "container_types", "list of string": Vec<String> = vec!["Container".to_owned()],
        "Content types that may be added to a database.";
    conflict_retry_attempts, "conflict_retry_attempts", "integer": u32 = 8,
        "How often a request is replayed when another one changed the same object first, before it is answered 409 (row C-022).";
    #[serde(deserialize_with = "sections::roles")]
    managers_roles, "managers_roles", "table": BTreeMap<Arc<str>, Setting> = Group::default_managers_roles(),
        "Roles of the group `Managers`, to which root belongs (row P-014): a list, or a table of role = true.";
    login_failures_per_user, "login_failures_per_user", "integer": usize = ThrottleSettings::default().user,
        "How often logging in as one user from one address may fail within `login_failures_window_s`; then 429 (row S-060). 0: without bound.";
    login_failures_per_day, "login_failures_per_day", "integer": u32 = ThrottleSettings::default().strangers,
        "How often logging in as one user may fail in a day from all addresses where that user has not logged in since the start: half of it at once, the rest evenly over the day; then 429. Does not count where the user is known, and on the machine itself. 0: without bound.";
    login_failures_per_address, "login_failures_per_address", "integer": usize = ThrottleSettings::default().address,
        "How often logging in from one address may fail within `login_failures_window_s`; then 429. Loopback is not counted, an IPv6 client counts by its /64. 0: without bound.";
    login_failures_window_s, "login_failures_window_s", "integer": u64 = ThrottleSettings::default().window.as_secs(),
        "How long a failure to log in counts. Seconds, at most a day.";
    post_serialize, "post_serialize", "list of string": Vec<String> = Vec::new(),
        "Names of adapters that add to the JSON form of every object, in order (row R-009).";
    debug, "debug", "boolean": bool = false,
        "Answers errors with more detail and leaves out warnings about weak secrets. Not for production.";
    valid_id_characters, "valid_id_characters", "string": String = "0123456789abcdefghijklmnopqrstuvwxyz.-_@$^()+ =".to_owned(),
        "Characters that ids chosen by clients may have; capital letters count as small ones (row R-017).";
    min_username_length, "min_username_length", "integer": usize = 3,
        "The least number of characters that the id of a user has, where an application keeps users.";
    #[serde(deserialize_with = "files::paths")]
    static_files, "static", "table": BTreeMap<String, String> = BTreeMap::new(),
        "Files and folders by name, each served at `/{name}` to anybody (rows S-080, S-081). A name that a plugin serves its own files at replaces those.";
    #[serde(deserialize_with = "files::paths")]
    jsapps, "jsapps", "table": BTreeMap<String, String> = BTreeMap::new(),
        "Folders of single-page applications by name, each served at `/{name}`: a path below it that is no file is answered with its index (row T-009).";
    default_static_filenames, "default_static_filenames", "list of string": Vec<String> = vec!["index.html".to_owned(), "index.htm".to_owned()],
        "What a folder of `static` or `jsapps` is answered with: the first of these files that is in it (row Z-007).";
    trusted_proxies, "trusted_proxies", "list of string": Vec<String> = Vec::new(),
        "Addresses (or networks as `10.0.0.0/8`) of proxies whose `X-Forwarded-…` and `X-VirtualHost-…` headers count (row C-029).";
    admin, "admin", "table": Admin = Admin::default(),
        "The server for operators.";
    logs, "logs", "table": Logs = Logs::default(),
        "What is logged of requests. How much else is logged says the variable `RUST_LOG` of the environment.";
    #[serde(deserialize_with = "sections::table_or_list")]
    utilities, "utilities", "table": UtilitiesSettings = UtilitiesSettings::default(),
        "How utilities are watched over.";
    shutdown, "shutdown", "table": ShutdownSettings = ShutdownSettings::default(),
        "How long the server waits when it stops.";
    provision, "provision", "table": Provision = Provision::default(),
        "Containers, add-ons and users that are made at the start when they are missing.";
}

impl CoreSettings {
    /// The port that counts: `address` wins over `port` (row Z-004).
    pub fn listen_port(&self) -> u16 {
        self.address.unwrap_or(self.port)
    }

    /// The address that URLs begin with where no request says otherwise: `http://127.0.0.1:8080`.
    ///
    /// ```
    /// let settings = guillotina_content::settings::CoreSettings { host: "::1".into(), ..Default::default() };
    /// assert_eq!(&*settings.base_url(), "http://[::1]:8080");
    /// ```
    pub fn base_url(&self) -> Arc<str> {
        let host = match self.host.parse::<IpAddr>() {
            Ok(ip) if ip.is_unspecified() => "localhost".to_owned(),
            Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
            _ => self.host.clone(),
        };
        format!("http://{host}:{}", self.listen_port()).into()
    }

    /// How often logging in may fail.
    pub(crate) fn login_throttle(&self) -> ThrottleSettings {
        let window = Duration::from_secs(self.login_failures_window_s.min(86_400));
        ThrottleSettings {
            user: self.login_failures_per_user,
            address: self.login_failures_per_address,
            strangers: self.login_failures_per_day,
            window,
        }
    }

    /// Whether only this machine can reach the server.
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }

    /// The defaults as the lowest layer of the settings; what has none is left out.
    pub(crate) fn defaults() -> Value {
        let fields = Self::FIELDS.iter().map(|field| (field.name.to_owned(), (field.default)()));
        Value::Object(fields.filter(|(_, value)| !value.is_null()).collect())
    }

    /// Reads the root of the tree; `sections` are the keys of applications. When a value is wrong, all mistakes are
    /// noted, and the other values are returned, so that later checks find what is wrong with them.
    pub(crate) fn read(settings: &Settings, sections: &[&str], diagnostics: &mut Diagnostics) -> Self {
        let own = Self::FIELDS.iter().map(|field| field.name).filter(|name| *name != "*");
        let known: Vec<&str> =
            own.chain(sections.iter().copied()).chain(guillotina::WITHOUT_EFFECT.iter().copied()).collect();
        check_keys(settings.root(), &known, "the settings", diagnostics);
        settings.section::<Self>(&[], diagnostics).unwrap_or_else(|| Self::good_part(settings))
    }

    /// The keys whose values are right; the others have their defaults.
    fn good_part(settings: &Settings) -> Self {
        let Value::Object(mut all) = settings.to_json() else { return Self::default() };
        all.retain(|key, value| serde_json::from_value::<Self>(json!({key.as_str(): value})).is_ok());
        serde_json::from_value(Value::Object(all)).unwrap_or_default()
    }
}

impl std::fmt::Debug for CoreSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoreSettings")
            .field("applications", &self.applications)
            .field("host", &self.host)
            .field("port", &self.listen_port())
            .field("debug", &self.debug)
            .finish_non_exhaustive()
    }
}

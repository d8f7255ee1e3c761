//! The sections that the framework's settings are made of, and values that may be written in more than one way.

use guillotina_macros::settings;
use guillotina_security::Setting;
use guillotina_security::auth::TokenAlgorithm;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// `[root_user]`
#[settings]
pub struct RootUser {
    /// Password of root, plain or as `algorithm:salt:hash` (row A-010). Empty: root cannot log in by password (row A-013).
    #[default]
    pub password: String,
}

/// How tokens are signed; all ways use one shared secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    #[default]
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
}

impl From<Algorithm> for TokenAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::HS256 => TokenAlgorithm::HS256,
            Algorithm::HS384 => TokenAlgorithm::HS384,
            Algorithm::HS512 => TokenAlgorithm::HS512,
        }
    }
}

/// `[jwt]`
#[settings]
pub struct Jwt {
    /// The secret that tokens are signed with, the same in all processes. Without one each process makes its own, and
    /// its tokens end with it.
    #[default]
    pub secret: Option<String>,
    /// How tokens are signed: HS256, HS384 or HS512. No other is accepted.
    #[default(Algorithm::HS256)]
    pub algorithm: Algorithm,
    /// Life of a token. Seconds.
    #[default(3600)]
    pub token_expiration: u64,
}

/// `[jwk]`
#[settings]
pub struct JwkSection {
    /// The key: 32 bytes in base64url.
    #[default]
    pub k: String,
    /// The kind of key; `oct` is the only one.
    #[default("oct")]
    pub kty: String,
}

/// `[cors]`
#[settings]
pub struct Cors {
    /// Origins whose pages may read answers; `*` is every origin. A page's own origin always may.
    #[default(["http://localhost:8080"])]
    pub allow_origin: Vec<String>,
    /// Methods that those pages may use.
    #[default(["GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS"])]
    pub allow_methods: Vec<String>,
    /// Headers that those pages may send.
    #[default(["*"])]
    pub allow_headers: Vec<String>,
    /// Headers that those pages may read.
    #[default(["*"])]
    pub expose_headers: Vec<String>,
    /// Whether those pages may send cookies and `Authorization`.
    #[default(true)]
    pub allow_credentials: bool,
    /// How long a browser may keep the answer to a preflight request. Seconds.
    #[default(3660)]
    pub max_age: u64,
}

/// `[server_settings]`
#[settings]
pub struct ServerSettings {
    /// The largest body of JSON, else 413 (row C-024). Bytes.
    #[default(1_048_576)]
    pub client_max_size: u64,
    /// Settings of another HTTP server; without effect here.
    #[default]
    pub uvicorn: Value,
}

/// What a commit of SQLite survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// A power cut.
    #[default]
    Full,
    /// A crash of the process; a power cut may take back the last commits.
    Normal,
}

/// What happens when the background work of a utility fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// It is started again, after a pause that grows.
    #[default]
    Restart,
    /// The server stops.
    Stop,
}

/// `[utilities]`
#[settings]
pub struct UtilitiesSettings {
    /// What happens when the background work of a utility ends with an error or a panic: `restart`, or `stop` the server.
    #[default(OnFailure::Restart)]
    pub on_failure: OnFailure,
    /// First pause before it is started again; each further one is twice as long. Milliseconds.
    #[default(1_000)]
    pub backoff_first_ms: u64,
    /// Longest pause. Work that ran for longer than this starts again with the first pause. Milliseconds.
    #[default(60_000)]
    pub backoff_longest_ms: u64,
    /// How long a utility may take to be made. Seconds.
    #[default(60)]
    pub create_timeout_s: u64,
}

/// `[utilities]`, where Guillotina's files may have a list of an old release, which says nothing any more.
pub(super) fn table_or_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UtilitiesSettings, D::Error> {
    struct TableOrList;
    impl<'de> Visitor<'de> for TableOrList {
        type Value = UtilitiesSettings;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<UtilitiesSettings, A::Error> {
            UtilitiesSettings::deserialize(MapAccessDeserializer::new(map))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<UtilitiesSettings, A::Error> {
            while list.next_element::<Value>()?.is_some() {}
            Ok(UtilitiesSettings::default())
        }
    }
    deserializer.deserialize_any(TableOrList)
}

/// `[shutdown]`
#[settings]
pub struct ShutdownSettings {
    /// How long requests, sockets and the work of utilities get to end by themselves. Seconds.
    #[default(10)]
    pub grace_s: u64,
    /// How long giving up what is held may take after that. Seconds.
    #[default(5)]
    pub mercy_s: u64,
}

impl ShutdownSettings {
    /// `grace_s`, at most a day.
    pub fn grace(&self) -> Duration {
        Duration::from_secs(self.grace_s.min(86_400))
    }

    /// `mercy_s`, at most a day.
    pub fn mercy(&self) -> Duration {
        Duration::from_secs(self.mercy_s.min(86_400))
    }
}

/// `[admin]`
#[settings]
pub struct Admin {
    /// Address and port, such as `127.0.0.1:9090`, of a second server that has `/metrics` for Prometheus and `/healthz/…`;
    /// port 0 takes a free one. Nobody has to log in there, so keep it where only operators can reach it. None: no such server.
    #[default]
    pub address: Option<String>,
}

/// Which answers get a line in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLog {
    /// Every answer.
    All,
    /// Answers of 500 and more, and those that took long.
    #[default]
    Notable,
    /// None.
    Off,
}

/// `[logs]`
#[settings]
pub struct Logs {
    /// Which answers get a line of the target `guillotina::access`: `all`; `notable`, which are those of 500 and more
    /// and those that took longer than `slow_ms`; or `off`.
    #[default(AccessLog::Notable)]
    pub access: AccessLog,
    /// What is slow. Milliseconds.
    #[default(1_000)]
    pub slow_ms: u64,
}

/// Roles as a list, or as a table of role = true, 1 or `"Allow"`.
pub(super) fn roles<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Arc<str>, Setting>, D::Error> {
    struct Roles;
    impl<'de> Visitor<'de> for Roles {
        type Value = BTreeMap<Arc<str>, Setting>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of roles, or a table of role = true")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut roles = BTreeMap::new();
            while let Some(role) = list.next_element::<String>()? {
                roles.insert(Arc::from(role), Setting::Allow);
            }
            Ok(roles)
        }
        fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Self::Value, A::Error> {
            let mut roles = BTreeMap::new();
            while let Some(role) = table.next_key::<String>()? {
                roles.insert(Arc::from(role), table.next_value::<Held>()?.0);
            }
            Ok(roles)
        }
    }
    deserializer.deserialize_any(Roles)
}

/// Whether a role is held, in any of Guillotina's spellings.
struct Held(Setting);

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Spelling;
        impl Visitor<'_> for Spelling {
            type Value = Held;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, 1, 0 or \"Allow\"")
            }
            fn visit_bool<E: Error>(self, held: bool) -> Result<Held, E> {
                Ok(Held(if held { Setting::Allow } else { Setting::Unset }))
            }
            fn visit_i64<E: Error>(self, held: i64) -> Result<Held, E> {
                self.visit_bool(held != 0)
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Held, E> {
                match word {
                    "true" | "1" => self.visit_bool(true),
                    "false" | "0" => self.visit_bool(false),
                    _ => Setting::parse(word)
                        .map(Held)
                        .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(word), &self)),
                }
            }
        }
        deserializer.deserialize_any(Spelling)
    }
}

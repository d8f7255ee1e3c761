//! The setting `databases` (rows Z-002, X-001, X-021).

use super::checks::RESERVED;
use super::sections::Synchronous;
use guillotina_db::{Durability, SqliteOptions};
use guillotina_settings::{
    Code, Diagnostic, Diagnostics, Node, Origin, Settings, Value as Written, check_keys, nearest,
};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::time::Duration;

/// Keys of a database that this version reads.
const KNOWN: &[&str] = &[
    "storage",
    "path",
    "filename",
    "synchronous",
    "readers",
    "wait_ms",
    "cache_bytes",
    "read_only",
    "stream_frames",
    "stream_age_s",
];

/// Guillotina's keys of a database that say nothing to SQLite.
const WITHOUT_EFFECT: &[&str] = &[
    "name",
    "partition",
    "dsn",
    "db_schema",
    "conn_acquire_timeout",
    "objects_table_name",
    "blobs_table_name",
    "pool_size",
    "store_json",
    "autovacuum",
    "transaction_manager",
    "connection_manager",
    "ssl",
    "statement_cache_size",
    "max_cached_statement_lifetime",
    "max_cacheable_statement_size",
    "command_timeout",
    "server_settings",
];

/// An hour: a client that waits longer is gone, and a far deadline must not overflow the clock.
const LONGEST_WAIT_MS: u64 = 3_600_000;

const STORAGES: &[&str] = &["sqlite", "DUMMY", "DUMMY_FILE", "postgresql", "cockroach"];

/// One database of the setting `databases`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseSection {
    /// `sqlite`; or Guillotina's names: `DUMMY` (in memory), `DUMMY_FILE` (a SQLite file too).
    pub storage: String,
    /// The file; `:memory:` is gone when the server ends. By default the database's name with the ending `.sqlite`.
    pub path: Option<String>,
    /// Guillotina's name of `path`, of `DUMMY_FILE`.
    pub filename: Option<String>,
    /// What a commit survives: `full` a power cut, `normal` a crash of the process.
    pub synchronous: Synchronous,
    /// How many transactions can read from the disk at a time.
    pub readers: usize,
    /// How long a request waits for a connection to read, for the writer, and for all its turns on objects that many write
    /// (at least 1); then it is answered 503. Milliseconds.
    pub wait_ms: u64,
    /// Size of the object cache. Bytes.
    pub cache_bytes: usize,
    /// Refuses every write (row X-018).
    pub read_only: bool,
    /// Frames of streams that are kept for those who were away (at least 1). A client that missed more is told to read anew.
    pub stream_frames: u64,
    /// For how long they are kept. Seconds.
    pub stream_age_s: u64,
    /// Guillotina's other keys.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        let options = SqliteOptions::default();
        DatabaseSection {
            storage: "sqlite".to_owned(),
            path: None,
            filename: None,
            synchronous: Synchronous::Full,
            readers: options.readers,
            wait_ms: u64::try_from(options.wait.as_millis()).unwrap_or(u64::MAX),
            cache_bytes: options.cache_bytes,
            read_only: false,
            stream_frames: options.stream_frames,
            stream_age_s: options.stream_age.as_secs(),
            other: Map::new(),
        }
    }
}

/// The databases by name, in the order of the settings.
#[derive(Clone, Default, Serialize)]
pub struct Databases(pub Vec<(String, DatabaseSection)>);

impl<'de> Deserialize<'de> for Databases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableOrList;
        impl<'de> Visitor<'de> for TableOrList {
            type Value = Databases;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of databases, or a list of tables with one database each")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Databases, A::Error> {
                let mut databases = Vec::new();
                while let Some(entry) = table.next_entry()? {
                    databases.push(entry);
                }
                Ok(Databases(databases))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Databases, A::Error> {
                let mut databases = Vec::new();
                while let Some(Databases(some)) = list.next_element()? {
                    databases.extend(some);
                }
                Ok(Databases(databases))
            }
        }
        deserializer.deserialize_any(TableOrList)
    }
}

/// A database that is opened at the start.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// Its name in paths.
    pub name: String,
    /// The SQLite file, or `:memory:`.
    pub path: String,
    /// How it is opened.
    pub options: SqliteOptions,
    /// Where it stands in the settings.
    pub origin: Origin,
}

/// What is to be opened; everything that is wrong with it goes to `diagnostics`.
pub(crate) fn configured(
    databases: &Databases,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Vec<DatabaseConfig> {
    let nodes = nodes(settings);
    let mut configs: Vec<DatabaseConfig> = Vec::new();
    for ((name, section), node) in databases.0.iter().zip(nodes) {
        check_name(name, node, &configs, diagnostics);
        check_database_keys(name, node, diagnostics);
        let Some(path) = file(name, section, node, diagnostics) else { continue };
        if let Some(other) = configs.iter().find(|other| other.path == path && path != ":memory:") {
            let message = format!("databases \"{}\" and \"{name}\" use the same file {path}", other.name);
            let mistake =
                Diagnostic::error(Code::BAD_VALUE, message, node.key.clone()).help("give one of them another `path`");
            diagnostics.push(mistake.related(format!("\"{}\" is here", other.name), other.origin.clone()));
        }
        check_numbers(name, section, node, diagnostics);
        configs.push(DatabaseConfig { name: name.clone(), path, options: options(section), origin: node.key.clone() });
    }
    configs
}

/// The nodes of the databases in the order of [`Databases`].
fn nodes(settings: &Settings) -> Vec<&Node> {
    match settings.get(&["databases"]).map(|node| &node.value) {
        Some(Written::Table(table)) => table.values().collect(),
        Some(Written::Array(items)) => {
            items.iter().filter_map(Node::as_table).flat_map(|table| table.values()).collect()
        }
        _ => Vec::new(),
    }
}

/// The names of the databases, also of those with mistakes.
pub(crate) fn names(settings: &Settings) -> Vec<&str> {
    match settings.get(&["databases"]).map(|node| &node.value) {
        Some(Written::Table(table)) => table.keys().map(String::as_str).collect(),
        Some(Written::Array(items)) => {
            items.iter().filter_map(Node::as_table).flat_map(|table| table.keys()).map(String::as_str).collect()
        }
        _ => Vec::new(),
    }
}

fn options(section: &DatabaseSection) -> SqliteOptions {
    SqliteOptions {
        synchronous: match section.synchronous {
            Synchronous::Full => Durability::Full,
            Synchronous::Normal => Durability::Normal,
        },
        readers: section.readers,
        wait: Duration::from_millis(section.wait_ms.min(LONGEST_WAIT_MS)),
        cache_bytes: section.cache_bytes,
        read_only: section.read_only,
        stream_frames: section.stream_frames,
        stream_age: Duration::from_secs(section.stream_age_s),
    }
}

/// A name is a segment of every path, so it must be one that traversal takes.
fn check_name(name: &str, node: &Node, before: &[DatabaseConfig], diagnostics: &mut Diagnostics) {
    let fits = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
    if name.is_empty() || !fits || name.starts_with(['_', '.']) {
        let message = format!("\"{name}\" cannot be the name of a database: it is a part of every path");
        let mistake = Diagnostic::error(Code::BAD_VALUE, message, node.key.clone());
        diagnostics.push(mistake.help("use letters, digits, `-`, `_` and `.`, and begin with a letter or digit"));
    }
    if name == RESERVED {
        let message = format!("no database can have the name \"{RESERVED}\": /{RESERVED}/… says how the server is");
        diagnostics.push(Diagnostic::error(Code::BAD_VALUE, message, node.key.clone()).help("give it another name"));
    }
    if let Some(first) = before.iter().find(|other| other.name == name) {
        let mistake =
            Diagnostic::error(Code::BAD_VALUE, format!("database \"{name}\" is there twice"), node.key.clone());
        diagnostics.push(mistake.help("rename one of them").related("the first one", first.origin.clone()));
    }
}

/// What nothing could be read or written with.
fn check_numbers(name: &str, section: &DatabaseSection, node: &Node, diagnostics: &mut Diagnostics) {
    let mut refuse = |key: &str, what: &str, help: &str| {
        let origin = node.get(key).unwrap_or(node).origin.clone();
        let message = format!("database \"{name}\" {what}");
        diagnostics.push(Diagnostic::error(Code::BAD_VALUE, message, origin).help(help));
    };
    if section.readers == 0 {
        refuse("readers", "has no connection for reading", "write `readers = 1` or more");
    }
    if section.wait_ms == 0 {
        refuse(
            "wait_ms",
            "lets nobody wait: whatever is not free at once is answered 503",
            "write `wait_ms = 1` or more",
        );
    }
}

fn check_database_keys(name: &str, node: &Node, diagnostics: &mut Diagnostics) {
    let known: Vec<&str> = KNOWN.iter().chain(WITHOUT_EFFECT).copied().collect();
    check_keys(node, &known, &format!("database \"{name}\""), diagnostics);
    let ignored: Vec<&str> = WITHOUT_EFFECT.iter().copied().filter(|key| node.get(key).is_some()).collect();
    if let Some(first) = ignored.first().and_then(|key| node.get(key)) {
        let message = format!("database \"{name}\": {} say nothing to SQLite", ignored.join(", "));
        let warning = Diagnostic::warning(Code::UNKNOWN_KEY, message, first.key.clone());
        diagnostics.push(warning.label("without effect").help("remove them; the file is named by `path`"));
    }
}

/// The file of a database, or `None` when its storage can't be opened by this version.
fn file(name: &str, section: &DatabaseSection, node: &Node, diagnostics: &mut Diagnostics) -> Option<String> {
    let given = section.path.clone().or_else(|| section.filename.clone());
    let origin = node.get("storage").unwrap_or(node).origin.clone();
    match section.storage.as_str() {
        "sqlite" | "DUMMY_FILE" => Some(given.unwrap_or_else(|| format!("{name}.sqlite"))),
        "DUMMY" => Some(":memory:".to_owned()),
        storage @ ("postgresql" | "cockroach") => {
            let message = format!("database \"{name}\": storage \"{storage}\" is not in this version");
            let help = format!("write `storage = \"sqlite\"` and `path = \"{name}.sqlite\"`");
            diagnostics.push(Diagnostic::error(Code::BAD_VALUE, message, origin).label("only SQLite is").help(help));
            None
        }
        unknown => {
            let help = match nearest(unknown, STORAGES.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "write `storage = \"sqlite\"`".to_owned(),
            };
            let message = format!("database \"{name}\" has the unknown storage \"{unknown}\"");
            diagnostics.push(Diagnostic::error(Code::BAD_VALUE, message, origin).help(help));
            None
        }
    }
}

//! Shared by the tests of the whole crate.
#![allow(dead_code, reason = "each test binary uses its own part")]

use guillotina_db::{Batch, Database, Oid, Put, SqliteOptions, Tid};

pub fn memory() -> Database {
    // A busy machine is no reason to give up.
    let options = SqliteOptions { wait: std::time::Duration::from_secs(60), ..SqliteOptions::default() };
    Database::open_sqlite("db", ":memory:", &options).unwrap()
}

pub fn oid(text: &str) -> Oid {
    Oid::new(text).unwrap()
}

/// A child of `parent` whose name is its oid.
pub fn put(name: &str, parent: &Oid, state: &str, expected: Option<Tid>) -> Put {
    Put {
        oid: oid(name),
        parent: Some(parent.clone()),
        id: name.into(),
        type_name: "Item".into(),
        state: state.to_owned().into(),
        json: None,
        expected,
        decoded: None,
    }
}

pub fn puts(puts: Vec<Put>) -> Batch {
    Batch { puts, ..Batch::default() }
}

pub fn text(stored: &guillotina_db::Stored) -> String {
    String::from_utf8(stored.row().state.to_vec()).unwrap()
}

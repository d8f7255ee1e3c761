//! Declarations that compile and make no sense: the server does not start with them.
#![allow(clippy::expect_used)]

extern crate guillotina_content as guillotina;

use guillotina::App;
use guillotina_macros::{behavior, content_type};

guillotina::application! { name = "wrong", title = "Wrong" }

/// Names what there is not.
#[content_type(indexes(year(type = "int", accessor = year, fields("strat"))), metadata("nothing_of_the_kind"))]
pub struct Event {
    /// When it begins.
    #[field(index = "keyword")]
    pub start: Option<i64>,
    /// Longer than it may be.
    #[field(max_length = 3, default_factory = too_long)]
    pub name: String,
}

/// Has a field of its base.
#[content_type(base = Event)]
pub struct Talk {
    /// The same again.
    pub start: i64,
}

/// Has an index of another type.
#[behavior]
pub struct IStarts {
    /// When it begins.
    #[field(index = "int")]
    pub start: i64,
}

fn year(event: &Event) -> Option<i64> {
    event.start
}

fn too_long() -> &'static str {
    "four"
}

#[test]
fn what_fields_and_indexes_say_is_checked_at_the_start_d_009_d_011() {
    let settings = "applications = [\"wrong\"]\n[databases.db]\nstorage = \"DUMMY\"\n[jwt]\nsecret = \"a-secret-0f-2026-for-these-tests\"\n";
    let refused = App::builder(&[&PLUGIN]).settings_text("settings.toml", settings).configure();
    let text = refused.err().expect("it should have been refused").to_string();
    for said in [
        "wrong.IEvent.name: the default is not a value of the field, correct it: name: Value is too long",
        "the index `year` of wrong.IEvent names the field `strat`, which there is not",
        "did you mean \"start\"?",
        "`metadata` of wrong.IEvent names the field `nothing_of_the_kind`, which there is not",
        "the field `start` of Talk is also one of its base Event",
        "the index `start` is of the type keyword here, and of the type int elsewhere",
        "tests/mistakes.rs:13",
    ] {
        assert!(text.contains(said), "{said}\n--- is not in\n{text}");
    }
}

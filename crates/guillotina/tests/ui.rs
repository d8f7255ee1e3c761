//! Misuse of the attributes: each case is one mistake, and its message says what to write instead.
//!
//! After a deliberate change of a message, `TRYBUILD=overwrite cargo test -p guillotina --test ui` writes the new texts;
//! the difference is reviewed like code.

#[test]
fn each_mistake_says_what_to_write() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

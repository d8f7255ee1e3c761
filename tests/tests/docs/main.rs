//! What the documentation says is what the code says, and the invariants of `docs/architecture.md` hold.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod examples;
mod invariants;
mod pages;
mod reference;
mod tree;

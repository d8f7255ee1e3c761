//! Tests of the phases, with plugins that are made by hand: nothing of them is collected at link time.

mod checks;
mod cleanup;
mod files;
mod fixtures;
mod life;
mod provisioning;

use super::*;
use fixtures::*;

fn configured(builder: Builder) -> Configured {
    builder.configure().unwrap_or_else(|found| panic!("{found}"))
}

fn refused(builder: Builder) -> Diagnostics {
    builder.configure().err().expect("it should have been refused")
}

/// The numbers of the errors, in order.
fn errors(diagnostics: &Diagnostics) -> Vec<&'static str> {
    let errors = diagnostics.iter().filter(|d| d.severity == guillotina_settings::Severity::Error);
    errors.map(|d| d.id.id()).collect()
}

fn names(configured: &Configured) -> Vec<&str> {
    configured.components().applications.iter().map(|a| a.name.as_str()).collect()
}

//! What a failed lookup says.

use std::fmt::Write as _;

use thiserror::Error;

use crate::{Candidate, Interface};

/// How many partly matching registrations an error lists.
const MAX_CANDIDATES: usize = 8;

/// How many characters of a name an error repeats: names can come from clients.
const MAX_NAME: usize = 80;

/// Nothing is registered for what was asked.
///
/// The message names the interfaces, the registrations that match partly with the reason why each one lost, and what
/// to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", self.message())]
#[non_exhaustive]
pub struct LookupError {
    /// The names of the objects' interfaces; empty when a utility was asked for.
    pub required: Vec<String>,
    /// The name of the interface that was asked for.
    pub provided: String,
    /// The name that was asked for, cut when it is long.
    pub name: String,
    /// The registrations that match partly, each with the reason why it lost; the first few.
    pub candidates: Vec<String>,
    /// How many more match partly.
    pub more: usize,
}

impl LookupError {
    pub(crate) fn new<V>(
        required: &[&Interface],
        provided: &Interface,
        name: &str,
        candidates: &[Candidate<V>],
    ) -> Self {
        Self {
            required: required.iter().map(|interface| interface.name().to_owned()).collect(),
            provided: provided.name().to_owned(),
            name: shorten(name),
            candidates: candidates.iter().take(MAX_CANDIDATES).map(describe).collect(),
            more: candidates.len().saturating_sub(MAX_CANDIDATES),
        }
    }

    fn message(&self) -> String {
        let (what, from) = match self.required.as_slice() {
            [] => ("utility", String::new()),
            required => ("adapter", format!(" from ({})", required.join(", "))),
        };
        let name = if self.name.is_empty() { String::new() } else { format!(" named {:?}", self.name) };
        let mut message = format!("no {what}{from} to {}{name}", self.provided);
        for (position, candidate) in self.candidates.iter().enumerate() {
            let separator = if position == 0 { "; considered: " } else { ", " };
            message.push_str(separator);
            message.push_str(candidate);
        }
        if self.more > 0 {
            // Writing to a string can't fail.
            let _ = write!(message, " and {} more", self.more);
        }
        let help = if self.candidates.is_empty() {
            "; register one, or enable the application that does"
        } else {
            "; ask for one of these, or register one that matches"
        };
        message.push_str(help);
        message
    }
}

fn describe<V>(candidate: &Candidate<V>) -> String {
    let registration = &candidate.registration;
    let required: Vec<&str> = registration.required.iter().map(Interface::name).collect();
    let name = if registration.name.is_empty() { String::new() } else { format!(" named {:?}", registration.name) };
    format!("({}) to {}{name} ({})", required.join(", "), registration.provided, candidate.verdict)
}

fn shorten(name: &str) -> String {
    match name.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

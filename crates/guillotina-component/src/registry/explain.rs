//! Why a lookup chose what it chose.

use std::fmt;

use super::builder::Registration;
use crate::Interface;

/// A registration that a lookup considered.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Candidate<V> {
    /// The registration.
    pub registration: Registration<V>,
    /// Why it won or lost.
    pub verdict: Verdict,
}

impl<V: Clone> Candidate<V> {
    pub(super) fn new(registration: &Registration<V>, verdict: Verdict) -> Self {
        Self { registration: registration.clone(), verdict }
    }
}

/// Why a registration won or lost a lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It is the answer.
    Chosen,
    /// It matches, but another one is more specific.
    LessSpecific,
    /// Everything but its name matches.
    OtherName,
    /// The object at this position (from 0) does not have the interface that it requires.
    NotRequired {
        /// The first position that does not match.
        position: usize,
    },
    /// What it provides is not what was asked for, nor derived from it.
    NotProvided,
}

impl Verdict {
    /// The place of the verdict's group in a list of candidates.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::Chosen => 0,
            Self::LessSpecific => 1,
            Self::OtherName => 2,
            Self::NotRequired { .. } => 3,
            Self::NotProvided => 4,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen => f.write_str("chosen"),
            Self::LessSpecific => f.write_str("less specific"),
            Self::OtherName => f.write_str("registered under another name"),
            Self::NotRequired { position } => write!(f, "object {} does not have the required interface", position + 1),
            Self::NotProvided => f.write_str("provides something else"),
        }
    }
}

/// The one respect in which a registration misses; `None` when it misses in several, or in the number of objects.
pub(super) fn near_miss<V>(
    registration: &Registration<V>,
    required: &[&Interface],
    provided: &Interface,
    name: &str,
) -> Option<Verdict> {
    if registration.required.len() != required.len() {
        return None;
    }
    let mut objects = required.iter().zip(&registration.required);
    let unmet = objects.position(|(object, needed)| !object.is_or_extends(needed));
    let provides = registration.provided.is_or_extends(provided);
    match (unmet, provides, &*registration.name == name) {
        (None, true, false) => Some(Verdict::OtherName),
        (Some(position), true, true) => Some(Verdict::NotRequired { position }),
        (None, false, true) => Some(Verdict::NotProvided),
        _ => None,
    }
}

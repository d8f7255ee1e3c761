//! What a cell of an access map says.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One cell of an access map (P-017), spelt as on the wire.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Setting {
    /// Applies to the object and to everything below it.
    Allow,
    /// Refuses, for the object and everything below it.
    Deny,
    /// Applies to the object only, not below it.
    AllowSingle,
    /// No cell: writing it removes the cell.
    #[default]
    Unset,
}

impl Setting {
    /// The spelling on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
            Self::AllowSingle => "AllowSingle",
            Self::Unset => "Unset",
        }
    }

    /// Reads the spelling on the wire; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "Allow" => Some(Self::Allow),
            "Deny" => Some(Self::Deny),
            "AllowSingle" => Some(Self::AllowSingle),
            "Unset" => Some(Self::Unset),
            _ => None,
        }
    }

    /// The answer that the cell gives (P-019): `AllowSingle` counts on the object itself only, and
    /// above it says nothing.
    pub(crate) const fn answer(self, on_object: bool) -> Option<bool> {
        match self {
            Self::Allow => Some(true),
            Self::Deny => Some(false),
            Self::AllowSingle if on_object => Some(true),
            Self::AllowSingle | Self::Unset => None,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

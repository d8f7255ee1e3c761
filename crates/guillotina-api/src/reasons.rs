//! The reasons that stand in error bodies (row E-019): the word and its sentence on the wire.

/// A word for programs and a sentence for people.
pub(crate) type Reason = (&'static str, &'static str);

pub(crate) const REQUIRED_PARAM_MISSING: Reason = ("requiredParamMissing", "Missing required param in the request");
pub(crate) const INVALID_ID: Reason = ("invalidId", "Invalid ID for object");
pub(crate) const ALREADY_INSTALLED: Reason = ("alreadyInstalled", "Addon already installed");
pub(crate) const NOT_INSTALLED: Reason = ("notInstalled", "Addon not installed");

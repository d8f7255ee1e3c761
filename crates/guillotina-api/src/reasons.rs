//! The reasons that stand in the error bodies of these services (row E-019): the word and its sentence on the wire.

use guillotina::body::Reason;

pub(crate) const ALREADY_INSTALLED: Reason = ("alreadyInstalled", "Addon already installed");
pub(crate) const NOT_INSTALLED: Reason = ("notInstalled", "Addon not installed");

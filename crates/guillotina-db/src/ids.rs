//! Object ids and transaction ids (rows X-005 and X-008).

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The number of a commit: it grows by one with every committed batch and is never used twice.
///
/// ```
/// use guillotina_db::Tid;
/// assert!(Tid(7) > Tid::ZERO);
/// assert_eq!(Tid(7).to_string(), "7");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tid(pub u64);

impl Tid {
    /// The state before the first commit: the root and the trash, nothing else.
    pub const ZERO: Tid = Tid(0);

    /// The tid of the commit after this one.
    #[must_use]
    pub fn next(self) -> Tid {
        Tid(self.0.saturating_add(1))
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of an object (column `zoid`): 1 to [`Oid::MAX_LEN`] printable ASCII characters, never reused. Cloning is cheap.
///
/// ```
/// use guillotina_db::Oid;
/// let oid = Oid::new("a3f|c0ffee")?;
/// assert_eq!(oid.as_str(), "a3f|c0ffee");
/// assert!(Oid::new("").is_err());
/// # Ok::<(), guillotina_db::Error>(())
/// ```
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Oid(Repr);

#[derive(Clone)]
enum Repr {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Oid {
    /// The root of a database: 32 zeros.
    pub const ROOT: Oid = Oid(Repr::Static("00000000000000000000000000000000"));
    /// The trash: 32 times `D`. A row below it is on its way out and has no unique name.
    pub const TRASHED: Oid = Oid(Repr::Static("DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD"));
    /// The greatest length in bytes.
    pub const MAX_LEN: usize = 64;

    /// Makes an id of `text`.
    ///
    /// # Errors
    /// [`Error::BadOid`] when it is empty, longer than [`Oid::MAX_LEN`] bytes, or holds a character that is not
    /// printable ASCII.
    pub fn new(text: &str) -> Result<Oid, Error> {
        let fits = !text.is_empty() && text.len() <= Self::MAX_LEN;
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Oid(Repr::Shared(text.into())))
        } else {
            let start: String = text.chars().take(Self::MAX_LEN).collect();
            Err(Error::BadOid(start))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Static(text) => text,
            Repr::Shared(text) => text,
        }
    }
}

impl PartialEq for Oid {
    fn eq(&self, other: &Oid) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Oid {}

impl PartialOrd for Oid {
    fn partial_cmp(&self, other: &Oid) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Oid {
    fn cmp(&self, other: &Oid) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Oid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Oid {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Oid {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({})", self.as_str())
    }
}

impl Serialize for Oid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl TryFrom<String> for Oid {
    type Error = Error;

    fn try_from(text: String) -> Result<Oid, Error> {
        Oid::new(&text)
    }
}

impl std::str::FromStr for Oid {
    type Err = Error;

    fn from_str(text: &str) -> Result<Oid, Error> {
        Oid::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_fixed_ids_have_the_reference_form() {
        assert_eq!(Oid::ROOT.as_str(), "0".repeat(32));
        assert_eq!(Oid::TRASHED.as_str(), "D".repeat(32));
        assert_eq!(Oid::ROOT, Oid::new(&"0".repeat(32)).unwrap());
    }

    #[test]
    fn bad_ids_are_refused_with_their_text() {
        for bad in ["", "a b", "ä", "a\0b", &"x".repeat(65)] {
            assert!(Oid::new(bad).is_err(), "{bad:?}");
        }
        assert!(Oid::new(&"x".repeat(64)).is_ok());
        assert!(Oid::new("a b").unwrap_err().to_string().contains("a b"));
    }
}

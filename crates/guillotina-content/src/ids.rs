//! Ids and uids (rows R-017, R-018), and how they stand in URLs.

use crate::resource::Resource;
use guillotina_db::Oid;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Longest id of an object, in bytes: longer path segments are refused anyway.
pub const MAX_ID_LENGTH: usize = 255;

/// Length of the own part of a uid, and of what each ancestor adds.
const OWN: usize = 32;
const PER_ANCESTOR: usize = 3;
const MAX_UID_LENGTH: usize = 64;

/// What may stand in a path segment as it is (RFC 3986: unreserved, sub-delims, `:` and `@`).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// Whether a client may choose this id (row R-017): characters of the setting, case folded for the test only, not
/// beginning with `_` or `@`, and no path explorer.
///
/// ```
/// use guillotina_content::ids::is_valid;
/// assert!(is_valid("Foo-1.txt", "abcdefghijklmnopqrstuvwxyz0123456789.-_@$^()+ ="));
/// assert!(!is_valid("_private", "abcdefghijklmnopqrstuvwxyz_"));
/// ```
pub fn is_valid(id: &str, characters: &str) -> bool {
    let folded = id.to_lowercase();
    !(folded.is_empty()
        || id.len() > MAX_ID_LENGTH
        || folded == "."
        || folded == ".."
        || folded.starts_with(['_', '@']))
        && folded.chars().all(|c| characters.contains(c))
}

/// A new uid below `parent` (row R-018): up to three characters for each ancestor, then 32 hexadecimal digits.
pub fn new_uid(parent: Option<&Resource>) -> Oid {
    let mut prefix = String::new();
    if let Some(parent) = parent {
        let mut ancestors: Vec<_> = parent.parents().collect();
        ancestors.reverse();
        for ancestor in ancestors.iter().chain(std::iter::once(parent)) {
            prefix.extend(short(ancestor.uid()).chars().take(PER_ANCESTOR));
            prefix.push('|');
        }
    }
    let own = uuid::Uuid::new_v4().simple().to_string();
    let keep = prefix.len().min(MAX_UID_LENGTH - OWN);
    let whole = format!("{}{own}", &prefix[prefix.len() - keep..]);
    Oid::new(&whole).unwrap_or(Oid::ROOT)
}

/// The own part of a uid: the id of an object that was added without one.
pub fn short(uid: &Oid) -> &str {
    uid.as_str().rsplit('|').next().unwrap_or_default()
}

/// Whether a client may choose this uid (row ZZ-04): 32 hexadecimal digits, with or without a prefix.
pub fn is_valid_uid(uid: &str) -> bool {
    let own = uid.rsplit('|').next().unwrap_or_default();
    uid.len() <= MAX_UID_LENGTH
        && own.len() == OWN
        && uid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'|')
        && uid != Oid::ROOT.as_str()
        && uid != Oid::TRASHED.as_str()
}

/// A path as it stands in a URL.
pub fn encode_path(path: &str) -> std::borrow::Cow<'_, str> {
    utf8_percent_encode(path, SEGMENT).into()
}

/// A decoded part of a query; what is no UTF-8 is replaced.
pub fn decode_query(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_that_clients_choose_zz_04() {
        assert!(is_valid_uid("0123456789abcdef0123456789abcdef"));
        assert!(is_valid_uid("473|986|0123456789abcdef0123456789abcdef"));
        for bad in ["", "x", "0123456789abcdef0123456789abcdeg", &"0".repeat(65), &"0".repeat(32), &"D".repeat(32)] {
            assert!(!is_valid_uid(bad), "{bad}");
        }
    }

    #[test]
    fn ids_that_clients_choose_r_017() {
        let characters = "0123456789abcdefghijklmnopqrstuvwxyz.-_@$^()+ =";
        for good in ["a", "UPPER", "a b", "x@y", "1.2"] {
            assert!(is_valid(good, characters), "{good}");
        }
        for bad in ["", ".", "..", "_x", "@x", "a/b", "ä", "a\0", &"x".repeat(256)] {
            assert!(!is_valid(bad, characters), "{bad}");
        }
    }

    #[test]
    fn a_query_is_decoded_once() {
        assert_eq!(decode_query("a+b%2520"), "a b%20");
    }
}

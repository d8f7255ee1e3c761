//! Ids and uids (rows R-017, R-018), and how they stand in URLs.

use crate::error::Result;
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

/// Whether code may choose this id: one that a path can lead to, or a *hidden* one, which begins with `_`.
///
/// No object is found at a segment that is empty, longer than [`MAX_ID_LENGTH`], `.` or `..`, begins with `@` (there the view
/// begins), or holds a `/`, a `\` or a control character. Paths with a segment that begins with `_` are refused as well, so
/// requests do not lead to a hidden object or what is in it. Code finds it by its id, and lists of its parent's children have
/// it: what must stay secret needs permissions.
///
/// ```
/// use guillotina_content::ids::is_reachable;
/// assert!(is_reachable("a b") && is_reachable("_hidden"));
/// assert!(!is_reachable("a/b") && !is_reachable("..") && !is_reachable("@types"));
/// ```
pub fn is_reachable(id: &str) -> bool {
    let explorer = id == "." || id == ".." || id.starts_with('@');
    let bad = |c: char| c == '/' || c == '\\' || c.is_control();
    !id.is_empty() && id.len() <= MAX_ID_LENGTH && !explorer && !id.chars().any(bad)
}

/// A new uid below `parent` (row R-018): up to three characters for each ancestor, then 32 hexadecimal digits.
///
/// # Errors
/// When the uids of the ancestors are such that no uid can begin with them.
pub fn new_uid(parent: Option<&Resource>) -> Result<Oid> {
    let ancestors: Vec<Resource> =
        parent.into_iter().flat_map(|p| std::iter::once(p.clone()).chain(p.parents())).collect();
    uid_below(ancestors.iter().rev().map(Resource::uid))
}

/// A new uid below objects of these uids, the outermost first.
fn uid_below<'a>(ancestors: impl Iterator<Item = &'a Oid>) -> Result<Oid> {
    let mut prefix: Vec<char> = Vec::new();
    for ancestor in ancestors {
        prefix.extend(short(ancestor).chars().take(PER_ANCESTOR).chain(['|']));
    }
    let kept = prefix.len().saturating_sub(MAX_UID_LENGTH - OWN);
    let own = uuid::Uuid::new_v4().simple().to_string();
    let whole: String = prefix.into_iter().skip(kept).chain(own.chars()).collect();
    Ok(Oid::new(&whole)?)
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
    fn a_new_uid_begins_with_its_ancestors_r_018() {
        let below = |ancestors: &[&str]| {
            let ancestors: Vec<Oid> = ancestors.iter().map(|text| Oid::new(text).unwrap()).collect();
            uid_below(ancestors.iter()).unwrap().as_str().to_owned()
        };
        assert_eq!(below(&[]).len(), OWN);
        let uid = below(&["4731", "473|9862", "x"]);
        assert!(
            uid.starts_with("473|986|x|") && is_valid_uid(&uid[10..]) && short(&Oid::new(&uid).unwrap()).len() == OWN
        );
        let deep = vec!["0123456789abcdef"; 100];
        let (one, other) = (below(&deep), below(&deep));
        assert_eq!((one.len(), &one[..OWN]), (MAX_UID_LENGTH, &other[..OWN]));
        assert_ne!(one, other);
        assert!(one != Oid::ROOT.as_str() && is_valid_uid(&one));
    }

    #[test]
    fn ids_that_clients_choose_r_017() {
        let characters = "0123456789abcdefghijklmnopqrstuvwxyz.-_@$^()+ =";
        for good in ["a", "UPPER", "a b", "x@y", "1.2"] {
            assert!(is_valid(good, characters) && is_reachable(good), "{good}");
        }
        for bad in ["", ".", "..", "_x", "@x", "a/b", "ä", "a\0", &"x".repeat(256)] {
            assert!(!is_valid(bad, characters), "{bad}");
        }
        for bad in ["", ".", "..", "@x", "@", "a/b", "a\\b", "\\", "a\0", &"x".repeat(256)] {
            assert!(!is_reachable(bad), "{bad}");
        }
    }

    #[test]
    fn a_query_is_decoded_once() {
        assert_eq!(decode_query("a+b%2520"), "a b%20");
    }
}

//! Paths: decoded once, bounded, and never outside what is meant.

use percent_encoding::percent_decode_str;

/// Most segments of a path, and bytes of one segment.
pub const MAX_SEGMENTS: usize = 64;
/// Longest decoded segment, in bytes.
pub const MAX_SEGMENT: usize = 255;

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// Too many segments, or one too long.
    TooLong,
    /// A NUL, an encoded slash, a backslash, or no UTF-8.
    Malformed,
    /// A segment that begins with `_`, or `.` or `..` (row C-004): nothing can be there.
    Forbidden,
}

/// The decoded segments of a path; empty ones are ignored (row C-001).
///
/// # Errors
/// See [`BadPath`].
///
/// ```
/// use guillotina_http::path::{split, BadPath};
/// assert_eq!(split("//db/%40types"), Ok(vec!["db".to_owned(), "@types".to_owned()]));
/// assert_eq!(split("/db/%2e%2e/x"), Err(BadPath::Forbidden));
/// assert_eq!(split("/db/a%2fb"), Err(BadPath::Malformed));
/// ```
pub fn split(path: &str) -> Result<Vec<String>, BadPath> {
    split_where(path, |segment, in_tail| segment.starts_with('_') && !in_tail)
}

/// The same for the path of a file: names may begin with `_`, but nothing that is hidden (`.git`, `.env`) is a file,
/// except below `.well-known`.
///
/// # Errors
/// See [`BadPath`].
///
/// ```
/// use guillotina_http::path::{split_file, BadPath};
/// assert!(split_file("_app/a.js").is_ok());
/// assert_eq!(split_file(".git/config"), Err(BadPath::Forbidden));
/// ```
pub fn split_file(path: &str) -> Result<Vec<String>, BadPath> {
    split_where(path, |segment, _| segment.starts_with('.') && segment != ".well-known")
}

fn split_where(path: &str, hidden: impl Fn(&str, bool) -> bool) -> Result<Vec<String>, BadPath> {
    let mut segments = Vec::with_capacity(4);
    let mut in_tail = false;
    for raw in path.split('/').filter(|s| !s.is_empty()) {
        if segments.len() == MAX_SEGMENTS {
            return Err(BadPath::TooLong);
        }
        let segment = if raw.contains('%') {
            percent_decode_str(raw).decode_utf8().map_err(|_| BadPath::Malformed)?.into_owned()
        } else {
            raw.to_owned()
        };
        if segment.len() > MAX_SEGMENT {
            return Err(BadPath::TooLong);
        }
        if segment.contains(['\0', '/', '\\']) {
            return Err(BadPath::Malformed);
        }
        if segment == "." || segment == ".." || hidden(&segment, in_tail) {
            return Err(BadPath::Forbidden);
        }
        in_tail |= segment.starts_with('@');
        segments.push(segment);
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_c_004() {
        assert_eq!(split("/db/_private"), Err(BadPath::Forbidden));
        assert_eq!(split("/db/./x"), Err(BadPath::Forbidden));
        assert_eq!(split("/db/%2E%2e"), Err(BadPath::Forbidden));
        assert_eq!(split("/db/a%00"), Err(BadPath::Malformed));
        assert_eq!(split("/db/a%5cb"), Err(BadPath::Malformed));
        assert_eq!(split("/db/%ff"), Err(BadPath::Malformed));
        assert_eq!(split(&"/a".repeat(65)), Err(BadPath::TooLong));
        assert_eq!(split(&format!("/{}", "a".repeat(256))), Err(BadPath::TooLong));
    }

    #[test]
    fn decoded_once() {
        assert_eq!(split("/db/%2540x"), Ok(vec!["db".into(), "%40x".into()]));
    }

    #[test]
    fn a_views_own_segments_may_begin_with_an_underscore() {
        assert_eq!(split("/db/c/@registry/_x").map(|s| s.len()), Ok(4));
    }
}

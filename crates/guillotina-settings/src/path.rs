//! Dotted paths with quoted segments, such as `load_utilities."chat.sender".enabled`.

use std::borrow::Cow;

use crate::parse::MAX_DEPTH;

/// One step of a path inside a section: a key, or the index of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

/// A key as it is written in a path: quoted when it holds anything but letters, digits, `_` and `-`.
pub(crate) fn quote(key: &str) -> Cow<'_, str> {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(bare) {
        Cow::Borrowed(key)
    } else {
        Cow::Owned(serde_json::Value::from(key).to_string())
    }
}

/// The keys with dots between them.
pub(crate) fn join<S: AsRef<str>>(keys: &[S]) -> String {
    let quoted: Vec<_> = keys.iter().map(|key| quote(key.as_ref())).collect();
    quoted.join(".")
}

/// The dotted name of a place inside a section: `cors.allow_origin[2]`.
pub(crate) fn display(section: &[&str], segments: &[Segment]) -> String {
    let mut name = join(section);
    for segment in segments {
        match segment {
            Segment::Index(index) => name.push_str(&format!("[{index}]")),
            Segment::Key(key) => {
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(&quote(key));
            }
        }
    }
    name
}

/// Splits a dotted path. Segments in `"…"` or `'…'` may hold dots; there are no escapes. The error says what is wrong.
pub(crate) fn split(path: &str) -> Result<Vec<String>, String> {
    let mut segments = Vec::new();
    let mut rest = path.trim();
    loop {
        let (segment, after) = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = rest.get(1..).unwrap_or_default();
                inner.split_once(quote).ok_or_else(|| format!("the {quote} is not closed"))?
            }
            _ => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if segment.is_empty() {
            return Err("a part of the path is empty".to_owned());
        }
        segments.push(segment.to_owned());
        if segments.len() > MAX_DEPTH {
            return Err(format!("the path has more than {MAX_DEPTH} parts"));
        }
        if after.is_empty() {
            return Ok(segments);
        }
        rest = after.strip_prefix('.').ok_or("there is no dot after the closing quote")?;
    }
}

/// The bytes of the first `=` that is outside of quotes.
pub(crate) fn find_equals(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'=') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_dots_and_quotes() {
        assert_eq!(split("a.b").unwrap(), ["a", "b"]);
        assert_eq!(split(r#"load_utilities."x.y".enabled"#).unwrap(), ["load_utilities", "x.y", "enabled"]);
        assert_eq!(split("'x.y'").unwrap(), ["x.y"]);
        for broken in ["", "a..b", ".a", "a.", "\"a", "\"a\"b", "\"\""] {
            assert!(split(broken).is_err(), "{broken:?}");
        }
        assert!(split(&"a.".repeat(100_000)).is_err());
    }

    #[test]
    fn joining_is_the_inverse_of_splitting() {
        for keys in [&["a", "b"][..], &["load_utilities", "x.y", "ü"], &["with space"]] {
            assert_eq!(split(&join(keys)).unwrap(), keys);
        }
    }

    #[test]
    fn equals_signs_in_quotes_belong_to_the_key() {
        assert_eq!(find_equals("a=b=c"), Some(1));
        assert_eq!(find_equals("\"a=b\".c=d"), Some(7));
        assert_eq!(find_equals("\"a=b"), None);
    }

    #[test]
    fn names_of_items() {
        let segments = [Segment::Key("list".into()), Segment::Index(2)];
        assert_eq!(display(&["load_utilities", "x.y"], &segments), "load_utilities.\"x.y\".list[2]");
        assert_eq!(display(&[], &segments), "list[2]");
    }
}

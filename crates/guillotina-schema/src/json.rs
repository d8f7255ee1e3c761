//! Reading JSON from outside, with bounds.
//!
//! One pass over the bytes counts nesting, keys and items before anything is allocated; the parser
//! itself then recurses no deeper than the limit.

use serde_json::Value;

/// How large and how nested JSON may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many arrays and objects may enclose each other. More than 127 counts as 127.
    pub depth: usize,
    /// How many keys one object may have.
    pub keys: usize,
    /// How many items one array may have.
    pub items: usize,
}

impl Default for Limits {
    /// 64 levels, 10 000 keys, 100 000 items.
    fn default() -> Self {
        Self { depth: 64, keys: 10_000, items: 100_000 }
    }
}

/// Why bytes were not accepted as JSON.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The bytes are not JSON.
    #[error("not valid JSON at line {line}, column {column}: {message}; send one JSON value in UTF-8")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 if the text ends before the first one.
        column: usize,
        /// What the parser expected or found.
        message: String,
    },
    /// Arrays and objects enclose each other too often.
    #[error("JSON nested deeper than {limit} levels at byte {offset}; send a flatter value")]
    TooDeep {
        /// The limit.
        limit: usize,
        /// Where the first level too many opens.
        offset: usize,
    },
    /// An object has too many keys.
    #[error("a JSON object has more than {limit} keys at byte {offset}; split it up")]
    TooManyKeys {
        /// The limit.
        limit: usize,
        /// Where the first key too many begins.
        offset: usize,
    },
    /// An array has too many items.
    #[error("a JSON array has more than {limit} items at byte {offset}; split it up")]
    TooManyItems {
        /// The limit.
        limit: usize,
        /// Where the first item too many begins.
        offset: usize,
    },
}

/// The most levels the parser can follow.
const PARSER_DEPTH: usize = 127;

/// Parses one JSON value within `limits`.
///
/// The length of the text is the caller's to bound, before it is read.
///
/// ```
/// use guillotina_schema::json::{JsonError, Limits, parse_json};
///
/// let limits = Limits { depth: 2, ..Limits::default() };
/// assert!(parse_json(b"[[1]]", limits).is_ok());
/// assert!(matches!(parse_json(b"[[[1]]]", limits), Err(JsonError::TooDeep { limit: 2, offset: 2 })));
/// ```
///
/// # Errors
/// [`JsonError`]; the bytes before the first violation of a limit need not be valid JSON.
pub fn parse_json(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    check_bounds(bytes, Limits { depth: limits.depth.min(PARSER_DEPTH), ..limits })?;
    serde_json::from_slice(bytes).map_err(|error| {
        let message = error.to_string();
        // The parser appends the position, which has fields of its own here.
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        JsonError::Syntax { line: error.line(), column: error.column(), message }
    })
}

/// One array or object that is open: what it is and how many commas it had.
#[derive(Clone, Copy)]
struct Open {
    is_object: bool,
    commas: usize,
}

fn check_bounds(bytes: &[u8], limits: Limits) -> Result<(), JsonError> {
    let mut open: Vec<Open> = Vec::with_capacity(limits.depth);
    let mut offset = 0;
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b'"' => offset = end_of_string(bytes, offset + 1),
            b'[' | b'{' => {
                if open.len() >= limits.depth {
                    return Err(JsonError::TooDeep { limit: limits.depth, offset });
                }
                let is_object = *byte == b'{';
                open.push(Open { is_object, commas: 0 });
            }
            b']' | b'}' => drop(open.pop()),
            b',' => count_comma(open.last_mut(), limits, offset)?,
            _ => {}
        }
        offset += 1;
    }
    Ok(())
}

/// The offset of the quote that ends the string whose text starts at `offset`, or the end of the bytes.
fn end_of_string(bytes: &[u8], mut offset: usize) -> usize {
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b'"' => break,
            b'\\' => offset += 2,
            _ => offset += 1,
        }
    }
    offset
}

fn count_comma(innermost: Option<&mut Open>, limits: Limits, offset: usize) -> Result<(), JsonError> {
    let Some(open) = innermost else { return Ok(()) };
    open.commas += 1;
    let limit = if open.is_object { limits.keys } else { limits.items };
    // What has n commas has n + 1 members.
    match (open.commas < limit, open.is_object) {
        (true, _) => Ok(()),
        (false, true) => Err(JsonError::TooManyKeys { limit, offset }),
        (false, false) => Err(JsonError::TooManyItems { limit, offset }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Limits = Limits { depth: 3, keys: 2, items: 3 };

    fn parse(text: &str) -> Result<Value, JsonError> {
        parse_json(text.as_bytes(), SMALL)
    }

    #[test]
    fn what_is_within_the_limits_is_parsed() {
        for text in ["[[[]]]", r#"{"a": [1, 2, 3], "b": {}}"#, "5", r#""[[[[,,,,{""#, r#""\"[[[[""#, " [ ] "] {
            assert_eq!(parse(text).ok(), serde_json::from_str(text).ok(), "{text}");
        }
    }

    #[test]
    fn each_limit_has_its_error() {
        assert!(matches!(parse("[[[[]]]]"), Err(JsonError::TooDeep { limit: 3, offset: 3 })));
        assert!(matches!(parse("[1,2,3,4]"), Err(JsonError::TooManyItems { limit: 3, offset: 6 })));
        assert!(matches!(parse(r#"{"a":1,"b":2,"c":3}"#), Err(JsonError::TooManyKeys { limit: 2, .. })));
        assert!(matches!(parse(r#"["\\",1,2,3]"#), Err(JsonError::TooManyItems { .. })));
        let error = parse("[1,\n x]").unwrap_err();
        assert!(matches!(&error, JsonError::Syntax { line: 2, column: 2, .. }), "{error}");
        assert!(!error.to_string().contains("at line 2 column"), "{error}");
        for text in ["", "[", "\"", "\"\\", "]", "{]", "NaN", "\u{feff}1", r#""\ud800""#] {
            assert!(matches!(parse(text), Err(JsonError::Syntax { .. })), "{text}");
        }
    }

    #[test]
    fn a_hundred_thousand_levels_are_refused_without_recursion() {
        let bomb = "[".repeat(100_000);
        assert!(matches!(parse_json(bomb.as_bytes(), Limits::default()), Err(JsonError::TooDeep { limit: 64, .. })));
        let unlimited = Limits { depth: usize::MAX, ..Limits::default() };
        assert!(matches!(parse_json(bomb.as_bytes(), unlimited), Err(JsonError::TooDeep { limit: 127, .. })));
        let deepest = format!("{}{}", "[".repeat(127), "]".repeat(127));
        assert!(parse_json(deepest.as_bytes(), unlimited).is_ok());
    }
}

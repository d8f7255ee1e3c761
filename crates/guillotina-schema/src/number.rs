//! Conversions between numbers and text with the results of Python.

use serde_json::{Number, Value};

/// Why a value is not an integer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IntError {
    /// It has no integer meaning.
    NotANumber,
    /// It is below the smallest 64-bit integer.
    TooSmall,
    /// It is above the largest 64-bit integer.
    TooBig,
}

/// The text of a number: a float always shows that it is one, `1.0`, `1e+16`.
pub(crate) fn to_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => float_text(float),
        _ => number.to_string(),
    }
}

fn float_text(float: f64) -> String {
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{float}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Digits with the single underscores that Python allows between them taken out.
pub(crate) fn without_underscores(text: &str) -> Option<String> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let misplaced = |i: usize| {
        let digit = |j: Option<usize>| j.and_then(|j| bytes.get(j)).is_some_and(u8::is_ascii_digit);
        bytes[i] == b'_' && !(digit(i.checked_sub(1)) && digit(Some(i + 1)))
    };
    let sound = !bytes.is_empty() && !(0..bytes.len()).any(misplaced);
    sound.then(|| text.replace('_', ""))
}

/// `int(value)` for a JSON scalar.
pub(crate) fn to_int(value: &Value) -> Result<i64, IntError> {
    match value {
        Value::Bool(b) => Ok(i64::from(*b)),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(int), _) => Ok(int),
            (None, Some(float)) => truncate(float),
            (None, None) => Err(IntError::NotANumber),
        },
        Value::String(text) => parse_int(text),
        _ => Err(IntError::NotANumber),
    }
}

fn truncate(float: f64) -> Result<i64, IntError> {
    // Both bounds are exact powers of two, so the comparison is exact too.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    match float {
        f if f.is_nan() => Err(IntError::NotANumber),
        f if f >= LIMIT => Err(IntError::TooBig),
        f if f < -LIMIT => Err(IntError::TooSmall),
        f => Ok(f as i64),
    }
}

fn parse_int(text: &str) -> Result<i64, IntError> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let digits = without_underscores(text).ok_or(IntError::NotANumber)?;
    digits.parse().map_err(|error: std::num::ParseIntError| match error.kind() {
        PosOverflow => IntError::TooBig,
        NegOverflow => IntError::TooSmall,
        _ => IntError::NotANumber,
    })
}

/// `float(value)` for a JSON scalar; `None` also for what is not finite, since JSON can't hold it.
pub(crate) fn to_float(value: &Value) -> Option<f64> {
    let float = match value {
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Number(n) => n.as_f64()?,
        Value::String(text) => without_underscores(text)?.parse().ok()?,
        _ => return None,
    };
    float.is_finite().then_some(float)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: Value) -> String {
        match value {
            Value::Number(n) => to_text(&n),
            other => other.to_string(),
        }
    }

    #[test]
    fn r014_numbers_become_the_text_python_writes() {
        let cases = [
            (json!(5), "5"),
            (json!(-3), "-3"),
            (json!(5.7), "5.7"),
            (json!(1.0), "1.0"),
            (json!(1e15), "1000000000000000.0"),
            (json!(1e16), "1e+16"),
            (json!(1.5e22), "1.5e+22"),
            (json!(0.0001), "0.0001"),
            (json!(1e-5), "1e-05"),
            (json!(1e100), "1e+100"),
            (json!(-0.0), "-0.0"),
            (json!(u64::MAX), "18446744073709551615"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(value), expected);
        }
    }

    #[test]
    fn r014_text_becomes_numbers_as_in_python() {
        assert_eq!(to_int(&json!(" 5 ")), Ok(5));
        assert_eq!(to_int(&json!("1_000")), Ok(1000));
        assert_eq!(to_int(&json!("+7")), Ok(7));
        assert_eq!(to_int(&json!(5.9)), Ok(5));
        assert_eq!(to_int(&json!(-5.9)), Ok(-5));
        assert_eq!(to_int(&json!(true)), Ok(1));
        for bad in ["", "_1", "1_", "1__0", "5.5", "x", "0x10", " "] {
            assert_eq!(to_int(&json!(bad)), Err(IntError::NotANumber), "{bad}");
        }
        assert_eq!(to_int(&json!("99999999999999999999")), Err(IntError::TooBig));
        assert_eq!(to_int(&json!(-1e30)), Err(IntError::TooSmall));
        assert_eq!(to_int(&json!(9_223_372_036_854_775_808_u64)), Err(IntError::TooBig));
        assert_eq!(to_float(&json!("1_0.5")), Some(10.5));
        assert_eq!(to_float(&json!("nan")), None);
        assert_eq!(to_float(&json!("1e999")), None);
    }
}

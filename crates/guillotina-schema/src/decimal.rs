//! Decimal numbers of any precision, read and written as Python does (R-010, D-002).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::number::without_underscores;

/// The longest text that is read as a decimal number, in bytes.
pub const MAX_LENGTH: usize = 1_000;
/// The largest absolute exponent that is read.
pub const MAX_EXPONENT: i64 = 1_000_000;

/// A decimal number: kept digit by digit, so `1.50` stays `1.50`.
///
/// ```
/// use guillotina_schema::decimal::Decimal;
///
/// let price: Decimal = "12.50".parse().unwrap();
/// assert_eq!(price.to_string(), "12.50");
/// assert!(price < "1.3e1".parse().unwrap());
/// assert!("NaN".parse::<Decimal>().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct Decimal {
    negative: bool,
    /// ASCII digits without leading zeros; `0` for zero.
    digits: String,
    exponent: i64,
}

/// The text is not a finite decimal number, or too long a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number; write digits, as in 12.50, at most {MAX_LENGTH} bytes")]
pub struct ParseDecimalError;

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        if text.len() > MAX_LENGTH {
            return Err(ParseDecimalError);
        }
        let text = without_underscores(text).ok_or(ParseDecimalError)?;
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i64>().map_err(|_| ParseDecimalError)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let all = format!("{whole}{fraction}");
        let sound = !all.is_empty() && all.bytes().all(|b| b.is_ascii_digit());
        if !sound || exponent.abs() > MAX_EXPONENT {
            return Err(ParseDecimalError);
        }
        let significant = all.trim_start_matches('0');
        let digits = if significant.is_empty() { "0" } else { significant }.to_owned();
        Ok(Self { negative, digits, exponent: exponent - fraction.len() as i64 })
    }
}

impl Decimal {
    /// The exponent of the first digit.
    fn adjusted(&self) -> i64 {
        self.exponent + self.digits.len() as i64 - 1
    }

    fn is_zero(&self) -> bool {
        self.digits == "0"
    }

    fn signum(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let adjusted = self.adjusted();
        if self.exponent > 0 || adjusted < -6 {
            let (first, rest) = self.digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            return write!(f, "{first}{point}{rest}E{adjusted:+}");
        }
        if self.exponent == 0 {
            return f.write_str(&self.digits);
        }
        match usize::try_from(adjusted + 1) {
            Ok(whole) if whole > 0 => {
                let (whole, fraction) = self.digits.split_at(whole);
                write!(f, "{whole}.{fraction}")
            }
            _ => {
                let width = usize::try_from(-self.exponent).unwrap_or_default();
                write!(f, "0.{:0>width$}", self.digits)
            }
        }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.signum().cmp(&other.signum());
        if by_sign != Ordering::Equal || self.is_zero() {
            return by_sign;
        }
        let significant = |d: &Self| d.digits.trim_end_matches('0').to_owned();
        // Without trailing zeros, digits of the same magnitude compare like text.
        let magnitude = self.adjusted().cmp(&other.adjusted()).then_with(|| significant(self).cmp(&significant(other)));
        if self.negative { magnitude.reverse() } else { magnitude }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap_or_else(|_| panic!("{text} is a decimal"))
    }

    #[test]
    fn r010_decimals_are_written_as_python_writes_them() {
        let cases = [
            ("5", "5"),
            ("-0", "-0"),
            ("001.50", "1.50"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e3", "1E+3"),
            ("1.50e3", "1.50E+3"),
            ("12345e-2", "123.45"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1E-7"),
            ("0.00", "0.00"),
            ("0e2", "0E+2"),
            (" 1_000.5 ", "1000.5"),
        ];
        for (text, expected) in cases {
            assert_eq!(decimal(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn decimals_compare_by_value() {
        let ordered = ["-1e10", "-2.5", "-2", "-0.001", "0", "1e-9", "0.5", "0.55", "1", "1.01", "10", "1e3", "1001"];
        for pair in ordered.windows(2) {
            assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
        }
        assert_eq!(decimal("1.50"), decimal("1.5"));
        assert_eq!(decimal("0"), decimal("-0.000"));
        assert_eq!(decimal("100"), decimal("1e2"));
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for bad in ["", " ", "-", ".", "e5", "1e", "NaN", "Infinity", "1,5", "1.2.3", "٣", "1e99999999"] {
            assert_eq!(bad.parse::<Decimal>(), Err(ParseDecimalError), "{bad}");
        }
        assert!("9".repeat(MAX_LENGTH + 1).parse::<Decimal>().is_err());
    }
}

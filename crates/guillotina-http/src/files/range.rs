//! The header `Range` (RFC 9110, section 14).

use http::HeaderValue;

/// What of a file is wanted.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: what is no valid range of bytes, or more than one, is as if it were not there.
    Everything,
    /// From the first to the last of these bytes.
    Part(u64, u64),
    /// A range that begins behind the end.
    Nothing,
}

/// What a range means for a file of that many bytes.
pub fn wanted(range: &HeaderValue, length: u64) -> Wanted {
    parse(range, length).unwrap_or(Wanted::Everything)
}

fn parse(range: &HeaderValue, length: u64) -> Option<Wanted> {
    let (unit, range) = range.to_str().ok()?.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then_some(text)?.parse::<u64>().ok();
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(match suffix.min(length) {
            0 => Wanted::Nothing,
            suffix => Wanted::Part(length - suffix, length - 1),
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    match first {
        _ if last < first => None,
        _ if first >= length => Some(Wanted::Nothing),
        _ => Some(Wanted::Part(first, last.min(length - 1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &'static str, length: u64) -> Wanted {
        wanted(&HeaderValue::from_static(range), length)
    }

    #[test]
    fn ranges_are_clamped_and_suffixes_count_from_the_end_s_080() {
        assert_eq!(of("bytes=0-3", 10), Wanted::Part(0, 3));
        assert_eq!(of("bytes=5-", 10), Wanted::Part(5, 9));
        assert_eq!(of("bytes=5-999", 10), Wanted::Part(5, 9));
        assert_eq!(of("bytes=-3", 10), Wanted::Part(7, 9));
        assert_eq!(of("bytes=-30", 10), Wanted::Part(0, 9));
        assert_eq!(of("BYTES=9-9", 10), Wanted::Part(9, 9));
    }

    #[test]
    fn what_lies_behind_the_end_is_nothing() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            assert_eq!(of(range, 10), Wanted::Nothing, "{range}");
        }
        assert_eq!(of("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(of("bytes=-5", 0), Wanted::Nothing);
    }

    #[test]
    fn what_is_no_range_is_ignored() {
        for range in [
            "bytes=3-1",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=a-b",
            "bytes=",
            "bytes",
            "bytes=+1-2",
            "bytes=--1",
            "bytes=99999999999999999999-",
        ] {
            assert_eq!(of(range, 10), Wanted::Everything, "{range}");
        }
    }
}

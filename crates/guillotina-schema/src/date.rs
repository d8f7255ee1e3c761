//! Dates and times: what is read (R-014) and how it is written (R-010).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// The longest text that is read as a date, in bytes.
const MAX_LENGTH: usize = 100;

/// This moment in canonical form: `2026-11-22T16:25:13.488677+00:00`.
pub fn now() -> String {
    isoformat(Timestamp::now())
}

/// A moment of the system's clock in canonical form; what lies outside of the years -9999 to 9999 is the nearest moment
/// inside.
pub fn moment(at: std::time::SystemTime) -> String {
    let outside = if at < std::time::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
    isoformat(Timestamp::try_from(at).unwrap_or(outside))
}

/// A moment in canonical form, in UTC, to the microsecond: `2026-11-22T16:25:13.488677+00:00`.
///
/// ```
/// use guillotina_schema::date::{isoformat, parse_datetime};
///
/// let moment = parse_datetime("22 November 2026 4:25 PM").unwrap();
/// assert_eq!(isoformat(moment), "2026-11-22T16:25:00+00:00");
/// ```
pub fn isoformat(moment: Timestamp) -> String {
    with_offset(TimeZone::UTC.to_datetime(moment), Offset::UTC)
}

/// A time of day in canonical form: `16:25:13`, with six digits of a fraction if there is one.
pub fn time_isoformat(time: Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    match time.subsec_nanosecond() / 1_000 {
        0 => whole,
        micros => format!("{whole}.{micros:06}"),
    }
}

fn with_offset(moment: DateTime, offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    format!("{}T{}{sign}{hours:02}:{minutes:02}", moment.date(), time_isoformat(moment.time()))
}

/// A date and time in canonical form, keeping its offset. Without one it is taken to be in UTC.
pub fn canonical_datetime(text: &str) -> Option<String> {
    let (moment, offset) = read(text)?;
    Some(with_offset(moment, offset))
}

/// The moment of a canonical text, or of one that typed content has written. The error is that of the
/// last two days of the year 9999, which can be stored but are beyond what [`Timestamp`] holds.
pub(crate) fn stored_moment(text: &str) -> Option<Result<Timestamp, jiff::Error>> {
    if let Ok(moment) = text.parse() {
        return Some(Ok(moment));
    }
    let (moment, offset) = read(text)?;
    (with_offset(moment, offset) == text).then(|| offset.to_timestamp(moment))
}

/// Reads a date and time in any of the usual forms: ISO 8601 with `-` or without, with `T` or a space;
/// RFC 2822; `2020/01/02`, `01/02/2020` (month first, if it can be one); month names. The date has to
/// be complete. `None` for everything else, and for the last two days of the year 9999.
pub fn parse_datetime(text: &str) -> Option<Timestamp> {
    let (moment, offset) = read(text)?;
    offset.to_timestamp(moment).ok()
}

/// Reads `2020-01-02`; month and day may have one digit.
pub fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    date(digits(year)?, digits(month)?, digits(day)?)
}

/// Reads `10`, `10:20`, `10:20:30` or `10:20:30.5`.
pub fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':');
    let hour = parts.next()?;
    let minute = parts.next().unwrap_or("0");
    let (second, fraction) = split_fraction(parts.next().unwrap_or("0"));
    if parts.next().is_some() || [hour, minute, second].iter().any(|part| part.len() > 2) {
        return None;
    }
    time(digits(hour)?, digits(minute)?, digits(second)?, nanoseconds(fraction)?)
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|year| *year >= 1)?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn time(hour: u32, minute: u32, second: u32, nanosecond: i32) -> Option<Time> {
    let small = |n: u32| i8::try_from(n).ok();
    Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()
}

/// A number of at most nine digits, and nothing but digits.
fn digits(text: &str) -> Option<u32> {
    let sound = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if sound { text.parse().ok() } else { None }
}

fn split_fraction(text: &str) -> (&str, &str) {
    text.split_once(['.', ',']).unwrap_or((text, ""))
}

/// A fraction of a second, cut to microseconds.
fn nanoseconds(fraction: &str) -> Option<i32> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(micros.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')) * 1_000)
}

/// What the words of a text have said so far.
#[derive(Default)]
struct Reading {
    date: Option<Date>,
    month: Option<u32>,
    numbers: Vec<u32>,
    time: Option<Time>,
    afternoon: Option<bool>,
    offset: Option<Offset>,
}

fn read(text: &str) -> Option<(DateTime, Offset)> {
    let text = text.trim();
    if text.len() > MAX_LENGTH || !text.is_ascii() {
        return None;
    }
    let mut reading = Reading::default();
    for word in text.split([' ', '\t']).filter(|word| !word.is_empty()) {
        reading.word(word)?;
    }
    reading.finish()
}

impl Reading {
    fn word(&mut self, word: &str) -> Option<()> {
        let word = word.strip_suffix(',').unwrap_or(word);
        let first = *word.as_bytes().first()?;
        if matches!(first, b'+' | b'-') && self.time.is_some() {
            return set(&mut self.offset, offset(word)?);
        }
        if first.is_ascii_alphabetic() {
            return self.name(word);
        }
        if let Some((day, time)) = word.split_once(['T', 't']) {
            set(&mut self.date, joined_date(day)?)?;
            return self.clock(time);
        }
        if word.contains(':') {
            return self.clock(word);
        }
        if word.contains(['-', '/']) || (word.len() == 8 && digits(word).is_some()) {
            return set(&mut self.date, joined_date(word)?);
        }
        self.numbers.push(digits(word)?);
        (self.numbers.len() <= 2).then_some(())
    }

    fn name(&mut self, word: &str) -> Option<()> {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let word = word.trim_end_matches('.').to_ascii_lowercase();
        let named = |full: &&str| {
            *full == word || (word.len() >= 3 && full[..3] == word) || (word == "sept" && *full == "september")
        };
        match word.as_str() {
            "am" | "pm" => set(&mut self.afternoon, word == "pm"),
            "z" | "utc" | "gmt" => set(&mut self.offset, Offset::UTC),
            _ if DAYS.iter().any(&named) => Some(()),
            _ => {
                let month = MONTHS.iter().position(named)?;
                set(&mut self.month, u32::try_from(month).ok()? + 1)
            }
        }
    }

    /// A time with an offset or half of the day attached to it.
    fn clock(&mut self, word: &str) -> Option<()> {
        let end = word.find(|c: char| !(c.is_ascii_digit() || ":.,".contains(c))).unwrap_or(word.len());
        let (clock, rest) = word.split_at(end);
        set(&mut self.time, if clock.contains(':') { parse_time(clock) } else { compact_time(clock) }?)?;
        match rest.to_ascii_lowercase().as_str() {
            "" => Some(()),
            "am" | "pm" | "z" | "utc" | "gmt" => self.name(rest),
            _ => set(&mut self.offset, offset(rest)?),
        }
    }

    fn finish(self) -> Option<(DateTime, Offset)> {
        let date = match (self.date, self.month, self.numbers.as_slice()) {
            (Some(date), None, []) => date,
            (None, Some(month), [a, b]) => match a.max(b) {
                year if *year > 31 => self::date(*year, month, *a.min(b))?,
                _ => return None,
            },
            _ => return None,
        };
        let time = match (self.time, self.afternoon) {
            (time, None) => time.unwrap_or(Time::midnight()),
            (Some(time), Some(afternoon)) => half_day(time, afternoon)?,
            (None, Some(_)) => return None,
        };
        Some((date.to_datetime(time), self.offset.unwrap_or(Offset::UTC)))
    }
}

/// Sets what has not been set before.
fn set<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

fn half_day(time: Time, afternoon: bool) -> Option<Time> {
    let hour = match (time.hour(), afternoon) {
        (1..=11, true) => time.hour() + 12,
        (12, false) => 0,
        (1..=12, _) => time.hour(),
        _ => return None,
    };
    time.with().hour(hour).build().ok()
}

/// `2020-01-02`, `20200102`, `2020/01/02`, `01/02/2020`.
fn joined_date(word: &str) -> Option<Date> {
    if word.contains('-') {
        return parse_date(word);
    }
    if let Some((first, rest)) = word.split_once('/') {
        let (second, third) = rest.split_once('/')?;
        let (a, b, c) = (digits(first)?, digits(second)?, digits(third)?);
        return match (first.len(), third.len()) {
            (4, _) => date(a, b, c),
            // The month comes first, unless it can't be one.
            (_, 4) if a > 12 => date(c, b, a),
            (_, 4) => date(c, a, b),
            _ => None,
        };
    }
    if word.len() != 8 {
        return None;
    }
    date(digits(word.get(..4)?)?, digits(word.get(4..6)?)?, digits(word.get(6..)?)?)
}

/// `HH`, `HHMM`, `HHMMSS` with or without a fraction.
fn compact_time(word: &str) -> Option<Time> {
    let (whole, fraction) = split_fraction(word);
    if !matches!(whole.len(), 2 | 4 | 6) {
        return None;
    }
    let part = |from: usize| whole.get(from..from + 2).map_or(Some(0), digits);
    time(part(0)?, part(2)?, part(4)?, nanoseconds(fraction)?)
}

/// `Z`-less offsets: `+02`, `+0230`, `+02:30`.
fn offset(word: &str) -> Option<Offset> {
    let negative = word.starts_with('-');
    let unsigned = word.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match unsigned.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if unsigned.len() == 4 => unsigned.split_at(2),
        None => (unsigned, "0"),
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Offset::from_seconds(if negative { -seconds } else { seconds }).ok()
}

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use compact_str::CompactString;

use crate::InvalidValue;

/// The time of a status change: a date-time of RFC 3339 section 5.6, as RFC 3863 section 4.1.7 has it.
///
/// It keeps the text that it was read from, so that its offset and its precision survive. The schemas say `xs:dateTime`,
/// which has no leap seconds and no offsets of more than 14 hours: a time with one of these becomes the same in UTC.
///
/// ```
/// # use pidf::Timestamp;
/// let written: Timestamp = "2001-10-27T18:49:29+02:00".parse()?;
/// let same: Timestamp = "2001-10-27T16:49:29Z".parse()?;
/// assert_eq!(written.to_system_time(), same.to_system_time());
/// assert_eq!(written.as_str(), "2001-10-27T18:49:29+02:00");
/// # Ok::<(), pidf::InvalidValue>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Timestamp {
    text: CompactString,
    /// Since 1970-01-01T00:00:00Z, without leap seconds.
    seconds: i64,
    nanoseconds: u32,
}

impl Timestamp {
    /// The time in UTC, cut to milliseconds, which are written where they are not zero.
    ///
    /// # Errors
    ///
    /// Before the year 0 or after the year 9999, which the format cannot write.
    pub fn from_system_time(time: SystemTime) -> Result<Self, InvalidValue> {
        let milliseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()),
            Err(before) => i64::try_from(before.duration().as_nanos().div_ceil(1_000_000)).map(|before| -before),
        };
        let out_of_range = || InvalidValue::new("the time", "in the years 0 to 9999", &format!("{time:?}"));
        let milliseconds = milliseconds.map_err(|_| out_of_range())?;
        let fraction = match milliseconds.rem_euclid(1000) {
            0 => String::new(),
            fraction => format!(".{fraction:03}"),
        };
        let text = in_utc(milliseconds.div_euclid(1000), &fraction);
        text.ok_or_else(out_of_range)?.parse()
    }

    /// The time as the clock counts it; a leap second is the first second after it. `None` where the platform's clock
    /// does not reach so far back.
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let seconds = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = if self.seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        whole?.checked_add(Duration::from_nanos(u64::from(self.nanoseconds)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Timestamp {
    type Err = InvalidValue;

    /// Reads a date-time. `t` and `z` in lower case, which RFC 3863 forbids and RFC 3339 allows, are taken as capitals.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let mut text = CompactString::from(text);
        text.make_ascii_uppercase();
        match instant(&text) {
            Some(instant) => Ok(Self {
                seconds: instant.seconds,
                nanoseconds: instant.nanoseconds,
                text: instant.as_xml_schema(text),
            }),
            None => Err(InvalidValue::new(
                "the timestamp",
                "a date-time such as 2001-10-27T16:49:29Z (RFC 3339 section 5.6)",
                &text,
            )),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Timestamp {
    /// The text.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

const DAY: i64 = 86_400;
/// Days from 0000-01-01 to 1970-01-01.
const EPOCH_DAYS: i64 = days_before_year(1970);

/// What a date-time says.
struct Instant {
    /// Since the epoch.
    seconds: i64,
    nanoseconds: u32,
    /// `xs:dateTime` has it too.
    is_xml_schema: bool,
}

impl Instant {
    /// The text that it was read from, or one for the same time that `xs:dateTime` has.
    fn as_xml_schema(&self, text: CompactString) -> CompactString {
        if self.is_xml_schema {
            return text;
        }
        let fraction = text.find('.').and_then(|point| text.get(point..)).unwrap_or_default();
        let digits = fraction.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        let fraction = fraction.get(..=digits).unwrap_or_default();
        // Of the last hours of 9999 none is left over in UTC.
        in_utc(self.seconds, fraction).map_or(text, CompactString::from)
    }
}

/// A date-time in UTC. `None` where its year is none of 0 to 9999.
fn in_utc(seconds: i64, fraction: &str) -> Option<String> {
    let (days, second_of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil_date(days + EPOCH_DAYS)?;
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"
    ))
}

/// Reads a date-time.
fn instant(text: &str) -> Option<Instant> {
    let mut cursor = Cursor(text.as_bytes());
    let year = cursor.number(4)?;
    cursor.literal(b'-')?;
    let month = cursor.number(2)?;
    cursor.literal(b'-')?;
    let day = cursor.number(2)?;
    cursor.literal(b'T')?;
    let hour = cursor.number(2)?;
    cursor.literal(b':')?;
    let minute = cursor.number(2)?;
    cursor.literal(b':')?;
    let second = cursor.number(2)?;
    let nanoseconds = match cursor.literal(b'.') {
        Some(()) => cursor.fraction()?,
        None => 0,
    };
    let offset = cursor.offset()?;

    let valid = cursor.0.is_empty()
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 60;
    if !valid {
        return None;
    }
    let days = days_before_year(year) + (1..month).map(|month| days_in_month(year, month)).sum::<i64>() + day - 1;
    let seconds = (days - EPOCH_DAYS) * DAY + hour * 3600 + minute * 60 + second - offset;
    if second == 60 && !ends_june_or_december(seconds) {
        return None;
    }
    Some(Instant {
        seconds,
        nanoseconds,
        is_xml_schema: second < 60 && offset.abs() <= 14 * 3600,
    })
}

/// Whether this second, which stands for the leap second before it, starts July or January: leap seconds are inserted
/// nowhere else (RFC 3339 section 5.7).
fn ends_june_or_december(seconds: i64) -> bool {
    let date = civil_date(seconds.div_euclid(DAY) + EPOCH_DAYS);
    // The leap second at the end of 9999 has no date after it.
    seconds.rem_euclid(DAY) == 0 && date.is_none_or(|(_, month, day)| day == 1 && (month == 1 || month == 7))
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 0000-01-01 to the first day of a year that is not negative.
const fn days_before_year(year: i64) -> i64 {
    // Every fourth year from 0 on, less the centuries, plus every fourth century.
    365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400
}

/// Year, month and day of a count of days since 0000-01-01, in the years 0 to 9999.
fn civil_date(days: i64) -> Option<(i64, i64, i64)> {
    if !(0..days_before_year(10_000)).contains(&days) {
        return None;
    }
    // 400 years have 146,097 days; the estimate is off by one year at most.
    let mut year = days * 400 / 146_097;
    if days_before_year(year) > days {
        year -= 1;
    } else if days_before_year(year + 1) <= days {
        year += 1;
    }
    let mut day = days - days_before_year(year);
    let mut month = 1;
    while day >= days_in_month(year, month) {
        day -= days_in_month(year, month);
        month += 1;
    }
    Some((year, month, day + 1))
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn literal(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |value, byte| {
            byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
        })
    }

    /// One digit or more; what is finer than a nanosecond is passed over.
    fn fraction(&mut self) -> Option<u32> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        let nanoseconds = digits
            .iter()
            .chain(std::iter::repeat(&b'0'))
            .take(9)
            .fold(0, |value, byte| value * 10 + u32::from(byte - b'0'));
        (!digits.is_empty()).then_some(nanoseconds)
    }

    /// Seconds that local time is ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.literal(b'Z').is_some() {
            return Some(0);
        }
        let sign = match self.literal(b'+') {
            Some(()) => 1,
            None => self.literal(b'-').map(|()| -1)?,
        };
        let hours = self.number(2).filter(|hours| *hours <= 23)?;
        self.literal(b':')?;
        let minutes = self.number(2).filter(|minutes| *minutes <= 59)?;
        Some(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().seconds
    }

    #[test]
    fn examples_of_rfc_3339() {
        let fraction: Timestamp = "1985-04-12T23:20:50.52Z".parse().unwrap();
        assert_eq!((fraction.seconds, fraction.nanoseconds), (482_196_050, 520_000_000));
        assert_eq!(seconds("1996-12-19T16:39:57-08:00"), seconds("1996-12-20T00:39:57Z"));
        assert_eq!(seconds("1990-12-31T23:59:60Z"), seconds("1991-01-01T00:00:00Z"));
        assert_eq!(seconds("1990-12-31T15:59:60-08:00"), seconds("1990-12-31T23:59:60Z"));
        assert_eq!(seconds("1937-01-01T12:00:27.87+00:20"), seconds("1937-01-01T11:40:27Z"));
        assert_eq!(seconds("1970-01-01T00:00:00Z"), 0);
        assert_eq!(seconds("2000-02-29T00:00:00Z"), 951_782_400);
    }

    #[test]
    fn capitals_are_restored() {
        assert_eq!(
            "2001-10-27t16:49:29z".parse::<Timestamp>().unwrap().as_str(),
            "2001-10-27T16:49:29Z"
        );
    }

    /// What libxml2 takes for an `xs:dateTime`, and what it does not.
    #[test]
    fn what_xml_schema_does_not_have_is_told_in_utc() {
        for (text, expected) in [
            ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"),
            ("1990-12-31T15:59:60.250-08:00", "1991-01-01T00:00:00.250Z"),
            ("2001-01-01T00:00:00.5+23:59", "2000-12-31T00:01:00.5Z"),
            ("2001-01-01T00:00:00-14:01", "2001-01-01T14:01:00Z"),
            ("2001-01-01T00:00:00+14:00", "2001-01-01T00:00:00+14:00"),
            ("2001-01-01T00:00:00-14:00", "2001-01-01T00:00:00-14:00"),
            ("9999-12-31T23:59:60Z", "9999-12-31T23:59:60Z"),
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.as_str(), expected);
            assert_eq!(time.as_str().parse(), Ok(time.clone()));
        }
    }

    #[test]
    fn what_is_no_date_time_is_refused() {
        for text in [
            "",
            "2001-10-27",
            "2001-10-27T16:49:29",
            "2001-10-27 16:49:29Z",
            "2001-10-27T16:49Z",
            "2001-10-27T16:49:29.Z",
            "2001-10-27T16:49:29ZZ",
            "2001-10-27T16:49:29+0200",
            "2001-10-27T16:49:29+24:00",
            "2001-13-01T00:00:00Z",
            "2001-00-01T00:00:00Z",
            "2001-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2001-04-31T00:00:00Z",
            "2001-01-01T24:00:00Z",
            "2001-01-01T00:60:00Z",
            "2001-01-01T00:00:60Z",
            "2001-03-31T23:59:60Z",
            "02001-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
            "2001-10-27T16:49:29\u{661}Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_of_the_clock() {
        let at = |time| Timestamp::from_system_time(time).unwrap();
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(at(epoch).as_str(), "1970-01-01T00:00:00Z");
        assert_eq!(
            at(epoch + Duration::from_millis(1_003_423_769_250)).as_str(),
            "2001-10-18T16:49:29.250Z"
        );
        assert_eq!(at(epoch - Duration::from_nanos(1)).as_str(), "1969-12-31T23:59:59.999Z");
        assert_eq!(
            at(epoch - Duration::from_secs(62_167_219_200)).as_str(),
            "0000-01-01T00:00:00Z"
        );
        assert_eq!(
            at(epoch + Duration::from_secs(253_402_300_799)).as_str(),
            "9999-12-31T23:59:59Z"
        );
        assert!(Timestamp::from_system_time(epoch + Duration::from_secs(253_402_300_800)).is_err());
        assert!(Timestamp::from_system_time(epoch - Duration::from_secs(62_167_219_201)).is_err());
    }

    #[test]
    fn every_day_of_four_centuries_and_more_comes_back() {
        let mut expected = (1, 1);
        for days in 0..days_before_year(801) {
            let (year, month, day) = civil_date(days).unwrap();
            assert_eq!((month, day), expected, "day {days} in {year}");
            expected = match (month, day) {
                (12, 31) => (1, 1),
                (month, day) if day == days_in_month(year, month) => (month + 1, 1),
                (month, day) => (month, day + 1),
            };
        }
    }
}

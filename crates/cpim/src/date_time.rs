use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::{take_while_m_n, take_while1},
    character::complete::{char, one_of},
    combinator::{all_consuming, map, opt, verify},
    sequence::{preceded, terminated},
};

use crate::{
    error::{InvalidValue, ValueKind},
    grammar,
};

const DAYS_OF_400_YEARS: i64 = 146_097;
const SECONDS_OF_DAY: i64 = 86_400;

/// When a message was sent: a date and time by RFC 3339, with its offset from UTC.
///
/// ```text
/// date-time = 4DIGIT "-" 2DIGIT "-" 2DIGIT "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT [ "." 1*DIGIT ]
///             ( "Z" / ( ( "+" / "-" ) 2DIGIT ":" 2DIGIT ) )
/// ```
///
/// A fraction of a second is kept to the nanosecond. A 60th second is taken only where a leap second can be: in the
/// last minute of a month in UTC (section 5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
    offset: Offset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Offset {
    Minutes(i16),
    /// `-00:00`: the time is UTC and the place is not told (RFC 3339 section 4.3).
    Unknown,
    Utc,
}

impl DateTime {
    /// The same moment with the fraction of a second dropped.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Self { nanosecond: 0, ..self }
    }

    /// The minutes by which local time is ahead of UTC; none where the sender did not tell (`-00:00`).
    #[must_use]
    pub fn utc_offset_minutes(self) -> Option<i16> {
        match self.offset {
            Offset::Minutes(minutes) => Some(minutes),
            Offset::Unknown => None,
            Offset::Utc => Some(0),
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        let days = days_from_civil(i64::from(self.year), self.month, self.day) - days_from_civil(1970, 1, 1);
        let seconds = (i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        let offset = i64::from(self.utc_offset_minutes().unwrap_or(0)) * 60;
        days * SECONDS_OF_DAY + seconds - offset
    }

    /// The moment, or none where the platform's `SystemTime` does not reach that far.
    #[must_use]
    pub fn to_system_time(self) -> Option<SystemTime> {
        let seconds = self.unix_seconds();
        let whole = Duration::from_secs(seconds.unsigned_abs());
        let start = if seconds < 0 {
            UNIX_EPOCH.checked_sub(whole)
        } else {
            UNIX_EPOCH.checked_add(whole)
        };
        start?.checked_add(Duration::from_nanos(u64::from(self.nanosecond)))
    }

    /// The same moment as `xs:dateTime` can have it, which knows no leap seconds and no offsets of more than 14 hours: in
    /// UTC where this one has either.
    pub(crate) fn in_xml_schema(self) -> Self {
        let has_offset = self.utc_offset_minutes().unwrap_or(0).unsigned_abs() <= 14 * 60;
        if has_offset && self.second < 60 {
            return self;
        }
        // Of the last hours of 9999 none is left over in UTC.
        Self::from_unix(self.unix_seconds(), self.nanosecond).unwrap_or(self)
    }

    fn is_valid(self) -> bool {
        let month_is = (1..=12).contains(&self.month);
        month_is
            && (1..=days_of_month(i64::from(self.year), self.month)).contains(&self.day)
            && self.hour <= 23
            && self.minute <= 59
            && (self.second <= 59 || (self.second == 60 && self.is_last_second_of_month()))
    }

    fn is_last_second_of_month(self) -> bool {
        let next = self.unix_seconds();
        next.rem_euclid(SECONDS_OF_DAY) == 0
            && civil_from_days(next.div_euclid(SECONDS_OF_DAY) + days_from_civil(1970, 1, 1))
                .is_none_or(|(_, _, day)| day == 1)
    }

    fn from_unix(seconds: i64, nanosecond: u32) -> Option<Self> {
        let days = seconds.div_euclid(SECONDS_OF_DAY) + days_from_civil(1970, 1, 1);
        let second = seconds.rem_euclid(SECONDS_OF_DAY);
        let (year, month, day) = civil_from_days(days)?;
        Some(Self {
            year: u16::try_from(year).ok().filter(|year| *year <= 9999)?,
            month,
            day,
            hour: u8::try_from(second / 3600).ok()?,
            minute: u8::try_from(second / 60 % 60).ok()?,
            second: u8::try_from(second % 60).ok()?,
            nanosecond,
            offset: Offset::Utc,
        })
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 0000-01-01 to the first day of `year`, which is not negative.
fn days_before_year(year: i64) -> i64 {
    let leap_years = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    year * 365 + leap_years
}

/// The days from 0000-01-01 to a date of the Gregorian calendar.
fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    let months: i64 = (1..month).map(|month| i64::from(days_of_month(year, month))).sum();
    days_before_year(year) + months + i64::from(day) - 1
}

/// The date that is `days` after 0000-01-01; none before that.
fn civil_from_days(days: i64) -> Option<(i64, u8, u8)> {
    if days < 0 {
        return None;
    }
    // The mean year gives the year or the one beside it.
    let mut year = i64::try_from(i128::from(days) * 400 / i128::from(DAYS_OF_400_YEARS)).ok()?;
    if year > 9999 {
        return None;
    }
    if days_before_year(year + 1) <= days {
        year += 1;
    } else if days_before_year(year) > days {
        year -= 1;
    }
    let mut day = days - days_before_year(year);
    for month in 1..=12 {
        let length = i64::from(days_of_month(year, month));
        if day < length {
            return Some((year, month, u8::try_from(day + 1).ok()?));
        }
        day -= length;
    }
    None
}

/// In UTC, to the nanosecond.
impl TryFrom<SystemTime> for DateTime {
    type Error = InvalidValue;

    fn try_from(time: SystemTime) -> Result<Self, InvalidValue> {
        let civil = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs())
                .ok()
                .and_then(|seconds| Self::from_unix(seconds, since.subsec_nanos())),
            Err(error) => {
                let before = error.duration();
                let nanosecond = before.subsec_nanos();
                i64::try_from(before.as_secs())
                    .ok()
                    .and_then(|seconds| match nanosecond {
                        0 => Self::from_unix(-seconds, 0),
                        _ => Self::from_unix(-seconds - 1, 1_000_000_000 - nanosecond),
                    })
            }
        };
        civil.ok_or(InvalidValue::new(ValueKind::DateTime, 0))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )?;
        if self.nanosecond != 0 {
            let digits = format!("{:09}", self.nanosecond);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        match self.offset {
            Offset::Minutes(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                let minutes = minutes.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
            Offset::Unknown => f.write_str("-00:00"),
            Offset::Utc => f.write_str("Z"),
        }
    }
}

impl FromStr for DateTime {
    type Err = InvalidValue;

    fn from_str(value: &str) -> Result<Self, InvalidValue> {
        let (_, date_time) = all_consuming(date_time).parse(value).map_err(|error| {
            let offset = grammar::failed_at(value, &error);
            InvalidValue::new(ValueKind::DateTime, offset)
        })?;
        if date_time.is_valid() {
            Ok(date_time)
        } else {
            Err(InvalidValue::new(ValueKind::DateTime, 0))
        }
    }
}

fn date_time(input: &str) -> IResult<&str, DateTime> {
    let (input, (year, month, day)) =
        (terminated(number(4), char('-')), terminated(two, char('-')), two).parse(input)?;
    // RFC 3339 section 5.6 lets "T" and "Z" be lower case.
    let (input, _) = one_of("Tt").parse(input)?;
    let (input, (hour, minute, second)) = (terminated(two, char(':')), terminated(two, char(':')), two).parse(input)?;
    let (input, nanosecond) = opt(preceded(char('.'), fraction)).parse(input)?;
    let (input, offset) = alt((map(one_of("Zz"), |_| Offset::Utc), offset)).parse(input)?;
    let date_time = DateTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
        nanosecond: nanosecond.unwrap_or(0),
        offset,
    };
    Ok((input, date_time))
}

fn offset(input: &str) -> IResult<&str, Offset> {
    let hours = verify(two, |hours| *hours <= 23);
    let minutes = verify(two, |minutes| *minutes <= 59);
    let (input, (sign, hours, minutes)) = (one_of("+-"), terminated(hours, char(':')), minutes).parse(input)?;
    let total = i16::from(hours) * 60 + i16::from(minutes);
    let offset = match (sign, total) {
        ('-', 0) => Offset::Unknown,
        ('-', _) => Offset::Minutes(-total),
        _ => Offset::Minutes(total),
    };
    Ok((input, offset))
}

fn two(input: &str) -> IResult<&str, u8> {
    let (after, number) = number(2).parse(input)?;
    match u8::try_from(number) {
        Ok(number) => Ok((after, number)),
        Err(_) => nom::combinator::fail().parse(input),
    }
}

/// Exactly `digits` digits, at most four.
fn number<'a>(digits: usize) -> impl Parser<&'a str, Output = u16, Error = nom::error::Error<&'a str>> {
    take_while_m_n(digits, digits, |c: char| c.is_ascii_digit()).map_res(str::parse)
}

/// The nanoseconds of a fraction; digits past the ninth are dropped.
fn fraction(input: &str) -> IResult<&str, u32> {
    let (input, digits) = take_while1(|c: char| c.is_ascii_digit()).parse(input)?;
    let nanosecond = digits
        .chars()
        .chain(std::iter::repeat('0'))
        .take(9)
        .fold(0, |sum, digit| sum * 10 + digit.to_digit(10).unwrap_or(0));
    Ok((input, nanosecond))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> DateTime {
        value.parse().expect(value)
    }

    #[test]
    fn the_dates_of_the_rfcs_read_and_write() {
        // The last three are from RFC 3339 section 5.8.
        for (value, unix) in [
            ("2000-12-13T13:40:00-08:00", 976_743_600),
            ("2001-02-01T12:16:49-05:00", 981_047_809),
            ("1985-04-12T23:20:50.52Z", 482_196_050),
            ("1990-12-31T23:59:60Z", 662_688_000),
            ("1990-12-31T15:59:60-08:00", 662_688_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(read(value).to_string(), value);
            assert_eq!(read(value).unix_seconds(), unix, "{value}");
        }
    }

    #[test]
    fn offsets_are_kept_apart() {
        assert_eq!(read("1996-12-19T16:39:57-00:00").utc_offset_minutes(), None);
        assert_eq!(
            read("1996-12-19T16:39:57-00:00").to_string(),
            "1996-12-19T16:39:57-00:00"
        );
        assert_eq!(read("1937-01-01T12:00:27.87+00:20").utc_offset_minutes(), Some(20));
        assert_eq!(read("1996-12-19t16:39:57z").to_string(), "1996-12-19T16:39:57Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for value in [
            "",
            "2000-12-13",
            "2000-13-01T00:00:00Z",
            "2000-00-01T00:00:00Z",
            "2001-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2000-04-31T00:00:00Z",
            "2000-01-00T00:00:00Z",
            "2000-01-01T24:00:00Z",
            "2000-01-01T00:60:00Z",
            "2000-01-01T00:00:60Z",
            "1990-12-30T23:59:60Z",
            "1990-12-31T23:59:60-08:00",
            "1990-12-31T23:59:61Z",
            "2000-01-01T00:00:00",
            "2000-01-01T00:00:00.Z",
            "2000-01-01T00:00:00+24:00",
            "2000-01-01T00:00:00+0100",
            "2000-01-01 00:00:00Z",
            "20000-01-01T00:00:00Z",
            "2000-01-01T00:00:00Z ",
            "+200-01-01T00:00:00Z",
        ] {
            assert!(value.parse::<DateTime>().is_err(), "{value}");
        }
        assert_eq!("2000-1-01T00:00:00Z".parse::<DateTime>().unwrap_err().offset(), 5);
    }

    #[test]
    fn leap_days_are_those_of_the_gregorian_calendar() {
        read("2000-02-29T00:00:00Z");
        read("2024-02-29T00:00:00Z");
        read("0000-02-29T00:00:00Z");
    }

    #[test]
    fn every_day_of_the_calendar_goes_there_and_back() {
        let mut expected = (0, 1, 1);
        for days in 0..days_before_year(10_000) {
            assert_eq!(civil_from_days(days), Some(expected));
            let (year, month, day) = expected;
            assert_eq!(days_from_civil(year, month, day), days);
            expected = if day < days_of_month(year, month) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
        }
    }

    #[test]
    fn system_times_convert_both_ways() {
        let time = UNIX_EPOCH + Duration::new(1_144_171_009, 660_000_000);
        let date_time = DateTime::try_from(time).unwrap();
        assert_eq!(date_time.to_string(), "2006-04-04T17:16:49.66Z");
        assert_eq!(date_time.to_system_time(), Some(time));
        assert_eq!(date_time.whole_seconds().to_string(), "2006-04-04T17:16:49Z");
        let before = UNIX_EPOCH - Duration::new(1, 500_000_000);
        let date_time = DateTime::try_from(before).unwrap();
        assert_eq!(date_time.to_string(), "1969-12-31T23:59:58.5Z");
        assert_eq!(date_time.to_system_time(), Some(before));
    }

    #[test]
    fn times_past_the_year_9999_are_refused() {
        let last = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        assert!(DateTime::try_from(last).is_ok());
        assert!(DateTime::try_from(last + Duration::from_secs(1)).is_err());
        assert!(DateTime::try_from(UNIX_EPOCH - Duration::from_secs(62_167_219_201)).is_err());
        assert!(DateTime::try_from(UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs())).is_err());
    }
}

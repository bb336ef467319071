use std::{
    fmt,
    time::{Duration, SystemTime},
};

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar, scan::Scan};

/// `SIP-date = rfc1123-date`, always GMT: when the message was made (RFC 3261 section 20.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    // Seconds since 1970-01-01T00:00:00Z; the header has no finer part and cannot say a year beyond 9999.
    seconds: u64,
}

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAY: u64 = 86_400;
/// 9999-12-31T23:59:59Z
const LAST: u64 = 253_402_300_799;

impl Date {
    /// The time as a date of the calendar, cut to 1970 to 9999.
    #[must_use]
    pub fn new(time: SystemTime) -> Self {
        let seconds = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        Self {
            seconds: seconds.min(LAST),
        }
    }

    /// The time.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds)
    }
}

/// Years, months and days are counted from 0000-03-01, so that the leap day comes last (the algorithm is in the public
/// domain as "days from civil").
const EPOCH_FROM_MARCH_0: u64 = 719_468;

fn civil(days: u64) -> (u64, usize, u64) {
    let days = days + EPOCH_FROM_MARCH_0;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 2
    } else {
        from_march - 10
    };
    let year = era * 400 + year_of_era + u64::from(month < 2);
    (year, usize::try_from(month).unwrap_or_default(), day)
}

fn days(year: u64, month: usize, day: u64) -> Option<u64> {
    let month = u64::try_from(month).ok()?;
    let (from_march, year) = if month < 2 {
        (month + 10, year.checked_sub(1)?)
    } else {
        (month - 2, year)
    };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * from_march + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * 146_097 + day_of_era).checked_sub(EPOCH_FROM_MARCH_0)
}

impl TypedHeader<'_> for Date {
    const NAME: HeaderName = HeaderName::DATE;
    const SECTION: &'static str = "3261 section 20.17";

    fn parse(value: &str) -> Result<Self, ValueError> {
        let mut scan = Scan::value(value);
        name(&mut scan, &DAYS, "a day of the week, as in Sat")?;
        mark(&mut scan, b',', "a comma")?;
        mark(&mut scan, b' ', "a space")?;
        let day_at = scan.at();
        let day = digits(&mut scan, 2, "a day of two digits")?;
        mark(&mut scan, b' ', "a space")?;
        let month = name(&mut scan, &MONTHS, "a month, as in Nov")?;
        mark(&mut scan, b' ', "a space")?;
        let year = digits(&mut scan, 4, "a year of four digits")?;
        let days = days(year, month, day)
            .filter(|days| civil(*days) == (year, month, day))
            .ok_or(ValueError::new("a day that there was since 1970", day_at))?;
        mark(&mut scan, b' ', "a space")?;
        let hour = below(&mut scan, 24, "an hour, 00 to 23")?;
        mark(&mut scan, b':', "a colon")?;
        let minute = below(&mut scan, 60, "a minute, 00 to 59")?;
        mark(&mut scan, b':', "a colon")?;
        // 60 is a leap second.
        let second = below(&mut scan, 61, "a second, 00 to 60")?;
        mark(&mut scan, b' ', "a space")?;
        name(&mut scan, &["GMT"], "GMT, the time zone of all dates")?;
        scan.end()?;
        Ok(Self {
            seconds: (days * DAY + hour * 3_600 + minute * 60 + second).min(LAST),
        })
    }
}

/// Which of these three letters come next, in any case.
fn name(scan: &mut Scan<'_>, names: &[&str], what: &'static str) -> Result<usize, ValueError> {
    let next = scan.rest().get(..3);
    let found = next.and_then(|next| names.iter().position(|name| name.eq_ignore_ascii_case(next)));
    let found = found.ok_or(scan.expected(what))?;
    scan.advance(3);
    Ok(found)
}

fn mark(scan: &mut Scan<'_>, octet: u8, what: &'static str) -> Result<(), ValueError> {
    if scan.eat(octet) {
        Ok(())
    } else {
        Err(scan.expected(what))
    }
}

/// A number of so many digits.
fn digits(scan: &mut Scan<'_>, len: usize, what: &'static str) -> Result<u64, ValueError> {
    let next = scan.rest().as_bytes().get(..len).and_then(grammar::short_number);
    let number = next.ok_or(scan.expected(what))?;
    scan.advance(len);
    Ok(number.into())
}

/// A number of two digits that is less than another.
fn below(scan: &mut Scan<'_>, limit: u64, what: &'static str) -> Result<u64, ValueError> {
    let start = scan.at();
    let number = digits(scan, 2, what)?;
    if number < limit {
        Ok(number)
    } else {
        Err(ValueError::new(what, start))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day_number, second) = (self.seconds / DAY, self.seconds % DAY);
        let (year, month, day) = civil(day_number);
        let weekday = DAYS[usize::try_from(day_number % 7).unwrap_or_default()];
        let month = MONTHS[month];
        write!(
            f,
            "{weekday}, {day:02} {month} {year:04} {:02}:{:02}:{:02} GMT",
            second / 3_600,
            second / 60 % 60,
            second % 60
        )
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_rfcs() {
        for (text, seconds) in [
            ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940),
            ("Thu, 21 Feb 2002 13:02:03 GMT", 1_014_296_523),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
        ] {
            let date = Date::parse(text).unwrap();
            assert_eq!(date.seconds, seconds, "{text}");
            assert_eq!(date.to_string(), text);
        }
        assert_eq!(
            Date::parse("sat, 31 dec 2016 23:59:60 gmt").unwrap().to_string(),
            "Sun, 01 Jan 2017 00:00:00 GMT"
        );
    }

    #[test]
    fn what_is_no_date_says_where() {
        for (text, at) in [
            // RFC 4475 baddate is in EST, and there are days that never were.
            ("Fri, 01 Jan 2010 16:00:00 EST", 26),
            ("Fri, 30 Feb 2010 16:00:00 GMT", 5),
            ("Fri, 00 Mar 2010 16:00:00 GMT", 5),
            ("Fri, 01 Jan 1969 16:00:00 GMT", 5),
            ("Fri, 01 Jan 0000 16:00:00 GMT", 5),
            ("", 0),
            ("01 Jan 2010 16:00:00 GMT", 0),
            ("Friday, 01 Jan 2010 16:00:00 GMT", 3),
            ("Fri,01 Jan 2010 16:00:00 GMT", 4),
            ("Fri, 1 Jan 2010 16:00:00 GMT", 5),
            ("Fri, 01  Jan 2010 16:00:00 GMT", 8),
            ("Fri, 01 \u{e9}x 2010 16:00:00 GMT", 8),
            ("Fri, 01 Jan +201 16:00:00 GMT", 12),
            ("Fri, 01 Jan 20100 16:00:00 GMT", 16),
            ("Fri, 01 Jan 2010 24:00:00 GMT", 17),
            ("Fri, 01 Jan 2010 16:60:00 GMT", 20),
            ("Fri, 01 Jan 2010 16:00:61 GMT", 23),
            ("Fri, 01 Jan 2010 16:00 GMT", 22),
            ("Fri, 01 Jan 2010 16:00:00", 25),
            ("Fri, 01 Jan 2010 16:00:00 GMT+1", 29),
        ] {
            assert_eq!(Date::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

use std::{borrow::Cow, fmt, time::Duration};

use nom::{
    Parser,
    bytes::complete::take_while,
    character::complete::char,
    combinator::{opt, recognize, verify},
    sequence::preceded,
};

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar};

/// `1*DIGIT [ "." *DIGIT ] [ LWS delay ]`: when the request was sent, in seconds of a clock that only its sender knows,
/// and in a response how long the answer took (RFC 3261 section 20.38).
///
/// ```
/// use std::time::Duration;
/// use sip_message::headers::{Timestamp, TypedHeader};
///
/// let asked = Timestamp::parse("54.32")?;
/// let answered = asked.with_delay(Duration::from_millis(1500));
/// assert_eq!(answered.to_string(), "54.32 1.500");
/// assert_eq!(answered.delay(), Some(Duration::from_millis(1500)));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp<'a> {
    // Digits with at most one dot, so that a response can repeat what the request said.
    time: Cow<'a, str>,
    delay: Option<Cow<'a, str>>,
}

impl Timestamp<'static> {
    /// A time in the sender's clock, written in milliseconds.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Self {
            time: Cow::Owned(seconds(time)),
            delay: None,
        }
    }
}

impl<'a> Timestamp<'a> {
    /// The same with the time between the request and its response, written in milliseconds.
    #[must_use]
    pub fn with_delay(self, delay: Duration) -> Self {
        Self {
            delay: Some(Cow::Owned(seconds(delay))),
            ..self
        }
    }

    /// The time as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.time
    }

    /// The time to the nanosecond. `None` when it has more than 2^64 seconds.
    #[must_use]
    pub fn time(&self) -> Option<Duration> {
        duration(&self.time)
    }

    /// The delay to the nanosecond. `None` when there is none or it has more than 2^64 seconds.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        duration(self.delay.as_deref()?)
    }
}

fn seconds(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

/// Seconds with a decimal fraction, of which what is finer than a nanosecond is cut off.
fn duration(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds = match whole {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = digits.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    Some(Duration::new(seconds, nanos))
}

fn digits(input: &str) -> grammar::Parsed<'_, &str> {
    take_while(|c: char| c.is_ascii_digit()).parse(input)
}

/// `*DIGIT [ "." *DIGIT ]`
fn decimal(input: &str) -> grammar::Parsed<'_, &str> {
    recognize((digits, opt((char('.'), digits)))).parse(input)
}

impl<'a> TypedHeader<'a> for Timestamp<'a> {
    const NAME: HeaderName = HeaderName::TIMESTAMP;
    const SECTION: &'static str = "3261 section 20.38";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let starts_with_digit = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit());
        let time = |input| grammar::expect("a number of seconds", verify(decimal, starts_with_digit))(input);
        // A delay may be empty; what is left then is white space at the end.
        let delay = |input| opt(preceded(grammar::lws1, verify(decimal, |text: &str| !text.is_empty()))).parse(input);
        let (time, delay) = grammar::whole(|input| (time, delay).parse(input), value)?;
        Ok(Self {
            time: Cow::Borrowed(time),
            delay: delay.map(Cow::Borrowed),
        })
    }
}

impl fmt::Display for Timestamp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.time)?;
        match &self.delay {
            Some(delay) => write!(f, " {delay}"),
            None => Ok(()),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Timestamp<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("Timestamp", 2)?;
        view.serialize_field("time", &self.time)?;
        view.serialize_field("delay", &self.delay)?;
        view.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_delays() {
        let read = |text| Timestamp::parse(text).unwrap();
        let millis = |millis| Some(Duration::from_millis(millis));
        assert_eq!(read("54").time(), millis(54_000));
        assert_eq!((read("54.").time(), read("54.").delay()), (millis(54_000), None));
        assert_eq!(
            (read("54.32\r\n .5").delay(), read("54 5.").delay()),
            (millis(500), millis(5_000))
        );
        assert_eq!(read("1 .").delay(), millis(0));
        assert_eq!(read("0.0000000019").time(), Some(Duration::from_nanos(1)));
        assert_eq!(read("99999999999999999999").time(), None);
        assert_eq!(read("099.10").to_string(), "099.10");
        assert_eq!(Timestamp::new(Duration::from_millis(7)).to_string(), "0.007");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (text, at) in [
            ("", 0),
            (".5", 0),
            ("-1", 0),
            ("1.2.3", 3),
            ("1 x", 2),
            ("1 2 3", 4),
            ("1e5", 1),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

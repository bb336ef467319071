use std::fmt;

use super::{MediaType, Occurrence, TypedHeader};
use crate::{HeaderName, Params, ValueError};

/// `media-range [ accept-params ]`: a body type that the sender reads (RFC 3261 section 20.1). Absent, the default is
/// what the method or event package says; without any element, nothing is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Accept<'a>(
    /// The range; its parts may be `*`.
    pub MediaType<'a>,
);

impl Accept<'_> {
    /// The preference in thousandths, 1000 where no `q` is given or the one given is no number.
    #[must_use]
    pub fn q(&self) -> u16 {
        q(self.0.params())
    }

    /// Whether a type without parameters, as `application/pidf+xml`, is in the range.
    #[must_use]
    pub fn matches(&self, media_type: &str) -> bool {
        let Some((main, sub)) = media_type.split_once('/') else {
            return false;
        };
        let fits = |range: &str, part: &str| range == "*" || range.eq_ignore_ascii_case(part);
        fits(self.0.main(), main) && fits(self.0.sub(), sub)
    }
}

/// The preference among `accept-params`, 1000 where there is none that can be read.
pub(crate) fn q(params: &Params<'_>) -> u16 {
    params.get("q").flatten().and_then(thousandths).unwrap_or(1000)
}

/// The parameters with another preference.
pub(crate) fn with_q<'a>(params: &Params<'a>, thousandths: u16) -> Result<Params<'a>, ValueError> {
    match thousandths {
        1000 => Ok(params.clone().put("q", Some("1"))),
        0..1000 => {
            let decimals = format!("0.{thousandths:03}");
            let shortest = decimals.trim_end_matches('0').trim_end_matches('.');
            Ok(params.clone().put("q", Some(shortest)))
        }
        _ => Err(ValueError::new("0 to 1000 thousandths", 0)),
    }
}

/// `qvalue`: 0 to 1 with up to three decimals.
pub(crate) fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = decimals.bytes().chain(std::iter::repeat(b'0')).take(3);
    let fraction = digits.fold(0, |fraction, digit| fraction * 10 + u16::from(digit - b'0'));
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

impl<'a> TypedHeader<'a> for Accept<'a> {
    const NAME: HeaderName = HeaderName::ACCEPT;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.1";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        MediaType::parse(value).map(Self)
    }
}

impl fmt::Display for Accept<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_preferences() {
        let accept = Accept::parse("application / *;q=0.5").unwrap();
        assert!(accept.matches("Application/pidf+xml"));
        assert!(!accept.matches("text/plain"));
        assert_eq!(accept.q(), 500);
        assert_eq!(Accept::parse("text/plain").unwrap().q(), 1000);
        assert_eq!(thousandths("0.1234"), None);
        assert_eq!(thousandths("1.001"), None);
        assert_eq!(thousandths("0.25"), Some(250));
        assert_eq!(thousandths("1."), Some(1000));
        assert_eq!(thousandths("+1"), None);
        let params = with_q(&Params::new(), 7).unwrap();
        assert_eq!((params.to_string().as_str(), q(&params)), (";q=0.007", 7));
        assert_eq!(q(&with_q(&params, 1000).unwrap()), 1000);
        assert_eq!(with_q(&params, 0).unwrap().to_string(), ";q=0");
        assert!(with_q(&params, 1001).is_err());
        assert!(Accept::parse("text").is_err());
    }
}

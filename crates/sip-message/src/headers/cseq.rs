use std::fmt;

use super::TypedHeader;
use crate::{HeaderName, Method, ValueError, scan::Scan};

/// `1*DIGIT LWS Method`: orders the requests of a dialog (RFC 3261 section 20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CSeq<'a> {
    number: u32,
    method: Method<'a>,
}

impl<'a> CSeq<'a> {
    /// The largest sequence number: "MUST be expressible as a 32-bit unsigned integer" and "MUST be less than 2**31"
    /// (RFC 3261 sections 8.1.1.5, 20.16).
    pub const MAX: u32 = (1 << 31) - 1;

    /// A sequence number and the method of the request.
    ///
    /// # Errors
    /// When `number` is larger than [`CSeq::MAX`].
    pub const fn new(number: u32, method: Method<'a>) -> Result<Self, ValueError> {
        if number > Self::MAX {
            return Err(ValueError::new("a sequence number below 2^31", 0));
        }
        Ok(Self { number, method })
    }

    /// The sequence number.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The method of the request.
    #[must_use]
    pub const fn method(&self) -> Method<'a> {
        self.method
    }

    /// Reads the usual form: a few digits, a space and a method that is known.
    fn plain(value: &'a str) -> Option<Self> {
        let (mut number, mut digits) = (0, 0);
        while let Some(digit @ b'0'..=b'9') = value.as_bytes().get(digits) {
            if digits == 9 {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
            digits += 1;
        }
        let method = Method::known(value.get(digits..)?.strip_prefix(' ')?)?;
        if digits == 0 {
            return None;
        }
        Some(Self { number, method })
    }
}

impl<'a> TypedHeader<'a> for CSeq<'a> {
    const NAME: HeaderName = HeaderName::CSEQ;
    const SECTION: &'static str = "3261 section 20.16";

    #[inline]
    fn parse(value: &'a str) -> Result<Self, ValueError> {
        if let Some(cseq) = Self::plain(value) {
            return Ok(cseq);
        }
        let mut scan = Scan::value(value);
        let start = scan.at();
        let number = scan.number()?;
        if number > Self::MAX {
            return Err(ValueError::new("a sequence number below 2^31", start));
        }
        scan.lws()?;
        let method = scan.token("a token")?;
        scan.end()?;
        Ok(Self {
            number,
            method: Method::new(method)?,
        })
    }
}

impl fmt::Display for CSeq<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for CSeq<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("CSeq", 2)?;
        view.serialize_field("number", &self.number)?;
        view.serialize_field("method", self.method.as_str())?;
        view.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_reads_as_the_grammar_does() {
        for number in [
            "0",
            "7",
            "000000009",
            "999999999",
            "2147483647",
            "4294967295",
            "9999999999",
            "0000000009",
        ] {
            for method in ["INVITE", "UPDATE", "FETCH", "invite"] {
                let usual = CSeq::parse(&format!("{number} {method}"))
                    .map(|cseq| (cseq.number(), cseq.method().as_str().to_owned()));
                let other = CSeq::parse(&format!("{number}  {method}"))
                    .map(|cseq| (cseq.number(), cseq.method().as_str().to_owned()));
                assert_eq!(usual, other, "{number} {method}");
            }
        }
        assert!(CSeq::plain("1 INVITE").is_some());
        for value in [
            "",
            " ",
            "1",
            "1 ",
            " INVITE",
            "1 FETCH",
            "1  INVITE",
            "1 INVITE ",
            "1000000000 INVITE",
        ] {
            assert_eq!(CSeq::plain(value), None, "{value}");
        }
    }

    #[test]
    fn numbers_beyond_31_bits_and_signs_are_refused() {
        assert_eq!(CSeq::parse("0009\r\n  INVITE"), CSeq::new(9, Method::Invite));
        assert_eq!(CSeq::parse("2147483647 ACK"), CSeq::new(CSeq::MAX, Method::Ack));
        assert_eq!(CSeq::parse(" 2147483648 ACK").unwrap_err().offset(), 1);
        assert!(CSeq::new(CSeq::MAX + 1, Method::Ack).is_err());
        assert!(CSeq::parse("36893488147419103232 REGISTER").is_err());
        assert!(CSeq::parse("-1 REGISTER").is_err());
        assert!(CSeq::parse("1REGISTER").is_err());
        assert!(CSeq::parse("1").is_err());
    }
}

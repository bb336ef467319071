use std::{borrow::Cow, fmt};

use nom::Parser;

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, Params, StatusCode, ValueError, grammar};

/// `protocol *( SEMI reason-params )`: why the request was sent (RFC 3326 section 2).
///
/// ```
/// use sip_message::headers::{Reason, TypedHeader};
///
/// let reason = Reason::parse(r#"Q.850;cause=16;text="Terminated""#)?;
/// assert!(reason.is("q.850"));
/// assert_eq!((reason.cause(), reason.text().as_deref()), (Some(16), Some("Terminated")));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Reason<'a> {
    protocol: &'a str,
    params: Params<'a>,
}

impl<'a> Reason<'a> {
    /// A cause of a protocol: `Q.850`, `SIP`, or another.
    ///
    /// # Errors
    /// When `protocol` is not a token.
    pub fn new(protocol: &'a str, cause: u32) -> Result<Self, ValueError> {
        let protocol = grammar::exact(grammar::token, protocol)?;
        let params = Params::new().push("cause", Some(&cause.to_string()));
        Ok(Self { protocol, params })
    }

    /// A SIP status with its reason phrase.
    #[must_use]
    pub fn sip(status: StatusCode) -> Self {
        let params = Params::new().push("cause", Some(&status.to_string()));
        let params = match grammar::quote(status.reason()) {
            Some(text) => params.push("text", Some(&text)),
            None => params,
        };
        Self {
            protocol: "SIP",
            params,
        }
    }

    /// The same with a text for people to read.
    ///
    /// # Errors
    /// When `text` has a CR, LF or NUL.
    pub fn with_text(self, text: &str) -> Result<Self, ValueError> {
        let params = self.params.with_quoted("text", text)?;
        Ok(Self { params, ..self })
    }

    /// The protocol as written.
    #[must_use]
    pub const fn protocol(&self) -> &'a str {
        self.protocol
    }

    /// Whether the cause is one of that protocol, in any case.
    #[must_use]
    pub fn is(&self, protocol: &str) -> bool {
        self.protocol.eq_ignore_ascii_case(protocol)
    }

    /// The `cause`, which the protocol defines.
    #[must_use]
    pub fn cause(&self) -> Option<u32> {
        grammar::decimal(self.params.get("cause").flatten()?)
    }

    /// The `text`.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.params.value("text")
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

impl<'a> TypedHeader<'a> for Reason<'a> {
    const NAME: HeaderName = HeaderName::REASON;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3326 section 2";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (protocol, params) = grammar::whole(|input| (grammar::token, Params::parse).parse(input), value)?;
        Ok(Self { protocol, params })
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.protocol, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_section_2() {
        let text = "SIP ;cause=200 ;text=\"Call completed elsewhere\"";
        let reason = Reason::parse(text).unwrap();
        assert_eq!(reason.cause(), Some(200));
        assert_eq!(reason.text().unwrap(), "Call completed elsewhere");
        assert_eq!(
            Reason::new("SIP", 580)
                .unwrap()
                .with_text("Precondition Failure")
                .unwrap()
                .to_string(),
            "SIP;cause=580;text=\"Precondition Failure\""
        );
        assert_eq!(Reason::sip(StatusCode::OK).to_string(), "SIP;cause=200;text=\"OK\"");
        assert_eq!(Reason::parse("SIP;cause=+1").unwrap().cause(), None);
    }

    #[test]
    fn what_could_not_be_written_is_refused() {
        for (text, at) in [("", 0), ("SIP cause=1", 4), ("a/b", 1)] {
            assert_eq!(Reason::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(Reason::parse("SIP;cause=\"1").is_err());
        assert!(Reason::new("SIP\r\n", 1).is_err());
        assert!(Reason::new("SIP", 1).unwrap().with_text("a\r\nX: b").is_err());
    }
}

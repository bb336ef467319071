use std::fmt;

use super::{Occurrence, TypedHeader, accept::thousandths};
use crate::{HeaderName, Method, NameAddr, Uri, ValueError, grammar};

/// `STAR / ( name-addr / addr-spec ) *( SEMI contact-params )`: where the sender can be reached (RFC 3261 section
/// 20.10), with the feature parameters of RFC 3840.
///
/// ```
/// use sip_message::{Method, headers::{Contact, TypedHeader}};
///
/// let contact = Contact::parse(r#"<sip:kmh@192.0.2.4>;methods="MESSAGE, OPTIONS";q=0.7;expires=60"#)?;
/// assert!(contact.allows(&Method::Message));
/// assert!(!contact.allows(&Method::Invite));
/// assert_eq!((contact.q(), contact.expires()), (Some(700), Some(60)));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Contact<'a> {
    /// An address with its parameters.
    Address(NameAddr<'a>),
    /// `*`: every binding, in a REGISTER that removes them all.
    Star,
}

impl<'a> Contact<'a> {
    /// The address, when it is one.
    #[must_use]
    pub const fn address(&self) -> Option<&NameAddr<'a>> {
        match self {
            Self::Address(address) => Some(address),
            Self::Star => None,
        }
    }

    /// The URI of the address.
    #[must_use]
    pub fn uri(&self) -> Option<Uri<'a>> {
        self.address().map(NameAddr::uri)
    }

    /// The `expires` parameter in seconds. `None` when it is absent or no number that fits, which RFC 3261 section
    /// 10.3 step 6 treats as absent.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        grammar::decimal(self.param("expires")?)
    }

    /// The `q` parameter in thousandths.
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        thousandths(self.param("q")?)
    }

    /// Whether this contact takes requests of a method: one without the `methods` feature parameter takes any, one
    /// with it those that one of its values fits. `!` negates one value, not the list (RFC 3840 sections 5 and 9):
    /// `"INVITE,!MESSAGE"` is every method but MESSAGE.
    #[must_use]
    pub fn allows(&self, method: &Method<'_>) -> bool {
        let Some(Some(listed)) = self.address().and_then(|address| address.params().get("methods")) else {
            return true;
        };
        let listed = grammar::unquote(listed);
        let mut values = listed
            .split(',')
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .peekable();
        values.peek().is_none()
            || values.any(|value| match value.strip_prefix('!') {
                Some(other) => !other.eq_ignore_ascii_case(method.as_str()),
                None => value.eq_ignore_ascii_case(method.as_str()),
            })
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.address()?.params().get(name).flatten()
    }
}

impl<'a> TypedHeader<'a> for Contact<'a> {
    const NAME: HeaderName = HeaderName::CONTACT;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.10";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        if value == "*" {
            return Ok(Self::Star);
        }
        grammar::whole(NameAddr::parse, value).map(Self::Address)
    }
}

impl fmt::Display for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Star => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_rfc_3840_and_of_the_paper() {
        let allows =
            |params: &str, method: Method<'_>| Contact::parse(&format!("<sip:a@b>{params}")).unwrap().allows(&method);
        assert!(allows("", Method::Message));
        assert!(allows(";methods=\"MESSAGE\"", Method::Message));
        assert!(allows(";methods=MESSAGE", Method::Message));
        assert!(!allows(";methods=\"INVITE,BYE\"", Method::Message));
        assert!(allows(";methods=\"!INVITE\"", Method::Message));
        assert!(!allows(";methods=\"!MESSAGE\"", Method::Message));
        // The example of section 5 has (| (! presence) message-summary) as "!presence,message-summary".
        assert!(!allows(";methods=\"INVITE,!MESSAGE\"", Method::Message));
        assert!(allows(";methods=\"INVITE,!MESSAGE\"", Method::Bye));
        assert!(allows(";methods=\"!MESSAGE,!INVITE\"", Method::Message));
    }

    #[test]
    fn uri_and_header_parameters_are_told_apart() {
        let contact = Contact::parse("<sip:user@host5.example.net;expires=5>;expires=10").unwrap();
        assert_eq!(contact.expires(), Some(10));
        assert_eq!(Contact::parse("<sip:a@b>;expires=99999999999").unwrap().expires(), None);
        assert_eq!(Contact::parse("<sip:a@b>;expires=+9").unwrap().expires(), None);
        assert_eq!(Contact::parse("*").unwrap(), Contact::Star);
        assert!(Contact::parse("* , <sip:a@b>").is_err());
    }
}

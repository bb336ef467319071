//! Who and where: URIs as SIP carries them (RFC 3261 section 19.1), hosts, addresses of record.

use std::fmt;

use memchr::memchr;

use crate::{ValueError, stops::Stops};

mod aor;
mod buf;
mod compare;
pub(crate) mod escape;
mod host;
mod key;
mod mailbox;
mod other;
mod sip;
mod tel;
mod urn;

pub use aor::Aor;
pub use buf::UriBuf;
pub(crate) use host::HostKind;
pub use host::{Host, HostName};
pub use key::UriKey;
pub use mailbox::MailboxUri;
pub use other::OtherUri;
pub use sip::SipUri;
pub(crate) use sip::scheme as sip_scheme;
pub use tel::{PhoneContext, TelUri};
pub use urn::Urn;

/// A URI as SIP carries it (RFC 3261 section 19.1, RFC 3986), a view over its text.
///
/// ```
/// use sip_message::{Host, Uri};
///
/// let uri = Uri::parse("sip:alice@example.test:5070;transport=tcp")?;
/// let sip = uri.as_sip().expect("a SIP URI");
/// assert_eq!(sip.user(), Some("alice"));
/// assert_eq!(sip.host(), Host::parse("example.test")?);
/// assert_eq!(sip.port(), Some(5070));
/// assert_eq!(sip.param("transport"), Some(Some("tcp")));
/// assert!(uri.equivalent(&Uri::parse("SIP:%61lice@EXAMPLE.test:5070;Transport=TCP")?));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
///
/// What is equal by `==` has the same text; [`Uri::equivalent`] says whether two URIs name the same, and [`Uri::key`]
/// finds those that do in a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Uri<'a> {
    /// `im:`, an instant inbox (RFC 3860).
    Im(MailboxUri<'a>),
    /// Any other scheme: `http`, `cid` ... Also a `tel:`, `pres:`, `im:` or `urn:` that breaks the grammar of its
    /// scheme: to SIP it is an absoluteURI, and a message that carries it is not malformed.
    Other(OtherUri<'a>),
    /// `pres:`, a presentity (RFC 3859).
    Pres(MailboxUri<'a>),
    /// `sip:` and `sips:`.
    Sip(SipUri<'a>),
    /// `tel:`, a telephone number (RFC 3966).
    Tel(TelUri<'a>),
    /// `urn:`, a name (RFC 8141).
    Urn(Urn<'a>),
}

impl<'a> Uri<'a> {
    /// Reads a URI that stands alone. In one pass, and without an allocation but for a `tel:` URI
    /// with two parameters or more.
    ///
    /// # Errors
    /// Names what was expected at which byte of `text`.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        if let Some((start, secure)) = sip::scheme(text) {
            return SipUri::parse_rest(text, start, secure, escape::USER).map(Self::Sip);
        }
        let is_scheme = |byte: &u8| escape::is(*byte, escape::SCHEME);
        let colon = text.bytes().take_while(is_scheme).count();
        if text.as_bytes().get(colon) != Some(&b':') {
            return Err(ValueError::new("a scheme and a colon", 0));
        }
        if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(ValueError::new("a URI scheme", 0));
        }
        let scheme = &text[..colon];
        let is = |known: &str| scheme.eq_ignore_ascii_case(known);
        let typed = if is("tel") {
            TelUri::parse(text).map(Self::Tel)
        } else if is("pres") {
            MailboxUri::parse_rest(text, colon + 1).map(Self::Pres)
        } else if is("im") {
            MailboxUri::parse_rest(text, colon + 1).map(Self::Im)
        } else if is("urn") {
            Urn::parse(text).map(Self::Urn)
        } else {
            return OtherUri::parse_rest(text, colon).map(Self::Other);
        };
        typed.or_else(|_| OtherUri::parse_rest(text, colon).map(Self::Other))
    }

    /// Reads the usual form of an `im:` or `pres:` URI in angle brackets, as [`SipUri::plain`] does that of a `sip:` URI.
    pub(crate) fn plain_mailbox(stops: &mut Stops<'a>, start: usize) -> Option<Self> {
        let (scheme, _) = stops.text()[start..].split_once(':')?;
        let mailbox: fn(MailboxUri<'a>) -> Self = match scheme {
            "im" => Self::Im,
            "pres" => Self::Pres,
            _ => return None,
        };
        MailboxUri::plain(stops, start, scheme.len() + 1).map(mailbox)
    }

    /// Reads the URI behind an opening angle bracket, up to the closing one.
    #[inline(never)]
    pub(crate) fn parse_bracketed(text: &'a str, start: usize) -> Result<Self, ValueError> {
        let rest = &text[start..];
        let Some(len) = memchr(b'>', rest.as_bytes()) else {
            return Err(ValueError::new("a closing angle bracket", start - 1));
        };
        Self::parse(&rest[..len]).map_err(|error| ValueError::new(error.expected(), start + error.offset()))
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Im(uri) | Self::Pres(uri) => uri.as_str(),
            Self::Other(uri) => uri.as_str(),
            Self::Sip(uri) => uri.as_str(),
            Self::Tel(uri) => uri.as_str(),
            Self::Urn(uri) => uri.as_str(),
        }
    }

    /// The scheme as written.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        let text = self.as_str();
        // There is a colon: it was parsed.
        &text[..text.find(':').unwrap_or_default()]
    }

    /// The SIP URI, when it is one.
    #[must_use]
    pub const fn as_sip(&self) -> Option<&SipUri<'a>> {
        match self {
            Self::Sip(uri) => Some(uri),
            _ => None,
        }
    }

    /// The telephone number, when it is one.
    #[must_use]
    pub const fn as_tel(&self) -> Option<&TelUri<'a>> {
        match self {
            Self::Tel(uri) => Some(uri),
            _ => None,
        }
    }

    /// Whether both name the same resource, by the rules of their scheme: RFC 3261 section 19.1.4 for `sip:` and
    /// `sips:`, which serve `pres:` and `im:` too, RFC 3966 section 4 for `tel:`, RFC 8141 section 3.1 for `urn:`, and
    /// RFC 3986 section 6.2.2 for all others.
    ///
    /// Of SIP URIs this is not transitive: see [`UriKey`]. The headers of a URI compare by name in any case and by
    /// value as they stand, without the rules of each header. Nothing is allocated for the few parameters that real
    /// URIs have.
    #[must_use]
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        if self.as_str() == other.as_str() {
            return true;
        }
        match (self, other) {
            (Self::Im(a), Uri::Im(b)) | (Self::Pres(a), Uri::Pres(b)) => a.equivalent(b),
            (Self::Other(a), Uri::Other(b)) => a.equivalent(b),
            (Self::Sip(a), Uri::Sip(b)) => a.equivalent(b),
            (Self::Tel(a), Uri::Tel(b)) => a.equivalent(b),
            (Self::Urn(a), Uri::Urn(b)) => a.equivalent(b),
            _ => false,
        }
    }

    /// A key for maps that all equivalent URIs share.
    #[must_use]
    pub fn key(&self) -> UriKey {
        UriKey::from(self)
    }
}

/// The `name[=value]` pairs of parameters or headers, with an ASCII character between them.
fn pairs(text: &str, between: u8) -> impl Iterator<Item = (&str, Option<&str>)> + use<'_> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let end = position(rest, between).unwrap_or(rest.len());
            let pair = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if !pair.is_empty() {
                return Some(match position(pair, b'=') {
                    Some(at) => (&pair[..at], Some(&pair[at + 1..])),
                    None => (pair, None),
                });
            }
        }
    })
}

/// The texts between the separators are of a few bytes: a plain loop finds them sooner than a search made for long
/// ones.
fn position(text: &str, wanted: u8) -> Option<usize> {
    text.bytes().position(|byte| byte == wanted)
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Uri<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_point_at_the_byte() {
        let at = |text| Uri::parse(text).unwrap_err().offset();
        assert_eq!(at("sip:a b@example.test"), 5);
        assert_eq!(at("sip:alice@"), 10);
        assert_eq!(at("sip:alice@example.test:99999"), 23);
        assert_eq!(at("sip:alice@example.test;a b"), 24);
        assert_eq!(at("sip:alice@example.test;a=b;;c"), 27);
        assert_eq!(at("sip:alice@example.test?a=b&c"), 28);
        assert_eq!(at("sip:alice@example.test?=b"), 23);
        assert_eq!(at("sip:alice:p w@example.test"), 11);
        assert_eq!(at("sip:alice:p;w@example.test"), 11);
        assert_eq!(at("sip:\u{e9}@example.test"), 4);
        assert_eq!(at("sip:@example.test"), 4);
        assert_eq!(at("http://a b"), 8);
        assert_eq!(at("nocolon"), 0);
        assert_eq!(at("1a:b"), 0);
        assert_eq!(at("sip"), 0);
        assert_eq!(at(""), 0);
        assert!(Uri::parse("sip:%zz@example.test").is_err());
        assert!(Uri::parse("<sip:a@b>").is_err());
    }

    #[test]
    fn other_schemes_are_kept() {
        let uri = Uri::parse("pres:kmh@sip2.kumoh.ac.kr").unwrap();
        assert_eq!(uri.scheme(), "pres");
        assert!(matches!(
            Uri::parse("tel:+1-201-555-0123;phone-context=x"),
            Ok(Uri::Tel(_))
        ));
        let urn = Uri::parse("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
        assert!(matches!(urn, Ok(Uri::Urn(_))));
        assert!(matches!(Uri::parse("x-y.z+1:a#b"), Ok(Uri::Other(_))));
    }
}

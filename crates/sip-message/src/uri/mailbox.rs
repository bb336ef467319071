use std::{borrow::Cow, fmt};

use super::{SipUri, escape};
use crate::{Host, ValueError, stops::Stops};

/// A `pres:` or `im:` URI (RFC 3859 and RFC 3860, appendix A): the address of a presentity or of an instant inbox,
/// apart from the protocol that reaches it.
///
/// The RFCs have neither port nor parameters in these addresses; that some clients copy them over from a SIP URI harms
/// nothing, and both are read.
///
/// ```
/// use sip_message::{Aor, Uri};
///
/// let uri = Uri::parse("pres:fred@example.com")?;
/// let Uri::Pres(presentity) = uri else { panic!("a presentity") };
/// assert_eq!(presentity.user(), "fred");
/// // RFC 3856 section 5 resolves it to a SIP URI.
/// assert_eq!(Aor::from_uri(&uri).expect("it has a domain").as_str(), "sip:fred@example.com");
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxUri<'a> {
    // With a user.
    address: SipUri<'a>,
}

impl<'a> MailboxUri<'a> {
    /// Reads what follows the scheme, which ends before `start`.
    pub(super) fn parse_rest(text: &'a str, start: usize) -> Result<Self, ValueError> {
        let address = SipUri::parse_rest(text, start, false, escape::MAILBOX)?;
        match (address.user(), address.password()) {
            (Some(_), None) => Ok(Self { address }),
            (Some(user), Some(_)) => Err(ValueError::new("@", start + user.len())),
            (None, _) => Err(ValueError::new("a user and @", start)),
        }
    }

    /// Reads the usual form in angle brackets, from `start` on, where a scheme of this length stands.
    pub(super) fn plain(stops: &mut Stops<'a>, start: usize, scheme: usize) -> Option<Self> {
        let address = SipUri::plain(stops, start, (scheme, false), true)?;
        // What is usual has no password, and a user of letters, digits and a few marks that stand everywhere.
        address.user().map(|_| Self { address })
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.address.as_str()
    }

    /// The part before the `@` as written, escapes and all.
    #[must_use]
    pub fn user(&self) -> &'a str {
        self.address.user().unwrap_or_default()
    }

    /// The part before the `@` with its escapes undone, for people to read.
    #[must_use]
    pub fn user_unescaped(&self) -> Cow<'a, str> {
        escape::unescape(self.user())
    }

    /// The domain.
    #[must_use]
    pub fn host(&self) -> Host<'a> {
        self.address.host()
    }

    /// The headers, as written (`name=value`).
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        self.address.headers()
    }

    /// As two SIP URIs compare: no RFC says it for these.
    pub(super) fn equivalent(&self, other: &MailboxUri<'_>) -> bool {
        self.address.equivalent(&other.address)
    }

    pub(super) fn push_key(&self, out: &mut String) {
        self.address.push_key(out);
    }
}

impl fmt::Display for MailboxUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Host, Uri};

    #[test]
    fn an_address_has_a_user_a_domain_and_headers() {
        let Ok(Uri::Pres(uri)) = Uri::parse("PRES:fred%40x@Example.com?body=hi%20there&a=") else {
            panic!("a presentity")
        };
        assert_eq!((uri.user(), &*uri.user_unescaped()), ("fred%40x", "fred@x"));
        assert_eq!(uri.host(), Host::parse("Example.com").unwrap());
        let headers: Vec<_> = uri.headers().collect();
        assert_eq!(headers, [("body", Some("hi%20there")), ("a", Some(""))]);
        assert!(matches!(Uri::parse("im:fred@example.com"), Ok(Uri::Im(_))));
    }

    #[test]
    fn other_shapes_stay_uris() {
        // RFC 3859 lets the address be absent; a "?" is never part of it, as in mailto.
        for text in ["pres:?to=a@b.test", "pres:a", "im:a:pw@b.test", "im:@b.test", "pres:a@"] {
            assert!(matches!(Uri::parse(text), Ok(Uri::Other(_))), "{text}");
        }
        assert!(Uri::parse("pres:").is_err());
    }

    #[test]
    fn users_compare_in_their_case_and_domains_in_any() {
        let same = |a, b| Uri::parse(a).unwrap().equivalent(&Uri::parse(b).unwrap());
        assert!(same("pres:%61@B.test", "PRES:a@b.test"));
        assert!(!same("pres:A@b.test", "pres:a@b.test"));
        assert!(!same("pres:a@b.test", "im:a@b.test"));
        assert!(!same("pres:a@b.test?x=1", "pres:a@b.test"));
    }
}

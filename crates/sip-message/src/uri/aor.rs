use std::{fmt, sync::Arc};

use super::escape;
use crate::{Host, SipUri, TelUri, Uri, UriBuf, ValueError};

/// An address of record: who a user is, apart from scheme, port and parameters (RFC 3261 section 10.3 step 5).
///
/// `sip:`, `sips:`, `pres:` and `im:` addresses of one user and domain are one address of record: RFC 3856 section 5
/// and RFC 3428 section 5 resolve the last two to the first. The form is canonical, so an `Aor` is a map key: the
/// domain in lower case and without the dot of the DNS root, the user with the escapes that it needs and no other.
///
/// ```
/// use sip_message::{Aor, Uri};
///
/// let a = Aor::from_uri(&Uri::parse("sip:%61lice@Example.TEST:5060;transport=tcp")?).expect("user and host");
/// let b = Aor::from_uri(&Uri::parse("pres:alice@example.test")?).expect("user and host");
/// assert_eq!(a, b);
/// assert_eq!(a.to_string(), "sip:alice@example.test");
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aor {
    // `sip:user@host`
    text: Arc<str>,
    // Where the host begins.
    host: u32,
}

const SCHEME: &str = "sip:";

impl Aor {
    /// The address of record that a URI names. `None` when it has no user or no host.
    #[must_use]
    pub fn from_uri(uri: &Uri<'_>) -> Option<Self> {
        match uri {
            Uri::Im(mailbox) | Uri::Pres(mailbox) => Some(Self::from_parts(mailbox.user(), mailbox.host())),
            Uri::Sip(sip) => Some(Self::from_parts(sip.user()?, sip.host())),
            Uri::Other(_) | Uri::Tel(_) | Uri::Urn(_) => None,
        }
    }

    /// The address of record that a telephone number has in a domain: its canonical form as the user, as RFC 3261
    /// section 19.1.6 turns a `tel:` URI into a SIP URI. A number alone is no address of record: it names no domain.
    ///
    /// ```
    /// use sip_message::{Aor, TelUri};
    ///
    /// let aor = Aor::from_tel(&TelUri::parse("tel:+1-201-555-0123")?, "example.test")?;
    /// assert_eq!(aor.as_str(), "sip:+12015550123@example.test");
    /// # Ok::<(), sip_message::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// When the domain is no host.
    pub fn from_tel(tel: &TelUri<'_>, domain: &str) -> Result<Self, ValueError> {
        Ok(Self::from_parts(&tel.canonical(), Host::parse(domain)?))
    }

    /// The address of record `user@domain`, the user given without escapes.
    ///
    /// # Errors
    /// When the user is empty or the domain is no host.
    pub fn new(user: &str, domain: &str) -> Result<Self, ValueError> {
        if user.is_empty() {
            return Err(ValueError::new("a user", 0));
        }
        Ok(Self::from_octets(user.bytes(), Host::parse(domain)?))
    }

    /// Reads `sip:user@domain` or `user@domain`.
    ///
    /// # Errors
    /// When `text` is neither.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let has_scheme = ["sip:", "sips:", "pres:", "im:"].iter().any(|scheme| {
            text.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        if has_scheme {
            return Self::from_uri(&Uri::parse(text)?).ok_or(ValueError::new("user@domain", 0));
        }
        if !text.contains('@') {
            return Err(ValueError::new("user@domain", 0));
        }
        let with_scheme = format!("{SCHEME}{text}");
        let uri = SipUri::parse(&with_scheme)
            .map_err(|error| ValueError::new(error.expected(), error.offset().saturating_sub(SCHEME.len())))?;
        let user = uri.user().ok_or(ValueError::new("user@domain", 0))?;
        // What stands before the colon is another scheme then, and no user with a password.
        if uri.password().is_some() {
            return Err(ValueError::new("@", user.len()));
        }
        Ok(Self::from_parts(user, uri.host()))
    }

    /// "Any escaped characters MUST be converted to their unescaped form" (RFC 3261 section 10.3 step 5), but for those
    /// that would not stand in a user part then.
    fn from_parts(user: &str, host: Host<'_>) -> Self {
        Self::from_octets(escape::octets(user), host)
    }

    fn from_octets(user: impl Iterator<Item = u8>, host: Host<'_>) -> Self {
        let mut text = String::with_capacity(64);
        text.push_str(SCHEME);
        escape::push_escaped(&mut text, user, escape::USER);
        text.push('@');
        let host_at = text.len();
        match host {
            Host::Name(name) => text.push_str(name.as_str().strip_suffix('.').unwrap_or(name.as_str())),
            Host::V4(_) | Host::V6(_) => text.push_str(&host.to_string()),
        }
        text[host_at..].make_ascii_lowercase();
        Self {
            text: text.into(),
            host: u32::try_from(host_at).unwrap_or(u32::MAX),
        }
    }

    /// The user part, with the escapes that it needs.
    #[must_use]
    pub fn user(&self) -> &str {
        let end = (self.host as usize).saturating_sub(1);
        self.text.get(SCHEME.len()..end).unwrap_or_default()
    }

    /// The domain in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.host as usize..).unwrap_or_default()
    }

    /// The address as a `sip:` URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as a URI that owns its text.
    #[must_use]
    pub fn to_uri(&self) -> UriBuf {
        UriBuf::parse(&*self.text).expect("the canonical form of a user and a host is a SIP URI")
    }
}

impl fmt::Display for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_that_matter_stay() {
        let aor = |text| Aor::from_uri(&Uri::parse(text).unwrap()).unwrap();
        assert_ne!(aor("sip:j%40doe@example.test"), aor("sip:jdoe@example.test"));
        assert_eq!(aor("sip:j%40doe@example.test").user(), "j%40doe");
        assert_eq!(aor("sip:null-%00-null@example.com").user(), "null-%00-null");
        assert_ne!(aor("sip:null-%00-null@example.com"), aor("sip:null-@example.com"));
        assert_ne!(aor("sip:Alice@example.test"), aor("sip:alice@example.test"));
        assert_eq!(aor("sip:a@[::1]").domain(), "[::1]");
        assert_eq!(aor("sip:a@[0:0::1]"), aor("sip:a@[::1]:5070"));
        assert_eq!(aor("sip:a%3bb@c.test"), aor("sip:a;b@c.test"));
        assert_eq!(aor("sip:alice@Example.test."), aor("sip:alice@example.test"));
    }

    #[test]
    fn texts_of_people_are_read() {
        assert_eq!(
            Aor::parse("alice@example.test").unwrap(),
            Aor::new("alice", "EXAMPLE.test").unwrap()
        );
        assert_eq!(
            Aor::parse("SIPS:alice@example.test").unwrap().to_string(),
            "sip:alice@example.test"
        );
        for (text, at) in [
            ("alice", 0),
            ("tel:+12015550123", 0),
            ("al ice@example.test", 2),
            ("alice@example_.test@", 19),
            ("mailto:alice@example.test", 6),
            ("alice:secret@example.test", 5),
            ("sip:al ice@example.test", 6),
        ] {
            assert_eq!(Aor::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(Aor::parse("").is_err());
        assert!(Aor::new("", "example.test").is_err());
        assert_eq!(Aor::new("a", "0::1").unwrap().to_uri().as_str(), "sip:a@[::1]");
    }
}

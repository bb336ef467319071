use std::{fmt, str::FromStr};

use crate::error::{InvalidValue, ValueKind};

/// An absolute URI, as RFC 3862 takes it from RFC 2396: a scheme, a colon, and what the scheme defines. No fragment.
///
/// `[` and `]` are allowed, for IPv6 references (RFC 2732). Two are equal when their bytes are, which is how namespaces
/// are compared; schemes have finer rules, and this crate knows no schemes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    /// Checks and takes a URI.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it is relative, has a fragment, or has a character that must be percent-escaped.
    pub fn new(uri: impl Into<String>) -> Result<Self, InvalidValue> {
        let uri = uri.into();
        match check(&uri) {
            Ok(()) => Ok(Self(uri)),
            Err(offset) => Err(InvalidValue::new(ValueKind::Uri, offset)),
        }
    }

    /// The URI as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scheme, without the colon, as written. Schemes are case-insensitive.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// Who is meant where, for the schemes that name users of a domain: `im`, `pres`, `sip`, `sips`, `xmpp`. The user is
    /// empty where there is none.
    ///
    /// A user part may have any of `;?/` (RFC 3261 section 25.1), but no `@`: the first one ends it. Neither has the
    /// host, so that what follows one of the three there is something else.
    pub(crate) fn mailbox(&self) -> (&str, &str) {
        let (_, rest) = self.0.split_once(':').unwrap_or_default();
        let (user, rest) = rest.split_once('@').unwrap_or(("", rest));
        let (user, _password) = user.split_once(':').unwrap_or((user, ""));
        let host = rest.split([';', '?', '/']).next().unwrap_or_default();
        let name = match host.split_once(']') {
            Some((address, _)) => address.trim_start_matches('['),
            None => host.split(':').next().unwrap_or_default(),
        };
        (user, name.trim_end_matches('.'))
    }
}

/// Tells at which byte `uri` stops being an absolute URI.
pub(crate) fn check(uri: &str) -> Result<(), usize> {
    let Some(colon) = memchr::memchr(b':', uri.as_bytes()) else {
        return Err(uri.len());
    };
    let (scheme, rest) = uri.split_at(colon);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err(0);
    }
    if let Some(at) = scheme.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))) {
        return Err(at);
    }
    let mut bytes = rest.bytes().enumerate().skip(1);
    let mut empty = true;
    while let Some((at, byte)) = bytes.next() {
        empty = false;
        let fine = match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|(_, byte)| byte.is_ascii_hexdigit());
                digit() && digit()
            }
            _ => is_uri_byte(byte),
        };
        if !fine {
            return Err(colon + at);
        }
    }
    if empty { Err(uri.len()) } else { Ok(()) }
}

fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b";/?:@&=+$,-_.!~*'()[]".contains(&byte)
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Uri {
    type Err = InvalidValue;

    fn from_str(uri: &str) -> Result<Self, InvalidValue> {
        Self::new(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_uris_of_any_scheme_are_taken() {
        for uri in [
            "im:pooh@100akerwood.com",
            "sip:chatroom22@chat.example.com;transport=tcp",
            "sip:[2001:db8::1]:5060",
            "urn:ietf:params:cpim-headers:",
            "mid:MessageFeatures@id.foo.com",
            "http://id.acme.widgets/wily-headers/?a=b%20c",
            "tel:+1-201-555-0123",
        ] {
            assert_eq!(Uri::new(uri).expect(uri).as_str(), uri);
        }
        assert_eq!(Uri::new("xmpp:a@b/c").unwrap().scheme(), "xmpp");
    }

    #[test]
    fn a_mailbox_is_a_user_and_a_host() {
        for (uri, mailbox) in [
            ("im:pooh@100akerwood.com", ("pooh", "100akerwood.com")),
            ("sip:a;b=c?d/e@example.com;x=y", ("a;b=c?d/e", "example.com")),
            ("sip:alice:secret@example.com.:5060;lr?a=b", ("alice", "example.com")),
            ("im:alice@example.com?cc=bob@example.net", ("alice", "example.com")),
            ("sip:[2001:db8::1]:5060", ("", "2001:db8::1")),
            ("sip:example.com;x=y", ("", "example.com")),
            ("xmpp:alice@example.com/desk@home", ("alice", "example.com")),
        ] {
            assert_eq!(Uri::new(uri).unwrap().mailbox(), mailbox, "{uri}");
        }
    }

    #[test]
    fn what_is_no_absolute_uri_is_refused_where_it_fails() {
        for (uri, offset) in [
            ("", 0),
            ("alice", 5),
            ("im:", 3),
            (":x", 0),
            ("1im:x", 0),
            ("i m:x", 1),
            ("im:a b", 4),
            ("im:a#frag", 4),
            ("im:a%2", 4),
            ("im:a%zz", 4),
            ("im:<x>", 3),
            ("im:\\u0041", 3),
            ("im:é", 3),
            ("im:a\r\n", 4),
        ] {
            assert_eq!(Uri::new(uri).unwrap_err().offset(), offset, "{uri:?}");
        }
    }
}

use std::{borrow::Cow, fmt};

use super::{compare, escape, host::HostKind, pairs};
use crate::{Host, ValueError};

mod read;

pub(crate) use read::scheme;

/// A `sip:` or `sips:` URI (RFC 3261 section 19.1.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SipUri<'a> {
    text: &'a str,
    parts: Parts,
}

/// What the parts are and where in the text. Offsets instead of slices keep what is copied around small.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Parts {
    user: u32,
    // Where the user part ends, and the password behind it; the start when there is no userinfo.
    user_end: u32,
    password_end: u32,
    host: u32,
    host_end: u32,
    // The first semicolon, or where it would be.
    params: u32,
    // The question mark, or the end.
    headers: u32,
    port: Option<u16>,
    host_kind: HostKind,
    secure: bool,
}

impl<'a> SipUri<'a> {
    /// Reads a `sip:` or `sips:` URI that stands alone.
    ///
    /// # Errors
    /// Names what was expected at which byte of `text`.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        match scheme(text) {
            Some((start, secure)) => Self::parse_rest(text, start, secure, escape::USER),
            None => Err(ValueError::new("sip: or sips:", 0)),
        }
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// `sips:`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.parts.secure
    }

    /// The user part as written, escapes and all. `None` when there is no `@`.
    #[must_use]
    pub fn user(&self) -> Option<&'a str> {
        // No user is empty: there would be no `@` to read.
        Some(self.slice(self.parts.user, self.parts.user_end)).filter(|user| !user.is_empty())
    }

    /// The user part with its escapes undone. Octets that are not UTF-8 become U+FFFD.
    ///
    /// For people to read: undone, `j%40doe` has an `@` and `a%00b` a NUL that split nothing in the URI. To compare
    /// users, use [`Aor`](crate::Aor) or [`Uri::equivalent`](crate::Uri::equivalent).
    #[must_use]
    pub fn user_unescaped(&self) -> Option<Cow<'a, str>> {
        self.user().map(escape::unescape)
    }

    /// The password, which RFC 3261 advises against.
    #[must_use]
    pub fn password(&self) -> Option<&'a str> {
        let Parts {
            user_end, password_end, ..
        } = self.parts;
        (password_end > user_end).then(|| self.slice(user_end + 1, password_end))
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> Host<'a> {
        let Parts { host, host_end, .. } = self.parts;
        self.parts.host_kind.host(self.slice(host, host_end))
    }

    /// The port, when one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.parts.port
    }

    /// The URI parameters in order, as written.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.params_text(), b';')
    }

    /// The value of a URI parameter: `None` when absent, `Some(None)` when it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&'a str>> {
        compare::first(self.params_text(), name)
    }

    /// The headers that a request made of this URI is to carry, as written (`name=value`).
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.headers_text(), b'&')
    }

    /// Whether there is a `?`.
    #[must_use]
    pub const fn has_headers(&self) -> bool {
        (self.parts.headers as usize) < self.text.len()
    }

    /// The parameters from the first semicolon on, or nothing.
    pub(super) fn params_text(&self) -> &'a str {
        self.slice(self.parts.params, self.parts.headers)
    }

    /// What is behind the question mark.
    pub(super) fn headers_text(&self) -> &'a str {
        self.text.get(self.parts.headers as usize + 1..).unwrap_or_default()
    }

    #[inline]
    fn slice(&self, start: u32, end: u32) -> &'a str {
        &self.text[start as usize..end as usize]
    }
}

impl fmt::Debug for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SipUri").field(&self.text).finish()
    }
}

impl fmt::Display for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uri;

    #[test]
    fn parts_are_told_apart() {
        let uri = Uri::parse("sips:1212:pw@[2001:db8::10]:5061;user=phone;lr?Subject=a%20b").unwrap();
        let sip = uri.as_sip().unwrap();
        assert!(sip.is_secure());
        assert_eq!((sip.user(), sip.password()), (Some("1212"), Some("pw")));
        assert_eq!(sip.host(), Host::V6("2001:db8::10".parse().unwrap()));
        assert_eq!(sip.port(), Some(5061));
        assert_eq!(
            sip.params().collect::<Vec<_>>(),
            [("user", Some("phone")), ("lr", None)]
        );
        assert_eq!(sip.headers().collect::<Vec<_>>(), [("Subject", Some("a%20b"))]);
        let escaped = Uri::parse("sip:a@b.test;%4Cr").unwrap();
        assert_eq!(escaped.as_sip().unwrap().param("lr"), Some(None));
        // RFC 4475 semiuri: the parameter belongs to the user.
        let uri = Uri::parse("sip:user;par=u%40example.net@example.com").unwrap();
        assert_eq!(
            uri.as_sip().unwrap().user_unescaped().unwrap(),
            "user;par=u@example.net"
        );
    }
}

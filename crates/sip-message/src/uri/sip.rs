use std::{borrow::Cow, fmt};

use super::{
    compare,
    escape::{self, Class},
    pairs,
};
use crate::{Host, ValueError};

/// A `sip:` or `sips:` URI (RFC 3261 section 19.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipUri<'a> {
    text: &'a str,
    secure: bool,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Host<'a>,
    port: Option<u16>,
    // From the first semicolon on, or empty.
    pub(super) params: &'a str,
    // Behind the question mark.
    pub(super) headers: Option<&'a str>,
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
        self.secure
    }

    /// The user part as written, escapes and all. `None` when there is no `@`.
    #[must_use]
    pub const fn user(&self) -> Option<&'a str> {
        self.user
    }

    /// The user part with its escapes undone. Octets that are not UTF-8 become U+FFFD.
    ///
    /// For people to read: undone, `j%40doe` has an `@` and `a%00b` a NUL that split nothing in the URI. To compare
    /// users, use [`Aor`](crate::Aor) or [`Uri::equivalent`](crate::Uri::equivalent).
    #[must_use]
    pub fn user_unescaped(&self) -> Option<Cow<'a, str>> {
        self.user.map(escape::unescape)
    }

    /// The password, which RFC 3261 advises against.
    #[must_use]
    pub const fn password(&self) -> Option<&'a str> {
        self.password
    }

    /// The host.
    #[must_use]
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port, when one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The URI parameters in order, as written.
    pub fn params(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.params, b';')
    }

    /// The value of a URI parameter: `None` when absent, `Some(None)` when it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&'a str>> {
        compare::first(self.params, name)
    }

    /// The headers that a request made of this URI is to carry, as written (`name=value`).
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.headers.unwrap_or_default(), b'&')
    }

    /// Whether there is a `?`.
    #[must_use]
    pub const fn has_headers(&self) -> bool {
        self.headers.is_some()
    }

    /// Reads what follows the scheme. `user_class` is what the user part may carry.
    pub(super) fn parse_rest(text: &'a str, start: usize, secure: bool, user_class: Class) -> Result<Self, ValueError> {
        let bytes = text.as_bytes();
        let user_end = escape::span(bytes, start, user_class);
        let userinfo_end = match bytes.get(user_end) {
            Some(b':') => escape::span(bytes, user_end + 1, escape::PASSWORD),
            _ => user_end,
        };
        let (mut user, mut password, mut at) = (None, None, start);
        // Nothing behind the userinfo has an "@" of its own.
        if bytes.get(userinfo_end) == Some(&b'@') {
            if user_end == start {
                return Err(ValueError::new("a user before the @", start));
            }
            user = Some(&text[start..user_end]);
            password = (userinfo_end > user_end).then(|| &text[user_end + 1..userinfo_end]);
            at = userinfo_end + 1;
        }
        let Some((after_host, host)) = Host::parse_prefix(&text[at..]) else {
            return Err(expected("a host", text, at, user, userinfo_end));
        };
        at = text.len() - after_host.len();
        let mut port = None;
        if bytes.get(at) == Some(&b':') {
            let (end, number) = port_number(bytes, at + 1);
            port = match number {
                Some(number) => Some(number),
                None => return Err(expected("a port", text, at + 1, user, userinfo_end)),
            };
            at = end;
        }
        let params_at = at;
        while bytes.get(at) == Some(&b';') {
            let name_end = escape::span(bytes, at + 1, escape::PARAM);
            if name_end == at + 1 {
                return Err(ValueError::new("a parameter name", name_end));
            }
            at = match bytes.get(name_end) {
                Some(b'=') => escape::span(bytes, name_end + 1, escape::PARAM_VALUE),
                _ => name_end,
            };
        }
        let params = &text[params_at..at];
        let mut headers = None;
        if bytes.get(at) == Some(&b'?') {
            let headers_at = at + 1;
            at = header_fields(bytes, headers_at)?;
            headers = Some(&text[headers_at..at]);
        }
        if at < bytes.len() {
            return Err(expected(leftover(params, headers), text, at, user, userinfo_end));
        }
        Ok(Self {
            text,
            secure,
            user,
            password,
            host,
            port,
            params,
            headers,
        })
    }
}

impl fmt::Display for SipUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Where the part behind `sip:` or `sips:` begins, and which of the two it is.
pub(super) fn scheme(text: &str) -> Option<(usize, bool)> {
    let [s, i, p, rest @ ..] = text.as_bytes() else {
        return None;
    };
    if [s | 0x20, i | 0x20, p | 0x20] != *b"sip" {
        return None;
    }
    match rest {
        [b':', ..] => Some((4, false)),
        [b's' | b'S', b':', ..] => Some((5, true)),
        _ => None,
    }
}

/// The port at `at`, when it is one, and where its digits end.
fn port_number(bytes: &[u8], mut at: usize) -> (usize, Option<u16>) {
    let start = at;
    let mut number = Some(0_u16);
    while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
        number = number
            .and_then(|number| number.checked_mul(10))
            .and_then(|number| number.checked_add(u16::from(digit - b'0')));
        at += 1;
    }
    (at, number.filter(|_| at > start))
}

/// Reads `name=value` pairs with `&` between them; returns where they end.
fn header_fields(bytes: &[u8], mut at: usize) -> Result<usize, ValueError> {
    loop {
        let name_end = escape::span(bytes, at, escape::HEADER);
        if name_end == at {
            return Err(ValueError::new("the name of a header", at));
        }
        if bytes.get(name_end) != Some(&b'=') {
            return Err(ValueError::new("= behind the name of a header", name_end));
        }
        at = escape::span(bytes, name_end + 1, escape::HEADER_VALUE);
        if bytes.get(at) != Some(&b'&') {
            return Ok(at);
        }
        at += 1;
    }
}

/// What may stand where a URI goes on and should not.
const fn leftover(params: &str, headers: Option<&str>) -> &'static str {
    match (params.is_empty(), headers) {
        (_, Some(_)) => "a character of a URI header, & or the end of the URI",
        (false, None) => "a character of a URI parameter, ;, ? or the end of the URI",
        (true, None) => "a port, a parameter, headers or the end of the URI",
    }
}

/// What is wrong at `at`; where there is an `@` further on, it is the userinfo that broke off.
#[cold]
fn expected(what: &'static str, text: &str, at: usize, user: Option<&str>, userinfo_end: usize) -> ValueError {
    if user.is_none() && text[at..].contains('@') {
        ValueError::new("a character of a user part or password, or @", userinfo_end)
    } else {
        ValueError::new(what, at)
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

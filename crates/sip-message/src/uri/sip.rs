use std::{borrow::Cow, fmt};

use super::{
    compare,
    escape::{self, Class},
    host::HostKind,
    pairs,
};
use crate::{Host, ValueError, scan::Scan, stops::Stops};

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

    /// Reads what follows the scheme. `user_class` is what the user part may carry.
    pub(super) fn parse_rest(text: &'a str, start: usize, secure: bool, user_class: Class) -> Result<Self, ValueError> {
        let mut scan = Scan::from(text, start);
        let uri = Self::read(&mut scan, 0, secure, user_class)?;
        if scan.at() < text.len() {
            return Err(uri.leftover(text, user_class));
        }
        Ok(uri)
    }

    /// Reads the SIP URI behind an opening angle bracket, and the closing one; nothing when there is none.
    #[inline(always)]
    pub(crate) fn read_bracketed(scan: &mut Scan<'a>) -> Option<Self> {
        let start = scan.at();
        let (rest, secure) = scheme(scan.rest())?;
        scan.advance(rest);
        if let Ok(uri) = Self::read(scan, start, secure, escape::USER)
            && scan.eat(b'>')
        {
            return Some(uri);
        }
        scan.seek(start);
        None
    }

    /// Reads the usual form from `start` on: `sip:user@host:port`, and the parameters of one in angle brackets, of which the
    /// first is the stop. Then what follows is.
    #[inline(always)]
    pub(crate) fn plain(stops: &mut Stops<'a>, start: usize, is_bracketed: bool) -> Option<Self> {
        let text = stops.text();
        let (scheme, secure) = scheme(&text[start..])?;
        if is_bracketed {
            stops.next();
        }
        let user = start + scheme;
        let (mut user_end, mut host) = (user, user);
        stops.next();
        let has_others = matches!(stops.octet(), b'_' | b'+');
        while matches!(stops.octet(), b'_' | b'+') {
            stops.next();
        }
        if stops.is(b'@') {
            user_end = stops.at();
            host = user_end + 1;
            stops.next();
        } else if has_others {
            return None;
        }
        let host_end = stops.at();
        let host_kind = HostKind::of_name(&text.as_bytes()[host..host_end], stops.is_behind_doubled_marks())?;
        let port = stops.pass_port()?;
        let params = stops.at();
        while is_bracketed && stops.is(b';') {
            let name = stops.at() + 1;
            stops.next();
            if stops.at() == name {
                return None;
            }
            if stops.is(b'=') {
                stops.next();
            }
        }
        let end = stops.at();
        let is_whole = if is_bracketed {
            stops.is(b'>')
        } else {
            stops.is(b';') || stops.is_end()
        };
        if !is_whole || (user_end == user && host > user) {
            return None;
        }
        let parts = Parts {
            user: offset(user - start),
            user_end: offset(user_end - start),
            password_end: offset(user_end - start),
            host: offset(host - start),
            host_end: offset(host_end - start),
            params: offset(params - start),
            headers: offset(end - start),
            port,
            host_kind,
            secure,
        };
        let text = &text[start..end];
        Some(Self { text, parts })
    }

    /// Reads the URI that begins at `start`, of which the scheme is read, and goes as far as it has parts. Offsets of errors
    /// count from its start.
    #[inline(always)]
    pub(super) fn read(scan: &mut Scan<'a>, start: usize, secure: bool, user_class: Class) -> Result<Self, ValueError> {
        let user = scan.at();
        let (mut user_end, mut password_end) = userinfo(scan, user_class);
        let has_user = scan.eat(b'@');
        if has_user && user_end == user {
            return Err(ValueError::new("a user before the @", user - start));
        }
        if !has_user {
            // Nothing behind the userinfo has an "@" of its own.
            (user_end, password_end) = (user, user);
            scan.seek(user);
        }
        let fail = |scan: &Scan<'a>, what, at| {
            let userinfo = (!has_user).then_some((user - start, user_class));
            Err(wrong(what, &scan.text()[start..], at - start, userinfo))
        };
        let host = scan.at();
        let Some(host_kind) = HostKind::read(scan) else {
            return fail(scan, "a host", host);
        };
        let host_end = scan.at();
        let mut port = None;
        if scan.eat(b':') {
            let port_at = scan.at();
            port = scan.number().ok();
            if port.is_none() {
                return fail(scan, "a port", port_at);
            }
        }
        let params = scan.at();
        while scan.eat(b';') {
            let name = scan.at();
            escape::skip(scan, escape::PARAM);
            if scan.at() == name {
                return Err(ValueError::new("a parameter name", name - start));
            }
            if scan.eat(b'=') {
                escape::skip(scan, escape::PARAM_VALUE);
            }
        }
        let headers = scan.at();
        if scan.eat(b'?') {
            let end = header_fields(scan.text(), scan.at());
            scan.seek(end.map_err(|error| ValueError::new(error.expected(), error.offset() - start))?);
        }
        let text = scan.since(start);
        let Ok(_) = u32::try_from(text.len()) else {
            return Err(ValueError::new("a URI of less than 4 GiB", 0));
        };
        let parts = Parts {
            user: offset(user - start),
            user_end: offset(user_end - start),
            password_end: offset(password_end - start),
            host: offset(host - start),
            host_end: offset(host_end - start),
            params: offset(params - start),
            headers: offset(headers - start),
            port,
            host_kind,
            secure,
        };
        Ok(Self { text, parts })
    }

    /// The error of a text that goes on behind this URI.
    #[cold]
    pub(super) fn leftover(&self, text: &str, user_class: Class) -> ValueError {
        let what = if self.has_headers() {
            "a character of a URI header, & or the end of the URI"
        } else if self.params_text().is_empty() {
            "a port, a parameter, headers or the end of the URI"
        } else {
            "a character of a URI parameter, ;, ? or the end of the URI"
        };
        let userinfo = self.user().is_none().then_some((self.parts.user as usize, user_class));
        wrong(what, text, self.text.len(), userinfo)
    }
}

/// An offset of a URI, which is found to fit.
#[expect(clippy::cast_possible_truncation, reason = "the end of the URI is checked to fit")]
const fn offset(at: usize) -> u32 {
    at as u32
}

/// Reads what may be a user part and the password behind it; returns where each of them ends.
#[inline(always)]
fn userinfo(scan: &mut Scan<'_>, user_class: Class) -> (usize, usize) {
    escape::skip(scan, user_class);
    let user_end = scan.at();
    if scan.eat(b':') {
        escape::skip(scan, escape::PASSWORD);
    }
    (user_end, scan.at())
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

/// Reads `name=value` pairs with `&` between them; returns where they end.
#[inline(never)]
fn header_fields(text: &str, start: usize) -> Result<usize, ValueError> {
    let mut scan = Scan::from(text, start);
    loop {
        let name = scan.at();
        escape::skip(&mut scan, escape::HEADER);
        if scan.at() == name {
            return Err(scan.expected("the name of a header"));
        }
        if !scan.eat(b'=') {
            return Err(scan.expected("= behind the name of a header"));
        }
        escape::skip(&mut scan, escape::HEADER_VALUE);
        if !scan.eat(b'&') {
            return Ok(scan.at());
        }
    }
}

/// What is wrong at `at`; where there is an `@` further on, it is the userinfo from `start` on that broke off.
#[cold]
fn wrong(what: &'static str, text: &str, at: usize, userinfo_at: Option<(usize, Class)>) -> ValueError {
    match userinfo_at {
        Some((start, user_class)) if text[at..].contains('@') => {
            let (_, end) = userinfo(&mut Scan::from(text, start), user_class);
            ValueError::new("a character of a user part or password, or @", end)
        }
        _ => ValueError::new(what, at),
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

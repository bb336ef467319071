//! How a `sip:` or `sips:` URI is read.

use super::{Parts, SipUri};
use crate::{
    ValueError,
    scan::Scan,
    stops::Stops,
    uri::{
        escape::{self, Class},
        host::HostKind,
    },
};

impl<'a> SipUri<'a> {
    /// Reads what follows the scheme. `user_class` is what the user part may carry.
    pub(in crate::uri) fn parse_rest(
        text: &'a str,
        start: usize,
        secure: bool,
        user_class: Class,
    ) -> Result<Self, ValueError> {
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

    /// Reads the usual form from `start` on, where the scheme stands that [`scheme`] told: `sip:user@host:port`, and the
    /// parameters of one in angle brackets, of which the first is the stop. Then what follows is.
    #[inline(always)]
    pub(crate) fn plain(
        stops: &mut Stops<'a>,
        start: usize,
        (scheme, secure): (usize, bool),
        is_bracketed: bool,
    ) -> Option<Self> {
        let text = stops.text();
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
    pub(in crate::uri) fn read(
        scan: &mut Scan<'a>,
        start: usize,
        secure: bool,
        user_class: Class,
    ) -> Result<Self, ValueError> {
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
    pub(in crate::uri) fn leftover(&self, text: &str, user_class: Class) -> ValueError {
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

/// Where the part behind `sip:` or `sips:` begins, and which of the two it is.
pub(crate) fn scheme(text: &str) -> Option<(usize, bool)> {
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

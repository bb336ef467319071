use std::{borrow::Cow, cmp::Ordering, fmt};

use super::{
    escape::{self, Class, Rule},
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
    params: &'a str,
    // Behind the question mark.
    headers: Option<&'a str>,
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
        first(self.params, name)
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

    /// RFC 3261 section 19.1.4.
    pub(super) fn equivalent(&self, other: &SipUri<'_>) -> bool {
        let same = |rule: Rule, mine: Option<&str>, theirs: Option<&str>| match (mine, theirs) {
            (None, None) => true,
            (Some(mine), Some(theirs)) => rule.same(mine, theirs),
            _ => false,
        };
        self.secure == other.secure
            && self.port == other.port
            && same(Rule::USER, self.user, other.user)
            && same(Rule::PASSWORD, self.password, other.password)
            && self.host.same(&other.host)
            && params_match(self.params, other.params)
            && headers_match(self.headers.unwrap_or_default(), other.headers.unwrap_or_default())
    }

    /// Appends what all URIs that are equivalent to this one have in common, behind the scheme.
    pub(super) fn push_key(&self, out: &mut String) {
        if let Some(user) = self.user {
            Rule::USER.push(out, user);
            if let Some(password) = self.password {
                out.push(':');
                Rule::PASSWORD.push(out, password);
            }
            out.push('@');
        }
        let host_at = out.len();
        out.push_str(&self.host.to_string());
        out[host_at..].make_ascii_lowercase();
        if let Some(port) = self.port {
            out.push_str(&format!(":{port}"));
        }
        for name in NEVER_IGNORED {
            if let Some(value) = first(self.params, name) {
                out.push(';');
                out.push_str(name);
                if let Some(value) = value {
                    out.push('=');
                    value_rule(name).push(out, value);
                }
            }
        }
        let mut headers: Vec<_> = self.headers().collect();
        headers.sort_by(compare_headers);
        for (at, (name, value)) in headers.into_iter().enumerate() {
            out.push(if at == 0 { '?' } else { '&' });
            Rule::HEADER.push(out, name);
            out.push('=');
            Rule::HEADER_VALUE.push(out, value.unwrap_or_default());
        }
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

/// The parameters that make URIs differ when one has them and the other has not, in the order of a key.
const NEVER_IGNORED: [&str; 5] = ["maddr", "method", "transport", "ttl", "user"];

/// Up to so many parameters or headers on either side are compared each with each, without an allocation; more are
/// sorted first, so that a peer's list of thousands takes no quadratic time.
const FEW: usize = 8;

fn is_never_ignored(name: &str) -> bool {
    NEVER_IGNORED.iter().any(|known| Rule::PARAM.same(name, known))
}

fn value_rule(name: &str) -> Rule {
    if Rule::PARAM.same(name, "method") {
        Rule::METHOD
    } else {
        Rule::PARAM_VALUE
    }
}

/// The value of the first parameter of a name. A name that stands twice, which RFC 3261 section 19.1.1 forbids, counts
/// where it stands first.
fn first<'a>(params: &'a str, name: &str) -> Option<Option<&'a str>> {
    pairs(params, b';')
        .find(|(key, _)| Rule::PARAM.same(key, name))
        .map(|(_, value)| value)
}

fn is_few(text: &str, between: u8) -> bool {
    text.bytes().filter(|byte| *byte == between).count() <= FEW
}

/// A parameter in both must have the same value; one that is in one URI only is ignored, with exceptions.
fn params_match(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    if is_few(a, b';') && is_few(b, b';') {
        return params_fit(a, b) && params_fit(b, a);
    }
    let (a, b) = (params_by_name(a), params_by_name(b));
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return true,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((mine, _)), Some((theirs, _))) => Rule::PARAM.compare(mine, theirs),
        };
        let mine = if order.is_le() { a.next() } else { None };
        let theirs = if order.is_ge() { b.next() } else { None };
        let fits = match (mine, theirs) {
            (Some((name, mine)), Some((_, theirs))) => values_match(name, mine, theirs),
            (Some((name, _)), None) | (None, Some((name, _))) => !is_never_ignored(name),
            (None, None) => true,
        };
        if !fits {
            return false;
        }
    }
}

/// Whether every parameter of `a` stands in `b` with the same value, or may be missing there.
fn params_fit(a: &str, b: &str) -> bool {
    pairs(a, b';')
        .enumerate()
        .all(|(at, (name, value))| match first(b, name) {
            None => !is_never_ignored(name),
            Some(other) if values_match(name, value, other) => true,
            // Not the first of its name, so it does not count.
            Some(_) => pairs(a, b';')
                .take(at)
                .any(|(earlier, _)| Rule::PARAM.same(earlier, name)),
        })
}

fn values_match(name: &str, a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => value_rule(name).same(a, b),
        _ => false,
    }
}

/// The first parameter of each name, sorted by name.
fn params_by_name(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut params: Vec<_> = pairs(text, b';').collect();
    // Stable: of one name, the first stays the first.
    params.sort_by(|(a, _), (b, _)| Rule::PARAM.compare(a, b));
    params.dedup_by(|(later, _), (earlier, _)| Rule::PARAM.same(earlier, later));
    params
}

/// Header components are never ignored; they compare in any order.
fn headers_match(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    if is_few(a, b'&') && is_few(b, b'&') {
        let count = |text, header| {
            pairs(text, b'&')
                .filter(|other| compare_headers(other, &header).is_eq())
                .count()
        };
        return pairs(a, b'&').count() == pairs(b, b'&').count()
            && pairs(a, b'&').all(|header| count(a, header) == count(b, header));
    }
    let sorted = |text| {
        let mut headers: Vec<_> = pairs(text, b'&').collect();
        headers.sort_by(compare_headers);
        headers
    };
    let (a, b) = (sorted(a), sorted(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| compare_headers(a, b).is_eq())
}

fn compare_headers(a: &(&str, Option<&str>), b: &(&str, Option<&str>)) -> Ordering {
    let values = || Rule::HEADER_VALUE.compare(a.1.unwrap_or_default(), b.1.unwrap_or_default());
    Rule::HEADER.compare(a.0, b.0).then_with(values)
}

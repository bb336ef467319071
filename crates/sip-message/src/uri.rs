use std::{borrow::Cow, collections::BTreeMap, fmt};

use crate::{Host, ValueError, escape};

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
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Uri<'a> {
    /// Any other scheme: `tel`, `pres`, `im`, `urn`, `http` ...
    Other(OtherUri<'a>),
    /// `sip:` and `sips:`.
    Sip(SipUri<'a>),
}

/// A `sip:` or `sips:` URI (RFC 3261 section 19.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipUri<'a> {
    text: &'a str,
    secure: bool,
    user: Option<&'a str>,
    password: Option<&'a str>,
    host: Host<'a>,
    port: Option<u16>,
    params: &'a str,
    headers: Option<&'a str>,
}

/// A URI of a scheme other than `sip` and `sips`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherUri<'a> {
    text: &'a str,
    scheme: &'a str,
    rest: &'a str,
}

impl<'a> Uri<'a> {
    /// Reads a URI that stands alone.
    ///
    /// # Errors
    /// Names what was expected at which byte of `text`.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        let colon = text.find(':').ok_or(ValueError::new("a scheme and a colon", 0))?;
        let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
        let first_is_letter = scheme.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
        let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !first_is_letter || !scheme.bytes().all(is_scheme_byte) {
            return Err(ValueError::new("a URI scheme", 0));
        }
        let secure = scheme.eq_ignore_ascii_case("sips");
        if secure || scheme.eq_ignore_ascii_case("sip") {
            return SipUri::parse_rest(text, colon + 1, secure).map(Self::Sip);
        }
        if rest.is_empty() {
            return Err(ValueError::new("something after the scheme", text.len()));
        }
        escape::check(rest, escape::is_uric).map_err(|at| ValueError::new("a URI character", colon + 1 + at))?;
        Ok(Self::Other(OtherUri { text, scheme, rest }))
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Other(uri) => uri.text,
            Self::Sip(uri) => uri.text,
        }
    }

    /// The scheme as written.
    #[must_use]
    pub fn scheme(&self) -> &'a str {
        match self {
            Self::Other(uri) => uri.scheme,
            Self::Sip(uri) => uri.text.split(':').next().unwrap_or_default(),
        }
    }

    /// The SIP URI, when it is one.
    #[must_use]
    pub const fn as_sip(&self) -> Option<&SipUri<'a>> {
        match self {
            Self::Other(_) => None,
            Self::Sip(uri) => Some(uri),
        }
    }

    /// Whether both name the same resource: RFC 3261 section 19.1.4 for SIP URIs, the same text (scheme in any case)
    /// for others.
    #[must_use]
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        match (self, other) {
            (Self::Sip(a), Uri::Sip(b)) => a.equivalent(b),
            (Self::Other(a), Uri::Other(b)) => a.scheme.eq_ignore_ascii_case(b.scheme) && a.rest == b.rest,
            _ => false,
        }
    }
}

impl<'a> OtherUri<'a> {
    /// What follows the scheme and its colon.
    #[must_use]
    pub const fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> SipUri<'a> {
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
        pairs(self.params, ';')
    }

    /// The value of a URI parameter: `None` when absent, `Some(None)` when it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&'a str>> {
        let is_same = |key: &str| match key.contains('%') {
            true => lower_comparable(key) == lower_comparable(name),
            false => key.eq_ignore_ascii_case(name),
        };
        self.params().find(|(key, _)| is_same(key)).map(|(_, value)| value)
    }

    /// The headers that a request made of this URI is to carry, as written (`name=value`).
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        pairs(self.headers.unwrap_or_default(), '&')
    }

    /// Whether there is a `?`.
    #[must_use]
    pub const fn has_headers(&self) -> bool {
        self.headers.is_some()
    }

    fn parse_rest(text: &'a str, start: usize, secure: bool) -> Result<Self, ValueError> {
        let bad = |expected, at: usize| Err(ValueError::new(expected, at));
        let rest = &text[start..];
        // The userinfo has no "@" of its own, and neither has anything but a header value before one.
        let (user, password, host_at) = match rest.find('@') {
            None => (None, None, start),
            Some(at) => {
                let userinfo = &rest[..at];
                let (user, password) = match userinfo.split_once(':') {
                    Some((user, password)) => (user, Some(password)),
                    None => (userinfo, None),
                };
                if user.is_empty() {
                    return bad("a user before the @", start);
                }
                if let Err(wrong) = escape::check(user, escape::is_user) {
                    return bad("a character of a user part", start + wrong);
                }
                if let Some(Err(wrong)) = password.map(|password| escape::check(password, escape::is_password)) {
                    return bad("a character of a password", start + user.len() + 1 + wrong);
                }
                (Some(user), password, start + at + 1)
            }
        };
        let (after_host, host) = Host::parse_prefix(&text[host_at..]).ok_or(ValueError::new("a host", host_at))?;
        let mut at = text.len() - after_host.len();
        let mut port = None;
        if let Some(digits) = after_host.strip_prefix(':') {
            let len = digits.bytes().take_while(u8::is_ascii_digit).count();
            port = match digits[..len].parse::<u16>() {
                Ok(number) if len > 0 => Some(number),
                _ => return bad("a port", at + 1),
            };
            at += 1 + len;
        }
        let tail = &text[at..];
        let (params, headers) = match tail.find('?') {
            Some(question) => (&tail[..question], Some(&tail[question + 1..])),
            None => (tail, None),
        };
        if !params.is_empty() && !params.starts_with(';') {
            return bad("a parameter, headers or the end of the URI", at);
        }
        if let Err(wrong) = escape::check(params, |byte| escape::is_param(byte) || matches!(byte, b';' | b'=')) {
            return bad("a character of a URI parameter", at + wrong);
        }
        if params
            .split(';')
            .skip(1)
            .any(|param| param.is_empty() || param.starts_with('='))
        {
            return bad("a parameter name", at);
        }
        if let Some(headers) = headers {
            let headers_at = at + params.len() + 1;
            if let Err(wrong) = escape::check(headers, |byte| escape::is_header(byte) || matches!(byte, b'&' | b'=')) {
                return bad("a character of a URI header", headers_at + wrong);
            }
            if headers
                .split('&')
                .any(|header| !header.contains('=') || header.starts_with('='))
            {
                return bad("name=value", headers_at);
            }
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
    fn equivalent(&self, other: &SipUri<'_>) -> bool {
        let same_user = match (self.user, other.user) {
            (None, None) => true,
            (Some(a), Some(b)) => escape::comparable(a) == escape::comparable(b),
            _ => false,
        };
        let same_password = match (self.password, other.password) {
            (None, None) => true,
            (Some(a), Some(b)) => escape::comparable(a) == escape::comparable(b),
            _ => false,
        };
        self.secure == other.secure
            && same_user
            && same_password
            && self.host.same(&other.host)
            && self.port == other.port
            && self.params_match(other)
            && self.headers_match(other)
    }

    /// A parameter in both must have the same value; of those in one URI only, `user`, `ttl`, `method`, `maddr` and
    /// `transport` make the URIs differ.
    fn params_match(&self, other: &SipUri<'_>) -> bool {
        const NEVER_IGNORED: [&[u8]; 5] = [b"user", b"ttl", b"method", b"maddr", b"transport"];
        let (mine, theirs) = (self.params_by_name(), other.params_by_name());
        let fit = |(name, value): (&Vec<u8>, &Option<Vec<u8>>), others: &BTreeMap<Vec<u8>, _>| match others.get(name) {
            Some(other) => value == other,
            None => !NEVER_IGNORED.contains(&name.as_slice()),
        };
        mine.iter().all(|param| fit(param, &theirs)) && theirs.iter().all(|param| fit(param, &mine))
    }

    /// Names and values as they compare. A name that stands twice, which section 19.1.1 forbids, counts where it
    /// stands first, as in [`SipUri::param`].
    fn params_by_name(&self) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
        let mut params = BTreeMap::new();
        for (name, value) in self.params() {
            params
                .entry(lower_comparable(name))
                .or_insert_with(|| value.map(lower_comparable));
        }
        params
    }

    /// Header components are never ignored; they compare in any order.
    fn headers_match(&self, other: &SipUri<'_>) -> bool {
        let sorted = |uri: &SipUri<'_>| {
            let header =
                |(name, value): (_, Option<_>)| (lower_comparable(name), escape::comparable(value.unwrap_or_default()));
            let mut headers: Vec<(Vec<u8>, Vec<u8>)> = uri.headers().map(header).collect();
            headers.sort();
            headers
        };
        sorted(self) == sorted(other)
    }
}

/// What compares in any case, as it compares.
fn lower_comparable(text: &str) -> Vec<u8> {
    let mut octets = escape::comparable(text);
    octets.make_ascii_lowercase();
    octets
}

/// The `name[=value]` pairs of parameters or headers.
fn pairs(text: &str, between: char) -> impl Iterator<Item = (&str, Option<&str>)> + use<'_> {
    text.split(between)
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (pair, None),
        })
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

    fn same(a: &str, b: &str) -> bool {
        Uri::parse(a).unwrap().equivalent(&Uri::parse(b).unwrap())
    }

    #[test]
    fn the_examples_of_rfc_3261_section_19_1_4() {
        assert!(same(
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp"
        ));
        assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
        assert!(same(
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;newparam=5"
        ));
        assert!(same(
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
        ));
        assert!(same(
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
        ));
        assert!(!same(
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP"
        ));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
        assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"));
        assert!(!same(
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting"
        ));
        assert!(!same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
        assert!(!same(
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off"
        ));
    }

    #[test]
    fn a_repeated_parameter_counts_where_it_stands_first() {
        assert!(same("sip:a@b.test;x=1;X=2", "sip:a@b.test;x=1;X=2"));
        assert!(same("sip:a@b.test;x=1;X=2", "sip:a@b.test;%58=1"));
        assert!(!same("sip:a@b.test;x=1;X=2", "sip:a@b.test;x=2"));
        assert!(!same("sip:a@b.test?x=1&x=1&y=2", "sip:a@b.test?x=1&y=2&y=2"));
        let many = format!("sip:a@b.test{}", ";p".repeat(16_000));
        assert!(same(&many, &many));
    }

    #[test]
    fn a_reserved_character_is_not_its_escape() {
        assert!(!same("sip:a;b@c.test", "sip:a%3Bb@c.test"));
        assert!(!same("sip:a@c.test;x=a%2Fb", "sip:a@c.test;x=a/b"));
        assert!(!same("sip:a%253Bb@c.test", "sip:a%3Bb@c.test"));
        assert!(same("sip:a%3bb@c.test", "sip:a%3Bb@c.test"));
        assert!(same("sip:a%2Db@c.test;x=%41", "sip:a-b@c.test;x=a"));
        assert!(!same("sip:%41@c.test", "sip:a@c.test"));
    }

    #[test]
    fn a_host_name_is_a_host() {
        let Host::Name(name) = Host::parse("a_b.Example.test.").unwrap() else {
            panic!("a name")
        };
        assert_eq!(name.as_str(), "a_b.Example.test.");
        for text in ["", ".", "-a", "a;b", "a b", "a\r\nX: y", "a..b", "[::1"] {
            assert!(Host::parse(text).is_err(), "{text:?}");
        }
    }

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

    #[test]
    fn errors_point_at_the_byte() {
        let at = |text| Uri::parse(text).unwrap_err().offset();
        assert_eq!(at("sip:a b@example.test"), 5);
        assert_eq!(at("sip:alice@"), 10);
        assert_eq!(at("sip:alice@example.test:99999"), 23);
        assert_eq!(at("sip:alice@example.test;a b"), 24);
        assert_eq!(at("nocolon"), 0);
        assert!(Uri::parse("sip:%zz@example.test").is_err());
        assert!(Uri::parse("<sip:a@b>").is_err());
    }

    #[test]
    fn other_schemes_are_kept() {
        let uri = Uri::parse("pres:kmh@sip2.kumoh.ac.kr").unwrap();
        assert_eq!(uri.scheme(), "pres");
        assert!(same("PRES:a@b", "pres:a@b"));
        assert!(!same("pres:a@b", "im:a@b"));
        assert!(Uri::parse("tel:+1-201-555-0123;phone-context=x").is_ok());
        assert!(Uri::parse("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6").is_ok());
    }
}

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{ValueError, words};

/// The host of a SIP URI or of a Via. [`Host::parse`] makes one of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host<'a> {
    /// A domain name. Compares in the case in which it was written; use [`Host::same`] for the rule of the RFC.
    Name(HostName<'a>),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, in brackets when written.
    V6(Ipv6Addr),
}

/// `hostname`: a domain name. [`Host::parse`] makes it, so that what a Via is built of is a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName<'a>(&'a str);

impl<'a> HostName<'a> {
    /// The name as written.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl<'a> Host<'a> {
    /// Reads a host that stands alone: a name, an IPv4 address, an IPv6 address with or without brackets.
    ///
    /// # Errors
    /// When `text` is none of these.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::V6(address));
        }
        match Self::read(text, 0) {
            Some((host, end)) if end == text.len() => Ok(host),
            Some((_, end)) => Err(ValueError::new("the end of the host", end)),
            None => Err(ValueError::new("a host", 0)),
        }
    }

    /// Reads the host at an offset of a text; returns where it ends.
    #[inline]
    pub(crate) fn read(text: &'a str, at: usize) -> Option<(Self, usize)> {
        let bytes = text.as_bytes();
        if bytes.get(at) == Some(&b'[') {
            let reference = &text[at + 1..];
            let end = reference.find(']')?;
            return Some((Self::V6(reference[..end].parse().ok()?), at + 1 + end + 1));
        }
        let end = name_end(bytes, at)?;
        let name = &text[at..end];
        // "toplabel = ALPHA / ALPHA *( alphanum / "-" ) alphanum": what ends in a number is an address or nothing. Other
        // labels that begin with a digit name hosts in many networks, and are read.
        let host = match ends_in_number(name.as_bytes()) {
            true => Self::V4(name.parse().ok()?),
            false => Self::Name(HostName(name)),
        };
        Some((host, end))
    }

    /// Whether both are the same host: names in any case.
    #[must_use]
    pub fn same(&self, other: &Host<'_>) -> bool {
        match (self, other) {
            (Self::Name(a), Host::Name(b)) => a.0.eq_ignore_ascii_case(b.0),
            (Self::V4(a), Host::V4(b)) => a == b,
            (Self::V6(a), Host::V6(b)) => a == b,
            _ => false,
        }
    }

    /// The address, when the host is one.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }
}

/// Where the host name at `at` ends: labels that neither begin nor end with a hyphen, with a dot between them and one at
/// the end if it is fully qualified.
#[inline]
fn name_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = words::skip_usual(bytes, at);
    // Underscores are in no hostname of RFC 3261, and in many networks; they harm nothing.
    while bytes.get(end) == Some(&b'_') {
        end = words::skip_usual(bytes, end + 1);
    }
    (end > at && !words::has_broken_label(&bytes[at..end])).then_some(end)
}

/// Whether the last label, before a dot that ends the name, is digits only.
#[inline]
fn ends_in_number(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    digits > 0 && matches!(name[..name.len() - digits].last(), None | Some(b'.'))
}

impl From<IpAddr> for Host<'_> {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name.0),
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Host<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn addresses_are_told_from_names() {
        let host = |text| Host::parse(text).unwrap();
        assert_eq!(host("192.0.2.1").ip(), "192.0.2.1".parse().ok());
        assert_eq!(host("[2001:db8::1]"), host("2001:DB8::1"));
        assert_eq!(host("::ffff:192.0.2.1").to_string(), "[::ffff:192.0.2.1]");
        for name in ["a1", "1a.2b", "192.0.2.x1", "3f2a1b9c"] {
            assert!(host(name).ip().is_none(), "{name}");
        }
        for text in ["192.0.2.256", "192.0.2.1.", "192.0.2.", "1.2.3", "01.2.3.4", "1"] {
            assert!(Host::parse(text).is_err(), "{text}");
        }
    }
}

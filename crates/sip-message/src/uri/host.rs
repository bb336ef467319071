use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{ValueError, scan::Scan};

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
        let mut scan = Scan::new(text);
        let host = Self::read(&mut scan)?;
        if scan.at() < text.len() {
            return Err(scan.expected("the end of the host"));
        }
        Ok(host)
    }

    /// Reads a host.
    #[inline(always)]
    pub(crate) fn read(scan: &mut Scan<'a>) -> Result<Self, ValueError> {
        let start = scan.at();
        match HostKind::read(scan) {
            Some(kind) => Ok(kind.host(scan.since(start))),
            None => Err(ValueError::new("a host", start)),
        }
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

/// What a host is, apart from its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    Name,
    V4(Ipv4Addr),
    V6,
}

impl HostKind {
    /// Reads a host.
    #[inline(always)]
    pub(super) fn read(scan: &mut Scan<'_>) -> Option<Self> {
        if scan.peek() == Some(b'[') {
            let (_, len) = reference(scan.rest())?;
            scan.advance(len);
            return Some(Self::V6);
        }
        let start = scan.at();
        scan.skip_usual();
        // Underscores are in no hostname of RFC 3261, and in many networks; they harm nothing.
        while scan.eat(b'_') {
            scan.skip_usual();
        }
        let name = scan.since(start).as_bytes();
        Self::of_name(name, scan.may_have_marks_side_by_side(start))
    }

    /// What a text is that has nothing but letters, digits, hyphens, dots and underscores.
    #[inline(always)]
    pub(crate) fn of_name(name: &[u8], may_have_marks_side_by_side: bool) -> Option<Self> {
        if !is_name(name, may_have_marks_side_by_side) {
            return None;
        }
        // "toplabel = ALPHA / ALPHA *( alphanum / "-" ) alphanum": what ends in a number is an address or nothing. Other
        // labels that begin with a digit name hosts in many networks, and are read.
        if ends_in_number(name) {
            return v4(name).map(Self::V4);
        }
        Some(Self::Name)
    }

    /// The host of the text that was read.
    #[inline(always)]
    pub(crate) fn host(self, text: &str) -> Host<'_> {
        match self {
            Self::Name => Host::Name(HostName(text)),
            Self::V4(address) => Host::V4(address),
            Self::V6 => Host::V6(reference(text).map_or(Ipv6Addr::UNSPECIFIED, |(address, _)| address)),
        }
    }
}

/// `IPv6reference` at the start of a text, and its length.
#[inline(never)]
fn reference(text: &str) -> Option<(Ipv6Addr, usize)> {
    let end = text.find(']')?;
    Some((text.get(1..end)?.parse().ok()?, end + 1))
}

/// Whether this is of labels that neither begin nor end with a hyphen, with a dot between them and one at the end if it is
/// fully qualified. Of nothing but letters, digits, hyphens, dots and underscores it is.
#[inline(always)]
fn is_name(name: &[u8], may_have_marks_side_by_side: bool) -> bool {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return false;
    };
    let is_broken = |pair: &[u8]| matches!(pair, b".." | b".-" | b"-.");
    !matches!(first, b'-' | b'.') && *last != b'-' && !(may_have_marks_side_by_side && name.windows(2).any(is_broken))
}

/// `IPv4address`, without the leading zeros that some read as octal.
#[inline(never)]
fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut address = [0; 4];
    let (mut at, mut digits, mut number) = (0, 0, 0_u32);
    for octet in text {
        match octet {
            b'0'..=b'9' if digits == 0 || number > 0 => {
                number = number * 10 + u32::from(octet - b'0');
                digits += 1;
                address[at] = u8::try_from(number).ok()?;
            }
            b'.' if digits > 0 && at < 3 => (at, digits, number) = (at + 1, 0, 0),
            _ => return None,
        }
    }
    (digits > 0 && at == 3).then(|| address.into())
}

/// Whether the last label, before a dot that ends the name, is digits only.
#[inline(always)]
fn ends_in_number(name: &[u8]) -> bool {
    let name = match name {
        [labels @ .., b'.'] => labels,
        _ => name,
    };
    match name.iter().rposition(|octet| !octet.is_ascii_digit()) {
        Some(other) => other + 1 < name.len() && name[other] == b'.',
        None => !name.is_empty(),
    }
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

    #[test]
    fn ipv4_addresses_are_those_of_the_standard_library() {
        let numbers = [
            "0",
            "9",
            "10",
            "99",
            "100",
            "199",
            "249",
            "255",
            "256",
            "999",
            "1000",
            "00",
            "01",
            "010",
            "",
            "a",
            "4294967297",
        ];
        for number in numbers {
            for text in [
                format!("{number}.2.3.4"),
                format!("1.{number}.3.4"),
                format!("1.2.3.{number}"),
                format!("1.2.3.{number}."),
                format!("1.2.{number}"),
                format!("1.2.3.4.{number}"),
            ] {
                assert_eq!(v4(text.as_bytes()), text.parse().ok(), "{text}");
            }
        }
    }
}

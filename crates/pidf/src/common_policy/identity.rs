//! When two URIs are the same entity.

use super::domain::{decode_percent, same_domain};

/// Whether two URIs name the same entity; `None` where that cannot be told.
///
/// Different schemes never do (RFC 5025 section 3.1.1.2). Telephone numbers compare without visual separators (RFC 3966
/// section 4). Elsewhere the host compares as a domain and what is before `@` as it is, but for characters that are
/// escaped without need (RFC 3986 section 6.2.2). Whether a port or parameters make another entity of the same user at
/// the same host is the scheme's business, so where only these differ nothing is said.
pub(super) fn same_entity(one: &str, other: &str) -> Option<bool> {
    let (Some((scheme, one)), Some((other_scheme, other))) = (one.split_once(':'), other.split_once(':')) else {
        return Some(one == other);
    };
    if !scheme.eq_ignore_ascii_case(other_scheme) {
        return Some(false);
    }
    if scheme.eq_ignore_ascii_case("tel") {
        return Some(telephone(one) == telephone(other));
    }
    match (Parts::of(scheme, one), Parts::of(scheme, other)) {
        (Some(one), Some(other)) if one.user.map(unescape) != other.user.map(unescape) => Some(false),
        (Some(one), Some(other)) => match same_domain(one.host, other.host) {
            Some(true) if !one.rest.eq_ignore_ascii_case(other.rest) => None,
            same => same,
        },
        (None, None) => Some(unescape(one) == unescape(other)),
        _ => Some(false),
    }
}

/// The domain of a URI that has one.
pub(super) fn domain_of(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    if scheme.eq_ignore_ascii_case("tel") {
        return None;
    }
    Parts::of(scheme, rest).map(|parts| parts.host)
}

/// What a URI has behind its scheme.
struct Parts<'a> {
    user: Option<&'a str>,
    host: &'a str,
    /// Port, parameters, path.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    /// The parts of a URI with a host: `user@host`, `//host`, or in SIP the host alone.
    fn of(scheme: &str, uri: &'a str) -> Option<Self> {
        let is_sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
        let is_hierarchical = uri.starts_with("//");
        let uri = uri.strip_prefix("//").unwrap_or(uri);
        // A user part may have `;`, `?` and `/` in it, and no `@` may stand unescaped behind it.
        let (user, behind) = match uri.rsplit_once('@') {
            Some((user, behind)) => (Some(user), behind),
            None => (None, uri),
        };
        let end = match behind.strip_prefix('[') {
            Some(address) => address.find(']').map_or(behind.len(), |end| end + 2),
            None => behind.find([':', ';', '?', '/', '#']).unwrap_or(behind.len()),
        };
        let (host, rest) = behind.split_at_checked(end)?;
        (user.is_some() || is_hierarchical || is_sip).then_some(Self { user, host, rest })
    }
}

/// A telephone number and its parameters, comparable.
fn telephone(number: &str) -> String {
    let (number, parameters) = number.split_at(number.find(';').unwrap_or(number.len()));
    let number = number.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')'));
    let mut parameters: Vec<String> = parameters.split(';').skip(1).map(str::to_ascii_lowercase).collect();
    parameters.sort_unstable();
    number
        .map(|c| c.to_ascii_lowercase())
        .chain(";".chars())
        .collect::<String>()
        + &parameters.join(";")
}

/// Text without escapes that are not needed.
fn unescape(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    decode_percent(text, unreserved).expect("UTF-8 of which ASCII alone is decoded stays UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_entity() {
        for (one, other) in [
            ("sip:alice@example.com", "SIP:alice@EXAMPLE.com"),
            ("sip:%61lice@example.com", "sip:alice@example.com"),
            ("sip:a%2fb@example.com", "sip:a%2Fb@example.com"),
            ("tel:+1-212-555-1234", "tel:+1(212)555.1234"),
            (
                "tel:7042;phone-context=Example.com",
                "tel:70-42;phone-context=example.com",
            ),
            ("mailto:bob@example.net", "mailto:bob@example.net"),
            ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8::1]"),
            ("urn:uuid:1", "URN:uuid:1"),
            ("sip:example.com", "sip:example.com"),
        ] {
            assert_eq!(same_entity(one, other), Some(true), "{one} {other}");
        }
    }

    #[test]
    fn another_entity() {
        for (one, other) in [
            ("sip:alice@example.com", "sip:Alice@example.com"),
            ("sip:alice@example.com", "sips:alice@example.com"),
            ("sip:a%40b@example.com", "sip:b@example.com"),
            ("sip:+12125551234@example.com", "tel:+12125551234"),
            ("tel:+1", "tel:1"),
            ("sip:alice@example.com", "sip:example.com"),
            ("sip:alice", "sip:alice@example.com"),
            ("alice", "sip:alice"),
        ] {
            assert_eq!(same_entity(one, other), Some(false), "{one} {other}");
            assert_eq!(same_entity(other, one), Some(false), "{other} {one}");
        }
    }

    #[test]
    fn perhaps_another_entity() {
        for (one, other) in [
            ("sip:alice@example.com", "sip:alice@example.com:5061"),
            ("sip:alice@example.com", "sip:alice@example.com;transport=tcp"),
            ("sip:alice@example..com", "sip:alice@example..com"),
        ] {
            assert_eq!(same_entity(one, other), None, "{one} {other}");
            assert_eq!(same_entity(other, one), None, "{other} {one}");
        }
    }

    #[test]
    fn domains_of_uris() {
        for (uri, domain) in [
            ("sip:alice@example.com;x=y@z", Some("z")),
            ("sip:alice@example.com;x=y", Some("example.com")),
            ("sip:example.com:5060", Some("example.com")),
            ("sip:a@[::1]:5060", Some("[::1]")),
            ("xmpp://a@example.com/x", Some("example.com")),
            ("tel:+1", None),
            ("urn:uuid.example:1", None),
            ("none", None),
            ("sip:a@[::1", Some("[::1")),
        ] {
            assert_eq!(domain_of(uri), domain, "{uri}");
        }
    }
}

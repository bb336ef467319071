/// How the digest-uri has to agree with the Request-URI.
///
/// RFC 2617 section 3.2.2.5 asks that both designate the same resource. RFC 3261 section 22.4 item 6 takes that back:
/// a proxy may have sent the request on to another user, and it is not necessarily a failure if the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UriPolicy {
    /// Both are the same text. Some clients never pass this: SIPp writes `uri="sip:DOMAIN"` into every request.
    Exact,
    /// Nothing is asked: what was signed for one server is good at another of the realm.
    Off,
    /// Both name the same host, in any case; user, port and parameters may differ. This bears with clients that sign
    /// the bare domain, and with proxies that rewrite the user. Where one is no sip, sips, pres or im URI, both must be
    /// the same text.
    #[default]
    SameHost,
}

impl UriPolicy {
    /// Whether a digest-uri passes for a request with this Request-URI.
    ///
    /// ```
    /// use sip_digest::UriPolicy;
    ///
    /// let (signed, asked) = ("sip:example.test", "sip:bob@example.test;transport=tcp");
    /// assert!(UriPolicy::SameHost.allows(signed, asked));
    /// assert!(!UriPolicy::Exact.allows(signed, asked));
    /// assert!(!UriPolicy::SameHost.allows(signed, "sip:bob@other.test"));
    /// ```
    #[must_use]
    pub fn allows(self, digest_uri: &str, request_uri: &str) -> bool {
        // What most clients send passes every policy.
        digest_uri == request_uri
            || match self {
                Self::Exact => false,
                Self::Off => true,
                Self::SameHost => match (host(digest_uri), host(request_uri)) {
                    (Some(signed), Some(asked)) => signed.eq_ignore_ascii_case(asked),
                    _ => false,
                },
            }
    }

    /// Whether a digest-uri names the server itself, which [`SameHost`](Self::SameHost) takes for any request.
    pub(crate) fn is_own(self, digest_uri: &str, own_hosts: &[String]) -> bool {
        let signed = host(digest_uri);
        self == Self::SameHost
            && signed.is_some_and(|signed| own_hosts.iter().any(|own| own.eq_ignore_ascii_case(signed)))
    }
}

/// The host of a sip, sips, pres or im URI (RFC 3261 section 25.1, RFC 3859, RFC 3860).
fn host(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    if !["sip", "sips", "pres", "im"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
    {
        return None;
    }
    // Only the end of the user part is an unescaped "@".
    let host_and_rest = match rest.split_once('@') {
        Some((_, after)) if after.contains('@') => return None,
        Some((_, after)) => after,
        None => rest,
    };
    let end = if host_and_rest.starts_with('[') {
        host_and_rest.find(']')? + 1
    } else {
        host_and_rest.find([':', ';', '?']).unwrap_or(host_and_rest.len())
    };
    let (host, rest) = host_and_rest.split_at_checked(end)?;
    (!host.is_empty() && (rest.is_empty() || rest.starts_with([':', ';', '?']))).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_host() {
        for (uri, expected) in [
            ("sip:example.test", Some("example.test")),
            ("SIPS:alice@Example.Test:5061;transport=tcp?a=b", Some("Example.Test")),
            ("sip:a;b?c/d:pw@h", Some("h")),
            ("sip:[2001:db8::1]:5060", Some("[2001:db8::1]")),
            ("pres:alice@example.test", Some("example.test")),
            ("im:alice@example.test", Some("example.test")),
            ("sip:boss@corp@here", None),
            ("sip:[::1", None),
            ("sip:[::1]x", None),
            ("sip:", None),
            ("sip:alice@", None),
            ("tel:+1", None),
            ("example.test", None),
            ("", None),
        ] {
            assert_eq!(host(uri), expected, "{uri}");
        }
    }

    #[test]
    fn the_servers_own_hosts_pass() {
        let own = ["example.test".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        for (signed, expected) in [
            ("sip:127.0.0.1:5060", true),
            ("sip:[::1]:5060", true),
            ("sip:Example.test", true),
            ("sip:127.0.0.2", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(UriPolicy::SameHost.is_own(signed, &own), expected, "{signed}");
            assert!(!UriPolicy::Exact.is_own(signed, &own));
        }
    }

    #[test]
    fn policies_differ_in_what_they_allow() {
        use UriPolicy::{Exact, Off, SameHost};
        let table = [
            (
                "sip:example.test",
                "sip:bob@EXAMPLE.test;transport=udp",
                [false, true, true],
            ),
            ("sip:example.test", "sip:example.test", [true, true, true]),
            ("sip:example.test", "sip:evil.test", [false, true, false]),
            (
                "sip:bob@example.test.evil",
                "sip:bob@example.test",
                [false, true, false],
            ),
            ("tel:+1", "tel:+1", [true, true, true]),
            ("tel:+1", "tel:+2", [false, true, false]),
            ("*", "sip:example.test", [false, true, false]),
        ];
        for (signed, asked, expected) in table {
            assert_eq!(
                [Exact, Off, SameHost].map(|policy| policy.allows(signed, asked)),
                expected,
                "{signed} {asked}"
            );
        }
    }
}

use std::fmt;

use super::escape::{self, Rule};
use crate::ValueError;

/// A URI of another scheme, by the generic syntax of RFC 3986: `http`, `cid`, `data`, and what breaks the grammar of
/// its own scheme.
///
/// ```
/// use sip_message::Uri;
///
/// let uri = Uri::parse("https://xcap.example.test/pidf-manipulation/?x=1#top")?;
/// let Uri::Other(uri) = uri else { panic!("no scheme of SIP") };
/// assert_eq!(uri.authority(), Some("xcap.example.test"));
/// assert_eq!(uri.path(), "/pidf-manipulation/");
/// assert_eq!((uri.query(), uri.fragment()), (Some("x=1"), Some("top")));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherUri<'a> {
    text: &'a str,
    scheme: &'a str,
    rest: &'a str,
}

impl<'a> OtherUri<'a> {
    /// Reads what follows the scheme, whose colon is at `colon`.
    pub(super) fn parse_rest(text: &'a str, colon: usize) -> Result<Self, ValueError> {
        let rest = &text[colon + 1..];
        if rest.is_empty() {
            return Err(ValueError::new("something after the scheme", text.len()));
        }
        let end = escape::span(text, colon + 1, escape::URIC);
        if end < text.len() {
            return Err(ValueError::new("a URI character", end));
        }
        let scheme = &text[..colon];
        Ok(Self { text, scheme, rest })
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// The scheme as written.
    #[must_use]
    pub const fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// What follows the scheme and its colon.
    #[must_use]
    pub const fn rest(&self) -> &'a str {
        self.rest
    }

    /// What stands between `//` and the path: `user@host:port` as a rule.
    #[must_use]
    pub fn authority(&self) -> Option<&'a str> {
        self.parts().0
    }

    /// The path, which may be empty.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.parts().1
    }

    /// What stands between `?` and `#`.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        let (before, _) = self.before_fragment();
        before.split_once('?').map(|(_, query)| query)
    }

    /// What stands behind `#`.
    #[must_use]
    pub fn fragment(&self) -> Option<&'a str> {
        self.before_fragment().1
    }

    fn before_fragment(&self) -> (&'a str, Option<&'a str>) {
        match self.rest.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (self.rest, None),
        }
    }

    /// Authority, path, and the rest from `?` or `#` on.
    fn parts(&self) -> (Option<&'a str>, &'a str, &'a str) {
        let path_end = |text: &str| text.find(['?', '#']).unwrap_or(text.len());
        match self.rest.strip_prefix("//") {
            Some(after) => {
                let (authority, after) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
                let (path, tail) = after.split_at(path_end(after));
                (Some(authority), path, tail)
            }
            None => {
                let (path, tail) = self.rest.split_at(path_end(self.rest));
                (None, path, tail)
            }
        }
    }

    /// RFC 3986 section 6.2.2: scheme and host in any case, escapes of unreserved characters undone. Paths are not
    /// resolved: `.` and `..` count as they stand.
    pub(super) fn equivalent(&self, other: &OtherUri<'_>) -> bool {
        let (rule, host_rule) = self.rules();
        let (mine, theirs) = (self.parts(), other.parts());
        self.scheme.eq_ignore_ascii_case(other.scheme)
            && match (mine.0, theirs.0) {
                (None, None) => true,
                (Some(mine), Some(theirs)) => {
                    let ((my_user, my_host), (their_user, their_host)) = (split_user(mine), split_user(theirs));
                    rule.same(my_user, their_user) && host_rule.same(my_host, their_host)
                }
                _ => false,
            }
            && rule.same(mine.1, theirs.1)
            && rule.same(mine.2, theirs.2)
    }

    pub(super) fn push_key(&self, out: &mut String) {
        let (rule, host_rule) = self.rules();
        let (authority, path, tail) = self.parts();
        if let Some(authority) = authority {
            out.push_str("//");
            let (user, host) = split_user(authority);
            rule.push(out, user);
            host_rule.push(out, host);
        }
        rule.push(out, path);
        rule.push(out, tail);
    }

    /// How the URI and its host compare. What breaks the grammar of its own scheme compares as it was written, so that
    /// no escape, undone, turns it into what it is not.
    fn rules(&self) -> (Rule, Rule) {
        let is_broken = ["im", "pres", "tel", "urn"]
            .iter()
            .any(|scheme| self.scheme.eq_ignore_ascii_case(scheme));
        if is_broken {
            (Rule::AS_WRITTEN, Rule::AS_WRITTEN)
        } else {
            (Rule::GENERIC, Rule::GENERIC_HOST)
        }
    }
}

/// The userinfo with its `@`, and the host with its port.
fn split_user(authority: &str) -> (&str, &str) {
    authority.split_at(authority.rfind('@').map_or(0, |at| at + 1))
}

impl fmt::Display for OtherUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use crate::Uri;

    fn same(a: &str, b: &str) -> bool {
        Uri::parse(a).unwrap().equivalent(&Uri::parse(b).unwrap())
    }

    #[test]
    fn parts_follow_rfc_3986() {
        let Ok(Uri::Other(uri)) = Uri::parse("foo://a:b@example.com:8042/over/there?name=ferret?#nose") else {
            panic!("another scheme")
        };
        assert_eq!((uri.scheme(), uri.authority()), ("foo", Some("a:b@example.com:8042")));
        assert_eq!(
            (uri.path(), uri.query(), uri.fragment()),
            ("/over/there", Some("name=ferret?"), Some("nose"))
        );
        let Ok(Uri::Other(uri)) = Uri::parse("mid:x#?y") else {
            panic!("another scheme")
        };
        assert_eq!(
            (uri.authority(), uri.path(), uri.query(), uri.fragment()),
            (None, "x", None, Some("?y"))
        );
    }

    #[test]
    fn what_breaks_its_grammar_stays_as_it_is() {
        // Undone, the escape would make a domain of it.
        let uri = Uri::parse("im:alice@ex%61mple.test").unwrap();
        assert!(matches!(uri, Uri::Other(_)));
        assert_eq!(uri.key().as_str(), "im:alice@ex%61mple.test");
        assert!(!same("im:alice@ex%61mple.test", "im:alice@example.test"));
        assert!(same("IM:alice@ex%6dple.test", "im:alice@ex%6Dple.test"));
    }

    #[test]
    fn the_example_of_rfc_3986_section_6_2_2() {
        assert!(same("example://a/b/c/%7Bfoo%7D", "eXAMPLE://A/b/c/%7bfoo%7d"));
        assert!(same("http://h/%7euser", "http://h/~user"));
        assert!(!same("http://h/a%2Fb", "http://h/a/b"));
        assert!(!same("http://U@h/", "http://u@h/"));
        assert!(!same("http://h/A", "http://h/a"));
        assert!(!same("http://h/", "http:/h/"));
        assert!(!same("http://h/?q", "http://h/#q"));
    }
}

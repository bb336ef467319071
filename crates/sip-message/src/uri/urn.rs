use std::fmt;

use super::escape::{self, Rule};
use crate::ValueError;

/// A `urn:` URI (RFC 8141): a name in a namespace, as in `urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6` and
/// `urn:service:sos`.
///
/// ```
/// use sip_message::{Uri, Urn};
///
/// let urn = Urn::parse("urn:service:sos.police")?;
/// assert_eq!((urn.nid(), urn.nss()), ("service", "sos.police"));
/// assert!(Uri::parse("URN:Service:sos.police")?.equivalent(&Uri::parse(urn.as_str())?));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Urn<'a> {
    text: &'a str,
    nid: &'a str,
    nss: &'a str,
    // With the "?" or "#" that begins it.
    components: &'a str,
}

impl<'a> Urn<'a> {
    /// Reads a URN that stands alone.
    ///
    /// # Errors
    /// Names what was expected at which byte of `text`.
    pub fn parse(text: &'a str) -> Result<Self, ValueError> {
        if !text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:")) {
            return Err(ValueError::new("urn:", 0));
        }
        let nid_end = text[4..].find(':').map_or(text.len(), |len| 4 + len);
        let nid = &text[4..nid_end];
        // (alphanum) 0*30(ldh) (alphanum)
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(2..=32).contains(&nid.len())
            || !nid.bytes().all(is_inner)
            || nid.starts_with('-')
            || nid.ends_with('-')
            || nid_end == text.len()
        {
            return Err(ValueError::new("a namespace identifier and a colon", 4));
        }
        let nss_at = nid_end + 1;
        let nss_end = escape::span(text, nss_at, escape::PATH);
        if nss_end == nss_at || text[nss_at..].starts_with('/') {
            return Err(ValueError::new("a name", nss_at));
        }
        let components = &text[nss_end..];
        if !components.is_empty() && !["?+", "?=", "#"].iter().any(|start| components.starts_with(start)) {
            return Err(ValueError::new("?+, ?=, # or the end of the URN", nss_end));
        }
        let end = escape::span(text, nss_end, escape::URIC);
        if end < text.len() {
            return Err(ValueError::new("a URI character", end));
        }
        Ok(Self {
            text,
            nid,
            nss: &text[nss_at..nss_end],
            components,
        })
    }

    /// The text that was parsed.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// The namespace identifier as written; it compares in any case.
    #[must_use]
    pub const fn nid(&self) -> &'a str {
        self.nid
    }

    /// The namespace specific string as written; it compares in its case, unless its namespace says otherwise.
    #[must_use]
    pub const fn nss(&self) -> &'a str {
        self.nss
    }

    /// The r-, q- and f-components with the characters that begin them, or an empty text. They do not take part in
    /// comparison.
    #[must_use]
    pub const fn components(&self) -> &'a str {
        self.components
    }

    /// RFC 8141 section 3.1: scheme, namespace and the digits of escapes in any case, nothing undone.
    pub(super) fn equivalent(&self, other: &Urn<'_>) -> bool {
        self.nid.eq_ignore_ascii_case(other.nid) && Rule::AS_WRITTEN.same(self.nss, other.nss)
    }

    pub(super) fn push_key(&self, out: &mut String) {
        out.push_str(&self.nid.to_ascii_lowercase());
        out.push(':');
        Rule::AS_WRITTEN.push(out, self.nss);
    }
}

impl fmt::Display for Urn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Uri;

    #[test]
    fn names_compare_by_rfc_8141_section_3() {
        let same = |a, b| Uri::parse(a).unwrap().equivalent(&Uri::parse(b).unwrap());
        let base = "urn:example:a123,z456";
        for text in [
            "URN:example:a123,z456",
            "urn:EXAMPLE:a123,z456",
            "urn:example:a123,z456?+abc",
            "urn:example:a123,z456?=xyz",
            "urn:example:a123,z456#789",
        ] {
            assert!(same(base, text), "{text}");
        }
        for text in [
            "urn:example:A123,z456",
            "urn:example:a123%2Cz456",
            "urn:example:a123,z456/foo",
        ] {
            assert!(!same(base, text), "{text}");
        }
        assert!(same("urn:example:a123%2Cz456", "URN:EXAMPLE:a123%2cz456"));
    }

    #[test]
    fn parts_are_told_apart() {
        let urn = Urn::parse("urn:Example:a/b:c?+r?=q#f").unwrap();
        assert_eq!(
            (urn.nid(), urn.nss(), urn.components()),
            ("Example", "a/b:c", "?+r?=q#f")
        );
        let at = |text| Urn::parse(text).unwrap_err().offset();
        for (text, offset) in [
            ("sip:a", 0),
            ("urn:", 4),
            ("urn:ab", 4),
            ("urn:a:b", 4),
            ("urn:-a:b", 4),
            ("urn:ab:", 7),
            ("urn:ab:/c", 7),
            ("urn:ab:c?d", 8),
            ("urn:ab:c d", 8),
            ("urn:ab:c#d e", 10),
        ] {
            assert_eq!(at(text), offset, "{text}");
        }
    }
}

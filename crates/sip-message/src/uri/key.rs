use std::fmt;

use super::Uri;

/// What every URI that is equivalent to a given one has in common: a key for maps.
///
/// Equivalent URIs ([`Uri::equivalent`]) have the same key. The reverse does not hold: of SIP URIs, parameters that
/// only one of two may have are not in the key, because they are ignored then (RFC 3261 section 19.1.4), and so
/// equivalence is not transitive. Find candidates by key, and ask `equivalent` of each.
///
/// ```
/// use sip_message::Uri;
///
/// let a = Uri::parse("sip:%61lice@Example.TEST;transport=TCP;x=1")?;
/// let b = Uri::parse("sip:alice@example.test;transport=tcp")?;
/// let c = Uri::parse("sip:alice@example.test;transport=tcp;x=2")?;
/// assert_eq!(a.key().as_str(), "sip:alice@example.test;transport=tcp");
/// assert!(a.equivalent(&b) && b.equivalent(&c) && !a.equivalent(&c));
/// assert!(a.key() == b.key() && b.key() == c.key());
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UriKey(Box<str>);

impl UriKey {
    /// The key as text: a URI that is equivalent to those that it stands for, but for the parameters that it leaves
    /// out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Uri<'_>> for UriKey {
    fn from(uri: &Uri<'_>) -> Self {
        let mut key = String::with_capacity(uri.as_str().len());
        key.push_str(uri.scheme());
        key.make_ascii_lowercase();
        key.push(':');
        match uri {
            Uri::Im(uri) | Uri::Pres(uri) => uri.push_key(&mut key),
            Uri::Other(uri) => uri.push_key(&mut key),
            Uri::Sip(uri) => uri.push_key(&mut key),
            Uri::Tel(uri) => key.push_str(&uri.canonical()),
            Uri::Urn(uri) => uri.push_key(&mut key),
        }
        Self(key.into())
    }
}

impl fmt::Display for UriKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UriKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

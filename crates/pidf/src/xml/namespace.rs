use std::ops::Deref;
use std::sync::Arc;

use super::XML_NAMESPACE;
use crate::Format;

/// A namespace. Those of presence documents are constants, so that most documents need no memory for them and no
/// comparison of their text.
#[derive(Debug, Clone)]
pub(crate) enum Namespace {
    /// Which of [`KNOWN`].
    Known(usize),
    Other(Arc<str>),
}

const KNOWN: [&str; 9] = [
    "urn:ietf:params:xml:ns:pidf",
    "urn:ietf:params:xml:ns:cpim-pidf",
    "urn:ietf:params:xml:ns:pidf:data-model",
    "urn:ietf:params:xml:ns:pidf:rpid",
    "urn:ietf:params:xml:ns:pidf:caps",
    "urn:ietf:params:xml:ns:pidf:cipid",
    "urn:ietf:params:xml:ns:pidf:timed-status",
    "",
    XML_NAMESPACE,
];

impl Namespace {
    /// The constant, if it is one.
    pub(super) fn known(namespace: &str) -> Option<Self> {
        KNOWN.iter().position(|known| *known == namespace).map(Self::Known)
    }

    /// That of XML itself.
    pub(super) const XML: Self = Self::Known(8);

    /// The format whose elements are in it.
    pub(crate) const fn format(&self) -> Option<Format> {
        match self {
            Self::Known(0) => Some(Format::Pidf),
            Self::Known(1) => Some(Format::CpimPidf),
            _ => None,
        }
    }
}

impl From<&str> for Namespace {
    fn from(namespace: &str) -> Self {
        Self::known(namespace).unwrap_or_else(|| Self::Other(namespace.into()))
    }
}

impl Deref for Namespace {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Known(index) => KNOWN.get(*index).copied().unwrap_or_default(),
            Self::Other(namespace) => namespace,
        }
    }
}

impl PartialEq for Namespace {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known(one), Self::Known(other)) => one == other,
            // One document has each namespace in memory once.
            (one, other) => std::ptr::eq(&**one, &**other) || **one == **other,
        }
    }
}

impl Eq for Namespace {}

impl PartialOrd for Namespace {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Namespace {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_and_others_are_what_they_say() {
        for namespace in KNOWN.iter().copied().chain(["urn:x"]) {
            let one = Namespace::from(namespace);
            assert_eq!(&*one, namespace);
            assert_eq!(one, Namespace::from(namespace));
        }
        assert!(Namespace::known("urn:x").is_none());
        assert_eq!(&*Namespace::XML, XML_NAMESPACE);
        for format in [Format::CpimPidf, Format::Pidf] {
            assert_eq!(Namespace::from(format.namespace()).format(), Some(format));
        }
        assert_eq!(Namespace::XML.format(), None);
    }
}

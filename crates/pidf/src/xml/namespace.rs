use std::ops::Deref;
use std::sync::Arc;

use super::XML_NAMESPACE;

/// A namespace. Those of presence documents are constants, so that most documents need no memory for them.
#[derive(Debug, Clone)]
pub(crate) enum Namespace {
    Known(&'static str),
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
        let known = KNOWN.iter().find(|known| **known == namespace)?;
        Some(Self::Known(known))
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
            Self::Known(namespace) => namespace,
            Self::Other(namespace) => namespace,
        }
    }
}

impl PartialEq for Namespace {
    fn eq(&self, other: &Self) -> bool {
        // One document has each namespace in memory once.
        std::ptr::eq(&**self, &**other) || **self == **other
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
            assert_eq!(one, Namespace::Other(namespace.into()));
        }
        assert!(Namespace::known("urn:x").is_none());
    }
}

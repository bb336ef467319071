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
    /// Whether it is one of presence documents, or of XML itself, or none.
    pub(crate) fn is_of_presence(namespace: &str) -> bool {
        Self::known(namespace).is_some()
    }

    /// The constant, if it is one.
    fn known(namespace: &str) -> Option<usize> {
        KNOWN.iter().position(|known| *known == namespace)
    }
}

/// A namespace of a document that is being read: which of [`KNOWN`] or, behind these, of those that it declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamespaceId(usize);

impl NamespaceId {
    /// That of a name in no namespace.
    pub(crate) const NONE: Self = Self(7);
    /// That of XML itself.
    pub(crate) const XML: Self = Self(8);

    /// The format whose elements are in it.
    pub(crate) const fn format(self) -> Option<Format> {
        match self {
            Self(0) => Some(Format::Pidf),
            Self(1) => Some(Format::CpimPidf),
            _ => None,
        }
    }
}

/// The namespaces of a document that is being read, each once, however often it is declared.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    /// Those that are no constants.
    others: Vec<Namespace>,
}

impl Namespaces {
    /// The id of a namespace, or `None` where there were more than so many others.
    pub(super) fn intern(&mut self, namespace: &str, others: usize) -> Option<NamespaceId> {
        if let Some(known) = Namespace::known(namespace) {
            return Some(NamespaceId(known));
        }
        let index = self.others.iter().position(|other| **other == *namespace);
        let index = match index {
            Some(index) => index,
            None if self.others.len() >= others => return None,
            None => {
                self.others.push(Namespace::Other(namespace.into()));
                self.others.len() - 1
            }
        };
        Some(NamespaceId(KNOWN.len() + index))
    }

    /// The namespace with an id, unless it stands for none.
    pub(super) fn of(&self, id: NamespaceId) -> Option<Namespace> {
        match id.0.checked_sub(KNOWN.len()) {
            Some(index) => self.others.get(index).cloned(),
            None => (id != NamespaceId::NONE).then_some(Namespace::Known(id.0)),
        }
    }
}

impl From<&str> for Namespace {
    fn from(namespace: &str) -> Self {
        Self::known(namespace).map_or_else(|| Self::Other(namespace.into()), Self::Known)
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
    }

    #[test]
    fn each_has_one_id() {
        let mut namespaces = Namespaces::default();
        for namespace in KNOWN.iter().copied().chain(["urn:x", "urn:y", "urn:x"]) {
            let id = namespaces.intern(namespace, 2).unwrap();
            assert_eq!(namespaces.intern(namespace, 2), Some(id));
            assert_eq!(namespaces.of(id).as_deref().unwrap_or_default(), namespace);
        }
        assert_eq!(namespaces.intern("urn:z", 2), None);
        assert_eq!(namespaces.intern("", 2), Some(NamespaceId::NONE));
        assert_eq!(namespaces.intern(XML_NAMESPACE, 2), Some(NamespaceId::XML));
        for format in [Format::CpimPidf, Format::Pidf] {
            let id = namespaces.intern(format.namespace(), 2).unwrap();
            assert_eq!(id.format(), Some(format));
        }
        assert_eq!(NamespaceId::XML.format(), None);
    }
}

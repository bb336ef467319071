use std::fmt;

use compact_str::CompactString;

use crate::InvalidValue;
use crate::xml::{Namespace, XMLNS_NAMESPACE, chars};

/// The name of an element or an attribute: a namespace, if it is in one, and a local name.
///
/// It is written `{namespace}local`, here and in JSON.
#[derive(Debug, Clone)]
pub struct Name {
    pub(crate) namespace: Option<Namespace>,
    pub(crate) local: CompactString,
    /// The prefix that the source used, a hint for the writer.
    pub(crate) prefix: Option<CompactString>,
}

impl Name {
    /// A name; an empty `namespace` stands for none.
    ///
    /// # Errors
    ///
    /// The local name is no XML name without a colon, or the namespace has a character that XML does not allow or is
    /// the one that XML keeps for declarations.
    pub fn new(namespace: &str, local: &str) -> Result<Self, InvalidValue> {
        if !chars::is_ncname(local) {
            return Err(InvalidValue::new("the name", "an XML name without a colon", local));
        }
        if namespace == XMLNS_NAMESPACE {
            return Err(InvalidValue::new("the namespace", "none that XML reserves", namespace));
        }
        chars::check_text("the namespace", namespace)?;
        Ok(Self {
            namespace: (!namespace.is_empty()).then(|| namespace.into()),
            local: local.into(),
            prefix: None,
        })
    }

    /// A name that is known to be legal.
    pub(crate) fn trusted(namespace: Option<Namespace>, local: &str) -> Self {
        Self {
            namespace,
            local: local.into(),
            prefix: None,
        }
    }

    /// The namespace; `None` for a name in none.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name without its namespace.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Whether it is this name; an empty `namespace` stands for none.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace().unwrap_or_default() == namespace && &*self.local == local
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.local == other.local && self.namespace == other.namespace
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{{{}}}{}", &**namespace, self.local),
            None => f.write_str(&self.local),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A namespace declaration. An empty prefix is the default namespace, an empty namespace none.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) prefix: CompactString,
    pub(crate) namespace: Namespace,
}

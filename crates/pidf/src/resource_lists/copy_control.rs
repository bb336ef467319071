use crate::tree::At;
use crate::value::{boolean, number};
use crate::{Element, Error, compose};

/// The namespace of the attributes.
pub(crate) const NAMESPACE: &str = "urn:ietf:params:xml:ns:copycontrol";

/// How a request that goes to every entry of a list goes to this one (RFC 5364 section 4).
#[derive(Debug, Clone, std::marker::Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CopyControl {
    /// In which role, if that is told: the attribute `copyControl`.
    pub copy: Option<Copy>,
    /// Whether the others are not told the entry's URI: `anonymize`.
    pub anonymize: bool,
    /// How many entries stand here that were not told, where it is not one: `count`.
    pub count: u32,
}

impl CopyControl {
    /// Control that says in which role the entry gets the request.
    pub fn new(copy: Copy) -> Self {
        Self {
            copy: Some(copy),
            ..Self::default()
        }
    }

    pub(super) fn read(at: At<'_>) -> Result<Self, Error> {
        let attribute = |local| at.attribute_in(NAMESPACE, local);
        let copy = match attribute("copyControl") {
            None => None,
            Some("to") => Some(Copy::To),
            Some("cc") => Some(Copy::Cc),
            Some("bcc") => Some(Copy::Bcc),
            Some(other) => return Err(at.unexpected("the copyControl `to`, `cc` or `bcc`", other)),
        };
        let mut control = Self {
            copy,
            ..Self::default()
        };
        if let Some(text) = attribute("anonymize") {
            control.anonymize = at.value(boolean("the anonymity", text))?;
        }
        if let Some(text) = attribute("count") {
            control.count = at.value(number("the count", "a number of 32 bits", text))?;
        }
        Ok(control)
    }

    pub(super) fn compose(self, element: &mut Element) {
        if let Some(copy) = self.copy {
            compose::set_in(element, NAMESPACE, "copyControl", copy.as_str());
        }
        if self.anonymize {
            compose::set_in(element, NAMESPACE, "anonymize", true);
        }
        if self.count != 1 {
            compose::set_in(element, NAMESPACE, "count", self.count);
        }
    }

    pub(super) fn is_told(self) -> bool {
        self != Self::default()
    }
}

impl Default for CopyControl {
    /// No role, not anonymous, a count of one.
    fn default() -> Self {
        Self {
            copy: None,
            anonymize: false,
            count: 1,
        }
    }
}

/// The role of a recipient (RFC 5364 section 4).
#[derive(Debug, Clone, std::marker::Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Copy {
    /// A primary recipient.
    To,
    /// Gets a copy.
    Cc,
    /// Gets a copy that the others are not told of.
    Bcc,
}

impl Copy {
    /// The word of the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
        }
    }
}

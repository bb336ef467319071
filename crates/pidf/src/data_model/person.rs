use super::{NAMESPACE, Parts, component_methods};
use crate::extension::{self, build};
use crate::{Element, Extension, Id, InvalidElement, InvalidValue, Note, Timestamp};

/// The presentity as a human being (RFC 4479 section 3.2): what it is like and what it is doing, whatever the means of
/// communication.
///
/// A document may have several, which then contradict each other or come from different sources.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Person {
    id: Id,
    extensions: Vec<Element>,
    notes: Vec<Note>,
    timestamp: Option<Timestamp>,
}

impl Person {
    /// A person of whom nothing is said yet.
    pub const fn new(id: Id) -> Self {
        Self {
            id,
            extensions: Vec::new(),
            notes: Vec::new(),
            timestamp: None,
        }
    }

    component_methods!();
}

impl Extension for Person {
    const NAME: &'static str = "person";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let id = extension::id(element)?;
        let Parts {
            extensions,
            notes,
            timestamp,
        } = Parts::read(element)?;
        Ok(Self {
            id,
            extensions,
            notes,
            timestamp,
        })
    }

    fn to_element(&self) -> Element {
        let mut element = build(NAMESPACE, Self::NAME);
        element.push_attribute("id", self.id.as_str());
        let element = self.extensions.iter().cloned().fold(element, Element::with_child);
        super::finish(element, &self.notes, self.timestamp.as_ref())
    }
}

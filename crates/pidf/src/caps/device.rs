use super::{Mobility, NAMESPACE, Support, descriptions, foreign, support};
use crate::extension::{build, check_children, note_element};
use crate::{Element, Extension, InvalidElement, InvalidValue, Note};

/// What a device is capable of (RFC 5196 section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DevCaps {
    descriptions: Vec<Note>,
    mobility: Support<Mobility>,
    extensions: Vec<Element>,
}

impl DevCaps {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a description for people.
    #[must_use]
    pub fn with_description(mut self, description: Note) -> Self {
        self.descriptions.push(description);
        self
    }

    /// Says whether the device moves.
    #[must_use]
    pub fn with_mobility(mut self, mobility: Support<Mobility>) -> Self {
        self.mobility = mobility;
        self
    }

    /// Adds an element of another specification.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in that of the capabilities.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        check_children(NAMESPACE, &extension)?;
        self.extensions.push(extension);
        Ok(self)
    }

    /// The descriptions for people, in order.
    pub fn descriptions(&self) -> &[Note] {
        &self.descriptions
    }

    /// Whether the device moves.
    pub const fn mobility(&self) -> &Support<Mobility> {
        &self.mobility
    }

    /// What other specifications add, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }
}

impl Extension for DevCaps {
    const NAME: &'static str = "devcaps";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        Ok(Self {
            descriptions: descriptions(element),
            mobility: support::read(element, "mobility")?,
            extensions: foreign(element),
        })
    }

    fn to_element(&self) -> Element {
        let mut element = build(NAMESPACE, Self::NAME);
        for description in &self.descriptions {
            element = element.with_child(note_element(NAMESPACE, "description", description));
        }
        let element = support::write(&self.mobility, element, "mobility");
        self.extensions.iter().cloned().fold(element, Element::with_child)
    }
}

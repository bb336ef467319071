use crate::extension::build;
use crate::{Attribute, Element, Id, InvalidElement, InvalidValue, Timestamp};

/// When an element of RPID holds, and what else its attributes say (RFC 4480 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Qualifiers {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    id: Option<Id>,
    attributes: Vec<Attribute>,
}

impl Qualifiers {
    /// None.
    pub const fn new() -> Self {
        Self {
            from: None,
            until: None,
            id: None,
            attributes: Vec::new(),
        }
    }

    /// Sets the time when the element assumed its value.
    #[must_use]
    pub fn with_from(mut self, from: Timestamp) -> Self {
        self.from = Some(from);
        self
    }

    /// Sets the time until which the value is expected to hold.
    #[must_use]
    pub fn with_until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Sets the id by which the element can be referred to.
    #[must_use]
    pub fn with_id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Adds an attribute of another specification.
    ///
    /// # Errors
    ///
    /// The attribute is in no namespace, and so would be one of RPID.
    pub fn with_attribute(mut self, attribute: Attribute) -> Result<Self, InvalidValue> {
        if attribute.name().namespace().is_none() {
            return Err(InvalidValue::new(
                "the attribute",
                "in a namespace of its own",
                attribute.name().local(),
            ));
        }
        self.attributes.retain(|old| old.name() != attribute.name());
        self.attributes.push(attribute);
        Ok(self)
    }

    /// When the element assumed its value.
    pub const fn from(&self) -> Option<&Timestamp> {
        self.from.as_ref()
    }

    /// Until when the value is expected to hold.
    pub const fn until(&self) -> Option<&Timestamp> {
        self.until.as_ref()
    }

    /// By what the element can be referred to.
    pub const fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// The attributes of other specifications.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    pub(super) fn read(element: &Element) -> Result<Self, InvalidElement> {
        let is_foreign = |attribute: &&Attribute| attribute.name().namespace().is_some();
        Ok(Self {
            from: element.parsed_attribute("from", str::parse)?,
            until: element.parsed_attribute("until", str::parse)?,
            id: element.parsed_attribute("id", Id::escape)?,
            attributes: element.attributes().iter().filter(is_foreign).cloned().collect(),
        })
    }

    /// An element with these attributes.
    pub(super) fn element(&self, name: &str) -> Element {
        let mut element = self.timeless_element(name);
        for (name, time) in [("from", &self.from), ("until", &self.until)] {
            if let Some(time) = time {
                element.push_attribute(name, time.as_str());
            }
        }
        element
    }

    /// An element with these attributes but the times.
    pub(super) fn timeless_element(&self, name: &str) -> Element {
        let mut element = build(super::NAMESPACE, name);
        if let Some(id) = &self.id {
            element.push_attribute("id", id.as_str());
        }
        element.attributes.extend(self.attributes.iter().cloned());
        element
    }
}

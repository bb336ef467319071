use super::{NAMESPACE, note_methods};
use crate::extension::{build, text_element, tokens};
use crate::value::collapse;
use crate::xml::chars::check_text;
use crate::{Element, Extension, InvalidElement, InvalidValue, Note};

/// What groups similar persons, tuples or devices (RFC 4480 section 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Class(String);

impl Class {
    /// A class by its name, which means something to the presentity's rules only.
    ///
    /// # Errors
    ///
    /// A character that XML does not allow, or white space that an `xs:token` does not have: at the ends, more than one
    /// space together, tabs and line ends.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidValue> {
        let name = name.into();
        if name != collapse(&name) {
            return Err(InvalidValue::new(
                "the class",
                "words with single spaces between them",
                &name,
            ));
        }
        check_text("the class", &name)?;
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Extension for Class {
    const NAME: &'static str = "class";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        element.parsed(|text| Self::new(collapse(text)))
    }

    fn to_element(&self) -> Element {
        text_element(NAMESPACE, Self::NAME, &self.0)
    }
}

/// Who is reached at the tuple's address, if not the presentity (RFC 4480 section 3.9).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Relationship {
    relation: Relation,
    notes: Vec<Note>,
}

impl Relationship {
    /// Somebody with this relation to the presentity.
    pub const fn new(relation: Relation) -> Self {
        Self {
            relation,
            notes: Vec::new(),
        }
    }

    /// The relation. One that was not stated reads as unknown.
    pub const fn relation(&self) -> &Relation {
        &self.relation
    }

    note_methods!();
}

impl Extension for Relationship {
    const NAME: &'static str = "relationship";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let mut relations = super::tokens(element).into_iter();
        Ok(Self {
            relation: relations.next().unwrap_or(Relation::Unknown),
            notes: element.notes(),
        })
    }

    fn to_element(&self) -> Element {
        super::write(build(NAMESPACE, Self::NAME), &self.notes, [&self.relation])
    }
}

tokens! {
    /// What somebody is to the presentity (RFC 4480 section 3.9).
    Relation in NAMESPACE, Other {
        Assistant = "assistant",
        Associate = "associate",
        Family = "family",
        Friend = "friend",
        Myself = "self",
        Supervisor = "supervisor",
        Unknown = "unknown",
    }
}

/// How the service delivers (RFC 4480 section 3.10). Without one it is by electronic means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ServiceClass {
    delivery: Delivery,
    notes: Vec<Note>,
}

impl ServiceClass {
    /// A service that delivers in this way. Anything but `Electronic` and `Unknown` is for tuples without an address.
    pub const fn new(delivery: Delivery) -> Self {
        Self {
            delivery,
            notes: Vec::new(),
        }
    }

    /// The way. One that was not stated reads as unknown.
    pub const fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    note_methods!();
}

impl Extension for ServiceClass {
    const NAME: &'static str = "service-class";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let mut deliveries = super::tokens(element).into_iter();
        Ok(Self {
            delivery: deliveries.next().unwrap_or(Delivery::Unknown),
            notes: element.notes(),
        })
    }

    fn to_element(&self) -> Element {
        super::write(build(NAMESPACE, Self::NAME), &self.notes, [&self.delivery])
    }
}

tokens! {
    /// A way of delivery (RFC 4480 section 3.10).
    Delivery in NAMESPACE {
        Courier = "courier",
        Electronic = "electronic",
        Freight = "freight",
        InPerson = "in-person",
        Postal = "postal",
        Unknown = "unknown",
    }
}

//! What documents have from other specifications.

use crate::element::Attribute;
use crate::tree::At;
use crate::xml::{Namespace, XML_NAMESPACE};
use crate::{Element, Error, InvalidValue, compose};

/// An element that a document has from another specification: in a namespace, and in none of those whose elements this
/// crate's modules have types for. The schemas say `##other` where such elements may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ForeignElement(Element);

impl ForeignElement {
    /// The element as an extension.
    ///
    /// # Errors
    ///
    /// In no namespace, or in one that this crate has types for.
    pub fn new(element: Element) -> Result<Self, InvalidValue> {
        let namespace = element.name().namespace().unwrap_or_default();
        if !Self::is_foreign(namespace) || Namespace::is_of_presence(namespace) {
            return Err(InvalidValue::new(
                "the extension",
                "an element in a namespace of its own",
                &element.name().to_string(),
            ));
        }
        Ok(Self(element))
    }

    /// What a peer has where an extension may stand: it may be of a later version of the specification itself.
    pub(crate) const fn of_peer(element: Element) -> Self {
        Self(element)
    }

    /// The element.
    pub const fn element(&self) -> &Element {
        &self.0
    }

    pub(crate) fn is_foreign(namespace: &str) -> bool {
        is_foreign(namespace)
    }

    /// The extensions among the children of an element, in order.
    pub(crate) fn read_all(at: At<'_>) -> Result<Vec<Self>, Error> {
        let foreign = at.children().filter(|child| Self::is_foreign(child.namespace()));
        foreign.map(|child| child.detach().map(Self)).collect()
    }

    pub(crate) fn compose_all(element: &mut Element, extensions: &[Self]) {
        for extension in extensions {
            compose::push(element, extension.0.clone());
        }
    }
}

impl From<ForeignElement> for Element {
    fn from(extension: ForeignElement) -> Self {
        extension.0
    }
}

/// An attribute that an element of a document has from another specification: in a namespace, and in none of those whose
/// attributes this crate's modules have types for. The schemas say `anyAttribute` where such attributes may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ForeignAttribute(Attribute);

impl ForeignAttribute {
    /// The attribute as an extension.
    ///
    /// # Errors
    ///
    /// In no namespace, or in that of a document that this crate has types for.
    pub fn new(attribute: Attribute) -> Result<Self, InvalidValue> {
        if !is_foreign(attribute.name().namespace().unwrap_or_default()) {
            return Err(InvalidValue::new(
                "the extension",
                "an attribute in a namespace of its own",
                &attribute.name().to_string(),
            ));
        }
        Ok(Self(attribute))
    }

    /// The attribute.
    pub const fn attribute(&self) -> &Attribute {
        &self.0
    }

    /// The extensions among the attributes of an element, in order.
    pub(crate) fn read_all(at: At<'_>) -> Vec<Self> {
        let attributes = at.element().attributes().iter().cloned();
        attributes.filter_map(|attribute| Self::new(attribute).ok()).collect()
    }

    /// Adds them to an element, of several with one name the last.
    pub(crate) fn compose_all(element: &mut Element, attributes: &[Self]) {
        for Self(attribute) in attributes {
            element.attributes.retain(|known| known.name() != attribute.name());
            element.attributes.push(attribute.clone());
        }
    }
}

/// The namespaces of the documents that this crate has types for, in which nothing is foreign therefore.
const OWN_NAMESPACES: [&str; 7] = [
    crate::common_policy::NAMESPACE,
    crate::filter::NAMESPACE,
    crate::resource_lists::COPY_CONTROL_NAMESPACE,
    crate::resource_lists::NAMESPACE,
    crate::rlmi::NAMESPACE,
    crate::rls_services::NAMESPACE,
    crate::watcherinfo::NAMESPACE,
];

fn is_foreign(namespace: &str) -> bool {
    !namespace.is_empty() && namespace != XML_NAMESPACE && !OWN_NAMESPACES.contains(&namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;

    #[test]
    fn what_is_typed_is_not_foreign() {
        for (namespace, is_foreign) in [
            ("", false),
            (XML_NAMESPACE, false),
            (crate::rlmi::NAMESPACE, false),
            ("urn:ietf:params:xml:ns:copycontrol", false),
            ("urn:x", true),
        ] {
            let element = Element::new(namespace, "x").unwrap();
            assert_eq!(ForeignElement::new(element).is_ok(), is_foreign, "{namespace}");
            let attribute = Attribute::new(Name::new(namespace, "x").unwrap(), "").unwrap();
            assert_eq!(ForeignAttribute::new(attribute).is_ok(), is_foreign, "{namespace}");
        }
    }
}

//! Reading and building the parts that extension elements are made of.

use super::{InvalidElement, InvalidElementKind};
use crate::element::Attribute;
use crate::xml::XML_NAMESPACE;
use crate::xml::chars::is_space;
use crate::{Element, Format, InvalidValue, Name, Note};

impl Element {
    /// The text without the white space around it, parsed.
    pub(crate) fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, InvalidValue>) -> Result<T, InvalidElement> {
        parse(self.text().trim_matches(is_space)).map_err(|error| InvalidElement::new(self, error))
    }

    /// The value of an attribute in no namespace, without the white space around it, parsed.
    pub(crate) fn parsed_attribute<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Result<Option<T>, InvalidElement> {
        let value = self.attribute(name).map(|value| value.trim_matches(is_space));
        let parsed = value.map(parse).transpose();
        parsed.map_err(|error| InvalidElement::new(self, error))
    }

    /// The value of a mandatory attribute.
    pub(crate) fn required_attribute<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Result<T, InvalidElement> {
        let missing = || InvalidElement::new(self, InvalidElementKind::MissingAttribute(name));
        self.parsed_attribute(name, parse)?.ok_or_else(missing)
    }

    /// Every `note` among the children, in the namespace of the element or in PIDF's own.
    pub(crate) fn notes(&self) -> Vec<Note> {
        self.elements()
            .filter(|child| self.has_note(child))
            .map(Self::to_note)
            .collect()
    }

    /// Whether a child is one of its notes.
    pub(crate) fn has_note(&self, child: &Self) -> bool {
        child.name.local() == "note" && self.has_part(child)
    }

    /// Whether a child is in the namespace of the element, or in PIDF's, which peers mistake for it.
    pub(crate) fn has_part(&self, child: &Self) -> bool {
        let namespace = child.name.namespace();
        namespace == self.name.namespace() || namespace.is_some_and(|other| Format::from_namespace(other).is_some())
    }

    /// The text as a note, in the language that the element states.
    pub(crate) fn to_note(&self) -> Note {
        Note::from_read(&self.text()).with_lenient_lang(self.qualified_attribute(XML_NAMESPACE, "lang"))
    }

    /// Adds an attribute in no namespace whose name and value are known to be legal.
    pub(crate) fn push_attribute(&mut self, name: &str, value: impl Into<String>) {
        self.attributes.push(Attribute {
            name: Name::trusted(None, name),
            value: value.into(),
        });
    }
}

/// An empty element whose name is known to be legal.
pub(crate) fn build(namespace: &str, local: &str) -> Element {
    Element::from_name(Name::trusted(Some(namespace.into()), local))
}

/// An element with text that is known to be legal.
pub(crate) fn text_element(namespace: &str, local: &str, text: &str) -> Element {
    let mut element = build(namespace, local);
    element.push_text(text.into());
    element
}

/// An element with the text and the language of a note.
pub(crate) fn note_element(namespace: &str, local: &str, note: &Note) -> Element {
    let mut element = text_element(namespace, local, note.text());
    if let Some(lang) = note.lang() {
        element.attributes.push(Attribute {
            name: Name::trusted(Some(XML_NAMESPACE.into()), "lang"),
            value: lang.to_owned(),
        });
    }
    element
}

/// Refuses an element where the schema has a place for those of any other namespace only.
pub(crate) fn check_children(namespace: &str, extension: &Element) -> Result<(), InvalidValue> {
    match extension.name().namespace() {
        Some(other) if other != namespace && other != XML_NAMESPACE => Ok(()),
        _ => Err(InvalidValue::new(
            "the extension",
            "an element in a namespace of its own",
            &extension.name().to_string(),
        )),
    }
}

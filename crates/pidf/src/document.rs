use std::fmt;

use crate::contact::check_uri;
use crate::element::check_extension;
use crate::{Element, Error, Format, InvalidValue, Limits, Note, Tuple, read, write};

/// The presence of one presentity: the `presence` element (RFC 3863 section 4.1.1).
///
/// Its tuples have different ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Document {
    pub(crate) format: Format,
    pub(crate) entity: String,
    pub(crate) tuples: Vec<Tuple>,
    pub(crate) notes: Vec<Note>,
    pub(crate) extensions: Vec<Element>,
}

impl Document {
    /// A document that says nothing yet about a presentity, in [`Format::Pidf`].
    ///
    /// # Errors
    ///
    /// The entity is empty or has white space or a character that XML does not allow. It should be the presentity's
    /// `pres` URL (RFC 3863 section 4.1.1); peers send `sip` URIs too, so the scheme is not checked.
    pub fn new(entity: impl Into<String>) -> Result<Self, InvalidValue> {
        let entity = entity.into();
        check_uri("the entity", &entity)?;
        Ok(Self {
            format: Format::Pidf,
            entity,
            tuples: Vec::new(),
            notes: Vec::new(),
            extensions: Vec::new(),
        })
    }

    /// Reads a document in either [`Format`].
    ///
    /// The document has to be in UTF-8, whatever the charset parameter of its media type says.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, not a presence document, beyond a limit, or without a mandatory part; see
    /// [`ErrorKind`](crate::ErrorKind).
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        read::document(document, limits)
    }

    /// Writes the document, whatever format it was read from: with an XML declaration, PIDF's namespace as the default,
    /// one line an element, ids that are `xs:ID`. Each namespace of an extension is declared once. The same document
    /// gives the same text.
    ///
    /// The draft's format is spelt as its users print it, ` OPEN ` in capitals with spaces.
    pub fn write(&self, format: Format) -> String {
        write::document(self, format)
    }

    /// Sets the format that [`Document::format`] gives and `Display` writes.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Adds a tuple, or replaces the one with the same id.
    #[must_use]
    pub fn with_tuple(mut self, tuple: Tuple) -> Self {
        self.insert_tuple(tuple);
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: Note) -> Self {
        self.push_note(note);
        self
    }

    /// Adds an extension element.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in PIDF's own.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        self.push_extension(extension)?;
        Ok(self)
    }

    /// Adds a tuple, or puts it in the place of the one with the same id, which is given back.
    pub fn insert_tuple(&mut self, tuple: Tuple) -> Option<Tuple> {
        match self.tuples.iter_mut().find(|old| old.id == tuple.id) {
            Some(old) => Some(std::mem::replace(old, tuple)),
            None => {
                self.tuples.push(tuple);
                None
            }
        }
    }

    /// Takes out the tuple with this id.
    pub fn remove_tuple(&mut self, id: &str) -> Option<Tuple> {
        let index = self.tuples.iter().position(|tuple| tuple.id.as_str() == id)?;
        Some(self.tuples.remove(index))
    }

    /// Adds a note.
    pub fn push_note(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Adds an extension element.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in PIDF's own.
    pub fn push_extension(&mut self, extension: Element) -> Result<(), InvalidValue> {
        check_extension(&extension)?;
        self.extensions.push(extension);
        Ok(())
    }

    /// The format that the document was read from.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The URI of the presentity.
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// The tuples, in order.
    pub fn tuples(&self) -> &[Tuple] {
        &self.tuples
    }

    /// The tuple with this id.
    pub fn tuple(&self, id: &str) -> Option<&Tuple> {
        self.tuples.iter().find(|tuple| tuple.id.as_str() == id)
    }

    /// The comments on the presentity, in order.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What other specifications add about the presentity, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }
}

impl fmt::Display for Document {
    /// Writes in the document's own format.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(self.format))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Basic, TupleId};

    #[test]
    fn a_tuple_replaces_the_one_with_its_id() {
        let tuple = |id: &str, basic| Tuple::new(TupleId::new(id).unwrap(), basic);
        let mut document = Document::new("pres:a@example.test")
            .unwrap()
            .with_tuple(tuple("one", Basic::Open))
            .with_tuple(tuple("two", Basic::Open));
        let old = document.insert_tuple(tuple("one", Basic::Closed)).unwrap();
        assert_eq!(old.status().basic(), Some(Basic::Open));
        assert_eq!(document.tuples().len(), 2);
        assert_eq!(document.tuples()[0].status().basic(), Some(Basic::Closed));
        assert!(document.remove_tuple("one").is_some());
        assert!(document.remove_tuple("one").is_none());
        assert!(document.tuple("two").is_some());
    }

    #[test]
    fn extensions_are_in_another_namespace() {
        let document = || Document::new("pres:a@example.test").unwrap();
        let element = |namespace| Element::new(namespace, "x").unwrap();
        assert!(document().with_extension(element("urn:other")).is_ok());
        assert!(document().with_extension(element("")).is_err());
        assert!(document().with_extension(element(Format::Pidf.namespace())).is_err());
        assert!(
            document()
                .with_extension(element(Format::CpimPidf.namespace()))
                .is_err()
        );
    }

    #[test]
    fn an_entity_is_a_uri() {
        assert!(Document::new("").is_err());
        assert!(Document::new("pres:a\u{1}").is_err());
    }
}

use std::fmt;

use compact_str::CompactString;

use crate::contact::check_uri;
use crate::element::check_extension;
use crate::source::{Child, Source};
use crate::{
    Device, Element, Error, Extension, Format, InvalidElement, InvalidValue, Limits, Note, Person, Tuple, extension,
    ids, read, write,
};

/// The presence of one presentity: the `presence` element (RFC 3863 section 4.1.1).
///
/// Its tuples have different ids. A document that was read keeps its text: what is not changed is written as it was,
/// with comments, white space, prefixes and everything that this crate does not know. The text does not count when
/// documents are compared. It takes as much memory as the document had bytes, until [`Document::normalized`] forgets it.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Document {
    pub(crate) format: Format,
    pub(crate) entity: Option<CompactString>,
    pub(crate) tuples: Vec<Tuple>,
    pub(crate) notes: Vec<Note>,
    pub(crate) extensions: Vec<Element>,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) source: Option<Source>,
}

impl Document {
    /// A document that says nothing yet about a presentity, in [`Format::Pidf`].
    ///
    /// # Errors
    ///
    /// The entity is empty or has white space or a character that XML does not allow. It should be the presentity's
    /// `pres` URL (RFC 3863 section 4.1.1); peers send `sip` URIs too, so the scheme is not checked.
    pub fn new(entity: impl Into<String>) -> Result<Self, InvalidValue> {
        let mut document = Self::empty(Format::Pidf);
        document.set_entity(entity)?;
        Ok(document)
    }

    pub(crate) const fn empty(format: Format) -> Self {
        Self {
            format,
            entity: None,
            tuples: Vec::new(),
            notes: Vec::new(),
            extensions: Vec::new(),
            source: None,
        }
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

    /// Writes the document.
    ///
    /// A document that was read is written in its own format as it was, but for what was changed since; its own
    /// deviations from the schema stay. [`Document::normalized`] leaves them behind.
    ///
    /// A document that was built, or that is to have the other format, is written by the schema: with an XML
    /// declaration, PIDF's namespace as the default, one line an element, ids that are `xs:ID`. Each namespace of an
    /// extension is declared once. The same document gives the same text. The draft's format is spelt as its users
    /// print it, ` OPEN ` in capitals with spaces.
    pub fn write(&self, format: Format) -> String {
        let source = self.source.as_ref();
        source
            .and_then(|source| source.write(self, format))
            .unwrap_or_else(|| write::document(self, format))
    }

    /// Forgets the text that the document was read from, so that it is written by the schema.
    ///
    /// Lost are comments, processing instructions and layout outside of extensions, and what the schema has no place
    /// for: attributes of PIDF's own elements that it does not define, elements in no namespace, and unknown elements
    /// in PIDF's own namespace, which RFC 3863 section 4.2.3 says to ignore.
    ///
    /// Ids of persons, devices and parts of rich presence become such as XML has: names, each of which is one thing's in
    /// the whole document. Those of tuples stay, and so does the first of several that are the same.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.source = None;
        ids::settle(&mut self);
        self
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

    /// Sets the URI of the presentity.
    ///
    /// # Errors
    ///
    /// See [`Document::new`].
    pub fn set_entity(&mut self, entity: impl Into<String>) -> Result<(), InvalidValue> {
        let entity = entity.into();
        check_uri("the entity", &entity)?;
        self.entity = Some(entity.into());
        self.note_change(Source::change_entity);
        Ok(())
    }

    /// Adds a tuple, or puts it in the place of the one with the same id, which is given back.
    pub fn insert_tuple(&mut self, tuple: Tuple) -> Option<Tuple> {
        let known = self.tuples.iter().position(|old| old.id == tuple.id);
        match known.and_then(|index| Some((index, self.tuples.get_mut(index)?))) {
            Some((index, old)) => {
                let old = std::mem::replace(old, tuple);
                self.note_change(|source| source.change(Child::Tuple, index));
                Some(old)
            }
            None => {
                self.tuples.push(tuple);
                self.note_change(|source| source.add(Child::Tuple));
                None
            }
        }
    }

    /// Takes out the tuple with this id.
    pub fn remove_tuple(&mut self, id: &str) -> Option<Tuple> {
        let index = self.tuples.iter().position(|tuple| tuple.id.as_str() == id)?;
        self.note_change(|source| source.remove(Child::Tuple, index));
        Some(self.tuples.remove(index))
    }

    /// Adds a note.
    pub fn push_note(&mut self, note: Note) {
        self.notes.push(note);
        self.note_change(|source| source.add(Child::Note));
    }

    /// Takes out the note with this index.
    pub fn remove_note(&mut self, index: usize) -> Option<Note> {
        if index >= self.notes.len() {
            return None;
        }
        self.note_change(|source| source.remove(Child::Note, index));
        Some(self.notes.remove(index))
    }

    /// Adds an extension element.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in PIDF's own.
    pub fn push_extension(&mut self, extension: Element) -> Result<(), InvalidValue> {
        check_extension(&extension)?;
        self.extensions.push(extension);
        self.note_change(|source| source.add(Child::Extension));
        Ok(())
    }

    /// Puts an extension element in the place of the one with this index, which is given back. Without one there, the
    /// element is added.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in PIDF's own.
    pub fn replace_extension(&mut self, index: usize, extension: Element) -> Result<Option<Element>, InvalidValue> {
        check_extension(&extension)?;
        match self.extensions.get_mut(index) {
            Some(old) => {
                let old = std::mem::replace(old, extension);
                self.note_change(|source| source.change(Child::Extension, index));
                Ok(Some(old))
            }
            None => {
                self.push_extension(extension)?;
                Ok(None)
            }
        }
    }

    /// Takes out the extension element with this index.
    pub fn remove_extension(&mut self, index: usize) -> Option<Element> {
        if index >= self.extensions.len() {
            return None;
        }
        self.note_change(|source| source.remove(Child::Extension, index));
        Some(self.extensions.remove(index))
    }

    fn note_change(&mut self, change: impl FnOnce(&mut Source)) {
        if let Some(source) = &mut self.source {
            change(source);
        }
    }

    /// The format that the document was read from.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The URI of the presentity. RFC 3863 asks for one; documents without it are read nevertheless, as the one in
    /// RFC 4479 section 3.7 has none.
    pub fn entity(&self) -> Option<&str> {
        self.entity.as_deref()
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

    /// What is said of the presentity as a person (RFC 4479 section 3.2), in order.
    pub fn persons(&self) -> impl Iterator<Item = Result<Person, InvalidElement>> {
        extension::typed_all(&self.extensions)
    }

    /// The devices (RFC 4479 section 3.4), in order.
    pub fn devices(&self) -> impl Iterator<Item = Result<Device, InvalidElement>> {
        extension::typed_all(&self.extensions)
    }

    /// Adds an element of a type, or puts it in the place of the first with the same name and the same id, if it has
    /// one. In XML no two elements may have the same id, whatever their names; [`Document::normalized`] sees to that.
    ///
    /// # Errors
    ///
    /// The type's namespace is none or PIDF's own.
    pub fn insert_typed<T: Extension>(&mut self, value: &T) -> Result<(), InvalidValue> {
        let element = value.to_element();
        let is_same = |old: &Element| extension::stand_for_the_same(old, &element);
        let known = self.extensions.iter().position(is_same);
        self.replace_extension(known.unwrap_or(self.extensions.len()), element)?;
        Ok(())
    }

    /// Adds an element of a type as [`Document::insert_typed`] does.
    ///
    /// # Errors
    ///
    /// The type's namespace is none or PIDF's own.
    pub fn with_typed<T: Extension>(mut self, value: &T) -> Result<Self, InvalidValue> {
        self.insert_typed(value)?;
        Ok(self)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.format == other.format
            && self.entity == other.entity
            && self.tuples == other.tuples
            && self.notes == other.notes
            && self.extensions == other.extensions
    }
}

impl Eq for Document {}

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

use std::fmt::{self, Write as _};

use crate::element::check_extension;
use crate::xml::chars;
use crate::{Basic, Contact, Element, InvalidValue, Note, Status, Timestamp};

/// One way of reaching the presentity, and its status (RFC 3863 section 4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Tuple {
    pub(crate) id: TupleId,
    pub(crate) status: Status,
    pub(crate) contact: Option<Contact>,
    pub(crate) notes: Vec<Note>,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) extensions: Vec<Element>,
}

impl Tuple {
    /// A tuple with a basic status and nothing else.
    pub fn new(id: TupleId, basic: Basic) -> Self {
        Self::from_status(id, Status::new(basic))
    }

    /// A tuple with any status.
    pub fn from_status(id: TupleId, status: Status) -> Self {
        Self {
            id,
            status,
            contact: None,
            notes: Vec::new(),
            timestamp: None,
            extensions: Vec::new(),
        }
    }

    /// Replaces the id.
    #[must_use]
    pub fn with_id(mut self, id: TupleId) -> Self {
        self.id = id;
        self
    }

    /// Replaces the status.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Sets the contact. A tuple with a basic status should have one (RFC 3863 section 4.1.2).
    #[must_use]
    pub fn with_contact(mut self, contact: Contact) -> Self {
        self.contact = Some(contact);
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// Sets the time of the last change. Every tuple should have it (RFC 3863 section 4.1.7).
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: Timestamp) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// Adds an extension element.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in PIDF's own.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        check_extension(&extension)?;
        self.extensions.push(extension);
        Ok(self)
    }

    /// What distinguishes this tuple from the others of the same presentity, in this document and in later ones.
    pub const fn id(&self) -> &TupleId {
        &self.id
    }

    /// The status.
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// The address.
    pub const fn contact(&self) -> Option<&Contact> {
        self.contact.as_ref()
    }

    /// The comments for people, in order.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// When the status changed.
    pub const fn timestamp(&self) -> Option<&Timestamp> {
        self.timestamp.as_ref()
    }

    /// What other specifications add, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }
}

/// The id of a tuple: an `xs:ID`, that is a name without a colon that starts with a letter or `_`.
///
/// RFC 3863 calls it an arbitrary string in the text and `xs:ID` in the schema, and peers do send ids that are none,
/// such as numbers. What a peer sent is therefore read through [`TupleId::escape`], so that what this crate writes
/// validates, and the same id of a peer is the same id here every time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TupleId(String);

impl TupleId {
    /// The id as it stands.
    ///
    /// # Errors
    ///
    /// Not an `xs:ID`.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidValue> {
        let id = id.into();
        if !chars::is_ncname(&id) {
            return Err(InvalidValue::new(
                "the tuple id",
                "a name that starts with a letter or `_` and has no colon",
                &id,
            ));
        }
        Ok(Self(id))
    }

    /// An id from any text: itself where it is an `xs:ID`, otherwise with each character that cannot stand there as
    /// `_x` and its code in hexadecimal and `_`.
    ///
    /// ```
    /// # use pidf::TupleId;
    /// assert_eq!(TupleId::escape("desk")?.as_str(), "desk");
    /// assert_eq!(TupleId::escape("42")?.as_str(), "_x0034_2");
    /// assert_eq!(TupleId::escape("sip:bob")?.as_str(), "sip_x003A_bob");
    /// # Ok::<(), pidf::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Empty.
    pub fn escape(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::new("the tuple id", "some text", text));
        }
        let mut id = String::with_capacity(text.len());
        for c in text.chars() {
            let allowed = if id.is_empty() {
                chars::is_name_start(c)
            } else {
                chars::is_name_char(c)
            };
            if allowed {
                id.push(c);
            } else {
                // Formatting into a String does not fail.
                let _ = write!(id, "_x{:04X}_", u32::from(c));
            }
        }
        Ok(Self(id))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TupleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for id in ["a", "_1", "t4.nn5", "ID-orchard", "\u{D55C}\u{AE00}"] {
            assert_eq!(TupleId::new(id).unwrap().as_str(), id);
            assert_eq!(TupleId::escape(id).unwrap().as_str(), id);
        }
        for id in ["", "1", "-a", "a b", "a:b", "a\0"] {
            assert!(TupleId::new(id).is_err(), "{id:?}");
        }
        assert_eq!(TupleId::escape("-a b\0").unwrap().as_str(), "_x002D_a_x0020_b_x0000_");
        assert!(TupleId::escape("").is_err());
    }
}

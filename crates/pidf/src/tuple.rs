use crate::element::check_extension;
use crate::extension::typed_methods;
use crate::{Basic, Contact, Element, Extension, Id, InvalidElement, InvalidValue, Note, Status, Timestamp, extension};

/// The id of a tuple.
pub type TupleId = Id;

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

    typed_methods!();
}

//! Presence documents: PIDF (RFC 3863) and the 2002 draft that it grew from, read and written.
//!
//! The crate knows XML and presence, not SIP. A [`Document`] says of one presentity which ways there are to reach it:
//! each [`Tuple`] has a [`Status`] (open or closed), and may have a contact address, notes and a timestamp. What other
//! specifications add (RFC 4479 persons and devices, RFC 4480 activities, a vendor's own) is kept as [`Element`]s, with
//! its namespaces, and written back.
//!
//! # Build and write
//!
//! ```
//! use pidf::{Basic, Contact, Document, Format, Note, Priority, Tuple, TupleId};
//!
//! # fn main() -> Result<(), pidf::InvalidValue> {
//! let document = Document::new("pres:alice@example.test")?.with_tuple(
//!     Tuple::new(TupleId::new("desk")?, Basic::Open)
//!         .with_contact(Contact::new("sip:alice@192.0.2.7")?.with_priority(Priority::new(800)?))
//!         .with_note(Note::new("In a meeting until three")?.with_lang("en")?),
//! );
//! let body = document.write(Format::Pidf);
//! assert!(body.contains(r#"<contact priority="0.8">sip:alice@192.0.2.7</contact>"#));
//! # Ok(())
//! # }
//! ```
//!
//! Values are checked when they are built, so writing cannot fail. What is written validates against the schema of
//! RFC 3863 section 4.4: the default namespace unprefixed, the schema's order, ids that are `xs:ID`.
//!
//! # Read
//!
//! ```
//! use pidf::{Basic, Document, ErrorKind, Format, Limits};
//!
//! let body = br#"<p:presence xmlns:p="urn:ietf:params:xml:ns:cpim-pidf" entity="pres:kmh@example.test">
//!   <p:tuple id="pc"><p:status><p:basic> OPEN </p:basic></p:status></p:tuple>
//! </p:presence>"#;
//! let document = Document::parse(body, &Limits::default())?;
//! assert_eq!(document.format(), Format::CpimPidf);
//! assert_eq!(document.tuples()[0].status().basic(), Some(Basic::Open));
//!
//! let error = Document::parse(b"<watcherinfo/>", &Limits::default()).unwrap_err();
//! assert!(matches!(error.kind(), ErrorKind::Root { .. }));
//! # Ok::<(), pidf::Error>(())
//! ```
//!
//! The reader goes by namespace and takes any prefix, quotes, CDATA, comments, character references, order of children
//! and white space around values. It refuses document type declarations, expands no entity but the five that XML
//! predefines, and holds every document to [`Limits`], in time linear in its size. An [`Error`] has the line, the
//! column, the byte offset and what was expected there.
//!
//! What it does not keep: comments and processing instructions; attributes that the schema has no place for on PIDF's
//! own elements (`xsi:schemaLocation` on `presence`); elements in no namespace, or with an unknown name in PIDF's own
//! namespace, which RFC 3863 section 4.2.3 says to ignore and which its schema has no place for.
//!
//! # Features
//!
//! `serde`: `Serialize` for the document types. Off by default.

mod contact;
mod data_model;
mod document;
mod element;
mod error;
mod extension;
mod format;
mod id;
mod limits;
mod note;
mod read;
mod source;
mod status;
mod timed_status;
mod timestamp;
mod tuple;
mod write;
mod xml;

pub mod caps;
pub mod cipid;
pub mod rpid;

pub use contact::{Contact, Priority};
pub use data_model::{Device, DeviceId, Person};
pub use document::Document;
pub use element::{Attribute, Element, Name, Node};
pub use error::{Error, ErrorKind, InvalidValue, Position};
pub use extension::{Extension, InvalidElement, InvalidElementKind};
pub use format::{Format, MEDIA_TYPE, MEDIA_TYPE_CPIM_PIDF};
pub use id::Id;
pub use limits::Limits;
pub use note::Note;
pub use status::{Basic, Status};
pub use timed_status::TimedStatus;
pub use timestamp::Timestamp;
pub use tuple::{Tuple, TupleId};

//! Presence documents: PIDF (RFC 3863) and the 2002 draft that it grew from, read and written.
//!
//! The crate knows XML and presence, not SIP. A [`Document`] says of one presentity which ways there are to reach it:
//! each [`Tuple`] has a [`Status`] (open or closed), and may have a contact address, notes and a timestamp.
//!
//! # A tour
//!
//! | what | where |
//! | --- | --- |
//! | presence, tuples, notes (RFC 3863, draft-ietf-impp-cpim-pidf-07) | [`Document`], [`Tuple`], [`Note`], [`Format`] |
//! | persons and devices (RFC 4479) | [`Person`], [`Device`], [`DeviceId`] |
//! | activities, moods, places and the rest of rich presence (RFC 4480) | [`rpid`] |
//! | status at another time (RFC 4481) | [`TimedStatus`] |
//! | contact information (RFC 4482) | [`cipid`] |
//! | capabilities (RFC 5196) | [`caps`] |
//! | anything else | [`Element`], [`Extension`] |
//!
//! The text that was read is the truth, and values are views of it: what is not changed is written back as it was,
//! with comments, white space, prefixes and what this crate does not know. A change to a [`Document`] replaces its part
//! of the text. What other specifications add is an [`Element`], and the types of the modules above implement
//! [`Extension`]: `typed` reads them from where they stand, `with_typed` puts them there.
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
//! Values are checked when they are built, so writing cannot fail. What was built validates against the schemas of the
//! RFCs: the default namespace unprefixed, the usual prefixes for the rest, the schema's order, ids that are `xs:ID`. That
//! the ids of tuples, persons and devices differ from each other is up to who builds, or to [`Document::normalized`].
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
//! # Change what was read
//!
//! ```
//! use pidf::rpid::{Activities, Activity};
//! use pidf::{Document, Limits, Person};
//!
//! let body = br#"<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
//!     xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" entity="pres:kmh@example.test">
//!   <!-- of the calendar -->
//!   <dm:person id="p1"><r:activities><r:meeting/></r:activities></dm:person>
//! </presence>"#;
//! let mut document = Document::parse(body, &Limits::default())?;
//! let person: Person = document.persons().next().unwrap()?;
//! assert_eq!(person.typed::<Activities>()?.unwrap().activities(), [Activity::Meeting]);
//!
//! document.insert_typed(&person.with_typed(&Activities::new([Activity::OnThePhone]))?)?;
//! let expected = std::str::from_utf8(body)?.replace("meeting", "on-the-phone");
//! assert_eq!(document.to_string(), expected);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Document::normalized`] forgets the text, for who wants the schema's layout whatever a peer sent.
//!
//! # Documents around presence
//!
//! Each has a module, with an example there:
//!
//! | module | document | RFC |
//! | --- | --- | --- |
//! | [`common_policy`] | who may see what, of any information | 4745 |
//! | [`filter`] | what a watcher wants to be told, and when, and its application | 4660, 4661 |
//! | [`partial`] | presence, whole and then in changes | 5262, 5263, 5264 |
//! | [`patch`] | changes to any XML document, found and carried out | 5261 |
//! | [`pres_rules`] | who may see what of presence, and its evaluation | 5025 |
//! | [`resource_lists`] | lists that users keep | 4826, 5364 |
//! | [`rlmi`] | what a notification about a list has in it | 4662 |
//! | [`rls_services`] | lists that can be subscribed to | 4826 |
//! | [`watcherinfo`] | who is subscribed, and in which state | 3858 |
//!
//! They are read by namespace too, within the same [`Limits`], and their errors have the place of the element that is
//! wrong. What their schemas require is required of a peer. What is written validates, with the document's namespace as
//! the default and one element a line; elements and attributes of other specifications are kept as [`ForeignElement`]s and
//! [`ForeignAttribute`]s where the schema has a place for them, comments and layout are not.
//!
//! # Features
//!
//! `serde`: `Serialize` for the document types. Off by default.

pub mod caps;
pub mod cipid;
pub mod common_policy;
pub mod filter;
pub mod partial;
pub mod patch;
pub mod pres_rules;
pub mod resource_lists;
pub mod rlmi;
pub mod rls_services;
pub mod rpid;
pub mod watcherinfo;

mod budget;
mod compose;
mod contact;
mod data_model;
mod document;
mod element;
mod error;
mod extension;
mod foreign;
mod format;
mod id;
mod ids;
mod limits;
mod note;
mod read;
mod scanner;
mod source;
mod status;
mod timed_status;
mod timestamp;
mod tree;
mod tuple;
mod value;
mod write;
mod xml;

pub use contact::{Contact, Priority};
pub use data_model::{Device, DeviceId, Person};
pub use document::Document;
pub use element::{Attribute, Element, Name, Node};
pub use error::{Error, ErrorKind, InvalidValue, Position};
pub use extension::{Extension, InvalidElement, InvalidElementKind};
pub use foreign::{ForeignAttribute, ForeignElement};
pub use format::{Format, MEDIA_TYPE, MEDIA_TYPE_CPIM_PIDF};
pub use id::Id;
pub use limits::Limits;
pub use note::Note;
pub use status::{Basic, Status};
pub use timed_status::TimedStatus;
pub use timestamp::Timestamp;
pub use tuple::{Tuple, TupleId};
pub use value::{DisplayName, Language, Text, Token, Uri};

//! Partial presence: the whole document once, then what changed (RFC 5262), as notifications (RFC 5263) and publications
//! (RFC 5264) use it.
//!
//! ```
//! use pidf::partial::{PartialDocument, Presence, Update};
//! use pidf::{Basic, Document, Limits, Note, Tuple, TupleId};
//!
//! let limits = Limits::default();
//! let old = Document::new("pres:someone@example.com")?.with_tuple(Tuple::new(TupleId::new("t")?, Basic::Open));
//! let new = old.clone().with_note(Note::new("at lunch")?);
//!
//! // The presence agent numbers its documents from 1.
//! let full = PartialDocument::full(&old, Some(1), &limits)?;
//! let diff = PartialDocument::diff(&old, &new, Some(2), &limits)?;
//!
//! // The watcher keeps a copy, and applies to it what comes.
//! let mut presence = Presence::default();
//! for body in [full.write(), diff.write()] {
//!     let document = PartialDocument::parse(body.as_bytes(), &limits)?;
//!     assert_eq!(presence.apply(&document, &limits)?, Update::Applied);
//! }
//! assert_eq!(presence.version(), Some(2));
//! assert_eq!(presence.document(&limits)?, new);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::patch::{Patch, PatchError, compose_operations, read_operations};
use crate::tree::{At, Tree};
use crate::value::number;
use crate::{Document, Element, Error, Format, Limits, Name, Uri, compose};

/// The media type of partial presence documents (RFC 5262 section 5.2).
pub const MEDIA_TYPE: &str = "application/pidf-diff+xml";

/// The namespace of `pidf-full`, `pidf-diff` and the operations.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf-diff";

const PRESENCE_NAMESPACE: &str = Format::Pidf.namespace();

/// A document of the type `application/pidf-diff+xml` (RFC 5262 section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialDocument {
    version: Option<u32>,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Diff {
        entity: Option<Uri>,
        patch: Patch,
    },
    /// A `presence` element.
    Full(Element),
}

impl PartialDocument {
    /// The whole of a presence document: `pidf-full`.
    ///
    /// # Errors
    ///
    /// The document is beyond the limits that it is read back with.
    pub fn full(document: &Document, version: Option<u32>, limits: &Limits) -> Result<Self, Error> {
        Ok(Self {
            version,
            content: Content::Full(presence_element(document, limits)?),
        })
    }

    /// What changed between two presence documents: `pidf-diff`, or `pidf-full` where no patch within the limits tells it.
    ///
    /// The patch holds for `old` as [`PartialDocument::full`] and the patches after it tell it.
    ///
    /// # Errors
    ///
    /// A document is beyond the limits that it is read back with.
    pub fn diff(old: &Document, new: &Document, version: Option<u32>, limits: &Limits) -> Result<Self, Error> {
        let presence = presence_element(new, limits)?;
        Ok(match Patch::diff(&presence_element(old, limits)?, &presence, limits) {
            Ok(patch) => {
                let entity = new.entity().and_then(|entity| Uri::new(entity).ok());
                Self::from_patch(entity, patch, version)
            }
            Err(_) => Self {
                version,
                content: Content::Full(presence),
            },
        })
    }

    /// A `pidf-diff` with these operations.
    pub const fn from_patch(entity: Option<Uri>, patch: Patch, version: Option<u32>) -> Self {
        Self {
            version,
            content: Content::Diff { entity, patch },
        }
    }

    /// Reads a document of either root.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, neither root, beyond a limit, or an operation that is none. Whether a `pidf-full` is a presence
    /// document is checked by [`Presence::document`].
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let root = Element::parse(document, limits)?;
        let tree = Tree::new(document, &root, limits);
        let at = tree.any_root();
        let version = version(at)?;
        let content = if at.is(NAMESPACE, "pidf-full") {
            let mut presence = root.clone();
            presence.remove_attribute("", "version");
            presence.name = presence_name();
            Content::Full(presence)
        } else {
            let at = tree.root(NAMESPACE, "pidf-diff")?;
            let entity = at.attribute("entity").map(Uri::new).transpose();
            Content::Diff {
                entity: at.value(entity)?,
                patch: read_operations(at)?,
            }
        };
        Ok(Self { version, content })
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        let mut root = match &self.content {
            Content::Diff { entity, patch } => {
                let mut root = compose::element(NAMESPACE, "pidf-diff");
                if let Some(entity) = entity {
                    compose::set(&mut root, "entity", entity);
                }
                compose_operations(patch, &mut root);
                root
            }
            Content::Full(presence) => {
                let mut root = presence.clone();
                root.name = compose::element(NAMESPACE, "pidf-full").name;
                root.name.prefix = Some("p".into());
                root
            }
        };
        if let Some(version) = self.version {
            compose::set(&mut root, "version", version);
        }
        root.write()
    }

    /// Orders the documents of one subscription. Publications have none.
    pub const fn version(&self) -> Option<u32> {
        self.version
    }

    /// Whether it is a `pidf-full`.
    pub const fn is_full(&self) -> bool {
        matches!(self.content, Content::Full(_))
    }

    /// The operations of a `pidf-diff`.
    pub const fn patch(&self) -> Option<&Patch> {
        match &self.content {
            Content::Diff { patch, .. } => Some(patch),
            Content::Full(_) => None,
        }
    }

    /// The URI of the presentity, where it is told.
    pub fn entity(&self) -> Option<&str> {
        match &self.content {
            Content::Diff { entity, .. } => entity.as_ref().map(Uri::as_str),
            Content::Full(presence) => presence.attribute("entity"),
        }
    }
}

impl fmt::Display for PartialDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

fn version(at: At<'_>) -> Result<Option<u32>, Error> {
    let version = at.attribute("version");
    let version = version.map(|text| number("the version", "a number of 32 bits", text));
    at.value(version.transpose())
}

fn presence_name() -> Name {
    compose::element(PRESENCE_NAMESPACE, "presence").name
}

/// A presence document as an element, in the format of RFC 3863.
fn presence_element(document: &Document, limits: &Limits) -> Result<Element, Error> {
    Element::parse(document.write(Format::Pidf).as_bytes(), limits)
}

/// What is known of a presentity from the documents that came: a watcher's or a compositor's copy (RFC 5263 section 4.5,
/// RFC 5264 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    version: Option<u32>,
    element: Option<Element>,
}

impl Presence {
    /// Brings the copy up to date with a document.
    ///
    /// # Errors
    ///
    /// An operation could not be carried out. The copy is then as it was, and the subscription should be refreshed, or the
    /// publication answered with what [`Patch::error_document`] makes of the error.
    pub fn apply(&mut self, document: &PartialDocument, limits: &Limits) -> Result<Update, PatchError> {
        // Where either has no version, as in publications, the order is that of what carries the documents.
        let ahead = match (self.version, document.version) {
            (Some(known), Some(version)) if version <= known => return Ok(Update::Discarded),
            (Some(known), Some(version)) => version - known,
            _ => 1,
        };
        match &document.content {
            Content::Full(presence) => self.element = Some(presence.clone()),
            Content::Diff { entity, patch } => {
                let Some(element) = self.element.as_mut().filter(|_| ahead == 1) else {
                    return Ok(Update::Gap);
                };
                let is_other = |known: &str| entity.as_ref().is_some_and(|entity| entity.as_str() != known.trim());
                if element.attribute("entity").is_some_and(is_other) {
                    return Ok(Update::OtherEntity);
                }
                patch.apply(element, limits)?;
            }
        }
        self.version = document.version.or(self.version);
        Ok(Update::Applied)
    }

    /// The version of the last document that was applied.
    pub const fn version(&self) -> Option<u32> {
        self.version
    }

    /// The `presence` element, as it was received and patched.
    pub const fn element(&self) -> Option<&Element> {
        self.element.as_ref()
    }

    /// The presence document.
    ///
    /// # Errors
    ///
    /// It is none, after what was received: a peer can send, or patch into being, anything. Before the first `pidf-full`
    /// there is none either.
    pub fn document(&self, limits: &Limits) -> Result<Document, Error> {
        let written = self.element.as_ref().map(Element::write).unwrap_or_default();
        Document::parse(written.as_bytes(), limits)
    }
}

/// What became of a document that was applied to a [`Presence`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Update {
    /// The copy is up to date.
    Applied,
    /// Not newer than what is known: nothing changed.
    Discarded,
    /// What it changes is not known, as a document before it was lost: nothing changed, and the subscription should be
    /// refreshed (RFC 5263 section 4.5).
    Gap,
    /// It is about another presentity (RFC 5262 section 3.2): nothing changed.
    OtherEntity,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Basic, Note, Tuple, TupleId};

    fn document(note: &str) -> Document {
        let tuple = Tuple::new(TupleId::new("t").unwrap(), Basic::Open);
        let document = Document::new("pres:a@example.test").unwrap().with_tuple(tuple);
        document.with_note(Note::new(note).unwrap())
    }

    fn whole(note: &str, version: Option<u32>) -> PartialDocument {
        PartialDocument::full(&document(note), version, &Limits::default()).unwrap()
    }

    fn diff(from: &str, to: &str, version: Option<u32>) -> PartialDocument {
        PartialDocument::diff(&document(from), &document(to), version, &Limits::default()).unwrap()
    }

    #[test]
    fn versions_order_the_documents() {
        let limits = Limits::default();
        let mut presence = Presence::default();
        assert!(presence.document(&limits).is_err());
        assert_eq!(presence.apply(&diff("a", "b", Some(1)), &limits), Ok(Update::Gap));
        let full = whole("a", Some(5));
        assert_eq!(presence.apply(&full, &limits), Ok(Update::Applied));
        assert_eq!(presence.apply(&full, &limits), Ok(Update::Discarded));
        assert_eq!(presence.apply(&diff("b", "c", Some(7)), &limits), Ok(Update::Gap));
        assert_eq!(presence.apply(&diff("a", "b", Some(6)), &limits), Ok(Update::Applied));
        assert_eq!(presence.document(&limits).unwrap(), document("b"));
        let full = whole("z", Some(20));
        assert_eq!(presence.apply(&full, &limits), Ok(Update::Applied));
        assert_eq!(presence.version(), Some(20));
    }

    #[test]
    fn what_no_patch_tells_is_told_whole() {
        let limits = Limits {
            patch_steps: 1,
            ..Limits::default()
        };
        let diff = PartialDocument::diff(&document("a"), &document("b"), Some(2), &limits).unwrap();
        assert!(diff.is_full());
        let mut presence = Presence::default();
        assert_eq!(presence.apply(&diff, &limits), Ok(Update::Applied));
        assert_eq!(presence.document(&limits).unwrap(), document("b"));
    }

    #[test]
    fn publications_have_no_version() {
        let limits = Limits::default();
        let mut presence = Presence::default();
        presence.apply(&whole("a", None), &limits).unwrap();
        for (from, to) in [("a", "b"), ("b", "c")] {
            assert_eq!(presence.apply(&diff(from, to, None), &limits), Ok(Update::Applied));
        }
        assert_eq!(presence.document(&limits).unwrap(), document("c"));
    }

    #[test]
    fn what_fails_changes_nothing() {
        let limits = Limits::default();
        let mut presence = Presence::default();
        presence.apply(&whole("a", Some(1)), &limits).unwrap();
        let before = presence.clone();
        let body = format!(
            "<p:pidf-diff xmlns:p='{NAMESPACE}' xmlns='{PRESENCE_NAMESPACE}' version='2'>\
             <p:replace sel='presence/note/text()'>b</p:replace><p:remove sel='presence/tuple[2]'/></p:pidf-diff>"
        );
        let bad = PartialDocument::parse(body.as_bytes(), &limits).unwrap();
        let error = presence.apply(&bad, &limits).unwrap_err();
        assert_eq!(error.index(), 1);
        assert_eq!(presence, before);
        let other =
            PartialDocument::from_patch(Some("pres:b@example.test".parse().unwrap()), Patch::default(), Some(2));
        assert_eq!(presence.apply(&other, &limits), Ok(Update::OtherEntity));
    }

    #[test]
    fn other_documents_are_refused() {
        let error = PartialDocument::parse(document("a").write(Format::Pidf).as_bytes(), &Limits::default());
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("expected the root {urn:ietf:params:xml:ns:pidf-diff}pidf-diff")
        );
    }
}

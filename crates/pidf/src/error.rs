use std::borrow::Cow;
use std::fmt;

use crate::{Id, Name};

/// Why a document was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .0.position, .0.kind)]
pub struct Error(
    // One word, so that what the reader hands on in the usual case stays small.
    Box<Fault>,
);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    kind: ErrorKind,
    position: Position,
}

impl Error {
    /// Computes line and column of `offset` in `document`.
    #[cold]
    pub(crate) fn new(kind: ErrorKind, document: &[u8], offset: usize) -> Self {
        let position = Position::of(document, offset);
        Self(Box::new(Fault { kind, position }))
    }

    /// What was found wrong.
    pub const fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where it was found.
    pub const fn position(&self) -> Position {
        self.0.position
    }
}

/// What can be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A document type declaration. No presence document needs one, and they are a way to attack XML readers.
    #[error("a document type declaration is refused")]
    Dtd,
    /// An element that may stand once stands twice.
    #[error("a second <{element}> in <{parent}> (RFC 3863 section 4.4)")]
    Duplicate {
        /// The element's local name.
        element: &'static str,
        /// Its parent's local name.
        parent: &'static str,
    },
    /// Two tuples have the same id.
    #[error("two tuples have the id {id:?} (RFC 3863 section 4.1.2)", id = .id.as_str())]
    DuplicateId {
        /// The id.
        id: Id,
    },
    /// The document is not in UTF-8.
    #[error("expected the encoding UTF-8, found {found}")]
    Encoding {
        /// The encoding declared or recognised, or the bytes that are not UTF-8.
        found: String,
    },
    /// A reference to an entity that XML does not predefine.
    #[error("expected one of the five predefined entities, found &{name};")]
    Entity {
        /// The entity's name.
        name: String,
    },
    /// The document is beyond one of the [`Limits`](crate::Limits).
    #[error("more than {limit} {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// The document is not well-formed XML, or its namespaces are not.
    #[error("expected {expected}, found {found}")]
    Malformed {
        /// What would have been right here.
        expected: Cow<'static, str>,
        /// What stands here, shortened.
        found: String,
    },
    /// A mandatory attribute is not there.
    #[error("<{element}> has no attribute `{attribute}` (RFC 3863 section 4.1)")]
    MissingAttribute {
        /// The element's local name.
        element: &'static str,
        /// The attribute's name.
        attribute: &'static str,
    },
    /// A mandatory child element is not there.
    #[error("<{parent}> has no <{element}> (RFC 3863 section 4.1)")]
    MissingElement {
        /// The child's local name.
        element: &'static str,
        /// The parent's local name.
        parent: &'static str,
    },
    /// Well-formed XML, but no presence document.
    #[error("expected the root {{urn:ietf:params:xml:ns:pidf}}presence, found {found}")]
    Root {
        /// The name of the root element.
        found: Name,
    },
    /// A prefix that no namespace declaration binds.
    #[error("expected a declared namespace prefix, found `{prefix}`")]
    UnboundPrefix {
        /// The prefix.
        prefix: String,
    },
    /// Well-formed XML, but not what a document of its kind has here.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What would have been right here.
        expected: Cow<'static, str>,
        /// What stands here, shortened.
        found: String,
    },
    /// A value that its grammar does not allow.
    #[error(transparent)]
    Value(InvalidValue),
}

/// A value that cannot stand in a presence document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {what} to be {expected}, found {found:?}")]
pub struct InvalidValue {
    what: &'static str,
    expected: &'static str,
    found: String,
}

impl InvalidValue {
    pub(crate) fn new(what: &'static str, expected: &'static str, found: &str) -> Self {
        Self {
            what,
            expected,
            found: excerpt(found),
        }
    }

    /// What the value was meant for, as "the id".
    pub const fn what(&self) -> &'static str {
        self.what
    }

    /// What it must be.
    pub const fn expected(&self) -> &'static str {
        self.expected
    }

    /// What it is, shortened.
    pub fn found(&self) -> &str {
        &self.found
    }
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Position {
    /// Bytes before it, a byte order mark included.
    pub offset: usize,
    /// Line, from 1. Lines end at LF, CR LF or CR.
    pub line: usize,
    /// Column in characters, from 1. A byte order mark has no column.
    pub column: usize,
}

impl Position {
    /// The place of a byte in a document.
    pub fn of(document: &[u8], offset: usize) -> Self {
        let before = document.get(..offset).unwrap_or(document);
        let offset = before.len();
        let text = before.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(before);
        let mut line = 1;
        let mut column = 1;
        let mut previous = 0;
        for &byte in text {
            match byte {
                b'\n' if previous == b'\r' => {}
                b'\n' | b'\r' => {
                    line += 1;
                    column = 1;
                }
                // A continuation byte of UTF-8 belongs to the character before it.
                0x80..=0xBF => {}
                _ => column += 1,
            }
            previous = byte;
        }
        Self { offset, line, column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {} (byte {})", self.line, self.column, self.offset)
    }
}

/// The beginning of a peer's text, short enough for a message to a person.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARACTERS: usize = 60;
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_every_line_end() {
        let text = "\u{FEFF}ab\r\n\u{D55C}x\ry\nz".as_bytes();
        let at = |offset| {
            let position = Position::of(text, offset);
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(5), (1, 3));
        assert_eq!(at(7), (2, 1));
        assert_eq!(at(10), (2, 2));
        assert_eq!(at(12), (3, 1));
        assert_eq!(at(14), (4, 1));
        assert_eq!(Position::of(text, 999).offset, text.len());
    }

    #[test]
    fn excerpts_cut_at_characters() {
        assert_eq!(excerpt("short"), "short");
        assert_eq!(excerpt(&"\u{D55C}".repeat(61)), format!("{}...", "\u{D55C}".repeat(60)));
    }
}

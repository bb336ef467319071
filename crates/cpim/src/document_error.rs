use thiserror::Error;

/// Why bytes are not the XML document that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column} (byte {offset}): {kind}")]
pub struct DocumentError {
    kind: DocumentErrorKind,
    offset: usize,
    line: usize,
    column: usize,
}

impl DocumentError {
    pub(crate) fn new(kind: DocumentErrorKind, document: &[u8], offset: usize) -> Self {
        let before = document.get(..offset).unwrap_or(document);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let on_line = before.get(line_start..).unwrap_or_default();
        let characters = on_line.iter().filter(|byte| !is_continuation(**byte)).count();
        let mark = usize::from(line_start == 0 && document.starts_with(b"\xef\xbb\xbf") && characters > 0);
        Self {
            kind,
            offset,
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: characters - mark + 1,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> DocumentErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the document.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column, in characters from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }
}

/// Whether this byte of UTF-8 begins no character.
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// What [`DocumentError`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DocumentErrorKind {
    /// A document type declaration. None of these documents has one, and it could define entities.
    #[error("a document type declaration")]
    DocumentType,
    /// An encoding other than UTF-8 (RFC 5438 section 11.1, RFC 3994 section 6).
    #[error("not UTF-8")]
    Encoding,
    /// A reference to an entity that XML does not have of itself.
    #[error("an entity other than the five predefined ones")]
    Entity,
    /// More of something than the [`Limits`](crate::Limits) allow.
    #[error("more than {limit} {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The limit that was exceeded.
        limit: usize,
    },
    /// What is no well-formed XML, or breaks its namespaces: here this was expected.
    #[error("expected {0}")]
    Malformed(&'static str),
    /// An element that must be there is not.
    #[error("no <{0}>")]
    Missing(&'static str),
    /// An element that may stand once stands again.
    #[error("a second <{0}>")]
    Repeated(&'static str),
    /// The root element is another one: a document of another type.
    #[error("the root element is not <{0}> of its namespace")]
    Root(&'static str),
    /// The text of an element is not what it must be.
    #[error("<{element}> is not {expected}")]
    Value {
        /// The element.
        element: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let at = |document: &str, offset| {
            let error = DocumentError::new(DocumentErrorKind::Entity, document.as_bytes(), offset);
            (error.line(), error.column())
        };
        assert_eq!(at("", 0), (1, 1));
        assert_eq!(at("회의x", 6), (1, 3));
        assert_eq!(at("a\r\nbc", 4), (2, 2));
        assert_eq!(at("\u{feff}ab", 4), (1, 2));
        assert_eq!(at("\u{feff}ab", 0), (1, 1));
        assert_eq!(at("a\n", 9), (2, 1));
    }
}

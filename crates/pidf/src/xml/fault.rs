//! Errors of the reader: each says what was expected, what was found, and where.

use std::borrow::Cow;

use quick_xml::errors::{IllFormedError, SyntaxError};

use super::cursor::Unexpected;
use super::reader::Reader;
use crate::error::excerpt;
use crate::{Error, ErrorKind};

impl Reader<'_> {
    /// What quick-xml found wrong, in the words of this crate.
    pub(super) fn token_error(&self, error: &quick_xml::Error, start: usize) -> Error {
        let offset = usize::try_from(self.tokens.error_position()).unwrap_or(start);
        match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => self.error(ErrorKind::Dtd, offset),
            quick_xml::Error::Syntax(error) => {
                let expected = match error {
                    SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => "`?>` after this",
                    SyntaxError::UnclosedComment => "`-->` after this",
                    SyntaxError::UnclosedCData => "`]]>` after this",
                    SyntaxError::UnclosedTag => "`>` at the end of this tag",
                    SyntaxError::UnclosedSingleQuotedAttributeValue => "`'` after an attribute's value in this tag",
                    SyntaxError::UnclosedDoubleQuotedAttributeValue => "`\"` after an attribute's value in this tag",
                    _ => "a tag, a comment or a CDATA section",
                };
                self.malformed(expected, self.text.get(offset..).unwrap_or_default(), offset)
            }
            quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let found = format!("`</{}>`", excerpt(found));
                self.malformed(format!("`</{}>`", excerpt(expected)), &found, offset)
            }
            quick_xml::Error::IllFormed(IllFormedError::UnmatchedEndTag(name)) => {
                let expected = if self.root_seen {
                    "the end of the document"
                } else {
                    "the root element"
                };
                self.malformed(expected, &format!("`</{}>`", excerpt(name)), offset)
            }
            quick_xml::Error::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                self.malformed("`-->` after `--` in a comment", "another `--`", start)
            }
            quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => {
                let found = self.text.get(offset..).unwrap_or_default();
                self.malformed("`&amp;`, or `;` at the end of the reference", found, offset)
            }
            other => self.malformed("well-formed XML", &other.to_string(), offset),
        }
    }

    pub(super) fn unexpected(&self, unexpected: &Unexpected<'_>) -> Error {
        let at = unexpected.at;
        let found = if at.rest.is_empty() {
            "the end of the tag"
        } else {
            at.rest
        };
        self.malformed(unexpected.expected, found, at.offset)
    }

    pub(super) fn malformed(&self, expected: impl Into<Cow<'static, str>>, found: &str, offset: usize) -> Error {
        let kind = ErrorKind::Malformed {
            expected: expected.into(),
            found: if found.is_empty() {
                "nothing".to_owned()
            } else {
                excerpt(found)
            },
        };
        self.error(kind, offset)
    }

    pub(super) fn limit(&self, what: &'static str, limit: usize, offset: usize) -> Error {
        self.error(ErrorKind::Limit { what, limit }, offset)
    }
}

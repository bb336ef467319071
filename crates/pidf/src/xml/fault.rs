//! Errors of the reader: each says what was expected, what was found, and where.

use std::borrow::Cow;

use super::cursor::{Cursor, Unexpected};
use super::reader::Reader;
use crate::error::excerpt;
use crate::{Error, ErrorKind};

impl Reader<'_> {
    /// What is wrong in the tag that begins there: that it does not end, before anything else.
    pub(super) fn tag_error(&mut self, unexpected: &Unexpected<'_>, start: usize) -> Error {
        self.position = start;
        if let Err(error) = self.take_tag() {
            return error;
        }
        let end = self.position
            - if self.text.get(..self.position).is_some_and(|tag| tag.ends_with("/>")) {
                2
            } else {
                1
            };
        let at = unexpected.at;
        let rest = self.text.get(at.offset()..end.max(at.offset())).unwrap_or_default();
        self.unexpected(&Unexpected {
            expected: unexpected.expected,
            at: Cursor::new(rest, at.offset()),
        })
    }

    pub(super) fn unexpected(&self, unexpected: &Unexpected<'_>) -> Error {
        let at = unexpected.at;
        let found = match at.rest() {
            "" => "the end of the tag",
            rest => rest,
        };
        self.malformed(unexpected.expected, found, at.offset())
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

//! Errors of the reader: each says what was expected, what was found, and where.

use std::borrow::Cow;

use super::cursor::Unexpected;
use super::reader::Reader;
use crate::error::excerpt;
use crate::{Error, ErrorKind};

impl Reader<'_> {
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

use std::borrow::Cow;

use crate::{
    error::{HeaderError, HeaderErrorKind, InvalidValue, ValueKind},
    media_type::{self, MediaType},
};

/// A MIME header: of the encapsulated object, or of the entity around the message.
#[derive(Clone, Copy, Debug)]
pub struct MimeHeader<'a> {
    pub(crate) field: &'a [u8],
    pub(crate) offset: usize,
    pub(crate) name: &'a str,
    pub(crate) colon: usize,
}

impl<'a> MimeHeader<'a> {
    /// The name as written. Case-insensitive (RFC 2045 section 1).
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Whether this is the header called `name`, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The byte of the message at which the header starts.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The whole header, with its folding, without the last CRLF.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.field
    }

    /// The value on one line, without the spaces around it.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the bytes are not UTF-8.
    pub fn value(&self) -> Result<Cow<'a, str>, HeaderError> {
        let value = self.folded_value()?.trim_matches([' ', '\t', '\r', '\n']);
        Ok(if value.contains("\r\n") {
            Cow::Owned(value.replace("\r\n", ""))
        } else {
            Cow::Borrowed(value)
        })
    }

    /// Reads the value as a media type.
    pub(crate) fn media_type(&self) -> Result<MediaType, HeaderError> {
        let value = self.folded_value()?;
        media_type::read(value).map_err(|error| {
            self.error(
                HeaderErrorKind::Malformed(error.kind()),
                self.colon + 1 + error.offset(),
            )
        })
    }

    fn folded_value(&self) -> Result<&'a str, HeaderError> {
        let value = self.field.get(self.colon + 1..).unwrap_or_default();
        std::str::from_utf8(value)
            .map_err(|error| self.error(HeaderErrorKind::Encoding, self.colon + 1 + error.valid_up_to()))
    }

    pub(crate) fn error(&self, kind: HeaderErrorKind, at: usize) -> HeaderError {
        HeaderError::new(self.name, kind, self.offset.saturating_add(at))
    }
}

/// A MIME header that a built message gets beside its Content-Type, such as Content-ID or Content-Disposition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MimeField {
    name: String,
    value: String,
}

impl MimeField {
    /// Checks and takes a header.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when the name does not start with `Content-` or has a character that no name may have; when it
    /// is Content-Type, which has its own place in the builder, or Content-Length, which the end of the message says
    /// (RFC 3862 section 2); or when the value is empty, has spaces around it or holds more than printable US-ASCII.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Result<Self, InvalidValue> {
        let (name, value) = (name.into(), value.into());
        let invalid = |offset| Err(InvalidValue::new(ValueKind::MimeField, offset));
        if let Some(at) = name.bytes().position(|byte| !is_field_name_byte(byte)) {
            return invalid(at);
        }
        let reserved = ["Content-", "Content-Type", "Content-Length"];
        if !is_mime_name(name.as_bytes()) || reserved.iter().any(|other| name.eq_ignore_ascii_case(other)) {
            return invalid(0);
        }
        if let Some(at) = value.bytes().position(|byte| !matches!(byte, 0x20..=0x7e)) {
            return invalid(at);
        }
        if value.is_empty() || value.trim_matches(' ').len() != value.len() {
            return invalid(0);
        }
        Ok(Self { name, value })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The type that the headers of an object name; none where they have no Content-Type.
pub(crate) fn content_type<'a>(
    headers: impl Iterator<Item = MimeHeader<'a>>,
) -> Result<Option<MediaType>, HeaderError> {
    let mut headers = headers.filter(|header| header.is("Content-Type"));
    match (headers.next(), headers.next()) {
        (Some(header), None) => header.media_type().map(Some),
        (_, Some(second)) => Err(second.error(HeaderErrorKind::Repeated, 0)),
        (None, None) => Ok(None),
    }
}

/// A header name of RFC 2822 section 3.6.8.
pub(crate) fn is_field_name_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b':'
}

/// Whether a header of this name describes MIME content (RFC 2045 section 3).
pub(crate) fn is_mime_name(name: &[u8]) -> bool {
    let prefix = b"content-";
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        || name.eq_ignore_ascii_case(b"mime-version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_to_add_cannot_break_the_message() {
        assert!(MimeField::new("Content-ID", "<1234567890@foo.com>").is_ok());
        assert!(MimeField::new("Content-Disposition", "notification").is_ok());
        for (name, value) in [
            ("Content-Type", "text/plain"),
            ("content-length", "4"),
            ("Content-", "x"),
            ("Subject", "x"),
            ("Content-ID:", "x"),
            ("Content-I D", "x"),
            ("Content-ID", ""),
            ("Content-ID", " x"),
            ("Content-ID", "x\r\nFrom: y"),
            ("Content-Description", "é"),
        ] {
            assert!(MimeField::new(name, value).is_err(), "{name}: {value}");
        }
    }
}

use std::{fmt, ops::Range, str};

use crate::{
    HeaderError, HeaderErrorKind, HeaderName, ValueError, grammar, header_lines::HeaderLine, headers::TypedHeader, list,
};

/// A header field as it was written.
#[derive(Clone, Copy)]
pub struct RawHeader<'a> {
    // The message, its head, or a part of its body.
    bytes: &'a [u8],
    line: HeaderLine,
    // Where the next line begins, or would begin: the last line of a part of a body may lack its CRLF.
    next: u32,
}

impl<'a> RawHeader<'a> {
    /// The field of a line of `bytes`, from whose start the offsets count, up to the next line.
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8], line: HeaderLine, next: u32) -> Self {
        Self { bytes, line, next }
    }

    /// The name as it was written.
    #[must_use]
    pub fn name(&self) -> &'a str {
        let line = self.line();
        let end = line.iter().position(|byte| !grammar::is_token_byte(*byte));
        str::from_utf8(&line[..end.unwrap_or_default()]).unwrap_or_default()
    }

    /// The header that the name means, when the specifications define it.
    #[must_use]
    pub fn id(&self) -> Option<HeaderName> {
        self.line.id.map(HeaderName::known)
    }

    /// The value without the white space around it. It may hold folds (CRLF and white space).
    #[must_use]
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        self.bytes.get(self.place()).unwrap_or_default()
    }

    fn place(&self) -> Range<usize> {
        self.line.value(self.bytes, self.next)
    }

    /// The value as text.
    ///
    /// # Errors
    /// When it is not UTF-8.
    pub fn value_str(&self) -> Result<&'a str, str::Utf8Error> {
        str::from_utf8(self.value())
    }

    /// Where the value begins, in bytes from the start of the message.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.place().start
    }

    /// The whole line with its CRLF, folds included.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        let end = self.bytes.len().min(self.next as usize);
        self.bytes.get(self.start()..end).unwrap_or_default()
    }

    pub(crate) const fn indexed(&self) -> HeaderLine {
        self.line
    }

    /// Where the line begins.
    pub(crate) const fn start(&self) -> usize {
        self.line.start as usize
    }

    /// Whether this header has that name, whatever the case and form in which it was written.
    #[must_use]
    pub fn is(&self, name: HeaderName) -> bool {
        match (self.line.id, name.as_known()) {
            (Some(id), Some(known)) => id == known,
            // The name was looked up when the message was parsed: it is none of those that have a constant.
            (None, None) => name.is_custom(self.name()),
            _ => false,
        }
    }

    /// The value of this one line, read as a typed header; of a list header, as a single element.
    ///
    /// # Errors
    /// When the value breaks the grammar or is not UTF-8.
    pub fn typed<H: TypedHeader<'a>>(&self) -> Result<H, HeaderError> {
        let text = self.text::<H>()?;
        H::parse(text).map_err(|error| self.malformed::<H>(error, 0))
    }

    pub(crate) fn typed_elements<H: TypedHeader<'a> + 'a>(self) -> impl Iterator<Item = Result<H, HeaderError>> + 'a {
        let (elements, failed) = match self.text::<H>() {
            Ok(text) => (list::of(H::OCCURRENCE, text), None),
            Err(error) => (list::elements(""), Some(Err(error))),
        };
        failed
            .into_iter()
            .chain(elements.map(move |(at, element)| H::parse(element).map_err(|error| self.malformed::<H>(error, at))))
    }

    #[inline]
    pub(crate) fn text<H: TypedHeader<'a>>(&self) -> Result<&'a str, HeaderError> {
        self.value_str().map_err(|error| HeaderError {
            name: H::NAME,
            kind: HeaderErrorKind::NotUtf8,
            offset: self.offset() + error.valid_up_to(),
            section: H::SECTION,
        })
    }

    /// The error that this line is one too many.
    #[cold]
    pub(crate) fn duplicate<H: TypedHeader<'a>>(&self) -> HeaderError {
        HeaderError {
            name: H::NAME,
            kind: HeaderErrorKind::Duplicate,
            offset: self.offset(),
            section: H::SECTION,
        }
    }

    #[cold]
    fn malformed<H: TypedHeader<'a>>(&self, error: ValueError, element: usize) -> HeaderError {
        HeaderError {
            name: H::NAME,
            kind: HeaderErrorKind::Malformed(error.expected()),
            offset: (self.offset() + element).saturating_add(error.offset()),
            section: H::SECTION,
        }
    }
}

impl fmt::Debug for RawHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), String::from_utf8_lossy(self.value()))
    }
}

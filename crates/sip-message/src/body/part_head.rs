//! The header section of a part.

use memchr::{memchr, memchr2};

use crate::{Limits, ParseErrorKind, RawHeader, class, header_lines::HeaderLine, name::Known};

/// What a part begins with.
pub(super) struct Head {
    pub(super) fields: Vec<Field>,
    /// Where the content begins.
    pub(super) body: usize,
    pub(super) defect: Option<Wrong>,
}

/// Where one header field stands, folds included. Offsets fit `u32`: [`Limits::head`] is applied before any is taken.
#[derive(Clone, Copy)]
pub(super) struct Field {
    line: HeaderLine,
    // Where the next line begins, or would begin when there is a CRLF at the end of the part.
    next: u32,
}

/// What is wrong with the header section of a part, and where in the part.
pub(super) type Wrong = (ParseErrorKind, usize);

impl Head {
    /// Reads header fields and the empty line, which may be missing when there is no content.
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Wrong> {
        let mut head = Self {
            fields: Vec::new(),
            body: 0,
            defect: None,
        };
        while head.body < bytes.len() {
            let at = head.body;
            if bytes[at..].starts_with(b"\r\n") {
                head.body += 2;
                break;
            }
            match field(bytes, at, limits) {
                Ok(_) if head.fields.len() >= limits.headers => return Err((ParseErrorKind::TooManyHeaders, at)),
                Ok((field, next)) => {
                    head.fields.push(field);
                    head.body = next;
                }
                Err(over @ (ParseErrorKind::HeadTooLong, _)) => return Err(over),
                Err(defect) => {
                    head.defect = Some(defect);
                    break;
                }
            }
        }
        Ok(head)
    }
}

impl Field {
    /// The header field in the part.
    pub(super) const fn raw(self, part: &[u8]) -> RawHeader<'_> {
        RawHeader::new(part, self.line, self.next)
    }
}

/// The offset of the CRLF that ends the line at `from`, or the end of the part.
fn line_end(bytes: &[u8], from: usize, limit: usize) -> Result<usize, Wrong> {
    let within = &bytes[..bytes.len().min(limit)];
    let found = within.get(from..).and_then(|rest| memchr2(b'\r', b'\n', rest));
    match found.map(|at| from + at) {
        Some(at) if bytes[at..].starts_with(b"\r\n") => Ok(at),
        Some(at) => Err((ParseErrorKind::BareLineBreak, at)),
        None if bytes.len() > limit => Err((ParseErrorKind::HeadTooLong, limit)),
        None => Ok(bytes.len()),
    }
}

/// The field at `start`, and where the line behind it begins.
fn field(bytes: &[u8], start: usize, limits: &Limits) -> Result<(Field, usize), Wrong> {
    let limit = limits.head.min(u32::MAX as usize);
    if matches!(bytes.get(start), Some(b' ' | b'\t')) {
        return Err((ParseErrorKind::LeadingFold, start));
    }
    let mut end = line_end(bytes, start, limit)?;
    while matches!(bytes.get(end + 2), Some(b' ' | b'\t')) {
        end = line_end(bytes, end + 2, limit)?;
    }
    let line = &bytes[start..end];
    let colon = memchr(b':', line).ok_or((ParseErrorKind::HeaderColon, start))?;
    let end_of_name = line[..colon].iter().rposition(|octet| !matches!(octet, b' ' | b'\t'));
    let name = &line[..end_of_name.map_or(0, |last| last + 1)];
    let token = class::span(name, class::TOKEN);
    if name.is_empty() || token < name.len() {
        return Err((ParseErrorKind::HeaderName, start + token));
    }
    // Applied to `end` by the search for it: nothing here is beyond the limit of the head.
    let index = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let id = if name.len() > 1 { Known::lookup(name) } else { None };
    let field = Field {
        line: HeaderLine::new(index(start), colon, id),
        next: index(end + 2),
    };
    Ok((field, (end + 2).min(bytes.len())))
}

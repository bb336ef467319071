//! Finds where the parts of a message are. Nothing is decoded but what decides that.

use std::{collections::BTreeMap, fmt};

use crate::{
    error::{ParseError, ParseErrorKind},
    grammar,
    header::Header,
    limits::Limits,
    media_type,
    mime::{self, MimeHeader},
    name::{self, CORE_NAMESPACE, NamespaceDeclaration},
    uri,
};

/// How the message headers and the MIME headers are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// By nothing: Content-Type follows the message headers, as RFC 4975, 5438, 7701 and 7702 print it. Never written.
    Joined,
    /// By an empty line, as RFC 3862 section 2 has it.
    Separated,
}

/// A departure from RFC 3862 that was read nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Oddity {
    /// What it is.
    pub kind: OddityKind,
    /// The byte of the message at which it is first.
    pub offset: usize,
}

/// What an [`Oddity`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OddityKind {
    /// Content-Length is not the length of the content, which the end of the message tells (RFC 3862 section 2).
    ContentLength,
    /// The MIME headers of the Message/CPIM entity itself come first (RFC 3862 section 2.1).
    EntityHeaders,
    /// More than one empty line between the message headers and the MIME headers.
    ExtraEmptyLine,
    /// No space after the colon and the parameters of a header, or one at the end of its line (RFC 3862 section 2.2).
    HeaderSpacing,
    /// An empty line ahead of the message headers.
    LeadingEmptyLine,
    /// A header name with a prefix that no `NS` header ahead of it declares (RFC 3862 section 3.4).
    UndeclaredPrefix,
}

impl fmt::Display for OddityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentLength => "Content-Length disagrees with the content",
            Self::EntityHeaders => "MIME headers of the entity come first",
            Self::ExtraEmptyLine => "more than one empty line before the MIME headers",
            Self::HeaderSpacing => "spaces around a header value are not as they must be",
            Self::LeadingEmptyLine => "empty line before the message headers",
            Self::UndeclaredPrefix => "namespace prefix is not declared",
        })
    }
}

/// Where the parts of a message are, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) entity: Vec<FieldSpan>,
    pub(crate) headers: Vec<HeaderSpan>,
    pub(crate) mime: Vec<FieldSpan>,
    pub(crate) content: usize,
    pub(crate) layout: Layout,
    pub(crate) oddities: Vec<Oddity>,
}

/// A message header, without its CRLF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderSpan {
    pub(crate) start: usize,
    pub(crate) colon: usize,
    pub(crate) end: usize,
    pub(crate) namespace: NamespaceSpan,
}

/// The namespace of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamespaceSpan {
    Core,
    /// The URI of an `NS` header.
    Declared {
        start: usize,
        end: usize,
    },
    Undeclared,
}

/// A MIME header with its folding, without its last CRLF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldSpan {
    pub(crate) start: usize,
    pub(crate) colon: usize,
    pub(crate) end: usize,
}

impl HeaderSpan {
    pub(crate) fn view<'a>(&self, bytes: &'a [u8]) -> Header<'a> {
        Header {
            line: slice(bytes, self.start, self.end),
            offset: self.start,
            name: text(slice(bytes, self.start, self.colon)),
            namespace: match self.namespace {
                NamespaceSpan::Core => Some(CORE_NAMESPACE),
                NamespaceSpan::Declared { start, end } => Some(text(slice(bytes, start, end))),
                NamespaceSpan::Undeclared => None,
            },
        }
    }
}

impl FieldSpan {
    pub(crate) fn view<'a>(&self, bytes: &'a [u8]) -> MimeHeader<'a> {
        MimeHeader {
            field: slice(bytes, self.start, self.end),
            offset: self.start,
            name: text(slice(bytes, self.start, self.colon)).trim_end_matches([' ', '\t']),
            colon: self.colon - self.start,
        }
    }
}

fn slice(bytes: &[u8], start: usize, end: usize) -> &[u8] {
    bytes.get(start..end).unwrap_or_default()
}

/// Names and namespace URIs were found to be US-ASCII when they were indexed.
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Indexes a message.
///
/// A message that is valid by RFC 3862 is read by it; only one that is not is tried in the other layouts.
pub(crate) fn scan(bytes: &[u8], limits: &Limits) -> Result<Index, ParseError> {
    if bytes.len() > limits.message {
        let kind = ParseErrorKind::TooLong { limit: limits.message };
        return Err(ParseError::new(kind, limits.message));
    }
    let mut scanner = Scanner {
        bytes,
        limits,
        oddities: Vec::new(),
    };
    let mut entity = Vec::new();
    let mut at = 0;
    loop {
        let block = scanner.first_block(at)?;
        let Some(after) = block.after else {
            return scanner.without_empty_line(entity, block);
        };
        if block.fields.is_empty() {
            // The empty line ends the headers of a message that has none; if so, MIME headers follow.
            if let Ok(mime) = scanner.mime_block(after) {
                return scanner.finish(entity, Vec::new(), mime, Layout::Separated);
            }
            scanner.odd(OddityKind::LeadingEmptyLine, at);
            at = after;
            continue;
        }
        if block.has_content_type(bytes) {
            if entity.is_empty() && block.is_cpim_entity(bytes) {
                entity = scanner.mime_fields(&block.fields)?;
                scanner.odd(OddityKind::EntityHeaders, at);
                at = after;
                continue;
            }
            if let Ok(headers) = scanner.headers(&block.fields)
                && let Ok(mime) = scanner.mime_block(after)
                && mime.fields.first().is_some_and(|field| field.is_mime(bytes))
                && !block.is_mime_only(bytes)
            {
                return scanner.finish(entity, headers, mime, Layout::Separated);
            }
            return scanner.joined(entity, block);
        }
        let headers = scanner.headers(&block.fields)?;
        let mime = scanner.mime_after_empty_lines(after)?;
        return scanner.finish(entity, headers, mime, Layout::Separated);
    }
}

/// Indexes the MIME headers of a part that starts at `start` and ends where `bytes` do; tells where its content starts.
pub(crate) fn part(bytes: &[u8], start: usize, limits: &Limits) -> Result<(Vec<FieldSpan>, usize), ParseError> {
    let scanner = Scanner {
        bytes,
        limits,
        oddities: Vec::new(),
    };
    let limit = limits.mime_headers;
    let block = scanner.block(start, limit, ParseErrorKind::TooManyMimeHeaders { limit })?;
    let fields = scanner.mime_fields(&block.fields)?;
    Ok((fields, block.after.unwrap_or(bytes.len())))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    oddities: Vec<Oddity>,
}

/// Lines up to an empty one.
struct Block {
    fields: Vec<RawField>,
    /// Where the bytes after the empty line start; none where the input ends without one.
    after: Option<usize>,
}

/// A line with the lines that continue it.
struct RawField {
    start: usize,
    end: usize,
    folded: Option<usize>,
}

/// MIME headers, one of them Content-Type, and what follows.
struct MimeBlock {
    fields: Vec<RawField>,
    spans: Vec<FieldSpan>,
    content: usize,
}

impl RawField {
    fn name<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let field = slice(bytes, self.start, self.end);
        let name = field.split(|byte| *byte == b':').next().unwrap_or_default();
        name.trim_ascii_end()
    }

    fn is_mime(&self, bytes: &[u8]) -> bool {
        mime::is_mime_name(self.name(bytes))
    }

    fn is_content_type(&self, bytes: &[u8]) -> bool {
        self.name(bytes).eq_ignore_ascii_case(b"content-type")
    }

    fn is_message_cpim(&self, bytes: &[u8]) -> bool {
        let field = slice(bytes, self.start, self.end);
        let colon = memchr::memchr(b':', field).unwrap_or(field.len());
        let value = field.get(colon + 1..).unwrap_or_default();
        std::str::from_utf8(value).is_ok_and(|value| media_type::read(value).is_ok_and(|kind| kind.is_message_cpim()))
    }
}

impl Block {
    fn has_content_type(&self, bytes: &[u8]) -> bool {
        self.fields.iter().any(|field| field.is_content_type(bytes))
    }

    fn is_mime_only(&self, bytes: &[u8]) -> bool {
        self.fields.iter().all(|field| field.is_mime(bytes))
    }

    /// Whether these are the MIME headers around a Message/CPIM.
    fn is_cpim_entity(&self, bytes: &[u8]) -> bool {
        let mut types = self.fields.iter().filter(|field| field.is_content_type(bytes));
        self.fields.first().is_some_and(|field| field.is_mime(bytes))
            && types.next().is_some_and(|field| field.is_message_cpim(bytes))
            && types.next().is_none()
    }
}

impl<'a> Scanner<'a> {
    /// All is one block to the end of the input: a message only with MIME headers in it, and then without content.
    fn without_empty_line(self, entity: Vec<FieldSpan>, block: Block) -> Result<Index, ParseError> {
        let is_entity = entity.is_empty() && block.is_cpim_entity(self.bytes);
        if block.has_content_type(self.bytes) && !is_entity {
            return self.joined(entity, block);
        }
        if !is_entity {
            self.headers(&block.fields)?;
        }
        Err(ParseError::new(ParseErrorKind::MissingContent, self.bytes.len()))
    }

    /// Message headers, then MIME headers, with nothing between.
    fn joined(self, entity: Vec<FieldSpan>, block: Block) -> Result<Index, ParseError> {
        let bytes = self.bytes;
        let mut headers = block.fields;
        let first = headers.iter().position(|field| field.is_mime(bytes));
        let fields = headers.split_off(first.unwrap_or(headers.len()));
        // With no message header ahead of them, nothing tells these from the headers of any other MIME entity.
        if headers.is_empty() {
            let start = fields.first().map_or(0, |field| field.start);
            return Err(ParseError::new(ParseErrorKind::MimeEntity, start));
        }
        let headers = self.headers(&headers)?;
        let spans = self.mime_fields(&fields)?;
        let mime = MimeBlock {
            fields,
            spans,
            content: block.after.unwrap_or(bytes.len()),
        };
        self.finish(entity, headers, mime, Layout::Joined)
    }

    fn finish(
        mut self,
        entity: Vec<FieldSpan>,
        headers: Vec<HeaderSpan>,
        mime: MimeBlock,
        layout: Layout,
    ) -> Result<Index, ParseError> {
        let bytes = self.bytes;
        for span in &headers {
            let header = span.view(bytes);
            let raw = header.raw_value();
            let starts_well = raw.starts_with(b" ") || raw.starts_with(b";");
            // Where the value is empty, the space ahead of it ends the line (RFC 3862 section 3.6).
            let ends_well = !raw.ends_with(b" ") || header.value().is_ok_and(str::is_empty);
            if !starts_well || !ends_well {
                self.odd(OddityKind::HeaderSpacing, span.start);
            }
            if span.namespace == NamespaceSpan::Undeclared {
                self.odd(OddityKind::UndeclaredPrefix, span.start);
            }
        }
        let length = (bytes.len() - mime.content).to_string();
        for span in &mime.spans {
            let header = span.view(bytes);
            if header.is("Content-Length") && !header.value().is_ok_and(|value| same_number(&value, &length)) {
                self.odd(OddityKind::ContentLength, span.start);
            }
        }
        Ok(Index {
            entity,
            headers,
            mime: mime.spans,
            content: mime.content,
            layout,
            oddities: self.oddities,
        })
    }

    fn mime_after_empty_lines(&mut self, start: usize) -> Result<MimeBlock, ParseError> {
        let mut at = start;
        while let Some(next) = self.empty_line(at) {
            self.odd(OddityKind::ExtraEmptyLine, at);
            at = next;
        }
        self.mime_block(at)
    }

    fn empty_line(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..)?;
        rest.starts_with(b"\r\n").then_some(at + 2)
    }

    fn mime_block(&self, at: usize) -> Result<MimeBlock, ParseError> {
        if at == self.bytes.len() {
            return Err(ParseError::new(ParseErrorKind::MissingContent, at));
        }
        let limit = self.limits.mime_headers;
        let block = self.block(at, limit, ParseErrorKind::TooManyMimeHeaders { limit })?;
        let spans = self.mime_fields(&block.fields)?;
        if !block.has_content_type(self.bytes) {
            return Err(ParseError::new(ParseErrorKind::MissingContentType, at));
        }
        Ok(MimeBlock {
            fields: block.fields,
            spans,
            content: block.after.unwrap_or(self.bytes.len()),
        })
    }

    fn mime_fields(&self, fields: &[RawField]) -> Result<Vec<FieldSpan>, ParseError> {
        if let Some(field) = fields.get(self.limits.mime_headers) {
            let limit = self.limits.mime_headers;
            return Err(ParseError::new(
                ParseErrorKind::TooManyMimeHeaders { limit },
                field.start,
            ));
        }
        let invalid = |at| Err(ParseError::new(ParseErrorKind::MimeHeader, at));
        let mut spans = Vec::with_capacity(fields.len());
        for field in fields {
            let line = slice(self.bytes, field.start, field.end);
            let Some(colon) = memchr::memchr(b':', line) else {
                return invalid(field.start);
            };
            let name = slice(line, 0, colon).trim_ascii_end();
            if name.is_empty() {
                return invalid(field.start);
            }
            if let Some(at) = name.iter().position(|byte| !mime::is_field_name_byte(*byte)) {
                return invalid(field.start + at);
            }
            spans.push(FieldSpan {
                start: field.start,
                colon: field.start + colon,
                end: field.end,
            });
        }
        Ok(spans)
    }

    fn headers(&self, fields: &[RawField]) -> Result<Vec<HeaderSpan>, ParseError> {
        if let Some(field) = fields.get(self.limits.headers) {
            let limit = self.limits.headers;
            return Err(ParseError::new(ParseErrorKind::TooManyHeaders { limit }, field.start));
        }
        let mut scope = Scope::new(NamespaceSpan::Core);
        let mut headers = Vec::with_capacity(fields.len());
        for field in fields {
            let line = slice(self.bytes, field.start, field.end);
            let Some(length) = memchr::memchr(b':', line) else {
                return Err(ParseError::new(ParseErrorKind::MissingColon, field.start));
            };
            let dot = name::split_header_name(slice(line, 0, length))
                .map_err(|at| ParseError::new(ParseErrorKind::HeaderName, field.start + at))?;
            if let Some(at) = field.folded {
                return Err(ParseError::new(ParseErrorKind::FoldedHeader, at));
            }
            let prefix = dot.map(|dot| text(slice(line, 0, dot)));
            let span = HeaderSpan {
                start: field.start,
                colon: field.start + length,
                end: field.end,
                namespace: scope.resolve(prefix).unwrap_or(NamespaceSpan::Undeclared),
            };
            headers.push(span);
            let header = span.view(self.bytes);
            if header.is_core("NS")
                && let Ok(value) = header.value()
                && let Some((declaration, offset)) = declaration(value)
            {
                let start = field.start + header.value_start(value) + offset;
                if declaration.uri.len() > self.limits.namespace {
                    let limit = self.limits.namespace;
                    return Err(ParseError::new(ParseErrorKind::NamespaceTooLong { limit }, start));
                }
                let end = start + declaration.uri.len();
                scope.declare(declaration.prefix, NamespaceSpan::Declared { start, end });
            }
        }
        Ok(headers)
    }

    /// Message headers, and perhaps MIME headers joined to them.
    fn first_block(&self, start: usize) -> Result<Block, ParseError> {
        let limit = self.limits.headers;
        let both = limit.saturating_add(self.limits.mime_headers);
        self.block(start, both, ParseErrorKind::TooManyHeaders { limit })
    }

    fn block(&self, start: usize, limit: usize, too_many: ParseErrorKind) -> Result<Block, ParseError> {
        let mut fields: Vec<RawField> = Vec::new();
        let mut at = start;
        while at < self.bytes.len() {
            let (end, next) = self.line(at)?;
            if end == at {
                return Ok(Block {
                    fields,
                    after: Some(next),
                });
            }
            if matches!(self.bytes.get(at), Some(b' ' | b'\t')) {
                let Some(last) = fields.last_mut() else {
                    return Err(ParseError::new(ParseErrorKind::FoldedHeader, at));
                };
                last.end = end;
                last.folded.get_or_insert(at);
            } else if fields.len() < limit {
                fields.push(RawField {
                    start: at,
                    end,
                    folded: None,
                });
            } else {
                return Err(ParseError::new(too_many, at));
            }
            at = next;
        }
        Ok(Block { fields, after: None })
    }

    /// The end of the line that starts at `at`, and the start of the next.
    fn line(&self, at: usize) -> Result<(usize, usize), ParseError> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let Some(length) = memchr::memchr2(b'\r', b'\n', rest) else {
            return Err(ParseError::new(ParseErrorKind::UnterminatedLine, at));
        };
        if slice(rest, length, length + 2) == b"\r\n" {
            Ok((at + length, at + length + 2))
        } else {
            Err(ParseError::new(ParseErrorKind::BareLineEnd, at + length))
        }
    }

    fn odd(&mut self, kind: OddityKind, offset: usize) {
        if !self.oddities.iter().any(|oddity| oddity.kind == kind) {
            self.oddities.push(Oddity { kind, offset });
        }
    }
}

/// Whether `value` is the decimal number `number`, whatever its leading zeros and its size.
fn same_number(value: &str, number: &str) -> bool {
    value == number || (value.starts_with('0') && value.trim_start_matches('0') == number.trim_start_matches('0'))
}

/// Reads the value of an `NS` header whose URI is one, with the offset of the URI.
pub(crate) fn declaration(value: &str) -> Option<(NamespaceDeclaration<'_>, usize)> {
    let (declaration, offset) = grammar::namespace(value).ok()?;
    uri::check(declaration.uri).is_ok().then_some((declaration, offset))
}

/// The namespaces in force at a place in the message headers.
pub(crate) struct Scope<'a, T> {
    default: T,
    prefixes: BTreeMap<&'a str, T>,
}

impl<'a, T: Copy> Scope<'a, T> {
    pub(crate) fn new(default: T) -> Self {
        Self {
            default,
            prefixes: BTreeMap::new(),
        }
    }

    pub(crate) fn resolve(&self, prefix: Option<&str>) -> Option<T> {
        match prefix {
            Some(prefix) => self.prefixes.get(prefix).copied(),
            None => Some(self.default),
        }
    }

    pub(crate) fn declare(&mut self, prefix: Option<&'a str>, namespace: T) {
        match prefix {
            Some(prefix) => {
                self.prefixes.insert(prefix, namespace);
            }
            None => self.default = namespace,
        }
    }
}

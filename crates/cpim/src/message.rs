use bytes::Bytes;

use crate::{
    address::Address,
    builder::Builder,
    date_time::DateTime,
    error::{ContentError, HeaderError, HeaderErrorKind, InvalidValue, ParseError, ReadError, ValueKind},
    grammar,
    header::Header,
    imdn,
    inflate::inflate,
    is_composing::{self, IsComposing},
    limits::Limits,
    media_type::MediaType,
    mime::{self, MimeHeader},
    multipart::Multipart,
    name::{CORE_NAMESPACE, ExpandedName, NamespaceDeclaration},
    require::{Requirement, UnsupportedRequirements},
    scan::{self, Index, Layout, Oddity, Scope},
    text::{Subject, Text},
    uri,
};

/// The headers that this crate understands, which a message may require of it.
const UNDERSTOOD: [&str; 7] = ["From", "To", "cc", "DateTime", "Subject", "NS", "Require"];

/// A Message/CPIM: its bytes, and an index of what is where.
///
/// A message is immutable (RFC 3862 section 9), and what was parsed is written as it was: [`Message::as_bytes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    bytes: Bytes,
    index: Index,
}

impl Message {
    /// Reads a message within the default [`Limits`]. The buffer is kept, not copied.
    ///
    /// The input is the body that the type Message/CPIM is said of, and all of it: the content runs to its end.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the parts of a message cannot be told. A header with a malformed value is not an error here,
    /// but where that header is asked for.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, ParseError> {
        Self::parse_with(bytes, &Limits::default())
    }

    /// Reads a message within `limits`.
    ///
    /// # Errors
    ///
    /// As [`Message::parse`].
    pub fn parse_with(bytes: impl Into<Bytes>, limits: &Limits) -> Result<Self, ParseError> {
        let bytes = bytes.into();
        let index = scan::scan(&bytes, limits)?;
        Ok(Self { bytes, index })
    }

    /// Starts a new message.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn from_parts(bytes: Bytes, index: Index) -> Self {
        Self { bytes, index }
    }

    /// The message as it was read or built.
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The message as it was read or built.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// How message headers and MIME headers were kept apart.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.index.layout
    }

    /// The other departures from RFC 3862, each kind once.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.index.oddities
    }

    /// The message headers, in order.
    pub fn headers(&self) -> impl DoubleEndedIterator<Item = Header<'_>> + ExactSizeIterator {
        self.index.headers.iter().map(|span| span.view(&self.bytes))
    }

    /// The message headers that `name` means, whatever their prefix in this message.
    pub fn headers_named<'a>(&'a self, name: ExpandedName<'a>) -> impl Iterator<Item = Header<'a>> {
        self.headers().filter(move |header| header.is(name))
    }

    /// The message headers whose name is written `name`, with its prefix, whatever it means.
    pub fn headers_written<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Header<'a>> {
        self.headers().filter(move |header| header.name() == name)
    }

    /// Who sent the message (RFC 3862 section 4.1).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the header is malformed, or there is more than one: none can be told to be the right one.
    pub fn from(&self) -> Result<Option<Address>, HeaderError> {
        let Some(header) = self.only("From")? else {
            return Ok(None);
        };
        header.read(str::parse).map(Some)
    }

    /// Who the message is for (section 4.2), one result for each header.
    pub fn to(&self) -> impl Iterator<Item = Result<Address, HeaderError>> {
        self.core("To").map(|header| header.read(str::parse))
    }

    /// Who gets a courtesy copy (section 4.3), one result for each header.
    pub fn cc(&self) -> impl Iterator<Item = Result<Address, HeaderError>> {
        self.core("cc").map(|header| header.read(str::parse))
    }

    /// When the message was sent (section 4.4).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the header is malformed, or there is more than one.
    pub fn date_time(&self) -> Result<Option<DateTime>, HeaderError> {
        let Some(header) = self.only("DateTime")? else {
            return Ok(None);
        };
        header.read(|value| value.trim_matches(' ').parse()).map(Some)
    }

    /// What the message is about (section 4.5), one result for each header: the same in several languages.
    pub fn subject(&self) -> impl Iterator<Item = Result<Subject, HeaderError>> {
        self.core("Subject")
            .map(|header| Ok(Subject::from_parts(header.lang()?, Text::from_wire(header.value()?))))
    }

    /// The namespace declarations (section 4.6), one result for each header. A malformed one declares nothing.
    pub fn ns(&self) -> impl Iterator<Item = Result<NamespaceDeclaration<'_>, HeaderError>> {
        self.core("NS").map(|header| header.read(read_declaration))
    }

    /// The required headers and features (section 4.7), each with the namespace that its prefix has where it stands.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for the first Require header that is malformed.
    pub fn require(&self) -> Result<Vec<Requirement<'_>>, HeaderError> {
        let mut scope = Scope::new(CORE_NAMESPACE);
        let mut requirements = Vec::new();
        for header in self.headers() {
            if header.is_core("NS") {
                if let Ok(value) = header.value()
                    && let Some((declaration, _)) = scan::declaration(value)
                {
                    scope.declare(declaration.prefix, declaration.uri);
                }
            } else if header.is_core("Require") {
                let names = header.read(|value| {
                    grammar::required_names(value).map_err(|at| InvalidValue::new(ValueKind::Requirement, at))
                })?;
                requirements.extend(names.into_iter().map(|written| {
                    let (prefix, name) = match written.split_once('.') {
                        Some((prefix, name)) => (Some(prefix), name),
                        None => (None, written),
                    };
                    Requirement {
                        written,
                        namespace: scope.resolve(prefix),
                        name,
                    }
                }));
            }
        }
        Ok(requirements)
    }

    /// Checks that the message requires nothing but what is `known` and the headers of RFC 3862 itself.
    ///
    /// # Errors
    ///
    /// [`UnsupportedRequirements`] with what is not understood. The message must then not be acted on (section 3.5).
    pub fn unsupported_requirements(&self, known: &[ExpandedName<'_>]) -> Result<(), UnsupportedRequirements> {
        let is_understood = |requirement: &Requirement<'_>| {
            requirement.expanded().is_some_and(|name| {
                known.contains(&name) || (name.namespace == CORE_NAMESPACE && UNDERSTOOD.contains(&name.name))
            })
        };
        let names: Vec<String> = self
            .require()?
            .iter()
            .filter(|requirement| !is_understood(requirement))
            .map(|requirement| requirement.written.to_owned())
            .collect();
        if names.is_empty() {
            Ok(())
        } else {
            Err(UnsupportedRequirements::Unknown { names })
        }
    }

    /// What the message has of RFC 5438: what notifications it asks for, or brings.
    #[must_use]
    pub fn imdn(&self) -> imdn::Headers<'_> {
        imdn::Headers::of(self)
    }

    /// The isComposing document (RFC 3994) that is the content; none where the content is something else.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the content or the document cannot be read.
    pub fn is_composing(&self, limits: &Limits) -> Result<Option<IsComposing>, ReadError> {
        if self.content_type()?.essence() != is_composing::MEDIA_TYPE {
            return Ok(None);
        }
        let content = self.decoded_content(limits)?;
        Ok(Some(IsComposing::parse(&content, limits)?))
    }

    /// The parts of the content; none where it is no multipart.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the content cannot be decoded, or its boundary delimits no parts in it.
    pub fn multipart(&self, limits: &Limits) -> Result<Option<Multipart>, ReadError> {
        let content_type = self.content_type()?;
        if content_type.type_() != "multipart" {
            return Ok(None);
        }
        let boundary = content_type.parameter("boundary").unwrap_or_default();
        Ok(Some(Multipart::parse(self.decoded_content(limits)?, boundary, limits)?))
    }

    /// The MIME headers of the encapsulated object, in order.
    pub fn mime_headers(&self) -> impl DoubleEndedIterator<Item = MimeHeader<'_>> + ExactSizeIterator {
        self.index.mime.iter().map(|span| span.view(&self.bytes))
    }

    /// The first MIME header of that name, in any case.
    #[must_use]
    pub fn mime_header(&self, name: &str) -> Option<MimeHeader<'_>> {
        self.mime_headers().find(|header| header.is(name))
    }

    /// The type of the content.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where Content-Type is malformed, or there is more than one.
    pub fn content_type(&self) -> Result<MediaType, HeaderError> {
        mime::content_type(self.mime_headers())?.ok_or_else(|| {
            let kind = HeaderErrorKind::Malformed(ValueKind::MediaType);
            HeaderError::new("Content-Type", kind, self.index.content)
        })
    }

    /// The content, in the transfer encoding that its MIME headers name.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.bytes.get(self.index.content..).unwrap_or_default()
    }

    /// The content as a share of the message's buffer.
    #[must_use]
    pub fn content_bytes(&self) -> Bytes {
        self.bytes.slice(self.index.content.min(self.bytes.len())..)
    }

    /// The content with its Content-Encoding undone. A transfer encoding stays.
    ///
    /// # Errors
    ///
    /// [`ContentError`] where there is another encoding than `identity` and one `deflate`, or the content is not in it.
    pub fn decoded_content(&self, limits: &Limits) -> Result<Bytes, ContentError> {
        let mut content = None;
        for header in self.mime_headers().filter(|header| header.is("Content-Encoding")) {
            let value = header.value()?;
            for encoding in value.split(',').map(str::trim) {
                if encoding.eq_ignore_ascii_case("identity") {
                    continue;
                }
                // Once: a few bytes could inflate to themselves for ever.
                if !encoding.eq_ignore_ascii_case("deflate") || content.is_some() {
                    return Err(ContentError::Encoding(encoding.to_owned()));
                }
                content = Some(Bytes::from(inflate(self.content(), limits)?));
            }
        }
        Ok(content.unwrap_or_else(|| self.content_bytes()))
    }

    /// The content as text, where it is `text/*` in UTF-8 without any encoding.
    ///
    /// No `charset` is taken as UTF-8 if the bytes are that: linphone sends it so.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let content_type = self.content_type().ok()?;
        let readable = content_type.charset().is_none_or(|name| {
            ["utf-8", "us-ascii"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
        });
        let identity = self.mime_header("Content-Transfer-Encoding").is_none_or(|header| {
            header.value().is_ok_and(|name| {
                ["7bit", "8bit", "binary"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known))
            })
        });
        let encoded = self.mime_header("Content-Encoding").is_some();
        if content_type.type_() != "text" || !readable || !identity || encoded {
            return None;
        }
        std::str::from_utf8(self.content()).ok()
    }

    /// The MIME headers of the Message/CPIM entity itself, where they came with it (section 2.1). Usually none.
    pub fn entity_headers(&self) -> impl DoubleEndedIterator<Item = MimeHeader<'_>> + ExactSizeIterator {
        self.index.entity.iter().map(|span| span.view(&self.bytes))
    }

    pub(crate) fn core(&self, name: &'static str) -> impl Iterator<Item = Header<'_>> {
        self.headers().filter(move |header| header.is_core(name))
    }

    pub(crate) fn only(&self, name: &'static str) -> Result<Option<Header<'_>>, HeaderError> {
        let mut headers = self.core(name);
        let first = headers.next();
        match headers.next() {
            Some(second) => Err(second.error(HeaderErrorKind::Repeated, 0)),
            None => Ok(first),
        }
    }
}

fn read_declaration(value: &str) -> Result<NamespaceDeclaration<'_>, InvalidValue> {
    let (declaration, offset) = grammar::namespace(value).map_err(|at| InvalidValue::new(ValueKind::Namespace, at))?;
    uri::check(declaration.uri).map_err(|at| InvalidValue::new(ValueKind::Uri, offset + at))?;
    Ok(declaration)
}

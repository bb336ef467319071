use bytes::{BufMut, Bytes, BytesMut};

use super::{Part, boundary};
use crate::{
    HeaderError, HeaderErrorKind, HeaderName, Params, ValueError, grammar,
    headers::{ContentType, MediaType},
};

/// Writes a multipart body. It has one part at least, so it cannot fail.
///
/// Parts are taken as they are, byte for byte, those that were received too. `multipart/signed` has a constructor of
/// its own, [`MultipartBody::signed`], because it has two parts always.
#[derive(Clone, Debug)]
pub struct MultipartBuilder {
    subtype: String,
    params: Params<'static>,
    parts: Vec<Part>,
}

/// A multipart body with its Content-Type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultipartBody {
    content_type: String,
    bytes: Bytes,
}

impl MultipartBuilder {
    /// A body of any subtype, such as `report`.
    ///
    /// # Errors
    /// When `subtype` is not a token.
    pub fn new(subtype: &str, first: Part) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, subtype)?;
        Ok(Self::of(subtype, first))
    }

    /// `multipart/mixed`: parts that are independent, in an order that means something (RFC 2046 section 5.1.3).
    #[must_use]
    pub fn mixed(first: Part) -> Self {
        Self::of("mixed", first)
    }

    /// `multipart/alternative`: the same in several forms, the plainest first (RFC 2046 section 5.1.4).
    #[must_use]
    pub fn alternative(plainest: Part) -> Self {
        Self::of("alternative", plainest)
    }

    /// `multipart/related`: a root and the parts that it refers to (RFC 2387). The `type` parameter is the root's type,
    /// and `start` its Content-ID, when it has one.
    ///
    /// # Errors
    /// When the root's Content-Type cannot be read.
    pub fn related(root: Part) -> Result<Self, HeaderError> {
        let media_type = bare_type(&root)?;
        // The root is the first part, so that `start` says nothing new; a Content-ID that cannot stand there, such as a
        // folded one, may be left out.
        let id = root.header(HeaderName::CONTENT_ID);
        let start = id.and_then(|id| grammar::quote(id.value_str().ok()?));
        let mut builder = Self::of("related", root);
        builder.params = builder.params.push("type", Some(&format!("\"{media_type}\"")));
        if let Some(start) = start {
            builder.params = builder.params.push("start", Some(&start));
        }
        Ok(builder)
    }

    /// Adds a part behind those that are there.
    #[must_use]
    pub fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Adds a parameter to the Content-Type, its value in quotes, instead of any of that name.
    ///
    /// # Errors
    /// When the name is not a token or is `boundary`, or the value has a CR, LF or NUL.
    pub fn param(mut self, name: &str, value: &str) -> Result<Self, ValueError> {
        if name.eq_ignore_ascii_case("boundary") {
            return Err(ValueError::new("a parameter other than the boundary", 0));
        }
        self.params = self.params.with_quoted(name, value)?;
        Ok(self)
    }

    /// The body.
    #[must_use]
    pub fn build(self) -> MultipartBody {
        MultipartBody::write(&self.subtype, &self.params, &self.parts)
    }

    fn of(subtype: &str, first: Part) -> Self {
        Self {
            subtype: subtype.to_owned(),
            params: Params::new(),
            parts: vec![first],
        }
    }
}

impl MultipartBody {
    /// `multipart/signed`: what is signed and its signature (RFC 1847 section 2.1). The signature was made of
    /// [`Part::as_bytes`] of the content. `micalg` names the digest, as in `sha-256`; the `protocol` parameter is the
    /// signature's type.
    ///
    /// # Errors
    /// When the signature's Content-Type cannot be read, or `micalg` is not a token.
    pub fn signed(content: Part, signature: Part, micalg: &str) -> Result<Self, HeaderError> {
        let micalg = grammar::exact(grammar::token, micalg).map_err(|error| HeaderError {
            name: HeaderName::CONTENT_TYPE,
            kind: HeaderErrorKind::Malformed(error.expected()),
            offset: error.offset(),
            section: "1847 section 2.1",
        })?;
        let params = Params::new()
            .push("protocol", Some(&format!("\"{}\"", bare_type(&signature)?)))
            .push("micalg", Some(micalg));
        Ok(Self::write("signed", &params, &[content, signature]))
    }

    /// The Content-Type, with the boundary.
    #[must_use]
    pub fn content_type(&self) -> ContentType<'_> {
        ContentType(MediaType::parse(&self.content_type).expect("it was written from tokens and quoted strings"))
    }

    /// The body.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// This body as a part of another multipart.
    #[must_use]
    pub fn into_part(self) -> Part {
        Part::builder(&self.content_type(), self.bytes.clone()).build()
    }

    fn write(subtype: &str, params: &Params<'_>, parts: &[Part]) -> Self {
        let boundary = boundary::choose(parts);
        let size: usize = parts
            .iter()
            .map(|part| part.as_bytes().len() + boundary.len() + 6)
            .sum();
        let mut bytes = BytesMut::with_capacity(size + boundary.len() + 6);
        for part in parts {
            bytes.put_slice(format!("--{boundary}\r\n").as_bytes());
            bytes.put_slice(part.as_bytes());
            bytes.put_slice(b"\r\n");
        }
        bytes.put_slice(format!("--{boundary}--\r\n").as_bytes());
        Self {
            content_type: format!("multipart/{subtype}{params};boundary={boundary}"),
            bytes: bytes.freeze(),
        }
    }
}

/// The type of a part without parameters.
fn bare_type(part: &Part) -> Result<String, HeaderError> {
    let content_type = part.content_type()?;
    Ok(format!("{}/{}", content_type.0.main(), content_type.0.sub()))
}

use bytes::Bytes;

use super::{MultipartError, Part, boundary, delimiters::Delimiters, part::Place};
use crate::{HeaderName, Limits, headers::ContentType};

/// A body that was split into its parts, which share its memory.
///
/// A line is a delimiter when it is the boundary with two hyphens before it, nothing else but white space behind it,
/// and the start of the body or a CRLF before it. RFC 2046 would have a reader take any line that only begins so; then
/// a boundary that begins with another one, which composers do write for a multipart within a multipart, would cut the
/// inner one to pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    subtype: Box<str>,
    start: Option<Box<str>>,
    preamble: Bytes,
    parts: Vec<Part>,
    epilogue: Bytes,
}

impl Multipart {
    /// Splits a body, whose Content-Type is given.
    ///
    /// # Errors
    /// When the type is not a multipart one, or has no boundary, or the body is not what the type says, or passes a
    /// limit.
    pub fn parse(content_type: &ContentType<'_>, body: &Bytes, limits: &Limits) -> Result<Self, MultipartError> {
        Self::parse_at(content_type, body, limits, 1)
    }

    /// As [`Multipart::parse`], for a multipart that stands in `depth - 1` others.
    pub(super) fn parse_at(
        content_type: &ContentType<'_>,
        body: &Bytes,
        limits: &Limits,
        depth: usize,
    ) -> Result<Self, MultipartError> {
        if !is_multipart(content_type) {
            return Err(MultipartError::NotMultipart);
        }
        if depth > limits.multipart_depth {
            return Err(MultipartError::TooDeep);
        }
        let params = content_type.0.params();
        let name = params.value("boundary").ok_or(MultipartError::NoBoundary)?;
        if !boundary::is_boundary(&name) {
            return Err(MultipartError::Boundary);
        }
        let is_in_digest = content_type.is("multipart/digest");
        let mut delimiters = Delimiters::new(body, &name);
        let Some((preamble_end, mut delimiter)) = delimiters.next() else {
            return Err(MultipartError::NoDelimiter);
        };
        let mut parts = Vec::new();
        while !delimiter.closes {
            let start = (delimiter.end + 2).min(body.len());
            if parts.len() >= limits.parts {
                return Err(MultipartError::TooManyParts { offset: start });
            }
            let (end, next) = delimiters.next().ok_or(MultipartError::Unclosed { offset: start })?;
            // Of an empty part, one CRLF may end the line before it and begin the one behind it.
            let bytes = body.slice(start..end.max(start));
            let place = Place {
                offset: start,
                depth,
                is_in_digest,
            };
            parts.push(Part::parse_at(bytes, limits, place)?);
            delimiter = next;
        }
        if parts.is_empty() {
            return Err(MultipartError::NoDelimiter);
        }
        Ok(Self {
            subtype: content_type.0.sub().to_ascii_lowercase().into(),
            start: params.value("start").map(Into::into),
            preamble: body.slice(..preamble_end),
            parts,
            epilogue: body.slice((delimiter.end + 2).min(body.len())..),
        })
    }

    /// The part of the type behind `multipart/`, in lower case.
    #[must_use]
    pub fn subtype(&self) -> &str {
        &self.subtype
    }

    /// What stands before the first part, which readers ignore.
    #[must_use]
    pub const fn preamble(&self) -> &Bytes {
        &self.preamble
    }

    /// The parts in order; there is one at least. Of `multipart/alternative`, the last one that is understood is to be
    /// used (RFC 2046 section 5.1.4).
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What stands behind the last part, which readers ignore.
    #[must_use]
    pub const fn epilogue(&self) -> &Bytes {
        &self.epilogue
    }

    /// The part of a `multipart/related` that the others belong to: the one whose Content-ID is the `start` parameter,
    /// or the first where that parameter is missing (RFC 2387 section 3.2). `None` for other subtypes, and when no part
    /// has that Content-ID.
    #[must_use]
    pub fn root(&self) -> Option<&Part> {
        if &*self.subtype != "related" {
            return None;
        }
        match &self.start {
            None => self.parts.first(),
            Some(start) => self.parts.iter().find(|part| {
                part.header(HeaderName::CONTENT_ID)
                    .is_some_and(|id| id.value() == start.as_bytes())
            }),
        }
    }

    /// What is signed and its signature, of a `multipart/signed` with the two parts that RFC 1847 section 2.1 wants.
    /// The signature covers [`Part::as_bytes`] of the first, headers and all.
    #[must_use]
    pub fn signed(&self) -> Option<(&Part, &Part)> {
        match &self.parts[..] {
            [content, signature] if &*self.subtype == "signed" => Some((content, signature)),
            _ => None,
        }
    }
}

pub(super) fn is_multipart(content_type: &ContentType<'_>) -> bool {
    content_type.0.main().eq_ignore_ascii_case("multipart")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ParseErrorKind, headers::TypedHeader};

    fn split(content_type: &str, body: &str) -> Result<Multipart, MultipartError> {
        let content_type = ContentType::parse(content_type).unwrap();
        Multipart::parse(
            &content_type,
            &Bytes::copy_from_slice(body.as_bytes()),
            &Limits::default(),
        )
    }

    fn bodies(content_type: &str, body: &str) -> Vec<String> {
        let multipart = split(content_type, body).unwrap();
        let text = |part: &Part| String::from_utf8(part.body().to_vec()).unwrap();
        multipart.parts().iter().map(text).collect()
    }

    const MIXED: &str = "multipart/mixed;boundary=b";

    #[test]
    fn the_example_of_rfc_2046_section_5_1_1() {
        let body = "This is the preamble.\r\n--simple boundary\r\n\r\nThis is implicitly typed.\r\n\
             It does NOT end with a linebreak.\r\n--simple boundary\r\nContent-type: text/plain; charset=us-ascii\r\n\
             \r\n\
             It DOES end with a linebreak.\r\n\r\n--simple boundary--\r\n\r\nThis is the epilogue.\r\n";
        let multipart = split("Multipart/Mixed; boundary=\"simple boundary\"", body).unwrap();
        assert_eq!(multipart.subtype(), "mixed");
        assert_eq!(multipart.preamble(), "This is the preamble.");
        let [first, second] = multipart.parts() else {
            panic!("two parts")
        };
        assert_eq!(first.headers().count(), 0);
        assert!(first.content_type().unwrap().is("text/plain"));
        assert!(first.body().ends_with(b"a linebreak."));
        assert_eq!(second.body(), b"It DOES end with a linebreak.\r\n");
        assert_eq!(multipart.epilogue(), "\r\nThis is the epilogue.\r\n");
    }

    #[test]
    fn a_delimiter_is_a_whole_line() {
        assert_eq!(bodies(MIXED, "--b\r\n\r\nx\r\n--b--"), ["x"]);
        // Not at the start of a line, a longer boundary, a bare LF, text behind it.
        let body = "--b\r\n\r\nx--b\r\n--bb\r\n--b--c\r\n--b -- \r\n\n--b\n\r\n--b\r--b\r\n--b--\r\n";
        assert_eq!(
            bodies(MIXED, body),
            ["x--b\r\n--bb\r\n--b--c\r\n--b -- \r\n\n--b\n\r\n--b\r--b"]
        );
        // Transport padding, before the CRLF and at the end.
        assert_eq!(
            bodies(MIXED, "--b \t\r\n\r\nx\r\n--b\t\r\n\r\ny\r\n--b-- \t"),
            ["x", "y"]
        );
        assert_eq!(
            bodies("multipart/mixed;boundary=\"--\"", "----\r\n\r\n--\r\n------"),
            ["--"]
        );
        assert_eq!(
            bodies(
                "multipart/mixed;boundary=\"a'(b)+_,-./:=? c\"",
                "--a'(b)+_,-./:=? c\r\n\r\n\r\n--a'(b)+_,-./:=? c--"
            ),
            [""]
        );
    }

    #[test]
    fn parts_may_be_empty() {
        assert_eq!(bodies(MIXED, "--b\r\n--b--"), [""]);
        assert_eq!(
            bodies(
                MIXED,
                "--b\r\n\r\n--b\r\n\r\n\r\n--b\r\nX: y\r\n\r\n--b\r\nX: y\r\n--b--"
            ),
            ["", "", "", ""]
        );
        let multipart = split(MIXED, "--b\r\nX: y\r\n--b--").unwrap();
        assert_eq!(multipart.parts()[0].as_bytes(), "X: y");
        assert_eq!(multipart.parts()[0].headers().count(), 1);
    }

    #[test]
    fn one_boundary_may_begin_with_another() {
        let inner = "--bb\r\n\r\nx\r\n--bb--";
        let body = format!("--b\r\nContent-Type: multipart/mixed;boundary=bb\r\n\r\n{inner}\r\n--b--\r\n");
        let outer = split(MIXED, &body).unwrap();
        assert_eq!(outer.parts()[0].body(), inner.as_bytes());
        let nested = outer.parts()[0].multipart(&Limits::default()).unwrap().unwrap();
        assert_eq!(nested.parts()[0].body(), b"x");
    }

    #[test]
    fn what_is_no_multipart_says_why() {
        let error = |content_type: &str, body: &str| split(content_type, body).unwrap_err();
        assert_eq!(error("text/plain;boundary=b", ""), MultipartError::NotMultipart);
        assert_eq!(error("multipart/mixed", ""), MultipartError::NoBoundary);
        for bad in [
            "boundary=\"\"".to_owned(),
            "boundary=\"a \"".to_owned(),
            format!("boundary={}", "a".repeat(71)),
        ] {
            assert_eq!(error(&format!("multipart/mixed;{bad}"), ""), MultipartError::Boundary);
        }
        for body in ["", "--c\r\n", "--b--", "x\r\n--b--\r\n", "x--b\r\n--b"] {
            assert!(
                matches!(
                    error(MIXED, body),
                    MultipartError::NoDelimiter | MultipartError::Unclosed { .. }
                ),
                "{body:?}"
            );
        }
        assert_eq!(
            error(MIXED, "--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b"),
            MultipartError::Unclosed { offset: 23 }
        );
    }

    #[test]
    fn limits_are_kept() {
        let content_type = ContentType::parse(MIXED).unwrap();
        let limits = Limits {
            parts: 2,
            headers: 2,
            head: 10,
            multipart_depth: 2,
            ..Limits::default()
        };
        let split = |body: String| Multipart::parse(&content_type, &body.into(), &limits);
        let parts = |count| "--b\r\n\r\nx\r\n".repeat(count) + "--b--";
        assert_eq!(split(parts(2)).unwrap().parts().len(), 2);
        assert_eq!(
            split(parts(3)).unwrap_err(),
            MultipartError::TooManyParts { offset: 25 }
        );
        let header = |kind, offset| Err(MultipartError::Header { kind, offset });
        assert!(split("--b\r\nA:\r\nB:\r\n--b--".to_owned()).is_ok());
        assert_eq!(
            split("--b\r\nA:\r\nB:\r\nC:\r\n--b--".to_owned()),
            header(ParseErrorKind::TooManyHeaders, 13)
        );
        assert_eq!(
            split("--b\r\nA:123456789\r\n--b--".to_owned()),
            header(ParseErrorKind::HeadTooLong, 15)
        );

        let mut body = "--b\r\n\r\nx\r\n--b--".to_owned();
        for _ in 0..3 {
            body = format!(
                "--b\r\nContent-Type: multipart/mixed;boundary=b{}\r\n\r\n{}\r\n--b--",
                "b",
                body.replace("--b", "--bb")
            );
        }
        let limits = Limits {
            multipart_depth: 2,
            ..Limits::default()
        };
        let outer = Multipart::parse(&content_type, &body.into(), &limits).unwrap();
        let inner = outer.parts()[0].multipart(&limits).unwrap().unwrap();
        assert_eq!(inner.parts()[0].multipart(&limits), Err(MultipartError::TooDeep));
    }

    #[test]
    fn the_root_of_related_parts_is_named_or_first() {
        let body = "--b\r\nContent-ID: <1@x>\r\n\r\none\r\n--b\r\ncontent-id: <2@x>\r\n\r\ntwo\r\n--b--";
        let root = |content_type: &str| {
            split(content_type, body)
                .unwrap()
                .root()
                .map(|part| part.body().to_vec())
        };
        assert_eq!(root("multipart/related;boundary=b;start=\"<2@x>\"").unwrap(), b"two");
        assert_eq!(root("multipart/related;boundary=b").unwrap(), b"one");
        assert_eq!(root("multipart/related;boundary=b;start=\"<3@x>\""), None);
        assert_eq!(root(MIXED), None);
    }

    #[test]
    fn what_is_signed_is_exact() {
        let body = "--b\r\nContent-Type: text/plain\r\n\r\nsigned \r\n\r\n--b\r\n\
             Content-Type: application/pkcs7-signature\r\n\r\ns\r\n--b--";
        let multipart = split("multipart/signed;boundary=b", body).unwrap();
        let (content, signature) = multipart.signed().unwrap();
        assert_eq!(content.as_bytes(), "Content-Type: text/plain\r\n\r\nsigned \r\n");
        assert_eq!(signature.body(), b"s");
        assert!(split(MIXED, body).unwrap().signed().is_none());
    }

    #[test]
    fn parts_are_slices_of_the_body() {
        let content_type = ContentType::parse(MIXED).unwrap();
        let body = Bytes::from_static(b"--b\r\nX: y\r\n\r\nhello\r\n--b--");
        let multipart = Multipart::parse(&content_type, &body, &Limits::default()).unwrap();
        let bytes = multipart.parts()[0].body_bytes();
        assert_eq!(bytes.as_ptr(), body[13..].as_ptr());
    }
}

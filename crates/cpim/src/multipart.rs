use bytes::Bytes;
use memchr::memmem;

use crate::{
    error::{HeaderError, ParseError, ParseErrorKind},
    limits::Limits,
    media_type::MediaType,
    mime::{self, MimeHeader},
    scan::{self, FieldSpan},
};

/// The content of a `multipart/*` (RFC 2046 section 5.1): where its parts are in the bytes, none of which is changed,
/// so that a signature over a part can be checked.
///
/// Preamble and epilogue are passed over. Where the last delimiter is missing, as in RFC 5438's example, the last part
/// runs to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    bytes: Bytes,
    parts: Vec<(usize, usize)>,
    limits: Limits,
}

impl Multipart {
    /// Finds the parts between the delimiters of `boundary`, the parameter of the media type.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the boundary is none (RFC 2046 section 5.1.1), delimits nothing in `content`, or there are
    /// more parts than [`Limits::parts`]. A part that cannot be read is an error of that part alone.
    pub fn parse(content: impl Into<Bytes>, boundary: &str, limits: &Limits) -> Result<Self, ParseError> {
        let bytes = content.into();
        if !is_boundary(boundary) {
            return Err(ParseError::new(ParseErrorKind::Boundary, 0));
        }
        let mut parts = Vec::new();
        let mut start = None;
        let delimiter = format!("--{boundary}");
        let mut closed = false;
        for at in memmem::find_iter(&bytes, &delimiter) {
            let is_line_start = at == 0 || bytes.get(..at).is_some_and(|before| before.ends_with(b"\r\n"));
            let Some((closes, next)) = delimiter_end(&bytes, at + delimiter.len()).filter(|_| is_line_start) else {
                continue;
            };
            if let Some(start) = start.replace(next) {
                if parts.len() >= limits.parts {
                    return Err(ParseError::new(
                        ParseErrorKind::TooManyParts { limit: limits.parts },
                        start,
                    ));
                }
                // The CRLF ahead of a delimiter is part of it, and may be that of the delimiter before.
                parts.push((start, at.saturating_sub(2).max(start)));
            }
            if closes {
                closed = true;
                break;
            }
        }
        match start {
            None => return Err(ParseError::new(ParseErrorKind::Boundary, bytes.len())),
            Some(start) if !closed && parts.len() >= limits.parts => {
                return Err(ParseError::new(
                    ParseErrorKind::TooManyParts { limit: limits.parts },
                    start,
                ));
            }
            Some(start) if !closed => parts.push((start, bytes.len())),
            Some(_) => {}
        }
        Ok(Self {
            bytes,
            parts,
            limits: *limits,
        })
    }

    /// The parts, in order, each with its own outcome.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = Result<Part, ParseError>> + ExactSizeIterator {
        self.parts.iter().map(|(start, end)| {
            let (fields, content) = scan::part(self.bytes.get(..*end).unwrap_or_default(), *start, &self.limits)?;
            Ok(Part {
                bytes: self.bytes.slice(..*end),
                start: *start,
                fields,
                content,
            })
        })
    }
}

/// One part of a [`Multipart`]: MIME headers and content, as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The multipart to the end of this part.
    bytes: Bytes,
    start: usize,
    fields: Vec<FieldSpan>,
    content: usize,
}

impl Part {
    /// The MIME headers. Their offsets are those in the multipart.
    pub fn mime_headers(&self) -> impl DoubleEndedIterator<Item = MimeHeader<'_>> + ExactSizeIterator {
        self.fields.iter().map(|span| span.view(&self.bytes))
    }

    /// The first MIME header of that name, in any case.
    #[must_use]
    pub fn mime_header(&self, name: &str) -> Option<MimeHeader<'_>> {
        self.mime_headers().find(|header| header.is(name))
    }

    /// The type of the content; `text/plain` in US-ASCII where there is no Content-Type (RFC 2046 section 5.1). In a
    /// `multipart/digest` that would be `message/rfc822`, which a part does not know.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where Content-Type is malformed, or there is more than one.
    pub fn content_type(&self) -> Result<MediaType, HeaderError> {
        let content_type = mime::content_type(self.mime_headers())?;
        Ok(content_type.unwrap_or_else(MediaType::text_plain_us_ascii))
    }

    /// The content, in the encodings that the MIME headers name.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.bytes.get(self.content..).unwrap_or_default()
    }

    /// The content as a share of the multipart's buffer.
    #[must_use]
    pub fn content_bytes(&self) -> Bytes {
        self.bytes.slice(self.content.min(self.bytes.len())..)
    }

    /// The whole part with its headers: what a signature of RFC 1847 is over.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The whole part as a share of the multipart's buffer: what [`Message::parse`] reads where the part is a
    /// Message/CPIM.
    ///
    /// [`Message::parse`]: crate::Message::parse
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        self.bytes.slice(self.start.min(self.bytes.len())..)
    }
}

/// Writes a multipart of parts, each with its type, and tells the boundary that is in none of them.
pub(crate) fn write<'a>(parts: impl Iterator<Item = (&'a MediaType, &'a [u8])> + Clone) -> (String, Vec<u8>) {
    let boundary = free_boundary(parts.clone().map(|(_, content)| content));
    let mut out = Vec::new();
    for (content_type, content) in parts {
        out.extend_from_slice(format!("--{boundary}\r\nContent-Type: {content_type}\r\n\r\n").as_bytes());
        out.extend_from_slice(content);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, out)
}

/// The first of `part-0`, `part-1`, .. that stands nowhere in the contents; found in one pass.
fn free_boundary<'a>(contents: impl Iterator<Item = &'a [u8]>) -> String {
    const STEM: &str = "part-";
    let mut taken = std::collections::BTreeSet::new();
    for content in contents {
        for at in memmem::find_iter(content, STEM) {
            let digits = content.get(at + STEM.len()..).unwrap_or_default();
            let mut number = 0_usize;
            // Any beginning of the digits is a number that stands there. No number of ten digits comes to be used.
            for digit in digits.iter().take(9).take_while(|byte| byte.is_ascii_digit()) {
                number = number * 10 + usize::from(digit - b'0');
                taken.insert(number);
            }
        }
    }
    let free = (0..).find(|number| !taken.contains(number)).unwrap_or(taken.len());
    format!("{STEM}{free}")
}

/// `boundary` of RFC 2046 section 5.1.1: 1 to 70 characters, the last of them no space.
fn is_boundary(boundary: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&boundary.len()) && boundary.bytes().all(fits) && !boundary.ends_with(' ')
}

/// What ends a delimiter line: `--` if it is the last one, padding, CRLF or the end. Tells where the next line starts.
fn delimiter_end(bytes: &[u8], at: usize) -> Option<(bool, usize)> {
    let rest = bytes.get(at..)?;
    let (closes, padded) = match rest.strip_prefix(b"--") {
        Some(padded) => (true, padded),
        None => (false, rest),
    };
    let padding = padded.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    let line = padded.get(padding.unwrap_or(padded.len())..).unwrap_or_default();
    let next = bytes.len() - line.len();
    match line {
        [] => Some((closes, next)),
        [b'\r', b'\n', ..] => Some((closes, next + 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(multipart: &str, boundary: &str) -> Vec<String> {
        let multipart = Multipart::parse(multipart.to_owned(), boundary, &Limits::default()).unwrap();
        let text = |part: Result<Part, ParseError>| String::from_utf8(part.unwrap().content().to_vec()).unwrap();
        multipart.parts().map(text).collect()
    }

    #[test]
    fn parts_stand_between_delimiters() {
        let multipart = "preamble --b\r\n--b \t\r\n\r\none\r\n\r\n--bb\r\n--b\r\nContent-Type: text/html\r\n\r\ntwo\r\n--b-- \r\n--b\r\n\r\nx";
        assert_eq!(contents(multipart, "b"), ["one\r\n\r\n--bb", "two"]);
        let multipart = Multipart::parse(multipart, "b", &Limits::default()).unwrap();
        let parts: Vec<Part> = multipart.parts().map(Result::unwrap).collect();
        assert_eq!(
            parts[0].content_type().unwrap().to_string(),
            "text/plain; charset=us-ascii"
        );
        assert_eq!(parts[1].content_type().unwrap().essence(), "text/html");
        assert_eq!(parts[1].to_bytes(), "Content-Type: text/html\r\n\r\ntwo");
        assert_eq!(parts[1].mime_header("content-type").unwrap().offset(), 41);
    }

    #[test]
    fn the_last_delimiter_may_be_missing_and_parts_empty() {
        assert_eq!(contents("--b\r\n\r\none", "b"), ["one"]);
        assert_eq!(contents("--b", "b"), [""]);
        assert_eq!(contents("--b\r\n--b\r\n\r\n--b--", "b"), ["", ""]);
        assert!(contents("--b--", "b").is_empty());
    }

    #[test]
    fn a_broken_part_leaves_the_others() {
        let multipart = Multipart::parse("--b\r\nno header\r\n\r\n--b\r\n\r\nx", "b", &Limits::default()).unwrap();
        let outcomes: Vec<_> = multipart.parts().collect();
        let error = outcomes[0].as_ref().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ParseErrorKind::MimeHeader, 5));
        assert_eq!(outcomes[1].as_ref().unwrap().content(), b"x");
    }

    #[test]
    fn what_delimits_nothing_and_too_much_is_refused() {
        let limits = Limits {
            parts: 2,
            ..Limits::default()
        };
        let refused = |content: &'static str, boundary: &str| {
            let error = Multipart::parse(content, boundary, &limits).unwrap_err();
            (error.kind(), error.offset())
        };
        for boundary in ["", "a ", "a\r\n", "ä", &"b".repeat(71)] {
            assert_eq!(refused("--a", boundary), (ParseErrorKind::Boundary, 0), "{boundary}");
        }
        assert_eq!(refused("text --b\r\n--bc", "b"), (ParseErrorKind::Boundary, 14));
        let too_many = ParseErrorKind::TooManyParts { limit: 2 };
        assert_eq!(refused("--b\r\n--b\r\n--b\r\n--b", "b"), (too_many, 15));
        assert_eq!(refused("--b\r\n--b\r\n--b\r\nx", "b"), (too_many, 15));
    }

    #[test]
    fn what_is_written_reads_back() {
        let html = "text/html".parse().unwrap();
        let parts = [
            (&html, &b"--part-0\r\npart-12"[..]),
            (&html, b"part-2\r\n"),
            (&html, b""),
        ];
        let (boundary, bytes) = write(parts.into_iter());
        assert_eq!(boundary, "part-3");
        let multipart = Multipart::parse(bytes, &boundary, &Limits::default()).unwrap();
        let read: Vec<_> = multipart.parts().map(|part| part.unwrap().content_bytes()).collect();
        assert_eq!(read, ["--part-0\r\npart-12", "part-2\r\n", ""]);
    }
}

//! What there is to say of the bytes of a message.

use sip_message::{Finding, HeaderError, HeaderErrorKind, Invalid, body::MultipartError};

use crate::{terminal::Colour, words};

/// Something to be said of a byte.
pub(crate) struct Note {
    pub(crate) level: &'static str,
    /// From the start of the message. `None` for what is missing.
    pub(crate) offset: Option<usize>,
    pub(crate) text: String,
    /// RFC and section; empty where it is no RFC that says so.
    pub(crate) section: String,
}

impl Note {
    pub(crate) fn of_finding(finding: &Finding) -> Self {
        let text = match finding {
            Finding::Invalid(Invalid::BodyTruncated { declared, present, .. }) => {
                format!("{} declared, {present} there", words::count(*declared, "byte"))
            }
            Finding::Invalid(Invalid::CSeqMethod { .. }) => "the method differs from the request's".to_owned(),
            Finding::Invalid(Invalid::Missing(name)) => format!("no {name}"),
            Finding::Invalid(Invalid::RequestUri { expected, .. }) => format!("expected {expected}"),
            Finding::Invalid(Invalid::Version { .. }) => "expected SIP/2.0".to_owned(),
            Finding::Invalid(Invalid::Header(error)) | Finding::Malformed(error) => of_header(error),
            Finding::Odd(oddity) => oddity.kind().to_string(),
            other => other.to_string(),
        };
        Self {
            level: finding.level(),
            offset: finding.offset(),
            text,
            section: finding.section().to_owned(),
        }
    }

    /// For a header of a part that begins at `start`.
    pub(crate) fn of_part_header(error: &HeaderError, start: usize) -> Self {
        Self {
            level: "malformed",
            offset: Some(start + error.offset()),
            text: of_header(error),
            section: error.section().to_owned(),
        }
    }

    /// For a body that begins at `body`; what is wrong with its type is said at that.
    pub(crate) fn of_body(error: &MultipartError, body: usize, content_type: usize) -> Self {
        let (text, section) = match error {
            MultipartError::Boundary => (
                "expected a boundary of 1 to 70 characters of ASCII that end in no space".to_owned(),
                "2046 section 5.1.1",
            ),
            MultipartError::Header { kind, .. } => (kind.to_string(), "2046 section 5.1"),
            MultipartError::NoBoundary => ("no boundary".to_owned(), "2046 section 5.1.1"),
            MultipartError::NoDelimiter => ("no line of the body is the boundary".to_owned(), "2046 section 5.1.1"),
            MultipartError::TooManyParts { .. } => ("more parts than the limit".to_owned(), ""),
            MultipartError::Unclosed { .. } => (
                "no closing boundary behind the part that begins here".to_owned(),
                "2046 section 5.1.1",
            ),
            other => (other.to_string(), ""),
        };
        let offset = match error {
            MultipartError::Boundary | MultipartError::NoBoundary => content_type,
            error => body + error.offset().unwrap_or_default(),
        };
        Self {
            level: "malformed",
            offset: Some(offset),
            text,
            section: section.to_owned(),
        }
    }

    pub(crate) fn said(&self) -> String {
        match self.section.as_str() {
            "" => format!("{}: {}", self.level, self.text),
            section => format!("{}: {} (RFC {section})", self.level, self.text),
        }
    }

    pub(crate) fn colour(&self) -> Colour {
        if self.level == "odd" {
            Colour::Yellow
        } else {
            Colour::Red
        }
    }
}

fn of_header(error: &HeaderError) -> String {
    match error.kind() {
        HeaderErrorKind::Malformed(expected) => format!("expected {expected}"),
        kind => kind.to_string(),
    }
}

use crate::{
    HeaderError, HeaderName, Message, StartLine, StatusCode, class,
    headers::{CSeq, CallId, From, MaxForwards, To, TypedHeader, Via},
};

/// Why a message that could be read must not be worked on (RFC 3261 sections 8.2, 16.3): what a server answers, or
/// for a response, why it is dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The body is shorter than Content-Length says (section 18.3).
    #[error("Content-Length at byte {offset} says {declared} bytes and {present} are there (RFC 3261 section 18.3)")]
    BodyTruncated {
        /// What the header says.
        declared: usize,
        /// What came.
        present: usize,
        /// Where the Content-Length value begins.
        offset: usize,
    },
    /// The method of CSeq is not that of the request (section 8.1.1.5).
    #[error("the CSeq method differs from the request's at byte {offset} (RFC 3261 section 8.1.1.5)")]
    CSeqMethod {
        /// Where the method of the CSeq begins.
        offset: usize,
    },
    /// A header that every message needs cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A header that every message needs is missing (section 8.1.1).
    #[error("no {0} (RFC 3261 section 8.1.1)")]
    Missing(HeaderName),
    /// The Request-URI is no URI (section 7.1).
    #[error("Request-URI: expected {expected} at byte {offset} (RFC 3261 section 7.1)")]
    RequestUri {
        /// What the grammar wants.
        expected: &'static str,
        /// Where, in bytes from the start of the message.
        offset: usize,
    },
    /// The version is not 2.0 (section 7.1).
    #[error("SIP version other than 2.0 at byte {offset} (RFC 3261 section 7.1)")]
    Version {
        /// Where the version begins.
        offset: usize,
    },
}

impl Invalid {
    /// The status that a server answers with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Version { .. } => StatusCode::VERSION_NOT_SUPPORTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Where, in bytes from the start of the message. `None` for what is missing.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::BodyTruncated { offset, .. }
            | Self::CSeqMethod { offset }
            | Self::RequestUri { offset, .. }
            | Self::Version { offset } => Some(*offset),
            Self::Header(error) => Some(error.offset()),
            Self::Missing(_) => None,
        }
    }

    /// The RFC and section that is broken, as in `3261 section 18.3`.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::BodyTruncated { .. } => "3261 section 18.3",
            Self::CSeqMethod { .. } => "3261 section 8.1.1.5",
            Self::Header(error) => error.section(),
            Self::Missing(_) => "3261 section 8.1.1",
            Self::RequestUri { .. } | Self::Version { .. } => "3261 section 7.1",
        }
    }
}

impl Message {
    /// Checks what every element checks before it works on a message: the version, the Request-URI, that Via, From,
    /// To, Call-ID and CSeq are there once and can be read, that CSeq names the request's method, that Max-Forwards
    /// is a number if it is there, and that the body is as long as Content-Length says.
    ///
    /// # Errors
    /// The first thing that is wrong. [`Message::findings`] has all of them.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.check(Err)
    }

    /// Hands each thing that is wrong to `report`, in the order in which [`Message::validate`] looks, until that says no.
    pub(crate) fn check<E>(&self, mut report: impl FnMut(Invalid) -> Result<(), E>) -> Result<(), E> {
        let version = match self.start_line() {
            StartLine::Request { version, .. } | StartLine::Response { version, .. } => version,
        };
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            report(Invalid::Version {
                offset: self.version_offset(),
            })?;
        }
        if self.is_request()
            && let Err(error) = self.request_uri()
        {
            let offset = self.request_uri_offset() + error.offset();
            report(Invalid::RequestUri {
                expected: error.expected(),
                offset,
            })?;
        }
        let mut vias = self.typed_all::<Via>().peekable();
        if vias.peek().is_none() {
            report(Invalid::Missing(HeaderName::VIA))?;
        }
        for error in vias.filter_map(Result::err) {
            report(error.into())?;
        }
        self.mandatory::<From>().map_or_else(&mut report, |_| Ok(()))?;
        self.mandatory::<To>().map_or_else(&mut report, |_| Ok(()))?;
        self.mandatory::<CallId>().map_or_else(&mut report, |_| Ok(()))?;
        match self.mandatory::<CSeq>() {
            Ok(cseq) => self.check_cseq(&cseq).or_else(&mut report)?,
            Err(error) => report(error)?,
        }
        if let Err(error) = self.typed::<MaxForwards>() {
            report(error.into())?;
        }
        self.check_length().or_else(report)
    }

    fn check_cseq(&self, cseq: &CSeq<'_>) -> Result<(), Invalid> {
        if self.method().is_none_or(|method| method == cseq.method()) {
            return Ok(());
        }
        let offset = self.header(HeaderName::CSEQ).map_or(0, |field| {
            let is_number = |octet: &u8| octet.is_ascii_digit() || class::is(*octet, class::LWS);
            field.offset() + field.value().iter().take_while(|octet| is_number(octet)).count()
        });
        Err(Invalid::CSeqMethod { offset })
    }

    fn check_length(&self) -> Result<(), Invalid> {
        let present = self.body().len();
        match self.content_length()? {
            Some(declared) if declared != present => {
                let offset = self.offset_of(HeaderName::CONTENT_LENGTH);
                Err(Invalid::BodyTruncated {
                    declared,
                    present,
                    offset,
                })
            }
            _ => Ok(()),
        }
    }

    fn offset_of(&self, name: HeaderName) -> usize {
        self.header(name).map_or(0, |field| field.offset())
    }

    fn mandatory<'a, H: TypedHeader<'a> + 'a>(&'a self) -> Result<H, Invalid> {
        self.typed::<H>()?.ok_or(Invalid::Missing(H::NAME))
    }
}

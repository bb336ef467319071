use std::{borrow::Cow, fmt};

use memchr::memchr;

use crate::{Params, SipUri, Uri, ValueError, class, grammar, scan::Scan};

/// `( name-addr / addr-spec ) *( SEMI generic-param )`: what From, To, Contact, Route and their kin are made of
/// (RFC 3261 section 20.10).
///
/// Without angle brackets, what follows a semicolon belongs to the header and not to the URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    // As written: tokens, or a quoted string with its quotes.
    display: Option<Cow<'a, str>>,
    uri: Uri<'a>,
    params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// A URI without display name and parameters. It is written in angle brackets.
    #[must_use]
    pub const fn new(uri: Uri<'a>) -> Self {
        Self {
            display: None,
            uri,
            params: Params::new(),
        }
    }

    /// The same with a display name.
    ///
    /// # Errors
    /// When the name has a CR, LF or NUL.
    pub fn with_display_name(mut self, name: &str) -> Result<Self, ValueError> {
        let quoted = grammar::quote(name).ok_or(ValueError::new("text without CR, LF and NUL", 0))?;
        self.display = Some(quoted.into());
        Ok(self)
    }

    /// The same with other header parameters.
    #[must_use]
    pub fn with_params(mut self, params: Params<'a>) -> Self {
        self.params = params;
        self
    }

    /// The display name, unquoted and unfolded.
    #[must_use]
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        self.display.as_deref().map(grammar::unquote)
    }

    /// The URI.
    #[must_use]
    pub const fn uri(&self) -> Uri<'a> {
        self.uri
    }

    /// The parameters of the header (not of the URI).
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }

    /// Reads a value that is this and nothing else.
    pub(crate) fn parse(value: &'a str) -> Result<Self, ValueError> {
        let mut scan = Scan::value(value);
        let start = scan.at();
        let display = match scan.peek() {
            Some(b'<') => None,
            Some(b'"') => {
                scan.quoted_string()?;
                let quoted = scan.since(start);
                scan.skip_lws();
                Some(quoted)
            }
            // `*(token LWS)`, and as RFC 4475 section 3.1.1.6 has it, no white space needed before `<`.
            _ => {
                scan.skip(class::TOKEN | class::LWS);
                if scan.peek() != Some(b'<') {
                    return Self::parse_bare(&mut scan, start);
                }
                Some(class::trim(scan.since(start), class::LWS))
            }
        };
        if !scan.eat(b'<') {
            return Err(scan.expected("a URI in angle brackets"));
        }
        match SipUri::read_bracketed(&mut scan) {
            Some(uri) => Self::parse_params(&mut scan, display, Uri::Sip(uri)),
            // Any other URI, or one that is wrong, which is said there.
            None => {
                let uri = Uri::read_bracketed(&mut scan)?;
                Self::parse_params(&mut scan, display, uri)
            }
        }
    }

    /// The same of a value whose URI must be in brackets: `name-addr`.
    pub(crate) fn parse_bracketed(value: &'a str) -> Result<Self, ValueError> {
        let address = Self::parse(value)?;
        // No bare URI has a bracket.
        if memchr(b'<', value.as_bytes()).is_none() {
            let at = value.len() - grammar::skip_lws(value).len();
            return Err(ValueError::new("a URI in angle brackets", at));
        }
        Ok(address)
    }

    #[inline(always)]
    fn parse_params(scan: &mut Scan<'a>, display: Option<&'a str>, uri: Uri<'a>) -> Result<Self, ValueError> {
        let params = Params::read(scan)?;
        scan.end()?;
        Ok(Self {
            display: display.map(Cow::Borrowed),
            uri,
            params,
        })
    }

    /// `addr-spec` from `start` on, and parameters: "if the URI contains a comma, question mark or semicolon, it must be in
    /// brackets". The scan stands behind what could have been a display name.
    fn parse_bare(scan: &mut Scan<'a>, start: usize) -> Result<Self, ValueError> {
        let phrase_end = scan.at();
        scan.seek(start);
        let uri = bare(scan).map_err(|error| {
            // The form that came further says more.
            if phrase_end > error.offset() {
                ValueError::new("a URI in angle brackets", phrase_end)
            } else {
                error
            }
        })?;
        Self::parse_params(scan, None, uri)
    }
}

fn bare<'a>(scan: &mut Scan<'a>) -> Result<Uri<'a>, ValueError> {
    let start = scan.at();
    let ends = |octet: u8| matches!(octet, b';' | b',' | b'?') || class::is(octet, class::LWS);
    let len = scan.rest().bytes().position(ends).unwrap_or(scan.rest().len());
    scan.seek(start + len);
    if scan.peek() == Some(b'?') {
        return Err(scan.expected("angle brackets around a URI with a question mark"));
    }
    Uri::parse(scan.since(start)).map_err(|error| ValueError::new(error.expected(), start + error.offset()))
}

impl fmt::Display for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(display) = &self.display {
            write!(f, "{display} ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for NameAddr<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("NameAddr", 3)?;
        view.serialize_field("display_name", &self.display_name())?;
        view.serialize_field("uri", &self.uri)?;
        view.serialize_field("params", &self.params)?;
        view.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<NameAddr<'_>, ValueError> {
        NameAddr::parse(text)
    }

    #[test]
    fn a_quoted_display_name_hides_what_it_holds() {
        // sipsak and others have read this From as boss@corp.
        let value = parse(r#""x <sip:boss@corp>;tag=y" <sip:me@here>;tag=1"#).unwrap();
        assert_eq!(value.uri().as_str(), "sip:me@here");
        assert_eq!(value.params().get("tag"), Some(Some("1")));
        assert_eq!(value.display_name().unwrap(), "x <sip:boss@corp>;tag=y");
        let value = parse(r#""a \" , ; b"<sip:me@here>"#).unwrap();
        assert_eq!(value.display_name().unwrap(), r#"a " , ; b"#);
    }

    #[test]
    fn without_brackets_parameters_belong_to_the_header() {
        let value = parse("sip:kmh@sip2.kumoh.ac.kr;tag=264645608").unwrap();
        assert_eq!(value.uri().as_str(), "sip:kmh@sip2.kumoh.ac.kr");
        assert_eq!(value.params().get("tag"), Some(Some("264645608")));
        assert!(parse("sip:user@example.com?Route=%3Csip:x%3E").is_err());
    }

    #[test]
    fn display_names_of_tokens_need_no_space_before_the_bracket() {
        assert_eq!(parse("caller<sip:a@b>").unwrap().display_name().unwrap(), "caller");
        assert_eq!(
            parse("Two  Words <sip:a@b>").unwrap().display_name().unwrap(),
            "Two  Words"
        );
        let folded = parse("\"Two\r\n Words\" <sip:a@b>").unwrap();
        assert!(
            NameAddr::new(folded.uri())
                .with_display_name(&folded.display_name().unwrap())
                .is_ok()
        );
        assert!(parse("Bell, Alexander <sip:a@b>").is_err());
        assert!(parse("\"Mr. Watson <sip:a@b>").is_err());
    }

    #[test]
    fn the_bracket_tells_the_form() {
        let error = |text| {
            parse(text)
                .map_err(|error| (error.expected(), error.offset()))
                .unwrap_err()
        };
        assert_eq!(error("Bob <sip:a@b?x"), ("a closing angle bracket", 4));
        assert_eq!(error("Bob<sip:a@b?x"), ("a closing angle bracket", 3));
        assert_eq!(error("Bell, Bob <sip:a@b>"), ("a URI in angle brackets", 4));
        assert_eq!(error("\"Bob\" sip:a@b"), ("a URI in angle brackets", 6));
        assert_eq!(
            error("sip:a@b?x"),
            ("angle brackets around a URI with a question mark", 7)
        );
        assert_eq!(error("sip:a@b c"), ("the end of the value", 8));
    }
}

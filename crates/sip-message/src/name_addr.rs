use std::{borrow::Cow, fmt};

use crate::{Params, SipUri, Uri, ValueError, class, grammar, scan::Scan, stops::Stops, uri::sip_scheme};

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
    #[inline(never)]
    pub(crate) fn parse(value: &'a str) -> Result<Self, ValueError> {
        match Self::plain(value) {
            Some(address) => Ok(address),
            None => Self::parse_any(value),
        }
    }

    /// Reads the usual form: a SIP, `im:` or `pres:` URI in angle brackets, behind a quoted string, a token or nothing; or a
    /// SIP URI without brackets.
    #[inline(always)]
    pub(crate) fn plain(value: &'a str) -> Option<Self> {
        Self::plain_of::<true>(value)
    }

    /// The same where the brackets must be there.
    #[inline(always)]
    pub(crate) fn plain_bracketed(value: &'a str) -> Option<Self> {
        Self::plain_of::<false>(value)
    }

    #[inline(always)]
    fn plain_of<const MAY_BE_BARE: bool>(value: &'a str) -> Option<Self> {
        let mut stops = Stops::of(value)?;
        let mut display = None;
        let bracket = match stops.octet() {
            b'<' => 0,
            b'"' if stops.at() == 0 => {
                let quotes = stops.pass_quoted()?;
                display = Some(Cow::Borrowed(&value[..quotes]));
                if !stops.is(b' ') || stops.at() != quotes {
                    return None;
                }
                stops.next();
                quotes + 1
            }
            b' ' => {
                let token = stops.at();
                display = Some(Cow::Borrowed(&value[..token]));
                stops.next();
                token + 1
            }
            b':' if MAY_BE_BARE => return Self::plain_bare(value),
            _ => return None,
        };
        if !stops.is(b'<') || stops.at() != bracket || bracket == 1 {
            return None;
        }
        let start = bracket + 1;
        let Some(scheme) = sip_scheme(&value[start..]) else {
            return Self::plain_mailbox(stops, display, start);
        };
        let uri = SipUri::plain(&mut stops, start, scheme, true)?;
        Self::plain_params(stops, display, Uri::Sip(uri))
    }

    /// The same of an `im:` or `pres:` URI.
    #[cold]
    #[inline(never)]
    fn plain_mailbox(mut stops: Stops<'a>, display: Option<Cow<'a, str>>, start: usize) -> Option<Self> {
        let uri = Uri::plain_mailbox(&mut stops, start)?;
        Self::plain_params(stops, display, uri)
    }

    /// The closing bracket, and what is behind it.
    #[inline(always)]
    fn plain_params(mut stops: Stops<'a>, display: Option<Cow<'a, str>>, uri: Uri<'a>) -> Option<Self> {
        let end = stops.at() + 1;
        stops.next();
        if stops.at() != end {
            return None;
        }
        let params = Params::plain(&mut stops)?;
        Some(Self { display, uri, params })
    }

    /// A SIP URI without brackets.
    #[cold]
    #[inline(never)]
    fn plain_bare(value: &'a str) -> Option<Self> {
        let scheme = sip_scheme(value)?;
        let mut stops = Stops::of(value)?;
        let uri = SipUri::plain(&mut stops, 0, scheme, false)?;
        Some(Self {
            display: None,
            uri: Uri::Sip(uri),
            params: Params::plain(&mut stops)?,
        })
    }

    #[inline(never)]
    fn parse_any(value: &'a str) -> Result<Self, ValueError> {
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
                    return Self::parse_bare(scan, start);
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
                let uri = Uri::parse_bracketed(value, scan.at())?;
                scan.advance(uri.as_str().len() + 1);
                Self::parse_params(&mut scan, display, uri)
            }
        }
    }

    /// The same of a value whose URI must be in brackets: `name-addr`.
    pub(crate) fn parse_bracketed(value: &'a str) -> Result<Self, ValueError> {
        let address = Self::parse(value)?;
        // A bare URI is what the value begins with; a display name has no colon.
        let text = grammar::skip_lws(value);
        if text.starts_with(address.uri.as_str()) {
            return Err(ValueError::new("a URI in angle brackets", value.len() - text.len()));
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
    #[inline(never)]
    fn parse_bare(mut scan: Scan<'a>, start: usize) -> Result<Self, ValueError> {
        let phrase_end = scan.at();
        scan.seek(start);
        let uri = bare(&mut scan).map_err(|error| {
            // The form that came further says more.
            if phrase_end > error.offset() {
                ValueError::new("a URI in angle brackets", phrase_end)
            } else {
                error
            }
        })?;
        Self::parse_params(&mut scan, None, uri)
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
    use proptest::prelude::*;

    use super::*;
    use crate::nearly::nearly;

    fn parse(text: &str) -> Result<NameAddr<'_>, ValueError> {
        NameAddr::parse(text)
    }

    proptest! {
        #[test]
        fn the_usual_form_reads_as_the_grammar_does(value in prop_oneof![
            nearly(&["\"", "Alice B", "\"", " ", "<", "sip:", "alice", "@", "example.test", ":5070", ";", "lr", ">", ";", "tag", "=", "x1", ";m=\"a,b\""]),
            nearly(&["Alice", " ", "<", "sips:", "192.0.2.1", ";", "transport", "=", "tcp", ">", ";", "tag", "=", "x1"]),
            nearly(&["sip:", "alice", "@", "example.test", ":", "5070", ";", "tag", "=", "x1"]),
            nearly(&["\"Bob\" ", "<", "pres", ":", "bob_", "@", "example.test", ":5070", ";", "lr", ">", ";", "tag", "=", "x1"]),
            nearly(&["<", "im", ":", "+1", "@", "192.0.2.1", ";", "lr", "?x=y", ">"]),
        ]) {
            if let Some(address) = NameAddr::plain(&value) {
                prop_assert_eq!(Ok(address), NameAddr::parse_any(&value));
            }
            if let Some(address) = NameAddr::plain_bracketed(&value) {
                prop_assert_eq!(Ok(address), NameAddr::parse_bracketed(&value));
            }
        }
    }

    #[test]
    fn what_is_usual_is_read_so() {
        let bare = "sip:alice@example.test;tag=1";
        assert!(NameAddr::plain(bare).is_some());
        assert_eq!(NameAddr::plain_bracketed(bare), None);
        for value in [
            "<sip:example.test:5060;transport=tcp>",
            "Alice <sips:+82-53_1@192.0.2.1;lr>;tag=a~b;x",
            "\"Alice B.\" <sip:alice@example.test>;q=0.7;methods=\"MESSAGE, INFO\"",
            "<pres:alice@example.test>;tag=1",
            "\"Bob\" <im:bob+1@example.test:5060;lr>",
        ] {
            assert!(NameAddr::plain(value).is_some(), "{value}");
            assert!(NameAddr::plain_bracketed(value).is_some(), "{value}");
        }
        for value in [
            "",
            "<",
            "sip:",
            "<sip:>",
            "<sip:@a>",
            "<sip:a@b>;",
            "<sip:a@b>;t=",
            " <sip:a@b>",
            "\"",
            "a",
            "sip:a@b?c=d",
            "<pres:b>",
            "<pres:@b>",
            "<tel:+1@b>",
            "<im>",
        ] {
            assert_eq!(NameAddr::plain(value), None, "{value}");
        }
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

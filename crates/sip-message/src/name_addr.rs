use std::{borrow::Cow, fmt};

use crate::{Params, Uri, ValueError, class, grammar, scan::Scan};

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
        let (display, uri) = addr(&mut scan)?;
        let params = Params::read(&mut scan)?;
        scan.end()?;
        Ok(Self {
            display: display.map(Cow::Borrowed),
            uri,
            params,
        })
    }
}

/// Either form.
#[inline]
fn addr<'a>(scan: &mut Scan<'a>) -> Result<(Option<&'a str>, Uri<'a>), ValueError> {
    let start = scan.at();
    match (bracketed(scan), scan.text().as_bytes().get(start)) {
        (Err(error), first) if !matches!(first, Some(b'<' | b'"')) => {
            scan.seek(start);
            // The form that came further says more.
            bare(scan).map_err(|other| if error.offset() > other.offset() { error } else { other })
        }
        (result, _) => result,
    }
}

/// `[display-name] LAQUOT addr-spec RAQUOT`
#[inline]
fn bracketed<'a>(scan: &mut Scan<'a>) -> Result<(Option<&'a str>, Uri<'a>), ValueError> {
    let display = match scan.peek() {
        Some(b'<') => None,
        Some(b'"') => {
            let start = scan.at();
            scan.quoted_string()?;
            let quoted = scan.since(start);
            scan.skip_lws();
            Some(quoted)
        }
        _ => Some(token_phrase(scan)?),
    };
    let bracket = scan.at();
    if !scan.eat(b'<') {
        return Err(scan.expected("a URI in angle brackets"));
    }
    Ok((display, Uri::read_bracketed(scan, bracket + 1)?))
}

/// A display name without quotes: `*(token LWS)`, and as RFC 4475 section 3.1.1.6 has it, no white space needed
/// before `<`.
fn token_phrase<'a>(scan: &mut Scan<'a>) -> Result<&'a str, ValueError> {
    let start = scan.at();
    scan.some(class::TOKEN | class::LWS, "a display name")?;
    let phrase = class::trim(scan.since(start), class::LWS);
    if phrase.is_empty() {
        return Err(ValueError::new("a display name", start));
    }
    Ok(phrase)
}

/// `addr-spec`: "if the URI contains a comma, question mark or semicolon, it must be in brackets".
fn bare<'a>(scan: &mut Scan<'a>) -> Result<(Option<&'a str>, Uri<'a>), ValueError> {
    let start = scan.at();
    let ends = |octet: u8| matches!(octet, b';' | b',' | b'?') || class::is(octet, class::LWS);
    let len = scan.rest().bytes().position(ends).unwrap_or(scan.rest().len());
    scan.seek(start + len);
    if scan.peek() == Some(b'?') {
        return Err(scan.expected("angle brackets around a URI with a question mark"));
    }
    match Uri::parse(scan.since(start)) {
        Ok(uri) => Ok((None, uri)),
        Err(error) => Err(ValueError::new(error.expected(), start + error.offset())),
    }
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
}

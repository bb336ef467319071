use std::{borrow::Cow, fmt};

use nom::{Parser, branch::alt, character::complete::char, combinator::recognize};

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, Host, ValueError, grammar};

/// `warn-code SP warn-agent SP warn-text`: more about the status of a response, for people to read (RFC 3261 section
/// 20.43).
///
/// ```
/// use sip_message::headers::{TypedHeader, Warning};
///
/// let warning = Warning::parse(r#"307 isi.edu "Session parameter 'foo' not understood""#)?;
/// assert_eq!((warning.code(), warning.agent()), (307, "isi.edu"));
/// assert_eq!(warning, Warning::new(307, "isi.edu", "Session parameter 'foo' not understood")?);
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning<'a> {
    code: u16,
    agent: &'a str,
    // As written, with its quotes.
    text: Cow<'a, str>,
}

impl<'a> Warning<'a> {
    /// A code of three digits, the host (with a port, if need be) or pseudonym of who warns, and the text.
    ///
    /// # Errors
    /// When the code has not three digits, the agent is neither a host nor a token, or the text has a CR, LF or NUL.
    pub fn new(code: u16, agent: &'a str, text: &str) -> Result<Self, ValueError> {
        if !(100..=999).contains(&code) {
            return Err(ValueError::new("a warning code of three digits", 0));
        }
        let agent = grammar::exact(warn_agent, agent)?;
        let text = grammar::quote(text).ok_or(ValueError::new("text without CR, LF and NUL", 0))?;
        let text = Cow::Owned(text);
        Ok(Self { code, agent, text })
    }

    /// The code: 300 to 399 are those of SIP, of which 370 is too little bandwidth and 399 anything else.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Who warns.
    #[must_use]
    pub const fn agent(&self) -> &'a str {
        self.agent
    }

    /// The text, unquoted and unfolded.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        grammar::unquote(&self.text)
    }
}

/// `3DIGIT`
fn warn_code(input: &str) -> grammar::Parsed<'_, u16> {
    let digits = input.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 3 || input.starts_with('0') {
        return grammar::fail(input, "a warning code of three digits");
    }
    grammar::number(input)
}

/// `hostport / pseudonym`
fn warn_agent(input: &str) -> grammar::Parsed<'_, &str> {
    let agent = alt((recognize(host_port), recognize(reference), grammar::token));
    grammar::expect("a host or a token", agent)(input)
}

fn host_port(input: &str) -> grammar::Parsed<'_, ()> {
    let (rest, _) = host(input)?;
    let (rest, _) = (char(':'), grammar::number::<u16>).parse(rest)?;
    Ok((rest, ()))
}

/// An IPv6 address in brackets; every other host is a token.
fn reference(input: &str) -> grammar::Parsed<'_, ()> {
    if !input.starts_with('[') {
        return grammar::fail(input, "a bracket");
    }
    host(input)
}

fn host(input: &str) -> grammar::Parsed<'_, ()> {
    grammar::scanned(input, |scan| Host::read(scan).map(drop))
}

impl<'a> TypedHeader<'a> for Warning<'a> {
    const NAME: HeaderName = HeaderName::WARNING;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.43";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (code, _, agent, _, text) = grammar::whole(
            |input| {
                (
                    warn_code,
                    grammar::lws1,
                    warn_agent,
                    grammar::lws1,
                    grammar::quoted_string,
                )
                    .parse(input)
            },
            value,
        )?;
        let text = Cow::Borrowed(text);
        Ok(Self { code, agent, text })
    }
}

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.code, self.agent, self.text)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Warning<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("Warning", 3)?;
        view.serialize_field("code", &self.code)?;
        view.serialize_field("agent", self.agent)?;
        view.serialize_field("text", &self.text())?;
        view.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_section_20_43() {
        let warning = Warning::parse("301 isi.edu \"Incompatible network address type 'E.164'\"").unwrap();
        assert_eq!((warning.code(), warning.agent()), (301, "isi.edu"));
        assert_eq!(warning.text(), "Incompatible network address type 'E.164'");
        for agent in [
            "[2001:db8::1]:5060",
            "[2001:db8::1]",
            "192.0.2.1:5060",
            "a.test",
            "over*ture",
        ] {
            let text = format!("399 {agent} \"a \\\"b\\\"\"");
            let warning = Warning::parse(&text).unwrap();
            assert_eq!((warning.agent(), &*warning.text()), (agent, "a \"b\""));
            assert_eq!(warning.to_string(), text);
            assert_eq!(warning, Warning::new(399, agent, "a \"b\"").unwrap());
        }
    }

    #[test]
    fn what_is_no_warning_is_refused() {
        let cases = [
            ("", 0),
            ("1812 overture \"In Progress\"", 0),
            ("39 a \"\"", 0),
            ("099 a \"\"", 0),
            ("399a \"\"", 3),
            ("399 a", 5),
            ("399 a text", 6),
            ("399 a:b \"\"", 5),
            ("399 <a> \"\"", 4),
            ("399 a \"\" x", 9),
        ];
        for (text, at) in cases {
            assert_eq!(Warning::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(Warning::new(99, "a", "b").is_err());
        assert!(Warning::new(1000, "a", "b").is_err());
        assert!(Warning::new(399, "a b", "c").is_err());
        assert!(Warning::new(399, "a\r\nX: b", "c").is_err());
        assert!(Warning::new(399, "a", "b\r\nX: c").is_err());
    }
}

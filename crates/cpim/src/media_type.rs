use std::{fmt, str::FromStr};

use nom::{
    IResult, Parser,
    branch::alt,
    bytes::complete::take_while1,
    character::complete::char,
    combinator::{all_consuming, opt},
    multi::many0,
    sequence::{delimited, preceded},
};

use crate::{
    error::{InvalidValue, ValueKind},
    grammar,
};

/// A MIME type with its parameters (RFC 2045 section 5.1), as Content-Type holds it.
///
/// Type, subtype and parameter names are case-insensitive and kept in lower case; parameter values are kept as they
/// are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaType {
    essence: String,
    slash: usize,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// `text/plain; charset=utf-8`.
    #[must_use]
    pub fn text_plain_utf8() -> Self {
        Self {
            essence: "text/plain".to_owned(),
            slash: 4,
            parameters: vec![("charset".to_owned(), "utf-8".to_owned())],
        }
    }

    pub(crate) fn text_plain_us_ascii() -> Self {
        Self {
            parameters: vec![("charset".to_owned(), "us-ascii".to_owned())],
            ..Self::text_plain_utf8()
        }
    }

    /// A type without parameters, from a literal that is one.
    pub(crate) fn bare(essence: &'static str) -> Self {
        Self {
            essence: essence.to_owned(),
            slash: essence.find('/').unwrap_or(essence.len()),
            parameters: Vec::new(),
        }
    }

    pub(crate) fn with_parameter(mut self, name: &'static str, value: String) -> Self {
        self.parameters.push((name.to_owned(), value));
        self
    }

    /// The type and the subtype, as `text/plain`.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The type.
    #[must_use]
    pub fn type_(&self) -> &str {
        self.essence.get(..self.slash).unwrap_or_default()
    }

    /// The subtype.
    #[must_use]
    pub fn subtype(&self) -> &str {
        self.essence.get(self.slash + 1..).unwrap_or_default()
    }

    /// The parameters, in order.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the first parameter of that name, in any case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The `charset` parameter.
    #[must_use]
    pub fn charset(&self) -> Option<&str> {
        self.parameter("charset")
    }

    /// Whether this is Message/CPIM.
    #[must_use]
    pub fn is_message_cpim(&self) -> bool {
        self.essence == "message/cpim"
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.essence)?;
        for (name, value) in &self.parameters {
            if !value.is_empty() && value.chars().all(is_token_char) {
                write!(f, "; {name}={value}")?;
            } else {
                write!(f, "; {name}=\"")?;
                for character in value.chars() {
                    if matches!(character, '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{character}")?;
                }
                f.write_str("\"")?;
            }
        }
        Ok(())
    }
}

impl FromStr for MediaType {
    type Err = InvalidValue;

    fn from_str(value: &str) -> Result<Self, InvalidValue> {
        read(value)
    }
}

/// Reads a media type, with the folding and the comments that it may have.
///
/// Read beyond the grammar: a semicolon with nothing after it, and unquoted values with characters that should be
/// quoted (`protocol=application/pkcs7-signature`, as RFC 3862 section 5.2 prints).
pub(crate) fn read(value: &str) -> Result<MediaType, InvalidValue> {
    let parsed = all_consuming(media_type).parse(value);
    parsed
        .map(|(_, media_type)| media_type)
        .map_err(|error| InvalidValue::new(ValueKind::MediaType, grammar::failed_at(value, &error)))
}

fn media_type(input: &str) -> IResult<&str, MediaType> {
    let (input, kind) = delimited(blank, take_while1(is_token_char), blank).parse(input)?;
    let (input, subtype) = preceded(char('/'), delimited(blank, take_while1(is_token_char), blank)).parse(input)?;
    let (input, parameters) = many0(preceded((char(';'), blank), opt(parameter))).parse(input)?;
    let essence = format!("{kind}/{subtype}").to_ascii_lowercase();
    let media_type = MediaType {
        essence,
        slash: kind.len(),
        parameters: parameters.into_iter().flatten().collect(),
    };
    Ok((input, media_type))
}

fn parameter(input: &str) -> IResult<&str, (String, String)> {
    let (input, name) = take_while1(is_token_char).parse(input)?;
    let (input, _) = delimited(blank, char('='), blank).parse(input)?;
    let (input, value) = alt((quoted, unquoted)).parse(input)?;
    let (input, ()) = blank(input)?;
    Ok((input, (name.to_ascii_lowercase(), value)))
}

fn unquoted(input: &str) -> IResult<&str, String> {
    take_while1(|c: char| c.is_ascii_graphic() && !matches!(c, ';' | '"' | '(' | ')' | '\\'))
        .map(str::to_owned)
        .parse(input)
}

/// A quoted string of US-ASCII; folding in it is dropped.
fn quoted(input: &str) -> IResult<&str, String> {
    let (body, _) = char('"').parse(input)?;
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((at, character)) = characters.next() {
        let character = match character {
            '"' => return Ok((body.get(at + 1..).unwrap_or_default(), value)),
            '\r' | '\n' => continue,
            '\\' => match characters.next() {
                Some((_, escaped)) => escaped,
                None => break,
            },
            other => other,
        };
        match character {
            ' '..='~' => value.push(character),
            '\t' => value.push(' '),
            _ => break,
        }
    }
    nom::combinator::fail().parse(input)
}

/// White space, folding and comments (RFC 2822 section 3.2.3). Comments nest; counting them needs no stack.
fn blank(input: &str) -> IResult<&str, ()> {
    let mut depth = 0_usize;
    let mut bytes = input.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            b'\\' if depth > 0 => {
                bytes.next();
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ if depth > 0 => {}
            _ => return Ok((input.get(at..).unwrap_or_default(), ())),
        }
    }
    if depth > 0 {
        return nom::combinator::fail().parse(input);
    }
    Ok(("", ()))
}

/// `token` of RFC 2045 section 5.1.
pub(crate) fn is_token_char(character: char) -> bool {
    character.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> MediaType {
        value.parse().expect(value)
    }

    #[test]
    fn types_and_parameters_read_in_any_case() {
        let media_type = read("Text/XML; Charset=\"utf-8\" ;x=Y");
        assert_eq!(media_type.essence(), "text/xml");
        assert_eq!((media_type.type_(), media_type.subtype()), ("text", "xml"));
        assert_eq!(media_type.charset(), Some("utf-8"));
        assert_eq!(media_type.parameter("X"), Some("Y"));
        assert_eq!(media_type.to_string(), "text/xml; charset=utf-8; x=Y");
        assert!(read("message/cpim").is_message_cpim());
        assert!(read("Message/CPIM").is_message_cpim());
    }

    #[test]
    fn folding_and_comments_are_blank() {
        let media_type = read(" multipart/mixed;\r\n                   boundary=\"imdn-boundary\"");
        assert_eq!(media_type.parameter("boundary"), Some("imdn-boundary"));
        assert_eq!(
            read("text/plain (a (nested \\) one)) ; x=1 (y)").parameter("x"),
            Some("1")
        );
    }

    #[test]
    fn what_the_rfcs_print_reads() {
        let media_type =
            read("multipart/signed; boundary=next;\r\n micalg=sha1;\r\n protocol=application/pkcs7-signature");
        assert_eq!(media_type.parameter("protocol"), Some("application/pkcs7-signature"));
        assert_eq!(
            media_type.to_string(),
            "multipart/signed; boundary=next; micalg=sha1; protocol=\"application/pkcs7-signature\""
        );
        assert_eq!(read("text/plain;").parameters().count(), 0);
    }

    #[test]
    fn quoted_values_are_escaped_when_written() {
        let media_type = read(r#"text/plain; name="a \"b\" \\ c"; empty="""#);
        assert_eq!(media_type.parameter("name"), Some("a \"b\" \\ c"));
        assert_eq!(media_type.to_string(), r#"text/plain; name="a \"b\" \\ c"; empty="""#);
    }

    #[test]
    fn what_is_no_media_type_is_located() {
        for (value, offset) in [
            ("", 0),
            ("text", 4),
            ("text/", 5),
            ("text plain", 5),
            ("text/plain charset=utf-8", 11),
            ("text/plain; x", 12),
            ("text/plain; x=\"a", 12),
            ("text/plain; x=\"é\"", 12),
            ("text/plain (open", 10),
        ] {
            assert_eq!(value.parse::<MediaType>().unwrap_err().offset(), offset, "{value}");
        }
    }

    #[test]
    fn the_ready_made_type_is_what_it_says() {
        assert_eq!(MediaType::text_plain_utf8(), read("text/plain;charset=utf-8"));
    }
}

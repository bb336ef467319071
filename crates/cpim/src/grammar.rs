//! The value grammar of RFC 3862 section 3.6, over text that holds no control characters.

use std::borrow::Cow;

use nom::{
    Err, IResult, Parser,
    branch::alt,
    bytes::complete::{take_while, take_while1},
    character::complete::{anychar, char},
    combinator::{all_consuming, cut, opt, recognize, value, verify},
    multi::{many0, many0_count, separated_list0, separated_list1},
    sequence::{delimited, preceded, terminated},
};

use crate::{
    escape,
    header::Parameter,
    name::{self, NamespaceDeclaration},
};

type Parsed<'a, T> = IResult<&'a str, T>;

/// Where in `input` a parser gave up.
pub(crate) fn failed_at(input: &str, error: &Err<nom::error::Error<&str>>) -> usize {
    match error {
        Err::Error(error) | Err::Failure(error) => input.len().saturating_sub(error.input.len()),
        Err::Incomplete(_) => input.len(),
    }
}

/// `*( ";" Parameter ) SP Header-value`: what follows the colon of any header. The space is missed by some writers.
pub(crate) fn parameters_and_value(input: &str) -> Result<(Vec<Parameter<'_>>, &str), usize> {
    let (after, parameters) = many0(preceded(char(';'), cut(parameter)))
        .parse(input)
        .map_err(|error| failed_at(input, &error))?;
    match after.strip_prefix(' ') {
        Some(value) => Ok((parameters, value)),
        None if parameters.is_empty() || after.is_empty() => Ok((parameters, after)),
        None => Err(input.len() - after.len()),
    }
}

/// `Param-name "=" ( Token / Number / String )`, of which `lang=` is one.
fn parameter(input: &str) -> Parsed<'_, Parameter<'_>> {
    let (input, name) = take_while1(is_name_char).parse(input)?;
    let (input, _) = char('=').parse(input)?;
    let (input, value) = alt((string.map(escape::unescape), token.map(Cow::Borrowed))).parse(input)?;
    Ok((input, Parameter { name, value }))
}

/// The parts of `[ Formal-name ] "<" URI ">"`, the URI unchecked.
pub(crate) struct AddressParts<'a> {
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) uri: &'a str,
    pub(crate) uri_offset: usize,
    pub(crate) trailer: &'a str,
}

/// `[ Formal-name ] "<" URI ">"`.
///
/// Read beyond the grammar: an unquoted name with any characters but `<`, `>` and `"`; spaces between the parts; and
/// parameters after the `>`, as RFC 7702 prints them.
pub(crate) fn address(input: &str) -> Result<AddressParts<'_>, usize> {
    let name = alt((
        terminated(string, spaces).map(|raw| Some(escape::unescape(raw))),
        take_while(|c| !matches!(c, '<' | '>' | '"')).map(|raw: &str| {
            let raw = raw.trim_end_matches(' ');
            (!raw.is_empty()).then(|| escape::unescape(raw))
        }),
    ));
    let (after, (name, uri)) = (preceded(spaces, name), bracketed)
        .parse(input)
        .map_err(|error| failed_at(input, &error))?;
    let end = input.len() - after.len();
    let trailer = after.trim_end_matches(' ');
    if !trailer.is_empty() && !trailer.starts_with(';') {
        return Err(end);
    }
    Ok(AddressParts {
        name,
        uri,
        uri_offset: end - 1 - uri.len(),
        trailer,
    })
}

/// `[ Name-prefix ] "<" URI ">"`, with the offset of the URI, which is unchecked. The space before the `<` is in the
/// RFC's examples and not in its grammar.
pub(crate) fn namespace(input: &str) -> Result<(NamespaceDeclaration<'_>, usize), usize> {
    let prefix = terminated(opt(take_while1(is_name_char)), spaces);
    let (_, (prefix, uri, tail)) = all_consuming((preceded(spaces, prefix), bracketed, recognize(spaces)))
        .parse(input)
        .map_err(|error| failed_at(input, &error))?;
    let offset = input.len() - tail.len() - 1 - uri.len();
    Ok((NamespaceDeclaration { prefix, uri }, offset))
}

/// `Header-name *( "," Header-name )`, with spaces around the commas allowed.
pub(crate) fn required_names(input: &str) -> Result<Vec<&str>, usize> {
    let header_name = verify(take_while1(|c| is_name_char(c) || c == '.'), |name: &str| {
        name::split_header_name(name.as_bytes()).is_ok()
    });
    let separator = (spaces, char(','), spaces);
    let (_, names) = all_consuming(delimited(spaces, separated_list1(separator, header_name), spaces))
        .parse(input)
        .map_err(|error| failed_at(input, &error))?;
    Ok(names)
}

/// The words of `[ notify-req *( COMMA notify-req ) ]` (RFC 5438 section 10).
pub(crate) fn notify_requests(input: &str) -> Result<Vec<&str>, usize> {
    let parameters = many0_count((spaces, char(';'), spaces, cut(parameter)));
    let separator = (spaces, char(','), spaces);
    let list = separated_list0(separator, terminated(token, parameters));
    let (_, words) = all_consuming(delimited(spaces, list, spaces))
        .parse(input)
        .map_err(|error| failed_at(input, &error))?;
    Ok(words)
}

/// `"<" URI ">"`. No URI holds either bracket.
fn bracketed(input: &str) -> Parsed<'_, &str> {
    delimited(char('<'), take_while1(|c| !matches!(c, '<' | '>')), char('>')).parse(input)
}

/// `String`, without its quotes, with its escapes.
fn string(input: &str) -> Parsed<'_, &str> {
    let piece = alt((
        value((), take_while1(|c| !matches!(c, '"' | '\\'))),
        value((), (char('\\'), anychar)),
    ));
    delimited(char('"'), recognize(many0_count(piece)), char('"')).parse(input)
}

fn token(input: &str) -> Parsed<'_, &str> {
    take_while1(is_token_char).parse(input)
}

fn spaces(input: &str) -> Parsed<'_, ()> {
    value((), take_while(|c| c == ' ')).parse(input)
}

fn is_name_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(name::is_name_byte)
}

/// `TOKENCHAR` of RFC 3862 section 3.6.
pub(crate) fn is_token_char(character: char) -> bool {
    is_name_char(character) || character == '.' || !character.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_stand_between_colon_and_space() {
        let (parameters, value) = parameters_and_value(r#";lang=fr;x="a \"b\" c" Objet; de message"#).unwrap();
        assert_eq!(value, "Objet; de message");
        assert_eq!(parameters.len(), 2);
        assert_eq!((parameters[0].name, &*parameters[0].value), ("lang", "fr"));
        assert_eq!((parameters[1].name, &*parameters[1].value), ("x", "a \"b\" c"));
    }

    #[test]
    fn a_value_is_all_after_one_space() {
        assert_eq!(parameters_and_value("  x ").unwrap().1, " x ");
        assert_eq!(parameters_and_value("x").unwrap().1, "x");
        assert_eq!(parameters_and_value("").unwrap().1, "");
        assert_eq!(parameters_and_value(";a=b").unwrap().1, "");
    }

    #[test]
    fn a_bad_parameter_is_located() {
        for (input, offset) in [
            (";lang fr", 5),
            (";=fr x", 1),
            (";a=\"b c", 3),
            (";a=b,c d", 4),
            (";a=b; c", 5),
        ] {
            assert_eq!(parameters_and_value(input).unwrap_err(), offset, "{input}");
        }
    }

    #[test]
    fn the_uri_of_an_address_is_the_one_outside_the_quotes() {
        let parts = address(r#""x <sip:boss@corp>;tag=y" <sip:me@here>"#).unwrap();
        assert_eq!(parts.name.as_deref(), Some("x <sip:boss@corp>;tag=y"));
        assert_eq!(parts.uri, "sip:me@here");
        assert_eq!(parts.uri_offset, 27);
    }

    #[test]
    fn addresses_without_spaces_or_with_more_read() {
        let parts = address(r#""a"<b:c>"#).unwrap();
        assert_eq!((parts.name.as_deref(), parts.uri), (Some("a"), "b:c"));
        let parts = address("  Pooh  Bear   <im:p>  ").unwrap();
        assert_eq!((parts.name.as_deref(), parts.uri_offset), (Some("Pooh  Bear"), 16));
        assert_eq!(address("<im:p>").unwrap().name, None);
    }

    #[test]
    fn parameters_after_the_bracket_are_kept() {
        let parts = address("<sip:a@b>;gr=Romeo").unwrap();
        assert_eq!((parts.uri, parts.trailer), ("sip:a@b", ";gr=Romeo"));
    }

    #[test]
    fn what_is_no_address_is_located() {
        for (input, offset) in [
            ("", 0),
            ("im:a", 4),
            ("<im:a", 5),
            ("<>", 1),
            ("a <b <c>", 5),
            ("\"a <im:b>", 0),
            ("a\"b\" <im:c>", 1),
            ("<im:a> <im:b>", 6),
            ("<im:a>x", 6),
        ] {
            assert_eq!(address(input).err(), Some(offset), "{input}");
        }
    }

    #[test]
    fn namespaces_declare_a_prefix_or_the_default() {
        let (declaration, offset) = namespace("imdn <urn:ietf:params:imdn>").unwrap();
        assert_eq!(
            (declaration.prefix, declaration.uri),
            (Some("imdn"), "urn:ietf:params:imdn")
        );
        assert_eq!(offset, 6);
        let (declaration, offset) = namespace("<urn:x:y> ").unwrap();
        assert_eq!((declaration.prefix, declaration.uri, offset), (None, "urn:x:y", 1));
        assert_eq!(namespace("MyFeatures<mid:a>").unwrap().0.prefix, Some("MyFeatures"));
        assert_eq!(namespace("a b <urn:x>").err(), Some(2));
        assert_eq!(namespace("a.b <urn:x>").err(), Some(1));
        assert_eq!(namespace("a <urn:x> b").err(), Some(10));
    }

    #[test]
    fn required_names_are_a_comma_list() {
        assert_eq!(required_names("a.B,C").unwrap(), ["a.B", "C"]);
        assert_eq!(required_names(" a.B , C ").unwrap(), ["a.B", "C"]);
        for (input, offset) in [("", 0), ("a,", 1), ("a,,b", 1), ("a b", 2), ("a.b.c", 0)] {
            assert_eq!(required_names(input).err(), Some(offset), "{input}");
        }
    }
}

//! The rules of RFC 3261 section 25.1 that several headers share, as `nom` parsers over `&str`.

use std::borrow::Cow;

use nom::{
    Err, IResult, Parser,
    branch::alt,
    bytes::complete::{take_while, take_while1},
    character::complete::char,
    combinator::{opt, recognize, verify},
    error::ErrorKind,
    sequence::delimited,
};

use crate::ValueError;

pub(crate) type Parsed<'a, T> = IResult<&'a str, T, Expected<'a>>;

/// A parse failure: where the input no longer fits, and what would have.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    rest: &'a str,
    what: &'static str,
}

impl<'a> nom::error::ParseError<&'a str> for Expected<'a> {
    fn from_error_kind(rest: &'a str, _: ErrorKind) -> Self {
        Self {
            rest,
            what: "another character",
        }
    }

    fn append(_: &'a str, _: ErrorKind, inner: Self) -> Self {
        inner
    }

    fn or(self, other: Self) -> Self {
        // The branch that came further says more.
        if self.rest.len() < other.rest.len() {
            self
        } else {
            other
        }
    }
}

/// Names what `parser` reads, for the error.
pub(crate) fn expect<'a, T>(
    what: &'static str,
    mut parser: impl Parser<&'a str, Output = T, Error = Expected<'a>>,
) -> impl FnMut(&'a str) -> Parsed<'a, T> {
    move |input| {
        parser
            .parse(input)
            .map_err(|error| error.map(|inner| Expected { rest: inner.rest, what }))
    }
}

/// Fails at `rest`.
pub(crate) fn fail<'a, T>(rest: &'a str, what: &'static str) -> Parsed<'a, T> {
    Err(Err::Error(Expected { rest, what }))
}

/// Runs a parser over a whole value: surrounding white space is dropped, anything else left over is an error.
pub(crate) fn whole<'a, T>(mut parser: impl FnMut(&'a str) -> Parsed<'a, T>, value: &'a str) -> Result<T, ValueError> {
    let offset_of = |rest: &str| value.len() - rest.len();
    let (start, _) = lws(value).map_err(|_| ValueError::new("a value", 0))?;
    match parser(start) {
        Ok((rest, parsed)) => match lws(rest) {
            Ok(("", _)) => Ok(parsed),
            Ok((rest, _)) => Err(ValueError::new("the end of the value", offset_of(rest))),
            Err(_) => Err(ValueError::new("the end of the value", offset_of(rest))),
        },
        Err(Err::Error(error) | Err::Failure(error)) => Err(ValueError::new(error.what, offset_of(error.rest))),
        Err(Err::Incomplete(_)) => Err(ValueError::new("more of the value", value.len())),
    }
}

/// Runs a parser over a whole value that an application hands in to be written: white space around it is an error too.
pub(crate) fn exact<'a, T>(mut parser: impl FnMut(&'a str) -> Parsed<'a, T>, value: &'a str) -> Result<T, ValueError> {
    if value.starts_with(is_lws) {
        return Err(ValueError::new("a value without white space before it", 0));
    }
    let mut rest = "";
    let parsed = whole(
        |input| {
            let (after, parsed) = parser(input)?;
            rest = after;
            Ok((after, parsed))
        },
        value,
    )?;
    if rest.is_empty() {
        Ok(parsed)
    } else {
        Err(ValueError::new("the end of the value", value.len() - rest.len()))
    }
}

/// A decimal number that is all of a parameter's value.
pub(crate) fn decimal<T: std::str::FromStr>(value: &str) -> Option<T> {
    exact(number, value).ok()
}

/// `token`: alphanum and ``-.!%*_+`'~``.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
        )
}

pub(crate) fn is_token_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_token_byte)
}

/// `word`, of Call-ID: a token and ``()<>:\"/[]?{}``.
fn is_word_char(c: char) -> bool {
    is_token_char(c)
        || matches!(
            c,
            '(' | ')' | '<' | '>' | ':' | '\\' | '"' | '/' | '[' | ']' | '?' | '{' | '}'
        )
}

/// SP, HTAB and the CRLF of a fold. That a CRLF is part of a fold was settled when the message was parsed.
pub(crate) fn is_lws(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `SWS`: optional linear white space.
pub(crate) fn lws(input: &str) -> Parsed<'_, &str> {
    take_while(is_lws).parse(input)
}

/// `LWS`: white space that must be there.
pub(crate) fn lws1(input: &str) -> Parsed<'_, &str> {
    expect("white space", take_while1(is_lws))(input)
}

/// A separator with the optional white space around it: `SEMI`, `COMMA`, `EQUAL`, `SLASH`, `COLON`.
pub(crate) fn separator<'a>(c: char, what: &'static str) -> impl FnMut(&'a str) -> Parsed<'a, char> {
    expect(what, delimited(lws, char(c), lws))
}

pub(crate) fn token(input: &str) -> Parsed<'_, &str> {
    expect("a token", take_while1(is_token_char))(input)
}

pub(crate) fn word(input: &str) -> Parsed<'_, &str> {
    expect("a word", take_while1(is_word_char))(input)
}

/// A decimal number that fits. Digits beyond the range of `T` are an error, not a wrapped value.
pub(crate) fn number<T: std::str::FromStr>(input: &str) -> Parsed<'_, T> {
    let (rest, digits) = expect("a number", take_while1(|c: char| c.is_ascii_digit()))(input)?;
    digits
        .parse()
        .map_or_else(|_| fail(input, "a number in range"), |value| Ok((rest, value)))
}

/// `quoted-string`, the quotes included.
pub(crate) fn quoted_string(input: &str) -> Parsed<'_, &str> {
    let Some(inner) = input.strip_prefix('"') else {
        return fail(input, "a quoted string");
    };
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => {
                // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
                if matches!(c, '\r' | '\n') || !c.is_ascii() {
                    return fail(
                        &inner[at..],
                        "an ASCII character other than CR and LF after a backslash",
                    );
                }
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => {
                let end = at + '"'.len_utf8();
                return Ok((&inner[end..], &input[..'"'.len_utf8() + end]));
            }
            '\0' => return fail(&inner[at..], "a quoted string without NUL"),
            _ => {}
        }
    }
    fail(input, "a closing quote")
}

/// The text of a `quoted-string` given with its quotes: escapes and folds undone. Of anything else, the folds only.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return unfold(text);
    };
    let inner = unfold(inner);
    if !inner.contains('\\') {
        return inner;
    }
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain.into()
}

/// The text with every fold as the single SP that it stands for (RFC 3261 section 7.3.1).
fn unfold(text: &str) -> Cow<'_, str> {
    if !text.contains(['\r', '\n']) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    for line in text.split(['\r', '\n']) {
        let line = if plain.is_empty() {
            line
        } else {
            line.trim_start_matches(is_lws)
        };
        if !line.is_empty() && !plain.is_empty() {
            plain.truncate(plain.trim_end_matches(is_lws).len());
            plain.push(' ');
        }
        plain.push_str(line);
    }
    plain.into()
}

/// A text as a `quoted-string`. `None` when it has a CR, LF or NUL, which no quoted string can carry.
pub(crate) fn quote(text: &str) -> Option<String> {
    if text.contains(['\r', '\n', '\0']) {
        return None;
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        // A control character other than HTAB is no qdtext.
        if matches!(c, '"' | '\\') || (c.is_ascii_control() && c != '\t') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Some(quoted)
}

/// `gen-value`: a token, a host (an IPv6 reference has brackets and colons) or a quoted string.
pub(crate) fn gen_value(input: &str) -> Parsed<'_, &str> {
    let bare = take_while1(|c| is_token_char(c) || matches!(c, '[' | ']' | ':'));
    expect("a token, a host or a quoted string", alt((quoted_string, bare)))(input)
}

/// `generic-param`, with the white space that the grammar allows around `=`.
pub(crate) fn generic_param(input: &str) -> Parsed<'_, (&str, Option<&str>)> {
    let (rest, name) = token(input)?;
    let (rest, value) = opt((separator('=', "="), gen_value)).parse(rest)?;
    Ok((rest, (name, value.map(|(_, value)| value))))
}

/// `*( SEMI generic-param )`, as the text that it is. An empty parameter (`;;`, or `;` at the end) carries nothing and
/// is passed over: clients write it, and so do the examples of RFC 3428 section 10.
pub(crate) fn params(input: &str) -> Parsed<'_, &str> {
    let mut rest = input;
    while let Ok((after, _)) = separator(';', ";")(rest) {
        rest = after;
        if !after.is_empty() && !after.starts_with(';') {
            (rest, _) = expect("a parameter", generic_param)(after)?;
        }
    }
    Ok((rest, &input[..input.len() - rest.len()]))
}

/// A comma-separated list element, `token / "*"`-like: one or more characters that are not separators.
pub(crate) fn media_range(input: &str) -> Parsed<'_, (&str, &str)> {
    let (rest, (main, _, sub)) = (token, separator('/', "/"), token).parse(input)?;
    Ok((rest, (main, sub)))
}

/// A display name without quotes: `*(token LWS)`, and as RFC 4475 section 3.1.1.6 has it, no white space needed
/// before `<`.
pub(crate) fn token_phrase(input: &str) -> Parsed<'_, &str> {
    let phrase = recognize(take_while1(|c: char| is_token_char(c) || is_lws(c)));
    verify(phrase, |text: &str| !text.trim_matches(is_lws).is_empty()).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings_end_at_the_unescaped_quote() {
        assert_eq!(quoted_string(r#""a\"b" c"#).unwrap(), (" c", r#""a\"b""#));
        assert!(quoted_string(r#""a\"b"#).is_err());
        assert_eq!(unquote(r#""a\"b\\""#), r#"a"b\"#);
        assert_eq!(quote(r#"a"b\"#).unwrap(), r#""a\"b\\""#);
        assert_eq!(quote("a\r\nb"), None);
        assert_eq!(quote("a\x07\tb\x7f").unwrap(), "\"a\\\x07\tb\\\x7f\"");
        assert_eq!(unquote("\"a\\\x07\""), "a\x07");
    }

    #[test]
    fn a_fold_reads_as_one_space() {
        assert_eq!(unquote("\"a \r\n\t b\""), "a b");
        assert_eq!(unquote("\"a\r\n \r\n  b\""), "a b");
        assert_eq!(unquote("Two\r\n  Words"), "Two Words");
        assert_eq!(unquote("Two  Words"), "Two  Words");
    }

    #[test]
    fn numbers_do_not_wrap() {
        assert!(number::<u32>("4294967296").is_err());
        assert_eq!(number::<u32>("4294967295;").unwrap(), (";", u32::MAX));
        assert!(number::<u32>("-1").is_err());
    }

    #[test]
    fn errors_say_what_and_where() {
        let error = whole(params, ";a=b;;=c").unwrap_err();
        assert_eq!((error.expected(), error.offset()), ("a parameter", 6));
    }
}

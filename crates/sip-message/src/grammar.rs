//! The rules of RFC 3261 section 25.1 that several headers share, as `nom` parsers over `&str`.

use std::borrow::Cow;

use nom::{Err, IResult, Parser, error::ErrorKind};

use crate::{
    ValueError,
    class::{self, Class},
};

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
#[inline]
pub(crate) fn whole<'a, T>(mut parser: impl FnMut(&'a str) -> Parsed<'a, T>, value: &'a str) -> Result<T, ValueError> {
    match parser(skip_lws(value)) {
        Ok((rest, parsed)) => match skip_lws(rest) {
            "" => Ok(parsed),
            rest => Err(ValueError::new("the end of the value", value.len() - rest.len())),
        },
        Err(error) => Err(value_error(error, value)),
    }
}

#[cold]
fn value_error(error: Err<Expected<'_>>, value: &str) -> ValueError {
    match error {
        Err::Error(error) | Err::Failure(error) => ValueError::new(error.what, value.len() - error.rest.len()),
        Err::Incomplete(_) => ValueError::new("more of the value", value.len()),
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

pub(crate) const fn is_token_byte(byte: u8) -> bool {
    class::is(byte, class::TOKEN)
}

pub(crate) fn is_lws(c: char) -> bool {
    u8::try_from(c).is_ok_and(|byte| class::is(byte, class::LWS))
}

/// One octet or more of a class.
#[inline]
fn some<'a>(class: Class, what: &'static str, input: &'a str) -> Parsed<'a, &'a str> {
    match class::span(input.as_bytes(), class) {
        0 => fail(input, what),
        // A class has ASCII only, so this is between characters.
        len => Ok((&input[len..], &input[..len])),
    }
}

/// What is behind optional linear white space.
#[inline]
pub(crate) fn skip_lws(input: &str) -> &str {
    &input[class::span(input.as_bytes(), class::LWS)..]
}

/// `SWS`: optional linear white space.
#[inline]
pub(crate) fn lws(input: &str) -> Parsed<'_, &str> {
    let rest = skip_lws(input);
    Ok((rest, &input[..input.len() - rest.len()]))
}

/// `LWS`: white space that must be there.
#[inline]
pub(crate) fn lws1(input: &str) -> Parsed<'_, &str> {
    some(class::LWS, "white space", input)
}

/// A separator with the optional white space around it: `SEMI`, `COMMA`, `EQUAL`, `SLASH`, `COLON`.
pub(crate) fn separator<'a>(octet: u8, what: &'static str) -> impl FnMut(&'a str) -> Parsed<'a, ()> {
    move |input| match skip_separator(octet, input) {
        Some(rest) => Ok((rest, ())),
        None => fail(skip_lws(input), what),
    }
}

/// What is behind a separator, if there is one.
#[inline]
pub(crate) fn skip_separator(octet: u8, input: &str) -> Option<&str> {
    let behind = |text: &'_ str| text.as_bytes().first() == Some(&octet);
    if behind(input) {
        return Some(skip_lws(&input[1..]));
    }
    let input = skip_lws(input);
    behind(input).then(|| skip_lws(&input[1..]))
}

#[inline]
pub(crate) fn token(input: &str) -> Parsed<'_, &str> {
    some(class::TOKEN, "a token", input)
}

#[inline]
pub(crate) fn word(input: &str) -> Parsed<'_, &str> {
    some(class::TOKEN | class::WORD_ONLY, "a word", input)
}

/// A decimal number that fits. Digits beyond the range of `T` are an error, not a wrapped value.
#[inline]
pub(crate) fn number<T: std::str::FromStr>(input: &str) -> Parsed<'_, T> {
    let (rest, digits) = some(class::DIGIT, "a number", input)?;
    digits
        .parse()
        .map_or_else(|_| fail(input, "a number in range"), |value| Ok((rest, value)))
}

/// `quoted-string`, the quotes included.
pub(crate) fn quoted_string(input: &str) -> Parsed<'_, &str> {
    if input.as_bytes().first() != Some(&b'"') {
        return fail(input, "a quoted string");
    }
    match quoted_end(input.as_bytes(), 0) {
        Ok(end) => Ok((&input[end..], &input[..end])),
        Err((at, what)) => fail(&input[at..], what),
    }
}

/// Where the quoted string ends whose opening quote is at `start`; or where it fails, and what was expected there.
fn quoted_end(octets: &[u8], start: usize) -> Result<usize, (usize, &'static str)> {
    let mut at = start + 1;
    loop {
        at = class::skip(octets, at, class::QUOTED);
        match (octets.get(at), octets.get(at + 1)) {
            (Some(b'"'), _) => return Ok(at + 1),
            // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
            (Some(b'\\'), Some(octet)) if octet.is_ascii() && !matches!(octet, b'\r' | b'\n') => at += 2,
            (Some(b'\\'), Some(_)) => {
                let what = "an ASCII character other than CR and LF after a backslash";
                return Err((at + 1, what));
            }
            (Some(b'\0'), _) => return Err((at, "a quoted string without NUL")),
            _ => return Err((start, "a closing quote")),
        }
    }
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

/// `gen-value`: a token, a host or a quoted string.
#[inline]
pub(crate) fn gen_value(input: &str) -> Parsed<'_, &str> {
    match gen_value_end(input.as_bytes(), 0) {
        Ok(end) => Ok((&input[end..], &input[..end])),
        Err(at) => fail(&input[at..], "a token, a host or a quoted string"),
    }
}

/// Where the `gen-value` at `start` ends; or where it fails. An IPv6 address stands in brackets in a host, and without them
/// in `received` (RFC 5118 section 4.5).
#[inline]
fn gen_value_end(octets: &[u8], start: usize) -> Result<usize, usize> {
    const BARE: Class = class::TOKEN | class::COLON;
    let end = match octets.get(start) {
        Some(b'"') => return quoted_end(octets, start).map_err(|(at, _)| at),
        Some(b'[') => {
            let bracket = class::skip(octets, start + 1, BARE);
            if octets.get(bracket) != Some(&b']') {
                return Err(bracket);
            }
            bracket + 1
        }
        _ => class::skip(octets, start, BARE),
    };
    if end == start { Err(start) } else { Ok(end) }
}

/// Where the parts of a `generic-param` are in the text of the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ParamAt {
    start: u32,
    name_end: u32,
    // Nothing is at zero but a semicolon: there is no value then.
    value: u32,
    end: u32,
}

impl ParamAt {
    pub(crate) const fn end(&self) -> usize {
        self.end as usize
    }

    #[inline]
    pub(crate) fn name<'a>(&self, params: &'a str) -> &'a str {
        &params[self.start as usize..self.name_end as usize]
    }

    #[inline]
    pub(crate) fn value<'a>(&self, params: &'a str) -> Option<&'a str> {
        (self.value > 0).then(|| &params[self.value as usize..self.end as usize])
    }
}

/// `generic-param`, with the white space that the grammar allows around `=`; or where it fails.
#[inline]
fn param_at(octets: &[u8], start: usize) -> Result<ParamAt, usize> {
    let name_end = class::skip(octets, start, class::TOKEN);
    if name_end == start {
        return Err(start);
    }
    let (mut value, mut end) = (0, name_end);
    let equal = class::skip(octets, name_end, class::LWS);
    if octets.get(equal) == Some(&b'=') {
        value = class::skip(octets, equal + 1, class::LWS);
        end = gen_value_end(octets, value)?;
    }
    // Beyond 4 GiB, which no message is.
    let offset = |at: usize| u32::try_from(at).map_err(|_| at);
    Ok(ParamAt {
        start: offset(start)?,
        name_end: offset(name_end)?,
        value: offset(value)?,
        end: offset(end)?,
    })
}

/// `*( SEMI generic-param )`, as the text that it is, from the first semicolon to the end of the last parameter, and the
/// first one. An empty parameter (`;;`, or `;` at the end) carries nothing and is passed over: clients write it, and so do
/// the examples of RFC 3428 section 10.
#[inline]
pub(crate) fn params(input: &str) -> Parsed<'_, (&str, Option<ParamAt>)> {
    let text = skip_lws(input);
    let octets = text.as_bytes();
    let (mut end, mut kept, mut first) = (0, 0, None);
    while let Some(start) = behind_semicolon(octets, end) {
        end = match octets.get(start) {
            None | Some(b';') => start,
            Some(_) => match param_at(octets, start) {
                Ok(param) => {
                    first = first.or(Some(param));
                    kept = param.end();
                    kept
                }
                Err(at) => return fail(&text[at..], "a parameter"),
            },
        };
    }
    if end == 0 {
        return Ok((input, ("", None)));
    }
    Ok((&text[end..], (&text[..kept], first)))
}

/// The parameter that comes next in a text that [`params`] has read, from `at` on.
#[inline]
pub(crate) fn next_param(params: &str, mut at: usize) -> Option<ParamAt> {
    let octets = params.as_bytes();
    while let Some(start) = behind_semicolon(octets, at) {
        at = start;
    }
    param_at(octets, at).ok()
}

/// `SEMI`
#[inline]
fn behind_semicolon(octets: &[u8], at: usize) -> Option<usize> {
    let semicolon = class::skip(octets, at, class::LWS);
    (octets.get(semicolon) == Some(&b';')).then(|| class::skip(octets, semicolon + 1, class::LWS))
}

/// A comma-separated list element, `token / "*"`-like: one or more characters that are not separators.
pub(crate) fn media_range(input: &str) -> Parsed<'_, (&str, &str)> {
    let (rest, (main, _, sub)) = (token, separator(b'/', "/"), token).parse(input)?;
    Ok((rest, (main, sub)))
}

/// A display name without quotes: `*(token LWS)`, and as RFC 4475 section 3.1.1.6 has it, no white space needed
/// before `<`.
pub(crate) fn token_phrase(input: &str) -> Parsed<'_, &str> {
    let (rest, phrase) = some(class::TOKEN | class::LWS, "a display name", input)?;
    if skip_lws(phrase).is_empty() {
        return fail(input, "a display name");
    }
    Ok((rest, phrase))
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

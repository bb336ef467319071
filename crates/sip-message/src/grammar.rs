//! The rules of RFC 3261 section 25.1 that several headers share, as `nom` parsers over `&str`.

use std::borrow::Cow;

use nom::{Err, IResult, Parser, error::ErrorKind};

use crate::{
    ValueError,
    class::{self, Class},
    scan::Scan,
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

/// What begins here and a scan reads.
#[inline]
pub(crate) fn scanned<'a, T>(
    input: &'a str,
    read: impl FnOnce(&mut Scan<'a>) -> Result<T, ValueError>,
) -> Parsed<'a, T> {
    let mut scan = Scan::new(input);
    match read(&mut scan) {
        Ok(parsed) => Ok((scan.rest(), parsed)),
        Err(error) => fail(&input[error.offset()..], error.expected()),
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
pub(crate) fn decimal<T: TryFrom<u64>>(value: &str) -> Option<T> {
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

/// A decimal number that fits. Digits beyond the range of `T` are an error, not a wrapped value.
pub(crate) fn number<T: TryFrom<u64>>(input: &str) -> Parsed<'_, T> {
    scanned(input, Scan::number)
}

/// `quoted-string`, the quotes included.
pub(crate) fn quoted_string(input: &str) -> Parsed<'_, &str> {
    scanned(input, |scan| {
        scan.quoted_string()?;
        Ok(scan.since(0))
    })
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

/// `m-type SLASH m-subtype`. Each may be `*`, which is a token too: a range of media types.
pub(crate) fn media_range(input: &str) -> Parsed<'_, (&str, &str)> {
    let (rest, (main, _, sub)) = (token, separator(b'/', "/"), token).parse(input)?;
    Ok((rest, (main, sub)))
}

/// Where a slice of a text, or of any bytes, begins in it.
pub(crate) fn offset_in(whole: &[u8], part: impl AsRef<[u8]>) -> usize {
    part.as_ref().as_ptr().addr().saturating_sub(whole.as_ptr().addr())
}

/// One to nine digits, which nothing else is among: no more is needed of what is written every day.
#[inline]
pub(crate) fn short_number(digits: &[u8]) -> Option<u32> {
    if !matches!(digits.len(), 1..=9) {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u32::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;

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
    fn short_numbers_have_one_to_nine_digits() {
        assert_eq!(short_number(b"0"), Some(0));
        assert_eq!(short_number(b"000000012"), Some(12));
        assert_eq!(short_number(b"999999999"), Some(999_999_999));
        for digits in ["", "1000000000", "-1", "+1", "1 ", "1a", "/", ":"] {
            assert_eq!(short_number(digits.as_bytes()), None, "{digits}");
        }
    }

    #[test]
    fn numbers_do_not_wrap() {
        assert!(number::<u32>("4294967296").is_err());
        assert_eq!(number::<u32>("4294967295;").unwrap(), (";", u32::MAX));
        assert!(number::<u32>("-1").is_err());
    }

    #[test]
    fn errors_say_what_and_where() {
        let error = whole(Params::parse, ";a=b;;=c").unwrap_err();
        assert_eq!((error.expected(), error.offset()), ("a parameter", 6));
    }
}

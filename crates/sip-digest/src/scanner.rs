//! The list of parameters that all headers have in common, read leniently.

use std::borrow::Cow;

use crate::names::Qop;
use crate::parameter::{Element, Name, Parameter};
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::text;

/// Reads lists of parameters. Taken, though the grammar has none of it: any number of blanks or empty list elements, and
/// unquoted values of any characters but blanks, commas and quotes.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Passes the scheme `Digest`.
    #[inline]
    pub(crate) fn digest_scheme(&mut self) -> Result<(), ParseError> {
        if self.text.starts_with("Digest ") {
            self.at = "Digest ".len();
            return Ok(());
        }
        self.skip_blanks();
        let offset = self.at;
        if self.token().eq_ignore_ascii_case("Digest") {
            Ok(())
        } else {
            Err(ParseError::new(offset, ParseErrorKind::NotDigest))
        }
    }

    /// Goes to the next `Digest` in a list of challenges, over those of other schemes. They may have parameters, or a
    /// text that is none (RFC 7235 section 2.1, `token68`).
    pub(crate) fn next_digest(&mut self) -> bool {
        loop {
            self.skip_blanks_and_commas();
            let scheme = self.token();
            if scheme.eq_ignore_ascii_case("Digest") {
                return true;
            }
            loop {
                self.skip_element();
                self.skip_blanks_and_commas();
                if self.peek().is_none() {
                    return false;
                }
                if self.is_scheme() {
                    break;
                }
            }
        }
    }

    /// The next parameter, and the comma after it.
    #[inline]
    pub(crate) fn element(&mut self) -> Result<Element<'a>, ParseError> {
        self.skip_blanks_and_commas();
        if self.peek().is_none() {
            return Ok(Element::End);
        }
        let offset = self.at;
        let name = self.token();
        if name.is_empty() {
            return Err(self.error(ParseErrorKind::ExpectedName));
        }
        self.skip_blanks();
        if self.peek() != Some(b'=') {
            return Ok(Element::Scheme(offset));
        }
        self.at += 1;
        self.skip_blanks();
        let value_offset = self.at;
        let value = if self.peek() == Some(b'"') {
            self.quoted()?
        } else {
            Cow::Borrowed(self.unquoted()?)
        };
        match self.peek() {
            Some(b',') => self.at += 1,
            _ => {
                self.skip_blanks();
                if self.peek().is_some_and(|byte| byte != b',') {
                    return Err(self.error(ParseErrorKind::ExpectedComma));
                }
            }
        }
        Ok(Element::Parameter(Parameter {
            name: Name::of(name),
            offset,
            name_len: name.len(),
            value,
            value_offset,
        }))
    }

    /// The next parameter of a challenge, and the comma after it. A `qop` without the quotes that it should have may be a
    /// list all the same: names of qualities that no `=` follows are part of it, because no scheme is named like them.
    pub(crate) fn challenge_element(&mut self) -> Result<Element<'a>, ParseError> {
        let mut element = self.element()?;
        if let Element::Parameter(parameter) = &mut element
            && parameter.name == Name::Qop
            && self.text.as_bytes().get(parameter.value_offset) != Some(&b'"')
        {
            let mut ahead = Self { ..*self };
            while let Some(end) = ahead.quality() {
                parameter.value = Cow::Borrowed(self.text.get(parameter.value_offset..end).unwrap_or_default());
                self.at = ahead.at;
            }
        }
        Ok(element)
    }

    /// Passes the name of a quality of protection that is an element of its own, and gives its end.
    fn quality(&mut self) -> Option<usize> {
        self.skip_blanks_and_commas();
        let name = Qop::parse(self.token());
        let end = self.at;
        self.skip_blanks();
        (name.known().is_some() && matches!(self.peek(), None | Some(b','))).then_some(end)
    }

    /// The next parameter of a list that no other follows.
    #[inline]
    pub(crate) fn parameter(&mut self) -> Result<Option<Parameter<'a>>, ParseError> {
        match self.element()? {
            Element::End => Ok(None),
            Element::Parameter(parameter) => Ok(Some(parameter)),
            Element::Scheme(_) => Err(self.error(ParseErrorKind::ExpectedEquals)),
        }
    }

    /// The name of a parameter of this text, as it was written.
    pub(crate) fn name_of(&self, parameter: &Parameter<'_>) -> &'a str {
        let end = parameter.offset + parameter.name_len;
        self.text.get(parameter.offset..end).unwrap_or_default()
    }

    /// Where it stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Goes to another place of the text.
    pub(crate) const fn go_to(&mut self, at: usize) {
        self.at = at;
    }

    /// Whether a scheme stands here, and no parameter.
    fn is_scheme(&self) -> bool {
        let mut ahead = Self { ..*self };
        let name = ahead.token();
        ahead.skip_blanks();
        !name.is_empty() && ahead.peek() != Some(b'=')
    }

    /// Passes everything up to the next comma that is not within quotes.
    fn skip_element(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b',' => return,
                b'"' => {
                    if self.quoted().is_err() {
                        self.at = self.text.len();
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn token(&mut self) -> &'a str {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        self.at += text::token_len(rest);
        self.since(start)
    }

    #[inline]
    fn unquoted(&mut self) -> Result<&'a str, ParseError> {
        let start = self.at;
        let token = self.token();
        if !token.is_empty() && matches!(self.peek(), None | Some(b',')) {
            return Ok(token);
        }
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b' ' | b'\t' | b'\r' | b'\n' => break,
                b'"' => return Err(self.error(ParseErrorKind::ExpectedValue)),
                _ if byte.is_ascii_control() => {
                    return Err(self.error(ParseErrorKind::ControlCharacter));
                }
                _ => self.at += 1,
            }
        }
        if self.at == start {
            Err(self.error(ParseErrorKind::ExpectedValue))
        } else {
            Ok(self.since(start))
        }
    }

    /// A quoted-string, its opening quote next. Borrows where there is nothing to resolve.
    #[inline]
    fn quoted(&mut self) -> Result<Cow<'a, str>, ParseError> {
        let start = self.at + 1;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let len = text::plain_len(rest);
        if rest.get(len) != Some(&b'"') {
            return self.resolved();
        }
        self.at = start + len;
        let plain = self.since(start);
        self.at += 1;
        Ok(Cow::Borrowed(plain))
    }

    /// A quoted-string, its opening quote next. Escapes are resolved, and a fold becomes the one space that it means
    /// (RFC 3261 section 7.3.1).
    #[cold]
    fn resolved(&mut self) -> Result<Cow<'a, str>, ParseError> {
        let opening = self.at;
        self.at += 1;
        let mut resolved: Option<String> = None;
        let mut run = self.at;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += text::plain_len(rest);
            let Some(byte) = self.peek() else {
                return Err(ParseError::new(opening, ParseErrorKind::UnterminatedQuote));
            };
            match byte {
                b'"' => {
                    let rest = self.since(run);
                    self.at += 1;
                    return Ok(match resolved {
                        Some(text) => Cow::Owned(text + rest),
                        None => Cow::Borrowed(rest),
                    });
                }
                b'\\' => {
                    let text = resolved.get_or_insert_default();
                    text.push_str(self.since(run));
                    self.at += 1;
                    match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
                        None => return Err(ParseError::new(opening, ParseErrorKind::UnterminatedQuote)),
                        Some('\r' | '\n') => {
                            return Err(self.error(ParseErrorKind::ControlCharacter));
                        }
                        Some(escaped) => {
                            text.push(escaped);
                            self.at += escaped.len_utf8();
                        }
                    }
                    run = self.at;
                }
                b'\r' | b'\n' => {
                    let text = resolved.get_or_insert_default();
                    text.push_str(self.since(run));
                    if self.fold_len() == 0 {
                        return Err(self.error(ParseErrorKind::ControlCharacter));
                    }
                    text.truncate(text.trim_end_matches([' ', '\t']).len());
                    text.push(' ');
                    self.skip_blanks();
                    run = self.at;
                }
                b'\t' => self.at += 1,
                _ => return Err(self.error(ParseErrorKind::ControlCharacter)),
            }
        }
    }

    /// Passes LWS: blanks and folds.
    #[inline]
    fn skip_blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        if matches!(self.peek(), Some(b'\t' | b'\r' | b'\n')) {
            self.skip_odd_blanks();
        }
    }

    #[cold]
    fn skip_odd_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\r' | b'\n') if self.fold_len() > 0 => self.at += self.fold_len(),
                _ => return,
            }
        }
    }

    #[inline]
    fn skip_blanks_and_commas(&mut self) {
        self.skip_blanks();
        while self.peek() == Some(b',') {
            self.at += 1;
            self.skip_blanks();
        }
    }

    /// The length of a line break here that a blank follows, or 0.
    fn fold_len(&self) -> usize {
        match self.text.as_bytes().get(self.at..) {
            Some([b'\r', b'\n', b' ' | b'\t', ..]) => 2,
            Some([b'\n', b' ' | b'\t', ..]) => 1,
            _ => 0,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The text from `start` to here. Both stand beside an ASCII character or at an end, so on a character boundary.
    #[inline]
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// An error that is here.
    pub(crate) const fn error(&self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(self.at, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(value: &str) -> Result<Vec<(&str, String)>, ParseError> {
        let mut scanner = Scanner::new(value);
        scanner.digest_scheme()?;
        let mut found = Vec::new();
        while let Some(parameter) = scanner.parameter()? {
            found.push((scanner.name_of(&parameter), parameter.value.into_owned()));
        }
        Ok(found)
    }

    fn read(value: &str) -> Vec<(&str, String)> {
        parameters(value).unwrap()
    }

    fn refused(value: &str) -> (usize, ParseErrorKind) {
        let error = parameters(value).unwrap_err();
        (error.offset(), error.kind())
    }

    #[test]
    fn reads_what_clients_write() {
        assert_eq!(read("Digest a=b"), [("a", "b".to_owned())]);
        assert_eq!(
            read(" dIGEST  a = \"b\" ,, c=d ,"),
            [("a", "b".to_owned()), ("c", "d".to_owned())],
            "blanks, empty elements"
        );
        assert_eq!(read("Digest\r\n a=1,\r\n\tb=2,\n c=3").len(), 3, "folds");
        assert_eq!(
            read("Digest nonce=ab+/==,uri=sip:a@b;c=d")[1].1,
            "sip:a@b;c=d",
            "unquoted"
        );
        assert_eq!(read("Digest"), []);
    }

    #[test]
    fn quoted_strings_are_resolved() {
        assert_eq!(read(r#"Digest a="x\"y\\z""#)[0].1, r#"x"y\z"#);
        assert_eq!(read("Digest a=\"x, y=z\"")[0].1, "x, y=z");
        assert_eq!(read("Digest a=\"x \t\r\n \t y\"")[0].1, "x y", "a fold is one space");
        assert_eq!(read("Digest a=\"\"")[0].1, "");
        assert_eq!(read("Digest a=\"\\é\\\u{1}日\"")[0].1, "é\u{1}日");
    }

    #[test]
    fn refusals_say_what_and_where() {
        use ParseErrorKind as K;
        assert_eq!(refused(""), (0, K::NotDigest));
        assert_eq!(refused("  Basic YWJj"), (2, K::NotDigest));
        assert_eq!(refused("Digestrealm=\"x\""), (0, K::NotDigest));
        assert_eq!(refused("Digest =a"), (7, K::ExpectedName));
        assert_eq!(refused("Digest a"), (8, K::ExpectedEquals));
        assert_eq!(
            refused("Digest a=1, Digest b=2"),
            (19, K::ExpectedEquals),
            "two challenges in one value"
        );
        assert_eq!(refused("Digest a="), (9, K::ExpectedValue));
        assert_eq!(refused("Digest a=,b=1"), (9, K::ExpectedValue));
        assert_eq!(refused("Digest a=b\"c\""), (10, K::ExpectedValue));
        assert_eq!(refused("Digest a=\"b"), (9, K::UnterminatedQuote));
        assert_eq!(refused("Digest a=\"b\\"), (9, K::UnterminatedQuote));
        assert_eq!(refused("Digest a=\"b\\\""), (9, K::UnterminatedQuote));
        assert_eq!(refused("Digest a=\"b\"c=d"), (12, K::ExpectedComma));
        assert_eq!(
            refused("Digest a=\"b\r\nc\""),
            (11, K::ControlCharacter),
            "a line break that folds nothing"
        );
        assert_eq!(
            refused("Digest a=\"b\\\r\n c\""),
            (12, K::ControlCharacter),
            "an escaped line break"
        );
        assert_eq!(refused("Digest a=\"b\0c\""), (11, K::ControlCharacter));
        assert_eq!(refused("Digest a=b\0c"), (10, K::ControlCharacter));
    }

    #[test]
    fn cost_is_linear_in_hostile_input() {
        let commas = format!("Digest a=1{}", ",".repeat(1 << 20));
        assert_eq!(read(&commas).len(), 1);
        let folds = format!("Digest a=\"{}\"", "\r\n ".repeat(1 << 18));
        assert_eq!(read(&folds)[0].1, " ");
        let escapes = format!("Digest a=\"{}\"", "\\a".repeat(1 << 19));
        assert_eq!(read(&escapes)[0].1.len(), 1 << 19);
    }
}

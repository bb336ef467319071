//! The words of the two parts of XPath that documents of this crate have: selectors and expressions.

use crate::InvalidValue;
use crate::xml::chars::{self, is_space};

/// What is left of a text. White space between words is passed over.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    rest: &'a str,
    what: &'static str,
    expected: &'static str,
}

impl<'a> Scanner<'a> {
    /// All of a text, and what errors say that it is meant for and must be.
    pub(crate) fn new(text: &'a str, what: &'static str, expected: &'static str) -> Result<Self, InvalidValue> {
        chars::check_text(what, text)?;
        let rest = text;
        Ok(Self {
            text,
            rest,
            what,
            expected,
        })
    }

    pub(crate) fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub(crate) fn expect(&mut self, token: &str) -> Result<(), InvalidValue> {
        if self.take(token) { Ok(()) } else { Err(self.wrong()) }
    }

    pub(crate) fn end(&mut self) -> Result<(), InvalidValue> {
        self.skip_space();
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.wrong())
        }
    }

    /// The first character of the next word.
    pub(crate) fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest.chars().next()
    }

    /// Characters that are all of a kind, one or more.
    pub(crate) fn run(&mut self, is_meant: impl Fn(char) -> bool) -> Result<&'a str, InvalidValue> {
        self.skip_space();
        let end = self.rest.find(|c| !is_meant(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(end);
        if run.is_empty() {
            return Err(self.wrong());
        }
        self.rest = rest;
        Ok(run)
    }

    pub(crate) fn number(&mut self) -> Result<usize, InvalidValue> {
        let before = self.rest;
        let digits = self.run(|c| c.is_ascii_digit())?;
        digits.parse().map_err(|_| {
            self.rest = before;
            self.wrong()
        })
    }

    pub(crate) fn literal(&mut self) -> Result<String, InvalidValue> {
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.wrong())?;
        let inside = self.rest.get(1..).unwrap_or_default();
        let (literal, rest) = inside.split_once(quote).ok_or_else(|| self.wrong())?;
        self.rest = rest;
        Ok(literal.to_owned())
    }

    pub(crate) fn ncname(&mut self) -> Result<&'a str, InvalidValue> {
        self.skip_space();
        let before = self.rest;
        let name = self.run(chars::is_name_char)?;
        if !chars::is_ncname(name) {
            self.rest = before;
            return Err(self.wrong());
        }
        Ok(name)
    }

    /// A prefix, empty where there is none, and a local name.
    pub(crate) fn qname(&mut self) -> Result<(&'a str, &'a str), InvalidValue> {
        let first = self.ncname()?;
        match self.rest.strip_prefix(':') {
            Some(rest) if !rest.starts_with(':') => {
                self.rest = rest;
                Ok((first, self.ncname()?))
            }
            _ => Ok(("", first)),
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    /// The error that the text is not what it must be from here on.
    pub(crate) fn wrong(&self) -> InvalidValue {
        let behind = self.text.len() - self.rest.len();
        let found = format!("{} at byte {behind}", crate::error::excerpt(self.text));
        InvalidValue::new(self.what, self.expected, &found)
    }
}

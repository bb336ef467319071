use memchr::memchr;

use super::chars::{self, is_space_byte};
use super::window::{self, at_most, equal};

/// A place within a tag, which moves from attribute to attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    /// The place in the text.
    at: usize,
    /// Where the text begins in the document, in bytes.
    base: usize,
}

/// An attribute as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawAttribute<'a> {
    pub(super) name: RawName<'a>,
    pub(super) name_offset: usize,
    /// What is between the quotes.
    pub(super) value: &'a str,
    pub(super) value_offset: usize,
    /// All of the value stands for itself.
    pub(super) is_plain: bool,
}

/// A name as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawName<'a> {
    pub(super) text: &'a str,
    /// Prefix and local name, if it is a qualified name.
    pub(super) parts: Option<(Option<&'a str>, &'a str)>,
}

/// What was expected, and the place where it is missing.
#[derive(Debug)]
pub(super) struct Unexpected<'a> {
    pub(super) expected: &'static str,
    pub(super) at: Cursor<'a>,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a text, which begins there in the document.
    pub(super) const fn new(text: &'a str, base: usize) -> Self {
        Self { text, at: 0, base }
    }

    /// At a place of a document.
    pub(super) const fn within(text: &'a str, at: usize) -> Self {
        Self { text, at, base: 0 }
    }

    /// Where it is in the document.
    pub(super) const fn offset(&self) -> usize {
        self.base + self.at
    }

    /// What is still to be read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes the next attribute, with the white space that has to stand before it. `None` at the end of the text or of
    /// the tag.
    #[inline]
    pub(super) fn attribute(&mut self) -> Result<Option<RawAttribute<'a>>, Unexpected<'a>> {
        let before = self.at;
        self.skip_space();
        let bytes = self.text.as_bytes();
        match self.peek() {
            None | Some(b'>') => return Ok(None),
            Some(b'/') if bytes.get(self.at + 1) == Some(&b'>') => return Ok(None),
            _ if self.at == before => return Err(self.expected("white space before the attribute")),
            _ => {}
        }
        let name_offset = self.offset();
        let name = self.take_name();
        self.skip_space();
        if self.peek() != Some(b'=') {
            return Err(self.expected("`=` and a value after the attribute's name"));
        }
        self.at += 1;
        self.skip_space();
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            return Err(self.expected("the attribute's value in quotes"));
        };
        self.at += 1;
        let start = self.at;
        let value_offset = self.offset();
        // White space but the space itself, references and what must not stand there have to be looked at again.
        let special = |lanes| equal(lanes, quote) | equal(lanes, b'&') | equal(lanes, b'<') | at_most(lanes, 0x1F);
        self.at = window::find(bytes, start, special);
        let is_plain = self.peek() == Some(quote);
        if !is_plain {
            let rest = bytes.get(self.at..).unwrap_or_default();
            self.at += memchr(quote, rest).unwrap_or(rest.len());
        }
        let value = self.text.get(start..self.at).unwrap_or_default();
        if self.peek().is_none() {
            return Err(self.expected("a closing quote"));
        }
        self.at += 1;
        Ok(Some(RawAttribute {
            name,
            name_offset,
            value,
            value_offset,
            is_plain,
        }))
    }

    /// Takes what stands where a name has to.
    #[inline]
    pub(super) fn take_name(&mut self) -> RawName<'a> {
        let start = self.at;
        if let Some((end, colon)) = chars::plain_qname(self.text.as_bytes(), start) {
            self.at = end;
            if self.peek().is_some_and(ends_name) {
                let text = self.text.get(start..end).unwrap_or_default();
                let parts = match colon {
                    Some(colon) => (self.text.get(start..colon), self.text.get(colon + 1..end)),
                    None => (None, Some(text)),
                };
                return RawName {
                    text,
                    parts: parts.1.map(|local| (parts.0, local)),
                };
            }
            self.at = start;
        }
        self.take_odd_name()
    }

    /// What stands where a name has to and is none of ASCII.
    fn take_odd_name(&mut self) -> RawName<'a> {
        let text = self.take_until(ends_name);
        RawName {
            text,
            parts: chars::split_qname(text),
        }
    }

    /// Takes everything before the first byte of ASCII that `stop` names.
    pub(super) fn take_until(&mut self, stop: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(stop).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Passes over so many bytes.
    pub(super) const fn skip(&mut self, length: usize) {
        self.at += length;
    }

    #[inline]
    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space_byte) {
            self.at += 1;
        }
    }

    pub(super) const fn expected(&self, expected: &'static str) -> Unexpected<'a> {
        Unexpected { expected, at: *self }
    }
}

/// What stands behind a name.
const fn ends_name(byte: u8) -> bool {
    is_space_byte(byte) || matches!(byte, b'=' | b'"' | b'\'' | b'/' | b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_their_places() {
        let mut cursor = Cursor::new(" a='1' \n p:b = \"x>'y\" ", 10);
        let first = cursor.attribute().unwrap().unwrap();
        assert_eq!(
            (first.name.text, first.name_offset, first.value, first.value_offset),
            ("a", 11, "1", 14)
        );
        let second = cursor.attribute().unwrap().unwrap();
        assert_eq!(
            (second.name.text, second.value, second.value_offset),
            ("p:b", "x>'y", 26)
        );
        assert!(cursor.attribute().unwrap().is_none());
        for end in ["", " ", ">", " />"] {
            assert!(Cursor::new(end, 0).attribute().unwrap().is_none(), "{end}");
        }
    }

    #[test]
    fn what_is_missing() {
        for (text, expected, offset) in [
            (" a", "`=` and a value after the attribute's name", 2),
            (" a=1", "the attribute's value in quotes", 3),
            (" a='1", "a closing quote", 5),
            ("a='1'", "white space before the attribute", 0),
            (" a'1'", "`=` and a value after the attribute's name", 2),
        ] {
            let error = Cursor::new(text, 0).attribute().unwrap_err();
            assert_eq!((error.expected, error.at.offset()), (expected, offset), "{text}");
        }
        let mut cursor = Cursor::new(" a='1'b='2'", 0);
        cursor.attribute().unwrap();
        assert!(cursor.attribute().is_err());
    }
}

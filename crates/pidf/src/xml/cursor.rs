use memchr::memchr;

use super::chars::{self, is_space_byte};

/// A place within a tag, which moves from attribute to attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    /// What is still to be read.
    pub(super) rest: &'a str,
    /// Where that begins in the document, in bytes.
    pub(super) offset: usize,
}

/// An attribute as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawAttribute<'a> {
    pub(super) name: RawName<'a>,
    pub(super) name_offset: usize,
    /// What is between the quotes.
    pub(super) value: &'a str,
    pub(super) value_offset: usize,
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
    pub(super) const fn new(rest: &'a str, offset: usize) -> Self {
        Self { rest, offset }
    }

    /// Takes everything before the first byte of ASCII that `stop` names.
    pub(super) fn take_until(&mut self, stop: impl Fn(u8) -> bool) -> &'a str {
        let length = self.rest.bytes().position(stop).unwrap_or(self.rest.len());
        self.take(length)
    }

    /// Takes the next attribute, with the white space that has to stand before it. `None` at the end of the text or of
    /// the tag.
    pub(super) fn attribute(&mut self) -> Result<Option<RawAttribute<'a>>, Unexpected<'a>> {
        let space = self.take_space();
        if matches!(self.rest.as_bytes(), [] | [b'>', ..] | [b'/', b'>', ..]) {
            return Ok(None);
        }
        if space.is_empty() {
            return Err(self.expected("white space before the attribute"));
        }
        let name_offset = self.offset;
        let name = self.take_name();
        self.take_space();
        if !self.skip(b'=') {
            return Err(self.expected("`=` and a value after the attribute's name"));
        }
        self.take_space();
        let quote = match self.rest.bytes().next() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return Err(self.expected("the attribute's value in quotes")),
        };
        self.skip(quote);
        let value_offset = self.offset;
        let length = memchr(quote, self.rest.as_bytes()).unwrap_or(self.rest.len());
        let value = self.take(length);
        if !self.skip(quote) {
            return Err(self.expected("a closing quote"));
        }
        Ok(Some(RawAttribute {
            name,
            name_offset,
            value,
            value_offset,
        }))
    }

    /// Takes what stands where a name has to.
    pub(super) fn take_name(&mut self) -> RawName<'a> {
        let ends = |byte: u8| is_space_byte(byte) || matches!(byte, b'=' | b'"' | b'\'' | b'/' | b'>');
        if let Some((length, colon)) = chars::plain_qname(self.rest)
            && self.rest.as_bytes().get(length).copied().is_some_and(ends)
        {
            let text = self.take(length);
            let parts = match colon.and_then(|colon| Some((text.get(..colon)?, text.get(colon + 1..)?))) {
                Some((prefix, local)) => (Some(prefix), local),
                None => (None, text),
            };
            return RawName {
                text,
                parts: Some(parts),
            };
        }
        let text = self.take_until(ends);
        RawName {
            text,
            parts: chars::split_qname(text),
        }
    }

    /// Takes a byte of ASCII.
    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.rest.bytes().next() == Some(byte);
        if is_next {
            self.take(1);
        }
        is_next
    }

    fn take_space(&mut self) -> &'a str {
        self.take_until(|byte| !is_space_byte(byte))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.offset += taken.len();
        taken
    }

    pub(super) const fn expected(&self, expected: &'static str) -> Unexpected<'a> {
        Unexpected { expected, at: *self }
    }
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
            assert_eq!((error.expected, error.at.offset), (expected, offset), "{text}");
        }
        let mut cursor = Cursor::new(" a='1'b='2'", 0);
        cursor.attribute().unwrap();
        assert!(cursor.attribute().is_err());
    }
}

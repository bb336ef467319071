use super::chars::is_space;

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
    pub(super) name: &'a str,
    pub(super) name_offset: usize,
    /// What is between the quotes.
    pub(super) value: &'a str,
    pub(super) value_offset: usize,
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

    /// Takes everything before the first character that `stop` names.
    pub(super) fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(stop).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.offset += length;
        taken
    }

    /// Takes the next attribute, with the white space that has to stand before it. `None` at the end.
    pub(super) fn attribute(&mut self) -> Result<Option<RawAttribute<'a>>, Unexpected<'a>> {
        let space = self.take_until(|c| !is_space(c));
        if self.rest.is_empty() {
            return Ok(None);
        }
        if space.is_empty() {
            return Err(self.expected("white space before the attribute"));
        }
        let name_offset = self.offset;
        let name = self.take_until(|c| is_space(c) || matches!(c, '=' | '"' | '\''));
        self.take_until(|c| !is_space(c));
        if !self.skip('=') {
            return Err(self.expected("`=` and a value after the attribute's name"));
        }
        self.take_until(|c| !is_space(c));
        let quote = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            _ => return Err(self.expected("the attribute's value in quotes")),
        };
        self.skip(quote);
        let value_offset = self.offset;
        let value = self.take_until(|c| c == quote);
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

    fn skip(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                self.offset += c.len_utf8();
                true
            }
            None => false,
        }
    }

    const fn expected(&self, expected: &'static str) -> Unexpected<'a> {
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
            (first.name, first.name_offset, first.value, first.value_offset),
            ("a", 11, "1", 14)
        );
        let second = cursor.attribute().unwrap().unwrap();
        assert_eq!((second.name, second.value, second.value_offset), ("p:b", "x>'y", 26));
        assert!(cursor.attribute().unwrap().is_none());
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

//! Where the tokens of a document end, and what is in those that are no start tags.

use std::borrow::Cow;

use memchr::memchr;

use super::reader::{Event, Reader};
use super::{chars, window};
use crate::error::excerpt;
use crate::{Error, ErrorKind};

impl<'a> Reader<'a> {
    /// What is still to be read.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// Takes so many bytes, which end at a character.
    pub(super) fn take(&mut self, length: usize) -> &'a str {
        let end = self.position.saturating_add(length);
        let raw = self.text.get(self.position..end).unwrap_or_default();
        self.position += raw.len();
        raw
    }

    /// Takes a token with its beginning and its end, which ends with `>`.
    pub(super) fn take_to(&mut self, begin: &str, end: &str, expected: &'static str) -> Result<&'a str, Error> {
        let rest = self.rest();
        let content = rest.as_bytes().get(begin.len()..).unwrap_or_default();
        let mut length = 0;
        while let Some(more) = memchr(b'>', content.get(length..).unwrap_or_default()) {
            length += more + 1;
            if content
                .get(..length)
                .is_some_and(|content| content.ends_with(end.as_bytes()))
            {
                return Ok(self.take(begin.len() + length));
            }
        }
        Err(self.malformed(expected, rest, self.position))
    }

    /// Takes a tag to the `>` that is in no attribute's value.
    pub(super) fn take_tag(&mut self) -> Result<&'a str, Error> {
        let rest = self.rest();
        let mut bytes = rest.as_bytes();
        let expected = loop {
            match bytes {
                [] => break "`>` at the end of this tag",
                [b'>', after @ ..] => return Ok(self.take(rest.len() - after.len())),
                [quote @ (b'"' | b'\''), value @ ..] => match memchr(*quote, value) {
                    Some(length) => bytes = value.get(length + 1..).unwrap_or_default(),
                    None if *quote == b'"' => break "`\"` after an attribute's value in this tag",
                    None => break "`'` after an attribute's value in this tag",
                },
                [_, after @ ..] => bytes = after,
            }
        };
        Err(self.malformed(expected, rest, self.position))
    }

    #[inline]
    pub(super) fn end_tag(&mut self, start: usize) -> Result<(), Error> {
        if self.take_end_tag(start) {
            return Ok(());
        }
        self.other_end_tag(self.rest(), start)
    }

    /// Takes the end tag of the innermost element, if that is what stands there, without white space in it.
    #[inline]
    fn take_end_tag(&mut self, start: usize) -> bool {
        let bytes = self.text.as_bytes();
        let name = start + "</".len();
        let Some(open) = self.open.last() else { return false };
        let end = name + open.length;
        let is_next = bytes.get(end) == Some(&b'>') && window::is_same(bytes, open.start, name, open.length);
        if is_next {
            self.position = end + 1;
            self.end();
        }
        is_next
    }

    /// The content of the innermost element, which is taken with its end tag, if all of it is text that stands for itself.
    #[inline]
    pub(crate) fn plain_content(&mut self) -> Option<&'a str> {
        if self.end_due {
            return None;
        }
        let start = self.position;
        let end = chars::plain_text(self.text.as_bytes(), start);
        let is_end = self
            .text
            .as_bytes()
            .get(end..)
            .is_some_and(|rest| rest.starts_with(b"</"));
        (is_end && self.take_end_tag(end)).then(|| self.text.get(start..end).unwrap_or_default())
    }

    /// An end tag with white space in it, or one that does not belong here.
    fn other_end_tag(&mut self, rest: &str, start: usize) -> Result<(), Error> {
        let Some(length) = memchr(b'>', rest.as_bytes()) else {
            return Err(self.malformed("`>` at the end of this tag", rest, start));
        };
        let name = rest.get(2..length).unwrap_or_default();
        let found = format!("`</{}>`", excerpt(name));
        match self.innermost() {
            Some(open) if open == name.trim_end_matches(chars::is_space) => {
                self.take(length + 1);
                self.end();
                Ok(())
            }
            Some(open) => Err(self.malformed(format!("`</{}>`", excerpt(open)), &found, start)),
            None => Err(self.malformed(self.expected_outside(), &found, start)),
        }
    }

    /// What begins with `<!`.
    pub(super) fn markup(&mut self, start: usize) -> Result<Event<'a>, Error> {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            let raw = self.take_to("<!--", "-->", "`-->` after this")?;
            return self.comment(raw, start);
        }
        if rest.starts_with("<![CDATA[") {
            let raw = self.take_to("<![CDATA[", "]]>", "`]]>` after this")?;
            if self.open.is_empty() {
                return Err(self.malformed(self.expected_outside(), raw, start));
            }
            let content = raw.strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>"));
            return Ok(Event::Text(chars::normalize_lines(content.unwrap_or_default())));
        }
        let keyword = rest.get(2..9).unwrap_or_default();
        if keyword.eq_ignore_ascii_case("DOCTYPE") {
            return Err(self.error(ErrorKind::Dtd, start));
        }
        Err(self.malformed("a tag, a comment or a CDATA section", rest, start))
    }

    /// Takes text, and tells whether there is something in it that does not stand for itself.
    #[inline]
    pub(super) fn take_text(&mut self) -> (&'a str, bool) {
        let start = self.position;
        let bytes = self.text.as_bytes();
        let mut end = chars::plain_text(bytes, start);
        let is_special = bytes.get(end).is_some_and(|byte| *byte != b'<');
        if is_special {
            let rest = bytes.get(end..).unwrap_or_default();
            end += memchr(b'<', rest).unwrap_or(rest.len());
        }
        self.position = end;
        (self.text.get(start..end).unwrap_or_default(), is_special)
    }

    /// The text of an element, with its references resolved.
    pub(super) fn resolve_text(&self, raw: &'a str, start: usize) -> Result<Cow<'a, str>, Error> {
        let end = raw.find("]]>");
        if memchr(b'&', raw.as_bytes()).is_none_or(|reference| end.is_some_and(|end| end < reference))
            && let Some(end) = end
        {
            return Err(self.malformed("`]]&gt;`", "`]]>` in text", start + end));
        }
        let mut text = String::with_capacity(raw.len());
        let mut pieces = raw.split('&');
        let first = pieces.next().unwrap_or_default();
        text.push_str(&chars::normalize_lines(first));
        let mut offset = start + first.len();
        for piece in pieces {
            let Some((name, after)) = piece.split_once(';') else {
                let found = self.text.get(offset..).unwrap_or_default();
                let expected = "`&amp;`, or `;` at the end of the reference";
                return Err(self.malformed(expected, found, offset));
            };
            text.push(self.reference(name, offset)?);
            if let Some(end) = after.find("]]>") {
                let offset = offset + "&;".len() + name.len() + end;
                return Err(self.malformed("`]]&gt;`", "`]]>` in text", offset));
            }
            text.push_str(&chars::normalize_lines(after));
            offset += "&".len() + piece.len();
        }
        Ok(Cow::Owned(text))
    }

    /// What has to come where no element is open.
    pub(super) const fn expected_outside(&self) -> &'static str {
        if self.root_seen {
            "the end of the document"
        } else {
            "the root element"
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Element, Limits};

    #[track_caller]
    fn text(content: &str) -> Result<String, String> {
        let document = format!("<a>{content}</a>");
        Element::parse(document.as_bytes(), &Limits::default())
            .map(|root| root.text().into_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn references_are_resolved_piece_by_piece() {
        assert_eq!(text("a&amp;b&#13;\r\nc\rd&lt;"), Ok("a&b\r\nc\nd<".to_owned()));
        assert_eq!(text("]] > ]&gt;]]&gt;"), Ok("]] > ]>]]>".to_owned()));
        let error = text("1&amp;2 & 3").unwrap_err();
        assert!(
            error.contains("column 12 (byte 11)") && error.ends_with("found & 3</a>"),
            "{error}"
        );
        let error = text("1&amp;2]]>").unwrap_err();
        assert!(error.contains("column 11 (byte 10)"), "{error}");
        let error = text("1]]>&amp;").unwrap_err();
        assert!(error.contains("column 5 (byte 4)"), "{error}");
    }

    #[test]
    fn tags_end_outside_of_quotes() {
        assert!(text("<b k='>' l=\">'/\"/><b k='/>'></b\n>").is_ok());
        for (document, expected) in [
            ("<b k='>", "`'` after an attribute's value in this tag"),
            ("<b k=\">'", "`\"` after an attribute's value in this tag"),
            ("</b", "`>` at the end of this tag"),
            ("<!-- -", "`-->` after this"),
            ("<!-->", "`-->` after this"),
            ("<![CDATA[ ]]", "`]]>` after this"),
            ("<?x ?", "`?>` after this"),
            ("<!ELEMENT a>", "a tag, a comment or a CDATA section"),
        ] {
            let error = Element::parse(format!("<a>{document}").as_bytes(), &Limits::default()).unwrap_err();
            assert!(error.to_string().contains(expected), "{document}: {error}");
        }
        assert!(text("<!---->").is_ok());
        assert!(text("<!--->-->").is_ok());
        assert!(text("<!-- --->").is_err());
    }
}

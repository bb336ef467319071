//! Where the tokens of a document end, and what is in those that are no start tags.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::chars;
use super::reader::{Event, Reader};
use super::scopes::is_same;
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

    /// Takes a token with its beginning and its end.
    pub(super) fn take_to(&mut self, begin: &str, end: &str, expected: &'static str) -> Result<&'a str, Error> {
        let rest = self.rest();
        let content = rest.as_bytes().get(begin.len()..).unwrap_or_default();
        match memmem::find(content, end.as_bytes()) {
            Some(length) => Ok(self.take(begin.len() + length + end.len())),
            None => Err(self.malformed(expected, rest, self.position)),
        }
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

    pub(super) fn end_tag(&mut self, start: usize) -> Result<Event<'a>, Error> {
        let rest = self.rest();
        let after = rest.get(2..).unwrap_or_default();
        if let Some(open) = self.open.last()
            && after.as_bytes().get(open.len()) == Some(&b'>')
            && after.get(..open.len()).is_some_and(|name| is_same(name, open))
        {
            self.position += "</>".len() + open.len();
            self.end();
            return Ok(Event::End);
        }
        self.other_end_tag(rest, start)
    }

    /// An end tag with white space in it, or one that does not belong here.
    fn other_end_tag(&mut self, rest: &str, start: usize) -> Result<Event<'a>, Error> {
        let Some(length) = memchr(b'>', rest.as_bytes()) else {
            return Err(self.malformed("`>` at the end of this tag", rest, start));
        };
        let name = rest.get(2..length).unwrap_or_default();
        let found = format!("`</{}>`", excerpt(name));
        match self.open.last() {
            Some(open) if *open == name.trim_end_matches(chars::is_space) => {
                self.take(length + 1);
                self.end();
                Ok(Event::End)
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
    pub(super) fn take_text(&mut self) -> (&'a str, bool) {
        let rest = self.rest();
        let length = chars::plain_text(rest);
        let bytes = rest.as_bytes();
        if bytes.get(length).is_none_or(|byte| *byte == b'<') {
            return (self.take(length), false);
        }
        (self.take(memchr(b'<', bytes).unwrap_or(bytes.len())), true)
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

use std::borrow::Cow;

use super::{
    chars::{self, is_name_char, is_space},
    scan::Scan,
    tag::Element,
};
use crate::{
    document_error::{DocumentError, DocumentErrorKind},
    limits::Limits,
};

/// Reads a document tag by tag. After an error it is of no more use.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    document: &'a [u8],
    pub(super) scan: Scan<'a>,
    pub(super) limits: Limits,
    /// The elements that have begun and not ended.
    pub(super) open: Vec<Open<'a>>,
    /// The namespace declarations in force: prefix, empty for the default, and namespace, empty for none.
    pub(super) bindings: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) root_seen: bool,
    /// An empty-element tag was read whose end is still to be told.
    pub(super) end_due: bool,
}

#[derive(Debug)]
pub(super) struct Open<'a> {
    pub(super) name: &'a str,
    /// How many bindings were in force outside.
    pub(super) outer_bindings: usize,
}

#[derive(Debug)]
pub(crate) enum Event<'a> {
    End,
    /// The document is over, after a whole root element.
    Eof,
    Start(Element<'a>),
    /// A piece of the text of the innermost element.
    Text(Cow<'a, str>),
}

impl<'a> Reader<'a> {
    /// Checks size, encoding and characters.
    pub(crate) fn new(document: &'a [u8], limits: &Limits) -> Result<Self, DocumentError> {
        let error = |kind, offset| DocumentError::new(kind, document, offset);
        if document.len() > limits.document {
            let kind = DocumentErrorKind::Limit {
                what: "bytes",
                limit: limits.document,
            };
            return Err(error(kind, limits.document));
        }
        // Every other encoding that XML knows begins with one of these, or is not UTF-8 later on.
        if document.starts_with(b"\xfe\xff")
            || document.starts_with(b"\xff\xfe")
            || document.iter().take(2).any(|b| *b == 0)
        {
            return Err(error(DocumentErrorKind::Encoding, 0));
        }
        let text =
            std::str::from_utf8(document).map_err(|utf8| error(DocumentErrorKind::Encoding, utf8.valid_up_to()))?;
        if let Some(at) = chars::find_illegal(text) {
            return Err(error(DocumentErrorKind::Malformed("a character that XML allows"), at));
        }
        let mut scan = Scan { rest: text, offset: 0 };
        scan.skip("\u{feff}");
        let mut reader = Self {
            document,
            scan,
            limits: *limits,
            open: Vec::new(),
            bindings: Vec::new(),
            root_seen: false,
            end_due: false,
        };
        reader.declaration()?;
        Ok(reader)
    }

    pub(crate) fn next(&mut self) -> Result<Event<'a>, DocumentError> {
        if std::mem::take(&mut self.end_due) {
            self.leave();
            return Ok(Event::End);
        }
        loop {
            if self.open.is_empty() {
                self.scan.spaces();
            }
            let start = self.scan.offset;
            if self.scan.rest.is_empty() {
                return self.eof();
            } else if self.scan.skip("<!--") {
                self.comment(start)?;
            } else if self.scan.skip("<?") {
                self.processing_instruction(start)?;
            } else if self.scan.rest.starts_with("<!DOCTYPE") {
                return Err(self.error(DocumentErrorKind::DocumentType, start));
            } else if self.open.is_empty() && (self.root_seen || !self.scan.rest.starts_with('<')) {
                let expected = if self.root_seen {
                    "the end of the document"
                } else {
                    "the root element"
                };
                return Err(self.malformed(expected, start));
            } else if self.scan.skip("<![CDATA[") {
                let text = self.scan.take_past("]]>");
                let text = text.ok_or_else(|| self.malformed("`]]>` after this", start))?;
                return Ok(Event::Text(chars::normalize_lines(text)));
            } else if self.scan.skip("</") {
                return self.end_tag(start);
            } else if self.scan.skip("<") {
                return self.start_tag(start).map(Event::Start);
            } else if self.scan.skip("&") {
                return Ok(Event::Text(Cow::Owned(self.reference(start)?.into())));
            } else {
                let text = self.scan.take_until(|c| matches!(c, '<' | '&'));
                if let Some(at) = text.find("]]>") {
                    return Err(self.malformed("`]]&gt;`", start + at));
                }
                return Ok(Event::Text(chars::normalize_lines(text)));
            }
        }
    }

    /// The text of the element that has just begun, to its end; elements in it are skipped.
    pub(crate) fn text(&mut self) -> Result<String, DocumentError> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Event::Text(piece) => text.push_str(&piece),
                Event::Start(_) => self.skip()?,
                Event::End | Event::Eof => return Ok(text),
            }
        }
    }

    /// Skips the rest of the element that has just begun.
    pub(crate) fn skip(&mut self) -> Result<(), DocumentError> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            self.next()?;
        }
        Ok(())
    }

    /// Reads on to the end of the document.
    pub(crate) fn finish(&mut self) -> Result<(), DocumentError> {
        while !matches!(self.next()?, Event::Eof) {}
        Ok(())
    }

    pub(crate) fn offset(&self) -> usize {
        self.scan.offset
    }

    pub(crate) fn error(&self, kind: DocumentErrorKind, offset: usize) -> DocumentError {
        DocumentError::new(kind, self.document, offset)
    }

    pub(super) fn malformed(&self, expected: &'static str, offset: usize) -> DocumentError {
        self.error(DocumentErrorKind::Malformed(expected), offset)
    }

    /// `<?xml version="1.0" encoding="UTF-8" standalone="no"?>`, of which the version must be there and stand first.
    fn declaration(&mut self) -> Result<(), DocumentError> {
        let start = self.scan.offset;
        if !self
            .scan
            .rest
            .strip_prefix("<?xml")
            .is_some_and(|rest| rest.starts_with(is_space))
        {
            return Ok(());
        }
        self.scan.skip("<?xml");
        let mut allowed = &["version", "encoding", "standalone"][..];
        while let Some(attribute) = self.attribute("?>")? {
            let position = allowed.iter().position(|name| *name == attribute.name);
            let valid = match attribute.name {
                "version" => attribute.value.strip_prefix("1.").is_some_and(is_number),
                "encoding" => !attribute.value.is_empty(),
                _ => matches!(&*attribute.value, "yes" | "no"),
            };
            let Some(position) = position.filter(|at| valid && (allowed.len() < 3 || *at == 0)) else {
                return Err(self.malformed("version=\"1.0\", then encoding, then standalone", attribute.offset));
            };
            if attribute.name == "encoding" && !attribute.value.eq_ignore_ascii_case("UTF-8") {
                return Err(self.error(DocumentErrorKind::Encoding, attribute.offset));
            }
            allowed = allowed.get(position + 1..).unwrap_or_default();
        }
        if allowed.len() == 3 {
            return Err(self.malformed("version=\"1.0\" in the XML declaration", start));
        }
        Ok(())
    }

    fn comment(&mut self, start: usize) -> Result<(), DocumentError> {
        match self.scan.take_past("--") {
            Some(_) if self.scan.skip(">") => Ok(()),
            _ => Err(self.malformed("a comment that `-->` ends, without `--` in it", start)),
        }
    }

    fn processing_instruction(&mut self, start: usize) -> Result<(), DocumentError> {
        let content = self
            .scan
            .take_past("?>")
            .ok_or_else(|| self.malformed("`?>` after this", start))?;
        let target = content.split(is_space).next().unwrap_or_default();
        if !chars::is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(self.malformed("the name of a processing instruction", start));
        }
        Ok(())
    }

    /// What a reference stands for, from behind its `&`.
    pub(super) fn reference(&mut self, start: usize) -> Result<char, DocumentError> {
        let name = self.scan.take_until(|c| !(is_name_char(c) || matches!(c, '#' | ':')));
        if !self.scan.skip(";") {
            return Err(self.malformed("`&amp;`, or `;` at the end of the reference", start));
        }
        match chars::resolve(name) {
            Some(c) => Ok(c),
            None if chars::is_ncname(name) => Err(self.error(DocumentErrorKind::Entity, start)),
            None => Err(self.malformed("a reference to a character that XML allows", start)),
        }
    }

    fn end_tag(&mut self, start: usize) -> Result<Event<'a>, DocumentError> {
        let name = self.scan.take_until(|c| is_space(c) || c == '>');
        self.scan.spaces();
        let is_open = self.open.last().is_some_and(|open| open.name == name);
        if !is_open || !self.scan.skip(">") {
            return Err(self.malformed("the end tag of the element that began last", start));
        }
        self.leave();
        Ok(Event::End)
    }

    fn leave(&mut self) {
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.outer_bindings);
        }
    }

    fn eof(&self) -> Result<Event<'a>, DocumentError> {
        let expected = match (self.open.is_empty(), self.root_seen) {
            (true, true) => return Ok(Event::Eof),
            (true, false) => "the root element",
            (false, _) => "an end tag",
        };
        Err(self.malformed(expected, self.scan.offset))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events in short.
    fn read(document: impl AsRef<[u8]>) -> Result<String, DocumentError> {
        let mut limits = Limits::default();
        (
            limits.document_depth,
            limits.document_attributes,
            limits.document_namespaces,
        ) = (4, 3, 3);
        let mut reader = Reader::new(document.as_ref(), &limits)?;
        let mut events = String::new();
        loop {
            match reader.next()? {
                Event::Start(element) => events += &format!("<{{{}}}{}>", element.namespace, element.local),
                Event::Text(text) => events += &text,
                Event::End => events += "</>",
                Event::Eof => return Ok(events),
            }
        }
    }

    #[test]
    fn names_are_resolved_where_they_stand() {
        assert_eq!(
            read(r#"<p:a xmlns:p="urn:1" xmlns="urn:2"><b xmlns=""/><c xmlns:p='urn:3'><p:d/></c ><p:e/></p:a>"#)
                .unwrap(),
            "<{urn:1}a><{}b></><{urn:2}c><{urn:3}d></></><{urn:1}e></></>"
        );
    }

    #[test]
    fn text_is_what_was_meant() {
        let document = "\u{feff}<?xml version='1.0' encoding=\"utf-8\" standalone='no' ?>\r\n<!-- c --><?pi x?>\n\
            <a k='x&#10;\t&quot;>'>1 &lt;<!-- - -->2&#x33;<![CDATA[<&amp;]]]]>\r\n4\r5</a >\n<!--end-->\n";
        assert_eq!(read(document).unwrap(), "<{}a>1 <23<&amp;]]\n4\n5</>");
        let mut reader = Reader::new(b"<a xml:lang='e&#110;&#10;\r\n'>x<b>y</b>z</a>", &Limits::default()).unwrap();
        let Ok(Event::Start(element)) = reader.next() else {
            panic!("it begins")
        };
        assert_eq!(element.lang.as_deref(), Some("en\n "));
        assert_eq!(reader.text().unwrap(), "xz");
        assert!(reader.finish().is_ok());
    }

    #[test]
    fn what_is_not_well_formed_is_located() {
        for (document, expected, line, column) in [
            ("", "the root element", 1, 1),
            ("x<a/>", "the root element", 1, 1),
            ("<a/>\n x", "the end of the document", 2, 2),
            ("<a/><b/>", "the end of the document", 1, 5),
            ("<a/><![CDATA[]]>", "the end of the document", 1, 5),
            ("<a/>&lt;", "the end of the document", 1, 5),
            ("</a>", "the end tag of the element that began last", 1, 1),
            ("<a>\r\n é<b></a>", "the end tag of the element that began last", 2, 6),
            ("<a></ a>", "the end tag of the element that began last", 1, 4),
            ("<a>", "an end tag", 1, 4),
            ("<1/>", "the name of an element", 1, 2),
            ("< a/>", "the name of an element", 1, 2),
            ("<a:b:c/>", "the name of an element", 1, 2),
            ("<p:a/>", "a declared namespace prefix", 1, 2),
            ("<a p:b=''/>", "a declared namespace prefix", 1, 4),
            ("<a", "an attribute after white space, or the end of the tag", 1, 3),
            (
                "<a b='1'c='2'/>",
                "an attribute after white space, or the end of the tag",
                1,
                9,
            ),
            ("<a b/>", "`=` and a value in quotes", 1, 5),
            ("<a b=1/>", "`=` and a value in quotes", 1, 6),
            ("<a b='/>", "a closing quote", 1, 9),
            ("<a b='<'/>", "`&lt;` in the value of an attribute", 1, 7),
            ("<a 1=''/>", "the name of an attribute", 1, 4),
            ("<a b='' b=''/>", "each attribute once", 1, 9),
            ("<a xmlns='u' xmlns='v'/>", "each attribute once", 1, 14),
            ("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>", "a limit", 1, 35),
            (
                "<a xmlns:p='u' xmlns:q='u'><b p:b='' q:b=''/></a>",
                "each attribute once",
                1,
                38,
            ),
            ("<a xmlns:p=''/>", "a namespace that can be declared", 1, 4),
            ("<a xmlns:xml='u'/>", "a namespace that can be declared", 1, 4),
            ("<a xmlns:xmlns='u'/>", "a namespace that can be declared", 1, 4),
            ("<a>]]></a>", "`]]&gt;`", 1, 4),
            ("<a>& </a>", "`&amp;`, or `;` at the end of the reference", 1, 4),
            ("<a>&#0;</a>", "a reference to a character that XML allows", 1, 4),
            (
                "<a><!-- -- --></a>",
                "a comment that `-->` ends, without `--` in it",
                1,
                4,
            ),
            ("<a><![CDATA[</a>", "`]]>` after this", 1, 4),
            ("<a>\u{1}</a>", "a character that XML allows", 1, 4),
            (
                " <?xml version='1.0'?><a/>",
                "the name of a processing instruction",
                1,
                2,
            ),
            (
                "<?xml encoding='UTF-8'?><a/>",
                "version=\"1.0\", then encoding, then standalone",
                1,
                7,
            ),
            (
                "<?xml version='1.0' x='y'?><a/>",
                "version=\"1.0\", then encoding, then standalone",
                1,
                21,
            ),
            ("<?xml ?><a/>", "version=\"1.0\" in the XML declaration", 1, 1),
            ("<?pi <a/>", "`?>` after this", 1, 1),
        ] {
            let error = read(document).unwrap_err();
            match error.kind() {
                DocumentErrorKind::Malformed(found) => assert_eq!(found, expected, "{document}"),
                DocumentErrorKind::Limit { .. } => assert_eq!("a limit", expected, "{document}"),
                other => panic!("{document}: {other}"),
            }
            assert_eq!((error.line(), error.column()), (line, column), "{document}");
        }
    }

    #[test]
    fn entities_types_encodings_and_excess_are_refused() {
        use DocumentErrorKind as Kind;
        for (document, kind) in [
            (&b"<a>&nbsp;</a>"[..], Kind::Entity),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", Kind::DocumentType),
            (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", Kind::Encoding),
            (b"<a>\xe9</a>", Kind::Encoding),
            (b"\xff\xfe<\0a\0", Kind::Encoding),
            (
                b"<a><a><a><a><a>",
                Kind::Limit {
                    what: "levels of nesting",
                    limit: 4,
                },
            ),
            (
                b"<a b='' c='' d='' e=''/>",
                Kind::Limit {
                    what: "attributes",
                    limit: 3,
                },
            ),
            (
                b"<a xmlns:b='b' xmlns:c='c'><d xmlns:e='e' xmlns:f='f'/></a>",
                Kind::Limit {
                    what: "namespaces",
                    limit: 3,
                },
            ),
        ] {
            assert_eq!(read(document).unwrap_err().kind(), kind, "{document:?}");
        }
        let long = " ".repeat(Limits::default().document + 1);
        assert!(matches!(
            read(&long).unwrap_err().kind(),
            Kind::Limit { what: "bytes", .. }
        ));
    }
}

use std::borrow::Cow;

use quick_xml::{
    Error as TokenError,
    errors::{IllFormedError, SyntaxError},
    escape::resolve_xml_entity,
    events::{BytesRef, Event as Token},
};

use super::{
    chars::{self, is_space},
    tag::{self, Element},
};
use crate::{
    document_error::{DocumentError, DocumentErrorKind},
    limits::Limits,
};

const COMMENT: &str = "a comment that `-->` ends, without `--` in it";
const PI_NAME: &str = "the name of a processing instruction";
const END_TAG: &str = "the end tag of the element that began last";
const REFERENCE_END: &str = "`&amp;`, or `;` at the end of the reference";
pub(super) const REFERENCE: &str = "a reference to a character that XML allows";

/// Reads a document tag by tag. After an error it is of no more use.
///
/// The tokens are quick-xml's, which reads more than XML; what they must be besides is checked here and in
/// [`tag`](super::tag).
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    document: &'a [u8],
    /// The document without a byte order mark.
    text: &'a str,
    tokens: quick_xml::Reader<&'a [u8]>,
    pub(super) limits: Limits,
    /// The elements that have begun and not ended.
    pub(super) open: Vec<Open<'a>>,
    /// The namespace declarations in force: prefix, empty for the default, and namespace, empty for none.
    pub(super) bindings: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) root_seen: bool,
    /// An empty-element tag was read whose end is still to be told.
    end_due: bool,
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
        // The tokenizer passes over the mark too, and does not count it.
        let mut tokens = quick_xml::Reader::from_str(text);
        let config = tokens.config_mut();
        // Which end belongs to which tag, and what a comment may hold, is checked here, where the places are known.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Ok(Self {
            document,
            text: text.strip_prefix('\u{feff}').unwrap_or(text),
            tokens,
            limits: *limits,
            open: Vec::new(),
            bindings: Vec::new(),
            root_seen: false,
            end_due: false,
        })
    }

    pub(crate) fn next(&mut self) -> Result<Event<'a>, DocumentError> {
        if std::mem::take(&mut self.end_due) {
            self.leave();
            return Ok(Event::End);
        }
        loop {
            let start = self.offset();
            let token = self.tokens.read_event();
            let token = token.map_err(|error| self.token_error(&error, start))?;
            let raw = self.since(start);
            match token {
                Token::Eof => return self.eof(),
                Token::Comment(content) => {
                    if content.contains("--") || content.ends_with('-') {
                        return Err(self.malformed(COMMENT, start));
                    }
                }
                Token::Decl(_) if start == self.mark() => self.declaration(raw, start)?,
                Token::Decl(_) => return Err(self.malformed(PI_NAME, start)),
                Token::PI(instruction) => {
                    let target = instruction.target();
                    if !chars::is_ncname(target) || target.eq_ignore_ascii_case("xml") {
                        return Err(self.malformed(PI_NAME, start));
                    }
                }
                Token::DocType(_) => return Err(self.error(DocumentErrorKind::DocumentType, start)),
                Token::Text(text) if self.open.is_empty() => {
                    if let Some(at) = text.find(|c| !is_space(c)) {
                        return Err(self.malformed(self.expected_outside(), start + at));
                    }
                }
                Token::Text(text) => {
                    if let Some(at) = text.find("]]>") {
                        return Err(self.malformed("`]]&gt;`", start + at));
                    }
                    return Ok(Event::Text(text.xml10_content()));
                }
                Token::End(_) if !self.open.is_empty() || !self.root_seen => return self.end_tag(raw, start),
                Token::Start(_) if !self.open.is_empty() || !self.root_seen => {
                    return self.start_tag(tag::inside(raw, ">"), start).map(Event::Start);
                }
                Token::Empty(_) if !self.open.is_empty() || !self.root_seen => {
                    self.end_due = true;
                    return self.start_tag(tag::inside(raw, "/>"), start).map(Event::Start);
                }
                Token::CData(text) if !self.open.is_empty() => return Ok(Event::Text(text.xml10_content())),
                Token::GeneralRef(reference) if !self.open.is_empty() => {
                    let text = self.resolve_reference(&reference, start)?;
                    return Ok(Event::Text(Cow::Owned(text)));
                }
                Token::Start(_) | Token::Empty(_) | Token::End(_) | Token::CData(_) | Token::GeneralRef(_) => {
                    return Err(self.malformed(self.expected_outside(), start));
                }
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

    /// Where the next token begins.
    pub(crate) fn offset(&self) -> usize {
        let read = usize::try_from(self.tokens.buffer_position()).unwrap_or(self.text.len());
        self.mark() + read.min(self.text.len())
    }

    pub(crate) fn error(&self, kind: DocumentErrorKind, offset: usize) -> DocumentError {
        DocumentError::new(kind, self.document, offset)
    }

    pub(super) fn malformed(&self, expected: &'static str, offset: usize) -> DocumentError {
        self.error(DocumentErrorKind::Malformed(expected), offset)
    }

    /// A reference to an entity of that name, or to a character that there is not.
    pub(super) fn unknown_reference(&self, name: &str, offset: usize) -> DocumentError {
        if chars::is_ncname(name) {
            self.error(DocumentErrorKind::Entity, offset)
        } else {
            self.malformed(REFERENCE, offset)
        }
    }

    pub(super) fn unterminated_reference(&self, offset: usize) -> DocumentError {
        self.malformed(REFERENCE_END, offset)
    }

    /// The bytes of the byte order mark.
    fn mark(&self) -> usize {
        self.document.len() - self.text.len()
    }

    /// The token that was read, which begins at `start`.
    fn since(&self, start: usize) -> &'a str {
        let mark = self.mark();
        self.text.get(start - mark..self.offset() - mark).unwrap_or_default()
    }

    /// What is wrong where there is no token, most of it that the document ends too early.
    fn token_error(&self, error: &TokenError, start: usize) -> DocumentError {
        let end = self.document.len();
        let is_end_tag = self
            .text
            .get(start - self.mark()..)
            .is_some_and(|rest| rest.starts_with("</"));
        match error {
            TokenError::Syntax(_) if is_end_tag => self.malformed(END_TAG, start),
            TokenError::Syntax(error) => match error {
                SyntaxError::UnclosedDoctype => self.error(DocumentErrorKind::DocumentType, start),
                SyntaxError::UnclosedComment => self.malformed(COMMENT, start),
                SyntaxError::UnclosedCData => self.malformed("`]]>` after this", start),
                SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => self.malformed("`?>` after this", start),
                SyntaxError::InvalidBangMarkup => self.malformed("the name of an element", start + 1),
                SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
                    self.malformed("a closing quote", end)
                }
                SyntaxError::UnclosedTag => {
                    self.malformed("an attribute after white space, or the end of the tag", end)
                }
            },
            TokenError::IllFormed(IllFormedError::MissingDoctypeName) => {
                self.error(DocumentErrorKind::DocumentType, start)
            }
            TokenError::IllFormed(IllFormedError::UnclosedReference) => self.unterminated_reference(start),
            _ => self.malformed("well-formed XML", start),
        }
    }

    /// `<?xml version="1.0" encoding="UTF-8" standalone="no"?>`, of which the version must be there and stand first.
    fn declaration(&self, raw: &'a str, start: usize) -> Result<(), DocumentError> {
        let mut allowed = &["version", "encoding", "standalone"][..];
        let content = raw.strip_prefix("<?").and_then(|raw| raw.strip_suffix("?>"));
        for attribute in self.attributes(content.unwrap_or_default(), start + "<?".len())? {
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

    /// What a reference in text stands for.
    fn resolve_reference(&self, reference: &BytesRef<'_>, start: usize) -> Result<String, DocumentError> {
        match reference.resolve_char_ref() {
            Ok(Some(c)) if chars::is_char(c) => Ok(c.into()),
            Ok(None) => match resolve_xml_entity(reference) {
                Some(text) => Ok(text.to_owned()),
                None => Err(self.unknown_reference(reference, start)),
            },
            Ok(Some(_)) | Err(_) => Err(self.malformed(REFERENCE, start)),
        }
    }

    fn end_tag(&mut self, raw: &str, start: usize) -> Result<Event<'a>, DocumentError> {
        let name = raw.strip_prefix("</").and_then(|raw| raw.strip_suffix('>'));
        let name = name.unwrap_or_default().trim_end_matches(is_space);
        if self.open.last().is_none_or(|open| open.name != name) {
            return Err(self.malformed(END_TAG, start));
        }
        self.leave();
        Ok(Event::End)
    }

    fn leave(&mut self) {
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.outer_bindings);
        }
    }

    /// What has to come where no element is open.
    fn expected_outside(&self) -> &'static str {
        if self.root_seen {
            "the end of the document"
        } else {
            "the root element"
        }
    }

    fn eof(&self) -> Result<Event<'a>, DocumentError> {
        match (self.open.is_empty(), self.root_seen) {
            (true, true) => Ok(Event::Eof),
            (true, false) => Err(self.malformed("the root element", self.offset())),
            (false, _) => Err(self.malformed("an end tag", self.offset())),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;

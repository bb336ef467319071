use std::borrow::Cow;

use smallvec::SmallVec;

use super::chars::is_space;
use super::namespace::Namespaces;
use super::prolog::decode;
use super::tag::{QName, Tag, TagAttribute};
use super::{Namespace, NamespaceId, Scopes};
use crate::error::excerpt;
use crate::{Error, ErrorKind, Limits, Name};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a document element by element. After an error it is of no more use.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    /// The document as it came, for the places of errors.
    document: &'a [u8],
    /// The document without its byte order mark, whose length is in `base`.
    pub(super) text: &'a str,
    base: usize,
    /// Where in the text the next token begins.
    pub(super) position: usize,
    pub(super) limits: Limits,
    pub(super) scopes: Scopes<'a, NamespaceId>,
    pub(super) namespaces: Namespaces,
    /// The attributes of the start tag that was read last.
    pub(super) attributes: Vec<TagAttribute<'a>>,
    /// The elements begun and not ended.
    pub(super) open: SmallVec<[Open; 8]>,
    pub(super) elements: usize,
    /// Comments and processing instructions.
    pub(super) asides: usize,
    pub(super) root_seen: bool,
    /// An empty-element tag was read whose end is still to be told.
    pub(super) end_due: bool,
    copied: usize,
}

/// Where the name in the start tag of an element stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub(super) start: usize,
    pub(super) length: usize,
}

/// What the reader finds next.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A comment's text.
    Comment(Cow<'a, str>),
    /// An element ends.
    End,
    /// The document ends.
    Eof,
    /// A processing instruction.
    Instruction { target: &'a str, data: Cow<'a, str> },
    /// An element begins.
    Start(Tag<'a>),
    /// A piece of the text of the innermost element.
    Text(Cow<'a, str>),
}

impl<'a> Reader<'a> {
    /// Checks size, encoding and characters.
    pub(crate) fn new(document: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        if document.len() > limits.bytes {
            let kind = ErrorKind::Limit {
                what: "bytes",
                limit: limits.bytes,
            };
            return Err(Error::new(kind, document, limits.bytes));
        }
        let (body, base) = match document.strip_prefix(BYTE_ORDER_MARK) {
            Some(body) => (body, BYTE_ORDER_MARK.len()),
            None => (document, 0),
        };
        let text = decode(body).map_err(|(kind, offset)| Error::new(kind, document, base + offset))?;
        Ok(Self {
            document,
            text,
            base,
            position: 0,
            limits: limits.clone(),
            scopes: Scopes::new(),
            namespaces: Namespaces::default(),
            attributes: Vec::new(),
            open: SmallVec::new(),
            elements: 0,
            asides: 0,
            root_seen: false,
            end_due: false,
            copied: 0,
        })
    }

    /// The next event. [`Event::Eof`] comes only after a whole root element.
    pub(crate) fn next(&mut self) -> Result<Event<'a>, Error> {
        if std::mem::take(&mut self.end_due) {
            self.end();
            return Ok(Event::End);
        }
        loop {
            let start = self.position;
            match self.next_bytes() {
                (None, _) => return self.eof(),
                (Some(b'<'), Some(b'/')) => return self.end_tag(start).map(|()| Event::End),
                (Some(b'<'), Some(b'?')) => {
                    let raw = self.take_to("<?", "?>", "`?>` after this")?;
                    if raw
                        .strip_prefix("<?xml")
                        .is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n', '?']))
                    {
                        self.declaration(raw, start)?;
                    } else {
                        return self.instruction(raw, start);
                    }
                }
                (Some(b'<'), Some(b'!')) => return self.markup(start),
                (Some(b'<'), _) => return self.start(start).map(Event::Start),
                _ => {
                    let (raw, is_special) = self.take_text();
                    if self.open.is_empty() {
                        self.outside(raw, start)?;
                    } else if is_special {
                        return self.resolve_text(raw, start).map(Event::Text);
                    } else {
                        return Ok(Event::Text(Cow::Borrowed(raw)));
                    }
                }
            }
        }
    }

    /// The next child element of the innermost element, or `None` at its end. What else there is is passed over.
    pub(crate) fn next_child(&mut self) -> Result<Option<Tag<'a>>, Error> {
        if std::mem::take(&mut self.end_due) {
            self.end();
            return Ok(None);
        }
        loop {
            let start = self.position;
            match self.next_bytes() {
                (Some(b'<'), Some(b'/')) => return self.end_tag(start).map(|()| None),
                (Some(b'<'), Some(b'?' | b'!')) | (None, _) => {
                    if let Event::Eof = self.next()? {
                        return Ok(None);
                    }
                }
                (Some(b'<'), _) => return self.start(start).map(Some),
                _ => {
                    let (raw, is_special) = self.take_text();
                    if is_special {
                        self.resolve_text(raw, start)?;
                    }
                }
            }
        }
    }

    #[inline]
    fn next_bytes(&self) -> (Option<u8>, Option<u8>) {
        let bytes = self.text.as_bytes();
        let byte = |at: usize| bytes.get(at).copied();
        (byte(self.position), byte(self.position + 1))
    }

    /// Skips the rest of the innermost element.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            self.next()?;
        }
        Ok(())
    }

    /// An error at a place that an event told.
    pub(crate) fn error(&self, kind: ErrorKind, offset: usize) -> Error {
        Error::new(kind, self.document, self.place(offset))
    }

    /// The document as text, in which events tell places.
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// Where the last event ended.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// Where an offset that an event told is in the document.
    pub(crate) const fn place(&self, offset: usize) -> usize {
        self.base + offset
    }

    /// The attribute of the start tag that was read last with this name.
    #[inline]
    pub(crate) fn attribute(&self, namespace: NamespaceId, local: &str) -> Option<&TagAttribute<'a>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.is(namespace, local))
    }

    /// The attributes of the start tag that was read last, to be taken or given back.
    pub(crate) const fn attributes_mut(&mut self) -> &mut Vec<TagAttribute<'a>> {
        &mut self.attributes
    }

    /// The namespace declarations of the element that begins: prefix, empty for the default, and namespace.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = (&'a str, Option<Namespace>)> {
        let innermost = self.scopes.innermost();
        innermost.map(|(prefix, namespace)| (prefix, self.namespaces.of(*namespace)))
    }

    /// A name by itself.
    pub(crate) fn name(&self, name: &QName<'_>) -> Name {
        Name {
            namespace: self.namespaces.of(name.namespace),
            local: name.local.into(),
            prefix: name.prefix.map(Into::into),
        }
    }

    /// Which level of nesting the innermost element has.
    pub(crate) fn level(&self) -> usize {
        self.scopes.level()
    }

    /// The namespace that a prefix is bound to by an element around the given level.
    pub(crate) fn outer_binding(&self, prefix: &str, level: usize) -> Option<Namespace> {
        match self.scopes.lookup(prefix) {
            Some((bound, namespace)) if bound < level => self.namespaces.of(*namespace),
            _ => None,
        }
    }

    /// Accounts for a declaration that is copied from around an element onto it, so that a document cannot have a long
    /// namespace multiplied.
    pub(crate) fn charge(&mut self, prefix: &str, namespace: &str, offset: usize) -> Result<(), Error> {
        self.copied = self.copied.saturating_add(prefix.len() + namespace.len());
        if self.copied > self.limits.bytes {
            return Err(self.limit("bytes of inherited namespace declarations", self.limits.bytes, offset));
        }
        Ok(())
    }

    /// Refuses an element with more attributes than one may have.
    pub(crate) fn check_attributes(&self, count: usize, offset: usize) -> Result<(), Error> {
        if count > self.limits.attributes {
            return Err(self.limit("attributes", self.limits.attributes, offset));
        }
        Ok(())
    }

    /// Text outside the root element: white space is all that may stand there.
    pub(super) fn outside(&self, raw: &str, start: usize) -> Result<(), Error> {
        let found = raw.trim_start_matches(is_space);
        if found.is_empty() {
            return Ok(());
        }
        let expected = if self.root_seen {
            "the end of the document"
        } else {
            "the root element"
        };
        Err(self.malformed(expected, found, start + raw.len() - found.len()))
    }

    #[inline]
    pub(super) fn end(&mut self) {
        self.open.pop();
        self.scopes.leave();
    }

    /// The name of the innermost element, as it stands.
    pub(super) fn innermost(&self) -> Option<&'a str> {
        let open = self.open.last()?;
        self.text.get(open.start..open.start + open.length)
    }

    fn eof(&self) -> Result<Event<'a>, Error> {
        let end = self.text.len();
        match self.innermost() {
            Some(name) => Err(self.malformed(format!("`</{}>`", excerpt(name)), END, end)),
            None if !self.root_seen => Err(self.malformed("the root element", END, end)),
            None => Ok(Event::Eof),
        }
    }
}

const END: &str = "the end of the document";

#[cfg(test)]
mod tests;

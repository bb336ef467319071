//! Start tags: names, attributes and namespace declarations.

use std::borrow::Cow;
use std::ops::Range;

use super::chars;
use super::cursor::{Cursor, RawAttribute};
use super::reader::{Open, Reader};
use super::{NamespaceId, XML_NAMESPACE, XMLNS_NAMESPACE};
use crate::error::excerpt;
use crate::{Error, ErrorKind};

/// Above this the walks over a finished tree, which recurse, could leave the stack of a thread.
pub(crate) const MAX_DEPTH: usize = 128;

/// A start tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'a> {
    pub(crate) name: QName<'a>,
    /// Where the tag begins.
    pub(crate) offset: usize,
    /// Where it ends and the content begins.
    pub(crate) content: usize,
}

#[derive(Debug)]
pub(crate) struct TagAttribute<'a> {
    pub(crate) name: QName<'a>,
    name_offset: usize,
    pub(crate) value: Cow<'a, str>,
    /// Where the value stands, without its quotes.
    pub(crate) place: Range<usize>,
}

/// A name whose prefix is resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QName<'a> {
    pub(crate) namespace: NamespaceId,
    pub(crate) prefix: Option<&'a str>,
    pub(crate) local: &'a str,
}

impl QName<'_> {
    /// Whether it is the same name, whatever the prefix.
    pub(crate) fn is(&self, namespace: NamespaceId, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

impl<'a> Reader<'a> {
    #[inline]
    pub(super) fn start(&mut self, start: usize) -> Result<Tag<'a>, Error> {
        if self.open.is_empty() && self.root_seen {
            let raw = self.take_tag()?;
            return Err(self.malformed("the end of the document", raw, start));
        }
        self.root_seen = true;
        let depth = self.limits.depth.min(MAX_DEPTH);
        if self.open.len() >= depth {
            return Err(self.limit("levels of nesting", depth, start));
        }
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(self.limit("elements", self.limits.elements, start));
        }

        let mut cursor = Cursor::within(self.text, start + 1);
        let name = cursor.take_name();
        let Some((prefix, local)) = name.parts else {
            self.take_tag()?;
            return Err(self.malformed("an element's name", name.text, start + 1));
        };
        self.open.push(Open {
            start: start + 1,
            length: name.text.len(),
        });
        self.scopes.enter();
        self.attributes.clear();
        if cursor.peek() != Some(b'>') {
            self.read_attributes(&mut cursor, start)?;
        }
        self.position = cursor.offset() + if self.end_due { 2 } else { 1 };
        Ok(Tag {
            name: QName {
                namespace: self.resolve(prefix.unwrap_or_default(), start + 1)?,
                prefix,
                local,
            },
            offset: start,
            content: self.position,
        })
    }

    /// Collects the attributes and brings the namespace declarations among them into scope.
    fn read_attributes(&mut self, cursor: &mut Cursor<'a>, start: usize) -> Result<(), Error> {
        let mut count = 0;
        loop {
            let raw = match cursor.attribute() {
                Ok(Some(raw)) => raw,
                Ok(None) => break,
                Err(unexpected) => return Err(self.tag_error(&unexpected, start)),
            };
            // The default declaration does not count: the writer may have to add one.
            count += usize::from(raw.name.text != "xmlns");
            self.check_attributes(count, raw.name_offset)?;
            let prefix = match raw.name.text.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefix) if prefix.starts_with(':') => prefix.get(1..).unwrap_or_default(),
                _ => {
                    let attribute = self.unresolved(raw)?;
                    self.attributes.push(attribute);
                    continue;
                }
            };
            if self.scopes.innermost().any(|(other, _)| other == prefix) {
                return Err(self.malformed("each attribute once", raw.name.text, raw.name_offset));
            }
            let namespace = self.attribute_value(&raw)?;
            self.check_declaration(prefix, &namespace, &raw)?;
            if prefix != "xml" {
                let namespace = self.intern(&namespace, raw.value_offset)?;
                self.scopes.bind(prefix, namespace);
            }
        }
        if matches!(cursor.peek(), Some(b'/' | b'>')) {
            self.end_due = cursor.peek() == Some(b'/');
            return self.resolve_attributes();
        }
        Err(self.tag_error(&cursor.expected("`>` at the end of this tag"), start))
    }

    /// An attribute whose namespace is still to be found.
    #[inline]
    fn unresolved(&self, raw: RawAttribute<'a>) -> Result<TagAttribute<'a>, Error> {
        let Some((prefix, local)) = raw.name.parts else {
            return Err(self.malformed("an attribute's name", raw.name.text, raw.name_offset));
        };
        Ok(TagAttribute {
            name: QName {
                namespace: NamespaceId::NONE,
                prefix,
                local,
            },
            name_offset: raw.name_offset,
            value: self.attribute_value(&raw)?,
            place: raw.value_offset..raw.value_offset + raw.value.len(),
        })
    }

    /// Finds the namespaces of the attributes, whose declarations may stand behind them. No two have the same name.
    fn resolve_attributes(&mut self) -> Result<(), Error> {
        let mut attributes = std::mem::take(&mut self.attributes);
        for attribute in &mut attributes {
            if let Some(prefix) = attribute.name.prefix {
                attribute.name.namespace = self.resolve(prefix, attribute.name_offset)?;
            }
        }
        let mut others = attributes.as_slice();
        while let [TagAttribute { name, .. }, after @ ..] = others {
            if let Some(second) = after.iter().find(|other| other.name.is(name.namespace, name.local)) {
                let name = self
                    .text
                    .get(second.name_offset..second.place.start)
                    .unwrap_or_default();
                let name = name
                    .split('=')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches(chars::is_space);
                return Err(self.malformed("each attribute once", name, second.name_offset));
            }
            others = after;
        }
        self.attributes = attributes;
        Ok(())
    }

    /// The constraints of Namespaces in XML 1.0 section 3.
    fn check_declaration(&self, prefix: &str, namespace: &str, raw: &RawAttribute<'_>) -> Result<(), Error> {
        let expected = if raw.name.text != "xmlns" && !chars::is_ncname(prefix) {
            "a namespace prefix"
        } else if prefix == "xmlns" || namespace == XMLNS_NAMESPACE {
            "no declaration of what XML reserves"
        } else if (prefix == "xml") != (namespace == XML_NAMESPACE) {
            "the prefix `xml` for the namespace of XML and for no other"
        } else if !prefix.is_empty() && namespace.is_empty() {
            "a namespace for the prefix"
        } else {
            return Ok(());
        };
        let found = format!("{}=\"{}\"", raw.name.text, raw.value);
        Err(self.malformed(expected, &found, raw.name_offset))
    }

    fn intern(&mut self, namespace: &str, offset: usize) -> Result<NamespaceId, Error> {
        if namespace.len() > self.limits.namespace_bytes {
            return Err(self.limit("bytes in a namespace", self.limits.namespace_bytes, offset));
        }
        let id = self.namespaces.intern(namespace, self.limits.namespaces);
        id.ok_or_else(|| self.limit("namespaces", self.limits.namespaces, offset))
    }

    /// What a prefix is bound to; an empty one is that of an element without a prefix.
    #[inline]
    fn resolve(&self, prefix: &str, offset: usize) -> Result<NamespaceId, Error> {
        match self.scopes.lookup(prefix) {
            Some((_, namespace)) => Ok(*namespace),
            None if prefix.is_empty() => Ok(NamespaceId::NONE),
            None if prefix == "xml" => Ok(NamespaceId::XML),
            None => {
                let prefix = excerpt(prefix);
                Err(self.error(ErrorKind::UnboundPrefix { prefix }, offset))
            }
        }
    }

    /// The value of an attribute, its references resolved and its white space made spaces (XML 1.0 section 3.3.3).
    #[inline]
    fn attribute_value(&self, raw: &RawAttribute<'a>) -> Result<Cow<'a, str>, Error> {
        if raw.is_plain {
            return Ok(Cow::Borrowed(raw.value));
        }
        self.resolve_value(raw.value, raw.value_offset).map(Cow::Owned)
    }

    fn resolve_value(&self, raw: &str, offset: usize) -> Result<String, Error> {
        let special = |byte: u8| matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r');
        let mut value = String::with_capacity(raw.len());
        let mut cursor = Cursor::new(raw, offset);
        loop {
            value.push_str(cursor.take_until(special));
            let at = cursor.offset();
            match cursor.peek() {
                None => return Ok(value),
                Some(b'<') => {
                    return Err(self.malformed("`&lt;`", "`<` in an attribute's value", at));
                }
                Some(b'&') => {
                    let reference = cursor.take_until(|byte| byte == b';');
                    if cursor.peek().is_none() {
                        return Err(self.malformed("`;` at the end of the reference", reference, at));
                    }
                    value.push(self.reference(reference.strip_prefix('&').unwrap_or_default(), at)?);
                    cursor.skip(1);
                }
                Some(_) => {
                    value.push(' ');
                    cursor.skip(if cursor.rest().starts_with("\r\n") { 2 } else { 1 });
                }
            }
        }
    }

    pub(super) fn reference(&self, name: &str, offset: usize) -> Result<char, Error> {
        match chars::resolve_reference(name) {
            Some(c) => Ok(c),
            None if chars::is_ncname(name) => {
                let name = excerpt(name);
                Err(self.error(ErrorKind::Entity { name }, offset))
            }
            None => {
                let found = format!("&{name};");
                Err(self.malformed("a reference to a character that XML allows", &found, offset))
            }
        }
    }
}

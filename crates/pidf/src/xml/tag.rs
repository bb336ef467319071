//! Start tags: names, attributes and namespace declarations.

use std::borrow::Cow;
use std::ops::Range;

use super::chars;
use super::cursor::{Cursor, RawAttribute};
use super::reader::Reader;
use super::{Namespace, XML_NAMESPACE, XMLNS_NAMESPACE};
use crate::error::excerpt;
use crate::{Error, ErrorKind, Name};

/// Above this the walks over a finished tree, which recurse, could leave the stack of a thread.
pub(crate) const MAX_DEPTH: usize = 128;

/// A start tag.
#[derive(Debug)]
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
#[derive(Debug)]
pub(crate) struct QName<'a> {
    pub(crate) namespace: Option<Namespace>,
    pub(crate) prefix: Option<&'a str>,
    pub(crate) local: &'a str,
}

impl QName<'_> {
    /// Whether it is the same name, whatever the prefix.
    fn is_same(&self, other: &Self) -> bool {
        self.local == other.local && self.namespace == other.namespace
    }

    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace.as_deref().unwrap_or_default() == namespace
    }

    pub(crate) fn into_name(self) -> Name {
        Name {
            namespace: self.namespace,
            local: self.local.into(),
            prefix: self.prefix.map(Into::into),
        }
    }

    pub(crate) fn to_name(&self) -> Name {
        Name {
            namespace: self.namespace.clone(),
            local: self.local.into(),
            prefix: self.prefix.map(Into::into),
        }
    }
}

impl<'a> Reader<'a> {
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

        let mut cursor = Cursor::new(self.rest().get(1..).unwrap_or_default(), start + 1);
        let name = cursor.take_name();
        let Some((prefix, local)) = name.parts else {
            self.take_tag()?;
            return Err(self.malformed("an element's name", name.text, start + 1));
        };
        self.open.push(name.text);
        self.scopes.enter();
        self.read_attributes(&mut cursor, start)?;
        self.end_due = cursor.rest.starts_with('/');
        self.position = cursor.offset + if self.end_due { 2 } else { 1 };

        self.resolve_attributes()?;
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
        self.attributes.clear();
        let mut count = 0;
        while let Some(raw) = cursor
            .attribute()
            .map_err(|unexpected| self.tag_error(&unexpected, start))?
        {
            // The default declaration does not count: the writer may have to add one.
            count += usize::from(raw.name.text != "xmlns");
            self.check_attributes(count, raw.name_offset)?;
            let prefix = match raw.name.text.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefix) if prefix.starts_with(':') => prefix.get(1..).unwrap_or_default(),
                _ => {
                    let attribute = self.unresolved(&raw)?;
                    self.attributes.push(attribute);
                    continue;
                }
            };
            if self.scopes.innermost().any(|(other, _)| other == prefix) {
                return Err(self.malformed("each attribute once", raw.name.text, raw.name_offset));
            }
            let namespace = self.attribute_value(raw.value, raw.value_offset)?;
            self.check_declaration(prefix, &namespace, &raw)?;
            if prefix != "xml" {
                let namespace = self.intern(&namespace, raw.value_offset)?;
                self.scopes.bind(prefix, namespace);
            }
        }
        if cursor.rest.starts_with(['/', '>']) {
            return Ok(());
        }
        Err(self.tag_error(&cursor.expected("`>` at the end of this tag"), start))
    }

    /// An attribute whose namespace is still to be found.
    fn unresolved(&self, raw: &RawAttribute<'a>) -> Result<TagAttribute<'a>, Error> {
        let Some((prefix, local)) = raw.name.parts else {
            return Err(self.malformed("an attribute's name", raw.name.text, raw.name_offset));
        };
        Ok(TagAttribute {
            name: QName {
                namespace: None,
                prefix,
                local,
            },
            name_offset: raw.name_offset,
            value: self.attribute_value(raw.value, raw.value_offset)?,
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
        while let [attribute, after @ ..] = others {
            if let Some(second) = after.iter().find(|other| other.name.is_same(&attribute.name)) {
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

    fn intern(&mut self, namespace: &str, offset: usize) -> Result<Namespace, Error> {
        if namespace.len() > self.limits.namespace_bytes {
            return Err(self.limit("bytes in a namespace", self.limits.namespace_bytes, offset));
        }
        if let Some(known) = Namespace::known(namespace) {
            return Ok(known);
        }
        if let Some(known) = self.namespaces.iter().find(|known| &***known == namespace) {
            return Ok(known.clone());
        }
        if self.namespaces.len() >= self.limits.namespaces {
            return Err(self.limit("namespaces", self.limits.namespaces, offset));
        }
        let namespace = Namespace::from(namespace);
        self.namespaces.push(namespace.clone());
        Ok(namespace)
    }

    /// What a prefix is bound to; an empty one is that of an element without a prefix.
    fn resolve(&self, prefix: &str, offset: usize) -> Result<Option<Namespace>, Error> {
        match self.scopes.lookup(prefix) {
            Some((_, namespace)) => Ok(Some(namespace).filter(|namespace| !namespace.is_empty()).cloned()),
            None if prefix.is_empty() => Ok(None),
            None if prefix == "xml" => Ok(Some(Namespace::XML)),
            None => {
                let prefix = excerpt(prefix);
                Err(self.error(ErrorKind::UnboundPrefix { prefix }, offset))
            }
        }
    }

    /// The value of an attribute, its references resolved and its white space made spaces (XML 1.0 section 3.3.3).
    fn attribute_value(&self, raw: &'a str, offset: usize) -> Result<Cow<'a, str>, Error> {
        let special = |byte: u8| matches!(byte, b'&' | b'<' | b'\t' | b'\n' | b'\r');
        // Without a branch for each byte, which the compiler makes steps of many.
        if raw.bytes().fold(0, |found, byte| found | u8::from(special(byte))) == 0 {
            return Ok(Cow::Borrowed(raw));
        }
        let mut value = String::with_capacity(raw.len());
        let mut cursor = Cursor::new(raw, offset);
        loop {
            value.push_str(cursor.take_until(special));
            let at = cursor.offset;
            match cursor.rest.chars().next() {
                None => return Ok(Cow::Owned(value)),
                Some('<') => {
                    return Err(self.malformed("`&lt;`", "`<` in an attribute's value", at));
                }
                Some('&') => {
                    let reference = cursor.take_until(|byte| byte == b';');
                    if cursor.rest.is_empty() {
                        return Err(self.malformed("`;` at the end of the reference", reference, at));
                    }
                    value.push(self.reference(reference.strip_prefix('&').unwrap_or_default(), at)?);
                    cursor = Cursor::new(cursor.rest.strip_prefix(';').unwrap_or_default(), cursor.offset + 1);
                }
                Some(_) => {
                    value.push(' ');
                    let length = if cursor.rest.starts_with("\r\n") { 2 } else { 1 };
                    cursor = Cursor::new(cursor.rest.get(length..).unwrap_or_default(), at + length);
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

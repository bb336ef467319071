//! Start tags: names, attributes and namespace declarations.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::chars::{self, is_space};
use super::cursor::{Cursor, RawAttribute};
use super::reader::Reader;
use super::{XML_NAMESPACE, XMLNS_NAMESPACE};
use crate::error::excerpt;
use crate::{Error, ErrorKind, Name};

/// Above this the walks over a finished tree, which recurse, could leave the stack of a thread.
const MAX_DEPTH: usize = 1_000;

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) name: QName<'a>,
    pub(crate) attributes: Vec<TagAttribute<'a>>,
    /// Prefix, empty for the default, and namespace, empty for none.
    pub(crate) declarations: Vec<(&'a str, Arc<str>)>,
    /// Where the tag begins.
    pub(crate) offset: usize,
    /// Where it ends and the content begins.
    pub(crate) content: usize,
}

#[derive(Debug)]
pub(crate) struct TagAttribute<'a> {
    pub(crate) name: QName<'a>,
    pub(crate) value: Cow<'a, str>,
    /// Where the value stands, without its quotes.
    pub(crate) place: Range<usize>,
}

/// A name whose prefix is resolved.
#[derive(Debug)]
pub(crate) struct QName<'a> {
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) prefix: Option<&'a str>,
    pub(crate) local: &'a str,
}

impl QName<'_> {
    /// Whether it is the same name of the same document, whatever the prefix. Each namespace is in memory once.
    fn is_same(&self, other: &Self) -> bool {
        let same_namespace = match (&self.namespace, &other.namespace) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        same_namespace && self.local == other.local
    }

    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace.as_deref().unwrap_or_default() == namespace
    }

    pub(crate) fn to_name(&self) -> Name {
        Name {
            namespace: self.namespace.clone(),
            local: self.local.into(),
            prefix: self.prefix.map(Into::into),
        }
    }
}

impl<'a> Tag<'a> {
    /// The attribute with this name; an empty `namespace` stands for none.
    pub(crate) fn attribute(&self, namespace: &str, local: &str) -> Option<&TagAttribute<'a>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.is(namespace, local))
    }
}

impl<'a> Reader<'a> {
    pub(super) fn start(&mut self, raw: &'a str, start: usize) -> Result<Tag<'a>, Error> {
        if self.open.is_empty() && self.root_seen {
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

        let inner = raw.strip_prefix('<').unwrap_or(raw);
        let inner = if self.end_due {
            inner.strip_suffix("/>")
        } else {
            inner.strip_suffix('>')
        };
        let mut cursor = Cursor::new(inner.unwrap_or_default(), start + 1);
        let qname = cursor.take_until(is_space);
        if chars::split_qname(qname).is_none() {
            return Err(self.malformed("an element's name", qname, start + 1));
        }
        self.open.push(qname);
        let (raw_attributes, declarations) = self.attributes(&mut cursor)?;
        self.scopes.enter();
        for (prefix, namespace) in &declarations {
            self.scopes.bind(prefix, namespace.clone());
        }

        let mut attributes: Vec<TagAttribute<'a>> = Vec::with_capacity(raw_attributes.len());
        for raw in raw_attributes {
            let name = self.resolve(raw.name, false, raw.name_offset)?;
            if attributes.iter().any(|attribute| attribute.name.is_same(&name)) {
                return Err(self.malformed("each attribute once", raw.name, raw.name_offset));
            }
            attributes.push(TagAttribute {
                name,
                value: self.attribute_value(raw.value, raw.value_offset)?,
                place: raw.value_offset..raw.value_offset + raw.value.len(),
            });
        }
        Ok(Tag {
            name: self.resolve(qname, true, start + 1)?,
            attributes,
            declarations,
            offset: start,
            content: start + raw.len(),
        })
    }

    /// Attributes apart from namespace declarations, and these.
    #[expect(clippy::type_complexity, reason = "two lists, named by the caller")]
    fn attributes(
        &mut self,
        cursor: &mut Cursor<'a>,
    ) -> Result<(Vec<RawAttribute<'a>>, Vec<(&'a str, Arc<str>)>), Error> {
        let mut attributes = Vec::new();
        let mut declarations: Vec<(&'a str, Arc<str>)> = Vec::new();
        let mut count = 0;
        while let Some(raw) = cursor.attribute().map_err(|unexpected| self.unexpected(&unexpected))? {
            // The default declaration does not count: the writer may have to add one.
            count += usize::from(raw.name != "xmlns");
            self.check_attributes(count, raw.name_offset)?;
            let prefix = match raw.name.split_once(':') {
                Some(("xmlns", prefix)) => prefix,
                _ if raw.name == "xmlns" => "",
                _ => {
                    attributes.push(raw);
                    continue;
                }
            };
            if declarations.iter().any(|(other, _)| *other == prefix) {
                return Err(self.malformed("each attribute once", raw.name, raw.name_offset));
            }
            let namespace = self.attribute_value(raw.value, raw.value_offset)?;
            self.check_declaration(prefix, &namespace, &raw)?;
            if prefix != "xml" {
                declarations.push((prefix, self.intern(&namespace, raw.value_offset)?));
            }
        }
        Ok((attributes, declarations))
    }

    /// The constraints of Namespaces in XML 1.0 section 3.
    fn check_declaration(&self, prefix: &str, namespace: &str, raw: &RawAttribute<'_>) -> Result<(), Error> {
        let expected = if raw.name != "xmlns" && !chars::is_ncname(prefix) {
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
        let found = format!("{}=\"{}\"", raw.name, raw.value);
        Err(self.malformed(expected, &found, raw.name_offset))
    }

    fn intern(&mut self, namespace: &str, offset: usize) -> Result<Arc<str>, Error> {
        if namespace.len() > self.limits.namespace_bytes {
            return Err(self.limit("bytes in a namespace", self.limits.namespace_bytes, offset));
        }
        if let Some(known) = self.namespaces.get(namespace) {
            return Ok(known.clone());
        }
        if self.namespaces.len() >= self.limits.namespaces {
            return Err(self.limit("namespaces", self.limits.namespaces, offset));
        }
        let namespace: Arc<str> = namespace.into();
        self.namespaces.insert(namespace.clone());
        Ok(namespace)
    }

    /// Resolves the prefix of an element's or an attribute's name.
    fn resolve(&self, qname: &'a str, is_element: bool, offset: usize) -> Result<QName<'a>, Error> {
        let Some((prefix, local)) = chars::split_qname(qname) else {
            return Err(self.malformed("an attribute's name", qname, offset));
        };
        let namespace = match prefix {
            None if !is_element => None,
            None => self.scopes.lookup("").map(|(_, namespace)| namespace.clone()),
            Some("xml") => Some(self.xml_namespace.clone()),
            Some(prefix) => match self.scopes.lookup(prefix) {
                Some((_, namespace)) => Some(namespace.clone()),
                None => {
                    let prefix = excerpt(prefix);
                    return Err(self.error(ErrorKind::UnboundPrefix { prefix }, offset));
                }
            },
        };
        Ok(QName {
            namespace: namespace.filter(|namespace| !namespace.is_empty()),
            prefix,
            local,
        })
    }

    /// The value of an attribute, its references resolved and its white space made spaces (XML 1.0 section 3.3.3).
    fn attribute_value(&self, raw: &'a str, offset: usize) -> Result<Cow<'a, str>, Error> {
        let special = |c: char| matches!(c, '&' | '<' | '\t' | '\n' | '\r');
        if !raw.contains(special) {
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
                    let reference = cursor.take_until(|c| c == ';');
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

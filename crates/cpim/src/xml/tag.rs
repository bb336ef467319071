//! Start tags: names, attributes and namespace declarations.

use std::borrow::Cow;

use super::{
    chars::{self, is_name_char, is_space},
    reader::{Open, Reader},
};
use crate::document_error::{DocumentError, DocumentErrorKind};

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// A start tag.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    /// Empty for none.
    pub(crate) namespace: Cow<'a, str>,
    pub(crate) local: &'a str,
    pub(crate) lang: Option<Cow<'a, str>>,
    /// The byte at which its tag begins.
    pub(crate) offset: usize,
}

impl Element<'_> {
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace == namespace
    }
}

pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: Cow<'a, str>,
    pub(super) offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn start_tag(&mut self, offset: usize) -> Result<Element<'a>, DocumentError> {
        if self.open.len() >= self.limits.document_depth {
            let limit = self.limits.document_depth;
            return Err(self.error(
                DocumentErrorKind::Limit {
                    what: "levels of nesting",
                    limit,
                },
                offset,
            ));
        }
        let name = self.scan.take_until(|c| !(is_name_char(c) || c == ':'));
        let Some((prefix, local)) = chars::split_qname(name) else {
            return Err(self.malformed("the name of an element", offset + 1));
        };
        let outer_bindings = self.bindings.len();
        let attributes = self.attributes()?;
        self.open.push(Open { name, outer_bindings });
        self.root_seen = true;
        let lang = self.resolve_attributes(attributes)?;
        let namespace = self
            .resolve(prefix)
            .ok_or_else(|| self.malformed("a declared namespace prefix", offset + 1))?;
        Ok(Element {
            namespace,
            local,
            lang,
            offset,
        })
    }

    /// The attributes of a tag, and its end.
    fn attributes(&mut self) -> Result<Vec<Attribute<'a>>, DocumentError> {
        let mut attributes = Vec::new();
        loop {
            let end = if self.scan.rest.trim_start_matches(is_space).starts_with('/') {
                "/>"
            } else {
                ">"
            };
            let Some(attribute) = self.attribute(end)? else {
                self.end_due = end == "/>";
                return Ok(attributes);
            };
            if attributes.len() >= self.limits.document_attributes {
                let limit = self.limits.document_attributes;
                return Err(self.error(
                    DocumentErrorKind::Limit {
                        what: "attributes",
                        limit,
                    },
                    attribute.offset,
                ));
            }
            attributes.push(attribute);
        }
    }

    /// The next attribute; none where the tag's end is, which is taken.
    pub(super) fn attribute(&mut self, end: &'static str) -> Result<Option<Attribute<'a>>, DocumentError> {
        let spaced = self.scan.spaces();
        if self.scan.skip(end) {
            return Ok(None);
        }
        let offset = self.scan.offset;
        if !spaced || self.scan.rest.is_empty() {
            return Err(self.malformed("an attribute after white space, or the end of the tag", offset));
        }
        let name = self.scan.take_until(|c| !(is_name_char(c) || c == ':'));
        if chars::split_qname(name).is_none() {
            return Err(self.malformed("the name of an attribute", offset));
        }
        self.scan.spaces();
        let equals = self.scan.skip("=");
        self.scan.spaces();
        let quote = match self.scan.rest.chars().next() {
            Some(quote @ ('"' | '\'')) if equals => quote,
            _ => return Err(self.malformed("`=` and a value in quotes", self.scan.offset)),
        };
        self.scan.take(1);
        let value = self.attribute_value(quote)?;
        Ok(Some(Attribute { name, value, offset }))
    }

    /// A value to its closing quote; references are resolved, and white space is spaces (XML 1.0 section 3.3.3).
    fn attribute_value(&mut self, quote: char) -> Result<Cow<'a, str>, DocumentError> {
        let special = |c: char| c == quote || matches!(c, '<' | '&' | '\t' | '\r' | '\n');
        let mut value = Cow::Borrowed(self.scan.take_until(special));
        loop {
            let offset = self.scan.offset;
            let Some(c) = self.scan.rest.chars().next() else {
                return Err(self.malformed("a closing quote", offset));
            };
            if c == '<' {
                return Err(self.malformed("`&lt;` in the value of an attribute", offset));
            }
            if !self.scan.skip("\r\n") {
                self.scan.take(1);
            }
            match c {
                '&' => value.to_mut().push(self.reference(offset)?),
                c if is_space(c) => value.to_mut().push(' '),
                _ => return Ok(value),
            }
            let plain = self.scan.take_until(special);
            value.to_mut().push_str(plain);
        }
    }

    /// Binds what is declared, and checks that no attribute stands twice. Gives `xml:lang`.
    fn resolve_attributes(&mut self, attributes: Vec<Attribute<'a>>) -> Result<Option<Cow<'a, str>>, DocumentError> {
        let mut others = Vec::new();
        let outer = self.open.last().map_or(0, |open| open.outer_bindings);
        for attribute in attributes {
            let (prefix, local) = chars::split_qname(attribute.name).unwrap_or_default();
            let declared = match (prefix, local) {
                ("", "xmlns") => "",
                ("xmlns", declared) => declared,
                _ => {
                    others.push((prefix, local, attribute));
                    continue;
                }
            };
            let reserved = declared == "xmlns"
                || attribute.value == XMLNS
                || (declared == "xml") != (attribute.value == XML)
                || (attribute.value.is_empty() && !declared.is_empty());
            if reserved {
                return Err(self.malformed("a namespace that can be declared", attribute.offset));
            }
            if self.bindings.iter().skip(outer).any(|(prefix, _)| *prefix == declared) {
                return Err(self.malformed("each attribute once", attribute.offset));
            }
            if attribute.value.len() > self.limits.namespace {
                let (what, limit) = ("bytes in a namespace", self.limits.namespace);
                return Err(self.error(DocumentErrorKind::Limit { what, limit }, attribute.offset));
            }
            if self.bindings.len() >= self.limits.document_namespaces {
                let limit = self.limits.document_namespaces;
                return Err(self.error(
                    DocumentErrorKind::Limit {
                        what: "namespaces",
                        limit,
                    },
                    attribute.offset,
                ));
            }
            self.bindings.push((declared, attribute.value));
        }
        let mut seen: Vec<(Cow<'a, str>, &str)> = Vec::with_capacity(others.len());
        let mut lang = None;
        for (prefix, local, attribute) in others {
            // The default namespace is not that of attributes.
            let namespace = if prefix.is_empty() {
                Some(Cow::Borrowed(""))
            } else {
                self.resolve(prefix)
            };
            let namespace = namespace.ok_or_else(|| self.malformed("a declared namespace prefix", attribute.offset))?;
            if seen.iter().any(|(other, name)| *name == local && *other == namespace) {
                return Err(self.malformed("each attribute once", attribute.offset));
            }
            if namespace == XML && local == "lang" {
                lang = Some(attribute.value);
            }
            seen.push((namespace, local));
        }
        Ok(lang)
    }

    fn resolve(&self, prefix: &str) -> Option<Cow<'a, str>> {
        if prefix == "xml" {
            return Some(Cow::Borrowed(XML));
        }
        let bound = self.bindings.iter().rev().find(|(bound, _)| *bound == prefix);
        match bound {
            Some((_, namespace)) => Some(namespace.clone()),
            None => prefix.is_empty().then_some(Cow::Borrowed("")),
        }
    }
}

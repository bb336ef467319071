//! Start tags: names, attributes and namespace declarations.

use std::borrow::Cow;

use quick_xml::{
    XmlVersion,
    escape::{EscapeError, resolve_xml_entity},
    events::attributes::{AttrError, Attribute as Token, Attributes},
};

use super::{
    chars::{self, is_space},
    reader::{Open, REFERENCE, Reader},
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

/// What stands between `<` and the end of a tag.
pub(super) fn inside<'a>(raw: &'a str, end: &str) -> &'a str {
    let content = raw.strip_prefix('<').and_then(|raw| raw.strip_suffix(end));
    content.unwrap_or_default()
}

impl<'a> Reader<'a> {
    /// The tag that begins at `offset` and has this content.
    pub(super) fn start_tag(&mut self, content: &'a str, offset: usize) -> Result<Element<'a>, DocumentError> {
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
        let name = content.split(is_space).next().unwrap_or_default();
        let Some((prefix, local)) = chars::split_qname(name) else {
            return Err(self.malformed("the name of an element", offset + 1));
        };
        let outer_bindings = self.bindings.len();
        let attributes = self.attributes(content, offset + "<".len())?;
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

    /// The attributes of a tag or a declaration, whose content, a name first, begins at `offset`.
    pub(super) fn attributes(&self, content: &'a str, offset: usize) -> Result<Vec<Attribute<'a>>, DocumentError> {
        // Pieces of the content are told, so their addresses tell their places in it.
        let place_of = |piece: &str| offset + piece.as_ptr().addr().saturating_sub(content.as_ptr().addr());
        let name = content.split(is_space).next().unwrap_or_default();
        let mut tokens = Attributes::new(content, name.len());
        tokens.with_checks(false);
        let mut attributes = Vec::new();
        for token in tokens {
            let token = token.map_err(|error| self.attribute_error(&error, offset))?;
            let name = token.key.into_inner();
            let at = place_of(name);
            if !content
                .get(..at - offset)
                .is_some_and(|before| before.ends_with(is_space))
            {
                return Err(self.malformed("an attribute after white space, or the end of the tag", at));
            }
            if chars::split_qname(name).is_none() {
                return Err(self.malformed("the name of an attribute", at));
            }
            if attributes.len() >= self.limits.document_attributes {
                let (what, limit) = ("attributes", self.limits.document_attributes);
                return Err(self.error(DocumentErrorKind::Limit { what, limit }, at));
            }
            let value_at = place_of(&token.value);
            attributes.push(Attribute {
                name,
                value: self.value(&token, value_at)?,
                offset: at,
            });
        }
        Ok(attributes)
    }

    /// The value of an attribute: references are resolved, and white space is spaces (XML 1.0 section 3.3.3).
    fn value(&self, token: &Token<'a>, offset: usize) -> Result<Cow<'a, str>, DocumentError> {
        if let Some(at) = token.value.find('<') {
            return Err(self.malformed("`&lt;` in the value of an attribute", offset + at));
        }
        let value = token.normalized_value_with(XmlVersion::Implicit1_0, 1, resolve_xml_entity);
        let value = value.map_err(|error| match error {
            quick_xml::Error::Escape(EscapeError::UnterminatedEntity(range)) => {
                self.unterminated_reference(offset + range.start)
            }
            quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(range, name)) => {
                self.unknown_reference(&name, offset + range.start - "&".len())
            }
            _ => self.malformed(REFERENCE, offset),
        })?;
        // The literal ones were checked, so one that is not allowed comes from a reference.
        match chars::find_illegal(&value) {
            None => Ok(value),
            Some(_) => Err(self.malformed(REFERENCE, offset)),
        }
    }

    fn attribute_error(&self, error: &AttrError, offset: usize) -> DocumentError {
        match error {
            AttrError::ExpectedEq(at) | AttrError::ExpectedValue(at) | AttrError::UnquotedValue(at) => {
                self.malformed("`=` and a value in quotes", offset + at)
            }
            AttrError::ExpectedQuote(at, _) => self.malformed("a closing quote", offset + at),
            AttrError::Duplicated(at, _) => self.malformed("each attribute once", offset + at),
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

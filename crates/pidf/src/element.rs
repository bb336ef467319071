use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::xml::{XML_NAMESPACE, XMLNS_NAMESPACE, chars};
use crate::{Format, InvalidValue};

/// An XML element that this crate does not interpret: an extension of a presence document, or a part of one.
///
/// Names carry their namespace, not just a prefix, so an element means the same wherever it is put; the writer declares
/// what is needed. Prefixes and declarations of the source are kept as hints, because values such as that of `xsi:type`
/// may rely on them, and do not count when elements are compared.
///
/// ```
/// # use pidf::{Basic, Document, Element, Format};
/// const RPID: &str = "urn:ietf:params:xml:ns:pidf:rpid";
/// let activities = Element::new(RPID, "activities")?
///     .with_prefix("rpid")?
///     .with_child(Element::new(RPID, "on-the-phone")?);
/// let person = Element::new("urn:ietf:params:xml:ns:pidf:data-model", "person")?
///     .with_prefix("dm")?
///     .with_attribute("id", "p1")?
///     .with_child(activities);
/// let document = Document::new("pres:alice@example.test")?.with_extension(person)?;
/// assert!(document.write(Format::Pidf).contains(
///     r#"<dm:person id="p1"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person>"#
/// ));
/// # Ok::<(), pidf::InvalidValue>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Element {
    pub(crate) name: Name,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Node>,
    /// The namespace declarations that stood on the element.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) declarations: Vec<Declaration>,
    /// Declarations of elements around it whose prefixes its values seem to use.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) context: Vec<Declaration>,
}

impl Element {
    /// An empty element; an empty `namespace` stands for none.
    ///
    /// # Errors
    ///
    /// See [`Name::new`].
    pub fn new(namespace: &str, local: &str) -> Result<Self, InvalidValue> {
        Name::new(namespace, local).map(Self::from_name)
    }

    pub(crate) fn from_name(name: Name) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            children: Vec::new(),
            declarations: Vec::new(),
            context: Vec::new(),
        }
    }

    /// Suggests a prefix for the element's name. Without one the writer makes one up.
    ///
    /// # Errors
    ///
    /// Not a prefix, or one that begins with `xml`, which XML reserves.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, InvalidValue> {
        if !chars::is_ncname(prefix) || chars::is_reserved(prefix) {
            return Err(InvalidValue::new(
                "the prefix",
                "a name without a colon that does not begin with `xml`",
                prefix,
            ));
        }
        self.name.prefix = Some(prefix.into());
        Ok(self)
    }

    /// Sets an attribute in no namespace.
    ///
    /// # Errors
    ///
    /// The name is no attribute name, or the value has a character that XML does not allow.
    pub fn with_attribute(self, local: &str, value: impl Into<String>) -> Result<Self, InvalidValue> {
        self.with_qualified_attribute(Name::new("", local)?, value)
    }

    /// Sets an attribute.
    ///
    /// # Errors
    ///
    /// The name is `xmlns`, or the value has a character that XML does not allow.
    pub fn with_qualified_attribute(mut self, name: Name, value: impl Into<String>) -> Result<Self, InvalidValue> {
        let value = value.into();
        if name.namespace.is_none() && &*name.local == "xmlns" {
            return Err(InvalidValue::new(
                "the attribute",
                "no namespace declaration",
                &name.local,
            ));
        }
        chars::check_text("the attribute", &value)?;
        self.attributes.retain(|attribute| attribute.name != name);
        self.attributes.push(Attribute { name, value });
        Ok(self)
    }

    /// Adds a child element at the end.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Adds text at the end.
    ///
    /// # Errors
    ///
    /// A character that XML does not allow.
    pub fn with_text(mut self, text: &str) -> Result<Self, InvalidValue> {
        chars::check_text("the text", text)?;
        self.push_text(text);
        Ok(self)
    }

    /// Adds text that is known to be legal, to the text before it if there is some.
    pub(crate) fn push_text(&mut self, text: &str) {
        match self.children.last_mut() {
            _ if text.is_empty() => {}
            Some(Node::Text(before)) => before.push_str(text),
            _ => self.children.push(Node::Text(text.to_owned())),
        }
    }

    /// The name.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Whether the element has this name; an empty `namespace` stands for none.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.is(namespace, local)
    }

    /// The attributes, in order, without namespace declarations.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The value of an attribute in no namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name.is("", local))?;
        Some(&attribute.value)
    }

    /// Child elements and text, in order. Comments and processing instructions are not kept.
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The child elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The element's own text, without that of its children.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|node| match node {
            Node::Element(_) => None,
            Node::Text(text) => Some(text.as_str()),
        });
        let first = texts.next().unwrap_or_default();
        texts.fold(Cow::Borrowed(first), |text, more| text + more)
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.attributes == other.attributes && self.children == other.children
    }
}

impl Eq for Element {}

/// What an [`Element`] contains.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
#[non_exhaustive]
pub enum Node {
    /// A child element.
    Element(Element),
    /// Text, references and CDATA sections resolved. Never empty, never beside other text.
    Text(String),
}

/// An attribute of an [`Element`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Attribute {
    pub(crate) name: Name,
    pub(crate) value: String,
}

impl Attribute {
    /// The name. Attributes without a prefix are in no namespace.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The value, references resolved.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The name of an element or an attribute: a namespace, if it is in one, and a local name.
///
/// It is written `{namespace}local`, here and in JSON.
#[derive(Debug, Clone)]
pub struct Name {
    pub(crate) namespace: Option<Arc<str>>,
    pub(crate) local: Box<str>,
    /// The prefix that the source used, a hint for the writer.
    pub(crate) prefix: Option<Box<str>>,
}

impl Name {
    /// A name; an empty `namespace` stands for none.
    ///
    /// # Errors
    ///
    /// The local name is no XML name without a colon, or the namespace has a character that XML does not allow or is
    /// the one that XML keeps for declarations.
    pub fn new(namespace: &str, local: &str) -> Result<Self, InvalidValue> {
        if !chars::is_ncname(local) {
            return Err(InvalidValue::new("the name", "an XML name without a colon", local));
        }
        if namespace == XMLNS_NAMESPACE {
            return Err(InvalidValue::new("the namespace", "none that XML reserves", namespace));
        }
        chars::check_text("the namespace", namespace)?;
        Ok(Self {
            namespace: (!namespace.is_empty()).then(|| namespace.into()),
            local: local.into(),
            prefix: None,
        })
    }

    /// The namespace; `None` for a name in none.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name without its namespace.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Whether it is this name; an empty `namespace` stands for none.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace().unwrap_or_default() == namespace && &*self.local == local
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.local == other.local && self.namespace == other.namespace
    }
}

impl Eq for Name {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{{{namespace}}}{}", self.local),
            None => f.write_str(&self.local),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A namespace declaration. An empty prefix is the default namespace, an empty namespace none.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) prefix: Box<str>,
    pub(crate) namespace: Arc<str>,
}

/// Whether the schema of RFC 3863 has a place for this element: `##other`, any namespace but PIDF's own and none.
pub(crate) fn check_extension(element: &Element) -> Result<(), InvalidValue> {
    match element.name.namespace() {
        Some(namespace) if namespace != XML_NAMESPACE && Format::from_namespace(namespace).is_none() => Ok(()),
        _ => Err(InvalidValue::new(
            "the extension",
            "an element in a namespace of its own",
            &element.name.to_string(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_checked() {
        assert!(Name::new("urn:x", "a b").is_err());
        assert!(Name::new("urn:x", "a:b").is_err());
        assert!(Name::new("urn:\0", "a").is_err());
        assert!(Name::new(XMLNS_NAMESPACE, "a").is_err());
        let element = || Element::new("urn:x", "a").unwrap();
        assert!(element().with_prefix("xmlfoo").is_err());
        assert!(element().with_prefix("").is_err());
        assert!(element().with_attribute("xmlns", "urn:y").is_err());
        assert!(element().with_attribute("a", "\u{8}").is_err());
        assert!(element().with_text("\u{FFFF}").is_err());
    }

    #[test]
    fn text_and_attributes_merge() {
        let element = Element::new("urn:x", "a")
            .unwrap()
            .with_text("one ")
            .unwrap()
            .with_text("")
            .unwrap()
            .with_text("two")
            .unwrap()
            .with_child(Element::new("", "b").unwrap())
            .with_text("three")
            .unwrap()
            .with_attribute("k", "1")
            .unwrap()
            .with_attribute("k", "2")
            .unwrap();
        assert_eq!(element.children().len(), 3);
        assert_eq!(element.text(), "one twothree");
        assert_eq!(element.attributes().len(), 1);
        assert_eq!(element.attribute("k"), Some("2"));
        assert_eq!(element.elements().count(), 1);
        assert_eq!(element.name().to_string(), "{urn:x}a");
    }

    #[test]
    fn prefixes_do_not_count() {
        let plain = Element::new("urn:x", "a").unwrap();
        assert_eq!(plain.clone().with_prefix("p").unwrap(), plain);
        assert_ne!(Element::new("urn:y", "a").unwrap(), plain);
    }
}

mod edit;
mod name;
mod node;
mod nodes;
mod prefixes;
mod read;
mod write;

use std::borrow::Cow;
use std::fmt;

use crate::value::boolean;
use crate::xml::{XML_NAMESPACE, chars};
use crate::{Error, Format, InvalidValue, Limits};

pub use name::Name;
pub use node::{Attribute, Node};

pub(crate) use name::Declaration;
pub(crate) use nodes::Nodes;
pub(crate) use prefixes::Prefixes;
pub(crate) use read::{element, read_whole};
pub(crate) use write::{Writer, XML_DECLARATION, fragment, quote};

/// An XML element with all that is in it: an extension of a presence document, a part of one, or a document of any kind.
///
/// Names carry their namespace, not just a prefix, so an element means the same wherever it is put; the writer declares
/// what is needed. Prefixes and declarations of the source are kept as hints, because values such as that of `xsi:type`
/// may rely on them, and do not count when elements are compared, nor does the place in the source.
///
/// What is read and written is the same in canonical XML, comments included, and so are white space and processing
/// instructions.
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
#[derive(Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Element {
    pub(crate) name: Name,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Nodes,
    /// The namespace declarations that stood on the element.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) declarations: Vec<Declaration>,
    /// Declarations of elements around it whose prefixes its values seem to use.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) context: Vec<Declaration>,
    /// Where it began in the document that it was read from.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) offset: Option<u32>,
    /// Comments and processing instructions before and after a root.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) outside: Option<Box<Outside>>,
}

/// What stands around the root element of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Outside {
    pub(crate) before: Vec<Node>,
    pub(crate) after: Vec<Node>,
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
            children: Nodes::default(),
            declarations: Vec::new(),
            context: Vec::new(),
            offset: None,
            outside: None,
        }
    }

    /// Reads a document of any kind: its root element, and the comments and processing instructions around it.
    ///
    /// The bounds on presence documents hold, see [`Limits`], and so does what is refused: document type declarations,
    /// other encodings than UTF-8.
    ///
    /// ```
    /// # use pidf::{Element, Limits};
    /// let source = "<?pi?><p:a xmlns:p='urn:x' k='1'> <!-- c --> <p:b/></p:a>";
    /// let root = Element::parse(source.as_bytes(), &Limits::default())?;
    /// assert!(root.is("urn:x", "a"));
    /// assert!(root.write().contains(r#"<p:a xmlns:p="urn:x" k="1"> <!-- c --> <p:b/></p:a>"#));
    /// # Ok::<(), pidf::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Not well-formed XML, or beyond a limit.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        read_whole(document, limits)
    }

    /// Writes the element as a document of its own, with an XML declaration.
    ///
    /// The namespace of a root that was built without a prefix becomes the default.
    pub fn write(&self) -> String {
        write::whole(self)
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
        let attribute = Attribute::new(name, value)?;
        self.attributes.retain(|old| old.name != attribute.name);
        self.attributes.push(attribute);
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
        self.push_text(text.into());
        Ok(self)
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

    /// The value of an attribute in a namespace; an empty `namespace` stands for none.
    pub fn qualified_attribute(&self, namespace: &str, local: &str) -> Option<&str> {
        let attribute = self
            .attributes
            .iter()
            .find(|attribute| attribute.name.is(namespace, local))?;
        Some(&attribute.value)
    }

    /// Whether the element is one that must be understood (RFC 3863 section 4.2.3): who does not know it has to pass over
    /// the extension that it is part of. The attribute `mustUnderstand`, in the namespace of either [`Format`], says so.
    ///
    /// ```
    /// # use pidf::{Element, Format, Name};
    /// let name = Name::new(Format::Pidf.namespace(), "mustUnderstand")?;
    /// let element = Element::new("urn:example:my-status", "location")?.with_qualified_attribute(name, "1")?;
    /// assert!(element.must_be_understood());
    /// # Ok::<(), pidf::InvalidValue>(())
    /// ```
    pub fn must_be_understood(&self) -> bool {
        [Format::Pidf, Format::CpimPidf].into_iter().any(|format| {
            let value = self.qualified_attribute(format.namespace(), "mustUnderstand");
            value.is_some_and(|value| boolean("mustUnderstand", chars::trim(value)) == Ok(true))
        })
    }

    /// The namespace declarations that stand on the element: prefix, empty for the default, and namespace, empty for
    /// none. Those around it that only its names use are not among them.
    pub fn declarations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declarations
            .iter()
            .chain(&self.context)
            .map(|declaration| (&*declaration.prefix, &*declaration.namespace))
    }

    /// Where the element began in the document that it was read from, in bytes; [`Position::of`](crate::Position::of)
    /// makes line and column of it. `None` for one that was built.
    pub fn offset(&self) -> Option<usize> {
        self.offset.and_then(|offset| usize::try_from(offset).ok())
    }

    /// What the element contains, in order.
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The child elements, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first child element with this name; an empty `namespace` stands for none.
    pub fn find(&self, namespace: &str, local: &str) -> Option<&Self> {
        self.elements().find(|element| element.is(namespace, local))
    }

    /// The element's own text, without that of its children.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let first = texts.next().unwrap_or_default();
        texts.fold(Cow::Borrowed(first), |text, more| text + more)
    }
}

impl Element {
    /// Whether both begin the same, whatever they contain.
    fn has_same_tag(&self, other: &Self) -> bool {
        self.name == other.name && self.attributes == other.attributes
    }

    /// A copy with other content.
    fn clone_with(&self, children: Nodes) -> Self {
        Self {
            name: self.name.clone(),
            attributes: self.attributes.clone(),
            children,
            declarations: self.declarations.clone(),
            context: self.context.clone(),
            offset: self.offset,
            outside: self.outside.clone(),
        }
    }
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        self.has_same_tag(other) && self.children == other.children
    }
}

impl fmt::Debug for Element {
    /// As XML, which says the same in less space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Element")
            .field(&format_args!("{}", fragment(self, &[])))
            .finish()
    }
}

impl Eq for Element {}

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
    use crate::xml::XMLNS_NAMESPACE;

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
    fn what_must_be_understood() {
        let source = "<a xmlns:p='urn:ietf:params:xml:ns:pidf' xmlns:d='urn:ietf:params:xml:ns:cpim-pidf'>
            <b p:mustUnderstand='1'/><b p:mustUnderstand=' true '/><b d:mustUnderstand='1'/>
            <b p:mustUnderstand='0'/><b mustUnderstand='1'/><b p:mustUnderstand='yes'/><b/></a>";
        let root = Element::parse(source.as_bytes(), &Limits::default()).unwrap();
        let must: Vec<_> = root.elements().map(Element::must_be_understood).collect();
        assert_eq!(must, [true, true, true, false, false, false, false]);
    }

    #[test]
    fn prefixes_do_not_count() {
        let plain = Element::new("urn:x", "a").unwrap();
        assert_eq!(plain.clone().with_prefix("p").unwrap(), plain);
        assert_ne!(Element::new("urn:y", "a").unwrap(), plain);
    }
}

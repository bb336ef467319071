//! Elements with their places, for the readers of the document types other than presence.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::element::{Attribute, Declaration};
use crate::error::excerpt;
use crate::xml::XML_NAMESPACE;
use crate::xml::chars::{self, is_space};
use crate::{Element, Error, ErrorKind, InvalidValue, Limits, Node};

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    document: &'t [u8],
    /// One for each element, in the order of their start tags.
    places: Vec<Place<'t>>,
    /// The declarations of each prefix, in the same order.
    bindings: BTreeMap<&'t str, Vec<Binding<'t>>>,
    /// Bytes of declarations that elements took with them when they were detached, and how many these may be.
    copied: Cell<usize>,
    limit: usize,
}

/// A declaration of a prefix.
#[derive(Debug)]
struct Binding<'t> {
    declaration: &'t Declaration,
    /// The index of the element that it stands on.
    place: usize,
    /// The index, among those of the prefix, of the one that holds around this element.
    around: Option<usize>,
}

/// Where an element stands.
#[derive(Debug)]
struct Place<'t> {
    element: &'t Element,
    /// The index of the first element behind this one that is not inside it.
    next: usize,
    /// The index of the element around it; that of the root is its own.
    parent: usize,
    /// The language in force, its own or that around it.
    lang: Option<&'t str>,
}

impl<'t> Tree<'t> {
    /// The tree of a document and the element that it was read as.
    pub(crate) fn new(document: &'t [u8], root: &'t Element, limits: &Limits) -> Self {
        let mut tree = Self {
            document,
            places: Vec::new(),
            bindings: BTreeMap::new(),
            copied: Cell::new(0),
            limit: limits.bytes,
        };
        tree.add(root, 0);
        tree
    }

    fn add(&mut self, element: &'t Element, parent: usize) {
        let index = self.places.len();
        let lang = match element.qualified_attribute(XML_NAMESPACE, "lang") {
            Some(own) => Some(own.trim_matches(is_space)).filter(|own| !own.is_empty()),
            None => self.places.get(parent).and_then(|around| around.lang),
        };
        self.places.push(Place {
            element,
            next: usize::MAX,
            parent,
            lang,
        });
        for declaration in &element.declarations {
            let around = self.binding(&declaration.prefix, parent);
            self.bindings.entry(&declaration.prefix).or_default().push(Binding {
                declaration,
                place: index,
                around,
            });
        }
        for child in element.elements() {
            self.add(child, index);
        }
        let next = self.places.len();
        if let Some(place) = self.places.get_mut(index) {
            place.next = next;
        }
    }

    /// The index of the declaration of a prefix that holds in the element with an index.
    fn binding(&self, prefix: &str, index: usize) -> Option<usize> {
        let bindings = self.bindings.get(prefix)?;
        let mut found = bindings
            .partition_point(|binding| binding.place <= index)
            .checked_sub(1);
        // The last before it may stand on an element that has ended; those around that one are no more than levels.
        while let Some(binding) = found.and_then(|found| bindings.get(found)) {
            if self.place(binding.place).next > index {
                break;
            }
            found = binding.around;
        }
        found
    }

    /// What a prefix is bound to in the element with an index.
    fn declaration(&self, prefix: &str, index: usize) -> Option<&'t Declaration> {
        let found = self.binding(prefix, index)?;
        self.bindings.get(prefix)?.get(found).map(|binding| binding.declaration)
    }

    /// The root element, which has to have this name.
    pub(crate) fn root(&'t self, namespace: &str, local: &str) -> Result<At<'t>, Error> {
        let root = self.any_root();
        if !root.is(namespace, local) {
            let found = root.element().name().to_string();
            return Err(root.unexpected(format!("the root {{{namespace}}}{local}"), &found));
        }
        Ok(root)
    }

    /// The root element.
    pub(crate) fn any_root(&'t self) -> At<'t> {
        At { tree: self, index: 0 }
    }

    fn place(&self, index: usize) -> &Place<'t> {
        self.places
            .get(index)
            .expect("every index is that of an element of the tree")
    }
}

/// An element of a [`Tree`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'t> {
    tree: &'t Tree<'t>,
    index: usize,
}

impl<'t> At<'t> {
    pub(crate) fn element(self) -> &'t Element {
        self.tree.place(self.index).element
    }

    pub(crate) fn is(self, namespace: &str, local: &str) -> bool {
        self.element().is(namespace, local)
    }

    pub(crate) fn namespace(self) -> &'t str {
        self.element().name().namespace().unwrap_or_default()
    }

    pub(crate) fn local(self) -> &'t str {
        self.element().name().local()
    }

    /// The child elements, in order.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        let mut index = self.index + 1;
        self.element().elements().map(move |_| {
            let child = Self { index, ..self };
            index = self.tree.place(index).next;
            child
        })
    }

    /// The child elements in a namespace.
    pub(crate) fn children_in(self, namespace: &'static str) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.namespace() == namespace)
    }

    /// The element's own text, white space around it included.
    pub(crate) fn raw_text(self) -> Cow<'t, str> {
        self.element().text()
    }

    /// The element's own text, without the white space around it.
    pub(crate) fn text(self) -> String {
        self.element().text().trim_matches(is_space).to_owned()
    }

    /// An attribute in no namespace, as it stands.
    pub(crate) fn raw_attribute(self, local: &str) -> Option<&'t str> {
        self.element().attribute(local)
    }

    /// An attribute in a namespace, without the white space around it.
    pub(crate) fn attribute_in(self, namespace: &str, local: &str) -> Option<&'t str> {
        let attribute = self.element().attributes().iter();
        let attribute = attribute
            .into_iter()
            .find(|attribute| attribute.name().is(namespace, local))?;
        Some(attribute.value().trim_matches(is_space))
    }

    /// An attribute in no namespace, without the white space around it.
    pub(crate) fn attribute(self, local: &str) -> Option<&'t str> {
        self.attribute_in("", local)
    }

    /// An attribute that has to be there.
    pub(crate) fn required(self, local: &'static str) -> Result<&'t str, Error> {
        self.attribute(local).ok_or_else(|| self.missing_attribute(local))
    }

    pub(crate) fn missing_attribute(self, local: &str) -> Error {
        self.unexpected(format!("the attribute `{local}` on <{}>", self.local()), "none")
    }

    /// A value that the element has.
    pub(crate) fn value<T>(self, value: Result<T, InvalidValue>) -> Result<T, Error> {
        value.map_err(|error| self.error(ErrorKind::Value(error)))
    }

    /// The language in force, its own or that around it.
    pub(crate) fn lang(self) -> Option<&'t str> {
        self.tree.place(self.index).lang
    }

    fn parent(self) -> Option<Self> {
        let index = self.tree.place(self.index).parent;
        (index != self.index).then_some(Self { index, ..self })
    }

    /// An error at this element.
    pub(crate) fn unexpected(self, expected: impl Into<Cow<'static, str>>, found: &str) -> Error {
        let kind = ErrorKind::Unexpected {
            expected: expected.into(),
            found: excerpt(found),
        };
        self.error(kind)
    }

    /// The error for an element that has no place where it stands.
    pub(crate) fn misplaced(self, expected: &'static str) -> Error {
        self.unexpected(expected, &format!("<{}>", self.local()))
    }

    fn error(self, kind: ErrorKind) -> Error {
        Error::new(kind, self.tree.document, self.element().offset().unwrap_or_default())
    }

    /// What the element contains, its elements by themselves.
    pub(crate) fn nodes(self) -> Result<Vec<Node>, Error> {
        let mut elements = self.children();
        let nodes = self.element().children().iter();
        nodes
            .map(|node| match node {
                Node::Element(element) => match elements.next() {
                    Some(child) => child.detach().map(Node::Element),
                    None => Ok(Node::Element(element.clone())),
                },
                other => Ok(other.clone()),
            })
            .collect()
    }

    /// What a prefix is bound to here, the empty one being the default namespace.
    pub(crate) fn namespace_of(self, prefix: &str) -> Option<String> {
        let declaration = self.tree.declaration(prefix, self.index)?;
        Some(declaration.namespace.to_string())
    }

    /// The element by itself, with the declarations around it whose prefixes its values seem to use.
    pub(crate) fn detach(self) -> Result<Element, Error> {
        let mut element = self.element().clone();
        let mut context = Vec::new();
        // What it declares itself it does not take from around it.
        let own = self.element().declarations.iter();
        let mut seen = own.map(|declaration| &*declaration.prefix).collect();
        self.mention(self.element(), &mut seen, &mut context);
        let bytes = context.iter().map(|known| known.prefix.len() + known.namespace.len());
        let copied = self.tree.copied.get().saturating_add(bytes.sum());
        self.tree.copied.set(copied);
        if copied > self.tree.limit {
            let kind = ErrorKind::Limit {
                what: "bytes of inherited namespace declarations",
                limit: self.tree.limit,
            };
            return Err(self.error(kind));
        }
        element.context = context;
        Ok(element)
    }

    fn mention(self, element: &'t Element, seen: &mut BTreeSet<&'t str>, context: &mut Vec<Declaration>) {
        let texts = element.children().iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let values = element.attributes().iter().map(Attribute::value).chain(texts);
        for prefix in values.flat_map(prefixes) {
            let around = self.parent().filter(|_| seen.insert(prefix));
            let declaration = around.and_then(|around| self.tree.declaration(prefix, around.index));
            context.extend(declaration.cloned());
        }
        for child in element.elements() {
            self.mention(child, seen, context);
        }
    }
}

/// What may be prefixes of qualified names in a value.
fn prefixes(value: &str) -> impl Iterator<Item = &str> {
    value.match_indices(':').filter_map(|(colon, _)| {
        let before = value.get(..colon).unwrap_or_default();
        let start = before.rfind(|c| !chars::is_name_char(c)).map_or(0, |last| {
            last + before
                .get(last..)
                .and_then(|tail| tail.chars().next())
                .map_or(0, char::len_utf8)
        });
        before.get(start..).filter(|prefix| chars::is_ncname(prefix))
    })
}

/// An error without its offset, which says no more than line and column.
#[cfg(test)]
pub(crate) fn without_bytes(error: &Error) -> String {
    let position = error.position();
    format!("line {}, column {}: {}", position.line, position.column, error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_mean_what_the_innermost_element_says() {
        let document =
            "<r xmlns:p='1' xmlns:q='q'><a xmlns:p='2'><b xmlns:p='3'/><c/></a><d/><e xmlns:p='4'><f/></e></r>";
        let root = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        let tree = Tree::new(document.as_bytes(), &root, &Limits::default());
        let bound = |index, prefix| At { tree: &tree, index }.namespace_of(prefix);
        let expected = ["1", "2", "3", "2", "1", "4", "4"];
        for (index, expected) in expected.into_iter().enumerate() {
            assert_eq!(bound(index, "p").as_deref(), Some(expected), "element {index}");
            assert_eq!(bound(index, "q").as_deref(), Some("q"));
            assert_eq!(bound(index, "x"), None);
        }
    }

    #[test]
    fn an_element_takes_the_prefixes_of_its_values_with_it() {
        let document =
            "<r xmlns:p='1' xmlns:q='2' xmlns:s='3'><x:a xmlns:x='x' k='p:b x:c :d'>q:e<f>no:g</f></x:a></r>";
        let root = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        let tree = Tree::new(document.as_bytes(), &root, &Limits::default());
        let detached = tree.any_root().children().next().unwrap().detach().unwrap();
        let prefixes: Vec<_> = detached
            .context
            .iter()
            .map(|declaration| &*declaration.prefix)
            .collect();
        assert_eq!(prefixes, ["p", "q"]);
    }

    #[test]
    fn a_language_holds_until_another_is_told() {
        let document = "<r><a xml:lang=' de '><b><c/></b><d xml:lang=''><e/></d><f xml:lang='en'/></a><g/></r>";
        let root = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        let tree = Tree::new(document.as_bytes(), &root, &Limits::default());
        let languages: Vec<_> = (0..8).map(|index| At { tree: &tree, index }.lang()).collect();
        let de = Some("de");
        assert_eq!(languages, [None, de, de, de, None, None, Some("en"), None]);
    }

    #[test]
    fn an_element_takes_no_prefix_with_it_that_it_declares() {
        let document = "<r xmlns:p='1' xmlns:q='2'><x:a xmlns:x='x' xmlns:p='3'>p:a<f>p:b q:c</f></x:a></r>";
        let root = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        let tree = Tree::new(document.as_bytes(), &root, &Limits::default());
        let detached = tree.any_root().children().next().unwrap().detach().unwrap();
        let declared: Vec<_> = detached.declarations().collect();
        assert_eq!(declared, [("x", "x"), ("p", "3"), ("q", "2")]);
        let read = Element::parse(detached.write().as_bytes(), &Limits::default());
        assert_eq!(read.unwrap(), detached);
    }

    #[test]
    fn what_is_taken_along_is_bounded() {
        let limits = Limits::default();
        let namespace = "n".repeat(1_000);
        let document = format!("<r xmlns:p='{namespace}'>{}</r>", "<a k='p:'/>".repeat(2_000));
        let root = Element::parse(document.as_bytes(), &limits).unwrap();
        let tree = Tree::new(document.as_bytes(), &root, &limits);
        let detached: Result<Vec<_>, _> = tree.any_root().children().map(At::detach).collect();
        assert!(matches!(detached.unwrap_err().kind(), ErrorKind::Limit { .. }));
    }
}

//! Changes to an [`Element`] that is there, for what edits documents.

use super::{Attribute, Declaration, Element, Name, Node};
use crate::InvalidValue;
use crate::xml::{XML_NAMESPACE, XMLNS_NAMESPACE, chars};

impl Element {
    /// Sets an attribute; one with the same name keeps its place.
    ///
    /// # Errors
    ///
    /// See [`Attribute::new`].
    pub fn set_attribute(&mut self, name: Name, value: impl Into<String>) -> Result<(), InvalidValue> {
        let attribute = Attribute::new(name, value)?;
        match self.attributes.iter_mut().find(|old| old.name == attribute.name) {
            Some(old) => old.value = attribute.value,
            None => self.attributes.push(attribute),
        }
        Ok(())
    }

    /// Takes out an attribute; an empty `namespace` stands for none.
    pub fn remove_attribute(&mut self, namespace: &str, local: &str) -> Option<Attribute> {
        let index = self
            .attributes
            .iter()
            .position(|attribute| attribute.name.is(namespace, local))?;
        Some(self.attributes.remove(index))
    }

    /// Declares a prefix, empty for the default namespace, on this element; an empty `namespace` takes a default away.
    ///
    /// Names need no declaration, the writer adds what is missing. Values that hold qualified names do.
    ///
    /// # Errors
    ///
    /// Not a prefix, or one that XML reserves, or a namespace that XML reserves, or none for a prefix.
    pub fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), InvalidValue> {
        if !prefix.is_empty() && (!chars::is_ncname(prefix) || chars::is_reserved(prefix)) {
            return Err(InvalidValue::new(
                "the prefix",
                "a name without a colon that does not begin with `xml`",
                prefix,
            ));
        }
        if matches!(namespace, XML_NAMESPACE | XMLNS_NAMESPACE) || (namespace.is_empty() && !prefix.is_empty()) {
            return Err(InvalidValue::new(
                "the namespace",
                "one that can be declared",
                namespace,
            ));
        }
        chars::check_text("the namespace", namespace)?;
        self.undeclare(prefix);
        self.declarations.push(Declaration {
            prefix: prefix.into(),
            namespace: namespace.into(),
        });
        Ok(())
    }

    /// Takes a declaration away. Where names still need it, the writer puts it back or uses another prefix.
    pub fn undeclare(&mut self, prefix: &str) -> bool {
        let before = self.declarations.len() + self.context.len();
        self.declarations.retain(|declaration| &*declaration.prefix != prefix);
        self.context.retain(|declaration| &*declaration.prefix != prefix);
        before != self.declarations.len() + self.context.len()
    }

    /// Puts a node before the one with this index, or at the end where the index is greater. Text joins the text
    /// beside it, and empty text is nothing.
    ///
    /// # Errors
    ///
    /// Text, a comment or an instruction that XML cannot carry.
    pub fn insert_node(&mut self, index: usize, node: Node) -> Result<(), InvalidValue> {
        node.check()?;
        if node == Node::Text(String::new()) {
            return Ok(());
        }
        let index = index.min(self.children.len());
        self.children.insert(index, node);
        self.join_text(index + 1);
        self.join_text(index);
        Ok(())
    }

    /// Takes out the node with this index. Texts that were beside it join.
    pub fn remove_node(&mut self, index: usize) -> Option<Node> {
        if index >= self.children.len() {
            return None;
        }
        let node = self.children.remove(index);
        self.join_text(index);
        Some(node)
    }

    /// The child element at this index among all nodes.
    pub fn element_mut(&mut self, index: usize) -> Option<&mut Self> {
        match self.children.get_mut(index) {
            Some(Node::Element(element)) => Some(element),
            _ => None,
        }
    }

    /// The child elements, in order, to be changed.
    pub fn elements_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.children.iter_mut().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// Joins the text at an index to the text before it.
    fn join_text(&mut self, index: usize) {
        let Some(before) = index.checked_sub(1) else { return };
        let Some([Node::Text(one), Node::Text(other)]) = self.children.get_mut(before..=index) else {
            return;
        };
        one.push_str(other);
        self.children.remove(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element() -> Element {
        Element::parse(
            b"<a xmlns='urn:x' k='1'>one<b/>two<!--c--></a>",
            &crate::Limits::default(),
        )
        .unwrap()
    }

    fn write(element: &Element) -> String {
        let text = element.write();
        text.lines().nth(1).unwrap().to_owned()
    }

    #[test]
    fn nodes_come_and_go() {
        let mut element = element();
        assert!(matches!(element.remove_node(1), Some(Node::Element(_))));
        assert_eq!(element.children()[0], Node::Text("onetwo".to_owned()));
        element.insert_node(0, Node::Text("zero".to_owned())).unwrap();
        element.insert_node(9, Node::Text(String::new())).unwrap();
        assert_eq!(element.children().len(), 2);
        element
            .insert_node(1, Node::Element(Element::new("urn:x", "c").unwrap()))
            .unwrap();
        assert_eq!(write(&element), r#"<a xmlns="urn:x" k="1">zeroonetwo<c/><!--c--></a>"#);
        assert!(element.element_mut(1).is_some());
        assert!(element.element_mut(0).is_none());
        assert_eq!(element.elements_mut().count(), 1);
        assert!(element.remove_node(3).is_none());
    }

    #[test]
    fn what_xml_cannot_carry_is_refused() {
        let mut element = element();
        let instruction = |target: &str, data: &str| Node::Instruction {
            target: target.to_owned(),
            data: data.to_owned(),
        };
        for node in [
            Node::Text("\0".to_owned()),
            Node::Comment("a--b".to_owned()),
            Node::Comment("a-".to_owned()),
            Node::Comment("a\rb".to_owned()),
            instruction("a", "b\r\n"),
            instruction("xml", ""),
            instruction("a b", ""),
            instruction("a", "?>"),
            instruction("a", " b"),
        ] {
            assert!(element.insert_node(0, node.clone()).is_err(), "{node:?}");
        }
        assert!(element.insert_node(0, instruction("a", "b ?")).is_ok());
        for (prefix, namespace) in [("xmlp", "urn:x"), ("p", ""), ("", XML_NAMESPACE), ("a:b", "urn:x")] {
            assert!(element.declare(prefix, namespace).is_err(), "{prefix} {namespace}");
        }
    }

    #[test]
    fn attributes_and_declarations() {
        let mut element = element();
        element.set_attribute(Name::new("", "k").unwrap(), "2").unwrap();
        element.set_attribute(Name::new("", "l").unwrap(), "p:x").unwrap();
        element.declare("p", "urn:p").unwrap();
        assert_eq!(
            write(&element),
            r#"<a xmlns="urn:x" xmlns:p="urn:p" k="2" l="p:x">one<b/>two<!--c--></a>"#
        );
        assert!(element.undeclare("p"));
        assert!(!element.undeclare("p"));
        assert_eq!(element.remove_attribute("", "k").unwrap().value(), "2");
        assert!(element.remove_attribute("urn:x", "l").is_none());
    }

    /// A prefix that came with the element from around it is declared once when the element declares it anew.
    #[test]
    fn a_declaration_takes_the_place_of_one_that_was_around() {
        let document =
            "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:x='urn:x' entity='p:a'><x:e>x:v</x:e></presence>";
        let document = crate::Document::parse(document.as_bytes(), &crate::Limits::default()).unwrap();
        let mut element = document.extensions()[0].clone();
        assert_eq!(element.declarations().collect::<Vec<_>>(), [("x", "urn:x")]);
        element.declare("x", "urn:y").unwrap();
        assert_eq!(element.declarations().collect::<Vec<_>>(), [("x", "urn:y")]);
        let read = Element::parse(element.write().as_bytes(), &crate::Limits::default());
        assert_eq!(read.unwrap(), element);
    }
}

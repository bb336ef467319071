//! From the values of this crate's modules to elements, and from these to a document's text.

use std::fmt::Display;

use crate::element::{Attribute, Declaration};
use crate::{Element, ForeignElement, Name, Node};

/// An element of a document type that this crate knows.
pub(crate) fn element(namespace: &str, local: &str) -> Element {
    Element::from_name(name(namespace, local))
}

fn name(namespace: &str, local: &str) -> Name {
    Name {
        namespace: (!namespace.is_empty()).then(|| namespace.into()),
        local: local.into(),
        prefix: None,
    }
}

/// Sets an attribute in no namespace to a value that is known to be legal.
pub(crate) fn set(element: &mut Element, local: &str, value: impl Display) {
    set_in(element, "", local, value);
}

/// Sets an attribute to a value that is known to be legal.
pub(crate) fn set_in(element: &mut Element, namespace: &str, local: &str, value: impl Display) {
    element.attributes.push(Attribute {
        name: name(namespace, local),
        value: value.to_string(),
    });
}

/// Adds text that is known to be legal.
pub(crate) fn text(mut element: Element, text: &str) -> Element {
    if !text.is_empty() {
        element.children.push(Node::Text(text.to_owned()));
    }
    element
}

/// Adds a child.
pub(crate) fn push(element: &mut Element, child: Element) {
    element.children.push(Node::Element(child));
}

/// Writes a document. The first of the `declared` namespaces is the default, the others have the prefix beside them. The
/// elements of this crate's document types stand one a line, and what else is in the document as it is.
pub(crate) fn document(mut root: Element, declared: &[(&str, &str)]) -> String {
    layout(&mut root, 0);
    root.declarations = declared
        .iter()
        .map(|(prefix, namespace)| Declaration {
            prefix: (*prefix).into(),
            namespace: (*namespace).into(),
        })
        .collect();
    root.write()
}

/// Puts each child on a line of its own, in elements that are no [`ForeignElement`]s and have no text: white space in a
/// foreign element may mean something.
fn layout(element: &mut Element, depth: usize) {
    let namespace = element.name.namespace().unwrap_or_default();
    let has_text = element.children.iter().any(|child| matches!(child, Node::Text(_)));
    if ForeignElement::is_foreign(namespace) || has_text || element.children.is_empty() {
        return;
    }
    let line = |depth: usize| Node::Text(format!("\n{}", "  ".repeat(depth)));
    for mut child in std::mem::take(&mut element.children) {
        if let Node::Element(child) = &mut child {
            layout(child, depth + 1);
        }
        element.children.push(line(depth + 1));
        element.children.push(child);
    }
    element.children.push(line(depth));
}

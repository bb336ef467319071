use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Node;

/// What an element contains.
///
/// An application can build a tree that is deeper than any document that is read. What walks over all of one goes
/// through here, without recursion: the stack of a thread holds for any depth.
#[derive(Default)]
pub(crate) struct Nodes(Vec<Node>);

impl Nodes {
    /// Whether the elements in it are nested in more levels than so many.
    #[cfg(feature = "serde")]
    pub(crate) fn is_deeper_than(&self, levels: usize) -> bool {
        let mut open = vec![self.0.iter()];
        while let Some(innermost) = open.last_mut() {
            match innermost.next() {
                Some(Node::Element(_)) if open.len() > levels => return true,
                Some(Node::Element(element)) => open.push(element.children.0.iter()),
                Some(_) => {}
                None => {
                    open.pop();
                }
            }
        }
        false
    }

    fn has_elements(&self) -> bool {
        self.0.iter().any(|node| matches!(node, Node::Element(_)))
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        // What has elements in it gives up its content before it is dropped.
        let mut nodes = Vec::new();
        take_inner(&mut self.0, &mut nodes);
        while let Some(mut node) = nodes.pop() {
            take_inner(std::slice::from_mut(&mut node), &mut nodes);
        }
    }
}

fn take_inner(outer: &mut [Node], inner: &mut Vec<Node>) {
    for node in outer {
        match node {
            Node::Element(element) if !element.children.has_elements() => {}
            // The usual case, without an allocation.
            Node::Element(element) if inner.is_empty() => std::mem::swap(inner, &mut element.children.0),
            Node::Element(element) => inner.append(&mut element.children.0),
            Node::Comment(_) | Node::Instruction { .. } | Node::Text(_) => {}
        }
    }
}

impl Clone for Nodes {
    fn clone(&self) -> Self {
        let mut open = Vec::new();
        let mut originals = self.0.iter();
        let mut copies = Vec::with_capacity(self.0.len());
        loop {
            match originals.next() {
                Some(Node::Element(element)) if element.children.has_elements() => {
                    let inner = Vec::with_capacity(element.children.len());
                    let around = std::mem::replace(&mut copies, inner);
                    open.push((
                        element,
                        around,
                        std::mem::replace(&mut originals, element.children.0.iter()),
                    ));
                }
                // No deeper than the text in it.
                Some(node) => copies.push(node.clone()),
                None => {
                    let Some((element, around, rest)) = open.pop() else {
                        return Self(copies);
                    };
                    let children = Self(std::mem::replace(&mut copies, around));
                    copies.push(Node::Element(element.clone_with(children)));
                    originals = rest;
                }
            }
        }
    }
}

impl PartialEq for Nodes {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = Vec::new();
        let (mut one, mut other) = (self, other);
        loop {
            if one.len() != other.len() {
                return false;
            }
            for nodes in one.0.iter().zip(&other.0) {
                match nodes {
                    (Node::Element(one), Node::Element(other)) if one.has_same_tag(other) => {
                        pairs.push((&one.children, &other.children));
                    }
                    // Elements that begin otherwise are told without a look at what is in them.
                    (Node::Element(_), _) => return false,
                    (one, other) if one == other => {}
                    _ => return false,
                }
            }
            match pairs.pop() {
                Some(pair) => (one, other) = pair,
                None => return true,
            }
        }
    }
}

impl Eq for Nodes {}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Nodes {
    /// A serializer recurses, so this fails for more levels than a document that is read can have.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;

        if self.is_deeper_than(crate::xml::MAX_DEPTH) {
            let levels = crate::xml::MAX_DEPTH;
            return Err(S::Error::custom(format_args!("more than {levels} levels of nesting")));
        }
        self.0.serialize(serializer)
    }
}

impl Deref for Nodes {
    type Target = Vec<Node>;

    fn deref(&self) -> &Vec<Node> {
        &self.0
    }
}

impl DerefMut for Nodes {
    fn deref_mut(&mut self) -> &mut Vec<Node> {
        &mut self.0
    }
}

impl IntoIterator for Nodes {
    type Item = Node;
    type IntoIter = std::vec::IntoIter<Node>;

    fn into_iter(mut self) -> Self::IntoIter {
        std::mem::take(&mut self.0).into_iter()
    }
}

impl<'n> IntoIterator for &'n Nodes {
    type Item = &'n Node;
    type IntoIter = std::slice::Iter<'n, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'n> IntoIterator for &'n mut Nodes {
    type Item = &'n mut Node;
    type IntoIter = std::slice::IterMut<'n, Node>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Element, Limits, Node};

    /// As deep as asked for, with siblings of each element in it.
    fn deep(levels: usize, innermost: &str) -> Element {
        let leaf = Element::new("urn:x", innermost).unwrap();
        (1..levels).fold(leaf, |inner, _| {
            Element::new("urn:x", "e")
                .unwrap()
                .with_child(Element::new("urn:y", "before").unwrap())
                .with_child(inner)
                .with_text("after")
                .unwrap()
        })
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        let tree = deep(100_000, "a");
        let copy = tree.clone();
        assert_eq!(copy, tree);
        assert_ne!(deep(100_000, "b"), tree);
        let written = tree.write();
        assert_eq!(written.matches("</e>after").count(), 100_000 - 2);
        assert!(format!("{tree:?}").contains("<ns1:a/>after</ns1:e>after"));
        let node = Node::Element(tree);
        assert!(format!("{node:?}").contains("<ns1:a/>after</ns1:e>after"));
        drop(node);
    }

    #[test]
    fn copies_are_as_what_they_are_of() {
        let document = "<p:a xmlns:p='urn:x' k='1'>1<!--c--><b><c l='2'><d/>3</c><e/></b><?pi x?><f>4</f></p:a>";
        let tree = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(tree.clone(), tree);
        assert_eq!(tree.clone().write(), tree.write());
        for other in ["k='2'", "k='1' l=''", "x='1'"] {
            let other = document.replace("k='1'", other);
            assert_ne!(Element::parse(other.as_bytes(), &Limits::default()).unwrap(), tree);
        }
        for (old, new) in [
            ("<d/>", ""),
            ("<d/>", "<D/>"),
            ("3", "4"),
            ("l='2'", ""),
            ("<f>4</f>", "<f/>"),
        ] {
            let other = document.replace(old, new);
            assert_ne!(Element::parse(other.as_bytes(), &Limits::default()).unwrap(), tree);
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serializing_is_bounded() {
        assert!(serde_json::to_string(&deep(100, "a")).is_ok());
        let error = serde_json::to_string(&deep(100_000, "a")).unwrap_err();
        assert_eq!(error.to_string(), "more than 128 levels of nesting");
    }
}

//! How large what a patch works on is.

use crate::{Element, Node};

/// How large a tree is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) elements: usize,
    /// Characters of names and values, in bytes.
    pub(super) bytes: usize,
    pub(super) height: usize,
}

impl Size {
    pub(super) fn of(element: &Element) -> Self {
        let mut size = Self::default();
        size.add_tag(element);
        size.add(&element.children);
        size.height += 1;
        size
    }

    /// Without recursion: an application can build a tree of any depth.
    pub(super) fn add(&mut self, nodes: &[Node]) {
        let mut open = vec![nodes.iter()];
        while let Some(innermost) = open.last_mut() {
            match innermost.next() {
                Some(Node::Element(element)) => {
                    self.add_tag(element);
                    self.height = self.height.max(open.len());
                    open.push(element.children.iter());
                }
                Some(Node::Comment(text) | Node::Text(text)) => self.bytes += text.len(),
                Some(Node::Instruction { target, data }) => self.bytes += target.len() + data.len(),
                None => {
                    open.pop();
                }
            }
        }
    }

    fn add_tag(&mut self, element: &Element) {
        let attributes = element.attributes.iter();
        let attributes = attributes.map(|attribute| attribute.name().local().len() + attribute.value().len());
        self.elements += 1;
        self.bytes += element.name().local().len() + attributes.sum::<usize>();
    }
}

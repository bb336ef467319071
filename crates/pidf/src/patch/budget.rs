//! How much work a patch may be, and how large what it works on is.

use super::error::{Condition, Failure};
use crate::{Element, Limits, Node};

/// Counts the work of a patch, so that many selectors over a large document cost no more than is allowed.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    limit: usize,
}

impl Budget {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            left: limits.patch_steps,
            limit: limits.patch_steps,
        }
    }

    /// Takes steps: a node that is looked at is one.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Failure> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Failure::new(
                Condition::InvalidPatchDirective,
                format!("the patch takes more than {} steps", self.limit),
            )),
        }
    }

    /// Takes what it costs to look at so many bytes.
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Failure> {
        // A step to a node costs about as much as comparing or moving this many bytes.
        self.spend(1 + bytes / 64)
    }
}

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

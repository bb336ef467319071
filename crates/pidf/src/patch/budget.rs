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
        let attributes = element.attributes.iter();
        let attributes = attributes.map(|attribute| attribute.name().local().len() + attribute.value().len());
        let mut size = Self {
            elements: 1,
            bytes: element.name().local().len() + attributes.sum::<usize>(),
            height: 0,
        };
        size.add(&element.children);
        size.height += 1;
        size
    }

    pub(super) fn add(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Element(element) => {
                    let inner = Self::of(element);
                    self.elements += inner.elements;
                    self.bytes += inner.bytes;
                    self.height = self.height.max(inner.height);
                }
                Node::Comment(text) | Node::Text(text) => self.bytes += text.len(),
                Node::Instruction { target, data } => self.bytes += target.len() + data.len(),
            }
        }
    }
}

//! XML patch operations: changes to a document, and what they are told in (RFC 5261).
//!
//! A [`Patch`] is a list of operations, each of which names one node of the document with a [`Selector`] and says what
//! becomes of it. [`Patch::apply`] carries them out, [`Patch::diff`] finds them:
//!
//! ```
//! use pidf::{Element, Limits};
//! use pidf::patch::Patch;
//!
//! let limits = Limits::default();
//! let old = Element::parse(b"<doc><foo a='1'/><bar>one</bar></doc>", &limits)?;
//! let new = Element::parse(b"<doc><foo a='2'/><bar>one</bar><!-- new --></doc>", &limits)?;
//! let patch = Patch::diff(&old, &new, &limits)?;
//! assert_eq!(patch.operations().len(), 2);
//!
//! let mut patched = old;
//! patch.apply(&mut patched, &limits)?;
//! assert_eq!(patched, new);
//!
//! // What fails is told in the terms of RFC 5261 section 5.
//! let patch = Patch::parse(b"<diff><remove sel='doc/baz'/></diff>", &limits)?;
//! let error = patch.apply(&mut patched, &limits).unwrap_err();
//! assert_eq!(error.condition().as_str(), "unlocated-node");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The name of the root and the namespace of the operations are those of the format that uses them, such as
//! [`partial`](crate::partial); `Patch::parse` takes any.
//!
//! What is done where RFC 5261 leaves it open: `id()` finds the attributes `xml:id` and `id`, since all formats of presence
//! that have a type for it call it so. To add an attribute or a declaration that is there already is refused. Replacing
//! the URI of a declaration moves the names with its prefix into the new namespace, as it would in the text.

mod apply;
mod codec;
mod diff;
mod error;
mod evaluate;
mod mangle;
mod nodes;
mod outcome;
mod selector;
mod size;

pub(crate) use codec::{compose_operations, read_operations};
pub use error::{Condition, NAMESPACE as ERROR_NAMESPACE, PatchError, PatchOpsError};
pub use selector::Selector;

use crate::{Element, Error, InvalidValue, Limits, Name, Node};

/// Changes to a document, in order: each works on what those before it left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    pub(crate) operations: Vec<Operation>,
}

impl Patch {
    /// Reads the operations of a document with any root: the elements `add`, `replace` and `remove` in the root's
    /// namespace.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, beyond a limit, or an operation that is none: [`PatchOpsError::from`] makes of it what a peer
    /// is told.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        codec::read(document, limits)
    }

    /// Writes the operations below a root with this name.
    pub fn write(&self, root: &Name) -> String {
        codec::write(self, root)
    }

    /// Finds operations that make `new` of `old`.
    ///
    /// Names, attributes, text, comments and processing instructions count, prefixes and the order of attributes do not.
    /// The operations name nodes by their position, so they hold for a document that is equal to `old` in these.
    /// [`Patch::apply`] takes them with the same limits: where many small operations would take too many steps, one
    /// replaces the root.
    ///
    /// # Errors
    ///
    /// The roots have different names, which no patch can change, or there is no patch within the limits, as where `new` is
    /// beyond them itself.
    pub fn diff(old: &Element, new: &Element, limits: &Limits) -> Result<Self, InvalidValue> {
        diff::diff(old, new, limits)
    }

    /// Carries out the operations.
    ///
    /// # Errors
    ///
    /// One could not be carried out, or the document is beyond the limits when all are. The document is then as it was.
    pub fn apply(&self, document: &mut Element, limits: &Limits) -> Result<(), PatchError> {
        *document = apply::apply(self, document, limits)?;
        Ok(())
    }

    /// What a peer is told of an error that [`Patch::apply`] gave, with the operation as it stands below a root with this
    /// name.
    pub fn error_document(&self, error: &PatchError, root: &Name) -> PatchOpsError {
        let failed = self.operations.get(error.index()).cloned();
        let patch = Self {
            operations: failed.into_iter().collect(),
        };
        let mut root = Element::from_name(root.clone());
        compose_operations(&patch, &mut root);
        let mut operation = root.elements().next().cloned().unwrap_or_else(|| root.clone());
        operation.declarations = root.declarations;
        PatchOpsError::of_operation(error, operation)
    }

    /// The operations, in order.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Adds an operation at the end.
    ///
    /// # Errors
    ///
    /// Something in it that XML cannot carry, or a declaration that is none.
    pub fn push(&mut self, operation: Operation) -> Result<(), InvalidValue> {
        operation.check()?;
        self.operations.push(operation);
        Ok(())
    }
}

/// A change to one node of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Adds something: `add` (RFC 5261 section 4.3).
    Add {
        /// The node that it is added to, or beside.
        sel: Selector,
        /// What is added.
        content: Added,
    },
    /// Takes a node out: `remove` (section 4.5).
    Remove {
        /// The node.
        sel: Selector,
        /// Which white space beside it goes too.
        ws: Option<Ws>,
    },
    /// Puts something in the place of a node: `replace` (section 4.4).
    Replace {
        /// The node.
        sel: Selector,
        /// A node of the same type; text or nothing for an attribute, a text node or a declaration.
        content: Option<Node>,
    },
}

impl Operation {
    /// The node that it is about.
    pub const fn sel(&self) -> &Selector {
        match self {
            Self::Add { sel, .. } | Self::Remove { sel, .. } | Self::Replace { sel, .. } => sel,
        }
    }

    fn check(&self) -> Result<(), InvalidValue> {
        match self {
            Self::Add { content, .. } => match content {
                Added::Attribute(_) => Ok(()),
                Added::Namespace { prefix, uri } => Element::new("", "element")?.declare(prefix, uri),
                Added::Nodes { nodes, .. } => nodes.iter().try_for_each(Node::check),
            },
            Self::Remove { .. } => Ok(()),
            Self::Replace { content, .. } => content.iter().try_for_each(Node::check),
        }
    }
}

/// What an `add` operation adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// An attribute of the element that is selected: `type="@name"`.
    Attribute(crate::Attribute),
    /// A declaration on the element that is selected: `type="namespace::prefix"`.
    Namespace {
        /// The prefix.
        prefix: String,
        /// What it stands for.
        uri: String,
    },
    /// Nodes.
    Nodes {
        /// Where.
        pos: Pos,
        /// The nodes.
        nodes: Vec<Node>,
    },
}

/// Where nodes are added (RFC 5261 section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Pos {
    /// Behind the node.
    After,
    /// In the element, at its end: what the absence of `pos` means.
    #[default]
    Append,
    /// Before the node.
    Before,
    /// In the element, at its beginning.
    Prepend,
}

/// Which white space a `remove` operation takes with the node (RFC 5261 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ws {
    /// The text node behind it.
    After,
    /// The text node before it.
    Before,
    /// Both.
    Both,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_refused() {
        let sel = || Selector::parse("doc", |_| None).unwrap();
        let add = |nodes| Operation::Add {
            sel: sel(),
            content: Added::Nodes {
                pos: Pos::Append,
                nodes,
            },
        };
        let declare = |prefix: &str, uri: &str| Operation::Add {
            sel: sel(),
            content: Added::Namespace {
                prefix: prefix.to_owned(),
                uri: uri.to_owned(),
            },
        };
        let mut patch = Patch::default();
        assert!(patch.push(add(vec![Node::Text("text".to_owned())])).is_ok());
        assert!(patch.push(add(vec![Node::Text("\0".to_owned())])).is_err());
        assert!(patch.push(add(vec![Node::Comment("--".to_owned())])).is_err());
        assert!(patch.push(declare("p", "urn:p")).is_ok());
        assert!(patch.push(declare("a b", "urn:p")).is_err());
        assert!(patch.push(declare("p", "\u{1}")).is_err());
        let content = Some(Node::Comment("-".to_owned()));
        assert!(patch.push(Operation::Replace { sel: sel(), content }).is_err());
        assert_eq!(patch.operations().len(), 2);
    }
}

//! The operations carried out (RFC 5261 sections 4.3 to 4.5).

mod add;
mod remove;
mod replace;

use super::error::{Condition, Failure};
use super::evaluate::locate;
use super::mangle::Scope;
use super::outcome;
use super::size::Size;
use super::{Added, Operation, Patch, PatchError};
use crate::budget::Budget;
use crate::{Element, Limits, Node};

/// The document that a patch makes of another.
pub(super) fn apply(patch: &Patch, document: &Element, limits: &Limits) -> Result<Element, PatchError> {
    let mut patched = document.clone();
    let mut work = Work {
        budget: Budget::new(limits.patch_steps),
        limits,
    };
    if !patch.operations.is_empty() {
        outcome::check_depth(Size::of(document).height, limits).map_err(|failure| PatchError::new(failure, 0))?;
    }
    for (index, operation) in patch.operations.iter().enumerate() {
        work.operation(&mut patched, operation)
            .map_err(|failure| PatchError::new(failure, index))?;
    }
    // What is added stands in the patch already, so that the document never takes more memory than both together; what it
    // has become counts, whatever the order of the operations.
    if let Some(last) = patch.operations.len().checked_sub(1) {
        outcome::check(&patched, limits).map_err(|failure| PatchError::new(failure, last))?;
    }
    Ok(patched)
}

struct Work<'l> {
    budget: Budget,
    limits: &'l Limits,
}

impl Work<'_> {
    fn operation(&mut self, root: &mut Element, operation: &Operation) -> Result<(), Failure> {
        let target = locate(root, operation.sel(), &mut self.budget)?;
        match operation {
            Operation::Add { sel, content } => match content {
                Added::Attribute(attribute) => self.add_attribute(root, sel, target, attribute),
                Added::Namespace { prefix, uri } => self.add_namespace(root, sel, target, prefix, uri),
                Added::Nodes { pos, nodes } => self.add_nodes(root, sel, target, *pos, nodes),
            },
            Operation::Remove { sel, ws } => self.remove(root, sel, target, *ws),
            Operation::Replace { sel, content } => self.replace(root, sel, target, content.as_ref()),
        }
    }

    /// Checks nodes that come into the element with this path, and gives their names the prefixes that they have there.
    fn admit(&mut self, root: &Element, path: &[usize], nodes: &mut [Node]) -> Result<(), Failure> {
        let mut size = Size::default();
        size.add(nodes);
        self.take(size, path.len() + 1)?;
        let scope = Scope::at(root, path, &mut self.budget)?;
        for node in nodes {
            check(node)?;
            scope.mangle(node, &mut self.budget)?;
        }
        Ok(())
    }

    /// Takes what it costs to put in something of this size, so many levels below the document.
    fn take(&mut self, size: Size, level: usize) -> Result<(), Failure> {
        outcome::check_depth(level + size.height, self.limits)?;
        self.budget.spend(1 + size.elements)?;
        self.budget.spend_bytes(size.bytes)?;
        Ok(())
    }
}

/// Refuses a node that XML cannot carry.
fn check(node: &Node) -> Result<(), Failure> {
    node.check()
        .map_err(|error| Failure::new(Condition::InvalidAttributeValue, error.to_string()))
}

#[cfg(test)]
mod tests;

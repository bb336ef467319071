//! Whether what a patch made is within the limits of what is read.

use std::collections::BTreeSet;

use super::error::{Condition, Failure};
use crate::xml::Namespace;
use crate::{Element, Limits, Name, Node};

/// Refuses a document that is too large. Its depth was checked before, as walks depend on it.
pub(super) fn check(root: &Element, limits: &Limits) -> Result<(), Failure> {
    let mut outcome = Outcome {
        limits,
        elements: 0,
        asides: 0,
        bytes: 0,
        seen: BTreeSet::new(),
        namespaces: BTreeSet::new(),
    };
    if let Some(outside) = root.outside.as_deref() {
        outcome.nodes(&outside.before)?;
        outcome.nodes(&outside.after)?;
    }
    outcome.element(root)
}

/// Refuses a document of so many levels: on every one, the walks over it take some of the stack.
pub(super) fn check_depth(levels: usize, limits: &Limits) -> Result<(), Failure> {
    let depth = limits.depth.min(crate::xml::MAX_DEPTH);
    if levels > depth {
        return Err(too_much("levels of nesting", depth));
    }
    Ok(())
}

fn too_much(what: &str, limit: usize) -> Failure {
    let phrase = format!("the document would have more than {limit} {what}");
    Failure::new(Condition::InvalidPatchDirective, phrase)
}

struct Outcome<'t> {
    limits: &'t Limits,
    elements: usize,
    /// Comments and processing instructions.
    asides: usize,
    /// Characters of names and values, in bytes: the document has more, so what is beyond the limit here is beyond it.
    bytes: usize,
    /// Where the text of each namespace is in memory, which tells most of them apart without comparing their text.
    seen: BTreeSet<usize>,
    namespaces: BTreeSet<&'t str>,
}

impl<'t> Outcome<'t> {
    fn element(&mut self, element: &'t Element) -> Result<(), Failure> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(too_much("elements", self.limits.elements));
        }
        if element.attributes.len() + element.declarations.len() > self.limits.attributes {
            return Err(too_much("attributes", self.limits.attributes));
        }
        self.name(&element.name)?;
        for attribute in &element.attributes {
            self.name(&attribute.name)?;
            self.count(attribute.value.len())?;
        }
        for declaration in element.declarations.iter().chain(&element.context) {
            self.count(declaration.prefix.len() + declaration.namespace.len())?;
            self.namespace(&declaration.namespace)?;
        }
        self.nodes(&element.children)
    }

    fn nodes(&mut self, nodes: &'t [Node]) -> Result<(), Failure> {
        for node in nodes {
            match node {
                Node::Element(element) => self.element(element)?,
                Node::Comment(text) => self.aside(text.len())?,
                Node::Instruction { target, data } => self.aside(target.len() + data.len())?,
                Node::Text(text) => self.count(text.len())?,
            }
        }
        Ok(())
    }

    fn aside(&mut self, bytes: usize) -> Result<(), Failure> {
        self.asides += 1;
        if self.asides > self.limits.elements {
            return Err(too_much("comments and processing instructions", self.limits.elements));
        }
        self.count(bytes)
    }

    fn name(&mut self, name: &'t Name) -> Result<(), Failure> {
        self.count(name.local.len())?;
        name.namespace
            .as_ref()
            .map_or(Ok(()), |namespace| self.namespace(namespace))
    }

    fn namespace(&mut self, namespace: &'t Namespace) -> Result<(), Failure> {
        // Those of presence documents do not count.
        let Namespace::Other(text) = namespace else {
            return Ok(());
        };
        if !self.seen.insert(text.as_ptr().addr()) {
            return Ok(());
        }
        if text.len() > self.limits.namespace_bytes {
            return Err(too_much("bytes in a namespace", self.limits.namespace_bytes));
        }
        self.namespaces.insert(text);
        if self.namespaces.len() > self.limits.namespaces {
            return Err(too_much("namespaces", self.limits.namespaces));
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), Failure> {
        self.bytes += bytes;
        if self.bytes > self.limits.bytes {
            return Err(too_much("bytes", self.limits.bytes));
        }
        Ok(())
    }
}

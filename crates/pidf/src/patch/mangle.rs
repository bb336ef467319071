//! Prefixes of what is added to a document (RFC 5261 section 4.2.3).

use compact_str::CompactString;
use std::collections::BTreeMap;

use super::error::Failure;
use crate::budget::Budget;
use crate::element::Declaration;
use crate::xml::{Namespace, XML_NAMESPACE};
use crate::{Element, Name, Node};

/// What the prefixes mean at the node of the document in which something is added.
#[derive(Debug)]
pub(super) struct Scope {
    /// Without those that are undeclared. The empty one is the default namespace.
    bound: BTreeMap<CompactString, Namespace>,
    /// Prefix and namespace of the node itself.
    context: (CompactString, Option<Namespace>),
}

impl Scope {
    /// The scope at the element with this path.
    pub(super) fn at(root: &Element, path: &[usize], budget: &mut Budget) -> Result<Self, Failure> {
        let mut bound = BTreeMap::new();
        let mut element = root;
        let mut path = path.iter();
        loop {
            for declaration in element.declarations.iter().chain(&element.context) {
                budget.spend(1)?;
                if declaration.namespace.is_empty() {
                    bound.remove(&declaration.prefix);
                } else {
                    bound.insert(declaration.prefix.clone(), declaration.namespace.clone());
                }
            }
            let child = path.next().and_then(|index| element.children().get(*index));
            match child {
                Some(Node::Element(child)) => element = child,
                _ => break,
            }
        }
        let prefix = element.name.prefix.clone().unwrap_or_default();
        Ok(Self {
            bound,
            context: (prefix, element.name.namespace.clone()),
        })
    }

    /// The prefix with which a name is written here; `None` where its namespace has none.
    fn choose(&self, namespace: &str, wanted: &str, is_element: bool) -> Option<&str> {
        let bound = self.bound.iter().filter(|(_, bound)| ***bound == *namespace);
        let mut usable = bound
            .map(|(prefix, _)| &**prefix)
            .filter(|prefix| is_element || !prefix.is_empty());
        let all: Vec<&str> = usable.by_ref().collect();
        let (context, context_namespace) = &self.context;
        if let Some(same) = all.iter().find(|prefix| **prefix == wanted) {
            return Some(same);
        }
        if context_namespace.as_deref() == Some(namespace)
            && let Some(own) = all.iter().find(|prefix| **prefix == &**context)
        {
            return Some(own);
        }
        // The closest before it in the alphabet, or the first.
        all.iter()
            .rev()
            .find(|prefix| **prefix < wanted)
            .or(all.first())
            .copied()
    }

    /// Gives the name of an attribute the prefix that it has here.
    pub(super) fn mangle_name(&self, name: &mut Name) {
        let Some(namespace) = name.namespace.clone().filter(|namespace| **namespace != *XML_NAMESPACE) else {
            return;
        };
        let wanted = name.prefix.clone().unwrap_or_default();
        if let Some(prefix) = self.choose(&namespace, &wanted, false) {
            name.prefix = Some(prefix.into());
        }
    }

    /// Gives the names in what is added the prefixes that they have here, and declares what is not.
    pub(super) fn mangle(&self, node: &mut Node, budget: &mut Budget) -> Result<(), Failure> {
        let Node::Element(element) = node else { return Ok(()) };
        let mut mangler = Mangler {
            scope: self,
            chosen: BTreeMap::new(),
            missing: BTreeMap::new(),
            budget,
        };
        mangler.element(element, &mut Vec::new())?;
        for (prefix, namespace) in mangler.missing {
            let is_declared = element.declarations.iter().any(|declared| declared.prefix == prefix);
            if !is_declared {
                element.declarations.push(Declaration { prefix, namespace });
            }
        }
        Ok(())
    }
}

/// A namespace, its prefix in the patch, and whether it is for an element.
type Wanted = (Namespace, CompactString, bool);

struct Mangler<'s, 'b> {
    scope: &'s Scope,
    chosen: BTreeMap<Wanted, Option<CompactString>>,
    /// What has to be declared.
    missing: BTreeMap<CompactString, Namespace>,
    budget: &'b mut Budget,
}

impl Mangler<'_, '_> {
    /// `local` has what the elements around this one in the patch declare.
    fn element(&mut self, element: &mut Element, local: &mut Vec<Declaration>) -> Result<(), Failure> {
        let before = local.len();
        local.extend(element.declarations.iter().cloned());
        self.budget.spend(1 + element.attributes.len() + local.len() / 8)?;
        self.name(&mut element.name, true, local)?;
        for attribute in &mut element.attributes {
            self.name(&mut attribute.name, false, local)?;
        }
        for child in &mut element.children {
            if let Node::Element(child) = child {
                self.element(child, local)?;
            }
        }
        local.truncate(before);
        Ok(())
    }

    fn name(&mut self, name: &mut Name, is_element: bool, local: &[Declaration]) -> Result<(), Failure> {
        let Some(namespace) = name.namespace.clone().filter(|namespace| **namespace != *XML_NAMESPACE) else {
            return Ok(());
        };
        let wanted = name.prefix.clone().unwrap_or_default();
        self.budget.spend(1 + local.len() / 8)?;
        let declared = local.iter().rev().find(|declaration| declaration.prefix == wanted);
        if declared.is_some_and(|declaration| declaration.namespace == namespace) {
            return Ok(());
        }
        let key = (namespace.clone(), wanted.clone(), is_element);
        if !self.chosen.contains_key(&key) {
            self.budget.spend(1 + self.scope.bound.len())?;
            let chosen = self.scope.choose(&namespace, &wanted, is_element).map(Into::into);
            self.chosen.insert(key.clone(), chosen);
        }
        match self.chosen.get(&key).and_then(Option::as_ref) {
            Some(prefix) => name.prefix = (!prefix.is_empty()).then(|| prefix.clone()),
            None => {
                self.missing.entry(wanted).or_insert(namespace);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    #[track_caller]
    fn chosen(declarations: &str, wanted: &str, expected: Option<&str>) {
        let document = format!("<n:r xmlns:n='urn:n' {declarations}/>");
        let root = Element::parse(document.as_bytes(), &Limits::default()).unwrap();
        let scope = Scope::at(&root, &[], &mut Budget::new(Limits::default().patch_steps)).unwrap();
        assert_eq!(scope.choose("urn:x", wanted, true), expected, "{declarations} {wanted}");
    }

    /// The rules and the examples of section 4.2.3.
    #[test]
    fn prefixes_are_chosen() {
        chosen("xmlns:b='urn:x'", "a", Some("b"));
        chosen("xmlns:x='urn:x' xmlns:y='urn:x'", "y", Some("y"));
        chosen("xmlns:x='urn:x' xmlns:y='urn:x'", "xx", Some("x"));
        chosen("xmlns:x='urn:x' xmlns:y='urn:x'", "a", Some("x"));
        chosen("xmlns='urn:x' xmlns:x='urn:x' xmlns:y='urn:x'", "a", Some(""));
        chosen("xmlns='urn:x' xmlns:y='urn:x'", "", Some(""));
        chosen("xmlns:y='urn:y'", "y", None);
    }

    #[test]
    fn the_prefix_of_the_node_comes_second() {
        let document = b"<x:r xmlns:x='urn:x' xmlns:w='urn:x'/>";
        let root = Element::parse(document, &Limits::default()).unwrap();
        let scope = Scope::at(&root, &[], &mut Budget::new(Limits::default().patch_steps)).unwrap();
        assert_eq!(scope.choose("urn:x", "wz", true), Some("x"));
        assert_eq!(scope.choose("urn:x", "w", true), Some("w"));
    }
}

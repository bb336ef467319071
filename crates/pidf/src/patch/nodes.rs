//! Nodes found, walked over, put in and joined.

use super::Selector;
use super::error::{Condition, Failure};
use super::evaluate::Target;
use crate::budget::Budget;
use crate::element::Outside;
use crate::{Element, Name, Node};

/// The element at a path that was located.
pub(super) fn element_mut<'e>(root: &'e mut Element, path: &[usize]) -> &'e mut Element {
    let mut element = root;
    for index in path {
        element = element
            .element_mut(*index)
            .expect("a path that was located leads through elements");
    }
    element
}

/// The path of a target that has to be an element.
pub(super) fn element_path(root: &Element, sel: &Selector, target: Target) -> Result<Vec<usize>, Failure> {
    let Target::Node(path) = target else {
        return Err(wrong_type(sel, "an element"));
    };
    let mut element = root;
    for index in &path {
        match element.children().get(*index) {
            Some(Node::Element(child)) => element = child,
            _ => return Err(wrong_type(sel, "an element")),
        }
    }
    Ok(path)
}

pub(super) fn side(outside: &mut Outside, is_before: bool) -> &mut Vec<Node> {
    if is_before {
        &mut outside.before
    } else {
        &mut outside.after
    }
}

/// Puts nodes among others, text joined.
pub(super) fn insert(
    children: &mut Vec<Node>,
    index: usize,
    nodes: Vec<Node>,
    budget: &mut Budget,
) -> Result<(), Failure> {
    let count = nodes.len();
    children.splice(index..index, nodes);
    for at in (index..=index + count).rev() {
        join(children, at, budget)?;
    }
    Ok(())
}

/// Joins the text at an index with that before it, and takes out empty text.
pub(super) fn join(children: &mut Vec<Node>, index: usize, budget: &mut Budget) -> Result<(), Failure> {
    if matches!(children.get(index), Some(Node::Text(text)) if text.is_empty()) {
        children.remove(index);
    }
    let Some(before) = index.checked_sub(1) else {
        return Ok(());
    };
    if let Some([Node::Text(one), Node::Text(other)]) = children.get_mut(before..=index) {
        budget.spend_bytes(one.len() + other.len())?;
        one.push_str(other);
        children.remove(index);
    }
    Ok(())
}

/// Walks over the names in an element for which its declaration of a prefix holds.
pub(super) fn walk_names(
    element: &mut Element,
    prefix: &str,
    budget: &mut Budget,
    visit: &mut impl FnMut(&mut Name),
) -> Result<(), Failure> {
    budget.spend(1 + element.attributes.len() + element.children.len())?;
    visit(&mut element.name);
    element
        .attributes
        .iter_mut()
        .for_each(|attribute| visit(&mut attribute.name));
    for child in element.elements_mut() {
        let mut declarations = child.declarations.iter().chain(&child.context);
        if !declarations.any(|declaration| *declaration.prefix == *prefix) {
            walk_names(child, prefix, budget, visit)?;
        }
    }
    Ok(())
}

/// The name of an attribute with this prefix that stands twice on an element, under whatever prefixes.
pub(super) fn repeated_attribute(
    element: &Element,
    prefix: &str,
    budget: &mut Budget,
) -> Result<Option<Name>, Failure> {
    budget.spend(1 + element.attributes.len() + element.children.len())?;
    let names = || element.attributes.iter().map(|attribute| &attribute.name);
    for name in names().filter(|name| name.prefix.as_deref() == Some(prefix)) {
        budget.spend(element.attributes.len())?;
        if names().filter(|other| *other == name).count() > 1 {
            return Ok(Some(name.clone()));
        }
    }
    for child in element.elements() {
        if let Some(name) = repeated_attribute(child, prefix, budget)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

pub(super) fn wrong_type(sel: &Selector, expected: &str) -> Failure {
    Failure::new(Condition::InvalidNodeTypes, format!("expected {expected} at {sel}"))
}

use super::{Work, check};
use crate::patch::error::{Condition, Failure};
use crate::patch::evaluate::Target;
use crate::patch::mangle::Scope;
use crate::patch::nodes::{element_mut, element_path, insert, side, wrong_type};
use crate::patch::size::Size;
use crate::patch::{Pos, Selector};
use crate::xml::chars::is_space;
use crate::{Attribute, Element, Node};

/// `add` (RFC 5261 section 4.3).
impl Work<'_> {
    pub(super) fn add_attribute(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        attribute: &Attribute,
    ) -> Result<(), Failure> {
        let path = element_path(root, sel, target)?;
        let mut name = attribute.name().clone();
        Scope::at(root, &path, &mut self.budget)?.mangle_name(&mut name);
        let element = element_mut(root, &path);
        self.budget.spend(1 + element.attributes.len())?;
        if element.attributes.iter().any(|known| *known.name() == name) {
            let phrase = format!("{sel} has the attribute {name} already");
            return Err(Failure::new(Condition::InvalidAttributeValue, phrase));
        }
        self.budget.spend_bytes(attribute.value().len())?;
        let value = attribute.value().to_owned();
        element.attributes.push(Attribute { name, value });
        Ok(())
    }

    pub(super) fn add_namespace(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        prefix: &str,
        uri: &str,
    ) -> Result<(), Failure> {
        let path = element_path(root, sel, target)?;
        let element = element_mut(root, &path);
        let mut declarations = element.declarations.iter();
        if prefix.is_empty() || declarations.any(|declaration| *declaration.prefix == *prefix) {
            let phrase = format!("{sel} declares the prefix {prefix} already");
            return Err(Failure::new(Condition::InvalidNamespacePrefix, phrase));
        }
        self.budget.spend_bytes(prefix.len() + uri.len())?;
        let result = element.declare(prefix, uri);
        result.map_err(|error| Failure::new(Condition::InvalidNamespaceUri, error.to_string()))
    }

    pub(super) fn add_nodes(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        pos: Pos,
        nodes: &[Node],
    ) -> Result<(), Failure> {
        let (path, index) = match (target, pos) {
            (target, Pos::Append | Pos::Prepend) => {
                let path = element_path(root, sel, target)?;
                let end = element_mut(root, &path).children.len();
                (path, if pos == Pos::Append { end } else { 0 })
            }
            (Target::Node(mut path), _) => match path.pop() {
                Some(index) => (path, index + usize::from(pos == Pos::After)),
                None => {
                    let is_before = pos == Pos::Before;
                    let outside = root.outside.get_or_insert_default();
                    let index = if is_before { outside.before.len() } else { 0 };
                    return self.add_outside(root, is_before, index, nodes);
                }
            },
            (Target::Outside { is_before, index }, _) => {
                return self.add_outside(root, is_before, index + usize::from(pos == Pos::After), nodes);
            }
            (Target::Attribute { .. } | Target::Namespace { .. }, _) => {
                return Err(wrong_type(sel, "a node with siblings"));
            }
        };
        let mut nodes = nodes.to_vec();
        self.admit(root, &path, &mut nodes)?;
        let children = &mut element_mut(root, &path).children;
        self.budget.spend(1 + children.len() / 8)?;
        insert(children, index, nodes, &mut self.budget)
    }

    /// Adds comments and instructions beside the root. White space there is not kept.
    fn add_outside(
        &mut self,
        root: &mut Element,
        is_before: bool,
        index: usize,
        nodes: &[Node],
    ) -> Result<(), Failure> {
        let mut added = Vec::new();
        for node in nodes {
            match node {
                Node::Text(text) if text.chars().all(is_space) => {}
                Node::Comment(_) | Node::Instruction { .. } => {
                    check(node)?;
                    added.push(node.clone());
                }
                Node::Element(_) => {
                    let phrase = "another element beside the root";
                    return Err(Failure::new(Condition::InvalidRootElementOperation, phrase));
                }
                Node::Text(_) => {
                    let phrase = "text beside the root";
                    return Err(Failure::new(Condition::InvalidXmlPrologOperation, phrase));
                }
            }
        }
        let mut size = Size::default();
        size.add(&added);
        self.take(size, 0)?;
        let nodes = side(root.outside.get_or_insert_default(), is_before);
        self.budget.spend(1 + nodes.len() / 8)?;
        let index = index.min(nodes.len());
        nodes.splice(index..index, added);
        Ok(())
    }
}

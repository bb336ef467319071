use super::{Work, check};
use crate::patch::Selector;
use crate::patch::error::{Condition, Failure};
use crate::patch::evaluate::Target;
use crate::patch::nodes::{element_mut, repeated_attribute, side, walk_names, wrong_type};
use crate::patch::size::Size;
use crate::xml::Namespace;
use crate::{Element, Name, Node};

/// `replace` (RFC 5261 section 4.4).
impl Work<'_> {
    pub(super) fn replace(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        content: Option<&Node>,
    ) -> Result<(), Failure> {
        match (target, content) {
            (Target::Attribute { path, name }, None | Some(Node::Text(_))) => {
                let value = text(content)?;
                self.budget.spend_bytes(value.len())?;
                let mut attributes = element_mut(root, &path).attributes.iter_mut();
                if let Some(attribute) = attributes.find(|attribute| *attribute.name() == name) {
                    attribute.value = value;
                }
                Ok(())
            }
            (Target::Namespace { path, prefix }, Some(Node::Text(uri))) => {
                self.replace_namespace(element_mut(root, &path), &prefix, uri)
            }
            (Target::Node(mut path), content) => {
                let Some(index) = path.pop() else {
                    return self.replace_root(root, sel, content);
                };
                let mut new: Vec<Node> = content.cloned().into_iter().collect();
                self.admit(root, &path, &mut new)?;
                let children = &mut element_mut(root, &path).children;
                let Some(old) = children.get_mut(index) else {
                    return Ok(());
                };
                let same_type = new.iter().all(|new| is_same_type(old, new));
                let is_text = matches!(old, Node::Text(_));
                match new.pop().filter(|new| *new != Node::Text(String::new())) {
                    Some(new) if same_type => *old = new,
                    None if is_text && same_type => {
                        self.budget.spend(1 + children.len() / 8)?;
                        children.remove(index);
                    }
                    _ => return Err(wrong_type(sel, "a node of the same type")),
                }
                Ok(())
            }
            (Target::Outside { is_before, index }, Some(new)) => {
                check(new)?;
                let mut size = Size::default();
                size.add(std::slice::from_ref(new));
                self.take(size, 0)?;
                let nodes = side(root.outside.get_or_insert_default(), is_before);
                match nodes.get_mut(index) {
                    Some(old) if is_same_type(old, new) => *old = new.clone(),
                    _ => return Err(wrong_type(sel, "a node of the same type")),
                }
                Ok(())
            }
            _ => Err(wrong_type(sel, "text")),
        }
    }

    fn replace_root(&mut self, root: &mut Element, sel: &Selector, content: Option<&Node>) -> Result<(), Failure> {
        let Some(Node::Element(new)) = content else {
            return Err(wrong_type(sel, "an element"));
        };
        self.take(Size::of(new), 0)?;
        let outside = root.outside.take();
        *root = new.clone();
        root.outside = outside;
        Ok(())
    }

    /// Changes a declaration, and with it the namespace of the names that have its prefix.
    fn replace_namespace(&mut self, element: &mut Element, prefix: &str, uri: &str) -> Result<(), Failure> {
        let declarations = element.declarations.iter();
        let old = declarations.clone().find(|declaration| *declaration.prefix == *prefix);
        let Some(old) = old.map(|declaration| declaration.namespace.clone()) else {
            return Ok(());
        };
        let at = declarations
            .clone()
            .position(|declaration| *declaration.prefix == *prefix);
        element
            .declare(prefix, uri)
            .map_err(|error| Failure::new(Condition::InvalidNamespaceUri, error.to_string()))?;
        // The declaration keeps its place.
        if let (Some(at), Some(new)) = (at, element.declarations.pop()) {
            element.declarations.insert(at, new);
        }
        let new = Namespace::from(uri);
        self.budget.spend_bytes(uri.len())?;
        let is_meant = |name: &Name| name.prefix.as_deref() == Some(prefix) && name.namespace.as_ref() == Some(&old);
        walk_names(element, prefix, &mut self.budget, &mut |name| {
            if is_meant(name) {
                name.namespace = Some(new.clone());
            }
        })?;
        match repeated_attribute(element, prefix, &mut self.budget)? {
            Some(name) => {
                let phrase = format!("an element would have the attribute {name} twice");
                Err(Failure::new(Condition::InvalidNamespaceUri, phrase))
            }
            None => Ok(()),
        }
    }
}

fn is_same_type(one: &Node, other: &Node) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// The text that a value is replaced by: that of the node, or none.
fn text(node: Option<&Node>) -> Result<String, Failure> {
    match node {
        Some(node @ Node::Text(text)) => {
            check(node)?;
            Ok(text.clone())
        }
        _ => Ok(String::new()),
    }
}

use super::Work;
use crate::patch::error::{Condition, Failure};
use crate::patch::evaluate::Target;
use crate::patch::nodes::{element_mut, join, side, walk_names};
use crate::patch::{Selector, Ws};
use crate::xml::chars::is_space;
use crate::{Element, Node};

/// `remove` (RFC 5261 section 4.5).
impl Work<'_> {
    pub(super) fn remove(
        &mut self,
        root: &mut Element,
        sel: &Selector,
        target: Target,
        ws: Option<Ws>,
    ) -> Result<(), Failure> {
        let no_ws = || match ws {
            Some(_) => Err(Failure::new(
                Condition::InvalidPatchDirective,
                format!("`ws` where {sel} has no white space beside it"),
            )),
            None => Ok(()),
        };
        match target {
            Target::Attribute { path, name } => {
                no_ws()?;
                element_mut(root, &path)
                    .attributes
                    .retain(|attribute| *attribute.name() != name);
                Ok(())
            }
            Target::Namespace { path, prefix } => {
                no_ws()?;
                self.remove_namespace(element_mut(root, &path), &prefix)
            }
            Target::Outside { is_before, index } => {
                if ws.is_some() {
                    return Err(no_white_space(sel));
                }
                side(root.outside.get_or_insert_default(), is_before).remove(index);
                Ok(())
            }
            Target::Node(mut path) => {
                let Some(index) = path.pop() else {
                    let phrase = "the root is to be removed";
                    return Err(Failure::new(Condition::InvalidRootElementOperation, phrase));
                };
                let children = &mut element_mut(root, &path).children;
                if matches!(children.get(index), Some(Node::Text(_))) {
                    no_ws()?;
                }
                self.budget.spend(1 + children.len() / 8)?;
                let is_space = |index: Option<usize>| {
                    let node = index.and_then(|index| children.get(index));
                    matches!(node, Some(Node::Text(text)) if text.chars().all(is_space))
                };
                let before = matches!(ws, Some(Ws::Before | Ws::Both));
                let after = matches!(ws, Some(Ws::After | Ws::Both));
                if (before && !is_space(index.checked_sub(1))) || (after && !is_space(Some(index + 1))) {
                    return Err(no_white_space(sel));
                }
                let from = index - usize::from(before);
                children.drain(from..=index + usize::from(after));
                join(children, from, &mut self.budget)
            }
        }
    }

    fn remove_namespace(&mut self, element: &mut Element, prefix: &str) -> Result<(), Failure> {
        let declared = element
            .declarations
            .iter()
            .find(|declaration| *declaration.prefix == *prefix);
        let namespace = declared.map(|declaration| declaration.namespace.clone());
        let mut is_used = false;
        walk_names(element, prefix, &mut self.budget, &mut |name| {
            is_used |= name.prefix.as_deref() == Some(prefix) && name.namespace == namespace;
        })?;
        if is_used {
            let phrase = format!("the prefix {prefix} is used");
            return Err(Failure::new(Condition::InvalidNamespacePrefix, phrase));
        }
        element.undeclare(prefix);
        Ok(())
    }
}

fn no_white_space(sel: &Selector) -> Failure {
    let phrase = format!("no white space to remove beside {sel}");
    Failure::new(Condition::InvalidWhitespaceDirective, phrase)
}

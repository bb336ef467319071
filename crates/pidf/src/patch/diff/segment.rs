//! Children of an element, and the operations between those that stay.

use super::Diff;
use crate::Node;
use crate::patch::selector::{Last, Predicate, Selector, Step};
use crate::patch::{Added, Operation, Pos, Ws};
use crate::xml::chars::is_space;

/// The step `*[position]`.
pub(super) fn any(position: usize) -> Step {
    Step {
        name: None,
        predicates: vec![Predicate::Position(position)],
    }
}

fn is_text(node: &Node) -> bool {
    matches!(node, Node::Text(_))
}

/// The children of an element of the old document.
pub(super) struct Siblings<'a> {
    pub(super) nodes: &'a [Node],
    /// For each which of the nodes of its kind it is, from 1.
    positions: Vec<usize>,
}

impl<'a> Siblings<'a> {
    pub(super) fn of(nodes: &'a [Node]) -> Self {
        let mut counts = [0; 4];
        let position = |node: &Node| {
            let kind = match node {
                Node::Comment(_) => 0,
                Node::Element(_) => 1,
                Node::Instruction { .. } => 2,
                Node::Text(_) => 3,
            };
            counts.get_mut(kind).map_or(0, |count| {
                *count += 1;
                *count
            })
        };
        Self {
            nodes,
            positions: nodes.iter().map(position).collect(),
        }
    }

    pub(super) fn position(&self, index: usize) -> usize {
        self.positions.get(index).copied().unwrap_or_default()
    }

    pub(super) fn selector(&self, path: &[Step], index: usize) -> Selector {
        let mut selector = Selector::root(path.to_vec());
        let position = self.position(index);
        match self.nodes.get(index) {
            Some(Node::Comment(_)) => selector.last = Some(Last::Comment(Some(position))),
            Some(Node::Instruction { .. }) => selector.last = Some(Last::Instruction(None, Some(position))),
            Some(Node::Text(_)) => selector.last = Some(Last::Text(Some(position))),
            Some(Node::Element(_)) | None => selector.steps.push(any(position)),
        }
        selector
    }
}

impl Diff {
    /// Makes what stands between two nodes that stay, from `from` to `to` in the old document, what it is in the new one.
    pub(super) fn segment(&mut self, path: &[Step], old: &Siblings<'_>, (from, to): (usize, usize), new: &[Node]) {
        let before = old.nodes.get(from..to).unwrap_or_default();
        if before == new {
            return;
        }
        let at = |index| old.selector(path, index);
        if let ([Node::Text(_)], [text @ Node::Text(_)]) = (before, new) {
            let content = Some(text.clone());
            return self.push(Operation::Replace { sel: at(from), content });
        }
        // New nodes before text that stays.
        if let (text, Some(added)) = (before, new.strip_suffix(before))
            && text.iter().all(is_text)
            && !added.last().is_some_and(is_text)
        {
            return self.add_after(path, old, from, added);
        }
        // Old nodes go, with the white space behind each, and the text before them stays.
        if let Some(gone) = gone_with_space(before, new) {
            for (index, ws) in gone.into_iter().rev() {
                self.push(Operation::Remove {
                    sel: at(from + index),
                    ws,
                });
            }
            return;
        }
        // Everything goes, and the text that is then joined, and what is new comes.
        for (index, _) in before.iter().enumerate().rev().filter(|(_, node)| !is_text(node)) {
            self.push(Operation::Remove {
                sel: at(from + index),
                ws: None,
            });
        }
        if let Some(first) = before.iter().position(is_text) {
            let position = old.position(from + first);
            let sel = Selector {
                last: Some(Last::Text(Some(position))),
                ..Selector::root(path.to_vec())
            };
            self.push(Operation::Remove { sel, ws: None });
        }
        if !new.is_empty() {
            self.add_after(path, old, from, new);
        }
    }

    /// Adds nodes behind the node before `from`, which stays, or at the beginning.
    fn add_after(&mut self, path: &[Step], old: &Siblings<'_>, from: usize, nodes: &[Node]) {
        let (sel, pos) = match from.checked_sub(1) {
            Some(index) => (old.selector(path, index), Pos::After),
            None => (Selector::root(path.to_vec()), Pos::Prepend),
        };
        let nodes = nodes.to_vec();
        let content = Added::Nodes { pos, nodes };
        self.push(Operation::Add { sel, content });
    }
}

/// Which nodes of a segment go, with the white space behind them, where what is left then is what is wanted.
fn gone_with_space(before: &[Node], new: &[Node]) -> Option<Vec<(usize, Option<Ws>)>> {
    let first = before.iter().take_while(|node| is_text(node)).count();
    if before.get(..first)? != new {
        return None;
    }
    let mut gone = Vec::new();
    for (index, node) in before.iter().enumerate().skip(first) {
        match node {
            Node::Text(text) if !text.chars().all(is_space) => return None,
            Node::Text(_) => {}
            _ => {
                let has_space = before.get(index + 1).is_some_and(is_text);
                gone.push((index, has_space.then_some(Ws::After)));
            }
        }
    }
    Some(gone)
}

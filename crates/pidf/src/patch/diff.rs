//! Operations that make one document of another.
//!
//! The operations that belong to later nodes come first, so that the positions of the earlier ones hold throughout.

use std::collections::BTreeMap;

use super::selector::{Last, Predicate, Selector, Step};
use super::{Added, Operation, Patch, Pos, Ws};
use crate::element::Outside;
use crate::xml::chars::is_space;
use crate::{Element, InvalidValue, Limits, Node};

pub(super) fn diff(old: &Element, new: &Element, limits: &Limits) -> Result<Patch, InvalidValue> {
    if old.name() != new.name() {
        let found = new.name().to_string();
        return Err(InvalidValue::new("the root", "the same in both documents", &found));
    }
    let mut diff = Diff {
        operations: Vec::new(),
        comparisons: limits.patch_steps,
    };
    let none = Outside::default();
    let outside = |element: &Element| element.outside.as_deref().cloned().unwrap_or(none.clone());
    diff.outside(&outside(old), &outside(new));
    diff.element(&[any(1)], old, new);
    Ok(Patch {
        operations: diff.operations,
    })
}

/// The step `*[position]`.
fn any(position: usize) -> Step {
    Step {
        name: None,
        predicates: vec![Predicate::Position(position)],
    }
}

fn is_text(node: &Node) -> bool {
    matches!(node, Node::Text(_))
}

/// The children of an element of the old document.
struct Siblings<'a> {
    nodes: &'a [Node],
    /// For each which of the nodes of its kind it is, from 1.
    positions: Vec<usize>,
}

impl<'a> Siblings<'a> {
    fn of(nodes: &'a [Node]) -> Self {
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

    fn position(&self, index: usize) -> usize {
        self.positions.get(index).copied().unwrap_or_default()
    }

    fn selector(&self, path: &[Step], index: usize) -> Selector {
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

struct Diff {
    operations: Vec<Operation>,
    /// How many pairs of nodes may still be compared.
    comparisons: usize,
}

impl Diff {
    fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    /// What stands beside the root: few comments, if any.
    fn outside(&mut self, old: &Outside, new: &Outside) {
        if *old == *new {
            return;
        }
        let all_old: Vec<Node> = old.before.iter().chain(&old.after).cloned().collect();
        let siblings = Siblings::of(&all_old);
        for index in (0..all_old.len()).rev() {
            let sel = siblings.selector(&[], index);
            self.push(Operation::Remove { sel, ws: None });
        }
        for (pos, nodes) in [(Pos::Before, &new.before), (Pos::After, &new.after)] {
            if !nodes.is_empty() {
                let content = Added::Nodes {
                    pos,
                    nodes: nodes.clone(),
                };
                let sel = Selector::root(vec![any(1)]);
                self.push(Operation::Add { sel, content });
            }
        }
    }

    fn element(&mut self, path: &[Step], old: &Element, new: &Element) {
        if old == new {
            return;
        }
        self.children(path, &old.children, &new.children);
        self.attributes(path, old, new);
    }

    fn attributes(&mut self, path: &[Step], old: &Element, new: &Element) {
        let sel = |last| Selector {
            last,
            ..Selector::root(path.to_vec())
        };
        for attribute in old.attributes() {
            let kept = new.attributes().iter().find(|kept| kept.name() == attribute.name());
            let sel = sel(Some(Last::Attribute(attribute.name().clone())));
            match kept {
                None => self.push(Operation::Remove { sel, ws: None }),
                Some(kept) if kept.value() != attribute.value() => {
                    let value = kept.value().to_owned();
                    let content = (!value.is_empty()).then_some(Node::Text(value));
                    self.push(Operation::Replace { sel, content });
                }
                Some(_) => {}
            }
        }
        for attribute in new.attributes() {
            if !old.attributes().iter().any(|known| known.name() == attribute.name()) {
                let content = Added::Attribute(attribute.clone());
                self.push(Operation::Add {
                    sel: sel(None),
                    content,
                });
            }
        }
    }

    /// The nodes that stay are found; what is between them is changed, from the end on.
    fn children(&mut self, path: &[Step], old: &[Node], new: &[Node]) {
        let old = &Siblings::of(old);
        let mut ends = (old.nodes.len(), new.len());
        for pair in self.align(old.nodes, new).into_iter().rev() {
            self.segment(
                path,
                old,
                (pair.0 + 1, ends.0),
                new.get(pair.1 + 1..ends.1).unwrap_or_default(),
            );
            if let (Some(Node::Element(one)), Some(Node::Element(other))) = (old.nodes.get(pair.0), new.get(pair.1)) {
                let mut path = path.to_vec();
                path.push(any(old.position(pair.0)));
                self.element(&path, one, other);
            }
            ends = pair;
        }
        self.segment(path, old, (0, ends.0), new.get(..ends.1).unwrap_or_default());
    }

    /// Pairs of indexes of nodes that stay, in order: none of them text.
    fn align(&mut self, old: &[Node], new: &[Node]) -> Vec<(usize, usize)> {
        let mut classes = BTreeMap::new();
        let olds = counterparts(old, &mut classes);
        let news = counterparts(new, &mut classes);
        let same = |one: usize, other: usize| {
            let classes = olds.get(one).zip(news.get(other));
            classes.is_some_and(|((_, one), (_, other))| one == other)
        };
        let shorter = olds.len().min(news.len());
        let start = (0..shorter).take_while(|index| same(*index, *index)).count();
        let end = (1..=shorter - start)
            .take_while(|back| same(olds.len() - back, news.len() - back))
            .count();
        let (rows, columns) = (olds.len() - start - end, news.len() - start - end);
        let mut pairs: Vec<(usize, usize)> = (0..start).map(|index| (index, index)).collect();
        if let Some(left) = self.comparisons.checked_sub(rows.saturating_mul(columns)) {
            self.comparisons = left;
            let middle = longest_common(rows, columns, |row, column| same(start + row, start + column));
            pairs.extend(middle.into_iter().map(|(row, column)| (start + row, start + column)));
        }
        pairs.extend((1..=end).rev().map(|back| (olds.len() - back, news.len() - back)));
        let place = |(one, other): (usize, usize)| Some((olds.get(one)?.0, news.get(other)?.0));
        pairs.into_iter().filter_map(place).collect()
    }

    /// Makes what stands between two nodes that stay, from `from` to `to` in the old document, what it is in the new one.
    fn segment(&mut self, path: &[Step], old: &Siblings<'_>, (from, to): (usize, usize), new: &[Node]) {
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

/// What two nodes have in common of which one becomes the other when what is in it is changed.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Class<'a> {
    Comment(&'a str),
    /// Namespace, name and id.
    Element(Option<&'a str>, &'a str, Option<&'a str>),
    Instruction(&'a str, &'a str),
}

/// The indexes of the nodes that are no text, each with a number for its class, so that many pairs are compared cheaply.
fn counterparts<'a>(nodes: &'a [Node], classes: &mut BTreeMap<Class<'a>, usize>) -> Vec<(usize, usize)> {
    let class = |node: &'a Node| match node {
        Node::Comment(text) => Some(Class::Comment(text)),
        Node::Element(element) => {
            let name = element.name();
            Some(Class::Element(name.namespace(), name.local(), element.attribute("id")))
        }
        Node::Instruction { target, data } => Some(Class::Instruction(target, data)),
        Node::Text(_) => None,
    };
    let nodes = nodes.iter().enumerate();
    let classified = nodes.filter_map(|(index, node)| Some((index, class(node)?)));
    let numbered = classified.map(|(index, class)| {
        let next = classes.len();
        (index, *classes.entry(class).or_insert(next))
    });
    numbered.collect()
}

/// The longest sequence of pairs in both of two lists.
fn longest_common(rows: usize, columns: usize, same: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    // The length of the longest from each pair of places on.
    let width = columns + 1;
    let mut lengths = vec![0_u32; (rows + 1) * width];
    let length = |lengths: &[u32], row: usize, column: usize| lengths.get(row * width + column).copied().unwrap_or(0);
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let longest = if same(row, column) {
                length(&lengths, row + 1, column + 1) + 1
            } else {
                length(&lengths, row + 1, column).max(length(&lengths, row, column + 1))
            };
            if let Some(place) = lengths.get_mut(row * width + column) {
                *place = longest;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < rows && column < columns {
        if same(row, column) {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if length(&lengths, row + 1, column) >= length(&lengths, row, column + 1) {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The selectors of the operations; they make the new document of the old one.
    fn selectors(old: &str, new: &str) -> Vec<String> {
        let limits = Limits::default();
        let [old, new] = [old, new].map(|document| Element::parse(document.as_bytes(), &limits).unwrap());
        let patch = diff(&old, &new, &limits).unwrap();
        let mut patched = old;
        patch.apply(&mut patched, &limits).unwrap();
        assert_eq!(patched, new, "{patch:?}");
        assert_eq!(
            patched.outside.as_deref().cloned().unwrap_or_default(),
            new.outside.as_deref().cloned().unwrap_or_default()
        );
        patch
            .operations()
            .iter()
            .map(|operation| operation.sel().to_string())
            .collect()
    }

    #[test]
    fn what_changed_is_named() {
        assert_eq!(selectors("<a/>", "<a/>"), [""; 0]);
        assert_eq!(selectors("<a k='1'><b/></a>", "<a k='2'><b/></a>"), ["*[1]/@k"]);
        assert_eq!(
            selectors("<a>x<b>y</b></a>", "<a>x<b>z</b></a>"),
            ["*[1]/*[1]/text()[1]"]
        );
        assert_eq!(
            selectors("<a> <b/> <c/> </a>", "<a> <b/> <n/> <c/> </a>"),
            ["*[1]/*[1]"]
        );
        assert_eq!(
            selectors("<a> <b/> <c/> <d/> </a>", "<a> <b/> <d/> </a>"),
            ["*[1]/*[2]"]
        );
        assert_eq!(selectors("<a><b/>x</a>", "<a>x<b/></a>").len(), 2);
        assert_eq!(
            selectors("<a><b id='1'/><b id='2'/></a>", "<a><b id='2' k=''/></a>"),
            ["*[1]/*[2]", "*[1]/*[1]"]
        );
    }

    #[test]
    fn mixed_content() {
        for (old, new) in [
            ("<a>x<b/>y<c/>z</a>", "<a>z<c/>y<b/>x</a>"),
            ("<a>x<!--1-->y<?p?>z</a>", "<a>x<?p?>z<!--2--></a>"),
            ("<a><b/>x<b/></a>", "<a>x</a>"),
            ("<a>x</a>", "<a/>"),
            ("<a/>", "<a>x<b/>y</a>"),
            ("<!--1--><a/><!--2-->", "<a/><?p?>"),
            ("<!--1--><?p?><!--2--><a/><?q?><!--3-->", "<?p?><a/><!--3-->"),
            ("<a>1<b/>2<!--x-->3<?p?>4<c/>5</a>", "<a><b/>6<c/>7</a>"),
            ("<a/>", "<!--1--><?p?><a/><!--2-->"),
            ("<a> <b/> <b/> x </a>", "<a> <b/> </a>"),
        ] {
            selectors(old, new);
            selectors(new, old);
        }
    }

    #[test]
    fn another_root_is_no_patch() {
        let [old, new] = ["<a/>", "<b/>"].map(|text| Element::parse(text.as_bytes(), &Limits::default()).unwrap());
        assert!(diff(&old, &new, &Limits::default()).is_err());
    }

    #[test]
    fn long_lists_are_replaced_where_comparing_costs_too_much() {
        let limits = Limits {
            patch_steps: 1_000,
            ..Limits::default()
        };
        let list = |from: u32| {
            let items: String = (from..from + 100).map(|index| format!("<i id='{index}'/>")).collect();
            Element::parse(format!("<l>{items}</l>").as_bytes(), &limits).unwrap()
        };
        let (old, new) = (list(0), list(50));
        let patch = diff(&old, &new, &limits).unwrap();
        let mut patched = old;
        patch.apply(&mut patched, &Limits::default()).unwrap();
        assert_eq!(patched, new);
    }
}

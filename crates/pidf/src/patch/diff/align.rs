//! Which children of an element stay.

use std::collections::BTreeMap;

use crate::Node;

/// Pairs of indexes of nodes that stay, in order: none of them text. `comparisons` is how many pairs of nodes may still be
/// compared.
pub(super) fn align(old: &[Node], new: &[Node], comparisons: &mut usize) -> Vec<(usize, usize)> {
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
    if let Some(left) = comparisons.checked_sub(rows.saturating_mul(columns)) {
        *comparisons = left;
        let middle = longest_common(rows, columns, |row, column| same(start + row, start + column));
        pairs.extend(middle.into_iter().map(|(row, column)| (start + row, start + column)));
    }
    pairs.extend((1..=end).rev().map(|back| (olds.len() - back, news.len() - back)));
    let place = |(one, other): (usize, usize)| Some((olds.get(one)?.0, news.get(other)?.0));
    pairs.into_iter().filter_map(place).collect()
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
///
/// Of the lengths from each pair of places on, those of one row are kept, and of the others a bit each: a table of as many
/// places as may be compared takes an eighth of that in bytes.
fn longest_common(rows: usize, columns: usize, same: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let mut lengths = vec![0_u32; columns];
    let mut is_down = Bits::new(rows * columns);
    for row in (0..rows).rev() {
        let (mut diagonal, mut right) = (0, 0);
        for (column, length) in lengths.iter_mut().enumerate().rev() {
            let below = *length;
            *length = if same(row, column) {
                diagonal + 1
            } else {
                if below >= right {
                    is_down.set(row * columns + column);
                }
                below.max(right)
            };
            (diagonal, right) = (below, *length);
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < rows && column < columns {
        if same(row, column) {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if is_down.is_set(row * columns + column) {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

struct Bits(Vec<u64>);

impl Bits {
    fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    fn set(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn is_set(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_common_sequence_is_found() {
        for (one, other, expected) in [
            ("", "abc", ""),
            ("abc", "abc", "abc"),
            ("abcbdab", "bdcaba", "bdab"),
            ("xaybz", "aabb", "ab"),
            ("abc", "def", ""),
        ] {
            let (one, other) = (one.as_bytes(), other.as_bytes());
            let pairs = longest_common(one.len(), other.len(), |row, column| one[row] == other[column]);
            let found: String = pairs.iter().map(|(row, _)| char::from(one[*row])).collect();
            assert!(pairs.iter().all(|(row, column)| one[*row] == other[*column]));
            assert!(pairs.is_sorted_by(|one, other| one.0 < other.0 && one.1 < other.1));
            assert_eq!(found, expected);
        }
    }
}

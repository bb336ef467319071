//! Which node a selector names (RFC 5261 section 4.1).

use super::error::{Condition, Failure};
use super::selector::{Last, Predicate, Selector, Start, Step};
use crate::budget::Budget;
use crate::xml::XML_NAMESPACE;
use crate::{Element, Name, Node};

/// A node of a document. A path has the index of a child on each level; that of the root is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Attribute {
        path: Vec<usize>,
        name: Name,
    },
    Namespace {
        path: Vec<usize>,
        prefix: String,
    },
    /// An element, a comment, an instruction or text inside the root, or the root.
    Node(Vec<usize>),
    /// A comment or an instruction beside the root.
    Outside {
        is_before: bool,
        index: usize,
    },
}

type Found<'a> = (Vec<usize>, &'a Element);

/// Finds the one node that a selector names.
pub(super) fn locate(root: &Element, selector: &Selector, budget: &mut Budget) -> Result<Target, Failure> {
    let mut steps = selector.steps.iter();
    let mut found: Vec<Found<'_>> = match &selector.start {
        Start::Id(id) => {
            let mut found = Vec::new();
            find_id(root, id, &mut Vec::new(), &mut found, budget)?;
            found
        }
        Start::Root => match steps.next() {
            Some(step) => filter(vec![(Vec::new(), root)], step, budget)?,
            None => return locate_outside(root, selector, budget),
        },
    };
    for step in steps {
        let mut next = Vec::new();
        for (path, element) in found {
            next.extend(children(&path, element, step, budget)?);
        }
        found = next;
    }
    match &selector.last {
        None => match found.len() {
            1 => Ok(Target::Node(found.swap_remove(0).0)),
            count => Err(unlocated(selector, count)),
        },
        Some(last) => {
            let mut targets = Vec::new();
            for (path, element) in found {
                targets.extend(last_targets(path, element, last, budget)?);
            }
            match targets.len() {
                1 => Ok(targets.swap_remove(0)),
                0 if matches!(last, Last::Namespace(_)) => Err(Failure::new(
                    Condition::InvalidNamespaceUri,
                    format!("no such declaration: {selector}"),
                )),
                count => Err(unlocated(selector, count)),
            }
        }
    }
}

fn unlocated(selector: &Selector, count: usize) -> Failure {
    let phrase = match count {
        0 => format!("no node at {selector}"),
        count => format!("{count} nodes at {selector}"),
    };
    Failure::new(Condition::UnlocatedNode, phrase)
}

fn find_id<'a>(
    element: &'a Element,
    id: &str,
    path: &mut Vec<usize>,
    found: &mut Vec<Found<'a>>,
    budget: &mut Budget,
) -> Result<(), Failure> {
    budget.spend(1 + element.attributes().len())?;
    let is_id = |name: &Name| name.is(XML_NAMESPACE, "id") || name.is("", "id");
    let mut attributes = element.attributes().iter();
    if attributes.any(|attribute| is_id(attribute.name()) && attribute.value() == id) {
        found.push((path.clone(), element));
    }
    for (index, child) in element.children().iter().enumerate() {
        if let Node::Element(child) = child {
            path.push(index);
            find_id(child, id, path, found, budget)?;
            path.pop();
        }
    }
    Ok(())
}

/// The children of an element that a step names.
fn children<'a>(
    path: &[usize],
    element: &'a Element,
    step: &Step,
    budget: &mut Budget,
) -> Result<Vec<Found<'a>>, Failure> {
    // To pass over a child costs less than to look at one.
    budget.spend(1 + element.children().len() / 4)?;
    let elements = element
        .children()
        .iter()
        .enumerate()
        .filter_map(|(index, child)| match child {
            Node::Element(child) => Some((index, child)),
            _ => None,
        });
    let named = elements.filter(|(_, child)| step.name.as_ref().is_none_or(|name| name == child.name()));
    // A position is the commonest predicate, and picks one at once.
    let (places, predicates) = match step.predicates.split_first() {
        Some((Predicate::Position(position), rest)) => {
            (position.checked_sub(1).map_or(0..0, |place| place..*position), rest)
        }
        _ => (0..usize::MAX, step.predicates.as_slice()),
    };
    let mut found = Vec::new();
    for (index, child) in named.take(places.end).skip(places.start) {
        // What is found is kept with its path.
        budget.spend(1 + path.len() / 8)?;
        let mut path = path.to_vec();
        path.push(index);
        found.push((path, child));
    }
    apply_predicates(found, predicates, budget)
}

/// Those of the elements that a step names.
fn filter<'a>(mut found: Vec<Found<'a>>, step: &Step, budget: &mut Budget) -> Result<Vec<Found<'a>>, Failure> {
    found.retain(|(_, element)| step.name.as_ref().is_none_or(|name| name == element.name()));
    apply_predicates(found, &step.predicates, budget)
}

fn apply_predicates<'a>(
    mut found: Vec<Found<'a>>,
    predicates: &[Predicate],
    budget: &mut Budget,
) -> Result<Vec<Found<'a>>, Failure> {
    for predicate in predicates {
        let mut kept = Vec::new();
        budget.spend(1)?;
        for (index, (path, element)) in found.into_iter().enumerate() {
            if holds(predicate, index + 1, element, budget)? {
                kept.push((path, element));
            }
        }
        found = kept;
    }
    Ok(found)
}

fn holds(predicate: &Predicate, position: usize, element: &Element, budget: &mut Budget) -> Result<bool, Failure> {
    match predicate {
        Predicate::Attribute(name, value) => {
            budget.spend_bytes(64 * element.attributes().len() + value.len())?;
            let mut attributes = element.attributes().iter();
            Ok(attributes.any(|attribute| attribute.name() == name && attribute.value() == value))
        }
        Predicate::Child(name, value) => {
            budget.spend(1 + element.children().len())?;
            for child in element.elements().filter(|child| child.name() == name) {
                if has_value(child, value, budget)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Predicate::Position(expected) => {
            budget.spend(1)?;
            Ok(position == *expected)
        }
        Predicate::Value(value) => has_value(element, value, budget),
    }
}

/// Whether the text of an element and of those in it is this.
fn has_value(element: &Element, value: &str, budget: &mut Budget) -> Result<bool, Failure> {
    let mut rest = Some(value);
    strip_value(element, &mut rest, budget)?;
    Ok(rest == Some(""))
}

/// Takes the text of an element from the beginning of `rest`, which becomes `None` if it begins otherwise.
fn strip_value(element: &Element, rest: &mut Option<&str>, budget: &mut Budget) -> Result<(), Failure> {
    for child in element.children() {
        let Some(expected) = *rest else { return Ok(()) };
        budget.spend(1)?;
        match child {
            Node::Element(child) => strip_value(child, rest, budget)?,
            Node::Text(text) => {
                budget.spend_bytes(text.len().min(expected.len()))?;
                *rest = expected.strip_prefix(text.as_str());
            }
            Node::Comment(_) | Node::Instruction { .. } => {}
        }
    }
    Ok(())
}

/// The nodes of an element that the last step names, where that is no step to elements.
fn last_targets(path: Vec<usize>, element: &Element, last: &Last, budget: &mut Budget) -> Result<Vec<Target>, Failure> {
    budget.spend(1 + element.children().len() + element.attributes().len() + path.len() / 8)?;
    match last {
        Last::Attribute(name) => {
            let is_there = element.attributes().iter().any(|attribute| attribute.name() == name);
            let target = Target::Attribute {
                path,
                name: name.clone(),
            };
            Ok(is_there.then_some(target).into_iter().collect())
        }
        Last::Namespace(prefix) => {
            let is_there = element
                .declarations
                .iter()
                .any(|declaration| *declaration.prefix == **prefix);
            let target = Target::Namespace {
                path,
                prefix: prefix.clone(),
            };
            Ok(is_there.then_some(target).into_iter().collect())
        }
        Last::Comment(_) | Last::Instruction(..) | Last::Text(_) => {
            let mut targets = Vec::new();
            for index in at_position(matching(element.children(), last), last) {
                budget.spend(1 + path.len() / 8)?;
                let mut path = path.clone();
                path.push(index);
                targets.push(Target::Node(path));
            }
            Ok(targets)
        }
    }
}

fn locate_outside(root: &Element, selector: &Selector, budget: &mut Budget) -> Result<Target, Failure> {
    let none = || unlocated(selector, 0);
    let (Some(last), Some(outside)) = (&selector.last, &root.outside) else {
        return Err(none());
    };
    budget.spend(1 + outside.before.len() + outside.after.len())?;
    let before = matching(&outside.before, last).map(|index| (true, index));
    let after = matching(&outside.after, last).map(|index| (false, index));
    let all = at_position(before.chain(after), last);
    match *all.as_slice() {
        [(is_before, index)] => Ok(Target::Outside { is_before, index }),
        _ => Err(unlocated(selector, all.len())),
    }
}

/// The indexes of the nodes that a step names, whatever its position.
fn matching(nodes: &[Node], last: &Last) -> impl Iterator<Item = usize> {
    let is_meant = move |node: &Node| match (node, last) {
        (Node::Comment(_), Last::Comment(_)) | (Node::Text(_), Last::Text(_)) => true,
        (Node::Instruction { target, .. }, Last::Instruction(meant, _)) => {
            meant.as_ref().is_none_or(|meant| meant == target)
        }
        _ => false,
    };
    let nodes = nodes.iter().enumerate();
    nodes.filter(move |(_, node)| is_meant(node)).map(|(index, _)| index)
}

/// The one at the position that a step has, or all where it has none.
fn at_position<T>(found: impl Iterator<Item = T>, last: &Last) -> Vec<T> {
    match last {
        Last::Comment(Some(position)) | Last::Instruction(_, Some(position)) | Last::Text(Some(position)) => {
            let index = position.checked_sub(1);
            index.map_or_else(Vec::new, |index| found.skip(index).take(1).collect())
        }
        _ => found.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    const DOCUMENT: &[u8] =
        b"<!--x--><doc xmlns:p='urn:p'>a<foo id='1'>b</foo><!--c-->c<foo id='2' xml:id='three'>b<i>d</i></foo>\
        <p:foo><k>v</k></p:foo><?t?></doc><?t?>";

    fn locate_in(selector: &str) -> Result<Target, Condition> {
        let root = Element::parse(DOCUMENT, &Limits::default()).unwrap();
        let selector = Selector::parse(selector, |prefix| (prefix == "q").then(|| "urn:p".to_owned())).unwrap();
        let mut budget = Budget::new(Limits::default().patch_steps);
        locate(&root, &selector, &mut budget).map_err(|failure| failure.condition())
    }

    #[test]
    fn one_node_is_found() {
        for (selector, path) in [
            ("doc", vec![]),
            ("*", vec![]),
            ("doc[1]", vec![]),
            ("doc/foo[1]", vec![1]),
            ("doc/foo[2]", vec![4]),
            ("doc/foo[@id='2']", vec![4]),
            ("doc/foo[.='bd']", vec![4]),
            ("doc/foo[i='d']", vec![4]),
            ("doc/*[3]", vec![5]),
            ("doc/q:foo", vec![5]),
            ("*/foo[@id='2'][1]", vec![4]),
            ("*/*[k='v']/k", vec![5, 0]),
            ("id('1')", vec![1]),
            ("id('three')/i", vec![4, 1]),
            ("doc/text()[2]", vec![3]),
            ("doc/foo[1]/text()", vec![1, 0]),
            ("doc/comment()", vec![2]),
            ("doc/processing-instruction('t')", vec![6]),
        ] {
            assert_eq!(locate_in(selector), Ok(Target::Node(path)), "{selector}");
        }
        assert_eq!(
            locate_in("comment()"),
            Ok(Target::Outside {
                is_before: true,
                index: 0
            })
        );
        let after = Target::Outside {
            is_before: false,
            index: 0,
        };
        assert_eq!(locate_in("processing-instruction()[1]"), Ok(after));
        assert!(matches!(locate_in("doc/foo[1]/@id"), Ok(Target::Attribute { .. })));
        assert!(matches!(locate_in("doc/namespace::p"), Ok(Target::Namespace { .. })));
    }

    #[test]
    fn none_and_several_are_errors() {
        for selector in [
            "foo",
            "doc/foo",
            "doc/bar",
            "doc/foo[3]",
            "doc/foo[0]",
            "doc/text()",
            "doc/text()[0]",
            "doc/foo/@id",
            "doc/@id",
            "id('4')",
            "doc/foo[.='b'][2]",
            "text()",
            "comment()[2]",
            "doc/p/text()",
            "doc[2]",
            "doc/foo[i='x']",
        ] {
            assert_eq!(locate_in(selector), Err(Condition::UnlocatedNode), "{selector}");
        }
        assert_eq!(locate_in("doc/namespace::q"), Err(Condition::InvalidNamespaceUri));
    }

    #[test]
    fn work_is_bounded() {
        let limits = Limits {
            patch_steps: 3,
            ..Limits::default()
        };
        let root = Element::parse(DOCUMENT, &limits).unwrap();
        let selector = Selector::parse("id('three')", |_| None).unwrap();
        let failure = locate(&root, &selector, &mut Budget::new(limits.patch_steps)).unwrap_err();
        assert_eq!(failure.condition(), Condition::InvalidPatchDirective);
    }
}

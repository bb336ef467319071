//! Operations that make one document of another.
//!
//! The operations that belong to later nodes come first, so that the positions of the earlier ones hold throughout.

mod align;
mod segment;

use super::selector::{Last, Selector, Step};
use super::size::Size;
use super::{Added, Operation, Patch, PatchError, Pos, apply, outcome};
use crate::element::Outside;
use crate::{Element, InvalidValue, Limits, Node};

use align::align;
use segment::{Siblings, any};

pub(super) fn diff(old: &Element, new: &Element, limits: &Limits) -> Result<Patch, InvalidValue> {
    if old.name() != new.name() {
        let found = new.name().to_string();
        return Err(InvalidValue::new("the root", "the same in both documents", &found));
    }
    let too_far = |error: PatchError| {
        let expected = "near enough for a patch within the limits";
        InvalidValue::new("the documents", expected, error.phrase())
    };
    for document in [old, new] {
        let depth = outcome::check_depth(Size::of(document).height, limits);
        depth.map_err(|failure| too_far(PatchError::new(failure, 0)))?;
    }
    let mut diff = Diff {
        operations: Vec::new(),
        comparisons: limits.patch_steps,
    };
    diff.outside(old.outside.as_deref(), new.outside.as_deref());
    let outside = diff.operations.len();
    diff.element(&[any(1)], old, new);
    let mut patch = Patch {
        operations: diff.operations,
    };
    // Only carrying it out tells whether the one who gets it may.
    if apply::apply(&patch, old, limits).is_err() {
        let root = Element {
            outside: None,
            ..new.clone()
        };
        patch.operations.truncate(outside);
        patch.operations.push(Operation::Replace {
            sel: Selector::root(vec![any(1)]),
            content: Some(Node::Element(root)),
        });
        apply::apply(&patch, old, limits).map_err(too_far)?;
    }
    Ok(patch)
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
    fn outside(&mut self, old: Option<&Outside>, new: Option<&Outside>) {
        let sides = |outside: Option<&Outside>| {
            let outside = outside.cloned().unwrap_or_default();
            [(Pos::Before, outside.before), (Pos::After, outside.after)]
        };
        let (old, new) = (sides(old), sides(new));
        let all_old: Vec<Node> = old.iter().flat_map(|(_, nodes)| nodes).cloned().collect();
        let siblings = Siblings::of(&all_old);
        let mut end = all_old.len();
        for ((_, old), (pos, new)) in old.iter().zip(new).rev() {
            let start = end - old.len();
            if *old != new {
                for index in (start..end).rev() {
                    let sel = siblings.selector(&[], index);
                    self.push(Operation::Remove { sel, ws: None });
                }
                if !new.is_empty() {
                    let sel = Selector::root(vec![any(1)]);
                    let content = Added::Nodes { pos, nodes: new };
                    self.push(Operation::Add { sel, content });
                }
            }
            end = start;
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
        for pair in align(old.nodes, new, &mut self.comparisons).into_iter().rev() {
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

    fn list(count: usize, item: impl Fn(usize) -> String) -> Element {
        let items: String = (0..count).map(item).collect();
        Element::parse(format!("<l>{items}</l>").as_bytes(), &Limits::default()).unwrap()
    }

    /// What `apply` takes with the same limits.
    #[track_caller]
    fn agrees(old: &Element, new: &Element, limits: &Limits) -> Patch {
        let patch = diff(old, new, limits).unwrap();
        let mut patched = old.clone();
        patch.apply(&mut patched, limits).unwrap();
        assert_eq!(patched, *new);
        patch
    }

    #[test]
    fn a_patch_is_none_that_would_be_refused() {
        let limits = Limits {
            elements: 300,
            ..Limits::default()
        };
        // Both documents together are more than one may be, and what is added comes first.
        let halves = |one, other| list(250, |index| format!("<{}/>", if index < 125 { one } else { other }));
        agrees(&halves("a", "b"), &halves("b", "a"), &limits);
        let limits = Limits {
            patch_steps: 5_000,
            ..limits
        };
        // Operations on every second of many elements would take more steps than a patch may.
        let old = list(250, |index| format!("<i k='{index}'/>"));
        let new = list(250, |index| format!("<i k='{}'/>", index / 2 * 2));
        assert_eq!(agrees(&old, &new, &limits).operations().len(), 1);
        let comments = |text| format!("{}<l/>", format!("<!--{text}-->").repeat(300));
        let [old, new] = [comments("a"), comments("b")].map(|text| Element::parse(text.as_bytes(), &limits).unwrap());
        let error = diff(&old, &new, &limits).unwrap_err();
        assert_eq!(error.expected(), "near enough for a patch within the limits");
    }

    /// A document that was built can be deeper than any that is read, and than the stack of a thread bears.
    #[test]
    fn what_is_too_deep_has_no_patch() {
        let deep = |text| {
            let leaf = Element::new("urn:x", "e").unwrap().with_text(text).unwrap();
            (0..100_000).fold(leaf, |inner, _| Element::new("urn:x", "e").unwrap().with_child(inner))
        };
        let (mut old, new) = (deep("old"), deep("new"));
        let error = diff(&old, &new, &Limits::default()).unwrap_err();
        assert!(error.to_string().contains("more than 64 levels of nesting"), "{error}");
        let shallow = Element::new("urn:x", "e").unwrap();
        assert!(diff(&shallow, &new, &Limits::default()).is_err());
        assert!(diff(&old, &shallow, &Limits::default()).is_err());

        let mut patch = Patch::default();
        patch.apply(&mut old, &Limits::default()).unwrap();
        patch
            .push(Operation::Add {
                sel: Selector::parse("*", |_| None).unwrap(),
                content: Added::Nodes {
                    pos: Pos::Append,
                    nodes: vec![Node::Element(new)],
                },
            })
            .unwrap();
        for mut document in [old, shallow] {
            let error = patch.apply(&mut document, &Limits::default()).unwrap_err();
            assert!(error.phrase().contains("more than 64 levels of nesting"), "{error}");
        }
        assert!(patch.write(&crate::Name::new("urn:x", "diff").unwrap()).len() > 100_000);
    }

    #[test]
    fn long_lists_are_replaced_where_comparing_costs_too_much() {
        let limits = Limits {
            patch_steps: 1_000,
            ..Limits::default()
        };
        let from = |from: usize| list(100, |index| format!("<i id='{}'/>", from + index));
        agrees(&from(0), &from(50), &limits);
    }
}

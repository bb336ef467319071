//! Which elements an expression selects, in time linear in the document for each step and comparison.

use super::FilterError;
use super::decimal::decimal;
use super::expression::{Comparison, Expression, Operand, Test, Value};
use crate::budget::Budget;
use crate::xml::chars::is_space;
use crate::{Element, Name, Node};

/// The elements of a document in order, behind the document itself.
#[derive(Debug)]
pub(super) struct Index<'t> {
    places: Vec<Place<'t>>,
    attributes: usize,
    /// Bytes of values.
    bytes: usize,
}

#[derive(Debug)]
struct Place<'t> {
    /// `None` for the document.
    element: Option<&'t Element>,
    parent: usize,
    /// The index of the first element behind this one that is not inside it.
    end: usize,
}

/// For each place whether it is in the set.
pub(super) type Set = Vec<bool>;

pub(super) fn has(set: &[bool], index: usize) -> bool {
    set.get(index).copied().unwrap_or(false)
}

impl<'t> Index<'t> {
    pub(super) fn new(root: &'t Element) -> Self {
        let document = Place {
            element: None,
            parent: 0,
            end: usize::MAX,
        };
        let mut index = Self {
            places: vec![document],
            attributes: 0,
            bytes: 0,
        };
        index.add(root, 0);
        index
    }

    fn add(&mut self, element: &'t Element, parent: usize) {
        let place = self.places.len();
        self.places.push(Place {
            element: Some(element),
            parent,
            end: usize::MAX,
        });
        self.attributes += element.attributes().len();
        self.bytes += element
            .attributes()
            .iter()
            .map(|attribute| attribute.value().len())
            .sum::<usize>();
        for node in element.children() {
            match node {
                Node::Element(child) => self.add(child, place),
                Node::Text(text) => self.bytes += text.len(),
                _ => {}
            }
        }
        let end = self.places.len();
        if let Some(place) = self.places.get_mut(place) {
            place.end = end;
        }
    }

    /// What it costs to look at every element.
    pub(super) fn cost(&self) -> usize {
        self.places.len() + self.attributes
    }

    /// The index of the first element behind one that is not inside it.
    pub(super) fn end(&self, index: usize) -> usize {
        self.places.get(index).map_or(usize::MAX, |place| place.end)
    }

    /// Index, index of the element around it, and element, in order; 0 is the index of the document.
    pub(super) fn elements(&self) -> impl DoubleEndedIterator<Item = (usize, usize, &'t Element)> {
        let places = self.places.iter().enumerate();
        places.filter_map(|(index, place)| Some((index, place.parent, place.element?)))
    }

    pub(super) fn none(&self) -> Set {
        vec![false; self.places.len()]
    }

    /// The elements that an expression selects, or those whose attribute it does.
    pub(super) fn select(&self, expression: &Expression, budget: &mut Budget) -> Result<Set, FilterError> {
        let mut set = self.none();
        if let Some(document) = set.first_mut() {
            *document = true;
        }
        for step in &expression.steps {
            set = self.step(&set, &step.test, budget)?;
            for condition in &step.conditions {
                let mut holds = self.none();
                for all in &condition.0 {
                    let mut hold = set.clone();
                    for comparison in all {
                        intersect(&mut hold, &self.comparison(comparison, budget)?);
                    }
                    unite(&mut holds, &hold);
                }
                set = holds;
            }
        }
        if let Some(attribute) = &expression.attribute {
            if attribute.is_deep {
                let any = Test {
                    is_deep: true,
                    name: None,
                };
                let inside = self.step(&set, &any, budget)?;
                unite(&mut set, &inside);
            }
            budget.spend(self.cost())?;
            for (index, _, element) in self.elements() {
                if attribute_of(element, &attribute.name).is_none()
                    && let Some(selected) = set.get_mut(index)
                {
                    *selected = false;
                }
            }
        }
        Ok(set)
    }

    /// The elements to which a step leads from those of a set.
    fn step(&self, from: &[bool], test: &Test, budget: &mut Budget) -> Result<Set, FilterError> {
        budget.spend(self.cost())?;
        let mut inside = self.none();
        let mut set = self.none();
        for (index, parent, element) in self.elements() {
            let is_reached = has(from, parent) || (test.is_deep && has(&inside, parent));
            if let Some(inside) = inside.get_mut(index) {
                *inside = is_reached;
            }
            if let Some(selected) = set.get_mut(index) {
                *selected = is_reached && is_named(element, test.name.as_ref());
            }
        }
        Ok(set)
    }

    /// The elements from which a step leads to one of a set.
    fn step_back(&self, to: &[bool], is_deep: bool, budget: &mut Budget) -> Result<Set, FilterError> {
        budget.spend(self.cost())?;
        let mut set = self.none();
        for (index, parent, _) in self.elements().rev() {
            let leads = has(to, index) || (is_deep && has(&set, index));
            if let Some(selected) = set.get_mut(parent) {
                *selected |= leads;
            }
        }
        Ok(set)
    }

    /// The elements for which a comparison holds.
    fn comparison(&self, comparison: &Comparison, budget: &mut Budget) -> Result<Set, FilterError> {
        // To compare a value may be to look at all of it, once on each level; most differ where they begin.
        budget.spend(self.cost() + self.bytes / 4)?;
        let mut set = self.none();
        let (steps, attribute) = match &comparison.operand {
            Operand::Path { steps, attribute } => (steps.as_slice(), attribute.as_ref()),
            Operand::Parent | Operand::This => (&[][..], None),
        };
        for (index, _, element) in self.elements() {
            let holds = match attribute {
                Some(name) => attribute_of(element, name).is_some_and(|value| comparison.value.holds_for([value])),
                None => {
                    let name = steps.last().and_then(|step| step.name.as_ref());
                    is_named(element, name) && comparison.value.holds_for(texts(element))
                }
            };
            if let Some(selected) = set.get_mut(index) {
                *selected = holds;
            }
        }
        if comparison.operand == Operand::Parent {
            let parents = std::mem::replace(&mut set, self.none());
            for (index, parent, _) in self.elements() {
                if let Some(selected) = set.get_mut(index) {
                    *selected = has(&parents, parent);
                }
            }
        }
        // From the end of the path to where it begins.
        for (position, step) in steps.iter().enumerate().rev() {
            if attribute.is_some() || position + 1 < steps.len() {
                for (index, _, element) in self.elements() {
                    if let Some(selected) = set.get_mut(index) {
                        *selected &= is_named(element, step.name.as_ref());
                    }
                }
            }
            set = self.step_back(&set, step.is_deep, budget)?;
        }
        Ok(set)
    }
}

pub(super) fn unite(set: &mut [bool], other: &[bool]) {
    set.iter_mut().zip(other).for_each(|(one, other)| *one |= other);
}

fn intersect(set: &mut [bool], other: &[bool]) {
    set.iter_mut().zip(other).for_each(|(one, other)| *one &= other);
}

fn is_named(element: &Element, name: Option<&Name>) -> bool {
    name.is_none_or(|name| name == element.name())
}

pub(super) fn attribute_of<'t>(element: &'t Element, name: &Name) -> Option<&'t str> {
    let mut attributes = element.attributes().iter();
    let attribute = attributes.find(|attribute| attribute.name() == name)?;
    Some(attribute.value())
}

/// The pieces of the text of an element and of those in it.
pub(super) fn texts(element: &Element) -> impl Iterator<Item = &str> {
    let mut stack = vec![element.children().iter()];
    std::iter::from_fn(move || {
        loop {
            match stack.last_mut()?.next() {
                Some(Node::Element(child)) => stack.push(child.children().iter()),
                Some(Node::Text(text)) => return Some(text.as_str()),
                Some(_) => {}
                None => {
                    stack.pop();
                }
            }
        }
    })
}

impl Value {
    /// Whether a value, of which these are the pieces, compares so. White space around it does not count.
    fn holds_for<'t>(&self, pieces: impl IntoIterator<Item = &'t str>) -> bool {
        match self {
            Self::Text(expected) => is_text(pieces, expected.trim_matches(is_space)),
            Self::Number(expected) => number(pieces).is_some_and(|number| number == *expected),
            Self::Greater(than) => number(pieces).is_some_and(|number| number > *than),
            Self::Less(than) => number(pieces).is_some_and(|number| number < *than),
        }
    }
}

fn is_text<'t>(pieces: impl IntoIterator<Item = &'t str>, expected: &str) -> bool {
    let mut rest = expected;
    let mut has_begun = false;
    for piece in pieces {
        let piece = if has_begun {
            piece
        } else {
            piece.trim_start_matches(is_space)
        };
        has_begun |= !piece.is_empty();
        match (rest.strip_prefix(piece), piece.strip_prefix(rest)) {
            (Some(left), _) => rest = left,
            (None, Some(behind)) if behind.chars().all(is_space) => rest = "",
            _ => return false,
        }
    }
    rest.is_empty()
}

fn number<'t>(pieces: impl IntoIterator<Item = &'t str>) -> Option<i128> {
    // More digits than a number has, and white space around them.
    const LONGEST: usize = 128;
    let mut text = String::new();
    for piece in pieces {
        if text.len() + piece.len() > LONGEST {
            return None;
        }
        text.push_str(piece);
    }
    decimal(text.trim_matches(is_space))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    const DOCUMENT: &str = "<r xmlns:p='urn:p' k='1'><t id='a'><s><b>open</b></s><c> IM </c></t>\
        <t id='b'><s><b>closed</b></s><p:c>SMS</p:c></t><w d='509' p:d='x'>1<i>2</i></w><w d='20'> 5 </w></r>";

    #[track_caller]
    fn selected(expression: &str) -> Vec<String> {
        let root = Element::parse(DOCUMENT.as_bytes(), &Limits::default()).unwrap();
        let index = Index::new(&root);
        let expression = Expression::parse(expression, |prefix| (prefix == "p").then_some("urn:p")).unwrap();
        let set = index
            .select(&expression, &mut Budget::new(Limits::default().filter_steps))
            .unwrap();
        let selected = index.elements().filter(|(index, _, _)| has(&set, *index));
        let name = |element: &Element| {
            let id = element.attribute("id").or(element.attribute("d")).unwrap_or_default();
            format!("{}{id}", element.name().local())
        };
        selected.map(|(_, _, element)| name(element)).collect()
    }

    #[test]
    fn elements_and_attributes_are_selected() {
        for (expression, expected) in [
            ("/r", &["r"][..]),
            ("/t", &[]),
            ("/r/t", &["ta", "tb"]),
            ("/*/t/s/b", &["b", "b"]),
            ("//b", &["b", "b"]),
            ("//s//b", &["b", "b"]),
            ("//r", &["r"]),
            ("//p:c", &["c"]),
            ("/r/t[s/b='open']", &["ta"]),
            ("//*[s/b='open']", &["ta"]),
            ("/r/t[*/b='closed']/p:c", &["c"]),
            ("//t[c='IM']", &["ta"]),
            ("//t[c='IM' or p:c='SMS']", &["ta", "tb"]),
            ("//t[c='IM' and s/b='closed']", &[]),
            ("//t[c='IM'][@id='a']", &["ta"]),
            ("//t[c='x' or @id='b' and s/b='closed']", &["tb"]),
            ("/r[t//b='closed']", &["r"]),
            ("/r[t/@id='b']/w", &["w509", "w20"]),
            ("//w[@d>500]", &["w509"]),
            ("//w[@d<500]", &["w20"]),
            ("//w[@d=20.0]", &["w20"]),
            ("//w[.=5]", &["w20"]),
            ("//w[.='12']", &["w509"]),
            ("//w[.<1]", &[]),
            ("//b[.='open']", &["b"]),
            ("//b[..='closed']", &["b"]),
            ("//w/@d", &["w509", "w20"]),
            ("//@p:d", &["w509"]),
            ("/r//@k", &["r"]),
            ("/r/@k", &["r"]),
            ("/r/t/@k", &[]),
        ] {
            assert_eq!(selected(expression), expected, "{expression}");
        }
    }

    #[test]
    fn text_in_pieces_is_compared_without_white_space_around_it() {
        for (pieces, expected) in [
            (&["open"][..], true),
            (&[" o", "", "pen\n", " "], true),
            (&["open", "x"], false),
            (&["op", " en"], false),
            (&["ope"], false),
            (&[], false),
        ] {
            assert_eq!(is_text(pieces.iter().copied(), "open"), expected, "{pieces:?}");
        }
        assert!(is_text([" "], ""));
    }

    #[test]
    fn work_is_bounded() {
        let limits = Limits {
            filter_steps: 20,
            ..Limits::default()
        };
        let root = Element::parse(DOCUMENT.as_bytes(), &limits).unwrap();
        let expression = Expression::parse("//*//*//*", |_| None).unwrap();
        let error = Index::new(&root).select(&expression, &mut Budget::new(limits.filter_steps));
        assert_eq!(error.unwrap_err().to_string(), "the filter takes more than 20 steps");
    }
}

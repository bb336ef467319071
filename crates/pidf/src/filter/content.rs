//! The content that a filter lets through (RFC 4661 section 3.5, RFC 4660 section 5.3.1).

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Index, Set, has, unite};
use super::expression::Expression;
use super::{FilterError, Selection};
use crate::budget::Budget;
use crate::xml::XML_NAMESPACE;
use crate::{Attribute, Element, Format, InvalidValue, Limits, Name, Node, data_model, watcherinfo};

/// What `include` and `exclude` select, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selected {
    Expression(Expression),
    Namespace(String),
}

impl Selected {
    pub(super) fn new<'n>(
        selection: &Selection,
        namespace: impl Fn(&str) -> Option<&'n str>,
    ) -> Result<Self, InvalidValue> {
        match selection {
            Selection::Namespace(namespace) => Ok(Self::Namespace(namespace.as_str().to_owned())),
            Selection::Xpath(text) => Expression::parse(text.as_str(), namespace).map(Self::Expression),
        }
    }
}

/// The document with what is included and not excluded; `None` where nothing is.
pub(super) fn content(
    include: &[Selected],
    exclude: &[Selected],
    root: &Element,
    limits: &Limits,
) -> Result<Option<Element>, FilterError> {
    if include.is_empty() && exclude.is_empty() {
        return Ok(Some(root.clone()));
    }
    let index = Index::new(root);
    let mut budget = Budget::new(limits.filter_steps);
    let mut included = Marks::of(include, &index, &mut budget)?;
    if include.is_empty() {
        included.whole.fill(true);
    }
    let excluded = Marks::of(exclude, &index, &mut budget)?;
    // What is in an element that is selected is, and so is what an element stands in.
    for (place, parent, _) in index.elements() {
        let is_inside = has(&included.whole, parent);
        mark(&mut included.whole, place, is_inside);
    }
    let mut kept = included.whole.clone();
    unite(&mut kept, &included.own);
    for place in included.attributes.keys() {
        mark(&mut kept, *place, true);
    }
    for (place, parent, _) in index.elements().rev() {
        let is_kept = has(&kept, place);
        mark(&mut kept, parent, is_kept);
    }
    if !has(&kept, 1) {
        return Ok(None);
    }
    let mut names: Vec<Option<&Name>> = vec![None];
    for (place, parent, element) in index.elements() {
        let around = names.get(parent).copied().flatten();
        let is_required =
            has(&kept, parent) && around.is_some_and(|around| Required::of(around).has_child(around, element.name()));
        if is_required && !has(&kept, place) {
            mark(&mut kept, place, true);
            mark(&mut included.own, place, true);
        }
        names.push(Some(element.name()));
    }
    let mut content = Content {
        included,
        excluded,
        kept,
        index: &index,
        next: 1,
    };
    Ok(Some(content.element(root)))
}

fn mark(set: &mut [bool], index: usize, is_in: bool) {
    if let Some(place) = set.get_mut(index) {
        *place |= is_in;
    }
}

/// What selections select.
struct Marks<'f> {
    /// Elements with all that is in them.
    whole: Set,
    /// Elements with their own attributes and text.
    own: Set,
    /// Attributes by the element.
    attributes: BTreeMap<usize, Vec<&'f Name>>,
    namespaces: BTreeSet<&'f str>,
}

impl<'f> Marks<'f> {
    fn of(selections: &'f [Selected], index: &Index<'_>, budget: &mut Budget) -> Result<Self, FilterError> {
        let mut marks = Self {
            whole: index.none(),
            own: index.none(),
            attributes: BTreeMap::new(),
            namespaces: BTreeSet::new(),
        };
        for selection in selections {
            match selection {
                Selected::Expression(expression) => {
                    let set = index.select(expression, budget)?;
                    match &expression.attribute {
                        None => unite(&mut marks.whole, &set),
                        Some(attribute) => {
                            for (place, _, _) in index.elements().filter(|(place, _, _)| has(&set, *place)) {
                                let names = marks.attributes.entry(place).or_default();
                                if !names.contains(&&attribute.name) {
                                    names.push(&attribute.name);
                                }
                            }
                        }
                    }
                }
                Selected::Namespace(namespace) => {
                    budget.spend(index.cost())?;
                    for (place, _, element) in index.elements() {
                        let is_meant = element.name().namespace() == Some(namespace);
                        mark(&mut marks.own, place, is_meant);
                        for attribute in element.attributes() {
                            if attribute.name().namespace() == Some(namespace) {
                                marks.attributes.entry(place).or_default();
                            }
                        }
                    }
                    marks.namespaces.insert(namespace);
                }
            }
        }
        Ok(marks)
    }

    fn has_attribute(&self, place: usize, name: &Name) -> bool {
        let selected = self.attributes.get(&place);
        selected.is_some_and(|names| names.contains(&name)) || self.has_namespace(name)
    }

    fn has_namespace(&self, name: &Name) -> bool {
        let namespace = name.namespace();
        namespace.is_some_and(|namespace| self.namespaces.contains(namespace))
    }
}

struct Content<'c> {
    included: Marks<'c>,
    excluded: Marks<'c>,
    /// The elements that are included, and those around them.
    kept: Set,
    index: &'c Index<'c>,
    /// The place of the next element of the document.
    next: usize,
}

impl Content<'_> {
    fn element(&mut self, element: &Element) -> Element {
        let place = self.next;
        self.next += 1;
        let required = Required::of(element.name());
        let is_whole = has(&self.included.whole, place);
        let is_own = is_whole || has(&self.included.own, place);
        let mut filtered = Element::from_name(element.name.clone());
        filtered.declarations.clone_from(&element.declarations);
        filtered.context.clone_from(&element.context);
        filtered.outside.clone_from(&element.outside);
        let keeps = |attribute: &&Attribute| {
            let name = attribute.name();
            let is_own = is_own && matches!(name.namespace(), None | Some(XML_NAMESPACE));
            let is_included = is_whole || is_own || !required.is_known || self.included.has_attribute(place, name);
            required.has_attribute(name) || (is_included && !self.excluded.has_attribute(place, name))
        };
        filtered.attributes = element.attributes().iter().filter(keeps).cloned().collect();
        for node in element.children() {
            match node {
                Node::Element(child) => {
                    let place = self.next;
                    let is_excluded = has(&self.excluded.whole, place) || has(&self.excluded.own, place);
                    // What takes away what has to be there is undone.
                    if has(&self.kept, place) && (!is_excluded || required.has_child(element.name(), child.name())) {
                        let child = self.element(child);
                        filtered.children.push(Node::Element(child));
                    } else {
                        self.next = self.index.end(place);
                    }
                }
                Node::Text(text) if is_own || required.has_text => filtered.push_text(text.as_str().into()),
                Node::Text(_) => {}
                other if is_whole => filtered.children.push(other.clone()),
                _ => {}
            }
        }
        filtered
    }
}

/// What an element has to have so that it is valid.
struct Required {
    attributes: &'static [&'static str],
    children: &'static [&'static str],
    has_text: bool,
    /// Whether that is known here. Where it is not, an element around what is included keeps its attributes.
    is_known: bool,
}

impl Required {
    fn of(name: &Name) -> Self {
        let namespace = name.namespace().unwrap_or_default();
        let with = |attributes, children, has_text| Self {
            attributes,
            children,
            has_text,
            is_known: true,
        };
        match (namespace, name.local()) {
            (_, "presence") if Format::from_namespace(namespace).is_some() => with(&["entity"], &[], false),
            (_, "tuple") if Format::from_namespace(namespace).is_some() => with(&["id"], &["status"], false),
            (_, "status") if Format::from_namespace(namespace).is_some() => with(&[], &[], false),
            (data_model::NAMESPACE, "person") => with(&["id"], &[], false),
            (data_model::NAMESPACE, "device") => with(&["id"], &["deviceID"], false),
            (watcherinfo::NAMESPACE, "watcherinfo") => with(&["version", "state"], &[], false),
            (watcherinfo::NAMESPACE, "watcher-list") => with(&["resource", "package"], &[], false),
            (watcherinfo::NAMESPACE, "watcher") => with(&["id", "status", "event"], &[], true),
            _ => Self {
                attributes: &[],
                children: &[],
                has_text: false,
                is_known: false,
            },
        }
    }

    fn has_attribute(&self, name: &Name) -> bool {
        self.attributes.iter().any(|known| name.is("", known))
    }

    /// Whether a child of the element is one of them: all are in its namespace.
    fn has_child(&self, name: &Name, child: &Name) -> bool {
        name.namespace() == child.namespace() && self.children.contains(&child.local())
    }
}

//! Which prefixes a document that is written declares, and which its names have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Declaration, Element, Name};
use crate::xml::{Scopes, XML_NAMESPACE};

/// The prefixes that an outer element declares, one for each namespace that elements in it need and do not declare
/// themselves.
///
/// No element inside declares one of them for another namespace, so they hold everywhere.
#[derive(Debug, Default)]
pub(crate) struct Prefixes<'a> {
    by_namespace: BTreeMap<&'a str, String>,
    taken: BTreeSet<String>,
    /// What prefixes are declared inside the elements; `None` for different namespaces.
    inside: BTreeMap<&'a str, Option<&'a str>>,
    /// What prefixes are declared around them.
    around: BTreeMap<&'a str, &'a str>,
}

impl<'a> Prefixes<'a> {
    /// Finds what the elements need that `scopes` does not have.
    pub(crate) fn note(
        &mut self,
        elements: impl Iterator<Item = &'a Element> + Clone,
        scopes: &mut Scopes<'a, &'a str>,
    ) {
        self.around = scopes.all().map(|(prefix, namespace)| (prefix, *namespace)).collect();
        for element in elements.clone() {
            self.note_declarations(element);
        }
        for element in elements {
            // A prefix that a value relies on is worth more than one that a name can do without.
            for Declaration { prefix, namespace } in &element.context {
                self.want_exactly(namespace, prefix);
            }
            self.note_names(element, scopes);
        }
    }

    /// Prefix and namespace, by prefix.
    pub(crate) fn declarations(&self) -> BTreeMap<&str, &'a str> {
        self.by_namespace
            .iter()
            .map(|(namespace, prefix)| (prefix.as_str(), *namespace))
            .collect()
    }

    /// The prefix of a namespace that an element inside does not declare.
    pub(super) fn of(&self, namespace: &str) -> Option<&str> {
        self.by_namespace.get(namespace).map(String::as_str)
    }

    /// In any order, and as everything here without recursion: an application can build a tree of any depth.
    fn note_declarations(&mut self, root: &'a Element) {
        let mut elements = vec![root];
        while let Some(element) = elements.pop() {
            for Declaration { prefix, namespace } in element.declarations.iter().chain(&element.context) {
                self.inside
                    .entry(prefix)
                    .and_modify(|known| *known = known.filter(|known| *known == &**namespace))
                    .or_insert(Some(namespace));
            }
            elements.extend(element.elements());
        }
    }

    fn note_names(&mut self, root: &'a Element, scopes: &mut Scopes<'a, &'a str>) {
        self.note_tag(root, scopes);
        let mut open = vec![root.elements()];
        while let Some(innermost) = open.last_mut() {
            if let Some(child) = innermost.next() {
                self.note_tag(child, scopes);
                open.push(child.elements());
            } else {
                open.pop();
                scopes.leave();
            }
        }
    }

    /// Begins an element, and finds what its names need.
    fn note_tag(&mut self, element: &'a Element, scopes: &mut Scopes<'a, &'a str>) {
        scopes.enter();
        declare(element, scopes);
        let names = element.attributes.iter().map(|attribute| (&attribute.name, false));
        for (name, is_element) in std::iter::once((&element.name, true)).chain(names) {
            if let Prefix::Outer(namespace) = prefix(name, is_element, scopes) {
                self.want(namespace, name.prefix.as_deref());
            }
        }
    }

    /// Gives the namespace a prefix: the one that is asked for if it is free, or the usual one.
    fn want(&mut self, namespace: &'a str, hint: Option<&str>) {
        if self.by_namespace.contains_key(namespace) {
            return;
        }
        let around = self
            .around
            .iter()
            .find(|(prefix, bound)| !prefix.is_empty() && **bound == namespace);
        let known = [hint, around.map(|(prefix, _)| *prefix), usual_prefix(namespace)];
        let known = known.into_iter().flatten();
        let mut free = known.filter(|prefix| self.is_free(prefix, namespace));
        let prefix = match free.next() {
            Some(prefix) => prefix.to_owned(),
            None => (self.taken.len() + 1..)
                .map(|number| format!("ns{number}"))
                .find(|prefix| self.is_free(prefix, namespace))
                .unwrap_or_default(),
        };
        self.give(namespace, prefix);
    }

    /// Gives the namespace this prefix and no other. Where that cannot be, the element declares it.
    fn want_exactly(&mut self, namespace: &'a str, prefix: &str) {
        if !self.by_namespace.contains_key(namespace) && self.is_free(prefix, namespace) {
            self.give(namespace, prefix.to_owned());
        }
    }

    fn is_free(&self, prefix: &str, namespace: &str) -> bool {
        let inside = self.inside.get(prefix);
        let around = self.around.get(prefix);
        !self.taken.contains(prefix)
            && inside.is_none_or(|inside| *inside == Some(namespace))
            && around.is_none_or(|around| *around == namespace)
    }

    fn give(&mut self, namespace: &'a str, prefix: String) {
        self.taken.insert(prefix.clone());
        self.by_namespace.insert(namespace, prefix);
    }
}

/// The prefixes that the RFCs use in their examples.
fn usual_prefix(namespace: &str) -> Option<&'static str> {
    match namespace.strip_prefix("urn:ietf:params:xml:ns:")? {
        "common-policy" => Some("cp"),
        "pidf" => Some("pidf"),
        "pidf:caps" => Some("caps"),
        "pidf:cipid" => Some("c"),
        "pidf:data-model" => Some("dm"),
        "pidf:geopriv10" => Some("gp"),
        "pidf:rpid" => Some("rpid"),
        "pidf:timed-status" => Some("ts"),
        "pres-rules" => Some("pr"),
        "rls-services" => Some("rls"),
        "resource-lists" => Some("rl"),
        "location-type" => Some("lt"),
        _ => None,
    }
}

/// How a name is written.
pub(super) enum Prefix<'a> {
    /// With a prefix in scope.
    Known(&'a str),
    /// Without a prefix.
    None,
    /// With the prefix that an outer element declares for the namespace.
    Outer(&'a str),
}

/// Finds how to write a name among the declarations in scope: with its own prefix where that still holds.
pub(super) fn prefix<'a>(name: &'a Name, is_element: bool, scopes: &Scopes<'a, &'a str>) -> Prefix<'a> {
    let is_bound = |prefix: &str, namespace: &str| scopes.lookup(prefix).is_some_and(|(_, bound)| *bound == namespace);
    match (name.namespace(), name.prefix.as_deref()) {
        (None, _) => Prefix::None,
        (Some(XML_NAMESPACE), _) => Prefix::Known("xml"),
        (Some(namespace), Some(prefix)) if is_bound(prefix, namespace) => Prefix::Known(prefix),
        (Some(namespace), None) if is_element && is_bound("", namespace) => Prefix::None,
        (Some(namespace), _) => Prefix::Outer(namespace),
    }
}

/// Brings into scope what an element declares and the scope does not have already, and the absence of a default
/// namespace where the element's name is in none.
pub(super) fn declare<'a>(element: &'a Element, scopes: &mut Scopes<'a, &'a str>) {
    let undeclared = (element.name.namespace.is_none()).then_some(("", ""));
    let declared = element.declarations.iter().chain(&element.context);
    let declared = declared
        .map(|declaration| (&*declaration.prefix, &*declaration.namespace))
        .filter(|(prefix, _)| undeclared.is_none() || !prefix.is_empty());
    for (prefix, namespace) in declared.chain(undeclared) {
        let bound = scopes.lookup(prefix).map(|(_, bound)| *bound);
        if bound != Some(namespace) && !(bound.is_none() && namespace.is_empty()) {
            scopes.bind(prefix, namespace);
        }
    }
}

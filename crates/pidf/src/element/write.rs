//! From [`Element`]s to XML.

use std::collections::{BTreeMap, BTreeSet};

use super::{Declaration, Element, Name, Node};
use crate::xml::{Scopes, XML_NAMESPACE};

pub(crate) const XML_DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes a document of any kind.
pub(super) fn whole(root: &Element) -> String {
    let mut scopes = Scopes::new();
    let has_default = root
        .declarations
        .iter()
        .any(|declaration| declaration.prefix.is_empty());
    if let (Some(namespace), None, false) = (root.name.namespace(), &root.name.prefix, has_default)
        && namespace != XML_NAMESPACE
    {
        scopes.enter();
        scopes.bind("", namespace);
    }
    let mut prefixes = Prefixes::default();
    prefixes.note(std::iter::once(root), &mut scopes);
    let mut writer = Writer {
        out: XML_DECLARATION.to_owned(),
        scopes: Scopes::new(),
        prefixes: &prefixes,
    };
    let outside = root.outside.as_deref();
    for node in outside.iter().flat_map(|outside| &outside.before) {
        writer.node(node);
        writer.out.push('\n');
    }
    let default = scopes.all().map(|(prefix, namespace)| (prefix, *namespace));
    writer.element_declaring(root, default);
    for node in outside.iter().flat_map(|outside| &outside.after) {
        writer.out.push('\n');
        writer.node(node);
    }
    writer.out.push('\n');
    writer.out
}

/// An element as it stands where these prefixes are bound, in text.
pub(crate) fn fragment(element: &Element, around: &[(&str, &str)]) -> String {
    let mut prefixes = Prefixes::default();
    let mut scopes = Scopes::new();
    scopes.enter();
    for (prefix, namespace) in around {
        scopes.bind(prefix, *namespace);
    }
    prefixes.note(std::iter::once(element), &mut scopes);
    let mut writer = Writer {
        out: String::new(),
        scopes,
        prefixes: &prefixes,
    };
    writer.element_declaring(element, std::iter::empty());
    writer.out
}

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

    fn note_declarations(&mut self, element: &'a Element) {
        for Declaration { prefix, namespace } in element.declarations.iter().chain(&element.context) {
            self.inside
                .entry(prefix)
                .and_modify(|known| *known = known.filter(|known| *known == &**namespace))
                .or_insert(Some(namespace));
        }
        for child in element.elements() {
            self.note_declarations(child);
        }
    }

    fn note_names(&mut self, element: &'a Element, scopes: &mut Scopes<'a, &'a str>) {
        scopes.enter();
        declare(element, scopes);
        let names = element.attributes.iter().map(|attribute| (&attribute.name, false));
        for (name, is_element) in std::iter::once((&element.name, true)).chain(names) {
            if let Prefix::Outer(namespace) = prefix(name, is_element, scopes) {
                self.want(namespace, name.prefix.as_deref());
            }
        }
        for child in element.elements() {
            self.note_names(child, scopes);
        }
        scopes.leave();
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
enum Prefix<'a> {
    /// With a prefix in scope.
    Known(&'a str),
    /// Without a prefix.
    None,
    /// With the prefix that an outer element declares for the namespace.
    Outer(&'a str),
}

/// Finds how to write a name among the declarations in scope: with its own prefix where that still holds.
fn prefix<'a>(name: &'a Name, is_element: bool, scopes: &Scopes<'a, &'a str>) -> Prefix<'a> {
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
fn declare<'a>(element: &'a Element, scopes: &mut Scopes<'a, &'a str>) {
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

/// Writes elements, and the pieces of which documents are made.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) out: String,
    pub(crate) scopes: Scopes<'a, &'a str>,
    pub(crate) prefixes: &'a Prefixes<'a>,
}

impl<'a> Writer<'a> {
    /// An element as it is: white space in it may mean something.
    pub(crate) fn element(&mut self, element: &'a Element) {
        self.scopes.enter();
        self.open_element(element);
    }

    /// An element that declares what the others inside it need, and more.
    pub(crate) fn element_declaring(&mut self, element: &'a Element, more: impl Iterator<Item = (&'a str, &'a str)>) {
        self.scopes.enter();
        for (prefix, namespace) in more.chain(self.prefixes.declarations()) {
            if self.scopes.lookup(prefix).is_none_or(|(_, bound)| *bound != namespace) {
                self.scopes.bind(prefix, namespace);
            }
        }
        self.open_element(element);
    }

    fn open_element(&mut self, element: &'a Element) {
        declare(element, &mut self.scopes);
        self.out.push('<');
        self.name(&element.name, true);
        for (prefix, namespace) in self.scopes.innermost() {
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            quote(&mut self.out, namespace);
        }
        for attribute in &element.attributes {
            self.out.push(' ');
            self.name(&attribute.name, false);
            quote(&mut self.out, &attribute.value);
        }
        if element.children.is_empty() {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            for child in &element.children {
                self.node(child);
            }
            self.out.push_str("</");
            self.name(&element.name, true);
            self.out.push('>');
        }
        self.scopes.leave();
    }

    fn node(&mut self, node: &'a Node) {
        match node {
            Node::Comment(text) => {
                for piece in ["<!--", text, "-->"] {
                    self.out.push_str(piece);
                }
            }
            Node::Element(element) => self.element(element),
            Node::Instruction { target, data } => {
                let space = if data.is_empty() { "" } else { " " };
                for piece in ["<?", target, space, data, "?>"] {
                    self.out.push_str(piece);
                }
            }
            Node::Text(text) => self.text(text),
        }
    }

    fn name(&mut self, name: &'a Name, is_element: bool) {
        let prefix = match prefix(name, is_element, &self.scopes) {
            Prefix::Known(prefix) => Some(prefix),
            Prefix::None => None,
            Prefix::Outer(namespace) => self.prefixes.by_namespace.get(namespace).map(String::as_str),
        };
        if let Some(prefix) = prefix {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(&name.local);
    }

    /// An attribute in no namespace, or with a prefix that is known to be bound.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        quote(&mut self.out, value);
    }

    pub(crate) fn text(&mut self, text: &str) {
        escape(&mut self.out, text, |_| None);
    }
}

/// An attribute's value, with what a reader would take for white space as references.
pub(crate) fn quote(out: &mut String, value: &str) {
    out.push_str("=\"");
    escape(out, value, |byte| match byte {
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        _ => None,
    });
    out.push('"');
}

fn escape(out: &mut String, text: &str, more: impl Fn(u8) -> Option<&'static str>) {
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            // A reader would make it a line feed.
            b'\r' => Some("&#13;"),
            byte => more(byte),
        };
        if let Some(escaped) = escaped {
            out.push_str(text.get(written..at).unwrap_or_default());
            out.push_str(escaped);
            written = at + 1;
        }
    }
    out.push_str(text.get(written..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use crate::Limits;

    use super::*;

    #[track_caller]
    fn rewrite(source: &str, expected: &str) {
        let root = Element::parse(source.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(root.write(), format!("{XML_DECLARATION}{expected}\n"));
    }

    #[test]
    fn what_was_read_is_written_as_it_was() {
        for source in [
            "<a/>",
            "<a xmlns=\"urn:x\"> <b xmlns:p=\"urn:p\" xmlns=\"\" p:k=\"1\" k=\"p:2\"/>\n</a>",
            "<p:a xmlns:p=\"urn:x\" xmlns:q=\"urn:x\"><q:b/><p:c q:k=\"&quot;&#9;\" p:l=\"\"/></p:a>",
            "<a xml:lang=\"en\">&lt;&amp;&gt;&#13;</a>",
            "<!--c-->\n<?p d ?>\n<a><?q?>t<!-- x --></a>\n<!--d-->",
            "<a xmlns:p=\"urn:x\"><p:b xmlns:p=\"urn:y\"><p:c/></p:b><p:b/></a>",
        ] {
            rewrite(source, source);
        }
        rewrite("<a  k='1'\n><![CDATA[<]]></a  >", "<a k=\"1\">&lt;</a>");
    }

    #[test]
    fn what_was_built_has_a_default_namespace_and_usual_prefixes() {
        let rpid = "urn:ietf:params:xml:ns:pidf:rpid";
        let root = Element::new("urn:x", "a")
            .unwrap()
            .with_child(Element::new("urn:x", "b").unwrap())
            .with_child(Element::new(rpid, "mood").unwrap())
            .with_child(Element::new("urn:y", "c").unwrap())
            .with_child(Element::new("", "d").unwrap());
        assert_eq!(
            root.write(),
            format!(
                "{XML_DECLARATION}<a xmlns=\"urn:x\" xmlns:ns2=\"urn:y\" xmlns:rpid=\"{rpid}\">\
                 <b/><rpid:mood/><ns2:c/><d xmlns=\"\"/></a>\n"
            )
        );
    }
}

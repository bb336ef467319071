//! From [`Element`]s to XML.

use super::prefixes::{Prefix, Prefixes, declare, prefix};
use super::{Element, Name, Node};
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

    /// Writes an element whose scope has begun, without recursion: an application can build a tree of any depth.
    fn open_element(&mut self, root: &'a Element) {
        let mut open = Vec::new();
        let mut begun = Some(root);
        loop {
            if let Some(element) = begun.take() {
                self.start_tag(element);
                open.push((element, element.children.iter()));
            }
            let Some((element, rest)) = open.last_mut() else { return };
            match rest.next() {
                Some(Node::Element(child)) => {
                    self.scopes.enter();
                    begun = Some(child);
                }
                Some(other) => self.node(other),
                None => {
                    let element = *element;
                    self.end_tag(element);
                    open.pop();
                }
            }
        }
    }

    fn start_tag(&mut self, element: &'a Element) {
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
        self.out.push_str(if element.children.is_empty() { "/>" } else { ">" });
    }

    fn end_tag(&mut self, element: &'a Element) {
        if !element.children.is_empty() {
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
            Prefix::Outer(namespace) => self.prefixes.of(namespace),
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

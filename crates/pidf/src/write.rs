//! From a [`Document`] to XML.

use std::collections::{BTreeMap, BTreeSet};

use crate::element::Declaration;
use crate::xml::{Scopes, XML_NAMESPACE};
use crate::{Basic, Contact, Document, Element, Format, Name, Node, Note, Tuple};

/// Writes a whole document.
pub(crate) fn document(document: &Document, format: Format) -> String {
    let prefixes = Prefixes::of(document, format);
    let mut writer = Writer {
        format,
        out: String::with_capacity(256 + 256 * document.tuples.len()),
        scopes: root_scopes(&prefixes, format),
        prefixes: &prefixes,
    };
    writer.presence(document);
    writer.out
}

/// The prefixes that the root declares, one for each namespace that an extension needs and does not declare itself.
///
/// No element inside declares one of them for another namespace, so they hold everywhere.
#[derive(Default)]
struct Prefixes<'a> {
    by_namespace: BTreeMap<&'a str, String>,
    taken: BTreeSet<String>,
    /// What prefixes are declared inside the extensions; `None` for different namespaces.
    inside: BTreeMap<&'a str, Option<&'a str>>,
}

impl<'a> Prefixes<'a> {
    fn of(document: &'a Document, format: Format) -> Self {
        let mut prefixes = Self::default();
        for extension in extensions(document) {
            prefixes.note_declarations(extension);
        }
        let mut scopes = Scopes::new();
        scopes.enter();
        scopes.bind("", format.namespace());
        for extension in extensions(document) {
            // A prefix that a value relies on is worth more than one that a name can do without.
            for Declaration { prefix, namespace } in &extension.context {
                prefixes.want_exactly(namespace, prefix);
            }
            prefixes.note_names(extension, &mut scopes);
        }
        prefixes
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
        declare(element, scopes, |_, _| {});
        let names = element.attributes.iter().map(|attribute| (&attribute.name, false));
        for (name, is_element) in std::iter::once((&element.name, true)).chain(names) {
            if let Prefix::Root(namespace) = prefix(name, is_element, scopes) {
                self.want(namespace, name.prefix.as_deref());
            }
        }
        for child in element.elements() {
            self.note_names(child, scopes);
        }
        scopes.leave();
    }

    /// Gives the namespace a prefix, the one that is asked for if it is free.
    fn want(&mut self, namespace: &'a str, hint: Option<&str>) {
        if self.by_namespace.contains_key(namespace) {
            return;
        }
        let prefix = match hint {
            Some(hint) if self.is_free(hint, namespace) => hint.to_owned(),
            _ => (self.taken.len() + 1..)
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
        !self.taken.contains(prefix) && inside.is_none_or(|inside| *inside == Some(namespace))
    }

    fn give(&mut self, namespace: &'a str, prefix: String) {
        self.taken.insert(prefix.clone());
        self.by_namespace.insert(namespace, prefix);
    }
}

/// How a name is written.
enum Prefix<'a> {
    /// With a prefix in scope.
    Known(&'a str),
    /// Without a prefix.
    None,
    /// With the prefix that the root declares for the namespace.
    Root(&'a str),
}

/// Finds how to write a name among the declarations in scope: with its own prefix where that still holds.
fn prefix<'a>(name: &'a Name, is_element: bool, scopes: &Scopes<'a, &'a str>) -> Prefix<'a> {
    let is_bound = |prefix: &str, namespace: &str| scopes.lookup(prefix).is_some_and(|(_, bound)| *bound == namespace);
    match (name.namespace(), name.prefix.as_deref()) {
        (None, _) => Prefix::None,
        (Some(XML_NAMESPACE), _) => Prefix::Known("xml"),
        (Some(namespace), Some(prefix)) if is_bound(prefix, namespace) => Prefix::Known(prefix),
        (Some(namespace), None) if is_element && is_bound("", namespace) => Prefix::None,
        (Some(namespace), _) => Prefix::Root(namespace),
    }
}

/// Brings into scope what an element declares, and tells what has to be written for it: what the scope does not have
/// already, and the absence of a default namespace where the element's name is in none.
fn declare<'a>(element: &'a Element, scopes: &mut Scopes<'a, &'a str>, mut write: impl FnMut(&str, &str)) {
    let undeclared = (element.name.namespace.is_none()).then_some(("", ""));
    let declared = element.declarations.iter().chain(&element.context);
    let declared = declared
        .map(|declaration| (&*declaration.prefix, &*declaration.namespace))
        .filter(|(prefix, _)| undeclared.is_none() || !prefix.is_empty());
    for (prefix, namespace) in declared.chain(undeclared) {
        let bound = scopes.lookup(prefix).map(|(_, bound)| *bound);
        if bound != Some(namespace) && !(bound.is_none() && namespace.is_empty()) {
            write(prefix, namespace);
            scopes.bind(prefix, namespace);
        }
    }
}

/// Every extension element of a document, in the order in which they are written.
fn extensions(document: &Document) -> impl Iterator<Item = &Element> {
    let tuples = document.tuples.iter();
    tuples
        .flat_map(|tuple| tuple.status.extensions().iter().chain(&tuple.extensions))
        .chain(&document.extensions)
}

fn root_scopes<'a>(prefixes: &'a Prefixes<'_>, format: Format) -> Scopes<'a, &'a str> {
    let mut scopes = Scopes::new();
    scopes.enter();
    scopes.bind("", format.namespace());
    for (namespace, prefix) in &prefixes.by_namespace {
        scopes.bind(prefix, *namespace);
    }
    scopes
}

struct Writer<'a> {
    format: Format,
    out: String,
    scopes: Scopes<'a, &'a str>,
    prefixes: &'a Prefixes<'a>,
}

impl<'a> Writer<'a> {
    /// `presence`, in the layout of the examples in RFC 3863 section 4.2.2.
    fn presence(&mut self, document: &'a Document) {
        self.out
            .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence");
        self.attribute("xmlns", self.format.namespace());
        let by_prefix: BTreeMap<&str, &str> = self
            .prefixes
            .by_namespace
            .iter()
            .map(|(namespace, prefix)| (prefix.as_str(), *namespace))
            .collect();
        for (prefix, namespace) in by_prefix {
            self.out.push_str("\n ");
            self.attribute(&format!("xmlns:{prefix}"), namespace);
        }
        self.out.push_str("\n ");
        self.attribute("entity", &document.entity);
        self.out.push_str(">\n");
        for tuple in &document.tuples {
            self.tuple(tuple);
        }
        for note in &document.notes {
            self.note("  ", note);
        }
        for extension in &document.extensions {
            self.extension("  ", extension);
        }
        self.out.push_str("</presence>\n");
    }

    fn tuple(&mut self, tuple: &'a Tuple) {
        self.out.push_str("  <tuple");
        self.attribute("id", tuple.id.as_str());
        self.out.push_str(">\n    <status>\n");
        if let Some(basic) = tuple.status.basic() {
            let value = match (self.format, basic) {
                (Format::CpimPidf, Basic::Closed) => " CLOSED ",
                (Format::CpimPidf, Basic::Open) => " OPEN ",
                (Format::Pidf, Basic::Closed) => "closed",
                (Format::Pidf, Basic::Open) => "open",
            };
            self.out.push_str("      <basic>");
            self.out.push_str(value);
            self.out.push_str("</basic>\n");
        }
        for extension in tuple.status.extensions() {
            self.extension("      ", extension);
        }
        self.out.push_str("    </status>\n");
        for extension in &tuple.extensions {
            self.extension("    ", extension);
        }
        if let Some(contact) = &tuple.contact {
            self.contact(contact);
        }
        for note in &tuple.notes {
            self.note("    ", note);
        }
        if let Some(timestamp) = &tuple.timestamp {
            self.out.push_str("    <timestamp>");
            self.text(timestamp.as_str());
            self.out.push_str("</timestamp>\n");
        }
        self.out.push_str("  </tuple>\n");
    }

    fn contact(&mut self, contact: &Contact) {
        self.out.push_str("    <contact");
        if let Some(priority) = contact.priority() {
            self.attribute("priority", &priority.to_string());
        }
        // The draft's users print spaces here as they do around the basic status.
        let space = match self.format {
            Format::CpimPidf => " ",
            Format::Pidf => "",
        };
        self.out.push('>');
        self.out.push_str(space);
        self.text(contact.uri());
        self.out.push_str(space);
        self.out.push_str("</contact>\n");
    }

    fn note(&mut self, indent: &str, note: &Note) {
        self.out.push_str(indent);
        self.out.push_str("<note");
        if let Some(lang) = note.lang() {
            self.attribute("xml:lang", lang);
        }
        self.out.push('>');
        self.text(note.text());
        self.out.push_str("</note>\n");
    }

    fn extension(&mut self, indent: &str, element: &'a Element) {
        self.out.push_str(indent);
        self.element(element);
        self.out.push('\n');
    }

    /// An element as it is: white space in it may mean something.
    fn element(&mut self, element: &'a Element) {
        self.scopes.enter();
        let mut declarations = Vec::new();
        declare(element, &mut self.scopes, |prefix, namespace| {
            let colon = if prefix.is_empty() { "" } else { ":" };
            declarations.push((format!("xmlns{colon}{prefix}"), namespace.to_owned()));
        });
        self.out.push('<');
        self.name(&element.name, true);
        for (name, namespace) in &declarations {
            self.attribute(name, namespace);
        }
        for attribute in &element.attributes {
            self.out.push(' ');
            self.name(&attribute.name, false);
            self.quoted(&attribute.value);
        }
        if element.children.is_empty() {
            self.out.push_str("/>");
        } else {
            self.out.push('>');
            for child in &element.children {
                match child {
                    Node::Element(child) => self.element(child),
                    Node::Text(text) => self.text(text),
                }
            }
            self.out.push_str("</");
            self.name(&element.name, true);
            self.out.push('>');
        }
        self.scopes.leave();
    }

    fn name(&mut self, name: &'a Name, is_element: bool) {
        let prefix = match prefix(name, is_element, &self.scopes) {
            Prefix::Known(prefix) => Some(prefix),
            Prefix::None => None,
            Prefix::Root(namespace) => self.prefixes.by_namespace.get(namespace).map(String::as_str),
        };
        if let Some(prefix) = prefix {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(&name.local);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.quoted(value);
    }

    /// An attribute's value, with what a reader would take for white space as references.
    fn quoted(&mut self, value: &str) {
        self.out.push_str("=\"");
        self.escape(value, |c| match c {
            '"' => Some("&quot;"),
            '\t' => Some("&#9;"),
            '\n' => Some("&#10;"),
            _ => None,
        });
        self.out.push('"');
    }

    fn text(&mut self, text: &str) {
        self.escape(text, |_| None);
    }

    fn escape(&mut self, text: &str, more: impl Fn(char) -> Option<&'static str>) {
        for c in text.chars() {
            let escaped = match c {
                '&' => Some("&amp;"),
                '<' => Some("&lt;"),
                '>' => Some("&gt;"),
                // A reader would make it a line feed.
                '\r' => Some("&#13;"),
                c => more(c),
            };
            match escaped {
                Some(escaped) => self.out.push_str(escaped),
                None => self.out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Contact, Document, Element, Format, Limits, Note, Priority, Tuple, TupleId};

    use super::*;

    fn parse(text: &str) -> Document {
        Document::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn the_draft_as_its_users_printed_it() {
        let document = Document::new("pres:kmh@sip2.kumoh.ac.kr").unwrap().with_tuple(
            Tuple::new(TupleId::new("irt-lab-pc").unwrap(), Basic::Open)
                .with_contact(Contact::new("sip:kmh@sip2.kumoh.ac.kr").unwrap()),
        );
        let figure_1 = r#"<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:cpim-pidf"
  entity="pres:kmh@sip2.kumoh.ac.kr">
  <tuple id="irt-lab-pc">
    <status>
      <basic> OPEN </basic>
    </status>
    <contact> sip:kmh@sip2.kumoh.ac.kr </contact>
  </tuple>
</presence>
"#;
        assert_eq!(document.write(Format::CpimPidf), figure_1);
        assert_eq!(parse(figure_1), document.with_format(Format::CpimPidf));
    }

    #[test]
    fn the_order_of_the_schema() {
        let document = Document::new("pres:a@example.test")
            .unwrap()
            .with_note(Note::new("<&>\r\n\"").unwrap().with_lang("en").unwrap())
            .with_extension(Element::new("urn:x", "person").unwrap())
            .unwrap()
            .with_tuple(
                Tuple::new(TupleId::new("t").unwrap(), Basic::Closed)
                    .with_timestamp("2001-10-27T16:49:29Z".parse().unwrap())
                    .with_note(Note::new("n").unwrap())
                    .with_contact(
                        Contact::new("im:a@example.test?x&y")
                            .unwrap()
                            .with_priority(Priority::MAX),
                    )
                    .with_extension(
                        Element::new("urn:y", "e")
                            .unwrap()
                            .with_attribute("k", "\"\t\n'")
                            .unwrap(),
                    )
                    .unwrap(),
            );
        assert_eq!(
            document.to_string(),
            r#"<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf"
  xmlns:ns1="urn:y"
  xmlns:ns2="urn:x"
  entity="pres:a@example.test">
  <tuple id="t">
    <status>
      <basic>closed</basic>
    </status>
    <ns1:e k="&quot;&#9;&#10;'"/>
    <contact priority="1">im:a@example.test?x&amp;y</contact>
    <note>n</note>
    <timestamp>2001-10-27T16:49:29Z</timestamp>
  </tuple>
  <note xml:lang="en">&lt;&amp;&gt;&#13;
"</note>
  <ns2:person/>
</presence>
"#
        );
    }

    /// The line with the extension, and the declarations of the root.
    fn rewrite(declarations: &str, extension: &str) -> (String, Vec<String>) {
        let pidf = Format::Pidf.namespace();
        let document = parse(&format!(
            "<i:presence xmlns:i='{pidf}' {declarations} entity='p:a'>{extension}</i:presence>"
        ));
        let written = document.write(Format::Pidf);
        assert_eq!(parse(&written), document);
        assert_eq!(parse(&written).write(Format::Pidf), written);
        let lines = written.lines().map(str::trim);
        let declared = lines
            .clone()
            .filter(|line| line.starts_with("xmlns:"))
            .map(str::to_owned)
            .collect();
        let extension = lines.skip_while(|line| !line.starts_with("entity")).nth(1).unwrap();
        (extension.to_owned(), declared)
    }

    #[test]
    fn namespaces_of_extensions() {
        // Declared around it: by the root, with the prefix of the source.
        let (extension, declared) = rewrite("xmlns:x='urn:x'", "<x:a x:k='1'><x:b/></x:a>");
        assert_eq!(
            (extension.as_str(), declared),
            ("<x:a x:k=\"1\"><x:b/></x:a>", vec!["xmlns:x=\"urn:x\"".to_owned()])
        );
        // Declared on it: as it was.
        let (extension, declared) = rewrite("", "<a xmlns='urn:x'><b/><c xmlns=''/></a>");
        assert_eq!(
            (extension.as_str(), declared),
            ("<a xmlns=\"urn:x\"><b/><c xmlns=\"\"/></a>", vec![])
        );
        // A default around it that is no longer the default.
        let (extension, declared) = rewrite("xmlns='urn:x'", "<a><b/></a>");
        assert_eq!(
            (extension.as_str(), declared),
            ("<ns1:a><ns1:b/></ns1:a>", vec!["xmlns:ns1=\"urn:x\"".to_owned()])
        );
        // An element in no namespace inside, where it was without a declaration.
        let (extension, _) = rewrite("xmlns:x='urn:x'", "<x:a><b><c/></b></x:a>");
        assert_eq!(extension, "<x:a><b xmlns=\"\"><c/></b></x:a>");
        // A prefix that means two things.
        let (extension, declared) = rewrite("xmlns:x='urn:x'", "<x:a><x:b xmlns:x='urn:y'/><x:c/></x:a>");
        assert_eq!(extension, "<ns1:a><x:b xmlns:x=\"urn:y\"/><ns1:c/></ns1:a>");
        assert_eq!(declared, ["xmlns:ns1=\"urn:x\""]);
        // A prefix that only a value uses.
        let (extension, declared) = rewrite("xmlns:x='urn:x' xmlns:t='urn:t'", "<x:a k='t:Type'/>");
        assert_eq!(extension, "<x:a k=\"t:Type\"/>");
        assert_eq!(declared, ["xmlns:t=\"urn:t\"", "xmlns:x=\"urn:x\""]);
        // PIDF's own namespace inside an extension (RFC 3863 section 4.3.3).
        let (extension, declared) = rewrite("xmlns:x='urn:x'", "<x:a i:mustUnderstand='1'><i:b/></x:a>");
        assert_eq!(extension, "<x:a i:mustUnderstand=\"1\"><i:b/></x:a>");
        assert_eq!(
            declared,
            ["xmlns:i=\"urn:ietf:params:xml:ns:pidf\"", "xmlns:x=\"urn:x\""]
        );
    }
}

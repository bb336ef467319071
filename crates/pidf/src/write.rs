//! From a [`Document`] to XML.

use crate::element::{Prefixes, Writer, XML_DECLARATION, fragment};
use crate::source::{Child, Surroundings};
use crate::xml::Scopes;
use crate::{Basic, Contact, Document, Element, Format, Note, Tuple};

/// Writes a whole document from its values.
pub(crate) fn document(document: &Document, format: Format) -> String {
    let mut prefixes = Prefixes::default();
    let mut scopes = Scopes::new();
    scopes.enter();
    scopes.bind("", format.namespace());
    prefixes.note(extensions(document), &mut scopes);
    for (prefix, namespace) in prefixes.declarations() {
        scopes.bind(prefix, namespace);
    }
    let mut out = String::with_capacity(256 + 256 * document.tuples.len());
    out.push_str(XML_DECLARATION);
    let mut writer = DocumentWriter {
        format,
        xml: Writer {
            out,
            scopes,
            prefixes: &prefixes,
        },
        around: None,
    };
    writer.presence(document);
    writer.xml.out
}

/// Writes a child of the root as it stands in a text whose root is known.
pub(crate) fn child(document: &Document, format: Format, child: Child, index: usize, around: &Surroundings) -> String {
    let prefixes = Prefixes::default();
    let mut writer = DocumentWriter {
        format,
        xml: Writer {
            out: String::new(),
            scopes: Scopes::new(),
            prefixes: &prefixes,
        },
        around: Some(around),
    };
    match child {
        Child::Tuple => {
            if let Some(tuple) = document.tuples.get(index) {
                writer.tuple(tuple);
            }
        }
        Child::Note => {
            if let Some(note) = document.notes.get(index) {
                writer.note("", note);
            }
        }
        Child::Extension => {
            if let Some(extension) = document.extensions.get(index) {
                writer.extension("", extension);
            }
        }
    }
    writer.xml.out.trim_matches([' ', '\n']).to_owned()
}

/// Every extension element of a document, in the order in which they are written.
fn extensions(document: &Document) -> impl Iterator<Item = &Element> + Clone {
    let tuples = document.tuples.iter();
    tuples
        .flat_map(|tuple| tuple.status.extensions().iter().chain(&tuple.extensions))
        .chain(&document.extensions)
}

struct DocumentWriter<'a> {
    format: Format,
    xml: Writer<'a>,
    /// What the text is that is written into, unless it is written anew.
    around: Option<&'a Surroundings>,
}

impl<'a> DocumentWriter<'a> {
    /// `presence`, in the layout of the examples in RFC 3863 section 4.2.2.
    fn presence(&mut self, document: &'a Document) {
        self.out("<presence");
        self.xml.attribute("xmlns", self.format.namespace());
        for (prefix, namespace) in self.xml.prefixes.declarations() {
            self.out("\n ");
            self.xml.attribute(&format!("xmlns:{prefix}"), namespace);
        }
        if let Some(entity) = &document.entity {
            self.out("\n ");
            self.xml.attribute("entity", entity);
        }
        self.out(">\n");
        for tuple in &document.tuples {
            self.tuple(tuple);
        }
        for note in &document.notes {
            self.note("  ", note);
        }
        for extension in &document.extensions {
            self.extension("  ", extension);
        }
        self.out("</presence>\n");
    }

    fn tuple(&mut self, tuple: &'a Tuple) {
        self.out("  ");
        self.open("tuple");
        self.xml.attribute("id", tuple.id.as_str());
        self.out(">\n    ");
        self.open("status");
        self.out(">\n");
        if let Some(basic) = tuple.status.basic() {
            self.out("      ");
            self.open("basic");
            self.out(match (self.format, basic) {
                (Format::CpimPidf, Basic::Closed) => "> CLOSED ",
                (Format::CpimPidf, Basic::Open) => "> OPEN ",
                (Format::Pidf, Basic::Closed) => ">closed",
                (Format::Pidf, Basic::Open) => ">open",
            });
            self.close("basic");
        }
        for extension in tuple.status.extensions() {
            self.extension("      ", extension);
        }
        self.out("    ");
        self.close("status");
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
            self.out("    ");
            self.open("timestamp");
            self.out(">");
            self.xml.text(timestamp.as_str());
            self.close("timestamp");
        }
        self.out("  ");
        self.close("tuple");
    }

    fn contact(&mut self, contact: &Contact) {
        self.out("    ");
        self.open("contact");
        if let Some(priority) = contact.priority() {
            self.xml.attribute("priority", &priority.to_string());
        }
        // The draft's users print spaces here as they do around the basic status.
        let space = match self.format {
            Format::CpimPidf => " ",
            Format::Pidf => "",
        };
        self.out(">");
        self.out(space);
        self.xml.text(contact.uri());
        self.out(space);
        self.close("contact");
    }

    fn note(&mut self, indent: &str, note: &Note) {
        self.out(indent);
        self.open("note");
        match note.lang() {
            Some(lang) => self.xml.attribute("xml:lang", lang),
            // What stands around it would be taken for its language.
            None if self.around.is_some_and(|around| around.lang.is_some()) => self.xml.attribute("xml:lang", ""),
            None => {}
        }
        self.out(">");
        self.xml.text(note.text());
        self.close("note");
    }

    fn extension(&mut self, indent: &str, extension: &'a Element) {
        self.out(indent);
        match self.around {
            None => self.xml.element(extension),
            Some(around) => {
                let declarations: Vec<_> = around
                    .declarations
                    .iter()
                    .map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
                    .collect();
                let text = fragment(extension, &declarations);
                self.out(&text);
            }
        }
        self.out("\n");
    }

    /// The beginning of a start tag in PIDF's own namespace.
    fn open(&mut self, name: &str) {
        self.out("<");
        self.out(self.prefix());
        self.out(name);
    }

    fn close(&mut self, name: &str) {
        self.out("</");
        self.out(self.prefix());
        self.out(name);
        self.out(">\n");
    }

    fn prefix(&self) -> &'a str {
        self.around.map_or("", |around| &around.prefix)
    }

    fn out(&mut self, text: &str) {
        self.xml.out.push_str(text);
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
        let written = document.clone().normalized().write(Format::Pidf);
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

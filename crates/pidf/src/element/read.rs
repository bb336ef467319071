//! From XML to [`Element`]s.

use std::borrow::Cow;
use std::collections::BTreeMap;

use compact_str::CompactString;
use memchr::memchr;

use super::{Attribute, Declaration, Element, Node, Outside};
use crate::xml::{Event, Namespace, Reader, Tag, chars};
use crate::{Error, Limits};

/// Reads a document of any kind.
pub(crate) fn read_whole(document: &[u8], limits: &Limits) -> Result<Element, Error> {
    let mut xml = Reader::new(document, limits)?;
    let mut outside = Outside::default();
    let start = loop {
        match xml.next()? {
            Event::Start(start) => break start,
            event => outside.before.extend(other(event)),
        }
    };
    let mut root = element(&mut xml, start)?;
    loop {
        match xml.next()? {
            Event::Eof => break,
            event => outside.after.extend(other(event)),
        }
    }
    if !outside.before.is_empty() || !outside.after.is_empty() {
        root.outside = Some(Box::new(outside));
    }
    Ok(root)
}

/// The element that begins with this tag, whole.
pub(crate) fn element<'a>(xml: &mut Reader<'a>, start: Tag<'a>) -> Result<Element, Error> {
    let level = xml.level();
    let offset = start.offset;
    let mut context = Context::new();
    mention_attributes(xml, start.offset, level, &mut context)?;
    // The elements that are open, the innermost last: each is moved twice, into this and to its parent.
    let mut elements = Vec::new();
    open(xml, &start, &mut elements);
    let mut whole = loop {
        match xml.next()? {
            Event::Start(tag) => {
                mention_attributes(xml, tag.offset, level, &mut context)?;
                open(xml, &tag, &mut elements);
            }
            Event::End | Event::Eof => {
                let Some(ended) = elements.pop() else { continue };
                match elements.last_mut() {
                    Some(parent) => parent.children.push(Node::Element(ended)),
                    None => break ended,
                }
            }
            event => {
                if let Event::Text(text) = &event {
                    mention(xml, text, level, offset, &mut context)?;
                }
                if let Some(innermost) = elements.last_mut() {
                    innermost.push_event(event);
                }
            }
        }
    };
    xml.check_attributes(
        whole.attributes.len() + whole.declarations.len() + context.len(),
        offset,
    )?;
    whole.context = context
        .into_iter()
        .map(|(prefix, namespace)| Declaration { prefix, namespace })
        .collect();
    Ok(whole)
}

/// A comment or a processing instruction as a node.
fn other(event: Event<'_>) -> Option<Node> {
    match event {
        Event::Comment(text) => Some(Node::Comment(text.into_owned())),
        Event::Instruction { target, data } => Some(Node::Instruction {
            target: target.to_owned(),
            data: data.into_owned(),
        }),
        _ => None,
    }
}

/// Begins an element where it stays, which saves a copy.
fn open(xml: &mut Reader<'_>, tag: &Tag<'_>, elements: &mut Vec<Element>) {
    let element = elements.push_mut(Element::from_name(xml.name(&tag.name)));
    element.offset = u32::try_from(xml.place(tag.offset)).ok();
    if !xml.attributes_mut().is_empty() {
        let mut attributes = std::mem::take(xml.attributes_mut());
        let owned = attributes.drain(..).map(|raw| Attribute {
            name: xml.name(&raw.name),
            value: raw.value.into_owned(),
        });
        element.attributes = owned.collect();
        *xml.attributes_mut() = attributes;
    }
    for (prefix, namespace) in xml.declarations() {
        element.declarations.push(Declaration {
            prefix: prefix.into(),
            namespace: namespace.unwrap_or_else(|| "".into()),
        });
    }
}

impl Element {
    /// Adds what is no element.
    fn push_event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) => self.push_text(text),
            event => self.children.extend(other(event)),
        }
    }

    /// Adds text that is known to be legal, to the text before it if there is some.
    pub(crate) fn push_text(&mut self, text: Cow<'_, str>) {
        match self.children.last_mut() {
            _ if text.is_empty() => {}
            Some(Node::Text(before)) => before.push_str(&text),
            _ => self.children.push(Node::Text(text.into_owned())),
        }
    }
}

/// Prefixes that values seem to use, with what they are bound to around the element.
type Context = BTreeMap<CompactString, Namespace>;

fn mention_attributes(xml: &mut Reader<'_>, offset: usize, level: usize, context: &mut Context) -> Result<(), Error> {
    let attributes = std::mem::take(xml.attributes_mut());
    for attribute in &attributes {
        mention(xml, &attribute.value, level, offset, context)?;
    }
    *xml.attributes_mut() = attributes;
    Ok(())
}

/// Notes every prefix that a value seems to use (`prefix:`) and that is declared around the element: such a value may
/// be a qualified name, as that of `xsi:type` is, and would be without meaning elsewhere.
fn mention(xml: &mut Reader<'_>, value: &str, level: usize, offset: usize, context: &mut Context) -> Result<(), Error> {
    if memchr(b':', value.as_bytes()).is_none() {
        return Ok(());
    }
    for (colon, _) in value.match_indices(':') {
        let before = value.get(..colon).unwrap_or_default();
        let trailing = before.rfind(|c| !chars::is_name_char(c)).map_or(before, |last| {
            let tail = before.get(last..).unwrap_or_default();
            tail.trim_start_matches(|c| !chars::is_name_char(c))
        });
        if !chars::is_ncname(trailing) || context.contains_key(trailing) {
            continue;
        }
        if let Some(namespace) = xml.outer_binding(trailing, level) {
            xml.charge(trailing, &namespace, offset)?;
            context.insert(trailing.into(), namespace);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Document;

    use super::*;

    fn parse(document: &str) -> Element {
        Element::parse(document.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn every_kind_of_node_is_kept() {
        let root = parse("<!--1--><?a?>\n<r> x<!--2\r\n-->&#33;<![CDATA[<]]><?b  c ?><e/>\n</r><!--3-->");
        let nodes: Vec<_> = root.children().iter().map(|node| format!("{node:?}")).collect();
        assert_eq!(nodes[0], r#"Text(" x")"#);
        assert_eq!(nodes[1], r#"Comment("2\n")"#);
        assert_eq!(nodes[2], r#"Text("!<")"#);
        assert_eq!(nodes[3], r#"Instruction { target: "b", data: "c " }"#);
        assert_eq!(nodes[5], r#"Text("\n")"#);
        let outside = root.outside.unwrap();
        assert_eq!((outside.before.len(), outside.after.len()), (2, 1));
    }

    #[test]
    fn places_are_told_and_do_not_count() {
        let root = parse("\u{FEFF}<r>\n <e/></r>");
        let place = root.elements().next().unwrap().offset().unwrap();
        let position = crate::Position::of("\u{FEFF}<r>\n <e/></r>".as_bytes(), place);
        assert_eq!((position.line, position.column), (2, 2));
        assert_eq!(root, parse("<r>\n <e/></r><!-- -->"));
        assert_eq!(Element::new("", "r").unwrap().offset(), None);
    }

    #[test]
    fn prefixes_in_values_are_kept_with_the_extension() {
        let prefixes = |value: &str| {
            let document = format!(
                "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:x='urn:x' entity='p:a'><x:e>{value}</x:e></presence>"
            );
            let document = Document::parse(document.as_bytes(), &Limits::default()).unwrap();
            let context = &document.extensions()[0].context;
            context
                .iter()
                .map(|declaration| declaration.prefix.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(prefixes("x:Type"), ["x"]);
        assert_eq!(prefixes("*/x:a[@k='y:']"), ["x"]);
        assert_eq!(prefixes("\u{D55C}x:a y:b :: z"), [""; 0]);
        assert_eq!(prefixes("<a xmlns:x='urn:y'>x:b</a>"), [""; 0]);
    }
}

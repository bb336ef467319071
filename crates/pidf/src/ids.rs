//! Ids of a whole document: XML has them be names, and different ones, whatever they are ids of.

use std::collections::{BTreeMap, BTreeSet};

use crate::data_model::NAMESPACE as DATA_MODEL;
use crate::rpid::NAMESPACE as RPID;
use crate::xml::chars::trim;
use crate::{Document, Element, Id, Node};

/// Makes an `xs:ID` that no other is of each id of a person, a device and a part of rich presence. A tuple has such an id
/// already, and keeps it; of others that have the same, the first does.
pub(crate) fn settle(document: &mut Document) {
    let mut ids = Ids::default();
    for tuple in &document.tuples {
        ids.taken.insert(tuple.id.as_str().into());
    }
    for tuple in &mut document.tuples {
        ids.settle_all(tuple.status.extensions_mut());
        ids.settle_all(&mut tuple.extensions);
    }
    ids.settle_all(&mut document.extensions);
}

#[derive(Default)]
struct Ids {
    taken: BTreeSet<String>,
    /// For each id that was wanted again the number that was last put behind it.
    numbers: BTreeMap<String, usize>,
}

impl Ids {
    /// Without recursion: an application can build a tree of any depth.
    fn settle_all(&mut self, elements: &mut [Element]) {
        let mut rest: Vec<&mut Element> = elements.iter_mut().rev().collect();
        while let Some(element) = rest.pop() {
            self.settle(element);
            let children = element.children.iter_mut().rev();
            rest.extend(children.filter_map(|node| match node {
                Node::Element(child) => Some(child),
                _ => None,
            }));
        }
    }

    fn settle(&mut self, element: &mut Element) {
        if !matches!(element.name.namespace(), Some(DATA_MODEL | RPID)) {
            return;
        }
        let mut attributes = element.attributes.iter_mut();
        let Some(attribute) = attributes.find(|attribute| attribute.name.is("", "id")) else {
            return;
        };
        // One that is empty is as good as none.
        if let Ok(id) = Id::escape(trim(&attribute.value)) {
            let id = self.take(id.as_str());
            if attribute.value != id {
                attribute.value = id;
            }
        }
    }

    /// The id, or a free one that begins with it.
    fn take(&mut self, id: &str) -> String {
        if self.taken.insert(id.to_owned()) {
            return id.to_owned();
        }
        // Numbers go on from where they were, so that many of one id cost no more than as many different ones.
        let number = self.numbers.entry(id.to_owned()).or_insert(1);
        loop {
            *number += 1;
            let free = format!("{id}-{number}");
            if self.taken.insert(free.clone()) {
                return free;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn parse(content: &str) -> Document {
        let document = format!(
            "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:dm='{DATA_MODEL}' xmlns:r='{RPID}' xmlns:x='urn:x'
               entity='pres:a@example.test'>{content}</presence>"
        );
        Document::parse(document.as_bytes(), &Limits::default()).unwrap()
    }

    fn ids(document: &Document) -> Vec<String> {
        let written = document.to_string();
        let ids = written.split(" id=\"").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_id_is_another() {
        let document = parse(
            "<dm:person id='a'><r:activities id=' a '/><x:e id='a'/></dm:person><dm:person id='1'/><dm:device id='1'/>
             <dm:device id='a-2'/><dm:device id=''/><tuple id='a'><status/><r:privacy id='b'/></tuple><dm:person id='b'/>",
        );
        let document = document.normalized();
        let expected = ["a", "b", "a-2", "a-3", "a", "_x0031_", "_x0031_-2", "a-2-2", "", "b-2"];
        assert_eq!(ids(&document), expected);
        // What has such ids keeps them.
        assert_eq!(document.clone().normalized(), document);
    }

    #[test]
    fn many_of_one_id_are_counted_on() {
        let document = parse(&"<dm:person id='a'/>".repeat(10_000)).normalized();
        assert_eq!(document.extensions().last().unwrap().attribute("id"), Some("a-10000"));
    }
}

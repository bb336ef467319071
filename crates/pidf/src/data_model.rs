//! The presence data model (RFC 4479): persons, devices, and which device a service runs on.

mod device;
mod person;

use crate::extension::{note_element, text_element};
use crate::{Element, InvalidElement, Note, Timestamp};

pub use device::{Device, DeviceId};
pub use person::Person;

/// The namespace of the data model.
pub(crate) const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf:data-model";

/// Of a person or a device what both have: notes, a timestamp, extensions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Parts {
    extensions: Vec<Element>,
    notes: Vec<Note>,
    timestamp: Option<Timestamp>,
}

impl Parts {
    fn read(element: &Element) -> Result<Self, InvalidElement> {
        let mut parts = Self {
            notes: element.notes(),
            ..Self::default()
        };
        for child in element.elements() {
            if !element.has_part(child) {
                parts.extensions.push(child.clone());
            } else if child.name().local() == "timestamp" && parts.timestamp.is_none() {
                parts.timestamp = Some(child.parsed(str::parse)?);
            }
        }
        // What is in no namespace has no place here (RFC 4479 section 5).
        parts.extensions.retain(|child| child.name().namespace().is_some());
        Ok(parts)
    }
}

/// The methods of what a person or a device has beside what makes it one: an id, notes, a timestamp, extensions.
macro_rules! component_methods {
    () => {
        /// Adds a note.
        #[must_use]
        pub fn with_note(mut self, note: Note) -> Self {
            self.notes.push(note);
            self
        }

        /// Sets the time of the last change.
        #[must_use]
        pub fn with_timestamp(mut self, timestamp: Timestamp) -> Self {
            self.timestamp = Some(timestamp);
            self
        }

        /// Adds an extension element.
        ///
        /// # Errors
        ///
        /// The element is in no namespace or in that of the data model, or in PIDF's own, which is read as that of the data
        /// model.
        pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
            crate::extension::check_children(super::NAMESPACE, &extension)?;
            crate::element::check_extension(&extension)?;
            self.extensions.push(extension);
            Ok(self)
        }

        /// What distinguishes it from the others of its kind in the document.
        pub const fn id(&self) -> &Id {
            &self.id
        }

        /// The comments for people, in order.
        pub fn notes(&self) -> &[Note] {
            &self.notes
        }

        /// When the information was last changed.
        pub const fn timestamp(&self) -> Option<&Timestamp> {
            self.timestamp.as_ref()
        }

        /// What other specifications add, in order.
        pub fn extensions(&self) -> &[Element] {
            &self.extensions
        }

        crate::extension::typed_methods!();
    };
}
use component_methods;

/// Adds notes and timestamp, which stand last.
fn finish(mut element: Element, notes: &[Note], timestamp: Option<&Timestamp>) -> Element {
    for note in notes {
        element = element.with_child(note_element(NAMESPACE, "note", note));
    }
    match timestamp {
        Some(time) => element.with_child(text_element(NAMESPACE, "timestamp", time.as_str())),
        None => element,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpid::{Class, UserInput};
    use crate::{Document, Element, Extension, Id, Limits, Note};

    fn parse(content: &str) -> Document {
        let source = format!(
            "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:dm='{NAMESPACE}' xmlns:x='urn:x' entity='pres:a'>\
             {content}</presence>"
        );
        Document::parse(source.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn persons_and_devices_are_read_in_any_order() {
        let document = parse(
            "<dm:device id='d'><timestamp>2005-05-30T16:09:44Z</timestamp><dm:deviceID> urn:x:1 </dm:deviceID>
               <dm:note xml:lang='en'>PC</dm:note><x:e/></dm:device>
             <dm:person id='1'><dm:timestamp>2005-05-30T16:09:44Z</dm:timestamp><x:e/><y/></dm:person>",
        );
        let device = document.devices().next().unwrap().unwrap();
        assert_eq!(device.id().as_str(), "d");
        assert_eq!(device.device_id().as_str(), "urn:x:1");
        assert_eq!(device.notes()[0].lang(), Some("en"));
        assert_eq!(device.timestamp().unwrap().as_str(), "2005-05-30T16:09:44Z");
        assert_eq!(device.extensions().len(), 1);
        let person = document.persons().next().unwrap().unwrap();
        assert_eq!(person.id().as_str(), "_x0031_");
        assert!(person.timestamp().is_some());
        assert_eq!(person.extensions().len(), 1);
    }

    #[test]
    fn a_person_takes_the_place_of_the_one_with_its_id() {
        let mut document = parse("<dm:person id='1'/><dm:person id='p2'/>");
        let person = document.persons().next().unwrap().unwrap();
        let person = person.with_note(Note::new("hi").unwrap());
        document.insert_typed(&person).unwrap();
        assert_eq!(document.extensions().len(), 2);
        assert_eq!(document.persons().next().unwrap().unwrap(), person);
    }

    #[test]
    fn what_is_missing_is_named() {
        let document = parse("<dm:person/><dm:device id='d'/>");
        let error = document.persons().next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "in <person>: expected an attribute `id`");
        let error = document.devices().next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "in <device>: expected an element <deviceID>");
    }

    #[test]
    fn what_is_built_is_in_the_order_of_the_schema() {
        let device = Device::new(Id::new("d").unwrap(), DeviceId::new("urn:x:1").unwrap())
            .with_note(Note::new("PC").unwrap())
            .with_typed(&UserInput::active())
            .unwrap()
            .with_timestamp("2005-05-30T16:09:44Z".parse().unwrap());
        let person = Person::new(Id::new("p").unwrap())
            .with_note(Note::new("hi").unwrap().with_lang("en").unwrap())
            .with_typed(&Class::new("c").unwrap())
            .unwrap();
        let mut document = Document::new("pres:a").unwrap();
        document.insert_typed(&device).unwrap();
        document.insert_typed(&person).unwrap();
        document.insert_typed(&person).unwrap();
        let written = document.to_string();
        assert!(
            written.contains(
                "  <dm:device id=\"d\"><rpid:user-input>active</rpid:user-input><dm:deviceID>urn:x:1</dm:deviceID>\
                 <dm:note>PC</dm:note><dm:timestamp>2005-05-30T16:09:44Z</dm:timestamp></dm:device>\n  \
                 <dm:person id=\"p\"><rpid:class>c</rpid:class><dm:note xml:lang=\"en\">hi</dm:note></dm:person>\n\
                 </presence>"
            ),
            "{written}"
        );
        let read = Document::parse(written.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(read.devices().collect::<Vec<_>>(), [Ok(device)]);
        assert_eq!(read.persons().collect::<Vec<_>>(), [Ok(person)]);
    }

    #[test]
    fn extensions_are_in_another_namespace() {
        let person = || Person::new(Id::new("p").unwrap());
        assert!(person().with_extension(Element::new("urn:x", "x").unwrap()).is_ok());
        assert!(person().with_extension(Element::new(NAMESPACE, "x").unwrap()).is_err());
        assert!(person().with_extension(Element::new("", "x").unwrap()).is_err());
        let pidf = crate::Format::Pidf.namespace();
        assert!(person().with_extension(Element::new(pidf, "note").unwrap()).is_err());
        assert_eq!(person().to_element().attribute("id"), Some("p"));
    }
}

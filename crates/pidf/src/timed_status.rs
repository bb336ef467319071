use crate::element::check_extension;
use crate::extension::{build, check_children, note_element, text_element, typed_methods};
use crate::{Basic, Element, Extension, Format, InvalidElement, InvalidValue, Note, Timestamp, extension};

const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf:timed-status";

/// What the status of a tuple was or is expected to be at another time (RFC 4481), beside the one that it has now.
///
/// ```
/// use pidf::{Basic, Id, TimedStatus, Tuple};
///
/// let closed = TimedStatus::new("2005-08-15T10:20:00-05:00".parse()?).with_basic(Basic::Closed);
/// let tuple = Tuple::new(Id::new("desk")?, Basic::Open).with_typed(&closed)?;
/// assert_eq!(tuple.typed::<TimedStatus>()?.unwrap().basic(), Some(Basic::Closed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TimedStatus {
    from: Timestamp,
    until: Option<Timestamp>,
    basic: Option<Basic>,
    note: Option<Note>,
    extensions: Vec<Element>,
}

impl TimedStatus {
    /// A status from then on, of which nothing is said yet.
    pub const fn new(from: Timestamp) -> Self {
        Self {
            from,
            until: None,
            basic: None,
            note: None,
            extensions: Vec::new(),
        }
    }

    /// Sets the time when the status ends.
    #[must_use]
    pub fn with_until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Sets the basic value.
    #[must_use]
    pub fn with_basic(mut self, basic: Basic) -> Self {
        self.basic = Some(basic);
        self
    }

    /// Sets the note.
    #[must_use]
    pub fn with_note(mut self, note: Note) -> Self {
        self.note = Some(note);
        self
    }

    /// Adds an extension element.
    ///
    /// # Errors
    ///
    /// The element is in no namespace or in that of timed status, or in PIDF's own, which is read as that of timed status.
    pub fn with_extension(mut self, extension: Element) -> Result<Self, InvalidValue> {
        check_children(NAMESPACE, &extension)?;
        check_extension(&extension)?;
        self.extensions.push(extension);
        Ok(self)
    }

    /// When the status begins.
    pub const fn from(&self) -> &Timestamp {
        &self.from
    }

    /// When the status ends; `None` where that is not known.
    pub const fn until(&self) -> Option<&Timestamp> {
        self.until.as_ref()
    }

    /// The basic value.
    pub const fn basic(&self) -> Option<Basic> {
        self.basic
    }

    /// The comment for people.
    pub const fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// What other specifications add, in order.
    pub fn extensions(&self) -> &[Element] {
        &self.extensions
    }

    typed_methods!();
}

impl Extension for TimedStatus {
    const NAME: &'static str = "timed-status";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        let mut status = Self::new(element.required_attribute("from", str::parse)?);
        status.until = element.parsed_attribute("until", str::parse)?;
        status.note = element.notes().into_iter().next();
        for child in element.elements() {
            let namespace = child.name().namespace();
            let is_foreign =
                namespace.is_some_and(|other| other != NAMESPACE && Format::from_namespace(other).is_none());
            if is_foreign {
                status.extensions.push(child.clone());
            } else if element.has_part(child) && child.name().local() == "basic" && status.basic.is_none() {
                status.basic = Some(child.parsed(str::parse)?);
            }
        }
        Ok(status)
    }

    fn to_element(&self) -> Element {
        let mut element = build(NAMESPACE, Self::NAME);
        element.push_attribute("from", self.from.as_str());
        if let Some(until) = &self.until {
            element.push_attribute("until", until.as_str());
        }
        if let Some(basic) = self.basic {
            element = element.with_child(text_element(NAMESPACE, "basic", &basic.to_string()));
        }
        if let Some(note) = &self.note {
            element = element.with_child(note_element(NAMESPACE, "note", note));
        }
        self.extensions.iter().cloned().fold(element, Element::with_child)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InvalidElementKind, Limits};

    fn read(content: &str) -> Result<TimedStatus, InvalidElement> {
        let source = format!("<ts:timed-status xmlns:ts='{NAMESPACE}' {content}</ts:timed-status>");
        TimedStatus::from_element(&Element::parse(source.as_bytes(), &Limits::default()).unwrap())
    }

    #[test]
    fn what_is_built_comes_back() {
        let status = TimedStatus::new("2005-08-15T10:20:00-05:00".parse().unwrap())
            .with_until("2005-08-22T19:30:00-05:00".parse().unwrap())
            .with_basic(Basic::Closed)
            .with_note(Note::new("holiday").unwrap().with_lang("en").unwrap())
            .with_extension(Element::new("urn:x", "e").unwrap())
            .unwrap();
        assert_eq!(TimedStatus::from_element(&status.to_element()), Ok(status));
    }

    #[test]
    fn the_beginning_is_mandatory() {
        let error = read("><ts:basic>open</ts:basic>").unwrap_err();
        assert_eq!(error.kind(), &InvalidElementKind::MissingAttribute("from"));
        let status = read("from=' 2005-08-15T10:20:00Z '><ts:basic> closed </ts:basic>").unwrap();
        assert_eq!(status.basic(), Some(Basic::Closed));
        assert!(read("from='x'>").is_err());
        assert!(read("from='2005-08-15T10:20:00Z'><ts:basic>busy</ts:basic>").is_err());
    }
}

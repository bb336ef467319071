use std::time::Duration;

use crate::{
    date_time::DateTime,
    document_error::{DocumentError, DocumentErrorKind},
    error::{InvalidValue, ValueKind},
    limits::Limits,
    media_type::{self, MediaType},
    xml::{self, Element, Event, Reader, is_space},
};

const NAMESPACE: &str = "urn:ietf:params:xml:ns:im-iscomposing";

/// Whether a message is being written (RFC 3994 section 6).
///
/// Elements in any order are read, and what is not of the RFC's namespace is passed over. Of the optional elements, one
/// that cannot be read counts as absent: they are hints, and the state is what matters. What is written is valid by the
/// schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsComposing {
    state: State,
    last_active: Option<DateTime>,
    content_type: Option<String>,
    refresh: Option<u32>,
}

/// What the user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Composes a message.
    Active,
    /// Anything else. A state that RFC 3994 does not have reads as this one (section 3.5).
    Idle,
}

impl IsComposing {
    /// Tells a state.
    #[must_use]
    pub fn new(state: State) -> Self {
        Self {
            state,
            last_active: None,
            content_type: None,
            refresh: None,
        }
    }

    /// Tells when the user last added or changed something. The schema says `xs:dateTime`, which has no leap seconds and no
    /// offsets of more than 14 hours: a time with one of these becomes the same in UTC.
    #[must_use]
    pub fn with_last_active(mut self, last_active: DateTime) -> Self {
        self.last_active = Some(last_active.in_xml_schema());
        self
    }

    /// Tells what is composed: a media type, or the part of it ahead of the slash, as `text/html` or `audio`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it is neither.
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Result<Self, InvalidValue> {
        let content_type = content_type.into();
        check_composed_type(&content_type)?;
        self.content_type = Some(content_type);
        Ok(self)
    }

    /// Tells after how many seconds the state is told anew, where it stays active. Zero is one: the schema wants a
    /// positive number.
    #[must_use]
    pub fn with_refresh(mut self, seconds: u32) -> Self {
        self.refresh = Some(seconds.max(1));
        self
    }

    /// What the user does.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// When the user last added or changed something.
    #[must_use]
    pub fn last_active(&self) -> Option<DateTime> {
        self.last_active
    }

    /// What is composed: a media type, or the part of it ahead of the slash. A hint.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// After what time an active state is told anew. None is taken as 120 seconds (section 3.3).
    #[must_use]
    pub fn refresh(&self) -> Option<Duration> {
        self.refresh.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// Reads a document, all of the input.
    ///
    /// # Errors
    ///
    /// [`DocumentError`], with line and column, when it is no well-formed XML in UTF-8, no isComposing document, or has
    /// not one state.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, DocumentError> {
        let mut reader = Reader::new(document, limits)?;
        match reader.next()? {
            Event::Start(root) if root.is(NAMESPACE, "isComposing") => {}
            Event::Start(root) => return Err(reader.error(DocumentErrorKind::Root("isComposing"), root.offset)),
            Event::End | Event::Eof | Event::Text(_) => {
                return Err(reader.error(DocumentErrorKind::Root("isComposing"), reader.offset()));
            }
        }
        let mut read = Self::new(State::Idle);
        let mut has_state = false;
        loop {
            match reader.next()? {
                Event::Start(element) if element.is(NAMESPACE, "state") => {
                    if std::mem::replace(&mut has_state, true) {
                        return Err(reader.error(DocumentErrorKind::Repeated("state"), element.offset));
                    }
                    read.state = State::read(&text(&mut reader)?);
                }
                Event::Start(element) => read.hint(&mut reader, &element)?,
                Event::Text(_) => {}
                Event::End | Event::Eof => break,
            }
        }
        let end = reader.offset();
        reader.finish()?;
        if has_state {
            Ok(read)
        } else {
            Err(reader.error(DocumentErrorKind::Missing("state"), end))
        }
    }

    /// Reads an optional element; the first of each counts.
    fn hint(&mut self, reader: &mut Reader<'_>, element: &Element<'_>) -> Result<(), DocumentError> {
        if element.namespace != NAMESPACE {
            return reader.skip();
        }
        match element.local {
            "lastactive" => {
                let value = text(reader)?;
                self.last_active = self
                    .last_active
                    .or_else(|| value.parse().ok().map(DateTime::in_xml_schema));
            }
            "contenttype" => {
                let value = text(reader)?;
                if self.content_type.is_none() && check_composed_type(&value).is_ok() {
                    self.content_type = Some(value);
                }
            }
            "refresh" => {
                let value = text(reader)?;
                self.refresh = self.refresh.or_else(|| positive(&value));
            }
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// Writes the document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<isComposing xmlns=\"{NAMESPACE}\">");
        out.push_str(&format!("<state>{}</state>", self.state.as_str()));
        if let Some(last_active) = &self.last_active {
            out.push_str(&format!("<lastactive>{last_active}</lastactive>"));
        }
        if let Some(content_type) = &self.content_type {
            out.push_str("<contenttype>");
            xml::escape_into(&mut out, content_type);
            out.push_str("</contenttype>");
        }
        if let Some(refresh) = self.refresh {
            out.push_str(&format!("<refresh>{refresh}</refresh>"));
        }
        out.push_str("</isComposing>");
        out
    }
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Idle => "idle",
        }
    }

    fn read(word: &str) -> Self {
        if word == "active" { Self::Active } else { Self::Idle }
    }
}

/// The text of an element, without the white space around it.
fn text(reader: &mut Reader<'_>) -> Result<String, DocumentError> {
    Ok(reader.text()?.trim_matches(is_space).to_owned())
}

fn check_composed_type(content_type: &str) -> Result<(), InvalidValue> {
    if !content_type.is_empty() && content_type.chars().all(media_type::is_token_char) {
        return Ok(());
    }
    let error = |at| Err(InvalidValue::new(ValueKind::ComposedType, at));
    // Folding and comments, which a media type may have in a header, have no place here.
    if let Some(at) = content_type.find(|c: char| c.is_control() || !c.is_ascii()) {
        return error(at);
    }
    match content_type.parse::<MediaType>() {
        Ok(_) if content_type.trim_matches(is_space).len() == content_type.len() => Ok(()),
        Ok(_) => error(0),
        Err(invalid) => error(invalid.offset()),
    }
}

/// `xs:positiveInteger`. What is over the range of `u32` is its end: 136 years.
fn positive(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<IsComposing, DocumentError> {
        let document = format!("<isComposing xmlns='{NAMESPACE}' xmlns:x='urn:x'>{content}</isComposing>");
        IsComposing::parse(document.as_bytes(), &Limits::default())
    }

    /// What libxml2 takes for an `xs:dateTime`, and what it does not.
    #[test]
    fn times_are_those_of_the_schema() {
        for (text, expected) in [
            ("1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"),
            ("1990-12-31T15:59:60.25-08:00", "1991-01-01T00:00:00.25Z"),
            ("2001-01-01T00:00:00+23:59", "2000-12-31T00:01:00Z"),
            ("2001-01-01T00:00:00-14:01", "2001-01-01T14:01:00Z"),
            ("2001-01-01T00:00:00+14:00", "2001-01-01T00:00:00+14:00"),
            ("2001-01-01T00:00:00-14:00", "2001-01-01T00:00:00-14:00"),
            ("2001-01-01T00:00:00-00:00", "2001-01-01T00:00:00-00:00"),
        ] {
            let built = IsComposing::new(State::Idle).with_last_active(text.parse().unwrap());
            assert_eq!(built.last_active().unwrap().to_string(), expected);
            assert_eq!(
                read(&format!("<state>idle</state><lastactive>{text}</lastactive>")),
                Ok(built)
            );
        }
    }

    #[test]
    fn all_parts_read_and_write() {
        let read = read(
            "<refresh> +090 </refresh><x:state>idle</x:state><more/><state>\n active</state>\
             <contenttype>text/html; charset=&quot;utf-8&quot;</contenttype><lastactive>2003-01-27T10:43:00Z</lastactive>",
        )
        .unwrap();
        let built = IsComposing::new(State::Active)
            .with_last_active("2003-01-27T10:43:00Z".parse().unwrap())
            .with_content_type("text/html; charset=\"utf-8\"")
            .unwrap()
            .with_refresh(90);
        assert_eq!(read, built);
        assert_eq!(read.refresh(), Some(Duration::from_secs(90)));
        assert_eq!(
            built.to_xml(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<isComposing xmlns=\"urn:ietf:params:xml:ns:im-iscomposing\">\
             <state>active</state><lastactive>2003-01-27T10:43:00Z</lastactive>\
             <contenttype>text/html; charset=\"utf-8\"</contenttype><refresh>90</refresh></isComposing>"
        );
    }

    #[test]
    fn unknown_states_are_idle_and_unreadable_hints_absent() {
        for state in ["recording", "", "Active", "idle"] {
            let read = read(&format!(
                "<state>{state}</state><lastactive>2003-01-27T10:43:00</lastactive><contenttype>a b</contenttype><refresh>0</refresh>"
            ));
            assert_eq!(read, Ok(IsComposing::new(State::Idle)), "{state}");
        }
        for (refresh, seconds) in [
            ("1", Some(1)),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("99999999999", Some(u32::MAX)),
        ] {
            let read = read(&format!("<state>active</state><refresh>{refresh}</refresh>")).unwrap();
            assert_eq!(read.refresh, seconds, "{refresh}");
        }
    }

    #[test]
    fn there_is_one_state() {
        assert_eq!(read("").unwrap_err().kind(), DocumentErrorKind::Missing("state"));
        let error = read("<state>idle</state><state>active</state>").unwrap_err();
        assert_eq!(error.kind(), DocumentErrorKind::Repeated("state"));
        let error = IsComposing::parse(b"<x:isComposing xmlns:x='urn:x'/>", &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), DocumentErrorKind::Root("isComposing"));
    }

    #[test]
    fn what_is_composed_is_a_media_type_or_the_start_of_one() {
        for fine in ["audio", "text/html", "text/plain; charset=utf-8"] {
            assert!(IsComposing::new(State::Idle).with_content_type(fine).is_ok(), "{fine}");
        }
        for (bad, offset) in [
            ("", 0),
            ("a b", 2),
            ("text/", 5),
            (" text/html", 0),
            ("é", 0),
            ("a/b\r\n", 3),
        ] {
            let error = IsComposing::new(State::Idle).with_content_type(bad).unwrap_err();
            assert_eq!(error.offset(), offset, "{bad}");
        }
        assert_eq!(
            IsComposing::new(State::Idle).with_refresh(0).refresh(),
            Some(Duration::from_secs(1))
        );
    }
}

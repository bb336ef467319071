//! Reads an IMDN document.

use super::{
    Disposition, Imdn, MessageId, Notification,
    document::{NAMESPACE, subject},
};
use crate::{
    document_error::{DocumentError, DocumentErrorKind},
    limits::Limits,
    text::Subject,
    xml::{Element, Event, Reader, is_space},
};

impl Imdn {
    /// Reads a document, all of the input.
    ///
    /// # Errors
    ///
    /// [`DocumentError`], with line and column, when it is no well-formed XML in UTF-8, no IMDN, or has no message-id,
    /// no datetime, or a notification without one status that the RFC has for it.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, DocumentError> {
        let mut reader = Reader::new(document, limits)?;
        match reader.next()? {
            Event::Start(root) if root.is(NAMESPACE, "imdn") => {}
            Event::Start(root) => return Err(reader.error(DocumentErrorKind::Root("imdn"), root.offset)),
            Event::End | Event::Eof | Event::Text(_) => {
                return Err(reader.error(DocumentErrorKind::Root("imdn"), reader.offset()));
            }
        }
        let mut parts = Parts::default();
        loop {
            match reader.next()? {
                Event::Start(element) => parts.read(&mut reader, &element)?,
                Event::Text(_) => {}
                Event::End | Event::Eof => break,
            }
        }
        let end = reader.offset();
        reader.finish()?;
        let missing = |name| reader.error(DocumentErrorKind::Missing(name), end);
        Ok(Self {
            message_id: parts.message_id.ok_or_else(|| missing("message-id"))?,
            date_time: parts.date_time.ok_or_else(|| missing("datetime"))?,
            recipient_uri: parts.recipient_uri,
            original_recipient_uri: parts.original_recipient_uri,
            subject: parts.subject,
            notification: parts.notification,
        })
    }
}

/// What was found so far.
#[derive(Default)]
struct Parts {
    message_id: Option<MessageId>,
    date_time: Option<String>,
    recipient_uri: Option<String>,
    original_recipient_uri: Option<String>,
    subject: Option<Subject>,
    notification: Option<Notification>,
}

impl Parts {
    fn read(&mut self, reader: &mut Reader<'_>, element: &Element<'_>) -> Result<(), DocumentError> {
        let at = element.offset;
        if element.namespace != NAMESPACE {
            return reader.skip();
        }
        match element.local {
            "message-id" => {
                let value = token(&reader.text()?);
                let id = MessageId::from_peer(&value).map_err(|_| {
                    let kind = DocumentErrorKind::Value {
                        element: "message-id",
                        expected: "an identifier",
                    };
                    reader.error(kind, at)
                })?;
                once(reader, &mut self.message_id, id, "message-id", at)
            }
            "datetime" => {
                let value = reader.text()?.trim_matches(is_space).to_owned();
                once(reader, &mut self.date_time, value, "datetime", at)
            }
            "recipient-uri" => {
                let value = token(&reader.text()?);
                once(reader, &mut self.recipient_uri, value, "recipient-uri", at)
            }
            "original-recipient-uri" => {
                let value = token(&reader.text()?);
                once(
                    reader,
                    &mut self.original_recipient_uri,
                    value,
                    "original-recipient-uri",
                    at,
                )
            }
            "subject" => {
                let value = subject(reader.text()?, element.lang.as_deref());
                once(reader, &mut self.subject, value, "subject", at)
            }
            local => match Disposition::ALL
                .into_iter()
                .find(|disposition| disposition.element() == local)
            {
                Some(disposition) => {
                    let value = notification(reader, disposition, at)?;
                    once(reader, &mut self.notification, value, disposition.element(), at)
                }
                None => reader.skip(),
            },
        }
    }
}

/// The content of an element such as `<delivery-notification>`.
fn notification(reader: &mut Reader<'_>, disposition: Disposition, at: usize) -> Result<Notification, DocumentError> {
    let mut found = None;
    loop {
        match reader.next()? {
            Event::Start(element) if element.is(NAMESPACE, "status") => {
                let value = status(reader, disposition, element.offset)?;
                once(reader, &mut found, value, "status", element.offset)?;
            }
            Event::Start(_) => reader.skip()?,
            Event::Text(_) => {}
            Event::End | Event::Eof => break,
        }
    }
    found.ok_or_else(|| reader.error(DocumentErrorKind::Missing("status"), at))
}

fn status(reader: &mut Reader<'_>, disposition: Disposition, at: usize) -> Result<Notification, DocumentError> {
    let mut statuses = Vec::new();
    loop {
        match reader.next()? {
            Event::Start(element) => {
                let matches = |status: &Notification| {
                    status.disposition() == disposition && element.is(NAMESPACE, status.status())
                };
                statuses.extend(Notification::ALL.into_iter().find(matches));
                reader.skip()?;
            }
            Event::Text(_) => {}
            Event::End | Event::Eof => break,
        }
    }
    match *statuses {
        [status] => Ok(status),
        _ => {
            let expected = match disposition {
                Disposition::Delivery => "one of delivered, failed, forbidden, error",
                Disposition::Processing => "one of processed, stored, forbidden, error",
                Disposition::Display => "one of displayed, forbidden, error",
            };
            Err(reader.error(
                DocumentErrorKind::Value {
                    element: "status",
                    expected,
                },
                at,
            ))
        }
    }
}

fn once<T>(
    reader: &Reader<'_>,
    place: &mut Option<T>,
    value: T,
    name: &'static str,
    at: usize,
) -> Result<(), DocumentError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(reader.error(DocumentErrorKind::Repeated(name), at)),
    }
}

/// The white space of `xs:token` and `xs:anyURI`: none at the ends, single spaces between.
fn token(text: &str) -> String {
    text.split(is_space)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<Imdn, DocumentError> {
        let document = format!("<imdn xmlns='{NAMESPACE}' xmlns:x='urn:x'>{content}</imdn>");
        Imdn::parse(document.as_bytes(), &Limits::default())
    }

    const HEAD: &str = "<message-id> 34jk324j\n</message-id><datetime>2008-04-04T12:16:49-05:00</datetime>";

    #[test]
    fn every_status_reads_and_writes() {
        for notification in Notification::ALL {
            let sent_at = "2008-04-04T12:16:49-05:00".parse().unwrap();
            let imdn = Imdn::new(MessageId::new("34jk324j").unwrap(), sent_at, notification);
            assert_eq!(Imdn::parse(imdn.to_xml().as_bytes(), &Limits::default()), Ok(imdn));
        }
    }

    #[test]
    fn order_prefixes_and_extensions_do_not_matter() {
        let document = format!(
            "<?xml version='1.0'?><i:imdn xmlns:i='{NAMESPACE}' xmlns='urn:x'><i:display-notification><more/><i:status>\
             <deeper><i:error/></deeper><i:displayed a='b'/><more/></i:status></i:display-notification>\
             <message-id>not this</message-id><i:subject xml:lang='fr'> beau &lt;temps&gt; </i:subject>\
             <i:datetime>yesterday</i:datetime><i:later/><i:original-recipient-uri\n>im:list@example.com\
             </i:original-recipient-uri><i:message-id>a/b</i:message-id></i:imdn>"
        );
        let imdn = Imdn::parse(document.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(imdn.message_id().as_str(), "a/b");
        assert_eq!(imdn.notification().unwrap().status(), "displayed");
        assert_eq!((imdn.date_time_text(), imdn.date_time().is_err()), ("yesterday", true));
        assert_eq!(
            (imdn.recipient_uri(), imdn.original_recipient_uri()),
            (None, Some("im:list@example.com"))
        );
        let subject = imdn.subject().unwrap();
        assert_eq!(
            (subject.text(), subject.lang().unwrap().as_str()),
            (" beau <temps>", "fr")
        );
        let written = imdn.to_xml();
        assert!(
            written.contains("<recipient-uri>im:list@example.com</recipient-uri>"),
            "{written}"
        );
        assert!(!written.contains("beau"), "{written}");
        assert!(!imdn.without_recipient().to_xml().contains("im:list"));
    }

    #[test]
    fn a_document_without_a_notification_is_valid_by_the_schema() {
        let imdn = read(&format!("{HEAD}<x:seen/>")).unwrap();
        assert_eq!((imdn.message_id().as_str(), imdn.notification()), ("34jk324j", None));
    }

    #[test]
    fn what_is_no_imdn_is_located() {
        use DocumentErrorKind as Kind;
        let delivered = "<delivery-notification><status><delivered/></status></delivery-notification>";
        let value = |element, expected| Kind::Value { element, expected };
        let of_display = value("status", "one of displayed, forbidden, error");
        for (content, kind, offset) in [
            (String::new(), Kind::Missing("message-id"), 0),
            ("<message-id>x</message-id>".to_owned(), Kind::Missing("datetime"), 26),
            (
                "<message-id>x y</message-id>".to_owned(),
                value("message-id", "an identifier"),
                0,
            ),
            (format!("{HEAD}{HEAD}"), Kind::Repeated("message-id"), HEAD.len()),
            (
                format!("{HEAD}{delivered}{delivered}"),
                Kind::Repeated("delivery-notification"),
                HEAD.len() + delivered.len(),
            ),
            (
                format!("{HEAD}<display-notification/>"),
                Kind::Missing("status"),
                HEAD.len(),
            ),
            (
                format!("{HEAD}<display-notification><status/></display-notification>"),
                of_display,
                HEAD.len() + 22,
            ),
            (
                format!("{HEAD}<display-notification><status><delivered/></status></display-notification>"),
                of_display,
                HEAD.len() + 22,
            ),
            (
                format!("{HEAD}<display-notification><status><error/><displayed/></status></display-notification>"),
                of_display,
                HEAD.len() + 22,
            ),
        ] {
            let error = read(&content).unwrap_err();
            let start = format!("<imdn xmlns='{NAMESPACE}' xmlns:x='urn:x'>").len();
            let end = if matches!(kind, Kind::Missing("message-id" | "datetime")) {
                "</imdn>".len()
            } else {
                0
            };
            assert_eq!(
                (error.kind(), error.offset()),
                (kind, start + offset + end),
                "{content}"
            );
        }
        let error = Imdn::parse(b"<imdn/>", &Limits::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1, column 1 (byte 0): the root element is not <imdn> of its namespace"
        );
    }
}

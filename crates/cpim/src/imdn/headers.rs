use bytes::Bytes;

use super::{
    DISPOSITION_NOTIFICATION, DispositionNotification, Imdn, MEDIA_TYPE, MESSAGE_ID, MessageId, ORIGINAL_TO,
    RECORD_ROUTE, ROUTE,
};
use crate::{
    address::Address,
    error::{HeaderError, HeaderErrorKind, ReadError},
    header::Header,
    limits::Limits,
    media_type::MediaType,
    message::Message,
    mime::MimeHeader,
    multipart::Multipart,
    name::ExpandedName,
};

/// How deep multiparts are searched for a notification: a signature around an aggregate is two.
const NESTING: usize = 4;

/// What a message has of RFC 5438: its headers, and the notifications that it carries. From [`Message::imdn`].
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    message: &'a Message,
}

impl<'a> Headers<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        Self { message }
    }

    /// Which message it is (section 6.3).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the header is malformed, or there is more than one.
    pub fn message_id(self) -> Result<Option<MessageId>, HeaderError> {
        let header = self.only(MESSAGE_ID)?;
        header
            .map(|header| header.read(|value| MessageId::from_peer(value.trim_matches(' '))))
            .transpose()
    }

    /// What notifications are asked for (section 6.2); nothing where the header is absent. Several headers ask for what
    /// they all name.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where a header is malformed.
    pub fn disposition_notification(self) -> Result<DispositionNotification, HeaderError> {
        let mut all = DispositionNotification::default();
        for header in self.message.headers_named(DISPOSITION_NOTIFICATION) {
            all.extend(header.read(str::parse)?);
        }
        Ok(all)
    }

    /// Who the message was for before an intermediary changed that (section 6.4).
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the header is malformed, or there is more than one.
    pub fn original_to(self) -> Result<Option<Address>, HeaderError> {
        let header = self.only(ORIGINAL_TO)?;
        header.map(|header| header.read(str::parse)).transpose()
    }

    /// The intermediaries that notifications shall come by, the nearest first (section 6.5).
    pub fn record_route(self) -> impl Iterator<Item = Result<Address, HeaderError>> {
        let headers = self.message.headers_named(RECORD_ROUTE);
        headers.map(|header| header.read(str::parse))
    }

    /// The stops of a notification that are still ahead, the next first (section 6.6).
    pub fn route(self) -> impl Iterator<Item = Result<Address, HeaderError>> {
        let headers = self.message.headers_named(ROUTE);
        headers.map(|header| header.read(str::parse))
    }

    /// Whether the message is a notification, or must pass for one, so that none may answer it: it has an IMDN document
    /// in it, or a Content-Disposition that says so (section 9).
    #[must_use]
    pub fn is_notification(self) -> bool {
        let says_so = self.message.mime_headers().any(|header| is_notification(&header));
        let is_one = self
            .message
            .content_type()
            .is_ok_and(|kind| kind.essence() == MEDIA_TYPE);
        says_so || is_one || {
            let mut found = Vec::new();
            let limits = Limits::default();
            // What was found beside an error counts.
            let _ = self.collect(&limits, &mut found);
            !found.is_empty()
        }
    }

    /// The notifications in the message: one, those of an aggregate (section 8.3), or none where it carries no IMDN
    /// document.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the content, a multipart or a document cannot be read.
    pub fn notifications(self, limits: &Limits) -> Result<Vec<Imdn>, ReadError> {
        let documents = self.documents(limits)?;
        let read = documents.iter().map(|document| Ok(Imdn::parse(document, limits)?));
        read.collect()
    }

    /// The IMDN documents in the message, as they came.
    pub(super) fn documents(self, limits: &Limits) -> Result<Vec<Bytes>, ReadError> {
        let mut found = Vec::new();
        self.collect(limits, &mut found)?;
        Ok(found)
    }

    fn collect(self, limits: &Limits, found: &mut Vec<Bytes>) -> Result<(), ReadError> {
        let content = self.message.decoded_content(limits)?;
        collect(self.message.content_type(), content, limits, NESTING, found)
    }

    pub(super) fn only(self, name: ExpandedName<'static>) -> Result<Option<Header<'a>>, HeaderError> {
        let mut headers = self.message.headers_named(name);
        let first = headers.next();
        match headers.next() {
            Some(second) => Err(second.error(HeaderErrorKind::Repeated, 0)),
            None => Ok(first),
        }
    }
}

/// Whether a header is a Content-Disposition of `notification`, whatever its parameters (RFC 2183 section 2).
fn is_notification(header: &MimeHeader<'_>) -> bool {
    header.is("Content-Disposition")
        && header.value().is_ok_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("notification")
        })
}

/// Finds the IMDN documents in an object of this type, and in the objects in it.
fn collect(
    content_type: Result<MediaType, HeaderError>,
    content: Bytes,
    limits: &Limits,
    nesting: usize,
    found: &mut Vec<Bytes>,
) -> Result<(), ReadError> {
    let content_type = content_type?;
    if content_type.essence() == MEDIA_TYPE {
        found.push(content);
    } else if content_type.type_() == "multipart" && nesting > 0 {
        let boundary = content_type.parameter("boundary").unwrap_or_default();
        let mut outcome = Ok(());
        for part in Multipart::parse(content, boundary, limits)?.parts() {
            // All parts are searched; the first error is told.
            let found = part
                .map_err(ReadError::from)
                .and_then(|part| collect(part.content_type(), part.content_bytes(), limits, nesting - 1, found));
            outcome = outcome.and(found);
        }
        return outcome;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ValueKind;

    fn message(headers: &str, content: &str) -> Message {
        Message::parse(format!("NS: i <urn:ietf:params:imdn>\r\n{headers}\r\n{content}")).unwrap()
    }

    const TEXT: &str = "Content-Type: text/plain\r\n\r\nhi";

    #[test]
    fn headers_are_known_by_their_namespace() {
        let im = message(
            "i.Message-ID: 34jk324j \r\nimdn.Message-ID: other\r\nMessage-ID: other\r\n\
             i.Disposition-Notification: display\r\ni.Disposition-Notification: positive-delivery\r\n\
             i.Original-To: <im:list@example.com>\r\ni.IMDN-Record-Route: B <im:b@example.com>\r\n\
             i.IMDN-Record-Route: <im:a@example.com>\r\ni.IMDN-Route: <im:c@example.com>\r\n",
            TEXT,
        );
        let imdn = im.imdn();
        assert_eq!(imdn.message_id().unwrap().unwrap().as_str(), "34jk324j");
        assert_eq!(
            imdn.disposition_notification().unwrap().to_string(),
            "display, positive-delivery"
        );
        assert_eq!(
            imdn.original_to().unwrap().unwrap().to_string(),
            "<im:list@example.com>"
        );
        let uris: Vec<_> = imdn
            .record_route()
            .map(|route| route.unwrap().uri().to_string())
            .collect();
        assert_eq!(uris, ["im:b@example.com", "im:a@example.com"]);
        assert_eq!(imdn.route().count(), 1);
        assert!(!imdn.is_notification());
        assert_eq!(imdn.notifications(&Limits::default()), Ok(Vec::new()));
    }

    #[test]
    fn absent_malformed_and_repeated_are_told_apart() {
        let none = message("", TEXT);
        assert_eq!(none.imdn().message_id(), Ok(None));
        assert_eq!(none.imdn().original_to(), Ok(None));
        assert!(none.imdn().disposition_notification().unwrap().requests().is_empty());
        let bad = message(
            "i.Message-ID: a b\r\ni.Disposition-Notification: ,\r\ni.Original-To: <im:a@b>\r\ni.Original-To: <im:c@d>\r\n",
            TEXT,
        );
        let error = bad.imdn().message_id().unwrap_err();
        assert_eq!(error.kind(), HeaderErrorKind::Malformed(ValueKind::MessageId));
        assert_eq!(error.offset(), 30 + 15);
        assert!(bad.imdn().disposition_notification().is_err());
        assert_eq!(bad.imdn().original_to().unwrap_err().kind(), HeaderErrorKind::Repeated);
    }

    #[test]
    fn a_notification_is_known_by_type_or_disposition_at_any_depth() {
        let plain = |mime: &str| message("", &format!("{mime}\r\n\r\nx")).imdn().is_notification();
        assert!(plain("Content-Type: Message/IMDN+xml"));
        assert!(plain(
            "Content-Type: text/plain\r\nContent-Disposition: Notification ;handling=optional"
        ));
        assert!(!plain("Content-Type: text/plain\r\nContent-Disposition: attachment"));
        assert!(!plain("Content-Type: multipart/mixed"));
        assert!(plain("Content-Type: message/imdn+xml\r\nContent-Encoding: broken"));
        let inner = "--b\r\nContent-Type: message/imdn+xml\r\n\r\nx\r\n--b--";
        let nested = format!(
            "Content-Type: multipart/signed; boundary=a\r\n\r\n--a\r\nno header\r\n\r\n--a\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n{inner}\r\n--a--"
        );
        let message = message("", &nested);
        assert!(message.imdn().is_notification());
        assert!(matches!(
            message.imdn().notifications(&Limits::default()),
            Err(ReadError::Multipart(_))
        ));
    }

    #[test]
    fn multiparts_in_multiparts_end() {
        let deep = (0..50).fold("x".to_owned(), |content, _| {
            format!("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{content}")
        });
        let message = message("", &format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{deep}"));
        assert!(!message.imdn().is_notification());
    }
}

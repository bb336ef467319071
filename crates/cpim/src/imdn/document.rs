use super::MessageId;
use crate::{
    date_time::DateTime,
    error::{InvalidValue, ValueKind},
    text::{LanguageTag, Subject, Text},
    uri::Uri,
    xml,
};

/// The namespace of the document's elements.
pub(super) const NAMESPACE: &str = "urn:ietf:params:xml:ns:imdn";

/// What became of a message: an IMDN document (RFC 5438 section 11).
///
/// Elements in any order are read, and what is not of the RFC's namespace is passed over. What is written is valid by
/// its schema, which wants both URIs or none, and a subject only with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imdn {
    pub(super) message_id: MessageId,
    pub(super) date_time: String,
    pub(super) recipient_uri: Option<String>,
    pub(super) original_recipient_uri: Option<String>,
    pub(super) subject: Option<Subject>,
    pub(super) notification: Option<Notification>,
}

impl Imdn {
    /// Tells what became of the message called `message_id` and sent at `sent_at`.
    #[must_use]
    pub fn new(message_id: MessageId, sent_at: DateTime, notification: Notification) -> Self {
        Self {
            message_id,
            date_time: sent_at.to_string(),
            recipient_uri: None,
            original_recipient_uri: None,
            subject: None,
            notification: Some(notification),
        }
    }

    /// Names who the message was for, and in whose place where an intermediary changed that.
    #[must_use]
    pub fn with_recipient(mut self, recipient: &Uri, original: Option<&Uri>) -> Self {
        self.recipient_uri = Some(recipient.to_string());
        self.original_recipient_uri = Some(original.unwrap_or(recipient).to_string());
        self
    }

    /// Repeats the subject of the message. It is written only where the recipient is named.
    ///
    /// It has no language: the schema has no place for one, and the text (section 11.1.5) lets no subject go without the
    /// one that it had.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it has a character that no XML document can hold.
    pub fn with_subject(mut self, subject: Text) -> Result<Self, InvalidValue> {
        if let Some(at) = xml::find_illegal(subject.as_str()) {
            return Err(InvalidValue::new(ValueKind::XmlText, at));
        }
        self.subject = Some(Subject::new(subject));
        Ok(self)
    }

    /// The same without who the message was for, for a list whose members are not disclosed (section 8). The subject goes
    /// too, by the schema, and so does what this crate does not know, when it is written.
    #[must_use]
    pub fn without_recipient(self) -> Self {
        Self {
            recipient_uri: None,
            original_recipient_uri: None,
            subject: None,
            ..self
        }
    }

    /// The Message-ID of the message.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        &self.message_id
    }

    /// When the message was sent, as the notifier wrote it: the schema allows any text.
    #[must_use]
    pub fn date_time_text(&self) -> &str {
        &self.date_time
    }

    /// When the message was sent.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when the text is no date and time of RFC 3339.
    pub fn date_time(&self) -> Result<DateTime, InvalidValue> {
        self.date_time.parse()
    }

    /// Who the message was for in the end, as written: the schema allows any reference.
    #[must_use]
    pub fn recipient_uri(&self) -> Option<&str> {
        self.recipient_uri.as_deref()
    }

    /// Who the message was for before an intermediary changed that, as written.
    #[must_use]
    pub fn original_recipient_uri(&self) -> Option<&str> {
        self.original_recipient_uri.as_deref()
    }

    /// What the message was about.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// What became of the message; none where only an extension tells it.
    #[must_use]
    pub fn notification(&self) -> Option<Notification> {
        self.notification
    }

    /// Writes the document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<imdn xmlns=\"{NAMESPACE}\">");
        element(&mut out, "message-id", self.message_id.as_str());
        element(&mut out, "datetime", &self.date_time);
        let (recipient, original) = (self.recipient_uri(), self.original_recipient_uri());
        if let (Some(recipient), Some(original)) = (recipient.or(original), original.or(recipient)) {
            element(&mut out, "recipient-uri", recipient);
            element(&mut out, "original-recipient-uri", original);
            let subject = self.subject().filter(|subject| subject.lang().is_none());
            if let Some(subject) = subject {
                element(&mut out, "subject", subject.text());
            }
        }
        if let Some(notification) = self.notification {
            let (disposition, status) = (notification.disposition().element(), notification.status());
            out.push_str(&format!("<{disposition}><status><{status}/></status></{disposition}>"));
        }
        out.push_str("</imdn>");
        out
    }
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>"));
    xml::escape_into(out, text);
    out.push_str(&format!("</{name}>"));
}

/// The language of a subject that a document names, if it is one.
pub(super) fn subject(text: String, lang: Option<&str>) -> Subject {
    let lang = lang.and_then(|lang| LanguageTag::new(lang).ok());
    Subject::from_parts(lang, Text::trimmed(text))
}

/// The three things that can be told of a message (RFC 5438 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Disposition {
    /// Whether it reached the recipient.
    Delivery,
    /// What an intermediary did with it.
    Processing,
    /// Whether it was shown to the user.
    Display,
}

impl Disposition {
    pub(super) const ALL: [Self; 3] = [Self::Delivery, Self::Processing, Self::Display];

    pub(super) fn element(self) -> &'static str {
        match self {
            Self::Delivery => "delivery-notification",
            Self::Processing => "processing-notification",
            Self::Display => "display-notification",
        }
    }
}

/// What became of a message (RFC 5438 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Notification {
    /// Whether it reached the recipient.
    Delivery(DeliveryStatus),
    /// What an intermediary did with it.
    Processing(ProcessingStatus),
    /// Whether it was shown to the user.
    Display(DisplayStatus),
}

impl Notification {
    pub(super) const ALL: [Self; 11] = [
        Self::Delivery(DeliveryStatus::Delivered),
        Self::Delivery(DeliveryStatus::Failed),
        Self::Delivery(DeliveryStatus::Forbidden),
        Self::Delivery(DeliveryStatus::Error),
        Self::Processing(ProcessingStatus::Processed),
        Self::Processing(ProcessingStatus::Stored),
        Self::Processing(ProcessingStatus::Forbidden),
        Self::Processing(ProcessingStatus::Error),
        Self::Display(DisplayStatus::Displayed),
        Self::Display(DisplayStatus::Forbidden),
        Self::Display(DisplayStatus::Error),
    ];

    /// Which of the three things is told.
    #[must_use]
    pub fn disposition(self) -> Disposition {
        match self {
            Self::Delivery(_) => Disposition::Delivery,
            Self::Processing(_) => Disposition::Processing,
            Self::Display(_) => Disposition::Display,
        }
    }

    /// The word for the status in a document.
    #[must_use]
    pub fn status(self) -> &'static str {
        match self {
            Self::Delivery(DeliveryStatus::Delivered) => "delivered",
            Self::Delivery(DeliveryStatus::Failed) => "failed",
            Self::Processing(ProcessingStatus::Processed) => "processed",
            Self::Processing(ProcessingStatus::Stored) => "stored",
            Self::Display(DisplayStatus::Displayed) => "displayed",
            Self::Delivery(DeliveryStatus::Forbidden)
            | Self::Processing(ProcessingStatus::Forbidden)
            | Self::Display(DisplayStatus::Forbidden) => "forbidden",
            Self::Delivery(DeliveryStatus::Error)
            | Self::Processing(ProcessingStatus::Error)
            | Self::Display(DisplayStatus::Error) => "error",
        }
    }
}

/// Whether a message reached the recipient (RFC 5438 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// It did.
    Delivered,
    /// It did not.
    Failed,
    /// The sender may not know.
    Forbidden,
    /// It cannot be found out.
    Error,
}

/// What an intermediary did with a message (RFC 5438 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProcessingStatus {
    /// Its task.
    Processed,
    /// It keeps it for later delivery.
    Stored,
    /// The sender may not know.
    Forbidden,
    /// It cannot be found out.
    Error,
}

/// Whether a message was shown to the user (RFC 5438 section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DisplayStatus {
    /// It was, or playing it began. Whether it was read nobody knows.
    Displayed,
    /// The sender may not know.
    Forbidden,
    /// It cannot be found out.
    Error,
}

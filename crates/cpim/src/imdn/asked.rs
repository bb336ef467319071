use thiserror::Error;

use super::{DispositionNotification, MESSAGE_ID, MessageId, Outgoing, RECORD_ROUTE, ROUTE, header_name, namespace};
use crate::{
    address::Address,
    builder::{Builder, HeaderValue},
    error::HeaderError,
    media_type::MediaType,
    message::Message,
    mime::MimeField,
    uri::Uri,
};

/// What a message says that asks for notifications.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) wanted: DispositionNotification,
    pub(super) message_id: MessageId,
    /// As it was written.
    pub(super) date_time: String,
    pub(super) way_back: WayBack,
}

/// Where the notifications of a message go.
#[derive(Clone, Debug)]
pub(super) struct WayBack {
    to: Address,
    /// Its IMDN-Record-Route headers: whom they name, and their values as they were written.
    routes: Vec<(Uri, String)>,
}

/// Why no notification may answer a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Silence {
    /// The sender is anonymous, so that there is nobody to tell (section 12.1.1).
    #[error("the sender is anonymous (RFC 5438 section 12.1.1)")]
    Anonymous,
    /// A header that the notification is made of is malformed.
    #[error(transparent)]
    Malformed(#[from] HeaderError),
    /// There is no DateTime, which a message that asks must have (section 7.1.1.2).
    #[error("no DateTime (RFC 5438 section 7.1.1.2)")]
    NoDateTime,
    /// There is no Message-ID, which a message that asks must have (section 7.1.1.1).
    #[error("no Message-ID (RFC 5438 section 7.1.1.1)")]
    NoMessageId,
    /// There is no From.
    #[error("no From")]
    NoSender,
    /// Nothing is asked for.
    #[error("no notification is asked for (RFC 5438 section 7.1.1.3)")]
    NotAsked,
    /// The message is a notification itself (section 7.2.1).
    #[error("a notification is not notified of (RFC 5438 section 7.2.1)")]
    Notification,
}

impl Asked {
    /// Reads what is asked for, or why nothing may be told.
    pub(super) fn of(message: &Message) -> Result<Self, Silence> {
        let imdn = message.imdn();
        if imdn.is_notification() {
            return Err(Silence::Notification);
        }
        let wanted = imdn.disposition_notification()?;
        if wanted.requests().is_empty() {
            return Err(Silence::NotAsked);
        }
        let way_back = WayBack::of(message)?;
        // It is told as it was written, but only if it is a date and time.
        message.date_time()?;
        let date_time = message.only("DateTime")?.ok_or(Silence::NoDateTime)?;
        Ok(Self {
            wanted,
            message_id: imdn.message_id()?.ok_or(Silence::NoMessageId)?,
            date_time: date_time.value()?.trim_matches(' ').to_owned(),
            way_back,
        })
    }
}

impl WayBack {
    /// The way that the notifications of a message take (section 7.2.1).
    pub(super) fn of(message: &Message) -> Result<Self, Silence> {
        let to = message.from()?.ok_or(Silence::NoSender)?;
        if is_anonymous(to.uri()) {
            return Err(Silence::Anonymous);
        }
        let routes = message.headers_named(RECORD_ROUTE).map(|header| {
            let route: Address = header.read(str::parse)?;
            Ok((route.uri().clone(), header.value()?.trim_matches(' ').to_owned()))
        });
        Ok(Self {
            routes: routes.collect::<Result<_, HeaderError>>()?,
            to,
        })
    }

    /// The way from an intermediary: without itself, which is the first stop where it put itself on the way.
    pub(super) fn starting_at(mut self, own: &Uri) -> Self {
        if self.routes.first().is_some_and(|(route, _)| route == own) {
            self.routes.remove(0);
        }
        self
    }

    /// A notification on that way.
    pub(super) fn outgoing(
        &self,
        from: &Address,
        id: MessageId,
        content_type: MediaType,
        content: Vec<u8>,
    ) -> Outgoing {
        let namespace = namespace();
        let notification = MimeField::new("Content-Disposition", "notification").expect("it fits the grammar");
        let routed = self.routes.iter().fold(Builder::default(), |builder, (_, route)| {
            builder.header(&namespace, header_name(ROUTE), HeaderValue::from_wire(route.clone()))
        });
        let message = routed
            .from(from.clone())
            .to(self.to.clone())
            .header(&namespace, header_name(MESSAGE_ID), id)
            .content(content_type, content)
            .mime_field(notification)
            .build();
        let destination = self.routes.first().map_or(self.to.uri(), |(route, _)| route);
        Outgoing {
            destination: destination.clone(),
            message,
        }
    }
}

/// Whether a URI names nobody: its host is in `.invalid`, as `anonymous.invalid` is (RFC 3323 section 4.1.1.3).
fn is_anonymous(uri: &Uri) -> bool {
    let (_, host) = uri.mailbox();
    let last = host.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("invalid")
}

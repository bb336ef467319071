use std::collections::BTreeSet;

use thiserror::Error;

use super::{NAMESPACE, Outgoing, ROUTE};
use crate::{
    address::Address,
    error::{HeaderError, ParseError},
    limits::Limits,
    message::Message,
    uri::Uri,
};

/// What an intermediary changes in a message on its way to the recipient (RFC 5438 section 8). Every other byte stays.
///
/// A signed message cannot be changed: its content goes on in a new one, signed by the intermediary (section 14.1).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Forwarding {
    to: Option<Address>,
    hides_original: bool,
    record_route: Option<Address>,
}

/// Why a message cannot be forwarded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ForwardingError {
    /// A header that says where it goes is malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no To and no IMDN-Route.
    #[error("neither To nor IMDN-Route")]
    NoRecipient,
    /// A notification is given none of these headers (section 7.2.1).
    #[error("a notification (RFC 5438 section 7.2.1)")]
    Notification,
    /// With its new headers the message exceeds the limits.
    #[error(transparent)]
    TooLong(#[from] ParseError),
}

impl Forwarding {
    /// Changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts one recipient in the place of all To headers, as the server of a list does in the copy for a member. The
    /// first of them becomes Original-To, where there is none yet.
    pub fn to(mut self, recipient: impl Into<Address>) -> Self {
        self.to = Some(recipient.into());
        self
    }

    /// Adds no Original-To, because it is not to be revealed.
    pub fn hide_original(mut self) -> Self {
        self.hides_original = true;
        self
    }

    /// Makes notifications come back by this intermediary: puts its own address ahead of the other IMDN-Record-Route
    /// headers.
    pub fn record_route(mut self, own: impl Into<Address>) -> Self {
        self.record_route = Some(own.into());
        self
    }

    /// The changed message.
    ///
    /// New headers stand at the beginning, where no `NS` header has changed what a name means yet.
    ///
    /// # Errors
    ///
    /// [`ForwardingError`] when the message is a notification, or is too long with its new headers.
    pub fn apply(&self, message: &Message, limits: &Limits) -> Result<Message, ForwardingError> {
        let imdn = message.imdn();
        if imdn.is_notification() {
            return Err(ForwardingError::Notification);
        }
        let prefix = free_prefix(message);
        let to: Vec<_> = message.core("To").collect();
        let mut added = String::new();
        if let Some(own) = &self.record_route {
            added.push_str(&format!("{prefix}.IMDN-Record-Route: {own}\r\n"));
        }
        if let (Some(_), Some(original), false) = (&self.to, to.first(), self.hides_original)
            && imdn.only(super::ORIGINAL_TO)?.is_none()
        {
            let original: Address = original.read(str::parse)?;
            added.push_str(&format!("{prefix}.Original-To: {original}\r\n"));
        }
        if !added.is_empty() {
            added.insert_str(0, &format!("NS: {prefix} <{NAMESPACE}>\r\n"));
        }
        let mut edit = Edit::of(message);
        if let Some(recipient) = &self.to {
            match to.first() {
                Some(first) => edit.splice(
                    first.offset(),
                    first.raw().len(),
                    &format!("{}: {recipient}", first.name()),
                ),
                None => added.push_str(&format!("To: {recipient}\r\n")),
            }
            for other in to.iter().skip(1) {
                edit.splice(other.offset(), other.raw().len() + "\r\n".len(), "");
            }
        }
        edit.splice(headers_start(message), 0, &added);
        Ok(Message::parse_with(edit.finish(), limits)?)
    }
}

/// Where an intermediary sends a notification, and the notification without the IMDN-Route that brought it here (RFC 5438
/// section 8): to the next IMDN-Route, or else to the recipient.
///
/// `own` is the address of the intermediary. A first IMDN-Route that names another stays and is the next stop.
///
/// # Errors
///
/// [`ForwardingError`] when nothing says where it goes.
pub fn next_hop(notification: &Message, own: &Uri, limits: &Limits) -> Result<Outgoing, ForwardingError> {
    let mut routes = notification.headers_named(ROUTE);
    let first = routes.next();
    let first_route = first.map(|header| header.read(str::parse::<Address>)).transpose()?;
    let (message, next) = match (first, first_route) {
        (Some(header), Some(route)) if route.uri() == own => {
            let mut edit = Edit::of(notification);
            edit.splice(header.offset(), header.raw().len() + "\r\n".len(), "");
            let second = routes.next().map(|header| header.read(str::parse::<Address>));
            (Message::parse_with(edit.finish(), limits)?, second.transpose()?)
        }
        (_, route) => (notification.clone(), route),
    };
    let to = match next {
        Some(route) => route,
        None => notification.to().next().ok_or(ForwardingError::NoRecipient)??,
    };
    let destination = to.uri().clone();
    Ok(Outgoing { destination, message })
}

/// The first of `imdn`, `imdn2`, .. that no header is written with which does not declare it ahead.
fn free_prefix(message: &Message) -> String {
    let undeclared = message.headers().filter(|header| header.namespace().is_none());
    let taken: BTreeSet<&str> = undeclared.filter_map(|header| header.prefix()).collect();
    let mut prefix = "imdn".to_owned();
    let mut number = 2_usize;
    while taken.contains(prefix.as_str()) {
        prefix = format!("imdn{number}");
        number += 1;
    }
    prefix
}

/// Where the message headers start; without any, the empty line that stands for them.
fn headers_start(message: &Message) -> usize {
    let first = message.headers().next().map(|header| header.offset());
    first.unwrap_or_else(|| {
        let mime = message.mime_headers().next().map_or(0, |header| header.offset());
        mime.saturating_sub("\r\n".len())
    })
}

/// Changes of a message's bytes.
struct Edit<'a> {
    bytes: &'a [u8],
    /// Start, length, replacement.
    splices: Vec<(usize, usize, String)>,
}

impl<'a> Edit<'a> {
    fn of(message: &'a Message) -> Self {
        Self {
            bytes: message.as_bytes(),
            splices: Vec::new(),
        }
    }

    /// Puts `text` in the place of `length` bytes. Splices do not overlap.
    fn splice(&mut self, start: usize, length: usize, text: &str) {
        self.splices.push((start, length, text.to_owned()));
    }

    fn finish(mut self) -> Vec<u8> {
        self.splices.sort_by_key(|(start, length, _)| (*start, *length));
        let mut out = Vec::with_capacity(self.bytes.len());
        let mut at = 0;
        for (start, length, text) in &self.splices {
            out.extend_from_slice(self.bytes.get(at..*start).unwrap_or_default());
            out.extend_from_slice(text.as_bytes());
            at = start + length;
        }
        out.extend_from_slice(self.bytes.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(uri: &str) -> Uri {
        Uri::new(uri).unwrap()
    }

    fn apply(forwarding: &Forwarding, message: &str) -> String {
        let message = Message::parse(message.to_owned()).unwrap();
        let changed = forwarding.apply(&message, &Limits::default()).unwrap();
        String::from_utf8(changed.into_bytes().to_vec()).unwrap()
    }

    const TEXT: &str = "\r\nContent-Type: text/plain\r\n\r\nhi";

    #[test]
    fn the_copy_for_a_member_differs_in_what_it_must() {
        let list = Forwarding::new()
            .to(uri("im:bob@example.com"))
            .record_route(uri("im:server@example.com"));
        let message = format!("From: <im:a@b>\r\nTo: List <im:list@example.com>\r\nX:y \r\nTo: <im:c@d>\r\n{TEXT}");
        let changed = apply(&list, &message);
        assert_eq!(
            changed,
            format!(
                "NS: imdn <urn:ietf:params:imdn>\r\nimdn.IMDN-Record-Route: <im:server@example.com>\r\n\
                 imdn.Original-To: List <im:list@example.com>\r\nFrom: <im:a@b>\r\nTo: <im:bob@example.com>\r\n\
                 X:y \r\n{TEXT}"
            )
        );
        let again = Forwarding::new()
            .to(uri("im:e@f"))
            .record_route(uri("im:near@example.com"));
        let changed = Message::parse(apply(&again, &changed)).unwrap();
        let routes: Vec<_> = changed
            .imdn()
            .record_route()
            .map(|route| route.unwrap().uri().to_string())
            .collect();
        assert_eq!(routes, ["im:near@example.com", "im:server@example.com"]);
        let original = changed.imdn().original_to().unwrap().unwrap();
        assert_eq!(original.uri().as_str(), "im:list@example.com");
    }

    #[test]
    fn names_keep_their_meaning() {
        let to = Forwarding::new().to(uri("im:e@f"));
        let message = format!(
            "imdn.X: 1\r\nimdn2.X: 1\r\nNS: c <urn:ietf:params:cpim-headers:>\r\nNS: <urn:x:y>\r\nTo: 1\r\nc.To: <im:a@b>\r\n{TEXT}"
        );
        let changed = Message::parse(apply(&to, &message)).unwrap();
        assert_eq!(changed.headers_written("imdn.X").next().unwrap().namespace(), None);
        assert_eq!(changed.headers_written("imdn3.Original-To").count(), 1);
        assert_eq!(changed.to().next().unwrap().unwrap().uri().as_str(), "im:e@f");
        assert_eq!(changed.headers_written("To").next().unwrap().raw(), b"To: 1");
    }

    #[test]
    fn without_headers_and_without_a_wish_there_is_little_to_change() {
        let to = Forwarding::new().to(uri("im:e@f")).hide_original();
        assert_eq!(apply(&to, TEXT), format!("To: <im:e@f>\r\n{TEXT}"));
        let hidden = format!("To: <im:a@b>\r\n{TEXT}");
        assert_eq!(apply(&to, &hidden), format!("To: <im:e@f>\r\n{TEXT}"));
        assert_eq!(apply(&Forwarding::new(), &hidden), hidden);
        let joined = "From: <im:a@b>\r\nTo: <im:c@d>\r\nContent-Type: text/plain\r\n\r\nhi";
        assert_eq!(apply(&to, joined), joined.replace("c@d", "e@f"));
        let notification = Message::parse(TEXT.replace("text/plain", "message/imdn+xml")).unwrap();
        let error = to.apply(&notification, &Limits::default()).unwrap_err();
        assert_eq!(error, ForwardingError::Notification);
    }

    #[test]
    fn a_notification_goes_from_route_to_route() {
        let head = "To: <im:alice@example.com>\r\nNS: imdn <urn:ietf:params:imdn>\r\n";
        let route = |name: &str| format!("imdn.IMDN-Route: <im:{name}@example.com>\r\n");
        let (near, far) = (uri("im:near@example.com"), uri("im:far@example.com"));
        let message = Message::parse(format!("{head}{}{}{TEXT}", route("near"), route("far"))).unwrap();
        let limits = Limits::default();
        let outgoing = next_hop(&message, &near, &limits).unwrap();
        assert_eq!(outgoing.destination, far);
        assert_eq!(outgoing.message.as_bytes(), &format!("{head}{}{TEXT}", route("far")));
        assert_eq!(next_hop(&outgoing.message, &near, &limits).unwrap(), outgoing);
        let last = next_hop(&outgoing.message, &far, &limits).unwrap();
        assert_eq!(last.destination.as_str(), "im:alice@example.com");
        assert_eq!(last.message.as_bytes(), &format!("{head}{TEXT}"));
        let nowhere = Message::parse(TEXT).unwrap();
        assert_eq!(next_hop(&nowhere, &near, &limits), Err(ForwardingError::NoRecipient));
    }
}

use std::{fmt, str::FromStr};

use super::{DISPOSITION_NOTIFICATION, DeliveryStatus, MESSAGE_ID, MessageId, Notification, header_name, namespace};
use crate::{
    builder::{Builder, HeaderValue},
    date_time::DateTime,
    error::{InvalidValue, ValueKind},
    grammar,
};

/// What a message is given so that its sender is told what became of it (RFC 5438 section 7.1.1): an identifier, the
/// time, and which notifications he wants. The three must stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    message_id: MessageId,
    date_time: DateTime,
    wanted: DispositionNotification,
}

impl Request {
    /// Asks for notifications of a message that is called `message_id` and sent at `date_time`.
    ///
    /// Who is anonymous should not ask (section 12.1.1), and nobody may for a notification.
    #[must_use]
    pub fn new(message_id: MessageId, date_time: DateTime, wanted: impl IntoIterator<Item = NotifyRequest>) -> Self {
        let wanted = DispositionNotification {
            requests: wanted.into_iter().collect(),
        };
        Self {
            message_id,
            date_time,
            wanted,
        }
    }

    pub(crate) fn add_to(self, builder: Builder) -> Builder {
        let value = HeaderValue::from_wire(self.wanted.to_string());
        builder
            .date_time(self.date_time)
            .header(&namespace(), header_name(MESSAGE_ID), self.message_id)
            .header(&namespace(), header_name(DISPOSITION_NOTIFICATION), value)
    }
}

/// One kind of notification that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NotifyRequest {
    /// That the message could not be delivered.
    NegativeDelivery,
    /// That it was delivered.
    PositiveDelivery,
    /// That an intermediary processed or stored it.
    Processing,
    /// That it was displayed.
    Display,
}

impl NotifyRequest {
    const ALL: [Self; 4] = [
        Self::NegativeDelivery,
        Self::PositiveDelivery,
        Self::Processing,
        Self::Display,
    ];

    /// The word for it in the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NegativeDelivery => "negative-delivery",
            Self::PositiveDelivery => "positive-delivery",
            Self::Processing => "processing",
            Self::Display => "display",
        }
    }
}

/// The notifications that a message asks for: the value of Disposition-Notification.
///
/// ```text
/// Disposition-Notification = "Disposition-Notification" ": " [(notify-req *(COMMA notify-req))]
/// notify-req = ("negative-delivery" / "positive-delivery" / "processing" / "display" / Token)
///              *(SEMI Ext-param)
/// ```
///
/// What is not known is ignored (section 7.2.1), parameters too: none is defined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DispositionNotification {
    requests: Vec<NotifyRequest>,
}

impl DispositionNotification {
    /// The kinds that are asked for, in order. None asks for nothing.
    #[must_use]
    pub fn requests(&self) -> &[NotifyRequest] {
        &self.requests
    }

    /// Whether one kind is asked for.
    #[must_use]
    pub fn asks_for(&self, request: NotifyRequest) -> bool {
        self.requests.contains(&request)
    }

    /// Whether a notification is one that is asked for. Either request for the delivery wants to know that it is denied
    /// or not known.
    pub(super) fn admits(&self, notification: Notification) -> bool {
        use NotifyRequest::{Display, NegativeDelivery, PositiveDelivery, Processing};
        match notification {
            Notification::Delivery(DeliveryStatus::Delivered) => self.asks_for(PositiveDelivery),
            Notification::Delivery(DeliveryStatus::Failed) => self.asks_for(NegativeDelivery),
            Notification::Delivery(_) => self.asks_for(NegativeDelivery) || self.asks_for(PositiveDelivery),
            Notification::Processing(_) => self.asks_for(Processing),
            Notification::Display(_) => self.asks_for(Display),
        }
    }

    /// Adds what another header asks for.
    pub(super) fn extend(&mut self, other: Self) {
        self.requests.extend(other.requests);
    }
}

impl fmt::Display for DispositionNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, request) in self.requests.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{}", request.as_str())?;
        }
        Ok(())
    }
}

impl FromStr for DispositionNotification {
    type Err = InvalidValue;

    fn from_str(value: &str) -> Result<Self, InvalidValue> {
        let words = grammar::notify_requests(value)
            .map_err(|offset| InvalidValue::new(ValueKind::DispositionNotification, offset))?;
        let known = |word: &str| NotifyRequest::ALL.into_iter().find(|request| request.as_str() == word);
        Ok(Self {
            requests: words.into_iter().filter_map(known).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_a_list_of_words() {
        use NotifyRequest::{Display, NegativeDelivery, PositiveDelivery, Processing};
        for (value, requests) in [
            ("", &[][..]),
            ("  ", &[]),
            ("display", &[Display]),
            (
                "positive-delivery, negative-delivery",
                &[PositiveDelivery, NegativeDelivery],
            ),
            ("processing ,\u{20}display", &[Processing, Display]),
            ("display;a=b ; c=\"d, e\",processing", &[Display, Processing]),
            ("interworking,Display,display", &[Display]),
        ] {
            let read: DispositionNotification = value.parse().unwrap();
            assert_eq!(read.requests(), requests, "{value}");
            assert_eq!(read.to_string().parse(), Ok(read), "{value}");
        }
        for (value, offset) in [
            (",", 0),
            ("display,", 7),
            ("display x", 8),
            ("display;a", 9),
            ("display,,x", 7),
        ] {
            let error = value.parse::<DispositionNotification>().unwrap_err();
            assert_eq!(error.offset(), offset, "{value}");
        }
    }
}

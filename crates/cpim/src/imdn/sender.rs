use super::{
    DeliveryStatus, Disposition, DispositionNotification, Imdn, MessageId, Notification, NotifyRequest,
    asked::{Asked, Silence},
    media_type,
};
use crate::{address::Address, message::Message, text::Subject, uri::Uri, xml};

/// The IMDN Sender for one message that was received: it writes the notifications that the message asks for, and no
/// others (RFC 5438 sections 7.2 and 8).
///
/// Make one only for a message that was answered with a 2xx response, or what the transport has for it: who was told of
/// a failure there must not be told again (section 12.1.3.1).
#[derive(Clone, Debug)]
pub struct Sender {
    role: Role,
    own: Address,
    asked: Asked,
    recipient: Option<Uri>,
    original: Option<Uri>,
    subject: Option<Subject>,
    told: Vec<Disposition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Intermediary,
    Recipient,
}

/// A notification, and where to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// The next stop: the first IMDN-Route, or else who it is for. Where the message came in SIP, its From takes the
    /// place of the latter (section 12.1.3.1).
    pub destination: Uri,
    /// The notification.
    pub message: Message,
}

impl Sender {
    /// For the one who received `message`, who is `own`.
    ///
    /// # Errors
    ///
    /// [`Silence`] when no notification may answer the message.
    pub fn for_recipient(message: &Message, own: Address) -> Result<Self, Silence> {
        Self::new(message, own, Role::Recipient)
    }

    /// For an intermediary at `own` that passes `message` on, or keeps it: `message` as it goes to the recipient. Where
    /// the intermediary put `own` into the first IMDN-Record-Route, its notification goes to the next.
    ///
    /// # Errors
    ///
    /// [`Silence`] when no notification may answer the message.
    pub fn for_intermediary(message: &Message, own: Address) -> Result<Self, Silence> {
        Self::new(message, own, Role::Intermediary)
    }

    fn new(message: &Message, own: Address, role: Role) -> Result<Self, Silence> {
        let mut asked = Asked::of(message)?;
        if role == Role::Intermediary {
            asked.way_back = asked.way_back.starting_at(own.uri());
        }
        let to: Vec<Address> = message.to().collect::<Result<_, _>>()?;
        // One of several recipients is this one, if she is among them.
        let recipient = to.iter().find(|to| to.uri() == own.uri()).or(to.first());
        Ok(Self {
            role,
            asked,
            recipient: recipient.map(|to| to.uri().clone()),
            original: message.imdn().original_to()?.map(|to| to.uri().clone()),
            // Any one will do (section 11.1.5). The schema has no place for a language.
            subject: message
                .subject()
                .filter_map(Result::ok)
                .find(|subject| subject.lang().is_none() && xml::find_illegal(subject.text()).is_none()),
            told: Vec::new(),
            own,
        })
    }

    /// What the message asks for.
    #[must_use]
    pub fn wanted(&self) -> &DispositionNotification {
        &self.asked.wanted
    }

    /// Writes a notification, which is called `id`. None where that was not asked for, is not this one's to tell, or the
    /// same disposition was told before: each is told once (sections 7.2.1, 8.1 and 8.2).
    pub fn notify(&mut self, notification: Notification, id: MessageId) -> Option<Outgoing> {
        let disposition = notification.disposition();
        if self.told.contains(&disposition) || !self.may_tell(notification) {
            return None;
        }
        self.told.push(disposition);
        let document = self.document(notification).into_bytes();
        Some(self.asked.way_back.outgoing(&self.own, id, media_type(), document))
    }

    fn may_tell(&self, notification: Notification) -> bool {
        match (notification, self.role) {
            // A recipient tells nothing of processing (section 7.2.1), and an intermediary of deliveries only that they
            // failed (section 8.2).
            (Notification::Processing(_), Role::Recipient)
            | (Notification::Display(_) | Notification::Delivery(DeliveryStatus::Delivered), Role::Intermediary) => {
                false
            }
            (Notification::Delivery(_), Role::Intermediary) => {
                self.asked.wanted.asks_for(NotifyRequest::NegativeDelivery)
            }
            _ => self.asked.wanted.admits(notification),
        }
    }

    fn document(&self, notification: Notification) -> String {
        let original = self.original.as_ref().or(self.recipient.as_ref());
        let imdn = Imdn {
            message_id: self.asked.message_id.clone(),
            date_time: self.asked.date_time.clone(),
            recipient_uri: self.recipient.as_ref().map(Uri::to_string),
            original_recipient_uri: original.map(Uri::to_string),
            subject: self.subject.clone(),
            notification: Some(notification),
        };
        imdn.to_xml()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imdn::{DisplayStatus, Forwarding, ProcessingStatus},
        limits::Limits,
    };

    const HEADERS: &str = "From: Alice \\ A <im:alice@example.com>\r\n\
        To: <im:carol@example.com>\r\n\
        To: Bob <im:bob@example.com>\r\n\
        Subject:;lang=fr le temps\r\n\
        Subject: the weather\r\n\
        NS: x <urn:ietf:params:imdn>\r\n\
        x.Message-ID: a/b=\r\n\
        DateTime: 2006-04-04T12:16:49.50-05:00\r\n";
    const TEXT: &str = "\r\nContent-Type: text/plain\r\n\r\nhi";
    const ALL: &str = "x.Disposition-Notification: positive-delivery, negative-delivery, processing, display\r\n";

    fn im(headers: &str) -> Message {
        Message::parse(format!("{HEADERS}{headers}{TEXT}")).unwrap()
    }

    fn bob() -> Address {
        "Bob <im:bob@example.com>".parse().unwrap()
    }

    fn id() -> MessageId {
        MessageId::new("d834jied93rf").unwrap()
    }

    #[test]
    fn a_notification_has_what_the_rfc_puts_into_it() {
        let im = im(&format!(
            "{ALL}x.Original-To: <im:list@example.com>\r\nx.IMDN-Record-Route: R \\u0041 <im:near@example.com>\r\n\
             x.IMDN-Record-Route: <im:far@example.com>\r\n"
        ));
        let mut sender = Sender::for_recipient(&im, bob()).unwrap();
        let outgoing = sender
            .notify(Notification::Display(DisplayStatus::Displayed), id())
            .unwrap();
        assert_eq!(outgoing.destination.as_str(), "im:near@example.com");
        let text = String::from_utf8(outgoing.message.as_bytes().to_vec()).unwrap();
        assert_eq!(
            text,
            "From: Bob <im:bob@example.com>\r\n\
             To: \"Alice  A\"<im:alice@example.com>\r\n\
             NS: imdn <urn:ietf:params:imdn>\r\n\
             imdn.IMDN-Route: R \\u0041 <im:near@example.com>\r\n\
             imdn.IMDN-Route: <im:far@example.com>\r\n\
             imdn.Message-ID: d834jied93rf\r\n\
             \r\n\
             Content-Type: message/imdn+xml\r\n\
             Content-Disposition: notification\r\n\
             \r\n\
             <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <imdn xmlns=\"urn:ietf:params:xml:ns:imdn\"><message-id>a/b=</message-id>\
             <datetime>2006-04-04T12:16:49.50-05:00</datetime><recipient-uri>im:bob@example.com</recipient-uri>\
             <original-recipient-uri>im:list@example.com</original-recipient-uri><subject>the weather</subject>\
             <display-notification><status><displayed/></status></display-notification></imdn>"
        );
        assert!(outgoing.message.imdn().is_notification());
        assert_eq!(
            outgoing.message.imdn().notifications(&Limits::default()).unwrap().len(),
            1
        );
    }

    #[test]
    fn an_intermediary_does_not_notify_itself() {
        let server: Address = "<im:server@example.com>".parse().unwrap();
        let way = |routes: &str| {
            let im = Forwarding::new()
                .record_route(server.clone())
                .apply(&im(&format!("{ALL}{routes}")), &Limits::default())
                .unwrap();
            let mut sender = Sender::for_intermediary(&im, server.clone()).unwrap();
            let outgoing = sender.notify(Notification::Processing(ProcessingStatus::Stored), id());
            let outgoing = outgoing.unwrap();
            let routes = outgoing
                .message
                .imdn()
                .route()
                .map(|route| route.unwrap().uri().to_string());
            (outgoing.destination.to_string(), routes.collect::<Vec<_>>())
        };
        assert_eq!(way(""), ("im:alice@example.com".to_owned(), vec![]));
        let far = "im:far@example.com".to_owned();
        assert_eq!(
            way("x.IMDN-Record-Route: <im:far@example.com>\r\n"),
            (far.clone(), vec![far])
        );
    }

    #[test]
    fn only_what_was_asked_for_is_told_and_once() {
        use Notification::{Delivery, Display, Processing};
        let told = |asked: &str, intermediary: bool| -> Vec<&str> {
            let im = im(&format!("x.Disposition-Notification: {asked}\r\n"));
            let sender = if intermediary {
                Sender::for_intermediary(&im, bob())
            } else {
                Sender::for_recipient(&im, bob())
            };
            let sender = sender.unwrap();
            let one = |notification: &Notification| sender.clone().notify(*notification, id()).is_some();
            let told = Notification::ALL.into_iter().filter(one);
            told.map(|notification| match notification {
                Delivery(_) | Processing(_) | Display(_) => notification.status(),
            })
            .collect()
        };
        assert_eq!(told("positive-delivery", false), ["delivered", "forbidden", "error"]);
        assert_eq!(told("negative-delivery", false), ["failed", "forbidden", "error"]);
        assert_eq!(told("display", false), ["displayed", "forbidden", "error"]);
        assert!(told("processing", false).is_empty());
        assert_eq!(told("processing", true), ["processed", "stored", "forbidden", "error"]);
        assert_eq!(told("negative-delivery", true), ["failed", "forbidden", "error"]);
        assert!(told("positive-delivery, display", true).is_empty());

        let mut sender = Sender::for_recipient(&im(ALL), bob()).unwrap();
        assert!(sender.notify(Processing(ProcessingStatus::Processed), id()).is_none());
        assert!(sender.notify(Delivery(DeliveryStatus::Delivered), id()).is_some());
        assert!(sender.notify(Delivery(DeliveryStatus::Failed), id()).is_none());
        assert!(sender.notify(Display(DisplayStatus::Forbidden), id()).is_some());
        assert!(sender.notify(Display(DisplayStatus::Displayed), id()).is_none());
    }

    #[test]
    fn silence_has_its_reason() {
        let silence = |message: &Message| Sender::for_recipient(message, bob()).unwrap_err();
        assert_eq!(silence(&im("")), Silence::NotAsked);
        assert_eq!(silence(&im("x.Disposition-Notification: \r\n")), Silence::NotAsked);
        assert_eq!(silence(&im("x.Disposition-Notification: later\r\n")), Silence::NotAsked);
        assert!(matches!(
            silence(&im(&format!("{ALL}DateTime: now\r\n"))),
            Silence::Malformed(_)
        ));
        assert!(matches!(
            silence(&im(&format!("{ALL}x.IMDN-Record-Route: me\r\n"))),
            Silence::Malformed(_)
        ));
        let changed = |from: &str, to: &str| {
            let bytes = format!("{HEADERS}{ALL}{TEXT}").replace(from, to);
            silence(&Message::parse(bytes).unwrap())
        };
        assert_eq!(changed("From", "Fr"), Silence::NoSender);
        assert_eq!(changed("DateTime", "Date"), Silence::NoDateTime);
        assert_eq!(changed("Message-ID", "Message"), Silence::NoMessageId);
        assert_eq!(changed("text/plain", "message/imdn+xml"), Silence::Notification);
        assert_eq!(
            changed("text/plain", "a/b\r\nContent-Disposition: notification"),
            Silence::Notification
        );
        assert_eq!(
            changed(
                "text/plain",
                "a/b\r\nContent-Disposition: inline\r\nContent-Disposition: notification"
            ),
            Silence::Notification
        );
        for nobody in [
            "sip:anonymous@anonymous.invalid",
            "sip:a@x.INVALID.:5060;lr",
            "sip:a;b@anonymous.invalid",
            "sip:a?b/c@anonymous.invalid",
            "im:a@anonymous.invalid?cc=b@example.com",
        ] {
            assert_eq!(changed("im:alice@example.com", nobody), Silence::Anonymous, "{nobody}");
        }
    }

    #[test]
    fn a_user_may_be_called_like_nobody() {
        for alice in [
            "im:x.invalid@example.com",
            "sip:a;b@example.com;c=d.invalid",
            "sip:a/invalid@example.com",
        ] {
            let im = format!("{HEADERS}{ALL}{TEXT}").replace("im:alice@example.com", alice);
            let im = Message::parse(im).unwrap();
            assert!(Sender::for_recipient(&im, bob()).is_ok(), "{alice}");
        }
    }

    #[test]
    fn a_subject_that_xml_cannot_hold_is_left_out() {
        let im = Message::parse(format!("{HEADERS}{ALL}{TEXT}").replace("the weather", "a\\bc")).unwrap();
        let mut sender = Sender::for_recipient(&im, bob()).unwrap();
        let outgoing = sender
            .notify(Notification::Delivery(DeliveryStatus::Delivered), id())
            .unwrap();
        let told = outgoing.message.imdn().notifications(&Limits::default()).unwrap();
        assert_eq!(told[0].subject(), None);
        assert_eq!(told[0].recipient_uri(), Some("im:bob@example.com"));
        assert_eq!(told[0].original_recipient_uri(), Some("im:bob@example.com"));
    }
}

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    Disposition, DispositionNotification, Imdn, MessageId, Notification, NotifyRequest, Outgoing,
    asked::{Asked, Silence, WayBack},
    media_type,
};
use crate::{
    address::Address, clock::after, limits::Limits, media_type::MediaType, message::Message, multipart, uri::Uri,
};

/// Puts the notifications of a list's members together for the one who sent a message to the list (RFC 5438 section
/// 8.3): a machine without I/O for one message.
///
/// Hand in what comes with [`Aggregator::handle_input`], and [`Input::Timeout`] when [`Aggregator::poll_timeout`] is due;
/// then drain [`Aggregator::poll_output`]. Notifications that are malformed, of another message, not asked for, told
/// before, or told by nobody of the list are dropped. Who told it is who stands in its From: let in only what came from
/// there. A list among the members is one member: what it tells first of each disposition counts.
#[derive(Clone, Debug)]
pub struct Aggregator {
    aggregation: Aggregation,
    limits: Limits,
    asked: Asked,
    /// The members, each with a number.
    members: BTreeMap<Mailbox, usize>,
    /// How many notifications there can be that still have not come.
    expected: usize,
    /// Which member told what already.
    told: BTreeSet<(usize, Option<Disposition>)>,
    waiting: Vec<Bytes>,
    /// When what waits is sent.
    batch_due: Option<Instant>,
    /// When all is over; none when it is.
    over_due: Option<Instant>,
    outputs: VecDeque<Output>,
}

/// A user, and a host in lower case: a member is known whatever the scheme of its From, since an IM URI and the SIP URI
/// that it resolves to (RFC 3428 section 5) are one user.
type Mailbox = (String, String);

/// How notifications are put together. The RFC leaves all of it to the administrator.
#[derive(Clone, Debug)]
#[must_use]
pub struct Aggregation {
    list: Address,
    members: Vec<Uri>,
    batch: Duration,
    lifetime: Duration,
    disclosure: Disclosure,
}

/// What the sender may learn of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disclosure {
    /// Who its members are.
    Members,
    /// Nothing: there is one aggregate, in which each answer stands once (section 14.2).
    Nothing,
    /// How many they are: the notifications name nobody.
    #[default]
    Number,
}

/// What an [`Aggregator`] is told.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// A member sent this.
    Notification(&'a Message),
    /// [`Aggregator::poll_timeout`] is due.
    Timeout,
}

/// What an [`Aggregator`] wants done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Send this.
    Aggregate(Box<Aggregate>),
    /// The message is done with. What still comes is dropped, so that the machine can be.
    Over,
}

/// Notifications that go to the sender in one message.
#[derive(Clone, Debug)]
pub struct Aggregate {
    way_back: WayBack,
    list: Address,
    documents: Vec<Bytes>,
}

impl Aggregation {
    /// For a list at this address with these members, by the addresses that the message goes to.
    ///
    /// What waits is sent after 30 seconds: most devices have answered by then, and a sender still looks. All is over
    /// after a day, when a message is displayed that will be. Members are not disclosed.
    pub fn new(list: impl Into<Address>, members: impl IntoIterator<Item = Uri>) -> Self {
        Self {
            list: list.into(),
            members: members.into_iter().collect(),
            batch: Duration::from_secs(30),
            lifetime: Duration::from_secs(24 * 3600),
            disclosure: Disclosure::default(),
        }
    }

    /// How long a notification waits for others. With zero each goes on alone, as soon as the timer is served.
    pub fn batch(mut self, batch: Duration) -> Self {
        self.batch = batch;
        self
    }

    /// How long notifications are taken.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// What the sender may learn of the list.
    pub fn disclosure(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = disclosure;
        self
    }
}

impl Aggregate {
    /// The IMDN documents.
    #[must_use]
    pub fn documents(&self) -> &[Bytes] {
        &self.documents
    }

    /// The message, which is called `id`, and where it goes: a `multipart/mixed`, or one document alone.
    #[must_use]
    pub fn into_outgoing(self, id: MessageId) -> Outgoing {
        if let [document] = self.documents.as_slice() {
            return self.way_back.outgoing(&self.list, id, media_type(), document.to_vec());
        }
        let kind = media_type();
        let (boundary, content) = multipart::write(self.documents.iter().map(|document| (&kind, &**document)));
        let mixed = MediaType::bare("multipart/mixed").with_parameter("boundary", boundary);
        self.way_back.outgoing(&self.list, id, mixed, content)
    }
}

impl Aggregator {
    /// For `message` as it came to the list.
    ///
    /// # Errors
    ///
    /// [`Silence`] when no notification may answer the message: what its members send of it is dropped.
    pub fn new(now: Instant, message: &Message, aggregation: Aggregation, limits: &Limits) -> Result<Self, Silence> {
        let asked = Asked::of(message)?;
        let numbered = aggregation.members.iter().map(mailbox).enumerate();
        let members: BTreeMap<Mailbox, usize> = numbered.map(|(number, member)| (member, number)).collect();
        Ok(Self {
            expected: members.len().saturating_mul(dispositions(&asked.wanted)),
            members,
            asked,
            told: BTreeSet::new(),
            waiting: Vec::new(),
            batch_due: None,
            over_due: Some(after(now, aggregation.lifetime)),
            outputs: VecDeque::new(),
            aggregation,
            limits: *limits,
        })
    }

    /// Whether the message is done with.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over_due.is_none()
    }

    /// Takes what came, or the time that has come.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        if self.is_over() {
            return;
        }
        match input {
            Input::Notification(notification) => self.handle_notification(now, notification),
            Input::Timeout => self.handle_timeout(now),
        }
    }

    /// What to do next; none when there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to hand in [`Input::Timeout`]; none when all is over.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.over_due
            .map(|over| self.batch_due.map_or(over, |batch| batch.min(over)))
    }

    fn handle_notification(&mut self, now: Instant, notification: &Message) {
        // A notification is small; who told what is kept for as long as the message.
        let is_small = notification.as_bytes().len() <= self.limits.document;
        let (Ok(documents), Ok(Some(from)), true) = (
            notification.imdn().documents(&self.limits),
            notification.from(),
            is_small,
        ) else {
            return;
        };
        let Some(member) = self.members.get(&mailbox(from.uri())).copied() else {
            return;
        };
        for document in documents {
            if let Ok(imdn) = Imdn::parse(&document, &self.limits)
                && imdn.message_id() == &self.asked.message_id
            {
                self.take(member, &imdn, document);
            }
        }
        if self.expected == 0 {
            self.end();
        } else if !self.waiting.is_empty() && self.aggregation.disclosure != Disclosure::Nothing {
            self.batch_due.get_or_insert(after(now, self.aggregation.batch));
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.over_due.is_some_and(|due| due <= now) {
            self.end();
        } else if self.batch_due.is_some_and(|due| due <= now) {
            self.send();
        }
    }

    fn take(&mut self, member: usize, imdn: &Imdn, document: Bytes) {
        let notification = imdn.notification();
        if notification.is_some_and(|notification| !self.asked.wanted.admits(notification)) {
            return;
        }
        let document = match (self.aggregation.disclosure, notification) {
            (Disclosure::Members, _) => document,
            // In our own words: any of the member's could tell who it is.
            (_, Some(notification)) => {
                let told = Imdn {
                    message_id: self.asked.message_id.clone(),
                    date_time: self.asked.date_time.clone(),
                    recipient_uri: None,
                    original_recipient_uri: None,
                    subject: None,
                    notification: Some(notification),
                };
                Bytes::from(told.to_xml())
            }
            (_, None) => return,
        };
        let disposition = notification.map(Notification::disposition);
        if !self.told.insert((member, disposition)) {
            return;
        }
        // What only an extension tells was not asked for, and is waited for by nobody.
        if disposition.is_some() {
            self.expected = self.expected.saturating_sub(1);
        }
        // There are eleven different ones at most.
        let is_known = self.aggregation.disclosure == Disclosure::Nothing && self.waiting.contains(&document);
        if !is_known {
            self.waiting.push(document);
        }
    }

    fn send(&mut self) {
        self.batch_due = None;
        if self.waiting.is_empty() {
            return;
        }
        self.outputs.push_back(Output::Aggregate(Box::new(Aggregate {
            way_back: self.asked.way_back.clone(),
            list: self.aggregation.list.clone(),
            documents: std::mem::take(&mut self.waiting),
        })));
    }

    fn end(&mut self) {
        self.send();
        self.over_due = None;
        self.told.clear();
        self.outputs.push_back(Output::Over);
    }
}

fn mailbox(uri: &Uri) -> Mailbox {
    let (user, host) = uri.mailbox();
    (user.to_owned(), host.to_ascii_lowercase())
}

/// How many notifications each member can send.
fn dispositions(wanted: &DispositionNotification) -> usize {
    use NotifyRequest::{Display, NegativeDelivery, PositiveDelivery, Processing};
    let any = |requests: &[NotifyRequest]| requests.iter().any(|request| wanted.asks_for(*request));
    [&[NegativeDelivery, PositiveDelivery][..], &[Processing], &[Display]]
        .into_iter()
        .filter(|requests| any(requests))
        .count()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test begins at some moment")]
mod tests {
    use super::*;
    use crate::{
        imdn::{DeliveryStatus, DisplayStatus, Forwarding, Request, Sender},
        uri::Uri,
    };

    fn address(name: &str) -> Address {
        Uri::new(format!("im:{name}@example.com")).unwrap().into()
    }

    fn im() -> Message {
        let id = MessageId::new("34jk324j").unwrap();
        let sent_at = "2008-04-04T12:16:49-05:00".parse().unwrap();
        let wanted = [
            NotifyRequest::PositiveDelivery,
            NotifyRequest::NegativeDelivery,
            NotifyRequest::Display,
        ];
        Message::builder()
            .from(address("alice"))
            .to(address("list"))
            .request_notifications(Request::new(id, sent_at, wanted))
            .text("hello")
            .build()
    }

    /// What a member tells of the copy for it.
    fn told(member: &str, notification: Notification) -> Message {
        let copy = Forwarding::new()
            .to(address(member))
            .apply(&im(), &Limits::default())
            .unwrap();
        let mut sender = Sender::for_recipient(&copy, address(member)).unwrap();
        sender.notify(notification, MessageId::from_random(1)).unwrap().message
    }

    const DELIVERED: Notification = Notification::Delivery(DeliveryStatus::Delivered);
    const FAILED: Notification = Notification::Delivery(DeliveryStatus::Failed);
    const DISPLAYED: Notification = Notification::Display(DisplayStatus::Displayed);
    const SECOND: Duration = Duration::from_secs(1);

    fn aggregator(now: Instant, members: &[&str], disclosure: Disclosure) -> Aggregator {
        let members = members.iter().map(|member| address(member).uri().clone());
        let aggregation = Aggregation::new(address("list"), members)
            .batch(10 * SECOND)
            .lifetime(60 * SECOND);
        Aggregator::new(now, &im(), aggregation.disclosure(disclosure), &Limits::default()).unwrap()
    }

    /// What was told, each as recipient and status, for each message that goes out; `over` at the end.
    fn outputs(aggregator: &mut Aggregator) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        while let Some(output) = aggregator.poll_output() {
            all.push(match output {
                Output::Over => vec!["over".to_owned()],
                Output::Aggregate(aggregate) => {
                    let outgoing = aggregate.into_outgoing(MessageId::from_random(2));
                    assert_eq!(outgoing.destination.as_str(), "im:alice@example.com");
                    assert!(outgoing.message.imdn().is_notification());
                    let read = outgoing.message.imdn().notifications(&Limits::default()).unwrap();
                    read.iter()
                        .map(|imdn| {
                            let status = imdn.notification().unwrap().status();
                            format!("{} {status}", imdn.recipient_uri().unwrap_or("-"))
                        })
                        .collect()
                }
            });
        }
        all
    }

    #[test]
    fn batches_go_out_when_due_and_the_rest_when_all_have_told() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob", "carol"], Disclosure::Members);
        assert_eq!(aggregator.poll_timeout(), Some(now + 60 * SECOND));
        aggregator.handle_input(now + SECOND, Input::Notification(&told("bob", DELIVERED)));
        aggregator.handle_input(now + 2 * SECOND, Input::Notification(&told("carol", FAILED)));
        assert!(outputs(&mut aggregator).is_empty());
        assert_eq!(aggregator.poll_timeout(), Some(now + 11 * SECOND));
        aggregator.handle_input(now + 10 * SECOND, Input::Timeout);
        assert!(outputs(&mut aggregator).is_empty());
        aggregator.handle_input(now + 11 * SECOND, Input::Timeout);
        assert_eq!(
            outputs(&mut aggregator),
            [["im:bob@example.com delivered", "im:carol@example.com failed"]]
        );
        aggregator.handle_input(now + 12 * SECOND, Input::Notification(&told("bob", DISPLAYED)));
        aggregator.handle_input(now + 13 * SECOND, Input::Notification(&told("carol", DISPLAYED)));
        assert_eq!(
            outputs(&mut aggregator),
            [
                vec!["im:bob@example.com displayed", "im:carol@example.com displayed"],
                vec!["over"]
            ]
        );
        assert!(aggregator.is_over());
        assert_eq!(aggregator.poll_timeout(), None);
        aggregator.handle_input(now + 14 * SECOND, Input::Notification(&told("dave", DISPLAYED)));
        assert!(outputs(&mut aggregator).is_empty());
    }

    #[test]
    fn what_is_over_sends_what_waits() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob", "carol", "dave"], Disclosure::Number);
        aggregator.handle_input(now + 55 * SECOND, Input::Notification(&told("bob", DELIVERED)));
        assert_eq!(aggregator.poll_timeout(), Some(now + 60 * SECOND));
        aggregator.handle_input(now + 60 * SECOND, Input::Timeout);
        assert_eq!(outputs(&mut aggregator), [["- delivered"], ["over"]]);
    }

    #[test]
    fn a_list_of_which_nothing_is_told_answers_once_without_a_number() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob", "carol", "dave"], Disclosure::Nothing);
        for (member, notification) in [("bob", DELIVERED), ("carol", DELIVERED), ("dave", FAILED)] {
            aggregator.handle_input(now, Input::Notification(&told(member, notification)));
        }
        let marked = String::from_utf8(told("dave", DISPLAYED).into_bytes().to_vec()).unwrap();
        let marked = Message::parse(marked.replace("2008-04-04T", "2008-04-05T")).unwrap();
        aggregator.handle_input(now, Input::Notification(&marked));
        aggregator.handle_input(now, Input::Notification(&told("carol", DISPLAYED)));
        assert_eq!(aggregator.poll_timeout(), Some(now + 60 * SECOND));
        aggregator.handle_input(now + 60 * SECOND, Input::Timeout);
        assert_eq!(
            outputs(&mut aggregator),
            [vec!["- delivered", "- failed", "- displayed"], vec!["over"]]
        );
    }

    #[test]
    fn what_was_told_before_or_is_not_of_the_message_is_dropped() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob", "carol"], Disclosure::Members);
        aggregator.handle_input(now, Input::Notification(&told("bob", DELIVERED)));
        aggregator.handle_input(now, Input::Notification(&told("bob", FAILED)));
        aggregator.handle_input(now, Input::Notification(&im()));
        let other = told("carol", DELIVERED).into_bytes().to_vec();
        let other = String::from_utf8(other).unwrap().replace("34jk324j", "other");
        aggregator.handle_input(now, Input::Notification(&Message::parse(other).unwrap()));
        let broken = told("carol", DELIVERED).into_bytes().to_vec();
        let broken = String::from_utf8(broken).unwrap().replace("</imdn>", "");
        aggregator.handle_input(now, Input::Notification(&Message::parse(broken).unwrap()));
        aggregator.handle_input(now + 10 * SECOND, Input::Timeout);
        assert_eq!(outputs(&mut aggregator), [["im:bob@example.com delivered"]]);
    }

    #[test]
    fn what_was_not_asked_for_takes_nobodys_place() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob"], Disclosure::Number);
        let displayed = String::from_utf8(told("bob", DISPLAYED).into_bytes().to_vec()).unwrap();
        let processed = displayed
            .replace("display-", "processing-")
            .replace("displayed/", "processed/");
        aggregator.handle_input(now, Input::Notification(&Message::parse(processed).unwrap()));
        aggregator.handle_input(now, Input::Notification(&told("bob", DELIVERED)));
        aggregator.handle_input(now, Input::Notification(&told("bob", DISPLAYED)));
        assert_eq!(
            outputs(&mut aggregator),
            [vec!["- delivered", "- displayed"], vec!["over"]]
        );
    }

    #[test]
    fn who_is_no_member_takes_nobodys_place() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob"], Disclosure::Number);
        for stranger in 0..100 {
            aggregator.handle_input(now, Input::Notification(&told(&format!("m{stranger}"), DELIVERED)));
        }
        assert_eq!(aggregator.poll_timeout(), Some(now + 60 * SECOND));
        // He may make up recipients, and has one answer all the same.
        for recipient in 0..100 {
            let delivered = String::from_utf8(told("bob", DELIVERED).into_bytes().to_vec()).unwrap();
            let name = format!("<recipient-uri>im:m{recipient}@");
            let delivered = delivered.replace("<recipient-uri>im:bob@", &name);
            aggregator.handle_input(now, Input::Notification(&Message::parse(delivered).unwrap()));
        }
        aggregator.handle_input(now + 10 * SECOND, Input::Timeout);
        assert_eq!(outputs(&mut aggregator), [["- delivered"]]);
        aggregator.handle_input(now + 11 * SECOND, Input::Notification(&told("bob", DISPLAYED)));
        assert_eq!(outputs(&mut aggregator), [vec!["- displayed"], vec!["over"]]);
    }

    #[test]
    fn a_member_is_known_by_user_and_host() {
        let now = Instant::now();
        let mut aggregator = aggregator(now, &["bob", "carol"], Disclosure::Number);
        let delivered = String::from_utf8(told("bob", DELIVERED).into_bytes().to_vec()).unwrap();
        let from = |uri: &str| {
            let told = delivered.replace("From: <im:bob@example.com>", &format!("From: <{uri}>"));
            Message::parse(told).unwrap()
        };
        for stranger in [
            "sip:Bob@example.com",
            "sip:bob@example.net",
            "sip:bob;carol@example.com",
        ] {
            aggregator.handle_input(now, Input::Notification(&from(stranger)));
            assert_eq!(aggregator.poll_timeout(), Some(now + 60 * SECOND), "{stranger}");
        }
        aggregator.handle_input(
            now,
            Input::Notification(&from("sip:bob@Example.com:5060;transport=tcp")),
        );
        assert_eq!(aggregator.poll_timeout(), Some(now + 10 * SECOND));
    }

    #[test]
    fn where_nothing_is_asked_for_nothing_is_put_together() {
        let plain = Message::builder().from(address("alice")).text("hello").build();
        let aggregation = Aggregation::new(address("list"), [address("bob").uri().clone()]);
        let silence = Aggregator::new(Instant::now(), &plain, aggregation, &Limits::default());
        assert_eq!(silence.unwrap_err(), Silence::NotAsked);
    }
}

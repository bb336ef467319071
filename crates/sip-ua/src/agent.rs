use std::time::Instant;

use cpim::imdn::NotifyRequest;
use sip_message::{Aor, Message, Method, StatusCode, Uri, UriBuf};
use sip_transaction::{ClientId, ServerId};

use crate::{
    Config, Content, Failure, Input, OpId, Output, PublishOptions, ReceivedId, RegisterOptions, SubscribeOptions,
    UnknownMessage, UnknownOp,
    context::{Asker, Context},
    im::InstantMessages,
    presence::{Publication, Subscriptions},
    registration::Registration,
    responses,
};

/// One user's end of presence and instant messaging: it registers, publishes, subscribes, sends and receives messages.
///
/// It is driven from outside, in this order, over and over: hand in what came ([`handle_input`](Self::handle_input)) or
/// a command; drain [`poll_output`](Self::poll_output); wait for a message or for
/// [`poll_timeout`](Self::poll_timeout).
///
/// Commands return at once. What becomes of them is told by [`Event`](crate::Event)s, which carry the [`OpId`] that
/// the command returned. Challenges are answered on the way (RFC 3261 section 22), and what expires is refreshed.
#[derive(Debug)]
pub struct UserAgent {
    context: Context,
    registration: Registration,
    publication: Publication,
    subscriptions: Subscriptions,
    messages: InstantMessages,
}

impl UserAgent {
    /// A user agent that has not sent anything yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let mut context = Context::new(config);
        Self {
            registration: Registration::new(&mut context),
            publication: Publication::new(&mut context),
            subscriptions: Subscriptions::default(),
            messages: InstantMessages::default(),
            context,
        }
    }

    /// Whether nothing is under way: no request of ours awaits an answer.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.context.is_idle()
    }

    /// Takes what came from outside. Whatever it is, it is answered or ignored as the RFCs say; there is no error.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        let input = match input {
            Input::Received { message, flow } => sip_transaction::Input::Received { message, flow },
            Input::SendFailed { to } => sip_transaction::Input::SendFailed { to },
            Input::Timeout => {
                let Self { context, .. } = self;
                self.registration.handle_timeout(context, now);
                self.publication.handle_timeout(context, now);
                self.subscriptions.handle_timeout(context, now);
                self.messages.handle_timeout(context, now);
                sip_transaction::Input::Timeout
            }
        };
        self.context.transactions.handle_input(now, input);
        self.work(now);
    }

    /// Binds our contact to the address of record (RFC 3261 section 10.2), and refreshes the binding until
    /// [`unregister`](Self::unregister) or a new `register`.
    pub fn register(&mut self, now: Instant, options: RegisterOptions) -> OpId {
        let op = self.registration.register(&mut self.context, now, options);
        self.work(now);
        op
    }

    /// Takes the binding of our contact back. Other contacts of the user stay.
    pub fn unregister(&mut self, now: Instant) -> OpId {
        let op = self.registration.unregister(&mut self.context, now);
        self.work(now);
        op
    }

    /// Publishes our presence (RFC 3903, RFC 3856 section 6), in place of what was published before, and refreshes it
    /// until [`unpublish`](Self::unpublish). One PUBLISH is under way at a time; of those that wait the newest wins,
    /// and the others fail with [`Failure::Superseded`].
    pub fn publish(&mut self, now: Instant, document: &pidf::Document, options: PublishOptions) -> OpId {
        let op = self.publication.publish(&mut self.context, now, document, options);
        self.work(now);
        op
    }

    /// Takes our publication back.
    pub fn unpublish(&mut self, now: Instant) -> OpId {
        let op = self.publication.unpublish(&mut self.context, now);
        self.work(now);
        op
    }

    /// Asks for the state of a presentity, and keeps asking: the subscription is refreshed before it expires, until
    /// [`unsubscribe`](Self::unsubscribe) or its end. The operation names the subscription.
    pub fn subscribe(&mut self, now: Instant, presentity: &Aor, options: SubscribeOptions) -> OpId {
        let op = self
            .subscriptions
            .subscribe(&mut self.context, now, presentity, options);
        self.work(now);
        op
    }

    /// Refreshes a subscription now, which brings the whole state again.
    ///
    /// # Errors
    /// When there is no such subscription.
    pub fn refresh(&mut self, now: Instant, subscription: OpId) -> Result<(), UnknownOp> {
        self.subscriptions.refresh(&mut self.context, now, subscription)?;
        self.work(now);
        Ok(())
    }

    /// Ends a subscription. [`Event::SubscriptionEnded`](crate::Event::SubscriptionEnded) comes when the notifier has
    /// confirmed it.
    ///
    /// # Errors
    /// When there is no such subscription.
    pub fn unsubscribe(&mut self, now: Instant, subscription: OpId) -> Result<(), UnknownOp> {
        self.subscriptions.unsubscribe(&mut self.context, now, subscription)?;
        self.work(now);
        Ok(())
    }

    /// Sends an instant message (RFC 3428). Messages to one recipient go one after the other, in order. A request over
    /// 1300 bytes is not for networks in which a proxy may forward it over UDP (section 8).
    pub fn send_message(&mut self, now: Instant, to: &UriBuf, content: Content) -> OpId {
        let op = self.messages.send(&mut self.context, now, to, content);
        self.work(now);
        op
    }

    /// Sends an instant message that asks what becomes of it (RFC 5438 section 7.1): as a Message/CPIM to which From, To,
    /// DateTime and Message-ID are added. [`Event::Disposition`](crate::Event::Disposition) tells what is heard of it.
    ///
    /// ```
    /// # use std::time::{Duration, Instant, SystemTime};
    /// # use sip_message::{Aor, Transport, UriBuf};
    /// # use sip_transaction::Destination;
    /// # let (now, server) = (Instant::now(), Destination::Address {
    /// #     transport: Transport::Udp, remote: "192.0.2.100:5060".parse()? });
    /// # let mut agent = sip_ua::UserAgent::new(sip_ua::Config {
    /// #     aor: Aor::parse("alice@example.test")?, display_name: None, username: "alice".to_owned(),
    /// #     password: "alicepw".to_owned().into(), server, contact: UriBuf::parse("sip:alice@192.0.2.1")?,
    /// #     sent_by: Vec::new(), user_agent: None, epoch: (now, SystemTime::now()), seed: [7; 32] });
    /// use cpim::{Message, imdn::NotifyRequest};
    ///
    /// let bob = UriBuf::parse("sip:bob@example.test")?;
    /// let message = Message::builder().text("hello");
    /// let wanted = [NotifyRequest::PositiveDelivery, NotifyRequest::NegativeDelivery, NotifyRequest::Display];
    /// agent.send_asking(now, &bob, message, &wanted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_asking(&mut self, now: Instant, to: &UriBuf, message: cpim::Builder, wanted: &[NotifyRequest]) -> OpId {
        let op = self.messages.send_asking(&mut self.context, now, to, message, wanted);
        self.work(now);
        op
    }

    /// The user has typed something that is to be a message (RFC 3994 section 3.2). Call it as often as that happens: the
    /// recipient is told when it begins, every minute while it goes on, and 15 seconds after it has stopped. The message
    /// itself ends it without a word.
    ///
    /// The recipient is told only if a message came from there that was for the user alone: who writes to somebody for the
    /// first time, or to a group, keeps that to himself (section 7). Who answers 415 is not told again (section 4).
    pub fn composing(&mut self, now: Instant, to: &UriBuf) {
        self.messages.composing(&mut self.context, now, to);
        self.work(now);
    }

    /// The user has taken back all that was typed. A recipient who was told that there is something is told now.
    pub fn idle(&mut self, now: Instant, to: &UriBuf) {
        self.messages.idle(&mut self.context, now, to);
        self.work(now);
    }

    /// The user has seen a message whose sender wants to know that: its
    /// [`MessageReceived`](crate::Event::MessageReceived) names it. Whether to call this is the user's choice (RFC 5438
    /// section 14.2).
    ///
    /// # Errors
    /// When nobody waits to hear that.
    pub fn displayed(&mut self, now: Instant, message: ReceivedId) -> Result<(), UnknownMessage> {
        self.messages.displayed(&mut self.context, now, message)?;
        self.work(now);
        Ok(())
    }

    /// Whether senders who ask are told that their messages were delivered. They are not unless this says so: it tells them
    /// when the user is reachable, and so it is for the user to decide (RFC 5438 section 14.2).
    pub fn set_delivery_notifications(&mut self, is_on: bool) {
        self.messages.set_delivery_notifications(is_on);
    }

    /// The next output. Drain it before the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.context.poll_output()
    }

    /// When [`Input::Timeout`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.context.transactions.poll_timeout(),
            self.registration.poll_timeout(),
            self.publication.poll_timeout(),
            self.subscriptions.poll_timeout(),
            self.messages.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Passes on what the transactions have to say, until they are silent.
    fn work(&mut self, now: Instant) {
        use sip_transaction::Output as Step;
        while let Some(step) = self.context.transactions.poll_output() {
            match step {
                Step::Failed { id, failure } => self.on_failure(now, id, failure),
                // The transactions have answered it, and it means nothing to a user.
                Step::Rejected { .. } => {}
                Step::Request { id, request, .. } => self.on_request(now, id, &request),
                Step::Response { id, response, .. } => self.on_response(now, id, &response),
                Step::Transmit { bytes, to } => {
                    self.context.transmit(Output::Transmit { bytes, to });
                }
            }
        }
    }

    fn on_response(&mut self, now: Instant, id: ClientId, response: &Message) {
        if !responses::status(response).is_final() {
            return;
        }
        let Some(asker) = self.context.answered(id) else {
            return;
        };
        let Self { context, .. } = self;
        match asker {
            Asker::Message(op) => self.messages.handle_response(context, now, op, response),
            Asker::Publication => self.publication.handle_response(context, now, response),
            Asker::Registration => self.registration.handle_response(context, now, response),
            Asker::Subscription(op) => {
                self.subscriptions.handle_response(context, now, op, id, response);
            }
        }
    }

    fn on_failure(&mut self, now: Instant, id: ClientId, failure: sip_transaction::Failure) {
        let failure = match failure {
            sip_transaction::Failure::Timeout => Failure::Timeout,
            sip_transaction::Failure::Transport => Failure::Transport,
        };
        let Some(asker) = self.context.answered(id) else {
            return;
        };
        let Self { context, .. } = self;
        match asker {
            Asker::Message(op) => self.messages.handle_failure(context, now, op, failure),
            Asker::Publication => self.publication.handle_failure(context, now, failure),
            Asker::Registration => self.registration.handle_failure(context, now, failure),
            Asker::Subscription(op) => {
                self.subscriptions.handle_failure(context, now, op, id, failure);
            }
        }
    }

    /// Works on a request in the order of RFC 3261 section 8.2: method, headers, content.
    fn on_request(&mut self, now: Instant, id: ServerId, request: &Message) {
        let Self { context, .. } = self;
        let method = request.method();
        let response = match method {
            // An INVITE has a transaction of its own kind, of which nothing is kept here.
            Some(Method::Invite) => {
                let response = responses::method_not_allowed(context, request);
                context.transactions.send_response_stateless(id, response);
                return;
            }
            // There is never anything left to cancel (RFC 3261 section 9.2).
            Some(Method::Cancel) => {
                let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
                responses::plain(context, request, status)
            }
            Some(Method::Message | Method::Notify | Method::Options) => {
                if let Some(response) = refuse(context, request) {
                    response
                } else if method == Some(Method::Notify) {
                    self.subscriptions.handle_notify(context, now, id, request);
                    return;
                } else if method == Some(Method::Options) {
                    responses::options(context, request)
                } else {
                    self.messages.receive(context, now, id, request);
                    return;
                }
            }
            _ => responses::method_not_allowed(context, request),
        };
        context.transactions.send_response(now, id, response);
    }
}

/// Refuses what no method goes on with: a URI that is none of ours (RFC 3261 section 8.2.2.1) and extensions (8.2.2.3).
fn refuse(context: &mut Context, request: &Message) -> Option<Message> {
    let is_ours = match request.request_uri() {
        Ok(Uri::Sip(_)) => true,
        Ok(uri) => Aor::from_uri(&uri).is_some(),
        Err(_) => false,
    };
    if !is_ours {
        let status = StatusCode::UNSUPPORTED_URI_SCHEME;
        return Some(responses::plain(context, request, status));
    }
    responses::bad_extension(context, request)
}

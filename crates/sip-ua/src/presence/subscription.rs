use std::{collections::BTreeMap, time::Instant};

use sip_event::{Body, EndReason, RequestId, Subscriber, SubscriberConfig, SubscriberInput, SubscriberOutput};
use sip_message::{
    Aor, Message, StatusCode,
    headers::{self, MediaType},
};
use sip_transaction::{ClientId, ServerId};

use crate::{
    Event, Failure, OpId, SubscribeOptions, UnknownOp,
    authentication::Exchange,
    context::{Asker, Context},
    responses,
};

/// All subscriptions of this user agent, as watcher (RFC 6665, RFC 3856).
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_op: BTreeMap<OpId, Subscription>,
}

#[derive(Debug)]
struct Subscription {
    presentity: Aor,
    subscriber: Subscriber,
    /// The SUBSCRIBE that awaits its answer.
    under_way: Option<ClientId>,
    /// Of the last SUBSCRIBE.
    exchange: Option<Exchange>,
    /// Why the last SUBSCRIBE did not work.
    failure: Option<Failure>,
}

/// A NOTIFY that is to be answered.
#[derive(Clone, Copy, Debug)]
struct Notify {
    id: RequestId,
    transaction: ServerId,
}

impl Subscriptions {
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.by_op
            .values()
            .filter_map(|subscription| subscription.subscriber.poll_timeout())
            .min()
    }

    pub(crate) fn handle_timeout(&mut self, context: &mut Context, now: Instant) {
        let due: Vec<OpId> = self
            .by_op
            .iter()
            .filter(|(_, subscription)| subscription.subscriber.poll_timeout().is_some_and(|due| due <= now))
            .map(|(op, _)| *op)
            .collect();
        for op in due {
            self.input(context, now, op, SubscriberInput::Timeout);
        }
    }

    pub(crate) fn handle_response(
        &mut self,
        context: &mut Context,
        now: Instant,
        op: OpId,
        id: ClientId,
        response: &Message,
    ) {
        let Some(subscription) = self.answered(op, id) else {
            return;
        };
        subscription.failure = (!responses::status(response).is_success()).then(|| responses::rejected(response));
        self.input(context, now, op, SubscriberInput::Response(response));
    }

    /// No answer came.
    pub(crate) fn handle_failure(
        &mut self,
        context: &mut Context,
        now: Instant,
        op: OpId,
        id: ClientId,
        failure: Failure,
    ) {
        let Some(subscription) = self.answered(op, id) else {
            return;
        };
        subscription.failure = Some(failure);
        self.input(context, now, op, SubscriberInput::Failed);
    }

    /// A NOTIFY came; 481 when it is of no subscription (RFC 6665 section 4.1.3).
    pub(crate) fn handle_notify(
        &mut self,
        context: &mut Context,
        now: Instant,
        transaction: ServerId,
        request: &Message,
    ) {
        // Which one it is for is found by Call-ID and tags, never by Request-URI.
        let op = self
            .by_op
            .iter()
            .find(|(_, subscription)| subscription.subscriber.matches(request))
            .map(|(op, _)| *op);
        let Some(op) = op else {
            let status = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
            let response = responses::plain(context, request, status);
            context.transactions.send_response(now, transaction, response);
            return;
        };
        // One NOTIFY is handed in at a time, and answered before the next.
        let id = RequestId(0);
        if let Some(subscription) = self.by_op.get_mut(&op) {
            let input = SubscriberInput::Notify { id, request };
            subscription.subscriber.handle_input(now, input);
        }
        self.drain(context, now, op, Some(Notify { id, transaction }));
    }

    pub(crate) fn subscribe(
        &mut self,
        context: &mut Context,
        now: Instant,
        presentity: &Aor,
        options: SubscribeOptions,
    ) -> OpId {
        let op = context.next_op();
        match subscriber(context, presentity, options) {
            Ok(subscriber) => {
                let subscription = Subscription {
                    presentity: presentity.clone(),
                    subscriber,
                    under_way: None,
                    exchange: None,
                    failure: None,
                };
                self.by_op.insert(op, subscription);
                self.command(context, now, op, Subscriber::subscribe);
            }
            Err(error) => context.failed(op, Failure::InvalidRequest(error)),
        }
        op
    }

    pub(crate) fn refresh(&mut self, context: &mut Context, now: Instant, op: OpId) -> Result<(), UnknownOp> {
        self.known(op)?;
        self.command(context, now, op, Subscriber::refresh);
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, context: &mut Context, now: Instant, op: OpId) -> Result<(), UnknownOp> {
        self.known(op)?;
        self.command(context, now, op, Subscriber::unsubscribe);
        Ok(())
    }

    fn known(&self, op: OpId) -> Result<(), UnknownOp> {
        match self.by_op.contains_key(&op) {
            true => Ok(()),
            false => Err(UnknownOp(op)),
        }
    }

    /// The subscription whose last SUBSCRIBE has ended. Answers to earlier ones are not its business any more.
    fn answered(&mut self, op: OpId, id: ClientId) -> Option<&mut Subscription> {
        let subscription = self.by_op.get_mut(&op)?;
        if subscription.under_way != Some(id) {
            return None;
        }
        subscription.under_way = None;
        Some(subscription)
    }

    fn command(
        &mut self,
        context: &mut Context,
        now: Instant,
        op: OpId,
        command: impl FnOnce(&mut Subscriber, Instant),
    ) {
        if let Some(subscription) = self.by_op.get_mut(&op) {
            command(&mut subscription.subscriber, now);
        }
        self.drain(context, now, op, None);
    }

    fn input(&mut self, context: &mut Context, now: Instant, op: OpId, input: SubscriberInput<'_>) {
        if let Some(subscription) = self.by_op.get_mut(&op) {
            subscription.subscriber.handle_input(now, input);
        }
        self.drain(context, now, op, None);
    }

    fn drain(&mut self, context: &mut Context, now: Instant, op: OpId, notify: Option<Notify>) {
        let Some(subscription) = self.by_op.get_mut(&op) else {
            return;
        };
        if subscription.drain(context, now, op, notify) == Life::Ended {
            self.by_op.remove(&op);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Ended,
    GoesOn,
}

impl Subscription {
    fn drain(&mut self, context: &mut Context, now: Instant, op: OpId, notify: Option<Notify>) -> Life {
        let mut is_retry = false;
        while let Some(output) = self.subscriber.poll_output() {
            match output {
                SubscriberOutput::Challenged { response } => {
                    is_retry = self.answer_challenge(context, now, op, &response);
                }
                SubscriberOutput::Ended { reason } => {
                    self.ended(context, op, &reason);
                    return Life::Ended;
                }
                SubscriberOutput::Established { expires } => context.event(Event::Subscribed {
                    op,
                    presentity: self.presentity.clone(),
                    expires,
                }),
                SubscriberOutput::Notified {
                    state,
                    subscription_state,
                    ..
                } => self.notified(context, op, state, subscription_state),
                SubscriberOutput::Respond { id, response } => {
                    if let Some(notify) = notify.filter(|notify| notify.id == id) {
                        context.transactions.send_response(now, notify.transaction, response);
                    }
                }
                SubscriberOutput::Send { request, .. } => {
                    let asker = Asker::Subscription(op);
                    if std::mem::take(&mut is_retry) {
                        self.under_way = Some(context.resend(now, asker, &request));
                    } else {
                        let (id, exchange) = context.send(now, asker, &request);
                        self.under_way = Some(id);
                        self.exchange = Some(exchange);
                    }
                }
                _ => {}
            }
        }
        Life::GoesOn
    }

    /// Returns whether the SUBSCRIBE is sent again.
    fn answer_challenge(&mut self, context: &mut Context, now: Instant, op: OpId, response: &Message) -> bool {
        let Some(exchange) = &mut self.exchange else {
            self.subscriber.abandon(now);
            return false;
        };
        match context.answer_challenge(op, exchange, response) {
            Ok(credentials) => {
                self.subscriber.retry(now, credentials.headers());
                true
            }
            Err(failure) => {
                self.failure = Some(failure);
                self.subscriber.abandon(now);
                false
            }
        }
    }

    fn notified(&self, context: &mut Context, op: OpId, body: Option<Body>, state: String) {
        let document = body
            .as_ref()
            .filter(|body| pidf::Format::from_media_type(&body.content_type).is_some())
            .map(|body| pidf::Document::parse(&body.bytes, &pidf::Limits::default()));
        context.event(Event::Notified {
            op,
            presentity: self.presentity.clone(),
            state,
            body,
            document,
        });
    }

    fn ended(&mut self, context: &mut Context, op: OpId, reason: &EndReason) {
        let by_failure = matches!(reason, EndReason::Failed | EndReason::Rejected(_) | EndReason::Timeout);
        match self.failure.take().filter(|_| by_failure) {
            Some(failure) => context.failed(op, failure),
            None => context.event(Event::SubscriptionEnded {
                op,
                presentity: self.presentity.clone(),
                reason: words(reason),
            }),
        }
    }
}

fn words(reason: &EndReason) -> String {
    match reason {
        EndReason::Failed => "failed".to_owned(),
        EndReason::Rejected(status) => format!("{status} {}", status.reason()),
        EndReason::Terminated {
            reason: Some(reason), ..
        } => reason.clone(),
        EndReason::Timeout => "timeout".to_owned(),
        EndReason::Unsubscribed => "unsubscribed".to_owned(),
        _ => "terminated".to_owned(),
    }
}

/// A subscriber; an error says which of the options cannot be written.
fn subscriber(context: &mut Context, presentity: &Aor, options: SubscribeOptions) -> Result<Subscriber, String> {
    headers::Event::new(&options.package).map_err(|error| format!("Event: {error}"))?;
    for media_type in &options.accept {
        MediaType::parse(media_type).map_err(|error| format!("Accept: {error}"))?;
    }
    let identity = &context.identity;
    let config = SubscriberConfig {
        local: identity.address().to_string(),
        target: presentity.to_uri(),
        contact: identity.contact().clone(),
        package: options.package,
        accept: options.accept,
        expires: options.expires,
        user_agent: identity.product().map(str::to_owned),
        route: Vec::new(),
    };
    Subscriber::new(config, context.random.seed()).map_err(|error| error.to_string())
}

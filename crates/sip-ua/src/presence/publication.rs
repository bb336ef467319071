use std::time::Instant;

use sip_event::{Body, Publisher, PublisherConfig, PublisherInput, PublisherOutput};
use sip_message::Message;

use crate::{
    Event, Failure, OpId, PublishOptions,
    authentication::Exchange,
    context::{Asker, Context},
    responses,
};

/// Our own event state at the compositor (RFC 3903), and which operation it is of.
#[derive(Debug)]
pub(crate) struct Publication {
    publisher: Publisher,
    /// The newest operation that was handed to the publisher.
    op: Option<OpId>,
    /// What is handed to it next. A publisher lets the newest state win as well, but then nobody could tell which
    /// operation an answer is for.
    waiting: Option<(OpId, Wish)>,
    is_under_way: bool,
    /// Of the last PUBLISH.
    exchange: Option<Exchange>,
    /// Why the last PUBLISH did not work.
    failure: Option<Failure>,
}

#[derive(Debug)]
enum Wish {
    Publish { body: Body, expires: u32 },
    Remove,
}

impl Publication {
    pub(crate) fn new(context: &mut Context) -> Self {
        let identity = &context.identity;
        let config = PublisherConfig {
            local: identity.address().to_string(),
            target: identity.uri().into(),
            package: "presence".to_owned(),
            expires: PublishOptions::default().expires,
            user_agent: identity.product().map(str::to_owned),
            route: Vec::new(),
        };
        Self {
            publisher: Publisher::new(config, context.random.seed())
                .expect("an identity is made of values that can be written"),
            op: None,
            waiting: None,
            is_under_way: false,
            exchange: None,
            failure: None,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.publisher.poll_timeout()
    }

    pub(crate) fn handle_timeout(&mut self, context: &mut Context, now: Instant) {
        if self.poll_timeout().is_some_and(|due| due <= now) {
            self.input(context, now, PublisherInput::Timeout);
        }
    }

    pub(crate) fn handle_response(&mut self, context: &mut Context, now: Instant, response: &Message) {
        self.is_under_way = false;
        self.failure = (!responses::status(response).is_success()).then(|| responses::rejected(response));
        self.input(context, now, PublisherInput::Response(response));
    }

    /// No answer came.
    pub(crate) fn handle_failure(&mut self, context: &mut Context, now: Instant, failure: Failure) {
        self.is_under_way = false;
        self.failure = Some(failure);
        self.input(context, now, PublisherInput::Failed);
    }

    pub(crate) fn publish(
        &mut self,
        context: &mut Context,
        now: Instant,
        document: &pidf::Document,
        options: PublishOptions,
    ) -> OpId {
        let wish = Wish::Publish {
            body: Body {
                content_type: options.format.media_type().to_owned(),
                bytes: document.write(options.format).into(),
            },
            expires: options.expires,
        };
        self.wish(context, now, wish)
    }

    pub(crate) fn unpublish(&mut self, context: &mut Context, now: Instant) -> OpId {
        self.wish(context, now, Wish::Remove)
    }

    fn wish(&mut self, context: &mut Context, now: Instant, wish: Wish) -> OpId {
        let op = context.next_op();
        if let Some((older, _)) = self.waiting.replace((op, wish)) {
            context.failed(older, Failure::Superseded);
        }
        self.proceed(context, now);
        op
    }

    fn input(&mut self, context: &mut Context, now: Instant, input: PublisherInput<'_>) {
        self.publisher.handle_input(now, input);
        self.drain(context, now);
        self.proceed(context, now);
    }

    fn proceed(&mut self, context: &mut Context, now: Instant) {
        while !self.is_under_way
            && let Some((op, wish)) = self.waiting.take()
        {
            self.op = Some(op);
            match wish {
                Wish::Publish { body, expires } => {
                    self.publisher.set_expires(expires);
                    self.publisher.publish(now, body);
                }
                Wish::Remove => self.publisher.remove(now),
            }
            self.drain(context, now);
        }
    }

    fn drain(&mut self, context: &mut Context, now: Instant) {
        let mut is_retry = false;
        while let Some(output) = self.publisher.poll_output() {
            let Some(op) = self.op else {
                continue;
            };
            match output {
                PublisherOutput::Challenged { response } => {
                    is_retry = self.answer_challenge(context, now, op, &response);
                }
                PublisherOutput::Failed { .. } => {
                    // What fails without a failure is a 2xx that does not say what it has taken.
                    let failure = self.failure.take().unwrap_or_else(|| {
                        let reason = "2xx to PUBLISH without SIP-ETag (RFC 3903 section 6)";
                        Failure::BadResponse(reason.to_owned())
                    });
                    context.failed(op, failure);
                }
                PublisherOutput::Published { entity_tag, expires } => context.event(Event::Published {
                    op,
                    entity_tag,
                    expires,
                }),
                PublisherOutput::Removed => context.event(Event::Unpublished { op }),
                PublisherOutput::Send { request, .. } => {
                    self.is_under_way = true;
                    if std::mem::take(&mut is_retry) {
                        context.resend(now, Asker::Publication, &request);
                    } else {
                        let (_, exchange) = context.send(now, Asker::Publication, &request);
                        self.exchange = Some(exchange);
                    }
                }
                _ => {}
            }
        }
    }

    /// Returns whether the PUBLISH is sent again.
    fn answer_challenge(&mut self, context: &mut Context, now: Instant, op: OpId, response: &Message) -> bool {
        let Some(exchange) = &mut self.exchange else {
            self.publisher.abandon(now);
            return false;
        };
        match context.answer_challenge(op, exchange, response) {
            Ok(credentials) => {
                self.publisher.retry(now, credentials.headers());
                true
            }
            Err(failure) => {
                self.failure = Some(failure);
                self.publisher.abandon(now);
                false
            }
        }
    }
}

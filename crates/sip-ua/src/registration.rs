use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use sip_message::{
    Message, Method, NameAddr, Params, StatusCode, ValueError,
    headers::{Contact, Expires, MinExpires, RetryAfter},
};

use crate::{
    Event, Failure, OpId, RegisterOptions,
    authentication::{self, Exchange, with_cseq},
    context::{Asker, Context, refresh_after},
    identity::Ids,
    limits, responses,
};

/// The registration of our contact (RFC 3261 section 10.2). All its REGISTERs have one Call-ID and growing CSeqs, and
/// one is under way at a time.
#[derive(Debug)]
pub(crate) struct Registration {
    ids: Ids,
    cseq: u32,
    commands: VecDeque<Command>,
    under_way: Option<UnderWay>,
    kept: Option<Kept>,
}

#[derive(Clone, Debug)]
struct Command {
    op: OpId,
    kind: Kind,
    options: RegisterOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Refresh,
    Register,
    Unregister,
}

/// A REGISTER that was sent, without credentials.
#[derive(Debug)]
struct UnderWay {
    command: Command,
    request: Message,
    exchange: Exchange,
    /// Whether a 423 has made it ask for longer already.
    is_longer: bool,
}

/// A binding that is refreshed.
#[derive(Debug)]
struct Kept {
    op: OpId,
    options: RegisterOptions,
    refresh_at: Instant,
    /// Refreshes that failed in a row.
    failures: u32,
}

impl Registration {
    pub(crate) fn new(context: &mut Context) -> Self {
        Self {
            ids: Ids::new(&mut context.random),
            cseq: 0,
            commands: VecDeque::new(),
            under_way: None,
            kept: None,
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match &self.under_way {
            Some(_) => None,
            None => self.kept.as_ref().map(|kept| kept.refresh_at),
        }
    }

    pub(crate) fn handle_timeout(&mut self, context: &mut Context, now: Instant) {
        if self.poll_timeout().is_none_or(|due| due > now) {
            return;
        }
        if let Some(kept) = &self.kept {
            let refresh = Command {
                op: kept.op,
                kind: Kind::Refresh,
                options: kept.options.clone(),
            };
            self.send(context, now, refresh, false);
        }
    }

    pub(crate) fn handle_response(&mut self, context: &mut Context, now: Instant, response: &Message) {
        let Some(mut under_way) = self.under_way.take() else {
            return;
        };
        let status = responses::status(response);
        let op = under_way.command.op;
        if status.is_success() {
            self.accepted(context, now, under_way.command, response);
        } else if authentication::is_challenge(response) {
            match context.answer_challenge(op, &mut under_way.exchange, response) {
                Ok(credentials) => {
                    under_way.request = with_cseq(&under_way.request, self.next_cseq());
                    let request = credentials.add_to(&under_way.request);
                    context.resend(now, Asker::Registration, &request);
                    self.under_way = Some(under_way);
                }
                Err(failure) => self.failed(context, now, &under_way.command, failure, None),
            }
        } else if let Some(longer) = longer(response, &under_way) {
            under_way.command.options.expires = longer;
            self.send(context, now, under_way.command, true);
        } else {
            let retry_after = match response.typed::<RetryAfter>() {
                Ok(Some(wait)) => Some(Duration::from_secs(u64::from(wait.seconds()))),
                _ => None,
            };
            let failure = responses::rejected(response);
            self.failed(context, now, &under_way.command, failure, retry_after);
        }
        self.proceed(context, now);
    }

    /// No answer came.
    pub(crate) fn handle_failure(&mut self, context: &mut Context, now: Instant, failure: Failure) {
        if let Some(under_way) = self.under_way.take() {
            self.failed(context, now, &under_way.command, failure, None);
        }
        self.proceed(context, now);
    }

    pub(crate) fn register(&mut self, context: &mut Context, now: Instant, options: RegisterOptions) -> OpId {
        self.command(context, now, Kind::Register, options)
    }

    pub(crate) fn unregister(&mut self, context: &mut Context, now: Instant) -> OpId {
        let options = RegisterOptions {
            expires: 0,
            methods: Vec::new(),
        };
        self.command(context, now, Kind::Unregister, options)
    }

    fn command(&mut self, context: &mut Context, now: Instant, kind: Kind, options: RegisterOptions) -> OpId {
        let op = context.next_op();
        self.commands.push_back(Command { op, kind, options });
        self.proceed(context, now);
        op
    }

    /// "UAs MUST NOT send a new registration until they have received a final response [...] for the previous one"
    /// (RFC 3261 section 10.2).
    fn proceed(&mut self, context: &mut Context, now: Instant) {
        while self.under_way.is_none()
            && let Some(command) = self.commands.pop_front()
        {
            self.kept = None;
            self.send(context, now, command, false);
        }
    }

    fn send(&mut self, context: &mut Context, now: Instant, command: Command, is_longer: bool) {
        let cseq = self.next_cseq();
        let request = match self.request(context, &command.options, cseq) {
            Ok(request) => request,
            Err(error) => {
                let reason = format!("methods: {error}");
                context.failed(command.op, Failure::InvalidRequest(reason));
                return;
            }
        };
        let (_, exchange) = context.send(now, Asker::Registration, &request);
        self.under_way = Some(UnderWay {
            command,
            request,
            exchange,
            is_longer,
        });
    }

    fn request(&self, context: &Context, options: &RegisterOptions, cseq: u32) -> Result<Message, ValueError> {
        let identity = &context.identity;
        let mut params = Params::new();
        if !options.methods.is_empty() {
            for method in &options.methods {
                Method::new(method)?;
            }
            params = params.with_quoted("methods", &options.methods.join(","))?;
        }
        let contact = NameAddr::new(identity.contact().as_uri()).with_params(params);
        let builder = identity.request(
            Method::Register,
            identity.registrar(),
            identity.address(),
            &self.ids,
            cseq,
        );
        Ok(builder
            .header(&Contact::Address(contact))
            .header(&Expires(options.expires))
            .build())
    }

    const fn next_cseq(&mut self) -> u32 {
        self.cseq += 1;
        self.cseq
    }

    fn accepted(&mut self, context: &mut Context, now: Instant, command: Command, response: &Message) {
        let op = command.op;
        if command.kind == Kind::Unregister {
            context.event(Event::Unregistered { op });
            return;
        }
        let expires = granted(context, response).unwrap_or(command.options.expires);
        self.kept = (expires > 0).then(|| Kept {
            op,
            options: command.options,
            refresh_at: now + refresh_after(expires),
            failures: 0,
        });
        let contacts = response
            .typed_all::<Contact>()
            .filter_map(|contact| contact.ok().map(|contact| contact.to_string()))
            .collect();
        context.event(Event::Registered { op, expires, contacts });
    }

    fn failed(
        &mut self,
        context: &mut Context,
        now: Instant,
        command: &Command,
        failure: Failure,
        retry_after: Option<Duration>,
    ) {
        match &mut self.kept {
            Some(kept) if command.kind == Kind::Refresh && failure.is_temporary() => {
                let delay = limits::FIRST_DELAY.saturating_mul(1 << kept.failures.min(6));
                kept.failures = kept.failures.saturating_add(1);
                kept.refresh_at = now
                    + retry_after
                        .unwrap_or(delay)
                        .clamp(limits::FIRST_DELAY, limits::LAST_DELAY);
            }
            _ => self.kept = None,
        }
        context.failed(command.op, failure);
    }
}

/// For how long our contact is bound: "the expires parameter or, if absent, the Expires field value" (RFC 3261 section
/// 10.2.4).
fn granted(context: &Context, response: &Message) -> Option<u32> {
    let ours = context.identity.contact().as_uri();
    let of_contact = response
        .typed_all::<Contact>()
        .filter_map(Result::ok)
        .find(|contact| contact.uri().is_some_and(|uri| uri.equivalent(&ours)))
        .and_then(|contact| contact.expires());
    of_contact.or_else(|| match response.typed::<Expires>() {
        Ok(Some(Expires(seconds))) => Some(seconds),
        _ => None,
    })
}

/// What a 423 asks for: "MAY retry the registration after making the expiration interval [...] equal to or greater
/// than the expiration interval within the Min-Expires" (RFC 3261 section 10.2.8). Once.
fn longer(response: &Message, under_way: &UnderWay) -> Option<u32> {
    if response.status() != Some(StatusCode::INTERVAL_TOO_BRIEF) || under_way.is_longer {
        return None;
    }
    let MinExpires(seconds) = response.typed::<MinExpires>().ok().flatten()?;
    let asked = under_way.command.options.expires;
    (asked > 0 && seconds > asked).then_some(seconds)
}

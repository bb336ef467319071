use std::{collections::VecDeque, time::Instant};

use sip_message::{
    HeaderName, Message, Method, StatusCode, UriBuf, ValueError,
    headers::{CSeq, Event, Expires, MinExpires, SipEtag, SipIfMatch, UserAgent},
};

use crate::{
    Body, clock,
    dialog::{self, Outgoing},
    random::Random,
    refresh,
};

mod io;
#[cfg(test)]
mod tests;

pub use io::{PublisherConfig, PublisherInput, PublisherOutput};

/// One publication of event state, as its event publication agent (RFC 3903 section 4).
///
/// It refreshes itself, asks for longer after a 423 and publishes the whole state anew after a 412. One PUBLISH is
/// under way at a time: what is published meanwhile waits, and the newest state wins, so that there is one document at
/// the compositor however fast the state changes.
///
/// A PUBLISH that fails is reported. While there is a publication that it would have kept up or replaced, it is tried
/// again when the reason may go away (no response, 408, most of 5xx); a first one is left to the program.
#[derive(Debug)]
pub struct Publisher {
    config: PublisherConfig,
    call_id: String,
    local_tag: String,
    /// Of the last PUBLISH.
    cseq: u32,
    /// What is to be published; `None` when nothing is.
    state: Option<Body>,
    /// Whether the compositor may have another state than this.
    is_changed: bool,
    /// Whether it was given while a PUBLISH was under way.
    is_waiting: bool,
    is_removing: bool,
    publication: Option<Publication>,
    request: Option<Request>,
    refresh_at: Option<Instant>,
    outputs: VecDeque<PublisherOutput>,
}

/// What the compositor has.
#[derive(Debug)]
struct Publication {
    entity_tag: String,
    expires_at: Instant,
}

/// A PUBLISH that is under way.
#[derive(Debug)]
struct Request {
    cseq: u32,
    operation: Operation,
    expires: u32,
    /// It has a SIP-If-Match.
    is_conditional: bool,
    /// It asks for longer because of a 423.
    was_brief: bool,
    /// It was challenged with this status, and credentials are awaited.
    challenge: Option<StatusCode>,
}

/// RFC 3903 section 4.1: with a publication `Publish` modifies it, without it is the initial one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Publish,
    Refresh,
    Remove,
}

impl Publisher {
    /// A publisher that has not published yet.
    ///
    /// # Errors
    /// When a text of the configuration is not what it has to be.
    pub fn new(config: PublisherConfig, seed: [u8; 32]) -> Result<Self, ValueError> {
        if let Some(text) = &config.user_agent {
            UserAgent::new(text)?;
        }
        let mut random = Random::new(seed);
        let publisher = Self {
            config,
            call_id: random.call_id(),
            local_tag: random.token(),
            cseq: 0,
            state: None,
            is_changed: false,
            is_waiting: false,
            is_removing: false,
            publication: None,
            request: None,
            refresh_at: None,
            outputs: VecDeque::new(),
        };
        publisher.message(Operation::Refresh, 0, &[])?;
        Ok(publisher)
    }

    /// The entity-tag of what is published.
    #[must_use]
    pub fn entity_tag(&self) -> Option<&str> {
        self.publication.as_ref().map(|publication| &*publication.entity_tag)
    }

    /// What came from outside.
    pub fn handle_input(&mut self, now: Instant, input: PublisherInput<'_>) {
        match input {
            PublisherInput::Failed => {
                if self.request.as_ref().is_some_and(|request| request.challenge.is_none())
                    && let Some(request) = self.request.take()
                {
                    self.refused(now, &request, None);
                }
            }
            PublisherInput::Response(response) => self.response(now, response),
            PublisherInput::Timeout => {
                if self.poll_timeout().is_some_and(|due| due <= now) {
                    self.refresh_at = None;
                    self.refresh(now);
                }
            }
        }
    }

    /// Publishes this state in place of any before it.
    pub fn publish(&mut self, now: Instant, state: Body) {
        self.state = Some(state);
        self.is_changed = true;
        self.is_waiting = self.request.is_some();
        self.is_removing = false;
        self.advance(now);
    }

    /// Takes the state back.
    pub fn remove(&mut self, now: Instant) {
        self.state = None;
        self.is_changed = false;
        self.is_waiting = false;
        self.is_removing = true;
        self.refresh_at = None;
        if self.publication.is_none() && self.request.as_ref().is_some_and(|request| request.challenge.is_some()) {
            // The challenge of an initial publication need not be answered any more.
            self.request = None;
        }
        self.advance(now);
    }

    /// The seconds to ask for from the next PUBLISH on.
    pub const fn set_expires(&mut self, expires: u32) {
        self.config.expires = expires;
    }

    /// Sends the challenged request again with these headers and the next CSeq (RFC 3261 section 22.2), or what has
    /// taken its place meanwhile. A header whose value is not one line of text is left out.
    pub fn retry(&mut self, now: Instant, headers: &[(HeaderName, String)]) {
        if let Some(request) = self.request.take_if(|request| request.challenge.is_some()) {
            let operation = match request.operation {
                _ if self.is_removing => Operation::Remove,
                _ if self.is_changed => Operation::Publish,
                operation => operation,
            };
            self.send(now, operation, request.expires, request.was_brief, headers);
        }
    }

    /// Gives up on a challenge. What was published before is neither replaced nor refreshed; the next
    /// [`Publisher::publish`] tries again.
    pub fn abandon(&mut self, _now: Instant) {
        if let Some(request) = self.request.take_if(|request| request.challenge.is_some()) {
            self.give_up();
            let status = request.challenge;
            self.outputs.push_back(PublisherOutput::Failed { status });
        }
    }

    /// What is to be done next. Drain it before the next input.
    pub fn poll_output(&mut self) -> Option<PublisherOutput> {
        self.outputs.pop_front()
    }

    /// When `Timeout` is due. There is none while a PUBLISH is under way: its end always comes from the transaction.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.refresh_at.filter(|_| self.request.is_none())
    }

    /// Sends what the program has asked for and is not sent yet.
    fn advance(&mut self, now: Instant) {
        if self.request.is_some() {
            return;
        }
        if self.is_removing {
            self.send(now, Operation::Remove, 0, false, &[]);
        } else if self.is_changed {
            self.send(now, Operation::Publish, self.config.expires, false, &[]);
        }
    }

    fn refresh(&mut self, now: Instant) {
        let operation = if self.is_changed {
            Operation::Publish
        } else {
            Operation::Refresh
        };
        self.send(now, operation, self.config.expires, false, &[]);
    }

    fn response(&mut self, now: Instant, response: &Message) {
        let Some(status) = response.status().filter(|status| status.is_final()) else {
            return;
        };
        let Some(request) = &mut self.request else {
            return;
        };
        if !dialog::answers(response, &self.call_id, request.cseq) || request.challenge.is_some() {
            return;
        }
        if dialog::is_challenge(status) {
            request.challenge = Some(status);
            let response = response.clone();
            self.outputs.push_back(PublisherOutput::Challenged { response });
        } else if let Some(request) = self.request.take() {
            if !status.is_success() {
                self.refused(now, &request, Some((status, response)));
            } else if request.operation == Operation::Remove {
                self.removed(now);
            } else {
                self.published(now, &request, status, response);
            }
        }
    }

    fn removed(&mut self, now: Instant) {
        self.publication = None;
        self.is_removing = false;
        self.refresh_at = None;
        self.outputs.push_back(PublisherOutput::Removed);
        self.advance(now);
    }

    fn published(&mut self, now: Instant, request: &Request, status: StatusCode, response: &Message) {
        self.is_changed = self.is_waiting;
        let Ok(Some(entity_tag)) = response.typed::<SipEtag>() else {
            // Without its name what was published cannot be refreshed: it is no publication of RFC 3903.
            self.publication = None;
            let status = Some(status);
            self.outputs.push_back(PublisherOutput::Failed { status });
            return self.advance(now);
        };
        let entity_tag = entity_tag.as_str().to_owned();
        let expires = response.typed::<Expires>().ok().flatten();
        let expires = expires.map_or(request.expires, |Expires(seconds)| seconds.min(request.expires));
        // Granted no time, it is gone again.
        let lasts = expires > 0;
        self.publication = lasts.then(|| Publication {
            entity_tag: entity_tag.clone(),
            expires_at: clock::after(now, expires),
        });
        self.refresh_at = lasts.then(|| clock::after(now, refresh::refresh_in(expires)));
        self.outputs
            .push_back(PublisherOutput::Published { entity_tag, expires });
        self.advance(now);
    }

    /// A final response other than 2xx, or none.
    fn refused(&mut self, now: Instant, request: &Request, response: Option<(StatusCode, &Message)>) {
        let status = response.map(|(status, _)| status);
        if status == Some(StatusCode::CONDITIONAL_REQUEST_FAILED) && request.is_conditional {
            // The entity-tag is to be discarded and the whole state published anew (RFC 3903 section 5).
            self.publication = None;
            if request.operation == Operation::Remove {
                return self.removed(now);
            }
            self.is_changed = self.state.is_some();
            return self.advance(now);
        }
        if let Some((StatusCode::INTERVAL_TOO_BRIEF, response)) = response
            && let Ok(Some(MinExpires(min))) = response.typed()
            && request.expires > 0
            && request.expires < min
            && !request.was_brief
            && !self.is_removing
        {
            self.config.expires = self.config.expires.max(min);
            let operation = if self.is_changed {
                Operation::Publish
            } else {
                request.operation
            };
            return self.send(now, operation, min, true, &[]);
        }
        self.outputs.push_back(PublisherOutput::Failed { status });
        if request.operation == Operation::Remove {
            self.is_removing = false;
        }
        if self.is_removing || self.is_waiting {
            return self.advance(now);
        }
        match &self.publication {
            Some(publication) if self.state.is_some() && may_pass(status) => {
                let left = clock::seconds_until(now, publication.expires_at) / 2;
                let delay = refresh::retry_delay(response.map(|(_, response)| response));
                self.refresh_at = Some(clock::after(now, delay.unwrap_or(left).max(1)));
            }
            _ => self.give_up(),
        }
    }

    /// Nothing more happens until the program asks for it.
    fn give_up(&mut self) {
        self.state = None;
        self.is_changed = false;
        self.is_waiting = false;
        self.is_removing = false;
        self.refresh_at = None;
    }

    fn send(
        &mut self,
        now: Instant,
        operation: Operation,
        expires: u32,
        was_brief: bool,
        headers: &[(HeaderName, String)],
    ) {
        // What has expired is not there any more: a condition on it would only be answered with 412.
        self.publication.take_if(|publication| publication.expires_at <= now);
        let (operation, expires) = match operation {
            Operation::Remove if self.publication.is_none() => {
                self.is_removing = false;
                self.outputs.push_back(PublisherOutput::Removed);
                return;
            }
            Operation::Remove => (Operation::Remove, 0),
            Operation::Refresh if self.publication.is_none() => (Operation::Publish, expires),
            operation => (operation, expires),
        };
        self.cseq = (self.cseq + 1).min(CSeq::MAX);
        let Ok((request, target)) = self.message(operation, expires, headers) else {
            self.give_up();
            self.outputs.push_back(PublisherOutput::Failed { status: None });
            return;
        };
        self.is_waiting = false;
        self.refresh_at = None;
        self.request = Some(Request {
            cseq: self.cseq,
            operation,
            expires,
            is_conditional: self.publication.is_some(),
            was_brief,
            challenge: None,
        });
        self.outputs.push_back(PublisherOutput::Send { request, target });
    }

    fn message(
        &self,
        operation: Operation,
        expires: u32,
        headers: &[(HeaderName, String)],
    ) -> Result<(Message, UriBuf), ValueError> {
        let config = &self.config;
        let (builder, next_hop) = Outgoing {
            method: Method::Publish,
            local: &config.local,
            local_tag: &self.local_tag,
            remote: &format!("<{}>", config.target),
            remote_tag: "",
            call_id: &self.call_id,
            cseq: self.cseq,
            target: config.target.as_str(),
            route_set: &config.route,
        }
        .start()?;
        let builder = builder.header(&Event::new(&config.package)?).header(&Expires(expires));
        let builder = match self.entity_tag() {
            Some(entity_tag) => builder.header(&SipIfMatch::new(entity_tag)?),
            None => builder,
        };
        let builder = dialog::add_user_agent(builder, config.user_agent.as_deref());
        let builder = headers
            .iter()
            .fold(builder, |builder, (name, value)| dialog::add_raw(builder, *name, value));
        let builder = match &self.state {
            Some(state) if operation == Operation::Publish => state.add_to(builder),
            _ => builder,
        };
        Ok((builder.build(), next_hop))
    }
}

/// Whether the same PUBLISH may work later: the server was out of reach or out of order, and did not say that it will
/// never do this.
fn may_pass(status: Option<StatusCode>) -> bool {
    match status {
        None | Some(StatusCode::REQUEST_TIMEOUT) => true,
        Some(StatusCode::NOT_IMPLEMENTED | StatusCode::VERSION_NOT_SUPPORTED | StatusCode::MESSAGE_TOO_LARGE) => false,
        Some(status) => (500..600).contains(&status.as_u16()),
    }
}

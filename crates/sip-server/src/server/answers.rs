use std::time::Instant;

use sip_message::{HeaderName, Message, MessageBuilder, RawValue, StatusCode};

use super::{Pending, Server};
use crate::{
    Event,
    address::{sender, to},
    authentication::Role,
};

/// What the server does for requests to itself or its users (RFC 3261 section 20.5).
const ALLOW: &str = "MESSAGE, OPTIONS, PUBLISH, REGISTER, SUBSCRIBE";
const EVENTS: &str = "presence";

impl Server {
    pub(super) fn options(&mut self, now: Instant, pending: &Pending) {
        let response = self.response(&pending.request, StatusCode::OK);
        let response = raw(response, HeaderName::ALLOW, ALLOW);
        let response = raw(response, HeaderName::ALLOW_EVENTS, EVENTS);
        let accept = [pidf::MEDIA_TYPE, pidf::MEDIA_TYPE_CPIM_PIDF].join(", ");
        let response = raw(response, HeaderName::ACCEPT, &accept);
        self.answer(now, pending, response.build(), None);
    }

    pub(super) fn unsupported(&mut self, now: Instant, pending: &Pending, tags: &str) {
        let response = self.response(&pending.request, StatusCode::BAD_EXTENSION);
        let response = raw(response, HeaderName::UNSUPPORTED, tags).build();
        self.answer(now, pending, response, Some(tags));
    }

    pub(super) fn not_allowed(&mut self, pending: &Pending, status: StatusCode) {
        let response = raw(self.response(&pending.request, status), HeaderName::ALLOW, ALLOW).build();
        // An INVITE's transaction is not kept: its ACK matches nothing, and is dropped.
        self.answer_stateless(pending, response, None);
    }

    /// Statelessly, so that a client that retries with the same branch is heard (RFC 3261 section 26.3.2.4).
    pub(super) fn challenge(&mut self, now: Instant, pending: &Pending, role: Role, stale: bool, reason: &str) {
        let calendar = self.calendar(now);
        let challenges = self.authentication.challenges(calendar, stale);
        let response = self.response(&pending.request, role.status());
        let response = challenges.iter().fold(response, |response, challenge| {
            raw(response, role.challenge_header(), challenge)
        });
        self.answer_stateless(pending, response.build(), Some(reason));
    }

    pub(super) fn refuse(&mut self, now: Instant, pending: &Pending, status: StatusCode, reason: Option<&str>) {
        let response = self.response(&pending.request, status).build();
        self.answer(now, pending, response, reason);
    }

    pub(super) fn response(&mut self, request: &Message, status: StatusCode) -> MessageBuilder {
        let tag = self.tag();
        let response = MessageBuilder::reply_to(request, status, Some(&tag)).expect("hexadecimal is a token");
        match &self.config.server {
            Some(server) => raw(response, HeaderName::SERVER, server),
            None => response,
        }
    }

    pub(super) fn answer(&mut self, now: Instant, pending: &Pending, response: Message, reason: Option<&str>) {
        self.answered(pending, &response, reason);
        self.transactions.send_response(now, pending.id, response);
    }

    pub(super) fn answer_stateless(&mut self, pending: &Pending, response: Message, reason: Option<&str>) {
        self.answered(pending, &response, reason);
        self.transactions.send_response_stateless(pending.id, response);
    }

    pub(super) fn answered(&mut self, pending: &Pending, response: &Message, reason: Option<&str>) {
        let Some(status) = response.status() else {
            return;
        };
        self.event(Event::Answered {
            method: pending
                .request
                .method()
                .map(|method| method.to_string())
                .unwrap_or_default(),
            from: sender(&pending.request),
            to: to(&pending.request),
            status,
            reason: reason.unwrap_or(status.reason()).to_owned(),
            flow: pending.flow,
        });
    }
}

/// Adds a header whose value is of our own making, or was checked when it was configured.
pub(super) fn raw(builder: MessageBuilder, name: HeaderName, value: &str) -> MessageBuilder {
    match RawValue::new(value) {
        Ok(value) => builder.raw(name, value),
        Err(_) => builder,
    }
}

use std::{collections::VecDeque, iter, time::Instant};

use sip_message::{
    HeaderName, Message, Method, RawValue, StatusCode, UriBuf, ValueError,
    headers::{Event, Expires, MediaType, MinExpires, To, UserAgent},
};

use crate::{
    RequestId,
    dialog::{self, Outgoing},
    package,
    random::Random,
    refresh,
};

mod io;
mod notification;
mod subscription;
#[cfg(test)]
mod tests;

pub use io::{EndReason, SubscriberConfig, SubscriberInput, SubscriberOutput};

use notification::Notification;
use subscription::{DEFAULT_EXPIRES, Peer, Request, Subscription};

/// One subscription to the state of one resource, as its subscriber (RFC 6665 section 4.1).
///
/// It refreshes itself, takes a NOTIFY that comes before the 2xx, asks for longer after a 423 and subscribes anew when
/// a refresh is answered with 481. Whether to subscribe again after any other end is for the program to decide:
/// [`Subscriber::subscribe`] may be called again. A NOTIFY of another branch of a forked SUBSCRIBE is answered with
/// 481: as RFC 3856 section 6.9 has it, there is one dialog.
///
/// While a request is under way no timer runs; what ends it ([`SubscriberInput::Response`] or
/// [`SubscriberInput::Failed`]) always comes from the transaction.
#[derive(Debug)]
pub struct Subscriber {
    config: SubscriberConfig,
    random: Random,
    // Absent before the first SUBSCRIBE and after the end.
    subscription: Option<Subscription>,
    outputs: VecDeque<SubscriberOutput>,
}

impl Subscriber {
    /// A subscriber that has not subscribed yet.
    ///
    /// # Errors
    /// When a text of the configuration is not what it has to be.
    pub fn new(config: SubscriberConfig, seed: [u8; 32]) -> Result<Self, ValueError> {
        for media_type in &config.accept {
            MediaType::parse(media_type)?;
        }
        if let Some(text) = &config.user_agent {
            UserAgent::new(text)?;
        }
        let random = Random::new(seed);
        let trial = Subscription::new(&mut random.clone(), false);
        let subscriber = Self {
            config,
            random,
            subscription: None,
            outputs: VecDeque::new(),
        };
        subscriber.request(&trial, Some(0), &[])?;
        Ok(subscriber)
    }

    /// Whether the subscription is up: accepted, and not ended.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.subscription.as_ref().is_some_and(Subscription::is_established)
    }

    /// Whether a NOTIFY is for this subscriber: by Call-ID and tag, never by Request-URI.
    #[must_use]
    pub fn matches(&self, notify: &Message) -> bool {
        let Some(subscription) = &self.subscription else {
            return false;
        };
        let is_of_call = dialog::is_of_call(notify, &subscription.call_id);
        let to = notify.typed::<To>().ok().flatten();
        let is_to_us = to.is_some_and(|to| to.tag() == Some(&subscription.local_tag));
        notify.method() == Some(Method::Notify) && is_of_call && is_to_us
    }

    /// What came from outside. Whatever it is, it is dealt with; a NOTIFY is answered.
    pub fn handle_input(&mut self, now: Instant, input: SubscriberInput<'_>) {
        match input {
            SubscriberInput::Failed => {
                if let Some(request) = self.take_request() {
                    self.refused(now, &request, None);
                }
            }
            SubscriberInput::Notify { id, request } => self.notify(now, id, request),
            SubscriberInput::Response(response) => self.response(now, response),
            SubscriberInput::Timeout => self.timeout(now),
        }
    }

    /// Begins a subscription; refreshes one that there is.
    pub fn subscribe(&mut self, now: Instant) {
        if self.subscription.is_some() {
            return self.refresh(now);
        }
        let is_fetch = self.config.expires == Some(0);
        self.subscription = Some(Subscription::new(&mut self.random, is_fetch));
        self.send(now, self.config.expires, false, &[]);
    }

    /// Asks for the state again and for more time. Nothing when there is no subscription, when it is being ended, or
    /// when a request is under way already.
    pub fn refresh(&mut self, now: Instant) {
        if let Some(subscription) = &mut self.subscription
            && subscription.request.is_none()
            && !subscription.is_leaving
        {
            subscription.is_leaving = self.config.expires == Some(0);
            self.send(now, self.config.expires, false, &[]);
        }
    }

    /// Ends the subscription: as soon as the request that is under way allows, and with a last NOTIFY.
    pub fn unsubscribe(&mut self, now: Instant) {
        let Some(subscription) = &mut self.subscription else {
            return;
        };
        if subscription.is_leaving {
            return;
        }
        subscription.is_leaving = true;
        let may_leave = match &subscription.request {
            None => true,
            // The challenge of a first SUBSCRIBE need not be answered any more.
            Some(request) => request.challenge.is_some() && subscription.peer.is_none(),
        };
        if may_leave {
            self.leave(now);
        }
    }

    /// The seconds to ask for from the next SUBSCRIBE on.
    pub const fn set_expires(&mut self, expires: u32) {
        self.config.expires = Some(expires);
    }

    /// Sends the challenged request again with these headers and the next CSeq (RFC 3261 section 22.2). A header
    /// whose value is not one line of text is left out.
    pub fn retry(&mut self, now: Instant, headers: &[(HeaderName, String)]) {
        if let Some(subscription) = &self.subscription
            && let Some(request) = &subscription.request
            && request.challenge.is_some()
        {
            let (expires, was_brief) = (request.expires, request.was_brief);
            let expires = if subscription.is_leaving { Some(0) } else { expires };
            self.send(now, expires, was_brief, headers);
        }
    }

    /// Gives up on a challenge, and on the subscription.
    pub fn abandon(&mut self, _now: Instant) {
        if let Some(subscription) = &self.subscription
            && let Some(request) = &subscription.request
            && let Some(status) = request.challenge
        {
            self.finish(EndReason::Rejected(status));
        }
    }

    /// What is to be done next. Drain it before the next input.
    pub fn poll_output(&mut self) -> Option<SubscriberOutput> {
        self.outputs.pop_front()
    }

    /// When `Timeout` is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let subscription = self.subscription.as_ref()?;
        if subscription.request.is_some() {
            return None;
        }
        let deadlines = [subscription.notify_by, subscription.refresh_at, subscription.expires_at];
        deadlines.into_iter().flatten().min()
    }

    fn timeout(&mut self, now: Instant) {
        let Some(subscription) = &self.subscription else {
            return;
        };
        if self.poll_timeout().is_none_or(|due| due > now) {
            return;
        }
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        let refresh_first = match (subscription.refresh_at, subscription.expires_at) {
            (Some(refresh_at), Some(expires_at)) => refresh_at <= expires_at,
            (refresh_at, _) => refresh_at.is_some(),
        };
        if is_due(subscription.notify_by) || !refresh_first {
            self.finish(if subscription.is_leaving {
                EndReason::Unsubscribed
            } else {
                EndReason::Timeout
            });
        } else {
            self.refresh(now);
        }
    }

    fn take_request(&mut self) -> Option<Request> {
        let request = &mut self.subscription.as_mut()?.request;
        if request.as_ref()?.challenge.is_some() {
            return None;
        }
        request.take()
    }

    fn response(&mut self, now: Instant, response: &Message) {
        let Some(status) = response.status().filter(|status| status.is_final()) else {
            return;
        };
        let Some(subscription) = &mut self.subscription else {
            return;
        };
        let Some(request) = &mut subscription.request else {
            return;
        };
        if !dialog::answers(response, &subscription.call_id, request.cseq) || request.challenge.is_some() {
            return;
        }
        if dialog::is_challenge(status) {
            request.challenge = Some(status);
            let response = response.clone();
            self.outputs.push_back(SubscriberOutput::Challenged { response });
        } else if let Some(request) = subscription.request.take() {
            if status.is_success() {
                self.accepted(now, &request, response);
            } else {
                self.refused(now, &request, Some((status, response)));
            }
        }
    }

    fn accepted(&mut self, now: Instant, request: &Request, response: &Message) {
        let Some(subscription) = &mut self.subscription else {
            return;
        };
        subscription.is_accepted = true;
        match &mut subscription.peer {
            None => subscription.peer = Peer::of_response(response),
            Some(peer) => {
                if let Ok(Some(target)) = dialog::remote_target(response) {
                    peer.target = target;
                }
            }
        }
        let no_notify = response.status() == Some(StatusCode::NO_NOTIFICATION);
        if no_notify {
            subscription.notify_by = None;
        }
        let expires = response.typed::<Expires>().ok().flatten();
        let granted = match expires {
            Some(Expires(seconds)) => seconds.min(request.expires.unwrap_or(u32::MAX)),
            None => request.expires.unwrap_or(DEFAULT_EXPIRES),
        };
        if request.expires != Some(0) {
            if granted > 0 || no_notify {
                subscription.lasts(now, granted);
            }
            self.outputs
                .push_back(SubscriberOutput::Established { expires: granted });
            if subscription.is_leaving {
                self.leave(now);
            }
        } else if no_notify {
            self.finish(EndReason::Unsubscribed);
        }
    }

    /// A final response other than 2xx, or none.
    fn refused(&mut self, now: Instant, request: &Request, response: Option<(StatusCode, &Message)>) {
        let Some(subscription) = &mut self.subscription else {
            return;
        };
        if let Some((StatusCode::INTERVAL_TOO_BRIEF, response)) = response
            && let Ok(Some(MinExpires(min))) = response.typed()
            && request.expires != Some(0)
            && request.expires < Some(min)
            && !request.was_brief
            && !subscription.is_leaving
        {
            self.config.expires = self.config.expires.max(Some(min));
            return self.send(now, Some(min), true, &[]);
        }
        let status = response.map(|(status, _)| status);
        let reason = match status {
            _ if subscription.is_leaving => EndReason::Unsubscribed,
            Some(status) => EndReason::Rejected(status),
            None => EndReason::Failed,
        };
        let is_refresh = subscription.peer.as_ref().is_some_and(|peer| peer.is_confirmed);
        if !is_refresh || request.expires == Some(0) {
            return self.finish(reason);
        }
        match status {
            Some(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST)
                if subscription.is_accepted && !subscription.is_leaving =>
            {
                // The notifier has forgotten us; a new dialog is needed.
                self.subscription = None;
                self.subscribe(now);
            }
            Some(status) if ends_subscription(status) => self.finish(reason),
            // The subscription goes on for as long as was granted (RFC 6665 section 4.1.2.2).
            _ if subscription.is_leaving => self.leave(now),
            _ => {
                subscription.notify_by = None;
                let delay = refresh::retry_delay(response.map(|(_, response)| response));
                subscription.try_again(now, delay);
            }
        }
    }

    fn notify(&mut self, now: Instant, id: RequestId, request: &Message) {
        let notification = if self.matches(request) {
            Notification::read(request, &self.config.package)
        } else {
            Err(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST)
        };
        let taken = notification.and_then(|notification| {
            let subscription = self.subscription.as_mut();
            let subscription = subscription.ok_or(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST)?;
            let expires = self.config.expires.unwrap_or(DEFAULT_EXPIRES);
            let is_new = subscription.take(now, &notification, expires)?;
            Ok(is_new.then_some(notification))
        });
        let status = taken.as_ref().map_or_else(|status| *status, |_| StatusCode::OK);
        let response = self.answer(request, status);
        self.outputs.push_back(SubscriberOutput::Respond { id, response });
        let Ok(Some(notification)) = taken else {
            return;
        };
        let terminated = notification.is_terminated;
        let is_leaving = self
            .subscription
            .as_ref()
            .is_some_and(|subscription| subscription.is_leaving);
        self.outputs.push_back(SubscriberOutput::Notified {
            state: notification.body,
            subscription_state: notification.state,
            terminated,
        });
        if terminated {
            self.finish(if is_leaving {
                EndReason::Unsubscribed
            } else {
                EndReason::Terminated {
                    reason: notification.reason,
                    retry_after: notification.retry_after,
                }
            });
        }
    }

    /// The answer to a NOTIFY.
    fn answer(&mut self, request: &Message, status: StatusCode) -> Message {
        let server = self.config.user_agent.as_deref();
        let to_tag = self.random.token();
        match status {
            StatusCode::BAD_EVENT => {
                let names = iter::once(&*self.config.package);
                package::bad_event(request, &to_tag, names, server)
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                let builder = dialog::response(request, status, &to_tag, server);
                dialog::add_raw(builder, HeaderName::ACCEPT_ENCODING, "identity").build()
            }
            _ => dialog::response(request, status, &to_tag, server).build(),
        }
    }

    /// Sends the SUBSCRIBE that ends the subscription, when there is a dialog for it.
    fn leave(&mut self, now: Instant) {
        let has_peer = self
            .subscription
            .as_ref()
            .is_some_and(|subscription| subscription.peer.is_some());
        if has_peer {
            self.send(now, Some(0), false, &[]);
        } else {
            self.finish(EndReason::Unsubscribed);
        }
    }

    fn finish(&mut self, reason: EndReason) {
        self.subscription = None;
        self.outputs.push_back(SubscriberOutput::Ended { reason });
    }

    fn send(&mut self, now: Instant, expires: Option<u32>, was_brief: bool, headers: &[(HeaderName, String)]) {
        let Some(mut subscription) = self.subscription.take() else {
            return;
        };
        subscription.begin_request(now, expires, was_brief);
        match self.request(&subscription, expires, headers) {
            Ok((request, target)) => {
                self.subscription = Some(subscription);
                self.outputs.push_back(SubscriberOutput::Send { request, target });
            }
            Err(_) => self.finish(EndReason::Failed),
        }
    }

    fn request(
        &self,
        subscription: &Subscription,
        expires: Option<u32>,
        headers: &[(HeaderName, String)],
    ) -> Result<(Message, UriBuf), ValueError> {
        let config = &self.config;
        let peer = subscription.peer.as_ref();
        let (builder, next_hop) = Outgoing {
            method: Method::Subscribe,
            local: &config.local,
            local_tag: &subscription.local_tag,
            remote: &format!("<{}>", config.target),
            remote_tag: peer.map_or("", |peer| &peer.tag),
            call_id: &subscription.call_id,
            cseq: subscription.cseq,
            target: peer.map_or(config.target.as_str(), |peer| &peer.target),
            route_set: peer.map_or(&config.route, |peer| &peer.route_set),
        }
        .start()?;
        let builder = dialog::add_contact(builder, &config.contact).header(&Event::new(&config.package)?);
        let builder = match expires {
            Some(seconds) => builder.header(&Expires(seconds)),
            None => builder,
        };
        let builder = match config.accept.join(", ") {
            types if types.is_empty() => builder,
            types => builder.raw(HeaderName::ACCEPT, RawValue::new(&types)?),
        };
        let builder = dialog::add_user_agent(builder, config.user_agent.as_deref());
        let builder = headers
            .iter()
            .fold(builder, |builder, (name, value)| dialog::add_raw(builder, *name, value));
        Ok((builder.build(), next_hop))
    }
}

/// Whether a refresh that is refused so ends the subscription (RFC 6665 section 4.1.2.2).
const fn ends_subscription(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 405 | 410 | 416 | 480..=485 | 489 | 501 | 604)
}

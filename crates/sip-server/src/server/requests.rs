use std::time::{Duration, Instant};

use sip_digest::Ha1;
use sip_message::{
    Aor, Host, Message, Method, SipUri, StatusCode,
    headers::{ProxyRequire, Require, To, TypedHeader},
};

use super::{Pending, Server, Step, Waiting};
use crate::{
    Output, QueryId,
    address::{recipient, sender, to},
    authentication::{self, Presented, Role},
    proxy::{self, NotForwarded},
};

/// After this time whoever sent a request has given up on it (timer F of RFC 3261 section 17.1.2.2), and its transaction
/// here is gone: a lookup for it is not waited for any longer.
const GIVEN_UP: Duration = Duration::from_secs(32);

impl Server {
    /// A new request: what can be decided without credentials.
    pub(super) fn request(&mut self, now: Instant, pending: Pending) {
        let Some(method) = pending.request.method() else {
            return;
        };
        if let Some(unsupported) = required::<ProxyRequire>(&pending.request, |tag| tag.as_str()) {
            return self.unsupported(now, &pending, &unsupported);
        }
        match method {
            Method::Message => self.message(now, pending),
            Method::Options if names_user(&pending.request) => self.message(now, pending),
            Method::Options | Method::Publish | Method::Register | Method::Subscribe => {
                if let Some(unsupported) = required::<Require>(&pending.request, |tag| tag.as_str()) {
                    return self.unsupported(now, &pending, &unsupported);
                }
                if method == Method::Options {
                    return self.options(now, &pending);
                }
                self.own_request(now, pending);
            }
            // There is no transaction of that kind to cancel (RFC 3261 section 9.2).
            Method::Cancel => self.refuse(now, &pending, StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST, None),
            Method::Other(_) => self.not_allowed(&pending, StatusCode::NOT_IMPLEMENTED),
            _ => self.not_allowed(&pending, StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// REGISTER, SUBSCRIBE and PUBLISH: the server is their UAS. The event package comes before the credentials, as
    /// in the paper's figure 5.
    pub(super) fn own_request(&mut self, now: Instant, pending: Pending) {
        let is_register = pending.request.method() == Some(Method::Register);
        if !is_register && self.agent.check_event(&pending.request) == Err(StatusCode::BAD_EVENT) {
            let tag = self.tag();
            let response = self.agent.bad_event(&pending.request, &tag);
            return self.answer_stateless(&pending, response, Some("event package not supported"));
        }
        let identity = if is_register {
            to(&pending.request).filter(|_| self.is_registrar_of(&pending.request))
        } else {
            sender(&pending.request)
        };
        match identity.filter(|aor| self.is_own(aor)) {
            Some(identity) => self.authenticate(now, pending, Role::Server, identity),
            None if is_register => self.refuse(
                now,
                &pending,
                StatusCode::NOT_FOUND,
                Some("not a domain of this registrar"),
            ),
            None => self.refuse(
                now,
                &pending,
                StatusCode::FORBIDDEN,
                Some("the sender is of another domain"),
            ),
        }
    }

    /// MESSAGE, and OPTIONS for a user: the server is a proxy.
    pub(super) fn message(&mut self, now: Instant, pending: Pending) {
        match proxy::check(&self.config, &pending.request) {
            Ok(()) => {}
            Err(NotForwarded::ForeignRoute) => {
                return self.refuse(now, &pending, StatusCode::FORBIDDEN, Some("a Route to another host"));
            }
            Err(NotForwarded::Loop) => {
                return self.refuse(now, &pending, StatusCode::LOOP_DETECTED, None);
            }
            Err(NotForwarded::TooManyHops) => {
                return self.refuse(now, &pending, StatusCode::TOO_MANY_HOPS, None);
            }
            Err(NotForwarded::Unreadable(error)) => {
                return self.refuse(now, &pending, StatusCode::BAD_REQUEST, Some(&error.to_string()));
            }
        }
        match recipient(&pending.request) {
            Err(status) => self.refuse(now, &pending, status, None),
            Ok(recipient) if !self.is_own(&recipient) => {
                self.refuse(
                    now,
                    &pending,
                    StatusCode::NOT_FOUND,
                    Some("not a domain of this server"),
                );
            }
            Ok(_) => match sender(&pending.request).filter(|aor| self.is_own(aor)) {
                Some(identity) => self.authenticate(now, pending, Role::Proxy, identity),
                None => self.refuse(
                    now,
                    &pending,
                    StatusCode::FORBIDDEN,
                    Some("the sender is of another domain"),
                ),
            },
        }
    }

    /// Challenges, or looks up what the credentials must be.
    pub(super) fn authenticate(&mut self, now: Instant, pending: Pending, role: Role, identity: Aor) {
        let calendar = self.calendar(now);
        match self.authentication.presented(role, &pending.request, calendar) {
            Presented::Credentials(credentials) => {
                let user = credentials.username().to_owned();
                self.look_up(
                    now,
                    user,
                    pending,
                    Step::Credentials {
                        role,
                        credentials,
                        identity,
                    },
                );
            }
            Presented::Nothing => self.challenge(now, &pending, role, false, "no credentials"),
            Presented::Unreadable(reason) => self.refuse(now, &pending, StatusCode::BAD_REQUEST, Some(&reason)),
        }
    }

    pub(super) fn look_up(&mut self, now: Instant, user: String, pending: Pending, step: Step) {
        while let Some(oldest) = self.waiting.first_entry()
            && now.saturating_duration_since(oldest.get().since) >= GIVEN_UP
        {
            oldest.remove();
        }
        if self.waiting.len() >= self.config.limits.pending {
            return self.refuse(
                now,
                &pending,
                StatusCode::SERVICE_UNAVAILABLE,
                Some("too many requests wait"),
            );
        }
        let algorithm = match &step {
            Step::Credentials { credentials, .. } => credentials.effective_algorithm(),
            _ => self.config.algorithms.as_slice().first().copied(),
        };
        let id = QueryId(self.next_id());
        let waiting = Waiting {
            pending,
            step,
            since: now,
        };
        self.waiting.insert(id, waiting);
        self.outputs.push_back(Output::LookupCredentials {
            id,
            user,
            realm: self.config.realm.clone(),
            algorithm: algorithm.unwrap_or_default(),
        });
    }

    pub(super) fn looked_up(&mut self, now: Instant, id: QueryId, ha1: Option<&Ha1>) {
        let Some(Waiting { pending, step, .. }) = self.waiting.remove(&id) else {
            return;
        };
        match step {
            Step::Credentials {
                role,
                credentials,
                identity,
            } => {
                let calendar = self.calendar(now);
                if let Err(rejection) = self
                    .authentication
                    .verify(&credentials, ha1, &pending.request, calendar)
                {
                    let reason = rejection.to_string();
                    return self.challenge(now, &pending, role, rejection.is_stale(), &reason);
                }
                // Credentials of one user do not let him speak as another (RFC 3261 section 22, RFC 3428 section 11).
                if !authentication::is_user(credentials.username(), &identity) {
                    let reason = format!("{} may not act as {identity}", credentials.username());
                    return self.refuse(now, &pending, StatusCode::FORBIDDEN, Some(&reason));
                }
                self.authenticated(now, pending, identity);
            }
            Step::Recipient { .. } if ha1.is_none() => self.refuse(now, &pending, StatusCode::NOT_FOUND, None),
            Step::Recipient { watcher, recipient } => match pending.request.method() {
                Some(Method::Subscribe) => self.subscribe(now, pending, recipient, watcher),
                _ => self.forward(now, pending, &recipient),
            },
        }
    }

    pub(super) fn authenticated(&mut self, now: Instant, pending: Pending, identity: Aor) {
        match pending.request.method() {
            Some(Method::Register) => self.register(now, &pending, &identity),
            Some(Method::Publish) => match recipient(&pending.request) {
                Ok(presentity) if presentity == identity => self.publish(now, pending, identity),
                Ok(_) => self.refuse(
                    now,
                    &pending,
                    StatusCode::FORBIDDEN,
                    Some("only a user's own state can be published"),
                ),
                Err(status) => self.refuse(now, &pending, status, None),
            },
            // Of a dialog, which Call-ID and tags name and not the Request-URI: the agent finds it or answers 481.
            Some(Method::Subscribe) if has_to_tag(&pending.request) => {
                self.subscribe(now, pending, identity.clone(), identity);
            }
            _ => match recipient(&pending.request) {
                Ok(recipient) if self.is_own(&recipient) => {
                    let user = authentication::user_of(&recipient);
                    self.look_up(
                        now,
                        user,
                        pending,
                        Step::Recipient {
                            watcher: identity,
                            recipient,
                        },
                    );
                }
                Ok(_) => self.refuse(
                    now,
                    &pending,
                    StatusCode::NOT_FOUND,
                    Some("not a domain of this server"),
                ),
                Err(status) => self.refuse(now, &pending, status, None),
            },
        }
    }

    /// Whether the Request-URI of a REGISTER names a domain of this registrar (RFC 3261 section 10.3 steps 1 and 5). An
    /// IP address names the machine, which the request has found.
    fn is_registrar_of(&self, request: &Message) -> bool {
        let uri = request.request_uri();
        let host = uri.ok().and_then(|uri| uri.as_sip().map(SipUri::host));
        host.is_some_and(|host| host.ip().is_some() || proxy::is_own_domain(&self.config, &host))
    }

    pub(super) fn is_own(&self, aor: &Aor) -> bool {
        Host::parse(aor.domain()).is_ok_and(|host| proxy::is_own_domain(&self.config, &host))
    }
}

/// The option tags that a request requires; none is supported.
fn required<'a, H: TypedHeader<'a> + 'a>(request: &'a Message, tag: impl Fn(&H) -> &'a str) -> Option<String> {
    let tags: Vec<&str> = request
        .typed_all::<H>()
        .filter_map(|element| element.ok().map(|element| tag(&element)))
        .collect();
    (!tags.is_empty()).then(|| tags.join(", "))
}

fn has_to_tag(request: &Message) -> bool {
    request
        .typed::<To>()
        .is_ok_and(|to| to.is_some_and(|to| to.tag().is_some()))
}

fn names_user(request: &Message) -> bool {
    request
        .request_uri()
        .is_ok_and(|uri| uri.as_sip().is_some_and(|sip| sip.user().is_some()))
}

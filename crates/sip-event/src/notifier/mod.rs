use std::{
    collections::VecDeque,
    time::{Instant, SystemTime},
};

use sip_message::{
    Aor, HeaderName, Message, StatusCode,
    headers::{Accept, CSeq, Expires, MediaType, MinExpires, RetryAfter, SubscriptionState},
};

use crate::{
    Body, RequestId,
    clock::{self, Clock},
    dialog::{self, Ids},
    package,
    random::Random,
};

mod config;
mod io;
mod notify;
mod record;
mod subscribe;
mod table;
#[cfg(test)]
mod tests;

pub use config::{NotifierConfig, NotifierLimits, Package};
pub use io::{NotifierInput, NotifierOutput};
pub use record::{SubscriptionId, SubscriptionRecord, WatcherState};

use subscribe::{Asked, Refusal};
use table::{Entry, Origin, Phase, Table};

/// The subscriptions to resources of any event packages, as their notifier (RFC 6665 section 4.2).
///
/// Three rules of the RFC show in what it does:
/// - Every accepted SUBSCRIBE is followed by a NOTIFY, and so is the end of a subscription, but for one end: a NOTIFY
///   that failed with a status of section 4.2.2 or without any response ends the subscription silently. Other failures
///   (500 or 503, for example) leave it as it is; the next change or refresh brings the state. Single datagrams that
///   get lost are the transaction's to send again, so `None` means that the watcher was silent for 32 seconds or that
///   it cannot be reached; should it still be there, its next refresh is answered with 481 and it subscribes anew.
/// - A dialog carries one subscription. The sharing of dialogs of RFC 3265 is deprecated (section 4.5.2) and a
///   SUBSCRIBE within a dialog for another event is answered with 481.
/// - A SUBSCRIBE without Expires gets the default of the package, 0 on a new one is a fetch: it has no row.
#[derive(Debug)]
pub struct Notifier {
    config: NotifierConfig,
    clock: Clock,
    random: Random,
    table: Table,
    next_id: u64,
    outputs: VecDeque<NotifierOutput>,
}

/// The reason of a subscription that was not refreshed, or that asked for no time (RFC 6665 section 4.1.3).
const TIMEOUT: &str = "timeout";

/// Seconds after which a refused SUBSCRIBE may be tried again.
const RETRY_AFTER: u32 = 10;

impl Notifier {
    /// A notifier without subscriptions. `epoch` is an instant and the calendar time at it.
    #[must_use]
    pub fn new(config: NotifierConfig, epoch: (Instant, SystemTime), seed: [u8; 32]) -> Self {
        Self {
            config,
            clock: Clock::new(epoch),
            random: Random::new(seed),
            table: Table::default(),
            next_id: 1,
            outputs: VecDeque::new(),
        }
    }

    /// Checks that the Event header names a supported package, which comes before credentials.
    ///
    /// # Errors
    /// 489 when it names another or is missing, 400 when it is malformed.
    pub fn check_event(&self, request: &Message) -> Result<(), StatusCode> {
        package::find(request, self.names()).map(drop)
    }

    /// The 489 with Allow-Events.
    #[must_use]
    pub fn bad_event(&self, request: &Message, to_tag: &str) -> Message {
        package::bad_event(request, to_tag, self.names(), self.config.server.as_deref())
    }

    /// A subscription; fetches and those that wait for their last NOTIFY to end are found too.
    #[must_use]
    pub fn subscription(&self, id: SubscriptionId) -> Option<&SubscriptionRecord> {
        self.table.entry(id).map(|entry| &entry.record)
    }

    /// The subscriptions to a resource that are active or pending.
    pub fn subscriptions_of<'a>(&'a self, resource: &Aor) -> impl Iterator<Item = &'a SubscriptionRecord> + use<'a> {
        self.table.lasting(resource)
    }

    /// Whether Call-ID and tags of a request from a watcher are those of a dialog here.
    #[must_use]
    pub fn has_dialog(&self, request: &Message) -> bool {
        Ids::read(request).is_some_and(|ids| self.table.of_dialog(&ids).is_some())
    }

    /// Which of the media types that can be made, as `application/pidf+xml`, the watcher prefers. `None` when it
    /// accepts none of them, or there is no such subscription.
    #[must_use]
    pub fn preferred_type<'t>(&self, subscription: SubscriptionId, offered: &[&'t str]) -> Option<&'t str> {
        let record = self.subscription(subscription)?;
        let default = self.package(&record.package).map(|package| &package.default_accept);
        let default = default.filter(|_| record.accept.is_empty());
        let ranges = record.accept.iter().chain(default);
        let mut ranges = ranges.filter_map(|range| MediaType::parse(range).ok().map(Accept));
        ranges.find_map(|range| offered.iter().copied().find(|offer| range.matches(offer)))
    }

    /// How many subscriptions there are; fetches and those that wait for their last NOTIFY to end count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What came from outside. Whatever it is, it is dealt with: a SUBSCRIBE is answered, a NOTIFY that ended is
    /// followed by the state that waited for it.
    pub fn handle_input(&mut self, now: Instant, input: NotifierInput<'_>) {
        match input {
            NotifierInput::NotifyDone { subscription, response } => self.notify_done(now, subscription, response),
            NotifierInput::Subscribe {
                id,
                request,
                resource,
                watcher,
                state,
            } => {
                if let Err(refusal) = self.subscribe(now, id, request, resource, watcher, state) {
                    let response = self.refuse(request, refusal);
                    self.outputs.push_back(NotifierOutput::Respond { id, response });
                }
            }
            NotifierInput::Timeout => {
                for _ in 0..self.config.limits.expiries {
                    match self.table.next_expiry() {
                        Some((deadline, id)) if deadline <= now => self.end(id, TIMEOUT),
                        _ => break,
                    }
                }
            }
        }
    }

    /// The state for one subscription; `None` sends a NOTIFY without body, as to a pending watcher.
    ///
    /// While a NOTIFY of the subscription is under way the state waits, and the newest one wins. A subscription that
    /// has ended sends its last NOTIFY and goes.
    pub fn notify(&mut self, now: Instant, subscription: SubscriptionId, body: Option<Body>) {
        let Some(entry) = self.table.entry(subscription) else {
            return;
        };
        if entry.phase == Phase::Ended {
            return;
        }
        if entry.deadline <= now {
            // It has expired, and the timeout that says so is still to come.
            self.table.begin_end(subscription, TIMEOUT);
        }
        let Some(entry) = self.table.entry_mut(subscription) else {
            return;
        };
        if entry.under_way {
            entry.waiting = Some(body);
        } else {
            self.send(now, subscription, body.as_ref());
        }
    }

    /// The watcher's authorisation has been decided: a pending subscription becomes active, and the state is asked
    /// for. (One that is refused is ended with the reason `rejected`.)
    pub fn set_state(&mut self, subscription: SubscriptionId, state: WatcherState) {
        if let Some(entry) = self.table.entry_mut(subscription)
            && entry.phase == Phase::Lasting
            && entry.record.state != state
        {
            entry.record.state = state;
            let record = entry.record.clone();
            self.outputs.push_back(NotifierOutput::Put(Box::new(record)));
            self.outputs.push_back(NotifierOutput::StateNeeded { subscription });
        }
    }

    /// Ends a subscription from the server's side and asks for the state of its last NOTIFY. `reason` is one of RFC
    /// 6665 section 4.1.3: `deactivated`, `giveup`, `invariant`, `noresource`, `probation`, `rejected`, `timeout`.
    pub fn terminate(&mut self, now: Instant, subscription: SubscriptionId, reason: &'static str) {
        let expires_at = self.clock.time_at(now);
        if let Some(entry) = self.table.entry_mut(subscription)
            && entry.phase == Phase::Lasting
        {
            // A restart before the last NOTIFY must not bring it back to life.
            entry.record.expires_at = expires_at;
            let row = Box::new(entry.record.clone());
            self.outputs.push_back(NotifierOutput::Put(row));
            self.end(subscription, reason);
        }
    }

    /// Takes a row of an earlier run. One that has expired ends at the next `Timeout`, with a last NOTIFY. One that no
    /// NOTIFY can be made of, or of a package that is no longer served, is deleted.
    pub fn restore(&mut self, now: Instant, record: SubscriptionRecord) {
        self.next_id = self.next_id.max(record.id.0.saturating_add(1));
        let state = SubscriptionState::active(0);
        let can_notify = notify::notify(&record, &state, None, &self.config).is_ok();
        if !can_notify || self.package(&record.package).is_none() {
            self.outputs.push_back(NotifierOutput::Deleted {
                id: record.id,
                resource: record.resource,
            });
            return;
        }
        let latest = clock::after(now, self.config.max_expires);
        let deadline = self.clock.instant_of(record.expires_at);
        self.table.insert(Entry {
            deadline: deadline.map_or(latest, |deadline| deadline.min(latest)),
            record,
            phase: Phase::Lasting,
            stored: true,
            under_way: false,
            waiting: None,
        });
    }

    /// What is to be done next. Drain it before the next input.
    pub fn poll_output(&mut self) -> Option<NotifierOutput> {
        self.outputs.pop_front()
    }

    /// When `Timeout` is due: at once while more has expired than one `Timeout` ends.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.table.next_expiry().map(|(deadline, _)| deadline)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.config.packages.iter().map(|package| &*package.name)
    }

    fn package(&self, name: &str) -> Option<&Package> {
        self.config.packages.iter().find(|package| package.name == name)
    }

    fn subscribe(
        &mut self,
        now: Instant,
        id: RequestId,
        request: &Message,
        resource: Aor,
        watcher: Aor,
        state: WatcherState,
    ) -> Result<(), Refusal> {
        let package = package::find(request, self.names())?;
        let package = self.config.packages.get(package);
        let package = package.ok_or(StatusCode::BAD_EVENT)?.clone();
        let asked = Asked::read(request)?;
        let existing = if asked.ids.to_tag.is_some() {
            let found = self.dialog_to_refresh(now, &asked, &package, &watcher);
            Some(found?)
        } else {
            let origin = Origin {
                call_id: asked.ids.call_id.clone(),
                remote_tag: asked.ids.from_tag.clone(),
                resource: resource.clone(),
                watcher: watcher.clone(),
                package: package.name.clone(),
                event_id: asked.event_id.clone(),
            };
            let found = self.table.of_origin(&origin);
            found.filter(|&found| self.table.entry(found).is_some_and(|entry| entry.deadline > now))
        };
        match existing {
            Some(subscription) => self.refresh(now, id, request, subscription, asked, &package),
            None => {
                let origin = (resource, watcher, state);
                self.create(now, id, request, origin, asked, &package)
            }
        }
    }

    /// The subscription that a SUBSCRIBE with a To tag is for.
    fn dialog_to_refresh(
        &self,
        now: Instant,
        asked: &Asked,
        package: &Package,
        watcher: &Aor,
    ) -> Result<SubscriptionId, Refusal> {
        const NONE: StatusCode = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
        let found = self.table.of_dialog(&asked.ids).ok_or(NONE)?;
        let entry = self.table.entry(found).ok_or(NONE)?;
        let record = &entry.record;
        let is_over = entry.phase != Phase::Lasting || entry.deadline <= now;
        if is_over || record.package != package.name || record.event_id != asked.event_id {
            return Err(NONE.into());
        }
        if record.watcher != *watcher {
            return Err(StatusCode::FORBIDDEN.into());
        }
        Ok(found)
    }

    /// RFC 6665 section 4.2.1.4; with Expires 0 the end.
    fn refresh(
        &mut self,
        now: Instant,
        id: RequestId,
        request: &Message,
        subscription: SubscriptionId,
        asked: Asked,
        package: &Package,
    ) -> Result<(), Refusal> {
        const NONE: StatusCode = StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST;
        let mut record = self.subscription(subscription).ok_or(NONE)?.clone();
        // An equal number is the same SUBSCRIBE again, behind a restart that forgot the transaction: its answer may
        // have got lost.
        if asked.ids.cseq < record.remote_cseq {
            return Err(Refusal::TryLater(StatusCode::SERVER_INTERNAL_ERROR));
        }
        let granted = asked.grant(&self.config, package)?;
        record.remote_cseq = asked.ids.cseq;
        if let Some(target) = asked.remote_target {
            record.remote_target = target;
        }
        if let Some(accept) = asked.accept {
            record.accept = accept;
        }
        self.check(&record)?;
        let deadline = clock::after(now, granted);
        record.expires_at = self.clock.time_at(deadline);
        let local_tag = record.local_tag.clone();
        if let Some(entry) = self.table.entry_mut(subscription) {
            entry.record = record.clone();
        }
        self.table.set_deadline(subscription, deadline);
        self.outputs.push_back(NotifierOutput::Put(Box::new(record)));
        let response = self.ok(request, granted, &local_tag);
        self.outputs.push_back(NotifierOutput::Respond { id, response });
        if granted == 0 {
            self.end(subscription, TIMEOUT);
        } else {
            self.outputs.push_back(NotifierOutput::StateNeeded { subscription });
        }
        Ok(())
    }

    fn create(
        &mut self,
        now: Instant,
        id: RequestId,
        request: &Message,
        (resource, watcher, state): (Aor, Aor, WatcherState),
        asked: Asked,
        package: &Package,
    ) -> Result<(), Refusal> {
        let granted = asked.grant(&self.config, package)?;
        let limits = &self.config.limits;
        if self.table.len() >= limits.subscriptions
            || self.table.count_of_resource(&resource) >= limits.per_resource
            || self.table.count_of_watcher(&watcher) >= limits.per_watcher
        {
            return Err(Refusal::TryLater(StatusCode::SERVICE_UNAVAILABLE));
        }
        let subscription = SubscriptionId(self.next_id);
        let deadline = clock::after(now, granted);
        let record = SubscriptionRecord {
            id: subscription,
            resource,
            watcher,
            package: package.name.clone(),
            event_id: asked.event_id,
            call_id: asked.ids.call_id,
            local_tag: self.random.token(),
            remote_tag: asked.ids.from_tag,
            local_address: asked.ids.to,
            remote_address: asked.ids.from,
            // SUBSCRIBE makes a dialog, so it has a Contact (RFC 3261 section 8.1.1.8).
            remote_target: asked.remote_target.ok_or(StatusCode::BAD_REQUEST)?,
            route_set: asked.route_set,
            accept: asked.accept.unwrap_or_default(),
            local_cseq: 0,
            remote_cseq: asked.ids.cseq,
            expires_at: self.clock.time_at(deadline),
            state,
        };
        self.check(&record)?;
        self.next_id = self.next_id.saturating_add(1);
        let is_fetch = granted == 0;
        let response = self.ok(request, granted, &record.local_tag);
        if !is_fetch {
            let row = Box::new(record.clone());
            self.outputs.push_back(NotifierOutput::Put(row));
        }
        self.outputs.push_back(NotifierOutput::Respond { id, response });
        self.outputs.push_back(NotifierOutput::StateNeeded { subscription });
        self.table.insert(Entry {
            record,
            deadline,
            phase: if is_fetch {
                Phase::Ending(TIMEOUT)
            } else {
                Phase::Lasting
            },
            stored: !is_fetch,
            under_way: false,
            waiting: None,
        });
        Ok(())
    }

    /// Whether the record is within its limit and NOTIFYs can be made of it.
    fn check(&self, record: &SubscriptionRecord) -> Result<(), Refusal> {
        if notify::octets(record) > self.config.limits.record {
            return Err(StatusCode::MESSAGE_TOO_LARGE.into());
        }
        match notify::notify(record, &SubscriptionState::active(0), None, &self.config) {
            Ok(_) => Ok(()),
            Err(_) => Err(StatusCode::BAD_REQUEST.into()),
        }
    }

    fn ok(&self, request: &Message, expires: u32, to_tag: &str) -> Message {
        let server = self.config.server.as_deref();
        let builder = dialog::response(request, StatusCode::OK, to_tag, server)
            .copy(request, HeaderName::RECORD_ROUTE)
            .header(&Expires(expires));
        let builder = dialog::add_contact(builder, &self.config.contact);
        package::allow_events(builder, self.names()).build()
    }

    fn refuse(&mut self, request: &Message, refusal: Refusal) -> Message {
        let to_tag = self.random.token();
        let server = self.config.server.as_deref();
        let response = |status| dialog::response(request, status, &to_tag, server);
        match refusal {
            Refusal::Status(StatusCode::BAD_EVENT) => self.bad_event(request, &to_tag),
            Refusal::Status(status) => response(status).build(),
            Refusal::TooBrief(min) => response(StatusCode::INTERVAL_TOO_BRIEF)
                .header(&MinExpires(min))
                .build(),
            Refusal::TryLater(status) => response(status).header(&RetryAfter::new(RETRY_AFTER)).build(),
        }
    }

    /// Ends a subscription that lasts, and asks for the state of the last NOTIFY.
    fn end(&mut self, subscription: SubscriptionId, reason: &'static str) {
        if self.table.begin_end(subscription, reason) {
            self.outputs.push_back(NotifierOutput::StateNeeded { subscription });
        }
    }

    fn send(&mut self, now: Instant, subscription: SubscriptionId, body: Option<&Body>) {
        let Some(entry) = self.table.entry_mut(subscription) else {
            return;
        };
        // 2^31 NOTIFYs in one dialog: its numbers are used up (RFC 3261 section 8.1.1.5).
        if entry.record.local_cseq >= CSeq::MAX {
            return self.forget(subscription);
        }
        entry.record.local_cseq += 1;
        let left = clock::seconds_until(now, entry.deadline);
        let state = match (entry.phase, entry.record.state) {
            (Phase::Lasting, WatcherState::Active) => Ok(SubscriptionState::active(left)),
            (Phase::Lasting, WatcherState::Pending) => Ok(SubscriptionState::pending(left)),
            (Phase::Ending(reason), _) => {
                SubscriptionState::terminated(reason).or_else(|_| SubscriptionState::terminated(TIMEOUT))
            }
            (Phase::Ended, _) => return,
        };
        let message = state.and_then(|state| notify::notify(&entry.record, &state, body, &self.config));
        let Ok((request, target)) = message else {
            return self.forget(subscription);
        };
        entry.under_way = true;
        if entry.phase == Phase::Lasting {
            let row = Box::new(entry.record.clone());
            self.outputs.push_back(NotifierOutput::Put(row));
        } else {
            entry.phase = Phase::Ended;
            if std::mem::take(&mut entry.stored) {
                let resource = entry.record.resource.clone();
                self.outputs.push_back(NotifierOutput::Deleted {
                    id: subscription,
                    resource,
                });
            }
        }
        self.outputs.push_back(NotifierOutput::Notify {
            subscription,
            request,
            target,
        });
    }

    fn notify_done(&mut self, now: Instant, subscription: SubscriptionId, response: Option<&Message>) {
        let status = response.and_then(Message::status);
        let Some(entry) = self.table.entry_mut(subscription) else {
            return;
        };
        if !entry.under_way || status.is_some_and(StatusCode::is_provisional) {
            return;
        }
        entry.under_way = false;
        if entry.phase == Phase::Ended || status.is_none_or(ends_subscription) {
            self.forget(subscription);
        } else if let Some(body) = entry.waiting.take() {
            self.notify(now, subscription, body);
        }
    }

    /// Removes a subscription without another NOTIFY.
    fn forget(&mut self, subscription: SubscriptionId) {
        if let Some(entry) = self.table.remove(subscription)
            && entry.stored
        {
            self.outputs.push_back(NotifierOutput::Deleted {
                id: subscription,
                resource: entry.record.resource,
            });
        }
    }
}

/// Whether a NOTIFY that fails so removes the subscription (RFC 6665 section 4.2.2).
const fn ends_subscription(status: StatusCode) -> bool {
    matches!(status.as_u16(), 404 | 405 | 410 | 416 | 480..=485 | 489 | 501 | 604)
}

use std::time::{Duration, Instant};

use sip_message::{Message, StatusCode, headers::CSeq};

use super::notification::Notification;
use crate::{
    clock,
    dialog::{self, Ids},
    random::Random,
    refresh,
};

/// The seconds that a subscription lasts when neither side says: an hour, the default of presence (RFC 3856 section
/// 6.4) and of most packages.
pub(super) const DEFAULT_EXPIRES: u32 = 3600;

/// Timer N: 64 * T1 (RFC 6665 section 4.1.2.4).
const TIMER_N: Duration = Duration::from_secs(32);

/// What is known of a subscription from its first SUBSCRIBE to its end.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) call_id: String,
    pub(super) local_tag: String,
    /// Of the last SUBSCRIBE.
    pub(super) cseq: u32,
    pub(super) peer: Option<Peer>,
    /// The SUBSCRIBE that is under way.
    pub(super) request: Option<Request>,
    /// A SUBSCRIBE was answered with 2xx.
    pub(super) is_accepted: bool,
    /// It is to end, or was for a fetch only.
    pub(super) is_leaving: bool,
    pub(super) refresh_at: Option<Instant>,
    pub(super) expires_at: Option<Instant>,
    /// Timer N.
    pub(super) notify_by: Option<Instant>,
}

/// The other end of the dialog.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) tag: String,
    pub(super) target: String,
    pub(super) route_set: Vec<String>,
    /// Of the last NOTIFY.
    cseq: Option<u32>,
    /// A NOTIFY came: it is what makes the dialog (RFC 6665 section 4.4.1). Before it, what the 2xx says is good
    /// enough to leave with.
    pub(super) is_confirmed: bool,
}

/// A SUBSCRIBE that is under way.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) cseq: u32,
    /// `None`: it leaves the choice to the package.
    pub(super) expires: Option<u32>,
    /// It asks for longer because of a 423.
    pub(super) was_brief: bool,
    /// It was challenged with this status, and credentials are awaited.
    pub(super) challenge: Option<StatusCode>,
}

impl Subscription {
    pub(super) fn new(random: &mut Random, is_leaving: bool) -> Self {
        Self {
            call_id: random.call_id(),
            local_tag: random.token(),
            cseq: 0,
            peer: None,
            request: None,
            is_accepted: false,
            is_leaving,
            refresh_at: None,
            expires_at: None,
            notify_by: None,
        }
    }

    pub(super) fn is_established(&self) -> bool {
        self.is_accepted || self.peer.is_some()
    }

    /// The next SUBSCRIBE is under way.
    pub(super) fn begin_request(&mut self, now: Instant, expires: Option<u32>, was_brief: bool) {
        self.cseq = (self.cseq + 1).min(CSeq::MAX);
        self.request = Some(Request {
            cseq: self.cseq,
            expires,
            was_brief,
            challenge: None,
        });
        self.refresh_at = None;
        if expires == Some(0) {
            self.expires_at = None;
        }
        self.notify_by = now.checked_add(TIMER_N);
    }

    /// The subscription lasts that long from now.
    pub(super) fn lasts(&mut self, now: Instant, seconds: u32) {
        self.expires_at = Some(clock::after(now, seconds));
        self.refresh_at = Some(clock::after(now, refresh::refresh_in(seconds)));
    }

    /// A refresh failed, and there may be time for another.
    pub(super) fn try_again(&mut self, now: Instant, delay: Option<u32>) {
        let left = self
            .expires_at
            .map_or(0, |deadline| clock::seconds_until(now, deadline));
        self.refresh_at = Some(clock::after(now, delay.unwrap_or(left / 2).max(1)));
    }

    /// Takes what a NOTIFY says. False when it was taken already.
    pub(super) fn take(&mut self, now: Instant, notification: &Notification, expires: u32) -> Result<bool, StatusCode> {
        let Notification { ids, target, .. } = notification;
        match &mut self.peer {
            Some(peer) if peer.is_confirmed => {
                if peer.tag != ids.from_tag {
                    return Err(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
                }
                match peer.cseq {
                    Some(last) if ids.cseq < last => {
                        return Err(StatusCode::SERVER_INTERNAL_ERROR);
                    }
                    Some(last) if ids.cseq == last => return Ok(false),
                    _ => peer.cseq = Some(ids.cseq),
                }
                if let Some(target) = target {
                    peer.target.clone_from(target);
                }
            }
            unconfirmed => {
                let known = unconfirmed.take().map(|peer| peer.target);
                // NOTIFY refreshes the target, so it has a Contact; the 2xx may stand in for it.
                let target = target.clone().or(known).ok_or(StatusCode::BAD_REQUEST)?;
                *unconfirmed = Some(Peer {
                    tag: ids.from_tag.clone(),
                    target,
                    route_set: notification.route_set.clone(),
                    cseq: Some(ids.cseq),
                    is_confirmed: true,
                });
            }
        }
        // One that is being left waits for its last NOTIFY.
        if !self.is_leaving && !notification.is_terminated {
            self.notify_by = None;
            match notification.expires {
                Some(seconds) => self.lasts(now, seconds),
                None if self.expires_at.is_none() => self.lasts(now, expires),
                None => {}
            }
        }
        Ok(true)
    }
}

impl Peer {
    pub(super) fn of_response(response: &Message) -> Option<Self> {
        let mut route_set = dialog::recorded_route(response).ok()?;
        route_set.reverse();
        Some(Self {
            tag: Ids::read(response)?.to_tag?,
            target: dialog::remote_target(response).ok()??,
            route_set,
            cseq: None,
            is_confirmed: false,
        })
    }
}

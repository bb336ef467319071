use std::cmp::Reverse;

use sip_message::{
    HeaderName, Message, StatusCode,
    headers::{Accept, Event, Expires},
};

use super::config::{NotifierConfig, Package};
use crate::dialog::{self, Ids};

/// What a SUBSCRIBE asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) ids: Ids,
    pub(super) event_id: Option<String>,
    /// Seconds; `None`: the default of the package.
    pub(super) expires: Option<u32>,
    pub(super) remote_target: Option<String>,
    pub(super) route_set: Vec<String>,
    /// `None` without an Accept header.
    pub(super) accept: Option<Vec<String>>,
}

/// Why a SUBSCRIBE is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// With this status.
    Status(StatusCode),
    /// 423 with this Min-Expires.
    TooBrief(u32),
    /// With this status and a Retry-After.
    TryLater(StatusCode),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

impl Asked {
    pub(super) fn read(request: &Message) -> Result<Self, StatusCode> {
        let bad = |_| StatusCode::BAD_REQUEST;
        let event = request.typed::<Event>().map_err(bad)?;
        let expires = request.typed::<Expires>().map_err(bad)?;
        Ok(Self {
            ids: Ids::read(request).ok_or(StatusCode::BAD_REQUEST)?,
            event_id: event.and_then(|event| event.id().map(str::to_owned)),
            expires: expires.map(|Expires(seconds)| seconds),
            remote_target: dialog::remote_target(request)?,
            route_set: dialog::recorded_route(request)?,
            accept: accepted(request)?,
        })
    }

    /// The seconds to grant: those that were asked for, or fewer (RFC 6665 section 4.2.1.1).
    pub(super) fn grant(&self, config: &NotifierConfig, package: &Package) -> Result<u32, Refusal> {
        const HOUR: u32 = 3600;
        let asked = self.expires.unwrap_or(package.default_expires);
        if self.expires.is_some() && asked > 0 && asked < HOUR && asked < config.min_expires {
            return Err(Refusal::TooBrief(config.min_expires));
        }
        Ok(asked.min(config.max_expires))
    }
}

/// The media ranges of Accept, the preferred ones first; 406 when there is an Accept that allows nothing.
fn accepted(request: &Message) -> Result<Option<Vec<String>>, StatusCode> {
    if request.header(HeaderName::ACCEPT).is_none() {
        return Ok(None);
    }
    let mut ranges = request
        .typed_all::<Accept>()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    ranges.retain(|range| range.q() > 0);
    if ranges.is_empty() {
        return Err(StatusCode::NOT_ACCEPTABLE);
    }
    ranges.sort_by_key(|range| Reverse(range.q()));
    let name = |Accept(range): &Accept| format!("{}/{}", range.main(), range.sub());
    let names = ranges.iter().map(|range| name(range).to_ascii_lowercase());
    Ok(Some(names.collect()))
}

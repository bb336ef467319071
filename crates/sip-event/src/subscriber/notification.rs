use std::iter;

use sip_message::{
    Message, StatusCode,
    headers::{ContentType, Event, SubscriptionState},
};

use crate::{
    Body,
    dialog::{self, Ids},
    package,
};

/// What a NOTIFY says.
#[derive(Clone, Debug)]
pub(super) struct Notification {
    pub(super) ids: Ids,
    /// The value of Subscription-State.
    pub(super) state: String,
    pub(super) is_terminated: bool,
    /// Seconds that the subscription still lasts.
    pub(super) expires: Option<u32>,
    pub(super) reason: Option<String>,
    pub(super) retry_after: Option<u32>,
    pub(super) target: Option<String>,
    pub(super) route_set: Vec<String>,
    pub(super) body: Option<Body>,
}

impl Notification {
    /// Reads a NOTIFY for this package. The subscriber asks without `id`, so one with an `id` is of another
    /// subscription (RFC 6665 section 8.2.1).
    pub(super) fn read(request: &Message, package: &str) -> Result<Self, StatusCode> {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        package::find(request, iter::once(package))?;
        let event = request.typed::<Event>().map_err(|_| BAD)?.ok_or(BAD)?;
        if event.id().is_some() {
            return Err(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST);
        }
        let state = request.typed::<SubscriptionState>().map_err(|_| BAD)?;
        let state = state.ok_or(BAD)?;
        Ok(Self {
            ids: Ids::read(request).ok_or(BAD)?,
            state: dialog::flat(&state.to_string()),
            is_terminated: state.is_terminated(),
            expires: state.expires(),
            reason: state.reason().map(str::to_owned),
            retry_after: state.retry_after(),
            target: dialog::remote_target(request)?,
            route_set: dialog::recorded_route(request)?,
            body: body(request)?,
        })
    }
}

fn body(request: &Message) -> Result<Option<Body>, StatusCode> {
    if request.body().is_empty() {
        return Ok(None);
    }
    if dialog::is_encoded(request) {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    match request.typed::<ContentType>() {
        Ok(Some(content_type)) => Ok(Some(Body::new(
            dialog::flat(&content_type.to_string()),
            request.body_bytes(),
        ))),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

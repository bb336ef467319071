use sip_message::{HeaderName, Message, MessageBuilder, StatusCode, headers::Event};

use crate::dialog;

/// Which of the supported packages the Event header names: an index. 489 when it names none of them or is missing
/// (RFC 6665 section 4.2.1.1, RFC 3903 section 6), 400 when it is malformed.
pub(crate) fn find<'n>(request: &Message, mut names: impl Iterator<Item = &'n str>) -> Result<usize, StatusCode> {
    let event = request
        .typed::<Event>()
        .map_err(|_| StatusCode::BAD_REQUEST)?
        .ok_or(StatusCode::BAD_EVENT)?;
    names.position(|name| event.is(name)).ok_or(StatusCode::BAD_EVENT)
}

pub(crate) fn bad_event<'n>(
    request: &Message,
    to_tag: &str,
    names: impl Iterator<Item = &'n str>,
    server: Option<&str>,
) -> Message {
    let response = dialog::response(request, StatusCode::BAD_EVENT, to_tag, server);
    allow_events(response, names).build()
}

/// Adds Allow-Events, which lists no template-packages (RFC 6665 section 4.4.4).
pub(crate) fn allow_events<'n>(builder: MessageBuilder, names: impl Iterator<Item = &'n str>) -> MessageBuilder {
    let names: Vec<_> = names.filter(|name| !name.contains('.')).collect();
    if names.is_empty() {
        return builder;
    }
    dialog::add_raw(builder, HeaderName::ALLOW_EVENTS, &names.join(", "))
}

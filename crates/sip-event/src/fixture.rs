//! What the tests of all machines share.
#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be had from the clock; the tests move it by hand"
)]

use std::{
    sync::LazyLock,
    time::{Duration, Instant, SystemTime},
};

use sip_message::{Aor, HeaderName, Message, RawValue, StatusCode, UriBuf};

use crate::dialog;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The start of every test, at 1,000,000 seconds after 1970.
pub(crate) fn epoch() -> (Instant, SystemTime) {
    (at(0), time(0))
}

pub(crate) fn at(seconds: u64) -> Instant {
    *START + Duration::from_secs(seconds)
}

pub(crate) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

pub(crate) fn aor(user: &str) -> Aor {
    Aor::new(user, "example.test").unwrap()
}

pub(crate) fn uri(text: &str) -> UriBuf {
    UriBuf::parse(text).unwrap()
}

/// A message out of lines; Content-Length comes by itself.
pub(crate) fn message(lines: &[&str], body: &str) -> Message {
    let head = lines.join("\r\n");
    Message::parse(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).unwrap()
}

pub(crate) fn header(message: &Message, name: HeaderName) -> String {
    let values = message.header_all(name).map(|field| field.value_str().unwrap());
    values.collect::<Vec<_>>().join(", ")
}

/// The status and what of the other headers is there of those that the tests look at.
pub(crate) fn summary(message: &Message) -> String {
    let start = message.to_string();
    let start = start.lines().next().unwrap();
    let mut summary = start.strip_prefix("SIP/2.0 ").unwrap_or(start).to_owned();
    let shown = [
        HeaderName::CSEQ,
        HeaderName::ROUTE,
        HeaderName::EVENT,
        HeaderName::EXPIRES,
        HeaderName::MIN_EXPIRES,
        HeaderName::RETRY_AFTER,
        HeaderName::ALLOW_EVENTS,
        HeaderName::SUBSCRIPTION_STATE,
        HeaderName::SIP_IF_MATCH,
        HeaderName::SIP_ETAG,
        HeaderName::ACCEPT,
        HeaderName::ACCEPT_ENCODING,
        HeaderName::AUTHORIZATION,
    ];
    for name in shown {
        if message.header(name).is_some() {
            let name_text = name.as_str();
            summary.push_str(&format!(" | {name_text}: {}", header(message, name)));
        }
    }
    if !message.body().is_empty() {
        summary.push_str(&format!(" | {}", String::from_utf8_lossy(message.body())));
    }
    summary
}

/// A response as a peer gives it, with these header lines.
pub(crate) fn answer(request: &Message, status: u16, lines: &[(HeaderName, &str)]) -> Message {
    let status = StatusCode::new(status).unwrap();
    let builder = dialog::response(request, status, "peer", None);
    let builder = lines.iter().fold(builder, |builder, (name, value)| {
        builder.raw(*name, RawValue::new(value).unwrap())
    });
    builder.build()
}

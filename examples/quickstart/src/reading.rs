//! What a ladder says of a message: its start line and the headers that matter in it.

use sip_digest::{Challenge, Credentials};
use sip_message::{
    HeaderName, Message, Method, StartLine, StatusCode,
    headers::{CSeq, Via},
};

use crate::{
    screen::Style,
    text::{clean, width},
};

/// The value of the first header of a name, on one line; empty when there is none.
pub(crate) fn value(message: &Message, name: HeaderName) -> String {
    message
        .header(name)
        .map_or_else(String::new, |header| one_line(header.value()))
}

/// The number of Via headers.
pub(crate) fn vias(message: &Message) -> usize {
    message.typed_all::<Via>().count()
}

/// The sequence number; 0 when there is none.
pub(crate) fn cseq(message: &Message) -> u32 {
    message.typed::<CSeq>().ok().flatten().map_or(0, |cseq| cseq.number())
}

/// The branch of the topmost Via; empty when there is none.
pub(crate) fn branch(message: &Message) -> String {
    match message.typed::<Via>() {
        Ok(Some(via)) => via.branch().unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// The method of a request, the status of a response.
pub(crate) fn kind(message: &Message) -> String {
    match message.start_line() {
        StartLine::Request { method, .. } => method.to_string(),
        StartLine::Response { status, .. } => status.to_string(),
    }
}

/// What stands on the arrow: the method and the Request-URI without its parameters, or the status line.
pub(crate) fn title(message: &Message) -> String {
    match message.start_line() {
        StartLine::Request { method, uri, .. } => {
            let uri = one_line(uri);
            let uri = uri.split(';').next().unwrap_or_default();
            format!("{method} {uri}")
        }
        StartLine::Response { status, reason, .. } => format!("{status} {}", one_line(reason)),
    }
}

/// How that looks.
pub(crate) fn style(message: &Message) -> Style {
    match message.status() {
        None => Style::Request,
        Some(status) if status.as_u16() < 300 => Style::Good,
        Some(_) => Style::Refusal,
    }
}

/// The whole message, line by line.
pub(crate) fn lines(message: &Message) -> Vec<String> {
    let text = String::from_utf8_lossy(message.as_bytes());
    text.trim_end().lines().map(clean).collect()
}

/// The headers that matter, and of the body what it is about.
pub(crate) fn facts(message: &Message) -> Vec<String> {
    let mut facts = Vec::new();
    let method = message.typed::<CSeq>().ok().flatten().map(|cseq| cseq.method());
    if method == Some(Method::Message) && message.status().is_none_or(StatusCode::is_success) {
        facts.extend(message.typed_all::<Via>().flatten().map(|via| {
            let port = via.port().map_or_else(String::new, |port| format!(":{port}"));
            format!("Via: SIP/2.0/{} {}{port}", via.transport(), via.host())
        }));
    }
    let names = if message.is_request() {
        REQUEST_FACTS
    } else {
        RESPONSE_FACTS
    };
    for name in names {
        if !is_told(message, method, *name) {
            continue;
        }
        if *name == HeaderName::EXPIRES && lacks_expires(message) {
            facts.push("no Expires".to_owned());
        }
        for header in message.header_all(*name) {
            facts.push(fact(*name, &one_line(header.value())));
        }
    }
    if !message.body().is_empty() {
        let content_type = value(message, HeaderName::CONTENT_TYPE);
        facts.push(format!("{content_type}, {} bytes", message.body().len()));
        facts.extend(gist(message.body()));
    }
    facts
}

/// A SUBSCRIBE without Expires gets the default of the event package, which is worth saying.
fn lacks_expires(message: &Message) -> bool {
    message.method() == Some(Method::Subscribe) && message.header(HeaderName::EXPIRES).is_none()
}

/// Whether a header says something of this message that is not plain from those around it.
fn is_told(message: &Message, method: Option<Method<'_>>, name: HeaderName) -> bool {
    if name == HeaderName::ALLOW_EVENTS {
        message.status().is_some_and(|status| !status.is_success())
    } else if name == HeaderName::CONTACT {
        method == Some(Method::Register)
    } else {
        name != HeaderName::EVENT || method != Some(Method::Notify)
    }
}

/// In the order in which they are shown.
const REQUEST_FACTS: &[HeaderName] = &[
    HeaderName::EVENT,
    HeaderName::SUBSCRIPTION_STATE,
    HeaderName::CONTACT,
    HeaderName::ACCEPT,
    HeaderName::EXPIRES,
    HeaderName::SIP_IF_MATCH,
    HeaderName::AUTHORIZATION,
    HeaderName::PROXY_AUTHORIZATION,
];

const RESPONSE_FACTS: &[HeaderName] = &[
    HeaderName::WWW_AUTHENTICATE,
    HeaderName::PROXY_AUTHENTICATE,
    HeaderName::ALLOW_EVENTS,
    HeaderName::CONTACT,
    HeaderName::EXPIRES,
    HeaderName::SIP_ETAG,
];

/// A header on one line; of credentials and challenges, what tells them apart.
fn fact(name: HeaderName, value: &str) -> String {
    let is_answer = name == HeaderName::AUTHORIZATION || name == HeaderName::PROXY_AUTHORIZATION;
    let is_challenge = name == HeaderName::WWW_AUTHENTICATE || name == HeaderName::PROXY_AUTHENTICATE;
    if is_answer && let Ok(credentials) = Credentials::parse(value) {
        let nc = credentials.nc().map_or("none", |nc| nc.as_str());
        return format!("{name}: Digest username=\"{}\", nc={nc}, ...", credentials.username());
    }
    if is_challenge && let Ok(challenge) = Challenge::parse(value) {
        return format!("{name}: Digest realm=\"{}\", ...", challenge.realm());
    }
    format!("{name}: {value}")
}

/// What a body comes to: the status in a presence document, a short text.
fn gist(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    if let Some(start) = text.find("<basic>") {
        let end = text[start..].find("</basic>")? + start + "</basic>".len();
        return Some(clean(&text[start..end]));
    }
    let is_short = width(text) <= 40 && !text.contains(['\r', '\n']);
    is_short.then(|| clean(text))
}

fn one_line(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_what_matters_in_it() {
        let message = Message::parse(
            "SUBSCRIBE sip:kmh@sip2.kumoh.ac.kr;x=1 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:40001;branch=z9hG4bK1\r\nCSeq: 7 SUBSCRIBE\r\no: presence\r\n\
             Authorization: Digest username=\"johg\", realm=\"r\", nonce=\"n\", uri=\"u\",\r\n response=\"0\", nc=00000001\r\n\
             Contact: <sip:johg@127.0.0.1>\r\n\r\n",
        )
        .unwrap();
        assert_eq!(title(&message), "SUBSCRIBE sip:kmh@sip2.kumoh.ac.kr");
        assert_eq!(
            (kind(&message).as_str(), cseq(&message), vias(&message)),
            ("SUBSCRIBE", 7, 1)
        );
        assert_eq!(branch(&message), "z9hG4bK1");
        let expected = [
            "Event: presence",
            "no Expires",
            "Authorization: Digest username=\"johg\", nc=00000001, ...",
        ];
        assert_eq!(facts(&message), expected);
    }

    #[test]
    fn a_message_shows_its_way_and_its_text() {
        let message = Message::parse(
            "MESSAGE sip:kmh@127.0.0.1:40002 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=a\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:40001;branch=b\r\nCSeq: 2 MESSAGE\r\nContent-Type: text/plain\r\n\
             Content-Length: 15\r\n\r\n안녕하세요",
        )
        .unwrap();
        let expected = [
            "Via: SIP/2.0/UDP 127.0.0.1:5060",
            "Via: SIP/2.0/UDP 127.0.0.1:40001",
            "text/plain, 15 bytes",
            "안녕하세요",
        ];
        assert_eq!(facts(&message), expected);
        assert_eq!(lines(&message).last().unwrap(), "안녕하세요");
    }

    #[test]
    fn a_response_is_told_by_its_status() {
        let message = Message::parse(
            "SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\n\
             WWW-Authenticate: Digest realm=\"sip2.kumoh.ac.kr\", nonce=\"n\"\r\n\r\n",
        )
        .unwrap();
        assert_eq!(
            (title(&message).as_str(), kind(&message).as_str()),
            ("401 Unauthorized", "401")
        );
        assert_eq!(style(&message), Style::Refusal);
        assert_eq!(
            facts(&message),
            ["WWW-Authenticate: Digest realm=\"sip2.kumoh.ac.kr\", ..."]
        );
    }
}

//! What the lines of a message mean, in words.

use std::collections::BTreeSet;

use sip_message::{
    HeaderName, Message, NameAddr, Params, RawHeader, StartLine, Uri,
    body::Part,
    headers::{
        self, AuthValue, CSeq, Contact, ContentLength, Event, Expires, MaxForwards, MinExpires, RetryAfter,
        SubscriptionState, TypedHeader, Via, Warning,
    },
};

use crate::terminal::safe;

/// A number of things: `1 byte`, `2 bytes`.
pub(crate) fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {what}s"),
    }
}

/// What the first line says.
pub(crate) fn start_line(message: &Message) -> String {
    match message.start_line() {
        StartLine::Request { method, .. } => {
            let uri = message.request_uri().map(|uri| format!(" to {}", self::uri(&uri)));
            format!("{method} request{}", uri.unwrap_or_default())
        }
        StartLine::Response { status, .. } => {
            let class = match status.as_u16() {
                100..200 => "provisional",
                200..300 => "success",
                300..400 => "redirection",
                400..500 => "the request failed",
                500..600 => "the server failed",
                _ => "no one can answer the request",
            };
            format!("{} response: {class}", status.as_u16())
        }
    }
}

/// What a header line says: what the header is for, and its value where that can be read.
pub(crate) fn header(field: &RawHeader<'_>) -> String {
    let Some(name) = field.id() else {
        return "unknown here; passed on as it is".to_owned();
    };
    let purpose = PURPOSES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, purpose)| purpose);
    let said = match field.name().eq_ignore_ascii_case(name.as_str()) {
        true => purpose.to_owned(),
        false => format!("{name}, {purpose}"),
    };
    match value(field, name) {
        // Where words add nothing, the line says it all.
        value if value.is_empty() || field.value_str() == Ok(&value) => said,
        value => format!("{said}: {value}"),
    }
}

fn value(field: &RawHeader<'_>, name: HeaderName) -> String {
    if let Some(text) = special(field) {
        return text;
    }
    macro_rules! written {
        ($($header:ident)*) => {
            $(
                if name == headers::$header::NAME {
                    return each(field, ", ", |header: &headers::$header| safe(&header.to_string()));
                }
            )*
        };
    }
    sip_message::for_each_typed_header!(written);
    String::new()
}

/// The values of a header line of which there is more to say than what is written.
fn special(field: &RawHeader<'_>) -> Option<String> {
    macro_rules! by_type {
        ($($header:ty => $words:expr,)*) => {
            $(
                if field.is(<$header as TypedHeader>::NAME) {
                    return Some(each::<$header>(field, "; ", $words));
                }
            )*
        };
    }
    by_type! {
        CSeq => |cseq| format!("{} of {}", cseq.number(), cseq.method()),
        Contact => contact,
        ContentLength => |length| count(usize::try_from(length.0).unwrap_or(usize::MAX), "byte"),
        Event => |event| format!("{}{}", event.package(), params(event.params())),
        Expires => |expires| duration(expires.0),
        MaxForwards => |left| format!("{} more", left.0),
        MinExpires => |expires| duration(expires.0),
        RetryAfter => |after| duration(after.seconds()),
        SubscriptionState => subscription_state,
        Via => via,
        Warning => |warning| format!("{} from {}, {}", warning.code(), warning.agent(), safe(&warning.text())),
        headers::Authorization => |header| auth(&header.0),
        headers::From => |header| address(&header.0),
        headers::PAssertedIdentity => |header| address(header.address()),
        headers::Path => |header| address(&header.0),
        headers::ProxyAuthenticate => |header| auth(&header.0),
        headers::ProxyAuthorization => |header| auth(&header.0),
        headers::RecordRoute => |header| address(&header.0),
        headers::ReferTo => |header| address(&header.0),
        headers::ReplyTo => |header| address(&header.0),
        headers::Route => |header| address(&header.0),
        headers::ServiceRoute => |header| address(&header.0),
        headers::To => |header| address(&header.0),
        headers::WwwAuthenticate => |header| auth(&header.0),
    }
    None
}

/// The values of a line that can be read.
fn each<'a, H: TypedHeader<'a> + 'a>(field: &RawHeader<'a>, comma: &str, words: impl Fn(&H) -> String) -> String {
    let values: Vec<_> = field.typed_all::<H>().flatten().map(|value| words(&value)).collect();
    values.join(comma)
}

fn via(via: &Via<'_>) -> String {
    let mut text = format!("{} from {}", via.transport(), via.host());
    if let Some(port) = via.port() {
        text += &format!(":{port}");
    }
    match (via.unique_branch(), via.branch()) {
        (Some(branch), _) => text += &format!(", transaction {}", safe(branch)),
        (None, Some(branch)) => text += &format!(", branch {}", safe(branch)),
        (None, None) => {}
    }
    if let Some(address) = via.received() {
        text += &format!(", came from {address}");
    }
    match via.rport() {
        Some(Some(port)) => text += &format!(", from port {port}"),
        Some(None) => text += ", asks for the answer at its source port",
        None => {}
    }
    let is_said = |name: &str| ["branch", "received", "rport"].contains(&name);
    text + &others(via.params(), is_said)
}

fn contact(contact: &Contact<'_>) -> String {
    let Some(address) = contact.address() else {
        return "all bindings".to_owned();
    };
    let mut text = self::address(&address.clone().with_params(Params::new()));
    if let Some(seconds) = contact.expires() {
        text += &format!(", for {}", duration(seconds));
    }
    if let Some(q) = contact.q() {
        text += &format!(", preference {}.{:03}", q / 1000, q % 1000);
    }
    if let Some(instance) = contact.instance() {
        text += &format!(", device {}", safe(instance));
    }
    for feature in contact.features().iter() {
        let tag = feature.tag().to_string();
        match feature.as_str() {
            _ if tag == "sip.instance" => {}
            Some(value) => text += &format!(", feature {tag} = {}", safe(value)),
            None => text += &format!(", feature {tag}"),
        }
    }
    let names = contact.features().iter().map(|feature| feature.tag().as_str());
    let said: BTreeSet<_> = names.chain(["expires", "q"]).collect();
    text + &others(address.params(), |name| said.contains(name))
}

fn subscription_state(state: &SubscriptionState<'_>) -> String {
    let mut text = safe(state.state().as_str());
    if let Some(seconds) = state.expires() {
        text += &format!(" for {} more", duration(seconds));
    }
    if let Some(reason) = state.reason() {
        text += &format!(", because of {}", safe(reason));
    }
    if let Some(seconds) = state.retry_after() {
        text += &format!(", to be tried again after {}", duration(seconds));
    }
    text
}

fn address(address: &NameAddr<'_>) -> String {
    let uri = uri(&address.uri());
    let who = match address.display_name() {
        Some(name) if !name.is_empty() => format!("{} <{uri}>", safe(&name)),
        _ => uri,
    };
    who + &params(address.params())
}

fn uri(uri: &Uri<'_>) -> String {
    let Uri::Sip(sip) = uri else {
        return safe(uri.as_str());
    };
    let user = sip.user_unescaped().map(|user| format!("{} at ", safe(&user)));
    let mut text = format!("{}{}", user.unwrap_or_default(), sip.host());
    if let Some(port) = sip.port() {
        text += &format!(":{port}");
    }
    if sip.is_secure() {
        text += " over TLS";
    }
    for (kind, pairs) in [
        ("", sip.params().collect::<Vec<_>>()),
        ("header ", sip.headers().collect()),
    ] {
        for (name, value) in pairs {
            text += &format!(" [{kind}{}]", pair(name, value));
        }
    }
    text
}

fn auth(value: &AuthValue<'_>) -> String {
    let mut text = safe(value.scheme());
    for name in ["username", "realm", "algorithm", "qop", "uri", "nc", "stale"] {
        if let Some(value) = value.params().value(name) {
            text += &format!(", {name} {}", safe(&value));
        }
    }
    text
}

/// `, name value` for each parameter.
fn params(params: &Params<'_>) -> String {
    others(params, |_| false)
}

/// The same, for those that are not said already.
fn others(params: &Params<'_>, is_said: impl Fn(&str) -> bool) -> String {
    let others = params.iter().filter(|(name, _)| !is_said(name));
    others.map(|(name, value)| format!(", {}", pair(name, value))).collect()
}

fn pair(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => safe(&format!("{name} {value}")),
        None => safe(name),
    }
}

/// Seconds, with what they are in larger units.
fn duration(seconds: u32) -> String {
    let of = |unit: u32, name: &str| count(usize::try_from(seconds / unit).unwrap_or(usize::MAX), name);
    let plain = of(1, "second");
    let (unit, name) = match seconds {
        86_400.. => (86_400, "day"),
        3_600.. => (3_600, "hour"),
        60.. => (60, "minute"),
        _ => return plain,
    };
    let about = if seconds.is_multiple_of(unit) { "" } else { "about " };
    format!("{plain} ({about}{})", of(unit, name))
}

/// A part of a multipart body.
pub(crate) fn part(number: &str, part: &Part) -> String {
    let content_type = match part.content_type() {
        Ok(content_type) => format!("{}/{}", content_type.0.main(), content_type.0.sub()),
        Err(_) => "a type that cannot be read".to_owned(),
    };
    format!("part {number}: {content_type}, {}", count(part.body().len(), "byte"))
}

/// What each header is for.
const PURPOSES: &[(HeaderName, &str)] = &[
    (HeaderName::ACCEPT, "bodies that the sender can read"),
    (HeaderName::ACCEPT_CONTACT, "contacts that the caller wants"),
    (
        HeaderName::ACCEPT_ENCODING,
        "encodings of a body that the sender can read",
    ),
    (HeaderName::ACCEPT_LANGUAGE, "languages that the sender prefers"),
    (HeaderName::ALERT_INFO, "another ring tone"),
    (HeaderName::ALLOW, "methods that the sender takes"),
    (HeaderName::ALLOW_EVENTS, "event packages that the sender knows"),
    (
        HeaderName::AUTHENTICATION_INFO,
        "the server's side of the authentication",
    ),
    (HeaderName::AUTHORIZATION, "credentials for the user agent server"),
    (HeaderName::CALL_ID, "what all messages of this dialog share"),
    (HeaderName::CALL_INFO, "more about the sender"),
    (HeaderName::CONTACT, "where the sender can be reached"),
    (HeaderName::CONTENT_DISPOSITION, "what the body is for"),
    (HeaderName::CONTENT_ENCODING, "how the body is encoded"),
    (HeaderName::CONTENT_ID, "what the body is called by other bodies"),
    (HeaderName::CONTENT_LANGUAGE, "language of the body"),
    (HeaderName::CONTENT_LENGTH, "length of the body"),
    (HeaderName::CONTENT_TYPE, "what the body is"),
    (HeaderName::CSEQ, "sequence number"),
    (HeaderName::DATE, "when the message was sent"),
    (HeaderName::ERROR_INFO, "more about the failure"),
    (HeaderName::EVENT, "event package"),
    (HeaderName::EXPIRES, "how long it holds"),
    (HeaderName::FROM, "sender"),
    (HeaderName::IN_REPLY_TO, "calls that this one answers"),
    (HeaderName::MAX_FORWARDS, "proxies that may pass it on"),
    (HeaderName::MIME_VERSION, "version of MIME"),
    (HeaderName::MIN_EXPIRES, "the shortest time that the server takes"),
    (HeaderName::ORGANIZATION, "the sender's organization"),
    (
        HeaderName::P_ASSERTED_IDENTITY,
        "who the sender is, as trusted elements found",
    ),
    (HeaderName::PATH, "proxies on the way to the registered contact"),
    (HeaderName::PRIORITY, "urgency for people"),
    (HeaderName::PRIVACY, "what the sender wants hidden"),
    (HeaderName::PROXY_AUTHENTICATE, "what a proxy wants to be proved"),
    (HeaderName::PROXY_AUTHORIZATION, "credentials for a proxy"),
    (HeaderName::PROXY_REQUIRE, "extensions that proxies must know"),
    (HeaderName::REASON, "why the request was sent"),
    (HeaderName::RECORD_ROUTE, "a proxy that stays on the way"),
    (HeaderName::REFER_TO, "what the recipient is to contact"),
    (HeaderName::REFERRED_BY, "who referred the sender"),
    (HeaderName::REJECT_CONTACT, "contacts that the caller does not want"),
    (HeaderName::REPLY_TO, "where to answer"),
    (HeaderName::REQUEST_DISPOSITION, "how proxies are to treat the request"),
    (HeaderName::REQUIRE, "extensions that the recipient must know"),
    (HeaderName::RETRY_AFTER, "how long to wait before another try"),
    (HeaderName::ROUTE, "a proxy to go through"),
    (HeaderName::SERVER, "software of the server"),
    (HeaderName::SERVICE_ROUTE, "proxies to go through from now on"),
    (HeaderName::SIP_ETAG, "name of the published state"),
    (HeaderName::SIP_IF_MATCH, "published state that this changes"),
    (HeaderName::SUBJECT, "what it is about"),
    (HeaderName::SUBSCRIPTION_STATE, "the subscription is"),
    (HeaderName::SUPPORTED, "extensions that the sender knows"),
    (HeaderName::SUPPRESS_IF_MATCH, "notify only of what is not this"),
    (
        HeaderName::TIMESTAMP,
        "when the request was sent, by the client's clock",
    ),
    (HeaderName::TO, "recipient"),
    (HeaderName::UNSUPPORTED, "extensions that the server does not know"),
    (HeaderName::USER_AGENT, "software of the client"),
    (HeaderName::VIA, "way of the response"),
    (HeaderName::WARNING, "what went wrong"),
    (HeaderName::WWW_AUTHENTICATE, "what the server wants to be proved"),
];

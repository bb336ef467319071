use sip_message::{
    HeaderName, Message, MessageBuilder, Method, RawValue, StatusCode,
    headers::{Require, Server, Unsupported},
};

use crate::{Failure, context::Context, limits};

/// The methods that this user agent takes.
const ALLOWED: [Method<'static>; 3] = [Method::Message, Method::Notify, Method::Options];

/// What an instant message may be.
pub(crate) const MESSAGE_TYPES: [&str; 5] = [
    "text/plain",
    "message/cpim",
    "text/*",
    cpim::is_composing::MEDIA_TYPE,
    cpim::imdn::MEDIA_TYPE,
];

/// The status of a response. Requests have none, and none come here.
pub(crate) fn status(response: &Message) -> StatusCode {
    response.status().unwrap_or(StatusCode::SERVER_INTERNAL_ERROR)
}

/// The failure that a response means.
pub(crate) fn rejected(response: &Message) -> Failure {
    let reason = match response.start_line() {
        sip_message::StartLine::Response { reason, .. } => String::from_utf8_lossy(reason).into_owned(),
        sip_message::StartLine::Request { .. } => String::new(),
    };
    Failure::Rejected {
        status: status(response),
        reason,
        response: Box::new(response.clone()),
    }
}

/// A response without more than every response has.
pub(crate) fn plain(context: &mut Context, request: &Message, status: StatusCode) -> Message {
    start(context, request, status).build()
}

/// 200 to an OPTIONS: what this user agent can do (RFC 3261 section 11.2).
pub(crate) fn options(context: &mut Context, request: &Message) -> Message {
    let read = [&MESSAGE_TYPES[..], &[pidf::MEDIA_TYPE, pidf::MEDIA_TYPE_CPIM_PIDF]].concat();
    let builder = allow(start(context, request, StatusCode::OK));
    identity_only(list(builder, HeaderName::ACCEPT, &read)).build()
}

/// 405 (RFC 3261 section 8.2.1).
pub(crate) fn method_not_allowed(context: &mut Context, request: &Message) -> Message {
    allow(start(context, request, StatusCode::METHOD_NOT_ALLOWED)).build()
}

/// 415: what an instant message may be (RFC 3261 section 8.2.3).
pub(crate) fn unsupported_type(context: &mut Context, request: &Message) -> Message {
    let builder = start(context, request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    list(builder, HeaderName::ACCEPT, &MESSAGE_TYPES).build()
}

/// 415: how an instant message may be encoded (RFC 3261 section 8.2.3).
pub(crate) fn unsupported_encoding(context: &mut Context, request: &Message) -> Message {
    let builder = start(context, request, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    list(builder, HeaderName::ACCEPT_ENCODING, &["deflate", "identity"]).build()
}

/// 420 to a request that requires an extension, none of which this user agent has (RFC 3261 section 8.2.2.3); `None`
/// when it requires nothing.
pub(crate) fn bad_extension(context: &mut Context, request: &Message) -> Option<Message> {
    request.header(HeaderName::REQUIRE)?;
    let mut builder = start(context, request, StatusCode::BAD_EXTENSION);
    let mut requires = false;
    for tag in request.typed_all::<Require>() {
        requires = true;
        if let Ok(tag) = tag
            && let Ok(tag) = Unsupported::new(tag.as_str())
        {
            builder = builder.header(&tag);
        }
    }
    requires.then(|| builder.build())
}

/// 400 that says why.
pub(crate) fn bad_request(context: &mut Context, request: &Message, reason: &str) -> Message {
    let end = reason.floor_char_boundary(limits::REASON);
    start(context, request, StatusCode::BAD_REQUEST)
        .reason(&reason[..end])
        .build()
}

fn start(context: &mut Context, request: &Message, status: StatusCode) -> MessageBuilder {
    let tag = context.random.tag();
    let builder = MessageBuilder::reply_to(request, status, Some(&tag)).expect("hexadecimal digits are a token");
    match context.identity.product() {
        Some(product) => {
            builder.header(&Server::new(product).expect("control characters and blanks at the ends were taken out"))
        }
        None => builder,
    }
}

fn allow(builder: MessageBuilder) -> MessageBuilder {
    let methods = ALLOWED.map(|method| method.as_str());
    list(builder, HeaderName::ALLOW, &methods)
}

fn list(builder: MessageBuilder, name: HeaderName, values: &[&'static str]) -> MessageBuilder {
    let values = values.join(", ");
    builder.raw(name, RawValue::new(&values).expect("our own lists have one line"))
}

fn identity_only(builder: MessageBuilder) -> MessageBuilder {
    list(builder, HeaderName::ACCEPT_ENCODING, &["identity"])
}

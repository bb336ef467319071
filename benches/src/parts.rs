use std::str;

use bytes::Bytes;
use sip_message::{
    HeaderName, Message, MessageBuilder, RawHeader, RawValue, RequestHead, StatusCode,
    headers::{
        Contact, ContentType, Date, Event, Expires, MaxForwards, RecordRoute, Route, Server, SubscriptionState,
        TypedHeader, UserAgent, Via,
    },
};

use crate::TO_TAG;

/// The values that a message is built from, as an application holds them: typed where sip-message has a type, lists and
/// what it has no type for as text. [`Parts::write`] makes a message of them; no line of the message that they came
/// from is copied.
///
/// The exception are responses: sip-message builds one from the request that it answers, whose Via, From, Call-ID and
/// CSeq lines it copies. The request is made up from the response.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    start: Start<'a>,
    headers: Vec<Value<'a>>,
    content: Option<(ContentType<'a>, Bytes)>,
}

#[derive(Clone, Debug)]
enum Start<'a> {
    Request {
        head: Box<RequestHead<'a>>,
        vias: Vec<Via<'a>>,
    },
    Response {
        request: Box<Message>,
        status: StatusCode,
        to_tag: String,
    },
}

#[derive(Clone, Debug)]
enum Value<'a> {
    Contact(Contact<'a>),
    Date(Date),
    Event(Event<'a>),
    Expires(Expires),
    RecordRoute(RecordRoute<'a>),
    Route(Route<'a>),
    Server(Server<'a>),
    SubscriptionState(SubscriptionState<'a>),
    Text(HeaderName, &'a str),
    UserAgent(UserAgent<'a>),
}

impl<'a> Parts<'a> {
    /// Takes a message apart.
    ///
    /// # Panics
    /// When the message lacks what every message has, or a header of it is malformed.
    #[must_use]
    pub fn of(message: &'a Message) -> Self {
        let written_first = [
            HeaderName::VIA,
            HeaderName::MAX_FORWARDS,
            HeaderName::FROM,
            HeaderName::TO,
            HeaderName::CALL_ID,
            HeaderName::CSEQ,
            HeaderName::CONTENT_TYPE,
            HeaderName::CONTENT_LENGTH,
        ];
        let others = message
            .headers()
            .filter(|field| !written_first.iter().any(|name| field.is(*name)));
        let content_type: Option<ContentType> = message.typed().expect("well-formed");
        Self {
            start: match message.status() {
                None => request(message),
                Some(status) => response(message, status),
            },
            headers: others.map(Value::of).collect(),
            content: content_type.map(|content_type| (content_type, message.body_bytes())),
        }
    }

    /// Builds the message and writes it.
    ///
    /// # Panics
    /// Never: the values are valid.
    #[must_use]
    pub fn write(&self) -> Message {
        let mut builder = match &self.start {
            Start::Request { head, vias } => {
                let builder = MessageBuilder::request(head);
                vias.iter().fold(builder, MessageBuilder::via)
            }
            Start::Response {
                request,
                status,
                to_tag,
            } => MessageBuilder::reply_to(request, *status, Some(to_tag)).expect("a token"),
        };
        for value in &self.headers {
            builder = match value {
                Value::Contact(value) => builder.header(value),
                Value::Date(value) => builder.header(value),
                Value::Event(value) => builder.header(value),
                Value::Expires(value) => builder.header(value),
                Value::RecordRoute(value) => builder.header(value),
                Value::Route(value) => builder.header(value),
                Value::Server(value) => builder.header(value),
                Value::SubscriptionState(value) => builder.header(value),
                Value::Text(name, value) => builder.raw(*name, RawValue::new(value).expect("one line")),
                Value::UserAgent(value) => builder.header(value),
            };
        }
        match &self.content {
            Some((content_type, body)) => builder.body(content_type, body.clone()),
            None => builder,
        }
        .build()
    }
}

impl<'a> Value<'a> {
    fn of(field: RawHeader<'a>) -> Self {
        fn typed<'a, H: TypedHeader<'a>>(field: &RawHeader<'a>) -> H {
            field.typed().expect("well-formed")
        }
        let name = field.id().expect("a header that the RFCs define");
        match name.as_str() {
            "Contact" => Self::Contact(typed(&field)),
            "Date" => Self::Date(typed(&field)),
            "Event" => Self::Event(typed(&field)),
            "Expires" => Self::Expires(typed(&field)),
            "Record-Route" => Self::RecordRoute(typed(&field)),
            "Route" => Self::Route(typed(&field)),
            "Server" => Self::Server(typed(&field)),
            "Subscription-State" => Self::SubscriptionState(typed(&field)),
            "User-Agent" => Self::UserAgent(typed(&field)),
            _ => Self::Text(name, field.value_str().expect("text")),
        }
    }
}

fn request(message: &Message) -> Start<'_> {
    fn typed<'a, H: TypedHeader<'a> + 'a>(message: &'a Message) -> H {
        message.typed().expect("well-formed").expect("there")
    }
    let max_forwards: MaxForwards = typed(message);
    let vias: Result<_, _> = message.typed_all().collect();
    Start::Request {
        head: Box::new(RequestHead {
            cseq: typed(message),
            uri: message.request_uri().expect("a URI"),
            from: typed(message),
            to: typed(message),
            call_id: typed(message),
            max_forwards: max_forwards.0,
        }),
        vias: vias.expect("well-formed"),
    }
}

/// The response's own Via, From, To without its tag, Call-ID and CSeq under a request line.
fn response(message: &Message, status: StatusCode) -> Start<'static> {
    let text = str::from_utf8(message.as_bytes()).expect("text");
    let (_, head) = text.split_once("\r\n").expect("a start line");
    let to: sip_message::headers::To = message.typed().expect("well-formed").expect("there");
    let to_tag = to.tag().unwrap_or(TO_TAG).to_owned();
    let request = format!("OPTIONS sip:example.test SIP/2.0\r\n{head}").replace(&format!(";tag={to_tag}"), "");
    Start::Response {
        request: Box::new(Message::parse(request).expect("a message")),
        status,
        to_tag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MESSAGES;

    /// Each line without angle brackets, which are always written and not always read.
    fn lines(message: &Message) -> Vec<Vec<u8>> {
        let plain = |line: &[u8]| line.iter().copied().filter(|byte| !b"<>".contains(byte)).collect();
        let mut lines: Vec<_> = message.headers().map(|field| plain(field.line())).collect();
        lines.sort_unstable();
        lines
    }

    #[test]
    fn what_is_written_is_the_message_but_for_the_order_of_headers() {
        for (name, bytes) in MESSAGES {
            let message = Message::parse(bytes).unwrap();
            let written = Parts::of(&message).write();
            assert_eq!(written.start_line(), message.start_line(), "{name}");
            assert_eq!(lines(&written), lines(&message), "{name}");
            assert_eq!(written.body(), message.body(), "{name}");
        }
    }
}

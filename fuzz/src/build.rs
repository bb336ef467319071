use std::str;

use bytes::BytesMut;
use sip_message::{
    Edit, HeaderName, Limits, Message, MessageBuilder, Method, NameAddr, RawHeader, RawValue, RequestHead, StartLine,
    StatusCode, Uri,
    headers::{
        self, CSeq, CallId, ContentLength, ContentType, From, MaxForwards, Occurrence, Route, To, TypedHeader, Via,
    },
};

/// What is built has the headers that were put in, with the values that were put in, and no other; it reads as itself.
/// The same of a response to it, and of a change of it.
///
/// The input is pieces with an octet FF between them: method, Request-URI, From, To, Call-ID, reason phrase, tag of the
/// response, Content-Type, body; then one for each step, which is a letter and what [`step`] and [`change`] make of it.
pub fn build_message(data: &[u8]) {
    let mut pieces = data.split(|octet| *octet == 0xFF);
    let mut text = || str::from_utf8(pieces.next().unwrap_or_default()).unwrap_or_default();
    let uri = |text| Uri::parse(text).unwrap_or(Uri::parse("sip:b@example.test").expect("a URI"));
    let head = RequestHead {
        cseq: CSeq::new(7, Method::new(text()).unwrap_or(Method::Message)).expect("below the largest"),
        uri: uri(text()),
        from: From::parse(text()).unwrap_or(From::new(NameAddr::new(uri("")))),
        to: To::parse(text()).unwrap_or(To::new(NameAddr::new(uri("")))),
        call_id: CallId::new(text()).unwrap_or(CallId::new("7").expect("a word")),
        max_forwards: 70,
    };
    let (reason, tag, content_type) = (text(), text(), ContentType::parse(text()));
    let body = pieces.next().unwrap_or_default();
    let steps: Vec<&str> = pieces.filter_map(|piece| str::from_utf8(piece).ok()).collect();

    let mut request = Building {
        builder: MessageBuilder::request(&head),
        vias: Vec::new(),
        others: vec![
            line(&MaxForwards(head.max_forwards)),
            line(&head.from),
            line(&head.to),
            line(&head.call_id),
            line(&head.cseq),
        ],
    };
    for text in &steps {
        request = step(request, text, None);
    }
    let request = finish(request, content_type.as_ref().ok(), body);
    let StartLine::Request { method, uri, version } = request.start_line() else {
        panic!("a request was built");
    };
    assert_eq!((method, version), (head.cseq.method(), "SIP/2.0"));
    assert_eq!(uri, head.uri.as_str().as_bytes());
    assert_eq!(request.request_uri(), Ok(head.uri));

    answer(&request, reason, tag, &steps, content_type.as_ref().ok(), body);
    let changed = changes(&request, &steps);
    pop(&changed);
}

/// A header line: its name, and its value as it must read.
type Line = (HeaderName, String);

/// A message that is built, and the lines that it must have.
struct Building {
    builder: MessageBuilder,
    vias: Vec<Line>,
    others: Vec<Line>,
}

/// Names of an application's own.
const OWN: [HeaderName; 2] = [HeaderName::from_static("X-One"), HeaderName::from_static("x-two")];

/// The name and the value in `Name: value`.
fn split(text: &str) -> Option<(HeaderName, &str)> {
    let (name, value) = text.split_once(':')?;
    let own = || OWN.into_iter().find(|own| own.matches(name));
    let name = HeaderName::lookup(name.as_bytes()).or_else(own)?;
    Some((name, value.strip_prefix(' ').unwrap_or(value)))
}

/// Adds what a step says: `h` a typed header, `r` a raw one, `v` a Via, `c` the headers of a name in another message.
fn step(mut to: Building, text: &str, other: Option<&Message>) -> Building {
    let Some((name, value)) = text.get(1..).and_then(split) else {
        return to;
    };
    match text.as_bytes()[0] {
        b'h' => {
            macro_rules! add {
                ($($header:ident)*) => {
                    $(
                        if name == headers::$header::NAME && let Ok(header) = headers::$header::parse(value) {
                            let written = line(&header).1;
                            if !value.contains(['\r', '\n']) {
                                assert_eq!(headers::$header::parse(&written).as_ref(), Ok(&header));
                            }
                            to.builder = to.builder.header(&header);
                            add_lines(&mut to.others, name, vec![line(&header)]);
                        }
                    )*
                };
            }
            sip_message::for_each_typed_header!(add);
        }
        b'r' => {
            if let Ok(raw) = RawValue::new(value) {
                to.builder = to.builder.raw(name, raw);
                add_lines(&mut to.others, name, vec![(name, value.to_owned())]);
            }
        }
        b'v' => {
            if let Ok(via) = Via::parse(value) {
                to.builder = to.builder.via(&via);
                to.vias.push(line(&via));
            }
        }
        b'c' => {
            if let Some(other) = other {
                to.builder = to.builder.copy(other, name);
                let mut copied = lines(other);
                copied.retain(|(other, _)| *other == name);
                add_lines(&mut to.others, name, copied);
            }
        }
        _ => {}
    }
    to
}

/// Adds lines of one header as a builder does: no length, no second one of those that it was made with, and one that may
/// stand once in the place of another.
fn add_lines(others: &mut Vec<Line>, name: HeaderName, added: Vec<Line>) {
    let mandatory = [HeaderName::CALL_ID, HeaderName::CSEQ, HeaderName::FROM, HeaderName::TO];
    let is_second = mandatory.contains(&name) && others.iter().any(|(other, _)| *other == name);
    if name == HeaderName::CONTENT_LENGTH || is_second || added.is_empty() {
        return;
    }
    let mut may_stand_once = false;
    macro_rules! look {
        ($($header:ident)*) => {
            $(may_stand_once |= name == headers::$header::NAME && headers::$header::OCCURRENCE == Occurrence::Once;)*
        };
    }
    sip_message::for_each_typed_header!(look);
    if may_stand_once {
        others.retain(|(other, _)| *other != name);
    }
    others.extend(added);
}

/// The line of a typed header: each fold is the one space that it stands for (RFC 3261 section 7.3.1).
fn line<'a, H: TypedHeader<'a>>(header: &H) -> Line {
    (H::NAME, unfolded(&header.to_string()))
}

fn unfolded(text: &str) -> String {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let breaks = |c: char| matches!(c, '\r' | '\n');
    if !text.contains(breaks) {
        return text.to_owned();
    }
    let lines = text.split(breaks).map(|line| line.trim_matches(is_space));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The lines of a message.
fn lines(message: &Message) -> Vec<Line> {
    let name = |field: &RawHeader<'_>| field.id().or_else(|| OWN.into_iter().find(|own| field.is(*own)));
    let line = |field: RawHeader<'_>| (name(&field).expect("a name that was put in"), value(&field));
    message.headers().map(line).collect()
}

fn value(field: &RawHeader<'_>) -> String {
    field.value_str().expect("all values are text").to_owned()
}

/// Ends a message, and checks that it is what was put in.
fn finish(built: Building, content_type: Option<&ContentType<'_>>, body: &[u8]) -> Message {
    let Building {
        mut builder,
        vias: mut wanted,
        others,
    } = built;
    wanted.extend(others);
    if let Some(content_type) = content_type {
        builder = builder.body(content_type, body.to_vec());
        wanted.retain(|(name, _)| *name != HeaderName::CONTENT_TYPE);
        wanted.push(line(content_type));
    }
    let body = if content_type.is_some() { body } else { b"" };
    wanted.push(line(&ContentLength(body.len() as u64)));
    let buffer = builder.clone().into_buffer();
    let message = builder.build();
    assert_eq!(message.as_bytes(), &buffer);
    assert_eq!(lines(&message), wanted);
    assert_eq!(message.body(), body);
    assert_eq!(message.content_length(), Ok(Some(body.len())));
    read_back(&message);
    message
}

/// A message that was made reads as the same one.
fn read_back(message: &Message) {
    let limits = Limits {
        message: usize::MAX,
        head: usize::MAX,
        headers: usize::MAX,
        ..Limits::default()
    };
    let again = Message::parse_with(message.as_bytes().clone(), &limits).expect("what is built reads");
    assert_eq!(&again, message);
    assert_eq!(again.start_line(), message.start_line());
    assert_eq!(again.body(), message.body());
    let fields = |message: &Message| -> Vec<_> {
        let field = |field: RawHeader<'_>| (field.name().to_owned(), field.offset(), field.line().to_vec());
        message.headers().map(field).collect()
    };
    assert_eq!(fields(&again), fields(message));
    for field in message.headers() {
        if let Some(name) = field.id() {
            let first = |message: &Message| message.header(name).map(|first| first.offset());
            assert_eq!(first(&again), first(message));
        }
    }
}

/// A response to what was built, with the same steps.
fn answer(
    request: &Message,
    reason: &str,
    tag: &str,
    steps: &[&str],
    content_type: Option<&ContentType<'_>>,
    body: &[u8],
) {
    let tag = Some(tag).filter(|tag| !tag.is_empty());
    let Ok(builder) = MessageBuilder::reply_in(BytesMut::from("dropped"), request, StatusCode::NOT_FOUND, tag) else {
        return;
    };
    let mut others = Vec::new();
    let copied = [
        HeaderName::VIA,
        HeaderName::FROM,
        HeaderName::TO,
        HeaderName::CALL_ID,
        HeaderName::CSEQ,
    ];
    for name in copied {
        others.extend(lines(request).into_iter().filter(|(other, _)| *other == name));
    }
    if let (Some(tag), Ok(Some(to))) = (tag, request.typed::<To>())
        && to.tag().is_none()
        && let Some((_, value)) = others.iter_mut().find(|(name, _)| *name == HeaderName::TO)
    {
        if to.0.params().get("tag").is_some() {
            *value = to.with_tag(tag).expect("it was taken for the response").to_string();
        } else {
            let before = if value.ends_with(';') { "tag=" } else { ";tag=" };
            value.extend([before, tag]);
        }
    }
    let mut response = Building {
        builder: builder.reason(reason),
        vias: Vec::new(),
        others,
    };
    for text in steps {
        response = step(response, text, Some(request));
    }
    let response = finish(response, content_type, body);
    let StartLine::Response {
        status, reason: phrase, ..
    } = response.start_line()
    else {
        panic!("a response was built");
    };
    assert_eq!(status, StatusCode::NOT_FOUND);
    let phrase = str::from_utf8(phrase).expect("text");
    assert_eq!(phrase.chars().count(), reason.chars().count());
    assert!(!phrase.contains(char::is_control));
    if let (Some(tag), Ok(Some(to))) = (tag, request.typed::<To>()) {
        // A step may have added another.
        let first = response.header(HeaderName::TO).expect("it was copied");
        let answered: To = first.typed().expect("it was read before");
        assert_eq!(answered.tag(), Some(to.tag().unwrap_or(tag)));
    }
}

/// What changes do to the lines of a message.
struct Changing<'m> {
    edit: Edit<'m>,
    /// For each line of the message, those that come before it, and what becomes of it.
    places: Vec<(Vec<Line>, Option<Line>)>,
    appended: Vec<Line>,
    /// A header is named in one change only.
    named: Vec<HeaderName>,
}

/// The message with the changes that the steps name: `s` sets a header, `p` puts it in front, `a` appends it, `d` takes all
/// of its name out.
fn changes(message: &Message, steps: &[&str]) -> Message {
    let mut changing = Changing {
        edit: message.edit(),
        places: lines(message)
            .into_iter()
            .map(|line| (Vec::new(), Some(line)))
            .collect(),
        appended: Vec::new(),
        // What is written is the length of the body, whatever the step says.
        named: vec![HeaderName::CONTENT_LENGTH],
    };
    for text in steps {
        if let Some((name, value)) = text.get(1..).and_then(split)
            && !changing.named.contains(&name)
        {
            changing = change(changing, text.as_bytes()[0], name, value);
        }
    }
    let mut wanted = Vec::new();
    for (before, line) in changing.places {
        wanted.extend(before);
        wanted.extend(line);
    }
    wanted.extend(changing.appended);
    let changed = changing.edit.finish();
    assert_eq!(lines(&changed), wanted);
    assert_eq!(changed.start_line(), message.start_line());
    assert_eq!(changed.body(), message.body());
    read_back(&changed);
    changed
}

fn change<'m>(mut to: Changing<'m>, step: u8, name: HeaderName, value: &str) -> Changing<'m> {
    let is_named = |line: &Option<Line>| line.as_ref().is_some_and(|(other, _)| *other == name);
    let first = to.places.iter().position(|(_, line)| is_named(line));
    if step == b'd' {
        to.named.push(name);
        to.edit = to.edit.remove(name);
        for (_, line) in &mut to.places {
            if is_named(line) {
                *line = None;
            }
        }
    }
    macro_rules! change {
        ($($header:ident)*) => {
            $(
                if name == headers::$header::NAME && let Ok(header) = headers::$header::parse(value) {
                    to.named.push(name);
                    let line = line(&header);
                    match (step, first) {
                        (b's', Some(first)) => to.places[first].1 = Some(line),
                        (b'p', _) => to.places[first.unwrap_or(0)].0.push(line),
                        _ => to.appended.push(line),
                    }
                    to.edit = match step {
                        b's' => to.edit.set(&header),
                        b'p' => to.edit.push_front(&header),
                        _ => to.edit.append(&header),
                    };
                }
            )*
        };
    }
    if matches!(step, b's' | b'p' | b'a') {
        sip_message::for_each_typed_header!(change);
    }
    to
}

/// Without its first Route a message has all others.
fn pop(message: &Message) {
    let popped = message.edit().pop_front(HeaderName::ROUTE).finish();
    read_back(&popped);
    let routes = |message: &Message| -> Vec<_> {
        let route = |route: Result<Route<'_>, _>| route.map(|route| route.to_string()).ok();
        message.typed_all::<Route>().map(route).collect()
    };
    let before = routes(message);
    assert_eq!(routes(&popped), before.get(1..).unwrap_or_default());
    let others = |message: &Message| {
        let mut lines = lines(message);
        lines.retain(|(name, _)| *name != HeaderName::ROUTE);
        lines
    };
    assert_eq!(others(&popped), others(message));
}

//! The other side: what the user agent sends is taken up here, and answered as the test says.

use std::{
    collections::VecDeque,
    time::{Duration, Instant, SystemTime},
};

use sip_digest::{Credentials, Ha1, NonceKey, Password, Request, Verifier, VerifierConfig};
use sip_message::{
    Aor, HeaderName, Message, MessageBuilder, RawValue, StatusCode, Transport, UriBuf,
    headers::{CSeq, CallId, From, To},
};
use sip_transaction::{Destination, Flow, SentBy};
use sip_ua::{Config, Event, Input, Output, UserAgent};

pub(crate) const REALM: &str = "example.test";

/// The tag of every dialog's other end.
pub(crate) const SERVER_TAG: &str = "server-tag";

pub(crate) struct Script {
    pub(crate) agent: UserAgent,
    pub(crate) now: Instant,
    start: (Instant, SystemTime),
    sent: VecDeque<Message>,
    events: VecDeque<Event>,
    verifier: Verifier,
    branches: u32,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let start = (Instant::now(), epoch);
        let mut config = Config {
            aor: Aor::parse("alice@example.test").unwrap(),
            display_name: None,
            username: "alice".to_owned(),
            password: Password::new("alicepw"),
            server: Destination::Address {
                transport: Transport::Udp,
                remote: flow().remote,
            },
            contact: UriBuf::parse("sip:alice@192.0.2.1:5070;transport=udp").unwrap(),
            sent_by: vec![SentBy {
                transport: Transport::Udp,
                host: "192.0.2.1".to_owned(),
                port: Some(5070),
            }],
            user_agent: Some("scripted".to_owned()),
            epoch: start,
            seed: [7; 32],
        };
        change(&mut config);
        Self {
            agent: UserAgent::new(config),
            now: start.0,
            start,
            sent: VecDeque::new(),
            events: VecDeque::new(),
            verifier: Verifier::new(VerifierConfig::new(REALM), &NonceKey::new([9; 32])).unwrap(),
            branches: 0,
        }
    }

    /// The next message that the user agent sends.
    pub(crate) fn sent(&mut self) -> Message {
        self.drain();
        self.sent.pop_front().expect("a message is sent")
    }

    /// Nothing more is sent.
    pub(crate) fn silence(&mut self) {
        self.drain();
        assert_eq!(self.sent, []);
    }

    /// What was sent and not looked at yet is of no interest.
    pub(crate) fn skip(&mut self) -> usize {
        self.take_sent().len()
    }

    /// All that was sent and not looked at yet.
    pub(crate) fn take_sent(&mut self) -> Vec<Message> {
        self.drain();
        self.sent.drain(..).collect()
    }

    pub(crate) fn forget_events(&mut self) {
        self.drain();
        self.events.clear();
    }

    /// The next event.
    pub(crate) fn event(&mut self) -> Event {
        self.drain();
        self.events.pop_front().expect("something happens")
    }

    /// The next event, if there is one.
    pub(crate) fn try_event(&mut self) -> Option<Event> {
        self.drain();
        self.events.pop_front()
    }

    /// No more events.
    pub(crate) fn no_event(&mut self) {
        self.drain();
        assert!(self.events.is_empty(), "{:?}", self.events);
    }

    pub(crate) fn receive(&mut self, message: Message) {
        self.input(Input::Received { message, flow: flow() });
    }

    pub(crate) fn input(&mut self, input: Input) {
        self.agent.handle_input(self.now, input);
        self.drain();
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, request: &Message, status: StatusCode) {
        self.answer_with(request, status, &[]);
    }

    /// Answers a request, with these headers.
    pub(crate) fn answer_with(&mut self, request: &Message, status: StatusCode, headers: &[(HeaderName, &str)]) {
        let start = MessageBuilder::reply_to(request, status, Some(SERVER_TAG)).unwrap();
        let response = headers
            .iter()
            .fold(start, |builder, (name, value)| {
                builder.raw(*name, RawValue::new(value).unwrap())
            })
            .build();
        self.receive(response);
    }

    /// Challenges a request, as user agent server (401) or proxy (407).
    pub(crate) fn challenge(&mut self, request: &Message, status: StatusCode, stale: bool) {
        let now = self.time();
        let challenge = self.verifier.challenges(now, b"", stale).next().unwrap();
        let value = challenge.to_string();
        let name = match status {
            StatusCode::UNAUTHORIZED => HeaderName::WWW_AUTHENTICATE,
            _ => HeaderName::PROXY_AUTHENTICATE,
        };
        self.answer_with(request, status, &[(name, &value)]);
    }

    /// Checks the credentials in a request, and returns their nonce count.
    pub(crate) fn verify(&mut self, request: &Message, name: HeaderName) -> u32 {
        let value = text(request, name);
        let credentials = Credentials::parse(&value).unwrap();
        let ha1 = Ha1::new(sip_digest::Algorithm::Md5, "alice", REALM, &Password::new("alicepw"));
        let (method, uri) = (
            request.method().unwrap().as_str().to_owned(),
            request.request_uri().unwrap().as_str().to_owned(),
        );
        self.verifier
            .verify(&credentials, Some(&ha1), &Request::new(&method, &uri), b"", self.time())
            .unwrap();
        credentials.nc().map_or(0, sip_digest::NonceCount::value)
    }

    /// Lets time pass, with all timeouts on the way.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut steps = 0;
        while let Some(due) = self.agent.poll_timeout()
            && due <= until
        {
            steps += 1;
            assert!(steps < 10_000, "the timers do not come to rest");
            self.now = self.now.max(due);
            self.input(Input::Timeout);
        }
        self.now = until;
    }

    /// Lets time pass until a message is sent, which must be within so many seconds.
    pub(crate) fn next_within(&mut self, seconds: u64) -> Message {
        let until = self.now + Duration::from_secs(seconds);
        loop {
            self.drain();
            if let Some(message) = self.sent.pop_front() {
                return message;
            }
            let due = self.agent.poll_timeout().expect("a timer runs");
            assert!(due <= until, "nothing is sent in time");
            self.now = self.now.max(due);
            self.input(Input::Timeout);
        }
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// A request for the user agent, with these header lines (each with its CRLF) and this body.
    pub(crate) fn request(&mut self, method: &str, headers: &str, body: impl AsRef<[u8]>) -> Message {
        self.branches += 1;
        let body = body.as_ref();
        let mut bytes = format!(
            "{method} sip:alice@192.0.2.1:5070;transport=udp SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKserver{};rport\r\n\
             Max-Forwards: 70\r\n\
             {headers}Content-Length: {}\r\n\r\n",
            self.branches,
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        Message::parse(bytes).unwrap()
    }

    /// A MESSAGE from Bob, as the `cseq`th request of its Call-ID.
    pub(crate) fn message(&mut self, cseq: u32, content_type: &str, body: impl AsRef<[u8]>) -> Message {
        let headers = format!(
            "From: \"Bob B.\" <sip:bob@example.test>;tag=bob1\r\nTo: <sip:alice@example.test>\r\n\
             Call-ID: bobs-call\r\nCSeq: {cseq} MESSAGE\r\nContent-Type: {content_type}\r\n"
        );
        self.request("MESSAGE", &headers, body)
    }

    /// A NOTIFY of the dialog that `subscribe` begins.
    pub(crate) fn notify(&mut self, subscribe: &Message, cseq: u32, state: &str, body: &str) -> Message {
        let (from, to) = (text(subscribe, HeaderName::FROM), text(subscribe, HeaderName::TO));
        let from_tag = match tag_of_to(subscribe) {
            Some(_) => String::new(),
            None => format!(";tag={SERVER_TAG}"),
        };
        let body_type = if body.is_empty() {
            ""
        } else {
            "Content-Type: application/pidf+xml\r\n"
        };
        let headers = format!(
            "From: {to}{from_tag}\r\nTo: {from}\r\nCall-ID: {}\r\nCSeq: {cseq} NOTIFY\r\n\
             Contact: <sip:presence@192.0.2.100>\r\nEvent: {}\r\nSubscription-State: {state}\r\n{body_type}",
            text(subscribe, HeaderName::CALL_ID),
            text(subscribe, HeaderName::EVENT),
        );
        self.request("NOTIFY", &headers, body)
    }

    /// 200 to a SUBSCRIBE.
    pub(crate) fn accept(&mut self, subscribe: &Message, expires: &str) {
        self.answer_with(
            subscribe,
            StatusCode::OK,
            &[
                (HeaderName::EXPIRES, expires),
                (HeaderName::CONTACT, "<sip:presence@192.0.2.100>"),
            ],
        );
    }

    fn time(&self) -> SystemTime {
        self.start.1 + (self.now - self.start.0)
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Event(event) => self.events.push_back(event),
                Output::Transmit { bytes, to } => {
                    assert_eq!(to.remote(), flow().remote);
                    let message = Message::parse(bytes).unwrap();
                    // A response repeats what the request has, good or bad.
                    if message.is_request() {
                        message.validate().unwrap();
                    }
                    self.sent.push_back(message);
                }
            }
        }
    }
}

pub(crate) fn flow() -> Flow {
    Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5070".parse().unwrap(),
        remote: "192.0.2.100:5060".parse().unwrap(),
        connection: 0,
    }
}

/// The value of a header that is there.
pub(crate) fn text(message: &Message, name: HeaderName) -> String {
    let field = message.header(name);
    let field = field.unwrap_or_else(|| panic!("no {name} in {message}"));
    field.value_str().unwrap().to_owned()
}

pub(crate) fn method(message: &Message) -> &str {
    match message.start_line() {
        sip_message::StartLine::Request { method, .. } => method.as_str(),
        sip_message::StartLine::Response { .. } => panic!("no request: {message}"),
    }
}

/// The status of a response to a request.
pub(crate) fn status(message: &Message) -> u16 {
    message
        .status()
        .unwrap_or_else(|| panic!("no response: {message}"))
        .as_u16()
}

pub(crate) fn cseq(message: &Message) -> u32 {
    message.typed::<CSeq>().unwrap().unwrap().number()
}

/// What stays the same when a request is sent again with credentials.
pub(crate) fn ids(message: &Message) -> (String, String) {
    let call_id = message.typed::<CallId>().unwrap().unwrap();
    let from = message.typed::<From>().unwrap().unwrap();
    (call_id.as_str().to_owned(), from.tag().unwrap().to_owned())
}

fn tag_of_to(message: &Message) -> Option<String> {
    let to = message.typed::<To>().unwrap().unwrap();
    to.tag().map(str::to_owned)
}

/// Unwraps one variant.
macro_rules! take {
    ($value:expr, $pattern:pat => $result:expr) => {
        match $value {
            $pattern => $result,
            other => panic!("{other:?} instead of {}", stringify!($pattern)),
        }
    };
}
pub(crate) use take;

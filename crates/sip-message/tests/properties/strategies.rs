//! Parts of messages, messages, and what only looks like one.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    time::{Duration, SystemTime},
};

use proptest::{collection::vec, option, prelude::*, sample};
use sip_message::{
    HeaderName, Host, Message, MessageBuilder, Method, NameAddr, Params, RawValue, RequestHead, Transport, Uri,
    headers::{
        Allow, CSeq, CallId, Contact, ContentType, Date, Event, Expires, From, MediaType, RetryAfter, Route,
        SubscriptionState, Supported, To, Via,
    },
};

pub(crate) const TOKEN: &str = "[A-Za-z0-9.!%*_+`'~-]{1,12}";

/// Headers without a type of their own.
pub(crate) const EXTRA: [HeaderName; 4] = [
    HeaderName::from_static("X-One"),
    HeaderName::from_static("p-two.3"),
    HeaderName::from_static("Subjects"),
    HeaderName::from_static("q"),
];

/// Text that a header value or a quoted string can carry.
pub(crate) fn line_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,20}", r#"[\\"<>,;@ a]{0,12}"#]
        .prop_map(|text| text.replace(['\r', '\n', '\0'], ""))
}

pub(crate) fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z]([a-z0-9-]{0,6}[a-z0-9])?(\\.[a-zA-Z]{1,5}){0,2}\\.?",
        any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).to_string()),
        any::<u128>().prop_map(|bits| format!("[{}]", Ipv6Addr::from(bits))),
        Just("[::1]".to_owned()),
    ]
}

fn sip_uri() -> impl Strategy<Value = String> {
    let user = "([a-zA-Z0-9_.!~*'()&=+$,;?/-]|%[0-9a-fA-F]{2}){1,8}(:([a-z0-9$,-]|%[0-9a-fA-F]{2}){0,4})?@";
    let port = any::<u16>().prop_map(|port| format!(":{port}"));
    let params = "(;[a-zA-Z0-9:/&+$_.!~*'()\\[\\]-]{1,4}(=([a-c/:]|%[0-9a-fA-F]{2}){0,3})?){0,3}";
    let headers = "(\\?[a-z]{1,3}=([a-z?/]|%[0-9a-fA-F]{2}){0,3}(&[a-z]{1,3}=[a-z]{0,2}){0,2})?";
    let scheme = sample::select(vec!["sip:", "sips:", "SIP:", "sIpS:"]);
    (scheme, option::of(user), host(), option::of(port), params, headers).prop_map(
        |(scheme, user, host, port, params, headers)| {
            let (user, port) = (user.unwrap_or_default(), port.unwrap_or_default());
            format!("{scheme}{user}{host}{port}{params}{headers}")
        },
    )
}

/// URIs of few letters, so that two of them are often equivalent.
pub(crate) fn small_uri() -> impl Strategy<Value = String> {
    let user = "(([aA]|%61|%41|%40){1,2}(:([aA]|%61))?@)?";
    let host = "([hH]|1\\.2\\.3\\.4|\\[::1\\]|\\[0::1\\])(:5060)?";
    let params = "(;(x|X|%78|ttl|lr|transport|TRANSPORT|%75ser)(=(a|A|%61)?)?){0,3}";
    let headers = "(\\?(h|H|%68)=(a|A|%61)(&(h|g)=(a|A)){0,2})?";
    (
        sample::select(vec!["sip:", "SIP:", "sips:"]),
        user,
        host,
        params,
        headers,
    )
        .prop_map(|(scheme, user, host, params, headers)| format!("{scheme}{user}{host}{params}{headers}"))
}

pub(crate) fn uri() -> impl Strategy<Value = String> {
    let other = "(tel|pres|im|urn|PRES|x-y\\.z):([a-zA-Z0-9;/?:@&=+$,_.!~*'()#\\[\\]-]|%[0-9a-fA-F]{2}){1,12}";
    prop_oneof![3 => sip_uri(), 1 => small_uri(), 1 => other]
}

pub(crate) fn params() -> impl Strategy<Value = Params<'static>> {
    let value = prop_oneof![
        2 => TOKEN.prop_map(Some),
        1 => Just(Some("[2001:db8::1]".to_owned())),
        1 => Just(None),
    ];
    vec((TOKEN, value, option::weighted(0.3, line_text())), 0..4).prop_map(|all| {
        all.into_iter()
            .fold(Params::new(), |params, (name, value, quoted)| match (value, quoted) {
                (_, Some(text)) => params.with_quoted(&name, &text).unwrap(),
                (Some(value), None) => params.with(&name, &value).unwrap(),
                (None, None) => params.with_flag(&name).unwrap(),
            })
    })
}

/// The parts of an address; [`Address::build`] borrows them.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) display: Option<String>,
    pub(crate) uri: String,
    pub(crate) params: Params<'static>,
}

impl Address {
    pub(crate) fn build(&self) -> NameAddr<'_> {
        let address = NameAddr::new(Uri::parse(&self.uri).unwrap()).with_params(self.params.clone());
        match &self.display {
            Some(name) => address.with_display_name(name).unwrap(),
            None => address,
        }
    }
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    (option::of(line_text()), uri(), params()).prop_map(|(display, uri, params)| Address { display, uri, params })
}

#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) tag: String,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    pub(crate) max_forwards: u8,
    pub(crate) vias: Vec<(Transport, String, Option<u16>, String, bool)>,
    pub(crate) contacts: Vec<Address>,
    pub(crate) routes: Vec<Address>,
    pub(crate) event: (String, Option<String>),
    pub(crate) state: (u32, String),
    pub(crate) seconds: u64,
    pub(crate) tokens: Vec<String>,
    pub(crate) extra: Vec<(HeaderName, String)>,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn parts() -> impl Strategy<Value = Parts> {
    let known = sample::select(vec!["MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REGISTER", "INVITE"]);
    let method = prop_oneof![2 => known.prop_map(str::to_owned), 1 => TOKEN];
    let transport = sample::select(vec![
        Transport::Udp,
        Transport::Tcp,
        Transport::Tls,
        Transport::Ws,
        Transport::Wss,
    ]);
    let via = (transport, host(), option::of(any::<u16>()), TOKEN, any::<bool>());
    let name = sample::select(&EXTRA[..]);
    let extra = (
        name,
        line_text().prop_map(|text| text.trim_matches([' ', '\t']).to_owned()),
    );
    let word = "[A-Za-z0-9.!%*_+`'~()<>:\\\\\"/\\[\\]?{}-]{1,10}";
    let call_id = (word, option::of(word)).prop_map(|(left, right)| match right {
        Some(right) => format!("{left}@{right}"),
        None => left,
    });
    (
        (
            method,
            uri(),
            address(),
            address(),
            TOKEN,
            call_id,
            0..=CSeq::MAX,
            any::<u8>(),
        ),
        (vec(via, 1..3), vec(address(), 0..3), vec(address(), 0..3)),
        (
            (TOKEN, option::of(TOKEN)),
            (any::<u32>(), TOKEN),
            any::<u64>(),
            vec(TOKEN, 0..4),
        ),
        (vec(extra, 0..4), vec(any::<u8>(), 0..64)),
    )
        .prop_map(
            |(head, (vias, contacts, routes), (event, state, seconds, tokens), (extra, body))| {
                let (method, uri, from, to, tag, call_id, cseq, max_forwards) = head;
                Parts {
                    method,
                    uri,
                    from,
                    to,
                    tag,
                    call_id,
                    cseq,
                    max_forwards,
                    vias,
                    contacts,
                    routes,
                    event,
                    state,
                    seconds: seconds % 253_402_300_800,
                    tokens,
                    extra,
                    body,
                }
            },
        )
}

impl Parts {
    pub(crate) fn method(&self) -> Method<'_> {
        Method::new(&self.method).unwrap()
    }

    pub(crate) fn cseq(&self) -> CSeq<'_> {
        CSeq::new(self.cseq, self.method()).unwrap()
    }

    pub(crate) fn vias(&self) -> Vec<Via<'_>> {
        self.vias
            .iter()
            .map(|(transport, host, port, branch, rport)| {
                let via = Via::new(*transport, Host::parse(host).unwrap(), *port, branch).unwrap();
                if *rport { via.with_rport() } else { via }
            })
            .collect()
    }

    pub(crate) fn request(&self) -> Message {
        let mut builder = MessageBuilder::request(&RequestHead {
            cseq: self.cseq(),
            uri: Uri::parse(&self.uri).unwrap(),
            from: From::new(self.from.build()).with_tag(&self.tag).unwrap(),
            to: To::new(self.to.build()),
            call_id: CallId::new(&self.call_id).unwrap(),
            max_forwards: self.max_forwards,
        });
        for via in self.vias() {
            builder = builder.via(&via);
        }
        for contact in &self.contacts {
            builder = builder.header(&Contact::Address(contact.build()));
        }
        for route in &self.routes {
            builder = builder.header(&Route(route.build()));
        }
        builder = builder
            .header(&self.event())
            .header(&SubscriptionState::terminated(&self.state.1).unwrap())
            .header(&RetryAfter::new(self.state.0))
            .header(&Expires(self.state.0))
            .header(&self.date());
        for token in &self.tokens {
            builder = builder.header(&Supported::new(token).unwrap());
            builder = builder.header(&Allow(Method::new(token).unwrap()));
        }
        for (name, value) in &self.extra {
            builder = builder.raw(*name, RawValue::new(value).unwrap());
        }
        let content_type = ContentType(MediaType::parse("application/octet-stream;x=\"a,b\"").unwrap());
        builder.body(&content_type, self.body.clone()).build()
    }

    pub(crate) fn event(&self) -> Event<'_> {
        let event = Event::new(&self.event.0).unwrap();
        match &self.event.1 {
            Some(id) => event.with_id(id).unwrap(),
            None => event,
        }
    }

    pub(crate) fn date(&self) -> Date {
        Date::new(SystemTime::UNIX_EPOCH + Duration::from_secs(self.seconds))
    }
}

/// Messages that are odd in the ways that real ones are, to be broken further.
const SAMPLES: [&str; 4] = [
    "SUBSCRIBE sip:alice@example.test SIP/2.0\r\n\
     Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKa;rport,\r\n SIP/2.0/TCP proxy.example.test;branch=z9hG4bKb\r\n\
     v:SIP / 2.0 / TLS [2001:db8::9]\r\n\
     Route: <sip:p1.test;lr>, \"p, 2\" <sip:p2.test;lr>\r\n\
     Max-Forwards: 70\r\n\
     From: \"x <sip:boss@corp.test>;tag=y\" <sip:w@example.test>;tag=1\r\n\
     To: sip:alice@example.test\r\n\
     Call-ID: a@b\r\n\
     CSeq: 1 SUBSCRIBE\r\n\
     Event: presence;id=7\r\n\
     Accept: application/pidf+xml;q=0.5, */*\r\n\
     m: <sip:w@192.0.2.1;transport=tcp>;expires=60;methods=\"MESSAGE,!BYE\"\r\n\
     Expires: 600\r\n\
     l: 0\r\n\
     \r\n",
    "NOTIFY sip:w@192.0.2.1 SIP/2.0\r\n\
     Via: SIP/2.0/UDP s.test;branch=z9hG4bKn;received=192.0.2.9;rport=7\r\n\
     from: <sip:alice@example.test>;tag=2\r\n\
     TO : <sip:w@example.test>\r\n ;tag=1\r\n\
     i: a@b\r\n\
     CSeq: 2 NOTIFY\r\n\
     Max-Forwards: 0\r\n\
     Subscription-State: terminated;reason=timeout;retry-after=5\r\n\
     Event: Presence\r\n\
     Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n\
     Content-Type: text/plain;charset=\"utf-8\"\r\n\
     Content-Length: 12\r\n\
     \r\n\
     \u{c548}\u{b155}\r\n\r\nX:",
    "REGISTER sips:example.test SIP/2.0\r\n\
     Via: SIP/2.0/WSS h.invalid;branch=z9hG4bKr\r\n\
     From: A <sip:%61@h>;tag=3\r\n\
     To: <sip:a@h?x=y>\r\n\
     Call-ID: c\r\n\
     CSeq: 3 REGISTER\r\n\
     Contact: *\r\n\
     Contact: <sip:a@h>;q=0.3, sip:b@h;x\r\n\
     Expires: 0\r\n\
     Supported: path, gruu,\r\n\
     Require: outbound\r\n\
     Allow: INVITE,ACK\r\n\
     User-Agent: x/1 (y (z))\r\n\
     \r\n",
    "SIP/2.0 503 Service Unavailable\r\n\
     Via: SIP/2.0/UDP h;branch=z9hG4bKq\r\n\
     From: <sip:a@h>;tag=4\r\n\
     To: <sip:b@h>;tag=5\r\n\
     Call-ID: d\r\n\
     CSeq: 4 MESSAGE\r\n\
     Retry-After: 18000 (back (soon));duration=3600\r\n\
     Allow-Events: presence, x\r\n\
     Min-Expires: 60\r\n\
     SIP-ETag: dx200xyz\r\n\
     SIP-If-Match: dx\r\n\
     Unsupported: y\r\n\
     Server: z\r\n\
     Record-Route: <sip:p;lr>\r\n\
     Content-Length: 0\r\n\
     \r\n",
];

/// A sample with pieces taken out, doubled, or replaced by what parsers stumble over.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b":",
        b";",
        b",",
        b"<",
        b">",
        b"\"",
        b"\\",
        b"@",
        b"=",
        b"%",
        b"%00",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b"*",
        b"(",
        b")",
        b"[",
        b"]",
        b"/",
        b"?",
        b"-1",
        b"4294967296",
        b"SIP/2.0",
        b"\r\n ",
        b"\r\n\r\n",
        b"l: 3\r\n",
        b"Via: ",
        b"sip:",
    ];
    let change = (
        any::<sample::Index>(),
        0..12_usize,
        sample::select(pieces),
        any::<bool>(),
    );
    (sample::select(SAMPLES.to_vec()), vec(change, 0..6)).prop_map(|(text, changes)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, len, piece, doubles) in changes {
            let start = at.index(bytes.len() + 1);
            let end = (start + len).min(bytes.len());
            let replacement = if doubles {
                bytes[start..end].repeat(2)
            } else {
                piece.to_vec()
            };
            bytes.splice(start..end, replacement);
        }
        bytes
    })
}

pub(crate) fn hostile() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => mutated(), 1 => vec(any::<u8>(), 0..200)]
}

pub(crate) fn stream_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => parts().prop_map(|parts| parts.request().as_bytes().to_vec()),
        1 => mutated(),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r\n\r\n".to_vec()),
    ]
}

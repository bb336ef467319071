//! Of each header: what a value writes reads as the same value, and no value breaks out of its line.

use std::{collections::BTreeSet, time::Duration};

use proptest::{collection::vec, option, prelude::*, sample};
use sip_message::{
    HeaderName, Message, MessageBuilder, Method, NameAddr, Params, StatusCode, Uri,
    headers::{
        self, AcceptContact, AcceptEncoding, AcceptLanguage, AlertInfo, AuthParams, AuthValue, AuthenticationInfo,
        Authorization, CallId, CallInfo, CallerPreferences, Contact, ContentDisposition, ContentEncoding, ContentId,
        ContentLanguage, ErrorInfo, FeatureKind, FeatureValue, InReplyTo, MimeVersion, NumberRange, Organization,
        PAssertedIdentity, Path, Priority, Privacy, ProxyAuthenticate, ProxyAuthorization, Reason, ReferTo, ReferredBy,
        RejectContact, ReplyTo, RequestDisposition, ServiceRoute, Subject, SuppressIfMatch, Timestamp, TypedHeader,
        Warning, WwwAuthenticate,
    },
};

use crate::strategies::{TOKEN, address, host, line_text, params, uri};

/// A message whose only headers are the one that is added and its Content-Length.
fn builder() -> MessageBuilder {
    let request = Message::parse("OPTIONS sip:a@example.test SIP/2.0\r\n\r\n").unwrap();
    MessageBuilder::reply_to(&request, StatusCode::OK, None).unwrap()
}

/// No NUL but an escaped one.
fn is_free_of_nul(text: &str) -> bool {
    text.match_indices('\0').all(|(at, _)| text[..at].ends_with('\\'))
}

/// A test for each header: from strategies for its parts, the value that a program would build of them.
macro_rules! round_trips {
    ($($test:ident $header:ident ($($part:ident in $strategy:expr),+) $value:expr;)*) => {
        proptest! {
            $(
                #[test]
                fn $test($($part in $strategy),+) {
                    let value: $header = $value;
                    let text = value.to_string();
                    assert_eq!($header::parse(&text).as_ref(), Ok(&value), "{text:?}");
                    assert!(is_free_of_nul(&text), "{text:?}");
                    let message = builder().header(&value).build();
                    assert_eq!(message.headers().len(), 2, "{message}");
                    assert_eq!(message.typed::<$header>(), Ok(Some(value)));
                }
            )*
        }

        /// The headers that a test of this file builds.
        fn built_here() -> Vec<HeaderName> {
            vec![$($header::NAME),*]
        }
    };
}

round_trips! {
    accept_contact AcceptContact (features in features(), require in any::<bool>(), explicit in any::<bool>()) {
        let value = features.iter().fold(AcceptContact::new(), |value, (tag, values)| {
            value.with_feature(tag, values.build()).unwrap()
        });
        let value = if require { value.with_require() } else { value };
        if explicit { value.with_explicit() } else { value }
    };
    accept_encoding AcceptEncoding (coding in TOKEN, q in 0..=1000_u16) {
        AcceptEncoding::new(&coding).unwrap().with_q(q).unwrap()
    };
    accept_language AcceptLanguage (range in option::of(LANGUAGE), q in 0..=1000_u16) {
        AcceptLanguage::new(range.as_deref().unwrap_or("*")).unwrap().with_q(q).unwrap()
    };
    alert_info AlertInfo (uri in uri(), params in params()) {
        AlertInfo::new(Uri::parse(&uri).unwrap()).with_params(params)
    };
    authentication_info AuthenticationInfo (params in auth_params()) AuthenticationInfo::new(params).unwrap();
    authorization Authorization (value in auth_value()) Authorization(value.build());
    call_info CallInfo (uri in uri(), params in params()) {
        CallInfo::new(Uri::parse(&uri).unwrap()).with_params(params)
    };
    contact Contact (address in address(), q in 0..=1000_u16, expires in any::<u32>(), features in features()) {
        let contact = Contact::Address(address.build()).with_q(q).unwrap().with_expires(expires);
        features.iter().fold(contact, |contact, (tag, values)| contact.with_feature(tag, values.build()).unwrap())
    };
    content_disposition ContentDisposition (disposition in TOKEN, params in params()) {
        ContentDisposition::new(&disposition).unwrap().with_params(params)
    };
    content_encoding ContentEncoding (coding in TOKEN) ContentEncoding::new(&coding).unwrap();
    content_id ContentId (id in CONTENT_ID) ContentId::new(&id).unwrap();
    content_language ContentLanguage (tag in LANGUAGE) ContentLanguage::new(&tag).unwrap();
    error_info ErrorInfo (uri in uri(), params in params()) {
        ErrorInfo::new(Uri::parse(&uri).unwrap()).with_params(params)
    };
    in_reply_to InReplyTo (call in CALL_ID) InReplyTo(CallId::new(&call).unwrap());
    mime_version MimeVersion (major in any::<u32>(), minor in any::<u32>()) MimeVersion { major, minor };
    organization Organization (text in trimmed()) Organization::new(&text).unwrap();
    p_asserted_identity PAssertedIdentity (address in address()) {
        let address = address.build().with_params(Params::new());
        PAssertedIdentity::new(address).unwrap()
    };
    path Path (address in address()) Path(address.build());
    priority Priority (token in TOKEN) Priority::new(&token).unwrap();
    privacy Privacy (first in TOKEN, more in vec(TOKEN, 0..4)) {
        more.iter().fold(Privacy::new(&first).unwrap(), |privacy, value| privacy.with(value).unwrap())
    };
    proxy_authenticate ProxyAuthenticate (value in auth_value()) ProxyAuthenticate(value.build());
    proxy_authorization ProxyAuthorization (value in auth_value()) ProxyAuthorization(value.build());
    reason Reason (protocol in TOKEN, cause in any::<u32>(), text in option::of(line_text())) {
        let reason = Reason::new(&protocol, cause).unwrap();
        match &text {
            Some(text) => reason.with_text(text).unwrap(),
            None => reason,
        }
    };
    refer_to ReferTo (address in address()) ReferTo(address.build());
    referred_by ReferredBy (address in address(), cid in line_text()) {
        let params = address.params.without("cid").with_quoted("cid", &cid).unwrap();
        ReferredBy(NameAddr::new(Uri::parse(&address.uri).unwrap()).with_params(params))
    };
    reject_contact RejectContact (features in features()) {
        features.iter().fold(RejectContact::new(), |value, (tag, values)| {
            value.with_feature(tag, values.build()).unwrap()
        })
    };
    reply_to ReplyTo (address in address()) ReplyTo(address.build());
    request_disposition RequestDisposition (directive in sample::select(&RequestDisposition::ALL[..])) directive;
    service_route ServiceRoute (address in address()) ServiceRoute(address.build());
    subject Subject (text in trimmed()) Subject::new(&text).unwrap();
    suppress_if_match SuppressIfMatch (tag in TOKEN) SuppressIfMatch::new(&tag).unwrap();
    timestamp Timestamp (time in (any::<u64>(), 0..1000_u32), delay in option::of((any::<u64>(), 0..1000_u32))) {
        let duration = |(seconds, millis)| Duration::new(seconds, millis * 1_000_000);
        let value = Timestamp::new(duration(time));
        assert_eq!(value.time(), Some(duration(time)));
        match delay {
            Some(delay) => value.with_delay(duration(delay)),
            None => value,
        }
    };
    warning Warning (code in 100..1000_u16, agent in agent(), text in line_text()) {
        Warning::new(code, &agent, &text).unwrap()
    };
    www_authenticate WwwAuthenticate (value in auth_value()) WwwAuthenticate(value.build());
}

/// The headers that `messages.rs` builds, most of them as parts of whole messages.
const BUILT_IN_MESSAGES: [HeaderName; 19] = [
    HeaderName::ACCEPT,
    HeaderName::ALLOW,
    HeaderName::CALL_ID,
    HeaderName::CONTACT,
    HeaderName::CONTENT_LENGTH,
    HeaderName::CONTENT_TYPE,
    HeaderName::CSEQ,
    HeaderName::DATE,
    HeaderName::EVENT,
    HeaderName::EXPIRES,
    HeaderName::FROM,
    HeaderName::MAX_FORWARDS,
    HeaderName::RETRY_AFTER,
    HeaderName::ROUTE,
    HeaderName::SUBSCRIPTION_STATE,
    HeaderName::SUPPORTED,
    HeaderName::TO,
    HeaderName::USER_AGENT,
    HeaderName::VIA,
];

/// Headers whose type is that of another, but for the name.
const LIKE_OTHERS: [HeaderName; 9] = [
    HeaderName::ALLOW_EVENTS,
    HeaderName::MIN_EXPIRES,
    HeaderName::PROXY_REQUIRE,
    HeaderName::RECORD_ROUTE,
    HeaderName::REQUIRE,
    HeaderName::SERVER,
    HeaderName::SIP_ETAG,
    HeaderName::SIP_IF_MATCH,
    HeaderName::UNSUPPORTED,
];

#[test]
fn no_header_is_forgotten() {
    macro_rules! names {
        ($($header:ident)*) => {
            BTreeSet::from([$(headers::$header::NAME.as_str()),*])
        };
    }
    let all: BTreeSet<_> = sip_message::for_each_typed_header!(names);
    let tested = built_here().into_iter().chain(BUILT_IN_MESSAGES).chain(LIKE_OTHERS);
    let tested: BTreeSet<_> = tested.map(|name| name.as_str()).collect();
    assert_eq!(all, tested);
}

const LANGUAGE: &str = "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,3}";
const CALL_ID: &str = "[A-Za-z0-9.!%*_+`'~()<>:\\\\\"/\\[\\]?{}-]{1,10}(@[a-z<>\"]{1,4})?";
const CONTENT_ID: &str =
    "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\\.[a-z]{1,3}){0,2}@([a-z]{1,4}(\\.[a-z]{1,3}){0,2}|\\[[!-;=?-Z^-~]{0,8}\\])";

fn trimmed() -> impl Strategy<Value = String> {
    line_text().prop_map(|text| text.trim_matches([' ', '\t']).to_owned())
}

fn agent() -> impl Strategy<Value = String> {
    prop_oneof![
        TOKEN,
        (host(), option::of(any::<u16>())).prop_map(|(host, port)| match port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }),
    ]
}

fn auth_params() -> impl Strategy<Value = AuthParams<'static>> {
    let value = prop_oneof![TOKEN.prop_map(Ok), line_text().prop_map(Err)];
    vec((TOKEN, value), 1..5).prop_map(|all| {
        all.into_iter()
            .fold(AuthParams::new(), |params, (name, value)| match value {
                Ok(token) => params.with(&name, &token).unwrap(),
                Err(text) => params.with_quoted(&name, &text).unwrap(),
            })
    })
}

/// The parts of a challenge or credentials.
#[derive(Clone, Debug)]
struct Auth {
    scheme: String,
    content: Result<AuthParams<'static>, String>,
}

impl Auth {
    fn build(&self) -> AuthValue<'_> {
        match &self.content {
            Ok(params) => AuthValue::new(&self.scheme, params.clone()).unwrap(),
            Err(token) => AuthValue::with_token68(&self.scheme, token).unwrap(),
        }
    }
}

fn auth_value() -> impl Strategy<Value = Auth> {
    let content = prop_oneof![2 => auth_params().prop_map(Ok), 1 => "[A-Za-z0-9._~+/-]{1,12}={0,2}".prop_map(Err)];
    let scheme = prop_oneof![TOKEN, Just("Bearer".to_owned())];
    (scheme, content).prop_map(|(scheme, content)| Auth { scheme, content })
}

/// A token, or the ends of a range of numbers.
type Listed = Result<String, (f64, f64)>;

/// The values of a feature; [`Values::build`] borrows them.
#[derive(Clone, Debug)]
enum Values {
    List(Vec<(bool, Listed)>),
    Text(String),
}

impl Values {
    fn build(&self) -> Vec<FeatureValue<'_>> {
        let list = match self {
            Self::Text(text) => return vec![FeatureValue::string(text).unwrap()],
            Self::List(list) => list,
        };
        list.iter()
            .map(|(negated, value)| {
                let value = match value {
                    Ok(token) => FeatureValue::token(token).unwrap(),
                    Err((min, max)) => FeatureValue::number(range(*min, *max)),
                };
                if *negated { value.negated() } else { value }
            })
            .collect()
    }
}

fn range(a: f64, b: f64) -> NumberRange {
    let (min, max) = (a.min(b), a.max(b));
    match (min.is_finite(), max.is_finite()) {
        (true, true) => NumberRange::between(min, max),
        (true, false) => NumberRange::at_least(min),
        (false, true) => NumberRange::at_most(max),
        (false, false) => NumberRange::exactly(0.0),
    }
    .unwrap()
}

fn features() -> impl Strategy<Value = Vec<(String, Values)>> {
    let tag = prop_oneof![
        sample::select(vec!["audio", "methods", "language", "Class", "+sip.instance"]).prop_map(str::to_owned),
        "\\+[a-zA-Z][a-zA-Z0-9!'.%-]{0,8}",
    ];
    let number = prop_oneof![any::<f64>(), -9.0..9.0, Just(f64::INFINITY), Just(f64::NEG_INFINITY)];
    let number = number.prop_filter("a number", |number| !number.is_nan());
    let value = prop_oneof![
        "[A-Za-z0-9.%*_+`'~-]{1,8}".prop_map(Ok),
        (number.clone(), number).prop_map(Err),
    ];
    let text = line_text().prop_map(|text| text.replace(['<', '>'], ""));
    let values = prop_oneof![
        2 => vec((any::<bool>(), value), 0..4).prop_map(Values::List),
        1 => text.prop_map(Values::Text),
    ];
    vec((tag, values), 0..4)
}

proptest! {
    #[test]
    fn features_read_as_they_were_given(features in features()) {
        let built = features.iter().fold(RejectContact::new(), |value, (tag, values)| {
            value.with_feature(tag, values.build()).unwrap()
        });
        let text = built.to_string();
        let read = RejectContact::parse(&text).unwrap();
        for (at, (tag, values)) in features.iter().enumerate() {
            let given = headers::FeatureTag::new(tag).unwrap();
            let is_replaced = features[at + 1..].iter().any(|(later, _)| headers::FeatureTag::new(later) == Ok(given));
            if !is_replaced {
                let found: Vec<_> = read.features().get(tag).unwrap().values().collect();
                let yes = [FeatureValue::token("TRUE").unwrap()];
                let expected = values.build();
                assert_eq!(found, if expected.is_empty() { &yes[..] } else { &expected }, "{text:?}");
            }
        }
    }

    #[test]
    fn every_number_of_a_range_is_in_it(a in any::<i32>(), b in any::<i32>()) {
        let range = range(f64::from(a), f64::from(b));
        let text = format!("*;+x=\"{}\"", FeatureValue::number(range));
        let read = RejectContact::parse(&text).unwrap();
        let value = read.features().get("+x").unwrap().values().next().unwrap();
        let FeatureKind::Number(read) = value.kind() else { panic!("{value:?}") };
        assert!(read.contains(f64::from(a)) && read.contains(f64::from(b)));
        assert!(!read.contains(f64::from(a.min(b)) - 1.0) && !read.contains(f64::from(a.max(b)) + 1.0));
    }

    #[test]
    fn a_contact_meets_its_own_features(features in features(), text in mutated()) {
        let wanted = features.iter().fold(AcceptContact::new(), |value, (tag, values)| {
            value.with_feature(tag, values.build()).unwrap()
        });
        let text = text.strip_prefix('*').unwrap_or(";audio");
        let params = wanted.params().to_string();
        let own = format!("<sip:a@b>{params}");
        let accept = [wanted.with_require().with_explicit()];
        let preferences = CallerPreferences::new(&accept, &[], Method::Invite, None).unwrap();
        assert_eq!(preferences.judge(&Contact::parse(&own).unwrap()), Some(1.0), "{own}");

        // Whatever both say: a rejected contact has what is rejected, and a fit is a share.
        let (unwanted, other) = (format!("*{params}"), format!("<sip:a@b>{text}"));
        let reject = [RejectContact::parse(&unwanted).unwrap()];
        if let Ok(contact) = Contact::parse(&other) {
            let fit = preferences.judge(&contact);
            assert!(fit.is_none_or(|fit| (0.0..=1.0).contains(&fit)));
            let rejecting = CallerPreferences::new(&[], &reject, Method::Invite, None).unwrap();
            if !contact.features().is_empty() {
                assert_eq!(rejecting.judge(&contact).is_none(), fit.is_some(), "{contact} and {params}");
            }
        }
    }

    #[test]
    fn what_is_read_can_be_written(text in prop_oneof![4 => mutated(), 1 => line_text()]) {
        macro_rules! check {
            ($($header:ident)*) => {
                $(
                    match headers::$header::parse(&text) {
                        Ok(value) => {
                            let written = value.to_string();
                            assert_eq!(headers::$header::parse(&written).as_ref(), Ok(&value), "{text:?}: {written:?}");
                            assert!(is_free_of_nul(&written), "{text:?}: {written:?}");
                            let message = builder().header(&value).build();
                            let fields = if headers::$header::NAME == HeaderName::CONTENT_LENGTH { 1 } else { 2 };
                            assert_eq!(message.headers().len(), fields, "{text:?}: {message}");
                        }
                        Err(error) => assert!(error.offset() <= text.len(), "{text:?}: {error}"),
                    }
                )*
            };
        }
        sip_message::for_each_typed_header!(check);
    }
}

/// A value of each shape, to be broken.
const SAMPLES: [&str; 24] = [
    "*;audio;methods=\"INVITE,!BYE\";+x=\"#>=5\";description=\"<PC>\";require;explicit",
    "gzip;q=0.5",
    "en-GB ; q = 0.8",
    "<http://www.example.com/sounds/moo.wav>;purpose=icon",
    "Digest realm=\"atlanta.com\", nonce=\"a\\\"b\" ,\r\n qop=auth",
    "Bearer mF_9.B5f-4.1JqM==",
    "session;handling=optional",
    "<foo4*foo1@[192.0.2.1]>",
    "70710@saturn.test",
    "1.0",
    "Need more boxes\r\n now",
    "\"Cullen \\\"J\\\"\" <sip:fluffy@cisco.com;lr?x=y>;tag=1",
    "tel:+14085264000",
    "id; critical",
    "Q.850 ;cause=16 ;text=\"Terminated\"",
    "no-fork",
    "54.21 .5",
    "307 [2001:db8::1]:5060 \"Session parameter 'foo' not understood\"",
    "SIP / 2.0 / UDP [::1]:5060;branch=z9hG4bK1;rport",
    "Sat, 13 Nov 2010 23:29:00 GMT",
    "18000 (back (soon));duration=3600",
    "active;expires=60",
    "text/plain;charset=\"utf-8\"",
    "63 OPTIONS",
];

fn mutated() -> impl Strategy<Value = String> {
    let piece = sample::select(vec![
        "",
        " ",
        "\t",
        "\r\n ",
        "\r\n",
        "\r",
        "\n",
        "\0",
        "\\",
        "\\\0",
        "\"",
        ",",
        ";",
        "=",
        "<",
        ">",
        "@",
        ":",
        "/",
        "(",
        ")",
        "[",
        "]",
        "*",
        "?",
        "%",
        "%00",
        "#",
        "!",
        "+",
        ".",
        "-1",
        "4294967296",
        "é",
        "\u{c548}",
        "sip:",
        "\u{1}",
    ]);
    let change = (any::<sample::Index>(), 0..6_usize, piece);
    (sample::select(&SAMPLES[..]), vec(change, 0..5)).prop_map(|(text, changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, len, piece) in changes {
            let start = at.index(chars.len() + 1);
            let end = (start + len).min(chars.len());
            chars.splice(start..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

use sip_benches::{Field, MESSAGES, PROXY_BRANCH, TO_TAG};
use sip_message::{
    HeaderName, Message, StatusCode,
    headers::{MaxForwards, Route, To, Via},
};

use crate::{
    Codec, Relay, ezk::Ezk, header_scan, ours::SipMessage, received, requests, rsip::Rsip, rsiprtp::Rsiprtp,
    rsipstack::Rsipstack,
};

/// Checks that every codec does what is measured, by what sip-message reads of it.
pub(crate) fn all() {
    // It does not read the Contact of the REGISTER; it has an enum of transports and writes their names in capitals.
    reads::<Rsip>(|field, found, ours| field == Field::ContactUri && found.eq_ignore_ascii_case(ours));
    // It drops `transport=udp` from the URI of a Contact when it reads one, and writes transports in capitals.
    reads_all::<Rsipstack>(|field, found, ours| {
        field == Field::ContactUri && found.eq_ignore_ascii_case(&ours.replace(";transport=udp", ""))
    });
    reads_all::<Ezk>(|_, _, _| false);
    // It has no accessors for Expires and Event.
    reads::<Rsiprtp>(|_, _, _| false);
    writes::<SipMessage>();
    writes::<Rsip>();
    writes::<Rsipstack>();
    writes::<Ezk>();
    writes::<Rsiprtp>();
    relays::<SipMessage>();
    relays::<Rsip>();
    relays::<Rsipstack>();
    relays::<Ezk>();
    scans();
}

fn seen<C: Codec>(message: &C::Message) -> Vec<(Field, String)> {
    let mut seen = Vec::new();
    C::typed(message, &mut seen);
    seen
}

/// The values that the codec shows are those that sip-message shows, but for what `peculiar` says of a field: it gets
/// the codec's value and sip-message's.
fn reads<C: Codec>(peculiar: impl Fn(Field, &str, &str) -> bool) {
    for ((name, _), bytes) in MESSAGES.iter().zip(received()) {
        let context = format!("{} reads {name}", C::NAME);
        let expected = seen::<SipMessage>(&SipMessage::parse(&bytes));
        for (field, found) in seen::<C>(&C::parse(&bytes)) {
            let expected = expected.iter().find(|(other, _)| *other == field);
            let (_, expected) = expected.expect(&context);
            assert!(
                found == *expected || peculiar(field, &found, expected),
                "{context}: {field:?} {found}"
            );
        }
    }
}

/// The codec shows a value for every field for which sip-message shows one.
fn reads_all<C: Codec>(peculiar: impl Fn(Field, &str, &str) -> bool) {
    reads::<C>(peculiar);
    for ((name, _), bytes) in MESSAGES.iter().zip(received()) {
        let fields = |seen: Vec<(Field, String)>| seen.into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        let expected = fields(seen::<SipMessage>(&SipMessage::parse(&bytes)));
        assert_eq!(
            fields(seen::<C>(&C::parse(&bytes))),
            expected,
            "{} reads {name}",
            C::NAME
        );
    }
}

fn parsed(bytes: &[u8], context: &str) -> Message {
    let message = Message::parse(bytes.to_vec());
    message.unwrap_or_else(|error| panic!("{context}: {error}\n{}", String::from_utf8_lossy(bytes)))
}

/// Names and values of the header lines. Angle brackets around a URI, quotes around a display name and capitals in the
/// name of a transport are the codec's choice and left out of it.
fn lines(message: &Message) -> Vec<(String, String)> {
    let mut lines: Vec<_> = message
        .headers()
        .map(|field| {
            let mut value = field.value_str().expect("text").to_ascii_lowercase();
            value.retain(|c| !"<>\"".contains(c));
            (field.name().to_owned(), value)
        })
        .collect();
    lines.sort_unstable();
    lines
}

/// What the codec writes has the header lines and the body of the message that was read.
fn writes<C: Codec>() {
    for ((name, _), bytes) in MESSAGES.iter().zip(received()) {
        let context = format!("{} writes {name}", C::NAME);
        let message = C::parse(&bytes);
        let written = parsed(C::write(&C::value(&message)).as_ref(), &context);
        let expected = SipMessage::parse(&bytes);
        assert_eq!(written.start_line(), expected.start_line(), "{context}");
        assert_eq!(lines(&written), lines(&expected), "{context}");
        assert_eq!(written.body(), expected.body(), "{context}");
    }
    for (request, ours) in requests::<C>().iter().zip(requests::<SipMessage>()) {
        let context = format!("{} responds", C::NAME);
        let response = parsed(C::respond(request).as_ref(), &context);
        response.validate().expect(&context);
        assert_eq!(response.status(), Some(StatusCode::OK), "{context}");
        let expected = ours.typed::<To>().expect(&context).expect(&context);
        let to = response.typed::<To>().expect(&context).expect(&context);
        assert_eq!(to.tag(), Some(expected.tag().unwrap_or(TO_TAG)), "{context}");
        for name in [HeaderName::VIA, HeaderName::FROM, HeaderName::CALL_ID, HeaderName::CSEQ] {
            let values = |message: &Message| {
                let values = message.header_all(name).map(|field| field.value().to_vec());
                values.collect::<Vec<_>>()
            };
            assert_eq!(values(&response), values(&ours), "{context}");
        }
    }
}

/// What a proxy with this codec forwards is what was received but for Via, Max-Forwards and Route.
fn relays<C: Relay>() {
    for (mut request, ours) in requests::<C>().into_iter().zip(requests::<SipMessage>()) {
        let context = format!("{} forwards", C::NAME);
        let forwarded = parsed(C::relay(&mut request).as_ref(), &context);
        let top = forwarded.typed::<Via>().expect(&context).expect(&context);
        assert_eq!(top.branch(), Some(PROXY_BRANCH), "{context}");
        let vias = |message: &Message| message.header_all(HeaderName::VIA).count();
        assert_eq!(vias(&forwarded), vias(&ours) + 1, "{context}");
        let routes = |message: &Message| message.typed_all::<Route>().count();
        assert_eq!(routes(&forwarded), routes(&ours).saturating_sub(1), "{context}");
        let hops = |message: &Message| message.typed::<MaxForwards>().expect("a number").expect("there").0;
        assert_eq!(hops(&forwarded), hops(&ours) - 1, "{context}");
        let changed = ["Via", "Max-Forwards", "Route"];
        let mut others = [lines(&forwarded), lines(&ours)];
        for lines in &mut others {
            lines.retain(|(name, _)| !changed.contains(&name.as_str()));
        }
        assert_eq!(others[0], others[1], "{context}");
        assert_eq!(forwarded.body(), ours.body(), "{context}");
    }
}

/// httparse sees the lines that sip-message sees.
fn scans() {
    for (found, bytes) in header_scan::values().into_iter().zip(received()) {
        let message = SipMessage::parse(&bytes);
        let expected = message
            .headers()
            .map(|field| (field.name().to_owned(), field.value().to_vec()));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }
}

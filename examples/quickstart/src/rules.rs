//! What the RFCs say of every message, and of a challenge and its answer. Each rule gives the faults that it finds.

use sip_digest::{Algorithm, Challenge, Credentials, Ha1, Named, Password, Qop};
use sip_message::{
    HeaderName, Message, Transport,
    headers::{CallId, From, MaxForwards, To, Via},
};
use sip_tokio::Direction;

use crate::{
    capture::Seen,
    reading::{branch, cseq, title, value, vias},
};

/// The largest request that goes by UDP (RFC 3261 section 18.1.1).
const MAX_DATAGRAM: usize = 1300;

/// What each message has by itself.
pub(crate) fn well_formed(flow: &[Seen]) -> Vec<String> {
    let mut faults = Vec::new();
    for seen in flow {
        let message = &seen.message;
        let mut fault = |what: String| faults.push(format!("{}: {what}", title(message)));
        if let Err(invalid) = message.validate() {
            fault(invalid.to_string());
        }
        match message.content_length() {
            Ok(Some(length)) if length == message.body().len() => {}
            _ => fault(format!(
                "Content-Length {:?} for a body of {} bytes",
                value(message, HeaderName::CONTENT_LENGTH),
                message.body().len()
            )),
        }
        if seen.transport != Transport::Udp {
            fault(format!("it went by {}", seen.transport));
        }
        if !message.is_request() {
            continue;
        }
        if message.as_bytes().len() > MAX_DATAGRAM {
            fault(format!("{} bytes in one datagram", message.as_bytes().len()));
        }
        if !matches!(message.typed::<MaxForwards>(), Ok(Some(_))) {
            fault("no Max-Forwards".to_owned());
        }
        if !matches!(message.typed::<From>(), Ok(Some(from)) if from.tag().is_some()) {
            fault("no tag in From".to_owned());
        }
        if !matches!(message.typed::<Via>(), Ok(Some(via)) if via.unique_branch().is_some()) {
            fault("no branch of RFC 3261 in Via".to_owned());
        }
    }
    faults
}

/// That each response is one to a request of the flow.
pub(crate) fn answered(flow: &[Seen]) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, response) in flow.iter().enumerate().filter(|(_, seen)| !seen.message.is_request()) {
        let request = flow.get(..at).unwrap_or_default().iter().find(|seen| {
            seen.message.is_request()
                && seen.remote == response.remote
                && seen.direction != response.direction
                && branch(&seen.message) == branch(&response.message)
        });
        let (response, Some(request)) = (&response.message, request.map(|seen| &seen.message)) else {
            faults.push(format!("{}: to no request", title(&response.message)));
            continue;
        };
        for name in [HeaderName::FROM, HeaderName::CALL_ID, HeaderName::CSEQ] {
            let (asked, answered) = (value(request, name), value(response, name));
            if asked != answered {
                faults.push(format!("{}: {name} {answered:?} to {asked:?}", title(response)));
            }
        }
        if vias(request) != vias(response) {
            faults.push(format!(
                "{}: {} Via to {}",
                title(response),
                vias(response),
                vias(request)
            ));
        }
        if !matches!(response.typed::<To>(), Ok(Some(to)) if to.tag().is_some()) {
            faults.push(format!("{}: no tag in To", title(response)));
        }
    }
    faults
}

/// That what one side sent is what the other side received. `sent` and `received` are both sides' taps.
pub(crate) fn carried(server: &[Seen], agents: &[Seen]) -> Vec<String> {
    let mut faults = Vec::new();
    for (from, to, way) in [(server, agents, "to the agents"), (agents, server, "to the server")] {
        let mut arrived: Vec<&[u8]> = to
            .iter()
            .filter(|seen| seen.direction == Direction::Received)
            .map(|seen| &seen.message.as_bytes()[..])
            .collect();
        for seen in from.iter().filter(|seen| seen.direction == Direction::Sent) {
            match arrived.iter().position(|bytes| *bytes == &seen.message.as_bytes()[..]) {
                Some(at) => {
                    arrived.swap_remove(at);
                }
                None => faults.push(format!("{} {way}: lost or changed", title(&seen.message))),
            }
        }
        faults.extend(arrived.iter().map(|_| format!("a message {way} that nobody sent")));
    }
    faults
}

/// That a 401 or 407 has one Digest challenge in this header, as RFC 2617 has it and as every client knows it.
pub(crate) fn challenge(response: &Message, header: HeaderName, realm: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if response.header_all(header).count() != 1 {
        faults.push(format!("{} {header} headers", response.header_all(header).count()));
    }
    match Challenge::parse(&value(response, header)) {
        Ok(challenge) => {
            if challenge.realm() != realm {
                faults.push(format!("realm {:?}", challenge.realm()));
            }
            if challenge.nonce().is_empty() {
                faults.push("an empty nonce".to_owned());
            }
            if challenge
                .algorithm()
                .is_some_and(|algorithm| *algorithm != Named::Known(Algorithm::Md5))
            {
                faults.push("an algorithm other than MD5".to_owned());
            }
            if !challenge.offers(Qop::Auth) {
                faults.push("no qop=\"auth\"".to_owned());
            }
        }
        Err(error) => faults.push(error.to_string()),
    }
    faults
}

/// That a request is the one that was challenged, with right credentials for the challenge.
pub(crate) fn retry(first: &Message, response: &Message, second: &Message, password: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (asked, answer) = match response.header(HeaderName::WWW_AUTHENTICATE) {
        Some(_) => (HeaderName::WWW_AUTHENTICATE, HeaderName::AUTHORIZATION),
        None => (HeaderName::PROXY_AUTHENTICATE, HeaderName::PROXY_AUTHORIZATION),
    };
    if first.header(answer).is_some() {
        faults.push(format!("{answer} before it was asked for"));
    }
    let call_id = |message: &Message| {
        message
            .typed::<CallId>()
            .ok()
            .flatten()
            .map(|id| id.as_str().to_owned())
    };
    if call_id(first) != call_id(second) {
        faults.push("another Call-ID".to_owned());
    }
    if value(first, HeaderName::FROM) != value(second, HeaderName::FROM) {
        faults.push("another From".to_owned());
    }
    if cseq(second) != cseq(first).wrapping_add(1) {
        faults.push(format!("CSeq {} after {}", cseq(second), cseq(first)));
    }
    if branch(first) == branch(second) {
        faults.push("the same branch".to_owned());
    }
    let challenge = Challenge::parse(&value(response, asked));
    match (Credentials::parse(&value(second, answer)), challenge) {
        (Ok(credentials), Ok(challenge)) => {
            if credentials.nonce() != challenge.nonce() || credentials.realm() != challenge.realm() {
                faults.push("credentials for another challenge".to_owned());
            }
            let uri = second
                .request_uri()
                .map(|uri| uri.as_str().to_owned())
                .unwrap_or_default();
            if credentials.uri() != uri {
                faults.push(format!("credentials for {:?}", credentials.uri()));
            }
            let password = Password::new(password);
            let ha1 = Ha1::new(Algorithm::Md5, credentials.username(), credentials.realm(), &password);
            let method = second.method().map(|method| method.to_string()).unwrap_or_default();
            if !credentials.is_right(&ha1, &method, second.body()) {
                faults.push("credentials that are not of this password".to_owned());
            }
        }
        (credentials, challenge) => {
            faults.extend(credentials.err().map(|error| format!("{answer}: {error}")));
            faults.extend(challenge.err().map(|error| format!("{asked}: {error}")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const REQUEST: &str = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
                           From: <sip:x@y>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
                           Content-Length: 0\r\n\r\n";
    const RESPONSE: &str = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1;received=127.0.0.1\r\n\
                            From: <sip:x@y>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
                            Content-Length: 0\r\n\r\n";
    const CHALLENGE: &str = "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"";

    fn seen(direction: Direction, text: &str) -> Seen {
        Seen {
            at: std::time::Instant::now(),
            direction,
            remote: SocketAddr::from(([127, 0, 0, 1], 1)),
            transport: Transport::Udp,
            message: Message::parse(text.to_owned()).unwrap(),
            repeated: false,
        }
    }

    #[test]
    fn what_a_message_lacks_is_named() {
        assert!(well_formed(&[seen(Direction::Sent, REQUEST), seen(Direction::Received, RESPONSE)]).is_empty());
        for (had, has) in [
            ("Max-Forwards: 70\r\n", ""),
            ("z9hG4bK1", "1"),
            (";tag=1", ""),
            ("Content-Length: 0\r\n", ""),
            ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"),
        ] {
            let broken = REQUEST.replace(had, has);
            assert_eq!(well_formed(&[seen(Direction::Sent, &broken)]).len(), 1, "{had}");
        }
        let long = REQUEST.replace("<sip:x@y>", &format!("<sip:{}@y>", "x".repeat(1300)));
        assert!(well_formed(&[seen(Direction::Sent, &long)])[0].contains("one datagram"));
    }

    #[test]
    fn a_response_belongs_to_its_request() {
        let flow = |response: &str| answered(&[seen(Direction::Sent, REQUEST), seen(Direction::Received, response)]);
        assert_eq!(flow(RESPONSE), [""; 0]);
        assert_eq!(flow(&RESPONSE.replace("CSeq: 1", "CSeq: 2")).len(), 1);
        assert_eq!(flow(&RESPONSE.replace(";tag=2", "")).len(), 1);
        assert_eq!(
            flow(&RESPONSE.replace("z9hG4bK1", "z9hG4bK2")),
            ["200 OK: to no request"]
        );
        assert_eq!(answered(&[seen(Direction::Received, RESPONSE)]).len(), 1);
    }

    #[test]
    fn what_is_lost_is_missed() {
        let (sent, received) = (seen(Direction::Sent, REQUEST), seen(Direction::Received, REQUEST));
        let one = std::slice::from_ref(&sent);
        assert!(carried(one, std::slice::from_ref(&received)).is_empty());
        assert_eq!(carried(one, &[]).len(), 1);
        assert_eq!(carried(&[], std::slice::from_ref(&received)).len(), 1);
        assert_eq!(carried(one, &[received.clone(), received]).len(), 1);
    }

    #[test]
    fn a_challenge_is_one_that_clients_know() {
        let faults = |header: &str| {
            let text = RESPONSE
                .replace("200 OK", "401 Unauthorized")
                .replace("Content-Length", &format!("{header}\r\nContent-Length"));
            challenge(&Message::parse(text).unwrap(), HeaderName::WWW_AUTHENTICATE, "r")
        };
        assert!(faults(&format!("WWW-Authenticate: {CHALLENGE}")).is_empty());
        assert!(!faults("X: y").is_empty());
        assert_eq!(
            faults(&format!(
                "WWW-Authenticate: {}",
                CHALLENGE.replace("auth\"", "auth-int\"")
            ))
            .len(),
            1
        );
        assert_eq!(
            faults(&format!("WWW-Authenticate: {}", CHALLENGE.replace("\"r\"", "\"s\""))).len(),
            1
        );
    }

    #[test]
    fn a_retry_is_the_same_request_with_an_answer() {
        let response = RESPONSE.replace(
            "Content-Length",
            &format!("WWW-Authenticate: {CHALLENGE}\r\nContent-Length"),
        );
        let mut client = sip_digest::Client::new("x", Password::new("secret")).unwrap();
        let mut attempt = sip_digest::Attempt::new("OPTIONS", "sip:a@b");
        let challenge = Challenge::parse(CHALLENGE).unwrap();
        let credentials = client
            .answer(
                &mut attempt,
                sip_digest::Challenger::UserAgent,
                &[challenge],
                "0a4f113b",
            )
            .unwrap();
        let second = REQUEST
            .replace("CSeq: 1", "CSeq: 2")
            .replace("z9hG4bK1", "z9hG4bK2")
            .replace(
                "Content-Length",
                &format!("Authorization: {credentials}\r\nContent-Length"),
            );
        let faults = |second: &str, password| {
            let parse = |text: &str| Message::parse(text.to_owned()).unwrap();
            retry(&parse(REQUEST), &parse(&response), &parse(second), password)
        };
        assert_eq!(faults(&second, "secret"), [""; 0]);
        assert_eq!(faults(&second, "other").len(), 1);
        assert_eq!(faults(&second.replace("CSeq: 2", "CSeq: 3"), "secret").len(), 1);
        assert_eq!(faults(&second.replace("Call-ID: 1", "Call-ID: 2"), "secret").len(), 1);
        assert_eq!(faults(&second.replace("z9hG4bK2", "z9hG4bK1"), "secret").len(), 1);
        assert_eq!(faults(&second.replace("nonce=\"n\"", "nonce=\"m\""), "secret").len(), 2);
        assert!(!faults(REQUEST, "secret").is_empty());
    }
}

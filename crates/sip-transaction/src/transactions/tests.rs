use std::time::{Duration, Instant};

use sip_message::{HeaderName, Message, MessageBuilder, RawValue, StatusCode, Transport, headers::Via};

use super::*;
use crate::{Limits, SentBy};

/// Transactions, a clock that is moved by hand, and outputs as lines: what, and the first line of the message.
struct Bed {
    transactions: Transactions,
    start: Instant,
    now: Instant,
    last_sent: Option<Message>,
    last_request: Option<(ServerId, Message)>,
}

impl Bed {
    #[expect(clippy::disallowed_methods, reason = "any instant is as good as another")]
    fn new(config: Config) -> Self {
        let start = Instant::now();
        Self {
            transactions: Transactions::new(config, [7; 32]),
            start,
            now: start,
            last_sent: None,
            last_request: None,
        }
    }

    fn outputs(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(output) = self.transactions.poll_output() {
            lines.push(match output {
                Output::Transmit { bytes, to } => {
                    let message = Message::parse(bytes).unwrap();
                    let line = format!("send {to} {}", first_line(&message));
                    self.last_sent = Some(message);
                    line
                }
                Output::Request { id, request, .. } => {
                    let line = format!("request {}", first_line(&request));
                    self.last_request = Some((id, request));
                    line
                }
                Output::Response { response, .. } => format!("response {}", first_line(&response)),
                Output::Failed { failure, .. } => format!("failed {failure:?}"),
                Output::Rejected { reason, .. } => format!("rejected {reason}"),
            });
        }
        lines
    }

    fn receive(&mut self, text: impl Into<Bytes>, flow: Flow) -> Vec<String> {
        let message = Message::parse(text).unwrap();
        self.transactions
            .handle_input(self.now, Input::Received { message, flow });
        self.outputs()
    }

    fn send_failed(&mut self, to: Destination) -> Vec<String> {
        self.transactions.handle_input(self.now, Input::SendFailed { to });
        self.outputs()
    }

    fn send(&mut self, request: &str, to: Destination) -> Vec<String> {
        let request = Message::parse(request.to_owned()).unwrap();
        self.transactions.send_request(self.now, request, to);
        self.outputs()
    }

    fn respond(&mut self, status: StatusCode) -> (bool, Vec<String>) {
        let (id, request) = self.last_request.clone().unwrap();
        let response = response_to(&request, status);
        let sent = self.transactions.send_response(self.now, id, response);
        (sent, self.outputs())
    }

    fn respond_stateless(&mut self, status: StatusCode) -> (bool, Vec<String>) {
        let (id, request) = self.last_request.clone().unwrap();
        let response = response_to(&request, status);
        let sent = self.transactions.send_response_stateless(id, response);
        (sent, self.outputs())
    }

    /// Lets time pass, timer by timer; the outputs with the milliseconds since the start.
    fn run_for(&mut self, time: Duration) -> Vec<String> {
        let end = self.now + time;
        let mut lines = Vec::new();
        while let Some(due) = self.transactions.poll_timeout().filter(|due| *due <= end) {
            self.now = due;
            self.transactions.handle_input(due, Input::Timeout);
            let at = (due - self.start).as_millis();
            lines.extend(self.outputs().iter().map(|line| format!("{at} {line}")));
        }
        self.now = end;
        lines
    }
}

fn response_to(request: &Message, status: StatusCode) -> Message {
    MessageBuilder::reply_to(request, status, Some("99")).unwrap().build()
}

fn first_line(message: &Message) -> String {
    message.to_string().lines().next().unwrap().to_owned()
}

fn flow(transport: Transport, remote: &str) -> Flow {
    Flow {
        transport,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: remote.parse().unwrap(),
        connection: u64::from(transport.is_reliable()),
    }
}

fn address(transport: Transport) -> Destination {
    Destination::Address {
        transport,
        remote: "198.51.100.7:5060".parse().unwrap(),
    }
}

fn udp() -> Flow {
    flow(Transport::Udp, "198.51.100.7:40000")
}

fn tcp() -> Flow {
    flow(Transport::Tcp, "198.51.100.7:40000")
}

fn request(via: &str) -> String {
    format!(
        "MESSAGE sip:b@b.test SIP/2.0\r\n{via}From: <sip:a@a.test>;tag=1\r\nTo: <sip:b@b.test>\r\nCall-ID: c\r\n\
         CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
    )
}

fn received(branch: &str) -> String {
    request(&format!("Via: SIP/2.0/UDP a.test:5062;rport;branch={branch}\r\n"))
}

/// A request of ours that is longer than a datagram should be.
fn long() -> String {
    request(&format!("Subject: {}\r\n", "x".repeat(1_200)))
}

#[test]
fn a_request_over_udp_is_repeated_until_timer_f() {
    let mut bed = Bed::new(Config::default());
    let line = "send UDP 198.51.100.7:5060 MESSAGE sip:b@b.test SIP/2.0";
    assert_eq!(bed.send(&request(""), address(Transport::Udp)), [line]);
    let sent = bed.last_sent.clone();
    let mut wanted: Vec<_> = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
        .map(|at| format!("{at} {line}"))
        .into();
    wanted.push("32000 failed Timeout".to_owned());
    assert_eq!(bed.run_for(Duration::from_secs(60)), wanted);
    assert_eq!(bed.last_sent, sent);
    assert!(bed.transactions.is_empty());
    let late = response_to(&sent.unwrap(), StatusCode::OK);
    assert_eq!(
        bed.receive(late.as_bytes().clone(), udp()),
        ["rejected dropped: a response to no request that is waiting (RFC 3261 section 18.1.2)"]
    );
}

#[test]
fn a_request_over_a_connection_is_sent_once() {
    let mut bed = Bed::new(Config::default());
    let line = "send TCP 198.51.100.7:40000#1 MESSAGE sip:b@b.test SIP/2.0";
    assert_eq!(bed.send(&request(""), Destination::Flow(tcp())), [line]);
    assert_eq!(bed.run_for(Duration::from_secs(60)), ["32000 failed Timeout"]);
    assert!(bed.transactions.is_empty());
}

#[test]
fn our_via_is_configured_and_stands_on_top() {
    let mut bed = Bed::new(Config {
        sent_by: vec![SentBy {
            transport: Transport::Udp,
            host: "proxy.test".to_owned(),
            port: Some(5070),
        }],
        ..Config::default()
    });
    let forwarded = received("z9hG4bKa");
    let mut branches = Vec::new();
    for (transport, sent_by) in [
        (Transport::Udp, "SIP/2.0/UDP proxy.test:5070"),
        (Transport::Tcp, "SIP/2.0/TCP proxy.test"),
    ] {
        bed.send(&forwarded, address(transport));
        let sent = bed.last_sent.clone().unwrap();
        let vias: Vec<_> = sent
            .header_all(HeaderName::VIA)
            .map(|field| field.value_str().unwrap())
            .collect();
        let branch = sent.typed::<Via>().unwrap().unwrap();
        let branch = branch.unique_branch().unwrap().to_owned();
        assert_eq!(vias[0], format!("{sent_by};branch={branch};rport"));
        assert_eq!(vias[1], "SIP/2.0/UDP a.test:5062;rport;branch=z9hG4bKa");
        branches.push(branch);
    }
    assert_ne!(branches[0], branches[1]);
}

#[test]
fn a_response_ends_the_request_and_its_repetitions_are_absorbed() {
    let mut bed = Bed::new(Config::default());
    bed.send(&request(""), address(Transport::Udp));
    let sent = bed.last_sent.clone().unwrap();
    let trying = response_to(&sent, StatusCode::TRYING).as_bytes().clone();
    let ok = response_to(&sent, StatusCode::OK).as_bytes().clone();
    assert_eq!(bed.receive(trying.clone(), udp()), ["response SIP/2.0 100 Trying"]);
    // In "Proceeding" timer E is T2.
    assert_eq!(
        bed.run_for(Duration::from_secs(5)),
        [500, 4500].map(|at| format!("{at} send UDP 198.51.100.7:5060 MESSAGE sip:b@b.test SIP/2.0"))
    );
    assert_eq!(bed.receive(ok.clone(), udp()), ["response SIP/2.0 200 OK"]);
    for again in [&ok, &trying, &ok] {
        assert!(bed.receive(again.clone(), udp()).is_empty());
    }
    assert!(bed.run_for(Duration::from_millis(4_999)).is_empty());
    assert_eq!(bed.transactions.len(), 1);
    assert!(bed.run_for(Duration::from_millis(1)).is_empty());
    assert!(bed.transactions.is_empty());
    assert_eq!(
        bed.receive(ok, udp()),
        ["rejected dropped: a response to no request that is waiting (RFC 3261 section 18.1.2)"]
    );
}

#[test]
fn a_response_that_is_not_ours_or_not_valid_is_dropped() {
    let mut bed = Bed::new(Config::default());
    bed.send(&request(""), Destination::Flow(udp()));
    let sent = bed.last_sent.clone().unwrap();
    let ok = response_to(&sent, StatusCode::OK).to_string();
    for (from, to) in [
        ("branch=z9hG4bK", "branch=z9hG4bK0"),
        ("CSeq: 1 MESSAGE", "CSeq: 1 CANCEL"),
        ("UDP 192.0.2.1:5060", "UDP 192.0.2.1:5061"),
        ("UDP 192.0.2.1:5060", "UDP elsewhere.test:5060"),
    ] {
        let foreign = ok.replace(from, to);
        assert_ne!(foreign, ok);
        let lines = bed.receive(foreign, udp());
        assert!(
            lines.len() == 1 && lines[0].starts_with("rejected dropped: a response to no request"),
            "{to}: {lines:?}"
        );
    }
    assert_eq!(
        bed.receive(ok.replace("Call-ID: c\r\n", ""), udp()),
        ["rejected dropped: no Call-ID (RFC 3261 section 8.1.1)"]
    );
    assert_eq!(bed.receive(ok, udp()), ["response SIP/2.0 200 OK"]);
}

#[test]
fn after_a_response_on_a_connection_nothing_is_left() {
    let mut bed = Bed::new(Config::default());
    bed.send(&request(""), Destination::Flow(tcp()));
    let sent = bed.last_sent.clone().unwrap();
    let ok = response_to(&sent, StatusCode::OK).as_bytes().clone();
    assert_eq!(bed.receive(ok, tcp()), ["response SIP/2.0 200 OK"]);
    assert!(bed.transactions.is_empty());
    assert_eq!(bed.transactions.poll_timeout(), None);
}

#[test]
fn a_failure_to_send_ends_the_requests_that_went_there() {
    let mut bed = Bed::new(Config::default());
    bed.send(&request(""), address(Transport::Tcp));
    bed.send(&request(""), address(Transport::Tcp));
    bed.send(&request(""), address(Transport::Udp));
    bed.send(&request(""), Destination::Flow(tcp()));
    assert_eq!(
        bed.send_failed(address(Transport::Tcp)),
        ["failed Transport", "failed Transport"]
    );
    assert_eq!(bed.send_failed(address(Transport::Udp)), ["failed Transport"]);
    assert!(bed.send_failed(address(Transport::Udp)).is_empty());
    assert_eq!(bed.transactions.len(), 1);
}

#[test]
fn a_long_request_goes_by_tcp_and_falls_back_to_udp() {
    let mut bed = Bed::new(Config::default());
    let tcp_line = "send TCP 198.51.100.7:5060 MESSAGE sip:b@b.test SIP/2.0";
    assert_eq!(bed.send(&long(), address(Transport::Udp)), [tcp_line]);
    let branch = |message: &Message| {
        let via = message.typed::<Via>().unwrap().unwrap();
        (via.transport().to_owned(), via.branch().unwrap().to_owned())
    };
    let first = branch(&bed.last_sent.clone().unwrap());
    assert_eq!(first.0, "TCP");
    assert!(bed.run_for(Duration::from_secs(1)).is_empty());
    let line = "send UDP 198.51.100.7:5060 MESSAGE sip:b@b.test SIP/2.0";
    assert_eq!(bed.send_failed(address(Transport::Tcp)), [line]);
    let sent = bed.last_sent.clone().unwrap();
    assert_eq!(branch(&sent), ("UDP".to_owned(), first.1));
    // Timer E begins; timer F goes on.
    assert_eq!(
        bed.run_for(Duration::from_secs(2)),
        [format!("1500 {line}"), format!("2500 {line}")]
    );
    let rest = bed.run_for(Duration::from_secs(60));
    assert_eq!(rest.last().unwrap(), "32000 failed Timeout");
    assert!(bed.transactions.is_empty());

    bed.send(&long(), address(Transport::Udp));
    bed.send_failed(address(Transport::Tcp));
    let sent = bed.last_sent.clone().unwrap();
    let ok = response_to(&sent, StatusCode::OK).as_bytes().clone();
    assert_eq!(bed.receive(ok, udp()), ["response SIP/2.0 200 OK"]);

    // A response has come by TCP, so TCP is there.
    bed.send(&long(), address(Transport::Udp));
    let sent = bed.last_sent.clone().unwrap();
    let trying = response_to(&sent, StatusCode::TRYING);
    bed.receive(trying.as_bytes().clone(), tcp());
    assert_eq!(bed.send_failed(address(Transport::Tcp)), ["failed Transport"]);

    // Both ways closed.
    bed.send(&long(), address(Transport::Udp));
    bed.send_failed(address(Transport::Tcp));
    assert_eq!(bed.send_failed(address(Transport::Udp)), ["failed Transport"]);
}

#[test]
fn only_what_is_too_long_and_free_to_move_goes_by_tcp() {
    let mut bed = Bed::new(Config::default());
    let sized = |bed: &mut Bed, filler: usize| {
        let text = request(&format!("Subject: {}\r\n", "x".repeat(filler)));
        let lines = bed.send(&text, address(Transport::Udp));
        let len = bed.last_sent.as_ref().unwrap().as_bytes().len();
        (len, lines[0][..8].to_owned())
    };
    let (len, _) = sized(&mut bed, 1);
    assert_eq!(sized(&mut bed, 1_301 - len), (1_300, "send UDP".to_owned()));
    assert_eq!(sized(&mut bed, 1_302 - len), (1_301, "send TCP".to_owned()));
    let lines = bed.send(&long(), Destination::Flow(udp()));
    assert!(lines[0].starts_with("send UDP 198.51.100.7:40000 "));
    // A request that was for TCP has no UDP to fall back to.
    let mut bed = Bed::new(Config::default());
    bed.send(&long(), address(Transport::Tcp));
    assert_eq!(bed.send_failed(address(Transport::Tcp)), ["failed Transport"]);
}

#[test]
fn a_request_is_handed_up_once_and_its_answer_repeated() {
    let mut bed = Bed::new(Config::default());
    let text = received("z9hG4bK1");
    assert_eq!(
        bed.receive(text.clone(), udp()),
        ["request MESSAGE sip:b@b.test SIP/2.0"]
    );
    let (_, request) = bed.last_request.clone().unwrap();
    let via = request.typed::<Via>().unwrap().unwrap();
    assert_eq!(via.received(), Some("198.51.100.7".parse().unwrap()));
    assert_eq!(via.rport(), Some(Some(40_000)));
    assert!(bed.receive(text.clone(), udp()).is_empty());
    let line = "send UDP 198.51.100.7:40000 SIP/2.0 200 OK";
    assert_eq!(bed.respond(StatusCode::OK), (true, vec![line.to_owned()]));
    let response = bed.last_sent.clone();
    bed.run_for(Duration::from_secs(31));
    // From wherever it comes: the answer goes where the first one went.
    let elsewhere = flow(Transport::Udp, "203.0.113.66:666");
    assert_eq!(bed.receive(text.clone(), elsewhere), [line]);
    assert_eq!(bed.last_sent, response);
    assert_eq!(bed.respond(StatusCode::NOT_FOUND), (false, vec![]));
    assert!(bed.run_for(Duration::from_secs(1)).is_empty());
    assert!(bed.transactions.is_empty());
    assert_eq!(bed.receive(text, udp()), ["request MESSAGE sip:b@b.test SIP/2.0"]);
}

#[test]
fn a_slow_user_gets_a_100_sent_and_a_late_one_is_ignored() {
    let mut bed = Bed::new(Config::default());
    let text = received("z9hG4bK1");
    bed.receive(text.clone(), udp());
    let trying = "send UDP 198.51.100.7:40000 SIP/2.0 100 Trying";
    assert_eq!(bed.run_for(Duration::from_secs(10)), [format!("3500 {trying}")]);
    assert_eq!(bed.receive(text.clone(), udp()), [trying]);
    assert_eq!(bed.respond(StatusCode::REQUEST_TIMEOUT), (false, vec![]));
    assert!(bed.run_for(Duration::from_secs(22)).is_empty());
    assert!(bed.transactions.is_empty());
    assert_eq!(bed.respond(StatusCode::OK), (false, vec![]));
    assert_eq!(bed.respond_stateless(StatusCode::OK), (false, vec![]));
}

#[test]
fn after_a_challenge_the_same_branch_is_a_new_request() {
    let mut bed = Bed::new(Config::default());
    let text = received("z9hG4bK1");
    bed.receive(text.clone(), udp());
    let line = "send UDP 198.51.100.7:40000 SIP/2.0 401 Unauthorized";
    assert_eq!(
        bed.respond_stateless(StatusCode::UNAUTHORIZED),
        (true, vec![line.to_owned()])
    );
    assert!(bed.transactions.is_empty());
    let retry = text.replace("To:", "Authorization: Digest x=y\r\nTo:");
    assert_eq!(bed.receive(retry, udp()), ["request MESSAGE sip:b@b.test SIP/2.0"]);
    assert_eq!(
        bed.respond(StatusCode::OK),
        (true, vec!["send UDP 198.51.100.7:40000 SIP/2.0 200 OK".to_owned()])
    );
    assert_eq!(bed.respond_stateless(StatusCode::OK), (false, vec![]));
    assert_eq!(bed.respond_stateless(StatusCode::TRYING), (false, vec![]));
}

#[test]
fn a_request_of_rfc_2543_is_matched_by_its_headers() {
    let mut bed = Bed::new(Config::default());
    let text = request("Via: SIP/2.0/UDP a.test:5062\r\n");
    let new = ["request MESSAGE sip:b@b.test SIP/2.0"];
    let answer = "send UDP 198.51.100.7:5062 SIP/2.0 200 OK";
    assert_eq!(bed.receive(text.clone(), udp()), new);
    assert!(bed.receive(text.clone(), udp()).is_empty());
    assert_eq!(bed.respond(StatusCode::OK).1, [answer]);
    assert_eq!(bed.receive(text.clone(), udp()), [answer]);
    for (from, to) in [
        ("CSeq: 1", "CSeq: 2"),
        ("Call-ID: c", "Call-ID: d"),
        ("tag=1", "tag=2"),
        ("To: <sip:b@b.test>", "To: <sip:b@b.test>;tag=3"),
        ("MESSAGE sip:b@", "MESSAGE sip:c@"),
        ("a.test:5062", "a.test:5063"),
    ] {
        let lines = bed.receive(text.replace(from, to), udp());
        assert!(lines.len() == 1 && lines[0].starts_with("request "), "{to}: {lines:?}");
    }
}

#[test]
fn responses_take_the_way_that_via_and_flow_say() {
    let mut bed = Bed::new(Config::default());
    for (via, flow, wanted) in [
        ("UDP 10.0.0.1:5062;rport", udp(), "UDP 198.51.100.7:40000"),
        ("UDP 10.0.0.1:5062", udp(), "UDP 198.51.100.7:5062"),
        ("UDP a.test", udp(), "UDP 198.51.100.7:5060"),
        ("TCP a.test:5062", tcp(), "TCP 198.51.100.7:40000#1"),
    ] {
        bed.receive(request(&format!("Via: SIP/2.0/{via};branch=z9hG4bK1\r\n")), flow);
        let (_, lines) = bed.respond_stateless(StatusCode::NOT_FOUND);
        assert_eq!(lines, [format!("send {wanted} SIP/2.0 404 Not Found")]);
    }
}

#[test]
fn a_response_whose_connection_is_gone_is_tried_once_more() {
    let mut bed = Bed::new(Config::default());
    let text = request("Via: SIP/2.0/TCP a.test:5062;branch=z9hG4bK1\r\n");
    bed.receive(text.clone(), tcp());
    assert!(bed.send_failed(Destination::Flow(tcp())).is_empty());
    bed.respond(StatusCode::OK);
    assert_eq!(
        bed.send_failed(Destination::Flow(tcp())),
        ["send TCP 198.51.100.7:5062 SIP/2.0 200 OK"]
    );
    let second = Destination::Address {
        transport: Transport::Tcp,
        remote: "198.51.100.7:5062".parse().unwrap(),
    };
    assert!(bed.send_failed(second).is_empty());
    assert!(bed.transactions.is_empty());

    // Timer J is zero on a connection: what is kept for a second try absorbs nothing.
    bed.receive(text.clone(), tcp());
    bed.respond(StatusCode::OK);
    assert_eq!(
        bed.receive(text.clone(), tcp()),
        ["request MESSAGE sip:b@b.test SIP/2.0"]
    );
    assert_eq!(bed.transactions.len(), 2);
    bed.run_for(Duration::from_secs(5));
    assert_eq!(bed.transactions.len(), 1);
    assert_eq!(
        bed.receive(text, tcp()),
        ["send TCP 198.51.100.7:40000#1 SIP/2.0 100 Trying"]
    );
}

#[test]
fn a_request_that_breaks_the_rules_is_answered() {
    let mut bed = Bed::new(Config::default());
    let good = received("z9hG4bK1");
    let no_call_id = good.replace("Call-ID: c\r\n", "");
    assert_eq!(
        bed.receive(no_call_id.clone(), udp()),
        [
            "send UDP 198.51.100.7:40000 SIP/2.0 400 no Call-ID (RFC 3261 section 8.1.1)",
            "rejected answered 400: no Call-ID (RFC 3261 section 8.1.1)"
        ]
    );
    let first = bed.last_sent.clone();
    bed.receive(no_call_id, udp());
    assert_eq!(bed.last_sent, first);
    let lines = bed.receive(good.replace("SIP/2.0\r\n", "SIP/7.0\r\n"), udp());
    assert!(lines[0].starts_with("send UDP 198.51.100.7:40000 SIP/2.0 505 "));
    let lines = bed.receive(good.replace("Length: 0", "Length: 9"), udp());
    assert!(lines[0].starts_with("send UDP 198.51.100.7:40000 SIP/2.0 400 "));
    // Offsets are those of the message as it came.
    let broken = good.replace("CSeq: 1", "CSeq: x");
    let at = broken.find("x MESSAGE").unwrap();
    let lines = bed.receive(broken, udp());
    assert!(lines[1].contains(&format!("at byte {at} ")), "{lines:?}");
    // Where the Via cannot be read, the answer goes where the request came from.
    let lines = bed.receive(request("Via: nonsense\r\n"), udp());
    assert!(
        lines[0].starts_with("send UDP 198.51.100.7:40000 SIP/2.0 400 Via: "),
        "{lines:?}"
    );
    for nobody in [request(""), request("Via: ,,\r\n")] {
        assert_eq!(
            bed.receive(nobody, udp()),
            ["rejected dropped: a request without a Via (RFC 3261 section 8.1.1.7)"]
        );
    }
    assert!(bed.transactions.is_empty());
}

#[test]
fn an_ack_is_dropped_and_cancel_and_invite_are_requests() {
    let mut bed = Bed::new(Config::default());
    let text = received("z9hG4bK1");
    assert!(bed.receive(text.replace("MESSAGE", "ACK"), udp()).is_empty());
    assert!(bed.receive("ACK sip:b@b.test SIP/2.0\r\n\r\n", udp()).is_empty());
    assert!(bed.transactions.is_empty());
    for method in ["INVITE", "CANCEL", "UNHEARD"] {
        assert_eq!(
            bed.receive(text.replace("MESSAGE", method), udp()),
            [format!("request {method} sip:b@b.test SIP/2.0")]
        );
    }
}

#[test]
fn a_flood_is_answered_503_and_ends() {
    let mut bed = Bed::new(Config {
        limits: Limits {
            server_transactions: 10,
            ..Limits::default()
        },
        ..Config::default()
    });
    for n in 0..10 {
        let lines = bed.receive(received(&format!("z9hG4bK{n}")), udp());
        assert_eq!(lines, ["request MESSAGE sip:b@b.test SIP/2.0"]);
    }
    for n in 10..100 {
        let lines = bed.receive(received(&format!("z9hG4bK{n}")), udp());
        assert_eq!(
            lines,
            [
                "send UDP 198.51.100.7:40000 SIP/2.0 503 Service Unavailable",
                "rejected answered 503: too many requests are waiting for their answer"
            ]
        );
        assert_eq!(bed.transactions.len(), 10);
    }
    let sent = bed.last_sent.clone().unwrap();
    let retry_after = sent.header(HeaderName::RETRY_AFTER).unwrap();
    assert_eq!(retry_after.value(), b"32");
    // What is answered gives way to what is new.
    bed.respond(StatusCode::OK);
    let lines = bed.receive(received("z9hG4bK100"), udp());
    assert_eq!(lines, ["request MESSAGE sip:b@b.test SIP/2.0"]);
    assert_eq!(bed.transactions.len(), 10);
    bed.run_for(Duration::from_secs(32));
    assert!(bed.transactions.is_empty());
}

#[test]
fn what_is_kept_is_bounded_in_octets() {
    let mut bed = Bed::new(Config {
        limits: Limits {
            bytes: 2_000,
            ..Limits::default()
        },
        ..Config::default()
    });
    for n in 0..50 {
        bed.receive(received(&format!("z9hG4bK{n}")), udp());
        assert!(bed.transactions.index.bytes() <= 2_000);
        bed.respond(StatusCode::OK);
        assert!(bed.transactions.index.bytes() <= 2_000);
    }
    assert!(bed.transactions.len() > 1);
    // A response may be longer than its request.
    bed.receive(received("z9hG4bKa"), udp());
    let (id, of) = bed.last_request.clone().unwrap();
    let response = MessageBuilder::reply_to(&of, StatusCode::OK, None).unwrap();
    let response = response.raw(HeaderName::SUBJECT, RawValue::new(&"x".repeat(1_500)).unwrap());
    assert!(bed.transactions.send_response(bed.now, id, response.build()));
    assert!(bed.transactions.index.bytes() <= 2_000);
    bed.outputs();
    // The long request does not fit beside any other.
    let long = request(&format!(
        "Via: SIP/2.0/UDP a.test;branch=z9hG4bKlong\r\nSubject: {}\r\n",
        "x".repeat(2_000)
    ));
    let lines = bed.receive(long.clone(), udp());
    assert!(lines[0].contains(" SIP/2.0 503 "), "{lines:?}");
    assert_eq!(bed.send(&long, Destination::Flow(udp())), ["failed Transport"]);
    assert!(bed.transactions.is_empty());
    assert_eq!(bed.transactions.index.bytes(), 0);
}

#[test]
fn requests_of_ours_are_bounded() {
    let mut bed = Bed::new(Config {
        limits: Limits {
            client_transactions: 2,
            ..Limits::default()
        },
        ..Config::default()
    });
    bed.send(&request(""), address(Transport::Udp));
    let sent = bed.last_sent.clone().unwrap();
    bed.send(&request(""), address(Transport::Udp));
    assert_eq!(bed.send(&request(""), address(Transport::Udp)), ["failed Transport"]);
    let ok = response_to(&sent, StatusCode::OK).as_bytes().clone();
    bed.receive(ok, udp());
    let lines = bed.send(&request(""), address(Transport::Udp));
    assert!(lines[0].starts_with("send UDP "));
    assert_eq!(bed.transactions.len(), 2);
}

#[test]
fn a_request_and_a_response_are_not_taken_for_each_other() {
    let mut bed = Bed::new(Config::default());
    bed.receive(received("z9hG4bK1"), udp());
    let (id, request) = bed.last_request.clone().unwrap();
    let sent = bed.transactions.send_response(bed.now, id, request.clone());
    assert!(!sent && !bed.transactions.send_response_stateless(id, request));
    assert!(bed.outputs().is_empty());
    assert!(bed.respond(StatusCode::OK).0);
}

#[test]
fn one_seed_gives_the_same_bytes() {
    let sent = |seed| {
        let mut bed = Bed::new(Config::default());
        bed.transactions = Transactions::new(Config::default(), [seed; 32]);
        bed.send(&request(""), address(Transport::Udp));
        bed.last_sent.unwrap()
    };
    assert_eq!(sent(1), sent(1));
    assert_ne!(sent(1), sent(2));
}

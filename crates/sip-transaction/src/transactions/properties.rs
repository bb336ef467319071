use std::time::{Duration, Instant};

use proptest::prelude::*;
use sip_message::{MessageBuilder, Transport};

use super::*;
use crate::Limits;

const LIMITS: Limits = Limits {
    server_transactions: 6,
    client_transactions: 5,
    bytes: 8_000,
};

/// One thing that may happen. Small numbers pick from small sets, so that things meet.
#[derive(Clone, Debug)]
enum Step {
    /// A request, its Via, its method and its flow picked; with a header of this length.
    Request(usize, usize, usize, usize),
    /// A response of this status to one of the messages sent, on a flow.
    Response(usize, u16, usize),
    /// Any bytes that are a message.
    Message(Vec<u8>, usize),
    SendFailed(usize),
    /// A request of ours of this length to a destination.
    Send(usize, usize),
    Respond(usize, u16, bool),
    /// So many milliseconds pass.
    Wait(u64, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop_oneof![Just(100_u16), Just(200), Just(408), 100..700_u16];
    prop_oneof![
        4 => (0..9_usize, 0..4_usize, 0..4_usize, prop_oneof![Just(0_usize), 0..4_000_usize])
            .prop_map(|(via, method, flow, len)| Step::Request(via, method, flow, len)),
        3 => (0..8_usize, status.clone(), 0..4_usize).prop_map(|(of, status, flow)| Step::Response(of, status, flow)),
        1 => ("(MESSAGE|ACK|SIP/2.0) [ -~]{0,20} (SIP/2.0|200 OK|x)\r\n((Via|To|From|CSeq|v): [ -~]{0,30}\r\n){0,5}\r\n",
            0..4_usize).prop_map(|(text, flow)| Step::Message(text.into_bytes(), flow)),
        1 => (0..8_usize).prop_map(Step::SendFailed),
        3 => (prop_oneof![Just(0_usize), 0..4_000_usize], 0..8_usize).prop_map(|(len, to)| Step::Send(len, to)),
        3 => (0..8_usize, status, any::<bool>()).prop_map(|(of, status, stateless)| Step::Respond(of, status, stateless)),
        2 => (prop_oneof![0..600_u64, 0..40_000_u64], any::<bool>()).prop_map(|(ms, fire)| Step::Wait(ms, fire)),
    ]
}

fn flow(pick: usize) -> Flow {
    let transports = [Transport::Udp, Transport::Tcp, Transport::Udp, Transport::Wss];
    let remotes = [
        "198.51.100.7:5060",
        "198.51.100.7:5060",
        "[2001:db8::7]:4000",
        "203.0.113.1:9",
    ];
    Flow {
        transport: transports[pick % 4],
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: remotes[pick % 4].parse().unwrap(),
        connection: u64::from(transports[pick % 4].is_reliable()),
    }
}

fn destination(pick: usize) -> Destination {
    let flow = flow(pick);
    if pick < 4 {
        Destination::Flow(flow)
    } else {
        Destination::Address {
            transport: flow.transport,
            remote: flow.remote,
        }
    }
}

fn request(via: &str, method: &str, len: usize) -> Message {
    Message::parse(format!(
        "{method} sip:b@b.test SIP/2.0\r\n{via}From: <sip:a@a.test>;tag=1\r\nTo: <sip:b@b.test>\r\nCall-ID: c\r\n\
         CSeq: 1 {method}\r\nSubject: x{}\r\n\r\n",
        "y".repeat(len)
    ))
    .unwrap()
}

#[derive(Default)]
struct Seen {
    sent: Vec<Message>,
    received: Vec<(ServerId, Message)>,
    ids: Vec<ClientId>,
    ended: Vec<ClientId>,
}

/// Takes the outputs; whatever the machine writes is a message.
fn drain(transactions: &mut Transactions, seen: &mut Seen) {
    while let Some(output) = transactions.poll_output() {
        match output {
            Output::Transmit { bytes, .. } => seen.sent.push(Message::parse(bytes).unwrap()),
            Output::Request { id, request, .. } => {
                request.validate().unwrap();
                seen.received.push((id, request));
            }
            Output::Response { id, response, .. } => {
                if response.status().unwrap().is_final() {
                    seen.ended.push(id);
                } else {
                    assert!(!seen.ended.contains(&id));
                }
            }
            Output::Failed { id, .. } => seen.ended.push(id),
            Output::Rejected { reason, .. } => assert!(!reason.to_string().is_empty()),
        }
    }
}

fn take(transactions: &mut Transactions, seen: &mut Seen, now: &mut Instant, step: Step) {
    let last = |len: usize, pick: usize| len.checked_sub(1 + pick);
    match step {
        Step::Request(via, method, pick, len) => {
            let vias = [
                "",
                "Via: SIP/2.0/UDP\r\n",
                "Via: SIP/2.0/UDP a.test\r\n",
                "Via: SIP/2.0/UDP a.test;rport\r\n",
                "Via: SIP/2.0/UDP a.test;branch=z9hG4bK1;rport=x\r\n",
                "Via: SIP/2.0/TCP a.test:0;branch=z9hG4bK2\r\n",
                "Via: SIP/2.0/UDP b.test:9;branch=z9hG4bK1\r\n",
                "v: SIP/2.0/UDP c.test;branch=z9hG4bK3,SIP/2.0/UDP d\r\n",
                "Via: SIP/2.0/UDP c.test;branch=z9hG4bK4\r\nVia: broken\r\n",
            ];
            let method = ["MESSAGE", "SUBSCRIBE", "INVITE", "ACK"][method];
            let message = request(vias[via], method, len);
            transactions.handle_input(
                *now,
                Input::Received {
                    message,
                    flow: flow(pick),
                },
            );
        }
        Step::Response(of, status, pick) => {
            if let Some(of) = last(seen.sent.len(), of)
                && seen.sent[of].is_request()
            {
                let status = StatusCode::new(status).unwrap();
                let message = MessageBuilder::reply_to(&seen.sent[of], status, None).unwrap().build();
                transactions.handle_input(
                    *now,
                    Input::Received {
                        message,
                        flow: flow(pick),
                    },
                );
            }
        }
        Step::Message(bytes, pick) => {
            if let Ok(message) = Message::parse(bytes) {
                transactions.handle_input(
                    *now,
                    Input::Received {
                        message,
                        flow: flow(pick),
                    },
                );
            }
        }
        Step::SendFailed(pick) => transactions.handle_input(*now, Input::SendFailed { to: destination(pick) }),
        Step::Send(len, pick) => {
            let id = transactions.send_request(*now, request("", "MESSAGE", len), destination(pick));
            seen.ids.push(id);
        }
        Step::Respond(of, status, is_stateless) => {
            if let Some(of) = last(seen.received.len(), of) {
                let (id, request) = &seen.received[of];
                let status = StatusCode::new(status).unwrap();
                let response = MessageBuilder::reply_to(request, status, Some("9")).unwrap().build();
                if is_stateless {
                    transactions.send_response_stateless(*id, response);
                } else {
                    transactions.send_response(*now, *id, response);
                }
            }
        }
        Step::Wait(millis, fire) => {
            *now += Duration::from_millis(millis);
            if fire {
                transactions.handle_input(*now, Input::Timeout);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "any instant is as good as another")]
fn start() -> Instant {
    Instant::now()
}

proptest! {
    /// Whatever comes in whatever order: no panic, no more than the limits, one end for each request sent, and after
    /// 64 * T1 without anything new nothing is left.
    #[test]
    fn everything_is_bounded_and_ends(steps in prop::collection::vec(step(), 0..80)) {
        let config = Config { limits: LIMITS, ..Config::default() };
        let mut transactions = Transactions::new(config, [3; 32]);
        let (mut now, mut seen) = (start(), Seen::default());
        for step in steps {
            take(&mut transactions, &mut seen, &mut now, step);
            drain(&mut transactions, &mut seen);
            prop_assert!(transactions.clients.len() <= LIMITS.client_transactions);
            prop_assert!(transactions.servers.len() <= LIMITS.server_transactions);
            prop_assert!(transactions.branches.len() == transactions.clients.len());
            prop_assert!(transactions.keys.len() <= transactions.servers.len());
            // A 100 may be a little longer than the request whose place it takes.
            let slack = 64 * transactions.servers.len();
            prop_assert!(transactions.index.bytes() <= LIMITS.bytes + slack);
            prop_assert_eq!(transactions.poll_timeout().is_none(), transactions.is_empty());
        }
        let end = now + Config::default().timers.transaction();
        let mut rounds = 0;
        while let Some(due) = transactions.poll_timeout() {
            prop_assert!(due <= end);
            now = now.max(due);
            transactions.handle_input(now, Input::Timeout);
            drain(&mut transactions, &mut seen);
            rounds += 1;
            // Eleven retransmissions and an end for each.
            prop_assert!(rounds < 200);
        }
        prop_assert!(transactions.is_empty() && transactions.keys.is_empty() && transactions.branches.is_empty());
        prop_assert_eq!(transactions.index.bytes(), 0);
        seen.ended.sort_unstable();
        prop_assert_eq!(seen.ended, seen.ids);
    }
}

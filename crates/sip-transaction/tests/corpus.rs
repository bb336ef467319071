//! What becomes of the messages of RFC 4475 at the transaction layer.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the corpus from disk and the clock, say what they skip, and panic"
)]

use std::io::Write as _;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use sip_message::{Message, Transport};
use sip_transaction::{Config, Flow, Input, Output, Rejection, Transactions};

fn corpus() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let root = std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned());
    let root = PathBuf::from(root).join("rfc4475");
    if root.is_dir() {
        return Some(root);
    }
    assert!(std::env::var("CI").is_err(), "no corpus at {}", root.display());
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: no corpus at {}", root.display());
    None
}

/// What becomes of each: handed up as a request, answered with a status, dropped (a response to nothing), or no
/// message at all. What the RFC wants answered with another status than 400 or 505 is the matter of the user above.
const FATES: &[(&str, &str)] = &[
    ("application/bcast", "dropped"),
    ("application/bext01", "request"),
    ("application/cparam01", "request"),
    ("application/cparam02", "request"),
    ("application/insuf", "400"),
    ("application/invut", "request"),
    ("application/mcl01", "400"),
    ("application/multi01", "400"),
    ("application/novelsc", "request"),
    ("application/regaut01", "request"),
    ("application/regescrt", "request"),
    ("application/sdp01", "request"),
    ("application/unkscm", "request"),
    ("application/unksm2", "request"),
    ("application/zeromf", "request"),
    ("backcompat/inv2543", "request"),
    ("invalid/badaspec", "400"),
    ("invalid/baddate", "request"),
    ("invalid/baddn", "unreadable"),
    ("invalid/baddn.terminated", "400"),
    ("invalid/badinv01", "400"),
    ("invalid/badvers", "505"),
    ("invalid/bigcode", "unreadable"),
    ("invalid/clerr", "400"),
    ("invalid/escruri", "request"),
    ("invalid/ltgtruri", "400"),
    ("invalid/lwsruri", "400"),
    ("invalid/lwsstart", "400"),
    ("invalid/mismatch01", "400"),
    ("invalid/mismatch02", "400"),
    ("invalid/ncl", "400"),
    ("invalid/quotbal", "400"),
    ("invalid/regbadct", "request"),
    ("invalid/scalar02", "400"),
    ("invalid/scalarlg", "dropped"),
    ("invalid/trws", "unreadable"),
    ("transaction/badbranch", "request"),
    ("valid/dblreq", "request"),
    ("valid/esc01", "request"),
    ("valid/esc02", "request"),
    ("valid/escnull", "request"),
    ("valid/intmeth", "request"),
    ("valid/longreq", "request"),
    ("valid/lwsdisp", "request"),
    ("valid/mpart01", "request"),
    ("valid/noreason", "dropped"),
    ("valid/semiuri", "request"),
    ("valid/transports", "request"),
    ("valid/unreason", "dropped"),
    ("valid/wsinv", "request"),
];

fn fate(path: &Path) -> String {
    let Ok(message) = Message::parse(fs::read(path).unwrap()) else {
        return "unreadable".to_owned();
    };
    let flow = Flow {
        transport: Transport::Udp,
        local: "192.0.2.1:5060".parse().unwrap(),
        remote: "198.51.100.7:40000".parse().unwrap(),
        connection: 0,
    };
    let mut transactions = Transactions::new(Config::default(), [9; 32]);
    let input = Input::Received { message, flow };
    transactions.handle_input(Instant::now(), input);
    let outputs: Vec<_> = std::iter::from_fn(|| transactions.poll_output()).collect();
    match outputs.as_slice() {
        [Output::Request { request, .. }] => {
            request.validate().unwrap();
            "request".to_owned()
        }
        [Output::Rejected { .. }] => "dropped".to_owned(),
        [
            Output::Transmit { bytes, to },
            Output::Rejected {
                reason: Rejection::Invalid(_),
                ..
            },
        ] => {
            assert_eq!(to.remote().ip(), flow.remote.ip());
            let response = Message::parse(bytes.clone()).unwrap();
            response.status().unwrap().to_string()
        }
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn torture_messages_meet_their_fate() {
    let Some(root) = corpus() else { return };
    let fates: Vec<_> = FATES
        .iter()
        .map(|(name, _)| (*name, fate(&root.join(format!("{name}.sip")))))
        .collect();
    let wanted: Vec<_> = FATES.iter().map(|(name, fate)| (*name, (*fate).to_owned())).collect();
    assert_eq!(fates, wanted);
}

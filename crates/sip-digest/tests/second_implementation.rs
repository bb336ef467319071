//! Python's hashlib computes the same responses, names and proofs: `digest.py`, beside this file.
#![expect(clippy::disallowed_methods, reason = "the second implementation is another program")]

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sip_digest::{Algorithm, Answer, AuthenticationInfo, Challenge, Ha1, Password, Qop};

const CASES: usize = 1_000;

#[test]
fn python_computes_the_same() {
    // Without SHA-512/256 in its OpenSSL, an old Python cannot take part.
    let probe = "import hashlib, sys; sys.exit('sha512_256' not in hashlib.algorithms_available)";
    let works = Command::new("python3").args(["-c", probe]).status();
    if !works.as_ref().is_ok_and(std::process::ExitStatus::success) {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 with sha512_256 must be there in CI: {works:?}"
        );
        // Past the capture of the test harness, which would hide it.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no python3 with sha512_256 to compare {CASES} responses with: {works:?}"
        );
        return;
    }
    let (input, ours) = cases();
    let theirs = python(&input);
    assert_eq!((ours.len(), theirs.len()), (CASES, CASES));
    for (case, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(ours, theirs, "case {case}");
    }
}

/// The same cases every time: a line for each, and what this crate computes.
fn cases() -> (String, Vec<Value>) {
    let text = "[a-zA-Z0-9 \"\\\\:@한글é]{0,20}";
    let strategy = (
        (text, text, "[ -~é한]{0,20}", "[a-zA-Z0-9+/=]{1,40}"),
        ("[A-Z]{3,9}", "sips?:[a-z]{0,8}@[a-z.]{1,12}(;transport=tcp)?"),
        (
            proptest::sample::select(Algorithm::ALL.to_vec()),
            proptest::sample::select(vec![None, Some(Qop::Auth), Some(Qop::AuthInt)]),
            proptest::bool::ANY,
        ),
        (proptest::num::u32::ANY, "[a-zA-Z0-9~_-]{0,32}"),
        (
            proptest::collection::vec(proptest::num::u8::ANY, 0..64),
            proptest::collection::vec(proptest::num::u8::ANY, 0..8),
        ),
    );
    let mut runner = TestRunner::deterministic();
    let (mut input, mut ours) = (String::new(), Vec::new());
    for _ in 0..CASES {
        let (
            (user, realm, password, nonce),
            (method, uri),
            (algorithm, qop, userhash),
            (nc, cnonce),
            (body, answer_body),
        ) = strategy.new_tree(&mut runner).expect("every value is taken").current();
        let ha1 = Ha1::new(algorithm, &user, &realm, &Password::new(password.as_str()));
        let challenge = Challenge::new(realm.as_str(), nonce.as_str())
            .expect("no line break")
            .with_algorithm(algorithm)
            .with_qop(qop)
            .with_userhash(userhash);
        let answer = Answer::new(&user, &ha1, &method, &uri, nc, &cnonce).with_body(&body);
        let credentials = challenge.answer(&answer).expect("all of it is known");
        let proof = AuthenticationInfo::confirming(&credentials, &ha1, &answer_body);
        ours.push(json!({
            "response": credentials.response(),
            "username": credentials.username(),
            "rspauth": proof.as_ref().and_then(AuthenticationInfo::rspauth),
        }));
        let case = json!({
            "user": user, "realm": realm, "password": password, "nonce": nonce, "method": method, "uri": uri,
            "algorithm": algorithm.name(), "qop": qop.map(Qop::name), "userhash": userhash, "nc": nc, "cnonce": cnonce,
            "body": body, "answer": answer_body,
        });
        input.push_str(&format!("{case}\n"));
    }
    (input, ours)
}

fn python(input: &str) -> Vec<Value> {
    let mut python = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digest.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 was there just now");
    let mut stdin = python.stdin.take().expect("it is piped");
    // The script reads everything before it writes, so nothing waits for the other here.
    stdin.write_all(input.as_bytes()).expect("the script reads");
    drop(stdin);
    let output = python.wait_with_output().expect("the script ends");
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

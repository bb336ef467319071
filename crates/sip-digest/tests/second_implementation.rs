//! Python's hashlib computes the same responses.
#![expect(clippy::disallowed_methods, reason = "the second implementation is another program")]

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;
use sip_digest::{Algorithm, Answer, Challenge, Ha1, Password, Qop};

const CASES: usize = 200;

/// RFC 2617 section 3.2.2.1 in six lines: one JSON object per line in, one response per line out.
const SCRIPT: &str = r#"
import sys, json, hashlib
h = lambda *parts: hashlib.md5(":".join(parts).encode()).hexdigest()
for line in sys.stdin.buffer.read().decode().split("\n"):
    if not line: continue
    c = json.loads(line)
    middle = [c["nonce"]] + (["%08x" % c["nc"], c["cnonce"], "auth"] if c["qop"] else [])
    print(h(h(c["user"], c["realm"], c["password"]), *middle, h(c["method"], c["uri"])))
"#;

#[test]
fn python_computes_the_same() {
    let text = "[a-zA-Z0-9 \"\\\\:@한글é]{0,20}";
    let strategy = (
        (text, text, "[ -~é한]{0,20}", "[a-zA-Z0-9+/=]{1,40}"),
        ("[A-Z]{3,9}", "sips?:[a-z]{0,8}@[a-z.]{1,12}(;transport=tcp)?"),
        (proptest::bool::ANY, proptest::num::u32::ANY, "[a-zA-Z0-9~_-]{0,32}"),
    );
    let mut runner = TestRunner::deterministic();
    let (mut input, mut ours) = (String::new(), Vec::new());
    for _ in 0..CASES {
        let ((user, realm, password, nonce), (method, uri), (qop, nc, cnonce)) =
            strategy.new_tree(&mut runner).unwrap().current();
        let ha1 = Ha1::new(Algorithm::Md5, &user, &realm, &Password::new(password.as_str()));
        let mut challenge = Challenge::new(realm.as_str(), nonce.as_str()).unwrap();
        if qop {
            challenge = challenge.with_qop([Qop::Auth]);
        }
        let answer = Answer::new(&user, &ha1, &method, &uri, nc, &cnonce);
        ours.push(challenge.answer(&answer).unwrap().response().to_owned());
        let case = json!({
            "user": user, "realm": realm, "password": password, "nonce": nonce, "method": method, "uri": uri,
            "qop": qop, "nc": nc, "cnonce": cnonce,
        });
        input.push_str(&format!("{case}\n"));
    }
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut python = match python {
        Ok(python) => python,
        Err(error) => {
            // Past the capture of the test harness, which would hide it.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: no python3 to compare {CASES} responses with: {error}"
            );
            return;
        }
    };
    // The answers (under 7 kB) fit into a pipe, so writing everything first cannot block.
    python.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let theirs: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(ours.len(), CASES);
    assert_eq!(ours, theirs);
}

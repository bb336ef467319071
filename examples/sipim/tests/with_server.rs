//! The program against the server of this workspace, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;

use common::Server;

/// Runs by UDP; the exit code must be this one.
fn run(server: &Server, code: i32, user: &str, arguments: &[&str]) -> Output {
    let output = server.sipim("udp", user, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    output
}

/// One that stays, and is killed when a test fails.
struct Staying {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Staying {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// With a standard input of its own, on which `type_` types.
    fn start_typing(mut command: Command) -> Self {
        command.stdin(Stdio::piped());
        Self::start(command)
    }

    fn type_(&mut self, text: &str) {
        self.child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Nothing more is typed.
    fn stop_typing(&mut self) {
        self.child.stdin.take();
    }

    /// Reads objects until this event comes, which is returned.
    fn event(&mut self, name: &str) -> Value {
        let mut line = String::new();
        loop {
            line.clear();
            let length = self.output.read_line(&mut line).unwrap();
            assert_ne!(length, 0, "it ended before {name}");
            let object: Value = serde_json::from_str(&line).unwrap();
            if object["event"] == name {
                return object;
            }
        }
    }

    #[cfg(unix)]
    fn interrupt(&self) {
        let kill = format!("kill -INT {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The exit code, and what was written that nobody has read yet.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    text(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn find<'a>(objects: &'a [Value], event: &str) -> &'a Value {
    let found = objects.iter().find(|object| object["event"] == event);
    found.unwrap_or_else(|| panic!("no {event} in {objects:?}"))
}

#[test]
fn registrations_come_and_go() {
    let server = Server::start();
    let output = run(
        &server,
        0,
        "alice",
        &["register", "--once", "--methods", "MESSAGE", "--json"],
    );
    let objects_of_register = objects(&output);
    assert_eq!(find(&objects_of_register, "challenged")["status"], 401);
    let registered = find(&objects_of_register, "registered");
    assert_eq!(registered["address"], "alice@example.test");
    assert_eq!(registered["expires"], 3600);
    let contact = registered["contacts"][0].as_str().unwrap();
    assert!(contact.contains("methods=\"MESSAGE\""), "{contact}");

    run(&server, 0, "alice", &["register", "--once"]);
    let output = run(&server, 0, "alice", &["unregister"]);
    assert_eq!(text(&output).matches("unregistered").count(), 2, "{}", text(&output));
    let output = run(&server, 0, "alice", &["unregister"]);
    assert_eq!(text(&output), "alice@example.test  is not registered\n");
}

#[test]
fn refusals_have_their_codes() {
    let server = Server::start();
    let wrong = run(&server, 3, "alice", &["--password", "wrong", "--json", "register"]);
    assert_eq!(find(&objects(&wrong), "failed")["kind"], "authentication");
    let bad_event = run(
        &server,
        1,
        "bob",
        &["subscribe", "alice", "--event", "dialog", "--json"],
    );
    assert_eq!(find(&objects(&bad_event), "failed")["status"], 489);
    let nobody = run(&server, 1, "bob", &["message", "nobody", "hello", "--json"]);
    assert_eq!(find(&objects(&nobody), "failed")["status"], 404);
    let away = run(&server, 1, "bob", &["message", "carol", "hello"]);
    assert!(String::from_utf8_lossy(&away.stderr).contains("480"), "{away:?}");
}

#[test]
fn presence_goes_from_publisher_to_watcher() {
    let server = Server::start();
    let publish = run(
        &server,
        0,
        "alice",
        &["publish", "--status", "open", "--note", "In a meeting", "--once"],
    );
    assert_eq!(text(&publish), "alice@example.test  published  3600 s\n");

    let watch = run(&server, 0, "bob", &["subscribe", "alice", "--count", "1"]);
    assert_eq!(
        text(&watch),
        "alice@example.test  subscribed  3600 s\n\
         alice@example.test  open    (sipim)  In a meeting\n\
         alice@example.test  ended  (unsubscribed)\n"
    );

    let old = [
        "subscribe",
        "alice",
        "--expires",
        "0",
        "--accept",
        "application/cpim-pidf+xml",
        "--json",
    ];
    let fetched = objects(&run(&server, 0, "bob", &old));
    let notified = find(&fetched, "notified");
    assert_eq!(notified["content_type"], "application/cpim-pidf+xml");
    assert_eq!(notified["document"]["tuples"][0]["basic"], "open");
    assert!(notified["state"].as_str().unwrap().starts_with("terminated"));

    let few = ["subscribe", "alice", "--count", "5", "--duration", "0.3"];
    let few = run(&server, 4, "bob", &few);
    assert!(String::from_utf8_lossy(&few.stderr).contains("fewer than 5"), "{few:?}");
}

#[test]
fn a_watcher_sees_a_document_of_ones_own_change() {
    let server = Server::start();
    let watch = ["subscribe", "carol", "--count", "2", "--duration", "20", "--json"];
    let mut watcher = Staying::start(server.sipim("tcp", "bob", &watch));
    let first = watcher.event("notified");
    assert_eq!(first["document"]["tuples"][0]["basic"], "closed");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("carol.xml");
    fs::write(
        &path,
        "<p:presence xmlns:p='urn:ietf:params:xml:ns:cpim-pidf' entity='pres:carol@example.test'>\
         <p:tuple id='lab'><p:status><p:basic> OPEN </p:basic></p:status></p:tuple></p:presence>",
    )
    .unwrap();
    run(
        &server,
        0,
        "carol",
        &["publish", "--file", path.to_str().unwrap(), "--once"],
    );
    let second = watcher.event("notified");
    assert_eq!(second["document"]["tuples"][0]["id"], "lab");
    assert_eq!(second["content_type"], "application/pidf+xml");
    let (code, rest) = watcher.end();
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains("subscription-ended"), "{rest}");
}

#[test]
fn messages_arrive_as_text_and_as_cpim() {
    for transport in ["udp", "tcp"] {
        let server = Server::start();
        let listen = ["listen", "--count", "2", "--duration", "20", "--json"];
        let mut carol = Staying::start(server.sipim(transport, "carol", &listen));
        carol.event("registered");

        let plain = run(
            &server,
            0,
            "bob",
            &["--display-name", "Bob B", "message", "carol", "안녕,", "Carol"],
        );
        assert_eq!(text(&plain), "200 OK\n");
        let received = carol.event("message-received");
        assert_eq!(received["text"], "안녕, Carol");
        assert_eq!(received["address"], "bob@example.test");
        assert_eq!(received["display_name"], "Bob B");
        assert_eq!(received["cpim"], Value::Null);

        let cpim = [
            "message",
            "--cpim",
            "--subject",
            "Tea",
            "carol@example.test",
            "four",
            "o'clock",
            "--json",
        ];
        let sent = objects(&run(&server, 0, "bob", &cpim));
        assert_eq!(find(&sent, "challenged")["status"], 407);
        assert_eq!(find(&sent, "message-sent")["status"], 200);
        let received = carol.event("message-received");
        assert_eq!(received["content_type"], "message/cpim");
        assert_eq!(received["text"], "four o'clock");
        assert_eq!(received["cpim"]["from"]["uri"], "im:bob@example.test");
        assert_eq!(received["cpim"]["subject"][0]["text"], "Tea");

        let (code, rest) = carol.end();
        assert_eq!(code, Some(0), "{rest}");
        assert!(rest.contains("\"unregistered\""), "{rest}");
    }
}

#[test]
fn a_chat_shows_who_types_and_what_became_of_each_message() {
    for transport in ["udp", "tcp"] {
        let server = Server::start();
        let mut bob = Staying::start_typing(server.sipim(
            transport,
            "bob",
            &["chat", "alice", "--receipts", "display", "--json"],
        ));
        let delivery = ["chat", "bob", "--receipts", "delivery", "--linger", "0.2", "--json"];
        let mut alice = Staying::start_typing(server.sipim(transport, "alice", &delivery));
        bob.event("registered");
        alice.event("registered");

        bob.type_("안녕, Alice\n");
        let received = alice.event("message-received");
        assert_eq!(received["text"], "안녕, Alice");
        assert_eq!(received["address"], "bob@example.test");
        let sent = bob.event("message-sent");
        let told = bob.event("disposition");
        assert_eq!((&told["id"], &told["status"]), (&sent["id"], &Value::from("delivered")));
        assert_eq!(told["address"], "alice@example.test");

        alice.type_("네");
        let composing = bob.event("composing");
        assert_eq!(
            (&composing["address"], &composing["state"]),
            (&told["address"], &Value::from("active"))
        );
        alice.type_("\u{8}");
        assert_eq!(bob.event("composing")["state"], "idle");
        alice.type_("네, Bob\n둘\n");
        assert_eq!(bob.event("message-received")["text"], "네, Bob");
        assert_eq!(bob.event("message-received")["text"], "둘");
        let first = alice.event("message-sent")["id"].clone();
        // Of both messages, in whatever order the answers and the notifications come.
        let mut displayed = Vec::new();
        while displayed.len() < 2 {
            let told = alice.event("disposition");
            if told["status"] == "displayed" {
                displayed.push(told["id"].clone());
            }
        }
        assert_eq!(displayed[0], first);

        // The last line needs no end.
        alice.type_("끝");
        alice.stop_typing();
        assert_eq!(bob.event("message-received")["text"], "끝");
        let (code, rest) = alice.end();
        assert_eq!(code, Some(0), "{rest}");
        assert!(
            rest.contains("\"message-sent\"") && rest.contains("\"unregistered\""),
            "{rest}"
        );
        bob.type_("아직?\n");
        assert_eq!(bob.event("message-failed")["status"], 480);
        bob.stop_typing();
        let (code, rest) = bob.end();
        assert_eq!(code, Some(0), "{rest}");
        assert!(!rest.contains("\"disposition\""), "{rest}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_takes_back_what_was_begun() {
    let server = Server::start();
    for transport in ["udp", "tcp"] {
        let mut alice = Staying::start(server.sipim(transport, "alice", &["register", "--json"]));
        alice.event("registered");
        alice.interrupt();
        // As wrappers do that pass on what the terminal has sent already.
        alice.interrupt();
        alice.event("unregistered");
        assert_eq!(alice.end().0, Some(0));

        let mut alice = Staying::start(server.sipim(transport, "alice", &["publish", "--status", "open", "--json"]));
        alice.event("published");
        alice.interrupt();
        alice.event("unpublished");
        assert_eq!(alice.end().0, Some(0));

        let mut bob = Staying::start(server.sipim(transport, "bob", &["subscribe", "alice", "--json"]));
        let state = bob.event("notified")["state"].clone();
        assert!(state.as_str().unwrap().starts_with("active"), "{state}");
        bob.interrupt();
        bob.event("subscription-ended");
        assert_eq!(bob.end().0, Some(0));
    }
    let output = run(&server, 0, "alice", &["unregister"]);
    assert_eq!(text(&output), "alice@example.test  is not registered\n");
}

#[cfg(unix)]
#[test]
fn a_registration_may_outlive_its_process() {
    let server = Server::start();
    let keep = ["register", "--unregister-on-exit", "false", "--json"];
    let mut alice = Staying::start(server.sipim("udp", "alice", &keep));
    alice.event("registered");
    alice.interrupt();
    assert_eq!(alice.end(), (Some(0), String::new()));
    let output = run(&server, 0, "alice", &["unregister"]);
    assert_eq!(text(&output).matches("unregistered").count(), 1);
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let server = Server::start();
    let mut watcher = Staying::start(server.sipim("udp", "bob", &["subscribe", "alice", "--json"]));
    watcher.event("notified");
    let Staying { child, output } = &mut watcher;
    // What `head` does when it has its lines: the next write finds nobody.
    drop(std::mem::replace(output, BufReader::new(closed_pipe())));
    run(&server, 0, "alice", &["publish", "--status", "open", "--once"]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The output of a program that has none.
fn closed_pipe() -> ChildStdout {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sipim"));
    let mut child = command.arg("--version").stdout(Stdio::piped()).spawn().unwrap();
    child.wait().unwrap();
    child.stdout.take().unwrap()
}

#[test]
fn a_trace_shows_the_whole_exchange() {
    let server = Server::start();
    let output = run(&server, 0, "alice", &["--trace", "register", "--once"]);
    let trace = String::from_utf8(output.stderr).unwrap();
    let lines = [
        "REGISTER sip:example.test SIP/2.0\n",
        "SIP/2.0 401 ",
        "Authorization: Digest ",
        "SIP/2.0 200 OK\n",
    ];
    let mut rest = trace.as_str();
    for line in lines {
        let at = rest
            .find(line)
            .unwrap_or_else(|| panic!("{line} is not in its place in {trace}"));
        rest = rest.get(at + line.len()..).unwrap();
    }
}

#[test]
fn raw_gets_an_answer_by_both_transports() {
    let server = Server::start();
    for transport in ["udp", "tcp"] {
        let subscribe = format!(
            "SUBSCRIBE sip:alice@example.test SIP/2.0\r\n\
             Via: SIP/2.0/{} 127.0.0.1:9;rport;branch=z9hG4bKraw{transport}\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:bob@example.test>;tag=1\r\n\
             To: <sip:alice@example.test>\r\n\
             Call-ID: raw-{transport}@127.0.0.1\r\n\
             CSeq: 1 SUBSCRIBE\r\n\
             Event: dialog\r\n\
             Contact: <sip:bob@127.0.0.1:9>\r\n\
             Content-Length: 0\r\n\
             \r\n",
            transport.to_uppercase()
        );
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("subscribe-{transport}.sip"));
        fs::write(&path, subscribe).unwrap();
        let raw = ["--json", "raw", path.to_str().unwrap(), "--wait", "0.5"];
        let output = server.sipim(transport, "bob", &raw).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(objects(&output)[0]["status"], 489, "{transport}");
    }
}

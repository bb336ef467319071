//! The program as scripts see it: exit codes, standard output, standard error.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, UdpSocket},
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

const OPTIONS: &[u8] = b"OPTIONS sip:example.test SIP/2.0\r\n\
    Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1;rport\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:alice@example.test>;tag=1\r\n\
    To: <sip:example.test>\r\n\
    Call-ID: 1@127.0.0.1\r\n\
    CSeq: 1 OPTIONS\r\n\
    Content-Length: 0\r\n\
    \r\n";

const ANSWER: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The program, without what the environment of the test may say.
fn sipim(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sipim"));
    for name in ["SIPIM_SERVER", "SIPIM_USER", "SIPIM_DOMAIN", "SIPIM_PASSWORD"] {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    sipim(arguments).output().unwrap()
}

/// Runs with this standard input.
fn run_with(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = sipim(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it exits by itself")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    stdout(output).lines().map(parse).collect()
}

/// A file of its own for each test.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A UDP peer that receives one datagram and sends these back. Returns its address for `--server` and what it got.
fn udp_peer(answers: Vec<&'static [u8]>) -> (String, thread::JoinHandle<Vec<u8>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let server = format!("udp:{}", socket.local_addr().unwrap());
    let peer = thread::spawn(move || {
        let mut buffer = vec![0; 65_535];
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        for answer in answers {
            socket.send_to(answer, from).unwrap();
        }
        buffer.truncate(length);
        buffer
    });
    (server, peer)
}

/// A TCP peer that reads as many bytes as it is told, answers in pieces, and closes.
fn tcp_peer(length: usize, pieces: Vec<&'static [u8]>) -> (String, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("tcp:{}", listener.local_addr().unwrap());
    let peer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = vec![0; length];
        stream.read_exact(&mut buffer).unwrap();
        for piece in pieces {
            stream.write_all(piece).unwrap();
            stream.flush().unwrap();
            thread::sleep(Duration::from_millis(20));
        }
        buffer
    });
    (server, peer)
}

#[test]
fn help_says_what_scripts_need() {
    let help = run(&["--help"]);
    assert_eq!(code(&help), 0);
    let text = stdout(&help);
    for word in [
        "register",
        "unregister",
        "publish",
        "subscribe",
        "message",
        "chat",
        "listen",
        "raw",
        "Exit codes:",
        "authentication failed",
        "message-received",
        "SIPIM_PASSWORD",
    ] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
    for command in [
        "register",
        "unregister",
        "publish",
        "subscribe",
        "message",
        "chat",
        "listen",
        "raw",
    ] {
        let help = run(&[command, "--help"]);
        assert_eq!(code(&help), 0, "{command}");
        assert!(stdout(&help).contains("Exit codes:"), "{command}");
    }
    let chat = stdout(&run(&["chat", "--help"]));
    for key in ["Enter", "Backspace", "Ctrl-C", "Ctrl-D", "Ctrl-U", "Ctrl-W", "Ctrl-Z"] {
        assert!(chat.contains(&format!("  {key} ")), "{key} is not in\n{chat}");
    }
    assert_eq!(code(&run(&["--version"])), 0);
}

#[test]
fn a_password_in_the_environment_is_not_in_the_help() {
    let help = sipim(&["--help"]).env("SIPIM_PASSWORD", "hunter2").output().unwrap();
    assert!(!stdout(&help).contains("hunter2"));
}

#[test]
fn wrong_usage_is_2() {
    for (arguments, word) in [
        (&[] as &[&str], "Usage"),
        (&["frobnicate"], "frobnicate"),
        (&["register"], "--user"),
        (&["--user", "alice", "register"], "SIPIM_PASSWORD"),
        (&["--user", "alice", "register", "--expires", "soon"], "--expires"),
        (&["--user", "a b@", "--password", "x", "register"], "a b@"),
        (&["--user", "alice", "--password", "x", "publish"], "--status"),
        (
            &["--user", "alice", "--password", "x", "message", "mailto:bob", "hi"],
            "mailto:bob",
        ),
        (
            &["--user", "alice", "--password", "x", "subscribe", "sip:example.test"],
            "sip:example.test",
        ),
        (&["--server", "tls:localhost:5061", "raw", "-"], "not supported"),
        (&["--server", "udp:localhost:x", "raw", "-"], "port"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(word), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn malformed_files_are_6() {
    let (server, _) = udp_peer(Vec::new());
    let document = file(
        "malformed.xml",
        b"<presence xmlns='urn:ietf:params:xml:ns:pidf'>\n</presence>",
    );
    let document = document.to_str().unwrap();
    let user = ["--server", &server, "--user", "alice", "--password", "x"];
    let publish = run(&[&user[..], &["publish", "--file", document]].concat());
    assert_eq!(code(&publish), 6);
    assert!(
        stderr(&publish).contains("malformed.xml: no entity"),
        "{}",
        stderr(&publish)
    );

    let message = run_with(&[&user[..], &["message", "bob", "-"]].concat(), b"caf\xe9");
    assert_eq!(code(&message), 6);
    assert!(stderr(&message).contains("not UTF-8 at byte 3"), "{}", stderr(&message));

    let gone = run(&["--server", &server, "--json", "raw", "no/such/file"]);
    assert_eq!(code(&gone), 6);
    assert!(stderr(&gone).contains("no/such/file"), "{}", stderr(&gone));
    let report = &json(&gone)[0];
    assert_eq!(
        (&report["event"], &report["kind"]),
        (&"failed".into(), &"malformed".into())
    );
    assert_eq!(report["exit_code"], 6);

    let empty = run(&["--server", &server, "raw", "-"]);
    assert_eq!((code(&empty), stderr(&empty).contains("is empty")), (6, true));
    let large = run_with(&["--server", &server, "raw", "-"], &vec![b'x'; 65_508]);
    assert_eq!((code(&large), stderr(&large).contains("65507")), (6, true));
}

#[test]
fn raw_sends_the_bytes_and_returns_the_bytes_by_udp() {
    // Neither is SIP, and neither is changed.
    let sent: &[u8] = b"\x00\xffOPTIONS\r\n";
    let (server, peer) = udp_peer(vec![b"\xff\x00first", ANSWER]);
    let path = file("raw.bin", sent);
    let output = run(&["--server", &server, "raw", path.to_str().unwrap(), "--wait", "1"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(peer.join().unwrap(), sent);
    assert_eq!(output.stdout, [b"\xff\x00first", ANSWER].concat());
    assert!(
        stderr(&output).contains("received 7 bytes from udp:127.0.0.1:"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn raw_takes_standard_input_and_writes_json() {
    let (server, peer) = udp_peer(vec![ANSWER]);
    let output = run_with(&["--server", &server, "--json", "raw", "-", "--wait", "0.5"], OPTIONS);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(peer.join().unwrap(), OPTIONS);
    let report = &json(&output)[0];
    assert_eq!(report["event"], "received");
    assert_eq!(report["status"], 200);
    assert_eq!(report["start_line"], "SIP/2.0 200 OK");
    assert_eq!(report["text"].as_str().unwrap().as_bytes(), ANSWER);
    assert_eq!(report["peer"], server.as_str());
}

#[test]
fn raw_frames_what_comes_by_tcp() {
    let (server, peer) = tcp_peer(
        OPTIONS.len(),
        vec![
            b"\r\n\r\n",
            b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\nSIP/2.0 4",
            b"04 Not Found\r\nContent-Length: 4\r\n\r\nbo",
            b"dySIP/2.0",
        ],
    );
    let output = run_with(&["--server", &server, "--json", "raw", "-"], OPTIONS);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(peer.join().unwrap(), OPTIONS);
    let reports = json(&output);
    let statuses: Vec<_> = reports.iter().map(|report| report["status"].as_u64()).collect();
    // The last one is what was cut off.
    assert_eq!(statuses, [Some(200), Some(404), None]);
    assert_eq!(reports[2]["text"], "SIP/2.0");
}

#[test]
fn raw_without_an_answer_is_4_after_the_wait() {
    let (server, peer) = udp_peer(Vec::new());
    let started = Instant::now();
    let output = run_with(&["--server", &server, "raw", "-", "--wait", "0.3"], OPTIONS);
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("nothing came from udp:127.0.0.1:"),
        "{}",
        stderr(&output)
    );
    peer.join().unwrap();
}

#[test]
fn nobody_at_the_address_is_5_and_names_it() {
    // tcpmux, which nobody runs.
    let free = "127.0.0.1:1";
    for transport in ["udp", "tcp"] {
        let server = format!("{transport}:{free}");
        let output = run_with(&["--server", &server, "raw", "-"], OPTIONS);
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        assert!(stderr(&output).contains(&server), "{}", stderr(&output));
        assert!(
            stderr(&output).to_lowercase().contains("refused"),
            "{}",
            stderr(&output)
        );
    }
    let server = format!("tcp:{free}");
    let output = run(&["--server", &server, "--user", "alice", "--password", "x", "register"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(stderr(&output).contains(free), "{}", stderr(&output));
    let output = run_with(&["--server", "udp:nowhere.invalid", "raw", "-"], OPTIONS);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(stderr(&output).contains("nowhere.invalid"), "{}", stderr(&output));
}

#[test]
fn a_trace_shows_both_directions() {
    let (server, _peer) = udp_peer(vec![ANSWER]);
    let output = run_with(&["--server", &server, "--trace", "raw", "-", "--wait", "0.3"], OPTIONS);
    let trace = stderr(&output);
    assert!(
        trace.contains(">>> ") && trace.contains("OPTIONS sip:example.test SIP/2.0\n"),
        "{trace}"
    );
    assert!(trace.contains("<<< ") && trace.contains("SIP/2.0 200 OK\n"), "{trace}");
}

#[test]
fn a_server_that_is_silent_is_4() {
    let (server, peer) = udp_peer(Vec::new());
    let user = ["--server", &server, "--user", "alice", "--password", "x"];
    let output = run(&[&user[..], &["--timeout", "0.5", "--json", "register", "--once"]].concat());
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("no answer from {server} within 0.5 s")));
    assert_eq!(json(&output)[0]["kind"], "timeout");
    assert!(
        peer.join()
            .unwrap()
            .starts_with(b"REGISTER sip:example.test SIP/2.0\r\n")
    );
}

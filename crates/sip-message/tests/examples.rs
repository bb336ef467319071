//! The examples, run as programs: what they print, and the code they exit with.
//!
//! The explanations in `tests/explain` are golden files, of messages beside them, of those in `tests/json`, and of the corpus.
//! Where a change is meant, write one again by hand: `decode --explain FILE`, in the directory of the message.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run programs, read files and may panic"
)]

#[path = "support/files.rs"]
mod files;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use sip_message::headers::{self, TypedHeader};

/// Where the examples are, built with the profile of this test.
fn examples() -> &'static Path {
    static EXAMPLES: OnceLock<PathBuf> = OnceLock::new();
    EXAMPLES.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        // `cargo test --test examples` builds none, and other crates have examples of the same names in the same place.
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut build = Command::new(cargo);
        build
            .args(["build", "--quiet", "--examples"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success());
        profile.join("examples")
    })
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run_in(directory: &Path, example: &str, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(examples().join(example))
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    Ran {
        code: status.code().unwrap(),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

fn run(example: &str, arguments: &[&str], input: &[u8]) -> Ran {
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), example, arguments, input)
}

/// Explains a message of a directory, and compares with the golden file.
fn explain(directory: &Path, file: &str, code: i32) {
    let ran = run_in(directory, "decode", &["--explain", file], b"");
    assert_eq!(ran.code, code, "{file}: {}", ran.err);
    let stem = Path::new(file).file_stem().unwrap().to_str().unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/explain")
        .join(format!("{stem}.txt"));
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert_eq!(ran.out, expected, "{}", golden.display());
    let is_safe = |c: char| !c.is_control() || c == '\n';
    assert!(
        ran.out.chars().all(is_safe),
        "{file}: a control character for the terminal"
    );
}

#[test]
fn explanations() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    explain(&tests.join("explain"), "columns.sip", 1);
    explain(&tests.join("explain"), "parts.sip", 0);
    explain(&tests.join("json"), "broken.sip", 1);
    explain(&tests.join("json"), "bytes.sip", 1);
    explain(&tests.join("json"), "multipart.sip", 0);
    explain(&tests.join("json"), "subscribe.sip", 0);
}

#[test]
fn explanations_of_the_corpus() {
    let Some(corpus) = files::corpus() else { return };
    let corpus = corpus.canonicalize().unwrap();
    for (file, code) in [
        ("valid/wsinv.sip", 0),
        ("valid/intmeth.sip", 0),
        ("valid/mpart01.sip", 0),
        ("valid/longreq.sip", 0),
        ("valid/unreason.sip", 0),
        ("valid/dblreq.sip", 0),
        ("invalid/badinv01.sip", 1),
        ("invalid/scalarlg.sip", 1),
        ("invalid/bigcode.sip", 1),
        ("invalid/clerr.sip", 1),
        ("backcompat/inv2543.sip", 0),
    ] {
        explain(&corpus.join("rfc4475"), file, code);
    }
    explain(&corpus.join("clients"), "linphone-udp/030-c2s-udp-MESSAGE.sip", 0);
}

#[test]
fn every_torture_message_is_explained() {
    let Some(corpus) = files::corpus() else { return };
    let corpus = corpus.canonicalize().unwrap().join("rfc4475");
    let names = files::files(&corpus);
    let mut arguments = vec!["--explain"];
    arguments.extend(names.iter().map(String::as_str));
    let ran = run_in(&corpus, "decode", &arguments, b"");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    for name in &names {
        assert!(ran.out.contains(&format!("{name}: ")), "{name}");
    }
    assert!(ran.out.chars().all(|c| !c.is_control() || c == '\n'));
}

#[test]
fn messages_of_clients_are_explained_as_valid() {
    let Some(corpus) = files::corpus() else { return };
    let corpus = corpus.canonicalize().unwrap().join("clients");
    let names = files::files(&corpus);
    let mut arguments = vec!["--explain"];
    arguments.extend(names.iter().map(String::as_str));
    let ran = run_in(&corpus, "decode", &arguments, b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out.matches("\nvalid").count(), names.len());
}

#[test]
fn every_typed_header_has_words() {
    let mut names = Vec::new();
    macro_rules! names {
        ($($header:ident)*) => { $(names.push(headers::$header::NAME.as_str());)* };
    }
    sip_message::for_each_typed_header!(names);
    let lines: String = names.iter().map(|name| format!("{name}: (\r\n")).collect();
    let message = format!("OPTIONS sip:a@example.test SIP/2.0\r\n{lines}\r\n");
    let ran = run("decode", &["--explain", "-"], message.as_bytes());
    for name in names {
        let (_, behind) = ran.out.split_once(&format!(" | {name}: (\n")).unwrap();
        let meaning = behind
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("= "))
            .unwrap();
        assert!(
            !meaning.is_empty() && !meaning.starts_with(':'),
            "{name}: no line in PURPOSES of the example"
        );
    }
}

#[test]
fn decode_takes_streams_and_standard_input() {
    let message = "OPTIONS sip:a@example.test SIP/2.0\r\nVia: SIP/2.0/TCP b.test;branch=z9hG4bK1\r\nFrom: <sip:b@b.test>;tag=1\r\n\
                   To: <sip:a@example.test>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 2\r\n\r\nhi";
    let stream = format!("{message}\r\n\r\n{message}{message}");
    let ran = run("decode", &["--stream", "-"], stream.as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let lines: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines
            .iter()
            .all(|line| line["file"] == "-" && line["body"]["content"] == "hi")
    );

    let ran = run("decode", &["--stream", "--explain", "-"], stream.as_bytes());
    let (bytes, second) = (message.len(), message.len() + 4);
    assert!(
        ran.out.starts_with(&format!("-: request, {bytes} bytes\n")),
        "{}",
        ran.out
    );
    assert!(ran.out.contains(&format!("\n-, message at byte {second}: request, ")));
    assert_eq!(ran.out.matches("\nvalid; 1 oddity\n").count(), 3);
    // Lines and offsets are those of the file.
    let line = 1 + stream[..second].matches('\n').count();
    let first_line = format!("\n{line:>5} {second:>6} | OPTIONS sip:a@example.test SIP/2.0\n");
    assert!(ran.out.contains(&first_line), "{}", ran.out);

    let cut = run(
        "decode",
        &["--stream", "--explain", "-"],
        &stream.as_bytes()[..stream.len() - 1],
    );
    assert_eq!(cut.code, 1);
    assert!(
        cut.out
            .contains("no SIP message: end of the stream within a message (RFC 3261 section 18.3)")
    );
    let last = format!(" {:>6} | h\n", stream.len() - 2);
    assert!(cut.out.contains(&last), "{}", cut.out);
    let cut = run("decode", &["--stream", "-"], &stream.as_bytes()[..stream.len() - 1]);
    assert_eq!(cut.code, 1);
    assert!(
        cut.err.contains("end of the stream within a message at byte"),
        "{}",
        cut.err
    );

    let behind = run("decode", &["--explain", "-"], stream.as_bytes());
    assert_eq!(behind.code, 0);
    assert!(behind.out.contains("bytes behind the body dropped"));
}

#[test]
fn no_file_no_message_no_option() {
    for (example, arguments, code) in [
        ("decode", &["--help"][..], 0),
        ("decode", &[], 2),
        ("decode", &["--what"], 2),
        ("decode", &["/no/such/file"], 2),
        ("multipart", &["--help"], 0),
        ("multipart", &[], 2),
        ("parse", &["--help"], 0),
        ("parse", &["/no/such/file"], 1),
        ("build", &["--help"], 0),
        ("stream", &["--help"], 0),
        ("stream", &[], 2),
        ("stream", &["--chunk", "0", "-"], 2),
        ("uri", &["--help"], 0),
        ("uri", &[], 2),
    ] {
        let ran = run(example, arguments, b"");
        assert_eq!(ran.code, code, "{example} {arguments:?}: {}", ran.err);
        assert_eq!(ran.out.starts_with("usage: "), code == 0, "{example} {arguments:?}");
        assert_eq!(ran.err.is_empty(), code == 0, "{example} {arguments:?}");
    }
    let ran = run("decode", &["-"], b"no message\r\n\r\n");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "-: Request-Line that is not method, Request-URI and SIP-Version at byte 10 (RFC 3261 section 7.1)\n"
    );
}

#[test]
fn parse_reads_fields() {
    let ran = run("parse", &[], b"");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for line in [
        "request   SUBSCRIBE sip:kmh@example.test\n",
        "via       UDP 192.0.2.7 Some(\"z9hG4bK11\")\n",
        "expires   (unreadable: Expires: expected a number at byte 340 (RFC 3261 section 20.19))\n",
    ] {
        assert!(ran.out.contains(line), "{line}\nin\n{}", ran.out);
    }
}

#[test]
fn build_writes_a_request_and_its_response() {
    let ran = run("build", &["안녕"], b"");
    assert_eq!(ran.code, 0);
    let (request, response) = ran.out.split_once("\n\n").unwrap();
    assert!(request.contains("Content-Length: 6\r\n\r\n안녕"), "{request}");
    assert!(response.starts_with("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776sgdkse\r\n"));
    assert!(response.contains("To: <sip:bob@example.test>;tag=ab8asdasd9\r\n"));
}

#[test]
fn a_proxy_leaves_alone_what_it_does_not_name() {
    let ran = run("proxy", &[], b"");
    assert_eq!(ran.code, 0);
    assert!(
        ran.out.contains(
            "MESSAGE sip:bob@198.51.100.4:5062;transport=tcp SIP/2.0\r\n\
         Record-Route: <sip:proxy.example.test;transport=tcp;lr>\r\n\
         Via: SIP/2.0/TCP proxy.example.test;branch=z9hG4bKproxy1\r\n\
         Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=203.0.113.9;rport=40000\r\n\
         max-forwards:   69\r\n\
         Route: <sip:other.example.test;lr>\r\n"
        ),
        "{}",
        ran.out
    );
    assert_eq!(ran.out.matches("X-Unknown: kept,\r\n  as it is  \r\n").count(), 2);
    assert_eq!(
        ran.out.matches("z9hG4bKproxy1").count(),
        1,
        "it is gone from the response"
    );
}

#[test]
fn a_stream_is_the_same_in_any_chunks() {
    let message = "MESSAGE sip:a@example.test SIP/2.0\r\nContent-Length: 5\r\n\r\nhello";
    let stream = format!("{message}\r\n\r\n\r\n{message}");
    let whole = run("stream", &["-"], stream.as_bytes());
    assert_eq!(
        (whole.code, whole.out.as_str()),
        (
            0,
            "MESSAGE, 62 bytes, 5 of them body\nping, to be answered with CRLF\npong\nMESSAGE, 62 bytes, 5 of them body\n"
        )
    );
    for chunk in ["2", "3", "7", "64"] {
        let ran = run("stream", &["--chunk", chunk, "-"], stream.as_bytes());
        assert_eq!(ran.out.matches("MESSAGE, 62 bytes").count(), 2, "{chunk}");
        assert_eq!(ran.code, 0, "{chunk}");
    }
    let cut = run("stream", &["-"], &message.as_bytes()[..50]);
    assert_eq!(
        (cut.code, cut.err.as_str()),
        (1, "-: the stream ends 50 bytes into a message\n")
    );
    let unframed = run("stream", &["-"], b"MESSAGE sip:a@example.test SIP/2.0\r\n\r\n");
    assert_eq!((unframed.code, unframed.err.as_str()), (1, "-: no Content-Length\n"));
}

#[test]
fn an_application_has_headers_of_its_own() {
    let ran = run("custom_header", &[], b"");
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.out,
        "2 cups of tea\n\
         X-Drink: expected a number of cups up to 255 at byte 65 (RFC 2324 section 2.2.2.1)\n\
         1 cups of water\n\
         SIP/2.0 200 OK\r\nX-Drink: milk/1\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn uris_and_multipart_bodies() {
    let ran = run(
        "uri",
        &[
            "sip:%61lice@Example.test;transport=TCP",
            "sip:alice@example.test;transport=tcp",
        ],
        b"",
    );
    assert_eq!(ran.code, 0);
    assert!(ran.out.ends_with("equivalent\n"));
    let ran = run("uri", &["sip:alice@"], b"");
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, "sip:alice@\n          ^ expected a host at byte 10\n")
    );
    let ran = run("multipart", &["list", "tests/json/multipart.sip"], b"");
    assert_eq!(ran.code, 0);
    assert_eq!(ran.out.lines().count(), 5, "{}", ran.out);
    let message = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json/multipart.sip")).unwrap();
    let ran = run("multipart", &["part", "1.1", "-"], &message);
    assert_eq!((ran.code, ran.out.as_str()), (0, "안녕하세요"));
}

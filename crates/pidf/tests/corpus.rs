//! Every document of the corpus has a stated outcome, and what real clients publish is read.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus from disk, says what it skips and may panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use pidf::{Basic, Document, ErrorKind, Format, Limits};

/// Path and outcome of each document, in the words of the table.
const OUTCOMES: &str = include_str!("corpus/outcomes.txt");

/// The corpus, or `None` after saying so where it is not there.
fn corpus() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let path = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var("CI").is_err(), "no corpus at {}", path.display());
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no corpus at {}; set SIP_CORPUS",
        path.display()
    );
    None
}

/// The files two levels below a directory, sorted.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = |path: &Path| {
        fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mut files: Vec<_> = entries(directory)
        .iter()
        .filter(|path| path.is_dir())
        .flat_map(|path| entries(path))
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn outcome(bytes: &[u8]) -> String {
    let document = match Document::parse(bytes, &Limits::default()) {
        Ok(document) => document,
        Err(error) => {
            return match error.kind() {
                ErrorKind::Root { found } => format!("root {found}"),
                ErrorKind::Malformed { .. } | ErrorKind::UnboundPrefix { .. } => "malformed".to_owned(),
                _ => error.to_string(),
            };
        }
    };
    let tuples = document.tuples();
    let notes: usize = tuples.iter().map(|tuple| tuple.notes().len()).sum();
    let extensions: usize = tuples
        .iter()
        .map(|tuple| tuple.extensions().len() + tuple.status().extensions().len())
        .sum();
    format!(
        "presence {} {} {}",
        tuples.len(),
        notes + document.notes().len(),
        extensions + document.extensions().len()
    )
}

/// What is read is written as it was; written by the schema, in both formats, it reads and writes the same.
fn check_rewrite(name: &str, bytes: &[u8]) {
    let limits = Limits::default();
    let document = Document::parse(bytes, &limits).unwrap();
    assert_eq!(document.to_string().as_bytes(), bytes, "{name}");
    for format in [Format::CpimPidf, Format::Pidf] {
        let written = document.clone().normalized().write(format);
        let again = Document::parse(written.as_bytes(), &limits).unwrap();
        assert_eq!(again, document.clone().with_format(format), "{name}");
        assert_eq!(again.normalized().to_string(), written, "{name}");
    }
}

#[test]
fn documents_of_the_rfcs() {
    let Some(corpus) = corpus() else { return };
    let directory = corpus.join("xml/rfc");
    let mut expected: BTreeMap<&str, &str> = OUTCOMES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    for path in files(&directory, "xml") {
        let name = path.strip_prefix(&directory).unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        let found = outcome(&bytes);
        assert_eq!(expected.remove(name), Some(found.as_str()), "the outcome of {name}");
        if found.starts_with("presence") {
            check_rewrite(name, &bytes);
        }
    }
    assert!(expected.is_empty(), "in the table and not in the corpus: {expected:?}");
}

#[test]
fn places_of_the_errors_in_the_rfcs() {
    let Some(corpus) = corpus() else { return };
    for (name, expected) in [
        (
            "rfc4235/17-dialog-info.xml",
            "line 12, column 7 (byte 435): expected `</local>`, found `</target>`",
        ),
        (
            "rfc4482/01-presence.xml",
            "line 16, column 32 (byte 532): expected `</c:display-name>`, found `</c:card>`",
        ),
        (
            "rfc7702/01-presence.xml",
            "line 1, column 1 (byte 0): expected the root {urn:ietf:params:xml:ns:pidf}presence, found presence",
        ),
    ] {
        let bytes = fs::read(corpus.join("xml/rfc").join(name)).unwrap();
        let error = Document::parse(&bytes, &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{name}");
    }
}

#[test]
fn documents_of_clients() {
    let Some(corpus) = corpus() else { return };
    let mut read: BTreeMap<String, usize> = BTreeMap::new();
    for directory in ["clients", "flows"] {
        let directory = corpus.join(directory);
        for path in files(&directory, "sip") {
            let name = path.strip_prefix(&corpus).unwrap().display().to_string();
            let message = fs::read(&path).unwrap();
            let Some(end) = message.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&message[..end]).to_ascii_lowercase();
            let body = &message[end + 4..];
            let media_type = head
                .lines()
                .find_map(|line| line.strip_prefix("content-type:").or(line.strip_prefix("c:")));
            let Some(format) = media_type.and_then(Format::from_media_type) else {
                continue;
            };
            // Flows may print a body as "[PIDF document]".
            if !body.starts_with(b"<") {
                continue;
            }
            let document = Document::parse(body, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(document.format(), format, "{name}");
            check_rewrite(&name, body);
            if name.starts_with("clients") {
                assert_eq!(document.tuples().len(), 1, "{name}");
                let basic = document.tuples()[0].status().basic();
                assert!(matches!(basic, Some(Basic::Open | Basic::Closed)), "{name}");
                let client = name.split(['/', '-']).nth(1).unwrap().to_owned();
                *read.entry(client).or_default() += 1;
            }
        }
    }
    let clients: Vec<_> = read.keys().map(String::as_str).collect();
    assert_eq!(clients, ["baresip", "linphone", "npm", "twinkle"]);
}

//! The comparison of the target `differential` over every message of the benches and of the corpus: RFC 4475's torture
//! messages, the RFCs' call flows, and what real clients sent.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sip_fuzz::compare;

/// The `.sip` files in a directory and those below it.
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sip") {
            found.push(path);
        }
    }
}

#[test]
fn corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut messages = Vec::new();
    files(&root.join("benches/messages"), &mut messages);
    let corpus = std::env::var("SIP_CORPUS").map_or_else(|_| root.join("../shared/corpus"), PathBuf::from);
    if corpus.is_dir() {
        files(&corpus, &mut messages);
    } else {
        assert!(std::env::var("CI").is_err(), "no corpus at {}", corpus.display());
    }
    let (mut taken, mut compared, mut differences) = (0, 0, Vec::new());
    for path in &messages {
        if let Some(comparison) = compare(&fs::read(path).unwrap()) {
            taken += 1;
            compared += comparison.compared;
            differences.extend(comparison.differences.into_iter().map(|difference| (path, difference)));
        }
    }
    println!(
        "{} messages, {taken} taken by both codecs, {compared} values",
        messages.len()
    );
    assert!(taken * 2 > messages.len(), "there is little to compare");
    assert!(differences.is_empty(), "{differences:#?}");
}

/// What rsip misreads is left out, and nothing beside it.
#[test]
fn vias_and_addresses() {
    let field = |via: &str, from: &str, field: &str| {
        let text = format!("OPTIONS sip:b@example.test SIP/2.0\r\nVia: {via}\r\nFrom: {from}\r\nCall-ID: 1\r\n\r\n");
        let comparison = compare(text.as_bytes()).unwrap();
        assert_eq!(comparison.differences, [], "{text}");
        // Without the header, both agree that it is not there.
        let line = if field == "Via" {
            format!("Via: {via}\r\n")
        } else {
            format!("From: {from}\r\n")
        };
        let without = compare(text.replace(&line, "").as_bytes()).unwrap();
        comparison.compared == without.compared
    };
    for (via, is_compared) in [
        ("SIP/2.0/UDP a.test;branch=1;rport", true),
        ("SIP/2.0/UDP 192.0.2.1:5060;branch=1,SIP/2.0/UDP b.test", true),
        ("SIP/2.0/UDP a.test,SIP/2.0/UDP;branch=1", false),
        ("SIP/2.0/UDP a.test,<b>;branch=1", false),
        ("SIP/2.0/UDP a.test;x=\"1\";branch=1", false),
        ("SIP/2.0/UDP a.test ;branch=1", false),
        ("SIP/2.0/UDP a.test;branch=1, SIP/2.0/UDP b@c;branch=2", false),
        ("SIP/2.0/UDP a.test;branch=1, SIP/2.0/UDP b://c;branch=2", false),
        ("SIP/2.0/UDP a.test;branch;branch=2", false),
    ] {
        assert_eq!(field(via, "sip:a@example.test", "Via"), is_compared, "{via}");
    }
    for (from, is_compared) in [
        ("\"A, B\" <sip:a@example.test;x=y>;tag=1", true),
        ("sip:a@example.test;tag=1", true),
        ("sip:a@example.test ;tag=1", false),
        ("\"<\" <sip:a@example.test>;tag=1", false),
        ("\"\\\"<\" <sip:a@example.test>;tag=1", false),
        ("<sip:a@example.test>;x=[::1];tag=1", false),
    ] {
        assert_eq!(
            field("SIP/2.0/UDP a.test;branch=1", from, "From"),
            is_compared,
            "{from}"
        );
    }
}

/// A Request-URI that rsip ends lines below, or where it ends.
#[test]
fn request_uris() {
    let line =
        "SIP/2.0\r\nVia: SIP/2.0/UDP a.test\r\nMax-Forwards: 70\r\nX: http://c.test SIP/2.0\r\nTo: sip:c.test\r\n\r\n";
    for (uri, is_compared) in [("tel:1", false), ("SIPS:a.test", true), ("http://a.test", true)] {
        let comparison = compare(format!("OPTIONS {uri} {line}").as_bytes());
        assert_eq!(comparison.is_some(), is_compared, "{uri}");
        assert!(
            comparison.is_none_or(|comparison| comparison.differences.is_empty()),
            "{uri}"
        );
    }
}

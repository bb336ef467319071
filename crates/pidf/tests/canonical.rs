//! What is read and written is the same in canonical XML: every document of the corpus, by xmllint and by the tests' own
//! canonicalisation, which the property tests use on generated documents.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus, hands files to xmllint, says what it skips and may panic"
)]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pidf::{Document, Element, Limits};

use common::canonical;

/// Says that the test was skipped.
fn skip(reason: &str) {
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// Name and text of every well-formed document of the corpus.
fn documents() -> Option<Vec<(String, String)>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    let Ok(directories) = fs::read_dir(corpus.join("xml/rfc")) else {
        assert!(std::env::var("CI").is_err(), "no corpus");
        skip("no corpus; set SIP_CORPUS");
        return None;
    };
    let mut documents = Vec::new();
    for directory in directories.map(|entry| entry.unwrap().path()) {
        for path in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&path).unwrap();
            if Element::parse(text.as_bytes(), &Limits::default()).is_ok() {
                let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
                documents.push((format!("{}-{}", name(&directory), name(&path)), text));
            }
        }
    }
    Some(documents)
}

#[test]
fn the_corpus_keeps_its_canonical_form() {
    let Some(documents) = documents() else { return };
    // All but the four that are not well-formed as printed.
    assert_eq!(documents.len(), 284);
    for (name, text) in &documents {
        let limits = Limits::default();
        let element = Element::parse(text.as_bytes(), &limits).unwrap();
        assert_eq!(canonical(&element.write()), canonical(text), "{name}");
        if let Ok(document) = Document::parse(text.as_bytes(), &limits) {
            assert_eq!(canonical(&document.to_string()), canonical(text), "{name}");
        }
    }
}

#[test]
fn xmllint_says_the_same() {
    let Some(documents) = documents() else { return };
    if Command::new("xmllint").arg("--version").output().is_err() {
        return skip("no xmllint; it is in Debian's libxml2-utils");
    }
    let directory = std::env::temp_dir().join(format!("pidf-canonical-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let xmllint = |text: &str| {
        let path = directory.join("document.xml");
        fs::write(&path, text).unwrap();
        let output = Command::new("xmllint").args(["--nonet", "--c14n"]).arg(path).output();
        let output = output.unwrap();
        output
            .status
            .success()
            .then(|| String::from_utf8(output.stdout).unwrap())
    };
    let mut refused = Vec::new();
    let hard = "<?a b ?><!--1--><p:r xmlns:p='urn:1' xmlns='urn:2' b='\t&#9;&#xA;\"&apos;>' p:a=' x ' xml:lang='en'>
        <s xmlns='urn:2' xmlns:p='urn:1'><![CDATA[<&>]]>&#13;&gt;]]&gt;<t xmlns=''/></s><?c?>\r\n<!-- - --></p:r>\n<!--2--><?d?>";
    let hard = ("hard".to_owned(), hard.to_owned());
    for (name, text) in documents.iter().chain([&hard]) {
        let Some(expected) = xmllint(text) else {
            refused.push(name.as_str());
            continue;
        };
        assert_eq!(canonical(text), expected, "{name}: the tests' own canonical form");
        let element = Element::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(xmllint(&element.write()), Some(expected), "{name}");
    }
    refused.sort_unstable();
    // It has a namespace that begins with a space, which xmllint takes for no URI.
    assert_eq!(refused, ["rfc4119-02-presence.xml"]);
    fs::remove_dir_all(&directory).unwrap();
}

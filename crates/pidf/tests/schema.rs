//! What is written validates against the schema of RFC 3863, by xmllint.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus, hands files to xmllint, says what it skips and may panic"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use pidf::{Basic, Contact, Document, Element, Format, Limits, Note, Priority, Timestamp, Tuple, TupleId};

/// Says that the test was skipped.
fn skip(reason: &str) {
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// The documents of the corpus that this crate reads, and one with every part, as it writes them.
fn documents(corpus: &Path) -> Vec<(String, String)> {
    let mut documents = vec![("built".to_owned(), built().write(Format::Pidf))];
    let directories = fs::read_dir(corpus.join("xml/rfc")).unwrap();
    for directory in directories.map(|entry| entry.unwrap().path()) {
        for path in fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = fs::read(&path).unwrap();
            if let Ok(mut document) = Document::parse(&bytes, &Limits::default()) {
                if document.entity().is_none() {
                    document.set_entity("pres:someone@example.com").unwrap();
                }
                let name = directory.file_name().unwrap().to_str().unwrap();
                let file = path.file_name().unwrap().to_str().unwrap();
                documents.push((format!("{name}-{file}"), document.normalized().write(Format::Pidf)));
            }
        }
    }
    let peers = "<presence xmlns='urn:ietf:params:xml:ns:cpim-pidf' entity=' sip:a@example.test '>
        <note xml:lang='en_US'>x</note><unknown/><plain xmlns=''/>
        <tuple id='42'><timestamp> 2001-10-27t16:49:29.5z </timestamp><note>n</note>
        <contact priority='7'> sip:a@example.test </contact><status><basic> CLOSE </basic></status></tuple>
        </presence>";
    let document = Document::parse(peers.as_bytes(), &Limits::default()).unwrap();
    documents.push(("peers".to_owned(), document.normalized().write(Format::Pidf)));
    documents
}

fn built() -> Document {
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_003_423_769_250);
    let tuple = Tuple::new(TupleId::escape("sip:alice@192.0.2.7").unwrap(), Basic::Open)
        .with_contact(
            Contact::new("sip:alice@192.0.2.7;transport=tcp")
                .unwrap()
                .with_priority(Priority::new(21).unwrap()),
        )
        .with_note(Note::new("자리에 있음").unwrap().with_lang("ko").unwrap())
        .with_note(Note::new("").unwrap())
        .with_timestamp(Timestamp::from_system_time(time).unwrap())
        .with_extension(Element::new("urn:x", "e").unwrap())
        .unwrap();
    Document::new("pres:alice@example.test")
        .unwrap()
        .with_tuple(tuple)
        .with_tuple(Tuple::new(TupleId::new("second").unwrap(), Basic::Closed))
        .with_note(Note::new("about the presentity").unwrap())
        .with_extension(Element::new("urn:y", "e").unwrap().with_prefix("y").unwrap())
        .unwrap()
}

#[test]
fn what_is_written_validates() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    let Ok(schema) = fs::read_to_string(corpus.join("xsd/rfc3863-pidf.xsd")) else {
        assert!(std::env::var("CI").is_err(), "no corpus");
        return skip("no corpus; set SIP_CORPUS");
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        return skip("no xmllint; it is in Debian's libxml2-utils");
    }

    let directory = std::env::temp_dir().join(format!("pidf-schema-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    // The schema imports the one of `xml:lang` from the web.
    let schema = schema.replace("http://www.w3.org/2001/xml.xsd", "xml.xsd");
    let schema_path = directory.join("pidf.xsd");
    fs::write(&schema_path, schema).unwrap();
    fs::write(directory.join("xml.xsd"), include_str!("schema/xml.xsd")).unwrap();

    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]).arg(&schema_path);
    let documents = documents(&corpus);
    assert!(documents.len() > 50, "only {} documents", documents.len());
    for (name, text) in &documents {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        xmllint.arg(path);
    }
    let output = xmllint.output().unwrap();
    fs::remove_dir_all(&directory).unwrap();
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    assert_eq!(report.matches(" validates").count(), documents.len(), "{report}");
}

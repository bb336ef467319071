//! What is written validates against the schemas of RFC 5438 (RELAX NG) and RFC 3994 (XML Schema), by xmllint.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus, hands files to xmllint, says what it skips and may panic"
)]

mod support;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use cpim::{
    Limits, Text, Uri,
    imdn::{DeliveryStatus, DisplayStatus, Imdn, MessageId, Notification, ProcessingStatus},
    is_composing::{IsComposing, State},
};

/// The corpus, where it and xmllint are there.
fn corpus() -> Option<PathBuf> {
    let path = support::corpus()?;
    if Command::new("xmllint").arg("--version").output().is_err() {
        support::skip("no xmllint; it is in Debian's libxml2-utils");
        return None;
    }
    Some(path)
}

/// The documents that xmllint finds invalid by the schema, by their place in the list.
fn invalid(name: &str, flag: &str, schema: &Path, documents: &[String]) -> Vec<usize> {
    let directory = env::temp_dir().join(format!("cpim-schema-{name}-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", flag]).arg(schema);
    for (index, text) in documents.iter().enumerate() {
        let path = directory.join(format!("{index}.xml"));
        fs::write(&path, text).unwrap();
        xmllint.arg(path);
    }
    let report = xmllint.output().unwrap().stderr;
    fs::remove_dir_all(&directory).unwrap();
    let report = String::from_utf8(report).unwrap();
    let validates = |index: &usize| report.contains(&format!("/{index}.xml validates"));
    let fails = |index: &usize| report.contains(&format!("/{index}.xml fails to validate"));
    let (valid, invalid): (Vec<usize>, Vec<usize>) = (0..documents.len()).partition(validates);
    assert!(
        valid.len() + invalid.iter().filter(|index| fails(index)).count() == documents.len(),
        "{report}"
    );
    invalid
}

fn files(corpus: &Path, directory: &str, start: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(corpus.join("xml/rfc").join(directory)).unwrap();
    let bytes = entries.map(|entry| fs::read(entry.unwrap().path()).unwrap());
    bytes
        .filter(|bytes| String::from_utf8_lossy(bytes).contains(start))
        .collect()
}

#[test]
fn notifications_validate() {
    let Some(corpus) = corpus() else { return };
    let schema = corpus.join("xml/rfc/rfc5438/06-grammar.xml");
    let id = || MessageId::new("34jk324j.é").unwrap();
    let sent_at = "2008-04-04T12:16:49-05:00".parse().unwrap();
    let (bob, list) = (
        Uri::new("im:bob@example.com").unwrap(),
        Uri::new("sip:l@example.com;a=b?c=d&e=f").unwrap(),
    );
    let mut documents = Vec::new();
    for notification in [
        Notification::Delivery(DeliveryStatus::Delivered),
        Notification::Delivery(DeliveryStatus::Failed),
        Notification::Delivery(DeliveryStatus::Forbidden),
        Notification::Delivery(DeliveryStatus::Error),
        Notification::Processing(ProcessingStatus::Processed),
        Notification::Processing(ProcessingStatus::Stored),
        Notification::Processing(ProcessingStatus::Forbidden),
        Notification::Processing(ProcessingStatus::Error),
        Notification::Display(DisplayStatus::Displayed),
        Notification::Display(DisplayStatus::Forbidden),
        Notification::Display(DisplayStatus::Error),
    ] {
        let bare = Imdn::new(id(), sent_at, notification);
        let full = bare.clone().with_recipient(&bob, Some(&list));
        let subject = Text::new("회의 <&> \"]]>\" \r\n").unwrap();
        documents.push(bare.clone().with_subject(subject.clone()).unwrap().to_xml());
        documents.push(full.clone().with_subject(subject).unwrap().to_xml());
        documents.push(full.to_xml());
        documents.push(full.without_recipient().to_xml());
    }
    let namespace = "urn:ietf:params:xml:ns:imdn";
    let printed = files(&corpus, "rfc5438", "<imdn xmlns");
    assert_eq!(printed.len(), 5);
    for document in &printed {
        documents.push(Imdn::parse(document, &Limits::default()).unwrap().to_xml());
    }
    // What peers send in a way that is not valid is written in one that is.
    for content in [
        "<datetime/><x/><message-id>a b</message-id>",
        "<recipient-uri>im:a@b</recipient-uri><datetime>x</datetime><message-id>a/b</message-id>",
        "<subject xml:lang='fr'>x</subject><message-id>a</message-id><original-recipient-uri>im:a@b</original-recipient-uri><datetime>x</datetime>",
        "<subject>x</subject><message-id>a</message-id><datetime>x</datetime>",
    ] {
        let document = format!("<imdn xmlns='{namespace}'>{content}</imdn>");
        if let Ok(imdn) = Imdn::parse(document.as_bytes(), &Limits::default()) {
            documents.push(imdn.to_xml());
        }
    }
    assert_eq!(documents.len(), 44 + 5 + 3);
    assert_eq!(invalid("imdn", "--relaxng", &schema, &documents), [0; 0]);
    // The check can fail.
    let wrong = documents[0].replace("delivered", "displayed");
    assert_eq!(invalid("wrong-imdn", "--relaxng", &schema, &[wrong]), [0]);
}

#[test]
fn composing_validates() {
    let Some(corpus) = corpus() else { return };
    let schema = corpus.join("xsd/rfc3994-im-iscomposing.xsd");
    let full = |state| {
        IsComposing::new(state)
            .with_last_active("2003-01-27T10:43:00.5-00:00".parse().unwrap())
            .with_content_type("text/html; a=\"<&\"")
            .unwrap()
            .with_refresh(0)
            .to_xml()
    };
    let mut documents = vec![
        IsComposing::new(State::Active).to_xml(),
        IsComposing::new(State::Idle).to_xml(),
        full(State::Active),
        full(State::Idle),
    ];
    for document in files(&corpus, "rfc3994", "<isComposing xmlns") {
        documents.push(IsComposing::parse(&document, &Limits::default()).unwrap().to_xml());
    }
    assert_eq!(documents.len(), 6);
    assert_eq!(invalid("composing", "--schema", &schema, &documents), [0; 0]);
    let wrong = documents[2].replace("<refresh>1<", "<refresh>0<");
    assert_eq!(invalid("wrong-composing", "--schema", &schema, &[wrong]), [0]);
}

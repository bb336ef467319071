//! The reader tells what is well-formed as libxml2 does: over some thousand mutations of the corpus, the same ones each time.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the corpus from disk, runs xmllint, says what it skips and may panic"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pidf::{Element, ErrorKind, Limits};

const MUTATIONS: usize = 6_000;
/// How many files xmllint is given at once.
const BATCH: usize = 500;
/// Longer documents would have much the same in them, and cost more.
const LONGEST: u64 = 6_000;

/// What is put into documents.
const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"&",
    b";",
    b"'",
    b"\"",
    b"=",
    b"/",
    b":",
    b"-",
    b"--",
    b"]]>",
    b"]",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<?",
    b"?>",
    b"<!",
    b"<!x>",
    b"</",
    b"/>",
    b"<a/>",
    b"<a>",
    b"</a>",
    b"< a/>",
    b"<a:b:c/>",
    b"<:a/>",
    b"<-a/>",
    b"<p:a/>",
    b"<xml:a/>",
    b"<xmlns:a/>",
    b"<?x y?>",
    b"<?xml version='1.0'?>",
    b"<?XML?>",
    b"<?a:b?>",
    b"<!-- - -->",
    b"<!-- -- -->",
    b"<!--->",
    b"<![CDATA[<&]]>",
    b"&#0;",
    b"&#x41;",
    b"&#xD800;",
    b"&#65",
    b"&#;",
    b"&#x;",
    b"&#X41;",
    b"&lt;",
    b"&nbsp;",
    b"&amp",
    b"& ",
    b" a='1'",
    b" a='1' a='2'",
    b" a=1",
    b" a",
    b" a = \"<\"",
    b" a='>'",
    b" p:a='1'",
    b" xml:lang='x'",
    b" xml:x=''",
    b" xmlns=''",
    b" xmlns='u'",
    b" xmlns:p='urn:p'",
    b" xmlns:p=''",
    b" xmlns:xml='u'",
    b" xmlns:xmlns='u'",
    b" xmlns:p='http://www.w3.org/XML/1998/namespace'",
    b" xmlns='http://www.w3.org/2000/xmlns/'",
    b" :a='1'",
    b" a:='1'",
    b"\0",
    b"\x0B",
    b"\x1F",
    b"\x7F",
    b"\r",
    b"\n",
    b"\t",
    b" ",
    b"\xFF",
    b"\xC3",
    b"\xED\xA0\x80",
    b"\xEF\xBB\xBF",
    b"\xEF\xBF\xBE",
    b"\xC3\x97",
    b"\xC3\xA4",
    b"\xED\x95\x9C",
    b"\xF0\x9F\x98\x80",
];

/// Numbers that look random and are the same each time (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((number ^ (number >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// One to three changes. Most leave what is not far from well-formed.
fn mutate(document: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = place(&bytes, numbers);
        let end = bytes.len().min(at + 1 + numbers.below(12));
        let piece = PIECES[numbers.below(PIECES.len())];
        match numbers.below(8) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..end, piece.iter().copied())),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = numbers.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copy));
            }
            3 if numbers.below(8) == 0 => bytes.truncate(at),
            _ => drop(bytes.splice(at..at, piece.iter().copied())),
        }
    }
    bytes
}

/// Anywhere, or beside what means something.
fn place(bytes: &[u8], numbers: &mut Numbers) -> usize {
    let any = numbers.below(bytes.len() + 1);
    let marks = b"<>\"'=/ &:";
    match bytes.iter().skip(any).position(|byte| marks.contains(byte)) {
        Some(more) if numbers.below(3) > 0 => any + more + numbers.below(2),
        _ => any,
    }
}

/// Whether the reader takes a document; `None` where it refuses what it is right to refuse and libxml2 may take.
fn ours(document: &[u8]) -> Option<bool> {
    match Element::parse(document, &Limits::default()) {
        Ok(_) => Some(true),
        Err(error) => match error.kind() {
            // Document type declarations, other encodings, and what is beyond the limits.
            ErrorKind::Dtd | ErrorKind::Encoding { .. } | ErrorKind::Limit { .. } => None,
            _ => Some(false),
        },
    }
}

/// What libxml2 says beyond what XML says.
const KNOWN: &[&str] = &[
    // A namespace is compared, and nothing else is done with it.
    "is not a valid URI",
];

/// The numbers of the documents that xmllint refuses, of those that are written to a directory, and what it says.
fn refused(directory: &Path, documents: &[Vec<u8>]) -> (BTreeSet<usize>, String) {
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet"]).current_dir(directory);
    for (number, document) in documents.iter().enumerate() {
        let name = format!("{number}.xml");
        fs::write(directory.join(&name), document).unwrap();
        xmllint.arg(name);
    }
    let output = xmllint.output().unwrap();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let numbers = report.lines().filter_map(|line| {
        let (number, rest) = line.split_once(".xml:")?;
        let is_error = [": parser error :", ": namespace error :"]
            .iter()
            .any(|kind| rest.contains(kind));
        let is_known = KNOWN.iter().any(|known| rest.contains(known));
        (is_error && !is_known).then(|| number.parse().ok()).flatten()
    });
    let numbers = numbers.collect();
    (numbers, report)
}

fn corpus() -> Vec<Vec<u8>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let corpus = PathBuf::from(std::env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    let Ok(directories) = fs::read_dir(corpus.join("xml/rfc")) else {
        return Vec::new();
    };
    let directories = directories
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir());
    let mut paths: Vec<_> = directories
        .flat_map(|directory| fs::read_dir(directory).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .filter(|path| fs::metadata(path).unwrap().len() <= LONGEST)
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Past the capture of the test harness, which would hide it; a failure in CI.
fn skip(why: &str) {
    assert!(std::env::var("CI").is_err(), "{why}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

#[test]
fn mutated_documents_are_told_as_libxml2_tells_them() {
    let corpus = corpus();
    if corpus.is_empty() {
        return skip("no corpus; set SIP_CORPUS");
    }
    if Command::new("xmllint").arg("--version").output().is_err() {
        return skip("no xmllint; it is in Debian's libxml2-utils");
    }
    let directory = std::env::temp_dir().join(format!("pidf-xmllint-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let mut numbers = Numbers(1);
    let mut verdicts = [0, 0];
    let mut differences = Vec::new();
    for _ in 0..MUTATIONS / BATCH {
        let batch: Vec<_> = (0..BATCH)
            .map(|_| mutate(&corpus[numbers.below(corpus.len())], &mut numbers))
            .collect();
        let (refused, report) = refused(&directory, &batch);
        for (number, document) in batch.iter().enumerate() {
            let theirs = !refused.contains(&number);
            let Some(ours) = ours(document) else { continue };
            verdicts[usize::from(ours)] += 1;
            if ours != theirs {
                let said: Vec<_> = report
                    .lines()
                    .filter(|line| line.starts_with(&format!("{number}.xml:")))
                    .collect();
                let document = String::from_utf8_lossy(document);
                let error = Element::parse(document.as_bytes(), &Limits::default()).err();
                let error = error.map_or_else(String::new, |error| error.to_string());
                differences.push(format!("ours: {error}\ntheirs: {said:?}\n{document}"));
            }
        }
    }
    fs::remove_dir_all(&directory).unwrap();
    assert!(
        differences.is_empty(),
        "{} of {MUTATIONS} differ:\n{}",
        differences.len(),
        differences.join("\n---\n")
    );
    // The mutations are of use as long as both happen often.
    assert!(verdicts.iter().all(|count| *count > MUTATIONS / 10), "{verdicts:?}");
}

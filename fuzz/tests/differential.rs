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

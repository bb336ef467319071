//! Where the corpus is and what is in it.

use std::io::Write as _;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The corpus, or `None` after saying so where it is not there.
pub(crate) fn corpus() -> Option<PathBuf> {
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

/// The `.sip` files of the directories in `directory`, as paths relative to it.
pub(crate) fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap() {
        let inner = entry.unwrap().path();
        if !inner.is_dir() {
            continue;
        }
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "sip") {
                let name = path.strip_prefix(directory).unwrap().to_str().unwrap();
                found.insert(name.replace('\\', "/"));
            }
        }
    }
    found
}

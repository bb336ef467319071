//! Where the corpus is.

use std::{env, io::Write as _, path::PathBuf};

/// Says that a test was skipped.
pub(crate) fn skip(reason: &str) {
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// The corpus, or none, said loudly, where it is absent.
pub(crate) fn corpus() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let path = PathBuf::from(env::var("SIP_CORPUS").unwrap_or_else(|_| default.to_owned()));
    if path.is_dir() {
        return Some(path);
    }
    assert!(env::var("CI").is_err(), "no corpus at {}", path.display());
    skip(&format!(
        "no corpus at {}; set SIP_CORPUS to its directory",
        path.display()
    ));
    None
}

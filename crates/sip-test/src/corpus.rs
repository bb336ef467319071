//! The corpus: messages and documents that no one here wrote, read from disk for tests.
//!
//! It stands where the environment variable `SIP_CORPUS` says, or beside the workspace at `../shared/corpus`. Where it
//! is absent, a test says so loudly and passes; in CI (`CI` is set) it fails instead.
#![expect(clippy::disallowed_methods, reason = "tests read the corpus from disk")]

use std::io::Write as _;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};

/// A message of RFC 4475's archive, and what is to become of it. Besides the RFC's 49 there are a variant of one and a
/// stray file.
#[derive(Clone, Debug, Deserialize)]
pub struct Torture {
    /// Its name in the RFC.
    pub name: String,
    /// Its file, below `rfc4475`.
    pub file: String,
    /// The section that describes it; `None` for one that the RFC does not describe.
    pub section: Option<String>,
    /// The message that this is a variant of, which is then not of the 49.
    #[serde(default)]
    pub variant_of: Option<String>,
    /// What a parser alone is to do: `accept`, `reject` or `either`.
    pub parser: String,
    /// `valid`, `must-reject`, `must-discard`, `may-accept`, `application-layer` or `undocumented`.
    pub verdict: String,
    /// Statuses that the RFC names for a refusal, the preferred one first.
    pub statuses: Vec<u16>,
    /// The RFC's words on what is expected.
    pub expected: String,
    /// `request` or `response`.
    pub kind: String,
    /// The message.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A message printed in the call flows of an RFC.
#[derive(Clone, Debug, Deserialize)]
pub struct FlowMessage {
    /// Its file, below `flows`.
    pub file: String,
    /// The RFC.
    pub rfc: u32,
    /// The section.
    pub section: String,
    /// The first line.
    pub start_line: String,
    /// Octets of the body.
    pub body_octets: usize,
    /// Headers that every message must have and this one lacks, as printed.
    pub missing_mandatory: Vec<String>,
    /// The message.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Where the corpus is. `None` where it is absent, after a loud line that names the test.
///
/// # Panics
/// In CI, when it is absent.
#[must_use]
pub fn root(test: &str) -> Option<PathBuf> {
    let root = env::var("SIP_CORPUS").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    if root.is_dir() {
        return Some(root);
    }
    assert!(env::var("CI").is_err(), "no corpus at {}", root.display());
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: {test}: no corpus at {} (set SIP_CORPUS)",
        root.display()
    );
    None
}

/// The messages of RFC 4475.
///
/// # Panics
/// When the corpus is not what its README says.
#[must_use]
pub fn torture(root: &Path) -> Vec<Torture> {
    #[derive(Deserialize)]
    struct Manifest {
        messages: Vec<Torture>,
    }
    let folder = root.join("rfc4475");
    let mut messages = manifest::<Manifest>(&folder).messages;
    for message in &mut messages {
        message.bytes = read(&folder.join(&message.file));
    }
    messages
}

/// The messages of the RFCs' call flows.
///
/// # Panics
/// When the corpus is not what its README says.
#[must_use]
pub fn flows(root: &Path) -> Vec<FlowMessage> {
    let folder = root.join("flows");
    let mut messages: Vec<FlowMessage> = manifest(&folder);
    for message in &mut messages {
        message.bytes = read(&folder.join(&message.file));
    }
    messages
}

/// All files below a folder of the corpus, in the order of their paths, which are relative to the folder.
///
/// # Panics
/// When there is no such folder.
#[must_use]
pub fn files(root: &Path, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = root.join(folder);
    let mut folders = vec![folder.clone()];
    let mut files = Vec::new();
    while let Some(current) = folders.pop() {
        let entries = fs::read_dir(&current).unwrap_or_else(|error| panic!("{}: {error}", current.display()));
        for entry in entries {
            let path = entry
                .unwrap_or_else(|error| panic!("{}: {error}", current.display()))
                .path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&folder).unwrap_or(&path).to_owned();
                files.push((name, read(&path)));
            }
        }
    }
    files.sort();
    files
}

fn manifest<T: DeserializeOwned>(folder: &Path) -> T {
    let path = folder.join("manifest.json");
    serde_json::from_slice(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_is_as_its_readme_says() {
        let Some(root) = root("the_corpus_is_as_its_readme_says") else {
            return;
        };
        let torture = torture(&root);
        let is_of_the_rfc = |message: &&Torture| message.section.is_some() && message.variant_of.is_none();
        assert_eq!(torture.iter().filter(is_of_the_rfc).count(), 49);
        assert!(torture.iter().all(|message| !message.bytes.is_empty()));
        let flows = flows(&root);
        assert_eq!(flows.len(), 281);
        for message in &flows {
            assert!(
                message.bytes.starts_with(message.start_line.as_bytes()),
                "{}",
                message.file
            );
        }
        assert!(files(&root, "clients").len() > 10);
        let cpim = files(&root, "cpim");
        assert!(cpim.is_sorted() && cpim.iter().any(|(name, _)| name.ends_with("rfc3862-5.1.cpim")));
    }
}

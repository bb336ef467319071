use std::{
    fs,
    io::{self, Read},
};

use crate::failure::Failure;

/// The bytes of a file; those of standard input where it is `-`.
pub(crate) fn read(file: &str) -> Result<Vec<u8>, Failure> {
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    bytes.map_err(|error| Failure::malformed(format!("cannot read {}: {error}", name(file))))
}

/// The file as errors name it.
pub(crate) fn name(file: &str) -> &str {
    if file == "-" { "standard input" } else { file }
}

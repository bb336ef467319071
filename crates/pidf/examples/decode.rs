//! Prints presence documents as JSON, one object a line: `cargo run -p pidf --example decode -- FILE...`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a program that reads files and reports to a terminal"
)]

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use pidf::{Document, Limits};

const USAGE: &str = "\
Prints presence documents (application/pidf+xml, application/cpim-pidf+xml) as JSON, one object a line.

Usage: decode FILE...

  FILE    a document; - reads standard input

Exit status: 0 when all are accepted, 1 when one is refused (standard error has the reason, the line, the column and
the byte offset), 2 on wrong usage.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        return print(USAGE);
    }
    let unknown = arguments
        .iter()
        .find(|argument| argument.len() > 1 && argument.starts_with('-'));
    if arguments.is_empty() || unknown.is_some() {
        if let Some(unknown) = unknown {
            eprintln!("decode: unknown option {unknown}");
        }
        eprint!("{USAGE}");
        return ExitCode::from(2);
    }

    let mut accepted = true;
    for file in &arguments {
        match decode(file) {
            Ok(line) => {
                if print(&line) != ExitCode::SUCCESS {
                    return ExitCode::FAILURE;
                }
            }
            Err(error) => {
                eprintln!("{file}: {error}");
                accepted = false;
            }
        }
    }
    if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One line of JSON for one file.
fn decode(file: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file)?;
    }
    let document = Document::parse(&bytes, &Limits::default())?;
    let json = serde_json::json!({
        "file": file,
        "media_type": document.format().media_type(),
        "document": document,
    });
    Ok(format!("{json}\n"))
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

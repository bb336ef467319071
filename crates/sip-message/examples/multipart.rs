//! Lists, takes apart and builds multipart bodies.
//!
//! `cargo run -p sip-message --example multipart -- list FILE...`
//!
//! Exit code 0 when all went well, 1 when an input is malformed (the reason and the byte offset are on standard error),
//! 2 when the command line is wrong or a file cannot be read.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a command line program reads files and prints"
)]

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use sip_message::{
    HeaderName, Limits, Message,
    body::{Multipart, MultipartBuilder, Part},
    headers::{ContentType, TypedHeader},
};

const USAGE: &str = "usage: multipart list FILE...
       multipart part NUMBER FILE
       multipart build SUBTYPE TYPE=FILE...

list    prints the parts of a multipart body, each with its number, type, disposition and length
part    writes the content of one part, numbered as list does: 2, or 2.1 for the first part within the second
build   writes a multipart of files, which list and part can read: build mixed text/plain=a.txt image/png=b.png
        SUBTYPE may be mixed, alternative, related (the first file is the root) or another one

FILE is a SIP message, or headers, an empty line and a body as build writes them; - reads standard input.

  --help   this text

exit code: 0 fine, 1 an input is malformed (reason and byte offset on standard error), 2 usage or unreadable file";

/// What went wrong, and the exit code that says so.
struct Failure(u8, String);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match &arguments[..] {
        [first, ..] if ["--help", "-h"].contains(first) => write(format!("{USAGE}\n").as_bytes()),
        ["list", files @ ..] if !files.is_empty() => files.iter().try_for_each(|file| list(file)),
        ["part", number, file] => part(number, file),
        ["build", subtype, files @ ..] if !files.is_empty() => build(subtype, files),
        _ => Err(Failure(2, USAGE.to_owned())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, problem)) => {
            eprintln!("{problem}");
            ExitCode::from(code)
        }
    }
}

fn list(file: &str) -> Result<(), Failure> {
    let mut lines = format!("{file}\n");
    describe(&open(file)?, "", &mut lines);
    write(lines.as_bytes())
}

/// A line for each part, with those of its own parts behind it. What cannot be split says why, and stays a part.
fn describe(multipart: &Multipart, prefix: &str, lines: &mut String) {
    for (at, part) in multipart.parts().iter().enumerate() {
        let number = format!("{prefix}{}", at + 1);
        let content_type = match part.content_type() {
            Ok(content_type) => format!("{}/{}", content_type.0.main(), content_type.0.sub()),
            Err(error) => error.to_string(),
        };
        *lines += &format!("{number:<8}{:>8} bytes  {content_type}", part.body().len());
        for name in [HeaderName::CONTENT_DISPOSITION, HeaderName::CONTENT_ID] {
            if let Some(field) = part.header(name) {
                *lines += &format!("  {name}: {}", String::from_utf8_lossy(field.value()).escape_debug());
            }
        }
        if multipart.root() == Some(part) {
            *lines += "  (root)";
        }
        if let Some(defect) = part.defect() {
            *lines += &format!("  ({defect})");
        }
        match part.multipart(&Limits::default()) {
            Ok(Some(inner)) => {
                lines.push('\n');
                describe(&inner, &format!("{number}."), lines);
            }
            Ok(None) => lines.push('\n'),
            Err(error) => *lines += &format!("  ({error})\n"),
        }
    }
}

fn part(number: &str, file: &str) -> Result<(), Failure> {
    let no_part = || Failure(1, format!("{file}: there is no part {number}"));
    let mut multipart = open(file)?;
    let mut steps = number.split('.').peekable();
    while let Some(step) = steps.next() {
        let step: usize = step
            .parse()
            .map_err(|_| Failure(2, format!("{number} is no number of a part\n{USAGE}")))?;
        let part = step
            .checked_sub(1)
            .and_then(|at| multipart.parts().get(at))
            .ok_or_else(no_part)?;
        if steps.peek().is_none() {
            return write(part.body());
        }
        let inner = part
            .multipart(&Limits::default())
            .map_err(|error| Failure(1, format!("{file}: {error}")))?;
        multipart = inner.ok_or_else(no_part)?;
    }
    Err(no_part())
}

fn build(subtype: &str, files: &[&str]) -> Result<(), Failure> {
    let usage = |problem: String| Failure(2, format!("{problem}\n{USAGE}"));
    let mut parts = files.iter().map(|argument| {
        let (content_type, file) = argument
            .rsplit_once('=')
            .ok_or_else(|| usage(format!("{argument} is not TYPE=FILE")))?;
        let content_type =
            ContentType::parse(content_type).map_err(|error| usage(format!("{content_type}: {error}")))?;
        Ok(Part::builder(&content_type, read(file)?).build())
    });
    let first = parts.next().unwrap_or_else(|| Err(usage("no file given".to_owned())))?;
    let mut builder = match subtype {
        "related" => MultipartBuilder::related(first).map_err(|error| Failure(1, error.to_string()))?,
        "signed" => {
            return Err(usage(
                "a signature is made of the bytes of a part; build cannot".to_owned(),
            ));
        }
        _ => MultipartBuilder::new(subtype, first).map_err(|error| usage(format!("{subtype}: {error}")))?,
    };
    for part in parts {
        builder = builder.part(part?);
    }
    // As a part of its own it is an entity: its Content-Type, an empty line, the body.
    write(builder.build().into_part().as_bytes())
}

/// The multipart body of a SIP message or of an entity of MIME.
fn open(file: &str) -> Result<Multipart, Failure> {
    let bytes = read(file)?;
    let limits = Limits {
        message: usize::MAX,
        ..Limits::default()
    };
    let multipart = match Message::parse_with(bytes.clone(), &limits) {
        Ok(message) => message.multipart(&limits),
        Err(_) => Part::parse(bytes, &limits).and_then(|entity| entity.multipart(&limits)),
    };
    match multipart {
        Ok(Some(multipart)) => Ok(multipart),
        Ok(None) => Err(Failure(
            1,
            format!("{file}: neither a SIP message nor an entity with a multipart body"),
        )),
        Err(error) => Err(Failure(1, format!("{file}: {error}"))),
    }
}

fn read(file: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
        _ => std::fs::read(file),
    };
    read.map_err(|error| Failure(2, format!("{file}: {error}")))
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    match io::stdout().write_all(bytes) {
        // Whoever reads the output has had enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure(2, format!("standard output: {error}"))),
        _ => Ok(()),
    }
}

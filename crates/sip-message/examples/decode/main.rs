//! Prints SIP messages as JSON, one object per message, or explains them line by line.
//!
//! `cargo run -p sip-message --example decode -- [--explain] FILE...`
//!
//! Exit code 0 when every input is a SIP message that can be worked on, 1 when one is malformed (the reason and the byte
//! offset are on standard error, or in the explanation), 2 when the command line is wrong or a file cannot be read.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a command line program reads files and prints"
)]

mod explain;
mod notes;
mod parts;
mod terminal;
mod words;

use std::{
    io::{self, IsTerminal, Read, Write},
    process::ExitCode,
};

use serde::Serialize;
use sip_message::{Finding, Invalid, Message, StreamDecoder, StreamError, StreamEvent, json::MessageView};

use explain::Broken;
use terminal::Paint;

const USAGE: &str = "usage: decode [--explain | --pretty] [--stream] FILE...

Prints each SIP message as a JSON object on a line: start line, every header as written, every typed value, body, and
what is wrong or odd. The documentation of sip_message::json has the fields.

  FILE       a file with one message; - reads standard input
  --explain  prints the message line by line instead, with line number and byte offset, what each line means, and a
             caret under each byte where something is wrong:
               no SIP message   start line or header section cannot be read
               invalid          it can be read, and must not be worked on: a server answers 400 or 505
               malformed        a header that only some elements look at, or a multipart body, cannot be read
               odd              valid, and should not have been written so
             In colour on a terminal, unless NO_COLOR is set.
  --pretty   the JSON over several lines
  --stream   the input is a stream: messages one after the other, framed by Content-Length
  --help     this text

exit code: 0 all are accepted, 1 one is no SIP message or invalid (that a header is missing from an excerpt is told, and
does not count), 2 usage or unreadable file";

/// How to print.
#[derive(Clone, Copy)]
enum Style {
    Explain(Paint),
    Json,
    Pretty,
}

fn main() -> ExitCode {
    let (mut stream, mut style) = (false, Style::Json);
    let mut files = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--explain" => style = Style::Explain(paint()),
            "--pretty" => style = Style::Pretty,
            "--stream" => stream = true,
            "--help" | "-h" => {
                // Whoever reads it may have had enough; here as below that is no failure.
                let _ = writeln!(io::stdout(), "{USAGE}");
                return ExitCode::SUCCESS;
            }
            "-" => files.push(argument),
            option if option.starts_with('-') => return usage(&format!("unknown option {option}")),
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        return usage("no file given");
    }
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let bytes = match read(&file) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::from(2);
            }
        };
        let input = Input {
            file: &file,
            bytes: &bytes,
            style,
        };
        let is_fine = if stream { input.stream() } else { input.datagram() };
        match is_fine {
            Ok(true) => {}
            Ok(false) => code = ExitCode::from(1),
            Err(_) => return code,
        }
    }
    code
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}\n{USAGE}");
    ExitCode::from(2)
}

/// Colours are for terminals, and for those who want them (no-color.org).
fn paint() -> Paint {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Paint(io::stdout().is_terminal() && !refused)
}

fn read(file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file)?;
    }
    Ok(bytes)
}

/// Where a message begins in the file.
#[derive(Clone, Copy)]
pub(crate) struct Start {
    pub(crate) offset: usize,
    /// Counted from one.
    pub(crate) line: usize,
}

impl Start {
    const FILE: Self = Self { offset: 0, line: 1 };

    /// The place behind these bytes, which begin here.
    pub(crate) fn behind(self, bytes: &[u8]) -> Self {
        Self {
            offset: self.offset + bytes.len(),
            line: self.line + bytes.iter().filter(|byte| **byte == b'\n').count(),
        }
    }
}

struct Input<'a> {
    file: &'a str,
    bytes: &'a [u8],
    style: Style,
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(flatten)]
    message: MessageView<'a>,
}

impl Input<'_> {
    /// Prints the one message. Says whether it is accepted.
    fn datagram(&self) -> io::Result<bool> {
        match Message::parse(self.bytes.to_vec()) {
            Ok(message) => {
                let dropped = self.bytes.len() - message.as_bytes().len();
                self.message(&message, Start::FILE, dropped)
            }
            Err(error) => self.broken(
                Start::FILE,
                error.offset(),
                &error.kind().to_string(),
                error.kind().section(),
            ),
        }
    }

    /// Prints each message of a stream. Says whether all are accepted.
    fn stream(&self) -> io::Result<bool> {
        let mut decoder = StreamDecoder::default();
        let (mut start, mut is_fine) = (Start::FILE, true);
        // In portions, so that what is held stays within the limits of one message.
        for portion in self.bytes.chunks(16_384) {
            decoder.push(portion);
            loop {
                let before = decoder.buffered();
                match decoder.next_event() {
                    Ok(Some(event)) => {
                        if let StreamEvent::Message(message) = event {
                            is_fine &= self.message(&message, start, 0)?;
                        }
                        let taken = before - decoder.buffered();
                        start = start.behind(&self.bytes[start.offset..][..taken]);
                    }
                    Ok(None) => break,
                    Err(StreamError::Parse(error)) => {
                        let kind = error.kind();
                        return self.broken(start, error.offset(), &kind.to_string(), kind.section());
                    }
                    Err(StreamError::ContentLength(error)) => {
                        let what = format!("Content-Length that cannot be read: {}", error.kind());
                        return self.broken(start, error.offset(), &what, "18.3");
                    }
                    Err(_) => return self.broken(start, 0, "message on a stream without Content-Length", "18.3"),
                }
            }
        }
        let rest = &self.bytes[start.offset..];
        let is_keep_alive = rest == b"\r\n";
        if decoder.buffered() > 0 && !is_keep_alive {
            let end = rest.len();
            return self.broken(start, end, "end of the stream within a message", "18.3");
        }
        Ok(is_fine)
    }

    fn message(&self, message: &Message, start: Start, dropped: usize) -> io::Result<bool> {
        let mut out = io::stdout().lock();
        let json = match self.style {
            Style::Explain(paint) => {
                explain::message(&mut out, paint, &self.title(start), message, start, dropped)?;
                return Ok(refusal(message).is_none());
            }
            Style::Json => serde_json::to_string(&self.line(message)),
            Style::Pretty => serde_json::to_string_pretty(&self.line(message)),
        };
        writeln!(out, "{}", json.map_err(io::Error::from)?)?;
        if let Some(invalid) = refusal(message) {
            eprintln!("{}: {invalid}", self.title(start));
            return Ok(false);
        }
        Ok(true)
    }

    fn line<'a>(&'a self, message: &'a Message) -> Line<'a> {
        Line {
            file: self.file,
            message: message.view(),
        }
    }

    /// Tells that the bytes from `start` on are no SIP message, `offset` being where within them.
    fn broken(&self, start: Start, offset: usize, what: &str, section: &str) -> io::Result<bool> {
        let broken = Broken {
            bytes: &self.bytes[start.offset..],
            start,
            offset,
            what,
            section,
        };
        match self.style {
            Style::Explain(paint) => broken.explain(&mut io::stdout().lock(), paint, &self.title(start))?,
            Style::Json | Style::Pretty => {
                eprintln!(
                    "{}: {what} at byte {offset} (RFC 3261 section {section})",
                    self.title(start)
                );
            }
        }
        Ok(false)
    }

    fn title(&self, start: Start) -> String {
        match start.offset {
            0 => self.file.to_owned(),
            at => format!("{}, message at byte {at}", self.file),
        }
    }
}

/// Why a message must not be worked on. What the RFCs print is often an excerpt: that something is missing does not count.
fn refusal(message: &Message) -> Option<Invalid> {
    message.findings().into_iter().find_map(|finding| match finding {
        Finding::Invalid(Invalid::Missing(_)) | Finding::Malformed(_) | Finding::Odd(_) => None,
        Finding::Invalid(invalid) => Some(invalid),
    })
}

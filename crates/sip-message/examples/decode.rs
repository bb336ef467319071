//! Prints SIP messages as JSON, one object per message.
//!
//! `cargo run -p sip-message --example decode -- FILE...`
//!
//! Exit code 0 when every input is a SIP message that can be worked on, 1 when one is malformed (the reason and the byte
//! offset are on standard error), 2 when the command line is wrong or a file cannot be read.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program reads files and prints"
)]

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use serde_json::{Map, Value, json};
use sip_message::{
    HeaderError, HeaderName, Invalid, Message, StartLine, StreamDecoder, StreamEvent,
    headers::{self, Occurrence, TypedHeader},
};

const USAGE: &str = "usage: decode [--stream] FILE...

Prints each SIP message as a JSON object on a line: start line, every header with its raw value, every typed header
with its value or what is wrong with it, body length.

  FILE       a file with one message; - reads standard input
  --stream   the input is a stream: messages one after the other, framed by Content-Length
  --help     this text

exit code: 0 all are accepted, 1 one is malformed (reason and byte offset on standard error), 2 usage or unreadable file";

fn main() -> ExitCode {
    let mut stream = false;
    let mut files = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--stream" => stream = true,
            "--help" | "-h" => {
                println!("{USAGE}");
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
        let decoded = if stream {
            decode_stream(&file, &bytes)
        } else {
            decode_one(&file, bytes)
        };
        match decoded {
            Ok(()) => {}
            // Whoever reads the output has had enough.
            Err(Failure::Output) => return code,
            Err(Failure::Input(error)) => {
                eprintln!("{file}: {error}");
                code = ExitCode::from(1);
            }
        }
    }
    code
}

enum Failure {
    Input(String),
    Output,
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}\n{USAGE}");
    ExitCode::from(2)
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

fn decode_one(file: &str, bytes: Vec<u8>) -> Result<(), Failure> {
    let message = Message::parse(bytes).map_err(|error| Failure::Input(error.to_string()))?;
    print(file, &message)
}

fn decode_stream(file: &str, bytes: &[u8]) -> Result<(), Failure> {
    let mut decoder = StreamDecoder::default();
    let mut at = 0;
    // In portions, so that what is held stays within the limits of one message.
    for portion in bytes.chunks(16_384) {
        decoder.push(portion);
        loop {
            let before = decoder.buffered();
            match decoder.next_event() {
                Ok(Some(event)) => {
                    if let StreamEvent::Message(message) = event {
                        print(file, &message)?;
                    }
                    at += before - decoder.buffered();
                }
                Ok(None) => break,
                Err(error) => return Err(Failure::Input(format!("{error} (in the message at byte {at})"))),
            }
        }
    }
    if decoder.buffered() > 0 {
        let end = bytes.len();
        return Err(Failure::Input(format!(
            "the stream ends at byte {end} within the message that begins at byte {at}"
        )));
    }
    Ok(())
}

fn print(file: &str, message: &Message) -> Result<(), Failure> {
    let mut object = describe(message);
    object.insert("file".to_owned(), file.into());
    writeln!(io::stdout(), "{}", Value::Object(object)).map_err(|_| Failure::Output)?;
    match message.validate() {
        // What the RFCs print is often an excerpt; it is told in the object, and is nothing malformed.
        Ok(()) | Err(Invalid::Missing(_)) => Ok(()),
        Err(error) => Err(Failure::Input(error.to_string())),
    }
}

fn describe(message: &Message) -> Map<String, Value> {
    let start = match message.start_line() {
        StartLine::Request { method, uri, version } => {
            json!({ "method": method.as_str(), "uri": text(uri), "version": version })
        }
        StartLine::Response {
            version,
            status,
            reason,
        } => {
            json!({ "version": version, "status": status.as_u16(), "reason": text(reason) })
        }
    };
    let headers: Vec<Value> = message
        .headers()
        .map(|header| {
            json!({
                "name": header.name(),
                "canonical": header.id().map(|id| id.as_str()),
                "value": text(header.value()),
                "offset": header.offset(),
            })
        })
        .collect();
    let validity = match message.validate() {
        Ok(()) => Value::Bool(true),
        Err(error) => json!({ "error": error.to_string(), "status": error.status().as_u16() }),
    };
    let mut object = Map::new();
    object.insert("start_line".to_owned(), start);
    object.insert("headers".to_owned(), headers.into());
    object.insert("typed".to_owned(), typed(message).into());
    object.insert("valid".to_owned(), validity);
    object.insert("body_length".to_owned(), message.body().len().into());
    object
}

/// Text as it is; bytes that are not UTF-8 as an object that says so.
fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => json!({ "not_utf8": String::from_utf8_lossy(bytes) }),
    }
}

/// Every typed header of the crate that the message has: the value, for list headers an array, or the error.
fn typed(message: &Message) -> Map<String, Value> {
    let mut object = Map::new();
    macro_rules! describe {
        ($($header:ident)*) => {
            $(describe_header::<headers::$header>(message, &mut object);)*
        };
    }
    sip_message::for_each_typed_header!(describe);
    object
}

fn describe_header<'a, H: TypedHeader<'a> + serde::Serialize + 'a>(
    message: &'a Message,
    object: &mut Map<String, Value>,
) {
    let name: HeaderName = H::NAME;
    if message.header(name).is_none() {
        return;
    }
    let value = match H::OCCURRENCE {
        Occurrence::Lines | Occurrence::List => message.typed_all::<H>().map(describe_value).collect(),
        Occurrence::Once => match message.typed::<H>() {
            Ok(Some(value)) => describe_value(Ok(value)),
            Ok(None) => Value::Null,
            Err(error) => describe_value::<H>(Err(error)),
        },
    };
    object.insert(name.as_str().to_owned(), value);
}

fn describe_value<H: serde::Serialize>(value: Result<H, HeaderError>) -> Value {
    match value {
        Ok(value) => serde_json::to_value(value).unwrap_or(Value::Null),
        Err(error) => json!({ "error": error.to_string(), "offset": error.offset() }),
    }
}

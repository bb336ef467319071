//! Takes messages out of a stream: `cargo run -p sip-message --example stream -- [--chunk BYTES] FILE`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a command line program reads files and prints"
)]

use std::{
    fs::File,
    io::{self, Read, Write},
    process::ExitCode,
};

use sip_message::{Limits, Message, StartLine, StreamDecoder, StreamError, StreamEvent};

const USAGE: &str = "usage: stream [--chunk BYTES] FILE

Prints what a TCP connection would bring that carries these bytes: a line for each message and keep-alive.

  FILE           a file with messages one after the other; - reads standard input
  --chunk BYTES  how many bytes to read at a time (4096); the messages are the same for any number
  --help         this text

exit code: 0 fine, 1 the stream is malformed or cut off, 2 usage or unreadable file";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (chunk, file) = match arguments[..] {
        ["--help" | "-h"] => {
            let _ = writeln!(io::stdout(), "{USAGE}");
            return ExitCode::SUCCESS;
        }
        ["--chunk", bytes, file] => (bytes.parse().unwrap_or(0), file),
        [file] if file == "-" || !file.starts_with('-') => (4096, file),
        _ => (0, ""),
    };
    if chunk == 0 {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let read = match file {
        "-" => frames(io::stdin().lock(), chunk),
        _ => File::open(file).and_then(|file| frames(file, chunk)),
    };
    match read {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(problem)) => {
            eprintln!("{file}: {problem}");
            ExitCode::from(1)
        }
        // Whoever reads the output has had enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::from(2)
        }
    }
}

/// Reads to the end, `chunk` bytes at a time. `Ok(Err(_))` says what is wrong with the stream.
fn frames(mut input: impl Read, chunk: usize) -> io::Result<Result<(), String>> {
    // A server chooses its own limits; these are the default ones.
    let mut decoder = StreamDecoder::new(Limits::default());
    let mut out = io::stdout().lock();
    let mut buffer = vec![0; chunk.min(1 << 20)];
    loop {
        let len = input.read(&mut buffer)?;
        if len == 0 {
            break;
        }
        decoder.push(&buffer[..len]);
        // All that is there is taken before more is read: then no more is held than one message.
        loop {
            match decoder.next_event() {
                Ok(Some(StreamEvent::Message(message))) => print(&mut out, &message)?,
                Ok(Some(StreamEvent::Ping)) => writeln!(out, "ping, to be answered with CRLF")?,
                Ok(Some(StreamEvent::Pong)) => writeln!(out, "pong")?,
                Ok(None) => break,
                // Where the next message begins is not known: a server answers this one and closes the connection.
                Err(StreamError::MissingContentLength(head)) => {
                    print(&mut out, &head)?;
                    return Ok(Err("no Content-Length".to_owned()));
                }
                Err(error) => return Ok(Err(error.to_string())),
            }
        }
    }
    Ok(match decoder.buffered() {
        0 => Ok(()),
        left => Err(format!("the stream ends {left} bytes into a message")),
    })
}

fn print(out: &mut impl Write, message: &Message) -> io::Result<()> {
    let (bytes, body) = (message.as_bytes().len(), message.body().len());
    let what = match message.start_line() {
        StartLine::Request { method, .. } => method.to_string(),
        StartLine::Response { status, .. } => status.to_string(),
    };
    writeln!(out, "{what}, {bytes} bytes, {body} of them body")
}

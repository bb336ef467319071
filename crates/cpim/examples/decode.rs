//! Prints instant messages, disposition notifications and isComposing documents as JSON.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a command line reads files and prints"
)]

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, Read, Write},
    path::Path,
    process::ExitCode,
};

use serde_json::{Value, json};

use cpim::{Limits, Message, imdn::Imdn, inflate, is_composing::IsComposing};

const USAGE: &str = "\
Prints instant messages as JSON, one object per line and file.

usage: decode [OPTION]... FILE...

  FILE         a file with the body of a message; - reads standard input
  --cpim       the body is a Message/CPIM (RFC 3862); the default. A disposition notification or an isComposing document
               in it is printed too
  --imdn       the body is a message/imdn+xml document (RFC 5438)
  --composing  the body is an application/im-iscomposing+xml document (RFC 3994)
  --deflate    inflate the body first, as for Content-Encoding: deflate
  -h, --help   print this

exit status: 0 when every file was accepted; 1 when one was malformed or could not be read, with the reason and the
place on standard error; 2 when the command line was wrong";

#[derive(Clone, Copy)]
enum Format {
    Composing,
    Cpim,
    Imdn,
}

struct Arguments<'a> {
    format: Format,
    deflated: bool,
    files: Vec<&'a str>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = match env::args_os().skip(1).map(OsString::into_string).collect() {
        Ok(arguments) => arguments,
        Err(argument) => {
            return usage_error(&format!("{} is not UTF-8", Path::new(&argument).display()));
        }
    };
    let arguments = match read(&arguments) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(reason) => return usage_error(&reason),
    };
    let mut all_accepted = true;
    for file in &arguments.files {
        match decode(file, &arguments) {
            Ok(view) => {
                if let Err(error) = writeln!(io::stdout(), "{view}") {
                    eprintln!("decode: standard output: {error}");
                    return ExitCode::FAILURE;
                }
            }
            Err(reason) => {
                eprintln!("{file}: {reason}");
                all_accepted = false;
            }
        }
    }
    if all_accepted {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The command line; none where help is asked for.
fn read(arguments: &[String]) -> Result<Option<Arguments<'_>>, String> {
    let mut read = Arguments {
        format: Format::Cpim,
        deflated: false,
        files: Vec::new(),
    };
    let mut options = true;
    for argument in arguments {
        match argument.as_str() {
            file if !options => read.files.push(file),
            "-h" | "--help" => return Ok(None),
            "--" => options = false,
            "--cpim" => read.format = Format::Cpim,
            "--imdn" => read.format = Format::Imdn,
            "--composing" => read.format = Format::Composing,
            "--deflate" => read.deflated = true,
            option if option.len() > 1 && option.starts_with('-') => {
                return Err(format!("unknown option {option}"));
            }
            file => read.files.push(file),
        }
    }
    if read.files.is_empty() {
        return Err("no file".to_owned());
    }
    Ok(Some(read))
}

fn usage_error(reason: &str) -> ExitCode {
    eprintln!("decode: {reason}\n\n{USAGE}");
    ExitCode::from(2)
}

fn decode(file: &str, arguments: &Arguments<'_>) -> Result<Value, String> {
    let limits = Limits::default();
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    let mut bytes = bytes.map_err(|error| error.to_string())?;
    if arguments.deflated {
        bytes = inflate(&bytes, &limits).map_err(|error| error.to_string())?;
    }
    let view = match arguments.format {
        Format::Composing => {
            let document = IsComposing::parse(&bytes, &limits).map_err(|error| error.to_string())?;
            serde_json::to_value(document)
        }
        Format::Cpim => {
            let message = Message::parse(bytes).map_err(|error| error.to_string())?;
            serde_json::to_value(message)
        }
        Format::Imdn => {
            let document = Imdn::parse(&bytes, &limits).map_err(|error| error.to_string())?;
            serde_json::to_value(document)
        }
    };
    let mut view = view.map_err(|error| error.to_string())?;
    if let Value::Object(object) = &mut view {
        object.insert("file".to_owned(), json!(file));
    }
    Ok(view)
}

//! Prints Message/CPIM files as JSON.

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

use cpim::Message;

const USAGE: &str = "\
Prints Message/CPIM (RFC 3862) files as JSON, one object per line and file.

usage: decode FILE...

  FILE        a file with the body of a Message/CPIM; - reads standard input
  -h, --help  print this

exit status: 0 when every file was accepted; 1 when one was malformed or could not be read, with the reason and the
byte offset on standard error; 2 when the command line was wrong";

fn main() -> ExitCode {
    let arguments: Vec<String> = match env::args_os().skip(1).map(OsString::into_string).collect() {
        Ok(arguments) => arguments,
        Err(argument) => {
            return usage_error(&format!("{} is not UTF-8", Path::new(&argument).display()));
        }
    };
    let mut files = Vec::new();
    let mut options = true;
    for argument in &arguments {
        match argument.as_str() {
            "-h" | "--help" if options => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            "--" if options => options = false,
            option if options && option.len() > 1 && option.starts_with('-') => {
                return usage_error(&format!("unknown option {option}"));
            }
            file => files.push(file),
        }
    }
    if files.is_empty() {
        return usage_error("no file");
    }
    let mut all_accepted = true;
    for file in files {
        match decode(file) {
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

fn usage_error(reason: &str) -> ExitCode {
    eprintln!("decode: {reason}\n\n{USAGE}");
    ExitCode::from(2)
}

fn decode(file: &str) -> Result<Value, String> {
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    let bytes = bytes.map_err(|error| error.to_string())?;
    let message = Message::parse(bytes).map_err(|error| error.to_string())?;
    let mut view = serde_json::to_value(&message).map_err(|error| error.to_string())?;
    if let Value::Object(object) = &mut view {
        object.insert("file".to_owned(), json!(file));
    }
    Ok(view)
}

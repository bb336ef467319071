//! Prints Digest header fields as JSON.
//!
//! ```text
//! cargo run -p sip-digest --example decode -- 'WWW-Authenticate: Digest realm="biloxi.com", nonce="84f1", qop="auth"'
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

use std::fmt::Display;
use std::process::ExitCode;

use serde_json::{Map, Value, json};
use sip_digest::{AuthenticationInfo, Challenge, Credentials, NonceCount, ParseError};

const USAGE: &str = "\
Prints Digest header fields (RFC 7616, RFC 8760) as JSON, one object per line and challenge, credentials or info.

usage: decode FIELD...

  FIELD       a header field, as 'WWW-Authenticate: Digest realm=...'; its name is one of WWW-Authenticate,
              Proxy-Authenticate, Authorization, Proxy-Authorization, Authentication-Info, Proxy-Authentication-Info
  -h, --help  print this

exit status: 0 when every field was read; 1 when one was malformed, with the reason and the byte offset in its value on
standard error; 2 when the command line was wrong";

fn main() -> ExitCode {
    let fields: Vec<String> = std::env::args().skip(1).collect();
    if fields.iter().any(|field| field == "-h" || field == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    if fields.is_empty() {
        eprintln!("decode: no field\n{USAGE}");
        return ExitCode::from(2);
    }
    let mut exit = ExitCode::SUCCESS;
    for field in &fields {
        let Some((name, value)) = field.split_once(':') else {
            eprintln!("decode: {field}: no colon after the name");
            return ExitCode::from(2);
        };
        match decode(name.trim(), value.trim()) {
            None => {
                eprintln!("decode: {name}: no header of Digest; --help shows which there are");
                return ExitCode::from(2);
            }
            Some(Ok(found)) => found.iter().for_each(|object| println!("{object}")),
            Some(Err(error)) => {
                eprintln!("{name}: {error}");
                exit = ExitCode::FAILURE;
            }
        }
    }
    exit
}

fn decode(name: &str, value: &str) -> Option<Result<Vec<Value>, ParseError>> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.trim_start_matches("proxy-").trim_start_matches("www-") {
        "authenticate" => Challenge::parse_all(value)
            .map(|parsed| parsed.map(|parsed| challenge(&parsed)))
            .collect(),
        "authorization" => Credentials::parse(value).map(|parsed| vec![credentials(&parsed)]),
        "authentication-info" => AuthenticationInfo::parse(value).map(|parsed| vec![info(&parsed)]),
        _ => return None,
    })
}

fn challenge(challenge: &Challenge) -> Value {
    json!({
        "realm": challenge.realm(),
        "nonce": challenge.nonce(),
        "opaque": challenge.opaque(),
        "stale": challenge.stale(),
        "algorithm": challenge.algorithm().map(text),
        "qop": challenge.qop().iter().map(text).collect::<Vec<_>>(),
        "charset": challenge.charset(),
        "userhash": challenge.userhash(),
        "other": others(challenge.extensions()),
    })
}

fn credentials(credentials: &Credentials<'_>) -> Value {
    json!({
        "username": credentials.username(),
        "userhash": credentials.is_userhash(),
        "realm": credentials.realm(),
        "nonce": credentials.nonce(),
        "uri": credentials.uri(),
        "response": credentials.response(),
        "algorithm": credentials.algorithm().map(text),
        "cnonce": credentials.cnonce(),
        "opaque": credentials.opaque(),
        "qop": credentials.qop().map(text),
        "nc": credentials.nc().map(NonceCount::value),
        "other": others(credentials.extensions()),
    })
}

fn info(info: &AuthenticationInfo) -> Value {
    json!({
        "nextnonce": info.next_nonce(),
        "rspauth": info.rspauth(),
        "cnonce": info.cnonce(),
        "qop": info.qop().map(text),
        "nc": info.nc().map(NonceCount::value),
        "other": others(info.extensions()),
    })
}

fn text(name: &impl Display) -> String {
    name.to_string()
}

fn others<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let parameters: Map<String, Value> = parameters
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    Value::Object(parameters)
}

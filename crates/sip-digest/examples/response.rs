//! Computes a digest response from what a capture or an RFC shows, to check one by hand.
//!
//! ```text
//! cargo run -p sip-digest --example response -- --user bob --password zanzibar --realm biloxi.com \
//!     --nonce dcd98b7102dd2f0e8b11d0f600bfb0c093 --method INVITE --uri sip:bob@biloxi.com \
//!     --qop auth --nc 1 --cnonce 0a4f113b
//! ```
//!
//! `--ha1` takes the place of `--password`. Without `--qop` it is the RFC 2069 form. `--nc` is hexadecimal, as in the
//! header. Prints the response, then the whole header value.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use sip_digest::{Algorithm, Answer, Challenge, Ha1, Password, Qop};

const FLAGS: [&str; 10] = [
    "--user",
    "--password",
    "--ha1",
    "--realm",
    "--nonce",
    "--method",
    "--uri",
    "--qop",
    "--nc",
    "--cnonce",
];

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("response: {error}");
            eprintln!(
                "usage: response --user NAME (--password TEXT | --ha1 HEX) --realm TEXT --nonce TEXT --method NAME \
                 --uri URI [--qop auth --nc HEX --cnonce TEXT]"
            );
            ExitCode::from(2)
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<String, Box<dyn Error>> {
    let flags = read_flags(arguments)?;
    let text = |flag: &str| flags.get(flag).map(String::as_str);
    let needed = |flag: &str| text(flag).ok_or_else(|| format!("{flag} is missing"));

    let (user, realm) = (needed("--user")?, needed("--realm")?);
    let ha1 = match (text("--ha1"), text("--password")) {
        (Some(digits), None) => Ha1::from_hex(Algorithm::Md5, digits)?,
        (None, Some(password)) => Ha1::new(Algorithm::Md5, user, realm, &Password::new(password)),
        _ => return Err("give either --password or --ha1".into()),
    };
    let mut challenge = Challenge::new(realm, needed("--nonce")?)?;
    let (count, cnonce) = match text("--qop") {
        Some("auth") => {
            challenge = challenge.with_qop([Qop::Auth]);
            let digits = text("--nc").unwrap_or("1");
            let count = u32::from_str_radix(digits, 16).map_err(|error| format!("--nc {digits}: {error}"))?;
            (count, needed("--cnonce")?)
        }
        Some(other) => return Err(format!("--qop {other}: only auth is known").into()),
        None if text("--nc").is_some() || text("--cnonce").is_some() => {
            return Err("--nc and --cnonce need --qop auth".into());
        }
        None => (1, ""),
    };
    let answer = Answer::new(user, &ha1, needed("--method")?, needed("--uri")?, count, cnonce);
    let credentials = challenge.answer(&answer)?;
    Ok(format!("{}\n{credentials}", credentials.response()))
}

fn read_flags(mut arguments: impl Iterator<Item = String>) -> Result<BTreeMap<String, String>, String> {
    let mut flags = BTreeMap::new();
    while let Some(flag) = arguments.next() {
        if !FLAGS.contains(&flag.as_str()) {
            return Err(format!("{flag}: no such flag"));
        }
        let value = arguments.next().ok_or_else(|| format!("{flag} needs a value"))?;
        if flags.insert(flag.clone(), value).is_some() {
            return Err(format!("{flag} stands twice"));
        }
    }
    Ok(flags)
}

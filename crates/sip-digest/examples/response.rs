//! Computes a digest response from what a capture or an RFC shows, to check one by hand.
//!
//! ```text
//! cargo run -p sip-digest --example response -- --user bob --password zanzibar --realm biloxi.com \
//!     --nonce dcd98b7102dd2f0e8b11d0f600bfb0c093 --method INVITE --uri sip:bob@biloxi.com \
//!     --qop auth --nc 1 --cnonce 0a4f113b
//! ```
//!
//! Prints the response, then the whole header value. `--help` shows all flags.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use sip_digest::{Algorithm, Answer, AuthenticationInfo, Challenge, Ha1, Password, Qop};

const HELP: &str = "\
Computes a Digest response (RFC 7616, RFC 2617, RFC 2069) and the header value that carries it.

usage: response --user NAME (--password TEXT | --ha1 HEX) --realm TEXT --nonce TEXT --method NAME --uri URI
                [--algorithm NAME] [--qop auth|auth-int] [--nc HEX] [--cnonce TEXT] [--body TEXT] [--opaque TEXT]
                [--userhash] [--rspauth]

  --user NAME        the user's name, never hashed
  --password TEXT    the password
  --ha1 HEX          in its place H(user:realm:password), as a server stores it
  --realm TEXT       of the challenge, as are nonce, opaque, algorithm and qop
  --nonce TEXT
  --opaque TEXT
  --algorithm NAME   MD5 (what holds without it), SHA-256, SHA-512-256, or one of them with -sess
  --qop NAME         auth or auth-int; without it, the form of RFC 2069
  --nc HEX           the nonce count, hexadecimal as in the header; 1 where it is not given
  --cnonce TEXT      the client nonce; qop and -sess need it
  --method NAME      of the request, as are uri and body
  --uri URI
  --body TEXT        the body, which auth-int signs; empty where it is not given
  --userhash         send a hash in place of the name
  --rspauth          print the server's proof too, for a response without a body

example: response --user bob --password zanzibar --realm biloxi.com --nonce dcd98b7102dd2f0e8b11d0f600bfb0c093 \\
                  --method INVITE --uri sip:bob@biloxi.com --qop auth --cnonce 0a4f113b";

/// The flags that take a value.
const VALUES: [&str; 13] = [
    "--user",
    "--password",
    "--ha1",
    "--realm",
    "--nonce",
    "--opaque",
    "--algorithm",
    "--qop",
    "--nc",
    "--cnonce",
    "--method",
    "--uri",
    "--body",
];

/// The flags that stand alone.
const SWITCHES: [&str; 2] = ["--userhash", "--rspauth"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(arguments) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("response: {error}");
            eprintln!("response: --help shows what it takes");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Vec<String>) -> Result<String, Box<dyn Error>> {
    let flags = read_flags(arguments)?;
    let text = |flag: &str| flags.get(flag).map(String::as_str);
    let needed = |flag: &str| text(flag).ok_or_else(|| format!("{flag} is missing"));

    let algorithm = match text("--algorithm") {
        Some(name) => Algorithm::from_name(name).ok_or_else(|| {
            let known = Algorithm::ALL.map(Algorithm::name).join(", ");
            format!("--algorithm {name}: not one of {known}")
        })?,
        None => Algorithm::Md5,
    };
    let (user, realm) = (needed("--user")?, needed("--realm")?);
    let ha1 = match (text("--ha1"), text("--password")) {
        (Some(digits), None) => Ha1::from_hex(algorithm, digits).map_err(|error| format!("--ha1: {error}"))?,
        (None, Some(password)) => Ha1::new(algorithm, user, realm, &Password::new(password)),
        _ => return Err("give either --password or --ha1".into()),
    };
    let mut challenge = Challenge::new(realm, needed("--nonce")?)?.with_userhash(text("--userhash").is_some());
    if text("--algorithm").is_some() {
        challenge = challenge.with_algorithm(algorithm);
    }
    if let Some(opaque) = text("--opaque") {
        challenge = challenge.with_opaque(opaque)?;
    }
    let qop = match text("--qop") {
        Some(name) => Some(Qop::from_name(name).ok_or_else(|| format!("--qop {name}: not auth or auth-int"))?),
        None => None,
    };
    challenge = challenge.with_qop(qop);
    let needs_cnonce = qop.is_some() || algorithm.is_session();
    let unused = [
        ("--nc", qop.is_none(), "--qop"),
        ("--cnonce", !needs_cnonce, "--qop or a -sess algorithm"),
        ("--body", qop != Some(Qop::AuthInt), "--qop auth-int"),
        ("--rspauth", qop.is_none(), "--qop"),
    ];
    for (flag, is_unused, other) in unused {
        if is_unused && text(flag).is_some() {
            return Err(format!("{flag} needs {other}").into());
        }
    }
    let digits = text("--nc").unwrap_or("1");
    let count = u32::from_str_radix(digits, 16).map_err(|error| format!("--nc {digits}: {error}"))?;
    let cnonce = if needs_cnonce { needed("--cnonce")? } else { "" };

    let answer = Answer::new(user, &ha1, needed("--method")?, needed("--uri")?, count, cnonce)
        .with_body(text("--body").unwrap_or_default().as_bytes());
    let credentials = challenge.answer(&answer)?;
    let mut output = format!("{}\n{credentials}", credentials.response());
    if text("--rspauth").is_some()
        && let Some(info) = AuthenticationInfo::confirming(&credentials, &ha1, b"")
    {
        output.push_str(&format!("\n{info}"));
    }
    Ok(output)
}

fn read_flags(arguments: Vec<String>) -> Result<BTreeMap<String, String>, String> {
    let mut flags = BTreeMap::new();
    let mut arguments = arguments.into_iter();
    while let Some(flag) = arguments.next() {
        let value = if SWITCHES.contains(&flag.as_str()) {
            String::new()
        } else if VALUES.contains(&flag.as_str()) {
            arguments.next().ok_or_else(|| format!("{flag} needs a value"))?
        } else {
            return Err(format!("{flag}: no such flag"));
        };
        if flags.insert(flag.clone(), value).is_some() {
            return Err(format!("{flag} stands twice"));
        }
    }
    Ok(flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(line: &str) -> Result<String, String> {
        run(line.split(' ').map(str::to_owned).collect()).map_err(|error| error.to_string())
    }

    /// RFC 2617 section 3.5, RFC 7616 section 3.9.1, and draft-smith-sipping-auth-examples-01 sections 3.1 and 3.4.
    #[test]
    fn responses_are_those_of_the_documents() {
        let bob = "--user bob --password zanzibar --realm biloxi.com --nonce dcd98b7102dd2f0e8b11d0f600bfb0c093 \
                   --method INVITE --uri sip:bob@biloxi.com";
        let session = format!("{bob} --qop auth --cnonce 0a4f113b --algorithm md5-SESS");
        let stored = "--user Mufasa --realm http-auth@example.org --uri /dir/index.html --method GET \
                      --ha1 7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232 --algorithm SHA-256 \
                      --nonce 7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v --qop auth \
                      --cnonce f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (line, response) in [
            (bob, "bf57e4e0d0bffc0fbaedce64d59add5e"),
            (&session, "e4e4ea61d186d07a92c9e1f6919902e9"),
            (
                stored,
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let output = output(line).unwrap();
            assert_eq!(output.lines().next(), Some(response), "{line}");
        }
        let all = output(&format!("{session} --userhash --rspauth --opaque o --nc 1f")).unwrap();
        assert!(all.contains("userhash=true") && all.contains("nc=0000001f") && all.contains("rspauth="));
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let most = "--user u --realm r --nonce n --method M --uri sip:r";
        for (line, error) in [
            ("--nope", "--nope: no such flag".to_owned()),
            ("--user", "--user needs a value".to_owned()),
            ("--user a --user b", "--user stands twice".to_owned()),
            ("--user a", "--realm is missing".to_owned()),
            (most, "give either --password or --ha1".to_owned()),
            (
                &format!("{most} --ha1 00 --algorithm SHA-256"),
                "--ha1: an HA1 for SHA-256 has 64 hexadecimal digits (RFC 7616 section 3.4.2)".to_owned(),
            ),
            (
                &format!("{most} --password p --qop x"),
                "--qop x: not auth or auth-int".to_owned(),
            ),
            (
                &format!("{most} --password p --qop auth"),
                "--cnonce is missing".to_owned(),
            ),
            (&format!("{most} --password p --nc 1"), "--nc needs --qop".to_owned()),
            (
                &format!("{most} --password p --qop auth --cnonce c --body b"),
                "--body needs --qop auth-int".to_owned(),
            ),
            (
                &format!("{most} --password p --algorithm MD4"),
                "--algorithm MD4: not one of MD5, MD5-sess, SHA-256, SHA-256-sess, SHA-512-256, SHA-512-256-sess"
                    .to_owned(),
            ),
        ] {
            assert_eq!(output(line), Err(error), "{line}");
        }
    }
}

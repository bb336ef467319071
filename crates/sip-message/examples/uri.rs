//! Explains a URI, or tells whether two are equivalent.
//!
//! `cargo run -p sip-message --example uri -- 'sip:alice@example.test;transport=tcp'`
//!
//! Exit code 0 when all is well and, of two URIs, when they are equivalent; 1 when one is malformed (the reason and the
//! byte offset are on standard error) or they are not; 2 when the command line is wrong.
#![expect(clippy::print_stderr, reason = "a command line program prints")]

use std::{
    io::{self, Write},
    process::ExitCode,
};

use sip_message::{Aor, PhoneContext, SipUri, TelUri, Uri};

const USAGE: &str = "usage: uri URI [URI]

Prints the parts of a URI as SIP reads them, its address of record, and the key that all equivalent URIs share.
With two URIs, tells whether they are equivalent: RFC 3261 section 19.1.4 for sip and sips, RFC 3966 section 4 for tel.
Quote URIs for your shell: ; and ? and & mean something to it.

  --help   this text

exit code: 0 fine, or the two are equivalent; 1 one is malformed, or they are not; 2 usage";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments
        .iter()
        .any(|argument| argument == "--help" || argument == "-h")
    {
        return finish(writeln!(io::stdout(), "{USAGE}").map(|()| ExitCode::SUCCESS));
    }
    if let Some(option) = arguments.iter().find(|argument| argument.starts_with('-')) {
        return usage(&format!("unknown option {option}"));
    }
    if arguments.is_empty() || arguments.len() > 2 {
        return usage("one or two URIs are wanted");
    }
    let mut uris = Vec::new();
    for text in &arguments {
        match Uri::parse(text) {
            Ok(uri) => uris.push(uri),
            Err(error) => {
                let offset = error.offset();
                eprintln!("{text}\n{:offset$}^ expected {} at byte {offset}", "", error.expected());
                return ExitCode::from(1);
            }
        }
    }
    finish(print(&uris))
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("{problem}\n{USAGE}");
    ExitCode::from(2)
}

/// Whoever reads the output may have had enough of it; that is no failure.
fn finish(printed: io::Result<ExitCode>) -> ExitCode {
    printed.unwrap_or(ExitCode::SUCCESS)
}

fn print(uris: &[Uri<'_>]) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    for uri in uris {
        explain(&mut out, uri)?;
        writeln!(out)?;
    }
    if let [a, b] = uris {
        let equivalent = a.equivalent(b);
        writeln!(out, "{}", if equivalent { "equivalent" } else { "not equivalent" })?;
        if !equivalent {
            return Ok(ExitCode::from(1));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(out: &mut impl Write, uri: &Uri<'_>) -> io::Result<()> {
    writeln!(out, "{uri}")?;
    line(out, "scheme", uri.scheme())?;
    match uri {
        Uri::Im(mailbox) | Uri::Pres(mailbox) => {
            user(out, mailbox.user(), &mailbox.user_unescaped())?;
            line(out, "domain", &mailbox.host().to_string())?;
            pairs(out, "header", mailbox.headers())?;
        }
        Uri::Sip(sip) => explain_sip(out, sip)?,
        Uri::Tel(tel) => explain_tel(out, tel)?,
        Uri::Urn(urn) => {
            line(out, "namespace", urn.nid())?;
            line(out, "name", urn.nss())?;
            if !urn.components().is_empty() {
                line(out, "components", urn.components())?;
            }
        }
        Uri::Other(other) => {
            // A scheme that SIP knows reads as another one when its own grammar is broken.
            if let Err(error) = TelUri::parse(uri.as_str())
                && uri.scheme().eq_ignore_ascii_case("tel")
            {
                line(out, "no tel URI", &error.to_string())?;
            }
            let parts = [
                ("authority", other.authority()),
                ("path", Some(other.path())),
                ("query", other.query()),
                ("fragment", other.fragment()),
            ];
            for (name, value) in parts {
                if let Some(value) = value {
                    line(out, name, value)?;
                }
            }
        }
        _ => {}
    }
    if let Some(aor) = Aor::from_uri(uri) {
        line(out, "AOR", aor.as_str())?;
    }
    line(out, "key", uri.key().as_str())
}

fn explain_sip(out: &mut impl Write, sip: &SipUri<'_>) -> io::Result<()> {
    if let (Some(written), Some(unescaped)) = (sip.user(), sip.user_unescaped()) {
        user(out, written, &unescaped)?;
    }
    if let Some(password) = sip.password() {
        line(out, "password", password)?;
    }
    let kind = if sip.host().ip().is_some() { "address" } else { "domain" };
    line(out, kind, &sip.host().to_string())?;
    if let Some(port) = sip.port() {
        line(out, "port", &port.to_string())?;
    }
    pairs(out, "parameter", sip.params())?;
    pairs(out, "header", sip.headers())
}

fn explain_tel(out: &mut impl Write, tel: &TelUri<'_>) -> io::Result<()> {
    let kind = if tel.is_global() {
        "global number"
    } else {
        "local number"
    };
    line(out, kind, &tel.digits())?;
    match tel.phone_context() {
        Some(PhoneContext::Domain(domain)) => line(out, "valid in domain", domain)?,
        Some(PhoneContext::Prefix(prefix)) => line(out, "valid behind", prefix)?,
        None if !tel.is_global() => line(out, "valid in", "(no phone-context says)")?,
        None => {}
    }
    pairs(out, "parameter", tel.params())
}

fn user(out: &mut impl Write, written: &str, unescaped: &str) -> io::Result<()> {
    line(out, "user", written)?;
    if unescaped != written {
        // Escaped characters may be of any kind; they are not sent to the terminal as they are.
        line(out, "unescaped", &format!("{unescaped:?}"))?;
    }
    Ok(())
}

fn pairs<'a>(
    out: &mut impl Write,
    kind: &str,
    pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>,
) -> io::Result<()> {
    for (name, value) in pairs {
        match value {
            Some(value) => line(out, kind, &format!("{name} = {value}"))?,
            None => line(out, kind, name)?,
        }
    }
    Ok(())
}

fn line(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(out, "  {name:<16}{value}")
}

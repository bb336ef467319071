//! Every header of every message of the corpus is decoded with its type, written, and decoded again. What cannot be
//! decoded is listed here with the reason; an entry that is no longer true fails.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the corpus from disk, say loudly when it is not there and may panic"
)]

#[path = "support/files.rs"]
mod files;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use sip_message::{
    HeaderError, HeaderErrorKind, HeaderName, Message, MessageBuilder, StatusCode,
    headers::{self, TypedHeader},
};

/// Decodes the values of one header, and gives back how many there are and what is wrong with the others.
type Check = fn(&Message) -> (usize, Vec<HeaderError>);

/// The types of the crate.
fn types() -> Vec<(HeaderName, Check)> {
    macro_rules! checks {
        ($($header:ident)*) => {
            vec![$((
                headers::$header::NAME,
                |message| {
                    let first = message.typed_all::<headers::$header>().next().transpose();
                    let only = message.typed::<headers::$header>();
                    let is_twice = matches!(&only, Err(error) if error.kind() == HeaderErrorKind::Duplicate);
                    assert!(is_twice || only == first, "{only:?}, {first:?} in {message}");
                    let values = message.typed_all::<headers::$header>();
                    let (good, bad): (Vec<_>, Vec<_>) = values.partition(Result::is_ok);
                    for value in good.iter().flatten() {
                        let text = value.to_string();
                        assert_eq!(headers::$header::parse(&text).as_ref(), Ok(value), "{text:?} in {message}");
                        let built = builder().header(value).build();
                        let read = built.typed::<headers::$header>();
                        assert!(matches!(read, Ok(Some(_))), "{read:?} of {text:?} in {message}");
                    }
                    let mut errors: Vec<_> = bad.into_iter().filter_map(Result::err).collect();
                    match message.typed::<headers::$header>() {
                        Err(error) if !errors.contains(&error) => errors.push(error),
                        _ => {}
                    }
                    (good.len(), errors)
                },
            )),*]
        };
    }
    sip_message::for_each_typed_header!(checks)
}

fn builder() -> MessageBuilder {
    let request = Message::parse("OPTIONS sip:a@example.test SIP/2.0\r\n\r\n").unwrap();
    MessageBuilder::reply_to(&request, StatusCode::OK, None).unwrap()
}

/// File, header, byte of its line's value at which it goes wrong, reason.
type Malformed = &'static [(&'static str, &'static str, usize, &'static str)];

/// What the decoding of some files found.
#[derive(Default)]
struct Findings {
    // How many values of each header were decoded.
    decoded: BTreeMap<&'static str, usize>,
    // File, header, and the byte of its line's value.
    malformed: BTreeSet<(String, &'static str, usize)>,
    // Files that are no SIP message.
    refused: Vec<String>,
}

fn decode(directory: &Path) -> Findings {
    let types = types();
    let mut findings = Findings::default();
    for file in files::files(directory) {
        let bytes = fs::read(directory.join(&file)).unwrap();
        let Ok(message) = Message::parse(bytes) else {
            findings.refused.push(file);
            continue;
        };
        for field in message.headers() {
            let is_typed = |name| types.iter().any(|(typed, _)| *typed == name);
            assert!(field.id().is_none_or(is_typed), "{file}: {} has no type", field.name());
        }
        for (name, check) in &types {
            let (decoded, errors) = check(&message);
            *findings.decoded.entry(name.as_str()).or_default() += decoded;
            for error in errors {
                let mut fields = message.header_all(*name);
                let field = fields
                    .find(|field| (field.offset()..=field.offset() + field.value().len()).contains(&error.offset()))
                    .expect("an error points into a line");
                let at = error.offset() - field.offset();
                findings.malformed.insert((file.clone(), name.as_str(), at));
            }
        }
    }
    findings
}

fn assert_malformed(findings: &Findings, table: Malformed) {
    let listed: BTreeSet<_> = table
        .iter()
        .map(|(file, name, at, _)| ((*file).to_owned(), *name, *at))
        .collect();
    assert_eq!(listed.len(), table.len(), "an entry stands twice");
    let found: Vec<_> = findings.malformed.difference(&listed).collect();
    assert!(found.is_empty(), "malformed and not listed: {found:#?}");
    let stale: Vec<_> = listed.difference(&findings.malformed).collect();
    assert!(stale.is_empty(), "listed and not malformed: {stale:#?}");
}

#[rustfmt::skip]
const FLOWS: Malformed = &[
    ("rfc3261/007-INVITE.sip", "Content-Disposition", 33, "the RFC prints no semicolon before `handling`"),
    ("rfc3261/009-INVITE.sip", "From", 7, "the RFC prints the inner message of its figure without `sip:`"),
    ("rfc3261/009-INVITE.sip", "To", 5, "the RFC prints the inner message of its figure without `sip:`"),
    ("rfc3327/005-200.sip", "Path", 61, "the RFC leaves out what follows, and prints ` . . .` as if it were a fold"),
    ("rfc3327/006-200.sip", "Path", 61, "the RFC leaves out what follows, and prints ` . . .` as if it were a fold"),
    ("rfc3327/007-200.sip", "Path", 61, "the RFC leaves out what follows, and prints ` . . .` as if it were a fold"),
    ("rfc3327/008-200.sip", "Path", 61, "the RFC leaves out what follows, and prints ` . . .` as if it were a fold"),
    ("rfc3665/003-REGISTER.sip", "Authorization", 53, "the RFC prints no comma before `nonce`"),
    ("rfc5626/003-NOTIFY.sip", "To", 1, "the RFC prints `<anonymous@example.com>` without `sip:`"),
    ("rfc7118/003-INVITE.sip", "Contact", 22, "the RFC breaks the line within the URI, where no white space may be"),
    ("rfc7118/005-INVITE.sip", "Contact", 22, "the RFC breaks the line within the URI, where no white space may be"),
];

#[test]
fn headers_of_the_call_flows() {
    let Some(corpus) = files::corpus() else { return };
    let findings = decode(&corpus.join("flows"));
    assert_eq!(findings.refused, [""; 0]);
    assert_malformed(&findings, FLOWS);
    for (name, least) in [
        ("Proxy-Authorization", 1),
        ("Authorization", 1),
        ("Path", 5),
        ("Accept-Language", 1),
    ] {
        assert!(findings.decoded[name] >= least, "{name}: {}", findings.decoded[name]);
    }
}

#[test]
fn headers_of_clients() {
    let Some(corpus) = files::corpus() else { return };
    let findings = decode(&corpus.join("clients"));
    assert_eq!(findings.refused, [""; 0]);
    assert_malformed(&findings, &[]);
    for (name, least) in [
        ("Proxy-Authorization", 1),
        ("Priority", 1),
        ("Content-Encoding", 1),
        ("Contact", 1),
    ] {
        assert!(findings.decoded[name] >= least, "{name}: {}", findings.decoded[name]);
    }
}

#[rustfmt::skip]
const TORTURE: Malformed = &[
    ("application/multi01.sip", "CSeq", 0, "stands a second time"),
    ("application/multi01.sip", "Call-ID", 0, "stands a second time"),
    ("application/multi01.sip", "From", 0, "stands a second time"),
    ("application/multi01.sip", "Max-Forwards", 0, "stands a second time"),
    ("application/multi01.sip", "To", 0, "stands a second time"),
    ("application/mcl01.sip", "Content-Length", 0, "stands a second time"),
    ("invalid/badaspec.sip", "To", 18, "spaces around the addr-spec in the brackets"),
    ("invalid/baddate.sip", "Date", 26, "EST is not GMT"),
    ("invalid/baddn.terminated.sip", "From", 4, "a comma in a display name without quotes"),
    ("invalid/baddn.terminated.sip", "To", 6, "a comma in a display name without quotes"),
    ("invalid/badinv01.sip", "Via", 25, "an element of semicolons and an empty one; those of the Contact do no harm"),
    ("invalid/ncl.sip", "Content-Length", 0, "-999 is no number of octets"),
    ("invalid/quotbal.sip", "To", 0, "the quote of the display name is never closed"),
    ("invalid/regbadct.sip", "Contact", 20, "a ? in a URI without brackets"),
    ("invalid/scalar02.sip", "CSeq", 0, "36893488147419103232 is beyond 32 bits"),
    ("invalid/scalar02.sip", "Expires", 0, "a number of a hundred digits is beyond 32 bits"),
    ("invalid/scalar02.sip", "Max-Forwards", 0, "300 is beyond 8 bits; such an `expires` of the Contact reads as absent"),
    ("invalid/scalarlg.sip", "CSeq", 0, "9292394834772304023312 is beyond 32 bits"),
    ("invalid/scalarlg.sip", "Retry-After", 0, "949302838503028349304023988 is beyond 32 bits"),
    ("invalid/scalarlg.sip", "Warning", 0, "1812 is no code of three digits"),
];

#[test]
fn headers_of_torture_messages() {
    let Some(corpus) = files::corpus() else { return };
    let findings = decode(&corpus.join("rfc4475"));
    let refused = [
        "extra/test.sip",
        "invalid/baddn.sip",
        "invalid/bigcode.sip",
        "invalid/trws.sip",
    ];
    assert_eq!(findings.refused, refused);
    assert_malformed(&findings, TORTURE);
}

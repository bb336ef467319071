//! Every message of the corpus has a stated outcome: RFC 4475's torture messages, the RFCs' call flows, and what real
//! clients sent.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read the corpus from disk, say loudly when it is not there and may panic"
)]

#[path = "support/files.rs"]
mod files;
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;
use sip_message::{
    Finding, HeaderErrorKind, HeaderName, Invalid, Message, Method, OddityKind, ParseErrorKind, StartLine,
    StreamDecoder, StreamError, StreamEvent, Uri,
    headers::{CSeq, Contact, ContentType, From, MaxForwards, To, Via},
};

use files::{corpus, files};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// What becomes of a message, in the words of the table: `refused` by `parse`, `invalid` with the status of
/// `validate`, accepted with a `malformed` header that only some elements look at, or `accepted`.
fn outcome(bytes: &[u8]) -> String {
    let message = match Message::parse(bytes.to_vec()) {
        Ok(message) => message,
        Err(error) => return format!("refused: {:?}", error.kind()),
    };
    assert!(bytes.starts_with(message.as_bytes()));
    let malformed = support::decode_all(&message);
    match message.validate() {
        Ok(()) if malformed.is_empty() => "accepted".to_owned(),
        Ok(()) => {
            let names: Vec<_> = malformed.iter().map(|error| error.name().as_str()).collect();
            format!("malformed: {}", names.join(" "))
        }
        Err(error) => {
            let what = match &error {
                Invalid::BodyTruncated { .. } => "body shorter than Content-Length".to_owned(),
                Invalid::CSeqMethod { .. } => "CSeq of another method".to_owned(),
                Invalid::Header(header) if header.kind() == HeaderErrorKind::Duplicate => {
                    format!("second {}", header.name())
                }
                Invalid::Header(header) => header.name().to_string(),
                Invalid::Missing(name) => format!("no {name}"),
                Invalid::RequestUri { .. } => "Request-URI".to_owned(),
                Invalid::Version { .. } => "version".to_owned(),
                _ => error.to_string(),
            };
            format!("invalid {}: {what}", error.status())
        }
    }
}

/// Name in the manifest, outcome, reason.
#[rustfmt::skip]
const TORTURE: &[(&str, &str, &str)] = &[
    // RFC 4475 section 3.1.1: valid messages.
    ("wsinv", "accepted", "folds, compact names, empty Subject and an unknown header of separators are grammar"),
    ("intmeth", "accepted", "every character that the grammar has in a method, a user part and a Call-ID"),
    ("esc01", "accepted", "escapes stand in user parts and parameters"),
    ("escnull", "accepted", "%00 is an octet like others"),
    ("esc02", "accepted", "% is a token character: method and header name are unknown, not escaped"),
    ("lwsdisp", "accepted", "no space before the bracket: a bug of the grammar in RFC 3261"),
    ("longreq", "accepted", "long values are within the limits"),
    ("dblreq", "accepted", "what follows the body of a datagram is not part of the message"),
    ("semiuri", "accepted", "a semicolon may stand in a user part"),
    ("transports", "accepted", "a Via may name any transport"),
    ("mpart01", "accepted", "a body holds any octet"),
    ("unreason", "accepted", "a reason phrase is UTF-8"),
    ("noreason", "accepted", "a reason phrase may be empty"),
    // Section 3.1.2: invalid messages.
    ("badinv01", "invalid 400: Via", "a Via with an element of semicolons; the empty parameters of Contact do no harm"),
    ("clerr", "invalid 400: body shorter than Content-Length", "the datagram ends before the body does"),
    ("ncl", "invalid 400: Content-Length", "-999 is no number of octets"),
    ("scalar02", "invalid 400: CSeq", "36893488147419103232 is beyond 32 bits"),
    ("scalarlg", "invalid 400: CSeq", "a CSeq of 9292394834772304023312; a response, so dropped"),
    ("quotbal", "invalid 400: To", "the quote of the display name is never closed"),
    ("ltgtruri", "invalid 400: Request-URI", "angle brackets around the Request-URI; inferring is what attackers need"),
    ("lwsruri", "invalid 400: Request-URI", "white space in the Request-URI"),
    ("lwsstart", "invalid 400: Request-URI", "two spaces in the Request-Line, so that the Request-URI begins with one"),
    ("trws", "refused: RequestLine", "a space behind the version, so that the version is empty"),
    ("escruri", "accepted", "the headers in the Request-URI are grammar; a proxy looks at them"),
    ("baddate", "malformed: Date", "EST is not GMT; only who needs the date cares"),
    ("regbadct", "malformed: Contact", "a ? in a URI without brackets; only a registrar needs the Contact"),
    ("badaspec", "invalid 400: To", "spaces around the addr-spec in the brackets"),
    ("baddn", "refused: Truncated", "the file ends before the empty line"),
    ("baddn.terminated", "invalid 400: From", "a comma in a display name without quotes"),
    ("badvers", "invalid 505: version", "SIP/7.0"),
    ("mismatch01", "invalid 400: CSeq of another method", "OPTIONS with an INVITE's CSeq"),
    ("mismatch02", "invalid 400: CSeq of another method", "an unknown method with an INVITE's CSeq"),
    ("bigcode", "refused: StatusLine", "4294967301 is no status code"),
    // Section 3.2: transactions.
    ("badbranch", "accepted", "the cookie alone is no unique branch; the transaction layer matches by RFC 2543"),
    // Section 3.3: the application layer.
    ("insuf", "invalid 400: no From", "no Call-ID, From and To"),
    ("unkscm", "accepted", "an unknown scheme is a URI; 416 is the element's answer"),
    ("novelsc", "accepted", "soap.beep is a scheme; 416 is the element's answer"),
    ("unksm2", "accepted", "schemes that only a registrar has to know"),
    ("bext01", "accepted", "420 is the element's answer"),
    ("invut", "accepted", "415 is the element's answer"),
    ("regaut01", "accepted", "an unknown authorization scheme is the authenticator's"),
    ("multi01", "invalid 400: second From", "headers that stand once stand twice"),
    ("mcl01", "invalid 400: second Content-Length", "two lengths that differ"),
    ("bcast", "accepted", "a 200 for somebody else; the transaction layer drops it"),
    ("zeromf", "accepted", "Max-Forwards 0 ends at the next proxy"),
    ("cparam01", "accepted", "a parameter of the Contact"),
    ("cparam02", "accepted", "a parameter of the URI in the Contact"),
    ("regescrt", "accepted", "an escaped header in the Contact's URI"),
    ("sdp01", "accepted", "406 is the element's answer"),
    // Section 3.4: RFC 2543.
    ("inv2543", "accepted", "no branch, no tag, no Max-Forwards and no Content-Length were right once"),
    // Not the RFC's.
    ("test", "refused: RequestLine", "no version in the Request-Line"),
];

#[test]
fn torture_messages_of_rfc_4475() {
    let Some(corpus) = corpus() else { return };
    let directory = corpus.join("rfc4475");
    let manifest = json(&directory.join("manifest.json"));
    let mut table: BTreeMap<&str, &str> = TORTURE.iter().map(|(name, outcome, _)| (*name, *outcome)).collect();
    assert_eq!(table.len(), TORTURE.len(), "a name stands twice in the table");
    let mut listed = BTreeSet::new();
    for entry in manifest["messages"].as_array().unwrap() {
        let text = |key: &str| entry[key].as_str().unwrap();
        let name = text("name");
        listed.insert(text("file").to_owned());
        let found = outcome(&fs::read(directory.join(text("file"))).unwrap());
        assert_eq!(table.remove(name), Some(found.as_str()), "{name}");

        // What the table says is what the RFC says.
        let is_accepted = found == "accepted" || found.starts_with("malformed");
        match text("parser") {
            "accept" => assert_eq!(found, "accepted", "{name}"),
            "reject" => assert!(!is_accepted, "{name}"),
            "either" => {}
            other => panic!("{name}: the parser is to do {other:?}"),
        }
        if matches!(text("verdict"), "must-reject" | "must-discard") {
            assert!(!is_accepted, "{name}");
        }
        let statuses: Vec<_> = entry["statuses"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        let status = found.strip_prefix("invalid ").and_then(|rest| rest.split(':').next());
        if let Some(status) = status
            && text("verdict") != "must-discard"
        {
            assert!(statuses.iter().any(|allowed| allowed == status), "{name}: {status}");
        }
    }
    assert!(table.is_empty(), "in the table and not in the manifest: {table:?}");
    assert_eq!(listed, files(&directory), "the manifest and the files");
}

/// A torture message that parses.
fn torture(corpus: &Path, file: &str) -> Message {
    Message::parse(fs::read(corpus.join("rfc4475").join(file)).unwrap()).unwrap()
}

#[test]
fn valid_torture_messages_say_what_the_rfc_says() {
    let Some(corpus) = corpus() else { return };
    let vias = |message: &Message| {
        message
            .typed_all::<Via>()
            .map(|via| via.unwrap().transport().to_owned())
            .collect()
    };

    let wsinv = torture(&corpus, "valid/wsinv.sip");
    let all: Vec<String> = vias(&wsinv);
    assert_eq!(all, ["UDP", "TCP", "UDP"]);
    assert_eq!(wsinv.typed::<Via>().unwrap().unwrap().branch(), Some("390skdjuw"));
    assert_eq!(wsinv.typed::<MaxForwards>().unwrap().unwrap().0, 68);
    assert_eq!(
        wsinv.typed::<CSeq>().unwrap(),
        Some(CSeq::new(9, Method::Invite).unwrap())
    );
    assert_eq!(wsinv.typed::<To>().unwrap().unwrap().tag(), Some("1918181833n"));
    let from = wsinv.typed::<From>().unwrap().unwrap();
    assert_eq!(from.0.display_name().unwrap(), r#"J Rosenberg \""#);
    assert_eq!(wsinv.header(HeaderName::SUBJECT).unwrap().value(), b"");
    let odd = wsinv
        .header(HeaderName::from_static("UnknownHeaderWithUnusualValue"))
        .unwrap();
    assert_eq!(odd.value(), b";;,,;;,;");

    let intmeth = torture(&corpus, "valid/intmeth.sip");
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(intmeth.method().unwrap().as_str(), method);
    assert_eq!(intmeth.typed::<CSeq>().unwrap().unwrap().method().as_str(), method);
    let to = intmeth.typed::<To>().unwrap().unwrap();
    assert_eq!(to.0.display_name().unwrap(), "BEL:\u{7} NUL:\0 DEL:\u{7f}");

    // Escapes are undone once.
    let esc01 = torture(&corpus, "valid/esc01.sip");
    let uri = esc01.request_uri().unwrap();
    assert_eq!(uri.as_sip().unwrap().user_unescaped().unwrap(), "sips:user@example.com");
    let contact = esc01.typed::<Contact>().unwrap().unwrap();
    let Some(Uri::Sip(uri)) = contact.uri() else {
        panic!("{contact}")
    };
    assert_eq!(uri.param("lr"), Some(None));
    assert_eq!(uri.param("name"), Some(Some("v%61lue%25%34%31")));

    let escnull = torture(&corpus, "valid/escnull.sip");
    let contacts: Vec<_> = escnull
        .typed_all::<Contact>()
        .map(|contact| contact.unwrap().uri().unwrap())
        .collect();
    assert_eq!(contacts.len(), 2);
    assert!(!contacts[0].equivalent(&contacts[1]));

    let esc02 = torture(&corpus, "valid/esc02.sip");
    assert!(matches!(esc02.method(), Some(Method::Other(_))));
    assert_eq!(esc02.header_all(HeaderName::CONTACT).count(), 2);

    let longreq = torture(&corpus, "valid/longreq.sip");
    let all: Vec<String> = vias(&longreq);
    assert_eq!(all.len(), 34);

    let semiuri = torture(&corpus, "valid/semiuri.sip");
    let uri = semiuri.request_uri().unwrap();
    assert_eq!(
        uri.as_sip().unwrap().user_unescaped().unwrap(),
        "user;par=u@example.net"
    );
    assert_eq!(uri.as_sip().unwrap().params().count(), 0);

    let all: Vec<String> = vias(&torture(&corpus, "valid/transports.sip"));
    assert_eq!(all, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);

    let mpart01 = torture(&corpus, "valid/mpart01.sip");
    assert_eq!(mpart01.body().len(), 553);
    assert!(mpart01.body().contains(&0));
    assert!(mpart01.typed::<ContentType>().unwrap().unwrap().is("multipart/mixed"));

    let noreason = torture(&corpus, "valid/noreason.sip");
    assert!(matches!(noreason.start_line(), StartLine::Response { reason: b"", .. }));
    let unreason = torture(&corpus, "valid/unreason.sip");
    let StartLine::Response { reason, .. } = unreason.start_line() else {
        panic!("{unreason}")
    };
    assert!(std::str::from_utf8(reason).unwrap().starts_with("= 2**3 * 5**2 но сто"));

    let contact = |file: &str| torture(&corpus, file).typed::<Contact>().unwrap().unwrap().to_string();
    assert_eq!(
        contact("application/cparam01.sip"),
        "<sip:+19725552222@gw1.example.net>;unknownparam"
    );
    assert_eq!(
        contact("application/cparam02.sip"),
        "<sip:+19725552222@gw1.example.net;unknownparam>"
    );
    let regescrt = torture(&corpus, "application/regescrt.sip");
    let contact = regescrt.typed::<Contact>().unwrap().unwrap();
    let headers: Vec<_> = contact.uri().unwrap().as_sip().unwrap().headers().collect();
    assert_eq!(headers, [("Route", Some("%3Csip:sip.example.com%3E"))]);

    let badbranch = torture(&corpus, "transaction/badbranch.sip");
    let via = badbranch.typed::<Via>().unwrap().unwrap();
    assert_eq!((via.branch(), via.unique_branch()), (Some("z9hG4bK"), None));
}

#[test]
fn two_requests_in_one_datagram_are_two_on_a_stream() {
    let Some(corpus) = corpus() else { return };
    let bytes = fs::read(corpus.join("rfc4475/valid/dblreq.sip")).unwrap();
    let datagram = Message::parse(bytes.clone()).unwrap();
    assert_eq!(
        (datagram.method(), bytes.len() - datagram.as_bytes().len()),
        (Some(Method::Register), 450)
    );
    let mut decoder = StreamDecoder::default();
    decoder.push(&bytes);
    let mut methods = Vec::new();
    let end = loop {
        match decoder.next_event() {
            Ok(Some(StreamEvent::Message(message))) => methods.push(message.method().unwrap().as_str().to_owned()),
            Ok(Some(event)) => assert_eq!(event, StreamEvent::Pong, "the CRLF between the two"),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    assert_eq!(methods, ["REGISTER", "INVITE"]);
    // The second says 150 and has 155 octets of body: what is left is no request.
    assert!(matches!(end, Some(StreamError::Parse(error)) if error.kind() == ParseErrorKind::RequestLine));
}

/// Flow, the headers that cannot be read, reason.
const MISPRINTS: &[(&str, &str, &str)] = &[
    (
        "rfc3261/009-INVITE.sip",
        "From To",
        "the RFC prints the inner message of its figure without `sip:`",
    ),
    (
        "rfc3261/007-INVITE.sip",
        "Content-Disposition",
        "the RFC prints no semicolon before `handling`",
    ),
    (
        "rfc3327/005-200.sip",
        "Path",
        "the RFC leaves out what follows, and prints ` . . .` as if it were a fold",
    ),
    (
        "rfc3327/006-200.sip",
        "Path",
        "the RFC leaves out what follows, and prints ` . . .` as if it were a fold",
    ),
    (
        "rfc3327/007-200.sip",
        "Path",
        "the RFC leaves out what follows, and prints ` . . .` as if it were a fold",
    ),
    (
        "rfc3327/008-200.sip",
        "Path",
        "the RFC leaves out what follows, and prints ` . . .` as if it were a fold",
    ),
    (
        "rfc3665/003-REGISTER.sip",
        "Authorization",
        "the RFC prints no comma before `nonce`",
    ),
    (
        "rfc5626/003-NOTIFY.sip",
        "To",
        "the RFC prints `<anonymous@example.com>` without `sip:`",
    ),
    (
        "rfc7118/003-INVITE.sip",
        "Contact",
        "the RFC breaks the line within the URI, which is no place for white space",
    ),
    (
        "rfc7118/005-INVITE.sip",
        "Contact",
        "the RFC breaks the line within the URI, which is no place for white space",
    ),
];

#[test]
fn call_flows_of_the_rfcs() {
    let Some(corpus) = corpus() else { return };
    let directory = corpus.join("flows");
    let manifest = json(&directory.join("manifest.json"));
    let mut misprints: BTreeMap<&str, &str> = MISPRINTS.iter().map(|(file, names, _)| (*file, *names)).collect();
    let mut listed = BTreeSet::new();
    for entry in manifest.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        listed.insert(file.to_owned());
        let bytes = fs::read(directory.join(file)).unwrap();
        let message = Message::parse(bytes.clone()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(message.as_bytes(), &bytes[..], "{file}");
        let body = entry["body_octets"]
            .as_u64()
            .map(|octets| usize::try_from(octets).unwrap());
        assert_eq!(Some(message.body().len()), body, "{file}");

        let malformed: BTreeSet<_> = support::decode_all(&message)
            .iter()
            .map(|error| error.name().as_str())
            .collect();
        let malformed: Vec<_> = malformed.into_iter().collect();
        assert_eq!(
            malformed.join(" "),
            misprints.remove(file).unwrap_or_default(),
            "{file}"
        );
        if !malformed.iter().any(|name| matches!(*name, "From" | "To")) {
            message.validate().unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
    assert!(misprints.is_empty(), "listed and not in the corpus: {misprints:?}");
    assert_eq!(listed.len(), 281);
    assert_eq!(listed, files(&directory), "the manifest and the files");
}

#[test]
fn messages_of_clients() {
    let Some(corpus) = corpus() else { return };
    let directory = corpus.join("clients");
    let files = files(&directory);
    let clients: BTreeSet<_> = files.iter().filter_map(|file| file.split(['/', '-']).next()).collect();
    assert_eq!(
        clients.into_iter().collect::<Vec<_>>(),
        ["baresip", "linphone", "npm", "twinkle"]
    );
    for file in files {
        let bytes = fs::read(directory.join(&file)).unwrap();
        let message = Message::parse(bytes.clone()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(message.as_bytes(), &bytes[..], "{file}");
        message.validate().unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(support::decode_all(&message), [], "{file}");
        for finding in message.findings() {
            let is_unframed = matches!(&finding, Finding::Odd(odd) if odd.kind() == MISSING_LENGTH);
            assert!(is_unframed && file.contains("-udp"), "{file}: {finding}");
        }
    }
}

/// What some clients leave out of a datagram, as they may.
const MISSING_LENGTH: OddityKind = OddityKind::Missing(HeaderName::CONTENT_LENGTH);

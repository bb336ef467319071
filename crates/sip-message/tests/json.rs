//! The JSON view of messages: golden files, and that nothing of a message is lost in it.
//!
//! A golden file is compared as text, so that names and order of the fields are pinned. Where a change is meant, write the
//! file again by hand: `decode --pretty` prints it, but for the line with the name of the file.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read files, say loudly when the corpus is not there and may panic"
)]

#[path = "support/files.rs"]
mod files;

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;
use sip_message::Message;

use files::{corpus, files};

/// The bytes of a text of the view.
fn bytes(text: &Value) -> Vec<u8> {
    match text {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Object(object) => object["hex"]
            .as_str()
            .unwrap()
            .as_bytes()
            .chunks(2)
            .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
            .collect(),
        other => panic!("{other}"),
    }
}

/// The message that the view is of, from what the documentation of the module says.
fn message(view: &Value) -> Vec<u8> {
    let line = &view["start_line"];
    let mut out = match (&line["line"], &line["method"]) {
        (Value::Null, Value::String(method)) => {
            let version = line["version"].as_str().unwrap();
            [
                method.as_bytes(),
                b" ",
                &bytes(&line["uri"]["text"]),
                b" ",
                version.as_bytes(),
                b"\r\n",
            ]
            .concat()
        }
        (Value::Null, _) => {
            let start = format!(
                "{} {:03} ",
                line["version"].as_str().unwrap(),
                line["status"].as_u64().unwrap()
            );
            [start.as_bytes(), &bytes(&line["reason"]), b"\r\n"].concat()
        }
        (line, _) => bytes(line),
    };
    out.extend(headers(&view["headers"]));
    out.extend(b"\r\n");
    assert_eq!(view["body"]["offset"], out.len(), "{view}");
    out.extend(bytes(&view["body"]["content"]));
    out
}

fn headers(headers: &Value) -> Vec<u8> {
    let line = |header: &Value| match &header["line"] {
        Value::Null => [
            bytes(&header["name"]),
            b": ".to_vec(),
            bytes(&header["value"]),
            b"\r\n".to_vec(),
        ]
        .concat(),
        line => bytes(line),
    };
    headers.as_array().unwrap().iter().flat_map(line).collect()
}

/// Parts stand where they say they do, at any depth.
fn parts(body: &Value) {
    let content = bytes(&body["content"]);
    for part in body["parts"].as_array().into_iter().flatten() {
        let at = usize::try_from(part["offset"].as_u64().unwrap()).unwrap();
        let start = at + usize::try_from(part["body"]["offset"].as_u64().unwrap()).unwrap();
        let inner = bytes(&part["body"]["content"]);
        assert_eq!(content[start..start + inner.len()], inner);
        assert!(content[at..].starts_with(&headers(&part["headers"])), "{part}");
        parts(&part["body"]);
    }
}

#[test]
fn golden_files() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json");
    let mut checked = 0;
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sip") {
            let message = Message::parse(fs::read(&path).unwrap()).unwrap();
            let expected = fs::read_to_string(path.with_extension("json")).unwrap();
            let found = serde_json::to_string_pretty(&message.view()).unwrap();
            assert_eq!(found, expected.trim_end(), "{}", path.display());
            checked += 1;
        }
    }
    assert_eq!(checked, 6);
}

#[test]
fn nothing_of_the_corpus_is_lost() {
    let Some(corpus) = corpus() else { return };
    let mut shown = 0;
    for directory in ["rfc4475", "flows", "clients"] {
        let directory = corpus.join(directory);
        for file in files(&directory) {
            let Ok(parsed) = Message::parse(fs::read(directory.join(&file)).unwrap()) else {
                continue;
            };
            let view: Value = serde_json::from_str(&serde_json::to_string(&parsed.view()).unwrap()).unwrap();
            assert_eq!(message(&view), parsed.as_bytes()[..], "{file}");
            assert_eq!(view["valid"], parsed.validate().is_ok(), "{file}");
            assert_eq!(
                view["problems"].as_array().unwrap().len(),
                parsed.findings().len(),
                "{file}"
            );
            parts(&view["body"]);
            shown += 1;
        }
    }
    // All flows, the torture messages that can be read, and what clients sent.
    assert!(shown > 281 + 40, "{shown} messages");
}

#[test]
fn what_is_written_oddly_is_not_lost() {
    for text in [
        &b"\r\n\r\nOPTIONS sip:a@b SIP/2.0\r\nA:b\r\nC :  d \r\nE:\r\n f\r\n\r\nbody"[..],
        b"SIP/2.0 200 \xff\r\nX: \xfe\xff \r\nContent-Length: 2\r\n\r\n\x80\x81",
        b"OPTIONS \xff SIP/2.0\r\n\r\n",
    ] {
        let parsed = Message::parse(text).unwrap();
        let view = serde_json::to_value(parsed.view()).unwrap();
        assert_eq!(message(&view), text, "{view}");
    }
    let message = Message::parse(&b"OPTIONS \xff SIP/2.0\r\nX: \xfe\r\n\r\n"[..]).unwrap();
    let view = serde_json::to_value(message.view()).unwrap();
    assert_eq!(view["start_line"]["uri"]["text"]["hex"], "ff");
    assert_eq!(view["start_line"]["uri"]["error"]["offset"], 8);
    assert_eq!(view["headers"][0]["value"]["hex"], "fe");
}

/// Readers of JSON take the last of two members with one name.
#[test]
fn a_parameter_that_stands_twice_is_told_once() {
    let message = Message::parse(
        "OPTIONS sip:a@b SIP/2.0\r\nFrom: <sip:a@b>;Tag=1;x;tag=2\r\nAuthorization: Digest nonce=\"1\", NONCE=\"2\"\r\n\r\n",
    )
    .unwrap();
    let text = serde_json::to_string(&message.view()).unwrap();
    assert!(text.contains(r#""params":{"Tag":"1","x":null}"#), "{text}");
    assert!(text.contains(r#""params":{"nonce":"1"}"#), "{text}");
}

/// Lines of a header section that are headers, with values that may be anything.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let names = select(vec![
        "Via",
        "v",
        "From",
        "To",
        "Call-ID",
        "CSeq",
        "Contact",
        "Route",
        "Authorization",
        "Content-Type",
        "c",
        "Content-Length",
        "Expires",
        "Subject",
        "X-Y",
    ]);
    let colons = select(vec![": ", ":", " : ", ":\t", ":\r\n "]);
    let pieces: Vec<&[u8]> = vec![
        b"SIP/2.0/UDP a.test",
        b";branch=1",
        b"<sip:a@b.test>",
        b"sip:a@b.test",
        b";transport=tcp",
        b", ",
        b"\r\n ",
        b"\"",
        b"\\",
        b"\xff",
        b"\x1b",
        "\u{ac00}".as_bytes(),
        b"Digest qop=\"auth\"",
        b"multipart/mixed;boundary=x",
        b"1",
        b" ",
    ];
    let values = vec(select(pieces), 0..5).prop_map(|pieces| pieces.concat());
    let line = (names, colons, values, select(vec!["\r\n", " \r\n"]));
    let line =
        line.prop_map(|(name, colon, value, end)| [name.as_bytes(), colon.as_bytes(), &value, end.as_bytes()].concat());
    vec(line, 0..12).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn nothing_of_any_message_is_lost(
        start in select(vec!["OPTIONS sip:a@b.test?a=b sip/2.0", "OPTIONS < SIP/2.0", "SIP/2.0 200", "\r\nSIP/2.0 404 No"]),
        lines in lines(),
        body in select(vec![&b""[..], b"--x\r\n\r\na\r\n--x--", b"--x\r\nA: b\r\n\r\n\xff", b"\xfe"]),
    ) {
        let text = [start.as_bytes(), b"\r\n", &lines, b"\r\n", body].concat();
        if let Ok(parsed) = Message::parse(text) {
            let view = serde_json::to_value(parsed.view()).unwrap();
            prop_assert_eq!(message(&view), &parsed.as_bytes()[..]);
            parts(&view["body"]);
            let length = parsed.as_bytes().len();
            for finding in parsed.findings() {
                prop_assert!(finding.offset().is_none_or(|offset| offset <= length), "{finding}");
                prop_assert!(finding.section().contains(" section "), "{finding}");
            }
        }
    }
}

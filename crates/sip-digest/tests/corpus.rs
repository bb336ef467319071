//! Known answers: the vectors of RFCs and other stacks, and what real clients sent on the wire.
#![expect(clippy::disallowed_methods, reason = "tests read the corpus from disk")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sip_digest::{Algorithm, Answer, Challenge, Credentials, Ha1, Named, NonceCount, Password, Qop, UriPolicy};

/// The corpus, or nothing where it is absent, which is said loudly and is a failure in CI.
fn corpus(part: &str) -> Option<PathBuf> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned();
    let path = Path::new(&std::env::var("SIP_CORPUS").unwrap_or_else(|_| default())).join(part);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "the corpus must be there in CI: {}",
        path.display()
    );
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: no corpus at {}; set SIP_CORPUS",
        path.display()
    );
    None
}

/// What a vector is here, by what it needs.
#[derive(Debug, PartialEq)]
enum Kind {
    /// MD5 with qop auth or none.
    Now,
    /// Right, but another algorithm or auth-int, which are read and refused.
    Later,
    /// The RFC prints a response that does not follow from the inputs.
    WrongAsPrinted,
}

fn kind(vector: &Value) -> Kind {
    let text = |name: &str| vector[name].as_str();
    let known = matches!(text("algorithm"), None | Some("MD5")) && matches!(text("qop"), None | Some("auth"));
    match (vector["verified"].as_bool(), known) {
        (Some(true), true) => Kind::Now,
        (Some(true), false) => Kind::Later,
        _ => Kind::WrongAsPrinted,
    }
}

/// The credentials of a vector as a client would write them.
fn header(vector: &Value) -> String {
    let quoted = |name: &str| {
        vector[name]
            .as_str()
            .map(|text| format!(", {name}=\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
    };
    let token = |name: &str| vector[name].as_str().map(|text| format!(", {name}={text}"));
    let parts = [
        quoted("realm"),
        quoted("nonce"),
        quoted("uri"),
        quoted("response"),
        quoted("cnonce"),
        quoted("opaque"),
        token("algorithm"),
        token("qop"),
        token("nc"),
    ];
    let username = vector["username"].as_str().expect("a vector has a username");
    format!(
        "Digest username=\"{username}\"{}",
        parts.into_iter().flatten().collect::<String>()
    )
}

fn ha1(vector: &Value) -> Ha1 {
    match (vector["ha1"].as_str(), vector["password"].as_str()) {
        (Some(stored), _) => Ha1::from_hex(Algorithm::Md5, stored).expect("a stored HA1 is hexadecimal"),
        (None, password) => Ha1::new(
            Algorithm::Md5,
            vector["username"].as_str().expect("a vector has a username"),
            vector["realm"].as_str().expect("a vector has a realm"),
            &Password::new(password.expect("a vector has a password or an HA1")),
        ),
    }
}

#[test]
fn every_vector_has_its_outcome() {
    let Some(path) = corpus("digest/vectors.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let (mut now, mut later, mut wrong) = (0, Vec::new(), Vec::new());
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let method = vector["method"].as_str().unwrap();
        let credentials = Credentials::parse(&header(vector)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let right = credentials.is_right(&ha1(vector), method);
        match kind(vector) {
            Kind::Now => {
                now += 1;
                assert!(right, "{name}");
                assert_eq!(*ha1(vector).to_hex(), vector["ha1_final"].as_str().unwrap(), "{name}");
                assert_eq!(
                    answered(vector).response(),
                    vector["response"].as_str().unwrap(),
                    "{name}"
                );
            }
            Kind::Later => {
                assert!(!right, "{name}: read as something that it is not");
                let unknown = matches!(credentials.algorithm(), Some(Named::Unknown(_)))
                    || matches!(credentials.qop(), Some(Named::Unknown(_)));
                assert!(unknown, "{name}");
                later.push(name);
            }
            Kind::WrongAsPrinted => {
                assert!(!right, "{name}");
                wrong.push(name);
            }
        }
    }
    assert_eq!(
        later,
        [
            "rfc7616-3.9.1-sha256",                  // SHA-256
            "rfc7616-3.9.2-sha512-256-erratum-4897", // SHA-512-256, userhash
            "draft-smith-3.4",                       // MD5-sess
            "draft-smith-3.5",                       // auth-int
            "draft-smith-3.6",                       // MD5-sess, auth-int
            "php-sip-auth-int-empty-body",           // auth-int
            "jssip-auth-int-empty",                  // auth-int
            "jssip-auth-int-body",                   // auth-int
            "belle-sip-sha256-auth",                 // SHA-256
            "sipsorcery-sha256",                     // SHA-256
            "sofia-auth-int-xpidf",                  // auth-int
            "opensips-sha256-no-qop",                // SHA-256
        ]
    );
    assert_eq!(wrong, ["rfc2069-2.4-as-printed", "rfc7616-3.9.2-sha512-256-as-printed"]);
    assert_eq!((now, vectors.len()), (28, 42));
}

/// The client's way to the same response. Where a client wrote a count of other than eight digits, the response is read
/// instead, because this crate does not write such counts.
fn answered(vector: &Value) -> Credentials {
    let text = |name: &str| vector[name].as_str();
    let challenge = Challenge::new(text("realm").expect("a realm"), text("nonce").expect("a nonce"))
        .expect("vectors have no line breaks");
    let challenge = match text("qop") {
        Some(_) => challenge.with_qop([Qop::Auth]),
        None => challenge,
    };
    let digits = text("nc").unwrap_or("00000001");
    if digits.len() != 8 {
        return Credentials::parse(&header(vector)).expect("it was read before");
    }
    let count = u32::from_str_radix(digits, 16).expect("a count is hexadecimal");
    let ha1 = ha1(vector);
    let answer = Answer::new(
        text("username").expect("a username"),
        &ha1,
        text("method").expect("a method"),
        text("uri").expect("a uri"),
        count,
        text("cnonce").unwrap_or_default(),
    );
    challenge.answer(&answer).expect("the challenge is one of ours")
}

/// sofia-sip's test carries a response that its server has to refuse.
#[test]
fn the_wrong_response_of_sofia_is_refused() {
    let Some(path) = corpus("digest/vectors.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let mut vector = file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["name"] == "sofia-test1")
        .unwrap()
        .clone();
    let method = vector["method"].as_str().unwrap().to_owned();
    assert!(
        Credentials::parse(&header(&vector))
            .unwrap()
            .is_right(&ha1(&vector), &method)
    );
    vector["response"] = "e86db25d96713482e35378504caaba6b".into();
    assert!(
        !Credentials::parse(&header(&vector))
            .unwrap()
            .is_right(&ha1(&vector), &method)
    );
}

/// What linphone, baresip, twinkle and SIP.js signed is right for the request that they signed it in.
#[test]
fn real_clients_verify() {
    let Some(path) = corpus("clients") else {
        return;
    };
    let (mut verified, mut signed_exactly, mut by_client) = (0, 0, Vec::new());
    for file in files(&path) {
        let bytes = fs::read(&file).unwrap();
        let message = String::from_utf8_lossy(&bytes);
        let start: Vec<&str> = message.split(' ').collect();
        for (name, value) in headers(&message) {
            if !["authorization", "proxy-authorization"].contains(&name.as_str()) {
                continue;
            }
            let place = file.display();
            let credentials = Credentials::parse(&value).unwrap_or_else(|error| panic!("{place}: {error}"));
            let user = credentials.username();
            assert!(["alice", "bob", "carol"].contains(&user), "{place}");
            assert_eq!(credentials.realm(), "example.test", "{place}");
            let ha1 = Ha1::new(
                Algorithm::Md5,
                user,
                "example.test",
                &Password::new(format!("{user}pw")),
            );
            assert!(credentials.is_right(&ha1, start[0]), "{place}");
            assert!(!credentials.is_right(&ha1, "OPTIONS"), "{place}");
            assert!(UriPolicy::default().allows(credentials.uri(), start[1]), "{place}");
            signed_exactly += usize::from(UriPolicy::Exact.allows(credentials.uri(), start[1]));
            assert!(
                matches!(credentials.nc().map(NonceCount::value), Some(1..=2)),
                "{place}"
            );
            assert_eq!(
                Credentials::parse(&credentials.to_string()).as_ref(),
                Ok(&credentials),
                "{place}"
            );
            verified += 1;
            let client = file
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if !by_client.contains(&client) {
                by_client.push(client);
            }
        }
    }
    assert_eq!((verified, signed_exactly), (101, 101));
    by_client.sort();
    assert_eq!(
        by_client,
        [
            "baresip-tcp",
            "baresip-udp",
            "linphone-udp",
            "linphone-udp-cpim",
            "linphone-udp-gruu",
            "npm-sipjs",
            "twinkle-udp"
        ]
    );
}

/// The challenges and credentials that RFCs print in their call flows, folds and all. Their responses are invented, so
/// they are only read, written and read again. Two are printed wrong: one has no comma after its realm, one has a qop and
/// no cnonce.
#[test]
fn printed_flows_are_read() {
    let Some(path) = corpus("flows") else { return };
    let (mut challenges, mut answers, mut malformed) = (0, 0, Vec::new());
    for file in files(&path) {
        let bytes = fs::read(&file).unwrap();
        let place = file.strip_prefix(&path).unwrap().display();
        for (name, value) in headers(&String::from_utf8_lossy(&bytes)) {
            match name.as_str() {
                "www-authenticate" | "proxy-authenticate" => {
                    let challenge = Challenge::parse(&value).unwrap_or_else(|error| panic!("{place}: {error}"));
                    assert_eq!(Challenge::parse(&challenge.to_string()), Ok(challenge), "{place}");
                    challenges += 1;
                }
                "authorization" | "proxy-authorization" => match Credentials::parse(&value) {
                    Ok(credentials) => {
                        assert_eq!(Credentials::parse(&credentials.to_string()), Ok(credentials), "{place}");
                        answers += 1;
                    }
                    Err(error) => malformed.push(format!("{place}: {error}")),
                },
                _ => {}
            }
        }
    }
    assert_eq!(
        malformed,
        [
            "rfc3665/003-REGISTER.sip: no comma after a parameter (RFC 3261 section 25.1) at byte 54",
            "rfc3665/005-REGISTER.sip: no parameter cnonce (RFC 2617 section 3.2) at byte 202",
        ]
    );
    assert_eq!((challenges, answers), (8, 23));
}

/// The headers of a message: names in lower case, values with their folds.
fn headers(message: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in message.split("\r\n").skip(1).take_while(|line| !line.is_empty()) {
        match (line.starts_with([' ', '\t']), found.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => *value = format!("{value}\r\n{line}"),
            (_, _, Some((name, value))) => {
                found.push((name.trim().to_ascii_lowercase(), value.to_owned()));
            }
            _ => {}
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus can be listed") {
        let path = entry.expect("the corpus can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

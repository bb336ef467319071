//! Known answers: the vectors of RFCs and other stacks, and what real clients sent on the wire.
#![expect(clippy::disallowed_methods, reason = "tests read the corpus from disk")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sip_digest::{
    Algorithm, Answer, AuthenticationInfo, Challenge, Credentials, Ha1, NonceCount, ParseErrorKind, Password, Qop,
    UriPolicy,
};

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

fn algorithm(vector: &Value) -> Algorithm {
    let name = vector["algorithm"].as_str().unwrap_or("MD5");
    Algorithm::from_name(name).expect("every algorithm of the vectors is known")
}

fn body(vector: &Value) -> &[u8] {
    vector["body"].as_str().unwrap_or_default().as_bytes()
}

fn ha1(vector: &Value) -> Ha1 {
    match (vector["ha1"].as_str(), vector["password"].as_str()) {
        (Some(stored), _) => Ha1::from_hex(algorithm(vector), stored).expect("a stored HA1 is hexadecimal"),
        (None, password) => Ha1::new(
            algorithm(vector),
            vector["username"].as_str().expect("a vector has a username"),
            vector["realm"].as_str().expect("a vector has a realm"),
            &Password::new(password.expect("a vector has a password or an HA1")),
        ),
    }
}

/// Every vector that somebody else computed and that follows from its inputs is right, read and answered; what an RFC
/// prints wrong is wrong.
#[test]
fn every_vector_has_its_outcome() {
    let Some(path) = corpus("digest/vectors.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let (mut verified, mut wrong, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let method = vector["method"].as_str().unwrap();
        let value = header(vector);
        let credentials = Credentials::parse(&value).unwrap_or_else(|error| panic!("{name}: {error}"));
        let ha1 = ha1(vector);
        let right = credentials.is_right(&ha1, method, body(vector));
        if vector["verified"] != true {
            assert!(!right, "{name}");
            wrong.push(name);
            continue;
        }
        verified.push(name);
        assert!(right, "{name}");
        assert!(!credentials.is_right(&ha1, "OTHER", body(vector)), "{name}");
        if !algorithm(vector).is_session() {
            assert_eq!(*ha1.to_hex(), vector["ha1_final"].as_str().unwrap(), "{name}");
        }
        assert_eq!(
            answered(vector).response(),
            vector["response"].as_str().unwrap(),
            "{name}"
        );
        if let Some(rspauth) = vector["rspauth"].as_str() {
            let info = AuthenticationInfo::confirming(&credentials, &ha1, b"").unwrap();
            assert_eq!(info.rspauth(), Some(rspauth), "{name}");
            proofs.push(name);
        }
    }
    assert_eq!(
        verified,
        [
            "rfc2617-3.5",
            "rfc7616-3.9.1-md5",
            "rfc7616-3.9.1-sha256",
            "rfc7616-3.9.2-sha512-256-erratum-4897",
            "rfc5090-6-sip-invite",
            "rfc5090-6-http-get",
            "draft-smith-3.1",
            "draft-smith-3.2",
            "draft-smith-3.3",
            "draft-smith-3.4",
            "draft-smith-3.5",
            "draft-smith-3.6",
            "php-sip-auth-int-empty-body",
            "jssip-no-qop",
            "jssip-auth",
            "jssip-auth-int-empty",
            "jssip-auth-int-body",
            "rsip-mufasa-register",
            "belle-sip-md5",
            "belle-sip-md5-auth",
            "belle-sip-sha256-auth",
            "sipsorcery-1",
            "sipsorcery-punct-password",
            "sipsorcery-punct-password-2",
            "sipsorcery-4",
            "sipsorcery-5",
            "sipsorcery-aol",
            "sipsorcery-aol-2",
            "sipsorcery-onsip",
            "sipsorcery-lowercase-scheme",
            "sipsorcery-sha256",
            "ezk-md5-no-qop",
            "sofia-indigo",
            "sofia-saturday",
            "sofia-worldcom",
            "sofia-etri",
            "sofia-test1",
            "sofia-auth-int-xpidf",
            "re-ha1-register",
            "opensips-sha256-no-qop",
        ]
    );
    assert_eq!(wrong, ["rfc2069-2.4-as-printed", "rfc7616-3.9.2-sha512-256-as-printed"]);
    assert_eq!(proofs, ["rfc5090-6-sip-invite", "rfc5090-6-http-get"]);
    assert_eq!(vectors.len(), verified.len() + wrong.len());
}

/// The client's way to the same response. Where a client wrote a count of other than eight digits, the response is read
/// instead, because this crate does not write such counts.
fn answered(vector: &Value) -> Credentials<'static> {
    let text = |name: &str| vector[name].as_str();
    let mut challenge = Challenge::new(text("realm").expect("a realm"), text("nonce").expect("a nonce"))
        .expect("vectors have no line breaks")
        .with_qop(text("qop").and_then(Qop::from_name));
    if text("algorithm").is_some() {
        challenge = challenge.with_algorithm(algorithm(vector));
    }
    let digits = text("nc").unwrap_or("00000001");
    if digits.len() != 8 {
        return Credentials::parse(&header(vector))
            .expect("it was read before")
            .into_owned();
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
    let answer = answer.with_body(body(vector));
    challenge.answer(&answer).expect("the challenge is one of ours")
}

/// RFC 7616 section 3.9.2 with its erratum, from the challenge that it prints to the hashed name, and the HA1s that
/// other stacks print.
#[test]
fn names_and_secrets_hash_as_printed() {
    let Some(path) = corpus("digest/vectors.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let hashed: Vec<_> = vectors.iter().filter(|vector| vector["userhash"] == true).collect();
    let names: Vec<_> = hashed.iter().map(|vector| vector["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "rfc7616-3.9.2-sha512-256-as-printed",
            "rfc7616-3.9.2-sha512-256-erratum-4897"
        ]
    );
    let right = hashed[1];
    let text = |name: &str| right[name].as_str().unwrap();
    let userhash = Algorithm::Sha512_256.userhash(text("username"), text("realm"));
    assert_eq!(userhash, text("userhash_value"));
    let challenge = Challenge::parse(&format!(
        "Digest realm=\"{}\", qop=\"auth\", algorithm=SHA-512-256, nonce=\"{}\", opaque=\"{}\", charset=UTF-8, \
         userhash=true",
        text("realm"),
        text("nonce"),
        text("opaque")
    ))
    .unwrap();
    let ha1 = ha1(right);
    let answer = Answer::new(text("username"), &ha1, text("method"), text("uri"), 1, text("cnonce"));
    let credentials = challenge.answer(&answer).unwrap();
    assert_eq!(
        (credentials.username(), credentials.is_userhash()),
        (userhash.as_str(), true)
    );
    assert_eq!(credentials.response(), text("response"));

    let mut sessions = 0;
    let stored = file["ha1_vectors"].as_array().unwrap();
    for vector in stored {
        let text = |name: &str| vector[name].as_str().unwrap();
        let algorithm = Algorithm::from_name(text("alg")).unwrap();
        if algorithm.is_session() {
            // What is printed is the key of the session, which this crate does not show: its unit test has this vector.
            sessions += 1;
            continue;
        }
        let ha1 = Ha1::new(
            algorithm,
            text("username"),
            text("realm"),
            &Password::new(text("password")),
        );
        assert_eq!(*ha1.to_hex(), text("ha1"), "{vector}");
    }
    assert_eq!((stored.len(), sessions), (6, 1));
}

/// The header values that other stacks' tests read, and what becomes of them here.
#[test]
fn header_inputs_have_their_outcome() {
    let Some(path) = corpus("digest/vectors.json") else {
        return;
    };
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let outcomes: Vec<_> = file["header_inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| {
            let value = input["value"].as_str().unwrap();
            let challenge = Challenge::parse(value).map_err(|error| error.kind());
            let credentials = Credentials::parse(value).map_err(|error| error.kind());
            (
                challenge.map(|challenge| challenge.realm().to_owned()),
                credentials.map(|c| c.username().to_owned()),
            )
        })
        .collect();
    use ParseErrorKind as K;
    let challenge = |realm: &str| (Ok(realm.to_owned()), Err(K::MissingParameter("username")));
    assert_eq!(
        outcomes,
        [
            // A comma is missing: re bears with that, the grammar does not.
            (Err(K::ExpectedComma), Err(K::ExpectedComma)),
            challenge("creytiv.com"),
            (Err(K::NotDigest), Err(K::NotDigest)),
            (Ok("garage.sr.ntc.nokia.com".to_owned()), Ok("digest".to_owned())),
            // It has no response; what is quoted in it is read.
            (
                Ok("testrealm@host.com".to_owned()),
                Err(K::MissingParameter("response"))
            ),
            challenge("IndigoSw"),
            challenge("nokia-proxy"),
        ]
    );
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
            .is_right(&ha1(&vector), &method, b"")
    );
    vector["response"] = "e86db25d96713482e35378504caaba6b".into();
    assert!(
        !Credentials::parse(&header(&vector))
            .unwrap()
            .is_right(&ha1(&vector), &method, b"")
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
            assert!(credentials.is_right(&ha1, start[0], b""), "{place}");
            assert!(!credentials.is_right(&ha1, "OPTIONS", b""), "{place}");
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
            "rfc3665/005-REGISTER.sip: no parameter cnonce (RFC 7616 sections 3.3, 3.4) at byte 202",
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

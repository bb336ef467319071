//! What holds for every input.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use sip_digest::{
    Algorithm, Answer, Attempt, Challenge, Challenger, Client, Credentials, Ha1, NonceKey, Password, Qop, Rejection,
    UriPolicy, Verifier, VerifierConfig,
};

const URI: &str = "sip:example.test";

/// Any text that a quoted-string can hold, with what is hard in it drawn often.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(
            prop_oneof![
                Just('"'),
                Just('\\'),
                Just(','),
                Just('='),
                Just(' '),
                Just('\t'),
                Just('\0'),
                Just('\u{7f}'),
                Just('한'),
                any::<char>().prop_filter("no line break", |c| !matches!(c, '\r' | '\n')),
            ],
            0..24
        )
        .prop_map(String::from_iter),
        "[a-zA-Z0-9]{0,32}",
    ]
}

fn challenge() -> impl Strategy<Value = Challenge> {
    (
        text(),
        text(),
        proptest::option::of(text()),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(realm, nonce, opaque, stale, algorithm, qop)| {
            let mut challenge = Challenge::new(realm, nonce).expect("no line break").with_stale(stale);
            if let Some(opaque) = opaque {
                challenge = challenge.with_opaque(opaque).expect("no line break");
            }
            if algorithm {
                challenge = challenge.with_algorithm(Algorithm::Md5);
            }
            if qop {
                challenge.with_qop([Qop::Auth])
            } else {
                challenge
            }
        })
}

/// Text that looks like a header value, so that more than its first byte is read.
fn almost_a_value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Digest ".to_owned()),
        Just(", ".to_owned()),
        Just("\r\n ".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        "(realm|nonce|nc|qop|uri|username|response|cnonce|stale|algorithm|opaque|x)=",
        "\"[ -~]{0,8}\"",
        "[!-~]{0,8}",
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| format!("Digest {}", pieces.concat()))
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn verifier() -> Verifier {
    Verifier::new(VerifierConfig::new("example.test"), NonceKey::new([9; 32])).expect("the realm has no line break")
}

proptest! {
    #[test]
    fn a_written_challenge_reads_back(challenge in challenge()) {
        let written = challenge.to_string();
        prop_assert!(!written.contains(['\r', '\n']));
        prop_assert_eq!(Challenge::parse(&written), Ok(challenge));
    }

    #[test]
    fn written_credentials_read_back_and_are_right(
        challenge in challenge(), user in text(), password in any::<String>(), method in "[A-Z]{1,10}",
        uri in text(), count in any::<u32>(), cnonce in text(),
    ) {
        let ha1 = Ha1::new(Algorithm::Md5, &user, challenge.realm(), &Password::new(password));
        let credentials = challenge.answer(&Answer::new(&user, &ha1, &method, &uri, count, &cnonce)).unwrap();
        let written = credentials.to_string();
        prop_assert!(!written.contains(['\r', '\n']));
        let read = Credentials::parse(&written);
        prop_assert_eq!(read.as_ref(), Ok(&credentials));
        prop_assert!(read.unwrap().is_right(&ha1, &method));
        let other_method = format!("{method}X");
        prop_assert!(!credentials.is_right(&ha1, &other_method));
    }

    /// Whatever was read is written in a form that reads as the same: nothing is lost on the way.
    #[test]
    fn what_is_read_writes_back(value in prop_oneof![any::<String>(), almost_a_value()]) {
        for value in [value.clone(), format!("{value}, realm=r, nonce=n, username=u, uri=\"sip:r\", response=\"\"")] {
            if let Ok(challenge) = Challenge::parse(&value) {
                prop_assert_eq!(Challenge::parse(&challenge.to_string()), Ok(challenge));
            }
            match Credentials::parse(&value) {
                Ok(credentials) => {
                    prop_assert_eq!(Credentials::parse(&credentials.to_string()), Ok(credentials.clone()));
                    let mut server = verifier();
                    let decoy = server.decoy(credentials.username());
                    prop_assert!(server.verify(&credentials, &decoy, "REGISTER", URI, now()).is_err());
                }
                Err(error) => prop_assert!(error.offset() <= value.len()),
            }
        }
    }

    #[test]
    fn no_uri_breaks_a_policy(a in any::<String>(), b in "(sip|SIPS|im|tel):[a-z@:;?\\[\\].]{0,12}") {
        for policy in [UriPolicy::Exact, UriPolicy::SameHost, UriPolicy::Off] {
            prop_assert!(policy.allows(&a, &a) && policy.allows(&b, &b));
            prop_assert_eq!(policy.allows(&a, &b), policy.allows(&b, &a));
        }
    }

    /// Change one character of what is signed, and it no longer passes; leave it, and it passes once.
    #[test]
    fn every_change_is_noticed(
        field in prop_oneof![Just("response"), Just("nonce"), Just("nc"), Just("cnonce"), Just("uri"), Just("realm")],
        at in any::<prop::sample::Index>(), to in "[0-9a-f]", count in 1_u32..,
    ) {
        let mut server = verifier();
        let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
        let challenge = server.challenge(now(), false);
        let right = challenge
            .answer(&Answer::new("alice", &ha1, "REGISTER", URI, count, "0a4f113b"))
            .unwrap()
            .to_string();
        let name = format!(" {field}=");
        let from = right.find(&name).unwrap() + name.len();
        let value: &str = right[from..].split(',').next().unwrap();
        let inner = value.trim_matches('"');
        let from = from + value.find(inner).unwrap();
        let index = from + at.index(inner.len());
        let mut changed = right.clone();
        changed.replace_range(index..=index, &to);
        let mut verify = |value: &str| {
            let credentials = Credentials::parse(value).unwrap();
            server.verify(&credentials, &ha1, "REGISTER", URI, now())
        };
        if changed != right {
            let refused = verify(&changed).unwrap_err();
            prop_assert!(!refused.is_stale(), "{}: {}", changed, refused);
        }
        prop_assert_eq!(verify(&right), Ok(()));
        prop_assert_eq!(verify(&right), Err(Rejection::Replayed));
    }

    /// A client and a verifier agree, whatever the user and password, over many requests in any order of arrival.
    #[test]
    fn client_and_verifier_agree(
        user in text(), password in any::<String>(), realm in text(), order in Just((0..20).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut server = Verifier::new(VerifierConfig::new(realm.as_str()), NonceKey::new([9; 32])).unwrap();
        let ha1 = Ha1::new(Algorithm::Md5, &user, &realm, &Password::new(password.as_str()));
        let mut client = Client::new(user.as_str(), Password::new(password)).unwrap();
        let mut first = Attempt::new("REGISTER", URI);
        let challenge = Challenge::parse(&server.challenge(now(), false).to_string()).unwrap();
        let mut sent = vec![client.answer(&mut first, Challenger::UserAgent, &[challenge], "c").unwrap()];
        for _ in 1..order.len() {
            let mut next = Attempt::new("REGISTER", URI);
            sent.push(client.authorize(&mut next, Challenger::UserAgent, &realm, "c").unwrap().unwrap());
        }
        for index in order {
            let received = Credentials::parse(&sent[index].to_string()).unwrap();
            prop_assert_eq!(server.verify(&received, &ha1, "REGISTER", URI, now()), Ok(()));
        }
    }
}

//! What holds for every input.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use sip_digest::{
    Algorithm, Answer, Attempt, AuthenticationInfo, Challenge, Challenger, Client, Credentials, Ha1, Named, NonceKey,
    Password, Qop, QopPolicy, Rejection, Request, UriPolicy, Verifier, VerifierConfig,
};

const URI: &str = "sip:example.test";
const REGISTER: Request<'_> = Request::new("REGISTER", URI);

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

fn algorithm() -> impl Strategy<Value = Algorithm> {
    proptest::sample::select(Algorithm::ALL.to_vec())
}

fn qops() -> impl Strategy<Value = Vec<Qop>> {
    proptest::sample::select(vec![
        vec![],
        vec![Qop::Auth],
        vec![Qop::AuthInt],
        vec![Qop::AuthInt, Qop::Auth],
    ])
}

fn challenge() -> impl Strategy<Value = Challenge> {
    (
        text(),
        text(),
        proptest::option::of(text()),
        any::<bool>(),
        proptest::option::of(algorithm()),
        qops(),
        any::<bool>(),
    )
        .prop_map(|(realm, nonce, opaque, stale, algorithm, qop, userhash)| {
            let mut challenge = Challenge::new(realm, nonce).expect("no line break").with_stale(stale);
            if let Some(opaque) = opaque {
                challenge = challenge.with_opaque(opaque).expect("no line break");
            }
            if let Some(algorithm) = algorithm {
                challenge = challenge.with_algorithm(algorithm);
            }
            challenge.with_qop(qop).with_userhash(userhash)
        })
}

const QOP_POLICIES: [QopPolicy; 5] = [
    QopPolicy::Auth,
    QopPolicy::AuthInt,
    QopPolicy::AuthOrNone,
    QopPolicy::AuthOrAuthInt,
    QopPolicy::None,
];

/// Text that looks like a header value, so that more than its first byte is read.
fn almost_a_value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Digest ".to_owned()),
        Just(", ".to_owned()),
        Just("\r\n ".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
        "(realm|nonce|nc|qop|uri|username|username\\*|userhash|charset|response|rspauth|cnonce|stale|algorithm|opaque|x)=",
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
    Verifier::new(VerifierConfig::new("example.test"), &NonceKey::new([9; 32])).expect("the realm has no line break")
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
        uri in text(), count in any::<u32>(), cnonce in text(), body in any::<Vec<u8>>(),
    ) {
        let algorithm = challenge.effective_algorithm().unwrap();
        let ha1 = Ha1::new(algorithm, &user, challenge.realm(), &Password::new(password));
        let answer = Answer::new(&user, &ha1, &method, &uri, count, &cnonce).with_body(&body);
        let credentials = challenge.answer(&answer).unwrap();
        let written = credentials.to_string();
        prop_assert!(!written.contains(['\r', '\n']));
        let read = Credentials::parse(&written);
        prop_assert_eq!(read.as_ref(), Ok(&credentials));
        prop_assert!(read.unwrap().is_right(&ha1, &method, &body));
        let other_method = format!("{method}X");
        prop_assert!(!credentials.is_right(&ha1, &other_method, &body));
        let is_body_signed = credentials.qop() == Some(&Named::Known(Qop::AuthInt));
        let other_body = [&*body, b"X"].concat();
        prop_assert_eq!(credentials.is_right(&ha1, &method, &other_body), !is_body_signed);

        let info = AuthenticationInfo::confirming(&credentials, &ha1, &body);
        prop_assert_eq!(info.is_none(), credentials.qop().is_none());
        let info = info.unwrap_or_default().with_next_nonce(challenge.nonce()).unwrap();
        let written = info.to_string();
        prop_assert!(!written.contains(['\r', '\n']));
        prop_assert_eq!(info.confirms(&credentials, &ha1, &body), credentials.qop().is_some());
        prop_assert_eq!(AuthenticationInfo::parse(&written), Ok(info));
    }

    /// Whatever was read is written in a form that reads as the same: nothing is lost on the way.
    #[test]
    fn what_is_read_writes_back(value in prop_oneof![any::<String>(), almost_a_value()]) {
        for value in [value.clone(), format!("{value}, realm=r, nonce=n, username=u, uri=\"sip:r\", response=\"\"")] {
            if let Ok(challenge) = Challenge::parse(&value) {
                prop_assert_eq!(Challenge::parse(&challenge.to_string()), Ok(challenge.clone()));
                let all: Vec<_> = Challenge::parse_all(&value).collect();
                prop_assert_eq!(all, [Ok(challenge)]);
            }
            for challenge in Challenge::parse_all(&value).flatten() {
                prop_assert_eq!(Challenge::parse(&challenge.to_string()), Ok(challenge));
            }
            if let Ok(info) = AuthenticationInfo::parse(&value) {
                prop_assert_eq!(AuthenticationInfo::parse(&info.to_string()), Ok(info));
            }
            match Credentials::parse(&value) {
                Ok(credentials) => {
                    let written = credentials.to_string();
                    let again = Credentials::parse(&written);
                    prop_assert_eq!(again.as_ref(), Ok(&credentials));
                    let mut server = verifier();
                    prop_assert!(server.verify(&credentials, None, &REGISTER, b"", now()).is_err());
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
        let challenge = server.challenges(now(), b"", false).next().unwrap();
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
            server.verify(&credentials, Some(&ha1), &REGISTER, b"", now())
        };
        if changed != right {
            let refused = verify(&changed).unwrap_err();
            prop_assert!(!refused.is_stale(), "{}: {}", changed, refused);
        }
        prop_assert_eq!(verify(&right), Ok(()));
        prop_assert_eq!(verify(&right), Err(Rejection::Replayed));
    }

    /// A client and a verifier agree, whatever the user, the password and what is offered, over many requests in any
    /// order of arrival.
    #[test]
    fn client_and_verifier_agree(
        user in text(), password in any::<String>(), realm in text(), algorithm in algorithm(),
        (qop, userhash) in (proptest::sample::select(QOP_POLICIES.to_vec()), any::<bool>()),
        order in Just((0..20).collect::<Vec<usize>>()).prop_shuffle(), body in any::<Vec<u8>>(),
    ) {
        let mut config = VerifierConfig::new(realm.as_str());
        (config.algorithms, config.qop, config.userhash) = (algorithm.into(), qop, userhash);
        let mut server = Verifier::new(config, &NonceKey::new([9; 32])).unwrap();
        let wrong_password = Password::new(format!("{password}x"));
        let password = Password::new(password);
        let mut client = Client::new(user.as_str(), password.clone()).unwrap();
        let attempt = || Attempt::new("REGISTER", URI).with_body(body.as_slice());
        let value = server.challenges(now(), b"x", false).next().unwrap().to_string();
        let challenge = Challenge::parse(&value).unwrap();
        let mut sent = vec![client.answer(&mut attempt(), Challenger::UserAgent, &[challenge], "c").unwrap()];
        for _ in 1..order.len() {
            sent.push(client.authorize(&mut attempt(), Challenger::UserAgent, &realm, "d").unwrap().unwrap());
        }
        let request = REGISTER.with_body(&body);
        for index in order {
            let value = sent[index].to_string();
            let received = Credentials::parse(&value).unwrap();
            prop_assert_eq!(received.is_userhash(), userhash);
            let name = if userhash { algorithm.userhash(&user, &realm) } else { user.clone() };
            prop_assert_eq!(received.username(), name);
            let wrong = server.verify_password(&received, &user, Some(&wrong_password), &request, b"x", now());
            prop_assert_eq!(wrong, Err(Rejection::WrongResponse));
            let outcome = server.verify_password(&received, &user, Some(&password), &request, b"x", now());
            prop_assert_eq!(outcome, Ok(()));
        }
    }
}

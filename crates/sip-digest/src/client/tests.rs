use super::*;
use crate::names::Qop;
use crate::nonce_count::NonceCount;

fn client() -> Client {
    Client::new("alice", Password::new("alicepw")).unwrap()
}

fn attempt() -> Attempt {
    Attempt::new("REGISTER", "sip:example.test")
}

fn challenge(nonce: &str) -> Challenge {
    Challenge::new("example.test", nonce).unwrap().with_qop([Qop::Auth])
}

fn count(credentials: &Credentials<'_>) -> Option<u32> {
    credentials.nc().map(NonceCount::value)
}

fn refused() -> ClientError {
    ClientError::Refused {
        realm: "example.test".to_owned(),
    }
}

#[test]
fn a_nonce_is_used_again_with_a_growing_count() {
    let mut client = client();
    let first = client
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
        .unwrap();
    assert_eq!((first.nonce(), count(&first)), ("n1", Some(1)));
    for expected in 2..12 {
        let next = client
            .authorize(&mut attempt(), Challenger::UserAgent, "example.test", "c")
            .unwrap()
            .unwrap();
        assert_eq!((next.nonce(), count(&next)), ("n1", Some(expected)));
        assert!(next.is_right(
            &Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw")),
            "REGISTER",
            b""
        ));
    }
    let same = client
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
        .unwrap();
    assert_eq!(count(&same), Some(12), "the server repeats its nonce");
    let new = client
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n2")], "c")
        .unwrap();
    assert_eq!((new.nonce(), count(&new)), ("n2", Some(1)));
    let proxy = client.authorize(&mut attempt(), Challenger::Proxy, "example.test", "c");
    assert_eq!(proxy, Ok(None), "another protection space");
}

#[test]
fn what_cannot_be_signed_uses_nothing_up() {
    let mut client = client();
    client
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
        .unwrap();
    let broken = || Attempt::new("REGISTER", "sip:example.test\n");
    for nonce in ["n1", "n2"] {
        let answer = client.answer(&mut broken(), Challenger::UserAgent, &[challenge(nonce)], "c");
        assert!(matches!(answer, Err(ClientError::InvalidText(_))));
    }
    let early = client.authorize(&mut broken(), Challenger::UserAgent, "example.test", "c");
    assert!(matches!(early, Err(ClientError::InvalidText(_))));
    let broken_cnonce = client.authorize(&mut attempt(), Challenger::UserAgent, "example.test", "\r");
    assert!(matches!(broken_cnonce, Err(ClientError::InvalidText(_))));
    let next = client
        .authorize(&mut attempt(), Challenger::UserAgent, "example.test", "c")
        .unwrap()
        .unwrap();
    assert_eq!((next.nonce(), count(&next)), ("n1", Some(2)));
}

#[test]
fn a_wrong_password_is_tried_once() {
    let (mut client, mut request) = (client(), attempt());
    assert!(
        client
            .answer(&mut request, Challenger::Proxy, &[challenge("n1")], "c")
            .is_ok()
    );
    for nonce in ["n2", "n3"] {
        assert_eq!(
            client.answer(&mut request, Challenger::Proxy, &[challenge(nonce)], "c"),
            Err(refused())
        );
    }
    let later = client.authorize(&mut attempt(), Challenger::Proxy, "example.test", "c");
    assert_eq!(later, Ok(None), "what was refused is not sent again");
}

#[test]
fn requests_at_once_do_not_count_as_refusals() {
    let (mut client, mut a, mut b) = (client(), attempt(), attempt());
    assert!(
        client
            .answer(&mut a, Challenger::UserAgent, &[challenge("n1")], "c")
            .is_ok()
    );
    assert!(
        client
            .answer(&mut b, Challenger::UserAgent, &[challenge("n2")], "c")
            .is_ok()
    );
    assert!(
        client
            .answer(&mut a, Challenger::Proxy, &[challenge("n3")], "c")
            .is_ok(),
        "a proxy of the same realm"
    );
}

#[test]
fn stale_is_answered_once() {
    let (mut client, mut request) = (client(), attempt());
    let stale = |nonce| [challenge(nonce).with_stale(true)];
    assert!(
        client
            .answer(&mut request, Challenger::UserAgent, &[challenge("n1")], "c")
            .is_ok()
    );
    assert_eq!(
        client
            .answer(&mut request, Challenger::UserAgent, &stale("n2"), "c")
            .unwrap()
            .nonce(),
        "n2"
    );
    let again = client.answer(&mut request, Challenger::UserAgent, &stale("n3"), "c");
    assert_eq!(
        again,
        Err(ClientError::StaleAgain {
            realm: "example.test".to_owned()
        })
    );
    let wrong = client.answer(&mut request, Challenger::UserAgent, &[challenge("n3")], "c");
    assert_eq!(wrong, Err(refused()));
}

#[test]
fn refused_early_credentials_leave_the_one_try() {
    for stale in [false, true] {
        let (mut client, mut request) = (client(), attempt());
        client
            .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
            .unwrap();
        let early = client
            .authorize(&mut request, Challenger::UserAgent, "example.test", "c")
            .unwrap();
        assert!(early.is_some());
        let next = [challenge("n2").with_stale(stale)];
        assert!(client.answer(&mut request, Challenger::UserAgent, &next, "c").is_ok());
        assert_eq!(
            client.answer(&mut request, Challenger::UserAgent, &[challenge("n3")], "c"),
            Err(refused())
        );
    }
}

#[test]
fn picks_the_strongest_challenge_that_it_knows() {
    let parse = |value: &str| Challenge::parse(value).unwrap();
    let offered = [
        parse("Digest realm=\"r\", nonce=\"a\", algorithm=SHA-3, qop=\"auth\""),
        parse("Digest realm=\"r\", nonce=\"b\", qop=\"auth-int\""),
        parse("Digest realm=\"r\", nonce=\"c\", algorithm=md5, qop=\"auth-int, AUTH\", opaque=\"o\""),
        parse("Digest realm=\"r\", nonce=\"d\", algorithm=SHA-256-sess, qop=\"auth\""),
        parse("Digest realm=\"r\", nonce=\"e\", algorithm=SHA-256, qop=\"auth\""),
        parse("Digest realm=\"r\", nonce=\"f\", algorithm=SHA-512-256, qop=\"auth-conf\""),
    ];
    let pick = |client: Client, offered: &[Challenge], attempt: &Attempt| {
        let answer = { client }.answer(&mut attempt.clone(), Challenger::UserAgent, offered, "c");
        answer.map(|answer| answer.nonce().to_owned())
    };
    let nonce = |nonce: &str| Ok(nonce.to_owned());
    assert_eq!(
        pick(client(), &offered, &attempt()),
        nonce("d"),
        "the topmost of equals"
    );
    let topmost = client().with_preference(Preference::Topmost);
    assert_eq!(pick(topmost.clone(), &offered, &attempt()), nonce("c"));
    assert_eq!(
        pick(topmost, &offered, &attempt().with_body("x")),
        nonce("b"),
        "with a body"
    );
    let ha1 = Ha1::new(Algorithm::Md5, "alice", "r", &Password::new("alicepw"));
    let stored = Client::with_ha1("alice", "r", ha1).unwrap();
    assert_eq!(pick(stored, &offered, &attempt()), nonce("c"), "what the HA1 is of");
    let none = [offered[0].clone(), offered[1].clone(), offered[5].clone()];
    assert_eq!(
        pick(client(), &none, &attempt()),
        Err(ClientError::NoSupportedChallenge)
    );
    let old = client()
        .answer(
            &mut attempt(),
            Challenger::UserAgent,
            &[parse("Digest realm=\"r\", nonce=\"d\"")],
            "c",
        )
        .unwrap();
    assert_eq!((old.qop(), old.nc(), old.cnonce()), (None, None, None), "RFC 2069 form");
}

#[test]
fn a_session_keeps_its_client_nonce() {
    let mut client = client();
    let session = challenge("n1").with_algorithm(Algorithm::Sha256Sess);
    let first = client.answer(
        &mut attempt(),
        Challenger::UserAgent,
        std::slice::from_ref(&session),
        "c1",
    );
    assert_eq!(first.unwrap().cnonce(), Some("c1"));
    let next = client.authorize(&mut attempt(), Challenger::UserAgent, "example.test", "c2");
    assert_eq!(next.unwrap().unwrap().cnonce(), Some("c1"));
    let another = client.answer(&mut attempt(), Challenger::UserAgent, &[session], "c3");
    assert_eq!(
        another.unwrap().cnonce(),
        Some("c3"),
        "a challenge begins another session"
    );
    let plain = client.answer(&mut attempt(), Challenger::UserAgent, &[challenge("n2")], "c4");
    assert_eq!(plain.unwrap().cnonce(), Some("c4"));
    let next = client.authorize(&mut attempt(), Challenger::UserAgent, "example.test", "c5");
    assert_eq!(next.unwrap().unwrap().cnonce(), Some("c5"));
}

#[test]
fn all_who_challenge_are_answered_at_once() {
    let (mut client, mut request) = (client(), attempt());
    let of = |realm: &str, nonce: &str| Challenge::new(realm, nonce).unwrap().with_qop([Qop::Auth]);
    let strange = Challenge::parse("Digest realm=x, nonce=n, algorithm=SHA-3").unwrap();
    let seen = |answered: &[(Challenger, Credentials<'_>)]| -> Vec<_> {
        let what = |(challenger, credentials): &(Challenger, Credentials<'_>)| {
            let (realm, nonce) = (credentials.realm().to_owned(), credentials.nonce().to_owned());
            (*challenger, realm, nonce, count(credentials))
        };
        answered.iter().map(what).collect()
    };
    let expected =
        |challenger, realm: &str, nonce: &str, count| (challenger, realm.to_owned(), nonce.to_owned(), Some(count));
    let challenges = [
        (Challenger::UserAgent, of("a", "n1")),
        (Challenger::Proxy, strange.clone()),
        (Challenger::Proxy, of("b", "n2")),
        (Challenger::Proxy, of("b", "n3").with_algorithm(Algorithm::Sha256)),
        (Challenger::Proxy, of("a", "n4")),
    ];
    let first = client.answer_all(&mut request, &challenges, "c").unwrap();
    assert_eq!(
        seen(&first),
        [
            expected(Challenger::Proxy, "a", "n4", 1),
            expected(Challenger::Proxy, "b", "n3", 1),
            expected(Challenger::UserAgent, "a", "n1", 1),
        ]
    );
    // The request got past all of them, and another one challenges.
    let second = client
        .answer_all(&mut request, &[(Challenger::Proxy, of("z", "n5"))], "c")
        .unwrap();
    assert_eq!(
        seen(&second),
        [
            expected(Challenger::Proxy, "z", "n5", 1),
            expected(Challenger::Proxy, "a", "n4", 2),
            expected(Challenger::Proxy, "b", "n3", 2),
            expected(Challenger::UserAgent, "a", "n1", 2),
        ]
    );
    let refused = client.answer_all(&mut request, &[(Challenger::Proxy, of("b", "n6"))], "c");
    assert_eq!(refused, Err(ClientError::Refused { realm: "b".to_owned() }));
    let nothing = client.answer_all(&mut attempt(), &[(Challenger::Proxy, strange)], "c");
    assert_eq!(nothing, Err(ClientError::NoSupportedChallenge));
    assert_eq!(
        client.answer_all(&mut attempt(), &[], "c"),
        Err(ClientError::NoSupportedChallenge)
    );
}

#[test]
fn a_server_proves_itself_and_names_the_next_nonce() {
    let mut client = client();
    let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
    let sent = client
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
        .unwrap();
    let proof = AuthenticationInfo::confirming(&sent, &ha1, b"").unwrap();
    let confirm =
        |client: &mut Client, info: &AuthenticationInfo| client.confirm(Challenger::UserAgent, &sent, info, b"");
    let next = |client: &mut Client| {
        let next = client.authorize(&mut attempt(), Challenger::UserAgent, "example.test", "c");
        next.unwrap().map(|next| (next.nonce().to_owned(), count(&next)))
    };
    assert_eq!(confirm(&mut client, &proof), Ok(Confirmation::Proven));
    assert_eq!(next(&mut client), Some(("n1".to_owned(), Some(2))));
    let bare = AuthenticationInfo::new().with_next_nonce("n2").unwrap();
    assert_eq!(confirm(&mut client, &bare), Ok(Confirmation::Unproven));
    assert_eq!(next(&mut client), Some(("n2".to_owned(), Some(1))));
    assert_eq!(confirm(&mut client, &bare), Ok(Confirmation::Unproven));
    assert_eq!(next(&mut client), Some(("n2".to_owned(), Some(2))), "the count goes on");
    let forged = AuthenticationInfo::parse("rspauth=\"00\", nextnonce=\"n3\"").unwrap();
    let wrong = ClientError::WrongServer {
        realm: "example.test".to_owned(),
    };
    assert_eq!(confirm(&mut client, &forged), Err(wrong));
    assert_eq!(
        next(&mut client),
        Some(("n2".to_owned(), Some(3))),
        "a forged nonce is not used"
    );
    let broken = AuthenticationInfo::parse("nextnonce=\"a\\\u{1}b\"").unwrap();
    assert_eq!(
        confirm(&mut client, &broken),
        Ok(Confirmation::Unproven),
        "odd, but it can be written"
    );
}

#[test]
fn what_needs_a_body_waits_for_one() {
    let mut client = client();
    let int = challenge("n1").with_qop([Qop::AuthInt]);
    let without = client.answer(&mut attempt(), Challenger::UserAgent, std::slice::from_ref(&int), "c");
    assert_eq!(without, Err(ClientError::NoSupportedChallenge));
    let with = client.answer(&mut attempt().with_body(""), Challenger::UserAgent, &[int], "c");
    assert_eq!(count(&with.unwrap()), Some(1));
    let early = |client: &mut Client, mut attempt: Attempt| {
        client
            .authorize(&mut attempt, Challenger::UserAgent, "example.test", "c")
            .unwrap()
    };
    assert_eq!(early(&mut client, attempt()), None);
    let with = early(&mut client, attempt().with_body("x")).unwrap();
    assert_eq!(count(&with), Some(2));
    let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
    assert!(with.is_right(&ha1, "REGISTER", b"x"));
}

#[test]
fn an_ha1_answers_its_realm_only() {
    let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
    let mut stored = Client::with_ha1("alice", "example.test", ha1).unwrap();
    let by_ha1 = stored
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n")], "c")
        .unwrap();
    assert_eq!(
        by_ha1,
        client()
            .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n")], "c")
            .unwrap()
    );
    let other = [Challenge::new("other.test", "n").unwrap()];
    let error = stored
        .answer(&mut attempt(), Challenger::UserAgent, &other, "c")
        .unwrap_err();
    assert_eq!(
        error,
        ClientError::UnknownRealm {
            realm: "other.test".to_owned()
        }
    );
}

#[test]
fn memory_is_bounded() {
    let (mut client, mut request) = (client(), attempt());
    let of = |n: usize| [Challenge::new(format!("realm {n}"), "n").unwrap()];
    for n in 0..MAX_REALMS {
        assert!(client.answer(&mut request, Challenger::Proxy, &of(n), "c").is_ok());
    }
    let more = client.answer(&mut request, Challenger::Proxy, &of(MAX_REALMS), "c");
    assert_eq!(more, Err(ClientError::TooManyRealms));
    client
        .answer(&mut attempt(), Challenger::Proxy, &of(MAX_REALMS), "c")
        .unwrap();
    assert_eq!(client.spaces.len(), MAX_REALMS);
    let mut known = |n: usize| {
        client
            .authorize(&mut attempt(), Challenger::Proxy, &format!("realm {n}"), "c")
            .unwrap()
            .is_some()
    };
    assert!(!known(0), "the one used longest ago is gone");
    assert!(known(1) && known(MAX_REALMS));
}

#[test]
fn what_is_printed_has_no_secret() {
    let mut client = client();
    let sent = client
        .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
        .unwrap();
    let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
    let answer = Answer::new("alice", &ha1, "REGISTER", "sip:example.test", 1, "c");
    let stored = Client::with_ha1("alice", "example.test", ha1.clone()).unwrap();
    let info = AuthenticationInfo::confirming(&sent, &ha1, b"").unwrap();
    let printed = format!("{client:?} {stored:?} {answer:?} {sent:?} {info:?}");
    for secret in ["alicepw", &ha1.to_hex(), sent.response(), info.rspauth().unwrap()] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

use std::time::Duration;

use super::*;
use crate::answer::Answer;
use crate::hash::trace;
use crate::names::Qop;

const URI: &str = "sip:example.test";
const REGISTER: Request<'_> = Request::new("REGISTER", URI);

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn config() -> VerifierConfig {
    VerifierConfig::new("example.test")
}

fn verifier(config: VerifierConfig) -> Verifier {
    Verifier::new(config, &NonceKey::new([7; 32])).unwrap()
}

fn alice() -> Ha1 {
    Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"))
}

fn answer(challenge: &Challenge, count: u32) -> Credentials<'static> {
    challenge
        .answer(&Answer::new("alice", &alice(), "REGISTER", URI, count, "cnonce"))
        .unwrap()
}

fn register(verifier: &mut Verifier, credentials: &Credentials<'_>, seconds: u64) -> Result<(), Rejection> {
    verifier.verify(credentials, Some(&alice()), &REGISTER, b"", at(seconds))
}

fn challenge_of(verifier: &mut Verifier, seconds: u64) -> Challenge {
    verifier.challenges(at(seconds), b"", false).next().unwrap()
}

fn mallory() -> Ha1 {
    Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("guess"))
}

#[test]
fn challenges_offer_what_the_policy_says_and_never_repeat() {
    let mut server = verifier(config());
    let (a, b) = (
        challenge_of(&mut server, 0),
        server.challenges(at(0), b"", true).next().unwrap(),
    );
    assert_ne!(a.nonce(), b.nonce());
    assert!(a.offers(Qop::Auth) && !a.stale() && b.stale());
    let value = format!(
        "Digest realm=\"example.test\", nonce=\"{}\", algorithm=MD5, qop=\"auth\"",
        a.nonce()
    );
    assert_eq!(a.to_string(), value);
    let mut config = config();
    config.qop = QopPolicy::None;
    assert!(challenge_of(&mut verifier(config), 0).qop().is_empty());
}

#[test]
fn a_repeat_is_refused_and_disorder_is_fine() {
    let mut server = verifier(config());
    let challenge = challenge_of(&mut server, 0);
    for (count, expected) in [
        (1, Ok(())),
        (3, Ok(())),
        (2, Ok(())),
        (3, Err(Rejection::Replayed)),
        (1, Err(Rejection::Replayed)),
        (0x1f, Ok(())),
    ] {
        assert_eq!(
            register(&mut server, &answer(&challenge, count), 1),
            expected,
            "{count}"
        );
    }
    assert!(!Rejection::Replayed.is_stale(), "its age is not what is wrong");
    assert_eq!(register(&mut server, &answer(&challenge, 0x100), 1), Ok(()));
    let late = register(&mut server, &answer(&challenge, 4), 1);
    assert_eq!(late, Err(Rejection::ForgottenNonce), "outside of the window");
}

#[test]
fn a_refused_answer_does_not_use_up_its_count() {
    let mut server = verifier(config());
    let credentials = answer(&challenge_of(&mut server, 0), 1);
    let refused = server.verify(&credentials, Some(&mallory()), &REGISTER, b"", at(0));
    assert_eq!(refused, Err(Rejection::WrongResponse));
    assert_eq!(
        server.verify(
            &credentials,
            Some(&alice()),
            &Request::new("REGISTER", "sip:other.test"),
            b"",
            at(0)
        ),
        Err(Rejection::UriMismatch)
    );
    assert_eq!(register(&mut server, &credentials, 0), Ok(()));
}

#[test]
fn stale_exactly_when_the_response_was_right() {
    let mut server = verifier(config());
    let challenge = challenge_of(&mut server, 0);
    let credentials = answer(&challenge, 1);
    assert_eq!(server.inspect(&credentials, b"", at(300)), Ok(NonceStatus::Fresh));
    assert_eq!(server.inspect(&credentials, b"", at(301)), Ok(NonceStatus::Expired));
    assert_eq!(register(&mut server, &credentials, 301), Err(Rejection::ExpiredNonce));
    assert!(Rejection::ExpiredNonce.is_stale());
    let wrong = server.verify(&credentials, Some(&mallory()), &REGISTER, b"", at(301));
    assert_eq!(wrong, Err(Rejection::WrongResponse), "expired and wrong is wrong");
    assert_eq!(
        server.verify(&credentials, Some(&alice()), &Request::new("PUBLISH", URI), b"", at(0)),
        Err(Rejection::WrongResponse),
        "signed for another method"
    );
    assert!(Rejection::ForgottenNonce.is_stale());
    for rejection in [
        Rejection::ForgedNonce,
        Rejection::NoHa1ForAlgorithm,
        Rejection::Replayed,
        Rejection::UnsupportedUserhash,
        Rejection::UnsupportedAlgorithm,
        Rejection::UnsupportedQop,
        Rejection::UriMismatch,
        Rejection::WrongRealm,
        Rejection::WrongResponse,
    ] {
        assert!(!rejection.is_stale(), "{rejection}");
    }
    assert_eq!(register(&mut verifier(config()), &credentials, 300), Ok(()));
}

#[test]
fn a_clock_set_back_neither_prolongs_a_nonce_nor_spoils_new_ones() {
    let mut config = config();
    config.max_tracked_nonces = 2;
    let mut server = verifier(config);
    let old = challenge_of(&mut server, 100_000);
    for _ in 0..3 {
        let challenge = challenge_of(&mut server, 100_000);
        assert_eq!(register(&mut server, &answer(&challenge, 1), 100_000), Ok(()));
    }
    let new = challenge_of(&mut server, 0);
    for count in 1..4 {
        assert_eq!(register(&mut server, &answer(&new, count), 0), Ok(()), "{count}");
        assert_eq!(register(&mut server, &answer(&new, count), 1), Err(Rejection::Replayed));
    }
    assert_eq!(server.inspect(&answer(&old, 1), b"", at(300)), Ok(NonceStatus::Fresh));
    for challenge in [&old, &new] {
        let expired = register(&mut server, &answer(challenge, 9), 301);
        assert_eq!(
            expired,
            Err(Rejection::ExpiredNonce),
            "its lifetime passed all the same"
        );
    }
}

#[test]
fn a_nonce_out_of_the_future_is_good_as_long_as_one_out_of_the_past() {
    let challenge = challenge_of(&mut verifier(config()), 10_000);
    for (now, expected) in [
        (9_699, NonceStatus::Expired),
        (9_700, NonceStatus::Fresh),
        (10_300, NonceStatus::Fresh),
        (10_301, NonceStatus::Expired),
    ] {
        let restarted = verifier(config());
        let status = restarted.inspect(&answer(&challenge, 1), b"", at(now));
        assert_eq!(status, Ok(expected), "{now}");
    }
    let before_epoch = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    let mut server = verifier(config());
    let challenge = server.challenges(before_epoch, b"", false).next().unwrap();
    let credentials = answer(&challenge, 1);
    assert_eq!(server.inspect(&credentials, b"", before_epoch), Ok(NonceStatus::Fresh));
}

#[test]
fn other_verifiers_with_the_key_know_the_nonce() {
    let (mut first, mut second) = (verifier(config()), verifier(config()));
    let challenge = challenge_of(&mut first, 0);
    assert_eq!(register(&mut first, &answer(&challenge, 1), 1), Ok(()));
    assert_eq!(register(&mut second, &answer(&challenge, 2), 2), Ok(()));
    let mut stranger = Verifier::new(config(), &NonceKey::new([8; 32])).unwrap();
    assert_eq!(
        register(&mut stranger, &answer(&challenge, 3), 3),
        Err(Rejection::ForgedNonce)
    );
    let mut other = verifier(VerifierConfig::new("other.test"));
    assert_eq!(
        register(&mut other, &answer(&challenge, 3), 3),
        Err(Rejection::WrongRealm)
    );
    let of_other = Challenge::new("example.test", challenge_of(&mut other, 0).nonce()).unwrap();
    assert_eq!(
        register(&mut first, &answer(&of_other, 1), 3),
        Err(Rejection::ForgedNonce)
    );
}

#[test]
fn the_old_form_is_taken_where_the_policy_says_so() {
    let mut accepted = Vec::new();
    for policy in [QopPolicy::Auth, QopPolicy::AuthOrNone, QopPolicy::None] {
        let mut config = config();
        config.qop = policy;
        let mut server = verifier(config);
        let challenge = challenge_of(&mut server, 0);
        let bare = Challenge::new("example.test", challenge.nonce()).unwrap();
        let old = answer(&bare, 1);
        assert_eq!(old.qop(), None);
        let old_twice = [register(&mut server, &old, 0), register(&mut server, &old, 1)];
        let new = register(&mut server, &answer(&bare.with_qop([Qop::Auth]), 1), 0);
        accepted.push((policy, old_twice, new));
    }
    let refused = Err(Rejection::UnsupportedQop);
    assert_eq!(
        accepted,
        [
            (QopPolicy::Auth, [refused, refused], Ok(())),
            (QopPolicy::AuthOrNone, [Ok(()), Ok(())], Ok(())),
            (QopPolicy::None, [Ok(()), Ok(())], refused),
        ]
    );
}

#[test]
fn what_is_not_known_is_refused_before_the_lookup() {
    let mut server = verifier(config());
    let value = answer(&challenge_of(&mut server, 0), 1).to_string();
    for (from, to, expected) in [
        ("algorithm=MD5", "algorithm=SHA-256", Rejection::UnsupportedAlgorithm),
        ("algorithm=MD5", "algorithm=MD5-sess", Rejection::UnsupportedAlgorithm),
        ("qop=auth", "qop=auth-int", Rejection::UnsupportedQop),
        (
            "realm=\"example.test\"",
            "realm=\"example.tesT\"",
            Rejection::WrongRealm,
        ),
    ] {
        let changed = value.replace(from, to);
        assert_ne!(changed, value);
        let credentials = Credentials::parse(&changed).unwrap();
        assert_eq!(server.inspect(&credentials, b"", at(0)), Err(expected));
        assert_eq!(register(&mut server, &credentials, 0), Err(expected));
    }
    assert_eq!(register(&mut server, &Credentials::parse(&value).unwrap(), 0), Ok(()));
}

/// What is hashed for each: a user with the right password, with a wrong one, and no user.
#[test]
fn an_unknown_user_costs_what_a_wrong_password_costs() {
    for algorithm in Algorithm::ALL {
        for qop in [QopPolicy::Auth, QopPolicy::AuthInt, QopPolicy::None] {
            let mut config = config();
            (config.algorithms, config.qop) = (algorithm.into(), qop);
            let mut server = verifier(config);
            let (right, wrong) = (Password::new("alice's word"), Password::new("mallory'word"));
            let ha1 = |password| Ha1::new(algorithm, "alice", "example.test", password);
            let request = Request::new("REGISTER", URI).with_body(b"body");
            let (right_ha1, wrong_ha1) = (ha1(&right), ha1(&wrong));
            let challenge = challenge_of(&mut server, 0);
            let answer = Answer::new("alice", &right_ha1, "REGISTER", URI, 1, "c").with_body(b"body");
            let credentials = challenge.answer(&answer).unwrap();

            let mut by_ha1 = |ha1: Option<&Ha1>| {
                trace::take();
                let outcome = server.verify(&credentials, ha1, &request, b"", at(0));
                (trace::take(), outcome)
            };
            let (hashed, outcome) = by_ha1(Some(&wrong_ha1));
            assert_eq!(outcome, Err(Rejection::WrongResponse));
            assert_eq!(by_ha1(None), (hashed.clone(), outcome));
            assert_eq!(by_ha1(Some(&right_ha1)), (hashed.clone(), Ok(())));
            let hashes = 2 + usize::from(algorithm.is_session()) + usize::from(qop == QopPolicy::AuthInt);
            assert_eq!(hashed.len(), hashes, "{algorithm} {qop:?}");

            let mut by_password = |password: Option<&Password>| {
                trace::take();
                let outcome = server.verify_password(&credentials, "alice", password, &request, b"", at(0));
                (trace::take(), outcome)
            };
            let (hashed, outcome) = by_password(Some(&wrong));
            assert_eq!(outcome, Err(Rejection::WrongResponse));
            assert_eq!(by_password(None), (hashed.clone(), outcome));
            assert_eq!(by_password(Some(&right)).0, hashed);
            assert_eq!(hashed.len(), hashes + 1);
        }
    }
}

#[test]
fn nobody_logs_in_as_nobody() {
    let mut server = verifier(config());
    let decoy = server.decoy(Algorithm::Md5).unwrap().clone();
    let challenge = challenge_of(&mut server, 0);
    let answer = Answer::new("nobody", &decoy, "REGISTER", URI, 1, "c");
    let credentials = challenge.answer(&answer).unwrap();
    let outcome = server.verify(&credentials, None, &REGISTER, b"", at(0));
    assert_eq!(
        outcome,
        Err(Rejection::WrongResponse),
        "even with the secret that stands in"
    );
}

#[test]
fn an_ha1_of_another_algorithm_is_no_guess() {
    let mut config = config();
    config.algorithms = Algorithms::new([Algorithm::Sha256, Algorithm::Md5]).unwrap();
    let mut server = verifier(config);
    let offered: Vec<_> = server.challenges(at(0), b"", false).collect();
    let algorithms: Vec<_> = offered.iter().filter_map(Challenge::effective_algorithm).collect();
    assert_eq!(algorithms, [Algorithm::Sha256, Algorithm::Md5]);
    assert_eq!(offered[0].nonce(), offered[1].nonce());
    let sha256 = Ha1::new(Algorithm::Sha256, "alice", "example.test", &Password::new("alicepw"));
    let credentials = offered[0]
        .answer(&Answer::new("alice", &sha256, "REGISTER", URI, 1, "c"))
        .unwrap();
    assert_eq!(
        register(&mut server, &credentials, 0),
        Err(Rejection::NoHa1ForAlgorithm)
    );
    let outcome = server.verify(&credentials, Some(&sha256), &REGISTER, b"", at(0));
    assert_eq!(outcome, Ok(()));
    assert_eq!(register(&mut server, &answer(&offered[1], 2), 0), Ok(()), "or with MD5");
}

#[test]
fn two_keys_are_alive_at_once() {
    let mut server = verifier(config());
    let first = challenge_of(&mut server, 0);
    server.rotate(&NonceKey::new([8; 32]));
    let second = challenge_of(&mut server, 1);
    assert_eq!(register(&mut server, &answer(&first, 1), 2), Ok(()));
    assert_eq!(register(&mut server, &answer(&second, 1), 2), Ok(()));
    assert_eq!(register(&mut server, &answer(&first, 1), 2), Err(Rejection::Replayed));
    let mut restarted = verifier(config());
    restarted.rotate(&NonceKey::new([8; 32]));
    assert_eq!(register(&mut restarted, &answer(&first, 2), 2), Ok(()));
    assert_eq!(register(&mut restarted, &answer(&second, 2), 2), Ok(()));
    server.rotate(&NonceKey::new([9; 32]));
    assert_eq!(
        register(&mut server, &answer(&first, 3), 2),
        Err(Rejection::ForgedNonce)
    );
    assert_eq!(register(&mut server, &answer(&second, 3), 2), Ok(()));
}

#[test]
fn a_nonce_is_good_for_the_client_that_it_is_bound_to() {
    let mut server = verifier(config());
    let challenge = server.challenges(at(0), b"192.0.2.1", false).next().unwrap();
    let credentials = answer(&challenge, 1);
    for other in [&b"192.0.2.2"[..], b""] {
        assert_eq!(server.inspect(&credentials, other, at(0)), Err(Rejection::ForgedNonce));
        let outcome = server.verify(&credentials, Some(&alice()), &REGISTER, other, at(0));
        assert_eq!(outcome, Err(Rejection::ForgedNonce));
    }
    let outcome = server.verify(&credentials, Some(&alice()), &REGISTER, b"192.0.2.1", at(0));
    assert_eq!(outcome, Ok(()));
}

#[test]
fn a_hashed_name_is_taken_where_it_was_asked_for() {
    let mut config = config();
    config.userhash = true;
    let mut server = verifier(config);
    let challenge = challenge_of(&mut server, 0);
    assert!(challenge.userhash());
    let credentials = answer(&challenge, 1);
    assert!(credentials.is_userhash());
    assert_eq!(credentials.username(), Algorithm::Md5.userhash("alice", "example.test"));
    let password = Password::new("alicepw");
    let outcome = server.verify_password(&credentials, "alice", Some(&password), &REGISTER, b"", at(0));
    assert_eq!(outcome, Ok(()));
    let other = verifier(VerifierConfig::new("example.test"));
    assert_eq!(
        other.inspect(&credentials, b"", at(0)),
        Err(Rejection::UnsupportedUserhash)
    );
}

#[test]
fn a_changed_body_is_noticed_under_auth_int() {
    let mut config = config();
    config.qop = QopPolicy::AuthOrAuthInt;
    let mut server = verifier(config);
    let challenge = challenge_of(&mut server, 0).with_qop([Qop::AuthInt]);
    let ha1 = alice();
    let answer = Answer::new("alice", &ha1, "PUBLISH", URI, 1, "c").with_body(b"open");
    let credentials = challenge.answer(&answer).unwrap();
    let publish = Request::new("PUBLISH", URI);
    for (body, expected) in [(&b"closed"[..], Err(Rejection::WrongResponse)), (b"open", Ok(()))] {
        let request = publish.with_body(body);
        assert_eq!(server.verify(&credentials, Some(&ha1), &request, b"", at(0)), expected);
    }
}

#[test]
fn what_is_printed_has_no_secret_and_is_short() {
    let mut server = verifier(config());
    server.rotate(&NonceKey::new([9; 32]));
    let decoy = server.decoy(Algorithm::Md5).unwrap().to_hex();
    let printed = format!("{server:?}");
    assert!(
        !printed.contains(&**decoy) && !printed.contains(&decoy[..12]),
        "{printed}"
    );
    assert!(printed.contains("Replay { room: 65536, .. }"), "{printed}");
    assert!(printed.len() < 2_000, "{printed}");
}

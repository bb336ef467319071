//! What the server's way to an answer takes from the heap: nothing, whatever the algorithm.

use std::time::{Duration, SystemTime};

use sip_digest::{
    Algorithm, Answer, Credentials, Ha1, NonceKey, Password, QopPolicy, Rejection, Request, Verifier, VerifierConfig,
};

const URI: &str = "sip:example.test";
const BODY: &[u8] = b"body";

#[test]
fn to_verify_takes_nothing_from_the_heap() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    // A usual client nonce, and one with which the text to be hashed is long.
    let cnonces = ["0a4f113b", &"0a4f113b".repeat(40)];
    for (algorithm, cnonce) in Algorithm::ALL
        .into_iter()
        .flat_map(|algorithm| cnonces.map(|cnonce| (algorithm, cnonce)))
    {
        for qop in [QopPolicy::AuthOrNone, QopPolicy::AuthInt, QopPolicy::None] {
            let mut config = VerifierConfig::new("example.test");
            (config.algorithms, config.qop, config.userhash) = (algorithm.into(), qop, true);
            let mut verifier = Verifier::new(config, &NonceKey::new([7; 32])).unwrap();
            let password = Password::new("alicepw");
            let ha1 = Ha1::new(algorithm, "alice", "example.test", &password);
            let request = Request::new("REGISTER", URI).with_body(BODY);
            let signed = |challenge: &sip_digest::Challenge, count| {
                let answer = Answer::new("alice", &ha1, "REGISTER", URI, count, cnonce).with_body(BODY);
                challenge.answer(&answer).unwrap().to_string()
            };
            // A nonce for the first time, again with the next count, and again with the same.
            let challenge = verifier.challenges(now, b"x", false).next().unwrap();
            let (first, second) = (signed(&challenge, 1), signed(&challenge, 2));
            let mut outcomes = Vec::with_capacity(5);
            let used = allocation_counter::measure(|| {
                for (value, secret) in [
                    (&first, None),
                    (&first, Some(&ha1)),
                    (&second, Some(&ha1)),
                    (&second, Some(&ha1)),
                ] {
                    let credentials = Credentials::parse(value).unwrap();
                    verifier.inspect(&credentials, b"x", now).unwrap();
                    outcomes.push(verifier.verify(&credentials, secret, &request, b"x", now));
                }
                let credentials = Credentials::parse(&second).unwrap();
                let outcome = verifier.verify_password(&credentials, "alice", Some(&password), &request, b"x", now);
                outcomes.push(outcome);
            });
            assert_eq!(used.count_total, 0, "{algorithm} {qop:?}: {used:?}");
            let replayed = if qop == QopPolicy::None {
                Ok(())
            } else {
                Err(Rejection::Replayed)
            };
            assert_eq!(
                outcomes,
                [Err(Rejection::WrongResponse), Ok(()), Ok(()), replayed, replayed],
                "{algorithm} {qop:?}"
            );
        }
    }
}

/// What the sentence above leaves out, and that the counter counts.
#[test]
fn what_has_to_be_resolved_or_kept_is_allocated() {
    let plain = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:r\", response=\"ab\"";
    let more = [
        (plain.to_owned(), 0),
        (plain.replace("Digest", "dIgEsT").replace("realm=", "REALM ="), 0),
        (plain.replace("username=\"u\"", "username=\"\\u\""), 2),
        (format!("{plain}, x=y"), 1),
    ];
    for (value, expected) in more {
        let used = allocation_counter::measure(|| {
            assert!(Credentials::parse(&value).is_ok());
        });
        assert_eq!(used.count_total, expected, "{value}");
    }
}

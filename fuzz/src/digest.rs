use std::fmt::Display;
use std::time::{Duration, SystemTime};

use sip_digest::{
    Algorithm, Attempt, AuthenticationInfo, Challenge, Challenger, Client, Confirmation, Credentials, Ha1, NonceKey,
    Password, QopPolicy, Rejection, Request, UriPolicy, Verifier, VerifierConfig,
};

/// Challenges, credentials and authentication info that were read are written on one line and read as the same.
pub fn digest(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Challenge::parse(text) {
        Ok(challenge) => {
            let all: Vec<_> = Challenge::parse_all(text).collect();
            assert_eq!(all, [Ok(challenge.clone())], "one alone is one of many");
            assert_eq!(Challenge::parse(&line(&challenge)), Ok(challenge));
        }
        Err(error) => assert!(error.offset() <= text.len()),
    }
    let all: Vec<_> = Challenge::parse_all(text).filter_map(Result::ok).collect();
    let written: Vec<_> = all.iter().map(line).collect();
    let again: Result<Vec<_>, _> = Challenge::parse_all(&written.join(", ")).collect();
    assert_eq!(again, Ok(all));
    match Credentials::parse(text) {
        Ok(credentials) => {
            let written = line(&credentials);
            assert_eq!(Credentials::parse(&written), Ok(credentials));
        }
        Err(error) => assert!(error.offset() <= text.len()),
    }
    match AuthenticationInfo::parse(text) {
        Ok(info) => assert_eq!(AuthenticationInfo::parse(&line(&info)), Ok(info)),
        Err(error) => assert!(error.offset() <= text.len()),
    }
}

fn line(value: &impl Display) -> String {
    let written = value.to_string();
    assert!(!written.contains(['\r', '\n']), "{written:?}");
    written
}

/// A client answers a verifier, whatever is asked for and whoever it is. What it sends passes once. With one byte of it
/// changed it does not pass, but where the change means nothing.
///
/// Six bytes: algorithm, quality of protection, userhash, how often the nonce was used before, which byte is changed and
/// how. Then user, password, realm, method, URI and body, with 0xff between them, which no text has.
pub fn digest_verify(data: &[u8]) {
    let Some((&[algorithm, qop, userhash, uses, at, change], rest)) = data.split_first_chunk::<6>() else {
        return;
    };
    let mut parts = rest.split(|byte| *byte == 0xff);
    let mut text = || std::str::from_utf8(parts.next().unwrap_or_default()).ok();
    let (Some(user), Some(password), Some(realm), Some(method), Some(uri)) = (text(), text(), text(), text(), text())
    else {
        return;
    };
    let body = parts.next().unwrap_or_default();
    let algorithm = Algorithm::ALL[usize::from(algorithm) % Algorithm::ALL.len()];
    let policies = [
        QopPolicy::Auth,
        QopPolicy::AuthInt,
        QopPolicy::AuthOrNone,
        QopPolicy::AuthOrAuthInt,
        QopPolicy::None,
    ];
    let mut config = VerifierConfig::new(realm);
    config.algorithms = algorithm.into();
    config.qop = policies[usize::from(qop) % policies.len()];
    config.userhash = userhash % 2 == 1;
    config.uri_policy = UriPolicy::Exact;
    config.max_tracked_nonces = 8;
    let has_count = config.qop != QopPolicy::None;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let password = Password::new(password);
    let key = NonceKey::new([7; 32]);
    // With the same key, and a memory of its own.
    let (Ok(mut verifier), Ok(mut other)) = (Verifier::new(config.clone(), &key), Verifier::new(config, &key)) else {
        return;
    };
    let Ok(mut client) = Client::new(user, password.clone()) else {
        return;
    };

    let challenges: Vec<_> = verifier.challenges(now, b"x", false).collect();
    let attempt = || Attempt::new(method, uri).with_body(body);
    let answer = client.answer(&mut attempt(), Challenger::Proxy, &challenges, "c1");
    let Ok(mut sent) = answer else {
        assert!(uri.contains(['\r', '\n']), "{answer:?}");
        return;
    };
    for _ in 0..uses % 4 {
        let next = client.authorize(&mut attempt(), Challenger::Proxy, realm, "c2");
        sent = next.expect("the texts are sound").expect("the nonce is known");
    }
    let value = sent.to_string();
    let request = Request::new(method, uri).with_body(body);

    let mut changed = value.clone().into_bytes();
    let at = usize::from(at) % changed.len();
    changed[at] ^= change;
    if let Ok(changed) = std::str::from_utf8(&changed)
        && let Ok(credentials) = Credentials::parse(changed)
        && other.verify_password(&credentials, user, Some(&password), &request, b"x", now) == Ok(())
    {
        let same = [
            (credentials.realm(), sent.realm()),
            (credentials.uri(), sent.uri()),
            (
                credentials.cnonce().unwrap_or_default(),
                sent.cnonce().unwrap_or_default(),
            ),
        ];
        assert!(same.iter().all(|(a, b)| a == b), "{changed:?} passes as {value:?}");
        assert!(credentials.response().eq_ignore_ascii_case(sent.response()));
        assert!(credentials.nonce().eq_ignore_ascii_case(sent.nonce()));
    }

    let received = Credentials::parse(&value).expect("what is written can be read");
    let ha1 = Ha1::new(algorithm, user, realm, &password);
    let unknown = verifier.verify(&received, None, &request, b"x", now);
    assert_eq!(unknown, Err(Rejection::WrongResponse));
    assert_eq!(
        verifier.verify(&received, Some(&ha1), &request, b"y", now),
        Err(Rejection::ForgedNonce)
    );
    assert_eq!(verifier.verify(&received, Some(&ha1), &request, b"x", now), Ok(()));
    let again = verifier.verify(&received, Some(&ha1), &request, b"x", now);
    assert_eq!(again, if has_count { Err(Rejection::Replayed) } else { Ok(()) });

    let info = AuthenticationInfo::confirming(&received, &ha1, body).unwrap_or_default();
    let next = info
        .with_next_nonce(verifier.next_nonce(now, b"x"))
        .expect("a nonce is hexadecimal");
    let next = AuthenticationInfo::parse(&next.to_string()).expect("what is written can be read");
    let proven = if has_count {
        Confirmation::Proven
    } else {
        Confirmation::Unproven
    };
    assert_eq!(client.confirm(Challenger::Proxy, &sent, &next, body), Ok(proven));
    let last = client.authorize(&mut attempt(), Challenger::Proxy, realm, "c3");
    let last = last
        .expect("the texts are sound")
        .expect("the nonce is known")
        .to_string();
    let last = Credentials::parse(&last).expect("what is written can be read");
    assert_eq!(verifier.verify(&last, Some(&ha1), &request, b"x", now), Ok(()));
}

//! Digest: a header value verified, beside the hashes alone and beside other crates.
//!
//! "raw" computes the same hashes with `md-5`, `sha2` and `hex` over texts that are already joined, one after the other as
//! each needs the one before, so it is what remains if everything around the hashes cost nothing. "raw, and the nonce's
//! MAC" has the hash by which a server knows its own nonce too, which stateless nonces cannot do without.

use std::hash::Hasher;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use md5::{Digest, Md5};
use rsip::headers::{Authorization, ToTypedHeader};
use rsip::services::DigestGenerator;
use sha2::Sha256;
use sip_digest::{
    Algorithm, Answer, Credentials, Ha1, NonceKey, Password, QopPolicy, Request, Verifier, VerifierConfig,
};
use siphasher::sip128::{Hash128, Hasher128, SipHasher24};

const USER: &str = "alice";
const REALM: &str = "example.test";
const PASSWORD: &str = "alicepw";
const METHOD: &str = "REGISTER";
const URI: &str = "sip:example.test";
const CNONCE: &str = "f2wE4q74E6zIJEtWaHKaf5wvH5Qzzp";

/// A request that was signed, and the verifier that challenged for it.
struct Signed {
    verifier: Verifier,
    ha1: Ha1,
    /// The header value.
    value: String,
    /// What goes into the hashes.
    a1: String,
    a2: String,
    response: String,
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn signed(algorithm: Algorithm) -> Signed {
    let mut config = VerifierConfig::new(REALM);
    (config.algorithms, config.qop) = (algorithm.into(), QopPolicy::Auth);
    let mut verifier = Verifier::new(config, &NonceKey::new([7; 32])).expect("the realm is one line");
    let challenge = verifier.challenges(now(), b"", false).next().expect("one challenge");
    let ha1 = Ha1::new(algorithm, USER, REALM, &Password::new(PASSWORD));
    let answer = Answer::new(USER, &ha1, METHOD, URI, 1, CNONCE);
    let value = challenge.answer(&answer).expect("it is ours").to_string();
    let a2 = format!("{METHOD}:{URI}");
    let ha2 = match algorithm {
        Algorithm::Md5 => hex::encode(Md5::digest(&a2)),
        _ => hex::encode(Sha256::digest(&a2)),
    };
    let response = format!("{}:{}:00000001:{CNONCE}:auth:{ha2}", *ha1.to_hex(), challenge.nonce());
    Signed {
        verifier,
        ha1,
        value,
        a1: format!("{USER}:{REALM}:{PASSWORD}"),
        a2,
        response,
    }
}

/// H(A2), its digits put at the end of the response's text, and the hash of that.
fn raw<D: Digest>(a2: &str, response: &mut [u8]) -> md5::digest::Output<D> {
    let ha2 = D::digest(a2);
    let end = response.len();
    hex::encode_to_slice(&ha2, &mut response[end - 2 * ha2.len()..]).expect("the text ends with H(A2)");
    D::digest(response)
}

/// The MAC of a nonce's twelve bytes.
fn nonce_mac(issued: u64, sequence: u32) -> Hash128 {
    let mut mac = SipHasher24::new_with_keys(7, 7);
    mac.write(&issued.to_le_bytes());
    mac.write(&sequence.to_le_bytes());
    mac.finish128()
}

/// With the user's HA1 from a store, as a server has it.
fn with_ha1(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest with HA1");
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let mut signed = signed(algorithm);
        group.throughput(Throughput::Bytes(signed.value.len() as u64));
        let mut response = signed.response.clone().into_bytes();
        match algorithm {
            Algorithm::Md5 => group.bench_function(BenchmarkId::new("raw", algorithm), |bencher| {
                bencher.iter(|| raw::<Md5>(black_box(&signed.a2), black_box(&mut response)));
            }),
            _ => group.bench_function(BenchmarkId::new("raw", algorithm), |bencher| {
                bencher.iter(|| raw::<Sha256>(black_box(&signed.a2), black_box(&mut response)));
            }),
        };
        match algorithm {
            Algorithm::Md5 => {
                group.bench_function(BenchmarkId::new("raw, and the nonce's MAC", algorithm), |bencher| {
                    bencher.iter(|| {
                        let mac = nonce_mac(black_box(1), black_box(2));
                        (mac, raw::<Md5>(black_box(&signed.a2), black_box(&mut response)))
                    });
                })
            }
            _ => group.bench_function(BenchmarkId::new("raw, and the nonce's MAC", algorithm), |bencher| {
                bencher.iter(|| {
                    let mac = nonce_mac(black_box(1), black_box(2));
                    (mac, raw::<Sha256>(black_box(&signed.a2), black_box(&mut response)))
                });
            }),
        };
        group.bench_function(BenchmarkId::new("parse", algorithm), |bencher| {
            bencher.iter(|| Credentials::parse(black_box(&signed.value)).is_ok());
        });
        group.bench_function(BenchmarkId::new("parse and verify", algorithm), |bencher| {
            bencher.iter(|| {
                let credentials = Credentials::parse(black_box(&signed.value)).expect("it is ours");
                assert!(credentials.is_right(&signed.ha1, METHOD, b""));
            });
        });
        // The count was used after the first time; everything up to that is done every time.
        let Signed {
            verifier, ha1, value, ..
        } = &mut signed;
        group.bench_function(
            BenchmarkId::new("parse and verify, nonce and count too", algorithm),
            |bencher| {
                bencher.iter(|| {
                    let credentials = Credentials::parse(black_box(value)).expect("it is ours");
                    verifier.verify(&credentials, Some(ha1), &Request::new(METHOD, URI), b"", now())
                });
            },
        );
    }
    group.finish();
}

/// With the password, which all of these crates take. `http-auth` and `digest_auth` are made for clients; the first reads
/// no credentials, so what it does is to read a challenge and answer it.
fn with_password(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest with password");
    let mut signed = signed(Algorithm::Md5);
    let (value, password) = (&signed.value, Password::new(PASSWORD));
    group.throughput(Throughput::Bytes(value.len() as u64));
    let mut response = signed.response.clone().into_bytes();
    group.bench_function("raw", |bencher| {
        bencher.iter(|| {
            let ha1 = Md5::digest(black_box(&signed.a1));
            hex::encode_to_slice(ha1, &mut response[..32]).expect("the text begins with H(A1)");
            raw::<Md5>(black_box(&signed.a2), black_box(&mut response))
        });
    });
    group.bench_function("sip-digest", |bencher| {
        bencher.iter(|| {
            let credentials = Credentials::parse(black_box(value)).expect("it is ours");
            let ha1 = Ha1::new(Algorithm::Md5, credentials.username(), REALM, &password);
            assert!(credentials.is_right(&ha1, METHOD, b""));
        });
    });
    group.bench_function("sip-digest, nonce and count too", |bencher| {
        bencher.iter(|| {
            let credentials = Credentials::parse(black_box(value)).expect("it is ours");
            let request = Request::new(METHOD, URI);
            let user = credentials.username();
            signed
                .verifier
                .verify_password(&credentials, user, Some(&password), &request, b"", now())
        });
    });
    group.bench_function("rsip", |bencher| {
        bencher.iter(|| {
            let header = Authorization::from(black_box(value.as_str()))
                .typed()
                .expect("it is sound");
            let generator = DigestGenerator::from(&header, PASSWORD, &rsip::Method::Register);
            assert!(generator.verify(&header.response));
        });
    });
    group.bench_function("digest_auth", |bencher| {
        let context = || {
            let method = digest_auth::HttpMethod::from(METHOD);
            let mut context = digest_auth::AuthContext::new_with_method(USER, PASSWORD, URI, None::<&[u8]>, method);
            context.set_custom_cnonce(CNONCE);
            context
        };
        bencher.iter(|| {
            let mut header = digest_auth::AuthorizationHeader::parse(black_box(value)).expect("it is sound");
            let given = header.response.clone();
            header.digest(&context());
            assert_eq!(header.response, given);
        });
    });
    group.bench_function("http-auth", |bencher| {
        let nonce = Credentials::parse(value).expect("it is ours").nonce().to_owned();
        let challenge = format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"");
        let params = http_auth::PasswordParams {
            username: USER,
            password: PASSWORD,
            uri: URI,
            method: METHOD,
            body: None,
        };
        bencher.iter(|| {
            let mut client = http_auth::PasswordClient::try_from(black_box(challenge.as_str())).expect("it is sound");
            client.respond(&params)
        });
    });
    group.finish();
}

criterion_group!(benches, with_ha1, with_password);
criterion_main!(benches);

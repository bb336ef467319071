//! Digest: a header value verified, beside the hashes alone and beside other crates.
//!
//! "raw" computes the same hashes with `md-5`, `sha2` and `hex` over texts that are already joined, one after the other as
//! each needs the one before, so it is what remains if everything around the hashes cost nothing. "raw, and the nonce's
//! MAC" has the hash by which a server knows its own nonce too, which stateless nonces cannot do without.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rsip::headers::{Authorization, ToTypedHeader};
use rsip::services::DigestGenerator;
use sip_benches::digest::{CNONCE, METHOD, PASSWORD, REALM, Signed, URI, USER};
use sip_digest::{Algorithm, Credentials};

/// With the user's HA1 from a store, as a server has it.
fn with_ha1(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest with HA1");
    for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
        let mut signed = Signed::new(algorithm);
        group.throughput(Throughput::Bytes(signed.value.len() as u64));
        group.bench_function(BenchmarkId::new("raw", algorithm), |bencher| {
            bencher.iter(|| signed.raw());
        });
        group.bench_function(BenchmarkId::new("raw, and the nonce's MAC", algorithm), |bencher| {
            bencher.iter(|| signed.raw_and_mac());
        });
        group.bench_function(BenchmarkId::new("parse", algorithm), |bencher| {
            bencher.iter(|| drop(black_box(signed.parse())));
        });
        group.bench_function(BenchmarkId::new("parse and verify", algorithm), |bencher| {
            bencher.iter(|| signed.check());
        });
        group.bench_function(
            BenchmarkId::new("parse and verify, nonce and count too", algorithm),
            |bencher| bencher.iter(|| signed.verify()),
        );
    }
    group.finish();
}

/// With the password, which all of these crates take. `http-auth` and `digest_auth` are made for clients; the first reads
/// no credentials, so what it does is to read a challenge and answer it.
fn with_password(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest with password");
    let mut signed = Signed::new(Algorithm::Md5);
    group.throughput(Throughput::Bytes(signed.value.len() as u64));
    group.bench_function("raw", |bencher| bencher.iter(|| signed.raw_with_password()));
    group.bench_function("sip-digest", |bencher| bencher.iter(|| signed.check_password()));
    group.bench_function("sip-digest, nonce and count too", |bencher| {
        bencher.iter(|| signed.verify_password());
    });
    let value = &signed.value;
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

//! What is measured of Digest: a request that was signed, the hashes alone, and sip-digest doing what a server does.

use std::hash::Hasher;
use std::hint::black_box;
use std::time::{Duration, SystemTime};

use md5::{Digest, Md5};
use sha2::Sha256;
use sip_digest::{
    Algorithm, Answer, Credentials, Ha1, NonceKey, Password, QopPolicy, Rejection, Request, Verifier, VerifierConfig,
};
use siphasher::sip128::{Hash128, Hasher128, SipHasher24};

/// The user's name.
pub const USER: &str = "alice";
/// The realm.
pub const REALM: &str = "example.test";
/// The user's password.
pub const PASSWORD: &str = "alicepw";
/// The method of the request.
pub const METHOD: &str = "REGISTER";
/// Its Request-URI.
pub const URI: &str = "sip:example.test";
/// The client's nonce.
pub const CNONCE: &str = "f2wE4q74E6zIJEtWaHKaf5wvH5Qzzp";

/// A request that was signed, and the verifier that challenged for it.
#[derive(Debug)]
pub struct Signed {
    verifier: Verifier,
    algorithm: Algorithm,
    ha1: Ha1,
    password: Password,
    /// The header value.
    pub value: String,
    // What goes into the hashes.
    a1: String,
    a2: String,
    response: Vec<u8>,
}

impl Signed {
    /// A request that was signed with MD5 or SHA-256.
    ///
    /// # Panics
    ///
    /// Never, unless sip-digest is broken.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        let mut config = VerifierConfig::new(REALM);
        (config.algorithms, config.qop) = (algorithm.into(), QopPolicy::Auth);
        let mut verifier = Verifier::new(config, &NonceKey::new([7; 32])).expect("the realm is one line");
        let challenge = verifier.challenges(now(), b"", false).next().expect("one challenge");
        let password = Password::new(PASSWORD);
        let ha1 = Ha1::new(algorithm, USER, REALM, &password);
        let answer = Answer::new(USER, &ha1, METHOD, URI, 1, CNONCE);
        let value = challenge.answer(&answer).expect("it is ours").to_string();
        let digits = "0".repeat(algorithm.response_digits());
        let response = format!(
            "{}:{}:00000001:{CNONCE}:auth:{digits}",
            *ha1.to_hex(),
            challenge.nonce()
        );
        Self {
            verifier,
            algorithm,
            ha1,
            password,
            value,
            a1: format!("{USER}:{REALM}:{PASSWORD}"),
            a2: format!("{METHOD}:{URI}"),
            response: response.into_bytes(),
        }
    }

    /// The hashes alone: H(A2), its digits put at the end of the response's text, and the hash of that.
    #[inline]
    pub fn raw(&mut self) {
        match self.algorithm {
            Algorithm::Md5 => drop(black_box(raw::<Md5>(
                black_box(&self.a2),
                black_box(&mut self.response),
            ))),
            _ => drop(black_box(raw::<Sha256>(
                black_box(&self.a2),
                black_box(&mut self.response),
            ))),
        }
    }

    /// The same, and H(A1) before.
    #[inline]
    pub fn raw_with_password(&mut self) {
        match self.algorithm {
            Algorithm::Md5 => put::<Md5>(&Md5::digest(black_box(&self.a1)), &mut self.response[..32]),
            _ => put::<Sha256>(&Sha256::digest(black_box(&self.a1)), &mut self.response[..64]),
        }
        self.raw();
    }

    /// The hashes, and the MAC of a nonce's twelve bytes.
    #[inline]
    pub fn raw_and_mac(&mut self) {
        black_box(nonce_mac(black_box(1), black_box(2)));
        self.raw();
    }

    /// The header value read.
    ///
    /// # Panics
    ///
    /// Never, unless sip-digest is broken.
    #[inline]
    #[must_use]
    pub fn parse(&self) -> Credentials<'_> {
        Credentials::parse(black_box(&self.value)).expect("it is ours")
    }

    /// The header value read, the response computed and compared.
    ///
    /// # Panics
    ///
    /// Never, unless sip-digest is broken.
    #[inline]
    pub fn check(&self) {
        assert!(self.parse().is_right(&self.ha1, METHOD, b""));
    }

    /// The same from the password.
    ///
    /// # Panics
    ///
    /// Never, unless sip-digest is broken.
    #[inline]
    pub fn check_password(&self) {
        let credentials = self.parse();
        let ha1 = Ha1::new(self.algorithm, credentials.username(), REALM, &self.password);
        assert!(credentials.is_right(&ha1, METHOD, b""));
    }

    /// All that a server does, the nonce and its count too. The count was used after the first time; everything up to that is
    /// done every time.
    ///
    /// # Errors
    ///
    /// As [`Verifier::verify`].
    ///
    /// # Panics
    ///
    /// Never, unless sip-digest is broken.
    #[inline]
    pub fn verify(&mut self) -> Result<(), Rejection> {
        let credentials = Credentials::parse(black_box(&self.value)).expect("it is ours");
        let request = Request::new(METHOD, URI);
        self.verifier
            .verify(&credentials, Some(&self.ha1), &request, b"", now())
    }

    /// The same from the password.
    ///
    /// # Errors
    ///
    /// As [`Verifier::verify_password`].
    ///
    /// # Panics
    ///
    /// Never, unless sip-digest is broken.
    #[inline]
    pub fn verify_password(&mut self) -> Result<(), Rejection> {
        let credentials = Credentials::parse(black_box(&self.value)).expect("it is ours");
        let request = Request::new(METHOD, URI);
        let (user, password) = (credentials.username(), Some(&self.password));
        self.verifier
            .verify_password(&credentials, user, password, &request, b"", now())
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

fn raw<D: Digest>(a2: &str, response: &mut [u8]) -> md5::digest::Output<D> {
    let ha2 = D::digest(a2);
    let end = response.len();
    put::<D>(&ha2, &mut response[end - 2 * ha2.len()..]);
    D::digest(response)
}

fn put<D: Digest>(hash: &md5::digest::Output<D>, digits: &mut [u8]) {
    hex::encode_to_slice(hash, digits).expect("there is room for its digits");
}

fn nonce_mac(issued: u64, sequence: u32) -> Hash128 {
    let mut mac = SipHasher24::new_with_keys(7, 7);
    mac.write(&issued.to_le_bytes());
    mac.write(&sequence.to_le_bytes());
    mac.finish128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_alone_are_those_of_the_response() {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            let mut signed = Signed::new(algorithm);
            let hash = match algorithm {
                Algorithm::Md5 => hex::encode(raw::<Md5>(&signed.a2, &mut signed.response)),
                _ => hex::encode(raw::<Sha256>(&signed.a2, &mut signed.response)),
            };
            assert_eq!(signed.parse().response(), hash);
            let before = signed.response.clone();
            signed.raw_with_password();
            assert_eq!(signed.response, before, "H(A1) is that of the password");
            signed.check();
            signed.check_password();
            assert_eq!(signed.verify(), Ok(()));
            assert_eq!(signed.verify_password(), Err(Rejection::Replayed));
        }
    }
}

//! Nonces that carry their own proof: `issued (8 bytes) | sequence (4 bytes) | MAC (16 bytes)`, in hexadecimal.
//!
//! The MAC is HMAC-SHA-256 over the first twelve bytes and what the application binds the nonce to, with a key that is
//! derived from the server's key and the realm. It is cut to 128 bits, which nobody can guess within a nonce's lifetime.
//! So nothing is stored for a challenge that nobody answers.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::names::Algorithm;
use crate::secret::{Ha1, NonceKey, Password};

const BODY_LEN: usize = 12;
const MAC_LEN: usize = 16;

/// What tells one nonce from another: when it was issued, and the number of the challenge. Ordered by age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NonceId {
    /// Milliseconds since the Unix epoch.
    pub(crate) issued: u64,
    pub(crate) sequence: u32,
}

/// A nonce that was signed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nonce {
    pub(crate) id: NonceId,
    /// Bits of its MAC, which nobody can choose.
    pub(crate) spread: u64,
}

/// Signs and opens the nonces of one realm with one key.
#[derive(Clone)]
pub(crate) struct Signer {
    /// With its key taken in, so that this is done once and not for every nonce.
    mac: Hmac<Sha256>,
}

/// What stands in for the secret of a user who does not exist. Without the key nobody can compute it.
#[derive(Clone)]
pub(crate) struct Decoy {
    secret: Zeroizing<String>,
}

impl Signer {
    pub(crate) fn new(key: &NonceKey, realm: &str) -> Self {
        let derived = key.derive(b"sip-digest nonce", realm);
        Self {
            mac: keyed(derived.as_slice()),
        }
    }

    /// A nonce that is good only together with this binding.
    pub(crate) fn sign(&self, id: NonceId, binding: &[u8]) -> String {
        let body = id.to_bytes();
        let tag = self.mac(&body, binding).finalize().into_bytes();
        let mut nonce = [0; BODY_LEN + MAC_LEN];
        for (to, from) in nonce.iter_mut().zip(body.iter().chain(&tag)) {
            *to = *from;
        }
        hex::encode(nonce)
    }

    /// Reads a nonce that was signed here with this binding.
    pub(crate) fn open(&self, nonce: &str, binding: &[u8]) -> Option<Nonce> {
        let mut bytes = [0; BODY_LEN + MAC_LEN];
        hex::decode_to_slice(nonce, &mut bytes).ok()?;
        let (body, tag) = bytes.split_first_chunk::<BODY_LEN>()?;
        self.mac(body, binding).verify_truncated_left(tag).ok()?;
        Some(Nonce {
            id: NonceId::from_bytes(body),
            spread: u64::from_be_bytes(*tag.first_chunk()?),
        })
    }

    /// The body has one length, so nothing of it can be taken for a part of the binding.
    fn mac(&self, body: &[u8; BODY_LEN], binding: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(body);
        mac.update(binding);
        mac
    }
}

impl Decoy {
    pub(crate) fn new(key: &NonceKey, realm: &str) -> Self {
        let secret = key.derive(b"sip-digest decoy", realm);
        Self {
            secret: Zeroizing::new(hex::encode(secret.as_slice())),
        }
    }

    pub(crate) fn ha1(&self, algorithm: Algorithm) -> Ha1 {
        let digits = self.secret.get(..algorithm.response_digits()).unwrap_or_default();
        Ha1::from_hex(algorithm, digits).expect("the secret has 64 hexadecimal digits")
    }

    /// As long as passwords often are, so that it fits into the same block of the hash.
    pub(crate) fn password(&self) -> Password {
        Password::new(self.secret.get(..12).unwrap_or_default())
    }
}

impl NonceKey {
    /// A key for one use and one realm. The label keeps the uses apart.
    fn derive(&self, label: &[u8; 16], realm: &str) -> Zeroizing<[u8; 32]> {
        let mut mac = keyed(self.as_bytes());
        mac.update(label);
        mac.update(realm.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length")
}

impl NonceId {
    fn to_bytes(self) -> [u8; BODY_LEN] {
        let ([a, b, c, d, e, f, g, h], [i, j, k, l]) = (self.issued.to_be_bytes(), self.sequence.to_be_bytes());
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }

    const fn from_bytes([a, b, c, d, e, f, g, h, i, j, k, l]: &[u8; BODY_LEN]) -> Self {
        Self {
            issued: u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
            sequence: u32::from_be_bytes([*i, *j, *k, *l]),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(redacted)")
    }
}

impl fmt::Debug for Decoy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decoy(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: NonceId = NonceId {
        issued: 1_700_000_000_123,
        sequence: 7,
    };

    fn signer(key: u8, realm: &str) -> Signer {
        Signer::new(&NonceKey::new([key; 32]), realm)
    }

    #[test]
    fn a_signed_nonce_opens_with_its_key_realm_and_binding_only() {
        let ours = signer(1, "example.test");
        let nonce = ours.sign(ID, b"192.0.2.1");
        assert_eq!(nonce.len(), 56);
        assert_eq!(ours.open(&nonce, b"192.0.2.1").map(|nonce| nonce.id), Some(ID));
        assert_eq!(ours.open(&nonce, b"192.0.2.2"), None);
        assert_eq!(ours.open(&nonce, b""), None);
        assert_eq!(signer(1, "example.tesT").open(&nonce, b"192.0.2.1"), None);
        assert_eq!(signer(2, "example.test").open(&nonce, b"192.0.2.1"), None);
        for text in ["", "00", "zz", &nonce[2..], &format!("{nonce}00"), "日本"] {
            assert_eq!(ours.open(text, b"192.0.2.1"), None, "{text}");
        }
    }

    #[test]
    fn every_bit_of_a_nonce_is_signed() {
        let key = signer(1, "r");
        let nonce = hex::decode(key.sign(ID, b"")).unwrap();
        for bit in 0..nonce.len() * 8 {
            let mut forged = nonce.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&hex::encode(forged), b""), None, "bit {bit}");
        }
    }

    #[test]
    fn decoys_are_stable_and_differ() {
        let hex = |key, realm, algorithm| Decoy::new(&NonceKey::new([key; 32]), realm).ha1(algorithm).to_hex();
        assert_eq!(hex(1, "r", Algorithm::Md5), hex(1, "r", Algorithm::Md5Sess));
        assert_ne!(hex(1, "r", Algorithm::Md5), hex(2, "r", Algorithm::Md5));
        assert_ne!(hex(1, "r", Algorithm::Sha256), hex(1, "s", Algorithm::Sha256));
    }

    #[test]
    fn keys_print_redacted() {
        let key = NonceKey::new([0x5a; 32]);
        assert_eq!(format!("{:?}", Signer::new(&key, "r")), "Signer(redacted)");
        assert_eq!(format!("{:?}", Decoy::new(&key, "r")), "Decoy(redacted)");
    }
}

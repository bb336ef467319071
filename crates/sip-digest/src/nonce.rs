//! Nonces that carry their own proof: `issued (8 bytes) | sequence (4 bytes) | MAC (16 bytes)`, in hexadecimal.
//!
//! The MAC is HMAC-SHA-256 over a label, the realm and the first twelve bytes, cut to 128 bits, which nobody can guess
//! within a nonce's lifetime. So nothing is stored for a challenge that nobody answers.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::names::Algorithm;
use crate::secret::{Ha1, NonceKey};

const BODY_LEN: usize = 12;
const MAC_LEN: usize = 16;

/// What tells one nonce from another: when it was issued, and the number of the challenge. Ordered by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NonceId {
    /// Milliseconds since the Unix epoch.
    pub(crate) issued: u64,
    pub(crate) sequence: u32,
}

impl NonceKey {
    pub(crate) fn sign(&self, realm: &str, id: NonceId) -> String {
        let body = id.to_bytes();
        let tag = self.mac(b"sip-digest nonce", realm, &body).finalize().into_bytes();
        let mut nonce = [0; BODY_LEN + MAC_LEN];
        for (to, from) in nonce.iter_mut().zip(body.iter().chain(&tag)) {
            *to = *from;
        }
        hex::encode(nonce)
    }

    /// Reads a nonce that this key signed for this realm.
    pub(crate) fn open(&self, realm: &str, nonce: &str) -> Option<NonceId> {
        let mut bytes = [0; BODY_LEN + MAC_LEN];
        hex::decode_to_slice(nonce, &mut bytes).ok()?;
        let (body, rest) = bytes.split_first_chunk::<BODY_LEN>()?;
        self.mac(b"sip-digest nonce", realm, body)
            .verify_truncated_left(rest)
            .ok()?;
        Some(NonceId::from_bytes(body))
    }

    /// The HA1 of a user that does not exist: it stays the same, and without the key nobody can compute it.
    pub(crate) fn decoy(&self, algorithm: Algorithm, realm: &str, username: &str) -> Ha1 {
        let tag = self
            .mac(b"sip-digest decoy", realm, username.as_bytes())
            .finalize()
            .into_bytes();
        let mut hash = [0; 16];
        for (to, from) in hash.iter_mut().zip(&tag) {
            *to = *from;
        }
        Ha1::from_hash(algorithm, hash)
    }

    /// The label keeps the two uses of the key apart, the realm's length keeps realm and body apart.
    fn mac(&self, label: &[u8; 16], realm: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(label);
        mac.update(&u64::try_from(realm.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(realm.as_bytes());
        mac.update(body);
        mac
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: NonceId = NonceId {
        issued: 1_700_000_000_123,
        sequence: 7,
    };

    #[test]
    fn a_signed_nonce_opens_with_its_key_and_realm_only() {
        let key = NonceKey::new([1; 32]);
        let nonce = key.sign("example.test", ID);
        assert_eq!(nonce.len(), 56);
        assert_eq!(key.open("example.test", &nonce), Some(ID));
        assert_eq!(key.open("example.tesT", &nonce), None);
        assert_eq!(NonceKey::new([2; 32]).open("example.test", &nonce), None);
        for text in ["", "00", "zz", &nonce[2..], &format!("{nonce}00"), "日本"] {
            assert_eq!(key.open("example.test", text), None, "{text}");
        }
    }

    #[test]
    fn every_bit_of_a_nonce_is_signed() {
        let key = NonceKey::new([1; 32]);
        let nonce = hex::decode(key.sign("r", ID)).unwrap();
        for bit in 0..nonce.len() * 8 {
            let mut forged = nonce.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open("r", &hex::encode(forged)), None, "bit {bit}");
        }
    }

    #[test]
    fn decoys_are_stable_and_differ() {
        let key = NonceKey::new([1; 32]);
        let decoy = |realm, user| key.decoy(Algorithm::Md5, realm, user).to_hex();
        assert_eq!(decoy("r", "u"), decoy("r", "u"));
        assert_ne!(decoy("r", "u"), decoy("r", "v"));
        assert_ne!(decoy("ru", ""), decoy("r", "u"));
    }
}

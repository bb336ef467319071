//! Nonces that carry their own proof: `issued (8 bytes) | sequence (4 bytes) | MAC (16 bytes)`, in hexadecimal.
//!
//! The MAC is SipHash-2-4 with 128 bits over the first twelve bytes and what the application binds the nonce to. It is
//! made for keyed tags of short texts, and RFC 9018 signs the cookies of DNS servers with its form of 64 bits: they are
//! the same thing, a time and a client, signed so that nothing has to be stored. Its key is derived from the server's key and
//! the realm by HMAC-SHA-256. So nothing is stored for a challenge that nobody answers.

use std::fmt;
use std::hash::Hasher;
use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use siphasher::sip128::{Hasher128, SipHasher24};
use zeroize::Zeroizing;

use crate::digits;
use crate::names::Algorithm;
use crate::secret::{Ha1, NonceKey, Password};

/// Digits of a nonce.
const LEN: usize = 56;

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
pub(crate) struct Signer {
    key: Zeroizing<[u64; 2]>,
}

/// What stands in for the secret of a user who does not exist. Without the key nobody can compute it.
pub(crate) struct Decoy {
    /// Hexadecimal digits.
    secret: Zeroizing<[u8; 64]>,
}

impl Signer {
    pub(crate) fn new(key: &NonceKey, realm: &str) -> Self {
        let derived = key.derive(b"sip-digest nonce", realm);
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *derived;
        Self {
            key: Zeroizing::new([
                u64::from_le_bytes([a, b, c, d, e, f, g, h]),
                u64::from_le_bytes([i, j, k, l, m, n, o, p]),
            ]),
        }
    }

    /// A nonce that is good only together with this binding.
    pub(crate) fn sign(&self, id: NonceId, binding: &[u8]) -> String {
        let (_, digits) = self.signed(id, binding);
        digits.iter().map(|digit| char::from(*digit)).collect()
    }

    /// Reads a nonce that was signed here with this binding. It is compared in constant time, and as a whole: what is no
    /// number in it is not equal to the digits of any.
    ///
    /// Inlined, because a result that is put together of small fields and then copied in wide moves stalls the processor.
    #[inline(always)]
    pub(crate) fn open(&self, nonce: &str, binding: &[u8]) -> Option<Nonce> {
        let given: &[u8; LEN] = nonce.as_bytes().try_into().ok()?;
        let (words, _) = given.as_chunks::<8>();
        let [high, low, sequence, ..] = words else {
            return None;
        };
        let id = NonceId {
            issued: u64::from(digits::decode_unchecked(*high)) << 32 | u64::from(digits::decode_unchecked(*low)),
            sequence: digits::decode_unchecked(*sequence),
        };
        let (nonce, ours) = self.signed(id, binding);
        let pairs = ours.as_chunks::<8>().0.iter().zip(words);
        let difference = pairs.fold(0, |difference, (ours, given)| {
            difference | (u64::from_ne_bytes(*ours) ^ u64::from_ne_bytes(*given))
        });
        (black_box(difference) == 0).then_some(nonce)
    }

    /// A nonce and its digits.
    #[inline(always)]
    fn signed(&self, id: NonceId, binding: &[u8]) -> (Nonce, [u8; LEN]) {
        let [first, second] = *self.key;
        let mut mac = SipHasher24::new_with_keys(first, second);
        // These have one length, so nothing of them can be taken for a part of the binding.
        mac.write_u64(id.issued.to_le());
        mac.write_u32(id.sequence.to_le());
        if !binding.is_empty() {
            mac.write(binding);
        }
        let tag = mac.finish128();
        let numbers = [
            id.issued,
            u64::from(id.sequence) << 32 | tag.h1 >> 32,
            tag.h1 << 32 | tag.h2 >> 32,
            tag.h2 << 32,
        ];
        let mut digits = [0; 64];
        for (numbers, digits) in numbers.as_chunks::<2>().0.iter().zip(digits.as_chunks_mut::<32>().0) {
            let [first, second] = numbers.map(u64::to_be_bytes);
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&first);
            bytes[8..].copy_from_slice(&second);
            *digits = digits::of_bytes(bytes);
        }
        let [digits @ .., _, _, _, _, _, _, _, _] = digits;
        (Nonce { id, spread: tag.h1 }, digits)
    }
}

impl Decoy {
    pub(crate) fn new(key: &NonceKey, realm: &str) -> Self {
        let mut secret = Zeroizing::new([0; 64]);
        digits::write(key.derive(b"sip-digest decoy", realm).as_slice(), secret.as_mut_slice());
        Self { secret }
    }

    pub(crate) fn ha1(&self, algorithm: Algorithm) -> Ha1 {
        let digits = self.digits(algorithm.response_digits());
        Ha1::from_hex(algorithm, digits).expect("the secret has as many hexadecimal digits as the longest hash")
    }

    /// As long as passwords often are, so that it fits into the same block of the hash.
    pub(crate) fn password(&self) -> Password {
        Password::new(self.digits(12))
    }

    fn digits(&self, len: usize) -> &str {
        let digits = self.secret.get(..len).unwrap_or_default();
        std::str::from_utf8(digits).expect("hexadecimal digits are ASCII")
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
        let upper = nonce.to_uppercase();
        for text in [
            "",
            "00",
            "zz",
            &nonce[2..],
            &format!("{nonce}00"),
            "日本",
            &upper,
            &"é".repeat(28),
        ] {
            assert_eq!(ours.open(text, b"192.0.2.1"), None, "{text}");
        }
    }

    #[test]
    fn every_character_of_a_nonce_is_signed() {
        let key = signer(1, "r");
        let nonce = key.sign(ID, b"").into_bytes();
        for index in 0..nonce.len() {
            let mut forged = nonce.clone();
            for byte in (0..0x80).filter(|byte| *byte != nonce[index]) {
                forged[index] = byte;
                let forged = str::from_utf8(&forged).unwrap();
                assert_eq!(key.open(forged, b""), None, "{forged}");
            }
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

//! What must not be seen: it prints redacted and is overwritten on drop.

use std::fmt;

use zeroize::Zeroizing;

use crate::hash::{self, Hex};
use crate::names::Algorithm;

/// A user's password. It prints redacted and is overwritten on drop.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

/// H(A1), the hash over user name, realm and password (RFC 7616 section 3.4.2). Whoever has it can authenticate in that
/// realm, so it is a secret too: it prints redacted and is overwritten on drop.
///
/// One HA1 serves an algorithm and its `-sess` variant: what is stored is the same, and the rest is of one session.
///
/// ```
/// use sip_digest::{Algorithm, Ha1, Password};
///
/// let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
/// let stored = ha1.to_hex();
/// assert_eq!(*stored, "0aa70532c3909405e9e625e0ac5c23bc");
/// assert_eq!(Ha1::from_hex(Algorithm::Md5, &stored)?.algorithm(), Algorithm::Md5);
/// assert_eq!(format!("{ha1:?}"), "Ha1(MD5, redacted)");
/// # Ok::<(), sip_digest::InvalidHa1>(())
/// ```
#[derive(Clone)]
pub struct Ha1 {
    algorithm: Algorithm,
    hash: Zeroizing<Hex>,
}

/// The key that nonces are signed with. Servers that share it accept each other's nonces, and a server that keeps it
/// over a restart accepts those that it gave out before. It prints redacted and is overwritten on drop.
#[derive(Clone)]
pub struct NonceKey(Zeroizing<[u8; 32]>);

/// A text that is no stored HA1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an HA1 for {algorithm} has {} hexadecimal digits (RFC 7616 section 3.4.2)", algorithm.response_digits())]
pub struct InvalidHa1 {
    algorithm: Algorithm,
}

impl Password {
    /// Takes the password as it is: digest hashes its UTF-8 bytes and normalises nothing.
    #[must_use]
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }
}

impl Ha1 {
    /// Hashes `username ":" realm ":" password`. User name and realm are given as they read, without the escapes of
    /// the quoted-strings that carry them.
    #[must_use]
    pub fn new(algorithm: Algorithm, username: &str, realm: &str, password: &Password) -> Self {
        let parts = [username.as_bytes(), realm.as_bytes(), password.0.as_bytes()];
        Self {
            algorithm: algorithm.without_session(),
            hash: Zeroizing::new(hash::hash(algorithm, &parts)),
        }
    }

    /// Takes an HA1 as it is stored: 32 hexadecimal digits for MD5, 64 for the others, of either case.
    ///
    /// # Errors
    ///
    /// [`InvalidHa1`] for any other text.
    pub fn from_hex(algorithm: Algorithm, digits: &str) -> Result<Self, InvalidHa1> {
        let hash = Hex::parse(algorithm, digits).ok_or(InvalidHa1 { algorithm })?;
        Ok(Self {
            algorithm: algorithm.without_session(),
            hash: Zeroizing::new(hash),
        })
    }

    /// The hash that this HA1 is of, never a `-sess` variant.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The lower-case hexadecimal digits that a store keeps, and that go into the response.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(self.hash.as_str().to_owned())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.hash.as_bytes()
    }
}

impl NonceKey {
    /// Takes 32 bytes that nobody can guess.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ha1({}, redacted)", self.algorithm)
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(redacted)")
    }
}

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self::new(password)
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroize;

    use super::*;

    #[test]
    fn ha1_is_hashed_or_taken_from_the_store() {
        // RFC 2617 section 3.5; the hash is in no RFC but follows from the response that is.
        let hashed = Ha1::new(
            Algorithm::Md5,
            "Mufasa",
            "testrealm@host.com",
            &Password::new("Circle Of Life".to_owned()),
        );
        assert_eq!(*hashed.to_hex(), "939e7578ed9e3c518a452acee763bce9");
        let stored = Ha1::from_hex(Algorithm::Md5Sess, "939E7578ED9E3C518A452ACEE763BCE9").unwrap();
        assert_eq!(stored.to_hex(), hashed.to_hex());
        assert_eq!(stored.algorithm(), Algorithm::Md5);
        for bad in [
            "",
            "939e",
            "939e7578ed9e3c518a452acee763bceg",
            "939e7578ed9e3c518a452acee763bce9a",
        ] {
            assert!(Ha1::from_hex(Algorithm::Md5, bad).is_err(), "{bad}");
        }
        let error = Ha1::from_hex(Algorithm::Sha256, "939e7578ed9e3c518a452acee763bce9").unwrap_err();
        assert_eq!(
            error.to_string(),
            "an HA1 for SHA-256 has 64 hexadecimal digits (RFC 7616 section 3.4.2)"
        );
    }

    #[test]
    fn secrets_print_redacted() {
        let ha1 = Ha1::from_hex(Algorithm::Md5, "939e7578ed9e3c518a452acee763bce9").unwrap();
        let printed = format!("{:?} {ha1:?} {:?}", Password::new("hunter2"), NonceKey::new([0x5a; 32]));
        assert_eq!(printed, "Password(redacted) Ha1(MD5, redacted) NonceKey(redacted)");
    }

    /// What is left after a drop cannot be read without `unsafe`; that these types are the ones which overwrite on drop
    /// is checked by the compiler, and what they overwrite with here.
    #[test]
    fn secrets_are_overwritten() {
        fn overwrites_on_drop<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let (Password(mut password), mut ha1, NonceKey(mut key)) = (
            Password::new("hunter2"),
            Ha1::from_hex(Algorithm::Md5, "939e7578ed9e3c518a452acee763bce9").unwrap(),
            NonceKey::new([0x5a; 32]),
        );
        overwrites_on_drop(&password);
        overwrites_on_drop(&ha1.hash);
        overwrites_on_drop(&key);
        password.zeroize();
        ha1.hash.zeroize();
        key.zeroize();
        assert_eq!((password.as_str(), ha1.as_bytes(), *key), ("", &b""[..], [0; 32]));
    }
}

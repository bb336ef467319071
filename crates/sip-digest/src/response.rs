//! The response itself: RFC 2617 section 3.2.2.1, with the RFC 2069 form where there is no qop.

use std::hint::black_box;

use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::names::Qop;
use crate::secret::Ha1;

/// The part of the hash that depends on the quality of protection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protection<'a> {
    Auth { nc: &'a str, cnonce: &'a str },
    None,
}

/// Computes the response. Every text goes in as it stands in the header, unquoted and unescaped.
pub(crate) fn response(ha1: &Ha1, nonce: &str, protection: Protection<'_>, method: &str, uri: &str) -> [u8; 16] {
    let ha1: Zeroizing<String> = ha1.to_hex();
    let ha2 = hex::encode(md5(&[method.as_bytes(), b":", uri.as_bytes()]));
    let (ha1, ha2, nonce) = (ha1.as_bytes(), ha2.as_bytes(), nonce.as_bytes());
    match protection {
        Protection::Auth { nc, cnonce } => md5(&[
            ha1,
            b":",
            nonce,
            b":",
            nc.as_bytes(),
            b":",
            cnonce.as_bytes(),
            b":",
            Qop::Auth.name().as_bytes(),
            b":",
            ha2,
        ]),
        Protection::None => md5(&[ha1, b":", nonce, b":", ha2]),
    }
}

pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Compares in a time that does not depend on where the two differ, so that it does not tell how much of a guess was
/// right. `black_box` keeps the compiler from leaving the loop early.
pub(crate) fn equal_in_constant_time(a: &[u8; 16], b: &[u8; 16]) -> bool {
    let difference = a
        .iter()
        .zip(b)
        .fold(0, |difference, (a, b)| black_box(difference | (a ^ b)));
    black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_sees_every_bit() {
        let a = [0x5a; 16];
        assert!(equal_in_constant_time(&a, &a.clone()));
        for bit in 0..128 {
            let mut b = a;
            b[bit / 8] ^= 1 << (bit % 8);
            assert!(!equal_in_constant_time(&a, &b), "bit {bit}");
        }
    }
}

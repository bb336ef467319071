//! The response itself: RFC 7616 section 3.4.1, with the RFC 2069 form where there is no qop.

use zeroize::Zeroizing;

use crate::hash::{self, Hex};
use crate::names::{Algorithm, Qop};
use crate::secret::Ha1;

/// What credentials say of how their response was computed. Every text goes in as it reads, unquoted and unescaped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) nonce: &'a str,
    pub(crate) uri: &'a str,
    /// The quality of protection and the nonce count.
    pub(crate) qop: Option<(Qop, &'a [u8])>,
    pub(crate) cnonce: Option<&'a str>,
}

impl Signed<'_> {
    /// Computes the response for a request of this method. [`None`] where the client nonce is missing that the
    /// algorithm or the quality of protection needs, or where the HA1 is of another algorithm.
    pub(crate) fn response(&self, ha1: &Ha1, method: &str, body: &[u8]) -> Option<Hex> {
        let algorithm = self.algorithm;
        if ha1.algorithm() != algorithm.without_session() {
            return None;
        }
        let (nonce, cnonce) = (self.nonce.as_bytes(), self.cnonce.map(str::as_bytes));
        let session;
        let a1 = if algorithm.is_session() {
            session = session_key(algorithm, ha1, nonce, cnonce?);
            session.as_bytes()
        } else {
            ha1.as_bytes()
        };
        let (method, uri) = (method.as_bytes(), self.uri.as_bytes());
        let body = matches!(self.qop, Some((Qop::AuthInt, _))).then(|| {
            // RFC 8760 section 2.6 item 7: no body is hashed as an empty one.
            hash::hash(algorithm, &[body])
        });
        let a2: &[&[u8]] = match &body {
            None => &[method, uri],
            Some(body) => &[method, uri, body.as_bytes()],
        };
        let before: &[&[u8]] = match self.qop {
            None => &[a1, nonce],
            Some((qop, nc)) => &[a1, nonce, nc, cnonce?, qop.name().as_bytes()],
        };
        Some(hash::hash_with_hash(algorithm, before, a2))
    }

    /// Computes `rspauth`, with which the server proves that it knows the secret too (RFC 7616 section 3.5). `body` is
    /// that of the server's response.
    pub(crate) fn rspauth(&self, ha1: &Ha1, body: &[u8]) -> Option<Hex> {
        self.qop?;
        self.response(ha1, "", body)
    }
}

/// H(A1) of a `-sess` variant (RFC 7616 section 3.4.2).
fn session_key(algorithm: Algorithm, ha1: &Ha1, nonce: &[u8], cnonce: &[u8]) -> Zeroizing<Hex> {
    Zeroizing::new(hash::hash(algorithm, &[ha1.as_bytes(), nonce, cnonce]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Password;

    /// The one vector of such a key that another stack prints: lib/test/test_digest_auth.c of OpenSIPS.
    #[test]
    fn a_session_has_a_key_of_its_own() {
        let ha1 = Ha1::new(
            Algorithm::Sha256,
            "opensips",
            "opensips.org",
            &Password::new("OpenSIPSrulz"),
        );
        let key = session_key(Algorithm::Sha256Sess, &ha1, b"nonce", b"cnonce");
        assert_eq!(
            key.as_str(),
            "290d6f165a08f745714829cd80f1ac346ae42336a94fa3e40944e117df526ef6"
        );
    }
}

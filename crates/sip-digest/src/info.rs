use std::fmt;

use crate::credentials::Credentials;
use crate::names::{Named, Qop};
use crate::nonce_count::NonceCount;
use crate::parameter::{Extensions, Name, fill};
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::scanner::Scanner;
use crate::secret::Ha1;
use crate::text::{self, InvalidText};

/// The value of an `Authentication-Info` or `Proxy-Authentication-Info` header (RFC 7616 section 3.5, RFC 3261
/// section 20.6): in a response to a request that passed, the server proves that it knows the user's secret too, or
/// names the nonce that it wants to see next.
///
/// [`parse`](Self::parse) is lenient, [`Display`](fmt::Display) writes what the grammar asks for.
///
/// ```
/// use sip_digest::{Algorithm, AuthenticationInfo, Credentials, Ha1, Password};
///
/// // RFC 5090 section 6.
/// let credentials = Credentials::parse(
///     "Digest username=\"12345678\", realm=\"example.com\", nonce=\"3bada1a0\", uri=\"sip:97226491335@example.com\", \
///      response=\"756933f735fcd93f90a4bbdd5467f263\", cnonce=\"56593a80\", algorithm=MD5, qop=auth, nc=00000001",
/// )?;
/// let ha1 = Ha1::new(Algorithm::Md5, "12345678", "example.com", &Password::new("secret"));
/// let info = AuthenticationInfo::confirming(&credentials, &ha1, b"").expect("there is a qop");
/// assert_eq!(info.rspauth(), Some("f847de948d12285f8f4199e366f1af21"));
/// assert!(info.confirms(&credentials, &ha1, b""));
/// # Ok::<(), sip_digest::ParseError>(())
/// ```
///
/// `Debug` leaves out the proof, by which passwords can be guessed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuthenticationInfo {
    next_nonce: Option<String>,
    qop: Option<Named<Qop>>,
    rspauth: Option<String>,
    cnonce: Option<String>,
    nc: Option<NonceCount>,
    extensions: Extensions<'static>,
}

impl AuthenticationInfo {
    /// A value that says nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The server's proof for credentials that were right: it has the same secret. `body` is that of the response which
    /// carries this, for `auth-int`. [`None`] where the credentials have no quality of protection, as such have no
    /// proof, or where the HA1 is of another algorithm.
    #[must_use]
    pub fn confirming(credentials: &Credentials<'_>, ha1: &Ha1, body: &[u8]) -> Option<Self> {
        let rspauth = credentials.signed()?.rspauth(ha1, body)?;
        Some(Self {
            next_nonce: None,
            qop: credentials.qop().cloned(),
            rspauth: Some(rspauth.as_str().to_owned()),
            cnonce: credentials.cnonce().map(str::to_owned),
            nc: credentials.nc().copied(),
            extensions: Extensions::default(),
        })
    }

    /// Names the nonce for the next request ([`Verifier::next_nonce`](crate::Verifier::next_nonce)). Requests that are
    /// under way at the same time still have the one before.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where it has a line break.
    pub fn with_next_nonce(self, nonce: impl Into<String>) -> Result<Self, InvalidText> {
        Ok(Self {
            next_nonce: Some(text::writable("nextnonce", nonce)?),
            ..self
        })
    }

    /// Reads a header value: parameters without a scheme before them.
    ///
    /// # Errors
    ///
    /// [`ParseError`] for a parameter twice, broken quoting, or an `nc` that is no number.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let (mut info, mut extensions) = (Self::default(), Extensions::default());
        let mut scanner = Scanner::new(value);
        while let Some(parameter) = scanner.parameter()? {
            let (at, value_at, text) = (parameter.offset, parameter.value_offset, &*parameter.value);
            match parameter.name {
                Name::Cnonce => fill(&mut info.cnonce, at, text.to_owned())?,
                Name::Nc => {
                    let error = || ParseError::new(value_at, ParseErrorKind::InvalidNonceCount);
                    fill(&mut info.nc, at, NonceCount::parse(text).ok_or_else(error)?)?;
                }
                Name::NextNonce => fill(&mut info.next_nonce, at, text.to_owned())?,
                Name::Qop => fill(&mut info.qop, at, Qop::parse(text))?,
                Name::RspAuth => fill(&mut info.rspauth, at, text.to_owned())?,
                _ => extensions.push(scanner.name_of(&parameter), parameter)?,
            }
        }
        info.extensions = extensions.into_owned();
        Ok(info)
    }

    /// The nonce for the next request.
    #[must_use]
    pub fn next_nonce(&self) -> Option<&str> {
        self.next_nonce.as_deref()
    }

    /// The quality of protection of the proof.
    #[must_use]
    pub const fn qop(&self) -> Option<&Named<Qop>> {
        self.qop.as_ref()
    }

    /// The proof, hexadecimal.
    #[must_use]
    pub fn rspauth(&self) -> Option<&str> {
        self.rspauth.as_deref()
    }

    /// The client's nonce, as it was in the request.
    #[must_use]
    pub fn cnonce(&self) -> Option<&str> {
        self.cnonce.as_deref()
    }

    /// The nonce count, as it was in the request.
    #[must_use]
    pub const fn nc(&self) -> Option<&NonceCount> {
        self.nc.as_ref()
    }

    /// The parameters that this crate has no use for, in their order.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extensions.iter()
    }

    /// Whether this has a proof, and it is right for these credentials and a response with this body. It is compared in
    /// constant time.
    #[must_use]
    pub fn confirms(&self, credentials: &Credentials<'_>, ha1: &Ha1, body: &[u8]) -> bool {
        let is_of_request = self.cnonce().is_none_or(|cnonce| credentials.cnonce() == Some(cnonce))
            && self
                .nc
                .is_none_or(|nc| credentials.nc().map(NonceCount::value) == Some(nc.value()))
            && self.qop.as_ref().is_none_or(|qop| credentials.qop() == Some(qop));
        let right = credentials.signed().and_then(|signed| signed.rspauth(ha1, body));
        let (Some(right), Some(given)) = (right, &self.rspauth) else {
            return false;
        };
        right.equals_in_constant_time(given) && is_of_request
    }
}

impl fmt::Debug for AuthenticationInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationInfo")
            .field("next_nonce", &self.next_nonce)
            .field("qop", &self.qop)
            .field("rspauth", &format_args!("redacted"))
            .field("cnonce", &self.cnonce)
            .field("nc", &self.nc)
            .field("extensions", &self.extensions)
            .finish()
    }
}

/// Writes the strict form: `qop` and `nc` unquoted, every text quoted.
impl fmt::Display for AuthenticationInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, value) in [
            ("nextnonce", &self.next_nonce),
            ("rspauth", &self.rspauth),
            ("cnonce", &self.cnonce),
        ] {
            if let Some(value) = value {
                write!(f, "{separator}{name}=")?;
                text::write_quoted(f, value)?;
                separator = ", ";
            }
        }
        if let Some(qop) = &self.qop {
            write!(f, "{separator}qop={qop}")?;
            separator = ", ";
        }
        if let Some(nc) = &self.nc {
            write!(f, "{separator}nc={nc}")?;
            separator = ", ";
        }
        for (name, value) in self.extensions.iter() {
            write!(f, "{separator}{name}=")?;
            text::write_token_or_quoted(f, value)?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use crate::challenge::Challenge;
    use crate::names::Algorithm;
    use crate::secret::Password;

    #[test]
    fn reads_what_servers_write() {
        let value = r#"qop=auth-int,rspauth="6629", cnonce=0a4f , nc="00000001", nextnonce="a=", X=y"#;
        let info = AuthenticationInfo::parse(value).unwrap();
        assert_eq!(info.qop(), Some(&Named::Known(Qop::AuthInt)));
        assert_eq!((info.rspauth(), info.cnonce()), (Some("6629"), Some("0a4f")));
        assert_eq!(
            (info.nc().map(NonceCount::value), info.next_nonce()),
            (Some(1), Some("a="))
        );
        assert_eq!(
            info.to_string(),
            r#"nextnonce="a=", rspauth="6629", cnonce="0a4f", qop=auth-int, nc=00000001, X=y"#
        );
        assert_eq!(AuthenticationInfo::parse("").unwrap().to_string(), "");
        for (bad, kind) in [
            ("qop=auth, qop=auth", ParseErrorKind::DuplicateParameter),
            ("nc=x", ParseErrorKind::InvalidNonceCount),
            ("Digest qop=auth", ParseErrorKind::ExpectedEquals),
        ] {
            assert_eq!(AuthenticationInfo::parse(bad).unwrap_err().kind(), kind, "{bad}");
        }
    }

    #[test]
    fn a_proof_is_of_its_request_its_secret_and_its_body() {
        for algorithm in Algorithm::ALL {
            for qop in [Qop::Auth, Qop::AuthInt] {
                let ha1 = Ha1::new(algorithm, "u", "r", &Password::new("p"));
                let other = Ha1::new(algorithm, "u", "r", &Password::new("q"));
                let challenge = Challenge::new("r", "n")
                    .unwrap()
                    .with_algorithm(algorithm)
                    .with_qop([qop]);
                let answer = |count| {
                    let answer = Answer::new("u", &ha1, "REGISTER", "sip:r", count, "c").with_body(b"asked");
                    challenge.answer(&answer).unwrap()
                };
                let credentials = answer(1);
                let info = AuthenticationInfo::confirming(&credentials, &ha1, b"answered").unwrap();
                let info = AuthenticationInfo::parse(&info.to_string()).unwrap();
                assert!(info.confirms(&credentials, &ha1, b"answered"));
                assert_eq!(info.confirms(&credentials, &ha1, b"changed"), qop == Qop::Auth);
                assert!(!info.confirms(&credentials, &other, b"answered"));
                assert!(!info.confirms(&answer(2), &ha1, b"answered"));
                let response = AuthenticationInfo::parse(&format!("rspauth={}", credentials.response())).unwrap();
                assert!(
                    !response.confirms(&credentials, &ha1, b"answered"),
                    "a response sent back is no proof"
                );
            }
        }
    }

    #[test]
    fn the_old_form_has_no_proof() {
        let ha1 = Ha1::new(Algorithm::Md5, "u", "r", &Password::new("p"));
        let challenge = Challenge::new("r", "n").unwrap();
        let credentials = challenge
            .answer(&Answer::new("u", &ha1, "REGISTER", "sip:r", 1, "c"))
            .unwrap();
        assert_eq!(AuthenticationInfo::confirming(&credentials, &ha1, b""), None);
        let next = AuthenticationInfo::new().with_next_nonce("m").unwrap();
        assert!(!next.confirms(&credentials, &ha1, b""));
        assert!(next.with_next_nonce("m\r\n").is_err());
    }
}

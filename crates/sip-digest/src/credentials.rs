use std::fmt;

use crate::limits::MAX_NONCE_COUNT_DIGITS;
use crate::names::{Algorithm, Named, Qop};
use crate::parameter::{self, Extension, ParseError, ParseErrorKind};
use crate::response::{self, Protection};
use crate::secret::Ha1;
use crate::text;

/// The value of an `Authorization` or `Proxy-Authorization` header (RFC 2617 section 3.2.2, RFC 3261 section 22.4).
///
/// [`parse`](Self::parse) is lenient, [`Display`](fmt::Display) writes what the grammar asks for. A client gets them
/// from [`Challenge::answer`](crate::Challenge::answer) or from a [`Client`](crate::Client).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) username: String,
    pub(crate) realm: String,
    pub(crate) nonce: String,
    pub(crate) uri: String,
    pub(crate) response: String,
    pub(crate) algorithm: Option<Named<Algorithm>>,
    pub(crate) cnonce: Option<String>,
    pub(crate) opaque: Option<String>,
    pub(crate) qop: Option<Named<Qop>>,
    pub(crate) nc: Option<NonceCount>,
    pub(crate) extensions: Vec<Extension>,
}

/// How many requests the client has sent with a nonce (RFC 2617 section 3.2.2, `nonce-count`).
///
/// The grammar has eight lower-case hexadecimal digits, which is what is written. One that was read keeps its digits as
/// they came (upper case, one digit, nine digits), because the response was computed over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonceCount {
    value: u32,
    digits: String,
}

impl Credentials {
    /// Reads a header value. Taken beyond the grammar: `Digest` in any case, any blanks, empty list elements, `nc`,
    /// `qop` and `algorithm` quoted, the others unquoted, parameters in any order, unknown parameters, and the RFC 2069
    /// form without `qop`, even with an `nc` or a `cnonce` that then counts for nothing.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the value is no Digest credentials: another scheme, a parameter that must be there missing
    /// or one twice, broken quoting, an `nc` that is no number. A server answers that with 400 (RFC 2617
    /// section 3.2.2).
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let (mut username, mut realm, mut nonce, mut uri, mut response) = (None, None, None, None, None);
        let (mut algorithm, mut cnonce, mut opaque, mut qop, mut nc) = (None, None, None, None, None);
        let mut extensions = Vec::new();
        for parameter in parameter::parameters(value)? {
            match parameter.name.to_ascii_lowercase().as_str() {
                "algorithm" => algorithm = Some(Algorithm::parse(&parameter.value)),
                "cnonce" => cnonce = Some(parameter.value.into_owned()),
                "nc" => {
                    let error = || ParseError::new(parameter.value_offset, ParseErrorKind::InvalidNonceCount);
                    nc = Some(NonceCount::parse(&parameter.value).ok_or_else(error)?);
                }
                "nonce" => nonce = Some(parameter.value.into_owned()),
                "opaque" => opaque = Some(parameter.value.into_owned()),
                "qop" => qop = Some(Qop::parse(&parameter.value)),
                "realm" => realm = Some(parameter.value.into_owned()),
                "response" => response = Some(parameter.value.into_owned()),
                "uri" => uri = Some(parameter.value.into_owned()),
                "username" => username = Some(parameter.value.into_owned()),
                _ => extensions.push(Extension::from(parameter)),
            }
        }
        let missing = |name| ParseError::new(value.len(), ParseErrorKind::MissingParameter(name));
        if qop == Some(Named::Known(Qop::Auth)) {
            if cnonce.is_none() {
                return Err(missing("cnonce"));
            }
            if nc.is_none() {
                return Err(missing("nc"));
            }
        }
        Ok(Self {
            username: username.ok_or_else(|| missing("username"))?,
            realm: realm.ok_or_else(|| missing("realm"))?,
            nonce: nonce.ok_or_else(|| missing("nonce"))?,
            uri: uri.ok_or_else(|| missing("uri"))?,
            response: response.ok_or_else(|| missing("response"))?,
            algorithm,
            cnonce,
            opaque,
            qop,
            nc,
            extensions,
        })
    }

    /// The user's name in the realm.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The protection space that these credentials are for. A server passes over those of other realms (RFC 3261
    /// section 22.3).
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The nonce of the challenge that is answered.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The digest-uri: the Request-URI as the client wrote it.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The response, hexadecimal, as it was written.
    #[must_use]
    pub fn response(&self) -> &str {
        &self.response
    }

    /// The algorithm as the credentials name it. [`None`] means MD5.
    #[must_use]
    pub const fn algorithm(&self) -> Option<&Named<Algorithm>> {
        self.algorithm.as_ref()
    }

    /// The client's nonce.
    #[must_use]
    pub fn cnonce(&self) -> Option<&str> {
        self.cnonce.as_deref()
    }

    /// The challenge's `opaque`, sent back.
    #[must_use]
    pub fn opaque(&self) -> Option<&str> {
        self.opaque.as_deref()
    }

    /// The quality of protection. [`None`] is the RFC 2069 form; with `auth`, `cnonce` and `nc` are there.
    #[must_use]
    pub const fn qop(&self) -> Option<&Named<Qop>> {
        self.qop.as_ref()
    }

    /// The nonce count.
    #[must_use]
    pub const fn nc(&self) -> Option<&NonceCount> {
        self.nc.as_ref()
    }

    /// The parameters that this crate has no use for, in their order.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extensions
            .iter()
            .map(|extension| (extension.name.as_str(), extension.value.as_str()))
    }

    /// Whether the response is right for this HA1 and a request of this method. It is compared in constant time.
    ///
    /// This says nothing of the nonce, the realm or the Request-URI: that is what a [`Verifier`](crate::Verifier) is
    /// for.
    #[must_use]
    pub fn is_right(&self, ha1: &Ha1, method: &str) -> bool {
        let algorithm = self.algorithm.as_ref().map_or(Some(Algorithm::Md5), Named::known);
        let Some(protection) = self.protection() else {
            return false;
        };
        let right = response::response(ha1, &self.nonce, protection, method, &self.uri);
        let mut given = [0; 16];
        let readable = hex::decode_to_slice(&self.response, &mut given).is_ok();
        response::equal_in_constant_time(&right, &given) && readable && algorithm == Some(ha1.algorithm())
    }

    /// What the response was computed over, or [`None`] where this crate does not know the quality of protection.
    fn protection(&self) -> Option<Protection<'_>> {
        match &self.qop {
            None => Some(Protection::None),
            Some(Named::Known(Qop::Auth)) => Some(Protection::Auth {
                nc: self.nc.as_ref()?.as_str(),
                cnonce: self.cnonce.as_deref()?,
            }),
            Some(Named::Unknown(_)) => None,
        }
    }
}

impl NonceCount {
    /// The count.
    #[must_use]
    pub const fn value(&self) -> u32 {
        self.value
    }

    /// The digits, as they stand in the header and go into the response.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    fn parse(digits: &str) -> Option<Self> {
        if digits.len() > MAX_NONCE_COUNT_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let value = u32::from_str_radix(digits, 16).ok()?;
        Some(Self {
            value,
            digits: digits.to_owned(),
        })
    }
}

impl From<u32> for NonceCount {
    fn from(value: u32) -> Self {
        Self {
            value,
            digits: format!("{value:08x}"),
        }
    }
}

/// Writes the strict form: `qop`, `nc` and `algorithm` unquoted, every text quoted.
impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [
            (", realm=", Some(self.realm.as_str())),
            (", nonce=", Some(self.nonce.as_str())),
            (", uri=", Some(self.uri.as_str())),
            (", response=", Some(self.response.as_str())),
            (", cnonce=", self.cnonce.as_deref()),
            (", opaque=", self.opaque.as_deref()),
        ];
        f.write_str("Digest username=")?;
        text::write_quoted(f, &self.username)?;
        for (name, value) in texts {
            if let Some(value) = value {
                f.write_str(name)?;
                text::write_quoted(f, value)?;
            }
        }
        if let Some(algorithm) = &self.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        if let Some(qop) = &self.qop {
            write!(f, ", qop={qop}")?;
        }
        if let Some(nc) = &self.nc {
            write!(f, ", nc={nc}")?;
        }
        for extension in &self.extensions {
            write!(f, ", {extension}")?;
        }
        Ok(())
    }
}

impl fmt::Display for NonceCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::{Answer, Challenge};
    use crate::secret::Password;

    const WHOLE: &str = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:r\", response=\"ab\"";

    #[test]
    fn writes_what_the_grammar_asks_for() {
        let ha1 = Ha1::new(Algorithm::Md5, "bob", "r", &Password::new("p"));
        let challenge = Challenge::new("r", "n")
            .unwrap()
            .with_algorithm(Algorithm::Md5)
            .with_qop([Qop::Auth]);
        let credentials = challenge
            .answer(&Answer::new("bob", &ha1, "REGISTER", "sip:r", 0x1ab, "c"))
            .unwrap();
        assert_eq!(
            credentials.to_string(),
            format!(
                "Digest username=\"bob\", realm=\"r\", nonce=\"n\", uri=\"sip:r\", response=\"{}\", cnonce=\"c\", \
                 algorithm=MD5, qop=auth, nc=000001ab",
                credentials.response()
            )
        );
        assert!(credentials.is_right(&ha1, "REGISTER"));
        assert!(!credentials.is_right(&ha1, "PUBLISH"));
    }

    #[test]
    fn reads_what_libpurple_writes() {
        let value = format!("{WHOLE}, nc=\"00000001\"");
        let credentials = Credentials::parse(&value).unwrap();
        assert_eq!(credentials.qop(), None);
        assert_eq!(credentials.nc().map(NonceCount::value), Some(1));
    }

    #[test]
    fn counts_keep_their_digits() {
        for (digits, value) in [
            ("0000000A", 10),
            ("a", 10),
            ("000000002", 2),
            ("\"ffffffff\"", u32::MAX),
        ] {
            let credentials = Credentials::parse(&format!("{WHOLE}, nc={digits}")).unwrap();
            let nc = credentials.nc().unwrap();
            assert_eq!((nc.value(), nc.as_str()), (value, digits.trim_matches('"')));
        }
        for digits in ["\"\"", "+1", "-1", "0x1", "g", "100000000", "00000000000000001"] {
            let error = Credentials::parse(&format!("{WHOLE}, nc={digits}")).unwrap_err();
            assert_eq!(
                (error.offset(), error.kind()),
                (WHOLE.len() + 5, ParseErrorKind::InvalidNonceCount)
            );
        }
    }

    #[test]
    fn what_must_be_there_is_missed() {
        for name in ["username", "realm", "nonce", "uri", "response"] {
            let without = WHOLE.replace(&format!("{name}="), "other=");
            let error = Credentials::parse(&without).unwrap_err();
            assert_eq!(error.kind(), ParseErrorKind::MissingParameter(name));
        }
        for (rest, name) in [("qop=auth, nc=1", "cnonce"), ("qop=\"auth\", cnonce=c", "nc")] {
            let error = Credentials::parse(&format!("{WHOLE}, {rest}")).unwrap_err();
            assert_eq!(error.kind(), ParseErrorKind::MissingParameter(name));
        }
    }

    /// The responses were computed with Python's hashlib.
    #[test]
    fn odd_users_realms_and_counts_are_right() {
        for (what, user, realm, password, nc, response) in [
            (
                "nc above 9",
                "bob",
                "example.test",
                "bobpw",
                "0000000a",
                "90d0ebbfe76372785b3384d02c9b0a7a",
            ),
            (
                "upper-case nc",
                "bob",
                "example.test",
                "bobpw",
                "0000000A",
                "17e1831c5339b46cc97fa5aebb6da453",
            ),
            (
                "empty user",
                "",
                "example.test",
                "pw",
                "00000001",
                "d07a7fc4fb07f33b46ae6038fe8d6803",
            ),
            (
                "no ASCII",
                "김철수",
                "example.test",
                "비밀번호é",
                "00000001",
                "687edf7891ef379309ef51527ab68825",
            ),
            (
                "quotes and backslashes",
                r#"DOM\bob"#,
                r#"the "best" \ realm"#,
                r#"p"w\"#,
                "00000001",
                "3afc9eead2c248e7c65ee8a299577a53",
            ),
        ] {
            let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            let value = format!(
                "Digest username={}, realm={}, nonce=\"n0nce\", uri=\"sip:bob@example.test\", \
                 response=\"{response}\", cnonce=\"c\", qop=auth, nc={nc}",
                quote(user),
                quote(realm)
            );
            let credentials = Credentials::parse(&value).unwrap();
            assert_eq!((credentials.username(), credentials.realm()), (user, realm), "{what}");
            assert_eq!(credentials.to_string(), value, "{what}");
            let ha1 = Ha1::new(Algorithm::Md5, user, realm, &Password::new(password));
            assert!(credentials.is_right(&ha1, "MESSAGE"), "{what}");
            let upper = value.replace(response, &response.to_uppercase());
            assert!(
                Credentials::parse(&upper).unwrap().is_right(&ha1, "MESSAGE"),
                "{what}: upper-case response"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_never_right() {
        let ha1 = Ha1::new(Algorithm::Md5, "u", "r", &Password::new("p"));
        let challenge = Challenge::new("r", "n").unwrap();
        let right = challenge
            .answer(&Answer::new("u", &ha1, "REGISTER", "sip:r", 1, "c"))
            .unwrap()
            .to_string();
        assert!(Credentials::parse(&right).unwrap().is_right(&ha1, "REGISTER"));
        for unknown in ["algorithm=MD5-sess", "algorithm=\"\"", "qop=auth-int", "qop=\"\""] {
            let credentials = Credentials::parse(&format!("{right}, {unknown}")).unwrap();
            assert!(!credentials.is_right(&ha1, "REGISTER"), "{unknown}");
        }
    }
}

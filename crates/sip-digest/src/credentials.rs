use std::borrow::Cow;
use std::fmt;

use crate::ext_value;
use crate::fields::{self, Field, Fields};
use crate::names::{Algorithm, Named, Qop};
use crate::nonce_count::NonceCount;
use crate::parameter::Extensions;
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::response::Signed;
use crate::secret::Ha1;
use crate::text;

/// The value of an `Authorization` or `Proxy-Authorization` header (RFC 7616 section 3.4, RFC 3261 section 22.4).
///
/// [`parse`](Self::parse) is lenient, [`Display`](fmt::Display) writes what the grammar asks for. A client gets them
/// from [`Challenge::answer`](crate::Challenge::answer) or from a [`Client`](crate::Client).
///
/// What was read borrows from the header's text and, where it has neither escapes nor unknown parameters, takes nothing
/// from the heap. [`into_owned`](Self::into_owned) lets go of the text.
///
/// ```
/// use sip_digest::{Algorithm, Credentials, Ha1, Password};
///
/// // RFC 7616 section 3.9.1.
/// let credentials = Credentials::parse(
///     "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=MD5, \
///      nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
///      cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
///      response=\"8ca523f5e9506fed4657c9700eebdbec\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
/// )?;
/// let ha1 = Ha1::new(Algorithm::Md5, credentials.username(), credentials.realm(), &Password::new("Circle of Life"));
/// assert!(credentials.is_right(&ha1, "GET", b""));
/// # Ok::<(), sip_digest::ParseError>(())
/// ```
///
/// `Debug` leaves out the response, by which passwords can be guessed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials<'a> {
    pub(crate) username: Cow<'a, str>,
    pub(crate) form: UsernameForm,
    pub(crate) realm: Cow<'a, str>,
    pub(crate) nonce: Cow<'a, str>,
    pub(crate) uri: Cow<'a, str>,
    pub(crate) response: Cow<'a, str>,
    pub(crate) algorithm: Option<Named<Algorithm>>,
    pub(crate) cnonce: Option<Cow<'a, str>>,
    pub(crate) opaque: Option<Cow<'a, str>>,
    pub(crate) qop: Option<Named<Qop>>,
    pub(crate) nc: Option<NonceCount>,
    pub(crate) extensions: Extensions<'a>,
}

/// How the user is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsernameForm {
    /// `username*`.
    Extended,
    /// `username`, which is a hash, and `userhash=true`.
    Hashed,
    /// `username`.
    Plain,
}

impl<'a> Credentials<'a> {
    /// Reads a header value. Taken beyond the grammar: `Digest` in any case, any blanks, empty list elements, `nc`,
    /// `qop`, `algorithm` and `userhash` quoted, the others unquoted, parameters in any order, unknown parameters, and
    /// the RFC 2069 form without `qop`, even with an `nc` or a `cnonce` that then counts for nothing.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the value is no Digest credentials: another scheme, a parameter that must be there missing
    /// or one twice, broken quoting, an `nc` that is no number, two kinds of user name. A server answers that with 400
    /// (RFC 7616 section 3.4).
    // Inlined for the reason that `Signer::open` is: the caller moves the value out of the result. The reading is not.
    #[inline(always)]
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let mut fields = Fields::new();
        fields.read(value)?;
        let missing = |name| ParseError::new(value.len(), ParseErrorKind::MissingParameter(name));
        let nc = match fields.take(Field::Nc) {
            Some(nc) => Some(NonceCount::parse(&nc).ok_or_else(|| {
                let (_, offset) = fields::offsets(value, Field::Nc);
                ParseError::new(offset, ParseErrorKind::InvalidNonceCount)
            })?),
            None => None,
        };
        let is_hash = fields
            .take(Field::Userhash)
            .is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let (username, form) = match (fields.take(Field::Username), fields.take(Field::UsernameExtended)) {
            (Some(name), None) if is_hash => (name, UsernameForm::Hashed),
            (Some(name), None) => (name, UsernameForm::Plain),
            (username, Some(extended)) => {
                let is_alone = username.is_none() && !is_hash;
                (extended_username(value, &extended, is_alone)?, UsernameForm::Extended)
            }
            (None, None) => return Err(missing("username")),
        };
        let qop = fields.take(Field::Qop).map(|name| Qop::parse(&name));
        let cnonce = fields.take(Field::Cnonce);
        if matches!(qop, Some(Named::Known(_))) {
            if cnonce.is_none() {
                return Err(missing("cnonce"));
            }
            if nc.is_none() {
                return Err(missing("nc"));
            }
        }
        Ok(Self {
            username,
            form,
            realm: fields.take(Field::Realm).ok_or_else(|| missing("realm"))?,
            nonce: fields.take(Field::Nonce).ok_or_else(|| missing("nonce"))?,
            uri: fields.take(Field::Uri).ok_or_else(|| missing("uri"))?,
            response: fields.take(Field::Response).ok_or_else(|| missing("response"))?,
            algorithm: fields.take(Field::Algorithm).map(|name| Algorithm::parse(&name)),
            cnonce,
            opaque: fields.take(Field::Opaque),
            qop,
            nc,
            extensions: fields.extensions,
        })
    }

    /// The same, with its own copy of the texts.
    #[must_use]
    pub fn into_owned(self) -> Credentials<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        Credentials {
            username: own(self.username),
            form: self.form,
            realm: own(self.realm),
            nonce: own(self.nonce),
            uri: own(self.uri),
            response: own(self.response),
            algorithm: self.algorithm,
            cnonce: self.cnonce.map(own),
            opaque: self.opaque.map(own),
            qop: self.qop,
            nc: self.nc,
            extensions: self.extensions.into_owned(),
        }
    }

    /// The user's name in the realm, or where [`is_userhash`](Self::is_userhash) says so, the hash that stands for it
    /// ([`Algorithm::userhash`]).
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether [`username`](Self::username) is a hash (RFC 7616 section 3.4.4).
    #[must_use]
    pub const fn is_userhash(&self) -> bool {
        matches!(self.form, UsernameForm::Hashed)
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

    /// The algorithm as the credentials name it.
    #[must_use]
    pub const fn algorithm(&self) -> Option<&Named<Algorithm>> {
        self.algorithm.as_ref()
    }

    /// The algorithm that the response was computed with: the one that is named, or MD5 where none is. [`None`] where
    /// this crate does not know it. The user's [`Ha1`] for it is what a server looks up.
    #[must_use]
    pub fn effective_algorithm(&self) -> Option<Algorithm> {
        self.algorithm.as_ref().map_or(Some(Algorithm::Md5), Named::known)
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

    /// The quality of protection. [`None`] is the RFC 2069 form; with `auth` and `auth-int`, `cnonce` and `nc` are
    /// there.
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
        self.extensions.iter()
    }

    /// Whether the response is right for this HA1 and a request of this method and body. It is compared in constant
    /// time. The body counts under `auth-int` only.
    ///
    /// This says nothing of the nonce, the realm or the Request-URI: that is what a [`Verifier`](crate::Verifier) is
    /// for.
    #[must_use]
    pub fn is_right(&self, ha1: &Ha1, method: &str, body: &[u8]) -> bool {
        let right = self.signed().and_then(|signed| signed.response(ha1, method, body));
        right.is_some_and(|right| right.equals_in_constant_time(&self.response))
    }

    /// What the response was computed over, or [`None`] where this crate does not know how.
    pub(crate) fn signed(&self) -> Option<Signed<'_>> {
        let qop = match &self.qop {
            None => None,
            Some(Named::Known(qop)) => Some((*qop, self.nc.as_ref()?.as_bytes())),
            Some(Named::Unknown(_)) => return None,
        };
        Some(Signed {
            algorithm: self.effective_algorithm()?,
            nonce: &self.nonce,
            uri: &self.uri,
            qop,
            cnonce: self.cnonce.as_deref(),
        })
    }
}

/// Reads a `username*`. Where it is not the only word on the user's name, that is an error.
#[cold]
fn extended_username(text: &str, value: &str, is_alone: bool) -> Result<Cow<'static, str>, ParseError> {
    let (offset, value_offset) = fields::offsets(text, Field::UsernameExtended);
    match ext_value::decode(value) {
        None => Err(ParseError::new(value_offset, ParseErrorKind::InvalidUsername)),
        Some(_) if !is_alone => Err(ParseError::new(offset, ParseErrorKind::ContradictoryUsername)),
        Some(name) => Ok(Cow::Owned(name)),
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("form", &self.form)
            .field("realm", &self.realm)
            .field("nonce", &self.nonce)
            .field("uri", &self.uri)
            .field("response", &format_args!("redacted"))
            .field("algorithm", &self.algorithm)
            .field("cnonce", &self.cnonce)
            .field("opaque", &self.opaque)
            .field("qop", &self.qop)
            .field("nc", &self.nc)
            .field("extensions", &self.extensions)
            .finish()
    }
}

/// Writes the strict form: `qop`, `nc`, `algorithm` and `userhash` unquoted, every text quoted.
impl fmt::Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [
            (", realm=", Some(&self.realm)),
            (", nonce=", Some(&self.nonce)),
            (", uri=", Some(&self.uri)),
            (", response=", Some(&self.response)),
            (", cnonce=", self.cnonce.as_ref()),
            (", opaque=", self.opaque.as_ref()),
        ];
        if self.form == UsernameForm::Extended {
            f.write_str("Digest username*=")?;
            ext_value::write(f, &self.username)?;
        } else {
            f.write_str("Digest username=")?;
            text::write_quoted(f, &self.username)?;
        }
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
        if self.is_userhash() {
            f.write_str(", userhash=true")?;
        }
        write!(f, "{}", self.extensions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use crate::challenge::Challenge;
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
        assert!(credentials.is_right(&ha1, "REGISTER", b""));
        assert!(!credentials.is_right(&ha1, "PUBLISH", b""));
        let printed = format!("{credentials:?}");
        assert!(printed.contains("bob") && !printed.contains(credentials.response()));
    }

    #[test]
    fn reads_what_libpurple_writes() {
        let value = format!("{WHOLE}, nc=\"00000001\"");
        let credentials = Credentials::parse(&value).unwrap();
        assert_eq!(credentials.qop(), None);
        assert_eq!(credentials.nc().map(NonceCount::value), Some(1));
    }

    #[test]
    fn a_count_is_a_number() {
        let credentials = Credentials::parse("Digest nc=\"0000000A\", username=u, realm=r, nonce=n, uri=u, response=r");
        assert_eq!(credentials.unwrap().nc().map(NonceCount::value), Some(10));
        let error = Credentials::parse(&format!("{WHOLE}, nc=x")).unwrap_err();
        assert_eq!(
            (error.offset(), error.kind()),
            (WHOLE.len() + 5, ParseErrorKind::InvalidNonceCount)
        );
    }

    #[test]
    fn a_parameter_stands_once() {
        for twice in ["realm=x", "NONCE=x", "username=x"] {
            let error = Credentials::parse(&format!("{WHOLE}, {twice}")).unwrap_err();
            assert_eq!(
                (error.offset(), error.kind()),
                (WHOLE.len() + 2, ParseErrorKind::DuplicateParameter)
            );
        }
    }

    #[test]
    fn users_have_a_name_or_a_hash() {
        let rest = "realm=\"r\", nonce=\"n\", uri=\"sip:r\", response=\"ab\"";
        let hashed = format!("Digest username=\"488869\", {rest}, userhash=true");
        let credentials = Credentials::parse(&hashed).unwrap();
        assert!(credentials.is_userhash());
        assert_eq!(
            (credentials.username(), credentials.to_string()),
            ("488869", hashed.clone())
        );
        let extended = format!("Digest username*=UTF-8''J%C3%A4s%C3%B8n%0D%0ADoe, {rest}");
        let credentials = Credentials::parse(&extended).unwrap();
        assert!(!credentials.is_userhash());
        assert_eq!(
            (credentials.username(), credentials.to_string()),
            ("Jäsøn\r\nDoe", extended.clone())
        );
        let explicit = format!("{extended}, userhash=\"false\"");
        assert_eq!(Credentials::parse(&explicit), Ok(credentials));
        for (value, offset) in [
            (format!("{hashed}, username*=UTF-8''x"), hashed.len() + 2),
            (format!("{extended}, userhash=true"), 7),
        ] {
            let error = Credentials::parse(&value).unwrap_err();
            assert_eq!(
                (error.offset(), error.kind()),
                (offset, ParseErrorKind::ContradictoryUsername),
                "{value}"
            );
        }
        let error = Credentials::parse(&format!("Digest username*=x, {rest}")).unwrap_err();
        assert_eq!((error.offset(), error.kind()), (17, ParseErrorKind::InvalidUsername));
    }

    #[test]
    fn a_copy_is_the_same() {
        let value = format!("{WHOLE}, opaque=\"a\\\"b\", x=\"y z\", qop=auth-int, nc=2, cnonce=c, algorithm=x");
        let credentials = Credentials::parse(&value).unwrap();
        assert_eq!(credentials.extensions().collect::<Vec<_>>(), [("x", "y z")]);
        assert_eq!(credentials.clone().into_owned(), credentials);
    }

    #[test]
    fn what_must_be_there_is_missed() {
        for name in ["username", "realm", "nonce", "uri", "response"] {
            let without = WHOLE.replace(&format!("{name}="), "other=");
            let error = Credentials::parse(&without).unwrap_err();
            assert_eq!(error.kind(), ParseErrorKind::MissingParameter(name));
        }
        for (rest, name) in [
            ("qop=auth, nc=1", "cnonce"),
            ("qop=\"auth\", cnonce=c", "nc"),
            ("qop=auth-int, cnonce=c", "nc"),
        ] {
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
            assert!(credentials.is_right(&ha1, "MESSAGE", b""), "{what}");
            let upper = value.replace(response, &response.to_uppercase());
            assert!(
                Credentials::parse(&upper).unwrap().is_right(&ha1, "MESSAGE", b""),
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
        assert!(Credentials::parse(&right).unwrap().is_right(&ha1, "REGISTER", b""));
        for unknown in [
            "algorithm=MD5-sess",
            "algorithm=SHA-256",
            "algorithm=\"\"",
            "qop=auth-conf",
            "qop=\"\"",
        ] {
            let value = format!("{right}, {unknown}");
            let credentials = Credentials::parse(&value).unwrap();
            assert!(!credentials.is_right(&ha1, "REGISTER", b""), "{unknown}");
        }
    }
}

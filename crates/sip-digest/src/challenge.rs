use std::fmt;

use crate::credentials::{Credentials, NonceCount};
use crate::names::{Algorithm, Named, Qop};
use crate::parameter::{self, Extension, ParseError, ParseErrorKind};
use crate::response::{self, Protection};
use crate::secret::Ha1;
use crate::text::{self, InvalidText};

/// The value of a `WWW-Authenticate` or `Proxy-Authenticate` header (RFC 2617 section 3.2.1, RFC 3261 section 22.4).
///
/// [`parse`](Self::parse) is lenient, [`Display`](fmt::Display) writes what the grammar asks for.
///
/// ```
/// use sip_digest::{Challenge, Qop};
///
/// let challenge = Challenge::parse(r#"digest  nonce="84f1c1", realm="atlanta.example.com",qop=auth"#)?;
/// assert_eq!(challenge.realm(), "atlanta.example.com");
/// assert!(challenge.offers(Qop::Auth));
/// assert_eq!(challenge.to_string(), r#"Digest realm="atlanta.example.com", nonce="84f1c1", qop="auth""#);
/// # Ok::<(), sip_digest::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    stale: bool,
    algorithm: Option<Named<Algorithm>>,
    qop: Vec<Named<Qop>>,
    extensions: Vec<Extension>,
}

/// What a client brings to answer a [`Challenge`]: who it is and what it asks for.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    username: &'a str,
    ha1: &'a Ha1,
    method: &'a str,
    uri: &'a str,
    count: u32,
    cnonce: &'a str,
}

/// Why a challenge cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// A text that cannot be written into a header.
    #[error(transparent)]
    InvalidText(#[from] InvalidText),
    /// The challenge asks for an algorithm other than that of the HA1.
    #[error("the challenge asks for an algorithm other than that of the HA1 (RFC 2617 section 3.2.1)")]
    UnsupportedAlgorithm,
    /// The challenge offers only qualities of protection that this crate does not know.
    #[error("the challenge offers no quality of protection that is supported (RFC 3261 section 22.4 item 8)")]
    UnsupportedQop,
}

impl Challenge {
    /// A challenge with a realm and a nonce, and nothing else: it says nothing of the algorithm, which then is MD5, and
    /// offers no quality of protection.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where a text has a line break.
    pub fn new(realm: impl Into<String>, nonce: impl Into<String>) -> Result<Self, InvalidText> {
        Ok(Self {
            realm: text::writable("realm", realm)?,
            nonce: text::writable("nonce", nonce)?,
            opaque: None,
            stale: false,
            algorithm: None,
            qop: Vec::new(),
            extensions: Vec::new(),
        })
    }

    /// Adds a text that the client has to send back unchanged.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where it has a line break.
    pub fn with_opaque(self, opaque: impl Into<String>) -> Result<Self, InvalidText> {
        Ok(Self {
            opaque: Some(text::writable("opaque", opaque)?),
            ..self
        })
    }

    /// Says whether the refused response was right and only its nonce was not.
    #[must_use]
    pub fn with_stale(self, stale: bool) -> Self {
        Self { stale, ..self }
    }

    /// Names the algorithm.
    #[must_use]
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self {
            algorithm: Some(Named::Known(algorithm)),
            ..self
        }
    }

    /// Offers these qualities of protection, in this order.
    #[must_use]
    pub fn with_qop(self, qop: impl IntoIterator<Item = Qop>) -> Self {
        Self {
            qop: qop.into_iter().map(Named::Known).collect(),
            ..self
        }
    }

    /// Reads a header value. Taken beyond the grammar: `Digest` in any case, any blanks, empty list elements, unquoted
    /// values, parameters in any order, unknown parameters.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the value is no Digest challenge: another scheme, no realm or nonce, a parameter twice,
    /// broken quoting.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let (mut realm, mut nonce, mut opaque, mut algorithm) = (None, None, None, None);
        let (mut stale, mut qop, mut extensions) = (false, Vec::new(), Vec::new());
        for parameter in parameter::parameters(value)? {
            match parameter.name.to_ascii_lowercase().as_str() {
                "algorithm" => algorithm = Some(Algorithm::parse(&parameter.value)),
                "nonce" => nonce = Some(parameter.value.into_owned()),
                "opaque" => opaque = Some(parameter.value.into_owned()),
                "qop" => {
                    let names = parameter.value.split(',').map(|name| name.trim_matches([' ', '\t']));
                    qop = names.filter(|name| !name.is_empty()).map(Qop::parse).collect();
                }
                "realm" => realm = Some(parameter.value.into_owned()),
                // Anything other than TRUE means false.
                "stale" => stale = parameter.value.eq_ignore_ascii_case("true"),
                _ => extensions.push(Extension::from(parameter)),
            }
        }
        let missing = |name| ParseError::new(value.len(), ParseErrorKind::MissingParameter(name));
        Ok(Self {
            realm: realm.ok_or_else(|| missing("realm"))?,
            nonce: nonce.ok_or_else(|| missing("nonce"))?,
            opaque,
            stale,
            algorithm,
            qop,
            extensions,
        })
    }

    /// The protection space: what user name and password are for.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The text that the response is computed over, so that it is good for some time only.
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The text that the client has to send back unchanged.
    #[must_use]
    pub fn opaque(&self) -> Option<&str> {
        self.opaque.as_deref()
    }

    /// Whether the refused response was right and only its nonce was not.
    #[must_use]
    pub const fn stale(&self) -> bool {
        self.stale
    }

    /// The algorithm as the challenge names it. [`None`] means MD5.
    #[must_use]
    pub const fn algorithm(&self) -> Option<&Named<Algorithm>> {
        self.algorithm.as_ref()
    }

    /// The qualities of protection on offer. None at all asks for the RFC 2069 form.
    #[must_use]
    pub fn qop(&self) -> &[Named<Qop>] {
        &self.qop
    }

    /// Whether this quality of protection is on offer.
    #[must_use]
    pub fn offers(&self, qop: Qop) -> bool {
        self.qop.contains(&Named::Known(qop))
    }

    /// The parameters that this crate has no use for (`domain` among them), in their order.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extensions
            .iter()
            .map(|extension| (extension.name.as_str(), extension.value.as_str()))
    }

    /// Whether [`answer`](Self::answer) can answer this challenge with an HA1 of this algorithm.
    #[must_use]
    pub fn is_supported(&self, algorithm: Algorithm) -> bool {
        self.check(algorithm).is_ok()
    }

    /// Computes the credentials that answer this challenge: with qop where it is on offer, else in the RFC 2069 form
    /// (RFC 2617 section 3.2.2.1).
    ///
    /// # Errors
    ///
    /// [`AnswerError`] where the challenge asks for what this crate does not know, or where a text has a line break.
    pub fn answer(&self, answer: &Answer<'_>) -> Result<Credentials, AnswerError> {
        self.check(answer.ha1.algorithm())?;
        let uri = text::writable("uri", answer.uri)?;
        let (username, cnonce) = (
            text::writable("username", answer.username)?,
            text::writable("cnonce", answer.cnonce)?,
        );
        let qop = self.offers(Qop::Auth).then_some(Qop::Auth);
        let nc = NonceCount::from(answer.count);
        let protection = match qop {
            Some(Qop::Auth) => Protection::Auth {
                nc: nc.as_str(),
                cnonce: &cnonce,
            },
            None => Protection::None,
        };
        let response = response::response(answer.ha1, &self.nonce, protection, answer.method, &uri);
        Ok(Credentials {
            username,
            realm: self.realm.clone(),
            nonce: self.nonce.clone(),
            uri,
            response: hex::encode(response),
            algorithm: self.algorithm.clone(),
            cnonce: qop.map(|_| cnonce),
            opaque: self.opaque.clone(),
            qop: qop.map(Named::Known),
            nc: qop.map(|_| nc),
            extensions: Vec::new(),
        })
    }

    fn check(&self, algorithm: Algorithm) -> Result<(), AnswerError> {
        let asked = self.algorithm.as_ref().map_or(Some(Algorithm::Md5), Named::known);
        if asked != Some(algorithm) {
            return Err(AnswerError::UnsupportedAlgorithm);
        }
        if !self.qop.is_empty() && !self.offers(Qop::Auth) {
            return Err(AnswerError::UnsupportedQop);
        }
        Ok(())
    }
}

impl<'a> Answer<'a> {
    /// An answer of this user for a request of this method and Request-URI.
    ///
    /// `count` says how many requests were sent with the challenge's nonce, this one included: 1 for the first.
    /// `cnonce` is a text that the server cannot foresee. Both go unused where the challenge offers no qop.
    #[must_use]
    pub const fn new(
        username: &'a str,
        ha1: &'a Ha1,
        method: &'a str,
        uri: &'a str,
        count: u32,
        cnonce: &'a str,
    ) -> Self {
        Self {
            username,
            ha1,
            method,
            uri,
            count,
            cnonce,
        }
    }
}

/// Writes the strict form: `qop` and every text quoted, `algorithm` and `stale` not.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest realm=")?;
        text::write_quoted(f, &self.realm)?;
        f.write_str(", nonce=")?;
        text::write_quoted(f, &self.nonce)?;
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            text::write_quoted(f, opaque)?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        if let Some(algorithm) = &self.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        if !self.qop.is_empty() {
            let mut list = String::new();
            for qop in &self.qop {
                if !list.is_empty() {
                    list.push(',');
                }
                match qop {
                    Named::Known(known) => list.push_str(known.name()),
                    Named::Unknown(name) => list.push_str(name),
                }
            }
            f.write_str(", qop=")?;
            text::write_quoted(f, &list)?;
        }
        for extension in &self.extensions {
            write!(f, ", {extension}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Password;

    #[test]
    fn reads_the_challenge_of_rfc_3261() {
        let value = "Digest realm=\"biloxi.com\",\r\n qop=\"auth,auth-int\",\r\n \
                     nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",\r\n opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        let challenge = Challenge::parse(value).unwrap();
        assert_eq!(challenge.realm(), "biloxi.com");
        assert_eq!(challenge.nonce(), "dcd98b7102dd2f0e8b11d0f600bfb0c093");
        assert_eq!(challenge.opaque(), Some("5ccc069c403ebaf9f0171e9517f40e41"));
        assert_eq!(
            challenge.qop(),
            [Named::Known(Qop::Auth), Named::Unknown("auth-int".to_owned())]
        );
        assert_eq!(challenge.algorithm(), None);
        assert!(!challenge.stale());
    }

    #[test]
    fn unknown_parameters_and_names_are_kept_and_refused() {
        let value = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth-int\", domain=\"sip:a sip:b\", x=y";
        let challenge = Challenge::parse(value).unwrap();
        assert_eq!(challenge.to_string(), value);
        assert_eq!(
            challenge.extensions().collect::<Vec<_>>(),
            [("domain", "sip:a sip:b"), ("x", "y")]
        );
        let ha1 = Ha1::new(Algorithm::Md5, "u", "r", &Password::new("p"));
        let answer = Answer::new("u", &ha1, "REGISTER", "sip:r", 1, "c");
        assert_eq!(challenge.answer(&answer), Err(AnswerError::UnsupportedAlgorithm));
        let challenge = challenge.with_algorithm(Algorithm::Md5);
        assert_eq!(challenge.answer(&answer), Err(AnswerError::UnsupportedQop));
        assert!(challenge.with_qop([Qop::Auth]).answer(&answer).is_ok());
    }

    #[test]
    fn stale_is_true_in_any_case_and_else_false() {
        for (text, stale) in [("TRUE", true), ("\"true\"", true), ("FALSE", false), ("1", false)] {
            let value = format!("Digest realm=\"r\", nonce=\"n\", stale={text}");
            assert_eq!(Challenge::parse(&value).unwrap().stale(), stale, "{text}");
        }
    }

    #[test]
    fn realm_and_nonce_must_be_there() {
        let error = Challenge::parse("Digest realm=\"r\"").unwrap_err();
        assert_eq!(
            (error.offset(), error.kind()),
            (16, ParseErrorKind::MissingParameter("nonce"))
        );
        assert_eq!(
            error.to_string(),
            "no parameter nonce (RFC 2617 section 3.2) at byte 16"
        );
    }

    #[test]
    fn no_header_can_be_injected() {
        let error = Challenge::new("r\r\nVia: x", "n").unwrap_err();
        assert_eq!((error.parameter(), error.offset()), ("realm", 1));
        let ha1 = Ha1::new(Algorithm::Md5, "u", "r", &Password::new("p"));
        let challenge = Challenge::new("r", "n").unwrap();
        for (user, uri, cnonce) in [("u\n", "sip:r", "c"), ("u", "sip:r\r", "c"), ("u", "sip:r", "\nc")] {
            let answer = Answer::new(user, &ha1, "REGISTER", uri, 1, cnonce);
            assert!(
                matches!(challenge.answer(&answer), Err(AnswerError::InvalidText(_))),
                "{user:?} {uri:?}"
            );
        }
    }
}

use std::borrow::Cow;

use crate::challenge::Challenge;
use crate::credentials::{Credentials, UsernameForm};
use crate::names::{Algorithm, Named, Qop};
use crate::nonce_count::NonceCount;
use crate::parameter::Extensions;
use crate::response::Signed;
use crate::secret::Ha1;
use crate::text::{self, InvalidText};

/// What a client brings to answer a [`Challenge`]: who it is and what it asks for.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    username: &'a str,
    ha1: &'a Ha1,
    method: &'a str,
    uri: &'a str,
    count: u32,
    cnonce: &'a str,
    body: Option<&'a [u8]>,
    userhash: bool,
}

/// Why a challenge cannot be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// A text that cannot be written into a header.
    #[error(transparent)]
    InvalidText(#[from] InvalidText),
    /// The challenge asks for an algorithm other than that of the HA1.
    #[error("the challenge asks for an algorithm other than that of the HA1 (RFC 7616 section 3.3)")]
    UnsupportedAlgorithm,
    /// The challenge offers only qualities of protection that this crate does not know, or only `auth-int` where the
    /// body was not given.
    #[error("the challenge offers no quality of protection that is supported (RFC 8760 section 2.6 item 8)")]
    UnsupportedQop,
}

impl<'a> Answer<'a> {
    /// An answer of this user for a request of this method and Request-URI.
    ///
    /// `count` says how many requests were sent with the challenge's nonce, this one included: 1 for the first.
    /// `cnonce` is a text that the server cannot foresee; under a `-sess` algorithm it stays the same for all requests
    /// of a session. Both go unused where the challenge offers no qop and asks for no session.
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
            body: None,
            userhash: true,
        }
    }

    /// Gives the body of the request, empty where it has none. Without it, `auth-int` is not possible.
    #[must_use]
    pub const fn with_body(self, body: &'a [u8]) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Says whether the user's name is hashed where the challenge allows it. It is unless told otherwise.
    #[must_use]
    pub const fn with_userhash(self, userhash: bool) -> Self {
        Self { userhash, ..self }
    }
}

impl Challenge {
    /// Whether [`answer`](Self::answer) can answer this challenge with an HA1 of this algorithm, given a body or not.
    #[must_use]
    pub fn is_supported(&self, algorithm: Algorithm, has_body: bool) -> bool {
        self.choose(algorithm, has_body).is_ok()
    }

    /// Computes the credentials that answer this challenge: with `auth` where it is on offer, else with `auth-int`, and
    /// in the RFC 2069 form where there is no qop at all (RFC 7616 section 3.4.1).
    ///
    /// # Errors
    ///
    /// [`AnswerError`] where the challenge asks for what this crate does not know, or where a text has a line break.
    pub fn answer(&self, answer: &Answer<'_>) -> Result<Credentials<'static>, AnswerError> {
        let (algorithm, qop) = self.choose(answer.ha1.algorithm(), answer.body.is_some())?;
        let uri = text::writable("uri", answer.uri)?;
        let username = text::writable("username", answer.username)?;
        let cnonce = text::writable("cnonce", answer.cnonce)?;
        let (username, form) = if self.userhash() && answer.userhash {
            (algorithm.userhash(&username, self.realm()), UsernameForm::Hashed)
        } else if self.charset().is_some_and(is_utf8) && !username.is_ascii() {
            // Who names a character set reads RFC 7616, which has no such names within quotes.
            (username, UsernameForm::Extended)
        } else {
            (username, UsernameForm::Plain)
        };
        let nc = NonceCount::from(answer.count);
        let signed = Signed {
            algorithm,
            nonce: self.nonce(),
            uri: &uri,
            qop: qop.map(|qop| (qop, nc.as_bytes())),
            cnonce: Some(&cnonce),
        };
        let response = signed
            .response(answer.ha1, answer.method, answer.body.unwrap_or_default())
            .ok_or(AnswerError::UnsupportedAlgorithm)?;
        let response = response.as_str().to_owned();
        let is_cnonce_used = qop.is_some() || algorithm.is_session();
        Ok(Credentials {
            username: Cow::Owned(username),
            form,
            realm: Cow::Owned(self.realm().to_owned()),
            nonce: Cow::Owned(self.nonce().to_owned()),
            uri: Cow::Owned(uri),
            response: Cow::Owned(response),
            algorithm: self.algorithm().cloned(),
            cnonce: is_cnonce_used.then_some(Cow::Owned(cnonce)),
            opaque: self.opaque().map(|opaque| Cow::Owned(opaque.to_owned())),
            qop: qop.map(Named::Known),
            nc: qop.map(|_| nc),
            extensions: Extensions::default(),
        })
    }

    /// What to answer with, for an HA1 of this algorithm.
    fn choose(&self, algorithm: Algorithm, has_body: bool) -> Result<(Algorithm, Option<Qop>), AnswerError> {
        let asked = self
            .effective_algorithm()
            .filter(|asked| asked.without_session() == algorithm.without_session())
            .ok_or(AnswerError::UnsupportedAlgorithm)?;
        let qop = if self.qop().is_empty() {
            None
        } else if self.offers(Qop::Auth) {
            Some(Qop::Auth)
        } else if self.offers(Qop::AuthInt) && has_body {
            Some(Qop::AuthInt)
        } else {
            return Err(AnswerError::UnsupportedQop);
        };
        Ok((asked, qop))
    }
}

fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Password;

    fn parse(value: &str) -> Challenge {
        Challenge::parse(value).unwrap()
    }

    #[test]
    fn what_is_not_known_is_not_answered() {
        let ha1 = Ha1::new(Algorithm::Md5, "u", "r", &Password::new("p"));
        let answer = Answer::new("u", &ha1, "REGISTER", "sip:r", 1, "c");
        for algorithm in ["SHA-256", "MD6", "SHA-512-256-sess"] {
            let challenge = parse(&format!("Digest realm=\"r\", nonce=\"n\", algorithm={algorithm}"));
            assert_eq!(challenge.answer(&answer), Err(AnswerError::UnsupportedAlgorithm));
        }
        let challenge = parse("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int,auth-conf\"");
        assert_eq!(
            challenge.answer(&answer),
            Err(AnswerError::UnsupportedQop),
            "without a body"
        );
        let signed = challenge.answer(&answer.with_body(b"")).unwrap();
        assert_eq!(signed.qop(), Some(&Named::Known(Qop::AuthInt)));
        assert!(signed.is_right(&ha1, "REGISTER", b"") && !signed.is_right(&ha1, "REGISTER", b"x"));
        let both = challenge.with_qop([Qop::AuthInt, Qop::Auth]);
        let signed = both.answer(&answer.with_body(b"")).unwrap();
        assert_eq!(signed.qop(), Some(&Named::Known(Qop::Auth)));
    }

    #[test]
    fn a_session_needs_a_client_nonce_even_without_qop() {
        let ha1 = Ha1::new(Algorithm::Md5Sess, "u", "r", &Password::new("p"));
        let challenge = parse("Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess");
        let credentials = challenge
            .answer(&Answer::new("u", &ha1, "REGISTER", "sip:r", 1, "c"))
            .unwrap();
        assert_eq!((credentials.cnonce(), credentials.nc()), (Some("c"), None));
        assert!(credentials.is_right(&ha1, "REGISTER", b""));
        let without = credentials.to_string().replace(", cnonce=\"c\"", "");
        assert!(!Credentials::parse(&without).unwrap().is_right(&ha1, "REGISTER", b""));
    }

    #[test]
    fn names_are_written_as_the_challenge_can_read_them() {
        let ha1 = Ha1::new(Algorithm::Md5, "Jäsøn", "r", &Password::new("p"));
        let answer = Answer::new("Jäsøn", &ha1, "REGISTER", "sip:r", 1, "c");
        let plain = parse("Digest realm=\"r\", nonce=\"n\"");
        let charset = parse("Digest realm=\"r\", nonce=\"n\", charset=utf-8");
        let hashed = plain.clone().with_userhash(true);
        let start = |challenge: &Challenge, answer: &Answer<'_>| {
            let written = challenge.answer(answer).unwrap().to_string();
            written.split(", ").next().unwrap().to_owned()
        };
        assert_eq!(start(&plain, &answer), "Digest username=\"Jäsøn\"");
        assert_eq!(start(&charset, &answer), "Digest username*=UTF-8''J%C3%A4s%C3%B8n");
        let hash = Algorithm::Md5.userhash("Jäsøn", "r");
        assert_eq!(start(&hashed, &answer), format!("Digest username=\"{hash}\""));
        assert_eq!(start(&hashed, &answer.with_userhash(false)), start(&charset, &answer));
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

use std::fmt;

use crate::names::{Algorithm, Named, Qop};
use crate::parameter::{Element, Extensions, Name, Parameter, fill};
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::scanner::Scanner;
use crate::text::{self, InvalidText};

/// The value of a `WWW-Authenticate` or `Proxy-Authenticate` header (RFC 7616 section 3.3, RFC 3261 section 22.4).
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
    charset: Option<String>,
    userhash: bool,
    extensions: Extensions<'static>,
}

/// The Digest challenges of one header value, from [`Challenge::parse_all`].
#[derive(Debug)]
pub struct Challenges<'a> {
    scanner: Option<Scanner<'a>>,
    end: usize,
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
            charset: None,
            userhash: false,
            extensions: Extensions::default(),
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

    /// Says whether the user's name can be hashed, and that it is UTF-8 before it is (RFC 7616 sections 3.4.4, 4).
    #[must_use]
    pub fn with_userhash(self, userhash: bool) -> Self {
        Self {
            userhash,
            charset: if userhash {
                Some("UTF-8".to_owned())
            } else {
                self.charset
            },
            ..self
        }
    }

    /// Reads a header value of one challenge. Taken beyond the grammar: `Digest` in any case, any blanks, empty list
    /// elements, unquoted values (a list of `qop` too), parameters in any order, unknown parameters.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where the value is no Digest challenge: another scheme, no realm or nonce, a parameter twice,
    /// broken quoting, a second challenge.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let mut scanner = Scanner::new(value);
        scanner.digest_scheme()?;
        let mut parts = Parts::default();
        loop {
            match scanner.challenge_element()? {
                Element::End => return parts.finish(value.len()),
                Element::Parameter(parameter) => parts.take(scanner.name_of(&parameter), parameter)?,
                Element::Scheme(_) => return Err(scanner.error(ParseErrorKind::ExpectedEquals)),
            }
        }
    }

    /// Reads a header value of any number of challenges, and passes over those of other schemes. SIP writes one
    /// challenge per header field (RFC 8760 section 2.3); HTTP and some servers write several with commas between them
    /// (RFC 7235 section 4.1). What stands after one that cannot be read is not looked at.
    ///
    /// ```
    /// use sip_digest::Challenge;
    ///
    /// let value = r#"Basic realm="a, b", Digest realm="c", nonce="1", algorithm=SHA-256, Digest realm="c", nonce="1""#;
    /// let challenges = Challenge::parse_all(value).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(challenges.len(), 2);
    /// assert!(challenges[1].algorithm().is_none());
    /// # Ok::<(), sip_digest::ParseError>(())
    /// ```
    #[must_use]
    pub const fn parse_all(value: &str) -> Challenges<'_> {
        Challenges {
            scanner: Some(Scanner::new(value)),
            end: value.len(),
        }
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

    /// The algorithm as the challenge names it.
    #[must_use]
    pub const fn algorithm(&self) -> Option<&Named<Algorithm>> {
        self.algorithm.as_ref()
    }

    /// The algorithm to answer with: the one that is named, or MD5 where none is. [`None`] where this crate does not
    /// know it.
    #[must_use]
    pub fn effective_algorithm(&self) -> Option<Algorithm> {
        self.algorithm.as_ref().map_or(Some(Algorithm::Md5), Named::known)
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

    /// The character set of user name and password. The only one that is registered is UTF-8, and clients that know
    /// this parameter send it or nothing else (RFC 7616 section 4).
    #[must_use]
    pub fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    /// Whether the user's name can be sent as a hash (RFC 7616 section 3.4.4).
    #[must_use]
    pub const fn userhash(&self) -> bool {
        self.userhash
    }

    /// The parameters that this crate has no use for (`domain` among them), in their order.
    pub fn extensions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.extensions.iter()
    }

    /// The same challenge with another nonce, as `nextnonce` asks for.
    pub(crate) fn with_nonce(self, nonce: String) -> Self {
        Self { nonce, ..self }
    }
}

impl Iterator for Challenges<'_> {
    type Item = Result<Challenge, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut scanner = self.scanner.take()?;
        if !scanner.next_digest() {
            return None;
        }
        let mut parts = Parts::default();
        loop {
            match scanner.challenge_element() {
                Err(error) => return Some(Err(error)),
                Ok(Element::Parameter(parameter)) => {
                    if let Err(error) = parts.take(scanner.name_of(&parameter), parameter) {
                        return Some(Err(error));
                    }
                }
                Ok(Element::End) => return Some(parts.finish(self.end)),
                Ok(Element::Scheme(at)) => {
                    scanner.go_to(at);
                    let challenge = parts.finish(at);
                    if challenge.is_ok() {
                        self.scanner = Some(scanner);
                    }
                    return Some(challenge);
                }
            }
        }
    }
}

/// The parameters of a challenge, as far as they were read.
#[derive(Debug, Default)]
struct Parts<'a> {
    realm: Option<String>,
    nonce: Option<String>,
    opaque: Option<String>,
    stale: Option<bool>,
    algorithm: Option<Named<Algorithm>>,
    qop: Option<Vec<Named<Qop>>>,
    charset: Option<String>,
    userhash: Option<bool>,
    extensions: Extensions<'a>,
}

impl<'a> Parts<'a> {
    fn take(&mut self, name: &'a str, parameter: Parameter<'a>) -> Result<(), ParseError> {
        let (at, value) = (parameter.offset, &*parameter.value);
        let is_true = value.eq_ignore_ascii_case("true");
        match parameter.name {
            Name::Algorithm => fill(&mut self.algorithm, at, Algorithm::parse(value)),
            Name::Charset => fill(&mut self.charset, at, value.to_owned()),
            Name::Nonce => fill(&mut self.nonce, at, value.to_owned()),
            Name::Opaque => fill(&mut self.opaque, at, value.to_owned()),
            Name::Qop => {
                let names = value.split(',').map(|name| name.trim_matches([' ', '\t', '\r', '\n']));
                let known = names.filter(|name| !name.is_empty()).map(Qop::parse).collect();
                fill(&mut self.qop, at, known)
            }
            Name::Realm => fill(&mut self.realm, at, value.to_owned()),
            // Anything other than "true" means false, of both.
            Name::Stale => fill(&mut self.stale, at, is_true),
            Name::Userhash => fill(&mut self.userhash, at, is_true),
            _ => self.extensions.push(name, parameter),
        }
    }

    fn finish(self, end: usize) -> Result<Challenge, ParseError> {
        let missing = |name| ParseError::new(end, ParseErrorKind::MissingParameter(name));
        Ok(Challenge {
            realm: self.realm.ok_or_else(|| missing("realm"))?,
            nonce: self.nonce.ok_or_else(|| missing("nonce"))?,
            opaque: self.opaque,
            stale: self.stale.unwrap_or_default(),
            algorithm: self.algorithm,
            qop: self.qop.unwrap_or_default(),
            charset: self.charset,
            userhash: self.userhash.unwrap_or_default(),
            extensions: self.extensions.into_owned(),
        })
    }
}

/// Writes the strict form: `qop` and every text quoted, `algorithm`, `charset`, `stale` and `userhash` not.
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
        if let Some(charset) = &self.charset {
            f.write_str(", charset=")?;
            text::write_token_or_quoted(f, charset)?;
        }
        if self.userhash {
            f.write_str(", userhash=true")?;
        }
        write!(f, "{}", self.extensions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_challenge_of_rfc_3261() {
        let value = "Digest realm=\"biloxi.com\",\r\n qop=\"auth,auth-int\",\r\n \
                     nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",\r\n opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        let challenge = Challenge::parse(value).unwrap();
        assert_eq!(challenge.realm(), "biloxi.com");
        assert_eq!(challenge.nonce(), "dcd98b7102dd2f0e8b11d0f600bfb0c093");
        assert_eq!(challenge.opaque(), Some("5ccc069c403ebaf9f0171e9517f40e41"));
        assert_eq!(challenge.qop(), [Named::Known(Qop::Auth), Named::Known(Qop::AuthInt)]);
        assert_eq!(challenge.algorithm(), None);
        assert!(!challenge.stale());
    }

    #[test]
    fn unknown_parameters_and_names_are_kept() {
        let value = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-3, qop=\"auth-conf\", charset=x, \
                     domain=\"sip:a sip:b\", x=y";
        let challenge = Challenge::parse(value).unwrap();
        assert_eq!(challenge.to_string(), value);
        assert_eq!(
            challenge.extensions().collect::<Vec<_>>(),
            [("domain", "sip:a sip:b"), ("x", "y")]
        );
        assert_eq!(
            (challenge.charset(), challenge.effective_algorithm()),
            (Some("x"), None)
        );
        let error = Challenge::parse(&format!("{value}, X=z")).unwrap_err();
        assert_eq!(
            (error.offset(), error.kind()),
            (value.len() + 2, ParseErrorKind::DuplicateParameter)
        );
    }

    #[test]
    fn a_domain_is_always_quoted() {
        for domain in ["domain=sip.example.test", "Domain=\"\""] {
            let challenge = Challenge::parse(&format!("Digest realm=r, nonce=n, {domain}")).unwrap();
            let value = challenge.extensions().next().unwrap().1.to_owned();
            let written = challenge.to_string();
            assert!(written.ends_with(&format!("omain=\"{value}\"")), "{written}");
        }
    }

    #[test]
    fn reads_the_challenge_of_rfc_7616() {
        let value = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, nonce=\"5TsQ\", \
                     opaque=\"HRPC\", charset=UTF-8, userhash=true";
        let challenge = Challenge::parse(value).unwrap();
        assert_eq!(challenge.effective_algorithm(), Some(Algorithm::Sha512_256));
        assert!(challenge.userhash());
        assert_eq!(challenge.charset(), Some("UTF-8"));
        let made = Challenge::new("r", "n").unwrap().with_userhash(true);
        assert_eq!(
            made.to_string(),
            "Digest realm=\"r\", nonce=\"n\", charset=UTF-8, userhash=true"
        );
    }

    #[test]
    fn one_header_may_have_many() {
        let read = |value: &str| -> Vec<Result<String, ParseErrorKind>> {
            Challenge::parse_all(value)
                .map(|challenge| match challenge {
                    Ok(challenge) => Ok(challenge.nonce().to_owned()),
                    Err(error) => Err(error.kind()),
                })
                .collect()
        };
        let ok = |nonce: &str| Ok(nonce.to_owned());
        for nothing in [
            "",
            " , ,",
            "Basic",
            "Basic realm=\"Digest a=b\"",
            "Negotiate YWJj==",
            "x=\"",
            "\"",
            "Basic é",
        ] {
            assert_eq!(read(nothing), [], "{nothing}");
        }
        let one = "Digest realm=r, nonce=1";
        assert_eq!(read(one), [ok("1")]);
        assert_eq!(
            read(&format!("{one},, {one}, DIGEST nonce=2,realm=r ,")),
            [ok("1"), ok("1"), ok("2")]
        );
        assert_eq!(
            read(&format!(
                "Basic realm=\"a, Digest b\", x = y, Negotiate abc/==, {one}, Foo, Digest nonce=3, realm=r"
            )),
            [ok("1"), ok("3")]
        );
        assert_eq!(
            read(&format!("{one}, Digest nonce=2, {one}")),
            [ok("1"), Err(ParseErrorKind::MissingParameter("realm"))],
            "what follows a broken one is not read"
        );
        assert_eq!(
            read(&format!("{one} Digest realm=r, nonce=2")),
            [Err(ParseErrorKind::ExpectedComma)]
        );
        assert_eq!(
            Challenge::parse(&format!("{one}, {one}")).unwrap_err().kind(),
            ParseErrorKind::ExpectedEquals
        );
    }

    #[test]
    fn a_list_of_qualities_needs_no_quotes() {
        let (auth, auth_int) = (Named::Known(Qop::Auth), Named::Known(Qop::AuthInt));
        for (list, expected) in [
            ("qop=auth", vec![auth.clone()]),
            ("qop=auth,auth-int", vec![auth.clone(), auth_int.clone()]),
            ("qop=auth-int ,\r\n ,AUTH ,", vec![auth_int.clone(), auth.clone()]),
            ("qop=x, auth", vec![Named::Unknown("x".to_owned()), auth.clone()]),
            ("qop=auth, auth=1", vec![auth.clone()]),
        ] {
            for value in [
                format!("Digest realm=\"r\", nonce=\"n\", {list}"),
                format!("Digest {list}, realm=\"r\", nonce=\"n\""),
            ] {
                assert_eq!(Challenge::parse(&value).unwrap().qop(), expected, "{value}");
                let twice = format!("{value}, {value}");
                let all: Vec<_> = Challenge::parse_all(&twice).collect::<Result<_, _>>().unwrap();
                assert_eq!(
                    all.iter().map(Challenge::qop).collect::<Vec<_>>(),
                    [&*expected, &*expected]
                );
            }
        }
        for (value, offset) in [
            ("Digest realm=r, nonce=n, qop=auth, x", 36),
            ("Digest realm=r, nonce=n, qop=auth, auth x", 40),
            ("Digest realm=r, nonce=n, qop=\"auth\", auth-int", 45),
            ("Digest realm=r, nonce=n, auth", 29),
        ] {
            let error = Challenge::parse(value).unwrap_err();
            assert_eq!(
                (error.offset(), error.kind()),
                (offset, ParseErrorKind::ExpectedEquals),
                "{value}"
            );
        }
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
            "no parameter nonce (RFC 7616 sections 3.3, 3.4) at byte 16"
        );
    }
}

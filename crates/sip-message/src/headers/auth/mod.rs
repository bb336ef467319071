//! What the headers of authentication have in common: a scheme and a comma-separated list of parameters. What they mean
//! is the scheme's; for Digest that is the crate `sip-digest`.

use std::fmt;

use nom::{Parser, bytes::complete::take_while, combinator::recognize};

use crate::{ValueError, grammar};

mod params;

pub use params::AuthParams;

/// A challenge or credentials: `auth-scheme LWS auth-param *( COMMA auth-param )` (RFC 3261 section 25.1), or a scheme
/// and a `token68` (RFC 7235 section 2.1), which is how Bearer sends its token (RFC 8898).
///
/// `Debug` leaves out what does not belong into a log: a `token68`, which is a secret itself, and the `response` or
/// `rspauth` of Digest, by which passwords can be guessed. `Display` writes the header.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthValue<'a> {
    scheme: &'a str,
    // Empty where there is a token68, and only there.
    params: AuthParams<'a>,
    token68: Option<&'a str>,
}

impl<'a> AuthValue<'a> {
    /// A scheme with parameters.
    ///
    /// # Errors
    /// When `scheme` is not a token, or there are no parameters.
    pub fn new(scheme: &'a str, params: AuthParams<'a>) -> Result<Self, ValueError> {
        let scheme = grammar::exact(grammar::token, scheme)?;
        Ok(Self {
            scheme,
            params: params.filled()?,
            token68: None,
        })
    }

    /// A scheme with a token of the characters of base64, as in `Bearer mF_9.B5f-4.1JqM`.
    ///
    /// # Errors
    /// When `scheme` is not a token or is Digest, which has parameters, or `token` is no `token68`.
    pub fn with_token68(scheme: &'a str, token: &'a str) -> Result<Self, ValueError> {
        let scheme = grammar::exact(grammar::token, scheme)?;
        if scheme.eq_ignore_ascii_case(DIGEST) {
            return Err(ValueError::new("a scheme other than Digest", 0));
        }
        Ok(Self {
            scheme,
            params: AuthParams::new(),
            token68: Some(grammar::exact(token68, token)?),
        })
    }

    /// The scheme as written.
    #[must_use]
    pub const fn scheme(&self) -> &'a str {
        self.scheme
    }

    /// Whether this is that scheme, in any case.
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The parameters; none where there is a `token68`.
    #[must_use]
    pub const fn params(&self) -> &AuthParams<'a> {
        &self.params
    }

    /// The `token68`.
    #[must_use]
    pub const fn token68(&self) -> Option<&'a str> {
        self.token68
    }

    pub(crate) fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(Self::read, value)
    }

    fn read(input: &'a str) -> grammar::Parsed<'a, Self> {
        let (rest, scheme) = grammar::expect("an authentication scheme", grammar::token)(input)?;
        let (rest, _) = grammar::lws1(rest)?;
        if !scheme.eq_ignore_ascii_case(DIGEST)
            && let Ok((after, token)) = token68(rest)
            && after.trim_start_matches(grammar::is_lws).is_empty()
        {
            let params = AuthParams::new();
            let token68 = Some(token);
            return Ok((
                after,
                Self {
                    scheme,
                    params,
                    token68,
                },
            ));
        }
        let (rest, params) = AuthParams::parse(rest)?;
        let token68 = None;
        Ok((
            rest,
            Self {
                scheme,
                params,
                token68,
            },
        ))
    }
}

const DIGEST: &str = "Digest";

/// `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn token68(input: &str) -> grammar::Parsed<'_, &str> {
    let is_char = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    if !input.starts_with(is_char) {
        return grammar::fail(input, "a token of base64 characters");
    }
    recognize((take_while(is_char), take_while(|c| c == '='))).parse(input)
}

impl fmt::Display for AuthValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.token68 {
            Some(token) => write!(f, "{} {token}", self.scheme),
            None => write!(f, "{} {}", self.scheme, self.params),
        }
    }
}

impl fmt::Debug for AuthValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthValue")
            .field("scheme", &self.scheme)
            .field("params", &self.params)
            .field("token68", &self.token68.map(|_| Redacted))
            .finish()
    }
}

/// Stands for what is not to be seen.
struct Redacted;

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redacted")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for AuthValue<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("AuthValue", 2)?;
        view.serialize_field("scheme", self.scheme)?;
        match self.token68 {
            Some(token) => view.serialize_field("token68", token)?,
            None => view.serialize_field("params", &self.params)?,
        }
        view.end()
    }
}

/// A header whose value is a challenge or credentials.
macro_rules! auth_header {
    ($(#[$doc:meta])* $type:ident, $name:ident, $section:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        pub struct $type<'a>(
            /// The scheme with its parameters.
            pub $crate::headers::AuthValue<'a>,
        );

        impl<'a> $crate::headers::TypedHeader<'a> for $type<'a> {
            const NAME: $crate::HeaderName = $crate::HeaderName::$name;
            const OCCURRENCE: $crate::headers::Occurrence = $crate::headers::Occurrence::Lines;
            const SECTION: &'static str = $section;

            fn parse(value: &'a str) -> Result<Self, $crate::ValueError> {
                $crate::headers::AuthValue::parse(value).map(Self)
            }
        }

        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

pub(crate) use auth_header;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_stands_where_the_grammar_has_it() {
        let text = "Digest  realm = \"a, \\\"b\\\"\" ,\r\n NONCE=\"\" , stale=FALSE";
        let value = AuthValue::parse(text).unwrap();
        assert!(value.is("digest"));
        let all: Vec<_> = value.params().iter().collect();
        assert_eq!(
            all,
            [("realm", "\"a, \\\"b\\\"\""), ("NONCE", "\"\""), ("stale", "FALSE")]
        );
        assert_eq!(value.params().value("Realm").unwrap(), "a, \"b\"");
        assert_eq!(
            (value.params().get("nonce"), value.params().get("qop")),
            (Some("\"\""), None)
        );
        let again = value.to_string();
        assert_eq!(AuthValue::parse(&again).unwrap(), value);
    }

    #[test]
    fn what_passwords_can_be_guessed_by_is_not_in_debug() {
        let value = AuthValue::parse("Digest username=\"u\", Response=\"6629\", rspauth=\"ab01\"").unwrap();
        let printed = format!("{value:?}");
        assert_eq!(
            printed,
            "AuthValue { scheme: \"Digest\", params: {\"username\": \"\\\"u\\\"\", \"Response\": redacted, \
             \"rspauth\": redacted}, token68: None }"
        );
        let basic = AuthValue::with_token68("Basic", "YWxpY2U6YWxpY2Vwdw==").unwrap();
        assert!(!format!("{basic:?}").contains("YWxp"));
        assert!(basic.to_string().contains("YWxp"));
    }

    #[test]
    fn empty_elements_are_passed_over() {
        let value = AuthValue::parse("Digest ,a=b,, ,c=\"d\", ,").unwrap();
        assert_eq!(value.params().iter().collect::<Vec<_>>(), [("a", "b"), ("c", "\"d\"")]);
        assert_eq!(AuthValue::parse(&value.to_string()).unwrap(), value);
    }

    #[test]
    fn a_token68_is_no_parameter() {
        for (scheme, token) in [
            ("Bearer", "mF_9.B5f-4.1JqM"),
            ("Basic", "QWxhZGRpbjpvcGVu=="),
            ("X", "a="),
        ] {
            let text = format!("{scheme} {token}");
            let value = AuthValue::parse(&text).unwrap();
            assert_eq!((value.scheme(), value.token68()), (scheme, Some(token)));
            assert!(value.params().is_empty());
            assert_eq!(value, AuthValue::with_token68(scheme, token).unwrap());
            assert_eq!(value.to_string(), text);
        }
        assert_eq!(AuthValue::parse("X a=b").unwrap().token68(), None);
        assert!(AuthValue::with_token68("Digest", "a").is_err());
        assert!(AuthValue::with_token68("X", "a=b").is_err());
        assert!(AuthValue::with_token68("X", "a\r\n").is_err());
    }

    #[test]
    fn what_is_no_parameter_is_refused() {
        let cases = [
            ("", 0),
            ("Digest", 6),
            ("Digest realm", 12),
            ("Digest realm=", 13),
            ("Digest realm=\"a", 13),
            ("Digest a=b c=d", 11),
            ("Digest a=b;c=d", 10),
            ("Digest a=<b>", 9),
            ("Digest a=b, \"c\"=d", 12),
            ("\"Digest\" a=b", 0),
            ("Bearer a b", 9),
        ];
        for (text, at) in cases {
            assert_eq!(AuthValue::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }

    #[test]
    fn what_could_not_be_written_is_refused() {
        let params = AuthParams::new().with("a", "b").unwrap();
        assert!(AuthValue::new("Digest", AuthParams::new()).is_err());
        for text in ["", "a b", "a\r\n", "a,b", " a"] {
            assert!(AuthValue::new(text, params.clone()).is_err(), "{text:?}");
        }
    }
}

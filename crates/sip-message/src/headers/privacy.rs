use std::{borrow::Cow, fmt};

use super::TypedHeader;
use crate::{HeaderName, ValueError, grammar};

/// `priv-value *( ";" priv-value )`: what privacy services are to do for the sender (RFC 3323 section 4.2; `id`: RFC
/// 3325 section 9.3).
///
/// ```
/// use sip_message::headers::{Privacy, TypedHeader};
///
/// let privacy = Privacy::parse("header; session;critical")?;
/// assert!(privacy.asks_for("session") && privacy.asks_for("critical"));
/// assert_eq!(Privacy::new("id")?.with("critical")?.to_string(), "id;critical");
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy<'a>(Cow<'a, str>);

impl<'a> Privacy<'a> {
    /// One kind of privacy: `header`, `session`, `user`, `none`, `id`, `critical`, or another token.
    ///
    /// # Errors
    /// When `value` is not a token.
    pub fn new(value: &'a str) -> Result<Self, ValueError> {
        let value = grammar::exact(grammar::token, value)?;
        Ok(Self(Cow::Borrowed(value)))
    }

    /// The same and another kind.
    ///
    /// # Errors
    /// When `value` is not a token.
    pub fn with(self, value: &str) -> Result<Self, ValueError> {
        let value = grammar::exact(grammar::token, value)?;
        let mut text = self.0.into_owned();
        text.push(';');
        text.push_str(value);
        Ok(Self(Cow::Owned(text)))
    }

    /// The values in order, as written.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.split(';').map(|value| value.trim_matches(grammar::is_lws))
    }

    /// Whether a value is there, in any case.
    #[must_use]
    pub fn asks_for(&self, value: &str) -> bool {
        self.values().any(|asked| asked.eq_ignore_ascii_case(value))
    }
}

/// The RFC has no white space around the semicolons; it is read, as around all others.
fn values(input: &str) -> grammar::Parsed<'_, &str> {
    let (mut rest, _) = grammar::token(input)?;
    while let Ok((after, _)) = grammar::separator(b';', ";")(rest) {
        (rest, _) = grammar::token(after)?;
    }
    Ok((rest, &input[..input.len() - rest.len()]))
}

impl<'a> TypedHeader<'a> for Privacy<'a> {
    const NAME: HeaderName = HeaderName::PRIVACY;
    const SECTION: &'static str = "3323 section 4.2";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(values, value).map(|text| Self(Cow::Borrowed(text)))
    }
}

impl fmt::Display for Privacy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Privacy<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_between_semicolons() {
        let privacy = Privacy::parse("header;User\r\n ; critical").unwrap();
        assert_eq!(privacy.values().collect::<Vec<_>>(), ["header", "User", "critical"]);
        assert!(privacy.asks_for("user"));
        assert!(!privacy.asks_for("none"));
        assert!(Privacy::parse("none").unwrap().asks_for("none"));
        for (text, at) in [
            ("", 0),
            ("id;", 3),
            (";id", 0),
            ("id,critical", 2),
            ("id=x", 2),
            ("id;;user", 3),
        ] {
            assert_eq!(Privacy::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        for text in ["", "id;user", "id\r\n", " id"] {
            assert!(Privacy::new(text).is_err(), "{text:?}");
            assert!(Privacy::new("id").unwrap().with(text).is_err(), "{text:?}");
        }
    }
}

//! The comma-separated parameters of challenges and credentials.

use std::{borrow::Cow, fmt};

use nom::{Parser, branch::alt};

use super::Redacted;
use crate::{ValueError, grammar};

/// `auth-param *( COMMA auth-param )`, with `auth-param = token EQUAL ( token / quoted-string )`.
///
/// Names compare without regard to case. What was parsed is kept as it was written; empty elements of the list are
/// passed over.
///
/// ```
/// use sip_message::headers::{AuthParams, AuthValue};
///
/// let params = AuthParams::new().with_quoted("realm", "example.test")?.with("stale", "true")?;
/// assert_eq!(params.value("Realm").as_deref(), Some("example.test"));
/// assert_eq!(AuthValue::new("Digest", params)?.to_string(), r#"Digest realm="example.test", stale=true"#);
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuthParams<'a>(Cow<'a, str>);

impl<'a> AuthParams<'a> {
    /// No parameters.
    #[must_use]
    pub const fn new() -> Self {
        Self(Cow::Borrowed(""))
    }

    /// The parameters in order, with their values as written (quotes included).
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest: &str = &self.0;
        std::iter::from_fn(move || {
            let (after, param) = auth_param(skip_commas(rest)).ok()?;
            rest = after;
            Some(param)
        })
    }

    /// The value of the first parameter of this name as written (quotes included).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The value of the first parameter of this name, unquoted.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(grammar::unquote)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These parameters and one more, in the place of one of its name, its value a token.
    ///
    /// # Errors
    /// When the name or the value is not a token.
    pub fn with(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        grammar::exact(grammar::token, value)?;
        Ok(self.put(name, value))
    }

    /// These parameters and one more, in the place of one of its name, its value written as a quoted string.
    ///
    /// # Errors
    /// When the name is not a token, or the value has a CR, LF or NUL.
    pub fn with_quoted(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        let quoted = grammar::quote(value).ok_or(ValueError::new("text without CR, LF and NUL", 0))?;
        Ok(self.put(name, &quoted))
    }

    fn put(self, name: &str, value: &str) -> Self {
        if self.get(name).is_some() {
            return self.replaced(name, value);
        }
        let mut text = self.0.into_owned();
        if !text.is_empty() {
            text.push_str(", ");
        }
        for part in [name, "=", value] {
            text.push_str(part);
        }
        Self(Cow::Owned(text))
    }

    /// With another value in the place of the first of this name, and without any other of it.
    fn replaced(&self, name: &str, value: &str) -> Self {
        let mut replaced = Some(format!("{name}={value}"));
        let params = self.iter().filter_map(|(key, value)| {
            if key.eq_ignore_ascii_case(name) {
                replaced.take()
            } else {
                Some(format!("{key}={value}"))
            }
        });
        Self(Cow::Owned(params.collect::<Vec<_>>().join(", ")))
    }

    /// The same, when there are some: the grammar of each header wants one at least.
    pub(in crate::headers) fn filled(self) -> Result<Self, ValueError> {
        if self.is_empty() {
            Err(ValueError::new("a parameter", 0))
        } else {
            Ok(self)
        }
    }

    pub(in crate::headers) fn parse(input: &'a str) -> grammar::Parsed<'a, Self> {
        let start = skip_commas(input);
        let (mut rest, _) = auth_param(start)?;
        let mut text = &start[..start.len() - rest.len()];
        while rest.trim_start_matches(grammar::is_lws).starts_with(',') {
            rest = skip_commas(rest);
            if rest.is_empty() {
                break;
            }
            (rest, _) = auth_param(rest)?;
            text = &start[..start.len() - rest.len()];
        }
        Ok((rest, Self(Cow::Borrowed(text))))
    }
}

/// `auth-param-name EQUAL ( token / quoted-string )`
fn auth_param(input: &str) -> grammar::Parsed<'_, (&str, &str)> {
    let value = alt((grammar::quoted_string, grammar::token));
    let mut param = (
        grammar::expect("a parameter", grammar::token),
        grammar::separator(b'=', "="),
        grammar::expect("a token or a quoted string", value),
    );
    let (rest, (name, _, value)) = param.parse(input)?;
    Ok((rest, (name, value)))
}

fn skip_commas(input: &str) -> &str {
    input.trim_start_matches(|c| c == ',' || grammar::is_lws(c))
}

impl fmt::Display for AuthParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AuthParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.iter() {
            if ["response", "rspauth"]
                .iter()
                .any(|proof| proof.eq_ignore_ascii_case(name))
            {
                map.entry(&name, &Redacted);
            } else {
                map.entry(&name, &value);
            }
        }
        map.finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for AuthParams<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let params = crate::json::first_of_each(self.iter());
        serializer.collect_map(params.map(|(name, value)| (name, grammar::unquote(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_refused() {
        let params = AuthParams::new().with("a", "b").unwrap();
        for text in ["", "a b", "a\r\n", "a,b", " a"] {
            assert!(params.clone().with(text, "x").is_err(), "{text:?}");
            assert!(params.clone().with("x", text).is_err(), "{text:?}");
            assert!(params.clone().with_quoted(text, "x").is_err(), "{text:?}");
        }
        for text in ["a\r\nX: y", "a\0"] {
            assert!(params.clone().with_quoted("x", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn each_name_is_written_once() {
        let params = AuthParams::new().with("a", "b").unwrap().with("x", "y").unwrap();
        let again = params.with_quoted("A", "c").unwrap();
        assert_eq!(again.to_string(), "A=\"c\", x=y");
    }
}

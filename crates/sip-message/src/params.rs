use std::{borrow::Cow, fmt};

use crate::{
    ValueError,
    grammar::{self, ParamAt},
};

/// The parameters of a header value: `*( SEMI generic-param )` (RFC 3261 section 25.1).
///
/// Names compare without regard to case. What was parsed is kept as it was written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params<'a> {
    text: Cow<'a, str>,
    // A tag or a branch, as a rule: what is asked for most stands first.
    first: Option<ParamAt>,
}

impl<'a> Params<'a> {
    /// No parameters.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            text: Cow::Borrowed(""),
            first: None,
        }
    }

    /// The parameters in order, with their values as written (quotes included).
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let mut next = self.first;
        std::iter::from_fn(move || {
            let param = next?;
            next = grammar::next_param(&self.text, param.end());
            Some((param.name(&self.text), param.value(&self.text)))
        })
    }

    /// The value of the first parameter of this name: `None` when absent, `Some(None)` when it has no value. A
    /// quoted value comes with its quotes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        let mut next = self.first;
        while let Some(param) = next {
            if param.name(&self.text).eq_ignore_ascii_case(name) {
                return Some(param.value(&self.text));
            }
            next = grammar::next_param(&self.text, param.end());
        }
        None
    }

    /// The value of the first parameter of this name, unquoted. `None` when absent or without a value.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).flatten().map(grammar::unquote)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// These parameters and one more, with a token, a host or a quoted string (quotes included) as value.
    ///
    /// # Errors
    /// When the name is not a token, or the value is neither of these or has a line break.
    pub fn with(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        grammar::exact(grammar::gen_value, value)?;
        if let Some(at) = value.find(['\r', '\n']) {
            return Err(ValueError::new("a value of one line", at));
        }
        Ok(self.push(name, Some(value)))
    }

    /// These parameters and one more without a value.
    ///
    /// # Errors
    /// When the name is not a token.
    pub fn with_flag(self, name: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        Ok(self.push(name, None))
    }

    /// These parameters and one more, its value written as a quoted string.
    ///
    /// # Errors
    /// When the name is not a token, or the value has a CR, LF or NUL.
    pub fn with_quoted(self, name: &str, value: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, name)?;
        let quoted = grammar::quote(value).ok_or(ValueError::new("text without CR, LF and NUL", 0))?;
        Ok(self.push(name, Some(&quoted)))
    }

    /// These parameters without those of one name.
    #[must_use]
    pub fn without(&self, name: &str) -> Params<'static> {
        let mut kept = Params::new();
        for (key, value) in self.iter().filter(|(key, _)| !key.eq_ignore_ascii_case(name)) {
            kept = kept.push(key, value);
        }
        kept
    }

    /// The same parameters in memory of their own.
    #[must_use]
    pub fn into_owned(self) -> Params<'static> {
        Params {
            text: Cow::Owned(self.text.into_owned()),
            first: self.first,
        }
    }

    /// Appends what is known to be well-formed.
    pub(crate) fn push<'b>(self, name: &str, value: Option<&str>) -> Params<'b>
    where
        'a: 'b,
    {
        let mut text = self.text.into_owned();
        text.push(';');
        text.push_str(name);
        if let Some(value) = value {
            text.push('=');
            text.push_str(value);
        }
        let first = self.first.or_else(|| grammar::next_param(&text, 0));
        let text = Cow::Owned(text);
        Params { text, first }
    }

    #[inline]
    pub(crate) fn parse(input: &'a str) -> grammar::Parsed<'a, Self> {
        let (rest, (text, first)) = grammar::params(input)?;
        let text = Cow::Borrowed(text);
        Ok((rest, Self { text, first }))
    }
}

impl fmt::Display for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Params<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name, value.map(grammar::unquote))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Params<'_> {
        grammar::whole(Params::parse, text).unwrap()
    }

    #[test]
    fn parameters_are_found_in_any_case_and_spacing() {
        let params = parse(" ; Tag = abc;;lr ;q=\"a;b\\\"c\"; x=[2001:db8::1]");
        assert_eq!(params.get("tag"), Some(Some("abc")));
        assert_eq!(params.get("LR"), Some(None));
        assert_eq!(params.value("q").unwrap(), "a;b\"c");
        assert_eq!(params.get("x"), Some(Some("[2001:db8::1]")));
        assert_eq!(params.get("none"), None);
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        assert!(Params::new().with("tag", "a b").is_err());
        assert!(Params::new().with("ta g", "a").is_err());
        for text in [" a", "a ", "a\r\n", "\"a\r\nX: y\"", ""] {
            assert!(Params::new().with("tag", text).is_err(), "{text:?}");
            assert!(Params::new().with_flag(text).is_err(), "{text:?}");
            assert!(Params::new().with_quoted(text, "a").is_err(), "{text:?}");
        }
        assert!(Params::new().with_quoted("m", "a\r\nX: y").is_err());
        let params = Params::new()
            .with("tag", "a")
            .unwrap()
            .with_flag("lr")
            .unwrap()
            .with_quoted("m", "A,B")
            .unwrap();
        assert_eq!(params.to_string(), ";tag=a;lr;m=\"A,B\"");
        assert_eq!(params.without("LR").to_string(), ";tag=a;m=\"A,B\"");
    }
}

//! The values of feature parameters (RFC 3840 section 9).

use std::{borrow::Cow, cmp::Ordering, fmt};

use crate::{ValueError, grammar};

/// `tag-value` or `string-value`: a value of a feature, or one that is ruled out. `Display` writes it as it stands in
/// the quotes.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureValue<'p> {
    negated: bool,
    kind: FeatureKind<'p>,
}

/// The kinds of [`FeatureValue`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FeatureKind<'p> {
    /// `"#" numeric-relation number`
    Number(NumberRange),
    /// `"<" ... ">"`, which compares with regard to case.
    String(Cow<'p, str>),
    /// A token, which compares in any case. The booleans are `TRUE` and `FALSE`.
    Token(&'p str),
}

/// The numbers that fit, ends included: `=5`, `>=5`, `<=5` or `2:5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberRange {
    min: f64,
    max: f64,
}

impl<'p> FeatureValue<'p> {
    /// A token, as `fixed` or `FALSE`.
    ///
    /// # Errors
    /// When `token` is none, or has an exclamation mark.
    pub fn token(token: &'p str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, token)?;
        match token.find('!') {
            Some(at) => Err(ValueError::new("a token without an exclamation mark", at)),
            None => Ok(Self::from(FeatureKind::Token(token))),
        }
    }

    /// A string, which must be the only value of its feature.
    ///
    /// # Errors
    /// When `text` has an angle bracket, CR, LF or NUL.
    pub fn string(text: &'p str) -> Result<Self, ValueError> {
        match text.find(['<', '>', '\r', '\n', '\0']) {
            Some(at) => Err(ValueError::new("a string without angle brackets, CR, LF and NUL", at)),
            None => Ok(Self::from(FeatureKind::String(Cow::Borrowed(text)))),
        }
    }

    /// A range of numbers.
    #[must_use]
    pub const fn number(range: NumberRange) -> Self {
        Self::from(FeatureKind::Number(range))
    }

    /// Any value but this one; twice is once. A string stays as it is, since it cannot be negated (RFC 3840 section 5).
    #[must_use]
    pub fn negated(self) -> Self {
        Self {
            negated: !matches!(self.kind, FeatureKind::String(_)),
            ..self
        }
    }

    /// What the value is, whether it is negated or not.
    #[must_use]
    pub const fn kind(&self) -> &FeatureKind<'p> {
        &self.kind
    }

    /// Whether any value but this one fits.
    #[must_use]
    pub const fn is_negated(&self) -> bool {
        self.negated
    }

    pub(crate) fn into_kind(self) -> FeatureKind<'p> {
        self.kind
    }

    const fn from(kind: FeatureKind<'p>) -> Self {
        Self { negated: false, kind }
    }

    /// The values of a parameter's value as written. What begins with `#` and is no number, and what has characters
    /// that no token has, reads as a token all the same.
    pub(crate) fn all(quoted: &'p str) -> impl Iterator<Item = Self> + use<'p> {
        let text = quoted
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(quoted)
            .trim_matches(grammar::is_lws);
        let is_string = text.len() > 1 && text.starts_with('<') && text.ends_with('>');
        let string = is_string.then(|| FeatureValue::of_string(quoted));
        let list = if is_string { "" } else { text };
        let tokens = list.split(',').map(|value| value.trim_matches(grammar::is_lws));
        let tokens = tokens.filter(|value| !value.is_empty()).map(FeatureValue::of_tag_value);
        string.into_iter().chain(tokens)
    }

    /// Of a quoted string with angle brackets within its quotes.
    fn of_string(quoted: &'p str) -> Self {
        fn within(text: &str) -> &str {
            let text = text.trim_matches(grammar::is_lws);
            let text = text.strip_prefix('<').unwrap_or(text);
            text.strip_suffix('>').unwrap_or(text)
        }
        Self::from(FeatureKind::String(match grammar::unquote(quoted) {
            Cow::Borrowed(text) => Cow::Borrowed(within(text)),
            Cow::Owned(text) => Cow::Owned(within(&text).to_owned()),
        }))
    }

    fn of_tag_value(text: &'p str) -> Self {
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let kind = match text.strip_prefix('#').and_then(NumberRange::parse) {
            Some(range) => FeatureKind::Number(range),
            None => FeatureKind::Token(text),
        };
        Self { negated, kind }
    }
}

impl NumberRange {
    /// One number.
    ///
    /// # Errors
    /// When it is not finite.
    pub fn exactly(number: f64) -> Result<Self, ValueError> {
        Self::between(number, number)
    }

    /// A number and all above it.
    ///
    /// # Errors
    /// When it is not finite.
    pub fn at_least(number: f64) -> Result<Self, ValueError> {
        Self::exactly(number).map(|range| Self {
            max: f64::INFINITY,
            ..range
        })
    }

    /// A number and all below it.
    ///
    /// # Errors
    /// When it is not finite.
    pub fn at_most(number: f64) -> Result<Self, ValueError> {
        Self::exactly(number).map(|range| Self {
            min: f64::NEG_INFINITY,
            ..range
        })
    }

    /// The numbers from one to another, both included.
    ///
    /// # Errors
    /// When one is not finite, or the first is greater.
    pub fn between(min: f64, max: f64) -> Result<Self, ValueError> {
        if min.is_finite() && max.is_finite() && min <= max {
            Ok(Self { min, max })
        } else {
            Err(ValueError::new("two finite numbers, the lesser first", 0))
        }
    }

    /// Whether a number fits.
    #[must_use]
    pub fn contains(&self, number: f64) -> bool {
        self.min <= number && number <= self.max
    }

    /// The least number; negative infinity where there is none.
    #[must_use]
    pub const fn min(&self) -> f64 {
        self.min
    }

    /// The greatest number; infinity where there is none.
    #[must_use]
    pub const fn max(&self) -> f64 {
        self.max
    }

    /// The numbers in both.
    pub(crate) fn intersection(&self, other: &Self) -> Option<Self> {
        let (min, max) = (self.min.max(other.min), self.max.min(other.max));
        (min <= max).then_some(Self { min, max })
    }

    /// The numbers in either, when these are one range.
    pub(crate) fn union(&self, other: &Self) -> Option<Self> {
        self.intersection(other).map(|_| Self {
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        })
    }

    /// Which comes first; equal when they overlap.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self.max < other.min, other.max < self.min) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }

    /// `numeric-relation number`, without the `#`.
    fn parse(text: &str) -> Option<Self> {
        if let Some(number) = text.strip_prefix(">=") {
            return Self::at_least(decimal(number)?).ok();
        }
        if let Some(number) = text.strip_prefix("<=") {
            return Self::at_most(decimal(number)?).ok();
        }
        if let Some(number) = text.strip_prefix('=') {
            return Self::exactly(decimal(number)?).ok();
        }
        let (min, max) = text.split_once(':')?;
        Self::between(decimal(min)?, decimal(max)?).ok()
    }
}

/// `[ "+" / "-" ] 1*DIGIT [ "." *DIGIT ]`. One that no double can represent is infinite, and no range has such an end.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_decimal = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let starts_with_digit = digits.starts_with(|c: char| c.is_ascii_digit());
    (starts_with_digit && digits.bytes().all(is_decimal))
        .then(|| text.parse().ok())
        .flatten()
}

impl fmt::Display for FeatureValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("!")?;
        }
        match &self.kind {
            FeatureKind::Number(range) => write!(f, "#{range}"),
            FeatureKind::String(text) => write!(f, "<{text}>"),
            FeatureKind::Token(token) => f.write_str(token),
        }
    }
}

impl fmt::Display for NumberRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min.is_finite(), self.max.is_finite()) {
            (true, false) => write!(f, ">={}", self.min),
            (false, _) => write!(f, "<={}", self.max),
            (true, true) if self.min == self.max => write!(f, "={}", self.min),
            (true, true) => write!(f, "{}:{}", self.min, self.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<FeatureValue<'_>> {
        FeatureValue::all(text).collect()
    }

    #[test]
    fn values_are_told_apart() {
        let range = |min, max| FeatureValue::number(NumberRange { min, max });
        assert_eq!(values("\"#>=5\""), [range(5.0, f64::INFINITY)]);
        assert_eq!(
            values("\"#<=-0.5,!#=7.\""),
            [range(f64::NEG_INFINITY, -0.5), range(7.0, 7.0).negated()]
        );
        assert_eq!(
            values("\"<a, \\\"b\\\">\"")[0].kind(),
            &FeatureKind::String("a, \"b\"".into())
        );
        assert_eq!(values("\"!TRUE\""), [FeatureValue::token("TRUE").unwrap().negated()]);
        assert_eq!(values("MESSAGE"), [FeatureValue::token("MESSAGE").unwrap()]);
        assert_eq!(values("\" a , ,b \"").len(), 2);
        assert_eq!(values("\"\"").len(), 0);
        for odd in [
            "#5", "#>=", "#>=1e5", "#1:", "#5:4", "#>=.5", "#=1.2.3", "#=NaN", "<a", "<",
        ] {
            assert_eq!(values(odd)[0].kind(), &FeatureKind::Token(odd));
        }
        let digits = format!("#={}", "9".repeat(400));
        assert_eq!(values(&digits)[0].kind(), &FeatureKind::Token(digits.as_str()));
    }

    #[test]
    fn what_could_not_be_written_is_refused() {
        for token in ["", "a b", "a!", "a,b", "a\"", "a\r\n"] {
            assert!(FeatureValue::token(token).is_err(), "{token:?}");
        }
        for text in ["<", "a>", "a\r\nX: y", "\0"] {
            assert!(FeatureValue::string(text).is_err(), "{text:?}");
        }
        assert!(NumberRange::at_least(f64::NAN).is_err());
        assert!(NumberRange::between(2.0, 1.0).is_err());
        assert!(NumberRange::at_most(f64::INFINITY).is_err());
    }
}

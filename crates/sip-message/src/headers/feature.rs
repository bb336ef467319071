//! The feature parameters of RFC 3840, which Contact, Accept-Contact and Reject-Contact share.

use std::{borrow::Cow, cmp::Ordering, fmt};

use crate::{Params, ValueError, grammar};

/// The feature parameters of a header: what a user agent is capable of (RFC 3840 section 9), or a caller wants of it
/// (RFC 3841 section 5.2). A view over the header's parameters, without those that are no feature.
///
/// ```
/// use sip_message::headers::{Contact, FeatureKind, TypedHeader};
///
/// let contact = Contact::parse(r##"<sip:a@b>;audio;language="en,de";+rangeparam="#-4:+5.125";expires=60"##)?;
/// let features = contact.features();
/// let tags: Vec<_> = features.iter().map(|feature| feature.tag().to_string()).collect();
/// assert_eq!(tags, ["sip.audio", "language", "rangeparam"]);
/// let range = features.get("+rangeparam").and_then(|feature| feature.values().next()).expect("a value");
/// assert!(matches!(range.kind(), FeatureKind::Number(range) if range.contains(5.0)));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FeatureSet<'p>(Option<&'p Params<'p>>);

/// `feature-param = enc-feature-tag [ EQUAL LDQUOT ( tag-value-list / string-value ) RDQUOT ]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature<'p> {
    tag: FeatureTag<'p>,
    // As written.
    value: Option<&'p str>,
}

/// `enc-feature-tag`: the name of a feature parameter, which is one of the base tags of RFC 3840 or begins with a plus.
///
/// Tags compare as RFC 2506 has them, in any case: `audio` and `+sip.Audio` are the same. `Display` writes the decoded
/// tag, `sip.audio`.
#[derive(Clone, Copy, Debug)]
pub struct FeatureTag<'p>(&'p str);

/// `tag-value` or `string-value`: a value of a feature, or one that is ruled out. `Display` writes it as it stands in the
/// quotes.
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

impl<'p> FeatureSet<'p> {
    pub(crate) const fn new(params: &'p Params<'p>) -> Self {
        Self(Some(params))
    }

    /// The feature parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = Feature<'p>> + use<'p> {
        let params = self.0.map(Params::iter);
        params
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| FeatureTag::of_param(name).map(|tag| Feature { tag, value }))
    }

    /// The first feature of a tag, given as the name of its parameter: `audio`, `+sip.instance`.
    #[must_use]
    pub fn get(&self, tag: &str) -> Option<Feature<'p>> {
        let tag = FeatureTag::of_param(tag)?;
        self.iter().find(|feature| feature.tag == tag)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl<'p> Feature<'p> {
    /// The tag.
    #[must_use]
    pub const fn tag(&self) -> FeatureTag<'p> {
        self.tag
    }

    /// The value as written, quotes included.
    #[must_use]
    pub const fn as_str(&self) -> Option<&'p str> {
        self.value
    }

    /// The values, of which one at least is to fit. A parameter without a value has `TRUE` (RFC 3841 section 8). What
    /// begins with `#` and is no number, and what has characters that no token has, reads as a token all the same.
    pub fn values(&self) -> impl Iterator<Item = FeatureValue<'p>> + use<'p> {
        let quoted = self.value.unwrap_or("TRUE");
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
}

/// The base tags without the `sip.` that most of them decode to.
const BASE_TAGS: [&str; 20] = [
    "actor",
    "application",
    "audio",
    "automata",
    "class",
    "control",
    "data",
    "description",
    "duplex",
    "events",
    "extensions",
    "isfocus",
    "language",
    "methods",
    "mobility",
    "priority",
    "schemes",
    "text",
    "type",
    "video",
];

impl<'p> FeatureTag<'p> {
    /// How many base tags there are.
    pub(crate) const BASE_TAGS: usize = BASE_TAGS.len();

    /// The tag that a parameter name stands for: a base tag, or a plus and a tag of RFC 2506 with `!` for its colons and
    /// `'` for its slashes.
    ///
    /// # Errors
    /// When `name` is neither.
    pub fn new(name: &'p str) -> Result<Self, ValueError> {
        let wrong = Err(ValueError::new("a base tag, or a plus and a feature tag", 0));
        let Some(tag) = name.strip_prefix('+') else {
            return if is_base(name) { Ok(Self(name)) } else { wrong };
        };
        let is_tag_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!'.-%".contains(&byte);
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return wrong;
        }
        match tag.bytes().position(|byte| !is_tag_byte(byte)) {
            Some(at) => Err(ValueError::new("a character of a feature tag", 1 + at)),
            None => Ok(Self(name)),
        }
    }

    /// The same for what a peer wrote: any name that begins with a plus is a tag.
    pub(crate) fn of_param(name: &'p str) -> Option<Self> {
        (name.starts_with('+') || is_base(name)).then_some(Self(name))
    }

    /// The name of the parameter as written.
    #[must_use]
    pub const fn as_str(&self) -> &'p str {
        self.0
    }

    /// Which base tag this is, or would be without its plus.
    pub(crate) fn base(&self) -> Option<usize> {
        let name = self.0.strip_prefix('+').unwrap_or(self.0);
        BASE_TAGS.iter().position(|tag| tag.eq_ignore_ascii_case(name))
    }

    /// Whether the name begins with a plus.
    pub(crate) fn has_plus(&self) -> bool {
        self.0.starts_with('+')
    }

    /// The decoded tag in two parts.
    fn decoded(&self) -> impl Iterator<Item = char> + use<'p> {
        let (prefix, name) = match self.0.strip_prefix('+') {
            Some(name) => ("", name),
            // These two are registered outside of the SIP tree.
            None if ["language", "type"].iter().any(|tag| tag.eq_ignore_ascii_case(self.0)) => ("", self.0),
            None => ("sip.", self.0),
        };
        prefix.chars().chain(name.chars()).map(|c| match c {
            '!' => ':',
            '\'' => '/',
            c => c.to_ascii_lowercase(),
        })
    }
}

fn is_base(name: &str) -> bool {
    BASE_TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
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

/// The parameters with a feature, instead of any of the same tag. Without a value it is `TRUE`.
pub(crate) fn with<'p, 'v>(
    params: &Params<'_>,
    tag: &str,
    values: impl IntoIterator<Item = FeatureValue<'v>>,
) -> Result<Params<'p>, ValueError> {
    let tag = FeatureTag::new(tag)?;
    let mut kept = Params::new();
    for (name, value) in params.iter() {
        if FeatureTag::of_param(name).is_none_or(|other| other != tag) {
            kept = kept.push(name, value);
        }
    }
    let mut text = String::new();
    let mut strings = 0;
    let mut count = 0;
    for value in values {
        if let FeatureKind::Token(token) = value.kind() {
            // One that was read may be no token.
            FeatureValue::token(token)?;
        }
        strings += usize::from(matches!(value.kind(), FeatureKind::String(_)));
        if count > 0 {
            text.push(',');
        }
        text.push_str(&value.to_string());
        count += 1;
    }
    if strings > 0 && count > 1 {
        return Err(ValueError::new("a string that is the only value", 0));
    }
    if count == 0 {
        return Ok(kept.push(tag.as_str(), None));
    }
    let quoted = grammar::quote(&text).ok_or(ValueError::new("values without CR, LF and NUL", 0))?;
    Ok(kept.push(tag.as_str(), Some(&quoted)))
}

impl PartialEq for FeatureTag<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for FeatureTag<'_> {}

impl PartialOrd for FeatureTag<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FeatureTag<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.decoded().cmp(other.decoded())
    }
}

impl fmt::Display for FeatureTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decoded().try_for_each(|c| write!(f, "{c}"))
    }
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

    fn params(text: &str) -> Params<'_> {
        grammar::whole(Params::parse, text).unwrap()
    }

    fn values(text: &str) -> Vec<FeatureValue<'_>> {
        let value = Some(text);
        let tag = FeatureTag::new("type").unwrap();
        Feature { tag, value }.values().collect()
    }

    #[test]
    fn the_example_of_rfc_3840_section_5() {
        let params = params(
            ";mobility=\"fixed\";events=\"!presence,message-summary\";language=\"en,de\"\r\n  \
             ;description=\"<PC>\";+sip.newparam;+rangeparam=\"#-4:+5.125\";expires=3600;q=0.3",
        );
        let features = FeatureSet::new(&params);
        let written: Vec<_> = features
            .iter()
            .map(|feature| {
                let values: Vec<_> = feature.values().map(|value| value.to_string()).collect();
                format!("{}={}", feature.tag(), values.join(","))
            })
            .collect();
        assert_eq!(
            written,
            [
                "sip.mobility=fixed",
                "sip.events=!presence,message-summary",
                "language=en,de",
                "sip.description=<PC>",
                "sip.newparam=TRUE",
                "rangeparam=#-4:5.125",
            ]
        );
        assert!(features.get("+sip.Mobility").is_some());
        assert!(features.get("+mobility").is_none());
        assert!(features.get("expires").is_none());
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
    fn what_is_written_reads_the_same() {
        let tokens = [
            FeatureValue::token("en").unwrap(),
            FeatureValue::token("de").unwrap().negated(),
        ];
        let written = with(&params(";q=1;+x"), "type", tokens).unwrap();
        assert_eq!(written.to_string(), ";q=1;+x;type=\"en,!de\"");
        let number = FeatureValue::number(NumberRange::between(-4.0, 5.125).unwrap());
        let written = with(&written, "TYPE", [number]).unwrap();
        assert_eq!(written.to_string(), ";q=1;+x;TYPE=\"#-4:5.125\"");
        let string = FeatureValue::string("a \"b\" \\").unwrap().negated();
        let written = with(&Params::new(), "+sip.x", [string.clone()]).unwrap();
        let again = written.to_string();
        let again = params(&again);
        let features = FeatureSet::new(&again);
        assert_eq!(features.get("+sip.X").unwrap().values().collect::<Vec<_>>(), [string]);
        assert_eq!(with(&Params::new(), "audio", []).unwrap().to_string(), ";audio");
    }

    #[test]
    fn what_could_not_be_written_is_refused() {
        for (tag, at) in [
            ("", 0),
            ("foo", 0),
            ("+", 0),
            ("+5", 0),
            ("+a_b", 2),
            ("+a\r\n", 2),
            (" audio", 0),
        ] {
            assert_eq!(FeatureTag::new(tag).unwrap_err().offset(), at, "{tag:?}");
            assert!(with(&Params::new(), tag, []).is_err());
        }
        for token in ["", "a b", "a!", "a,b", "a\"", "a\r\n"] {
            assert!(FeatureValue::token(token).is_err(), "{token:?}");
        }
        for text in ["<", "a>", "a\r\nX: y", "\0"] {
            assert!(FeatureValue::string(text).is_err(), "{text:?}");
        }
        let string = FeatureValue::string("a").unwrap();
        assert!(with(&Params::new(), "type", [string.clone(), string]).is_err());
        assert!(with(&Params::new(), "type", values("\"a;b\"")).is_err());
        assert!(NumberRange::at_least(f64::NAN).is_err());
        assert!(NumberRange::between(2.0, 1.0).is_err());
        assert!(NumberRange::at_most(f64::INFINITY).is_err());
    }
}

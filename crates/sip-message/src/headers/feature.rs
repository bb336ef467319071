//! The feature parameters of RFC 3840, which Contact, Accept-Contact and Reject-Contact share.

use std::{cmp::Ordering, fmt};

use super::{FeatureKind, FeatureValue};
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
/// tag, `sip.audio` (RFC 3841 section 8).
#[derive(Clone, Copy, Debug)]
pub struct FeatureTag<'p>(&'p str);

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
        FeatureValue::all(self.value.unwrap_or("TRUE"))
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
    pub(crate) const BASE_COUNT: usize = BASE_TAGS.len();

    /// The tag that a parameter name stands for: a base tag, or a plus and a tag of RFC 2506 with `!` for its colons
    /// and `'` for its slashes.
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

    /// The tag of RFC 2506 that the name stands for, in lower case.
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
        // One that was read may have what must not be written.
        match value.kind() {
            FeatureKind::Number(_) => {}
            FeatureKind::String(text) => {
                FeatureValue::string(text)?;
                strings += 1;
            }
            FeatureKind::Token(token) => {
                FeatureValue::token(token)?;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::NumberRange;

    fn params(text: &str) -> Params<'_> {
        grammar::whole(Params::parse, text).unwrap()
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
        let string = FeatureValue::string("a").unwrap();
        assert!(with(&Params::new(), "type", [string.clone(), string]).is_err());
        for read in ["\"a;b\"", "\"<a>,<b>\"", "\"!!a\""] {
            assert!(with(&Params::new(), "type", FeatureValue::all(read)).is_err(), "{read}");
        }
    }
}

use std::fmt;

use nom::{Parser, bytes::complete::tag};

use super::{FeatureSet, FeatureValue, Occurrence, TypedHeader, feature};
use crate::{HeaderName, Params, ValueError, grammar};

/// `rc-value = "*" *( SEMI rc-params )`: features of contacts that the caller does not want to reach (RFC 3841 sections
/// 9.2 and 10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RejectContact<'a> {
    params: Params<'a>,
}

impl<'a> RejectContact<'a> {
    /// A feature set without any feature, which every contact matches.
    #[must_use]
    pub const fn new() -> Self {
        let params = Params::new();
        Self { params }
    }

    /// The same with a feature, instead of any of the same tag; without a value it is `TRUE`.
    ///
    /// # Errors
    /// When `tag` is no [`FeatureTag`](super::FeatureTag), or a string is not the only value.
    pub fn with_feature<'v>(
        self,
        tag: &str,
        values: impl IntoIterator<Item = FeatureValue<'v>>,
    ) -> Result<Self, ValueError> {
        let params = feature::with(&self.params, tag, values)?;
        Ok(Self { params })
    }

    /// The features.
    #[must_use]
    pub const fn features(&self) -> FeatureSet<'_> {
        FeatureSet::new(&self.params)
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

impl<'a> TypedHeader<'a> for RejectContact<'a> {
    const NAME: HeaderName = HeaderName::REJECT_CONTACT;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3841 section 10";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let star = |input| grammar::expect("a star", tag("*"))(input);
        let (_, params) = grammar::whole(|input| (star, Params::parse).parse(input), value)?;
        Ok(Self { params })
    }
}

impl fmt::Display for RejectContact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*{}", self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_rfc_3841_section_7_2_5() {
        let text = "*;actor=\"msg-taker\";video";
        let value = RejectContact::parse(text).unwrap();
        let tags: Vec<_> = value
            .features()
            .iter()
            .map(|feature| feature.tag().to_string())
            .collect();
        assert_eq!(tags, ["sip.actor", "sip.video"]);
        let taker = FeatureValue::token("msg-taker").unwrap();
        let built = RejectContact::new().with_feature("actor", [taker]).unwrap();
        assert_eq!(built.with_feature("video", []).unwrap(), value);
        assert_eq!(value.to_string(), text);
        for (text, at) in [("", 0), ("**", 1), ("*;;=", 3)] {
            assert_eq!(RejectContact::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

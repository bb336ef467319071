use super::shapes::feature_header;
use crate::Params;

/// `rc-value = "*" *( SEMI rc-params )`: features of contacts that the caller does not want to reach (RFC 3841 sections
/// 9.2 and 10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RejectContact<'a> {
    params: Params<'a>,
}

feature_header! { RejectContact, REJECT_CONTACT }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::{FeatureValue, TypedHeader};

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

use super::shapes::feature_header;
use crate::Params;

/// `ac-value = "*" *( SEMI ac-params )`: features that the caller wants of the contact that is reached (RFC 3841
/// sections 9.2 and 10). [`CallerPreferences`](super::CallerPreferences) puts contacts in the order that several of
/// these ask for.
///
/// ```
/// use sip_message::headers::{AcceptContact, FeatureValue};
///
/// let mobile = AcceptContact::new()
///     .with_feature("mobility", [FeatureValue::token("mobile")?])?
///     .with_feature("methods", [FeatureValue::token("INVITE")?])?
///     .with_require();
/// assert_eq!(mobile.to_string(), r#"*;mobility="mobile";methods="INVITE";require"#);
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AcceptContact<'a> {
    params: Params<'a>,
}

feature_header! { AcceptContact, ACCEPT_CONTACT }

impl AcceptContact<'_> {
    /// The same with `require`: a contact that does not match is not to be reached.
    #[must_use]
    pub fn with_require(self) -> Self {
        let params = self.params.put("require", None);
        Self { params }
    }

    /// The same with `explicit`: a contact that says nothing about a feature does not match well.
    #[must_use]
    pub fn with_explicit(self) -> Self {
        let params = self.params.put("explicit", None);
        Self { params }
    }

    /// Whether a contact that does not match is not to be reached.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.params.get("require").is_some()
    }

    /// Whether a contact that says nothing about a feature does not match well.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        self.params.get("explicit").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, headers::TypedHeader};

    #[test]
    fn the_headers_of_rfc_3841_section_7_2_5() {
        let message = Message::parse(
            "INVITE sip:user@example.com SIP/2.0\r\nAccept-Contact: *;audio;require , * ; video ; explicit\r\n\
             a: *;methods=\"BYE\";class=\"business\";q=1.0\r\n\r\n",
        )
        .unwrap();
        let all: Vec<_> = message.typed_all::<AcceptContact>().map(Result::unwrap).collect();
        let flags: Vec<_> = all
            .iter()
            .map(|value| (value.is_required(), value.is_explicit()))
            .collect();
        assert_eq!(flags, [(true, false), (false, true), (false, false)]);
        let tags: Vec<_> = all[2].features().iter().map(|feature| feature.tag().as_str()).collect();
        assert_eq!(tags, ["methods", "class"]);
        assert_eq!(
            all[0],
            AcceptContact::new().with_feature("audio", []).unwrap().with_require()
        );
        assert_eq!(
            AcceptContact::new().with_explicit().with_explicit().to_string(),
            "*;explicit"
        );
    }

    #[test]
    fn what_does_not_begin_with_a_star_is_refused() {
        for (text, at) in [("", 0), ("sip:a@b", 0), ("*audio", 1), ("* x", 2)] {
            assert_eq!(AcceptContact::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(AcceptContact::new().with_feature("q", []).is_err());
    }
}

use std::fmt;

use super::{FeatureKind, FeatureSet, FeatureValue, Occurrence, TypedHeader, accept, feature};
use crate::{HeaderName, Method, NameAddr, Params, Uri, ValueError, class, grammar};

/// `STAR / ( name-addr / addr-spec ) *( SEMI contact-params )`: where the sender can be reached (RFC 3261 section
/// 20.10), with the feature parameters of RFC 3840.
///
/// ```
/// use sip_message::{Method, headers::{Contact, TypedHeader}};
///
/// let contact = Contact::parse(r#"<sip:kmh@192.0.2.4>;methods="MESSAGE, OPTIONS";q=0.7;expires=60"#)?;
/// assert!(contact.allows(&Method::Message));
/// assert!(!contact.allows(&Method::Invite));
/// assert_eq!((contact.q(), contact.expires()), (Some(700), Some(60)));
/// # Ok::<(), sip_message::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Contact<'a> {
    /// An address with its parameters.
    Address(NameAddr<'a>),
    /// `*`: every binding, in a REGISTER that removes them all.
    Star,
}

impl<'a> Contact<'a> {
    /// The address, when it is one.
    #[must_use]
    pub const fn address(&self) -> Option<&NameAddr<'a>> {
        match self {
            Self::Address(address) => Some(address),
            Self::Star => None,
        }
    }

    /// The URI of the address.
    #[must_use]
    pub fn uri(&self) -> Option<Uri<'a>> {
        self.address().map(NameAddr::uri)
    }

    /// The `expires` parameter in seconds. `None` when it is absent or no number that fits, which RFC 3261 section
    /// 10.3 step 6 treats as absent.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        grammar::decimal(self.param("expires")?)
    }

    /// The `q` parameter in thousandths.
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        accept::thousandths(self.param("q")?)
    }

    /// The feature parameters: what the user agent is capable of (RFC 3840).
    #[must_use]
    pub fn features(&self) -> FeatureSet<'_> {
        self.address()
            .map_or_else(FeatureSet::default, |address| FeatureSet::new(address.params()))
    }

    /// The `+sip.instance`: the URN, without its angle brackets, that names the user agent's instance, whatever its
    /// address is (RFC 5626 section 4.1). Compares with regard to case.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        let urn = self.param("+sip.instance")?.strip_prefix("\"<")?.strip_suffix(">\"")?;
        // `1*uric`, which needs no unquoting.
        let is_uric = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'<' | b'>');
        (!urn.is_empty() && urn.bytes().all(is_uric)).then_some(urn)
    }

    /// The `reg-id`, which tells the flows of one instance apart: 1 to 2^31 - 1 (RFC 5626 section 10).
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        grammar::decimal(self.param("reg-id")?).filter(|id| (1..1 << 31).contains(id))
    }

    /// Whether this contact takes requests of a method: one without the `methods` feature parameter takes any, one
    /// with it those that one of its values fits. `!` negates one value, not the list (RFC 3840 sections 5 and 9):
    /// `"INVITE,!MESSAGE"` is every method but MESSAGE.
    #[must_use]
    pub fn allows(&self, method: &Method<'_>) -> bool {
        let Some(methods) = self
            .features()
            .get("methods")
            .filter(|methods| methods.as_str().is_some())
        else {
            return true;
        };
        let mut values = methods.values().peekable();
        values.peek().is_none() || values.any(|value| is_value_of(&value, method))
    }

    /// The same with another `expires`, in seconds. `*` has no parameters and stays as it is.
    #[must_use]
    pub fn with_expires(self, seconds: u32) -> Self {
        self.map_params(|params| params.clone().put("expires", Some(&seconds.to_string())))
    }

    /// The same with another `q`, in thousandths. `*` has no parameters and stays as it is.
    ///
    /// # Errors
    /// When `q` is over 1000.
    pub fn with_q(self, q: u16) -> Result<Self, ValueError> {
        self.try_map_params(|params| accept::with_q(params, q))
    }

    /// The same with a feature parameter, instead of any of the same tag; without a value it is `TRUE`. `*` has no
    /// parameters and stays as it is.
    ///
    /// ```
    /// use sip_message::headers::{Contact, FeatureValue, TypedHeader};
    ///
    /// let [message, notify] = ["MESSAGE", "NOTIFY"].map(FeatureValue::token);
    /// let contact = Contact::parse("<sip:a@192.0.2.1>")?
    ///     .with_feature("methods", [message?, notify?])?
    ///     .with_feature("automata", [])?
    ///     .with_feature("+sip.instance", [FeatureValue::string("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")?])?;
    /// assert_eq!(
    ///     contact.to_string(),
    ///     "<sip:a@192.0.2.1>;methods=\"MESSAGE,NOTIFY\";automata;\
    ///      +sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\""
    /// );
    /// # Ok::<(), sip_message::ValueError>(())
    /// ```
    ///
    /// # Errors
    /// When `tag` is no [`FeatureTag`](super::FeatureTag), or a string is not the only value.
    pub fn with_feature<'v>(
        self,
        tag: &str,
        values: impl IntoIterator<Item = FeatureValue<'v>>,
    ) -> Result<Self, ValueError> {
        self.try_map_params(|params| feature::with(params, tag, values))
    }

    fn map_params(self, change: impl FnOnce(&Params<'a>) -> Params<'a>) -> Self {
        match self {
            Self::Address(address) => {
                let params = change(address.params());
                Self::Address(address.with_params(params))
            }
            Self::Star => Self::Star,
        }
    }

    fn try_map_params(
        self,
        change: impl FnOnce(&Params<'a>) -> Result<Params<'a>, ValueError>,
    ) -> Result<Self, ValueError> {
        match self {
            Self::Address(address) => {
                let params = change(address.params())?;
                Ok(Self::Address(address.with_params(params)))
            }
            Self::Star => Ok(Self::Star),
        }
    }

    fn param(&self, name: &str) -> Option<&str> {
        self.address()?.params().get(name).flatten()
    }
}

fn is_value_of(value: &FeatureValue<'_>, method: &Method<'_>) -> bool {
    let is_same = matches!(value.kind(), FeatureKind::Token(token) if token.eq_ignore_ascii_case(method.as_str()));
    is_same != value.is_negated()
}

impl<'a> TypedHeader<'a> for Contact<'a> {
    const NAME: HeaderName = HeaderName::CONTACT;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.10";

    #[inline(always)]
    fn parse(value: &'a str) -> Result<Self, ValueError> {
        if class::trim(value, class::LWS) == "*" {
            return Ok(Self::Star);
        }
        NameAddr::parse(value).map(Self::Address)
    }

    #[inline(always)]
    fn parse_usual(value: &'a str) -> Option<Self> {
        NameAddr::plain(value).map(Self::Address)
    }
}

impl fmt::Display for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Star => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_rfc_3840_and_of_the_paper() {
        let allows =
            |params: &str, method: Method<'_>| Contact::parse(&format!("<sip:a@b>{params}")).unwrap().allows(&method);
        assert!(allows("", Method::Message));
        assert!(allows(";methods=\"MESSAGE\"", Method::Message));
        assert!(allows(";methods=MESSAGE", Method::Message));
        assert!(!allows(";methods=\"INVITE,BYE\"", Method::Message));
        assert!(allows(";methods=\"!INVITE\"", Method::Message));
        assert!(!allows(";methods=\"!MESSAGE\"", Method::Message));
        // The example of section 5 has (| (! presence) message-summary) as "!presence,message-summary".
        assert!(!allows(";methods=\"INVITE,!MESSAGE\"", Method::Message));
        assert!(allows(";methods=\"INVITE,!MESSAGE\"", Method::Bye));
        assert!(allows(";methods=\"!MESSAGE,!INVITE\"", Method::Message));
    }

    #[test]
    fn uri_and_header_parameters_are_told_apart() {
        let contact = Contact::parse("<sip:user@host5.example.net;expires=5>;expires=10").unwrap();
        assert_eq!(contact.expires(), Some(10));
        assert_eq!(Contact::parse("<sip:a@b>;expires=99999999999").unwrap().expires(), None);
        assert_eq!(Contact::parse("<sip:a@b>;expires=+9").unwrap().expires(), None);
        assert_eq!(Contact::parse("*").unwrap(), Contact::Star);
        assert!(Contact::parse("* , <sip:a@b>").is_err());
    }

    #[test]
    fn an_instance_and_its_flows_of_rfc_5626() {
        let contact = |params: &str| {
            Contact::parse(&format!("<sip:a@b>{params}"))
                .map(|contact| (contact.instance().map(str::to_owned), contact.reg_id()))
        };
        let urn = "urn:uuid:00000000-0000-1000-8000-000A95A0E128";
        let both = contact(&format!(" ; reg-id=1;\r\n +SIP.instance=\"<{urn}>\"")).unwrap();
        assert_eq!(both, (Some(urn.to_owned()), Some(1)));
        for id in ["0", "2147483648", "x", "+1"] {
            assert_eq!(contact(&format!(";reg-id={id}")).unwrap().1, None, "{id}");
        }
        for instance in ["x", "\"x\"", "\"<>\"", "\"<a b>\"", "\"<a\\\"b>\"", "\"<a><b>\""] {
            assert_eq!(
                contact(&format!(";+sip.instance={instance}")).unwrap().0,
                None,
                "{instance}"
            );
        }
        assert_eq!((Contact::Star.instance(), Contact::Star.reg_id()), (None, None));
        assert!(Contact::Star.features().is_empty());
    }

    #[test]
    fn parameters_are_replaced() {
        let contact = Contact::parse("<sip:a@b>;Q=0.1;x;expires=5").unwrap();
        let contact = contact.with_q(250).unwrap().with_expires(60).with_q(700).unwrap();
        assert_eq!(contact.to_string(), "<sip:a@b>;q=0.7;x;expires=60");
        assert!(contact.clone().with_q(1001).is_err());
        let video = contact
            .with_feature("video", [])
            .unwrap()
            .with_feature("+sip.video", [])
            .unwrap();
        assert_eq!(video.to_string(), "<sip:a@b>;q=0.7;x;expires=60;+sip.video");
        assert_eq!(Contact::Star.with_expires(1), Contact::Star);
    }
}

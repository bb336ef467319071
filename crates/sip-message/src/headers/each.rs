//! The list of all typed headers.

use super::Occurrence;
use crate::{HeaderName, name::Known};

/// Hands the types of all headers in [`headers`](crate::headers) to a macro of the caller, which gets their names in
/// one list. For programs that treat every header alike: one that prints messages, one that checks them. The list grows
/// with the crate.
///
/// ```
/// use sip_message::{Message, headers::{self, TypedHeader}};
///
/// let message = Message::parse("OPTIONS sip:a@example.test SIP/2.0\r\nPriority: a b\r\nExpires: 60\r\n\r\n")?;
/// let mut broken = Vec::new();
/// macro_rules! check {
///     ($($header:ident)*) => {
///         $(
///             if message.typed::<headers::$header>().is_err() {
///                 broken.push(headers::$header::NAME.as_str());
///             }
///         )*
///     };
/// }
/// sip_message::for_each_typed_header!(check);
/// assert_eq!(broken, ["Priority"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! for_each_typed_header {
    ($macro:ident) => {
        $macro! {
            Accept AcceptContact AcceptEncoding AcceptLanguage AlertInfo Allow AllowEvents AuthenticationInfo
            Authorization CSeq CallId CallInfo Contact ContentDisposition ContentEncoding ContentId ContentLanguage
            ContentLength ContentType Date ErrorInfo Event Expires From InReplyTo MaxForwards MimeVersion MinExpires
            Organization PAssertedIdentity Path Priority Privacy ProxyAuthenticate ProxyAuthorization ProxyRequire
            Reason RecordRoute ReferTo ReferredBy RejectContact ReplyTo RequestDisposition Require RetryAfter Route
            Server ServiceRoute SipEtag SipIfMatch Subject SubscriptionState Supported SuppressIfMatch Timestamp To
            Unsupported UserAgent Via Warning WwwAuthenticate
        }
    };
}

impl Occurrence {
    /// How often a header may stand that the specifications define.
    pub(crate) fn of(name: HeaderName) -> Option<Self> {
        name.as_known().map(|known| OCCURRENCES[known as usize])
    }
}

/// By number of the header.
static OCCURRENCES: [Occurrence; Known::COUNT] = occurrences();

const fn occurrences() -> [Occurrence; Known::COUNT] {
    let mut table = [Occurrence::Once; Known::COUNT];
    macro_rules! enter {
        ($($header:ident)*) => {
            $(
                if let Some(known) = <super::$header as super::TypedHeader>::NAME.as_known() {
                    table[known as usize] = <super::$header as super::TypedHeader>::OCCURRENCE;
                }
            )*
        };
    }
    for_each_typed_header!(enter);
    table
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::headers::{self, TypedHeader};

    #[test]
    fn each_type_has_a_name_of_its_own_and_a_section() {
        let mut names = BTreeSet::new();
        macro_rules! check {
            ($($header:ident)*) => {
                $(
                    let name = headers::$header::NAME;
                    assert_eq!(HeaderName::lookup(name.as_str().as_bytes()), Some(name));
                    assert!(names.insert(name.as_str()), "two types for {name}");
                    assert!(headers::$header::SECTION.contains(" section "), "{name}");
                    assert_eq!(Occurrence::of(name), Some(headers::$header::OCCURRENCE));
                )*
            };
        }
        for_each_typed_header!(check);
        // The list has a type of each file that holds a header.
        let exports = include_str!("mod.rs")
            .lines()
            .filter(|line| line.starts_with("pub use "));
        let without_header = [
            "auth::",
            "feature::",
            "feature_value::",
            "media_type::",
            "preferences::",
        ];
        let files = exports.filter(|line| !without_header.iter().any(|file| line.contains(file)));
        assert_eq!(names.len(), files.count());
    }
}

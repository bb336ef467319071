use std::fmt;

use crate::{lanes, words::Words};

macro_rules! names {
    ($($konst:ident $variant:ident $text:literal $($compact:literal)?;)*) => {
        /// A header that the SIP specifications define.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Known {
            $($variant,)*
        }

        impl Known {
            const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        /// In the order of their values.
        const ALL: &[Known] = &[$(Known::$variant),*];

        /// Every spelling: the names, then the compact forms.
        const SPELLINGS: &[(Words, Known)] = &[
            $((spelling($text.as_bytes()), Known::$variant),)*
            $($((spelling(&[$compact]), Known::$variant),)?)*
        ];

        impl HeaderName {
            $(#[doc = concat!("`", $text, "`")]
            pub const $konst: Self = Self(Repr::Known(Known::$variant));)*
        }
    };
}

names! {
    ACCEPT Accept "Accept";
    ACCEPT_CONTACT AcceptContact "Accept-Contact" b'a';
    ACCEPT_ENCODING AcceptEncoding "Accept-Encoding";
    ACCEPT_LANGUAGE AcceptLanguage "Accept-Language";
    ALERT_INFO AlertInfo "Alert-Info";
    ALLOW Allow "Allow";
    ALLOW_EVENTS AllowEvents "Allow-Events" b'u';
    AUTHENTICATION_INFO AuthenticationInfo "Authentication-Info";
    AUTHORIZATION Authorization "Authorization";
    CALL_ID CallId "Call-ID" b'i';
    CALL_INFO CallInfo "Call-Info";
    CONTACT Contact "Contact" b'm';
    CONTENT_DISPOSITION ContentDisposition "Content-Disposition";
    CONTENT_ENCODING ContentEncoding "Content-Encoding" b'e';
    CONTENT_ID ContentId "Content-ID";
    CONTENT_LANGUAGE ContentLanguage "Content-Language";
    CONTENT_LENGTH ContentLength "Content-Length" b'l';
    CONTENT_TYPE ContentType "Content-Type" b'c';
    CSEQ CSeq "CSeq";
    DATE Date "Date";
    ERROR_INFO ErrorInfo "Error-Info";
    EVENT Event "Event" b'o';
    EXPIRES Expires "Expires";
    FROM From "From" b'f';
    IN_REPLY_TO InReplyTo "In-Reply-To";
    MAX_FORWARDS MaxForwards "Max-Forwards";
    MIME_VERSION MimeVersion "MIME-Version";
    MIN_EXPIRES MinExpires "Min-Expires";
    ORGANIZATION Organization "Organization";
    P_ASSERTED_IDENTITY PAssertedIdentity "P-Asserted-Identity";
    PATH Path "Path";
    PRIORITY Priority "Priority";
    PRIVACY Privacy "Privacy";
    PROXY_AUTHENTICATE ProxyAuthenticate "Proxy-Authenticate";
    PROXY_AUTHORIZATION ProxyAuthorization "Proxy-Authorization";
    PROXY_REQUIRE ProxyRequire "Proxy-Require";
    REASON Reason "Reason";
    RECORD_ROUTE RecordRoute "Record-Route";
    REFER_TO ReferTo "Refer-To" b'r';
    REFERRED_BY ReferredBy "Referred-By" b'b';
    REJECT_CONTACT RejectContact "Reject-Contact" b'j';
    REPLY_TO ReplyTo "Reply-To";
    REQUEST_DISPOSITION RequestDisposition "Request-Disposition" b'd';
    REQUIRE Require "Require";
    RETRY_AFTER RetryAfter "Retry-After";
    ROUTE Route "Route";
    SERVER Server "Server";
    SERVICE_ROUTE ServiceRoute "Service-Route";
    SIP_ETAG SipEtag "SIP-ETag";
    SIP_IF_MATCH SipIfMatch "SIP-If-Match";
    SUBJECT Subject "Subject" b's';
    SUBSCRIPTION_STATE SubscriptionState "Subscription-State";
    SUPPORTED Supported "Supported" b'k';
    SUPPRESS_IF_MATCH SuppressIfMatch "Suppress-If-Match";
    TIMESTAMP Timestamp "Timestamp";
    TO To "To" b't';
    UNSUPPORTED Unsupported "Unsupported";
    USER_AGENT UserAgent "User-Agent";
    VIA Via "Via" b'v';
    WARNING Warning "Warning";
    WWW_AUTHENTICATE WwwAuthenticate "WWW-Authenticate";
}

const fn spelling(name: &[u8]) -> Words {
    Words::of(name).expect("a header name of the table is shorter than the window")
}

/// So many that a seed without a collision is found soon.
const SLOTS: usize = 1024;

const SEED: u64 = seed();

/// For each slot, one more than the place in [`SPELLINGS`] of the name that belongs there; zero for none.
static TABLE: [u8; SLOTS] = match table(SEED) {
    Some(table) => table,
    None => panic!("the seed was chosen so that no two names meet"),
};

#[expect(
    clippy::cast_possible_truncation,
    reason = "the number of spellings is asserted to fit"
)]
const fn table(seed: u64) -> Option<[u8; SLOTS]> {
    assert!(SPELLINGS.len() < u8::MAX as usize, "a place fits an octet");
    let mut table = [0; SLOTS];
    let mut at = 0;
    while at < SPELLINGS.len() {
        let slot = SPELLINGS[at].0.slot(seed, SLOTS.ilog2());
        if table[slot] != 0 {
            return None;
        }
        at += 1;
        table[slot] = at as u8;
    }
    Some(table)
}

/// The first odd multiplier of a sequence that gives every name a slot of its own.
const fn seed() -> u64 {
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    while table(seed).is_none() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005) | 1;
    }
    seed
}

impl Known {
    /// How many there are.
    pub(crate) const COUNT: usize = ALL.len();

    /// The header that is `index as u8`.
    #[inline]
    pub(crate) fn from_index(index: u8) -> Option<Self> {
        ALL.get(usize::from(index)).copied()
    }

    /// The header that a name of one line means, whatever its case, compact form included.
    #[inline(never)]
    pub(crate) const fn lookup(name: &[u8]) -> Option<Self> {
        match Words::of(name) {
            Some(words) => Self::of_words(&words),
            None => None,
        }
    }

    /// The header whose name stands at the start of a line of some length, and how long the name is, when the colon follows at
    /// once.
    #[inline(always)]
    pub(crate) fn at_start(line: &[u8]) -> Option<(Self, usize)> {
        if let Some(window) = line.first_chunk()
            && let Some(len) = lanes::find(window, b':')
        {
            return Some((Self::of_words(&Words::of_first(window, len)?)?, len));
        }
        // A longer name.
        if let Some(window) = line.first_chunk::<{ Words::WINDOW }>() {
            let len = Words::WINDOW - lanes::LANES + lanes::find(window.last_chunk()?, b':')?;
            return Some((Self::of_words(&Words::of_first(window, len)?)?, len));
        }
        // A short line at the end.
        let len = line.iter().position(|octet| *octet == b':')?;
        Some((Self::lookup(&line[..len])?, len))
    }

    #[inline]
    const fn of_words(name: &Words) -> Option<Self> {
        let at = TABLE[name.slot(SEED, SLOTS.ilog2())] as usize;
        if at == 0 {
            return None;
        }
        let (words, known) = &SPELLINGS[at - 1];
        if words.same(name) { Some(*known) } else { None }
    }
}

/// The name of a header: one that the SIP specifications define (a constant of this type) or an application's own
/// ([`HeaderName::from_static`]). Names compare without regard to case (RFC 3261 section 7.3.1).
#[derive(Clone, Copy)]
pub struct HeaderName(Repr);

#[derive(Clone, Copy)]
enum Repr {
    Custom(&'static str),
    Known(Known),
}

impl HeaderName {
    /// The name of an application's own header. A name that has a constant is that constant.
    ///
    /// # Panics
    /// When `name` is not a token (RFC 3261 section 25.1); in a constant that is an error of the build.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        assert!(!bytes.is_empty(), "a header name is a token, which is not empty");
        let mut at = 0;
        while at < bytes.len() {
            assert!(crate::grammar::is_token_byte(bytes[at]), "a header name is a token");
            at += 1;
        }
        match Self::lookup(bytes) {
            Some(known) => known,
            None => Self(Repr::Custom(name)),
        }
    }

    /// The header that a name in a message means, whatever its case, compact form included.
    #[must_use]
    pub const fn lookup(name: &[u8]) -> Option<Self> {
        match Known::lookup(name) {
            Some(known) => Some(Self(Repr::Known(known))),
            None => None,
        }
    }

    pub(crate) const fn known(known: Known) -> Self {
        Self(Repr::Known(known))
    }

    /// The name as the specifications write it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self.0 {
            Repr::Custom(text) => text,
            Repr::Known(known) => known.text(),
        }
    }

    pub(crate) const fn as_known(self) -> Option<Known> {
        match self.0 {
            Repr::Custom(_) => None,
            Repr::Known(known) => Some(known),
        }
    }

    /// Whether this is an application's own header, and `name` names it.
    pub(crate) fn is_custom(&self, name: &str) -> bool {
        matches!(self.0, Repr::Custom(text) if text.eq_ignore_ascii_case(name))
    }

    /// Whether `name`, as it stands in a message, names this header.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self.0 {
            Repr::Custom(_) => self.is_custom(name),
            Repr::Known(_) => Self::lookup(name.as_bytes()) == Some(*self),
        }
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Repr::Known(a), Repr::Known(b)) => a == b,
            (Repr::Custom(a), Repr::Custom(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        }
    }
}

impl Eq for HeaderName {}

impl fmt::Debug for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_forms_and_cases_name_the_same_header() {
        assert_eq!(HeaderName::lookup(b"v"), Some(HeaderName::VIA));
        assert_eq!(HeaderName::lookup(b"V"), Some(HeaderName::VIA));
        assert_eq!(HeaderName::lookup(b"vIA"), Some(HeaderName::VIA));
        assert_eq!(HeaderName::lookup(b"o"), Some(HeaderName::EVENT));
        assert_eq!(HeaderName::lookup(b"z"), None);
        assert_eq!(HeaderName::lookup(b"Call\rID"), None);
        assert!(HeaderName::CONTACT.matches("m"));
    }

    #[test]
    fn a_custom_name_that_is_known_is_the_known_one() {
        assert_eq!(HeaderName::from_static("call-id"), HeaderName::CALL_ID);
        assert_eq!(HeaderName::from_static("X-One"), HeaderName::from_static("x-one"));
        assert_ne!(HeaderName::from_static("X-One"), HeaderName::from_static("X-Two"));
    }
}

/// Every bound that the codec puts on what a peer sends.
///
/// The bounds are on single messages. A message over a bound is refused with [`ParseError`](crate::ParseError), which
/// names the bound and the offset at which it was passed.
///
/// ```
/// use sip_message::{Limits, Message};
///
/// let limits = Limits { headers: 8, ..Limits::default() };
/// let nine = "OPTIONS sip:a@example.test SIP/2.0\r\n".to_owned() + &"X: y\r\n".repeat(9) + "\r\n";
/// assert!(Message::parse_with(nine, &limits).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a whole message, body included. Default 65,535: what a UDP datagram can hold (RFC 3261 section
    /// 18.1.1 wants at least that much handled), and the same for streams so that a relay can always go on.
    pub message: usize,
    /// Octets of start line and header fields together. Default 32,768: four times what the largest call flows of
    /// the RFCs and of the clients in use need.
    pub head: usize,
    /// Header fields (lines, folded ones counted once). Default 256: ten times what real messages carry.
    pub headers: usize,
    /// Parts of one multipart body. Default 256: what a message of 65,535 octets can hold of presence documents in a
    /// list notification (RFC 4662), at 250 octets each. A part has an index of its own; thousands of empty ones would
    /// cost more than the bytes they came in.
    pub parts: usize,
    /// How many multiparts may stand within each other. Default 8: a signed list within a list (RFC 4662 section 6)
    /// takes 3. Each level is looked through once more.
    pub multipart_depth: usize,
}

impl Limits {
    /// Values of Accept-Contact and Reject-Contact that a caller may send before
    /// [`CallerPreferences`](crate::headers::CallerPreferences) refuses them: each is compared with each contact. 20 is
    /// what RFC 3841 section 11 finds reasonable.
    pub const CALLER_PREFERENCES: usize = 20;

    /// The defaults, for constants.
    pub const DEFAULT: Self = Self {
        message: 65_535,
        head: 32_768,
        headers: 256,
        parts: 256,
        multipart_depth: 8,
    };

    /// No bound but what the index can address: for messages that this program built itself.
    pub(crate) const UNBOUNDED: Self = Self {
        message: u32::MAX as usize,
        head: u32::MAX as usize,
        headers: usize::MAX,
        parts: usize::MAX,
        multipart_depth: usize::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

//! Every bound of this crate, each with its reason.

use std::time::Duration;

/// Parameters in one header value that this crate has no use for. The RFCs have one such; the rest is room for
/// extensions. A bound keeps the search for duplicates cheap.
pub const MAX_PARAMETERS: usize = 32;

/// Hex digits of a nonce count. The grammar has exactly eight; clients that write one or nine exist.
pub const MAX_NONCE_COUNT_DIGITS: usize = 16;

/// Protection spaces (challenger and realm) that a [`Client`](crate::Client) remembers, and that may challenge one
/// request. A request passes few proxies that challenge; one that meets more is being led around.
pub const MAX_REALMS: usize = 16;

/// Nonce counts below the highest one seen that can still be told apart, per nonce. It is the number of requests that a
/// client can have under way at once with one nonce.
pub const REPLAY_WINDOW: u32 = 64;

/// Nonces whose counts a [`Verifier`](crate::Verifier) tracks unless told otherwise: at 43 bytes each, 2.7 MiB. With the
/// default lifetime that is 218 clients newly authenticated per second. One that is forgotten early costs its client a
/// round trip; at half of this rate it happens to one in a hundred.
pub const DEFAULT_TRACKED_NONCES: usize = 65_536;

/// How long a nonce is good unless told otherwise. It bounds how long an answer without a count can be replayed
/// (RFC 2617 section 3.2.1, `nonce`), and is the usual default of SIP servers.
pub const DEFAULT_NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// How far behind an earlier one a time may be that is handed to a [`Verifier`](crate::Verifier), without being taken for
/// that of a clock that was set back. Threads that read one clock differ by less.
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

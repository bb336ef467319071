use std::time::SystemTime;

use sip_message::Aor;

/// The name of a subscription, unique within a notifier. Rows keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(
    /// The number.
    pub u64,
);

/// Whether a watcher has been authorised (RFC 6665 section 4.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WatcherState {
    /// Authorised.
    Active,
    /// Accepted, while the authorisation is awaited.
    Pending,
}

/// What is kept of one subscription: a row, whole and self-contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// The name of the row.
    pub id: SubscriptionId,
    /// Whose state is watched: the presentity of presence.
    pub resource: Aor,
    /// Who watches.
    pub watcher: Aor,
    /// The event package, as the configuration spells it.
    pub package: String,
    /// The `id` of the Event header (RFC 6665 section 8.2.1).
    pub event_id: Option<String>,
    /// The Call-ID of the dialog.
    pub call_id: String,
    /// The notifier's tag.
    pub local_tag: String,
    /// The watcher's tag; empty for a peer of RFC 2543 that has none (RFC 3261 section 12.1.1).
    pub remote_tag: String,
    /// The From of NOTIFYs without its tag: the To of the SUBSCRIBE.
    pub local_address: String,
    /// The To of NOTIFYs without its tag: the From of the SUBSCRIBE.
    pub remote_address: String,
    /// The Contact URI of the watcher, which every SUBSCRIBE of the dialog refreshes.
    pub remote_target: String,
    /// The Route values in order.
    pub route_set: Vec<String>,
    /// The media ranges that the watcher accepts, the preferred ones first. Empty: the default of the package.
    pub accept: Vec<String>,
    /// The CSeq number of the last NOTIFY; 0 before the first. It never goes back.
    pub local_cseq: u32,
    /// The CSeq number of the last SUBSCRIBE.
    pub remote_cseq: u32,
    /// When the subscription ends, unless it is refreshed.
    pub expires_at: SystemTime,
    /// Whether the watcher is authorised.
    pub state: WatcherState,
}

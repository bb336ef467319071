use sip_message::UriBuf;

/// An event package that a notifier serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The name as it stands in Event and Allow-Events.
    pub name: String,
    /// The seconds that a SUBSCRIBE without Expires asks for.
    pub default_expires: u32,
    /// The media type that a SUBSCRIBE without Accept accepts.
    pub default_accept: String,
}

/// What a [`Notifier`](crate::Notifier) is told about its place in the world.
#[derive(Clone, Debug)]
pub struct NotifierConfig {
    /// The event packages.
    pub packages: Vec<Package>,
    /// A shorter subscription is refused with 423, when it is also shorter than an hour (RFC 6665 section 4.2.1.1).
    /// Seconds.
    pub min_expires: u32,
    /// A longer subscription is shortened to this. Seconds.
    pub max_expires: u32,
    /// Where the notifier is reached within a dialog: the Contact of its responses and NOTIFYs.
    pub contact: UriBuf,
    /// The software: Server of responses and User-Agent of NOTIFYs.
    pub server: Option<String>,
    /// The bounds.
    pub limits: NotifierLimits,
}

/// Every bound that a notifier puts on what its peers make it keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotifierLimits {
    /// Subscriptions at once, fetches included. Above it 503. Default 100,000: at about a kilobyte each what a small
    /// machine can hold.
    pub subscriptions: usize,
    /// Subscriptions to one resource at once. Above it 503. Default 10,000: a change of its state makes that many
    /// NOTIFYs.
    pub per_resource: usize,
    /// Subscriptions of one watcher at once. Above it 503. Default 1,000: some devices with some hundred buddies each.
    pub per_watcher: usize,
    /// Octets of one subscription's dialog (addresses, tags, target, route set, Accept). Above it 513. Default 8,192:
    /// some ten times what real peers need.
    pub record: usize,
    /// Subscriptions that one `Timeout` ends. Default 256: when thousands expire at one instant the outputs come in
    /// portions, and `poll_timeout` stays due until all have ended.
    pub expiries: usize,
}

impl Default for NotifierLimits {
    fn default() -> Self {
        Self {
            subscriptions: 100_000,
            per_resource: 10_000,
            per_watcher: 1_000,
            record: 8_192,
            expiries: 256,
        }
    }
}

use std::time::Duration;

/// What the network between two hosts does to messages. It is the same in both directions.
///
/// UDP loses, duplicates and reorders. TCP delivers in order; what is lost comes later, as after a retransmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long every message takes.
    pub latency: Duration,
    /// How much longer it may take, each by chance. More than the time between two datagrams changes their order.
    pub jitter: Duration,
    /// How many of a thousand messages are lost.
    pub loss: u32,
    /// How many of a thousand datagrams come twice.
    pub duplication: u32,
    /// Whether nothing passes at all.
    pub is_cut: bool,
}

impl Default for Link {
    /// 10 ms, and nothing goes wrong.
    fn default() -> Self {
        Self {
            latency: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: 0,
            duplication: 0,
            is_cut: false,
        }
    }
}

impl Link {
    /// A network that loses a tenth, duplicates a tenth and reorders.
    #[must_use]
    pub const fn bad() -> Self {
        Self {
            latency: Duration::from_millis(20),
            jitter: Duration::from_millis(60),
            loss: 100,
            duplication: 100,
            is_cut: false,
        }
    }

    /// A network that lets nothing pass.
    #[must_use]
    pub fn cut() -> Self {
        Self {
            is_cut: true,
            ..Self::default()
        }
    }
}

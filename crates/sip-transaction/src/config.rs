use std::time::Duration;

use sip_message::Transport;

/// What a [`Transactions`](crate::Transactions) is started with. The default has the timers of the RFC, the default
/// limits and no `sent_by`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The times that all timers are made of.
    pub timers: Timers,
    /// What is held at once.
    pub limits: Limits,
    /// What the Via of our requests says, per transport. For a transport that is not listed, the first entry's host is
    /// used, without a port. When the list is empty, or a host is no host, it is the local address of the flow that
    /// the request goes out on; for a request to an address, a name that cannot be resolved: responses still come back
    /// by `rport` (RFC 3581) or the connection.
    pub sent_by: Vec<SentBy>,
}

/// The times of RFC 3261 section 17.1.1.1 and table 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Estimate of the round-trip time; the first interval of retransmission. Default 500 ms.
    pub t1: Duration,
    /// The longest interval of retransmission. Default 4 s.
    pub t2: Duration,
    /// How long a message stays in the network. Default 5 s.
    pub t4: Duration,
}

/// What is held at once. When something is full, transactions go that are answered and only wait for retransmissions,
/// the soonest to end first. Where none of these is left, a new request is answered with 503 and a request of ours
/// fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Server transactions. Default 131,072: a transaction over UDP stays for 32 s (timer J), so this is room for a
    /// sustained 4,000 requests each second before retransmissions are remembered for a shorter time.
    pub server_transactions: usize,
    /// Client transactions. Default 131,072: as many as there are requests that a proxy may be forwarding.
    pub client_transactions: usize,
    /// Octets of messages kept for retransmission, by all transactions together, looked at when one begins or is
    /// answered. Default 256 MiB: 1,024 for each of two full tables, whereas a peer may send messages 64 times as large.
    pub bytes: usize,
}

/// The `sent-by` of a Via (RFC 3261 section 20.42): where responses to our requests reach us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentBy {
    /// The transport of the requests.
    pub transport: Transport,
    /// A host name or an address.
    pub host: String,
    /// The port; `None` writes none, which means the default port of the transport.
    pub port: Option<u16>,
}

impl Timers {
    /// Timers F and J: how long the client waits for a final response, and so how long the server must be ready to
    /// repeat it.
    pub(crate) const fn transaction(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// How long a server waits before it says 100: until timer E of the client is reset to T2 (RFC 4320 section 4.1).
    pub(crate) fn trying(&self) -> Duration {
        let (mut interval, mut sum) = (self.t1, Duration::ZERO);
        while !interval.is_zero() && interval < self.t2 {
            sum = sum.saturating_add(interval);
            interval = interval.saturating_mul(2);
        }
        sum
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            server_transactions: 131_072,
            client_transactions: 131_072,
            bytes: 256 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_says_100_when_the_client_waits_t2() {
        // Timer E fires after 0.5, 1 and 2 seconds and is reset to 4.
        assert_eq!(Timers::default().trying(), Duration::from_millis(3_500));
        let still = Timers {
            t1: Duration::ZERO,
            ..Timers::default()
        };
        assert_eq!(still.trying(), Duration::ZERO);
    }
}

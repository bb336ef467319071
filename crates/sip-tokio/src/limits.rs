use std::time::Duration;

/// Every bound that the sockets put on what peers can make this process hold, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once, accepted and opened. Default 10,000: each may hold a message that has half come, so this
    /// bounds them to 650 MB. More are closed as soon as they are accepted.
    pub connections: usize,
    /// How long opening a connection may take. Default 5 s: time for two SYNs to be lost, and still well within the
    /// 32 s that a transaction waits (RFC 3261 section 17.1.2.2), so that a fallback has time to work.
    pub connect: Duration,
    /// How long a connection may be without a byte either way. Default 3,900 s: longer than the usual hour of a
    /// registration, whose refresh keeps the connection that requests to the client go down.
    pub idle: Duration,
    /// How long a message may take from its first byte to its last. Default 32 s, 64 times T1 (RFC 3261 section 17):
    /// its sender has given up by then.
    pub half_message: Duration,
    /// How long a peer may take no byte of what waits for it. Default 32 s, for the same reason.
    pub stall: Duration,
    /// Octets that may wait to be written to one connection. Default 16 MiB: a NOTIFY for each of 16,000 watchers
    /// behind one proxy. A peer that is further behind is dropped.
    pub backlog: usize,
    /// Octets that may wait to be written to all connections together. Default 256 MiB. What would pass it drops the
    /// connection that it was for.
    pub total_backlog: usize,
    /// Messages received that wait for the machine. Default 1,024: with no more than 64 KiB each, 64 MiB. Sockets are
    /// not read while there are more; TCP peers then wait, and datagrams are lost in the kernel.
    pub received: usize,
    /// Datagrams that wait, per socket, while its send buffer is full. Default 4,096. More are lost, as datagrams may
    /// be; transactions send again.
    pub datagrams: usize,
    /// Bounds on single messages.
    pub message: sip_message::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(3_900),
            half_message: Duration::from_secs(32),
            stall: Duration::from_secs(32),
            backlog: 16 << 20,
            total_backlog: 256 << 20,
            received: 1_024,
            datagrams: 4_096,
            message: sip_message::Limits::default(),
        }
    }
}

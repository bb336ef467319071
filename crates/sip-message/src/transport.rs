use std::fmt;

/// The transports that SIP messages travel on, as a Via names them (RFC 3261 section 20.42, RFC 7118 for WebSocket).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Transport {
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// UDP.
    Udp,
    /// WebSocket.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// The transport that a Via or a URI's `transport` parameter names, in any case. `None` for one that is not known
    /// here, which a message may well name.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        [Self::Tcp, Self::Tls, Self::Udp, Self::Ws, Self::Wss]
            .into_iter()
            .find(|transport| transport.as_str().eq_ignore_ascii_case(token))
    }

    /// The name in a Via.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Udp => "UDP",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// The value of a URI's `transport` parameter. RFC 7118 section 5.2 defines `ws` alone, with `sips:` for what runs
    /// over TLS; `wss` is what implementations write.
    #[must_use]
    pub const fn as_param(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Udp => "udp",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// Whether the transport delivers in order or fails: everything but UDP.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp)
    }

    /// The port where none is written (RFC 3261 section 19.1.2, RFC 7118 section 8).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Tcp | Self::Udp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! Our Via on requests, and where the top Via of a request sends its response.

use std::net::SocketAddr;

use sip_message::{Host, Transport, headers::Via};

use crate::{Destination, Flow, SentBy};

const MAGIC_COOKIE: &str = "z9hG4bK";

/// A host that resolves to nothing (RFC 2606 section 2), for a Via when ours is not known.
const UNKNOWN_HOST: &str = "client.invalid";

/// The random part of a branch that we made. 128 bits: nobody guesses one that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Branch(pub(crate) u128);

impl Branch {
    /// The branch of a Via, when it has the form of ours.
    pub(crate) fn of(via: &Via) -> Option<Self> {
        let digits = via.branch()?.strip_prefix(MAGIC_COOKIE)?;
        let is_ours = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_ours.then(|| u128::from_str_radix(digits, 16).ok())?.map(Self)
    }
}

/// The Via of a request that goes there.
pub(crate) fn ours<'a>(sent_by: &'a [SentBy], to: &Destination, branch: Branch) -> Via<'a> {
    let (host, port) = sent_by_for(sent_by, to);
    let branch = format!("{MAGIC_COOKIE}{:032x}", branch.0);
    Via::new(to.transport(), host, port, &branch)
        .expect("the cookie and hexadecimal digits are a token")
        .with_rport()
}

/// Whether a response's top Via names us as [`ours`] does (RFC 3261 section 18.1.2).
pub(crate) fn is_ours(via: &Via, sent_by: &[SentBy], to: &Destination) -> bool {
    let (host, port) = sent_by_for(sent_by, to);
    let default = to.transport().default_port();
    via.host().same(&host) && via.port().unwrap_or(default) == port.unwrap_or(default)
}

fn sent_by_for<'a>(sent_by: &'a [SentBy], to: &Destination) -> (Host<'a>, Option<u16>) {
    let listed = sent_by
        .iter()
        .find(|entry| entry.transport == to.transport())
        .map(|entry| (entry.host.as_str(), entry.port))
        .or_else(|| sent_by.first().map(|entry| (entry.host.as_str(), None)));
    if let Some((host, port)) = listed
        && let Ok(host) = Host::parse(host)
    {
        return (host, port);
    }
    match to {
        Destination::Flow(flow) if !flow.local.ip().is_unspecified() => {
            (flow.local.ip().into(), Some(flow.local.port()))
        }
        _ => (
            Host::parse(UNKNOWN_HOST).expect("two labels of letters are a host"),
            None,
        ),
    }
}

/// Where the response to a request goes (RFC 3261 section 18.2.2, RFC 3581 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplyTo {
    pub(crate) first: Destination,
    /// When `first` is a connection that is gone.
    pub(crate) second: Option<Destination>,
}

impl ReplyTo {
    /// The address is always the one that the request came from: what `received` says (section 18.2.1). `maddr` is not
    /// followed. It is for multicast, which we take no requests from; else it would let anyone aim our responses at
    /// others.
    pub(crate) fn new(via: &Via, flow: &Flow) -> Self {
        let port = via.port().filter(|port| *port != 0);
        let sent_by_port = port.unwrap_or(flow.transport.default_port());
        let remote = SocketAddr::new(flow.remote.ip(), sent_by_port);
        if !flow.transport.is_reliable() {
            let asks = via.params().get("rport").is_some();
            let remote = if asks { flow.remote } else { remote };
            return Self {
                first: Destination::Flow(Flow { remote, ..*flow }),
                second: None,
            };
        }
        // A WebSocket server opens no connection to its clients (RFC 7118 section 5).
        let second = matches!(flow.transport, Transport::Tcp | Transport::Tls).then_some(Destination::Address {
            transport: flow.transport,
            remote,
        });
        Self {
            first: Destination::Flow(*flow),
            second,
        }
    }
}

#[cfg(test)]
mod tests {
    use sip_message::headers::TypedHeader;

    use super::*;

    fn flow(transport: Transport) -> Flow {
        Flow {
            transport,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "198.51.100.7:40000".parse().unwrap(),
            connection: 0,
        }
    }

    fn entry(transport: Transport, host: &str, port: Option<u16>) -> SentBy {
        SentBy {
            transport,
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn datagrams_are_answered_to_rport_or_the_sent_by_port() {
        let first = |via: &str| {
            let reply = ReplyTo::new(&Via::parse(via).unwrap(), &flow(Transport::Udp));
            assert_eq!(reply.second, None);
            assert!(matches!(reply.first, Destination::Flow(to) if to.local == flow(Transport::Udp).local));
            reply.first.remote().to_string()
        };
        assert_eq!(first("SIP/2.0/UDP a.test;rport"), "198.51.100.7:40000");
        assert_eq!(first("SIP/2.0/UDP a.test:5062;rport=9"), "198.51.100.7:40000");
        assert_eq!(first("SIP/2.0/UDP 10.0.0.1:5062"), "198.51.100.7:5062");
        assert_eq!(first("SIP/2.0/UDP 10.0.0.1;received=10.0.0.2"), "198.51.100.7:5060");
        assert_eq!(first("SIP/2.0/UDP a.test:0;maddr=203.0.113.9"), "198.51.100.7:5060");
    }

    #[test]
    fn connections_are_answered_on_and_then_opened() {
        let reply = |transport| ReplyTo::new(&Via::parse("SIP/2.0/TCP a.test;rport").unwrap(), &flow(transport));
        for (transport, second) in [
            (Transport::Tcp, Some("TCP 198.51.100.7:5060")),
            (Transport::Tls, Some("TLS 198.51.100.7:5061")),
            (Transport::Wss, None),
        ] {
            let reply = reply(transport);
            assert_eq!(reply.first, Destination::Flow(flow(transport)));
            assert_eq!(reply.second.map(|to| to.to_string()).as_deref(), second, "{transport}");
        }
    }

    #[test]
    fn the_via_says_what_is_configured() {
        let to = Destination::Address {
            transport: Transport::Tcp,
            remote: "198.51.100.7:5060".parse().unwrap(),
        };
        let text = |sent_by: &[SentBy], to: &Destination| {
            let via = ours(sent_by, to, Branch(0xab));
            assert!(is_ours(&via, sent_by, to));
            assert_eq!(Branch::of(&via), Some(Branch(0xab)));
            let text = via.to_string();
            text[..text.find(';').unwrap()].to_owned()
        };
        let udp = entry(Transport::Udp, "a.test", Some(5070));
        let tcp = entry(Transport::Tcp, "2001:db8::1", Some(5071));
        assert_eq!(text(&[udp.clone(), tcp], &to), "SIP/2.0/TCP [2001:db8::1]:5071");
        assert_eq!(text(&[udp], &to), "SIP/2.0/TCP a.test");
        assert_eq!(text(&[], &to), "SIP/2.0/TCP client.invalid");
        let broken = entry(Transport::Udp, "a\r\nX: y", None);
        assert_eq!(
            text(&[broken], &Destination::Flow(flow(Transport::Udp))),
            "SIP/2.0/UDP 192.0.2.1:5060"
        );
    }

    #[test]
    fn a_foreign_via_is_not_ours() {
        let to = Destination::Flow(flow(Transport::Udp));
        let via = |text: &'static str| Via::parse(text).unwrap();
        assert!(is_ours(&via("SIP/2.0/UDP 192.0.2.1"), &[], &to));
        assert!(!is_ours(&via("SIP/2.0/UDP 192.0.2.1:5061"), &[], &to));
        assert!(!is_ours(&via("SIP/2.0/UDP 192.0.2.2:5060"), &[], &to));
        for foreign in [
            "SIP/2.0/UDP a;branch=z9hG4bK+00000000000000000000000000000ab",
            "SIP/2.0/UDP a;branch=z9hG4bKAB0000000000000000000000000000ab",
            "SIP/2.0/UDP a;branch=z9hG4bKab",
            "SIP/2.0/UDP a",
        ] {
            assert_eq!(Branch::of(&via(foreign)), None, "{foreign}");
        }
    }
}

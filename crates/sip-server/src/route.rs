use std::net::SocketAddr;

use sip_message::{Transport, Uri};
use sip_transaction::{Destination, Flow};

/// Where a request for a peer's URI goes first, and where it goes when that way is closed.
///
/// The peer has been heard on `flow`. A connection is used as long as it stands, whatever the URI says (a client's
/// listening port is often behind something that lets nothing in). On UDP the URI is right when it is an address of
/// the host that the packets came from; any other address or name is what the peer calls itself behind a NAT, or no
/// address at all (RFC 7118 has `.invalid` names).
pub(crate) fn destinations(uri: &Uri<'_>, flow: &Flow) -> (Destination, Option<Destination>) {
    let by_uri = address(uri);
    let by_flow = Destination::Flow(*flow);
    match by_uri {
        Some(by_uri) if flow.transport.is_reliable() => (by_flow, Some(by_uri)),
        Some(by_uri) if by_uri.remote().ip() == flow.remote.ip() => (by_uri, None),
        _ => (by_flow, None),
    }
}

/// The address that a URI spells out: its `maddr` or host, when that is an IP address.
fn address(uri: &Uri<'_>) -> Option<Destination> {
    let sip = uri.as_sip()?;
    let transport = match sip.param("transport").flatten() {
        Some(named) => Transport::from_token(named)?,
        None if sip.is_secure() => Transport::Tls,
        None => Transport::Udp,
    };
    let host = match sip.param("maddr").flatten() {
        Some(maddr) => sip_message::Host::parse(maddr).ok()?,
        None => sip.host(),
    };
    let port = sip.port().unwrap_or(transport.default_port());
    Some(Destination::Address {
        transport,
        remote: SocketAddr::new(host.ip()?, port),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(transport: Transport) -> Flow {
        let address = |text: &str| text.parse().unwrap();
        Flow {
            transport,
            local: address("192.0.2.1:5060"),
            remote: address("192.0.2.9:4000"),
            connection: 7,
        }
    }

    fn routed(uri: &str, transport: Transport) -> (Destination, Option<Destination>) {
        destinations(&Uri::parse(uri).unwrap(), &flow(transport))
    }

    fn at(transport: Transport, remote: &str) -> Destination {
        Destination::Address {
            transport,
            remote: remote.parse().unwrap(),
        }
    }

    #[test]
    fn a_contact_of_the_same_host_is_believed() {
        let here = Destination::Flow(flow(Transport::Udp));
        assert_eq!(
            routed("sip:a@192.0.2.9:5090", Transport::Udp),
            (at(Transport::Udp, "192.0.2.9:5090"), None)
        );
        assert_eq!(
            routed("sip:a@192.0.2.9;transport=tcp", Transport::Udp),
            (at(Transport::Tcp, "192.0.2.9:5060"), None)
        );
        assert_eq!(routed("sip:a@10.0.0.1:5090", Transport::Udp), (here, None));
        assert_eq!(routed("sip:a@host.invalid", Transport::Udp), (here, None));
        assert_eq!(routed("sip:a@192.0.2.9;transport=sctp", Transport::Udp), (here, None));
    }

    #[test]
    fn a_connection_comes_before_the_contact() {
        let here = Destination::Flow(flow(Transport::Tcp));
        let contact = at(Transport::Tcp, "192.0.2.9:5066");
        assert_eq!(
            routed("sip:a@192.0.2.9:5066;transport=tcp", Transport::Tcp),
            (here, Some(contact))
        );
        assert_eq!(routed("sip:a@x.invalid;transport=ws", Transport::Tcp), (here, None));
    }
}

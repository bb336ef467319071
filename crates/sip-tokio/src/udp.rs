use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use sip_message::{Message, Transport};
use sip_transaction::Flow;
use tokio::{net::UdpSocket, sync::mpsc, task::JoinSet, time};

use crate::{
    Limits,
    network::Arrival,
    tap::{Fault, FaultKind},
};

/// The largest datagram that there is.
const DATAGRAM: usize = 65_535;

/// How long reading rests after an error that may last, so that it does not spin.
const REST: Duration = Duration::from_millis(50);

/// One bound UDP socket, for sending. A task reads it.
#[derive(Debug)]
pub(crate) struct Udp {
    socket: Arc<UdpSocket>,
    local: SocketAddr,
    // Taken while the send buffer is full.
    waiting: mpsc::Sender<(Bytes, SocketAddr)>,
}

impl Udp {
    /// Starts to read. The tasks end with `tasks`.
    pub(crate) fn start(
        socket: UdpSocket,
        local: SocketAddr,
        limits: &Limits,
        arrivals: mpsc::Sender<Arrival>,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let socket = Arc::new(socket);
        let (waiting, queue) = mpsc::channel(limits.datagrams.max(1));
        tasks.spawn(receive(socket.clone(), local, limits.message, arrivals));
        tasks.spawn(send_later(socket.clone(), queue));
        Self { socket, local, waiting }
    }

    pub(crate) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Resolves when the socket is known to take a datagram.
    #[cfg(test)]
    pub(crate) async fn writable(&self) {
        self.socket.writable().await.unwrap();
    }

    /// How well this socket suits for a peer, or that it does not. Loopback reaches loopback only.
    pub(crate) fn suits(&self, remote: SocketAddr) -> Option<u8> {
        let ip = self.local.ip();
        match (ip, remote.ip()) {
            // An IPv6 socket on all addresses carries IPv4 too.
            (IpAddr::V6(any), IpAddr::V4(_)) if any.is_unspecified() => Some(0),
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => {
                if ip.is_unspecified() {
                    Some(1)
                } else {
                    Some(u8::from(ip.is_loopback() == remote.ip().is_loopback()) * 2)
                }
            }
            _ => None,
        }
    }

    /// Hands a datagram to the kernel without waiting.
    pub(crate) fn send(&self, bytes: &Bytes, remote: SocketAddr) -> io::Result<()> {
        let remote = match (self.local, remote) {
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            _ => remote,
        };
        match self.socket.try_send_to(bytes, remote) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // A full queue loses the datagram, as the network may: the transaction sends it again.
                let _ = self.waiting.try_send((bytes.clone(), remote));
                Ok(())
            }
            // An ICMP answer to some earlier datagram, to whomever.
            Err(error) if is_of_another(&error) => Ok(()),
            result => result.map(drop),
        }
    }
}

/// An unconnected socket reports errors of datagrams that it sent before, without saying to whom.
fn is_of_another(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

async fn send_later(socket: Arc<UdpSocket>, mut queue: mpsc::Receiver<(Bytes, SocketAddr)>) {
    while let Some((bytes, remote)) = queue.recv().await {
        // What cannot be sent is lost; the transaction notices.
        let _ = socket.send_to(&bytes, remote).await;
    }
}

async fn receive(
    socket: Arc<UdpSocket>,
    local: SocketAddr,
    limits: sip_message::Limits,
    arrivals: mpsc::Sender<Arrival>,
) {
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let arrival = match socket.recv_from(&mut buffer).await {
            Ok((len, remote)) => {
                let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
                match datagram(&buffer[..len], local, remote, &limits) {
                    Some(arrival) => arrival,
                    None => continue,
                }
            }
            Err(error) if is_of_another(&error) => continue,
            Err(error) => {
                time::sleep(REST).await;
                Arrival::Fault(Fault {
                    transport: Transport::Udp,
                    local: Some(local),
                    remote: None,
                    kind: FaultKind::Receive(error),
                })
            }
        };
        if arrivals.send(arrival).await.is_err() {
            return;
        }
    }
}

/// What a datagram brings; `None` for one that only keeps a NAT's binding alive.
fn datagram(bytes: &[u8], local: SocketAddr, remote: SocketAddr, limits: &sip_message::Limits) -> Option<Arrival> {
    if bytes.iter().all(|octet| matches!(octet, b'\r' | b'\n' | b' ' | 0)) {
        return None;
    }
    Some(match Message::parse_with(Bytes::copy_from_slice(bytes), limits) {
        Ok(message) => Arrival::Message {
            message,
            flow: Flow {
                transport: Transport::Udp,
                local,
                remote,
                connection: 0,
            },
        },
        Err(error) => Arrival::Fault(Fault {
            transport: Transport::Udp,
            local: Some(local),
            remote: Some(remote),
            kind: FaultKind::NotSip(error.to_string()),
        }),
    })
}

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Instant,
};

use bytes::Bytes;
use sip_message::{Message, Transport};
use sip_tokio::{Direction, Tap};
use sip_transaction::Flow;
use sip_ua::{Config, Event, Input, Output, UserAgent};
use tokio::{net::UdpSocket, time};

use super::{PATIENCE, Stop};
use crate::capture::Capture;

/// The largest datagram.
const DATAGRAM: usize = 65_535;

/// A user agent whose clock stands still, so that it never refreshes what it has: a watcher that fell asleep. The
/// machine is the one of the other user agents; it is handed the same time over and over.
pub(crate) struct StillWatcher {
    socket: UdpSocket,
    machine: UserAgent,
    now: Instant,
    address: SocketAddr,
    server: SocketAddr,
    tap: Capture,
}

impl StillWatcher {
    pub(super) async fn start(
        server: SocketAddr,
        make: impl FnOnce(SocketAddr) -> Config,
        tap: Capture,
    ) -> Result<Self, Stop> {
        let bind = async {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = socket.local_addr()?;
            Ok::<_, std::io::Error>((socket, address))
        };
        let (socket, address) = bind.await.map_err(Stop::because("no socket for a user agent"))?;
        let machine = UserAgent::new(make(address));
        Ok(Self {
            socket,
            machine,
            now: Instant::now(),
            address,
            server,
            tap,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs a command on the user agent. What it wants to send waits for [`until`](Self::until).
    pub(crate) fn command<T>(&mut self, command: impl FnOnce(&mut UserAgent, Instant) -> T) -> T {
        command(&mut self.machine, self.now)
    }

    /// The first event from now on of which there is something to say.
    pub(crate) async fn until<T>(&mut self, mut pick: impl FnMut(&Event) -> Option<T>) -> Result<T, Stop> {
        let live = async {
            let mut buffer = vec![0; DATAGRAM];
            loop {
                let mut picked = None;
                while let Some(output) = self.machine.poll_output() {
                    match output {
                        Output::Event(event) => picked = picked.or_else(|| pick(&event)),
                        Output::Transmit { bytes, to } => {
                            self.socket.send_to(&bytes, to.remote()).await?;
                            self.tap
                                .message(Direction::Sent, self.address, to.remote(), Transport::Udp, &bytes);
                        }
                    }
                }
                if let Some(picked) = picked {
                    return Ok::<_, std::io::Error>(picked);
                }
                let (length, from) = self.socket.recv_from(&mut buffer).await?;
                let bytes = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
                self.tap
                    .message(Direction::Received, self.address, from, Transport::Udp, &bytes);
                if let (true, Ok(message)) = (from == self.server, Message::parse(bytes)) {
                    let flow = Flow {
                        transport: Transport::Udp,
                        local: self.address,
                        remote: from,
                        connection: 0,
                    };
                    self.machine.handle_input(self.now, Input::Received { message, flow });
                }
            }
        };
        match time::timeout(PATIENCE, live).await {
            Ok(result) => result.map_err(Stop::because("a user agent's socket failed")),
            Err(late) => Err(Stop::new(format!("an event of the still watcher did not come: {late}"))),
        }
    }
}

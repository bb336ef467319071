use std::{any::Any, time::Instant};

use bytes::Bytes;
use sip_transaction::{Destination, Flow};

/// A machine with an address in a [`Simulation`](crate::Simulation).
///
/// After each of the `handle_` methods, the simulation takes what [`Host::poll_transmit`] gives until there is no more.
pub trait Host: Any {
    /// A message came: a whole one, also on a stream.
    fn handle_received(&mut self, now: Instant, bytes: Bytes, flow: Flow);

    /// Nothing can be sent there.
    fn handle_send_failed(&mut self, now: Instant, to: Destination);

    /// [`Host::poll_timeout`] is due.
    fn handle_timeout(&mut self, now: Instant);

    /// What the host wants to send.
    fn poll_transmit(&mut self) -> Option<(Bytes, Destination)>;

    /// When the host wants to be called next.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether there is a process at the host's addresses. While there is none, datagrams to it are lost and
    /// connections refused; those that were open when it ended are reset.
    fn is_running(&self) -> bool {
        true
    }
}

//! What passes over the sockets, kept in order.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use sip_message::{Message, Transport};
use sip_server::Event;
use sip_tokio::{Direction, Fault, Observer, Tap};
use tokio::{sync::watch, time};

use crate::reading;

/// A tap that remembers. Clones share what they remember.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    record: Mutex<Record>,
    /// How many messages there are: wakes those who wait for more.
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Record {
    seen: Vec<Seen>,
    troubles: Vec<String>,
}

/// A message that passed.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// When.
    pub(crate) at: Instant,
    /// Which way, as the owner of the tap sees it.
    pub(crate) direction: Direction,
    /// The other end.
    pub(crate) remote: SocketAddr,
    /// By which transport.
    pub(crate) transport: Transport,
    /// The message.
    pub(crate) message: Message,
    /// Whether it passed before: a retransmission (RFC 3261 section 17).
    pub(crate) repeated: bool,
}

impl Capture {
    /// The messages from a number on.
    pub(crate) fn since(&self, start: usize) -> Vec<Seen> {
        self.record().seen.get(start..).unwrap_or_default().to_vec()
    }

    /// The messages from a number on, once there are enough of them, or after so long a wait.
    pub(crate) async fn wait(&self, start: usize, at_most: Duration, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let mut count = self.0.count.subscribe();
        let deadline = time::Instant::now() + at_most;
        loop {
            count.mark_unchanged();
            let seen = self.since(start);
            if enough(&seen) {
                return seen;
            }
            if time::timeout_at(deadline, count.changed()).await.is_err() {
                return seen;
            }
        }
    }

    /// What went wrong below the messages, or was refused as no message.
    pub(crate) fn troubles(&self) -> Vec<String> {
        self.record().troubles.clone()
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trouble(&self, text: String) {
        self.record().troubles.push(text);
    }
}

impl Tap for Capture {
    fn message(
        &self,
        direction: Direction,
        _local: SocketAddr,
        remote: SocketAddr,
        transport: Transport,
        bytes: &Bytes,
    ) {
        let message = match Message::parse(bytes.clone()) {
            Ok(message) => message,
            Err(error) => return self.trouble(format!("{remote}: {error}")),
        };
        let mut record = self.record();
        let repeated = record.seen.iter().any(|seen| {
            seen.direction == direction && seen.remote == remote && identity(&seen.message) == identity(&message)
        });
        record.seen.push(Seen {
            at: Instant::now(),
            direction,
            remote,
            transport,
            message,
            repeated,
        });
        let count = record.seen.len();
        drop(record);
        self.0.count.send_replace(count);
    }

    fn fault(&self, fault: &Fault) {
        self.trouble(fault.to_string());
    }
}

/// What two transmissions of one message have in common. Not all bytes: a challenge that is sent again for a request
/// that came again may have another nonce.
fn identity(message: &Message) -> (String, String, u32) {
    (reading::kind(message), reading::branch(message), reading::cseq(message))
}

impl Observer for Capture {
    fn event(&self, event: &Event) {
        match event {
            Event::NotifyRefused {
                presentity,
                watcher,
                status,
            } => {
                let status = status.map_or("no answer".to_owned(), |status| status.to_string());
                self.trouble(format!("NOTIFY about {presentity} to {watcher}: {status}"));
            }
            Event::Rejected { flow, reason } => self.trouble(format!("from {}: {reason}", flow.remote)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn tap(capture: &Capture, direction: Direction, bytes: &'static [u8]) {
        capture.message(
            direction,
            address(1),
            address(2),
            Transport::Udp,
            &Bytes::from_static(bytes),
        );
    }

    #[test]
    fn retransmissions_are_told_from_new_messages() {
        let capture = Capture::default();
        tap(&capture, Direction::Received, OPTIONS);
        tap(&capture, Direction::Sent, OPTIONS);
        tap(&capture, Direction::Received, OPTIONS);
        tap(&capture, Direction::Received, b"\xff");
        let repeated: Vec<bool> = capture.since(0).iter().map(|seen| seen.repeated).collect();
        assert_eq!(repeated, [false, false, true]);
        assert_eq!(capture.since(2).len(), 1);
        assert_eq!(capture.since(9).len(), 0);
        assert_eq!(capture.troubles().len(), 1);
    }

    #[tokio::test]
    async fn waiting_ends_with_enough_or_with_time() {
        let capture = Capture::default();
        let seen = capture.wait(0, Duration::from_millis(1), |seen| !seen.is_empty()).await;
        assert!(seen.is_empty());
        let other = capture.clone();
        let task = tokio::spawn(async move { other.wait(0, Duration::from_secs(60), |seen| seen.len() == 2).await });
        tokio::task::yield_now().await;
        tap(&capture, Direction::Received, OPTIONS);
        tokio::task::yield_now().await;
        tap(&capture, Direction::Sent, OPTIONS);
        assert_eq!(task.await.unwrap().len(), 2);
    }
}

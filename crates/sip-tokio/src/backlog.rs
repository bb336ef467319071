use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use crate::Limits;

/// The machine's end of a connection: what it puts here is written.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: mpsc::UnboundedSender<Bytes>,
    backlog: Arc<Backlog>,
}

/// The connection's end.
#[derive(Debug)]
pub(crate) struct Inbox {
    receiver: mpsc::UnboundedReceiver<Bytes>,
    backlog: Arc<Backlog>,
}

/// Room for messages that wait to be written. It is taken before a message is queued and given back once the message
/// is written, or with both ends.
#[derive(Debug)]
struct Backlog {
    own: AtomicUsize,
    own_limit: usize,
    total: Arc<AtomicUsize>,
    total_limit: usize,
    dropped: Notify,
}

/// Two ends of a queue whose room counts in `total` too.
pub(crate) fn queue(limits: &Limits, total: Arc<AtomicUsize>) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let backlog = Arc::new(Backlog {
        own: AtomicUsize::new(0),
        own_limit: limits.backlog,
        total,
        total_limit: limits.total_backlog,
        dropped: Notify::new(),
    });
    (
        Outbox {
            sender,
            backlog: backlog.clone(),
        },
        Inbox { receiver, backlog },
    )
}

impl Outbox {
    /// Takes room for so many octets. False when there is not enough.
    pub(crate) fn reserve(&self, octets: usize) -> bool {
        let backlog = &*self.backlog;
        // Only the task of the machine adds, so what is read here can only have become less.
        let own = backlog.own.load(Ordering::Relaxed).saturating_add(octets);
        let total = backlog.total.load(Ordering::Relaxed).saturating_add(octets);
        if own > backlog.own_limit || total > backlog.total_limit {
            return false;
        }
        backlog.own.fetch_add(octets, Ordering::Relaxed);
        backlog.total.fetch_add(octets, Ordering::Relaxed);
        true
    }

    /// Whether the connection has not ended.
    pub(crate) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Queues a message for which there is room. False when the connection has ended.
    pub(crate) fn push(&self, bytes: Bytes) -> bool {
        self.sender.send(bytes).is_ok()
    }

    /// Ends the connection without a wait for what is queued.
    pub(crate) fn abandon(&self) {
        self.backlog.dropped.notify_one();
    }
}

impl Inbox {
    /// The next message to write, if one is wanted. `None` when the connection is to end: it was abandoned, or the
    /// machine has let go of it and all is taken.
    pub(crate) async fn next(&mut self, wanted: bool) -> Option<Bytes> {
        tokio::select! {
            () = self.backlog.dropped.notified() => None,
            next = self.receiver.recv(), if wanted => next,
        }
    }

    /// Gives room back.
    pub(crate) fn written(&self, octets: usize) {
        self.backlog.give_back(octets);
    }
}

impl Backlog {
    fn give_back(&self, octets: usize) {
        self.own.fetch_sub(octets, Ordering::Relaxed);
        self.total.fetch_sub(octets, Ordering::Relaxed);
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.give_back(self.own.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_bounded_and_comes_back() {
        let limits = Limits {
            backlog: 10,
            total_backlog: 15,
            ..Limits::default()
        };
        let total = Arc::new(AtomicUsize::new(0));
        let (first, mut inbox) = queue(&limits, total.clone());
        let (second, _other) = queue(&limits, total.clone());
        assert!(first.reserve(10) && !first.reserve(1));
        assert!(second.reserve(5) && !second.reserve(1));
        assert!(first.push(Bytes::from_static(b"0123456789")));
        let taken = inbox.next(true).await.unwrap();
        inbox.written(taken.len());
        assert_eq!(total.load(Ordering::Relaxed), 5);
        assert!(second.reserve(5));
        drop(second);
        drop(_other);
        assert_eq!(total.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn what_is_queued_outlives_the_outbox() {
        let (outbox, mut inbox) = queue(&Limits::default(), Arc::default());
        assert!(outbox.push(Bytes::from_static(b"last")));
        drop(outbox);
        assert_eq!(inbox.next(true).await.as_deref(), Some(&b"last"[..]));
        assert_eq!(inbox.next(true).await, None);
    }
}

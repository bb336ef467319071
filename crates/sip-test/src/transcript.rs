use std::{fmt, net::SocketAddr, time::Duration};

use bytes::Bytes;
use sip_message::{Message, Transport};

/// Every message that was sent, in the order in which they were, with virtual times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    entries: Vec<Entry>,
}

/// A message on its way. One that the network duplicated is there twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was sent, counted from the start of the simulation.
    pub sent: Duration,
    /// When it arrives; `None` when it was lost.
    pub arrives: Option<Duration>,
    /// From where.
    pub from: SocketAddr,
    /// To where.
    pub to: SocketAddr,
    /// The transport.
    pub transport: Transport,
    /// The message.
    pub bytes: Bytes,
}

impl Transcript {
    /// The messages.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The messages that parse.
    pub fn messages(&self) -> impl Iterator<Item = (&Entry, Message)> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.message()?)))
    }

    /// Everything as bytes: two runs are the same when these are.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for entry in &self.entries {
            out.extend_from_slice(entry.to_string().as_bytes());
            out.push(b'\n');
            out.extend_from_slice(&entry.bytes);
            out.push(b'\n');
        }
        out
    }

    pub(crate) fn push(&mut self, entry: Entry) -> usize {
        self.entries.push(entry);
        self.entries.len() - 1
    }

    pub(crate) fn lose(&mut self, index: usize) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.arrives = None;
        }
    }
}

impl Entry {
    /// The message, when it is one.
    #[must_use]
    pub fn message(&self) -> Option<Message> {
        Message::parse(self.bytes.clone()).ok()
    }
}

/// `12.345s UDP 127.0.0.1:5060 -> 127.0.0.1:5070 12.355s SIP/2.0 200 OK`
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            from,
            to,
            transport,
            ..
        } = self;
        write!(f, "{:.3}s {transport} {from} -> {to} ", sent.as_secs_f64())?;
        match self.arrives {
            Some(at) => write!(f, "{:.3}s", at.as_secs_f64())?,
            None => f.write_str("lost")?,
        }
        let start = self.bytes.split(|octet| *octet == b'\r').next();
        write!(f, " {}", String::from_utf8_lossy(start.unwrap_or_default()))
    }
}

/// One line for each message.
impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{entry}"))
    }
}

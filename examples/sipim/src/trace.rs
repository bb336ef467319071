use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write as _},
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use sip_message::Transport;
use sip_tokio::{Direction, Fault, Tap};

use crate::output::{colour_wanted, printable_lines, utc};

/// Shows every message that passes on standard error, when that was asked for, and keeps the last fault of the
/// sockets, so that an error can say why the server was not reached.
#[derive(Debug)]
pub(crate) struct Trace {
    is_shown: bool,
    is_coloured: bool,
    last_fault: Mutex<Option<String>>,
}

impl Trace {
    pub(crate) fn new(is_shown: bool) -> Self {
        Self {
            is_shown,
            is_coloured: colour_wanted(io::stderr().is_terminal()),
            last_fault: Mutex::new(None),
        }
    }

    pub(crate) const fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// What the sockets complained of last, if they did.
    pub(crate) fn last_fault(&self) -> Option<String> {
        self.fault_slot().clone()
    }

    fn fault_slot(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.last_fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show(&self, text: &str) {
        if self.is_shown {
            // A trace that nobody reads is no reason to stop.
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
    }
}

impl Tap for Trace {
    fn message(
        &self,
        direction: Direction,
        local: SocketAddr,
        remote: SocketAddr,
        transport: Transport,
        bytes: &Bytes,
    ) {
        if self.is_shown {
            let at = SystemTime::now();
            let peers = Peers {
                transport,
                local,
                remote,
            };
            self.show(&render(direction, at, peers, bytes, self.is_coloured));
        }
    }

    fn fault(&self, fault: &Fault) {
        self.show(&format!("!!! {} {fault}\n\n", clock(SystemTime::now())));
        *self.fault_slot() = Some(fault.kind.to_string());
    }
}

#[derive(Clone, Copy, Debug)]
struct Peers {
    transport: Transport,
    local: SocketAddr,
    remote: SocketAddr,
}

/// A line that says which way, when, between whom and how long, then the message and an empty line.
fn render(direction: Direction, at: SystemTime, peers: Peers, bytes: &[u8], is_coloured: bool) -> String {
    let (arrows, verb, arrow, colour) = match direction {
        Direction::Received => ("<<<", "received", "<-", "36"),
        Direction::Sent => (">>>", "sent    ", "->", "33"),
    };
    let Peers {
        transport,
        local,
        remote,
    } = peers;
    let head = format!(
        "{arrows} {} {verb} {transport} {local} {arrow} {remote} {} bytes",
        clock(at),
        bytes.len()
    );
    let mut text = String::with_capacity(head.len() + bytes.len() + 16);
    // Writing to a String cannot fail.
    let _ = match is_coloured {
        true => writeln!(text, "\u{1b}[{colour}m{head}\u{1b}[0m"),
        false => writeln!(text, "{head}"),
    };
    for line in printable_lines(&String::from_utf8_lossy(bytes)) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    text
}

/// The time of day in UTC, with milliseconds.
fn clock(at: SystemTime) -> String {
    let text = utc(at);
    let time = text.split('T').nth(1).unwrap_or_default();
    match time.contains('.') {
        true => time.to_owned(),
        // Whole seconds are written without a fraction.
        false => time.replace('Z', ".000Z"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn peers() -> Peers {
        Peers {
            transport: Transport::Udp,
            local: "127.0.0.1:40000".parse().unwrap(),
            remote: "127.0.0.1:5060".parse().unwrap(),
        }
    }

    #[test]
    fn a_message_is_shown_whole_with_time_and_peer() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(3_723_045);
        let bytes = b"MESSAGE sip:bob@example.test SIP/2.0\r\nCall-ID: 1\r\n\r\nhi\x1b[2J";
        assert_eq!(
            render(Direction::Sent, at, peers(), bytes, false),
            ">>> 01:02:03.045Z sent     UDP 127.0.0.1:40000 -> 127.0.0.1:5060 58 bytes\n\
             MESSAGE sip:bob@example.test SIP/2.0\n\
             Call-ID: 1\n\
             \n\
             hi\\u{1b}[2J\n\
             \n"
        );
        let received = render(
            Direction::Received,
            SystemTime::UNIX_EPOCH,
            peers(),
            b"SIP/2.0 200 OK\r\n\r\n",
            true,
        );
        assert_eq!(
            received,
            "\u{1b}[36m<<< 00:00:00.000Z received UDP 127.0.0.1:40000 <- 127.0.0.1:5060 18 bytes\u{1b}[0m\n\
             SIP/2.0 200 OK\n\n\n"
        );
    }
}

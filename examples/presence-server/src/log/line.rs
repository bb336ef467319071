use std::{
    borrow::Cow,
    fmt::Write,
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use sip_message::{Aor, StatusCode, Transport};
use sip_server::Event;
use sip_tokio::{Fault, FaultKind, StoreError};

use super::Level;

/// One line of the log, and for a whole message the lines that follow it.
#[derive(Debug)]
pub(super) struct Line {
    /// What it is about, in a column of its own.
    subject: String,
    /// Who and whom.
    text: String,
    /// How it went, in colour.
    outcome: Option<(Colour, String)>,
    /// Where.
    place: Option<String>,
    /// Lines that follow.
    body: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Colour {
    Green,
    Red,
    Yellow,
}

impl Line {
    /// What happened, and how much it matters.
    pub(super) fn event(event: &Event) -> (Level, Self) {
        match event {
            Event::Answered {
                method,
                from,
                to,
                status,
                reason,
                flow,
            } => {
                let level = if status.as_u16() / 100 == 5 {
                    Level::Warn
                } else {
                    Level::Info
                };
                let line = Self {
                    outcome: Some((colour(*status), format!("{status} {reason}"))),
                    place: Some(place(flow.transport, flow.remote)),
                    ..Self::new(method, from_to(from.as_ref(), to.as_ref()))
                };
                (level, line)
            }
            Event::Forwarded {
                method,
                from,
                to,
                targets,
            } => {
                let line = Self {
                    outcome: Some((Colour::Green, format!("forwarded to {}", targets.join(", ")))),
                    ..Self::new(method, from_to(from.as_ref(), to.as_ref()))
                };
                (Level::Info, line)
            }
            Event::Notified {
                presentity,
                watcher,
                state,
            } => {
                let line = Self {
                    outcome: Some((Colour::Green, state.clone())),
                    ..Self::new("NOTIFY", from_to(Some(presentity), Some(watcher)))
                };
                (Level::Info, line)
            }
            Event::NotifyRefused {
                presentity,
                watcher,
                status,
            } => {
                let outcome = match status {
                    Some(status) => format!("refused: {status} {}", status.reason()),
                    None => "no answer".to_owned(),
                };
                let line = Self {
                    outcome: Some((Colour::Red, outcome)),
                    ..Self::new("NOTIFY", from_to(Some(presentity), Some(watcher)))
                };
                (Level::Warn, line)
            }
            Event::Rejected { flow, reason } => {
                let line = Self {
                    outcome: Some((Colour::Red, reason.clone())),
                    place: Some(place(flow.transport, flow.remote)),
                    ..Self::new("rejected", "a message")
                };
                (Level::Warn, line)
            }
            // An event of a newer machine: better unread than unlogged.
            other => (Level::Debug, Self::new("event", format!("{other:?}"))),
        }
    }

    /// What went wrong on the way, and how much it matters.
    pub(super) fn fault(fault: &Fault) -> (Level, Self) {
        let level = match &fault.kind {
            // Clients that went away without a word.
            // Peers that went away, or are not where they said: ordinary on any network.
            FaultKind::Connect(_) | FaultKind::HalfMessage | FaultKind::Idle | FaultKind::Receive(_) => Level::Debug,
            _ => Level::Warn,
        };
        let address = fault.remote.or(fault.local).map(|address| address.to_string());
        let line = Self {
            outcome: Some((Colour::Red, fault.kind.to_string())),
            ..Self::new("fault", format!("{} {}", fault.transport, address.unwrap_or_default()))
        };
        (level, line)
    }

    /// The end of the server.
    pub(super) fn store_failed(error: &StoreError) -> Self {
        Self {
            outcome: Some((Colour::Red, error.to_string())),
            ..Self::new("stopping", "changes could not be made durable")
        }
    }

    /// A message on the wire.
    pub(super) fn message(received: bool, remote: SocketAddr, transport: Transport, bytes: &[u8], whole: bool) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let first = text.lines().find(|line| !line.is_empty());
        Self {
            outcome: Some((Colour::Yellow, first.unwrap_or("keep-alive").to_owned())),
            place: Some(format!("{} bytes", bytes.len())),
            body: (whole && first.is_some()).then(|| text.clone().into_owned()),
            ..Self::new(if received { "received" } else { "sent" }, place(transport, remote))
        }
    }

    fn new(subject: &str, text: impl Into<String>) -> Self {
        Self {
            subject: subject.to_owned(),
            text: text.into(),
            outcome: None,
            place: None,
            body: None,
        }
    }

    /// The text with its line ends.
    pub(super) fn render(&self, now: SystemTime, colour: bool) -> String {
        let paint = |code: &'static str| if colour { code } else { "" };
        let (dim, reset) = (paint("\x1b[2m"), paint("\x1b[0m"));
        let mut text = format!(
            "{dim}{}{reset} {:9} {}",
            clock(now),
            clean(&self.subject),
            clean(&self.text)
        );
        if let Some((colour, outcome)) = &self.outcome {
            let code = paint(colour.code());
            // Writing to a String does not fail.
            let _ = write!(text, "  {code}{}{reset}", clean(outcome));
        }
        if let Some(place) = &self.place {
            let _ = write!(text, "  {dim}{place}{reset}");
        }
        text.push('\n');
        for line in self.body.iter().flat_map(|body| body.lines()) {
            let _ = writeln!(text, "    {}", clean(line));
        }
        text
    }
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Green => "\x1b[32m",
            Self::Red => "\x1b[31m",
            Self::Yellow => "\x1b[33m",
        }
    }
}

fn colour(status: StatusCode) -> Colour {
    match status.as_u16() {
        ..=299 => Colour::Green,
        300..=499 => Colour::Yellow,
        _ => Colour::Red,
    }
}

fn from_to(from: Option<&Aor>, to: Option<&Aor>) -> String {
    format!("{} → {}", name(from), name(to))
}

/// `user@domain`: that it is a SIP address needs no saying here.
fn name(aor: Option<&Aor>) -> &str {
    aor.map_or("?", |aor| aor.as_str().trim_start_matches("sip:"))
}

fn place(transport: Transport, remote: SocketAddr) -> String {
    format!("{transport} {remote}")
}

/// HH:MM:SS.mmm in UTC.
fn clock(now: SystemTime) -> String {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let seconds = since.as_secs() % 86_400;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", since.subsec_millis())
}

/// Control characters as escapes. A tab stays.
fn clean(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && c != '\t';
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_control(c) {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_reads_as_a_clock() {
        let at = |milliseconds| clock(SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds));
        assert_eq!(at(0), "00:00:00.000");
        assert_eq!(at(86_399_999), "23:59:59.999");
        assert_eq!(at(86_400_000 + 3_661_007), "01:01:01.007");
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let event = Event::NotifyRefused {
            presentity: Aor::parse("alice@example.test").unwrap(),
            watcher: Aor::parse("bob@example.test").unwrap(),
            status: Some(StatusCode::CALL_OR_TRANSACTION_DOES_NOT_EXIST),
        };
        let (level, line) = Line::event(&event);
        assert_eq!(level, Level::Warn);
        assert_eq!(
            line.render(SystemTime::UNIX_EPOCH, false),
            "00:00:00.000 NOTIFY    alice@example.test → bob@example.test  \
             refused: 481 Call/Transaction Does Not Exist\n"
        );
        assert!(line.render(SystemTime::UNIX_EPOCH, true).contains("\x1b[31mrefused"));
    }

    #[test]
    fn keep_alives_are_named() {
        let peer = SocketAddr::from(([192, 0, 2, 1], 5071));
        let line = Line::message(true, peer, Transport::Tcp, b"\r\n\r\n", true);
        assert_eq!(
            line.render(SystemTime::UNIX_EPOCH, false),
            "00:00:00.000 received  TCP 192.0.2.1:5071  keep-alive  4 bytes\n"
        );
    }
}

//! The log: a line for each thing that happens, for people to read.

mod line;

use std::{
    env, fmt,
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use sip_message::Transport;
use sip_server::Event;
use sip_tokio::{Direction, Fault, Observer, StoreError, Tap};

use line::Line;

/// How much is logged: each level has what those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing but what ends the server.
    Error,
    /// What went wrong with a peer: rejected messages, NOTIFYs that were not taken, 5xx answers, broken connections.
    Warn,
    /// Each request and its outcome.
    Info,
    /// Each message that is sent or received, on a line.
    Debug,
    /// Whole messages: also the digest responses in them.
    Trace,
}

/// Writes events and messages as lines. Control characters of peers are written as escapes, so that no message can
/// forge a line or drive a terminal. Times are UTC.
///
/// ```text
/// 09:41:07.120 SUBSCRIBE bob@example.test → alice@example.test  200 OK  UDP 127.0.0.1:5071
/// ```
pub struct Log {
    level: Level,
    colour: bool,
    output: Mutex<Box<dyn Write + Send>>,
}

impl Log {
    /// A log on this output.
    pub fn new(level: Level, colour: bool, output: impl Write + Send + 'static) -> Self {
        Self {
            level,
            colour,
            output: Mutex::new(Box::new(output)),
        }
    }

    /// A log on standard error: in colour when that is a terminal, unless the environment has `NO_COLOR`.
    #[must_use]
    pub fn stderr(level: Level) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self::new(level, io::stderr().is_terminal() && !plain, io::stderr())
    }

    fn write(&self, level: Level, line: &Line) {
        if level > self.level {
            return;
        }
        let text = line.render(SystemTime::now(), self.colour);
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written is no reason to stop serving.
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    }
}

impl Tap for Log {
    fn message(
        &self,
        direction: Direction,
        _local: SocketAddr,
        remote: SocketAddr,
        transport: Transport,
        bytes: &Bytes,
    ) {
        // The line is not even made when nobody wants it.
        if self.level >= Level::Debug {
            let received = matches!(direction, Direction::Received);
            let whole = self.level >= Level::Trace;
            self.write(Level::Debug, &Line::message(received, remote, transport, bytes, whole));
        }
    }

    fn fault(&self, fault: &Fault) {
        let (level, line) = Line::fault(fault);
        self.write(level, &line);
    }
}

impl Observer for Log {
    fn event(&self, event: &Event) {
        if self.level >= Level::Warn {
            let (level, line) = Line::event(event);
            self.write(level, &line);
        }
    }

    fn store_failed(&self, error: &StoreError) {
        self.write(Level::Error, &Line::store_failed(error));
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("level", &self.level)
            .field("colour", &self.colour)
            .finish_non_exhaustive()
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "error" => Ok(Self::Error),
            "warn" => Ok(Self::Warn),
            "info" => Ok(Self::Info),
            "debug" => Ok(Self::Debug),
            "trace" => Ok(Self::Trace),
            _ => Err("expected error, warn, info, debug or trace".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sip_message::{Aor, StatusCode};
    use sip_transaction::Flow;

    use super::*;

    /// What was written, shared with the log.
    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The text without its times.
    fn logged(level: Level, run: impl FnOnce(&Log)) -> String {
        let output = Output::default();
        run(&Log::new(level, false, output.clone()));
        let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| match line.get(..13) {
                Some(time) if time.as_bytes()[2] == b':' => &line[13..],
                _ => line,
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn peer() -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], 5071))
    }

    fn answered(status: StatusCode, reason: &str) -> Event {
        Event::Answered {
            method: "SUBSCRIBE".to_owned(),
            from: Some(Aor::parse("bob@example.test").unwrap()),
            to: Some(Aor::parse("alice@example.test").unwrap()),
            status,
            reason: reason.to_owned(),
            flow: Flow {
                transport: Transport::Udp,
                local: peer(),
                remote: peer(),
                connection: 0,
            },
        }
    }

    fn register() -> Bytes {
        Bytes::from_static(
            b"REGISTER sip:example.test SIP/2.0\r\nAuthorization: Digest response=\"0123\"\r\nX: \x1b[2J\r\n\r\n",
        )
    }

    #[test]
    fn a_request_is_a_line() {
        assert_eq!(
            logged(Level::Info, |log| log.event(&answered(StatusCode::OK, "OK"))),
            "SUBSCRIBE bob@example.test → alice@example.test  200 OK  UDP 192.0.2.1:5071"
        );
    }

    #[test]
    fn levels_hold_back_what_is_below() {
        let all = |log: &Log| {
            log.event(&answered(StatusCode::OK, "OK"));
            log.event(&answered(StatusCode::SERVICE_UNAVAILABLE, "Busy"));
            log.message(Direction::Received, peer(), peer(), Transport::Udp, &register());
        };
        assert_eq!(logged(Level::Error, all), "");
        assert_eq!(
            logged(Level::Error, |log| log.store_failed(&StoreError::new("disk full"))),
            "stopping  changes could not be made durable  store: disk full"
        );
        assert_eq!(
            logged(Level::Warn, all),
            "SUBSCRIBE bob@example.test → alice@example.test  503 Busy  UDP 192.0.2.1:5071"
        );
        assert_eq!(logged(Level::Info, all).lines().count(), 2);
        let debug = logged(Level::Debug, all);
        assert_eq!(
            debug.lines().last(),
            Some("received  UDP 192.0.2.1:5071  REGISTER sip:example.test SIP/2.0  85 bytes")
        );
        assert!(!debug.contains("0123"));
        assert!(logged(Level::Trace, all).contains("\n    Authorization: Digest response=\"0123\"\n"));
    }

    #[test]
    fn peers_write_no_lines_and_no_escapes() {
        let forged = "No\r\n00:00:00.000 REGISTER \u{1b}[31m";
        let text = logged(Level::Info, |log| {
            log.event(&answered(StatusCode::FORBIDDEN, forged));
        });
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains(r"No\r\n00:00:00.000 REGISTER \u{1b}[31m"), "{text}");
        let text = logged(Level::Trace, |log| {
            log.message(Direction::Sent, peer(), peer(), Transport::Tcp, &register());
        });
        assert!(!text.contains('\u{1b}') && text.contains(r"\u{1b}[2J"), "{text}");
    }
}

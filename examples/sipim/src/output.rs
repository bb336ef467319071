mod human;
mod json;
mod text;

use std::{
    env,
    io::{self, IsTerminal, Write},
    time::SystemTime,
};

use pidf::Timestamp;
use sip_message::{Aor, StatusCode, UriBuf};
use sip_ua::{Event, OpId};

use crate::{address::short, failure::Failure};

pub(crate) use self::{
    human::Human,
    text::{printable, printable_lines},
};

/// Standard output: short lines for people, or a JSON object per line for scripts.
#[derive(Debug)]
pub(crate) struct Output {
    /// None: JSON.
    human: Option<Human>,
    /// What a terminal would obey is shown instead, and what it shows is no file.
    is_terminal: bool,
    /// Nobody reads any more. That has been reported once; what is left to do goes on in silence.
    is_closed: bool,
    /// Whose output this is.
    user: String,
}

/// What there is to tell.
#[derive(Debug)]
pub(crate) enum Report<'a> {
    /// What the user agent tells.
    Agent(&'a Event),
    /// The end, and not the one that was wanted.
    Failed(&'a Failure),
    /// A message of several; the others are not concerned.
    MessageFailed {
        id: OpId,
        to: &'a str,
        failure: &'a Failure,
    },
    MessageSent {
        id: OpId,
        to: &'a str,
        status: StatusCode,
    },
    NoBindings,
    /// An answer to `raw`.
    Received(Received<'a>),
    RefreshFailed(&'a Failure),
    Unregistered {
        contact: &'a str,
    },
}

/// Bytes that came back for those of `raw`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received<'a> {
    pub(crate) peer: &'a str,
    pub(crate) after_ms: u128,
    pub(crate) bytes: &'a [u8],
}

impl Output {
    pub(crate) fn stdout(is_json: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self {
            human: (!is_json).then(|| Human::new(colour_wanted(is_terminal))),
            is_terminal,
            is_closed: false,
            user: String::new(),
        }
    }

    /// Names the user, whose registrations and publications are told of.
    pub(crate) fn speak_for(&mut self, user: &Aor) {
        short(user).clone_into(&mut self.user);
    }

    pub(crate) fn event(&mut self, event: &Event) -> Result<(), Failure> {
        self.report(&Report::Agent(event))
    }

    pub(crate) fn message_sent(&mut self, id: OpId, to: &UriBuf, status: StatusCode) -> Result<(), Failure> {
        let aor = Aor::from_uri(&to.as_uri());
        let to = aor.as_ref().map_or(to.as_str(), short);
        self.report(&Report::MessageSent { id, to, status })
    }

    pub(crate) fn message_failed(&mut self, id: OpId, to: &UriBuf, failure: &Failure) -> Result<(), Failure> {
        let aor = Aor::from_uri(&to.as_uri());
        let to = aor.as_ref().map_or(to.as_str(), short);
        self.report(&Report::MessageFailed { id, to, failure })
    }

    /// Whether people read this on a terminal that is all ours.
    pub(crate) const fn has_terminal(&self) -> bool {
        self.human.is_some() && self.is_terminal
    }

    /// Writes to the terminal what is more than text.
    pub(crate) fn draw(&mut self, picture: &str) -> Result<(), Failure> {
        self.write(picture.as_bytes())
    }

    pub(crate) fn no_bindings(&mut self) -> Result<(), Failure> {
        self.report(&Report::NoBindings)
    }

    pub(crate) fn unregistered(&mut self, contact: &str) -> Result<(), Failure> {
        self.report(&Report::Unregistered { contact })
    }

    /// A refresh did not work, and is tried again.
    pub(crate) fn refresh_failed(&mut self, failure: &Failure) -> Result<(), Failure> {
        self.report(&Report::RefreshFailed(failure))
    }

    /// The last word, which people read on standard error instead.
    pub(crate) fn failed(&mut self, failure: &Failure) -> Result<(), Failure> {
        if failure.is_closed_output() {
            return Ok(());
        }
        self.report(&Report::Failed(failure))
    }

    /// What came back for raw bytes: into a file or a pipe exactly as it came, with the line about it elsewhere.
    pub(crate) fn received(&mut self, received: Received<'_>) -> Result<(), Failure> {
        if self.human.is_none() {
            return self.report(&Report::Received(received));
        }
        self.note(&format!(
            "received {} bytes from {} after {} ms",
            received.bytes.len(),
            received.peer,
            received.after_ms
        ));
        if !self.is_terminal {
            return self.write(received.bytes);
        }
        let mut text = String::new();
        for line in printable_lines(&String::from_utf8_lossy(received.bytes)) {
            text.push_str(&line);
            text.push('\n');
        }
        self.write(text.as_bytes())
    }

    /// A remark that is no result: for people, on standard error.
    pub(crate) fn note(&self, text: &str) {
        if self.human.is_some() {
            // A remark that cannot be written is none.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    fn report(&mut self, report: &Report<'_>) -> Result<(), Failure> {
        let text = match &mut self.human {
            Some(human) => human.render(report, &self.user),
            None => json::render(report, &self.user, SystemTime::now()),
        };
        match text.is_empty() {
            true => Ok(()),
            false => self.write(text.as_bytes()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.is_closed {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        written.map_err(|error| {
            let failure = Failure::from(error);
            self.is_closed = failure.is_closed_output();
            failure
        })
    }
}

/// Colours are for terminals, and for those who have not said NO_COLOR (<https://no-color.org>).
pub(crate) fn colour_wanted(is_terminal: bool) -> bool {
    let is_refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_terminal && !is_refused
}

/// The time as RFC 3339 writes it, in UTC; empty after the year 9999.
pub(crate) fn utc(time: SystemTime) -> String {
    Timestamp::from_system_time(time).map_or_else(|_| String::new(), |time| time.as_str().to_owned())
}

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{IsComposing, State};
use crate::{clock::after, limits::Limits};

/// How long an active state lasts that names no refresh interval (RFC 3994 section 3.3).
const WITHOUT_REFRESH: Duration = Duration::from_secs(120);

/// The one who is to read: says whether the other side composes (RFC 3994 section 3.3, figure 2).
///
/// Hand in what comes with [`Receiver::handle_input`], then drain [`Receiver::poll_output`]. A status message that is
/// overtaken by the content that it announced reads as the start of the next one: nothing tells them apart (section 4).
#[derive(Clone, Debug)]
pub struct Receiver {
    limits: Limits,
    /// When the state is idle again; none when it is.
    idle_due: Option<Instant>,
    content_type: Option<String>,
    outputs: VecDeque<ReceiverOutput>,
}

/// What a [`Receiver`] is told.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ReceiverInput<'a> {
    /// A content message came.
    Content,
    /// A status message came.
    Status(&'a IsComposing),
    /// [`Receiver::poll_timeout`] is due.
    Timeout,
}

/// What a [`Receiver`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiverOutput {
    /// The other side does this now.
    Changed(State),
}

impl Receiver {
    /// For a conversation in which nothing is composed yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            idle_due: None,
            content_type: None,
            outputs: VecDeque::new(),
        }
    }

    /// What the other side does, as far as is known.
    #[must_use]
    pub fn state(&self) -> State {
        if self.idle_due.is_some() {
            State::Active
        } else {
            State::Idle
        }
    }

    /// What the other side composes, where it does and told: a media type, or the part of one ahead of the slash.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Takes what came, or the time that has come.
    pub fn handle_input(&mut self, now: Instant, input: ReceiverInput<'_>) {
        match input {
            ReceiverInput::Status(status) if status.state() == State::Active => {
                let refresh = status.refresh().unwrap_or(WITHOUT_REFRESH).min(self.limits.refresh);
                self.content_type = status.content_type().map(str::to_owned);
                if self.idle_due.replace(after(now, refresh)).is_none() {
                    self.outputs.push_back(ReceiverOutput::Changed(State::Active));
                }
            }
            ReceiverInput::Timeout if self.idle_due.is_some_and(|due| due > now) => {}
            ReceiverInput::Content | ReceiverInput::Status(_) | ReceiverInput::Timeout => {
                self.content_type = None;
                if self.idle_due.take().is_some() {
                    self.outputs.push_back(ReceiverOutput::Changed(State::Idle));
                }
            }
        }
    }

    /// What to do next; none when there is nothing.
    pub fn poll_output(&mut self) -> Option<ReceiverOutput> {
        self.outputs.pop_front()
    }

    /// When to hand in [`ReceiverInput::Timeout`]; none while the other side is idle.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.idle_due
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test begins at some moment")]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn told(receiver: &mut Receiver) -> Vec<State> {
        std::iter::from_fn(|| receiver.poll_output())
            .map(|ReceiverOutput::Changed(state)| state)
            .collect()
    }

    fn active(refresh: u32) -> IsComposing {
        IsComposing::new(State::Active).with_refresh(refresh)
    }

    #[test]
    fn each_of_three_things_ends_composing() {
        let now = Instant::now();
        for input in [
            ReceiverInput::Content,
            ReceiverInput::Status(&IsComposing::new(State::Idle)),
            ReceiverInput::Timeout,
        ] {
            let mut receiver = Receiver::new(Limits::default());
            let status = active(90).with_content_type("audio").unwrap();
            receiver.handle_input(now, ReceiverInput::Status(&status));
            assert_eq!(
                (receiver.state(), receiver.content_type()),
                (State::Active, Some("audio"))
            );
            assert_eq!(receiver.poll_timeout(), Some(now + 90 * SECOND));
            receiver.handle_input(now + 90 * SECOND, input);
            assert_eq!(told(&mut receiver), [State::Active, State::Idle], "{input:?}");
            assert_eq!((receiver.state(), receiver.content_type()), (State::Idle, None));
            receiver.handle_input(now + 91 * SECOND, input);
            assert!(told(&mut receiver).is_empty(), "{input:?}");
        }
    }

    #[test]
    fn every_active_message_starts_the_time_anew() {
        let now = Instant::now();
        let mut receiver = Receiver::new(Limits::default());
        receiver.handle_input(now, ReceiverInput::Status(&active(60)));
        receiver.handle_input(now + SECOND, ReceiverInput::Status(&IsComposing::new(State::Active)));
        assert_eq!(receiver.poll_timeout(), Some(now + 121 * SECOND));
        receiver.handle_input(now + 60 * SECOND, ReceiverInput::Timeout);
        assert_eq!(told(&mut receiver), [State::Active]);
    }

    #[test]
    fn a_refresh_interval_of_years_is_not_believed() {
        let now = Instant::now();
        let mut receiver = Receiver::new(Limits::default());
        receiver.handle_input(now, ReceiverInput::Status(&active(u32::MAX)));
        assert_eq!(receiver.poll_timeout(), Some(now + 3600 * SECOND));
    }
}

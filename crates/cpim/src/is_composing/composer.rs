use std::{
    collections::VecDeque,
    time::{Duration, Instant, SystemTime},
};

use super::{IsComposing, State};
use crate::{clock::after, date_time::DateTime, error::InvalidValue};

/// The shortest interval between refreshes (RFC 3994 section 3.2), in seconds.
const SHORTEST_REFRESH: u32 = 60;

/// The one who writes: says when the other side is to be told so (RFC 3994 section 3.2, figure 1).
///
/// Tell it of the user with [`Composer::composing`], [`Composer::content_sent`] and [`Composer::given_up`], and of the
/// rest with [`Composer::handle_input`]; then drain [`Composer::poll_output`].
#[derive(Clone, Debug)]
pub struct Composer {
    config: ComposerConfig,
    /// Set while the user composes.
    active: Option<Active>,
    /// The other side does not take status messages.
    refused: bool,
    outputs: VecDeque<ComposerOutput>,
}

#[derive(Clone, Copy, Debug)]
struct Active {
    /// When the user last added or changed something.
    last: Instant,
    refresh_due: Option<Instant>,
}

/// How a [`Composer`] behaves.
#[derive(Clone, Debug)]
#[must_use]
pub struct ComposerConfig {
    idle: Duration,
    refresh: Option<u32>,
    content_type: Option<String>,
    epoch: Option<(Instant, SystemTime)>,
}

/// What a [`Composer`] is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComposerInput {
    /// The other side does not know the media type of a status message: in SIP it answered 415. No more are sent
    /// (section 4).
    Refused,
    /// [`Composer::poll_timeout`] is due.
    Timeout,
}

/// What a [`Composer`] wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComposerOutput {
    /// Send this status message.
    Send(IsComposing),
}

impl Default for ComposerConfig {
    /// Idle after 15 seconds, which is the RFC's default, and told anew every 60, its shortest interval.
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(15),
            refresh: Some(SHORTEST_REFRESH),
            content_type: None,
            epoch: None,
        }
    }
}

impl ComposerConfig {
    /// After what time without a change the user has stopped composing.
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// After how many seconds an active state is told anew: 60 at least, less is taken as that. None is never; the other
    /// side then takes the user for idle after 120 seconds.
    pub fn refresh(mut self, seconds: Option<u32>) -> Self {
        self.refresh = seconds.map(|seconds| seconds.max(SHORTEST_REFRESH));
        self
    }

    /// What is composed, as `text/plain` or `audio`.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it is neither a media type nor the part of one ahead of the slash.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Result<Self, InvalidValue> {
        let checked = IsComposing::new(State::Idle).with_content_type(content_type)?;
        self.content_type = checked.content_type().map(str::to_owned);
        Ok(self)
    }

    /// What calendar time a moment is, so that idle messages tell when the user was last active.
    pub fn epoch(mut self, now: Instant, time: SystemTime) -> Self {
        self.epoch = Some((now, time));
        self
    }
}

impl Composer {
    /// For a conversation in which nothing is composed yet.
    #[must_use]
    pub fn new(config: ComposerConfig) -> Self {
        Self {
            config,
            active: None,
            refused: false,
            outputs: VecDeque::new(),
        }
    }

    /// What the user does, as far as is known.
    #[must_use]
    pub fn state(&self) -> State {
        if self.active.is_some() {
            State::Active
        } else {
            State::Idle
        }
    }

    /// Takes what came, or the time that has come.
    pub fn handle_input(&mut self, now: Instant, input: ComposerInput) {
        match input {
            ComposerInput::Refused => {
                self.refused = true;
                self.active = None;
                self.outputs.clear();
            }
            ComposerInput::Timeout => self.handle_timeout(now),
        }
    }

    /// The user added or changed something. Call it as often as that happens: a message goes out only where one is due.
    pub fn composing(&mut self, now: Instant) {
        if self.refused {
            return;
        }
        // What is due by now comes first, so that a late caller is no different.
        self.handle_timeout(now);
        match &mut self.active {
            Some(active) => active.last = now,
            None => self.send_active(now, now),
        }
    }

    /// The user took back all that there was: the other side is told at once that he is idle, and not after the idle
    /// time-out.
    pub fn given_up(&mut self, now: Instant) {
        self.handle_timeout(now);
        if let Some(active) = self.active {
            self.send_idle(active);
        }
    }

    /// The message was sent, which tells the other side that the user is idle.
    pub fn content_sent(&mut self) {
        self.active = None;
        // A status message that waits would follow the content that it announces.
        self.outputs.clear();
    }

    /// What to do next; none when there is nothing.
    pub fn poll_output(&mut self) -> Option<ComposerOutput> {
        self.outputs.pop_front()
    }

    /// When to hand in [`ComposerInput::Timeout`]; none while the user is idle.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let active = self.active?;
        let idle = self.idle_due(active);
        Some(active.refresh_due.map_or(idle, |refresh| refresh.min(idle)))
    }

    fn idle_due(&self, active: Active) -> Instant {
        after(active.last, self.config.idle)
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Some(active) = self.active else {
            return;
        };
        if self.idle_due(active) <= now {
            self.send_idle(active);
        } else if active.refresh_due.is_some_and(|due| due <= now) {
            self.send_active(now, active.last);
        }
    }

    fn send_idle(&mut self, active: Active) {
        self.active = None;
        let status = self.status(State::Idle);
        let last_active = self.config.epoch.and_then(|epoch| calendar(epoch, active.last));
        let status = match last_active {
            Some(last_active) => status.with_last_active(last_active),
            None => status,
        };
        self.outputs.push_back(ComposerOutput::Send(status));
    }

    fn send_active(&mut self, now: Instant, last: Instant) {
        let refresh = self.config.refresh;
        let refresh_due = refresh.map(|seconds| after(now, Duration::from_secs(seconds.into())));
        self.active = Some(Active { last, refresh_due });
        let status = self.status(State::Active);
        let status = match refresh {
            Some(seconds) => status.with_refresh(seconds),
            None => status,
        };
        self.outputs.push_back(ComposerOutput::Send(status));
    }

    fn status(&self, state: State) -> IsComposing {
        let status = IsComposing::new(state);
        match &self.config.content_type {
            Some(content_type) => status
                .with_content_type(content_type.as_str())
                .expect("it was checked when it was configured"),
            None => status,
        }
    }
}

/// The calendar time of a moment, to the second.
fn calendar((now, time): (Instant, SystemTime), moment: Instant) -> Option<DateTime> {
    let time = match moment.checked_duration_since(now) {
        Some(since) => time.checked_add(since)?,
        None => time.checked_sub(now.duration_since(moment))?,
    };
    DateTime::try_from(time).ok().map(DateTime::whole_seconds)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test begins at some moment")]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn sent(composer: &mut Composer) -> Vec<IsComposing> {
        std::iter::from_fn(|| composer.poll_output())
            .map(|ComposerOutput::Send(status)| status)
            .collect()
    }

    fn active() -> IsComposing {
        IsComposing::new(State::Active).with_refresh(60)
    }

    #[test]
    fn one_message_is_enough_where_the_content_follows_soon() {
        let now = Instant::now();
        let mut composer = Composer::new(ComposerConfig::default());
        assert_eq!(composer.poll_timeout(), None);
        for second in 0..10 {
            composer.composing(now + second * SECOND);
        }
        assert_eq!(sent(&mut composer), [active()]);
        assert_eq!(composer.poll_timeout(), Some(now + 24 * SECOND));
        composer.content_sent();
        assert_eq!((composer.state(), composer.poll_timeout()), (State::Idle, None));
        composer.handle_input(now + 60 * SECOND, ComposerInput::Timeout);
        assert!(sent(&mut composer).is_empty());
    }

    #[test]
    fn who_stops_is_idle_and_who_goes_on_is_active_again() {
        let now = Instant::now();
        let config = ComposerConfig::default()
            .content_type("text/plain")
            .unwrap()
            .epoch(now, UNIX_EPOCH + Duration::from_millis(1_043_664_180_500));
        let mut composer = Composer::new(config);
        composer.composing(now);
        composer.handle_input(now + 14 * SECOND, ComposerInput::Timeout);
        assert_eq!(composer.state(), State::Active);
        composer.handle_input(now + 15 * SECOND, ComposerInput::Timeout);
        composer.composing(now + 20 * SECOND);
        let text = |status: IsComposing| status.with_content_type("text/plain").unwrap();
        let idle = IsComposing::new(State::Idle).with_last_active("2003-01-27T10:43:00Z".parse().unwrap());
        assert_eq!(sent(&mut composer), [text(active()), text(idle), text(active())]);
    }

    #[test]
    fn a_long_message_is_told_anew() {
        let now = Instant::now();
        let mut composer = Composer::new(ComposerConfig::default().refresh(Some(90)));
        let mut messages = Vec::new();
        for second in 0..200 {
            composer.composing(now + second * SECOND);
            messages.extend(sent(&mut composer).into_iter().map(|_| second));
        }
        assert_eq!(messages, [0, 90, 180]);

        let mut composer = Composer::new(ComposerConfig::default().refresh(None));
        (0..200).for_each(|second| composer.composing(now + second * SECOND));
        assert_eq!(sent(&mut composer), [IsComposing::new(State::Active)]);
        let short = ComposerConfig::default().refresh(Some(5));
        assert_eq!(short.refresh, Some(60));
    }

    #[test]
    fn a_late_driver_sends_the_idle_message_first() {
        let now = Instant::now();
        let mut composer = Composer::new(ComposerConfig::default().idle_timeout(2 * SECOND));
        composer.composing(now);
        composer.composing(now + 100 * SECOND);
        assert_eq!(sent(&mut composer), [active(), IsComposing::new(State::Idle), active()]);
    }

    #[test]
    fn who_gives_up_is_idle_at_once_and_says_so_once() {
        let now = Instant::now();
        let mut composer = Composer::new(ComposerConfig::default());
        composer.given_up(now);
        assert!(sent(&mut composer).is_empty());
        composer.composing(now);
        composer.given_up(now + SECOND);
        composer.given_up(now + SECOND);
        assert_eq!(sent(&mut composer), [active(), IsComposing::new(State::Idle)]);
        assert_eq!((composer.state(), composer.poll_timeout()), (State::Idle, None));
        composer.composing(now + 2 * SECOND);
        composer.given_up(now + 60 * SECOND);
        assert_eq!(sent(&mut composer), [active(), IsComposing::new(State::Idle)]);
    }

    #[test]
    fn who_was_refused_is_silent() {
        let now = Instant::now();
        let mut composer = Composer::new(ComposerConfig::default());
        composer.composing(now);
        composer.handle_input(now, ComposerInput::Refused);
        composer.composing(now + SECOND);
        assert!(sent(&mut composer).is_empty());
        assert_eq!((composer.state(), composer.poll_timeout()), (State::Idle, None));
    }
}

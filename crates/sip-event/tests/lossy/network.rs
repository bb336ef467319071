use std::{
    collections::BTreeMap,
    sync::LazyLock,
    time::{Duration, Instant, SystemTime},
};

use proptest::prelude::*;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When a transaction gives up (Timer F), in milliseconds.
pub(crate) const TIMER_F: u64 = 32_000;

/// What happens to one transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fate {
    kind: Kind,
    /// Milliseconds for each way.
    delay: u64,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Delivered,
    RequestLost,
    ResponseLost,
}

impl Fate {
    /// When the request arrives.
    pub(crate) fn arrival(self) -> Option<u64> {
        (!matches!(self.kind, Kind::RequestLost)).then_some(self.delay)
    }

    /// When the response arrives, counted from that of the request.
    pub(crate) fn answer(self) -> Option<u64> {
        matches!(self.kind, Kind::Delivered).then_some(self.delay)
    }
}

pub(crate) fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let kind = prop_oneof![
        3 => Just(Kind::Delivered),
        1 => Just(Kind::RequestLost),
        1 => Just(Kind::ResponseLost),
    ];
    let fate = (kind, 0_u64..5_000).prop_map(|(kind, delay)| Fate { kind, delay });
    proptest::collection::vec(fate, 1..40)
}

/// Events in the order of their time, and what becomes of the transactions to come.
#[derive(Debug)]
pub(crate) struct Network<E> {
    now: u64,
    serial: u64,
    queue: BTreeMap<(u64, u64), E>,
    fates: Vec<Fate>,
    used: usize,
    is_quiet: bool,
}

impl<E> Network<E> {
    pub(crate) fn new(fates: Vec<Fate>) -> Self {
        Self {
            now: 0,
            serial: 0,
            queue: BTreeMap::new(),
            fates,
            used: 0,
            is_quiet: false,
        }
    }

    pub(crate) fn now(&self) -> Instant {
        *START + Duration::from_millis(self.now)
    }

    pub(crate) fn epoch(&self) -> (Instant, SystemTime) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        (self.now(), time + Duration::from_millis(self.now))
    }

    /// From now on nothing gets lost.
    pub(crate) fn be_quiet(&mut self) {
        self.is_quiet = true;
    }

    pub(crate) fn fate(&mut self) -> Fate {
        let at = self.used % self.fates.len();
        self.used += 1;
        match self.is_quiet {
            true => Fate {
                kind: Kind::Delivered,
                delay: 50,
            },
            false => self.fates[at],
        }
    }

    pub(crate) fn schedule(&mut self, delay: u64, event: E) {
        self.serial += 1;
        self.queue.insert((self.now + delay, self.serial), event);
    }

    /// The next event until `end`; `None` moves the clock to the next deadline, or to the end.
    pub(crate) fn next(&mut self, end: u64, deadline: Option<Instant>) -> Step<E> {
        let deadline = deadline.map(|deadline| {
            let since = deadline.saturating_duration_since(*START);
            u64::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap()
        });
        let event = self.queue.first_key_value().map(|((at, _), _)| *at);
        let first = [deadline, event].into_iter().flatten().min();
        match first {
            Some(at) if at <= end => {
                self.now = self.now.max(at);
                if event == Some(at) {
                    let (_, event) = self.queue.pop_first().unwrap();
                    Step::Event(event)
                } else {
                    Step::Timeout
                }
            }
            _ => {
                self.now = end;
                Step::End
            }
        }
    }

    pub(crate) fn millis(&self) -> u64 {
        self.now
    }
}

#[derive(Debug)]
pub(crate) enum Step<E> {
    End,
    Event(E),
    Timeout,
}

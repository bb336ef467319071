use sip_message::Aor;
use sip_ua::{Event, SubscribeOptions};
use tokio::time::Instant;

use crate::{
    address::target_aor,
    cli::{Common, Limit, Subscribe},
    failure::{Failure, FailureKind},
    output::{Output, printable},
    session::{Happening, Session, Setup, interrupted, too_few},
};

/// Whom to watch.
pub(super) fn presentity(arguments: &Subscribe, common: &Common) -> Result<Aor, Failure> {
    target_aor(&arguments.presentity, common.domain(&common.user()?))
}

/// Subscribes, and shows the notifications until Ctrl-C, the limit, or the end that the server puts to it.
pub(super) async fn run(
    setup: &Setup,
    arguments: Subscribe,
    presentity: &Aor,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut watch = Watch::new(&arguments);
    let mut session = Session::start(setup).await?;
    let options = options(arguments);
    let op = session
        .command(|agent, now| agent.subscribe(now, presentity, options))
        .await;
    // Until the first answer, then after `unsubscribe`; in between nothing needs to come.
    let mut answer_due = Some(session.answer_deadline());
    loop {
        let deadline = [answer_due, watch.ends_at].into_iter().flatten().min();
        match session.next(deadline).await? {
            Happening::Deadline if answer_due.is_some_and(|due| due <= Instant::now()) => {
                return Err(session.late());
            }
            Happening::Deadline => watch.time_is_up(),
            Happening::Interrupted if watch.phase == Phase::Established => watch.phase = Phase::Enough,
            Happening::Interrupted => return Err(interrupted()),
            Happening::Event(Event::Failed { op: failed, failure }) if failed == op => {
                return Err(session.failure(&failure));
            }
            Happening::Event(event) => {
                if watch.shows(&event) {
                    match output.event(&event) {
                        // As good as Ctrl-C.
                        Err(failure) if failure.is_closed_output() => watch.is_unread = true,
                        written => written?,
                    }
                }
                if let Event::SubscriptionEnded { reason, .. } = &event {
                    session.end().await;
                    return watch.ended(reason);
                }
                if watch.handle(&event) && !watch.is_fetch {
                    answer_due = None;
                }
            }
        }
        if watch.phase == Phase::Enough {
            watch.phase = Phase::Ending;
            answer_due = Some(session.answer_deadline());
            // An error means that it has ended by itself, and that the event which says so is on its way.
            let _ = session.command(|agent, now| agent.unsubscribe(now, op)).await;
        }
    }
}

fn options(arguments: Subscribe) -> SubscribeOptions {
    let default = SubscribeOptions::default();
    let is_presence = arguments.event == default.package;
    SubscribeOptions {
        accept: match arguments.accept.is_empty() && is_presence {
            true => default.accept,
            false => arguments.accept,
        },
        package: arguments.event,
        expires: arguments.expires,
    }
}

/// How far a subscription has come, and when it is enough.
#[derive(Debug)]
struct Watch {
    limit: Limit,
    /// `--expires 0`: one notification, and the end comes by itself.
    is_fetch: bool,
    phase: Phase,
    notified: u64,
    /// `--duration` after the first answer.
    ends_at: Option<Instant>,
    is_too_few: bool,
    /// Nobody reads the output any more.
    is_unread: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Asked,
    Established,
    Enough,
    Ending,
}

impl Watch {
    fn new(arguments: &Subscribe) -> Self {
        Self {
            limit: arguments.limit,
            is_fetch: arguments.expires == Some(0),
            phase: Phase::Asked,
            notified: 0,
            ends_at: None,
            is_too_few: false,
            is_unread: false,
        }
    }

    /// Notifications beyond `--count`, such as the last of a subscription, are not shown.
    fn shows(&self, event: &Event) -> bool {
        match event {
            Event::Notified { .. } => self.limit.count.is_none_or(|count| self.notified < count),
            _ => true,
        }
    }

    /// Counts. Returns whether the subscription has just been established.
    fn handle(&mut self, event: &Event) -> bool {
        let mut is_new = false;
        match event {
            Event::Notified { .. } => self.notified = self.notified.saturating_add(1),
            Event::Subscribed { .. } if self.phase == Phase::Asked => {
                is_new = true;
                self.phase = Phase::Established;
                self.ends_at = self.limit.duration.map(|duration| Instant::now() + duration);
            }
            _ => {}
        }
        // A NOTIFY may come before the 2xx, which there is to wait for all the same.
        let is_enough = self.is_unread || self.limit.count.is_some_and(|count| self.notified >= count);
        if is_enough && self.phase == Phase::Established && !self.is_fetch {
            self.phase = Phase::Enough;
        }
        is_new
    }

    fn time_is_up(&mut self) {
        self.ends_at = None;
        self.is_too_few = self.limit.count.is_some_and(|count| self.notified < count);
        if self.phase == Phase::Established {
            self.phase = Phase::Enough;
        }
    }

    /// How it went: what was wanted, or not.
    fn ended(&self, reason: &str) -> Result<(), Failure> {
        if let (
            true,
            Limit {
                count: Some(count),
                duration: Some(duration),
            },
        ) = (self.is_too_few, self.limit)
        {
            return Err(too_few(count, duration, "notifications"));
        }
        let is_expected = match self.phase {
            Phase::Ending => true,
            // RFC 6665 section 4.1.3: `timeout` is how a fetch ends; the other reasons say no.
            _ => self.is_fetch && self.notified > 0 && matches!(reason, "timeout" | "terminated" | "unsubscribed"),
        };
        if is_expected {
            return Ok(());
        }
        let message = format!("the subscription was ended by the other side: {}", printable(reason));
        Err(Failure::new(FailureKind::Refused, message))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sip_ua::OpId;

    use super::*;

    fn arguments(expires: Option<u32>, count: Option<u64>) -> Subscribe {
        Subscribe {
            presentity: "bob".to_owned(),
            expires,
            accept: Vec::new(),
            event: "presence".to_owned(),
            limit: Limit {
                count,
                duration: Some(Duration::from_secs(60)),
            },
        }
    }

    fn bob() -> Aor {
        Aor::new("bob", "example.test").unwrap()
    }

    fn subscribed() -> Event {
        Event::Subscribed {
            op: OpId(1),
            presentity: bob(),
            expires: 3600,
        }
    }

    fn notified() -> Event {
        Event::Notified {
            op: OpId(1),
            presentity: bob(),
            state: "active;expires=3600".to_owned(),
            body: None,
            document: None,
        }
    }

    #[tokio::test]
    async fn the_count_ends_it_and_what_comes_then_is_not_shown() {
        let mut watch = Watch::new(&arguments(None, Some(2)));
        // The first NOTIFY may be faster than the 200.
        assert!(watch.shows(&notified()));
        assert!(!watch.handle(&notified()));
        assert_eq!(watch.phase, Phase::Asked);
        assert!(watch.handle(&subscribed()));
        assert!(!watch.handle(&subscribed()), "a refresh is nothing new");
        assert_eq!(watch.phase, Phase::Established);
        assert!(watch.shows(&notified()));
        watch.handle(&notified());
        assert_eq!(watch.phase, Phase::Enough);
        assert!(!watch.shows(&notified()));
        watch.phase = Phase::Ending;
        assert!(watch.ended("unsubscribed").is_ok());
    }

    #[tokio::test]
    async fn time_that_runs_out_before_the_count_is_a_timeout() {
        let mut watch = Watch::new(&arguments(None, Some(2)));
        watch.handle(&subscribed());
        watch.handle(&notified());
        watch.time_is_up();
        assert_eq!(watch.phase, Phase::Enough);
        watch.phase = Phase::Ending;
        assert_eq!(watch.ended("unsubscribed").unwrap_err().kind().exit_code(), 4);
        let mut watch = Watch::new(&arguments(None, None));
        watch.handle(&subscribed());
        watch.time_is_up();
        watch.phase = Phase::Ending;
        assert!(watch.ended("unsubscribed").is_ok());
    }

    #[tokio::test]
    async fn a_fetch_ends_well_by_itself_and_a_watch_does_not() {
        let mut fetch = Watch::new(&arguments(Some(0), Some(1)));
        fetch.handle(&subscribed());
        fetch.handle(&notified());
        assert_eq!(fetch.phase, Phase::Established, "there is nothing to unsubscribe from");
        assert!(fetch.ended("timeout").is_ok());
        assert_eq!(fetch.ended("noresource").unwrap_err().kind().exit_code(), 1);
        let mut watch = Watch::new(&arguments(None, None));
        watch.handle(&subscribed());
        let failure = watch.ended("deactivated").unwrap_err();
        assert_eq!(failure.kind().exit_code(), 1);
        assert!(failure.to_string().contains("deactivated"), "{failure}");
    }

    #[test]
    fn presence_documents_are_asked_for_in_both_spellings() {
        let of = |event: &str, accept: &[&str]| {
            options(Subscribe {
                event: event.to_owned(),
                accept: accept.iter().map(|text| (*text).to_owned()).collect(),
                ..arguments(Some(60), None)
            })
        };
        assert_eq!(of("presence", &[]).accept, SubscribeOptions::default().accept);
        assert_eq!(of("presence", &["a/b"]).accept, ["a/b"]);
        let other = of("presence.winfo", &[]);
        assert!(other.accept.is_empty());
        assert_eq!((other.package.as_str(), other.expires), ("presence.winfo", Some(60)));
    }
}

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use sip_digest::Password;
use sip_message::{Aor, Host, Transport, UriBuf};
use sip_tokio::{Agent, seed};
use sip_transaction::{Destination, SentBy};
use sip_ua::{Config, Event, OpId, UserAgent};
use tokio::time;

use crate::{
    address::{ServerAddress, user_name},
    cli::{Limit, Receipts},
    failure::{Failure, FailureKind},
    output::Output,
    signals::Signals,
    trace::Trace,
};

/// What every session of one invocation has in common.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) user: Aor,
    pub(crate) display_name: Option<String>,
    pub(crate) password: Password,
    pub(crate) server: ServerAddress,
    pub(crate) timeout: Duration,
    pub(crate) trace: Arc<Trace>,
}

/// A user agent that runs, and what may happen beside it.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    setup: &'a Setup,
    agent: Agent,
    signals: Signals,
    /// Messages that have come since the start.
    messages: u64,
    receipts: Receipts,
}

/// What a session waits for.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and most are events")]
pub(crate) enum Happening {
    Deadline,
    Event(Event),
    Interrupted,
}

/// Why staying has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// By `--count`, or Ctrl-C.
    Done,
    /// `--duration` ended it before `--count` did.
    TooFew,
}

impl<'a> Session<'a> {
    /// Opens sockets.
    pub(crate) async fn start(setup: &'a Setup) -> Result<Self, Failure> {
        Self::start_as(setup, None).await
    }

    /// Opens sockets, with a contact that is not where we are: to end the binding of another.
    pub(crate) async fn start_as(setup: &'a Setup, contact: Option<UriBuf>) -> Result<Self, Failure> {
        // First, so that Ctrl-C ends even a registration that has just been sent in an orderly way.
        let signals = Signals::new()?;
        let transport = setup.server.transport;
        let remote = setup.server.resolve(setup.timeout).await?;
        let make = |local| config(setup, transport, remote, local, contact);
        let starting = Agent::start(transport, remote, make, setup.trace.clone());
        let agent = time::timeout(setup.timeout, starting)
            .await
            .map_err(|_| no_answer(setup, setup.timeout))??;
        Ok(Self {
            setup,
            agent,
            signals,
            messages: 0,
            receipts: Receipts::default(),
        })
    }

    /// Runs a command on the user agent.
    pub(crate) async fn command<T>(&self, command: impl FnOnce(&mut UserAgent, Instant) -> T + Send) -> T {
        self.agent.with(command).await
    }

    /// Says what senders are told who ask.
    pub(crate) async fn tell_senders(&mut self, receipts: Receipts) {
        self.receipts = receipts;
        let is_on = receipts != Receipts::None;
        self.command(|agent, _| agent.set_delivery_notifications(is_on)).await;
    }

    /// Writes what happened. Who wants to know that a message was displayed is told then.
    pub(crate) async fn show(&self, event: &Event, output: &mut Output) -> Result<(), Failure> {
        output.event(event)?;
        self.shown(event).await;
        Ok(())
    }

    /// The user sees this now.
    pub(crate) async fn shown(&self, event: &Event) {
        if let (Event::MessageReceived { display: Some(id), .. }, Receipts::Display) = (event, self.receipts) {
            // An error means that so much came since that it is told of no more.
            let _ = self.command(|agent, now| agent.displayed(now, *id)).await;
        }
    }

    /// When an answer to what is sent now is late.
    pub(crate) fn answer_deadline(&self) -> time::Instant {
        time::Instant::now() + self.setup.timeout
    }

    /// No answer came until then.
    pub(crate) fn late(&self) -> Failure {
        no_answer(self.setup, self.setup.timeout)
    }

    /// What became of a request.
    pub(crate) fn failure(&self, failure: &sip_ua::Failure) -> Failure {
        Failure::of_request(failure, &self.setup.server, self.setup.trace.last_fault())
    }

    /// What happens next.
    pub(crate) async fn next(&mut self, deadline: Option<time::Instant>) -> Result<Happening, Failure> {
        let late = async {
            match deadline {
                Some(deadline) => time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        // What has come counts before the time is up, and the user before all.
        tokio::select! {
            biased;
            () = self.signals.next() => Ok(Happening::Interrupted),
            event = self.agent.event() => match event {
                Some(event) => {
                    if let Event::MessageReceived { .. } = event {
                        self.messages += 1;
                    }
                    Ok(Happening::Event(event))
                }
                None => Err(Failure::transport("the user agent has ended")),
            },
            () = late => Ok(Happening::Deadline),
        }
    }

    /// Waits for the answer to `op`, and returns it; what else happens is written.
    pub(crate) async fn answer(&mut self, op: OpId, output: &mut Output) -> Result<Event, Failure> {
        let deadline = self.answer_deadline();
        loop {
            match self.next(Some(deadline)).await? {
                Happening::Deadline => return Err(self.late()),
                Happening::Interrupted => return Err(interrupted()),
                Happening::Event(Event::Failed { op: failed, failure }) if failed == op => {
                    return Err(self.failure(&failure));
                }
                Happening::Event(event) if answers(&event, op) => return Ok(event),
                Happening::Event(event) => self.show(&event, output).await?,
            }
        }
    }

    /// Writes what comes, until Ctrl-C or the limit, which counts messages; `op` is refreshed meanwhile.
    pub(crate) async fn stay(&mut self, op: OpId, limit: Limit, output: &mut Output) -> Result<Stay, Failure> {
        let deadline = limit.duration.map(|duration| time::Instant::now() + duration);
        while limit.count.is_none_or(|count| self.messages < count) {
            match self.next(deadline).await? {
                Happening::Deadline if limit.count.is_some() => return Ok(Stay::TooFew),
                Happening::Deadline | Happening::Interrupted => break,
                Happening::Event(Event::Failed { op: failed, failure }) if failed == op => {
                    let is_temporary = failure.is_temporary();
                    let failure = self.failure(&failure);
                    if !is_temporary {
                        return Err(failure);
                    }
                    output.refresh_failed(&failure)?;
                }
                Happening::Event(event) => match self.show(&event, output).await {
                    // As good as Ctrl-C: what was begun is ended in an orderly way.
                    Err(failure) if failure.is_closed_output() => break,
                    written => written?,
                },
            }
        }
        Ok(Stay::Done)
    }

    /// Closes the sockets, once what is under way has ended.
    pub(crate) async fn end(self) {
        self.agent.shutdown().await;
    }
}

impl Stay {
    /// An error where the limit says that more should have come.
    pub(crate) fn check(self, limit: Limit, what: &str) -> Result<(), Failure> {
        match (self, limit) {
            (
                Self::TooFew,
                Limit {
                    count: Some(count),
                    duration: Some(duration),
                },
            ) => Err(too_few(count, duration, what)),
            _ => Ok(()),
        }
    }
}

pub(crate) fn too_few(count: u64, duration: Duration, what: &str) -> Failure {
    let seconds = duration.as_secs_f64();
    Failure::timeout(format!("fewer than {count} {what} came within {seconds} s"))
}

pub(crate) fn interrupted() -> Failure {
    Failure::new(FailureKind::Interrupted, "interrupted")
}

fn no_answer(setup: &Setup, patience: Duration) -> Failure {
    let seconds = patience.as_secs_f64();
    Failure::timeout(format!("no answer from {} within {seconds} s", setup.server))
}

/// Whether this event is what ends the wait for `op`.
fn answers(event: &Event, op: OpId) -> bool {
    match event {
        Event::MessageSent { op: of, .. }
        | Event::Published { op: of, .. }
        | Event::Registered { op: of, .. }
        | Event::Unpublished { op: of }
        | Event::Unregistered { op: of } => *of == op,
        _ => false,
    }
}

fn config(
    setup: &Setup,
    transport: Transport,
    remote: SocketAddr,
    local: SocketAddr,
    contact: Option<UriBuf>,
) -> Config {
    let ours = || {
        let (user, host, port) = (setup.user.user(), Host::from(local.ip()), local.port());
        let transport = transport.as_param();
        UriBuf::parse(format!("sip:{user}@{host}:{port};transport={transport}"))
            .expect("the user of an address of record, an IP address and a port make a URI")
    };
    Config {
        aor: setup.user.clone(),
        display_name: setup.display_name.clone(),
        username: user_name(&setup.user),
        password: setup.password.clone(),
        server: Destination::Address { transport, remote },
        contact: contact.unwrap_or_else(ours),
        sent_by: vec![SentBy {
            transport,
            host: local.ip().to_string(),
            port: Some(local.port()),
        }],
        user_agent: Some(format!("sipim/{}", env!("CARGO_PKG_VERSION"))),
        epoch: (Instant::now(), SystemTime::now()),
        seed: seed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        Setup {
            user: Aor::new("j@doe", "example.test").unwrap(),
            display_name: None,
            password: Password::new("pw"),
            server: "udp:127.0.0.1:5060".parse().unwrap(),
            timeout: Duration::from_millis(1500),
            trace: Arc::new(Trace::new(false)),
        }
    }

    #[test]
    fn the_contact_is_where_we_are() {
        let remote = "[::1]:5060".parse().unwrap();
        let local = "[::1]:40000".parse().unwrap();
        let config = config(&setup(), Transport::Tcp, remote, local, None);
        assert_eq!(config.contact.as_str(), "sip:j%40doe@[::1]:40000;transport=tcp");
        assert_eq!(config.username, "j@doe");
        assert_eq!(config.sent_by[0].host, "::1");
    }

    #[test]
    fn too_little_within_the_duration_is_a_timeout() {
        let limit = Limit {
            count: Some(3),
            duration: Some(Duration::from_millis(500)),
        };
        assert!(Stay::Done.check(limit, "messages").is_ok());
        let failure = Stay::TooFew.check(limit, "messages").unwrap_err();
        assert_eq!(failure.kind().exit_code(), 4);
        assert_eq!(failure.to_string(), "fewer than 3 messages came within 0.5 s");
        assert_eq!(
            no_answer(&setup(), setup().timeout).to_string(),
            "no answer from udp:127.0.0.1:5060 within 1.5 s"
        );
    }
}

//! Who plays: the server, the two user agents of the paper, and two more that join for a scene.

mod directory;
mod still;

pub(crate) use still::StillWatcher;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use presence_server::{Accounts, Running, Settings, StoreLocation};
use sip_digest::Password;
use sip_message::{Aor, Transport, UriBuf};
use sip_server::Expiry;
use sip_tokio::{Agent, Listen, Tap};
use sip_transaction::{Destination, SentBy};
use sip_ua::{Event, UserAgent};
use tokio::time;

use crate::{capture::Capture, ladder::Party};
use directory::Directory;

/// The paper's domain, which is also the realm.
pub(crate) const DOMAIN: &str = "sip2.kumoh.ac.kr";

/// The presentity of figure 1, who also gets the instant messages.
pub(crate) const KMH: &str = "kmh";

/// The watcher, who also sends them.
pub(crate) const JOHG: &str = "johg";

/// How long anything may take that is to happen: over loopback it takes milliseconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);

/// The shortest subscription that the server grants, in seconds: so short that one can be seen to run out.
pub(crate) const MIN_EXPIRES: u32 = 1;

/// The play cannot go on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Stop(String);

/// The server, its tables, the user agents, and all that they say to each other.
pub(crate) struct Cast {
    /// The watcher.
    pub(crate) johg: Actor,
    /// The presentity.
    pub(crate) kmh: Actor,
    /// What passes over the server's sockets.
    pub(crate) tap: Capture,
    /// What passes over the sockets of the user agents.
    pub(crate) agents_tap: Capture,
    /// The column of the server.
    pub(crate) server_party: Party,
    server: SocketAddr,
    running: Running,
    directory: Directory,
    parties: Vec<(SocketAddr, &'static str, Party)>,
}

/// A user agent.
pub(crate) struct Actor {
    /// Whose it is.
    pub(crate) aor: Aor,
    /// The user's password.
    pub(crate) password: &'static str,
    agent: Agent,
    address: SocketAddr,
}

/// The password of a user of the server.
const fn password(user: &str) -> &'static str {
    match user.as_bytes() {
        b"kmh" => "irt-lab-pc",
        _ => "blackjo",
    }
}

impl Cast {
    /// Starts the server, with a store that goes with it, and the two user agents: all on free ports of this machine.
    pub(crate) async fn start() -> Result<Self, Stop> {
        let directory = Directory::new().map_err(Stop::because("no directory for the store"))?;
        let mut accounts = Accounts::new(DOMAIN);
        for user in [KMH, JOHG] {
            accounts.insert(user, &Password::new(password(user)));
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let settings = Settings {
            listen: [Transport::Udp, Transport::Tcp]
                .map(|transport| Listen { transport, address })
                .into(),
            domains: vec![DOMAIN.to_owned()],
            accounts,
            subscribe: Expiry {
                min: MIN_EXPIRES,
                ..Expiry::default()
            },
            store: StoreLocation::File(directory.store()),
            ..Settings::default()
        };
        let tap = Capture::default();
        let running = presence_server::start(&settings, tap.clone())
            .await
            .map_err(Stop::because("the server did not start"))?;
        let server = running
            .local()
            .iter()
            .find(|(transport, _)| *transport == Transport::Udp)
            .map(|(_, address)| *address)
            .ok_or_else(|| Stop::new("the server does not listen on UDP"))?;
        let agents_tap = Capture::default();
        let johg = Actor::start(JOHG, password(JOHG), server, agents_tap.clone()).await?;
        let kmh = Actor::start(KMH, password(KMH), server, agents_tap.clone()).await?;
        let mut cast = Self {
            johg,
            kmh,
            tap,
            agents_tap,
            server_party: Party {
                name: "presence server".to_owned(),
                address: server.to_string(),
            },
            server,
            running,
            directory,
            parties: Vec::new(),
        };
        cast.know(cast.johg.address, JOHG, "UA johg");
        cast.know(cast.kmh.address, KMH, "UA kmh");
        Ok(cast)
    }

    /// Where the server listens.
    pub(crate) const fn server(&self) -> SocketAddr {
        self.server
    }

    /// The server's SQLite file.
    pub(crate) fn store(&self) -> PathBuf {
        self.directory.store()
    }

    /// Another user agent of johg's, with a password of its own idea.
    pub(crate) async fn impostor(&mut self, name: &'static str, password: &'static str) -> Result<Actor, Stop> {
        let actor = Actor::start(JOHG, password, self.server, self.agents_tap.clone()).await?;
        self.know(actor.address, name, "UA johg, wrong password");
        Ok(actor)
    }

    /// Another user agent of johg's, which lives without a clock.
    pub(crate) async fn still_watcher(&mut self, name: &'static str) -> Result<StillWatcher, Stop> {
        let make = |local| user_agent(JOHG, password(JOHG), self.server, local);
        let watcher = StillWatcher::start(self.server, make, self.agents_tap.clone()).await?;
        self.know(watcher.address(), name, "johg's laptop");
        Ok(watcher)
    }

    /// Who is at an address: the short name.
    pub(crate) fn name(&self, address: SocketAddr) -> &'static str {
        self.parties
            .iter()
            .find(|(known, ..)| *known == address)
            .map_or("?", |(_, name, _)| name)
    }

    /// The column of a user agent.
    pub(crate) fn party(&self, name: &str) -> Party {
        let found = self.parties.iter().find(|(_, known, _)| *known == name);
        found.map_or_else(
            || Party {
                name: name.to_owned(),
                address: String::new(),
            },
            |(.., party)| party.clone(),
        )
    }

    fn know(&mut self, address: SocketAddr, name: &'static str, label: &str) {
        let party = Party {
            name: label.to_owned(),
            address: address.to_string(),
        };
        self.parties.push((address, name, party));
    }

    /// All leave, the server last. What they said stays.
    pub(crate) async fn leave(self) -> Result<(Capture, Capture), Stop> {
        self.johg.leave().await;
        self.kmh.leave().await;
        self.running
            .shutdown()
            .await
            .map_err(Stop::because("the server did not end cleanly"))?;
        Ok((self.tap, self.agents_tap))
    }
}

impl Actor {
    async fn start(
        user: &'static str,
        password: &'static str,
        server: SocketAddr,
        tap: impl Tap,
    ) -> Result<Self, Stop> {
        let make = |local| user_agent(user, password, server, local);
        let agent = Agent::start(Transport::Udp, server, make, tap)
            .await
            .map_err(Stop::because("a user agent did not start"))?;
        let address = agent.local();
        Ok(Self {
            aor: aor(user),
            password,
            agent,
            address,
        })
    }

    /// Runs a command on the user agent.
    pub(crate) async fn with<T>(&self, command: impl FnOnce(&mut UserAgent, Instant) -> T + Send) -> T {
        self.agent.with(command).await
    }

    /// The first event from now on of which there is something to say. Those before it are passed over.
    pub(crate) async fn until<T>(&mut self, pick: impl FnMut(&Event) -> Option<T>) -> Result<T, Stop> {
        let mut pick = pick;
        let wait = async {
            while let Some(event) = self.agent.event().await {
                if let Some(picked) = pick(&event) {
                    return Ok(picked);
                }
            }
            Err(Stop::new(format!("the user agent of {} ended", self.aor)))
        };
        match time::timeout(PATIENCE, wait).await {
            Ok(result) => result,
            Err(late) => Err(Stop::new(format!("an event of {} did not come: {late}", self.aor))),
        }
    }

    /// The contact address that it registers and subscribes with.
    pub(crate) fn contact(&self) -> UriBuf {
        contact(self.aor.user(), self.address)
    }

    /// Closes its sockets.
    pub(crate) async fn leave(self) {
        self.agent.shutdown().await;
    }
}

impl Stop {
    /// For this reason.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// For this reason and the error behind it.
    pub(crate) fn because<E: fmt::Display>(reason: &str) -> impl Fn(E) -> Self {
        move |error| Self(format!("{reason}: {error}"))
    }
}

/// The address of record of a user.
pub(crate) fn aor(user: &str) -> Aor {
    Aor::new(user, DOMAIN).expect("the users and the domain of the play make addresses")
}

fn contact(user: &str, local: SocketAddr) -> UriBuf {
    UriBuf::parse(format!("sip:{user}@{local}")).expect("a socket address is a host and a port")
}

fn user_agent(user: &str, password: &str, server: SocketAddr, local: SocketAddr) -> sip_ua::Config {
    sip_ua::Config {
        aor: aor(user),
        display_name: None,
        username: user.to_owned(),
        password: Password::new(password),
        server: Destination::Address {
            transport: Transport::Udp,
            remote: server,
        },
        contact: contact(user, local),
        sent_by: vec![SentBy {
            transport: Transport::Udp,
            host: local.ip().to_string(),
            port: Some(local.port()),
        }],
        user_agent: Some(concat!("quickstart/", env!("CARGO_PKG_VERSION")).to_owned()),
        epoch: (Instant::now(), SystemTime::now()),
        seed: sip_tokio::seed(),
    }
}

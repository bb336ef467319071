//! A server and user agents over real loopback sockets.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use sip_digest::{Algorithm, Ha1, Password};
use sip_message::{Aor, Transport, UriBuf};
use sip_server::{Change, Row, RowKey};
use sip_tokio::{
    Agent, BindError, Direction, Fault, Listen, Observer, ServeError, ServerHandle, Store, StoreError, Tap, bind, seed,
    serve,
};
use sip_transaction::{Destination, SentBy};
use sip_ua::{Content, Event, RegisterOptions, SubscribeOptions, UserAgent};
use tokio::time;

/// Nothing here takes this long.
const LONG: Duration = Duration::from_secs(20);

/// Long enough for what would go wrong to show.
const MOMENT: Duration = Duration::from_millis(300);

/// Rows in memory, shared with the test. A commit may fail, or wait until the test lets it.
#[derive(Clone, Default)]
struct Rows {
    rows: Arc<Mutex<BTreeMap<RowKey, Row>>>,
    gate: Option<Arc<Mutex<mpsc::Receiver<()>>>>,
    fails_to_load: bool,
    fails_to_commit: bool,
}

impl Rows {
    fn len(&self) -> usize {
        self.rows.lock().unwrap().len()
    }
}

impl Store for Rows {
    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        if self.fails_to_load {
            return Err(StoreError::new("no such file"));
        }
        Ok(self.rows.lock().unwrap().values().cloned().collect())
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        if let Some(gate) = &self.gate {
            // When the test is over the gate stays open.
            let _ = gate.lock().unwrap().recv();
        }
        if self.fails_to_commit {
            return Err(StoreError::new("disk full"));
        }
        let mut rows = self.rows.lock().unwrap();
        for change in changes {
            match change {
                Change::Delete(key) => drop(rows.remove(key)),
                Change::Put(row) => drop(rows.insert(row.key(), row.clone())),
                _ => panic!("an unknown change"),
            }
        }
        Ok(())
    }
}

/// Keeps what the server tells.
#[derive(Debug, Default)]
struct Log {
    messages: Mutex<Vec<(Direction, Transport, Bytes)>>,
    faults: Mutex<Vec<String>>,
    store_errors: Mutex<Vec<String>>,
    events: Mutex<Vec<sip_server::Event>>,
}

impl Tap for Log {
    fn message(&self, direction: Direction, _: SocketAddr, _: SocketAddr, transport: Transport, bytes: &Bytes) {
        let message = (direction, transport, bytes.clone());
        self.messages.lock().unwrap().push(message);
    }

    fn fault(&self, fault: &Fault) {
        self.faults.lock().unwrap().push(fault.to_string());
    }
}

impl Observer for Log {
    fn event(&self, event: &sip_server::Event) {
        self.events.lock().unwrap().push(event.clone());
    }

    fn store_failed(&self, error: &StoreError) {
        self.store_errors.lock().unwrap().push(error.to_string());
    }
}

fn sent_by(address: SocketAddr) -> Vec<SentBy> {
    let host = address.ip().to_string();
    let port = Some(address.port());
    let of = |transport| SentBy {
        transport,
        host: host.clone(),
        port,
    };
    vec![of(Transport::Udp), of(Transport::Tcp)]
}

fn config(address: SocketAddr) -> sip_server::Config {
    sip_server::Config {
        domains: vec!["example.test".to_owned()],
        realm: "example.test".to_owned(),
        contact: UriBuf::parse(format!("sip:{address}")).unwrap(),
        sent_by: sent_by(address),
        register: sip_server::Expiry::default(),
        subscribe: sip_server::Expiry::default(),
        publish: sip_server::Expiry::default(),
        algorithms: sip_digest::Algorithms::default(),
        qop_auth: true,
        nonce_lifetime: Duration::from_secs(300),
        nonce_key: seed(),
        server: None,
        epoch: (Instant::now(), SystemTime::now()),
        seed: seed(),
        limits: sip_server::Limits::default(),
    }
}

fn accounts(user: &str, realm: &str, algorithm: Algorithm) -> Option<Ha1> {
    let password = Password::new(format!("{user}pw"));
    ["alice", "bob"]
        .contains(&user)
        .then(|| Ha1::new(algorithm, user, realm, &password))
}

/// A server by UDP and TCP on one port.
async fn server(store: Rows, observer: Arc<Log>) -> (ServerHandle, SocketAddr) {
    let address = "127.0.0.1:0".parse().unwrap();
    let listen = [Transport::Udp, Transport::Tcp].map(|transport| Listen { transport, address });
    let sockets = bind(&listen).await.unwrap();
    let local = sockets.local()[0].1;
    assert_eq!(sockets.local()[1].1, local, "one port for both");
    (serve(sockets, config(local), accounts, store, observer), local)
}

async fn agent(user: &str, transport: Transport, server: SocketAddr) -> Agent {
    let make = |local: SocketAddr| sip_ua::Config {
        aor: aor(user),
        display_name: None,
        username: user.to_owned(),
        password: Password::new(format!("{user}pw")),
        server: Destination::Address {
            transport,
            remote: server,
        },
        contact: UriBuf::parse(format!("sip:{user}@{local};transport={}", transport.as_param())).unwrap(),
        sent_by: sent_by(local),
        user_agent: None,
        epoch: (Instant::now(), SystemTime::now()),
        seed: seed(),
    };
    Agent::start(transport, server, make, ()).await.unwrap()
}

fn aor(user: &str) -> Aor {
    Aor::new(user, "example.test").unwrap()
}

/// The next event that this finds something in.
async fn wait<T>(agent: &mut Agent, find: impl Fn(Event) -> Option<T>) -> T {
    let found = async {
        loop {
            let event = agent.event().await.expect("the agent runs");
            if let Event::Failed { failure, .. } = &event {
                panic!("{failure}");
            }
            if let Some(found) = find(event) {
                return found;
            }
        }
    };
    time::timeout(LONG, found).await.expect("the event in time")
}

async fn register(agent: &mut Agent) {
    agent
        .with(|machine, now| machine.register(now, RegisterOptions::default()))
        .await;
    wait(agent, |event| match event {
        Event::Registered { contacts, .. } => Some(contacts),
        _ => None,
    })
    .await;
}

async fn says(from: &mut Agent, to: &mut Agent, user: &str, text: &str) {
    let uri = aor(user).to_uri();
    from.with(|machine, now| machine.send_message(now, &uri, Content::Text(text.to_owned())))
        .await;
    let content = wait(to, |event| match event {
        Event::MessageReceived { content, .. } => Some(content),
        _ => None,
    })
    .await;
    assert_eq!(content, Content::Text(text.to_owned()));
    let sent = |event| matches!(event, Event::MessageSent { .. }).then_some(());
    wait(from, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_and_presence_over_udp_and_tcp() {
    let log = Arc::new(Log::default());
    let (server, address) = server(Rows::default(), log.clone()).await;
    let mut alice = agent("alice", Transport::Udp, address).await;
    let mut bob = agent("bob", Transport::Tcp, address).await;
    register(&mut alice).await;
    register(&mut bob).await;
    says(&mut alice, &mut bob, "bob", "by UDP, then TCP").await;
    says(&mut bob, &mut alice, "alice", "by TCP, then UDP").await;
    // More than a datagram should carry (RFC 3261 section 18.1.1) goes by TCP, and arrives all the same.
    let long = "0123456789".repeat(200);
    says(&mut alice, &mut bob, "bob", &long).await;
    says(&mut bob, &mut alice, "alice", &long).await;
    {
        let messages = log.messages.lock().unwrap();
        let by_tcp = messages.iter().any(|(direction, transport, bytes)| {
            let from_alice = bytes.windows(24).any(|part| part == b"From: <sip:alice@example");
            *direction == Direction::Received && *transport == Transport::Tcp && from_alice
        });
        assert!(by_tcp, "alice's long message came by TCP");
    }
    // Down the connection that bob has open.
    bob.with(|machine, now| machine.subscribe(now, &aor("alice"), SubscribeOptions::default()))
        .await;
    let state = wait(&mut bob, |event| match event {
        Event::Notified { state, document, .. } => document.map(|document| (state, document.is_ok())),
        _ => None,
    })
    .await;
    assert!(state.0.starts_with("active") && state.1, "{state:?}");
    // Once they are gone, a last NOTIFY may find nobody.
    assert_eq!(*log.faults.lock().unwrap(), Vec::<String>::new());
    alice.shutdown().await;
    bob.shutdown().await;
    server.shutdown().await.unwrap();
    let events = log.events.lock().unwrap();
    assert!(
        events
            .iter()
            .any(|event| matches!(event, sip_server::Event::Forwarded { .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_before_it_is_durable_and_shutdown_waits_for_it() {
    let (open, gate) = mpsc::channel();
    let store = Rows {
        gate: Some(Arc::new(Mutex::new(gate))),
        ..Rows::default()
    };
    let (server, address) = server(store.clone(), Arc::default()).await;
    let mut alice = agent("alice", Transport::Udp, address).await;
    let registered = time::timeout(MOMENT, register(&mut alice)).await;
    assert!(registered.is_err(), "registered before it was durable");
    let shutdown = tokio::spawn(server.shutdown());
    time::sleep(MOMENT).await;
    assert!(!shutdown.is_finished(), "ended before it was durable");
    assert_eq!(store.len(), 0);
    drop(open);
    time::timeout(LONG, shutdown).await.unwrap().unwrap().unwrap();
    assert!(store.len() > 0);
    // What was held back was sent before the sockets closed.
    let registered = |event| matches!(event, Event::Registered { .. }).then_some(());
    wait(&mut alice, registered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_outlive_the_server() {
    let store = Rows::default();
    let (first, address) = server(store.clone(), Arc::default()).await;
    let mut bob = agent("bob", Transport::Udp, address).await;
    register(&mut bob).await;
    first.shutdown().await.unwrap();
    let sockets = bind(&[Listen {
        transport: Transport::Udp,
        address,
    }])
    .await
    .expect("the port is free again");
    let second = serve(sockets, config(address), accounts, store, ());
    let mut alice = agent("alice", Transport::Udp, address).await;
    says(&mut alice, &mut bob, "bob", "still there?").await;
    second.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_ends_the_server() {
    let log = Arc::new(Log::default());
    let store = Rows {
        fails_to_commit: true,
        ..Rows::default()
    };
    let (mut failing, address) = server(store, log.clone()).await;
    let mut alice = agent("alice", Transport::Udp, address).await;
    assert!(
        time::timeout(MOMENT, failing.stopped()).await.is_err(),
        "nothing failed yet"
    );
    alice
        .with(|machine, now| machine.register(now, RegisterOptions::default()))
        .await;
    time::timeout(LONG, failing.stopped()).await.expect("an end");
    assert!(matches!(failing.shutdown().await, Err(ServeError::Commit(_))));
    assert_eq!(*log.store_errors.lock().unwrap(), ["store: disk full"]);
    let event = time::timeout(MOMENT, async {
        while let Some(event) = alice.event().await {
            assert!(!matches!(event, Event::Registered { .. }), "it is not durable");
        }
    });
    assert!(event.await.is_err(), "the agent goes on");

    let store = Rows {
        fails_to_load: true,
        ..Rows::default()
    };
    let (mut unloadable, _) = server(store, Arc::default()).await;
    time::timeout(LONG, unloadable.stopped()).await.expect("an end");
    let error = unloadable.shutdown().await.unwrap_err();
    assert!(matches!(error, ServeError::Load(_)), "{error}");
    assert!(error.to_string().contains("no such file"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_makes_no_server_is_told() {
    let sockets = bind(&[]).await.unwrap();
    let config = sip_server::Config {
        domains: Vec::new(),
        ..config("127.0.0.1:5060".parse().unwrap())
    };
    let error = serve(sockets, config, accounts, (), ()).shutdown().await.unwrap_err();
    assert!(matches!(error, ServeError::Config(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_handle_ends_the_server() {
    let (server, address) = server(Rows::default(), Arc::default()).await;
    drop(server);
    let free = async {
        let listen = Listen {
            transport: Transport::Tcp,
            address,
        };
        while bind(&[listen]).await.is_err() {
            time::sleep(Duration::from_millis(10)).await;
        }
    };
    time::timeout(LONG, free).await.expect("the port is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_shuts_down_waits_for_its_answers() {
    let store = Rows::default();
    let (server, address) = server(store.clone(), Arc::default()).await;
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut alice = agent("alice", transport, address).await;
        register(&mut alice).await;
        let bindings = |rows: &Rows| {
            let rows = rows.rows.lock().unwrap();
            let is_binding = |row: &&Row| matches!(row, Row::Binding(_));
            rows.values().filter(is_binding).count()
        };
        assert_eq!(bindings(&store), 1);
        alice.with(UserAgent::unregister).await;
        alice.shutdown().await;
        assert_eq!(bindings(&store), 0, "{transport}");
    }
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_agent_that_nobody_answers_ends_all_the_same() {
    let nobody = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let alice = agent("alice", Transport::Udp, nobody.local_addr().unwrap()).await;
    alice
        .with(|machine, now| machine.register(now, RegisterOptions::default()))
        .await;
    time::timeout(LONG, alice.shutdown()).await.expect("an end");
}

#[tokio::test]
async fn an_agent_cannot_start_without_its_server_by_tcp() {
    let address = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let make = |_: SocketAddr| -> sip_ua::Config { unreachable!("there is no connection") };
    let error = Agent::start(Transport::Tcp, address, make, ()).await.unwrap_err();
    assert!(matches!(error, BindError::Connect { .. }), "{error}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    let error = Agent::start(Transport::Ws, address, make, ()).await.unwrap_err();
    assert!(matches!(error, BindError::Unsupported(Transport::Ws)), "{error}");
}

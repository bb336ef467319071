use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sip_message::Transport;
use sip_ua::{Config, Event, Input, Output, UserAgent};
use tokio::{
    net::{TcpStream, UdpSocket},
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time,
};

use crate::{
    BindError, Limits, Listen, Sockets, bind,
    clock::{Timer, now},
    network::{Network, NetworkEvent},
    tap::Tap,
};

/// Events that wait for the application. While there are more, nothing is received: what peers send faster than the
/// application reads must not pile up here.
const EVENTS: usize = 256;

/// How long a shutdown waits for answers. On a network that works they take a round trip or two.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A user agent that runs: it owns the task that reads and writes its sockets. Dropping it ends it at once.
#[derive(Debug)]
pub struct Agent {
    machine: Arc<Shared>,
    events: mpsc::Receiver<Event>,
    local: SocketAddr,
    stop: oneshot::Sender<()>,
    task: Task,
}

/// The machine, which commands and the task take turns with, and the way to say that there was a command.
#[derive(Debug)]
struct Shared {
    machine: Mutex<UserAgent>,
    commanded: Notify,
}

/// Ends with its handle.
#[derive(Debug)]
struct Task(JoinHandle<()>);

impl Agent {
    /// Opens sockets and starts. `make` gets our address, as the server sees it on the same network, for the Contact
    /// and the Via.
    ///
    /// By UDP, that is a port on the address from which the server is reached; the same port takes TCP connections too,
    /// because requests too large for a datagram come by TCP (RFC 3261 section 18.2.1). By TCP, it is our end of a
    /// connection to the server, which is opened now; requests to us come down the same connection.
    ///
    /// # Errors
    /// When there is no such socket, or the server does not take the connection.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(
        transport: Transport,
        server: SocketAddr,
        make: impl FnOnce(SocketAddr) -> Config,
        tap: impl Tap,
    ) -> Result<Self, BindError> {
        let tap = Arc::new(tap);
        let (network, local) = match transport {
            Transport::Udp => {
                let sockets = bind_toward(server).await?;
                let local = sockets.local()[0].1;
                (Network::open(sockets, tap), local)
            }
            Transport::Tcp => {
                let limits = Limits::default();
                let mut network = Network::open(
                    Sockets {
                        bound: Vec::new(),
                        limits,
                    },
                    tap,
                );
                let fail = |source| BindError::Connect {
                    transport,
                    address: server,
                    source,
                };
                let connecting = time::timeout(limits.connect, TcpStream::connect(server));
                let stream = connecting.await.unwrap_or_else(|late| Err(late.into())).map_err(fail)?;
                let flow = network.adopt(stream).map_err(fail)?;
                (network, flow.local)
            }
            other => return Err(BindError::Unsupported(other)),
        };
        let machine = Arc::new(Shared {
            machine: Mutex::new(UserAgent::new(make(local))),
            commanded: Notify::new(),
        });
        let (sender, events) = mpsc::channel(EVENTS);
        let (stop, stopping) = oneshot::channel();
        let driver = Driver {
            shared: machine.clone(),
            network,
            events: sender,
            untold: VecDeque::new(),
        };
        Ok(Self {
            machine,
            events,
            local,
            stop,
            task: Task(tokio::spawn(driver.run(stopping))),
        })
    }

    /// The address that `start` handed to `make`.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Runs a command on the machine, with the time. What the machine then wants to send is sent without a wait for
    /// the next event.
    pub async fn with<T>(&self, command: impl FnOnce(&mut UserAgent, Instant) -> T + Send) -> T {
        let result = command(&mut self.machine.lock(), now());
        self.machine.commanded.notify_one();
        result
    }

    /// The next event. `None` when the task has ended, which only a panic does before `shutdown`. Dropping the future
    /// before it resolves loses nothing.
    pub async fn event(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Waits a moment for the answers to what was asked, while nobody reads events any more; then closes all sockets.
    pub async fn shutdown(self) {
        let Self {
            events, stop, mut task, ..
        } = self;
        drop(events);
        // Dropping it tells the task as well as a value would.
        drop(stop);
        // An error is a panic in the task, which it has reported.
        let _ = (&mut task.0).await;
    }
}

/// UDP and TCP sockets with one port, on the address that the system would send to `server` from.
async fn bind_toward(server: SocketAddr) -> Result<Sockets, BindError> {
    let unspecified: SocketAddr = match server {
        SocketAddr::V4(_) => ([0; 4], 0).into(),
        SocketAddr::V6(_) => ([0; 16], 0).into(),
    };
    let route = async {
        let probe = UdpSocket::bind(unspecified).await?;
        // Sends nothing: it looks up the route.
        probe.connect(server).await?;
        probe.local_addr()
    };
    let mut address = route.await.map_err(|source| BindError::Connect {
        transport: Transport::Udp,
        address: server,
        source,
    })?;
    address.set_port(0);
    bind(&[Transport::Udp, Transport::Tcp].map(|transport| Listen { transport, address })).await
}

impl Shared {
    /// A command that panicked has left the machine as it was between two of its own steps.
    fn lock(&self) -> MutexGuard<'_, UserAgent> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The task that moves what goes in and out of the machine.
struct Driver {
    shared: Arc<Shared>,
    network: Network,
    events: mpsc::Sender<Event>,
    untold: VecDeque<Event>,
}

impl Driver {
    async fn run(mut self, mut stopping: oneshot::Receiver<()>) {
        let mut timer = Timer::new();
        let mut give_up: Option<time::Instant> = None;
        loop {
            let (due, idle) = self.drain();
            timer.set(due);
            if give_up.is_some_and(|at| idle || at <= time::Instant::now()) {
                break;
            }
            tokio::select! {
                event = self.network.next(), if self.untold.is_empty() => {
                    self.shared.lock().handle_input(now(), match event {
                        NetworkEvent::Received { message, flow } => Input::Received { message, flow },
                        NetworkEvent::SendFailed { to } => Input::SendFailed { to },
                    });
                }
                room = self.events.reserve(), if !self.untold.is_empty() => match room {
                    Ok(room) => {
                        if let Some(event) = self.untold.pop_front() {
                            room.send(event);
                        }
                    }
                    // The application does not want them.
                    Err(_) => self.untold.clear(),
                },
                () = self.shared.commanded.notified() => {}
                () = timer.rings() => self.shared.lock().handle_input(now(), Input::Timeout),
                _ = &mut stopping, if give_up.is_none() => give_up = Some(time::Instant::now() + LAST_ANSWERS),
                () = time::sleep_until(give_up.unwrap_or_else(time::Instant::now)), if give_up.is_some() => {}
            }
        }
        self.network.close().await;
    }

    /// Sends what the machine wants sent. When it wants to be called again, and whether it waits for nothing.
    fn drain(&mut self) -> (Option<Instant>, bool) {
        let mut machine = self.shared.lock();
        while let Some(output) = machine.poll_output() {
            match output {
                Output::Event(event) => self.untold.push_back(event),
                Output::Transmit { bytes, to } => self.network.send(bytes, to),
            }
        }
        (machine.poll_timeout(), machine.is_idle())
    }
}

use std::{collections::VecDeque, io, sync::Arc, time::Duration};

use sip_digest::{Algorithm, Ha1};
use sip_server::{Config, Event, Input, InvalidConfig, Output, Server};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle},
    time,
};

use crate::{
    Sockets,
    clock::{Timer, now},
    network::{Network, NetworkEvent},
    store::{Reply, Store, StoreError, StoreThread},
    tap::Tap,
};

/// Commits that may wait for the store. While there are more, nothing is received: what peers send faster than the disk
/// takes it must not pile up here.
const COMMITS: usize = 16_384;

/// How long a shutdown waits for the store. A disk that takes longer for a last sync is not working.
const LAST_COMMIT: Duration = Duration::from_secs(30);

/// Who the users are.
///
/// A closure is one too: `|user: &str, realm: &str, algorithm| accounts.get(user).cloned()`.
pub trait Accounts: Send + 'static {
    /// H(user:realm:password), by this algorithm; `None` when there is no such user, and any other HA1 where the user
    /// exists and has none for it. It is called by the task that does all else, so it is to be answered from memory.
    fn ha1(&mut self, user: &str, realm: &str, algorithm: Algorithm) -> Option<Ha1>;
}

impl<F> Accounts for F
where
    F: FnMut(&str, &str, Algorithm) -> Option<Ha1> + Send + 'static,
{
    fn ha1(&mut self, user: &str, realm: &str, algorithm: Algorithm) -> Option<Ha1> {
        self(user, realm, algorithm)
    }
}

/// Sees what a server does. `()` sees nothing.
pub trait Observer: Tap {
    /// The server did something.
    fn event(&self, event: &Event) {
        let _ = event;
    }

    /// The store did not take changes. What waited for them is not said to anyone, and the server ends.
    fn store_failed(&self, error: &StoreError) {
        let _ = error;
    }
}

impl Observer for () {}

impl<T: Observer + ?Sized> Observer for Arc<T> {
    fn event(&self, event: &Event) {
        (**self).event(event);
    }

    fn store_failed(&self, error: &StoreError) {
        (**self).store_failed(error);
    }
}

/// Why a server ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The store did not take changes. What is in memory is ahead of it from then on, so the server ended; the next one
    /// begins with what is durable.
    #[error("changes could not be made durable: {0}")]
    Commit(#[source] StoreError),
    /// The configuration makes no server.
    #[error("configuration: {0}")]
    Config(#[source] InvalidConfig),
    /// The rows of earlier runs could not be read.
    #[error("the stored state cannot be loaded: {0}")]
    Load(#[source] StoreError),
    /// The server's task panicked.
    #[error("the server's task panicked: {0}")]
    Panicked(String),
    /// The store panicked.
    #[error("the store panicked")]
    Store,
    /// At the end, the store did not make the last changes durable in time. They are lost.
    #[error("the last {0} commits did not become durable within 30 seconds")]
    StoreTimeout(
        /// How many commits are lost.
        usize,
    ),
    /// No thread could be started for the store.
    #[error("no thread for the store: {0}")]
    Thread(#[source] io::Error),
}

/// A server that runs. Dropping the handle shuts it down too, in the background.
#[derive(Debug)]
pub struct ServerHandle {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
    // How the task ended, once that is known.
    end: Option<Result<(), ServeError>>,
}

/// Runs a server on sockets.
///
/// It first loads what the store has; what peers send meanwhile waits. Sockets and connections have tasks of their own,
/// the store has a thread, and one task owns the machine and does what it says. What ends the server,
/// [`ServerHandle::shutdown`] tells.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn serve(
    sockets: Sockets,
    config: Config,
    accounts: impl Accounts,
    store: impl Store,
    observer: impl Observer,
) -> ServerHandle {
    let (stop, stopping) = oneshot::channel();
    let observer = Arc::new(observer);
    let network = Network::open(sockets, observer.clone());
    let task = tokio::spawn(async move {
        let mut server = Server::new(config).map_err(ServeError::Config)?;
        let mut store = StoreThread::start(store).map_err(ServeError::Thread)?;
        let rows = match store.next().await {
            Some(Reply::Loaded(rows)) => rows.map_err(ServeError::Load)?,
            _ => return Err(ServeError::Store),
        };
        server.restore(now(), rows);
        let driver = Driver {
            server,
            accounts,
            observer,
            network,
            store,
            answers: VecDeque::new(),
        };
        driver.run(stopping).await
    });
    ServerHandle { stop, task, end: None }
}

impl ServerHandle {
    /// Takes no more requests, waits until what was taken is durable and said, and closes all sockets and the store.
    ///
    /// # Errors
    /// What ended the server before, or kept the last changes from becoming durable.
    pub async fn shutdown(self) -> Result<(), ServeError> {
        if let Some(end) = self.end {
            return end;
        }
        // When nobody listens, the task has ended by itself: that is told next.
        let _ = self.stop.send(());
        flatten(self.task.await)
    }

    /// Resolves when the server has ended by itself; [`Self::shutdown`] then tells why. Dropping the future before it
    /// resolves loses nothing.
    pub async fn stopped(&mut self) {
        if self.end.is_none() {
            self.end = Some(flatten((&mut self.task).await));
        }
    }
}

fn flatten(result: Result<Result<(), ServeError>, JoinError>) -> Result<(), ServeError> {
    result.unwrap_or_else(|error| Err(ServeError::Panicked(panic_text(error))))
}

fn panic_text(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic
                .downcast_ref::<&str>()
                .map_or_else(String::new, |text| (*text).to_owned()),
        },
        Err(error) => error.to_string(),
    }
}

/// The task that owns the machine.
struct Driver<A, O> {
    server: Server,
    accounts: A,
    observer: Arc<O>,
    network: Network,
    store: StoreThread,
    // Answers to the server's questions, which it gets once its outputs are drained.
    answers: VecDeque<Input>,
}

impl<A: Accounts, O: Observer> Driver<A, O> {
    async fn run(mut self, mut stopping: oneshot::Receiver<()>) -> Result<(), ServeError> {
        self.drain();
        let mut timer = Timer::new();
        loop {
            timer.set(self.server.poll_timeout());
            let input = tokio::select! {
                _ = &mut stopping => return self.close().await,
                reply = self.store.next() => self.replied(reply)?,
                event = self.network.next(), if self.store.waiting() < COMMITS => Some(match event {
                    NetworkEvent::Received { message, flow } => Input::Received { message, flow },
                    NetworkEvent::SendFailed { to } => Input::SendFailed { to },
                }),
                () = timer.rings() => Some(Input::Timeout),
            };
            if let Some(input) = input {
                self.handle(input);
            }
        }
    }

    fn handle(&mut self, input: Input) {
        let now = now();
        self.server.handle_input(now, input);
        self.drain();
        while let Some(answer) = self.answers.pop_front() {
            self.server.handle_input(now, answer);
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Commit { id, changes } => self.store.commit(id, changes),
                Output::Event(event) => self.observer.event(&event),
                Output::LookupCredentials {
                    id,
                    user,
                    realm,
                    algorithm,
                } => {
                    let ha1 = self.accounts.ha1(&user, &realm, algorithm);
                    self.answers.push_back(Input::Credentials { id, ha1 });
                }
                Output::Transmit { bytes, to } => self.network.send(bytes, to),
                _ => {}
            }
        }
    }

    fn replied(&self, reply: Option<Reply>) -> Result<Option<Input>, ServeError> {
        match reply {
            Some(Reply::Committed { last, .. }) => Ok(Some(Input::Committed(last))),
            Some(Reply::Failed(error)) => {
                self.observer.store_failed(&error);
                Err(ServeError::Commit(error))
            }
            Some(Reply::Loaded(_)) => Ok(None),
            None => Err(ServeError::Store),
        }
    }

    /// What was taken is made durable and said; then everything is closed.
    async fn close(mut self) -> Result<(), ServeError> {
        let result = time::timeout(LAST_COMMIT, self.finish()).await;
        self.network.close().await;
        match result {
            Ok(Ok(())) => {
                self.store.close().await;
                Ok(())
            }
            Ok(error) => error,
            Err(_) => Err(ServeError::StoreTimeout(self.store.waiting())),
        }
    }

    async fn finish(&mut self) -> Result<(), ServeError> {
        while self.store.waiting() > 0 {
            let reply = self.store.next().await;
            if let Some(input) = self.replied(reply)? {
                self.handle(input);
            }
        }
        Ok(())
    }
}

use std::{
    io,
    time::{Duration, Instant},
};

use crate::failure::Failure;

/// Wrappers such as `timeout` and `cargo run` pass a Ctrl-C on that the terminal has already sent to the whole process
/// group. A signal so soon after another is the same one.
const ECHO: Duration = Duration::from_millis(300);

/// The terminal has another size.
#[derive(Debug)]
pub(crate) struct Resizes {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Resizes {
    #[cfg(unix)]
    pub(crate) fn new() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};

        let signal = signal(SignalKind::window_change())
            .map_err(|error| Failure::transport(format!("cannot wait for signals: {error}")))?;
        Ok(Self { signal })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail where there are signals")]
    pub(crate) fn new() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Resolves at the next one. Dropping the future before it resolves loses nothing.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

/// What a user ends the program with: Ctrl-C, and SIGTERM where there is such a thing.
#[derive(Debug)]
pub(crate) struct Signals {
    last: Option<Instant>,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on: the signals do not kill the process any more.
    pub(crate) fn new() -> Result<Self, Failure> {
        Self::listen().map_err(|error| Failure::transport(format!("cannot wait for Ctrl-C: {error}")))
    }

    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            last: None,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail where there are signals")]
    fn listen() -> io::Result<Self> {
        Ok(Self { last: None })
    }

    /// Resolves at the next one. Dropping the future before it resolves loses nothing.
    pub(crate) async fn next(&mut self) {
        loop {
            self.any().await;
            if self.last.is_none_or(|last| last.elapsed() > ECHO) {
                self.last = Some(Instant::now());
                return;
            }
        }
    }

    #[cfg(unix)]
    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn any(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

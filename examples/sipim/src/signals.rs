use std::{
    io,
    time::{Duration, Instant},
};

use crate::failure::Failure;

/// Wrappers such as `timeout` and `cargo run` pass a Ctrl-C on that the terminal has already sent to the whole process
/// group. A signal so soon after another is the same one.
const ECHO: Duration = Duration::from_millis(300);

/// For how long a process runs on at most that is being stopped.
#[cfg(unix)]
const SETTLES: Duration = Duration::from_millis(100);

/// What the terminal, and the shell that shares it, tell a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Notice {
    /// The terminal has another size.
    Resized,
    /// The program goes on, after it was stopped.
    Resumed,
    /// The program is to stop: Ctrl-Z.
    Suspended,
}

/// All notices of one kind.
#[derive(Debug)]
pub(crate) struct Notices {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Notices {
    /// Listens from now on: Ctrl-Z by itself does not stop the process any more.
    #[cfg(unix)]
    pub(crate) fn of(notice: Notice) -> Result<Self, Failure> {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};

        let number = match notice {
            Notice::Resized => Signal::WINCH,
            Notice::Resumed => Signal::CONT,
            Notice::Suspended => Signal::TSTP,
        };
        let signal = signal(SignalKind::from_raw(number.as_raw()))
            .map_err(|error| Failure::transport(format!("cannot wait for signals: {error}")))?;
        Ok(Self { signal })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail where there are signals")]
    pub(crate) fn of(_: Notice) -> Result<Self, Failure> {
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

/// Stops the process, and resolves when it goes on.
#[cfg(unix)]
pub(crate) async fn stop(resumed: &mut Notices) {
    use rustix::process::{Signal, getpid, kill_process};

    // SIGTSTP is heard and does nothing more. SIGTTOU is like it, and other than SIGSTOP stops no process that has no
    // shell to let it go on, as in a terminal that was opened for it alone.
    let _ = kill_process(getpid(), Signal::TTOU);
    let _ = tokio::time::timeout(SETTLES, resumed.next()).await;
}

/// Nobody is told to stop here.
#[cfg(not(unix))]
pub(crate) async fn stop(resumed: &mut Notices) {
    resumed.next().await;
}

/// What a user ends the program with: Ctrl-C, and SIGTERM where there is such a thing.
#[derive(Debug)]
pub(crate) struct Signals {
    last: Option<Instant>,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(not(unix))]
    interrupt: tokio::signal::windows::CtrlC,
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
    fn listen() -> io::Result<Self> {
        Ok(Self {
            last: None,
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
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
        if self.interrupt.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

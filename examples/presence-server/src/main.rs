//! The server as a program: flags, sockets, store, signals.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use presence_server::{Banner, ConfigError, EXAMPLE, Flags, Log, Running, Settings, start};
use tokio::runtime::Runtime;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // Prints what is wrong and exits with 2 on errors of usage.
    let flags = Flags::parse();
    if flags.print_config {
        say(EXAMPLE);
        return ExitCode::SUCCESS;
    }
    match run(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "presence-server: {error}");
            let usage = matches!(error.downcast_ref(), Some(ConfigError::Flag { .. }));
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(flags: Flags) -> Result<(), Failure> {
    let settings = Settings::from_flags(flags)?;
    Runtime::new()?.block_on(async {
        let mut signals = Signals::new()?;
        let mut running = start(&settings, Log::stderr(settings.log_level)).await?;
        say(&Banner::new(&settings, running.local()).to_string());
        tokio::select! {
            name = signals.next() => {
                say(&format!("{name}: stopping\n"));
                stop(running, &mut signals).await
            }
            // It ended by itself, and says why when it is shut down.
            () = running.stopped() => Ok(running.shutdown().await?),
        }
    })
}

/// Ends cleanly, unless a second signal says not to wait for that.
async fn stop(running: Running, signals: &mut Signals) -> Result<(), Failure> {
    tokio::select! {
        result = running.shutdown() => result?,
        name = signals.next() => return Err(format!("{name} again: stopped without waiting").into()),
    }
    say("stopped cleanly\n");
    Ok(())
}

/// Writes to standard output, which may be closed: nobody reads it then.
fn say(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

/// What an operator ends the server with.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn next(&mut self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "Ctrl-C",
            Err(_) => std::future::pending().await,
        }
    }
}

//! The paper, played: a presence server and two user agents over real UDP sockets on this machine.
//!
//! Every flow is drawn as a ladder out of the messages that passed, and every step is checked against what the RFC says
//! it must be. The exit code is 0 only when all of it happened.

mod capture;
mod cast;
mod checks;
mod ladder;
mod paper;
mod reading;
mod rules;
mod scenes;
mod screen;
mod stage;
mod tables;
mod text;

use std::{process::ExitCode, time::Instant};

use clap::Parser;

use cast::{Cast, Stop};
use screen::{Line, Screen, Style, rule};
use stage::Stage;

/// A presence server and two user agents play the paper over loopback: who watches whom, who writes to whom.
#[derive(Debug, Parser)]
#[command(name = "quickstart", version)]
struct Flags {
    /// Print every message whole
    #[arg(short, long)]
    verbose: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let started = Instant::now();
    let mut screen = Screen::stdout();
    match play(flags.verbose).await {
        Ok((checks, outcome)) => {
            let title = Line::of(Style::Bold, "The paper's system, row by row");
            let mut lines = vec![Line::new(), Line::new(), title, rule(), Line::new()];
            lines.extend(checks.summary());
            let rest = "  P13, P15 and P16 are the graphical user agent, and what the paper announces as next.";
            lines.extend([Line::of(Style::Dim, rest), Line::new()]);
            let is_good = outcome.is_ok() && checks.all_right();
            if let Err(stop) = outcome {
                lines.push(Line::of(Style::Bad, format!("  stopped: {stop}")));
            }
            let seconds = started.elapsed().as_secs_f64();
            let counts = format!(
                "  {} checks, {} failed, in {seconds:.1} s",
                checks.count(),
                checks.failures()
            );
            lines.push(Line::of(if is_good { Style::Good } else { Style::Bad }, counts));
            screen.print_all(&lines);
            if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(stop) => {
            screen.print_all(&[Line::of(Style::Bad, format!("quickstart: {stop}"))]);
            ExitCode::FAILURE
        }
    }
}

/// Plays all scenes. Fails when they could not even begin.
async fn play(verbose: bool) -> Result<(checks::Checks, Result<(), Stop>), Stop> {
    let cast = Cast::start().await?;
    let mut stage = Stage::new(cast, Screen::stdout(), verbose);
    let played = scenes::play(&mut stage).await;
    let (checks, closed) = stage.close().await;
    Ok((checks, played.and(closed)))
}

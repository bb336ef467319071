//! SIP presence and instant messages from the command line.

mod address;
mod chat;
mod cli;
mod commands;
mod failure;
mod input;
mod output;
mod password;
mod session;
mod signals;
mod trace;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use crate::{cli::Cli, failure::Failure, output::Output};

fn main() -> ExitCode {
    // Prints what is wrong and exits with 2 on errors of usage.
    let cli = Cli::parse();
    let mut output = Output::stdout(cli.common.json);
    match commands::run(cli, &mut output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&mut output, &failure);
            failure.exit_code()
        }
    }
}

/// Where nobody reads any more, there is nobody to tell.
fn tell(output: &mut Output, failure: &Failure) {
    let _ = output.failed(failure);
    if !failure.is_closed_output() {
        let _ = writeln!(io::stderr(), "sipim: {failure}");
    }
}

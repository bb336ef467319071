//! Runs one operation over one message, for valgrind to count its instructions: `instructions OPERATION MESSAGE TIMES`.
//! `instructions.sh` runs it for all of them and makes a table.

use std::{env, hint::black_box, process::ExitCode};

use bytes::Bytes;
use sip_benches::{MESSAGES, Parts, Unseen, ours};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [operation, name, times] = arguments.as_slice() else {
        return usage();
    };
    let Some((_, bytes)) = MESSAGES.iter().find(|(message, _)| message == name) else {
        return usage();
    };
    let Ok(times) = times.parse() else {
        return usage();
    };
    // All is made ready whatever the operation, so that runs differ in the operation only.
    let bytes = Bytes::copy_from_slice(bytes);
    let message = ours::parse(&bytes);
    let parts = Parts::of(&message);
    let run: &dyn Fn() = match operation.as_str() {
        "parse" => &|| drop(black_box(ours::parse(black_box(&bytes)))),
        "parse-typed" => &|| {
            let message = ours::parse(black_box(&bytes));
            ours::typed(&message, &mut Unseen);
            drop(black_box(message));
        },
        "build" => &|| drop(black_box(black_box(&parts).write())),
        "response" => &|| drop(black_box(ours::respond(black_box(&message)))),
        "proxy" => &|| drop(black_box(ours::relay(black_box(&message)))),
        _ => return usage(),
    };
    for _ in 0..times {
        run();
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "this is a program")]
fn usage() -> ExitCode {
    eprintln!("instructions parse|parse-typed|build|response|proxy MESSAGE TIMES");
    ExitCode::FAILURE
}

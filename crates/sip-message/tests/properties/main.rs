//! What holds for every message, URI and stream, not only for those in the examples.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bodies;
mod headers;
mod messages;
mod strategies;
#[path = "../support/mod.rs"]
mod support;
mod uris;

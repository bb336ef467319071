//! The server machine, spoken to in bytes under a hand-made clock.
#![expect(clippy::disallowed_methods, reason = "a test's clock has to begin somewhere")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;
mod hostile;
mod requests;
mod state;

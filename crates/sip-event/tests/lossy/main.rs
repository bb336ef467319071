//! Both ends of each machine pair, joined by a network that delays, reorders and loses under a virtual clock.
#![expect(
    clippy::disallowed_methods,
    reason = "an instant can only be had from the clock; the tests move it by hand"
)]
#![expect(clippy::unwrap_used, reason = "what a test makes by hand is well-formed")]

mod network;
mod publication;
mod subscription;

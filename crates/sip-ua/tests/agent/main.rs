//! A user agent and its peers, message by message, under a clock that the test moves.
#![expect(clippy::disallowed_methods, reason = "the virtual clock starts at some instant")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod authentication;
mod composing;
mod dispositions;
mod hostile;
mod messages_in;
mod messages_out;
mod notifications;
mod publication;
mod registration;
mod script;
mod subscription;

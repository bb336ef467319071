//! isComposing (RFC 3994): the other side is told that a message is being written.
//!
//! [`IsComposing`] is the document. [`Composer`] is the state machine of the one who writes, [`Receiver`] that of the one
//! who is to read; a conversation has one of each on both sides.
//!
//! ```
//! use cpim::{
//!     Limits,
//!     is_composing::{Composer, ComposerConfig, ComposerOutput, Receiver, ReceiverInput, State},
//! };
//! use std::time::{Duration, Instant};
//!
//! let now = Instant::now();
//! let mut composer = Composer::new(ComposerConfig::default());
//! let mut receiver = Receiver::new(Limits::default());
//!
//! composer.composing(now);
//! let Some(ComposerOutput::Send(message)) = composer.poll_output() else { panic!("she writes") };
//! receiver.handle_input(now, ReceiverInput::Status(&message));
//! assert_eq!(receiver.state(), State::Active);
//!
//! // She stops for 15 seconds.
//! let later = now + Duration::from_secs(15);
//! assert_eq!(composer.poll_timeout(), Some(later));
//! ```
//!
//! Page mode should send these only in reply to an earlier message (section 7): whether somebody writes is private.
//! They travel as [`MEDIA_TYPE`], bare or in a [`Message`](crate::Message) where a server passes them on (section 3.5).

mod composer;
mod document;
mod receiver;

pub use self::{
    composer::{Composer, ComposerConfig, ComposerInput, ComposerOutput},
    document::{IsComposing, State},
    receiver::{Receiver, ReceiverInput, ReceiverOutput},
};

/// The media type of an isComposing document (RFC 3994 section 8.1).
pub const MEDIA_TYPE: &str = "application/im-iscomposing+xml";

//! The bodies of the fuzz targets. Each takes what the network may bring and asserts what must hold for it.
#![forbid(unsafe_code)]

mod documents;
mod message;
mod related;
mod stream;

pub use documents::{cpim, digest, pidf};
pub use message::parse_message;
pub use related::{patch, related};
pub use stream::stream;

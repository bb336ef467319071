//! The bodies of the fuzz targets. Each takes what the network may bring and asserts what must hold for it.
#![forbid(unsafe_code)]

mod digest;
mod documents;
mod message;
mod stream;

pub use digest::{digest, digest_verify};
pub use documents::{cpim, pidf};
pub use message::parse_message;
pub use stream::stream;

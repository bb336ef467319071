//! The bodies of the fuzz targets. Each takes what the network may bring and asserts what must hold for it.
#![forbid(unsafe_code)]

mod build;
mod differential;
mod digest;
mod documents;
mod message;
mod messaging;
mod multipart;
mod related;
mod stream;
mod uri;

pub use build::build_message;
pub use differential::{Comparison, Difference, compare, differential};
pub use digest::{digest, digest_verify};
pub use documents::{cpim, pidf};
pub use message::parse_message;
pub use messaging::{deflate, imdn, iscomposing};
pub use multipart::multipart;
pub use related::{patch, related};
pub use stream::stream;
pub use uri::uri;

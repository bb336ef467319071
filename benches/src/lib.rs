//! What the measurements share: the messages, the values that every codec is asked for, and our own codec doing each of
//! the operations that are measured. The peers are beside their benchmark, in `benches/peers`.

pub mod digest;
mod fields;
pub mod ours;
mod parts;

pub use fields::{Field, Sink, Unseen};
pub use parts::Parts;

/// The messages of `messages/` by name.
pub const MESSAGES: [(&str, &[u8]); 8] = [
    ("invite", include_bytes!("../messages/invite.sip")),
    ("message", include_bytes!("../messages/message.sip")),
    ("message-cpim", include_bytes!("../messages/message-cpim.sip")),
    ("notify", include_bytes!("../messages/notify.sip")),
    ("ok", include_bytes!("../messages/ok.sip")),
    ("register", include_bytes!("../messages/register.sip")),
    ("subscribe", include_bytes!("../messages/subscribe.sip")),
    ("unauthorized", include_bytes!("../messages/unauthorized.sip")),
];

/// The tag that responses get.
pub const TO_TAG: &str = "as7d900as8";

/// The host of the proxy's Via.
pub const PROXY_HOST: &str = "proxy.example.test";

/// The port of the proxy's Via.
pub const PROXY_PORT: u16 = 5060;

/// The branch of the proxy's Via.
pub const PROXY_BRANCH: &str = "z9hG4bK2d4790";

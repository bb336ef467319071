use std::{
    fmt,
    time::{Instant, SystemTime},
};

use sip_digest::Password;
use sip_message::{Aor, UriBuf};
use sip_transaction::{Destination, SentBy};

/// How a [`UserAgent`](crate::UserAgent) is set up.
#[derive(Clone)]
pub struct Config {
    /// Who the user is: From and To of REGISTER and PUBLISH, From of everything else.
    pub aor: Aor,
    /// The name beside the address in From. Control characters in it are sent as spaces.
    pub display_name: Option<String>,
    /// The user name for digest authentication.
    pub username: String,
    /// The password for digest authentication.
    pub password: Password,
    /// Where every request goes, and how: the outbound proxy, which is the presence server.
    pub server: Destination,
    /// Where requests reach this user agent, as `sip:alice@192.0.2.1:5070;transport=udp`.
    pub contact: UriBuf,
    /// What Via says, per transport.
    pub sent_by: Vec<SentBy>,
    /// User-Agent of requests and Server of responses; no such headers when `None`. Control characters in it are sent
    /// as spaces.
    pub user_agent: Option<String>,
    /// An instant and the calendar time at it, for the Date of messages.
    pub epoch: (Instant, SystemTime),
    /// Where every random value comes from: tags, Call-IDs, branches, client nonces. Never use one twice.
    pub seed: [u8; 32],
}

/// Without the seed: who knows it knows every tag and branch to come.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("aor", &self.aor)
            .field("display_name", &self.display_name)
            .field("username", &self.username)
            .field("password", &self.password)
            .field("server", &self.server)
            .field("contact", &self.contact)
            .field("sent_by", &self.sent_by)
            .field("user_agent", &self.user_agent)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// What [`UserAgent::register`](crate::UserAgent::register) asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterOptions {
    /// For how long, in seconds. The registrar may grant less, or ask for more.
    pub expires: u32,
    /// The methods that this contact says it takes (RFC 3840 section 9), as `MESSAGE`. Empty: it says nothing, and so
    /// takes any.
    pub methods: Vec<String>,
}

impl Default for RegisterOptions {
    /// An hour (RFC 3261 section 10.2.1.1 leaves the choice), and nothing said of methods.
    fn default() -> Self {
        Self {
            expires: 3600,
            methods: Vec::new(),
        }
    }
}

/// What [`UserAgent::publish`](crate::UserAgent::publish) asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// For how long, in seconds.
    pub expires: u32,
    /// The spelling of the document.
    pub format: pidf::Format,
}

impl Default for PublishOptions {
    /// An hour (RFC 3856 section 6.4), as `application/pidf+xml`.
    fn default() -> Self {
        Self {
            expires: 3600,
            format: pidf::Format::Pidf,
        }
    }
}

/// What [`UserAgent::subscribe`](crate::UserAgent::subscribe) asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeOptions {
    /// The event package.
    pub package: String,
    /// The media types that are read, the best first. Empty: no Accept header, which means the package's default.
    pub accept: Vec<String>,
    /// For how long, in seconds; 0 fetches the state once. `None`: no Expires header, which means the package's
    /// default.
    pub expires: Option<u32>,
}

impl Default for SubscribeOptions {
    /// Presence, in both spellings of its document, for as long as the package says.
    fn default() -> Self {
        Self {
            package: "presence".to_owned(),
            accept: vec![pidf::MEDIA_TYPE.to_owned(), pidf::MEDIA_TYPE_CPIM_PIDF.to_owned()],
            expires: None,
        }
    }
}

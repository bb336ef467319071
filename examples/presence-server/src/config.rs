//! What the server is started with, from a TOML file and from flags.

mod error;
mod file;
mod flags;
mod users;
mod values;

pub use error::ConfigError;
pub use flags::Flags;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use sip_digest::{Algorithm, Algorithms};
use sip_message::Transport;
use sip_server::Expiry;
use sip_tokio::Listen;
use toml::Spanned;

use crate::{Accounts, Level, StoreLocation};
use error::Source;
use file::FileSettings;

/// The example file: every key, with its meaning and its default.
pub const EXAMPLE: &str = include_str!("../presence-server.toml");

/// For how long a nonce may be used when nothing is said. Longer than the interval at which clients refresh NAT
/// bindings, so that most requests need no new challenge; short enough that a captured one is soon worthless.
const NONCE_LIFETIME: Duration = Duration::from_secs(300);

/// Everything that the server is started with. The default serves the demo accounts at `example.test` on
/// 127.0.0.1:5060, with a store in `presence.sqlite`.
///
/// ```
/// use presence_server::{Settings, StoreLocation};
///
/// let settings = Settings::from_toml("store = ':memory:'\n[subscribe]\nmax = 600\n", "inline")?;
/// assert_eq!(settings.store, StoreLocation::Memory);
/// assert_eq!(settings.subscribe.default, 600);
///
/// let error = Settings::from_toml("\nlog_level = 'loud'\n", "inline").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "inline: line 2, column 13: expected error, warn, info, debug or trace"
/// );
/// # Ok::<(), presence_server::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// The host name or address at which clients reach the server; without it, the addresses of `listen`.
    pub advertise: Option<String>,
    /// The domains whose users are served, at least one.
    pub domains: Vec<String>,
    /// The users, and the realm that they authenticate in.
    pub accounts: Accounts,
    /// Bounds of registrations.
    pub register: Expiry,
    /// Bounds of subscriptions.
    pub subscribe: Expiry,
    /// Bounds of publications.
    pub publish: Expiry,
    /// Where rows are kept.
    pub store: StoreLocation,
    /// What is logged.
    pub log_level: Level,
    /// The algorithms of digest authentication, with a challenge for each, the most preferred first.
    pub algorithms: Algorithms,
    /// Whether challenges offer `qop="auth"`.
    pub qop_auth: bool,
    /// For how long a nonce may be used.
    pub nonce_lifetime: Duration,
}

impl Settings {
    /// The flags, and the file that they name. Flags win; a list of theirs replaces the file's.
    ///
    /// # Errors
    /// When the file cannot be read, or it or a flag has something wrong.
    pub fn from_flags(flags: Flags) -> Result<Self, ConfigError> {
        let Some(path) = &flags.config else {
            return merge(FileSettings::default(), flags, None);
        };
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Read {
            file: name.clone(),
            source,
        })?;
        let source = Source {
            name: &name,
            text: &text,
        };
        merge(FileSettings::parse(source)?, flags, Some(source))
    }

    /// A file's text. `name` stands for the file in errors.
    ///
    /// # Errors
    /// When something is wrong in it.
    pub fn from_toml(text: &str, name: &str) -> Result<Self, ConfigError> {
        let source = Source { name, text };
        merge(FileSettings::parse(source)?, Flags::default(), Some(source))
    }

    /// The first address to listen on that no client can be told, because it stands for every address of the machine
    /// and `advertise` is not set.
    #[must_use]
    pub fn needs_advertise(&self) -> Option<Listen> {
        if self.advertise.is_some() {
            return None;
        }
        self.listen
            .iter()
            .find(|listen| listen.address.ip().is_unspecified())
            .copied()
    }
}

impl Default for Settings {
    fn default() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 5060));
        let domain = "example.test";
        Self {
            listen: [Transport::Udp, Transport::Tcp]
                .map(|transport| Listen { transport, address })
                .into(),
            advertise: None,
            domains: vec![domain.to_owned()],
            accounts: Accounts::demo(domain),
            register: Expiry::default(),
            subscribe: Expiry::default(),
            publish: Expiry::default(),
            store: StoreLocation::File("presence.sqlite".into()),
            log_level: Level::Info,
            algorithms: Algorithms::default(),
            qop_auth: true,
            nonce_lifetime: NONCE_LIFETIME,
        }
    }
}

/// Flags over file over defaults.
fn merge(file: FileSettings, flags: Flags, source: Option<Source<'_>>) -> Result<Settings, ConfigError> {
    let defaults = Settings::default();
    let listen_in_file = flags.listen.is_empty();
    let domains = if flags.domain.is_empty() {
        file.domains.unwrap_or(defaults.domains)
    } else {
        flags.domain
    };
    let realm = flags
        .realm
        .or(file.realm)
        .or_else(|| domains.first().cloned())
        .unwrap_or_default();
    let algorithms = if flags.algorithm.is_empty() {
        file.algorithms.unwrap_or(defaults.algorithms)
    } else {
        Algorithms::new(flags.algorithm).map_err(|error| ConfigError::flag("--algorithm", error.to_string()))?
    };
    let place = |offset: Option<usize>, flag, message: String| match (source, offset) {
        (Some(source), Some(offset)) => source.error(offset, message),
        _ => ConfigError::flag(flag, message),
    };
    let qop_at = file
        .qop
        .as_ref()
        .map(|qop| qop.span().start)
        .filter(|_| flags.qop.is_none());
    let qop_auth = flags
        .qop
        .or(file.qop.map(Spanned::into_inner))
        .map_or(defaults.qop_auth, values::Qop::is_auth);
    // "A UAS MUST send qop" with those of RFC 8760 (section 2.6), and a session needs the cnonce that comes with it.
    if !qop_auth && algorithms.as_slice() != [Algorithm::Md5] {
        let message = "expected auth: without it there is no algorithm but MD5";
        return Err(place(qop_at, "--qop", message.to_owned()));
    }
    let file_accounts = source.map(|source| (source, file.accounts.as_slice()));
    let flag_accounts = (flags.account.as_slice(), flags.account_ha1.as_slice());
    let accounts = users::accounts(&realm, &algorithms, flag_accounts, file_accounts)?;
    let (listen, spans): (Vec<_>, Vec<_>) = if listen_in_file {
        file.listen.map_or_else(
            || (defaults.listen.clone(), Vec::new()),
            |listed| listed.into_iter().map(|one| (*one.get_ref(), one.span())).unzip(),
        )
    } else {
        (flags.listen, Vec::new())
    };
    let settings = Settings {
        listen,
        advertise: flags.advertise.or(file.advertise),
        domains,
        accounts,
        register: flags.register_expires.or(file.register).unwrap_or(defaults.register),
        subscribe: flags.subscribe_expires.or(file.subscribe).unwrap_or(defaults.subscribe),
        publish: flags.publish_expires.or(file.publish).unwrap_or(defaults.publish),
        store: flags.store.or(file.store).unwrap_or(defaults.store),
        log_level: flags.log_level.or(file.log_level).unwrap_or(defaults.log_level),
        algorithms,
        qop_auth,
        nonce_lifetime: flags
            .nonce_lifetime
            .or(file.nonce_lifetime)
            .unwrap_or(defaults.nonce_lifetime),
    };
    if let Some(unreachable) = settings.needs_advertise() {
        let message = format!(
            "{} stands for every address of this machine: set `advertise` to the host name or address at which \
             clients reach the server",
            values::listen_text(unreachable.transport, unreachable.address),
        );
        let index = settings.listen.iter().position(|listen| *listen == unreachable);
        let span = index.and_then(|index| spans.get(index));
        return Err(match (source, span) {
            (Some(source), Some(span)) => source.error(span.start, message),
            _ => ConfigError::flag("--listen", message),
        });
    }
    Ok(settings)
}

#[cfg(test)]
mod tests;

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use sip_digest::Algorithm;
use sip_server::Expiry;
use sip_tokio::Listen;

use super::values::{self, Qop};
use crate::{Level, StoreLocation};

/// SIP presence server: registrar, proxy and presence agent.
///
/// Without flags it serves the demo accounts alice, bob and carol at example.test on 127.0.0.1:5060, UDP and TCP.
#[derive(Debug, Default, clap::Parser)]
#[command(name = "presence-server", version)]
pub struct Flags {
    /// A configuration file (see --print-config); the flags below win over it
    #[arg(short, long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Where to listen, as udp:127.0.0.1:5060 or tcp:[::1]:5060; may be repeated [default: udp:127.0.0.1:5060 and
    /// tcp:127.0.0.1:5060]
    #[arg(short, long, value_name = "TRANSPORT:ADDRESS:PORT", value_parser = values::listen)]
    pub(super) listen: Vec<Listen>,

    /// The host name or address at which clients reach the server; needed when it listens on 0.0.0.0 or [::]
    #[arg(long, value_name = "HOST", value_parser = values::host)]
    pub(super) advertise: Option<String>,

    /// A domain whose users are served; may be repeated [default: example.test]
    #[arg(short, long, value_name = "DOMAIN", value_parser = values::domain)]
    pub(super) domain: Vec<String>,

    /// The realm of digest authentication [default: the first domain]
    #[arg(long, value_parser = values::realm)]
    pub(super) realm: Option<String>,

    /// A user and the password; may be repeated, and replaces the accounts of the file. Other users of this machine
    /// can see flags: prefer the file
    #[arg(short, long, value_name = "NAME=PASSWORD")]
    pub(super) account: Vec<AccountFlag>,

    /// A user and the HA1, which is the MD5 or the SHA-256 of name:realm:password, or SHA-512-256: and that; may be
    /// repeated, and replaces the accounts of the file
    #[arg(long, value_name = "NAME=HA1")]
    pub(super) account_ha1: Vec<AccountFlag>,

    /// How long registrations last, in seconds [default: 10,3600,86400]
    #[arg(long, value_name = "MIN,DEFAULT,MAX", value_parser = values::expiry)]
    pub(super) register_expires: Option<Expiry>,

    /// How long subscriptions last, in seconds [default: 10,3600,86400]
    #[arg(long, value_name = "MIN,DEFAULT,MAX", value_parser = values::expiry)]
    pub(super) subscribe_expires: Option<Expiry>,

    /// How long published documents last, in seconds [default: 10,3600,86400]
    #[arg(long, value_name = "MIN,DEFAULT,MAX", value_parser = values::expiry)]
    pub(super) publish_expires: Option<Expiry>,

    /// The SQLite file that rows are kept in, or :memory: [default: presence.sqlite]
    #[arg(short, long, value_name = "PATH")]
    pub(super) store: Option<StoreLocation>,

    /// What is logged: error, warn, info, debug (a line per message) or trace (whole messages) [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub(super) log_level: Option<Level>,

    /// A hash algorithm of digest authentication: MD5, SHA-256, SHA-512-256, or one of them with -sess behind; may be
    /// repeated, the most preferred first [default: MD5]
    #[arg(long, value_name = "ALGORITHM", value_parser = values::algorithm)]
    pub(super) algorithm: Vec<Algorithm>,

    /// The quality of protection that challenges offer: auth or none [default: auth]
    #[arg(long, value_name = "QOP")]
    pub(super) qop: Option<Qop>,

    /// For how many seconds a nonce may be used [default: 300]
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    pub(super) nonce_lifetime: Option<Duration>,

    /// Print a configuration file with every key, its meaning and its default, and exit
    #[arg(long)]
    pub print_config: bool,
}

/// `NAME=SECRET`. Whatever text it is given, it takes: an error of clap's would print the text.
#[derive(Clone)]
pub(super) struct AccountFlag(String);

impl AccountFlag {
    /// The name, and the secret.
    pub(super) fn split(&self) -> Result<(&str, &str), String> {
        let parts = self.0.split_once('=');
        parts.ok_or_else(|| "expected a name, an equals sign and a secret".to_owned())
    }
}

impl FromStr for AccountFlag {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for AccountFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountFlag(redacted)")
    }
}

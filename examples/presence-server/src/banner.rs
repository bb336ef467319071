use std::{fmt, net::SocketAddr};

use sip_message::Transport;

use crate::{Settings, start::reachable_host};

/// How many accounts are named before the rest is counted.
const NAMES: usize = 10;

/// The domain that sipim's users are in when none is given.
const CLIENT_DOMAIN: &str = "example.test";

/// What an operator is told when the server has started: what it listens on, whom it serves, how to connect.
#[derive(Debug)]
pub struct Banner<'a> {
    settings: &'a Settings,
    local: &'a [(Transport, SocketAddr)],
}

impl<'a> Banner<'a> {
    /// The banner of a server with these settings that listens on these addresses.
    #[must_use]
    pub const fn new(settings: &'a Settings, local: &'a [(Transport, SocketAddr)]) -> Self {
        Self { settings, local }
    }

    fn accounts(&self) -> String {
        let names = self.settings.accounts.names();
        let more = names.len().saturating_sub(NAMES);
        let mut text = names.take(NAMES).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }

    /// The arguments with which a user of ours reaches the server by `sipim`.
    fn client(&self, index: usize) -> Option<String> {
        let accounts = &self.settings.accounts;
        let name = accounts.names().nth(index)?;
        let (transport, address) = self.local.first()?;
        let host = reachable_host(self.settings, *address);
        // What sipim takes for granted is left out.
        let domain = match self.settings.domains.first() {
            Some(domain) if domain != CLIENT_DOMAIN => format!(" --domain {domain}"),
            _ => String::new(),
        };
        let password = accounts
            .demo_password(name)
            .map_or_else(String::new, |password| format!(" --password {password}"));
        Some(format!(
            "cargo run --release -p sipim -- --user {name}{domain}{password} --server {}:{host}:{}",
            transport.as_param(),
            address.port(),
        ))
    }
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, local } = self;
        let domain = settings.domains.first().map_or("", String::as_str);
        writeln!(
            f,
            "presence-server {}: registrar, proxy and presence agent",
            env!("CARGO_PKG_VERSION")
        )?;
        for (transport, address) in *local {
            writeln!(f, "  listening on  {}:{address}", transport.as_param())?;
        }
        if let Some(host) = &settings.advertise {
            writeln!(f, "  reached at    {host}")?;
        }
        let plural = if settings.domains.len() == 1 {
            "domain: "
        } else {
            "domains:"
        };
        writeln!(f, "  {plural}      {}", settings.domains.join(", "))?;
        writeln!(f, "  realm:        {}", settings.accounts.realm())?;
        writeln!(f, "  accounts:     {}", self.accounts())?;
        writeln!(f, "  store:        {}", settings.store)?;
        if settings.accounts.is_demo() {
            writeln!(
                f,
                "WARNING: these are demo accounts, and everybody knows their passwords. Set accounts of your own:"
            )?;
            writeln!(f, "         see --print-config.")?;
            if local.iter().any(|(_, address)| !address.ip().is_loopback()) {
                writeln!(
                    f,
                    "WARNING: other machines can reach this server and log in to the demo accounts."
                )?;
            }
        }
        if let Some(first) = self.client(0) {
            writeln!(f, "Connect with")?;
            writeln!(f, "  {first} register")?;
            if let (Some(second), Some(name)) = (self.client(1), settings.accounts.names().next()) {
                writeln!(f, "  {second} subscribe {name}@{domain}")?;
            }
        }
        writeln!(
            f,
            "The log is on standard error, its times are UTC. Ctrl-C ends the server."
        )
    }
}

#[cfg(test)]
mod tests {
    use sip_digest::Password;

    use super::*;

    #[test]
    fn the_demo_says_how_to_connect_and_warns() {
        let settings = Settings::default();
        let local = [(Transport::Udp, "127.0.0.1:5060".parse().unwrap())];
        let text = Banner::new(&settings, &local).to_string();
        for line in [
            "  listening on  udp:127.0.0.1:5060\n",
            "  domain:       example.test\n",
            "  accounts:     alice, bob, carol\n",
            "  store:        presence.sqlite\n",
            "WARNING: these are demo accounts",
            "  cargo run --release -p sipim -- --user alice --password alicepw --server udp:127.0.0.1:5060 register\n",
            "--user bob --password bobpw --server udp:127.0.0.1:5060 subscribe alice@example.test\n",
        ] {
            assert!(text.contains(line), "{line:?} in\n{text}");
        }
        assert!(!text.contains("other machines"));
    }

    #[test]
    fn secrets_of_configured_accounts_stay_unsaid() {
        let mut settings = Settings {
            accounts: crate::Accounts::new("a.test"),
            domains: vec!["a.test".to_owned()],
            ..Settings::default()
        };
        for index in 0..12 {
            settings
                .accounts
                .insert(format!("user{index:02}"), &Password::new("topsecret"));
        }
        let local = [(Transport::Udp, "192.0.2.1:5060".parse().unwrap())];
        let text = Banner::new(&settings, &local).to_string();
        assert!(!text.contains("topsecret") && !text.contains("WARNING"));
        assert!(text.contains("user09 and 2 more\n"));
        assert!(text.contains("--user user00 --domain a.test --server udp:192.0.2.1:5060 register\n"));
    }
}

use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

use sip_message::{Aor, Host, Transport, Uri, UriBuf};
use tokio::{net, time};

use crate::failure::Failure;

/// `udp:HOST:PORT` or `tcp:HOST:PORT`: where everything is sent. The transport is UDP and the port 5060 where they are
/// not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerAddress {
    pub(crate) transport: Transport,
    /// A name or an address, without brackets.
    host: String,
    port: u16,
}

impl ServerAddress {
    /// The address to send to: the first IPv4 address that the resolver has, or else the first of all. Of hosts that
    /// have both, `localhost` to begin with, many a SIP server listens on IPv4 alone.
    pub(crate) async fn resolve(&self, patience: Duration) -> Result<SocketAddr, Failure> {
        let fail = |reason: &dyn fmt::Display| {
            let host = &self.host;
            Failure::transport(format!("cannot resolve {host} (of --server {self}): {reason}"))
        };
        let found = time::timeout(patience, net::lookup_host((self.host.as_str(), self.port)))
            .await
            .map_err(|late| fail(&late))?
            .map_err(|error| fail(&error))?;
        let addresses: Vec<SocketAddr> = found.collect();
        addresses
            .iter()
            .find(|address| address.is_ipv4())
            .or(addresses.first())
            .copied()
            .ok_or_else(|| fail(&"it has no address"))
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (transport, rest) = match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("udp") => (Transport::Udp, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tcp") => (Transport::Tcp, rest),
            Some((scheme, _)) if Transport::from_token(scheme).is_some() => {
                return Err(format!("{scheme} is not supported: udp and tcp are"));
            }
            _ => (Transport::Udp, text),
        };
        // A colon outside of brackets comes before the port, so an IPv6 address needs them.
        let port_at = rest.rfind(':').filter(|at| rest.rfind(']').is_none_or(|end| end < *at));
        let (host, port) = match port_at {
            Some(at) => {
                let digits = rest.get(at + 1..).unwrap_or_default();
                let port = match digits.parse() {
                    Ok(port) if port != 0 => port,
                    _ => return Err(format!("{digits:?} is not a port from 1 to 65535")),
                };
                (rest.get(..at).unwrap_or_default(), port)
            }
            None => (rest, transport.default_port()),
        };
        let is_bare_v6 = host.contains(':') && !host.starts_with('[');
        match Host::parse(host) {
            Ok(_) if is_bare_v6 => Err(format!(
                "an IPv6 address stands in brackets, as in {transport}:[::1]:5060"
            )),
            Ok(Host::V6(address)) => Ok(address.to_string()),
            Ok(host) => Ok(host.to_string()),
            Err(_) => Err(format!(
                "{host:?} is not a host name or address; expected udp:HOST:PORT or tcp:HOST:PORT"
            )),
        }
        .map(|host| Self { transport, host, port })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = self.transport.as_param();
        if self.host.contains(':') {
            write!(f, "{transport}:[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{transport}:{}:{}", self.host, self.port)
        }
    }
}

/// Who is meant by `bob`, `bob@example.test`, `sip:bob@example.test`, `im:...` or `pres:...`. A name alone is one in
/// `domain`.
pub(crate) fn target(text: &str, domain: &str) -> Result<UriBuf, Failure> {
    let fail = |reason: &dyn fmt::Display| Failure::usage(format!("{text:?} is no address: {reason}"));
    let scheme = text.split(':').next().filter(|scheme| scheme.len() < text.len());
    match scheme {
        Some(scheme)
            if ["sip", "sips", "im", "pres"]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known)) =>
        {
            UriBuf::parse(text).map_err(|error| fail(&error))
        }
        _ if text.contains('@') => UriBuf::parse(format!("sip:{text}")).map_err(|error| fail(&error)),
        Some(_) => Err(fail(&"expected user, user@domain or a sip, sips, im or pres URI")),
        None => {
            let aor = Aor::new(text, domain).map_err(|error| fail(&error))?;
            Ok(aor.to_uri())
        }
    }
}

/// The same, where an address of record is wanted.
pub(crate) fn target_aor(text: &str, domain: &str) -> Result<Aor, Failure> {
    let uri = target(text, domain)?;
    Aor::from_uri(&uri.as_uri()).ok_or_else(|| Failure::usage(format!("{text:?} has no user before an @")))
}

/// `user@domain`, without the scheme: for people.
pub(crate) fn short(aor: &Aor) -> &str {
    aor.as_str().strip_prefix("sip:").unwrap_or(aor.as_str())
}

/// The user part of an address of record as the user writes it, which is the user name for authentication.
pub(crate) fn user_name(aor: &Aor) -> String {
    match aor.to_uri().as_uri() {
        Uri::Sip(sip) => sip.user_unescaped().unwrap_or_default().into_owned(),
        _ => aor.user().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_and_written() {
        for (text, canonical) in [
            ("udp:127.0.0.1:5060", "udp:127.0.0.1:5060"),
            ("TCP:sip.example.test:5070", "tcp:sip.example.test:5070"),
            ("tcp:sip.example.test", "tcp:sip.example.test:5060"),
            ("sip.example.test:5070", "udp:sip.example.test:5070"),
            ("localhost", "udp:localhost:5060"),
            ("udp:[::1]:5062", "udp:[::1]:5062"),
            ("[::1]", "udp:[::1]:5060"),
        ] {
            let server: ServerAddress = text.parse().unwrap();
            assert_eq!(server.to_string(), canonical);
            assert_eq!(server.to_string().parse(), Ok(server));
        }
    }

    #[test]
    fn what_is_no_server_says_why() {
        for (text, reason) in [
            ("tls:example.test:5061", "not supported"),
            ("udp:example.test:0", "not a port"),
            ("udp:example.test:65536", "not a port"),
            ("udp:example.test:", "not a port"),
            ("udp::5060", "not a host name"),
            ("", "not a host name"),
            ("udp:::1:5060", "brackets"),
            ("udp:a b:5060", "not a host name"),
        ] {
            let error = text.parse::<ServerAddress>().unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[tokio::test]
    async fn names_are_resolved_or_named() {
        let patience = Duration::from_secs(5);
        let server: ServerAddress = "tcp:127.0.0.1:5066".parse().unwrap();
        assert_eq!(
            server.resolve(patience).await.unwrap(),
            "127.0.0.1:5066".parse().unwrap()
        );
        // RFC 6761 section 6.4: no resolver finds a name under "invalid".
        let server: ServerAddress = "udp:nowhere.invalid".parse().unwrap();
        let failure = server.resolve(patience).await.unwrap_err();
        assert!(failure.to_string().contains("nowhere.invalid"), "{failure}");
        assert_eq!(failure.kind().exit_code(), 5);
    }

    #[test]
    fn targets_are_completed() {
        let of = |text| target(text, "example.test").unwrap().to_string();
        assert_eq!(of("bob"), "sip:bob@example.test");
        assert_eq!(of("bob@example.org"), "sip:bob@example.org");
        assert_eq!(of("bob@example.org:5070"), "sip:bob@example.org:5070");
        assert_eq!(of("SIP:bob@example.org"), "SIP:bob@example.org");
        assert_eq!(of("im:bob@example.org"), "im:bob@example.org");
        assert_eq!(of("조이"), "sip:%EC%A1%B0%EC%9D%B4@example.test");
        for bad in ["", "mailto:bob", "bob:5060", "bob@", "sip:", "sip:bob@a b"] {
            let failure = target(bad, "example.test").unwrap_err();
            assert_eq!(failure.kind().exit_code(), 2, "{bad}");
        }
        assert_eq!(
            target_aor("pres:Bob@Example.ORG", "x").unwrap().to_string(),
            "sip:Bob@example.org"
        );
        assert!(target_aor("sip:example.org", "x").is_err());
    }

    #[test]
    fn user_names_have_no_escapes() {
        assert_eq!(user_name(&Aor::new("조이", "example.test").unwrap()), "조이");
        assert_eq!(user_name(&Aor::parse("j%40doe@example.test").unwrap()), "j@doe");
        assert_eq!(short(&Aor::parse("sip:a@b").unwrap()), "a@b");
    }
}

//! Values that stand in the file and in flags alike. Errors say what was expected, never what was found: that may be a
//! password in the wrong place.

use std::{fmt, net::SocketAddr, str::FromStr, time::Duration};

use sip_digest::{Algorithm, Ha1, Password};
use sip_message::{Aor, Host, Transport};
use sip_server::Expiry;
use sip_tokio::Listen;

/// The quality of protection that challenges offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Qop {
    Auth,
    None,
}

impl Qop {
    pub(super) const fn is_auth(self) -> bool {
        matches!(self, Self::Auth)
    }
}

impl FromStr for Qop {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auth" => Ok(Self::Auth),
            "none" => Ok(Self::None),
            _ => Err("expected auth or none".to_owned()),
        }
    }
}

/// `udp:127.0.0.1:5060`.
pub(crate) fn listen(text: &str) -> Result<Listen, String> {
    const EXPECTED: &str = "expected udp:ADDRESS:PORT or tcp:ADDRESS:PORT, as in udp:127.0.0.1:5060 or tcp:[::1]:5060";
    let (transport, address) = text.split_once(':').ok_or(EXPECTED)?;
    let transport = Transport::from_token(transport)
        .filter(|transport| matches!(transport, Transport::Tcp | Transport::Udp))
        .ok_or_else(|| format!("{EXPECTED}: this transport is not available"))?;
    let address = SocketAddr::from_str(address).map_err(|_| format!("{EXPECTED}: this is no IP address and port"))?;
    Ok(Listen { transport, address })
}

/// What [`listen`] reads.
pub(crate) fn listen_text(transport: Transport, address: impl fmt::Display) -> String {
    format!("{}:{address}", transport.as_param())
}

/// A host in the form that URIs have: IPv6 in brackets.
pub(super) fn host(text: &str) -> Result<String, String> {
    let host = Host::parse(text).map_err(|_| "expected a host name or an IP address, without a port")?;
    if host.ip().is_some_and(|address| address.is_unspecified()) {
        return Err("expected an address that clients can reach".to_owned());
    }
    Ok(host.to_string())
}

/// A domain, in lower case.
pub(super) fn domain(text: &str) -> Result<String, String> {
    Host::parse(text)
        .map(|host| host.to_string().to_ascii_lowercase())
        .map_err(|_| "expected a domain, as in example.test".to_owned())
}

/// A text that a quoted-string holds on one line.
pub(super) fn realm(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("expected a text on one line".to_owned());
    }
    Ok(text.to_owned())
}

/// The user part of an address.
pub(super) fn account_name(text: &str) -> Result<(), String> {
    let usable = !text.chars().any(char::is_control)
        && !text.contains(['@', ':', ' '])
        && Aor::new(text, "example.test").is_ok();
    if usable {
        Ok(())
    } else {
        Err("expected the name of a user: what stands before the @ of the address".to_owned())
    }
}

/// A password.
pub(super) fn password(text: &str) -> Result<Password, String> {
    if text.is_empty() {
        return Err("expected a password that is not empty".to_owned());
    }
    Ok(Password::new(text))
}

/// An HA1. Its length says MD5 or SHA-256, unless the name of the algorithm and a colon stand before it.
pub(super) fn ha1(text: &str) -> Result<Ha1, String> {
    let (algorithm, digits) = match text.split_once(':') {
        Some((name, digits)) => {
            let plain = Algorithm::from_name(name).filter(|algorithm| !algorithm.is_session());
            (
                plain.ok_or("expected MD5, SHA-256 or SHA-512-256 before the colon")?,
                digits,
            )
        }
        None if text.len() == 64 => (Algorithm::Sha256, text),
        None => (Algorithm::Md5, text),
    };
    Ha1::from_hex(algorithm, digits).map_err(|_| {
        "expected 32 or 64 hexadecimal digits: the MD5 or the SHA-256 of name:realm:password, or SHA-512-256: and that"
            .to_owned()
    })
}

/// An algorithm of digest authentication.
pub(super) fn algorithm(text: &str) -> Result<Algorithm, String> {
    Algorithm::from_name(text)
        .ok_or_else(|| "expected MD5, SHA-256, SHA-512-256 or one of them with -sess behind".to_owned())
}

/// `MIN,DEFAULT,MAX`.
pub(crate) fn expiry(text: &str) -> Result<Expiry, String> {
    const EXPECTED: &str = "expected MIN,DEFAULT,MAX in seconds, as in 10,3600,86400";
    let numbers = text
        .split(',')
        .map(|number| number.trim().parse::<u32>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| EXPECTED)?;
    let [min, default, max] = numbers[..] else {
        return Err(EXPECTED.to_owned());
    };
    if min == 0 || min > default || default > max {
        return Err(format!("{EXPECTED}: from 1 upwards, none less than the one before it"));
    }
    Ok(Expiry { min, max, default })
}

/// A number of seconds, 1 or more.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(seconds.into())),
        _ => Err("expected a number of seconds from 1 to 4294967295".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_to_listen_on() {
        assert_eq!(listen("udp:127.0.0.1:5060").unwrap().transport, Transport::Udp);
        let tcp = listen("TCP:[::1]:5060").unwrap();
        assert_eq!(listen_text(tcp.transport, tcp.address), "tcp:[::1]:5060");
        for bad in [
            "",
            "udp",
            "127.0.0.1:5060",
            "udp:5060",
            "udp:localhost:5060",
            "tls:127.0.0.1:5061",
            "udp:1.2.3.4",
        ] {
            assert!(
                listen(bad).unwrap_err().starts_with("expected udp:ADDRESS:PORT"),
                "{bad}"
            );
        }
    }

    #[test]
    fn hosts_and_names() {
        assert_eq!(host("2001:db8::1").unwrap(), "[2001:db8::1]");
        assert_eq!(host("sip.example.test").unwrap(), "sip.example.test");
        assert!(host("0.0.0.0").is_err() && host("a:5060").is_err() && host("").is_err());
        assert_eq!(domain("Example.TEST").unwrap(), "example.test");
        for bad in ["", "a b", "a@b", "a:b", "a\nb"] {
            assert!(account_name(bad).is_err(), "{bad}");
        }
        assert!(account_name("zoë").is_ok());
    }

    #[test]
    fn an_ha1_says_its_algorithm() {
        let (md5, sha) = ("0".repeat(32), "0".repeat(64));
        let of = |text: String| ha1(&text).map(|ha1| ha1.algorithm());
        assert_eq!(of(md5.clone()), Ok(Algorithm::Md5));
        assert_eq!(of(sha.clone()), Ok(Algorithm::Sha256));
        assert_eq!(of(format!("md5:{md5}")), Ok(Algorithm::Md5));
        assert_eq!(of(format!("SHA-256:{sha}")), Ok(Algorithm::Sha256));
        assert_eq!(of(format!("SHA-512-256:{sha}")), Ok(Algorithm::Sha512_256));
        for bad in [
            String::new(),
            "0".repeat(63),
            "x".repeat(64),
            format!("MD5:{sha}"),
            format!("SHA-512-256:{md5}"),
            format!("SHA-512-256: {sha}"),
        ] {
            assert!(of(bad.clone()).unwrap_err().starts_with("expected 32 or 64"), "{bad}");
        }
        for bad in [
            format!("SHA-512-256-sess:{sha}"),
            format!("erin:{md5}"),
            format!(":{md5}"),
        ] {
            assert!(of(bad.clone()).unwrap_err().ends_with("before the colon"), "{bad}");
        }
    }

    #[test]
    fn bounds() {
        assert_eq!(
            expiry("1, 2 ,3").unwrap(),
            Expiry {
                min: 1,
                default: 2,
                max: 3
            }
        );
        for bad in [
            "",
            "1",
            "1,2",
            "1,2,3,4",
            "0,1,2",
            "3,2,4",
            "1,4,3",
            "-1,2,3",
            "1,2,4294967296",
        ] {
            assert!(expiry(bad).is_err(), "{bad}");
        }
        assert!(seconds("0").is_err() && seconds("1.5").is_err());
        assert_eq!(seconds("4294967295").unwrap().as_secs(), 4_294_967_295);
    }
}

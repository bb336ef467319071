use std::{fmt, net::IpAddr};

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, Host, Params, Transport, ValueError, grammar, scan::Scan, stops::Stops, uri::HostKind};

/// `sent-protocol LWS sent-by *( SEMI via-params )`: one hop of the way that the response goes back (RFC 3261 section
/// 20.42; `rport`: RFC 3581; `keep`: RFC 6223).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Via<'a> {
    protocol: &'a str,
    version: &'a str,
    transport: &'a str,
    host: Host<'a>,
    port: Option<u16>,
    params: Params<'a>,
}

/// Branches of RFC 3261 begin so; others are of RFC 2543 and are unique to nothing.
const MAGIC_COOKIE: &str = "z9hG4bK";

impl<'a> Via<'a> {
    /// The Via of a request that leaves from `host` and `port`.
    ///
    /// # Errors
    /// When `branch` is not a token.
    pub fn new(transport: Transport, host: Host<'a>, port: Option<u16>, branch: &str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, branch)?;
        let params = Params::new().push("branch", Some(branch));
        Ok(Self {
            protocol: "SIP",
            version: "2.0",
            transport: transport.as_str(),
            host,
            port,
            params,
        })
    }

    /// The same with an `rport` parameter without value: the response is to come back to the source port.
    #[must_use]
    pub fn with_rport(self) -> Self {
        Self {
            params: self.params.put("rport", None),
            ..self
        }
    }

    /// The same as the element that received the request amends it: the `received` address, and the value of an
    /// `rport` that asks for one (RFC 3261 section 18.2.1, RFC 3581 section 4). A parameter that is there keeps its place.
    #[must_use]
    pub fn with_source(self, address: IpAddr, port: u16) -> Self {
        // RFC 5118 section 4.5: an IPv6 address stands here without brackets.
        let (address_text, port) = (address.to_string(), port.to_string());
        let received = ("received", Some(address_text.as_str()));
        let rport = ("rport", Some(port.as_str()));
        let asks = self.params.get("rport").is_some();
        let params = match self.params.get("received") {
            Some(_) if asks => self.params.put(received.0, received.1).put(rport.0, rport.1),
            None if asks => self.params.replaced("rport", &[received, rport]),
            _ if self.host.ip() != Some(address) => self.params.put(received.0, received.1),
            Some(_) => self.params.without("received"),
            None => self.params,
        };
        Self { params, ..self }
    }

    /// The transport as written.
    #[must_use]
    pub const fn transport(&self) -> &'a str {
        self.transport
    }

    /// The host of `sent-by`.
    #[must_use]
    pub const fn host(&self) -> Host<'a> {
        self.host
    }

    /// The port of `sent-by`, when one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The `branch`, which names the transaction.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch").flatten()
    }

    /// The branch, when it is one of RFC 3261 and so unique.
    #[must_use]
    pub fn unique_branch(&self) -> Option<&str> {
        let is_unique = |branch: &&str| {
            branch.len() > MAGIC_COOKIE.len()
                && branch
                    .get(..MAGIC_COOKIE.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(MAGIC_COOKIE))
        };
        self.branch().filter(is_unique)
    }

    /// The `received` address.
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        Host::parse(self.params.get("received").flatten()?).ok()?.ip()
    }

    /// The `rport`: `None` when absent, `Some(None)` when it asks for a value, the value else.
    #[must_use]
    pub fn rport(&self) -> Option<Option<u16>> {
        match self.params.get("rport")? {
            None => Some(None),
            Some(port) => grammar::decimal(port).map(Some),
        }
    }

    /// The multicast or other address that responses are to go to (RFC 3261 section 18.2.2).
    #[must_use]
    pub fn maddr(&self) -> Option<&str> {
        self.params.get("maddr").flatten()
    }

    /// The time to live of a multicast.
    #[must_use]
    pub fn ttl(&self) -> Option<u8> {
        grammar::decimal(self.params.get("ttl").flatten()?)
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

/// `protocol-name SLASH protocol-version SLASH transport`
#[inline(always)]
fn sent_protocol<'a>(scan: &mut Scan<'a>) -> Result<[&'a str; 3], ValueError> {
    let slash = |scan: &mut Scan<'a>| {
        if scan.separator(b'/') {
            return Ok(());
        }
        scan.skip_lws();
        Err(scan.expected("/"))
    };
    let protocol = scan.token("a protocol name")?;
    slash(scan)?;
    let version = scan.token("a protocol version")?;
    slash(scan)?;
    Ok([protocol, version, scan.token("a transport")?])
}

/// `host [ COLON port ]`
#[inline(always)]
fn sent_by<'a>(scan: &mut Scan<'a>) -> Result<(Host<'a>, Option<u16>), ValueError> {
    let host = Host::read(scan)?;
    let port = if scan.separator(b':') {
        Some(scan.number()?)
    } else {
        None
    };
    Ok((host, port))
}

impl<'a> TypedHeader<'a> for Via<'a> {
    const NAME: HeaderName = HeaderName::VIA;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.42";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        match plain(value) {
            Some(via) => Ok(via),
            None => parse_any(value),
        }
    }

    #[inline(always)]
    fn parse_usual(value: &'a str) -> Option<Self> {
        plain(value)
    }
}

/// Reads the usual form: `SIP/2.0/UDP host:port` and parameters.
#[inline(always)]
fn plain(value: &str) -> Option<Via<'_>> {
    const START: &str = "SIP/2.0/";
    if !value.starts_with(START) {
        return None;
    }
    let mut stops = Stops::of(value)?;
    // Its two slashes.
    stops.next();
    stops.next();
    let space = stops.at();
    let transport = &value[START.len()..space];
    if !stops.is(b' ') || transport.is_empty() {
        return None;
    }
    stops.next();
    let host = &value[space + 1..stops.at()];
    let host = HostKind::of_name(host.as_bytes(), stops.is_behind_doubled_marks())?.host(host);
    let port = stops.pass_port()?;
    Some(Via {
        protocol: "SIP",
        version: "2.0",
        transport,
        host,
        port,
        params: Params::plain(&mut stops)?,
    })
}

#[inline(never)]
fn parse_any(value: &str) -> Result<Via<'_>, ValueError> {
    let mut scan = Scan::value(value);
    let [protocol, version, transport] = sent_protocol(&mut scan)?;
    scan.lws()?;
    let (host, port) = sent_by(&mut scan)?;
    let params = Params::read(&mut scan)?;
    scan.end()?;
    Ok(Via {
        protocol,
        version,
        transport,
        host,
        port,
        params,
    })
}

impl fmt::Display for Via<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{} {}", self.protocol, self.version, self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nearly::nearly;

    proptest! {
        #[test]
        fn the_usual_form_reads_as_the_grammar_does(value in prop_oneof![
            nearly(&["SIP", "/", "2.0", "/", "UDP", " ", "example.test", ":", "5060", ";", "branch", "=", "z9hG4bK77", ";", "rport"]),
            nearly(&["SIP/2.0/TCP", " ", "192.0.2.1", ";", "branch", "=", "z9hG4bK77", ";", "received", "=", "192.0.2.7"]),
        ]) {
            if let Some(via) = plain(&value) {
                prop_assert_eq!(Ok(via), parse_any(&value));
            }
        }
    }

    #[test]
    fn what_is_usual_is_read_so() {
        assert!(plain("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK77;rport").is_some());
        assert!(plain("SIP/2.0/TLS a.example.test;branch=z9hG4bK-1---a~_").is_some());
        for value in [
            "",
            "SIP/2.0/",
            "SIP/2.0/UDP",
            "SIP/2.0/UDP ",
            "SIP/2.0/UDP  a",
            "SIP/2.0/UDP a:",
            "SIP/2.0/UDP a, b",
            "SIP/2.0 /UDP a",
        ] {
            assert_eq!(plain(value), None, "{value}");
        }
    }

    #[test]
    fn white_space_stands_where_the_grammar_has_it() {
        let via = Via::parse("SIP  /  2.0\r\n  /UDP \r\n 192.0.2.2 : 5060 ;branch=390skdjuw ; rport").unwrap();
        assert_eq!(
            (via.transport(), via.port(), via.branch()),
            ("UDP", Some(5060), Some("390skdjuw"))
        );
        assert_eq!(via.rport(), Some(None));
        assert_eq!(via.unique_branch(), None);
        assert!(Via::parse("SIP/2.0/UDP").is_err());
        assert!(Via::parse("SIP/2.0/UDP host:65536").is_err());
    }

    #[test]
    fn the_source_is_added_where_it_is_wanted() {
        let source = |text, address: &str| {
            Via::parse(text)
                .unwrap()
                .with_source(address.parse().unwrap(), 7070)
                .to_string()
        };
        assert_eq!(
            source("SIP/2.0/UDP 192.0.2.1;branch=z", "192.0.2.1"),
            "SIP/2.0/UDP 192.0.2.1;branch=z"
        );
        assert_eq!(
            source("SIP/2.0/UDP a.test;branch=z;rport", "192.0.2.9"),
            "SIP/2.0/UDP a.test;branch=z;received=192.0.2.9;rport=7070"
        );
        // What a sender wrote itself is not believed.
        assert_eq!(
            source("SIP/2.0/UDP a.test;received=10.0.0.1;branch=z", "2001:db8::1"),
            "SIP/2.0/UDP a.test;received=2001:db8::1;branch=z"
        );
        assert_eq!(
            source("SIP/2.0/UDP 192.0.2.1;received=10.0.0.1;branch=z", "192.0.2.1"),
            "SIP/2.0/UDP 192.0.2.1;branch=z"
        );
        // What is there keeps its place, as in the example of RFC 3581 section 6.
        assert_eq!(
            source("SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff", "192.0.2.1"),
            "SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=7070;branch=z9hG4bKkjshdyff"
        );
        assert_eq!(
            source("SIP/2.0/UDP a.test;rport;branch=z;received=10.0.0.1;x", "192.0.2.9"),
            "SIP/2.0/UDP a.test;rport=7070;branch=z;received=192.0.2.9;x"
        );
    }

    #[test]
    fn parameters_are_typed() {
        let via = Via::parse(
            "SIP/2.0/TLS [2001:db8::9]:5061;received=[2001:db8::1];rport=5;ttl=16;maddr=224.2.0.1;branch=z9hG4bK1",
        )
        .unwrap();
        assert_eq!(via.received(), Some("2001:db8::1".parse().unwrap()));
        assert_eq!(
            (via.rport(), via.ttl(), via.maddr()),
            (Some(Some(5)), Some(16), Some("224.2.0.1"))
        );
        assert_eq!(via.unique_branch(), Some("z9hG4bK1"));
        let signed = Via::parse("SIP/2.0/UDP a.test;rport=+5;ttl=+1").unwrap();
        assert_eq!((signed.rport(), signed.ttl()), (None, None));
    }

    #[test]
    fn a_branch_is_a_token_and_nothing_else() {
        let via = |branch| Via::new(Transport::Udp, Host::parse("a.test").unwrap(), None, branch);
        assert!(via("z9hG4bK1").is_ok());
        for branch in [
            "",
            " z9hG4bK1",
            "z9hG4bK1\r\n",
            "z9hG4bK1;received=192.0.2.1",
            "\"z9hG4bK1\"",
            "z9hG4bK:1",
        ] {
            assert!(via(branch).is_err(), "{branch:?}");
        }
    }
}

//! Where a request came from, as its top Via tells it.

use std::{
    fmt::{self, Write},
    mem,
    net::IpAddr,
};

use bytes::BytesMut;

use super::Edit;
use crate::{HeaderError, HeaderName, class, grammar, headers::Via, list};

impl Edit<'_> {
    /// Writes where the request came from into its top Via (RFC 3261 section 18.2.1): the `received` address where the Via
    /// names another host, and both address and port where it asks for them with `rport` (RFC 3581 section 4). A `received`
    /// that the sender wrote itself is not believed: it is written anew where it stands, or taken out. A message without a
    /// Via stays as it is.
    ///
    /// # Errors
    /// When the top Via cannot be read.
    pub fn set_source(mut self, address: IpAddr, port: u16) -> Result<Self, HeaderError> {
        let message = self.message;
        let Some(via) = message.typed::<Via>()? else {
            return Ok(self);
        };
        let mut elements = message.header_all(HeaderName::VIA).filter_map(|field| {
            let (at, element) = list::elements(field.value_str().ok()?).next()?;
            Some((field.offset() + at, element))
        });
        let Some((start, element)) = elements.next() else {
            return Ok(self);
        };
        let names = |wanted: &str| via.params().get(wanted).is_some();
        let (asks, has_received) = (names("rport"), names("received"));
        let tells = asks || via.host().ip() != Some(address);
        let (mut writes_received, mut writes_rport) = (tells, asks);
        for (name, value) in via.params().iter() {
            let is_rport = name.eq_ignore_ascii_case("rport");
            if !is_rport && !name.eq_ignore_ascii_case("received") {
                continue;
            }
            // Parameters are slices of the element.
            let at = |part| grammar::offset_in(element.as_bytes(), part);
            let end = value.map_or(at(name) + name.len(), |value| at(value) + value.len());
            let before = class::trim_end(&element.as_bytes()[..at(name)], class::LWS);
            let semicolon = before.len().saturating_sub(1);
            let is_first = mem::take(if is_rport {
                &mut writes_rport
            } else {
                &mut writes_received
            });
            self.splice(start + semicolon..start + end, |texts| {
                if is_first && !(is_rport && has_received) {
                    put(texts, format_args!(";received={address}"));
                }
                if is_first && is_rport {
                    put(texts, format_args!(";rport={port}"));
                }
            });
        }
        if tells && !asks && !has_received {
            let end = start + element.len();
            // Behind a semicolon with nothing after it no other is needed.
            let semicolon = if element.ends_with(';') { "" } else { ";" };
            self.splice(end..end, |texts| {
                put(texts, format_args!("{semicolon}received={address}"));
            });
        }
        Ok(self)
    }
}

/// Appends a text.
fn put(texts: &mut BytesMut, text: fmt::Arguments<'_>) {
    // A buffer that grows takes everything.
    let _ = texts.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use crate::{
        HeaderName, Message,
        headers::{TypedHeader, Via},
    };

    #[test]
    fn the_source_leaves_the_rest_of_the_via_as_it_is() {
        let source = |via: &str, address: &str| {
            let text = format!("A sip:a SIP/2.0\r\nVia: {via}, SIP/2.0/UDP z;rport\r\n\r\n");
            let message = Message::parse(text).unwrap();
            let edited = message.edit().set_source(address.parse().unwrap(), 7).unwrap().finish();
            let line = String::from_utf8(edited.header(HeaderName::VIA).unwrap().value().to_vec()).unwrap();
            line.strip_suffix(", SIP/2.0/UDP z;rport").unwrap().to_owned()
        };
        for (via, wanted) in [
            ("SIP/2.0/UDP 192.0.2.1;branch=z", "SIP/2.0/UDP 192.0.2.1;branch=z"),
            (
                "SIP/2.0/UDP 192.0.2.1;rport ; branch=z",
                "SIP/2.0/UDP 192.0.2.1;received=192.0.2.1;rport=7 ; branch=z",
            ),
            (
                "SIP/2.0/UDP a ; RPORT = 5;received=b",
                "SIP/2.0/UDP a ;rport=7;received=192.0.2.1",
            ),
            (
                "SIP/2.0/UDP a; received=b;x;received=c",
                "SIP/2.0/UDP a;received=192.0.2.1;x",
            ),
            (
                "SIP/2.0/UDP a;received=b;rport;x;rport",
                "SIP/2.0/UDP a;received=192.0.2.1;rport=7;x",
            ),
            (
                "SIP/2.0/UDP 192.0.2.1;received=b;x=\";rport\"",
                "SIP/2.0/UDP 192.0.2.1;x=\";rport\"",
            ),
            (
                "SIP / 2.0 / UDP\r\n a : 5060 ;; branch = z; x=\",\"",
                "SIP / 2.0 / UDP\r\n a : 5060 ;; branch = z; x=\",\";received=192.0.2.1",
            ),
            ("SIP/2.0/UDP a;branch=z;", "SIP/2.0/UDP a;branch=z;received=192.0.2.1"),
        ] {
            assert_eq!(source(via, "192.0.2.1"), wanted);
            // The typed value has the same parameters in the same order.
            let typed = Via::parse(via).unwrap().with_source("192.0.2.1".parse().unwrap(), 7);
            let wanted = Via::parse(wanted).unwrap();
            assert!(typed.params().iter().eq(wanted.params().iter()), "{typed}");
        }
        assert_eq!(source("SIP/2.0/UDP [::2]", "::1"), "SIP/2.0/UDP [::2];received=::1");
    }

    #[test]
    fn the_source_goes_into_the_top_via_only() {
        let text = "NOTIFY sip:b@example.test SIP/2.0\r\nX-First: \u{e9}\r\n\
            Via: SIP/2.0/UDP a.test;branch=z9hG4bK1;rport, SIP/2.0/TCP b.test\r\nvia: SIP/2.0/TCP c.test;rport\r\n\r\nbody";
        let message = Message::parse(text).unwrap();
        let edited = message
            .edit()
            .set_source("192.0.2.5".parse().unwrap(), 5070)
            .unwrap()
            .finish();
        let wanted = text.replace(";rport, ", ";received=192.0.2.5;rport=5070, ");
        assert_eq!(edited.as_bytes(), &wanted);
    }
}

use sip_digest::Credentials;
use sip_message::{
    HeaderError, HeaderName, Host, Message, SipUri, Transport, Uri, UriBuf,
    headers::{MaxForwards, Route, Via},
};
use sip_transaction::SentBy;

use crate::Config;

/// Why a request is not forwarded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotForwarded {
    /// It has been here before (RFC 3261 section 16.3 step 4). Contacts that point back at the server would make it
    /// multiply (RFC 5393).
    Loop,
    /// A Route names a host that is not this one.
    ForeignRoute,
    /// Max-Forwards is used up.
    TooManyHops,
    /// A header that the decision needs cannot be read.
    Unreadable(HeaderError),
}

/// Checks that a request may be forwarded (sections 16.3, 16.4).
pub(crate) fn check(config: &Config, request: &Message) -> Result<(), NotForwarded> {
    if request.typed::<MaxForwards>().map_err(NotForwarded::Unreadable)? == Some(MaxForwards(0)) {
        return Err(NotForwarded::TooManyHops);
    }
    for via in request.typed_all::<Via>() {
        let via = via.map_err(NotForwarded::Unreadable)?;
        if is_own(config, &via.host(), via.port(), via.transport()) {
            return Err(NotForwarded::Loop);
        }
    }
    for route in request.typed_all::<Route>() {
        let route = route.map_err(NotForwarded::Unreadable)?;
        if !route.uri().as_sip().is_some_and(|uri| is_own_route(config, uri)) {
            return Err(NotForwarded::ForeignRoute);
        }
    }
    Ok(())
}

/// The request for one contact: its URI, Max-Forwards one lower, without the Routes that named this server and the
/// credentials that were for it (section 16.6). An asserted identity is none that this server asserts, and goes too
/// (RFC 3325 section 5). What came over UDP without a length gets one. The transaction puts the Via on.
pub(crate) fn forwarded(realm: &str, request: &Message, contact: &Uri<'_>) -> Result<Message, HeaderError> {
    let target = request_uri(contact);
    let mut edit = request
        .edit()
        .lower_max_forwards()?
        .remove(HeaderName::ROUTE)
        .remove(HeaderName::P_ASSERTED_IDENTITY)
        .add_content_length()
        .set_request_uri(&target.as_uri());
    let is_ours = |value: &str| Credentials::parse(value).is_ok_and(|credentials| credentials.realm() == realm);
    // In either header: what was taken there for this server's is nothing that the recipient could use honestly.
    for name in [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION] {
        let mut credentials = request.header_all(name);
        if credentials.all(|field| field.value_str().is_ok_and(is_ours)) {
            edit = edit.remove(name);
        }
    }
    Ok(edit.finish())
}

/// A contact without what may not stand in a Request-URI: headers and the `method` parameter (sections 16.6 step 2,
/// 19.1.1).
fn request_uri(contact: &Uri<'_>) -> UriBuf {
    let text = contact.as_str();
    let has_user = contact.as_sip().is_some_and(|sip| sip.user().is_some());
    // A user may have semicolons and question marks of its own.
    let host = if has_user {
        text.find('@').unwrap_or_default()
    } else {
        0
    };
    let (user, host) = text.split_at(host);
    let host = host.split('?').next().unwrap_or_default();
    let is_method = |part: &str| {
        let name = part.split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("method")
    };
    let kept: Vec<_> = host.split(';').filter(|part| !is_method(part)).collect();
    UriBuf::parse(format!("{user}{}", kept.join(";"))).unwrap_or_else(|_| (*contact).into())
}

/// Whether a domain is served here.
pub(crate) fn is_own_domain(config: &Config, host: &Host<'_>) -> bool {
    config.domains.iter().any(|domain| is_host(domain, host))
        || config.sent_by.iter().any(|own| is_host(&own.host, host))
}

fn is_own(config: &Config, host: &Host<'_>, port: Option<u16>, transport: &str) -> bool {
    let Some(transport) = Transport::from_token(transport) else {
        return false;
    };
    let port = port.unwrap_or(transport.default_port());
    config
        .sent_by
        .iter()
        .any(|own| own.transport == transport && port_of(own) == port && is_host(&own.host, host))
}

fn is_own_route(config: &Config, uri: &SipUri<'_>) -> bool {
    let wanted = uri.port();
    let by_address = config
        .sent_by
        .iter()
        .any(|own| is_host(&own.host, &uri.host()) && wanted.is_none_or(|wanted| wanted == port_of(own)));
    by_address || config.domains.iter().any(|domain| is_host(domain, &uri.host()))
}

fn port_of(own: &SentBy) -> u16 {
    own.port.unwrap_or(own.transport.default_port())
}

fn is_host(own: &str, host: &Host<'_>) -> bool {
    Host::parse(own).is_ok_and(|own| own.same(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_becomes_a_request_uri() {
        let target = |text: &str| request_uri(&Uri::parse(text).unwrap()).as_str().to_owned();
        for same in ["sip:a@h", "sip:a?b;method=x@h:5090;lr", "sips:h;transport=tcp"] {
            assert_eq!(target(same), same);
        }
        assert_eq!(target("sip:a@h;Method=INVITE;x=y?Subject=a%40b"), "sip:a@h;x=y");
        assert_eq!(target("sip:h;method=INVITE?Subject=b"), "sip:h");
    }

    #[test]
    fn what_was_for_this_server_stays_here() {
        let ours = "Digest username=\"a\", realm=\"us\", nonce=\"1\", uri=\"sip:b@h\", response=\"2\"";
        let request = Message::parse(format!(
            "MESSAGE sip:b@us SIP/2.0\r\nMax-Forwards: 9\r\nAuthorization: {ours}\r\nProxy-Authorization: {}\r\n\
             P-Asserted-Identity: <sip:boss@us>\r\nRoute: <sip:us;lr>\r\n\r\n",
            ours.replace("\"us\"", "\"them\"")
        ))
        .unwrap();
        let forwarded = forwarded("us", &request, &Uri::parse("sip:b@h").unwrap()).unwrap();
        let names: Vec<_> = forwarded.headers().map(|field| field.name()).collect();
        assert_eq!(names, ["Max-Forwards", "Proxy-Authorization", "Content-Length"]);
        assert_eq!(forwarded.request_uri().unwrap().as_str(), "sip:b@h");
    }
}

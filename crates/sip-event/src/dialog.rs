//! What dialogs have in common: the headers that make one, the requests sent within one, responses.

use sip_message::{
    HeaderName, Message, MessageBuilder, Method, NameAddr, RawValue, RequestHead, StatusCode, Uri, UriBuf, ValueError,
    headers::{CSeq, CallId, Contact, From, RecordRoute, Route, Server, To, TypedHeader, UserAgent},
};

/// The identifying headers of a request or response. Addresses are without their tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    pub(crate) from: String,
    /// Empty when there is none, as with peers of RFC 2543 (RFC 3261 section 12.1.1).
    pub(crate) from_tag: String,
    pub(crate) to: String,
    pub(crate) to_tag: Option<String>,
}

impl Ids {
    /// `None` when one of the headers is missing or malformed.
    pub(crate) fn read(message: &Message) -> Option<Self> {
        let from = message.typed::<From>().ok()??;
        let to = message.typed::<To>().ok()??;
        let without_tag = |address: &NameAddr<'_>| {
            let params = address.params().without("tag");
            flat(&address.clone().with_params(params).to_string())
        };
        Some(Self {
            call_id: message.typed::<CallId>().ok()??.as_str().to_owned(),
            cseq: message.typed::<CSeq>().ok()??.number(),
            from: without_tag(&from.0),
            from_tag: from.tag().unwrap_or_default().to_owned(),
            to: without_tag(&to.0),
            to_tag: to.tag().map(str::to_owned),
        })
    }
}

/// Whether a message has this Call-ID.
pub(crate) fn is_of_call(message: &Message, call_id: &str) -> bool {
    let theirs = message.typed::<CallId>().ok().flatten();
    theirs.is_some_and(|theirs| theirs.as_str() == call_id)
}

/// Whether a response answers the request with this Call-ID and sequence number.
pub(crate) fn answers(response: &Message, call_id: &str, cseq: u32) -> bool {
    let theirs = response.typed::<CSeq>().ok().flatten();
    theirs.is_some_and(|theirs| theirs.number() == cseq) && is_of_call(response, call_id)
}

/// Whether a status asks for credentials.
pub(crate) const fn is_challenge(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED
    )
}

/// The remote target: the SIP URI of the Contact. `Ok(None)` when there is no Contact, `Err` when it is not exactly
/// one SIP URI (RFC 3261 section 8.1.1.8).
pub(crate) fn remote_target(message: &Message) -> Result<Option<String>, StatusCode> {
    let mut contacts = message.typed_all::<Contact>();
    let Some(contact) = contacts.next() else {
        return Ok(None);
    };
    let uri = contact.ok().and_then(|contact| contact.uri());
    match (uri, contacts.next()) {
        (Some(uri), None) if uri.as_sip().is_some() => Ok(Some(uri.as_str().to_owned())),
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// The Record-Route values in the order in which they stand: the route set of a UAS (RFC 3261 section 12.1.1). The
/// UAC's is the reverse (section 12.1.2).
pub(crate) fn recorded_route(message: &Message) -> Result<Vec<String>, StatusCode> {
    message
        .typed_all::<RecordRoute>()
        .map(|route| route.map(|route| flat(&route.to_string())))
        .collect::<Result<_, _>>()
        .map_err(|_| StatusCode::BAD_REQUEST)
}

/// A value that may have folds, on one line.
pub(crate) fn flat(value: &str) -> String {
    value.replace("\r\n", "")
}

/// What a request within or outside of a dialog is made of (RFC 3261 sections 8.1.1, 12.2.1.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method<'a>,
    /// Our address without tag.
    pub(crate) local: &'a str,
    pub(crate) local_tag: &'a str,
    /// The peer's address without tag.
    pub(crate) remote: &'a str,
    /// Empty for none.
    pub(crate) remote_tag: &'a str,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: u32,
    /// The remote target; outside of a dialog the Request-URI.
    pub(crate) target: &'a str,
    pub(crate) route_set: &'a [String],
}

const MAX_FORWARDS: u8 = 70;

impl Outgoing<'_> {
    /// The request up to its Route headers, and the next hop.
    pub(crate) fn start(&self) -> Result<(MessageBuilder, UriBuf), ValueError> {
        let routes: Vec<Route> = self
            .route_set
            .iter()
            .map(|value| Route::parse(value))
            .collect::<Result<_, _>>()?;
        let target = request_uri(&Uri::parse(self.target)?)?;
        let target = target.as_uri();
        let remote = To::parse(self.remote)?;
        let remote = match self.remote_tag {
            "" => remote,
            tag => remote.with_tag(tag)?,
        };
        let head = |uri| -> Result<MessageBuilder, ValueError> {
            Ok(MessageBuilder::request(&RequestHead {
                cseq: CSeq::new(self.cseq, self.method)?,
                uri,
                from: From::parse(self.local)?.with_tag(self.local_tag)?,
                to: remote.clone(),
                call_id: CallId::new(self.call_id)?,
                max_forwards: MAX_FORWARDS,
            }))
        };
        let Some((first, rest)) = routes.split_first() else {
            return Ok((head(target)?, target.into()));
        };
        let next_hop = UriBuf::from(first.uri());
        if is_loose(&first.uri()) {
            let builder = routes.iter().fold(head(target)?, MessageBuilder::header);
            return Ok((builder, next_hop));
        }
        // A strict router of RFC 2543 finds itself in the Request-URI and the target behind the last Route.
        let builder = rest
            .iter()
            .fold(head(request_uri(&first.uri())?.as_uri())?, MessageBuilder::header);
        Ok((builder.header(&Route(NameAddr::new(target))), next_hop))
    }
}

fn is_loose(uri: &Uri<'_>) -> bool {
    uri.as_sip().is_some_and(|sip| sip.param("lr").is_some())
}

/// A URI without what may not stand in a Request-URI: headers and the `method` parameter (RFC 3261 section 19.1.1).
fn request_uri(uri: &Uri<'_>) -> Result<UriBuf, ValueError> {
    let text = uri.as_str();
    let Some(sip) = uri.as_sip() else {
        return Ok((*uri).into());
    };
    if !sip.has_headers() && sip.param("method").is_none() {
        return Ok((*uri).into());
    }
    let text = text.split('?').next().unwrap_or(text);
    let (userinfo, host) = match text.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, text),
    };
    let is_method = |part: &&str| {
        let name = part.split('=').next().unwrap_or(part);
        name.eq_ignore_ascii_case("method")
    };
    let host: Vec<_> = host.split(';').filter(|part| !is_method(part)).collect();
    let host = host.join(";");
    let text = match userinfo {
        Some(userinfo) => format!("{userinfo}@{host}"),
        None => host,
    };
    UriBuf::parse(text)
}

/// A response with the Server header. A To without tag gets `to_tag`.
pub(crate) fn response(request: &Message, status: StatusCode, to_tag: &str, server: Option<&str>) -> MessageBuilder {
    let builder = MessageBuilder::reply_to(request, status, Some(to_tag))
        .or_else(|_| MessageBuilder::reply_to(request, status, None))
        .expect("the tag is the only argument that can be refused");
    match server.map(Server::new) {
        Some(Ok(server)) => builder.header(&server),
        _ => builder,
    }
}

/// Adds User-Agent, when there is a text that can stand there.
pub(crate) fn add_user_agent(builder: MessageBuilder, text: Option<&str>) -> MessageBuilder {
    match text.map(UserAgent::new) {
        Some(Ok(user_agent)) => builder.header(&user_agent),
        _ => builder,
    }
}

/// Adds a header whose value is text; a value that is not one line is left out.
pub(crate) fn add_raw(builder: MessageBuilder, name: HeaderName, value: &str) -> MessageBuilder {
    match RawValue::new(value) {
        Ok(value) => builder.raw(name, value),
        Err(_) => builder,
    }
}

/// Adds the address that peers reach us at.
pub(crate) fn add_contact(builder: MessageBuilder, contact: &UriBuf) -> MessageBuilder {
    builder.header(&Contact::Address(NameAddr::new(contact.as_uri())))
}

/// Whether the body is encoded in a way that nobody said would be understood (RFC 3261 section 20.12).
pub(crate) fn is_encoded(message: &Message) -> bool {
    message.header_all(HeaderName::CONTENT_ENCODING).any(|field| {
        !field
            .value_str()
            .is_ok_and(|value| value.eq_ignore_ascii_case("identity"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing<'a>(target: &'a str, route_set: &'a [String]) -> Outgoing<'a> {
        Outgoing {
            method: Method::Notify,
            local: "\"A, B\" <sip:a@example.test>",
            local_tag: "1",
            remote: "<sip:w@example.test>",
            remote_tag: "",
            call_id: "c",
            cseq: 7,
            target,
            route_set,
        }
    }

    fn routes(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    #[test]
    fn loose_routes_stay_in_the_route_set() {
        let set = routes(&["<sip:p1;lr>", "<sip:p2;lr>;x=y"]);
        let (request, next_hop) = outgoing("sip:w@192.0.2.1?Subject=x", &set).start().unwrap();
        assert_eq!(next_hop.as_str(), "sip:p1;lr");
        assert_eq!(
            request.build().to_string(),
            "NOTIFY sip:w@192.0.2.1 SIP/2.0\r\nMax-Forwards: 70\r\nFrom: \"A, B\" <sip:a@example.test>;tag=1\r\n\
             To: <sip:w@example.test>\r\nCall-ID: c\r\nCSeq: 7 NOTIFY\r\nRoute: <sip:p1;lr>\r\n\
             Route: <sip:p2;lr>;x=y\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_strict_router_takes_the_request_uri() {
        let set = routes(&["<sip:me@p1;method=INVITE;x=y>", "<sip:p2;lr>"]);
        let (request, next_hop) = outgoing("sip:w@192.0.2.1", &set).start().unwrap();
        assert_eq!(next_hop.as_str(), "sip:me@p1;method=INVITE;x=y");
        assert_eq!(
            request.build().to_string(),
            "NOTIFY sip:me@p1;x=y SIP/2.0\r\nMax-Forwards: 70\r\nFrom: \"A, B\" <sip:a@example.test>;tag=1\r\n\
             To: <sip:w@example.test>\r\nCall-ID: c\r\nCSeq: 7 NOTIFY\r\nRoute: <sip:p2;lr>\r\n\
             Route: <sip:w@192.0.2.1>\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn folds_and_tags_do_not_get_into_addresses() {
        let message = Message::parse(
            "SUBSCRIBE sip:a@b SIP/2.0\r\nFrom: \"x\r\n y\" <sip:w@b>;tag=1;q=2\r\nTo: sip:a@b\r\nCall-ID: 77@x\r\n\
             CSeq: 9 SUBSCRIBE\r\n\r\n",
        )
        .unwrap();
        let ids = Ids {
            call_id: "77@x".into(),
            cseq: 9,
            from: "\"x y\" <sip:w@b>;q=2".into(),
            from_tag: "1".into(),
            to: "<sip:a@b>".into(),
            to_tag: None,
        };
        assert_eq!(Ids::read(&message), Some(ids));
        let no_call_id = message.edit().remove(HeaderName::CALL_ID).finish();
        assert_eq!(Ids::read(&no_call_id), None);
    }

    #[test]
    fn a_contact_is_one_sip_uri() {
        let target = |contact: &str| {
            let message = format!("SUBSCRIBE sip:a@b SIP/2.0\r\n{contact}\r\n");
            remote_target(&Message::parse(message).unwrap())
        };
        assert_eq!(
            target("Contact: <sip:w@x;lr>;expires=3\r\n"),
            Ok(Some("sip:w@x;lr".into()))
        );
        assert_eq!(target(""), Ok(None));
        assert!(target("Contact: *\r\n").is_err());
        assert!(target("Contact: <tel:+1>\r\n").is_err());
        assert!(target("Contact: <sip:w@x>, <sip:w@y>\r\n").is_err());
    }
}

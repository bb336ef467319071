//! Changes a request and its response as a proxy does: `cargo run -p sip-message --example proxy`
#![expect(clippy::print_stdout, reason = "a command line program prints")]

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr},
};

use sip_message::{
    HeaderName, Host, Message, MessageBuilder, NameAddr, StatusCode, Transport, Uri,
    headers::{MaxForwards, RecordRoute, Route, TypedHeader, Via},
};

const RECEIVED: &str = "MESSAGE sip:bob@example.test SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport\r\n\
    max-forwards:   70\r\n\
    Route: <sip:proxy.example.test;lr>, <sip:other.example.test;lr>\r\n\
    From: <sip:alice@example.test>;tag=1\r\n\
    To: <sip:bob@example.test>\r\n\
    Call-ID: 1@10.0.0.1\r\n\
    CSeq: 1 MESSAGE\r\n\
    X-Unknown: kept,\r\n  as it is  \r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 5\r\n\
    \r\n\
    hello";

fn main() -> Result<(), Box<dyn Error>> {
    let request = Message::parse(RECEIVED)?;
    request.validate()?;
    println!("The request as it came:\n\n{request}\n");

    // Where it came from, before anything else (RFC 3261 section 18.2.1, RFC 3581).
    let source = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
    let request = request.edit().set_source(source, 40_000)?.finish();

    // RFC 3261 section 16.3: a request that has been passed on too often.
    if request.typed::<MaxForwards>()?.is_some_and(|left| left.0 == 0) {
        let answer = MessageBuilder::reply_to(&request, StatusCode::TOO_MANY_HOPS, Some("p1"))?.build();
        println!("{answer}");
        return Ok(());
    }

    // Section 16.6. An edit leaves every byte alone that it does not name.
    let via = Via::new(
        Transport::Tcp,
        Host::parse("proxy.example.test")?,
        None,
        "z9hG4bKproxy1",
    )?;
    let this_proxy = NameAddr::new(Uri::parse("sip:proxy.example.test;transport=tcp;lr")?);
    let mut edit = request
        .edit()
        .set_request_uri(&Uri::parse("sip:bob@198.51.100.4:5062;transport=tcp")?)
        .lower_max_forwards()?
        .push_front(&RecordRoute(this_proxy))
        .push_front(&via);
    let names_this_proxy = |route: Route<'_>| route.uri().as_str().contains("proxy.example.test");
    if request.typed::<Route>()?.is_some_and(names_this_proxy) {
        edit = edit.pop_front(HeaderName::ROUTE);
    }
    let forwarded = edit.finish();
    println!("As it goes on:\n\n{forwarded}\n");

    // Section 16.7: the response comes back with this proxy's Via on top, and goes on without it.
    let response = MessageBuilder::reply_to(&forwarded, StatusCode::OK, Some("b1"))?.build();
    let returned = response.edit().pop_front(Via::NAME).finish();
    println!(
        "The response, sent back to {}:\n",
        returned.typed::<Via>()?.ok_or("no Via")?
    );
    print!("{returned}");
    Ok(())
}

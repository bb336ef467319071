//! Builds a MESSAGE and the response to it: `cargo run -p sip-message --example build [-- TEXT]`
#![expect(clippy::print_stdout, reason = "a command line program prints")]

use std::{error::Error, net::Ipv4Addr};

use sip_message::{
    Host, MessageBuilder, Method, NameAddr, RequestHead, StatusCode, Transport, Uri,
    headers::{CSeq, CallId, ContentType, From, Server, Supported, To, TypedHeader, Via},
};

const USAGE: &str = "usage: build [TEXT]

Prints a MESSAGE with this text, and the response of its recipient.

  TEXT    the text, in any language
  --help  this text";

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or_else(|| "안녕하세요".to_owned());
    if matches!(text.as_str(), "--help" | "-h") {
        println!("{USAGE}");
        return Ok(());
    }

    // Values are checked when they are made, so the builder has nothing to refuse. Tags, Call-ID and branch come from the
    // caller: this crate has no source of random values.
    let alice = NameAddr::new(Uri::parse("sip:alice@example.test")?).with_display_name("Alice")?;
    let bob = Uri::parse("sip:bob@example.test")?;
    let request = MessageBuilder::request(&RequestHead {
        cseq: CSeq::new(1, Method::Message)?,
        uri: bob,
        from: From::new(alice).with_tag("49583")?,
        to: To::new(NameAddr::new(bob)),
        call_id: CallId::new("asd88asd77a@192.0.2.1")?,
        max_forwards: 70,
    })
    .via(&Via::new(
        Transport::Udp,
        Host::V4(Ipv4Addr::new(192, 0, 2, 1)),
        Some(5060),
        "z9hG4bK776sgdkse",
    )?)
    .header(&Supported::new("path")?)
    // Content-Length is the builder's own.
    .body(&ContentType::parse("text/plain;charset=utf-8")?, text)
    .build();
    println!("{request}\n");

    // Via, From, To with this tag, Call-ID and CSeq are those of the request.
    let response = MessageBuilder::reply_to(&request, StatusCode::OK, Some("ab8asdasd9"))?
        .header(&Server::new("sip-message example")?)
        .build();
    print!("{response}");
    Ok(())
}

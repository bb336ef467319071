//! Reads the fields of a request: `cargo run -p sip-message --example parse [-- FILE]`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a command line program reads files and prints"
)]

use std::error::Error;

use sip_message::{
    HeaderName, Message, StartLine,
    headers::{Contact, Event, Expires, From, To, Via},
};

const USAGE: &str = "usage: parse [FILE]

Prints who sent a SIP message, to whom, and what a presence server would read of it.

  FILE    a file with one message; without one, a SUBSCRIBE that comes with this program
  --help  this text";

const SUBSCRIBE: &str = "SUBSCRIBE sip:kmh@example.test SIP/2.0\r\n\
    Via: SIP/2.0/TCP proxy.example.test;branch=z9hG4bK22, SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK11\r\n\
    Max-Forwards: 69\r\n\
    From: \"Jo\" <sip:johg@example.test>;tag=xfg9\r\n\
    To: <sip:kmh@example.test>\r\n\
    Call-ID: 2010@192.0.2.7\r\n\
    CSeq: 17766 SUBSCRIBE\r\n\
    Contact: <sip:johg@192.0.2.7:5062>\r\n\
    Event: presence\r\n\
    Expires: an hour\r\n\
    X-Mood: curious\r\n\
    Content-Length: 0\r\n\
    \r\n";

fn main() -> Result<(), Box<dyn Error>> {
    let bytes = match std::env::args().nth(1).as_deref() {
        Some("--help" | "-h") => {
            println!("{USAGE}");
            return Ok(());
        }
        Some(file) => std::fs::read(file)?,
        None => SUBSCRIBE.into(),
    };
    // Fails only where start line or header section cannot be made out.
    let message = Message::parse(bytes)?;
    // What every element checks first. A server answers `error.status()`.
    message.validate()?;

    match message.start_line() {
        StartLine::Request { method, .. } => println!("request   {method} {}", message.request_uri()?),
        StartLine::Response { status, .. } => println!("response  {status}"),
    }
    if let Some(from) = message.typed::<From>()? {
        println!(
            "from      {} ({:?}), tag {:?}",
            from.uri(),
            from.0.display_name(),
            from.tag()
        );
    }
    if let Some(to) = message.typed::<To>()? {
        println!("to        {}, tag {:?}", to.uri(), to.tag());
    }
    // A list header: over all lines and commas, each element with an outcome of its own.
    for via in message.typed_all::<Via>() {
        let via = via?;
        println!("via       {} {} {:?}", via.transport(), via.host(), via.branch());
    }
    for contact in message.typed_all::<Contact>() {
        println!("contact   {:?}", contact?.uri().map(|uri| uri.as_str()));
    }
    if let Some(event) = message.typed::<Event>()? {
        println!("event     {}", event.package());
    }
    // Absent, malformed and fine are three answers. A broken header leaves the others readable.
    match message.typed::<Expires>() {
        Ok(Some(expires)) => println!("expires   {} seconds", expires.0),
        Ok(None) => println!("expires   (the package's default)"),
        Err(error) => println!("expires   (unreadable: {error})"),
    }
    // Headers of applications, and any header as it was written.
    if let Some(mood) = message.header(HeaderName::from_static("X-Mood")) {
        println!("x-mood    {:?} at byte {}", mood.value_str()?, mood.offset());
    }
    println!("body      {} bytes", message.body().len());
    Ok(())
}

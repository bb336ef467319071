//! SIP presence and instant messaging user agent as a machine without I/O.
//!
//! A [`UserAgent`] is one user's end: it registers a contact, publishes the user's presence, watches others' and sends
//! and receives instant messages. It composes the transactions of `sip-transaction`, the dialogs of `sip-event` and the
//! client of `sip-digest`, and knows no socket, clock or random source: what comes in and the time are handed in, what
//! is to be sent and what happened are asked for. The crate `sip-tokio` drives one over real sockets.
//!
//! # Tour
//!
//! A [`Config`] says who the user is and where the server is. Commands return an [`OpId`]; [`Event`]s tell what becomes
//! of it:
//!
//! ```
//! use std::time::{Instant, SystemTime};
//!
//! use sip_message::{Aor, Message, Method, MessageBuilder, StatusCode, Transport, UriBuf};
//! use sip_transaction::{Destination, Flow, SentBy};
//! use sip_ua::{Config, Content, Event, Input, Output, RegisterOptions, UserAgent};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (now, today) = (Instant::now(), SystemTime::now());
//! let server = "192.0.2.100:5060".parse()?;
//! let mut agent = UserAgent::new(Config {
//!     aor: Aor::parse("alice@example.test")?,
//!     display_name: Some("Alice".to_owned()),
//!     username: "alice".to_owned(),
//!     password: "alicepw".to_owned().into(),
//!     server: Destination::Address { transport: Transport::Udp, remote: server },
//!     contact: UriBuf::parse("sip:alice@192.0.2.1:5070;transport=udp")?,
//!     sent_by: vec![SentBy { transport: Transport::Udp, host: "192.0.2.1".to_owned(), port: Some(5070) }],
//!     user_agent: None,
//!     epoch: (now, today),
//!     seed: [7; 32], // from the system's random source
//! });
//!
//! // A command, and what it wants to be sent.
//! let options = RegisterOptions { methods: vec!["MESSAGE".to_owned()], ..RegisterOptions::default() };
//! let registration = agent.register(now, options);
//! let Some(Output::Transmit { bytes, to }) = agent.poll_output() else { panic!("a REGISTER is sent") };
//! assert_eq!(to.remote(), server);
//! let request = Message::parse(bytes)?;
//! assert_eq!(request.method(), Some(Method::Register));
//!
//! // What the socket brings. 401 and 407 would be answered on the way, for every method.
//! let response = MessageBuilder::reply_to(&request, StatusCode::OK, Some("99"))?.build();
//! let flow = Flow { transport: Transport::Udp, local: "192.0.2.1:5070".parse()?, remote: server, connection: 0 };
//! agent.handle_input(now, Input::Received { message: response, flow });
//! let Some(Output::Event(Event::Registered { op, expires, .. })) = agent.poll_output() else { panic!("it is registered") };
//! assert_eq!((op, expires), (registration, 3600));
//!
//! // The binding is refreshed in time: `Input::Timeout` is due then.
//! assert!(agent.poll_timeout().is_some());
//!
//! let bob = UriBuf::parse("sip:bob@example.test")?;
//! agent.send_message(now, &bob, Content::Text("안녕하세요".to_owned()));
//! # Ok(())
//! # }
//! ```
//!
//! # What it does by itself
//!
//! - It answers challenges, and carries credentials ahead where it was challenged before: proxies by method, user agent
//!   servers by method and To. A password that is refused is not tried again.
//! - It refreshes registrations, subscriptions and publications before they expire, and asks for longer after a 423.
//! - It answers requests: MESSAGE, NOTIFY and OPTIONS as their RFCs say, others with 405. An instant message that comes
//!   twice is reported once.
//! - It tells senders who ask that their messages were delivered once the application has switched that on (RFC 5438), and
//!   that they were displayed when the application says so. It tells who writes an instant message for the user (RFC
//!   3994), and tells others that the user does when the application passes on that keys are pressed: when it begins, while
//!   it lasts, when it stops.
//! - It keeps order: one REGISTER and one PUBLISH under way at a time, and one MESSAGE to each recipient (RFC 3428
//!   section 8).

mod agent;
mod authentication;
mod config;
mod context;
mod identity;
mod im;
mod io;
mod limits;
mod presence;
mod registration;
mod responses;

pub use agent::UserAgent;
pub use config::{Config, PublishOptions, RegisterOptions, SubscribeOptions};
pub use io::{Content, Event, Failure, Input, OpId, Output, ReceivedId, UnknownMessage, UnknownOp};

//! SIP transactions (RFC 3261 section 17, RFC 4320) as a machine without I/O.
//!
//! [`Transactions`] stands between the sockets and what the element does with messages. Below, it is told what arrived
//! and that nothing can be sent somewhere ([`Input`]), and says what to send where ([`Output::Transmit`]). Above, it
//! hands up each request once, however often it came, and for each request sent one end: a final response or a
//! [`Failure`].
//!
//! - Requests sent: the Via, retransmission over UDP (timers E, F, K), TCP for what is too long for a datagram.
//! - Requests received: matching (RFC 3261 section 17.2.3, branches of RFC 2543 too), `received` and `rport`,
//!   responses repeated (timer J), a 100 when the user is slow, 400 and 505 for what breaks the rules that every message
//!   keeps, 503 when there is no room.
//! - What is held is bounded by [`Limits`].
//!
//! Only non-INVITE transactions are built; see [`Transactions`] for what happens to an INVITE.
//!
//! # A tour
//! A client and a server, and a network that loses the first datagram:
//!
//! ```
//! use std::{net::SocketAddr, time::Instant};
//!
//! use sip_message::{Message, MessageBuilder, StatusCode, Transport};
//! use sip_transaction::{Config, Destination, Flow, Input, Output, Transactions};
//!
//! let (alice, server): (SocketAddr, SocketAddr) = ("192.0.2.1:5060".parse()?, "192.0.2.9:5060".parse()?);
//! let udp = |local, remote| Flow { transport: Transport::Udp, local, remote, connection: 0 };
//! let mut client = Transactions::new(Config::default(), [1; 32]);
//! let mut uas = Transactions::new(Config::default(), [2; 32]);
//! let start = Instant::now();
//!
//! let request = Message::parse(
//!     "MESSAGE sip:bob@example.test SIP/2.0\r\nFrom: <sip:alice@example.test>;tag=1\r\n\
//!      To: <sip:bob@example.test>\r\nCall-ID: 7\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n\r\n",
//! )?;
//! let to = Destination::Flow(udp(alice, server));
//! let sent = client.send_request(start, request, to);
//! assert!(matches!(client.poll_output(), Some(Output::Transmit { .. })));
//!
//! // Nothing comes back: half a second later the request goes out again.
//! let due = client.poll_timeout().expect("timer E");
//! client.handle_input(due, Input::Timeout);
//! let Some(Output::Transmit { bytes, .. }) = client.poll_output() else { unreachable!() };
//!
//! // The server gets it, twice; its user is told once and answers.
//! for _ in 0..2 {
//!     let message = Message::parse(bytes.clone())?;
//!     uas.handle_input(due, Input::Received { message, flow: udp(server, alice) });
//! }
//! let Some(Output::Request { id, request, .. }) = uas.poll_output() else { unreachable!() };
//! assert!(uas.poll_output().is_none());
//! let ok = MessageBuilder::reply_to(&request, StatusCode::OK, Some("99"))?.build();
//! assert!(uas.send_response(due, id, ok));
//! let Some(Output::Transmit { bytes, to }) = uas.poll_output() else { unreachable!() };
//! assert_eq!(to.remote(), alice);
//!
//! let message = Message::parse(bytes)?;
//! client.handle_input(due, Input::Received { message, flow: udp(alice, server) });
//! assert!(matches!(client.poll_output(), Some(Output::Response { id, .. }) if id == sent));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod config;
mod event;
mod flow;
mod index;
mod key;
mod server;
mod stateless;
mod transactions;
mod via;

pub use config::{Config, Limits, SentBy, Timers};
pub use event::{ClientId, Failure, Input, Output, Rejection, ServerId};
pub use flow::{Destination, Flow};
pub use transactions::Transactions;

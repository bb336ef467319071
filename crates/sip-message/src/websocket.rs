//! SIP in WebSocket messages (RFC 7118): what a transport hands over to, and takes from, a WebSocket library.
//!
//! The library does the handshake, in which both sides name the subprotocol [`SUBPROTOCOL`], and the frames of RFC
//! 6455. What it calls a message, text or binary, [`receive`] reads: one SIP message, or a keep-alive. What goes out is
//! [`Message::as_bytes`], as a text message when [`is_text`] says so. The Via of what goes out names
//! [`Transport::Ws`](crate::Transport::Ws) or [`Transport::Wss`](crate::Transport::Wss).
//!
//! WebSocket messages have bounds as datagrams have, so Content-Length may be missing, and the connection goes on after
//! a message that cannot be read. Unlike a datagram, a WebSocket message holds one SIP message and nothing behind it
//! (section 5).
//!
//! ```
//! use sip_message::{Limits, websocket::{self, WebSocketEvent}};
//!
//! let limits = Limits::default();
//! let WebSocketEvent::Message(message) = websocket::receive(
//!     "MESSAGE sip:bob@example.test SIP/2.0\r\nContent-Type: text/plain\r\n\r\nGrüße",
//!     &limits,
//! )? else {
//!     panic!("a message");
//! };
//! assert_eq!(message.body(), "Grüße".as_bytes());
//! assert!(websocket::is_text(&message));
//! // Answered with "\r\n" in a message of its own.
//! assert_eq!(websocket::receive("\r\n\r\n", &limits)?, WebSocketEvent::Ping);
//! # Ok::<(), websocket::WebSocketError>(())
//! ```

use bytes::Bytes;

use crate::{HeaderName, Limits, Message, ParseError};

/// The value of `Sec-WebSocket-Protocol` in the handshake (RFC 7118 section 4.1).
pub const SUBPROTOCOL: &str = "sip";

/// What a WebSocket message brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every event is a message, and an allocation for each is what is avoided"
)]
pub enum WebSocketEvent {
    /// A SIP message.
    Message(Message),
    /// A keep-alive CRLFCRLF, to be answered with CRLF (RFC 5626 section 3.5.1, RFC 7118 section 6).
    Ping,
    /// A CRLF: the answer to a ping.
    Pong,
}

/// Why a WebSocket message is no SIP message. The connection can go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError {
    /// Content-Length asks for more than there is.
    #[error(
        "Content-Length at byte {offset} says {declared} bytes and {present} are there (RFC 3261 section 18.3, \
         RFC 7118 section 5)"
    )]
    BodyTruncated {
        /// The message, for an answer.
        message: Box<Message>,
        /// What the header says.
        declared: usize,
        /// What came.
        present: usize,
        /// Where the Content-Length value begins.
        offset: usize,
    },
    /// Something stands behind the body that Content-Length ends: a second message, which RFC 7118 forbids.
    #[error("something behind the SIP message at byte {offset} of a WebSocket message (RFC 7118 section 5)")]
    Trailing {
        /// The message without what stands behind it, for an answer.
        message: Box<Message>,
        /// Where the message ends.
        offset: usize,
    },
    /// Start line or header section cannot be read, or there is nothing at all.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// Reads what came as one WebSocket message, text or binary.
///
/// Without Content-Length, or with one that cannot be read ([`Message::validate`] tells it), the body is all that
/// follows the empty line. CRLFs behind a body that Content-Length ends are passed over, as they are between the
/// messages of a stream.
///
/// # Errors
/// When it is no SIP message, not a whole one, or more than one.
pub fn receive(bytes: impl Into<Bytes>, limits: &Limits) -> Result<WebSocketEvent, WebSocketError> {
    let bytes = bytes.into();
    match &bytes[..] {
        b"\r\n\r\n" => return Ok(WebSocketEvent::Ping),
        b"\r\n" => return Ok(WebSocketEvent::Pong),
        _ => {}
    }
    let message = Message::parse_with(bytes.clone(), limits)?;
    let end = message.as_bytes().len();
    if !bytes[end..].chunks(2).all(|line| line == b"\r\n") {
        return Err(WebSocketError::Trailing {
            message: Box::new(message),
            offset: end,
        });
    }
    let present = message.body().len();
    match message.content_length() {
        Ok(Some(declared)) if declared > present => Err(WebSocketError::BodyTruncated {
            declared,
            present,
            offset: message
                .header(HeaderName::CONTENT_LENGTH)
                .map_or(0, |field| field.offset()),
            message: Box::new(message),
        }),
        _ => Ok(WebSocketEvent::Message(message)),
    }
}

/// Whether a message may go out as a text message: all of it is UTF-8. One that is not must go out as a binary one (RFC
/// 7118 section 4.2).
#[must_use]
pub fn is_text(message: &Message) -> bool {
    std::str::from_utf8(message.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Invalid, ParseErrorKind};

    const HEAD: &str = "MESSAGE sip:a@b SIP/2.0\r\n";

    fn receive(text: &str) -> Result<WebSocketEvent, WebSocketError> {
        super::receive(text.to_owned(), &Limits::default())
    }

    fn body(text: &str) -> Vec<u8> {
        match receive(text).unwrap() {
            WebSocketEvent::Message(message) => message.body().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn content_length_may_be_missing() {
        assert_eq!(body(&format!("{HEAD}\r\nhello\r\n")), b"hello\r\n");
        assert_eq!(body(&format!("{HEAD}Content-Length: 5\r\n\r\nhello")), b"hello");
        assert_eq!(body(&format!("\r\n{HEAD}l: 5\r\n\r\nhello\r\n\r\n")), b"hello");
        // What cannot be read is for `validate` to tell.
        assert_eq!(body(&format!("{HEAD}l: x\r\n\r\nhello")), b"hello");
    }

    #[test]
    fn one_message_stands_in_it_and_no_more() {
        let two = format!("{HEAD}l: 5\r\n\r\nhello{HEAD}l: 0\r\n\r\n");
        match receive(&two).unwrap_err() {
            WebSocketError::Trailing { message, offset } => {
                assert_eq!(message.body(), b"hello");
                assert_eq!(&two[offset..][..7], "MESSAGE");
            }
            other => panic!("{other:?}"),
        }
        for trailing in ["x", "\r", "\r\n\r", "\r\nx", "\n\r\n"] {
            let error = receive(&format!("{HEAD}l: 0\r\n\r\n{trailing}")).unwrap_err();
            assert!(matches!(error, WebSocketError::Trailing { .. }), "{trailing:?}");
        }
    }

    #[test]
    fn a_message_must_be_whole() {
        let text = format!("{HEAD}l: 6\r\n\r\nhello");
        let WebSocketError::BodyTruncated {
            message,
            declared,
            present,
            offset,
        } = receive(&text).unwrap_err()
        else {
            panic!("not whole")
        };
        assert_eq!((declared, present, &text[offset..=offset]), (6, 5, "6"));
        assert_eq!(message.body(), b"hello");
        let kind = |text: &str| match receive(text).unwrap_err() {
            WebSocketError::Parse(error) => error.kind(),
            other => panic!("{other:?}"),
        };
        assert_eq!(kind(""), ParseErrorKind::Truncated);
        assert_eq!(kind(HEAD), ParseErrorKind::Truncated);
        assert_eq!(kind("hello"), ParseErrorKind::Truncated);
    }

    #[test]
    fn keep_alives_stand_alone() {
        assert_eq!(receive("\r\n\r\n"), Ok(WebSocketEvent::Ping));
        assert_eq!(receive("\r\n"), Ok(WebSocketEvent::Pong));
        for other in ["\r", "\n", "\r\n\r\n\r\n", "\r\n\r", " "] {
            assert!(matches!(receive(other), Err(WebSocketError::Parse(_))), "{other:?}");
        }
    }

    #[test]
    fn what_is_not_utf_8_goes_out_as_binary() {
        let message = |bytes: &[u8]| Message::parse([HEAD.as_bytes(), b"\r\n", bytes].concat()).unwrap();
        assert!(is_text(&message("h\u{e9}llo".as_bytes())));
        assert!(!is_text(&message(b"h\xe9llo")));
    }

    /// The same bytes as a datagram: what is behind the body is dropped, and a body that is too short is an error that
    /// says so, in `validate` (RFC 3261 section 18.3).
    #[test]
    fn datagrams_end_otherwise() {
        let fields = "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n\
                      CSeq: 1 MESSAGE\r\n";
        let datagram = |length: &str| Message::parse(format!("{HEAD}{fields}{length}\r\nhello")).unwrap();
        let whole = datagram("");
        assert_eq!((whole.body(), whole.validate()), (&b"hello"[..], Ok(())));
        let shorter = datagram("Content-Length: 2\r\n");
        assert_eq!((shorter.body(), shorter.validate()), (&b"he"[..], Ok(())));
        let longer = datagram("Content-Length: 6\r\n");
        let Err(Invalid::BodyTruncated { declared, present, .. }) = longer.validate() else {
            panic!("an error that says so")
        };
        assert_eq!((declared, present, longer.body()), (6, 5, &b"hello"[..]));
    }
}

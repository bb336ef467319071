//! What several tests of this crate do with a message.

use sip_message::{
    HeaderError, Message,
    headers::{self, TypedHeader},
};

/// Decodes every header of the message that has a type. Of each value, what it writes must read as the same value.
/// Returns what could not be decoded.
pub(crate) fn decode_all(message: &Message) -> Vec<HeaderError> {
    let mut errors = Vec::new();
    macro_rules! decode {
        ($($header:ident)*) => {
            $(
                for value in message.typed_all::<headers::$header>() {
                    match value {
                        Ok(value) => {
                            let text = value.to_string();
                            assert_eq!(headers::$header::parse(&text).as_ref(), Ok(&value), "{text:?} in {message}");
                        }
                        Err(error) => errors.push(error),
                    }
                }
                match message.typed::<headers::$header>() {
                    Err(error) if !errors.contains(&error) => errors.push(error),
                    _ => {}
                }
            )*
        };
    }
    sip_message::for_each_typed_header!(decode);
    errors
}

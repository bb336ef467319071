use std::fmt;

use crate::{ValueError, grammar};

macro_rules! methods {
    ($($variant:ident $text:literal $doc:literal;)*) => {
        /// A request method (RFC 3261 section 7.1). Methods are case-sensitive tokens.
        ///
        /// ```
        /// use sip_message::Method;
        ///
        /// assert_eq!(Method::new("MESSAGE"), Ok(Method::Message));
        /// assert!(matches!(Method::new("message"), Ok(Method::Other(name)) if name.as_str() == "message"));
        /// assert!(Method::new("two words").is_err());
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Method<'a> {
            $(#[doc = $doc] $variant,)*
            /// Any other token. A name that has a variant of its own is never here when it came from
            /// [`Method::new`].
            Other(ExtensionMethod<'a>),
        }

        impl<'a> Method<'a> {
            /// The method that a token names.
            ///
            /// # Errors
            /// When `text` is not a token.
            pub fn new(text: &'a str) -> Result<Self, ValueError> {
                match Self::known(text) {
                    Some(method) => Ok(method),
                    None => grammar::exact(grammar::token, text).map(|token| Self::Other(ExtensionMethod(token))),
                }
            }

            /// The method that has a variant of its own.
            pub(crate) fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The method as it stands in a message.
            #[must_use]
            pub const fn as_str(&self) -> &'a str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(method) => method.as_str(),
                }
            }
        }
    };
}

/// `extension-method`: a token that is no method of [`Method`]. [`Method::new`] makes it, so that what a message is
/// built of is a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionMethod<'a>(pub(crate) &'a str);

impl<'a> ExtensionMethod<'a> {
    /// The token.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

methods! {
    Ack "ACK" "RFC 3261.";
    Bye "BYE" "RFC 3261.";
    Cancel "CANCEL" "RFC 3261.";
    Info "INFO" "RFC 6086.";
    Invite "INVITE" "RFC 3261.";
    Message "MESSAGE" "RFC 3428: an instant message in page mode.";
    Notify "NOTIFY" "RFC 6665: the state of a subscribed resource.";
    Options "OPTIONS" "RFC 3261.";
    Prack "PRACK" "RFC 3262.";
    Publish "PUBLISH" "RFC 3903: event state for the compositor.";
    Refer "REFER" "RFC 3515.";
    Register "REGISTER" "RFC 3261: bindings of an address of record.";
    Subscribe "SUBSCRIBE" "RFC 6665: asks for the state of a resource.";
    Update "UPDATE" "RFC 3311.";
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_makes_no_other_method_of_a_known_one() {
        for text in [" MESSAGE", "MESSAGE ", "MESSAGE\r\n", ""] {
            assert!(Method::new(text).is_err(), "{text:?}");
        }
    }
}

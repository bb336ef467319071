use std::fmt;

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, ValueError, grammar};

macro_rules! directives {
    ($($variant:ident $text:literal $doc:literal;)*) => {
        /// `directive`: what the caller wants servers to do with the request (RFC 3841 sections 9.1 and 10). The set is
        /// not extensible, "on purpose".
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RequestDisposition {
            $(#[doc = $doc] $variant,)*
        }

        impl RequestDisposition {
            /// Every directive.
            pub const ALL: [Self; 12] = [$(Self::$variant),*];

            /// The directive as it stands in a message.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

directives! {
    Cancel "cancel" "A proxy is to cancel other branches when one has answered.";
    Fork "fork" "A proxy may send the request to several contacts.";
    NoCancel "no-cancel" "A proxy is not to cancel other branches after a 2xx.";
    NoFork "no-fork" "A proxy is to choose one contact.";
    NoQueue "no-queue" "The call is to be refused when the called person is busy.";
    NoRecurse "no-recurse" "A proxy is to hand a 3xx back.";
    Parallel "parallel" "A proxy is to try all contacts at once.";
    Proxy "proxy" "A server is to forward the request.";
    Queue "queue" "The call is to wait when the called person is busy.";
    Recurse "recurse" "A proxy is to try the addresses of a 3xx itself.";
    Redirect "redirect" "A server is to answer with the addresses.";
    Sequential "sequential" "A proxy is to try one contact after the other.";
}

impl RequestDisposition {
    /// Whether both say something about the same thing, of which a request can have one only: `fork` and `no-fork`.
    #[must_use]
    pub const fn contradicts(self, other: Self) -> bool {
        self as u8 != other as u8 && self.kind() == other.kind()
    }

    const fn kind(self) -> u8 {
        match self {
            Self::Proxy | Self::Redirect => 0,
            Self::Cancel | Self::NoCancel => 1,
            Self::Fork | Self::NoFork => 2,
            Self::Recurse | Self::NoRecurse => 3,
            Self::Parallel | Self::Sequential => 4,
            Self::Queue | Self::NoQueue => 5,
        }
    }
}

impl TypedHeader<'_> for RequestDisposition {
    const NAME: HeaderName = HeaderName::REQUEST_DISPOSITION;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3841 section 10";

    fn parse(value: &str) -> Result<Self, ValueError> {
        let token = grammar::whole(grammar::token, value)?;
        Self::ALL
            .into_iter()
            .find(|directive| directive.as_str().eq_ignore_ascii_case(token))
            .ok_or(ValueError::new(
                "a directive of RFC 3841",
                value.find(token).unwrap_or_default(),
            ))
    }
}

impl fmt::Display for RequestDisposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for RequestDisposition {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn the_example_of_section_9_1() {
        let message = Message::parse("INVITE sip:a SIP/2.0\r\nd: proxy, recurse,\r\n Parallel\r\n\r\n").unwrap();
        let all: Vec<_> = message.typed_all::<RequestDisposition>().map(Result::unwrap).collect();
        use RequestDisposition::{Parallel, Proxy, Recurse};
        assert_eq!(all, [Proxy, Recurse, Parallel]);
        for directive in RequestDisposition::ALL {
            assert_eq!(RequestDisposition::parse(directive.as_str()), Ok(directive));
        }
        assert_eq!(RequestDisposition::parse("forks").unwrap_err().offset(), 0);
        assert_eq!(RequestDisposition::parse("fork;x").unwrap_err().offset(), 4);
    }

    #[test]
    fn each_directive_contradicts_one_other() {
        for directive in RequestDisposition::ALL {
            let others = RequestDisposition::ALL
                .into_iter()
                .filter(|other| directive.contradicts(*other));
            assert_eq!(others.count(), 1, "{directive}");
        }
    }
}

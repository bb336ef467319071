use super::NAMESPACE;
use crate::extension::{Token, text_element};
use crate::xml::chars::{check_text, is_space};
use crate::{Element, InvalidValue};

/// A type for an element with a word in it.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident = $local:literal, $what:literal;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            #[cfg_attr(feature = "serde", derive(serde::Serialize))]
            #[cfg_attr(feature = "serde", serde(transparent))]
            pub struct $name(String);

            impl $name {
                /// The word.
                ///
                /// # Errors
                ///
                /// Empty, or with white space or a character that XML does not allow.
                pub fn new(word: impl Into<String>) -> Result<Self, InvalidValue> {
                    let word = word.into();
                    if word.is_empty() || word.contains(is_space) {
                        return Err(InvalidValue::new($what, "one word", &word));
                    }
                    check_text($what, &word)?;
                    Ok(Self(word))
                }

                /// The word.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl Token for $name {
                const NAME: Option<&'static str> = Some($local);

                fn from_element(element: &Element) -> Self {
                    Self(element.text().trim_matches(is_space).to_owned())
                }

                fn to_element(&self) -> Element {
                    text_element(NAMESPACE, $local, &self.0)
                }

                fn rank(&self) -> usize {
                    0
                }
            }
        )+
    };
}

words! {
    /// A language in which a service can be used, as `en` (RFC 5196 section 3.2.21).
    Language = "l", "the language";
    /// A URI scheme that a service supports, as `sip` (RFC 5196 section 3.2.18).
    Scheme = "s", "the scheme";
}

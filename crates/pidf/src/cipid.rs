//! Contact information for presence (RFC 4482): where to find what is known of a person or of a tuple's owner.

use crate::contact::check_uri;
use crate::extension::text_element;
use crate::xml::chars::{check_text, is_space};
use crate::{Element, Extension, InvalidElement, InvalidValue};

/// The namespace of CIPID.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf:cipid";

/// A type for an element that has a value and nothing else.
macro_rules! values {
    ($($(#[$meta:meta])* $name:ident = $local:literal, $check:expr, $text:expr;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            #[cfg_attr(feature = "serde", derive(serde::Serialize))]
            #[cfg_attr(feature = "serde", serde(transparent))]
            pub struct $name(String);

            impl $name {
                /// The value.
                ///
                /// # Errors
                ///
                /// A character that XML does not allow; where it is a URI also nothing, or white space.
                pub fn new(value: impl Into<String>) -> Result<Self, InvalidValue> {
                    let value = value.into();
                    $check(concat!("the ", $local), &value)?;
                    Ok(Self(value))
                }

                /// The value.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl Extension for $name {
                const NAME: &'static str = $local;
                const NAMESPACE: &'static str = NAMESPACE;

                fn from_element(element: &Element) -> Result<Self, InvalidElement> {
                    let text: fn(&str) -> &str = $text;
                    Self::new(text(&element.text())).map_err(|error| InvalidElement::new(element, error))
                }

                fn to_element(&self) -> Element {
                    text_element(NAMESPACE, Self::NAME, &self.0)
                }
            }
        )+
    };
}

values! {
    /// The URI of a business card, as a vCard (section 3.1).
    Card = "card", check_uri, |text| text.trim_matches(is_space);
    /// The name that a watcher should show (section 3.2).
    DisplayName = "display-name", check_text, |text| text;
    /// The URI of a home page (section 3.3).
    Homepage = "homepage", check_uri, |text| text.trim_matches(is_space);
    /// The URI of a picture that stands for the person or the tuple, 30 pixels high or more (section 3.4).
    Icon = "icon", check_uri, |text| text.trim_matches(is_space);
    /// The URI of a map, as a picture or in GML (section 3.5).
    Map = "map", check_uri, |text| text.trim_matches(is_space);
    /// The URI of a sound that goes with the person or the tuple, as the name spoken (section 3.6).
    Sound = "sound", check_uri, |text| text.trim_matches(is_space);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Id, Person};

    #[test]
    fn values_are_checked_and_come_back() {
        assert!(Card::new("").is_err());
        assert!(Icon::new("http://example.com/a b").is_err());
        assert!(DisplayName::new("\0").is_err());
        let person = Person::new(Id::new("p").unwrap())
            .with_typed(&DisplayName::new("Alice Lewis").unwrap())
            .and_then(|person| person.with_typed(&Sound::new("http://example.com/hello.wav")?))
            .unwrap();
        let person = Person::from_element(&person.to_element()).unwrap();
        let name: DisplayName = person.typed().unwrap().unwrap();
        assert_eq!(name.as_str(), "Alice Lewis");
        let sound: Sound = person.typed().unwrap().unwrap();
        assert_eq!(sound.as_str(), "http://example.com/hello.wav");
        assert_eq!(person.typed::<Map>(), Ok(None));
        // White space means something in text, and is none of a URI.
        let name = DisplayName::new(" Alice\tLewis ").unwrap();
        assert_eq!(DisplayName::from_element(&name.to_element()), Ok(name));
        let icon = text_element(NAMESPACE, "icon", "\n  http://example.com/a.png\n");
        assert_eq!(Icon::from_element(&icon).unwrap().as_str(), "http://example.com/a.png");
    }
}

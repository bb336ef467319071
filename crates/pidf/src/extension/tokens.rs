//! Enumerations whose values are elements.

use crate::Element;

/// A value that is written as an element.
pub(crate) trait Token: Sized {
    /// The name of the element where all values have one.
    const NAME: Option<&'static str> = None;

    fn from_element(element: &Element) -> Self;
    fn to_element(&self) -> Element;
    /// Its place where a schema asks for an order.
    fn rank(&self) -> usize;
}

/// An enumeration whose values are empty elements, or elements of other specifications.
macro_rules! tokens {
    (
        $(#[$meta:meta])*
        $name:ident in $namespace:ident $(, $other:ident)? {
            $($variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                $variant,
            )+
            $(
                /// What none of the others says, in words.
                $other(crate::Note),
            )?
            /// An element of another specification.
            Extension(crate::ForeignElement),
        }

        impl $name {
            /// The values that the specification names.
            pub const NAMED: &'static [Self] = &[$(Self::$variant,)+];

            /// The local name of the element that stands for it.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    $(Self::$other(_) => $crate::extension::tokens!(@other $other),)?
                    Self::Extension(extension) => extension.element().name().local(),
                }
            }
        }

        impl $crate::extension::Token for $name {
            fn from_element(element: &crate::Element) -> Self {
                if element.name().namespace() == Some($namespace) {
                    match element.name().local() {
                        $($text => return Self::$variant,)+
                        $($crate::extension::tokens!(@other $other) => return Self::$other(element.to_note()),)?
                        _ => {}
                    }
                }
                Self::Extension(crate::ForeignElement::of_peer(element.clone()))
            }

            fn rank(&self) -> usize {
                let named = Self::NAMED.iter().position(|named| named == self);
                named.unwrap_or(Self::NAMED.len())
            }

            fn to_element(&self) -> crate::Element {
                match self {
                    $(Self::$other(note) => $crate::extension::note_element($namespace, self.name(), note),)?
                    Self::Extension(extension) => extension.element().clone(),
                    named => $crate::extension::build($namespace, named.name()),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::InvalidValue;

            /// Reads the name of a value that the specification names.
            fn from_str(text: &str) -> Result<Self, crate::InvalidValue> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(crate::InvalidValue::new(
                        "the value",
                        concat!("one of", $(" `", $text, "`",)+),
                        text,
                    )),
                }
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            /// The name, the words or the element.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$other(note) => note.serialize(serializer),)?
                    Self::Extension(extension) => extension.serialize(serializer),
                    named => serializer.serialize_str(named.name()),
                }
            }
        }
    };
    (@other Other) => { "other" };
}
pub(crate) use tokens;

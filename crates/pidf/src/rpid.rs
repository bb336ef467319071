//! Rich presence (RFC 4480): what a person is doing and feeling, where that is, and what a service or a device is.
//!
//! Each element is a type that implements [`Extension`](crate::Extension). RFC 4480 table 1 says where each may stand:
//! [`Class`] and [`UserInput`] with persons, tuples and devices; [`Privacy`] and [`StatusIcon`] with persons and tuples;
//! [`Relationship`] and [`ServiceClass`] with tuples; the others with persons.

mod activities;
mod mood;
mod place;
mod privacy;
mod qualifiers;
mod service;
mod sphere;
mod state;

pub use activities::{Activities, Activity};
pub use mood::{Feeling, Mood};
pub use place::{AudioPlace, LocationType, Place, PlaceIs, PlaceType, TextPlace, VideoPlace};
pub use privacy::Privacy;
pub use qualifiers::Qualifiers;
pub use service::{Class, Delivery, Relation, Relationship, ServiceClass};
pub use sphere::{Sphere, SphereName};
pub use state::{Input, StatusIcon, TimeOffset, UserInput};

/// The namespace of RPID.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:pidf:rpid";

/// The child elements that are no notes, as values of an enumeration.
fn tokens<T: crate::extension::Token>(element: &crate::Element) -> Vec<T> {
    element
        .elements()
        .filter(|child| !element.has_note(child))
        .map(T::from_element)
        .collect()
}

/// Adds notes, which stand first in all elements that have them, and the values after them.
fn write<'a, T: crate::extension::Token + 'a>(
    element: crate::Element,
    notes: &[crate::Note],
    tokens: impl IntoIterator<Item = &'a T>,
) -> crate::Element {
    let notes = notes
        .iter()
        .map(|note| crate::extension::note_element(NAMESPACE, "note", note));
    let tokens = tokens.into_iter().map(T::to_element);
    notes.chain(tokens).fold(element, crate::Element::with_child)
}

/// The values of an enumeration but `unknown`, which says nothing beside others, and nothing more a second time.
fn known<T: PartialEq>(values: impl IntoIterator<Item = T>, unknown: &T) -> Vec<T> {
    let mut values: Vec<_> = values.into_iter().collect();
    if values.iter().any(|value| value != unknown) {
        values.retain(|value| value != unknown);
    } else {
        values.truncate(1);
    }
    values
}

/// The methods of a value that has notes.
macro_rules! note_methods {
    () => {
        /// Adds a note.
        #[must_use]
        pub fn with_note(mut self, note: crate::Note) -> Self {
            self.notes.push(note);
            self
        }

        /// The comments for people, in order.
        pub fn notes(&self) -> &[crate::Note] {
            &self.notes
        }
    };
}
use note_methods;

/// The methods of a value that has a time, an id and attributes of other specifications.
macro_rules! qualifier_methods {
    () => {
        /// Sets the time when it holds, the id and the attributes of other specifications.
        #[must_use]
        pub fn with_qualifiers(mut self, qualifiers: crate::rpid::Qualifiers) -> Self {
            self.qualifiers = qualifiers;
            self
        }

        /// The time when it holds, the id and the attributes of other specifications.
        pub const fn qualifiers(&self) -> &crate::rpid::Qualifiers {
            &self.qualifiers
        }
    };
}
use qualifier_methods;

#[cfg(test)]
mod tests;

mod parts;
mod tokens;

use crate::{Element, Id, InvalidValue, Position};

pub(crate) use parts::{build, check_children, note_element, text_element};
pub(crate) use tokens::{Token, tokens};

/// An element that a specification adds to presence documents, as a typed value.
///
/// The [`Element`] is what a document keeps; a value of a type is read from it when it is asked for, and made an
/// element again where it is put into a document. So absent, malformed and fine are three answers, and one broken
/// element leaves the others readable.
///
/// ```
/// use pidf::rpid::{Activities, Activity};
/// use pidf::{Document, Id, Person};
///
/// let person = Person::new(Id::new("p1")?).with_typed(&Activities::new([Activity::OnThePhone]))?;
/// let document = Document::new("pres:alice@example.test")?.with_typed(&person)?;
/// for person in document.persons() {
///     let activities = person?.typed::<Activities>()?;
///     assert_eq!(activities.unwrap().activities(), [Activity::OnThePhone]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A type for an element of your own implements it too.
pub trait Extension: Sized {
    /// The local name of the element.
    const NAME: &'static str;
    /// The namespace of the element.
    const NAMESPACE: &'static str;

    /// Reads an element that has the type's name.
    ///
    /// # Errors
    ///
    /// A mandatory part is missing, or a value breaks its grammar.
    fn from_element(element: &Element) -> Result<Self, InvalidElement>;

    /// The element for the value. Its name is the type's.
    fn to_element(&self) -> Element;
}

/// Why an element gives no value of a type, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("in <{element}>: {kind}")]
pub struct InvalidElement {
    element: String,
    offset: Option<usize>,
    kind: InvalidElementKind,
}

/// What can be wrong with an element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidElementKind {
    /// A mandatory attribute is not there.
    #[error("expected an attribute `{0}`")]
    MissingAttribute(&'static str),
    /// A mandatory child element is not there.
    #[error("expected an element <{0}>")]
    MissingElement(&'static str),
    /// A value that its grammar does not allow.
    #[error(transparent)]
    Value(#[from] InvalidValue),
}

impl InvalidElement {
    /// An error about an element, for implementations of [`Extension`].
    pub fn new(element: &Element, kind: impl Into<InvalidElementKind>) -> Self {
        Self {
            element: element.name().local().to_owned(),
            offset: element.offset(),
            kind: kind.into(),
        }
    }

    /// What was found wrong.
    pub const fn kind(&self) -> &InvalidElementKind {
        &self.kind
    }

    /// Where the element begins in the document that it was read from. `None` for one that was built.
    pub fn position(&self, document: &[u8]) -> Option<Position> {
        self.offset.map(|offset| Position::of(document, offset))
    }
}

/// The first of the elements that has the name of the type.
pub(crate) fn typed<T: Extension>(elements: &[Element]) -> Result<Option<T>, InvalidElement> {
    typed_all(elements).next().transpose()
}

/// Every element that has the name of the type.
pub(crate) fn typed_all<T: Extension>(elements: &[Element]) -> impl Iterator<Item = Result<T, InvalidElement>> {
    let has_name = |element: &&Element| element.is(T::NAMESPACE, T::NAME);
    elements.iter().filter(has_name).map(T::from_element)
}

/// Whether two elements have the same name and the same id, as ids are read.
pub(crate) fn stand_for_the_same(one: &Element, other: &Element) -> bool {
    let id = |element: &Element| element.parsed_attribute("id", Id::escape).ok().flatten();
    one.name == other.name && id(one) == id(other)
}

/// Puts the element in the place of those with its name and id.
pub(crate) fn replace(elements: &mut Vec<Element>, element: Element) {
    let is_same = |old: &Element| stand_for_the_same(old, &element);
    match elements.iter().position(is_same) {
        Some(index) => {
            let mut position = 0;
            elements.retain(|old| {
                position += 1;
                position == index + 1 || !is_same(old)
            });
            if let Some(old) = elements.get_mut(index) {
                *old = element;
            }
        }
        None => elements.push(element),
    }
}

/// The methods by which a value with `extensions` gives and takes typed ones.
macro_rules! typed_methods {
    () => {
        /// The first extension of a type; `None` where there is none.
        ///
        /// # Errors
        ///
        /// It is there and malformed.
        pub fn typed<T: Extension>(&self) -> Result<Option<T>, InvalidElement> {
            extension::typed(&self.extensions)
        }

        /// Every extension of a type, in order.
        pub fn typed_all<T: Extension>(&self) -> impl Iterator<Item = Result<T, InvalidElement>> {
            extension::typed_all(&self.extensions)
        }

        /// Adds an extension of a type, in the place of those with the same name and the same id.
        ///
        /// # Errors
        ///
        /// The type's namespace has no place here: none, or that of the element around.
        pub fn with_typed<T: Extension>(self, value: &T) -> Result<Self, InvalidValue> {
            let mut value_with = self.with_extension(value.to_element())?;
            let added = value_with.extensions.pop();
            added
                .into_iter()
                .for_each(|added| extension::replace(&mut value_with.extensions, added));
            Ok(value_with)
        }
    };
}
pub(crate) use typed_methods;

/// The `id` attribute, which is mandatory on persons and devices.
pub(crate) fn id(element: &Element) -> Result<Id, InvalidElement> {
    let id = element.parsed_attribute("id", Id::escape)?;
    id.ok_or_else(|| InvalidElement::new(element, InvalidElementKind::MissingAttribute("id")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpid::{Class, UserInput};
    use crate::{Basic, Document, Limits, Tuple};

    #[test]
    fn absent_malformed_and_fine_are_three_answers() {
        let source = b"<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:r='urn:ietf:params:xml:ns:pidf:rpid'>
            <tuple id='t'><status/><r:class>a</r:class>
              <r:user-input>asleep</r:user-input></tuple></presence>";
        let document = Document::parse(source, &Limits::default()).unwrap();
        let tuple = &document.tuples()[0];
        assert_eq!(tuple.typed::<Class>().unwrap().unwrap().as_str(), "a");
        assert!(tuple.typed::<crate::rpid::Mood>().unwrap().is_none());
        let error = tuple.typed::<UserInput>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "in <user-input>: expected the user input to be `active` or `idle`, found \"asleep\""
        );
        let position = error.position(source).unwrap();
        assert_eq!((position.line, position.column), (3, 15));
    }

    #[test]
    fn a_typed_value_takes_the_place_of_the_one_before() {
        let class = |text| Class::new(text).unwrap();
        let tuple = Tuple::new(Id::new("t").unwrap(), Basic::Open)
            .with_typed(&class("a"))
            .unwrap()
            .with_extension(Element::new("urn:x", "x").unwrap())
            .unwrap()
            .with_extension(class("b").to_element())
            .unwrap()
            .with_typed(&class("c"))
            .unwrap();
        assert_eq!(tuple.extensions().len(), 2);
        assert_eq!(tuple.typed_all::<Class>().collect::<Vec<_>>(), [Ok(class("c"))]);
        assert!(tuple.extensions()[0].is(Class::NAMESPACE, Class::NAME));
    }
}

use super::NAMESPACE;
use crate::extension::{Token, build};
use crate::{Element, InvalidElement};

/// What is supported of a kind, and what expressly is not. Of the rest nothing is said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Support<T> {
    supported: Vec<T>,
    not_supported: Vec<T>,
}

impl<T> Default for Support<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Support<T> {
    /// Nothing said yet.
    pub const fn new() -> Self {
        Self {
            supported: Vec::new(),
            not_supported: Vec::new(),
        }
    }

    /// Adds what is supported.
    #[must_use]
    pub fn with_supported(mut self, supported: impl IntoIterator<Item = T>) -> Self {
        self.supported.extend(supported);
        self
    }

    /// Adds what is not supported.
    #[must_use]
    pub fn with_not_supported(mut self, not_supported: impl IntoIterator<Item = T>) -> Self {
        self.not_supported.extend(not_supported);
        self
    }

    /// What is supported.
    pub fn supported(&self) -> &[T] {
        &self.supported
    }

    /// What is not supported.
    pub fn not_supported(&self) -> &[T] {
        &self.not_supported
    }

    pub(super) fn read_with(
        parent: &Element,
        name: &str,
        is_value: impl Fn(&Element) -> bool,
        read: impl Fn(&Element) -> Result<T, InvalidElement>,
    ) -> Result<Self, InvalidElement> {
        let part = |part: &str| -> Result<Vec<T>, InvalidElement> {
            let list = parent
                .find(NAMESPACE, name)
                .and_then(|element| element.find(NAMESPACE, part));
            let values = list.into_iter().flat_map(Element::elements);
            values.filter(|value| is_value(value)).map(&read).collect()
        };
        Ok(Self {
            supported: part("supported")?,
            not_supported: part("notsupported")?,
        })
    }
}

pub(super) fn read<T: Token>(parent: &Element, name: &str) -> Result<Support<T>, InvalidElement> {
    let is_value = |element: &Element| T::NAME.is_none_or(|name| element.is(NAMESPACE, name));
    Support::read_with(parent, name, is_value, |element| Ok(T::from_element(element)))
}

/// Adds the element with this name where there is something to say, in the order of the schema.
pub(super) fn write<T: Token + PartialEq>(support: &Support<T>, parent: Element, name: &str) -> Element {
    let mut element = build(NAMESPACE, name);
    for (part, values) in [
        ("supported", &support.supported),
        ("notsupported", &support.not_supported),
    ] {
        if values.is_empty() {
            continue;
        }
        let mut ordered: Vec<&T> = values.iter().collect();
        ordered.sort_by_key(|value| value.rank());
        ordered.dedup();
        let list = ordered.into_iter().map(T::to_element);
        element = element.with_child(list.fold(build(NAMESPACE, part), Element::with_child));
    }
    if element.children().is_empty() {
        parent
    } else {
        parent.with_child(element)
    }
}

use super::{NAMESPACE, Qualifiers, qualifier_methods};
use crate::extension::tokens;
use crate::xml::chars::is_space;
use crate::{Element, Extension, InvalidElement};

/// The role that the person plays at present (RFC 4480 section 3.11).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Sphere {
    name: Option<SphereName>,
    text: String,
    qualifiers: Qualifiers,
}

impl Sphere {
    /// The sphere with this name.
    pub fn new(name: SphereName) -> Self {
        Self {
            name: Some(name),
            ..Self::default()
        }
    }

    /// The name; `None` where none was stated.
    pub const fn name(&self) -> Option<&SphereName> {
        self.name.as_ref()
    }

    /// What a peer said in words, as the example in RFC 4480 section 4 does and its schema does not allow. Otherwise
    /// empty.
    pub fn text(&self) -> &str {
        &self.text
    }

    qualifier_methods!();
}

impl Extension for Sphere {
    const NAME: &'static str = "sphere";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        Ok(Self {
            name: super::tokens(element).into_iter().next(),
            text: element.text().trim_matches(is_space).to_owned(),
            qualifiers: Qualifiers::read(element)?,
        })
    }

    fn to_element(&self) -> Element {
        let mut element = super::write(self.qualifiers.element(Self::NAME), &[], &self.name);
        element.push_text(self.text.as_str().into());
        element
    }
}

tokens! {
    /// The name of a sphere (RFC 4480 section 3.11).
    SphereName in NAMESPACE {
        Home = "home",
        Unknown = "unknown",
        Work = "work",
    }
}

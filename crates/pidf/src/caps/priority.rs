use super::NAMESPACE;
use crate::extension::{Token, build};
use crate::value::number;
use crate::{Element, ForeignElement, InvalidElement};

/// Call priorities that a service handles (RFC 5196 section 3.2.15).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum PriorityRange {
    /// This one.
    Equals(i32),
    /// This one and those above. The element is `higherhan` in the schema and `higherthan` in the text of RFC 5196:
    /// either is read, and what is written validates.
    HigherThan(i32),
    /// This one and those below.
    LowerThan(i32),
    /// From the lowest to the highest.
    Range(i32, i32),
    /// An element of another specification.
    Extension(ForeignElement),
}

impl PriorityRange {
    pub(super) fn read(element: &Element) -> Result<Self, InvalidElement> {
        let value =
            |name| element.required_attribute(name, |text| number("the priority", "an integer of 32 bits", text));
        if element.name().namespace() != Some(NAMESPACE) {
            return Ok(Self::Extension(ForeignElement::of_peer(element.clone())));
        }
        Ok(match element.name().local() {
            "equals" => Self::Equals(value("value")?),
            "higherhan" | "higherthan" => Self::HigherThan(value("minvalue")?),
            "lowerthan" => Self::LowerThan(value("maxvalue")?),
            "range" => Self::Range(value("minvalue")?, value("maxvalue")?),
            _ => Self::Extension(ForeignElement::of_peer(element.clone())),
        })
    }
}

impl Token for PriorityRange {
    fn from_element(element: &Element) -> Self {
        Self::read(element).unwrap_or_else(|_| Self::Extension(ForeignElement::of_peer(element.clone())))
    }

    fn to_element(&self) -> Element {
        let with = |name, values: &[(&str, i32)]| {
            let mut element = build(NAMESPACE, name);
            for (attribute, value) in values {
                element.push_attribute(attribute, value.to_string());
            }
            element
        };
        match self {
            Self::Equals(value) => with("equals", &[("value", *value)]),
            Self::HigherThan(min) => with("higherhan", &[("minvalue", *min)]),
            Self::LowerThan(max) => with("lowerthan", &[("maxvalue", *max)]),
            Self::Range(min, max) => with("range", &[("minvalue", *min), ("maxvalue", *max)]),
            Self::Extension(extension) => extension.element().clone(),
        }
    }

    fn rank(&self) -> usize {
        match self {
            Self::Equals(_) => 0,
            Self::HigherThan(_) => 1,
            Self::LowerThan(_) => 2,
            Self::Range(..) => 3,
            Self::Extension(_) => 4,
        }
    }
}

use super::{Element, Name};
use crate::InvalidValue;
use crate::xml::{XMLNS_NAMESPACE, chars};

/// What an [`Element`] contains.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Node {
    /// A comment: what stands between `<!--` and `-->`. No carriage return can.
    Comment(String),
    /// A child element.
    Element(Element),
    /// A processing instruction.
    Instruction {
        /// Whom it is for.
        target: String,
        /// What stands between the target and `?>`, without the white space after the target. No
        /// carriage return can.
        data: String,
    },
    /// Text, references and CDATA sections resolved. Never empty, never beside other text.
    Text(String),
}

impl Node {
    /// Refuses what XML cannot carry.
    pub(crate) fn check(&self) -> Result<(), InvalidValue> {
        match self {
            // Readers make a line feed of a carriage return (XML 1.0 section 2.11), and nothing can be referred to here.
            Self::Comment(text) if text.contains("--") || text.ends_with('-') || text.contains('\r') => {
                Err(InvalidValue::new(
                    "the comment",
                    "text without `--` and carriage returns that does not end with `-`",
                    text,
                ))
            }
            Self::Comment(text) => chars::check_text("the comment", text),
            Self::Element(_) => Ok(()),
            Self::Instruction { target, .. } if !chars::is_ncname(target) || target.eq_ignore_ascii_case("xml") => Err(
                InvalidValue::new("the target of the instruction", "a name other than `xml`", target),
            ),
            Self::Instruction { data, .. }
                if data.contains("?>") || data.starts_with(chars::is_space) || data.contains('\r') =>
            {
                Err(InvalidValue::new(
                    "the instruction",
                    "text without `?>` and carriage returns that begins with no white space",
                    data,
                ))
            }
            Self::Instruction { data, .. } => chars::check_text("the instruction", data),
            Self::Text(text) => chars::check_text("the text", text),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Node {
    /// An element as an object, text as a string, the rest as objects with one key.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;

        let (key, value) = match self {
            Self::Element(element) => return element.serialize(serializer),
            Self::Text(text) => return serializer.serialize_str(text),
            Self::Comment(text) => ("comment", text.clone()),
            Self::Instruction { target, data } => ("instruction", format!("{target} {data}")),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(key, &value)?;
        map.end()
    }
}

/// An attribute of an [`Element`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Attribute {
    pub(crate) name: Name,
    pub(crate) value: String,
}

impl Attribute {
    /// An attribute.
    ///
    /// # Errors
    ///
    /// The name is `xmlns`, or the value has a character that XML does not allow.
    pub fn new(name: Name, value: impl Into<String>) -> Result<Self, InvalidValue> {
        let value = value.into();
        let is_declaration = name.namespace().is_none() && name.local() == "xmlns";
        if is_declaration || name.namespace() == Some(XMLNS_NAMESPACE) {
            return Err(InvalidValue::new(
                "the attribute",
                "no namespace declaration",
                name.local(),
            ));
        }
        chars::check_text("the attribute", &value)?;
        Ok(Self { name, value })
    }

    /// The name. Attributes without a prefix are in no namespace.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The value, references resolved.
    pub fn value(&self) -> &str {
        &self.value
    }
}

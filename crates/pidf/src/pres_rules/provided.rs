use std::collections::BTreeSet;

use crate::{Token, Uri};

/// Which occurrences of a kind are shown (RFC 5025 section 3.3.1). The default is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Provided<T: Ord> {
    /// All of them.
    All,
    /// Those that one of the identifiers identifies.
    These(BTreeSet<T>),
}

impl<T: Ord + Clone> Provided<T> {
    /// Adds what others permit: all, or the identifiers of both.
    pub fn combine(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::All, _) => {}
            (_, Self::All) => *self = Self::All,
            (Self::These(one), Self::These(other)) => one.extend(other.iter().cloned()),
        }
    }
}

impl<T: Ord> Default for Provided<T> {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

/// Identifies devices (RFC 5025 section 3.3.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum DeviceIdentifier {
    /// By the device's class.
    Class(Token),
    /// By the device id, which all occurrences of one device share.
    DeviceId(Uri),
    /// By the id of the occurrence.
    OccurrenceId(Token),
}

/// Identifies persons (RFC 5025 section 3.3.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum PersonIdentifier {
    /// By the person's class.
    Class(Token),
    /// By the id of the occurrence.
    OccurrenceId(Token),
}

/// Identifies services, that is tuples (RFC 5025 section 3.3.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum ServiceIdentifier {
    /// By the service's class.
    Class(Token),
    /// By the id of the tuple.
    OccurrenceId(Token),
    /// By the contact.
    ServiceUri(Uri),
    /// By the scheme of the contact.
    ServiceUriScheme(Token),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_more_than_any() {
        let these = |texts: &[&str]| {
            let classes = texts.iter().map(|text| PersonIdentifier::Class(text.parse().unwrap()));
            Provided::These(classes.collect())
        };
        let mut provided = Provided::default();
        provided.combine(&these(&["a"]));
        provided.combine(&these(&["b", "a"]));
        assert_eq!(provided, these(&["a", "b"]));
        provided.combine(&Provided::All);
        provided.combine(&these(&["c"]));
        assert_eq!(provided, Provided::All);
    }
}

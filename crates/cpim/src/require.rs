use thiserror::Error;

use crate::{error::HeaderError, name::ExpandedName};

/// A header or feature that the receiver must understand (RFC 3862 section 3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement<'a> {
    /// The name as written, with its prefix.
    pub written: &'a str,
    /// The namespace; none where no `NS` header ahead declares the prefix, so that nobody can know what is meant.
    pub namespace: Option<&'a str>,
    /// The name in that namespace.
    pub name: &'a str,
}

impl<'a> Requirement<'a> {
    /// What is required; none where the prefix is not declared.
    #[must_use]
    pub fn expanded(&self) -> Option<ExpandedName<'a>> {
        let namespace = self.namespace?;
        Some(ExpandedName::new(namespace, self.name))
    }
}

/// A message requires what the receiver does not understand, or cannot tell what it requires.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnsupportedRequirements {
    /// A Require header that cannot be read. It may require anything.
    #[error(transparent)]
    Malformed(#[from] HeaderError),
    /// Requirements that are not understood, as written.
    #[error("requires what is not understood: {} (RFC 3862 section 3.5)", .names.join(", "))]
    Unknown {
        /// The required names, as written, in order.
        names: Vec<String>,
    },
}

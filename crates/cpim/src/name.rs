use std::{fmt, str::FromStr};

use crate::{
    error::{InvalidValue, ValueKind},
    uri::Uri,
};

/// The namespace of the headers that RFC 3862 defines, in force until an `NS` header names another default.
pub const CORE_NAMESPACE: &str = "urn:ietf:params:cpim-headers:";

/// A header name without its prefix, or a prefix (RFC 3862 section 3.6, `Name`). Case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Checks and takes a name.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it is empty or holds a separator, a space, a control character, a full stop or a
    /// character outside US-ASCII.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidValue> {
        let name = name.into();
        match name.bytes().position(|byte| !is_name_byte(byte)) {
            None if !name.is_empty() => Ok(Self(name)),
            at => Err(InvalidValue::new(ValueKind::Name, at.unwrap_or(0))),
        }
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        Self::new(name)
    }
}

/// `NAMECHAR` of RFC 3862 section 3.6.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, 0x21 | 0x23..=0x27 | 0x2a..=0x2b | 0x2d | 0x5e..=0x60 | 0x7c | 0x7e)
}

/// Splits `[ Name-prefix "." ] Name`, or tells at which byte it is none.
pub(crate) fn split_header_name(name: &[u8]) -> Result<Option<usize>, usize> {
    let mut dot = None;
    for (at, &byte) in name.iter().enumerate() {
        match byte {
            b'.' if dot.is_none() && at > 0 => dot = Some(at),
            _ if is_name_byte(byte) => {}
            _ => return Err(at),
        }
    }
    match name.last() {
        None | Some(b'.') => Err(name.len()),
        Some(_) => Ok(dot),
    }
}

/// What a header name means: its namespace and the name in it (RFC 3862 section 3.4).
///
/// Prefixes are local to a message; this is what two messages have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpandedName<'a> {
    /// The namespace URI.
    pub namespace: &'a str,
    /// The name in that namespace.
    pub name: &'a str,
}

impl<'a> ExpandedName<'a> {
    /// A name in a namespace.
    #[must_use]
    pub const fn new(namespace: &'a str, name: &'a str) -> Self {
        Self { namespace, name }
    }

    /// A name in [`CORE_NAMESPACE`].
    #[must_use]
    pub const fn core(name: &'a str) -> Self {
        Self::new(CORE_NAMESPACE, name)
    }
}

/// A namespace that a built message uses, with the prefix that it prefers.
///
/// [`Builder`](crate::Builder) declares it with an `NS` header ahead of its first use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace {
    prefix: Name,
    uri: Uri,
}

impl Namespace {
    /// A namespace for extension headers.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when the prefix is no [`Name`], the URI is no [`Uri`], or the URI is [`CORE_NAMESPACE`]: the
    /// builder has a method for each header of that namespace.
    pub fn new(prefix: impl Into<String>, uri: impl Into<String>) -> Result<Self, InvalidValue> {
        let (prefix, uri) = (Name::new(prefix)?, Uri::new(uri)?);
        if uri.as_str() == CORE_NAMESPACE {
            return Err(InvalidValue::new(ValueKind::Namespace, 0));
        }
        Ok(Self { prefix, uri })
    }

    /// The prefix that is used where it is free.
    #[must_use]
    pub fn prefix(&self) -> &Name {
        &self.prefix
    }

    /// What identifies the namespace.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }
}

/// The value of an `NS` header (RFC 3862 section 4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamespaceDeclaration<'a> {
    /// The prefix, or none where the default for the headers that follow is declared.
    pub prefix: Option<&'a str>,
    /// The URI that identifies the namespace.
    pub uri: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_characters_are_those_of_the_grammar() {
        let allowed: String = (0u8..=255).filter(|&byte| is_name_byte(byte)).map(char::from).collect();
        assert_eq!(
            allowed,
            "!#$%&'*+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~"
        );
    }

    #[test]
    fn a_header_name_has_at_most_one_prefix() {
        assert_eq!(split_header_name(b"From"), Ok(None));
        assert_eq!(split_header_name(b"imdn.Message-ID"), Ok(Some(4)));
        for (name, at) in [
            (&b""[..], 0),
            (b".a", 0),
            (b"a.", 2),
            (b"a.b.c", 3),
            (b"a..b", 2),
            (b"From ", 4),
            (b"Fr\xc3\xb6m", 2),
        ] {
            assert_eq!(split_header_name(name), Err(at), "{name:?}");
        }
    }

    #[test]
    fn names_and_namespaces_cannot_be_built_invalid() {
        assert!(Name::new("Message-ID").is_ok());
        assert_eq!(Name::new("").unwrap_err().offset(), 0);
        assert_eq!(Name::new("a.b").unwrap_err().offset(), 1);
        assert!(Namespace::new("imdn", "urn:ietf:params:imdn").is_ok());
        assert!(Namespace::new("c", CORE_NAMESPACE).is_err());
        assert!(Namespace::new("c", "relative").is_err());
    }
}

use std::{fmt, str::FromStr};

use crate::{
    error::{InvalidValue, ValueKind},
    escape, grammar,
    uri::Uri,
};

/// Who: a URI and, perhaps, the name of a person (RFC 3862 section 4.1). The value of From, To and cc.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    name: Option<FormalName>,
    uri: Uri,
    trailer: String,
}

impl Address {
    /// An address without a name.
    #[must_use]
    pub fn new(uri: Uri) -> Self {
        Self {
            name: None,
            uri,
            trailer: String::new(),
        }
    }

    /// An address with a name.
    #[must_use]
    pub fn named(name: impl Into<FormalName>, uri: Uri) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::new(uri)
        }
    }

    /// The name of the person, unescaped.
    #[must_use]
    pub fn name(&self) -> Option<&FormalName> {
        self.name.as_ref()
    }

    /// The address proper.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Parameters that a sender wrote after the `>`, with their leading semicolon, unchecked; usually empty.
    ///
    /// RFC 3862 has no such thing. RFC 7702 prints `<sip:room@example.org>;gr=Romeo` to name one person in a room. They
    /// are not written again.
    #[must_use]
    pub fn trailer(&self) -> &str {
        &self.trailer
    }
}

impl From<Uri> for Address {
    fn from(uri: Uri) -> Self {
        Self::new(uri)
    }
}

/// Writes `[ Formal-name ] "<" URI ">"`, escaped. By the grammar a space ends each token of a name, and none stands
/// behind a quoted string.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            f.write_str(&name.to_wire())?;
        }
        write!(f, "<{}>", self.uri)
    }
}

/// Reads the value of a From, To or cc header.
impl FromStr for Address {
    type Err = InvalidValue;

    fn from_str(value: &str) -> Result<Self, InvalidValue> {
        let parts = grammar::address(value).map_err(|offset| InvalidValue::new(ValueKind::Address, offset))?;
        Ok(Self {
            name: parts.name.map(|name| FormalName(name.into_owned())),
            uri: Uri::new(parts.uri).map_err(|error| error.shifted(parts.uri_offset))?,
            trailer: parts.trailer.to_owned(),
        })
    }
}

/// The name of a person or thing, unescaped. Any characters: what is no row of tokens is written as a quoted string.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FormalName(String);

impl FormalName {
    /// Takes a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name, unescaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `1*( Token SP ) / String`.
    fn to_wire(&self) -> String {
        let tokens = |word: &str| !word.is_empty() && word.chars().all(grammar::is_token_char);
        if self.0.split(' ').all(tokens) {
            return format!("{} ", self.0);
        }
        let mut out = String::with_capacity(self.0.len() + 2);
        out.push('"');
        escape::escape_into(&mut out, &self.0, Some('"'));
        out.push('"');
        out
    }
}

impl From<&str> for FormalName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for FormalName {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Display for FormalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Address {
        Address::named(name, Uri::new("im:a@b").unwrap())
    }

    #[test]
    fn a_row_of_tokens_stands_bare_and_the_rest_in_quotes() {
        for (name, wire) in [
            ("Winnie the Pooh", "Winnie the Pooh <im:a@b>"),
            ("홍길동", "홍길동 <im:a@b>"),
            ("J. R.", "J. R. <im:a@b>"),
            ("Doe, John", "\"Doe, John\"<im:a@b>"),
            ("two  spaces", "\"two  spaces\"<im:a@b>"),
            (" edge ", "\" edge \"<im:a@b>"),
            ("", "\"\"<im:a@b>"),
            ("x\" <im:boss@b>", "\"x\\\" <im:boss@b>\"<im:a@b>"),
            ("line\r\nFrom: <im:boss@b>", "\"line\\r\\nFrom: <im:boss@b>\"<im:a@b>"),
            ("c:\\x", "\"c:\\\\x\"<im:a@b>"),
        ] {
            assert_eq!(named(name).to_string(), wire);
            assert_eq!(wire.parse::<Address>().unwrap(), named(name));
        }
    }

    #[test]
    fn a_bad_uri_is_located_in_the_value() {
        let error = "Pooh <im:a b>".parse::<Address>().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ValueKind::Uri, 10));
        let error = "Pooh im:a".parse::<Address>().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ValueKind::Address, 9));
    }
}

use std::fmt;

use crate::text;

/// The hash that a challenge asks for (RFC 2617 section 3.2.1, `algorithm`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `MD5`, which also holds where the parameter is absent.
    #[default]
    Md5,
}

/// The quality of protection (RFC 2617 section 3.2.1, `qop-options`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Qop {
    /// `auth`: authentication, with a client nonce and a nonce count.
    Auth,
}

/// A name out of a registry that grows: what the peer wrote may be a name that this crate does not know. An unknown
/// name is kept, so that it can be shown, and is never taken for a known one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named<T> {
    /// A name that this crate knows.
    Known(T),
    /// Any other name, as it was written.
    Unknown(String),
}

impl Algorithm {
    /// The registered name, `MD5`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
        }
    }

    pub(crate) fn parse(name: &str) -> Named<Self> {
        if name.eq_ignore_ascii_case("MD5") {
            Named::Known(Self::Md5)
        } else {
            Named::Unknown(name.to_owned())
        }
    }
}

impl Qop {
    /// The registered name, `auth`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
        }
    }

    pub(crate) fn parse(name: &str) -> Named<Self> {
        if name.eq_ignore_ascii_case("auth") {
            Named::Known(Self::Auth)
        } else {
            Named::Unknown(name.to_owned())
        }
    }
}

impl<T: Copy> Named<T> {
    /// The name, where this crate knows it.
    #[must_use]
    pub const fn known(&self) -> Option<T> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Qop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Writes the name as a token, or as a quoted-string where it is none.
impl<T: fmt::Display> fmt::Display for Named<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => known.fmt(f),
            Self::Unknown(name) => text::write_token_or_quoted(f, name),
        }
    }
}

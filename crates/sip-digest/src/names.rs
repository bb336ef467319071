use std::fmt;

use crate::hash;
use crate::text;

/// The hash that a challenge asks for (RFC 7616 section 3.3, `algorithm`; RFC 8760 section 2.7).
///
/// The `-sess` variants hash nonce and client nonce into the user's secret, so that the key of one session is good for
/// no other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `MD5`, which also holds where the parameter is absent.
    #[default]
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
    /// `SHA-512-256`: SHA-512 with other initial values, cut to 256 bits.
    Sha512_256,
    /// `SHA-512-256-sess`.
    Sha512_256Sess,
}

/// The quality of protection (RFC 7616 section 3.3, `qop`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Qop {
    /// `auth`: authentication, with a client nonce and a nonce count.
    Auth,
    /// `auth-int`: the same, and the body is signed too.
    AuthInt,
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
    /// All that this crate knows, the `-sess` variants after their plain ones.
    pub const ALL: [Self; 6] = [
        Self::Md5,
        Self::Md5Sess,
        Self::Sha256,
        Self::Sha256Sess,
        Self::Sha512_256,
        Self::Sha512_256Sess,
    ];

    /// The registered name: `MD5`, `SHA-256-sess` and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512_256 => "SHA-512-256",
            Self::Sha512_256Sess => "SHA-512-256-sess",
        }
    }

    /// The algorithm of this registered name, in any case.
    #[must_use]
    #[inline]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            // As they are written nearly always.
            "MD5" => Some(Self::Md5),
            "SHA-256" => Some(Self::Sha256),
            _ => {
                let mut all = Self::ALL.into_iter();
                all.find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            }
        }
    }

    /// Whether it is a `-sess` variant.
    #[must_use]
    pub const fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512_256Sess)
    }

    /// The plain variant. It has the same hash, so an [`Ha1`](crate::Ha1) is good for both.
    #[must_use]
    pub const fn without_session(self) -> Self {
        match self {
            Self::Md5 | Self::Md5Sess => Self::Md5,
            Self::Sha256 | Self::Sha256Sess => Self::Sha256,
            Self::Sha512_256 | Self::Sha512_256Sess => Self::Sha512_256,
        }
    }

    /// How many hexadecimal digits a response has (RFC 8760 section 2.2).
    #[must_use]
    pub const fn response_digits(self) -> usize {
        match self.without_session() {
            Self::Md5 => 32,
            _ => 64,
        }
    }

    /// What stands for the user's name where the name itself is not sent (RFC 7616 section 3.4.4, `userhash`). A server
    /// that asks for it keeps this beside each user.
    ///
    /// ```
    /// use sip_digest::Algorithm;
    ///
    /// // RFC 7616 section 3.9.2.
    /// assert_eq!(
    ///     Algorithm::Sha512_256.userhash("Jäsøn Doe", "api@example.org"),
    ///     "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    /// );
    /// ```
    #[must_use]
    pub fn userhash(self, username: &str, realm: &str) -> String {
        hash::hash(self, &[username.as_bytes(), realm.as_bytes()])
            .as_str()
            .to_owned()
    }

    #[inline]
    pub(crate) fn parse(name: &str) -> Named<Self> {
        Self::from_name(name).map_or_else(|| Named::Unknown(name.to_owned()), Named::Known)
    }
}

impl Qop {
    /// The registered name, `auth` or `auth-int`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }

    /// The quality of protection of this registered name, in any case.
    #[must_use]
    #[inline]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            // As it is written nearly always.
            "auth" => Some(Self::Auth),
            _ => {
                let mut all = [Self::Auth, Self::AuthInt].into_iter();
                all.find(|qop| qop.name().eq_ignore_ascii_case(name))
            }
        }
    }

    #[inline]
    pub(crate) fn parse(name: &str) -> Named<Self> {
        Self::from_name(name).map_or_else(|| Named::Unknown(name.to_owned()), Named::Known)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_whole() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(&algorithm.name().to_lowercase()), Some(algorithm));
            assert_eq!(algorithm.is_session(), algorithm.name().ends_with("-sess"));
            let plain = algorithm.without_session();
            assert_eq!(algorithm.name().trim_end_matches("-sess"), plain.name());
        }
        for other in ["", "MD5 ", "MD5-ses", "SHA-512", "SHA256"] {
            assert_eq!(Algorithm::parse(other), Named::Unknown(other.to_owned()));
        }
        assert_eq!(Qop::parse("AUTH-Int"), Named::Known(Qop::AuthInt));
        assert_eq!(Qop::parse("auth-").known(), None);
    }
}

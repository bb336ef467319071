use std::time::Duration;

use crate::limits::{DEFAULT_NONCE_LIFETIME, DEFAULT_TRACKED_NONCES};
use crate::names::{Algorithm, Qop};
use crate::uri::UriPolicy;

/// What a [`Verifier`](crate::Verifier) asks for. [`new`](Self::new) has the defaults; change the fields that need it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifierConfig {
    /// The protection space, often the domain (RFC 3261 section 22.1 asks for a globally unique text).
    pub realm: String,
    /// The algorithms that are taken, with a challenge for each. The default is MD5 alone.
    pub algorithms: Algorithms,
    /// What is offered and what is taken.
    pub qop: QopPolicy,
    /// Whether challenges allow users to send a hash in place of their name. Whoever sets this can find a user by
    /// [`Algorithm::userhash`].
    pub userhash: bool,
    /// How long after its challenge a nonce is good.
    pub nonce_lifetime: Duration,
    /// How the digest-uri has to agree with the Request-URI.
    pub uri_policy: UriPolicy,
    /// Hosts that name this server: its domains and addresses, IPv6 in brackets. Under [`UriPolicy::SameHost`] a
    /// digest-uri with one of them passes for every request, as SIPp signs the address that it sends to.
    pub own_hosts: Vec<String>,
    /// How many nonces' counts are remembered; the memory for them is taken at once. With 0, every nonce is good once.
    pub max_tracked_nonces: usize,
}

/// The algorithms of a realm, the most preferred first: at least one, each once (RFC 8760 section 2.3).
///
/// More than one costs clients. Of those in the field, some read only the first challenge of a response and know only
/// MD5, and some fail when MD5 comes first and SHA-256 second. So the default is MD5 alone, which all of them know; set
/// more where the clients are known, and MD5 not at all where it can be done without, because who can change what
/// travels between the two can leave the better challenges out (RFC 8760 section 3).
///
/// ```
/// use sip_digest::{Algorithm, Algorithms, VerifierConfig};
///
/// let mut config = VerifierConfig::new("example.test");
/// config.algorithms = Algorithms::new([Algorithm::Sha256, Algorithm::Md5])?;
/// # Ok::<(), sip_digest::InvalidAlgorithms>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Algorithms(Vec<Algorithm>);

/// A list of algorithms that cannot be challenged with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAlgorithms {
    /// There is none.
    #[error("a realm needs at least one algorithm (RFC 8760 section 2.3)")]
    Empty,
    /// This one stands twice.
    #[error("{0} stands twice (RFC 8760 section 2.3: each challenge must use a different algorithm)")]
    Twice(Algorithm),
}

/// The quality of protection that a [`Verifier`](crate::Verifier) offers and takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QopPolicy {
    /// Challenges offer `auth`, and credentials must use it.
    Auth,
    /// Challenges offer `auth-int`, and credentials must use it. A proxy that changes the body breaks it.
    AuthInt,
    /// Challenges offer `auth`, and the RFC 2069 form without qop is taken too, as RFC 3261 section 22.4 asks
    /// (libpurple answers so). That form has no nonce count: within its nonce's lifetime it can be replayed for the
    /// same method and URI.
    #[default]
    AuthOrNone,
    /// Challenges offer `auth-int` and `auth`, and credentials use one of them.
    AuthOrAuthInt,
    /// Challenges offer no qop, and credentials must be in the RFC 2069 form. RFC 3261 section 22.4 item 8 forbids such
    /// challenges; this is for clients that cannot read others.
    None,
}

impl VerifierConfig {
    /// The defaults for a realm: one MD5 challenge that offers `auth`, and the RFC 2069 form taken too.
    #[must_use]
    pub fn new(realm: impl Into<String>) -> Self {
        Self {
            realm: realm.into(),
            algorithms: Algorithms::default(),
            qop: QopPolicy::default(),
            userhash: false,
            nonce_lifetime: DEFAULT_NONCE_LIFETIME,
            uri_policy: UriPolicy::default(),
            own_hosts: Vec::new(),
            max_tracked_nonces: DEFAULT_TRACKED_NONCES,
        }
    }
}

impl Algorithms {
    /// These algorithms, the most preferred first.
    ///
    /// # Errors
    ///
    /// [`InvalidAlgorithms`] where there is none, or one twice.
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Result<Self, InvalidAlgorithms> {
        let mut distinct = Vec::new();
        for algorithm in algorithms {
            if distinct.contains(&algorithm) {
                return Err(InvalidAlgorithms::Twice(algorithm));
            }
            distinct.push(algorithm);
        }
        if distinct.is_empty() {
            return Err(InvalidAlgorithms::Empty);
        }
        Ok(Self(distinct))
    }

    /// The algorithms, the most preferred first.
    #[must_use]
    pub fn as_slice(&self) -> &[Algorithm] {
        &self.0
    }
}

/// MD5 alone.
impl Default for Algorithms {
    fn default() -> Self {
        Algorithm::Md5.into()
    }
}

impl From<Algorithm> for Algorithms {
    fn from(algorithm: Algorithm) -> Self {
        Self(vec![algorithm])
    }
}

impl QopPolicy {
    /// What challenges offer, the most preferred first.
    pub(super) const fn offered(self) -> &'static [Qop] {
        match self {
            Self::Auth | Self::AuthOrNone => &[Qop::Auth],
            Self::AuthInt => &[Qop::AuthInt],
            Self::AuthOrAuthInt => &[Qop::AuthInt, Qop::Auth],
            Self::None => &[],
        }
    }

    /// Whether credentials with this quality of protection, or without any, are taken.
    pub(super) fn takes(self, qop: Option<Qop>) -> bool {
        match qop {
            Some(qop) => self.offered().contains(&qop),
            None => matches!(self, Self::AuthOrNone | Self::None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_stand_once() {
        use Algorithm::{Md5, Md5Sess, Sha256};
        assert_eq!(Algorithms::new([]), Err(InvalidAlgorithms::Empty));
        assert_eq!(
            Algorithms::new([Sha256, Md5, Sha256]),
            Err(InvalidAlgorithms::Twice(Sha256))
        );
        let three = Algorithms::new([Sha256, Md5, Md5Sess]).unwrap();
        assert_eq!(three.as_slice(), [Sha256, Md5, Md5Sess]);
        assert_eq!(Algorithms::default().as_slice(), [Md5]);
    }
}

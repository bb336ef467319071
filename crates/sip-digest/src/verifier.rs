//! The server's side.

mod clock;
mod config;
mod rejection;

pub use config::{Algorithms, InvalidAlgorithms, QopPolicy, VerifierConfig};
pub use rejection::Rejection;

use std::time::SystemTime;

use crate::challenge::Challenge;
use crate::credentials::Credentials;
use crate::names::{Algorithm, Named};
use crate::nonce::{Decoy, Nonce, NonceId, Signer};
use crate::replay::{Replay, Use};
use crate::secret::{Ha1, NonceKey, Password};
use crate::text::{self, InvalidText};

use clock::Clock;

/// The server's side, for one realm: it makes challenges and checks the credentials that answer them.
///
/// It stores nothing for a challenge: its nonces are signed, so every verifier with the same key and realm knows them,
/// also after a restart. What it remembers is which nonce counts were used, in bounded memory, and that is its own: a
/// captured request can be replayed once to another verifier that shares the key, or to this one after a restart, until
/// its nonce expires. Send a user's requests to one verifier.
///
/// A nonce can be bound to something that the application knows of the client, such as its address or the certificate
/// of its connection: the `binding`, which is empty where there is nothing to bind to. It must be the same when the
/// challenge is answered, and is not seen by the client. Do not bind to an address where clients move between networks.
///
/// A repeated nonce count is refused, which costs an honest client one more round trip. There are such: SIP.js repeats
/// its last Authorization header when it registers again. Retransmissions never come here, because the transaction
/// layer absorbs them.
///
/// Where the time that is handed in goes back, because a clock was set, it goes on here from where it was: nonces expire
/// after their lifetime all the same, and new ones are good.
///
/// A verifier cannot be cloned, because two that issue the same nonces and remember apart would each take what the other
/// has seen.
///
/// Whether a user exists is not told: with no secret handed in, the same hashes are computed as for a wrong one, and the
/// rejection is the same.
#[derive(Debug)]
pub struct Verifier {
    config: VerifierConfig,
    signer: Signer,
    /// That of the key before, whose nonces are still good.
    previous: Option<Signer>,
    decoys: Vec<Ha1>,
    decoy_password: Password,
    clock: Clock,
    sequence: u32,
    replay: Replay,
}

/// The request that credentials came with.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    method: &'a str,
    uri: &'a str,
    body: &'a [u8],
}

/// What [`Verifier::inspect`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceStatus {
    /// The nonce is one of ours but too old. If the response is right, the rejection will be
    /// [`Rejection::ExpiredNonce`].
    Expired,
    /// The nonce is one of ours and in time.
    Fresh,
}

impl<'a> Request<'a> {
    /// A request of this method and Request-URI, without a body.
    #[must_use]
    pub const fn new(method: &'a str, uri: &'a str) -> Self {
        Self { method, uri, body: b"" }
    }

    /// Gives its body, which `auth-int` signs.
    #[must_use]
    pub const fn with_body(self, body: &'a [u8]) -> Self {
        Self { body, ..self }
    }
}

impl Verifier {
    /// A verifier that signs its nonces with this key. Keep the key over a restart: with a new one, clients that answer
    /// an old challenge are told that they are wrong rather than stale.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where the realm has a line break.
    pub fn new(mut config: VerifierConfig, key: &NonceKey) -> Result<Self, InvalidText> {
        config.realm = text::writable("realm", config.realm)?;
        let decoy = Decoy::new(key, &config.realm);
        let algorithms = config.algorithms.as_slice().iter();
        Ok(Self {
            signer: Signer::new(key, &config.realm),
            previous: None,
            decoys: algorithms.map(|algorithm| decoy.ha1(*algorithm)).collect(),
            decoy_password: decoy.password(),
            clock: Clock::default(),
            sequence: 0,
            replay: Replay::new(config.max_tracked_nonces),
            config,
        })
    }

    /// Signs with this key from now on. Nonces of the key before it stay good, those of the one before that do not: a
    /// key that is replaced once per nonce lifetime or less often strands nobody. After a restart, make the verifier
    /// with the older of two keys and rotate to the newer.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// use sip_digest::{NonceKey, Verifier, VerifierConfig};
    ///
    /// # let now = SystemTime::UNIX_EPOCH;
    /// let (older, newer) = (NonceKey::new([1; 32]), NonceKey::new([2; 32]));
    /// let mut verifier = Verifier::new(VerifierConfig::new("example.test"), &older)?;
    /// let before = verifier.next_nonce(now, b"");
    /// verifier.rotate(&newer); // and `before` is still good
    /// assert_ne!(verifier.next_nonce(now, b""), before);
    /// # Ok::<(), sip_digest::InvalidText>(())
    /// ```
    pub fn rotate(&mut self, key: &NonceKey) {
        let signer = Signer::new(key, &self.config.realm);
        self.previous = Some(std::mem::replace(&mut self.signer, signer));
    }

    /// What this verifier asks for.
    #[must_use]
    pub const fn config(&self) -> &VerifierConfig {
        &self.config
    }

    /// Makes the challenges of a response, one per algorithm, each for a header field of its own in this order (RFC
    /// 8760 section 2.3). All have one nonce, which no other response of this verifier has.
    ///
    /// `now` is the calendar time; `stale` is [`Rejection::is_stale`] of the rejection that is answered, or `false`
    /// where there were no credentials.
    pub fn challenges(
        &mut self,
        now: SystemTime,
        binding: &[u8],
        stale: bool,
    ) -> impl ExactSizeIterator<Item = Challenge> {
        let nonce = self.next_nonce(now, binding);
        let config = &self.config;
        config.algorithms.as_slice().iter().map(move |algorithm| {
            Challenge::new(config.realm.as_str(), nonce.as_str())
                .expect("the realm was checked when the verifier was made, and the nonce is hexadecimal")
                .with_stale(stale)
                .with_algorithm(*algorithm)
                .with_qop(config.qop.offered().iter().copied())
                .with_userhash(config.userhash)
        })
    }

    /// A new nonce, to be sent as `nextnonce` with
    /// [`AuthenticationInfo::with_next_nonce`](crate::AuthenticationInfo::with_next_nonce).
    pub fn next_nonce(&mut self, now: SystemTime, binding: &[u8]) -> String {
        let id = NonceId {
            issued: self.clock.advance(now),
            sequence: self.sequence,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.signer.sign(id, binding)
    }

    /// Checks what can be checked before the user is looked up, so that nothing is looked up for a request that cannot
    /// pass.
    ///
    /// # Errors
    ///
    /// [`Rejection::WrongRealm`], [`UnsupportedAlgorithm`](Rejection::UnsupportedAlgorithm),
    /// [`UnsupportedQop`](Rejection::UnsupportedQop), [`UnsupportedUserhash`](Rejection::UnsupportedUserhash) or
    /// [`ForgedNonce`](Rejection::ForgedNonce). That a nonce has expired is no error yet, because whether the client is
    /// told `stale` depends on the response.
    pub fn inspect(
        &self,
        credentials: &Credentials<'_>,
        binding: &[u8],
        now: SystemTime,
    ) -> Result<NonceStatus, Rejection> {
        let (_, nonce) = self.check(credentials, binding)?;
        Ok(self.status(nonce.id, self.clock.read(now)))
    }

    /// Checks credentials against the HA1 of their user, [`None`] where there is no such user, and records the use of
    /// their nonce count. The HA1 is that for [`Credentials::effective_algorithm`].
    ///
    /// # Errors
    ///
    /// The [`Rejection`]. [`ExpiredNonce`](Rejection::ExpiredNonce), [`ForgottenNonce`](Rejection::ForgottenNonce) and
    /// [`Replayed`](Rejection::Replayed) say that all the rest was right.
    pub fn verify(
        &mut self,
        credentials: &Credentials<'_>,
        ha1: Option<&Ha1>,
        request: &Request<'_>,
        binding: &[u8],
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let (algorithm, nonce) = self.check(credentials, binding)?;
        let usable = ha1.filter(|ha1| ha1.algorithm() == algorithm.without_session());
        let is_right = match usable.or_else(|| self.decoy(algorithm)) {
            Some(ha1) => credentials.is_right(ha1, request.method, request.body),
            None => false,
        };
        if ha1.is_some() && usable.is_none() {
            return Err(Rejection::NoHa1ForAlgorithm);
        }
        self.conclude(credentials, is_right && usable.is_some(), nonce, request, now)
    }

    /// The same for an application that keeps passwords. `username` is the user's name; it is that of the credentials,
    /// or what their [userhash](Credentials::is_userhash) stands for. Where there is no such user, the name in the
    /// credentials does.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// use sip_digest::{Answer, Algorithm, Ha1, NonceKey, Password, Rejection, Request, Verifier, VerifierConfig};
    ///
    /// # let now = SystemTime::UNIX_EPOCH;
    /// let mut config = VerifierConfig::new("example.test");
    /// config.userhash = true;
    /// let mut verifier = Verifier::new(config, &NonceKey::new([42; 32]))?;
    /// let challenge = verifier.challenges(now, b"", false).next().expect("one algorithm, one challenge");
    ///
    /// // What a client sends that hashes its user's name.
    /// let password = Password::new("alicepw");
    /// let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &password);
    /// let credentials = challenge.answer(&Answer::new("alice", &ha1, "REGISTER", "sip:example.test", 1, "0a4f"))?;
    ///
    /// // The store knows whose hash this is.
    /// assert!(credentials.is_userhash());
    /// assert_eq!(credentials.username(), Algorithm::Md5.userhash("alice", "example.test"));
    /// let request = Request::new("REGISTER", "sip:example.test");
    /// let unknown = verifier.verify_password(&credentials, credentials.username(), None, &request, b"", now);
    /// assert_eq!(unknown, Err(Rejection::WrongResponse));
    /// verifier.verify_password(&credentials, "alice", Some(&password), &request, b"", now)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn verify_password(
        &mut self,
        credentials: &Credentials<'_>,
        username: &str,
        password: Option<&Password>,
        request: &Request<'_>,
        binding: &[u8],
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let (algorithm, nonce) = self.check(credentials, binding)?;
        let used = password.unwrap_or(&self.decoy_password);
        let ha1 = Ha1::new(algorithm, username, &self.config.realm, used);
        let is_right = credentials.is_right(&ha1, request.method, request.body);
        self.conclude(credentials, is_right && password.is_some(), nonce, request, now)
    }

    /// What has to hold of credentials whoever sent them. Inlined for the reason that [`Signer::open`] is.
    #[inline(always)]
    fn check(&self, credentials: &Credentials<'_>, binding: &[u8]) -> Result<(Algorithm, Nonce), Rejection> {
        if credentials.realm() != self.config.realm {
            return Err(Rejection::WrongRealm);
        }
        let algorithm = credentials
            .effective_algorithm()
            .filter(|algorithm| self.config.algorithms.as_slice().contains(algorithm))
            .ok_or(Rejection::UnsupportedAlgorithm)?;
        let is_taken = match credentials.qop() {
            None => self.config.qop.takes(None),
            Some(Named::Known(qop)) => self.config.qop.takes(Some(*qop)),
            Some(Named::Unknown(_)) => false,
        };
        if !is_taken {
            return Err(Rejection::UnsupportedQop);
        }
        if credentials.is_userhash() && !self.config.userhash {
            return Err(Rejection::UnsupportedUserhash);
        }
        match self.signer.open(credentials.nonce(), binding) {
            Some(nonce) => Ok((algorithm, nonce)),
            None => Ok((algorithm, self.open_previous(credentials.nonce(), binding)?)),
        }
    }

    /// Opens a nonce of the key before.
    #[cold]
    fn open_previous(&self, nonce: &str, binding: &[u8]) -> Result<Nonce, Rejection> {
        let opened = self.previous.as_ref().and_then(|signer| signer.open(nonce, binding));
        opened.ok_or(Rejection::ForgedNonce)
    }

    /// What follows from a response that is right or wrong.
    fn conclude(
        &mut self,
        credentials: &Credentials<'_>,
        is_right: bool,
        nonce: Nonce,
        request: &Request<'_>,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        if !is_right {
            return Err(Rejection::WrongResponse);
        }
        let policy = self.config.uri_policy;
        if !policy.allows(credentials.uri(), request.uri) && !policy.is_own(credentials.uri(), &self.config.own_hosts) {
            return Err(Rejection::UriMismatch);
        }
        let now = self.clock.advance(now);
        if self.status(nonce.id, now) == NonceStatus::Expired {
            return Err(Rejection::ExpiredNonce);
        }
        if credentials.qop().is_none() {
            return Ok(());
        }
        let count = credentials.nc().ok_or(Rejection::UnsupportedQop)?.value();
        match self.replay.record(nonce, count) {
            Use::First => Ok(()),
            Use::Forgotten => Err(Rejection::ForgottenNonce),
            Use::Repeated => Err(Rejection::Replayed),
        }
    }

    /// The HA1 to compute with for a user who does not exist.
    fn decoy(&self, algorithm: Algorithm) -> Option<&Ha1> {
        let plain = algorithm.without_session();
        self.decoys.iter().find(|decoy| decoy.algorithm() == plain)
    }

    /// A nonce out of the future was issued by a verifier with another clock, or by this one before a restart and
    /// before its clock was set back. It is good from one lifetime before the time that it carries to one lifetime after
    /// that, and no longer.
    fn status(&self, id: NonceId, now: u64) -> NonceStatus {
        let lifetime = u64::try_from(self.config.nonce_lifetime.as_millis()).unwrap_or(u64::MAX);
        if id.issued.abs_diff(now) > lifetime {
            NonceStatus::Expired
        } else {
            NonceStatus::Fresh
        }
    }
}

#[cfg(test)]
mod tests;

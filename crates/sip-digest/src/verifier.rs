use std::time::{Duration, SystemTime};

use crate::challenge::Challenge;
use crate::credentials::Credentials;
use crate::limits::{DEFAULT_NONCE_LIFETIME, DEFAULT_TRACKED_NONCES};
use crate::names::{Algorithm, Named, Qop};
use crate::nonce::NonceId;
use crate::replay::Replay;
use crate::secret::{Ha1, NonceKey};
use crate::text::{self, InvalidText};
use crate::uri::UriPolicy;

/// The server's side, for one realm: it makes challenges and checks the credentials that answer them.
///
/// It stores nothing for a challenge: its nonces are signed, so every verifier with the same key and realm knows them,
/// also after a restart. What it remembers is which nonce counts were used, in bounded memory, and that is its own: a
/// captured request can be replayed once to another verifier that shares the key, or to this one after a restart, until
/// its nonce expires. Send a user's requests to one verifier.
///
/// A repeated nonce count is refused as stale, which costs an honest client one more round trip. There are such: SIP.js
/// repeats its last Authorization header when it registers again. Retransmissions never come here, because the
/// transaction layer absorbs them.
#[derive(Clone, Debug)]
pub struct Verifier {
    config: VerifierConfig,
    key: NonceKey,
    sequence: u32,
    replay: Replay,
}

/// What a [`Verifier`] asks for. [`new`](Self::new) has the defaults; change the fields that need it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifierConfig {
    /// The protection space, often the domain (RFC 3261 section 22.1 asks for a globally unique text).
    pub realm: String,
    /// The algorithm that challenges name and credentials must use. The default is MD5, which every SIP client knows.
    pub algorithm: Algorithm,
    /// What is offered and what is taken.
    pub qop: QopPolicy,
    /// How long after its challenge a nonce is good.
    pub nonce_lifetime: Duration,
    /// How the digest-uri has to agree with the Request-URI.
    pub uri_policy: UriPolicy,
    /// Hosts that name this server: its domains and addresses, IPv6 in brackets. Under [`UriPolicy::SameHost`] a
    /// digest-uri with one of them passes for every request, as SIPp signs the address that it sends to.
    pub own_hosts: Vec<String>,
    /// How many nonces' counts are remembered. With 0, every nonce is good once.
    pub max_tracked_nonces: usize,
}

/// The quality of protection that a [`Verifier`] offers and takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QopPolicy {
    /// Challenges offer `auth`, and credentials must use it.
    Auth,
    /// Challenges offer `auth`, and the RFC 2069 form without qop is taken too, as RFC 3261 section 22.4 asks
    /// (libpurple answers so). That form has no nonce count: within its nonce's lifetime it can be replayed for the
    /// same method and URI.
    #[default]
    AuthOrNone,
    /// Challenges offer no qop, and credentials must be in the RFC 2069 form. RFC 3261 section 22.4 item 8 forbids such
    /// challenges; this is for clients that cannot read others.
    None,
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

/// Why credentials were refused. The answer to all of them is a new challenge, with `stale` where
/// [`is_stale`](Self::is_stale) says so; the rest is for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The response is right, but its nonce is too old.
    #[error("the response is right, but its nonce has expired")]
    ExpiredNonce,
    /// The nonce is none that this key signed for this realm.
    #[error("the nonce was not issued here")]
    ForgedNonce,
    /// The response is right, but its nonce count was used before, or it can no longer be told whether it was.
    #[error("the response is right, but its nonce count was used before (RFC 2617 section 3.2.2)")]
    Replayed,
    /// The credentials name another algorithm.
    #[error("the credentials use an algorithm that was not asked for (RFC 2617 section 3.2.2)")]
    UnsupportedAlgorithm,
    /// The credentials use a quality of protection that was not offered.
    #[error("the credentials use a quality of protection that was not offered (RFC 2617 section 3.2.2)")]
    UnsupportedQop,
    /// The digest-uri is not that of the request.
    #[error("the digest-uri is not that of the request (RFC 2617 section 3.2.2.5, RFC 3261 section 22.4)")]
    UriMismatch,
    /// The credentials are for another realm.
    #[error("the credentials are for another realm (RFC 3261 section 22.3)")]
    WrongRealm,
    /// The response is wrong: another password, another method, or an unknown user.
    #[error("the response is wrong (RFC 2617 section 3.2.2.1)")]
    WrongResponse,
}

impl VerifierConfig {
    /// The defaults for a realm: one MD5 challenge that offers `auth`, and the RFC 2069 form taken too.
    #[must_use]
    pub fn new(realm: impl Into<String>) -> Self {
        Self {
            realm: realm.into(),
            algorithm: Algorithm::Md5,
            qop: QopPolicy::default(),
            nonce_lifetime: DEFAULT_NONCE_LIFETIME,
            uri_policy: UriPolicy::default(),
            own_hosts: Vec::new(),
            max_tracked_nonces: DEFAULT_TRACKED_NONCES,
        }
    }
}

impl Verifier {
    /// A verifier that signs its nonces with this key. Keep the key over a restart: with a new one, clients that answer
    /// an old challenge are told that they are wrong rather than stale.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where the realm has a line break.
    pub fn new(mut config: VerifierConfig, key: NonceKey) -> Result<Self, InvalidText> {
        config.realm = text::writable("realm", config.realm)?;
        let replay = Replay::new(config.max_tracked_nonces);
        Ok(Self {
            config,
            key,
            sequence: 0,
            replay,
        })
    }

    /// What this verifier asks for.
    #[must_use]
    pub const fn config(&self) -> &VerifierConfig {
        &self.config
    }

    /// Makes a challenge with a nonce that no other challenge of this verifier has. `now` is the calendar time;
    /// `stale` is [`Rejection::is_stale`] of the rejection that it answers, or `false` where there were no credentials.
    #[must_use]
    pub fn challenge(&mut self, now: SystemTime, stale: bool) -> Challenge {
        let id = NonceId {
            issued: millis(now),
            sequence: self.sequence,
        };
        self.sequence = self.sequence.wrapping_add(1);
        let nonce = self.key.sign(&self.config.realm, id);
        let challenge = Challenge::new(self.config.realm.as_str(), nonce)
            .expect("the realm was checked when the verifier was made, and the nonce is hexadecimal")
            .with_stale(stale)
            .with_algorithm(self.config.algorithm);
        match self.config.qop {
            QopPolicy::Auth | QopPolicy::AuthOrNone => challenge.with_qop([Qop::Auth]),
            QopPolicy::None => challenge,
        }
    }

    /// Checks what can be checked before the user is looked up, so that nothing is looked up for a request that cannot
    /// pass.
    ///
    /// # Errors
    ///
    /// [`Rejection::WrongRealm`], [`UnsupportedAlgorithm`](Rejection::UnsupportedAlgorithm),
    /// [`UnsupportedQop`](Rejection::UnsupportedQop) or [`ForgedNonce`](Rejection::ForgedNonce). That a nonce has
    /// expired is no error yet, because whether the client is told `stale` depends on the response.
    pub fn inspect(&self, credentials: &Credentials, now: SystemTime) -> Result<NonceStatus, Rejection> {
        self.nonce_id(credentials).map(|id| self.status(id, now))
    }

    /// Checks credentials against the HA1 of their user, for a request of this method and Request-URI, and records the
    /// use of their nonce count. For a user that does not exist, hand in [`decoy`](Self::decoy).
    ///
    /// # Errors
    ///
    /// The [`Rejection`]. [`ExpiredNonce`](Rejection::ExpiredNonce) and [`Replayed`](Rejection::Replayed) say that all
    /// the rest was right.
    pub fn verify(
        &mut self,
        credentials: &Credentials,
        ha1: &Ha1,
        method: &str,
        request_uri: &str,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let id = self.nonce_id(credentials)?;
        if ha1.algorithm() != self.config.algorithm {
            return Err(Rejection::UnsupportedAlgorithm);
        }
        if !credentials.is_right(ha1, method) {
            return Err(Rejection::WrongResponse);
        }
        let policy = self.config.uri_policy;
        if !policy.allows(credentials.uri(), request_uri) && !policy.is_own(credentials.uri(), &self.config.own_hosts) {
            return Err(Rejection::UriMismatch);
        }
        if self.status(id, now) == NonceStatus::Expired {
            return Err(Rejection::ExpiredNonce);
        }
        if credentials.qop().is_none() {
            return Ok(());
        }
        let count = credentials.nc().ok_or(Rejection::UnsupportedQop)?.value();
        let oldest = millis(now).saturating_sub(self.lifetime_millis());
        if self.replay.record(id, count, oldest) {
            Ok(())
        } else {
            Err(Rejection::Replayed)
        }
    }

    /// An HA1 to verify with where the user does not exist. Nobody has the password to it, and the way through
    /// [`verify`](Self::verify) is the same as for a wrong password, so neither the answer nor the time that it takes
    /// tells who exists.
    #[must_use]
    pub fn decoy(&self, username: &str) -> Ha1 {
        self.key.decoy(self.config.algorithm, &self.config.realm, username)
    }

    fn nonce_id(&self, credentials: &Credentials) -> Result<NonceId, Rejection> {
        if credentials.realm() != self.config.realm {
            return Err(Rejection::WrongRealm);
        }
        let algorithm = credentials.algorithm().map_or(Some(Algorithm::Md5), Named::known);
        if algorithm != Some(self.config.algorithm) {
            return Err(Rejection::UnsupportedAlgorithm);
        }
        let offered = match credentials.qop() {
            None => self.config.qop != QopPolicy::Auth,
            Some(Named::Known(Qop::Auth)) => self.config.qop != QopPolicy::None,
            Some(Named::Unknown(_)) => false,
        };
        if !offered {
            return Err(Rejection::UnsupportedQop);
        }
        self.key
            .open(&self.config.realm, credentials.nonce())
            .ok_or(Rejection::ForgedNonce)
    }

    /// A nonce out of the future is one from before the clock was set back. It is good for as long as one out of the
    /// past, and not for longer.
    fn status(&self, id: NonceId, now: SystemTime) -> NonceStatus {
        if id.issued.abs_diff(millis(now)) > self.lifetime_millis() {
            NonceStatus::Expired
        } else {
            NonceStatus::Fresh
        }
    }

    fn lifetime_millis(&self) -> u64 {
        u64::try_from(self.config.nonce_lifetime.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Rejection {
    /// Whether the new challenge has to say `stale=true`: the response was right, and only the age of its nonce or a
    /// repeated count stood against it (RFC 2617 section 3.2.1). The client then tries again without asking its user.
    #[must_use]
    pub const fn is_stale(self) -> bool {
        matches!(self, Self::ExpiredNonce | Self::Replayed)
    }
}

/// Milliseconds since the Unix epoch; a clock before it counts as standing at it.
fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::Answer;
    use crate::secret::Password;

    const URI: &str = "sip:example.test";

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    fn config() -> VerifierConfig {
        VerifierConfig::new("example.test")
    }

    fn verifier(config: VerifierConfig) -> Verifier {
        Verifier::new(config, NonceKey::new([7; 32])).unwrap()
    }

    fn alice() -> Ha1 {
        Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"))
    }

    fn answer(challenge: &Challenge, count: u32) -> Credentials {
        challenge
            .answer(&Answer::new("alice", &alice(), "REGISTER", URI, count, "cnonce"))
            .unwrap()
    }

    fn register(verifier: &mut Verifier, credentials: &Credentials, seconds: u64) -> Result<(), Rejection> {
        verifier.verify(credentials, &alice(), "REGISTER", URI, at(seconds))
    }

    #[test]
    fn challenges_offer_what_the_policy_says_and_never_repeat() {
        let mut server = verifier(config());
        let (a, b) = (server.challenge(at(0), false), server.challenge(at(0), true));
        assert_ne!(a.nonce(), b.nonce());
        assert!(a.offers(Qop::Auth) && !a.stale() && b.stale());
        let value = format!(
            "Digest realm=\"example.test\", nonce=\"{}\", algorithm=MD5, qop=\"auth\"",
            a.nonce()
        );
        assert_eq!(a.to_string(), value);
        let mut config = config();
        config.qop = QopPolicy::None;
        assert!(verifier(config).challenge(at(0), false).qop().is_empty());
    }

    #[test]
    fn a_repeat_is_stale_and_disorder_is_fine() {
        let mut server = verifier(config());
        let challenge = server.challenge(at(0), false);
        for (count, expected) in [
            (1, Ok(())),
            (3, Ok(())),
            (2, Ok(())),
            (3, Err(Rejection::Replayed)),
            (1, Err(Rejection::Replayed)),
            (0x1f, Ok(())),
        ] {
            assert_eq!(
                register(&mut server, &answer(&challenge, count), 1),
                expected,
                "{count}"
            );
        }
        assert!(Rejection::Replayed.is_stale());
    }

    #[test]
    fn a_refused_answer_does_not_use_up_its_count() {
        let mut server = verifier(config());
        let credentials = answer(&server.challenge(at(0), false), 1);
        let mallory = server.decoy("alice");
        let refused = server.verify(&credentials, &mallory, "REGISTER", URI, at(0));
        assert_eq!(refused, Err(Rejection::WrongResponse));
        assert_eq!(
            server.verify(&credentials, &alice(), "REGISTER", "sip:other.test", at(0)),
            Err(Rejection::UriMismatch)
        );
        assert_eq!(register(&mut server, &credentials, 0), Ok(()));
    }

    #[test]
    fn stale_exactly_when_the_response_was_right() {
        let mut server = verifier(config());
        let challenge = server.challenge(at(0), false);
        let credentials = answer(&challenge, 1);
        assert_eq!(server.inspect(&credentials, at(300)), Ok(NonceStatus::Fresh));
        assert_eq!(server.inspect(&credentials, at(301)), Ok(NonceStatus::Expired));
        assert_eq!(register(&mut server, &credentials, 301), Err(Rejection::ExpiredNonce));
        assert!(Rejection::ExpiredNonce.is_stale());
        let wrong = server.verify(&credentials, &server.decoy("alice"), "REGISTER", URI, at(301));
        assert_eq!(wrong, Err(Rejection::WrongResponse), "expired and wrong is wrong");
        assert_eq!(
            server.verify(&credentials, &alice(), "PUBLISH", URI, at(0)),
            Err(Rejection::WrongResponse),
            "signed for another method"
        );
        for rejection in [
            Rejection::ForgedNonce,
            Rejection::UnsupportedAlgorithm,
            Rejection::UnsupportedQop,
            Rejection::UriMismatch,
            Rejection::WrongRealm,
            Rejection::WrongResponse,
        ] {
            assert!(!rejection.is_stale(), "{rejection}");
        }
        assert_eq!(register(&mut server, &credentials, 300), Ok(()));
    }

    #[test]
    fn a_clock_set_back_does_not_prolong_a_nonce() {
        let mut server = verifier(config());
        let challenge = server.challenge(at(10_000), false);
        assert_eq!(register(&mut server, &answer(&challenge, 1), 9_900), Ok(()));
        assert_eq!(
            register(&mut server, &answer(&challenge, 2), 0),
            Err(Rejection::ExpiredNonce)
        );
        let before_epoch = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        let challenge = server.challenge(before_epoch, false);
        let credentials = answer(&challenge, 1);
        assert_eq!(server.inspect(&credentials, before_epoch), Ok(NonceStatus::Fresh));
    }

    #[test]
    fn other_verifiers_with_the_key_know_the_nonce() {
        let (mut first, mut second) = (verifier(config()), verifier(config()));
        let challenge = first.challenge(at(0), false);
        assert_eq!(register(&mut first, &answer(&challenge, 1), 1), Ok(()));
        assert_eq!(register(&mut second, &answer(&challenge, 2), 2), Ok(()));
        let mut stranger = Verifier::new(config(), NonceKey::new([8; 32])).unwrap();
        assert_eq!(
            register(&mut stranger, &answer(&challenge, 3), 3),
            Err(Rejection::ForgedNonce)
        );
        let mut other = verifier(VerifierConfig::new("other.test"));
        assert_eq!(
            register(&mut other, &answer(&challenge, 3), 3),
            Err(Rejection::WrongRealm)
        );
        let of_other = Challenge::new("example.test", other.challenge(at(0), false).nonce()).unwrap();
        assert_eq!(
            register(&mut first, &answer(&of_other, 1), 3),
            Err(Rejection::ForgedNonce)
        );
    }

    #[test]
    fn the_old_form_is_taken_where_the_policy_says_so() {
        let mut accepted = Vec::new();
        for policy in [QopPolicy::Auth, QopPolicy::AuthOrNone, QopPolicy::None] {
            let mut config = config();
            config.qop = policy;
            let mut server = verifier(config);
            let challenge = server.challenge(at(0), false);
            let bare = Challenge::new("example.test", challenge.nonce()).unwrap();
            let old = answer(&bare, 1);
            assert_eq!(old.qop(), None);
            let old_twice = [register(&mut server, &old, 0), register(&mut server, &old, 1)];
            let new = register(&mut server, &answer(&bare.with_qop([Qop::Auth]), 1), 0);
            accepted.push((policy, old_twice, new));
        }
        let refused = Err(Rejection::UnsupportedQop);
        assert_eq!(
            accepted,
            [
                (QopPolicy::Auth, [refused, refused], Ok(())),
                (QopPolicy::AuthOrNone, [Ok(()), Ok(())], Ok(())),
                (QopPolicy::None, [Ok(()), Ok(())], refused),
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_refused_before_the_lookup() {
        let mut server = verifier(config());
        let value = answer(&server.challenge(at(0), false), 1).to_string();
        for (from, to, expected) in [
            ("algorithm=MD5", "algorithm=SHA-256", Rejection::UnsupportedAlgorithm),
            ("algorithm=MD5", "algorithm=MD5-sess", Rejection::UnsupportedAlgorithm),
            ("qop=auth", "qop=auth-int", Rejection::UnsupportedQop),
            (
                "realm=\"example.test\"",
                "realm=\"example.tesT\"",
                Rejection::WrongRealm,
            ),
        ] {
            let changed = value.replace(from, to);
            assert_ne!(changed, value);
            let credentials = Credentials::parse(&changed).unwrap();
            assert_eq!(server.inspect(&credentials, at(0)), Err(expected));
            assert_eq!(register(&mut server, &credentials, 0), Err(expected));
        }
        assert_eq!(register(&mut server, &Credentials::parse(&value).unwrap(), 0), Ok(()));
    }
}

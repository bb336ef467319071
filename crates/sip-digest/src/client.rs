//! The client's side.

mod attempt;

pub use attempt::Attempt;

use std::collections::BTreeMap;

use crate::answer::{Answer, AnswerError};
use crate::challenge::Challenge;
use crate::credentials::Credentials;
use crate::info::AuthenticationInfo;
use crate::limits::MAX_REALMS;
use crate::names::Algorithm;
use crate::secret::{Ha1, Password};
use crate::text::{self, InvalidText};

use attempt::Progress;

/// The client's side, for one user: it answers challenges, and remembers their nonces so that later requests can carry
/// credentials before they are challenged.
#[derive(Clone, Debug)]
pub struct Client {
    username: String,
    secret: Secret,
    preference: Preference,
    /// The last used stands last.
    spaces: Vec<Space>,
}

/// Who challenges. The same realm at a proxy and at a user agent are two protection spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Challenger {
    /// A proxy: 407, `Proxy-Authenticate` and `Proxy-Authorization` (RFC 3261 section 22.3).
    Proxy,
    /// A user agent server or registrar: 401, `WWW-Authenticate` and `Authorization` (RFC 3261 section 22.2).
    UserAgent,
}

/// Which of a realm's challenges is answered, of those that can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Preference {
    /// The one with the strongest hash: SHA-512-256, then SHA-256, then MD5. Among equals the topmost. This is the local
    /// policy that RFC 8760 section 2.4 allows.
    #[default]
    Strongest,
    /// The topmost, as RFC 8760 section 2.4 has it: the server decides.
    Topmost,
}

/// What a response proved of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confirmation {
    /// It knows the user's secret.
    Proven,
    /// Nothing: it sent no proof.
    Unproven,
}

/// Why a client does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A text that cannot be written into a header.
    #[error(transparent)]
    InvalidText(#[from] InvalidText),
    /// No challenge that this client can answer: other algorithms, other qualities of protection, or none at all.
    #[error("there is no challenge that can be answered (RFC 7616 section 3.3)")]
    NoSupportedChallenge,
    /// The answer to a challenge was refused and would be refused again (RFC 3261 section 22.1).
    #[error("user name or password was refused in realm {realm:?}")]
    Refused {
        /// The realm.
        realm: String,
    },
    /// A second answer was called stale, though its nonce had just been issued.
    #[error("realm {realm:?} calls fresh answers stale")]
    StaleAgain {
        /// The realm.
        realm: String,
    },
    /// More realms challenge this request than [`MAX_REALMS`].
    #[error("more than {MAX_REALMS} realms challenge one request")]
    TooManyRealms,
    /// The HA1 that this client has is for another realm.
    #[error("there is no HA1 for realm {realm:?}")]
    UnknownRealm {
        /// The realm.
        realm: String,
    },
    /// The server's proof is wrong: it does not know the user's secret, or somebody changed its response (RFC 7616
    /// section 3.5).
    #[error("the proof of the server in realm {realm:?} is wrong (RFC 7616 section 3.5)")]
    WrongServer {
        /// The realm.
        realm: String,
    },
}

#[derive(Clone, Debug)]
enum Secret {
    Ha1 { realm: String, ha1: Ha1 },
    Password(Password),
}

/// The last challenge of a protection space, and how often its nonce was used.
#[derive(Clone, Debug)]
struct Space {
    challenger: Challenger,
    challenge: Challenge,
    used: u32,
    /// The client nonce of the session, for a `-sess` algorithm. RFC 2617 hashes that of the session's first request
    /// into the key, RFC 7616 that of each request; while it stays the same, both are right.
    session: Option<String>,
}

impl Client {
    /// A client that has the password, and so answers any realm.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where the user name has a line break.
    pub fn new(username: impl Into<String>, password: Password) -> Result<Self, InvalidText> {
        Self::with_secret(username.into(), Secret::Password(password))
    }

    /// A client that has only the HA1, and so answers only its realm and algorithm.
    ///
    /// # Errors
    ///
    /// [`InvalidText`] where the user name has a line break.
    pub fn with_ha1(username: impl Into<String>, realm: impl Into<String>, ha1: Ha1) -> Result<Self, InvalidText> {
        Self::with_secret(
            username.into(),
            Secret::Ha1 {
                realm: realm.into(),
                ha1,
            },
        )
    }

    fn with_secret(username: String, secret: Secret) -> Result<Self, InvalidText> {
        Ok(Self {
            username: text::writable("username", username)?,
            secret,
            preference: Preference::default(),
            spaces: Vec::new(),
        })
    }

    /// Sets which of a realm's challenges is answered.
    #[must_use]
    pub fn with_preference(self, preference: Preference) -> Self {
        Self { preference, ..self }
    }

    /// The user name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Answers the challenges of one realm in a 401 or 407, in the order of their header fields: the one that the
    /// [`Preference`] is for, of those that this client supports. `cnonce` is a fresh text that the server cannot
    /// foresee. [`answer_all`](Self::answer_all) answers several realms.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] where the request already carried an answer to a challenge of this realm and the new
    /// challenge does not call it stale: the password is wrong. [`ClientError::StaleAgain`] where it was called stale
    /// once before. Otherwise what keeps this client from answering.
    pub fn answer(
        &mut self,
        attempt: &mut Attempt,
        challenger: Challenger,
        challenges: &[Challenge],
        cnonce: &str,
    ) -> Result<Credentials<'static>, ClientError> {
        let challenge = self.choose(challenges.iter(), attempt)?;
        let realm = challenge.realm();
        let next = match attempt.progress(challenger, realm) {
            None | Some(Progress::Preemptive) => Progress::Answered,
            Some(Progress::Answered) if challenge.stale() => Progress::AnsweredStale,
            Some(Progress::AnsweredStale) if challenge.stale() => {
                return Err(ClientError::StaleAgain {
                    realm: realm.to_owned(),
                });
            }
            Some(Progress::Answered | Progress::AnsweredStale) => {
                self.take(challenger, realm);
                return Err(ClientError::Refused {
                    realm: realm.to_owned(),
                });
            }
        };
        // A server may repeat a nonce within one tick of its clock; its count then goes on.
        let used = match self.space(challenger, realm) {
            Some(space) if space.challenge.nonce() == challenge.nonce() => space.used,
            _ => 0,
        };
        let is_session = challenge.effective_algorithm().is_some_and(Algorithm::is_session);
        let mut space = Space {
            challenger,
            challenge: challenge.clone(),
            used,
            session: is_session.then(|| cnonce.to_owned()),
        };
        let credentials = self.sign(attempt, &mut space, next, cnonce)?;
        self.remember(space);
        Ok(credentials)
    }

    /// Answers all challenges of a response: those of several proxies and of a user agent at once, as a forking proxy
    /// puts them together (RFC 3261 section 22.3). What comes back is all that the next request has to carry, one for
    /// each header field, also for those who were answered in an earlier round and did not challenge again. Realms that
    /// this client cannot answer are left out, as others may be able to.
    ///
    /// ```
    /// use sip_digest::{Attempt, Challenge, Challenger, Client, Password};
    ///
    /// let mut client = Client::new("bob", Password::new("zanzibar"))?;
    /// let mut attempt = Attempt::new("MESSAGE", "sip:alice@atlanta.com");
    /// let challenges = [
    ///     (Challenger::Proxy, Challenge::parse(r#"Digest realm="biloxi.com", nonce="1", qop="auth""#)?),
    ///     (Challenger::Proxy, Challenge::parse(r#"Digest realm="atlanta.com", nonce="2", algorithm=SHA-256, qop="auth""#)?),
    ///     (Challenger::Proxy, Challenge::parse(r#"Digest realm="atlanta.com", nonce="2", qop="auth""#)?),
    /// ];
    /// let credentials = client.answer_all(&mut attempt, &challenges, "0a4f113b")?;
    /// assert_eq!(credentials.len(), 2);
    /// assert!(credentials.iter().any(|(_, credentials)| credentials.response().len() == 64));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer): where one realm refuses the user, or where none can be answered.
    pub fn answer_all(
        &mut self,
        attempt: &mut Attempt,
        challenges: &[(Challenger, Challenge)],
        cnonce: &str,
    ) -> Result<Vec<(Challenger, Credentials<'static>)>, ClientError> {
        let earlier = attempt.spaces();
        let (mut answered, mut unanswered) = (Vec::new(), None);
        let mut of_space: BTreeMap<(Challenger, &str), Vec<Challenge>> = BTreeMap::new();
        for (challenger, challenge) in challenges {
            let known = of_space.entry((*challenger, challenge.realm())).or_default();
            known.push(challenge.clone());
        }
        for ((challenger, _), challenges) in &of_space {
            match self.answer(attempt, *challenger, challenges, cnonce) {
                Ok(credentials) => answered.push((*challenger, credentials)),
                Err(error @ (ClientError::NoSupportedChallenge | ClientError::UnknownRealm { .. })) => {
                    unanswered = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if answered.is_empty() {
            return Err(unanswered.unwrap_or(ClientError::NoSupportedChallenge));
        }
        for (challenger, realm) in earlier {
            let progress = attempt.progress(challenger, &realm);
            if let (Some(progress), false) = (progress, of_space.contains_key(&(challenger, &*realm)))
                && let Some(credentials) = self.sign_again(attempt, challenger, &realm, progress, cnonce)?
            {
                answered.push((challenger, credentials));
            }
        }
        Ok(answered)
    }

    /// Credentials for a request that was not challenged yet, from the last nonce of this protection space with the
    /// next count (RFC 7616 section 3.6). [`None`] where there is no such nonce, or it was not good for this request.
    ///
    /// # Errors
    ///
    /// [`ClientError::InvalidText`] where `cnonce` or the attempt's URI has a line break.
    pub fn authorize(
        &mut self,
        attempt: &mut Attempt,
        challenger: Challenger,
        realm: &str,
        cnonce: &str,
    ) -> Result<Option<Credentials<'static>>, ClientError> {
        if attempt.progress(challenger, realm).is_some() {
            return Ok(None);
        }
        self.sign_again(attempt, challenger, realm, Progress::Preemptive, cnonce)
    }

    /// Takes the `Authentication-Info` or `Proxy-Authentication-Info` of a response to a request that carried these
    /// credentials: checks its proof, if there is one, and uses its nonce from now on. `body` is that of the response.
    ///
    /// # Errors
    ///
    /// [`ClientError::WrongServer`] where there is a proof and it is wrong; then nothing of the response can be
    /// believed. [`ClientError::UnknownRealm`] where the credentials are none that this client can have made.
    pub fn confirm(
        &mut self,
        challenger: Challenger,
        credentials: &Credentials<'_>,
        info: &AuthenticationInfo,
        body: &[u8],
    ) -> Result<Confirmation, ClientError> {
        let realm = credentials.realm();
        let algorithm = credentials.effective_algorithm().unwrap_or_default();
        let ha1 = self.ha1(algorithm, realm)?;
        let confirmation = match info.rspauth() {
            None => Confirmation::Unproven,
            Some(_) if info.confirms(credentials, &ha1, body) => Confirmation::Proven,
            Some(_) => {
                return Err(ClientError::WrongServer {
                    realm: realm.to_owned(),
                });
            }
        };
        if let Some(nonce) = info.next_nonce() {
            let nonce = text::writable("nextnonce", nonce)?;
            if let Some(mut space) = self.take(challenger, realm) {
                if space.challenge.nonce() != nonce {
                    space.challenge = space.challenge.with_nonce(nonce);
                    space.used = 0;
                }
                self.remember(space);
            }
        }
        Ok(confirmation)
    }

    /// The challenge that is answered, of those that can be.
    fn choose<'c>(
        &self,
        challenges: impl Iterator<Item = &'c Challenge>,
        attempt: &Attempt,
    ) -> Result<&'c Challenge, ClientError> {
        let has_body = attempt.body.is_some();
        let mut supported = challenges.filter(|challenge| self.can_answer(challenge, has_body));
        let first = supported.next().ok_or(ClientError::NoSupportedChallenge)?;
        if self.preference == Preference::Topmost {
            return Ok(first);
        }
        let strength = |challenge: &Challenge| challenge.effective_algorithm().map(Algorithm::without_session);
        Ok(supported.fold(first, |best, challenge| {
            if strength(challenge) > strength(best) {
                challenge
            } else {
                best
            }
        }))
    }

    fn can_answer(&self, challenge: &Challenge, has_body: bool) -> bool {
        let algorithm = match &self.secret {
            Secret::Ha1 { ha1, .. } => Some(ha1.algorithm()),
            Secret::Password(_) => challenge.effective_algorithm(),
        };
        algorithm.is_some_and(|algorithm| challenge.is_supported(algorithm, has_body))
    }

    fn ha1(&self, algorithm: Algorithm, realm: &str) -> Result<Ha1, ClientError> {
        match &self.secret {
            Secret::Ha1 { realm: known, ha1 } if known == realm => Ok(ha1.clone()),
            Secret::Ha1 { .. } => Err(ClientError::UnknownRealm {
                realm: realm.to_owned(),
            }),
            Secret::Password(password) => Ok(Ha1::new(algorithm, &self.username, realm, password)),
        }
    }

    /// Signs with the last nonce of a protection space and its next count. [`None`] where there is no such nonce, it
    /// was used as often as can be counted, or it is not good for this request.
    fn sign_again(
        &mut self,
        attempt: &mut Attempt,
        challenger: Challenger,
        realm: &str,
        progress: Progress,
        cnonce: &str,
    ) -> Result<Option<Credentials<'static>>, ClientError> {
        let Some(mut space) = self.take(challenger, realm) else {
            return Ok(None);
        };
        // Where the body was not given, "auth-int" has to wait for another request.
        let is_good = space.used < u32::MAX && self.can_answer(&space.challenge, attempt.body.is_some());
        let signed = is_good.then(|| self.sign(attempt, &mut space, progress, cnonce));
        self.remember(space);
        signed.transpose()
    }

    /// Signs with the next count of a nonce. Where it cannot, no count is used up.
    fn sign(
        &self,
        attempt: &mut Attempt,
        space: &mut Space,
        progress: Progress,
        cnonce: &str,
    ) -> Result<Credentials<'static>, ClientError> {
        let realm = space.challenge.realm();
        let algorithm = space.challenge.effective_algorithm().unwrap_or_default();
        let ha1 = self.ha1(algorithm, realm)?;
        let count = space.used.saturating_add(1);
        let cnonce = space.session.as_deref().unwrap_or(cnonce);
        let mut answer = Answer::new(&self.username, &ha1, &attempt.method, &attempt.uri, count, cnonce);
        if let Some(body) = &attempt.body {
            answer = answer.with_body(body);
        }
        let credentials = space.challenge.answer(&answer).map_err(|error| match error {
            AnswerError::InvalidText(error) => ClientError::InvalidText(error),
            AnswerError::UnsupportedAlgorithm | AnswerError::UnsupportedQop => ClientError::NoSupportedChallenge,
        })?;
        attempt.set_progress(space.challenger, realm, progress)?;
        space.used = count;
        Ok(credentials)
    }

    fn space(&self, challenger: Challenger, realm: &str) -> Option<&Space> {
        self.spaces.iter().find(|space| space.is(challenger, realm))
    }

    fn take(&mut self, challenger: Challenger, realm: &str) -> Option<Space> {
        let index = self.spaces.iter().position(|space| space.is(challenger, realm))?;
        Some(self.spaces.remove(index))
    }

    /// Puts a protection space last, in the place of what was known of it. The one that was used longest ago gives way.
    fn remember(&mut self, space: Space) {
        self.take(space.challenger, space.challenge.realm());
        if self.spaces.len() >= MAX_REALMS {
            self.spaces.remove(0);
        }
        self.spaces.push(space);
    }
}

impl Space {
    fn is(&self, challenger: Challenger, realm: &str) -> bool {
        self.challenger == challenger && self.challenge.realm() == realm
    }
}

#[cfg(test)]
mod tests;

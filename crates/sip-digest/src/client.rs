use crate::challenge::{Answer, AnswerError, Challenge};
use crate::credentials::Credentials;
use crate::limits::MAX_REALMS;
use crate::names::Algorithm;
use crate::secret::{Ha1, Password};
use crate::text::{self, InvalidText};

/// The client's side, for one user: it answers challenges, and remembers their nonces so that later requests can carry
/// credentials before they are challenged.
#[derive(Clone, Debug)]
pub struct Client {
    username: String,
    secret: Secret,
    /// The last used stands last.
    spaces: Vec<Space>,
}

/// One request on its way: what is signed, and how far its authentication has got with each challenger. Keep it as long
/// as the request is sent again with new credentials; a new request gets a new one.
#[derive(Clone, Debug)]
pub struct Attempt {
    method: String,
    uri: String,
    progress: Vec<(Challenger, String, Progress)>,
}

/// Who challenges. The same realm at a proxy and at a user agent are two protection spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Challenger {
    /// A proxy: 407, `Proxy-Authenticate` and `Proxy-Authorization` (RFC 3261 section 22.3).
    Proxy,
    /// A user agent server or registrar: 401, `WWW-Authenticate` and `Authorization` (RFC 3261 section 22.2).
    UserAgent,
}

/// Why a client does not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A text that cannot be written into a header.
    #[error(transparent)]
    InvalidText(#[from] InvalidText),
    /// No challenge that this client can answer: other algorithms, other qualities of protection, or none at all.
    #[error("there is no challenge that can be answered (RFC 2617 section 3.2.1)")]
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It carries credentials with a nonce from before. That they are refused says nothing of the password.
    Preemptive,
    /// It answers a challenge of its own.
    Answered,
    /// It answers a challenge that called the answer before it stale.
    AnsweredStale,
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

    /// A client that has only the HA1, and so answers only its realm.
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
            spaces: Vec::new(),
        })
    }

    /// The user name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Answers the challenges of one realm in a 401 or 407: the first that this client supports (RFC 8760 section 2.4
    /// lets the server order them). Where several realms challenge, call this for each. `cnonce` is a fresh text that
    /// the server cannot foresee.
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
    ) -> Result<Credentials, ClientError> {
        let algorithm = match &self.secret {
            Secret::Ha1 { ha1, .. } => ha1.algorithm(),
            Secret::Password(_) => Algorithm::Md5,
        };
        let challenge = challenges
            .iter()
            .find(|challenge| challenge.is_supported(algorithm))
            .ok_or(ClientError::NoSupportedChallenge)?;
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
                self.forget(challenger, realm);
                return Err(ClientError::Refused {
                    realm: realm.to_owned(),
                });
            }
        };
        // A server may repeat a nonce within one tick of its clock; its count then goes on.
        let used = match self.take(challenger, realm) {
            Some(space) if space.challenge.nonce() == challenge.nonce() => space.used,
            _ => 0,
        };
        self.sign(
            attempt,
            Space {
                challenger,
                challenge: challenge.clone(),
                used,
            },
            next,
            cnonce,
        )
    }

    /// Credentials for a request that was not challenged yet, from the last nonce of this protection space with the
    /// next count (RFC 2617 section 3.3). [`None`] where there is no such nonce, or it was not good for this request.
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
    ) -> Result<Option<Credentials>, ClientError> {
        if attempt.progress(challenger, realm).is_some() {
            return Ok(None);
        }
        match self.take(challenger, realm) {
            Some(space) if space.used < u32::MAX => self.sign(attempt, space, Progress::Preemptive, cnonce).map(Some),
            _ => Ok(None),
        }
    }

    fn sign(
        &mut self,
        attempt: &mut Attempt,
        mut space: Space,
        progress: Progress,
        cnonce: &str,
    ) -> Result<Credentials, ClientError> {
        let realm = space.challenge.realm();
        let ha1 = match &self.secret {
            Secret::Ha1 { realm: known, ha1 } if known == realm => ha1.clone(),
            Secret::Ha1 { .. } => {
                return Err(ClientError::UnknownRealm {
                    realm: realm.to_owned(),
                });
            }
            Secret::Password(password) => Ha1::new(Algorithm::Md5, &self.username, realm, password),
        };
        space.used = space.used.saturating_add(1);
        let answer = Answer::new(&self.username, &ha1, &attempt.method, &attempt.uri, space.used, cnonce);
        let credentials = space.challenge.answer(&answer).map_err(|error| match error {
            AnswerError::InvalidText(error) => ClientError::InvalidText(error),
            AnswerError::UnsupportedAlgorithm | AnswerError::UnsupportedQop => ClientError::NoSupportedChallenge,
        })?;
        attempt.set_progress(space.challenger, realm, progress)?;
        if self.spaces.len() >= MAX_REALMS {
            self.spaces.remove(0);
        }
        self.spaces.push(space);
        Ok(credentials)
    }

    fn take(&mut self, challenger: Challenger, realm: &str) -> Option<Space> {
        let of_space = |space: &Space| space.challenger == challenger && space.challenge.realm() == realm;
        self.spaces
            .iter()
            .position(of_space)
            .map(|index| self.spaces.remove(index))
    }

    fn forget(&mut self, challenger: Challenger, realm: &str) {
        self.take(challenger, realm);
    }
}

impl Attempt {
    /// A request of this method and Request-URI that was not sent yet.
    #[must_use]
    pub fn new(method: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            uri: uri.into(),
            progress: Vec::new(),
        }
    }

    fn progress(&self, challenger: Challenger, realm: &str) -> Option<Progress> {
        let entry = self
            .progress
            .iter()
            .find(|(by, of, _)| *by == challenger && of == realm);
        entry.map(|(_, _, progress)| *progress)
    }

    fn set_progress(&mut self, challenger: Challenger, realm: &str, to: Progress) -> Result<(), ClientError> {
        if let Some((_, _, progress)) = self
            .progress
            .iter_mut()
            .find(|(by, of, _)| *by == challenger && of == realm)
        {
            *progress = to;
        } else if self.progress.len() < MAX_REALMS {
            self.progress.push((challenger, realm.to_owned(), to));
        } else {
            return Err(ClientError::TooManyRealms);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::NonceCount;
    use crate::names::Qop;

    fn client() -> Client {
        Client::new("alice", Password::new("alicepw")).unwrap()
    }

    fn attempt() -> Attempt {
        Attempt::new("REGISTER", "sip:example.test")
    }

    fn challenge(nonce: &str) -> Challenge {
        Challenge::new("example.test", nonce).unwrap().with_qop([Qop::Auth])
    }

    fn count(credentials: &Credentials) -> Option<u32> {
        credentials.nc().map(NonceCount::value)
    }

    fn refused() -> ClientError {
        ClientError::Refused {
            realm: "example.test".to_owned(),
        }
    }

    #[test]
    fn a_nonce_is_used_again_with_a_growing_count() {
        let mut client = client();
        let first = client
            .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
            .unwrap();
        assert_eq!((first.nonce(), count(&first)), ("n1", Some(1)));
        for expected in 2..12 {
            let next = client
                .authorize(&mut attempt(), Challenger::UserAgent, "example.test", "c")
                .unwrap()
                .unwrap();
            assert_eq!((next.nonce(), count(&next)), ("n1", Some(expected)));
            assert!(next.is_right(
                &Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw")),
                "REGISTER"
            ));
        }
        let same = client
            .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
            .unwrap();
        assert_eq!(count(&same), Some(12), "the server repeats its nonce");
        let new = client
            .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n2")], "c")
            .unwrap();
        assert_eq!((new.nonce(), count(&new)), ("n2", Some(1)));
        let proxy = client.authorize(&mut attempt(), Challenger::Proxy, "example.test", "c");
        assert_eq!(proxy, Ok(None), "another protection space");
    }

    #[test]
    fn a_wrong_password_is_tried_once() {
        let (mut client, mut request) = (client(), attempt());
        assert!(
            client
                .answer(&mut request, Challenger::Proxy, &[challenge("n1")], "c")
                .is_ok()
        );
        for nonce in ["n2", "n3"] {
            assert_eq!(
                client.answer(&mut request, Challenger::Proxy, &[challenge(nonce)], "c"),
                Err(refused())
            );
        }
        let later = client.authorize(&mut attempt(), Challenger::Proxy, "example.test", "c");
        assert_eq!(later, Ok(None), "what was refused is not sent again");
    }

    #[test]
    fn requests_at_once_do_not_count_as_refusals() {
        let (mut client, mut a, mut b) = (client(), attempt(), attempt());
        assert!(
            client
                .answer(&mut a, Challenger::UserAgent, &[challenge("n1")], "c")
                .is_ok()
        );
        assert!(
            client
                .answer(&mut b, Challenger::UserAgent, &[challenge("n2")], "c")
                .is_ok()
        );
        assert!(
            client
                .answer(&mut a, Challenger::Proxy, &[challenge("n3")], "c")
                .is_ok(),
            "a proxy of the same realm"
        );
    }

    #[test]
    fn stale_is_answered_once() {
        let (mut client, mut request) = (client(), attempt());
        let stale = |nonce| [challenge(nonce).with_stale(true)];
        assert!(
            client
                .answer(&mut request, Challenger::UserAgent, &[challenge("n1")], "c")
                .is_ok()
        );
        assert_eq!(
            client
                .answer(&mut request, Challenger::UserAgent, &stale("n2"), "c")
                .unwrap()
                .nonce(),
            "n2"
        );
        let again = client.answer(&mut request, Challenger::UserAgent, &stale("n3"), "c");
        assert_eq!(
            again,
            Err(ClientError::StaleAgain {
                realm: "example.test".to_owned()
            })
        );
        let wrong = client.answer(&mut request, Challenger::UserAgent, &[challenge("n3")], "c");
        assert_eq!(wrong, Err(refused()));
    }

    #[test]
    fn refused_early_credentials_leave_the_one_try() {
        for stale in [false, true] {
            let (mut client, mut request) = (client(), attempt());
            client
                .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n1")], "c")
                .unwrap();
            let early = client
                .authorize(&mut request, Challenger::UserAgent, "example.test", "c")
                .unwrap();
            assert!(early.is_some());
            let next = [challenge("n2").with_stale(stale)];
            assert!(client.answer(&mut request, Challenger::UserAgent, &next, "c").is_ok());
            assert_eq!(
                client.answer(&mut request, Challenger::UserAgent, &[challenge("n3")], "c"),
                Err(refused())
            );
        }
    }

    #[test]
    fn picks_the_first_challenge_that_it_knows() {
        let parse = |value: &str| Challenge::parse(value).unwrap();
        let offered = [
            parse("Digest realm=\"r\", nonce=\"a\", algorithm=SHA-256, qop=\"auth\""),
            parse("Digest realm=\"r\", nonce=\"b\", qop=\"auth-int\""),
            parse("Digest realm=\"r\", nonce=\"c\", algorithm=md5, qop=\"auth-int, AUTH\", opaque=\"o\""),
            parse("Digest realm=\"r\", nonce=\"d\""),
        ];
        let answer = client()
            .answer(&mut attempt(), Challenger::UserAgent, &offered, "c")
            .unwrap();
        assert_eq!((answer.nonce(), answer.opaque()), ("c", Some("o")));
        assert_eq!(answer.qop().unwrap().known(), Some(Qop::Auth));
        let none = client().answer(&mut attempt(), Challenger::UserAgent, &offered[..2], "c");
        assert_eq!(none, Err(ClientError::NoSupportedChallenge));
        let old = client()
            .answer(&mut attempt(), Challenger::UserAgent, &offered[3..], "c")
            .unwrap();
        assert_eq!((old.qop(), old.nc(), old.cnonce()), (None, None, None), "RFC 2069 form");
    }

    #[test]
    fn an_ha1_answers_its_realm_only() {
        let ha1 = Ha1::new(Algorithm::Md5, "alice", "example.test", &Password::new("alicepw"));
        let mut stored = Client::with_ha1("alice", "example.test", ha1).unwrap();
        let by_ha1 = stored
            .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n")], "c")
            .unwrap();
        assert_eq!(
            by_ha1,
            client()
                .answer(&mut attempt(), Challenger::UserAgent, &[challenge("n")], "c")
                .unwrap()
        );
        let other = [Challenge::new("other.test", "n").unwrap()];
        let error = stored
            .answer(&mut attempt(), Challenger::UserAgent, &other, "c")
            .unwrap_err();
        assert_eq!(
            error,
            ClientError::UnknownRealm {
                realm: "other.test".to_owned()
            }
        );
    }

    #[test]
    fn memory_is_bounded() {
        let (mut client, mut request) = (client(), attempt());
        let of = |n: usize| [Challenge::new(format!("realm {n}"), "n").unwrap()];
        for n in 0..MAX_REALMS {
            assert!(client.answer(&mut request, Challenger::Proxy, &of(n), "c").is_ok());
        }
        let more = client.answer(&mut request, Challenger::Proxy, &of(MAX_REALMS), "c");
        assert_eq!(more, Err(ClientError::TooManyRealms));
        client
            .answer(&mut attempt(), Challenger::Proxy, &of(MAX_REALMS), "c")
            .unwrap();
        assert_eq!(client.spaces.len(), MAX_REALMS);
        let mut known = |n: usize| {
            client
                .authorize(&mut attempt(), Challenger::Proxy, &format!("realm {n}"), "c")
                .unwrap()
                .is_some()
        };
        assert!(!known(0), "the one used longest ago is gone");
        assert!(known(1) && known(MAX_REALMS));
    }
}

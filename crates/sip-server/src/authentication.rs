use std::time::SystemTime;

use sip_digest::{
    Credentials, Ha1, InvalidText, NonceKey, ParseErrorKind, QopPolicy, Rejection, Verifier, VerifierConfig,
};
use sip_message::{Aor, HeaderName, Message, StartLine, StatusCode, Uri};

use crate::Config;

/// Who asks for credentials: a UAS with 401, a proxy with 407 (RFC 3261 sections 22.2, 22.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Proxy,
    Server,
}

impl Role {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Proxy => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            Self::Server => StatusCode::UNAUTHORIZED,
        }
    }

    pub(crate) const fn challenge_header(self) -> HeaderName {
        match self {
            Self::Proxy => HeaderName::PROXY_AUTHENTICATE,
            Self::Server => HeaderName::WWW_AUTHENTICATE,
        }
    }

    /// Credentials in the other role's header are read too: clients that know a realm by one kind of challenge send
    /// that kind of answer ever after.
    const fn credential_headers(self) -> [HeaderName; 2] {
        match self {
            Self::Proxy => [HeaderName::PROXY_AUTHORIZATION, HeaderName::AUTHORIZATION],
            Self::Server => [HeaderName::AUTHORIZATION, HeaderName::PROXY_AUTHORIZATION],
        }
    }
}

/// What a request brings.
#[derive(Debug)]
pub(crate) enum Presented {
    /// Credentials for this realm that are worth a look at the user's HA1.
    Credentials(Box<Credentials>),
    /// Nothing for this realm, or an answer to a challenge that was not made here.
    Nothing,
    /// A header that cannot be read, for this reason.
    Unreadable(String),
}

/// Digest authentication for all methods.
#[derive(Debug)]
pub(crate) struct Authentication {
    verifier: Verifier,
}

impl Authentication {
    pub(crate) fn new(config: &Config) -> Result<Self, InvalidText> {
        let mut verifier = VerifierConfig::new(config.realm.as_str());
        verifier.qop = if config.qop_auth {
            QopPolicy::AuthOrNone
        } else {
            QopPolicy::None
        };
        verifier.nonce_lifetime = config.nonce_lifetime;
        let addresses = config.sent_by.iter().map(|own| own.host.clone());
        verifier.own_hosts = config.domains.iter().cloned().chain(addresses).collect();
        Ok(Self {
            verifier: Verifier::new(verifier, NonceKey::new(config.nonce_key))?,
        })
    }

    /// The value of a challenge.
    pub(crate) fn challenge(&mut self, now: SystemTime, stale: bool) -> String {
        self.verifier.challenge(now, stale).to_string()
    }

    /// The credentials of a request for this realm.
    pub(crate) fn presented(&self, role: Role, request: &Message, now: SystemTime) -> Presented {
        let realm = &self.verifier.config().realm;
        for name in role.credential_headers() {
            for field in request.header_all(name) {
                let Ok(text) = field.value_str() else {
                    return Presented::Unreadable(format!("{name} is not UTF-8"));
                };
                let credentials = match Credentials::parse(text) {
                    Ok(credentials) => credentials,
                    // Of another scheme, so for somebody else.
                    Err(error) if error.kind() == ParseErrorKind::NotDigest => continue,
                    Err(error) => return Presented::Unreadable(format!("{name}: {error}")),
                };
                if credentials.realm() == realm {
                    return match self.verifier.inspect(&credentials, now) {
                        Ok(_) => Presented::Credentials(Box::new(credentials)),
                        Err(_) => Presented::Nothing,
                    };
                }
            }
        }
        Presented::Nothing
    }

    /// Whether credentials are right. Without an HA1 there is no such user, which takes as long to find out and is
    /// told as if the password were wrong.
    pub(crate) fn verify(
        &mut self,
        credentials: &Credentials,
        ha1: Option<&Ha1>,
        request: &Message,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let StartLine::Request { method, uri, .. } = request.start_line() else {
            return Err(Rejection::WrongResponse);
        };
        let uri = String::from_utf8_lossy(uri);
        let decoy;
        let ha1 = match ha1 {
            Some(ha1) => ha1,
            None => {
                decoy = self.verifier.decoy(credentials.username());
                &decoy
            }
        };
        self.verifier.verify(credentials, ha1, method.as_str(), &uri, now)
    }
}

/// Whether a user name of credentials is the user of an address of record.
pub(crate) fn is_user(username: &str, aor: &Aor) -> bool {
    user_of(aor) == username
}

/// The user of an address of record, without escapes: the name that an account is found by.
pub(crate) fn user_of(aor: &Aor) -> String {
    let uri = Uri::parse(aor.as_str());
    let user = uri.ok().and_then(|uri| uri.as_sip()?.user_unescaped());
    user.unwrap_or_default().into_owned()
}

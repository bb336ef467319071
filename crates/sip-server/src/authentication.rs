use std::time::SystemTime;

use sip_digest::{
    Credentials, Ha1, InvalidText, NonceKey, ParseErrorKind, QopPolicy, Rejection, Request, Verifier, VerifierConfig,
};
use sip_message::{Aor, HeaderName, Message, StartLine, StatusCode, Uri};

use crate::Config;

/// What nonces are bound to: nothing, because clients move between addresses and connections.
const NO_BINDING: &[u8] = b"";

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
    Credentials(Box<Credentials<'static>>),
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
        verifier.algorithms = config.algorithms.clone();
        verifier.nonce_lifetime = config.nonce_lifetime;
        let addresses = config.sent_by.iter().map(|own| own.host.clone());
        verifier.own_hosts = config.domains.iter().cloned().chain(addresses).collect();
        Ok(Self {
            verifier: Verifier::new(verifier, &NonceKey::new(config.nonce_key))?,
        })
    }

    /// The challenges, each for a header field of its own.
    pub(crate) fn challenges(&mut self, now: SystemTime, stale: bool) -> Vec<String> {
        let challenges = self.verifier.challenges(now, NO_BINDING, stale);
        challenges.map(|challenge| challenge.to_string()).collect()
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
                    return match self.verifier.inspect(&credentials, NO_BINDING, now) {
                        Ok(_) => Presented::Credentials(Box::new(credentials.into_owned())),
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
        credentials: &Credentials<'_>,
        ha1: Option<&Ha1>,
        request: &Message,
        now: SystemTime,
    ) -> Result<(), Rejection> {
        let StartLine::Request { method, uri, .. } = request.start_line() else {
            return Err(Rejection::WrongResponse);
        };
        let uri = String::from_utf8_lossy(uri);
        let signed = Request::new(method.as_str(), &uri).with_body(request.body());
        self.verifier.verify(credentials, ha1, &signed, NO_BINDING, now)
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

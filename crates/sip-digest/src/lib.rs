//! HTTP Digest authentication for SIP, both sides, without a store, a clock or a random source.
//!
//! It works on header values as text, so it goes with any SIP stack: [`Challenge`] is the value of `WWW-Authenticate`
//! and `Proxy-Authenticate`, [`Credentials`] that of `Authorization` and `Proxy-Authorization`. It builds RFC 2617 as
//! RFC 3261 section 22 uses it: MD5, with `qop="auth"` and in the RFC 2069 form without. Other algorithms and qualities
//! of protection are read and refused, never taken for one of these.
//!
//! # The server's side
//!
//! A [`Verifier`] makes challenges whose nonces are signed, so that nothing has to be stored for them, and checks what
//! comes back. Where users are kept is not its business: between [`inspect`](Verifier::inspect) and
//! [`verify`](Verifier::verify) the application looks up the user's [`Ha1`].
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use sip_digest::{Algorithm, Credentials, Ha1, NonceKey, Rejection, Verifier, VerifierConfig};
//!
//! # fn credentials_from_the_wire(challenge: &str) -> String {
//! #     use sip_digest::{Attempt, Challenge, Challenger, Client, Password};
//! #     let mut client = Client::new("alice", Password::new("alicepw")).unwrap();
//! #     let mut attempt = Attempt::new("REGISTER", "sip:example.test");
//! #     let challenge = Challenge::parse(challenge).unwrap();
//! #     client.answer(&mut attempt, Challenger::UserAgent, &[challenge], "0a4f113b").unwrap().to_string()
//! # }
//! # let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
//! let key = NonceKey::new([42; 32]); // from the system's random source, and kept over restarts
//! let mut verifier = Verifier::new(VerifierConfig::new("example.test"), key)?;
//!
//! // A request without credentials: 401 with this value in WWW-Authenticate.
//! let challenge = verifier.challenge(now, false).to_string();
//!
//! // The request comes again, with credentials.
//! let credentials = Credentials::parse(&credentials_from_the_wire(&challenge))?;
//! verifier.inspect(&credentials, now)?;
//! let ha1 = match credentials.username() {
//!     "alice" => Ha1::from_hex(Algorithm::Md5, "0aa70532c3909405e9e625e0ac5c23bc")?, // from the store
//!     unknown => verifier.decoy(unknown),
//! };
//! verifier.verify(&credentials, &ha1, "REGISTER", "sip:example.test", now)?;
//!
//! // The same again is a replay: 401 with stale=true.
//! let rejection = verifier.verify(&credentials, &ha1, "REGISTER", "sip:example.test", now).unwrap_err();
//! assert_eq!(rejection, Rejection::Replayed);
//! assert!(verifier.challenge(now, rejection.is_stale()).stale());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The client's side
//!
//! A [`Client`] answers challenges and remembers their nonces. An [`Attempt`] stands for one request and tells a first
//! challenge from a refusal, so that a wrong password is not tried for ever.
//!
//! ```
//! use sip_digest::{Attempt, Challenge, Challenger, Client, ClientError, Password};
//!
//! let mut client = Client::new("bob", Password::new("zanzibar"))?;
//! let mut attempt = Attempt::new("REGISTER", "sip:biloxi.com");
//!
//! // 401 came back with this WWW-Authenticate. The client nonce is random text.
//! let challenge = Challenge::parse(r#"Digest realm="biloxi.com", nonce="dcd98b7102dd2f0e", qop="auth""#)?;
//! let credentials = client.answer(&mut attempt, Challenger::UserAgent, &[challenge.clone()], "0a4f113b")?;
//! assert!(credentials.to_string().ends_with("qop=auth, nc=00000001"));
//!
//! // The next request need not wait for a challenge.
//! let mut next = Attempt::new("SUBSCRIBE", "sip:alice@biloxi.com");
//! let early = client.authorize(&mut next, Challenger::UserAgent, "biloxi.com", "77c1d0a2")?;
//! assert!(early.is_some_and(|credentials| credentials.to_string().ends_with("nc=00000002")));
//!
//! // Challenged again for what was just answered: the password is wrong.
//! let refused = client.answer(&mut attempt, Challenger::UserAgent, &[challenge], "f00dcafe");
//! assert!(matches!(refused, Err(ClientError::Refused { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod challenge;
mod client;
mod credentials;
pub mod limits;
mod names;
mod nonce;
mod parameter;
mod replay;
mod response;
mod secret;
mod text;
mod uri;
mod verifier;

pub use challenge::{Answer, AnswerError, Challenge};
pub use client::{Attempt, Challenger, Client, ClientError};
pub use credentials::{Credentials, NonceCount};
pub use names::{Algorithm, Named, Qop};
pub use parameter::{ParseError, ParseErrorKind};
pub use secret::{Ha1, InvalidHa1, NonceKey, Password};
pub use text::InvalidText;
pub use uri::UriPolicy;
pub use verifier::{NonceStatus, QopPolicy, Rejection, Verifier, VerifierConfig};

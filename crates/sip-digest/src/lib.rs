//! HTTP Digest authentication for SIP, both sides, without a store, a clock or a random source.
//!
//! It works on header values as text, so it goes with any SIP stack. It builds RFC 7616 as RFC 8760 and RFC 3261
//! section 22 use it, with what RFC 2617 and RFC 2069 did otherwise where clients of today still do.
//!
//! | header | type |
//! | --- | --- |
//! | `WWW-Authenticate`, `Proxy-Authenticate` | [`Challenge`] |
//! | `Authorization`, `Proxy-Authorization` | [`Credentials`] |
//! | `Authentication-Info`, `Proxy-Authentication-Info` | [`AuthenticationInfo`] |
//!
//! All of them are read leniently and written strictly. The algorithms are MD5, SHA-256 and SHA-512-256, each also in its
//! `-sess` variant ([`Algorithm`]), with the qualities of protection `auth`, `auth-int` or none ([`Qop`]). Others are
//! read and refused, never taken for one of these. User names can be sent as hashes.
//!
//! What is not read from a header is handed in: the time, the key of the nonces, the client nonce, and whatever a user's
//! secret is, as [`Password`] or as [`Ha1`]. Secrets print redacted and are overwritten on drop.
//!
//! # The server's side
//!
//! A [`Verifier`] makes challenges whose nonces are signed, so that nothing has to be stored for them, and checks what
//! comes back. Where users are kept is not its business: between [`inspect`](Verifier::inspect) and
//! [`verify`](Verifier::verify) the application looks up the user's [`Ha1`]. To verify takes nothing from the heap, as
//! long as the header has neither escapes nor unknown parameters.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use sip_digest::{Algorithm, Credentials, Ha1, NonceKey, Rejection, Request, Verifier, VerifierConfig};
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
//! let mut verifier = Verifier::new(VerifierConfig::new("example.test"), &key)?;
//! let binding = b""; // or what is known of the client, such as its address
//!
//! // A request without credentials: 401 with a WWW-Authenticate for each of these.
//! let challenges: Vec<_> = verifier.challenges(now, binding, false).collect();
//!
//! // The request comes again, with credentials.
//! let value = credentials_from_the_wire(&challenges[0].to_string());
//! let credentials = Credentials::parse(&value)?;
//! verifier.inspect(&credentials, binding, now)?;
//! let ha1 = match credentials.username() {
//!     "alice" => Some(Ha1::from_hex(Algorithm::Md5, "0aa70532c3909405e9e625e0ac5c23bc")?), // from the store
//!     _ => None, // there is no such user: computed as long, and refused as a wrong password
//! };
//! let request = Request::new("REGISTER", "sip:example.test");
//! verifier.verify(&credentials, ha1.as_ref(), &request, binding, now)?;
//!
//! // The same again is a replay.
//! let again = verifier.verify(&credentials, ha1.as_ref(), &request, binding, now);
//! assert_eq!(again, Err(Rejection::Replayed));
//!
//! // Five minutes later the nonce is too old: 401 with stale=true.
//! let later = now + Duration::from_secs(301);
//! let rejection = verifier.verify(&credentials, ha1.as_ref(), &request, binding, later).unwrap_err();
//! assert!(verifier.challenges(later, binding, rejection.is_stale()).all(|challenge| challenge.stale()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rest is in [`VerifierConfig`]: which [`Algorithms`] and what quality of protection, for how long a nonce is good,
//! whether names may be hashed, and how the signed URI has to agree with the request's where proxies rewrite it
//! ([`UriPolicy`]). Keys change by [`Verifier::rotate`].
//!
//! # The client's side
//!
//! A [`Client`] answers challenges and remembers their nonces. An [`Attempt`] stands for one request and tells a first
//! challenge from a refusal, so that a wrong password is not tried for ever.
//!
//! ```
//! use sip_digest::{Attempt, AuthenticationInfo, Challenge, Challenger, Client, ClientError, Confirmation, Password};
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
//! // The server may ask for another nonce, or prove that it knows the password as well.
//! let info = AuthenticationInfo::parse(r#"nextnonce="5ccc069c""#)?;
//! let confirmation = client.confirm(Challenger::UserAgent, &credentials, &info, b"")?;
//! assert_eq!(confirmation, Confirmation::Unproven);
//!
//! // Challenged again for what was just answered: the password is wrong.
//! let refused = client.answer(&mut attempt, Challenger::UserAgent, &[challenge], "f00dcafe");
//! assert!(matches!(refused, Err(ClientError::Refused { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Client::answer_all`] takes all challenges of a response at once, of several proxies and a user agent. Below both
//! sides, [`Challenge::answer`] and [`Credentials::is_right`] compute one response and remember nothing.
//!
//! # To try it
//!
//! `cargo run -p sip-digest --example response -- --help` computes a response from what a capture shows, and
//! `cargo run -p sip-digest --example decode -- --help` shows what a header field says.

mod answer;
mod blocks;
mod challenge;
mod client;
mod credentials;
mod digits;
mod ext_value;
mod fields;
mod hash;
mod info;
pub mod limits;
mod marks;
mod names;
mod nonce;
mod nonce_count;
mod parameter;
mod parse_error;
mod replay;
mod response;
mod scanner;
mod secret;
mod text;
mod uri;
mod verifier;

pub use answer::{Answer, AnswerError};
pub use challenge::{Challenge, Challenges};
pub use client::{Attempt, Challenger, Client, ClientError, Confirmation, Preference};
pub use credentials::Credentials;
pub use info::AuthenticationInfo;
pub use names::{Algorithm, Named, Qop};
pub use nonce_count::NonceCount;
pub use parse_error::{ParseError, ParseErrorKind};
pub use secret::{Ha1, InvalidHa1, NonceKey, Password};
pub use text::InvalidText;
pub use uri::UriPolicy;
pub use verifier::{
    Algorithms, InvalidAlgorithms, NonceStatus, QopPolicy, Rejection, Request, Verifier, VerifierConfig,
};

use std::{collections::VecDeque, fmt};

use sip_digest::{Attempt, Challenge, Challenger, Client, ClientError, InvalidText, Password};
use sip_message::{
    HeaderName, Message, StatusCode, ValueError,
    headers::{CSeq, To, TypedHeader},
};

use crate::{Failure, identity::Random, limits, responses};

/// Answers challenges for all requests (RFC 3261 section 22), and knows who challenges which of them.
#[derive(Debug)]
pub(crate) struct Authenticator {
    client: Result<Client, InvalidText>,
    /// The newest stands last.
    habits: VecDeque<Habit>,
}

/// Somebody challenged such a request, and is expected to do so again.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Habit {
    method: String,
    /// A user agent server challenges what is for it (RFC 3261 section 22.2: "for a given value of the To header
    /// field"), so nobody else is shown an answer to it. `None` for the proxy, which all requests pass.
    to: Option<String>,
    space: Space,
}

/// A protection space.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Space {
    challenger: Challenger,
    realm: String,
}

/// One request, as often as it is sent again with other credentials.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    attempt: Attempt,
    method: String,
    uri: String,
    to: String,
    spaces: Vec<Space>,
    rounds: u8,
}

/// The credentials of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct CredentialSet(Vec<(HeaderName, String)>);

/// What to send for a challenge.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    /// Who challenged.
    pub(crate) realms: Vec<String>,
    pub(crate) credentials: CredentialSet,
}

impl Authenticator {
    pub(crate) fn new(username: String, password: Password) -> Self {
        Self {
            client: Client::new(username, password),
            habits: VecDeque::new(),
        }
    }

    /// Begins a request, with credentials for those who challenged such a one before.
    pub(crate) fn begin(&mut self, request: &Message, random: &mut Random) -> (Exchange, CredentialSet) {
        let mut exchange = Exchange::new(request);
        let spaces: Vec<Space> = self
            .habits
            .iter()
            .filter(|habit| habit.is_of(&exchange))
            .map(|habit| habit.space.clone())
            .collect();
        let mut credentials = CredentialSet::default();
        if let Ok(client) = &mut self.client {
            for space in spaces {
                let early = client.authorize(&mut exchange.attempt, space.challenger, &space.realm, &random.tag());
                if let Ok(Some(early)) = early {
                    credentials.push(&space, &early);
                    exchange.spaces.push(space);
                }
            }
        }
        (exchange, credentials)
    }

    /// Answers a 401 or 407.
    ///
    /// # Errors
    /// When the password was refused, or there is no challenge that can be answered.
    pub(crate) fn answer(
        &mut self,
        exchange: &mut Exchange,
        response: &Message,
        random: &mut Random,
    ) -> Result<Answered, Failure> {
        let status = responses::status(response);
        exchange.rounds = exchange.rounds.saturating_add(1);
        if exchange.rounds > limits::ROUNDS {
            return Err(Failure::BadChallenge(format!(
                "{} answers were challenged again",
                limits::ROUNDS
            )));
        }
        let by_space = challenges(response)?;
        let client = self.client.as_mut().map_err(|error| invalid(error))?;
        let mut credentials = CredentialSet::default();
        let mut answered = Vec::new();
        let mut unanswered = None;
        for (space, challenges) in by_space {
            let answer = client.answer(&mut exchange.attempt, space.challenger, &challenges, &random.tag());
            match answer {
                Ok(answer) => {
                    credentials.push(&space, &answer);
                    answered.push(space);
                }
                Err(error @ (ClientError::Refused { .. } | ClientError::StaleAgain { .. })) => {
                    self.habits.retain(|habit| habit.space != space);
                    return Err(match error {
                        ClientError::Refused { .. } => Failure::Authentication(status),
                        error => Failure::BadChallenge(error.to_string()),
                    });
                }
                Err(ClientError::InvalidText(error)) => return Err(invalid(&error)),
                // A forked request may be challenged by some whom only others can answer (RFC 3261 section 22.3).
                Err(error) => unanswered = Some(error),
            }
        }
        if answered.is_empty() {
            let reason = unanswered.map_or_else(
                || "it has no WWW-Authenticate or Proxy-Authenticate (RFC 3261 section 22)".into(),
                |error| error.to_string(),
            );
            return Err(Failure::BadChallenge(reason));
        }
        // Who was answered before wants credentials in the new request too, with the next nonce count.
        let earlier = exchange.spaces.iter().filter(|space| !answered.contains(space));
        for space in earlier {
            let mut again = Attempt::new(&*exchange.method, &*exchange.uri);
            let next = client.authorize(&mut again, space.challenger, &space.realm, &random.tag());
            if let Ok(Some(next)) = next {
                credentials.push(space, &next);
            }
        }
        let mut realms = Vec::new();
        for space in answered {
            realms.push(space.realm.clone());
            self.remember(exchange.habit(space.clone()));
            if !exchange.spaces.contains(&space) {
                exchange.spaces.push(space);
            }
        }
        Ok(Answered { realms, credentials })
    }

    fn remember(&mut self, habit: Habit) {
        self.habits.retain(|known| *known != habit);
        if self.habits.len() >= limits::HABITS {
            self.habits.pop_front();
        }
        self.habits.push_back(habit);
    }
}

/// The challenges of a response, by protection space. Those that are not Digest are passed over.
fn challenges(response: &Message) -> Result<Vec<(Space, Vec<Challenge>)>, Failure> {
    let mut by_space: Vec<(Space, Vec<Challenge>)> = Vec::new();
    let mut unreadable = None;
    for (name, challenger) in [
        (HeaderName::PROXY_AUTHENTICATE, Challenger::Proxy),
        (HeaderName::WWW_AUTHENTICATE, Challenger::UserAgent),
    ] {
        for field in response.header_all(name) {
            let text = match field.value_str() {
                Ok(text) => text,
                Err(error) => {
                    unreadable = Some(format!("{name}: {error}"));
                    continue;
                }
            };
            for challenge in Challenge::parse_all(text) {
                let challenge = match challenge {
                    Ok(challenge) => challenge,
                    Err(error) => {
                        unreadable = Some(format!("{name}: {error}"));
                        continue;
                    }
                };
                let space = Space {
                    challenger,
                    realm: challenge.realm().to_owned(),
                };
                match by_space.iter_mut().find(|(known, _)| *known == space) {
                    Some((_, challenges)) => challenges.push(challenge),
                    None => by_space.push((space, vec![challenge])),
                }
            }
        }
    }
    match unreadable {
        Some(reason) if by_space.is_empty() => Err(Failure::BadChallenge(reason)),
        _ => Ok(by_space),
    }
}

fn invalid(error: &InvalidText) -> Failure {
    Failure::InvalidRequest(error.to_string())
}

impl Exchange {
    fn new(request: &Message) -> Self {
        let method = request
            .method()
            .map(|method| method.as_str().to_owned())
            .unwrap_or_default();
        let uri = request
            .request_uri()
            .map(|uri| uri.as_str().to_owned())
            .unwrap_or_default();
        let to = match request.typed::<To>() {
            Ok(Some(to)) => to.uri().as_str().to_owned(),
            _ => String::new(),
        };
        Self {
            attempt: Attempt::new(&*method, &*uri).with_body(request.body()),
            method,
            uri,
            to,
            spaces: Vec::new(),
            rounds: 0,
        }
    }

    fn habit(&self, space: Space) -> Habit {
        Habit {
            method: self.method.clone(),
            to: (space.challenger == Challenger::UserAgent).then(|| self.to.clone()),
            space,
        }
    }
}

impl Habit {
    fn is_of(&self, exchange: &Exchange) -> bool {
        self.method == exchange.method && self.to.as_ref().is_none_or(|to| *to == exchange.to)
    }
}

impl CredentialSet {
    fn push(&mut self, space: &Space, credentials: &sip_digest::Credentials<'_>) {
        let name = match space.challenger {
            Challenger::Proxy => HeaderName::PROXY_AUTHORIZATION,
            Challenger::UserAgent => HeaderName::AUTHORIZATION,
        };
        self.0.push((name, credentials.to_string()));
    }

    /// The headers.
    pub(crate) fn headers(&self) -> &[(HeaderName, String)] {
        &self.0
    }

    /// The request with these credentials, ahead of what proxies have no use for (RFC 3261 section 7.3.1).
    pub(crate) fn add_to(&self, request: &Message) -> Message {
        if self.0.is_empty() {
            return request.clone();
        }
        let mut edit = request.edit();
        for (name, value) in &self.0 {
            edit = if *name == HeaderName::AUTHORIZATION {
                edit.push_front(&Authorization(value))
            } else {
                edit.push_front(&ProxyAuthorization(value))
            };
        }
        edit.finish()
    }
}

/// The same request with another sequence number: "it MUST increment the CSeq" (RFC 3261 section 22.2).
pub(crate) fn with_cseq(request: &Message, cseq: u32) -> Message {
    match request.method() {
        Some(method) => {
            let cseq = CSeq::new(cseq.min(CSeq::MAX), method).expect("it is at most the largest");
            request.edit().set(&cseq).finish()
        }
        None => request.clone(),
    }
}

/// Whether a response asks for credentials.
pub(crate) fn is_challenge(response: &Message) -> bool {
    matches!(
        response.status(),
        Some(StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED)
    )
}

macro_rules! credentials_header {
    ($type:ident, $name:ident, $section:literal) => {
        /// Credentials as text, to be written.
        struct $type<'a>(&'a str);

        impl<'a> TypedHeader<'a> for $type<'a> {
            const NAME: HeaderName = HeaderName::$name;
            const SECTION: &'static str = $section;

            fn parse(value: &'a str) -> Result<Self, ValueError> {
                Ok(Self(value))
            }
        }

        impl fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
    };
}

credentials_header!(Authorization, AUTHORIZATION, "3261 section 20.7");
credentials_header!(ProxyAuthorization, PROXY_AUTHORIZATION, "3261 section 20.28");

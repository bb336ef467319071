use std::collections::VecDeque;

use sip_digest::{Attempt, Challenge, Challenger, Client, ClientError, Credentials, InvalidText, Password};
use sip_message::{
    HeaderName, Message, StatusCode, ValueError,
    headers::{Authorization, CSeq, ProxyAuthorization, To, TypedHeader},
};

use crate::{Failure, identity::Random, limits, responses};

const CHECKED: &str = "what is in the set was read when it was put there";

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
    to: String,
    rounds: u8,
}

/// The credentials of one request, each of which its header can hold.
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
                // What cannot be written ahead is answered when it is asked for, with an error that says so.
                if let Ok(Some(early)) = early {
                    let _ = credentials.push(space.challenger, &early);
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
        let challenges = challenges(response)?;
        if challenges.is_empty() {
            let reason = "it has no WWW-Authenticate or Proxy-Authenticate (RFC 3261 section 22)";
            return Err(Failure::BadChallenge(reason.to_owned()));
        }
        let client = self.client.as_mut().map_err(|error| invalid(error))?;
        let answers = match client.answer_all(&mut exchange.attempt, &challenges, &random.tag()) {
            Ok(answers) => answers,
            Err(ClientError::Refused { realm }) => {
                self.forget(&realm);
                return Err(Failure::Authentication(status));
            }
            Err(ClientError::InvalidText(error)) => return Err(invalid(&error)),
            Err(error) => {
                if let ClientError::StaleAgain { realm } = &error {
                    self.forget(realm);
                }
                return Err(Failure::BadChallenge(error.to_string()));
            }
        };
        let mut realms = Vec::new();
        let mut credentials = CredentialSet::default();
        for (challenger, answer) in answers {
            let written = credentials.push(challenger, &answer);
            written.map_err(|error| Failure::InvalidRequest(format!("credentials: {error}")))?;
            let realm = answer.realm();
            // Who was answered in an earlier round is answered again, and did not challenge now.
            let challenged =
                |(by, challenge): &(Challenger, Challenge)| *by == challenger && challenge.realm() == realm;
            if challenges.iter().any(challenged) {
                realms.push(realm.to_owned());
                let realm = realm.to_owned();
                self.remember(exchange.habit(Space { challenger, realm }));
            }
        }
        Ok(Answered { realms, credentials })
    }

    /// Nothing is sent ahead to a realm that took no answer.
    fn forget(&mut self, realm: &str) {
        self.habits.retain(|habit| habit.space.realm != realm);
    }

    fn remember(&mut self, habit: Habit) {
        self.habits.retain(|known| *known != habit);
        if self.habits.len() >= limits::HABITS {
            self.habits.pop_front();
        }
        self.habits.push_back(habit);
    }
}

/// The challenges of a response. Those that are not Digest are passed over, as are unreadable ones beside others.
fn challenges(response: &Message) -> Result<Vec<(Challenger, Challenge)>, Failure> {
    let mut challenges = Vec::new();
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
                match challenge {
                    Ok(challenge) => challenges.push((challenger, challenge)),
                    Err(error) => unreadable = Some(format!("{name}: {error}")),
                }
            }
        }
    }
    match unreadable {
        Some(reason) if challenges.is_empty() => Err(Failure::BadChallenge(reason)),
        _ => Ok(challenges),
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
            attempt: Attempt::new(&*method, uri).with_body(request.body()),
            method,
            to,
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
    fn push(&mut self, challenger: Challenger, credentials: &Credentials<'_>) -> Result<(), ValueError> {
        let value = credentials.to_string();
        let name = match challenger {
            Challenger::Proxy => ProxyAuthorization::parse(&value).map(|_| HeaderName::PROXY_AUTHORIZATION),
            Challenger::UserAgent => Authorization::parse(&value).map(|_| HeaderName::AUTHORIZATION),
        };
        self.0.push((name?, value));
        Ok(())
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
                edit.push_front(&Authorization::parse(value).expect(CHECKED))
            } else {
                edit.push_front(&ProxyAuthorization::parse(value).expect(CHECKED))
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

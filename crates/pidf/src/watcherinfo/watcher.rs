use std::fmt;
use std::str::FromStr;

use crate::{InvalidValue, Language, Text, Uri};

/// A watcher: the `watcher` element (RFC 3858 section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Watcher {
    /// Names the subscription among all of the documents of one watcherinfo subscription.
    pub id: WatcherId,
    /// The watcher's address of record.
    pub uri: Uri,
    /// The state of the subscription.
    pub status: Status,
    /// What brought it into that state.
    pub event: Event,
    /// The watcher's name, for people.
    pub display_name: Option<Text>,
    /// The language of the name.
    pub lang: Option<Language>,
    /// Seconds from now until the subscription expires.
    pub expiration: Option<u64>,
    /// Seconds since the subscription was created.
    pub duration_subscribed: Option<u64>,
}

impl Watcher {
    /// A watcher with what is mandatory.
    pub const fn new(id: WatcherId, uri: Uri, status: Status, event: Event) -> Self {
        Self {
            id,
            uri,
            status,
            event,
            display_name: None,
            lang: None,
            expiration: None,
            duration_subscribed: None,
        }
    }
}

/// The id of a watcher: a `token` of RFC 3261 (RFC 3858 section 3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct WatcherId(String);

impl WatcherId {
    /// The id as it stands.
    ///
    /// # Errors
    ///
    /// Not a token.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidValue> {
        let id = id.into();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
        if id.is_empty() || !id.bytes().all(is_token) {
            return Err(InvalidValue::new(
                "the watcher id",
                "a token (RFC 3261 section 25.1)",
                &id,
            ));
        }
        Ok(Self(id))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WatcherId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The state of a watcher's subscription (RFC 3857 section 4.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Status {
    /// Not decided yet; the watcher gets no state.
    Pending,
    /// Allowed.
    Active,
    /// Not decided before it expired, and remembered.
    Waiting,
    /// Over.
    Terminated,
}

impl Status {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Pending, "pending"),
        (Self::Active, "active"),
        (Self::Waiting, "waiting"),
        (Self::Terminated, "terminated"),
    ];

    /// The word of the schema.
    pub fn as_str(self) -> &'static str {
        word(&Self::ALL, &self)
    }
}

impl FromStr for Status {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let expected = "`pending`, `active`, `waiting` or `terminated`";
        value(&Self::ALL, text).ok_or_else(|| InvalidValue::new("the status", expected, text))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What brought a watcher's subscription into its state (RFC 3857 section 4.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Event {
    /// The watcher subscribed.
    Subscribe,
    /// The subscription was allowed.
    Approved,
    /// The server ended it; the watcher should subscribe again at once.
    Deactivated,
    /// The server ended it; the watcher should subscribe again later.
    Probation,
    /// It was refused.
    Rejected,
    /// It was not refreshed.
    Timeout,
    /// It was pending for too long.
    Giveup,
    /// The resource is no more.
    Noresource,
}

impl Event {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Subscribe, "subscribe"),
        (Self::Approved, "approved"),
        (Self::Deactivated, "deactivated"),
        (Self::Probation, "probation"),
        (Self::Rejected, "rejected"),
        (Self::Timeout, "timeout"),
        (Self::Giveup, "giveup"),
        (Self::Noresource, "noresource"),
    ];

    /// The word of the schema.
    pub fn as_str(self) -> &'static str {
        word(&Self::ALL, &self)
    }
}

impl FromStr for Event {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let expected = "an event of RFC 3858 section 6 such as `approved`";
        value(&Self::ALL, text).ok_or_else(|| InvalidValue::new("the event", expected, text))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn word<T: PartialEq>(words: &[(T, &'static str)], value: &T) -> &'static str {
    let word = words.iter().find(|(known, _)| known == value);
    word.expect("every variant is in the table of its type").1
}

fn value<T: Copy>(words: &[(T, &'static str)], text: &str) -> Option<T> {
    words.iter().find(|(_, word)| *word == text).map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_schema() {
        for (status, word) in Status::ALL {
            assert_eq!(word.parse(), Ok(status));
            assert_eq!(status.to_string(), word);
        }
        for (event, word) in Event::ALL {
            assert_eq!(word.parse(), Ok(event));
            assert_eq!(event.to_string(), word);
        }
        assert!("Active".parse::<Status>().is_err());
        assert!("".parse::<Event>().is_err());
    }

    #[test]
    fn ids_are_tokens() {
        assert!(WatcherId::new("hh8juja87s997-ass7").is_ok());
        for id in ["", "a b", "a=", "a/b", "\u{e4}"] {
            assert!(WatcherId::new(id).is_err(), "{id:?}");
        }
    }
}

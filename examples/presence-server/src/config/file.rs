//! The TOML file: its shape, and what its values must be.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, de};
use sip_digest::Algorithms;
use sip_server::Expiry;
use sip_tokio::Listen;
use toml::Spanned;

use super::{
    ConfigError,
    error::Source,
    values::{self, Qop},
};
use crate::{Level, StoreLocation};

/// What a file says. What it leaves out is `None` or empty. Of the accounts nothing is checked but the types, as flags
/// may replace them.
#[derive(Default)]
pub(super) struct FileSettings {
    pub(super) listen: Option<Vec<Spanned<Listen>>>,
    pub(super) advertise: Option<String>,
    pub(super) domains: Option<Vec<String>>,
    pub(super) realm: Option<String>,
    pub(super) accounts: Vec<Spanned<AccountKeys>>,
    pub(super) register: Option<Expiry>,
    pub(super) subscribe: Option<Expiry>,
    pub(super) publish: Option<Expiry>,
    pub(super) store: Option<StoreLocation>,
    pub(super) log_level: Option<Level>,
    pub(super) algorithms: Option<Algorithms>,
    pub(super) qop: Option<Spanned<Qop>>,
    pub(super) nonce_lifetime: Option<Duration>,
}

/// The keys.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Keys {
    listen: Option<Spanned<Vec<Spanned<Text>>>>,
    advertise: Option<Spanned<Text>>,
    domains: Option<Spanned<Vec<Spanned<Text>>>>,
    realm: Option<Spanned<Text>>,
    store: Option<Spanned<Text>>,
    log_level: Option<Spanned<Text>>,
    algorithms: Option<Spanned<Vec<Spanned<Text>>>>,
    qop: Option<Spanned<Text>>,
    nonce_lifetime: Option<Seconds>,
    register: Option<ExpiryKeys>,
    subscribe: Option<ExpiryKeys>,
    publish: Option<ExpiryKeys>,
    accounts: Vec<Spanned<AccountKeys>>,
}

/// The keys of `[register]`, `[subscribe]` and `[publish]`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table with min, max and default")]
struct ExpiryKeys {
    min: Option<Spanned<Seconds>>,
    max: Option<Spanned<Seconds>>,
    default: Option<Spanned<Seconds>>,
}

/// The keys of `[[accounts]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with name and password or ha1")]
pub(super) struct AccountKeys {
    pub(super) name: Spanned<Text>,
    pub(super) password: Option<Spanned<Text>>,
    pub(super) ha1: Option<Spanned<Text>>,
}

/// A string. Other than with `String`, the error for another type does not print the value, which may be a password.
pub(super) struct Text(String);

/// A number of seconds, 1 or more.
#[derive(Clone, Copy)]
struct Seconds(u32);

impl FileSettings {
    pub(super) fn parse(source: Source<'_>) -> Result<Self, ConfigError> {
        let keys: Keys = toml::from_str(source.text).map_err(|error| source.toml_error(&error))?;
        Ok(Self {
            listen: keys.listen.map(|list| listen(source, &list)).transpose()?,
            advertise: value(source, keys.advertise.as_ref(), values::host)?,
            domains: keys.domains.map(|list| domains(source, &list)).transpose()?,
            realm: value(source, keys.realm.as_ref(), values::realm)?,
            accounts: keys.accounts,
            register: keys.register.map(|keys| expiry(source, &keys)).transpose()?,
            subscribe: keys.subscribe.map(|keys| expiry(source, &keys)).transpose()?,
            publish: keys.publish.map(|keys| expiry(source, &keys)).transpose()?,
            store: value(source, keys.store.as_ref(), StoreLocation::from_str)?,
            log_level: value(source, keys.log_level.as_ref(), Level::from_str)?,
            algorithms: keys.algorithms.map(|list| algorithms(source, &list)).transpose()?,
            qop: match &keys.qop {
                Some(text) => Some(Spanned::new(text.span(), at(source, text, Qop::from_str)?)),
                None => None,
            },
            nonce_lifetime: keys.nonce_lifetime.map(Seconds::duration),
        })
    }
}

/// The value of a key, when it is there.
fn value<T>(
    source: Source<'_>,
    text: Option<&Spanned<Text>>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, ConfigError> {
    text.map(|text| at(source, text, parse)).transpose()
}

/// A value; an error stands where it does.
pub(super) fn at<T>(
    source: Source<'_>,
    text: &Spanned<Text>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    parse(&text.get_ref().0).map_err(|message| source.error(text.span().start, message))
}

fn listen(source: Source<'_>, list: &Spanned<Vec<Spanned<Text>>>) -> Result<Vec<Spanned<Listen>>, ConfigError> {
    let mut addresses: Vec<Spanned<Listen>> = Vec::new();
    for text in list.get_ref() {
        let address = at(source, text, values::listen)?;
        // Port 0 is another port each time.
        let twice = addresses.iter().any(|before| *before.get_ref() == address);
        if twice && address.address.port() != 0 {
            return Err(source.error(text.span().start, "this address is listed twice"));
        }
        addresses.push(Spanned::new(text.span(), address));
    }
    if addresses.is_empty() {
        return Err(source.error(list.span().start, "expected an address to listen on"));
    }
    Ok(addresses)
}

fn domains(source: Source<'_>, list: &Spanned<Vec<Spanned<Text>>>) -> Result<Vec<String>, ConfigError> {
    let mut domains = Vec::new();
    for text in list.get_ref() {
        let domain = at(source, text, values::domain)?;
        if domains.contains(&domain) {
            return Err(source.error(text.span().start, "this domain is listed twice"));
        }
        domains.push(domain);
    }
    if domains.is_empty() {
        return Err(source.error(list.span().start, "expected a domain"));
    }
    Ok(domains)
}

fn algorithms(source: Source<'_>, list: &Spanned<Vec<Spanned<Text>>>) -> Result<Algorithms, ConfigError> {
    let names = list.get_ref().iter();
    let algorithms = names.map(|text| at(source, text, values::algorithm));
    Algorithms::new(algorithms.collect::<Result<Vec<_>, _>>()?)
        .map_err(|error| source.error(list.span().start, error.to_string()))
}

/// What is set must fit together; what is not takes its default, or the nearest to it that fits.
fn expiry(source: Source<'_>, keys: &ExpiryKeys) -> Result<Expiry, ConfigError> {
    let number = |key: &Option<Spanned<Seconds>>| key.as_ref().map(|seconds| seconds.get_ref().0);
    let (min, max, default) = (number(&keys.min), number(&keys.max), number(&keys.default));
    let conflict = |key: &Option<Spanned<Seconds>>, message: String| {
        Err(source.error(key.as_ref().map_or(0, |seconds| seconds.span().start), message))
    };
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return conflict(
            &keys.min,
            format!("expected a min that is not above max, which is {max}"),
        );
    }
    if let (Some(min), Some(default)) = (min, default)
        && default < min
    {
        return conflict(
            &keys.default,
            format!("expected a default of at least min, which is {min}"),
        );
    }
    if let (Some(max), Some(default)) = (max, default)
        && default > max
    {
        return conflict(
            &keys.default,
            format!("expected a default of at most max, which is {max}"),
        );
    }
    let usual = Expiry::default();
    let least = min.or(default).or(max).unwrap_or(usual.min);
    let most = max.or(default).or(min).unwrap_or(usual.max);
    let min = min.unwrap_or(usual.min.min(least));
    let max = max.unwrap_or(usual.max.max(most));
    Ok(Expiry {
        min,
        max,
        default: default.unwrap_or(usual.default.clamp(min, max)),
    })
}

impl Text {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Seconds {
    fn duration(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Text, E> {
                Err(E::custom("invalid type: boolean, expected a string in quotes"))
            }

            fn visit_i64<E: de::Error>(self, _: i64) -> Result<Text, E> {
                Err(E::custom("invalid type: number, expected a string in quotes"))
            }

            fn visit_u64<E: de::Error>(self, _: u64) -> Result<Text, E> {
                self.visit_i64(0)
            }

            fn visit_i128<E: de::Error>(self, _: i128) -> Result<Text, E> {
                self.visit_i64(0)
            }

            fn visit_u128<E: de::Error>(self, _: u128) -> Result<Text, E> {
                self.visit_i64(0)
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Text, E> {
                self.visit_i64(0)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds from 1 to 4294967295")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Seconds, E> {
                match u32::try_from(number) {
                    Ok(seconds @ 1..) => Ok(Seconds(seconds)),
                    _ => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
                }
            }
        }

        deserializer.deserialize_i64(Visitor)
    }
}

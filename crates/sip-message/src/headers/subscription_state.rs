use std::fmt;

use nom::Parser;

use super::TypedHeader;
use crate::{HeaderName, Params, ValueError, grammar};

/// `substate-value *( SEMI subexp-params )`: how the subscription of a NOTIFY stands (RFC 6665 section 8.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState<'a> {
    state: SubscriptionStateValue<'a>,
    params: Params<'a>,
}

/// `substate-value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscriptionStateValue<'a> {
    /// Accepted and authorised.
    Active,
    /// Accepted, authorisation is still awaited.
    Pending,
    /// Ended.
    Terminated,
    /// An extension; subscribers treat it as active.
    Other(&'a str),
}

impl SubscriptionState<'static> {
    /// `active;expires=N`
    #[must_use]
    pub fn active(expires: u32) -> Self {
        Self::lasting(SubscriptionStateValue::Active, expires)
    }

    /// `pending;expires=N`
    #[must_use]
    pub fn pending(expires: u32) -> Self {
        Self::lasting(SubscriptionStateValue::Pending, expires)
    }

    /// `terminated;reason=R`, where the RFC has `deactivated`, `giveup`, `invariant`, `noresource`, `probation`,
    /// `rejected` and `timeout`.
    ///
    /// # Errors
    /// When `reason` is not a token.
    pub fn terminated(reason: &str) -> Result<Self, ValueError> {
        let reason = grammar::exact(grammar::token, reason)?;
        Ok(Self {
            state: SubscriptionStateValue::Terminated,
            params: Params::new().push("reason", Some(reason)),
        })
    }

    fn lasting(state: SubscriptionStateValue<'static>, expires: u32) -> Self {
        Self {
            state,
            params: Params::new().push("expires", Some(&expires.to_string())),
        }
    }
}

impl<'a> SubscriptionState<'a> {
    /// The state.
    #[must_use]
    pub const fn state(&self) -> SubscriptionStateValue<'a> {
        self.state
    }

    /// Whether the subscription has ended.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        matches!(self.state, SubscriptionStateValue::Terminated)
    }

    /// The seconds that the subscription still lasts.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        grammar::decimal(self.params.get("expires").flatten()?)
    }

    /// Why it ended.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.params.get("reason").flatten()
    }

    /// The seconds after which to subscribe again.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        grammar::decimal(self.params.get("retry-after").flatten()?)
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

impl<'a> SubscriptionStateValue<'a> {
    /// The token.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Terminated => "terminated",
            Self::Other(token) => token,
        }
    }
}

impl<'a> TypedHeader<'a> for SubscriptionState<'a> {
    const NAME: HeaderName = HeaderName::SUBSCRIPTION_STATE;
    const SECTION: &'static str = "6665 section 8.2.3";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (token, params) = grammar::whole(|input| (grammar::token, Params::parse).parse(input), value)?;
        let known = [
            SubscriptionStateValue::Active,
            SubscriptionStateValue::Pending,
            SubscriptionStateValue::Terminated,
        ];
        let state = known
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(token))
            .unwrap_or(SubscriptionStateValue::Other(token));
        Ok(Self { state, params })
    }
}

impl fmt::Display for SubscriptionState<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.state.as_str(), self.params)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SubscriptionState<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut view = serializer.serialize_struct("SubscriptionState", 2)?;
        view.serialize_field("state", self.state.as_str())?;
        view.serialize_field("params", &self.params)?;
        view.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_written_as_they_are_read() {
        for text in [
            "active;expires=3600",
            "pending;expires=0",
            "terminated;reason=timeout",
            "odd;x=y",
        ] {
            assert_eq!(SubscriptionState::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(SubscriptionState::active(60).to_string(), "active;expires=60");
        assert_eq!(
            SubscriptionState::terminated("timeout").unwrap().reason(),
            Some("timeout")
        );
        for reason in ["timeout\r\n", "", "\"time out\"", "[::1]", "time:out"] {
            assert!(SubscriptionState::terminated(reason).is_err(), "{reason:?}");
        }
        assert_eq!(SubscriptionState::parse("active;expires=+9").unwrap().expires(), None);
        assert!(SubscriptionState::parse("Terminated").unwrap().is_terminated());
        assert_eq!(
            SubscriptionState::parse("terminated;retry-after=5")
                .unwrap()
                .retry_after(),
            Some(5)
        );
    }
}

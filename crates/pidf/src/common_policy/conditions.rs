use crate::{ForeignElement, InvalidValue, Text, Timestamp, Token, Uri};

/// What has to hold for a rule to apply: all of these (RFC 4745 section 7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Conditions(pub Vec<Condition>);

impl From<Condition> for Conditions {
    fn from(condition: Condition) -> Self {
        Self(vec![condition])
    }
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Condition {
    /// Who asks.
    Identity(Identity),
    /// In which sphere the presentity is.
    Sphere(Sphere),
    /// A condition of another specification. It is not known here, and what is not known does not hold (section 7).
    Unknown(ForeignElement),
    /// When.
    Validity(Validity),
}

/// The condition that one of these matches who asks (RFC 4745 section 7.1). It has one member or more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Identity(Vec<Member>);

impl Identity {
    /// The condition with one member.
    pub fn new(member: Member) -> Self {
        Self(vec![member])
    }

    /// Adds another.
    #[must_use]
    pub fn with(mut self, member: Member) -> Self {
        self.0.push(member);
        self
    }

    /// The members, in order.
    pub fn members(&self) -> &[Member] {
        &self.0
    }

    pub(super) fn from_members(members: Vec<Member>) -> Option<Self> {
        (!members.is_empty()).then_some(Self(members))
    }
}

/// Whom an identity condition matches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Member {
    /// Everyone who is authenticated, of one domain if one is named, but the exceptions: `many`.
    Many {
        /// The domain of a watcher's URI.
        domain: Option<Token>,
        /// Whom it does not match.
        except: Vec<Except>,
        /// What other specifications add. It may narrow the rule in a way that is not known here, so with any the member
        /// matches nobody.
        unknown: Vec<ForeignElement>,
    },
    /// One entity: `one`.
    One {
        /// Its URI.
        id: Uri,
        /// What another specification adds. It may narrow the rule in a way that is not known here, so with it the member
        /// matches nobody.
        unknown: Option<ForeignElement>,
    },
    /// A member of another specification, which matches nobody here (section 7.1.1).
    Unknown(ForeignElement),
}

impl Member {
    /// One entity.
    pub const fn one(id: Uri) -> Self {
        Self::One { id, unknown: None }
    }

    /// Everyone who is authenticated.
    pub const fn anyone() -> Self {
        Self::Many {
            domain: None,
            except: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Everyone of a domain.
    pub const fn domain(domain: Token) -> Self {
        Self::Many {
            domain: Some(domain),
            except: Vec::new(),
            unknown: Vec::new(),
        }
    }
}

/// Whom [`Member::Many`] does not match: `except`.
///
/// Where it cannot be told whether a watcher is meant, as with a domain that has no ASCII form or a URI with parameters
/// that the other does not have, the watcher is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Except {
    /// Everyone of a domain.
    Domain(Token),
    /// One entity.
    Id(Uri),
}

/// The condition that the presentity is in one of these spheres, such as `home` (RFC 4745 section 7.3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Sphere(Text);

impl Sphere {
    /// The condition with the spheres that the value names, with white space between them. One without any never holds.
    pub const fn new(value: Text) -> Self {
        Self(value)
    }

    /// The value.
    pub const fn value(&self) -> &Text {
        &self.0
    }

    /// The spheres.
    pub fn spheres(&self) -> impl Iterator<Item = &str> {
        self.0.as_str().split_ascii_whitespace()
    }
}

/// The condition that the time is in one of these periods (RFC 4745 section 7.4). It has one period or more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Validity(Vec<Period>);

impl Validity {
    /// The condition with one period.
    pub fn new(period: Period) -> Self {
        Self(vec![period])
    }

    /// Adds another.
    #[must_use]
    pub fn with(mut self, period: Period) -> Self {
        self.0.push(period);
        self
    }

    /// The periods, in order.
    pub fn periods(&self) -> &[Period] {
        &self.0
    }

    pub(super) fn from_periods(periods: Vec<Period>) -> Option<Self> {
        (!periods.is_empty()).then_some(Self(periods))
    }
}

/// A period of time: a `from` and the `until` after it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Period {
    /// The first moment in it.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Period {
    /// A period from two date-times.
    ///
    /// # Errors
    ///
    /// One of the texts is no date-time with an offset (RFC 3339).
    pub fn new(from: &str, until: &str) -> Result<Self, InvalidValue> {
        Ok(Self {
            from: from.parse()?,
            until: until.parse()?,
        })
    }
}

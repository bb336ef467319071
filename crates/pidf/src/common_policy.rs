//! Common policy: rules that say who may see what, of any kind of information (RFC 4745).
//!
//! A rule applies when all of its [`Conditions`] hold for a [`Request`]: who asks, when, and in which sphere the presentity
//! is. What it then permits are actions and transformations, which usages of the framework define; those of presence have
//! types in [`pres_rules`](crate::pres_rules), and are [`ForeignElement`]s here.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use pidf::Limits;
//! use pidf::common_policy::{Request, Ruleset};
//!
//! let document = br#"<ruleset xmlns="urn:ietf:params:xml:ns:common-policy">
//!   <rule id="f3g44r1">
//!     <conditions>
//!       <identity><many domain="example.com"><except id="sip:mallory@example.com"/></many></identity>
//!       <sphere value="work travel"/>
//!     </conditions>
//!   </rule>
//! </ruleset>"#;
//! let ruleset = Ruleset::parse(document, &Limits::default())?;
//!
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
//! let bob = Request::new(now).with_identity("sip:bob@example.com".parse()?).with_sphere("Work".parse()?);
//! assert_eq!(ruleset.matching(&bob).count(), 1);
//! let mallory = Request::new(now).with_identity("sip:mallory@EXAMPLE.com".parse()?).with_sphere("work".parse()?);
//! assert_eq!(ruleset.matching(&mallory).count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod codec;
mod conditions;
mod domain;
mod evaluate;
mod identity;

use std::fmt;

use crate::xml::chars;
use crate::{Error, ForeignElement, InvalidValue, Limits};

pub(crate) use codec::{Parts, compose_ruleset, read_ruleset};
pub use conditions::{Condition, Conditions, Except, Identity, Member, Period, Sphere, Validity};
pub use evaluate::Request;

/// The media type of policy documents (RFC 4745 section 15.1).
pub const MEDIA_TYPE: &str = "application/auth-policy+xml";

/// The namespace of common policy's elements.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:common-policy";

/// Rules: the `ruleset` element (RFC 4745 section 6). They have different ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Ruleset {
    rules: Vec<Rule>,
}

impl Ruleset {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, no ruleset, beyond a limit, or with something in it that the schema has no place for.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        let rules = read_ruleset(document, limits, |parts| {
            Ok(Rule {
                actions: parts.actions()?,
                transformations: parts.transformations()?,
                ..Rule::new(parts.id, parts.conditions)
            })
        })?;
        Ok(Self { rules })
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        compose_ruleset(self.rules.iter().map(|rule| {
            let element = |extension: &ForeignElement| extension.element().clone();
            Parts {
                id: rule.id.clone(),
                conditions: rule.conditions.clone(),
                actions: rule.actions.iter().map(element).collect(),
                transformations: rule.transformations.iter().map(element).collect(),
            }
        }))
    }

    rules_methods!();
}

impl fmt::Display for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// A rule, with whatever it permits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Rule {
    /// Names the rule in its ruleset.
    pub id: RuleId,
    /// What has to hold. Without any, the rule applies to everyone, authenticated or not.
    pub conditions: Conditions,
    /// What the server does.
    pub actions: Vec<ForeignElement>,
    /// What of the information is given.
    pub transformations: Vec<ForeignElement>,
}

impl Rule {
    /// A rule that permits nothing yet.
    pub const fn new(id: RuleId, conditions: Conditions) -> Self {
        Self {
            id,
            conditions,
            actions: Vec::new(),
            transformations: Vec::new(),
        }
    }
}

/// The id of a rule: an `xs:ID` (RFC 4745 section 13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct RuleId(String);

impl RuleId {
    /// The id as it stands.
    ///
    /// # Errors
    ///
    /// Not an `xs:ID`.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidValue> {
        let id = id.into();
        if !chars::is_ncname(&id) {
            let expected = "a name that starts with a letter or `_` and has no colon";
            return Err(InvalidValue::new("the rule id", expected, &id));
        }
        Ok(Self(id))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The methods of rules that are told apart by their ids.
macro_rules! rules_methods {
    () => {
        /// The rules, in order. The order says nothing.
        pub fn rules(&self) -> &[Rule] {
            &self.rules
        }

        /// Adds a rule, or puts it in the place of the one with the same id, which is given back.
        pub fn insert(&mut self, rule: Rule) -> Option<Rule> {
            match self.rules.iter_mut().find(|known| known.id == rule.id) {
                Some(known) => Some(std::mem::replace(known, rule)),
                None => {
                    self.rules.push(rule);
                    None
                }
            }
        }

        /// Takes out the rule with this id.
        pub fn remove(&mut self, id: &str) -> Option<Rule> {
            let index = self.rules.iter().position(|rule| rule.id.as_str() == id)?;
            Some(self.rules.remove(index))
        }

        /// The rules whose conditions hold for a request (RFC 4745 section 10.1).
        pub fn matching(&self, request: &crate::common_policy::Request) -> impl Iterator<Item = &Rule> {
            self.rules.iter().filter(|rule| rule.conditions.hold(request))
        }
    };
}
pub(crate) use rules_methods;

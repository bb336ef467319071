//! Presence authorization rules: which watcher may subscribe, and what the watcher is shown (RFC 5025).
//!
//! The rules are those of [`common_policy`](crate::common_policy), with the permissions of presence. A server evaluates
//! them with the watcher's identity, the time and the sphere, and does what the combined [`Permissions`] say:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use pidf::Limits;
//! use pidf::common_policy::Request;
//! use pidf::pres_rules::{Provided, Ruleset, SubHandling};
//!
//! let document = br#"<cr:ruleset xmlns="urn:ietf:params:xml:ns:pres-rules"
//!     xmlns:cr="urn:ietf:params:xml:ns:common-policy">
//!   <cr:rule id="a">
//!     <cr:conditions><cr:identity><cr:one id="sip:user@example.com"/></cr:identity></cr:conditions>
//!     <cr:actions><sub-handling>allow</sub-handling></cr:actions>
//!     <cr:transformations><provide-persons><all-persons/></provide-persons></cr:transformations>
//!   </cr:rule>
//!   <cr:rule id="b">
//!     <cr:conditions><cr:identity><cr:many/></cr:identity></cr:conditions>
//!     <cr:actions><sub-handling>confirm</sub-handling></cr:actions>
//!   </cr:rule>
//! </cr:ruleset>"#;
//! let ruleset = Ruleset::parse(document, &Limits::default())?;
//!
//! let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
//! let permissions = |watcher: &str| {
//!     let request = Request::new(now).with_identity(watcher.parse().unwrap());
//!     ruleset.evaluate(&request)
//! };
//! assert_eq!(permissions("sip:user@example.com").sub_handling, SubHandling::Allow);
//! assert_eq!(permissions("sip:user@example.com").provide_persons, Provided::All);
//! assert_eq!(permissions("sip:other@example.com").sub_handling, SubHandling::Confirm);
//! assert_eq!(ruleset.evaluate(&Request::new(now)).sub_handling, SubHandling::Block);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A permission that is not there, or false, permits nothing, so both read as the same.

mod codec;
mod permissions;
mod provided;

use std::fmt;

use crate::common_policy::{Conditions, Request, RuleId, rules_methods};
use crate::{Error, ForeignElement, Limits};

pub use permissions::{Permissions, PresenceAttribute, SubHandling, UnknownAttribute, UserInput};
pub use provided::{DeviceIdentifier, PersonIdentifier, Provided, ServiceIdentifier};

pub use crate::common_policy::MEDIA_TYPE;

/// The namespace of the permissions.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:pres-rules";

/// The rules of a presentity: a `ruleset` element with the permissions of RFC 5025. They have different ids.
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
    /// Not well-formed XML, no ruleset, beyond a limit, or with something in it that the schemas have no place for.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        codec::read(document, limits).map(|rules| Self { rules })
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        codec::write(&self.rules)
    }

    /// What a watcher is permitted: what all rules that apply permit, combined as RFC 4745 section 10.2 says. Where none
    /// applies, nothing is, and the subscription is blocked.
    pub fn evaluate(&self, request: &Request) -> Permissions {
        let mut permissions = Permissions::default();
        for rule in self.matching(request) {
            permissions.combine(&rule.permissions);
        }
        permissions
    }

    rules_methods!();
}

impl fmt::Display for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// A rule with permissions of presence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Rule {
    /// Names the rule in its ruleset.
    pub id: RuleId,
    /// What has to hold. Without any, the rule applies to everyone, authenticated or not.
    pub conditions: Conditions,
    /// What it permits.
    pub permissions: Permissions,
    /// Actions that are not known here. They permit nothing.
    pub unknown_actions: Vec<ForeignElement>,
    /// Transformations that are not known here. They permit nothing.
    pub unknown_transformations: Vec<ForeignElement>,
}

impl Rule {
    /// A rule.
    pub const fn new(id: RuleId, conditions: Conditions, permissions: Permissions) -> Self {
        Self {
            id,
            conditions,
            permissions,
            unknown_actions: Vec::new(),
            unknown_transformations: Vec::new(),
        }
    }
}

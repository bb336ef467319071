//! Filters of notifications: what a watcher wants to be told, and when (RFC 4661).
//!
//! ```
//! use pidf::Limits;
//! use pidf::filter::{Changed, Filter, FilterSet, NsBinding, Selection, Trigger, What};
//!
//! let basic = "/pidf:presence/pidf:tuple/pidf:status/pidf:basic";
//! let mut what = What::default();
//! what.include.push(Selection::xpath(basic.parse()?));
//! let mut trigger = Trigger::default();
//! trigger.changed.push(Changed::new(basic.parse()?).with_to("open".parse()?));
//! let mut filter = Filter::new("123".parse()?);
//! filter.what = Some(what);
//! filter.triggers.push(trigger);
//!
//! let set = FilterSet::new(filter)
//!     .with_ns_binding(NsBinding::new("pidf", "urn:ietf:params:xml:ns:pidf".parse()?)?);
//! let written = set.write();
//! assert!(written.contains(r#"<changed to="open">"#));
//! assert_eq!(FilterSet::parse(written.as_bytes(), &Limits::default())?, set);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The expressions are kept as text, white space collapsed, and read when [`FilterSet::compile`] makes a filter ready for
//! use: a [`CompiledFilter`] says what of a document a watcher is told, and whether a change is one to be told. Attributes of
//! other namespaces on `include`, `exclude` and `changed` are not kept.

mod codec;
mod compiled;
mod content;
mod decimal;
mod evaluate;
mod expression;
mod trigger;

use std::fmt;

use crate::xml::chars;
use crate::{Error, ForeignAttribute, ForeignElement, InvalidValue, Limits, Text, Token, Uri};

pub use compiled::{CompiledFilter, FilterError};
pub use decimal::Decimal;

/// The media type of filters (RFC 4661 section 3.1).
pub const MEDIA_TYPE: &str = "application/simple-filter+xml";

/// The namespace of their elements.
pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:simple-filter";

/// Filters: the `filter-set` element (RFC 4661 section 3.2). It has one filter or more, with different ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FilterSet {
    package: Option<Token>,
    ns_bindings: Vec<NsBinding>,
    filters: Vec<Filter>,
    attributes: Vec<ForeignAttribute>,
}

impl FilterSet {
    /// A set with one filter.
    pub fn new(filter: Filter) -> Self {
        Self {
            package: None,
            ns_bindings: Vec::new(),
            filters: vec![filter],
            attributes: Vec::new(),
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Not well-formed XML, no filters, beyond a limit, or with a mandatory part missing or wrong.
    pub fn parse(document: &[u8], limits: &Limits) -> Result<Self, Error> {
        codec::read(document, limits)
    }

    /// Writes the document.
    pub fn write(&self) -> String {
        codec::write(self)
    }

    /// States the event package.
    #[must_use]
    pub fn with_package(mut self, package: Token) -> Self {
        self.package = Some(package);
        self
    }

    /// States what a prefix in the expressions stands for, in place of what was stated for the same prefix.
    #[must_use]
    pub fn with_ns_binding(mut self, binding: NsBinding) -> Self {
        self.ns_bindings.retain(|known| known.prefix != binding.prefix);
        self.ns_bindings.push(binding);
        self
    }

    /// Adds an attribute of another specification.
    #[must_use]
    pub fn with_attribute(mut self, attribute: ForeignAttribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Adds a filter, or puts it in the place of the one with the same id, which is given back.
    pub fn insert(&mut self, filter: Filter) -> Option<Filter> {
        match self.filters.iter_mut().find(|known| known.id == filter.id) {
            Some(known) => Some(std::mem::replace(known, filter)),
            None => {
                self.filters.push(filter);
                None
            }
        }
    }

    /// Reads the expressions of a filter with the prefixes of this set.
    ///
    /// # Errors
    ///
    /// An expression that is not in the part of XPath that RFC 4661 section 5 has, or with a prefix that is not bound, or a
    /// difference of too many digits. RFC 4660 section 5.4 has the filter ignored or the subscription terminated then.
    pub fn compile(&self, filter: &Filter) -> Result<CompiledFilter, InvalidValue> {
        CompiledFilter::new(filter, |prefix| self.namespace(prefix))
    }

    /// The event package, where that is told.
    pub const fn package(&self) -> Option<&Token> {
        self.package.as_ref()
    }

    /// What the prefixes in the expressions stand for.
    pub fn ns_bindings(&self) -> &[NsBinding] {
        &self.ns_bindings
    }

    /// The namespace of a prefix in the expressions.
    pub fn namespace(&self, prefix: &str) -> Option<&str> {
        let binding = self.ns_bindings.iter().find(|binding| binding.prefix == prefix)?;
        Some(binding.urn.as_str())
    }

    /// What other specifications add in attributes.
    pub fn attributes(&self) -> &[ForeignAttribute] {
        &self.attributes
    }

    /// The filters, in order.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }
}

impl fmt::Display for FilterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write())
    }
}

/// What a prefix in the expressions stands for: the `ns-binding` element (RFC 4661 section 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct NsBinding {
    prefix: String,
    urn: Uri,
}

impl NsBinding {
    /// A binding.
    ///
    /// # Errors
    ///
    /// The prefix is none.
    pub fn new(prefix: &str, urn: Uri) -> Result<Self, InvalidValue> {
        if !chars::is_ncname(prefix) {
            return Err(InvalidValue::new("the prefix", "a name without a colon", prefix));
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            urn,
        })
    }

    /// The prefix.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The namespace.
    pub const fn urn(&self) -> &Uri {
        &self.urn
    }
}

/// One filter: the `filter` element (RFC 4661 section 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Filter {
    /// Names the filter in its subscription, for later changes.
    pub id: Text,
    /// For which resources it is.
    pub target: Target,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether the filter with this id is to be forgotten.
    pub remove: bool,
    /// What is told. Without it, everything is.
    pub what: Option<What>,
    /// When it is told: when one of these is active. Without any, whenever it would be anyway.
    pub triggers: Vec<Trigger>,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
    /// What other specifications add in attributes.
    pub attributes: Vec<ForeignAttribute>,
}

impl Filter {
    /// A filter that is on, for the resource of the subscription, and lets everything through.
    pub const fn new(id: Text) -> Self {
        Self {
            id,
            target: Target::Subscription,
            enabled: true,
            remove: false,
            what: None,
            triggers: Vec::new(),
            extensions: Vec::new(),
            attributes: Vec::new(),
        }
    }
}

/// For which resources a filter is (RFC 4661 section 3.4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Target {
    /// All resources of a domain: `domain`.
    Domain(Token),
    /// That of the subscription, all of them where it is a list.
    #[default]
    Subscription,
    /// One resource: `uri`.
    Uri(Uri),
}

/// What is told: the `what` element (RFC 4661 section 3.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct What {
    /// What is in it.
    pub include: Vec<Selection>,
    /// What of that is not.
    pub exclude: Vec<Selection>,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
}

/// What an `include` or `exclude` element selects (RFC 4661 section 3.5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Selection {
    /// All elements and attributes of a namespace.
    Namespace(Token),
    /// What an XPath expression finds.
    Xpath(Token),
}

impl Selection {
    /// What an XPath expression finds.
    pub const fn xpath(expression: Token) -> Self {
        Self::Xpath(expression)
    }
}

/// When it is told: the `trigger` element (RFC 4661 section 3.6). It is active when one of these is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Trigger {
    /// Values that changed.
    pub changed: Vec<Changed>,
    /// XPath expressions of elements that are new.
    pub added: Vec<Token>,
    /// XPath expressions of elements that are no longer there.
    pub removed: Vec<Token>,
    /// What other specifications add.
    pub extensions: Vec<ForeignElement>,
}

/// A change of a value: the `changed` element (RFC 4661 section 3.6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Changed {
    /// The XPath expression of an element or attribute.
    pub path: Token,
    /// The value before.
    pub from: Option<Text>,
    /// The value behind.
    pub to: Option<Text>,
    /// By how much it changed, at least.
    pub by: Option<Decimal>,
}

impl Changed {
    /// Any change.
    pub const fn new(path: Token) -> Self {
        Self {
            path,
            from: None,
            to: None,
            by: None,
        }
    }

    /// Only from this value.
    #[must_use]
    pub fn with_from(mut self, from: Text) -> Self {
        self.from = Some(from);
        self
    }

    /// Only to this value.
    #[must_use]
    pub fn with_to(mut self, to: Text) -> Self {
        self.to = Some(to);
        self
    }

    /// Only by this much.
    #[must_use]
    pub fn with_by(mut self, by: Decimal) -> Self {
        self.by = Some(by);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_replaces_the_one_with_its_id() {
        let mut set = FilterSet::new(Filter::new("1".parse().unwrap()));
        assert!(set.insert(Filter::new("2".parse().unwrap())).is_none());
        let mut filter = Filter::new("1".parse().unwrap());
        filter.remove = true;
        assert!(set.insert(filter).is_some());
        assert!(set.filters()[0].remove);
        assert!(NsBinding::new("a:b", "urn:x".parse().unwrap()).is_err());
    }
}

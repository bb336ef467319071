use std::fmt;

use super::TypedHeader;
use crate::{HeaderName, Params, ValueError, grammar, scan::Scan};

/// `event-type *( SEMI event-param )`: the event package of a SUBSCRIBE, NOTIFY or PUBLISH (RFC 6665 section 8.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Event<'a> {
    package: &'a str,
    params: Params<'a>,
}

impl<'a> Event<'a> {
    /// An event package by name, template-packages (`presence.winfo`) included.
    ///
    /// # Errors
    /// When `package` is not a token.
    pub fn new(package: &'a str) -> Result<Self, ValueError> {
        grammar::exact(grammar::token, package).map(|package| Self {
            package,
            params: Params::new(),
        })
    }

    /// The same with an `id`, which tells subscriptions of one dialog apart: a token, or what else came from a peer, a host
    /// or a quoted string.
    ///
    /// # Errors
    /// When `id` is none of these.
    pub fn with_id(self, id: &str) -> Result<Self, ValueError> {
        Ok(Self {
            params: self.params.with("id", id)?,
            ..self
        })
    }

    /// The package as written.
    #[must_use]
    pub const fn package(&self) -> &'a str {
        self.package
    }

    /// Whether this is that package. In any case: clients that write `Presence` are real.
    #[must_use]
    pub fn is(&self, package: &str) -> bool {
        self.package.eq_ignore_ascii_case(package)
    }

    /// The `id` parameter.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.params.get("id").flatten()
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

impl<'a> TypedHeader<'a> for Event<'a> {
    const NAME: HeaderName = HeaderName::EVENT;
    const SECTION: &'static str = "6665 section 8.2.1";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let mut scan = Scan::value(value);
        let package = scan.token("a token")?;
        let params = Params::read(&mut scan)?;
        scan.end()?;
        Ok(Self { package, params })
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.package, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_a_token_and_nothing_around_it() {
        assert!(Event::parse(" Presence.winfo ;id=a").unwrap().is("presence.winfo"));
        for (text, at) in [("", 0), (" presence", 0), ("presence\r\n", 8), ("presence;id=1", 8)] {
            assert_eq!(Event::new(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

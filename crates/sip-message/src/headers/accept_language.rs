use std::fmt;

use nom::{Parser, branch::alt, bytes::complete::tag};

use super::{Occurrence, TypedHeader, accept, content_language::language_tag};
use crate::{HeaderName, Params, ValueError, grammar};

/// `language-range *( SEMI accept-param )`: a language that the sender reads (RFC 3261 section 20.3). Absent, any will
/// do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AcceptLanguage<'a> {
    range: &'a str,
    params: Params<'a>,
}

impl<'a> AcceptLanguage<'a> {
    /// A language range: a tag, as in `pt-BR`, or `*`.
    ///
    /// # Errors
    /// When `range` is neither.
    pub fn new(range: &'a str) -> Result<Self, ValueError> {
        let range = grammar::exact(language_range, range)?;
        let params = Params::new();
        Ok(Self { range, params })
    }

    /// The same with a preference in thousandths.
    ///
    /// # Errors
    /// When `q` is over 1000.
    pub fn with_q(self, q: u16) -> Result<Self, ValueError> {
        let params = accept::with_q(&self.params, q)?;
        Ok(Self { params, ..self })
    }

    /// The range as written.
    #[must_use]
    pub const fn range(&self) -> &'a str {
        self.range
    }

    /// The preference in thousandths, 1000 where no `q` is given or the one given is no number.
    #[must_use]
    pub fn q(&self) -> u16 {
        accept::q(&self.params)
    }

    /// Whether a language tag is in the range: `en` has `en` and `en-GB` in it, and `*` has every tag (RFC 2616 section
    /// 14.4).
    #[must_use]
    pub fn matches(&self, language: &str) -> bool {
        let len = self.range.len();
        self.range == "*"
            || language
                .get(..len)
                .is_some_and(|start| start.eq_ignore_ascii_case(self.range))
                && matches!(language.as_bytes().get(len), None | Some(b'-'))
    }

    /// All parameters.
    #[must_use]
    pub const fn params(&self) -> &Params<'a> {
        &self.params
    }
}

fn language_range(input: &str) -> grammar::Parsed<'_, &str> {
    grammar::expect("a language range", alt((tag("*"), language_tag)))(input)
}

impl<'a> TypedHeader<'a> for AcceptLanguage<'a> {
    const NAME: HeaderName = HeaderName::ACCEPT_LANGUAGE;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.3";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        let (range, params) = grammar::whole(|input| (language_range, Params::parse).parse(input), value)?;
        Ok(Self { range, params })
    }
}

impl fmt::Display for AcceptLanguage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.range, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_section_20_3() {
        let read = |text| AcceptLanguage::parse(text).unwrap();
        assert_eq!(read("da").q(), 1000);
        assert_eq!(read("en-gb;q=0.8").q(), 800);
        assert_eq!(read("en ; q = 0.7").q(), 700);
        assert_eq!(
            AcceptLanguage::new("en").unwrap().with_q(700).unwrap(),
            read("en;q=0.7")
        );
        assert!(AcceptLanguage::new("en").unwrap().with_q(1001).is_err());
    }

    #[test]
    fn a_range_has_its_variants_in_it() {
        let matches = |range, language| AcceptLanguage::parse(range).unwrap().matches(language);
        assert!(matches("en", "EN"));
        assert!(matches("en", "en-GB"));
        assert!(matches("*", "ko"));
        assert!(!matches("en-GB", "en"));
        assert!(!matches("en", "eng"));
        assert!(!matches("en", "é"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for (text, at) in [("", 0), ("*-en", 1), ("en_GB", 2), ("en;=x", 3), ("en-*", 0)] {
            assert_eq!(AcceptLanguage::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

use std::fmt;

use super::TypedHeader;
use crate::{
    HeaderName, ValueError,
    class::{self, Class},
    scan::Scan,
    stops::Stops,
};

/// `callid = word [ "@" word ]`: names all requests and responses of one dialog or registration (RFC 3261 section
/// 20.8). Case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CallId<'a>(&'a str);

impl<'a> CallId<'a> {
    /// Takes a text that is a Call-ID.
    ///
    /// # Errors
    /// When `text` is none.
    pub fn new(text: &'a str) -> Result<Self, ValueError> {
        let id = Self::parse(text)?;
        if id.0.len() < text.len() {
            let at = if text.starts_with(id.0) { id.0.len() } else { 0 };
            return Err(ValueError::new("a Call-ID without white space around it", at));
        }
        Ok(id)
    }

    /// One word, or two, of letters, digits, hyphens and dots.
    fn plain(value: &'a str) -> Option<Self> {
        let mut stops = Stops::of(value)?;
        if stops.is(b'@') && stops.at() > 0 {
            let host = stops.at() + 1;
            stops.next();
            if stops.at() == host {
                return None;
            }
        }
        (stops.is_end() && !value.is_empty()).then_some(Self(value))
    }

    fn parse_any(value: &'a str) -> Result<Self, ValueError> {
        const WORD: Class = class::TOKEN | class::WORD_ONLY;
        let mut scan = Scan::value(value);
        let start = scan.at();
        scan.some(WORD, "a word")?;
        let word = scan.at();
        if scan.eat(b'@') && scan.some(WORD, "a word").is_err() {
            scan.seek(word);
        }
        let id = scan.since(start);
        scan.end()?;
        Ok(Self(id))
    }

    /// The identifier.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

impl<'a> TypedHeader<'a> for CallId<'a> {
    const NAME: HeaderName = HeaderName::CALL_ID;
    const SECTION: &'static str = "3261 section 20.8";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        match Self::plain(value) {
            Some(id) => Ok(id),
            None => Self::parse_any(value),
        }
    }
}

impl fmt::Display for CallId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nearly::nearly;

    proptest! {
        #[test]
        fn the_usual_form_reads_as_the_grammar_does(value in nearly(&["a84b4c76", "-", "e66710", "@", "example.test"])) {
            if let Some(id) = CallId::plain(&value) {
                prop_assert_eq!(Ok(id), CallId::parse_any(&value));
            }
        }
    }

    #[test]
    fn what_is_usual_is_read_so() {
        for value in ["a", "a84b4c76e66710", "a-1.b@example.test", "1@[2001"] {
            assert_eq!(CallId::plain(value).is_some(), !value.contains('['), "{value}");
        }
        for value in ["", "@", "@a", "a@", "a@b@c", "a b", " a", "a ", "a~"] {
            assert_eq!(CallId::plain(value), None, "{value:?}");
        }
    }

    #[test]
    fn words_and_at_most_one_at() {
        assert_eq!(
            CallId::parse("1197006230@202.31.137.175").unwrap().as_str(),
            "1197006230@202.31.137.175"
        );
        assert!(CallId::parse("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{").is_ok());
        assert!(CallId::parse("a@b@c").is_err());
        assert!(CallId::parse("a b").is_err());
        assert!(CallId::parse("").is_err());
    }

    #[test]
    fn what_is_written_has_nothing_around_it() {
        assert_eq!(CallId::parse(" a@b\r\n ").unwrap(), CallId::new("a@b").unwrap());
        for (text, at) in [("", 0), (" a", 0), ("a@b ", 3), ("a\r\n", 1), ("a\r\nX: y", 3)] {
            assert_eq!(CallId::new(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

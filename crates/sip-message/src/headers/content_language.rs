use std::fmt;

use super::{Occurrence, TypedHeader};
use crate::{HeaderName, ValueError, grammar};

/// `language-tag`: a language of the body (RFC 3261 section 20.13). The tags are those of RFC 5646, whose subtags
/// have digits too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ContentLanguage<'a>(&'a str);

impl<'a> ContentLanguage<'a> {
    /// Takes a language tag, as in `pt-BR`.
    ///
    /// # Errors
    /// When `tag` is none.
    pub fn new(tag: &'a str) -> Result<Self, ValueError> {
        grammar::exact(language_tag, tag).map(Self)
    }

    /// The tag.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }
}

/// `primary-tag *( "-" subtag )`, each of up to eight characters.
pub(crate) fn language_tag(input: &str) -> grammar::Parsed<'_, &str> {
    let is_tag_char = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let end = input.find(|c| !is_tag_char(c)).unwrap_or(input.len());
    let tag = &input[..end];
    let is_subtag = |subtag: &str| matches!(subtag.len(), 1..=8);
    let primary = tag.split('-').next().unwrap_or_default();
    if !primary.bytes().all(|byte| byte.is_ascii_alphabetic()) || !tag.split('-').all(is_subtag) {
        return grammar::fail(input, "a language tag");
    }
    Ok((&input[end..], tag))
}

impl<'a> TypedHeader<'a> for ContentLanguage<'a> {
    const NAME: HeaderName = HeaderName::CONTENT_LANGUAGE;
    const OCCURRENCE: Occurrence = Occurrence::List;
    const SECTION: &'static str = "3261 section 20.13";

    fn parse(value: &'a str) -> Result<Self, ValueError> {
        grammar::whole(language_tag, value).map(Self)
    }
}

impl fmt::Display for ContentLanguage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_parts_of_eight_characters() {
        for text in ["fr", "en-GB", "zh-Hant-TW", "es-419", "i-klingon"] {
            assert_eq!(ContentLanguage::parse(text).unwrap().to_string(), text);
        }
        for (text, at) in [
            ("", 0),
            ("4en", 0),
            ("en-", 0),
            ("en--GB", 0),
            ("languages-x", 0),
            ("*", 0),
            ("en gb", 3),
        ] {
            assert_eq!(ContentLanguage::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert!(ContentLanguage::new(" en").is_err());
    }
}

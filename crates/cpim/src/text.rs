use std::{fmt, str::FromStr};

use crate::{
    error::{InvalidValue, ValueKind},
    escape,
};

/// Text of a header: any characters, but a space at the end.
///
/// Control characters and backslashes are written as escapes (RFC 3862 section 2.3.1). A space at the end of a line is
/// forbidden (section 2.2), and no escape may stand for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// Checks and takes text, unescaped.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it ends in a space.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.ends_with(' ') {
            return Err(InvalidValue::new(ValueKind::Text, text.len() - 1));
        }
        Ok(Self(text))
    }

    /// Reads a header value: undoes the escapes and drops the spaces that should not be at the end.
    pub(crate) fn from_wire(value: &str) -> Self {
        Self::trimmed(escape::unescape(value).into_owned())
    }

    /// Takes text without the spaces at its end.
    pub(crate) fn trimmed(mut text: String) -> Self {
        text.truncate(text.trim_end_matches(' ').len());
        Self(text)
    }

    /// The text, unescaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn to_wire(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        escape::escape_into(&mut out, &self.0, None);
        out
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Text {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

/// A language tag (RFC 3066): letters and digits in parts of one to eight, joined by hyphens; the first part letters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// Checks and takes a tag.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] when it is none.
    pub fn new(tag: impl Into<String>) -> Result<Self, InvalidValue> {
        let tag = tag.into();
        let mut offset = 0;
        for (index, part) in tag.split('-').enumerate() {
            let fits = |byte: u8| byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit());
            if part.is_empty() || part.len() > 8 || !part.bytes().all(fits) {
                return Err(InvalidValue::new(ValueKind::LanguageTag, offset));
            }
            offset += part.len() + 1;
        }
        Ok(Self(tag))
    }

    /// The tag as written. Tags are case-insensitive.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LanguageTag {
    type Err = InvalidValue;

    fn from_str(tag: &str) -> Result<Self, InvalidValue> {
        Self::new(tag)
    }
}

/// What a message is about, in one language (RFC 3862 section 4.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    lang: Option<LanguageTag>,
    text: Text,
}

impl Subject {
    /// A subject in a language that is not named; readers take it as `i-default`.
    #[must_use]
    pub fn new(text: Text) -> Self {
        Self { lang: None, text }
    }

    /// Names the language.
    #[must_use]
    pub fn with_lang(mut self, lang: LanguageTag) -> Self {
        self.lang = Some(lang);
        self
    }

    pub(crate) fn from_parts(lang: Option<LanguageTag>, text: Text) -> Self {
        Self { lang, text }
    }

    /// The language, where the sender named it.
    #[must_use]
    pub fn lang(&self) -> Option<&LanguageTag> {
        self.lang.as_ref()
    }

    /// The text, unescaped.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    pub(crate) fn text_to_wire(&self) -> String {
        self.text.to_wire()
    }
}

impl From<Text> for Subject {
    fn from(text: Text) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_end_in_a_space() {
        assert_eq!(Text::new("a b ").unwrap_err().offset(), 3);
        assert_eq!(Text::new(" a\t").unwrap().to_wire(), " a\\t");
        assert_eq!(Text::from_wire("a\\u0020 ").as_str(), "a");
    }

    #[test]
    fn language_tags_are_checked() {
        for tag in ["en", "fr-CA", "i-default", "x-a1b2c3d4", "de-1996"] {
            assert_eq!(LanguageTag::new(tag).unwrap().as_str(), tag);
        }
        for (tag, offset) in [
            ("", 0),
            ("1a", 0),
            ("en-", 3),
            ("en--us", 3),
            ("abcdefghi", 0),
            ("en us", 0),
        ] {
            assert_eq!(LanguageTag::new(tag).unwrap_err().offset(), offset, "{tag:?}");
        }
    }
}

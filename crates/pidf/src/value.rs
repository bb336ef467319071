//! Values that several kinds of documents have.

use std::fmt;
use std::str::FromStr;

use crate::compose;
use crate::contact::check_uri;
use crate::note::is_language;
use crate::tree::At;
use crate::xml::XML_NAMESPACE;
use crate::xml::chars::{self, is_space};
use crate::{Element, Error, InvalidValue, Note};

/// A URI, of any scheme: some text with no white space in it. The grammar of the scheme is not checked.
///
/// It compares as text. Where a document means more by the same URI, the function that decides it says so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Uri(String);

impl Uri {
    /// The URI as it stands.
    ///
    /// # Errors
    ///
    /// Empty, or with white space or a character that XML does not allow.
    pub fn new(uri: impl Into<String>) -> Result<Self, InvalidValue> {
        let uri = uri.into();
        check_uri("the URI", &uri)?;
        Ok(Self(uri))
    }

    /// A URI that may have been folded into several lines, as in documents that are printed: white space is no part of a
    /// URI, and RFC 3986 appendix C says to leave it out.
    pub(crate) fn unfold(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text.split(is_space).collect::<String>())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Uri {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that an XML document can carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Text(String);

impl Text {
    /// The text as it stands.
    ///
    /// # Errors
    ///
    /// A character that XML does not allow, such as NUL.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        chars::check_text("the text", &text)?;
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Text {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A word or several with single spaces between them: `xs:token` of XML Schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Token(String);

impl Token {
    /// The token as it stands.
    ///
    /// # Errors
    ///
    /// Empty, with white space at an end, a tab, a line end or two spaces beside each other, or with a character that XML
    /// does not allow.
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidValue> {
        let token = token.into();
        if token.is_empty() || collapse(&token) != token {
            let expected = "words with single spaces between them";
            return Err(InvalidValue::new("the token", expected, &token));
        }
        chars::check_text("the token", &token)?;
        Ok(Self(token))
    }

    /// The token that a text is when its white space is collapsed.
    pub(crate) fn collapse(text: &str) -> Result<Self, InvalidValue> {
        Self::new(collapse(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// White space as `xs:token` has it.
pub(crate) fn collapse(text: &str) -> String {
    let words: Vec<_> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

impl FromStr for Token {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A language tag: `xs:language`, as `en` or `ko-KR`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Language(String);

impl Language {
    /// The tag as it stands.
    ///
    /// # Errors
    ///
    /// Not a language tag.
    pub fn new(tag: impl Into<String>) -> Result<Self, InvalidValue> {
        let tag = tag.into();
        if !is_language(&tag) {
            return Err(InvalidValue::new("the language", "a language tag such as `en`", &tag));
        }
        Ok(Self(tag))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name for people, and the language that it is in: `display-name` of RFC 4826, `name` of RFC 4662.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct DisplayName(Note);

impl DisplayName {
    /// A name in no stated language.
    ///
    /// # Errors
    ///
    /// A character that XML does not allow.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        Note::new(text).map(Self)
    }

    /// States the language, as `en` or `ko-KR`.
    ///
    /// # Errors
    ///
    /// Not a language tag.
    pub fn with_lang(self, tag: impl Into<String>) -> Result<Self, InvalidValue> {
        self.0.with_lang(tag).map(Self)
    }

    /// The name.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// The language of the name: its own `xml:lang` or that of an enclosing element.
    pub fn lang(&self) -> Option<&str> {
        self.0.lang()
    }

    pub(crate) fn read(at: At<'_>) -> Result<Self, Error> {
        let note = at.value(Note::new(at.raw_text()))?;
        Ok(Self(note.with_lenient_lang(at.lang())))
    }

    pub(crate) fn compose(&self, namespace: &str, local: &str) -> Element {
        let mut element = compose::element(namespace, local);
        if let Some(lang) = self.lang() {
            compose::set_in(&mut element, XML_NAMESPACE, "lang", lang);
        }
        compose::text(element, self.text())
    }
}

/// Reads `xs:boolean`.
pub(crate) fn boolean(what: &'static str, text: &str) -> Result<bool, InvalidValue> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(InvalidValue::new(what, "`true` or `false`", text)),
    }
}

/// Reads a number of XML Schema.
pub(crate) fn number<T: FromStr>(what: &'static str, expected: &'static str, text: &str) -> Result<T, InvalidValue> {
    text.parse().map_err(|_| InvalidValue::new(what, expected, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked() {
        assert!(Uri::new("sip:a@example.test").is_ok());
        assert!(Uri::new("").is_err());
        assert!(Uri::new("sip:a b").is_err());
        assert!(Text::new("a\u{1}").is_err());
        assert!(Token::new("a b").is_ok());
        for text in ["", " a", "a ", "a  b", "a\nb", "a\u{1}"] {
            assert!(Token::new(text).is_err(), "{text:?}");
        }
        assert_eq!(Token::collapse("\n a \t b ").unwrap().as_str(), "a b");
        assert!(DisplayName::new("x").unwrap().with_lang("not a tag").is_err());
    }

    #[test]
    fn booleans_and_numbers_of_xml_schema() {
        assert_eq!(boolean("x", "1"), Ok(true));
        assert_eq!(boolean("x", "false"), Ok(false));
        assert!(boolean("x", "TRUE").is_err());
        assert_eq!(number::<u32>("x", "y", "007"), Ok(7));
        assert!(number::<u32>("x", "y", "-1").is_err());
        assert!(number::<u32>("x", "y", "4294967296").is_err());
    }
}

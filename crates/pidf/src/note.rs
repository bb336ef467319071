use compact_str::CompactString;

use crate::InvalidValue;
use crate::xml::chars;

/// A comment for people, about the presentity or about one tuple (RFC 3863 section 4.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Note {
    text: CompactString,
    lang: Option<CompactString>,
}

impl Note {
    /// A note in no stated language.
    ///
    /// # Errors
    ///
    /// A character that XML does not allow, such as NUL.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        chars::check_text("the note", &text)?;
        Ok(Self::from_read(&text))
    }

    /// A note with text that was read, and so is legal.
    pub(crate) fn from_read(text: &str) -> Self {
        Self {
            text: text.into(),
            lang: None,
        }
    }

    /// The note with other text that was read.
    pub(crate) fn with_read_text(self, text: &str) -> Self {
        Self {
            text: text.into(),
            ..self
        }
    }

    /// States the language, as `en` or `ko-KR` (RFC 3066).
    ///
    /// # Errors
    ///
    /// Not a language tag.
    pub fn with_lang(mut self, tag: impl Into<String>) -> Result<Self, InvalidValue> {
        let tag = tag.into();
        if !is_language(&tag) {
            return Err(InvalidValue::new(
                "the note's language",
                "a language tag such as `en`",
                &tag,
            ));
        }
        self.lang = Some(tag.into());
        Ok(self)
    }

    /// The language that a peer stated. `en_US` is meant as `en-US`; what is no language tag even so is passed over,
    /// because it helps nobody and would not validate when written.
    pub(crate) fn with_lenient_lang(mut self, tag: Option<&str>) -> Self {
        let tag = tag.map(|tag| {
            if tag.contains('_') {
                CompactString::from(tag.replace('_', "-"))
            } else {
                CompactString::from(tag)
            }
        });
        self.lang = tag.filter(|tag| is_language(tag));
        self
    }

    /// The text, white space included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The language of the text: its own `xml:lang`, or in a presence document's own notes that of the tuple or the
    /// document. In an [`Element`](crate::Element), which may stand anywhere, it is the note's own.
    pub fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }
}

/// The lexical form of `xs:language`.
pub(crate) fn is_language(tag: &str) -> bool {
    tag.split('-').enumerate().all(|(index, part)| {
        (1..=8).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || (index > 0 && byte.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        let note = || Note::new("x").unwrap();
        for tag in ["en", "ko-KR", "i-klingon", "sl-IT-nedis1"] {
            assert_eq!(note().with_lang(tag).unwrap().lang(), Some(tag));
        }
        for tag in ["", "en_US", "e1", "-", "en-", "deutschland"] {
            assert!(note().with_lang(tag).is_err(), "{tag}");
        }
        assert_eq!(note().with_lenient_lang(Some("en_US")).lang(), Some("en-US"));
        assert_eq!(note().with_lenient_lang(Some("english, I think")).lang(), None);
    }

    #[test]
    fn text_that_xml_cannot_carry_is_refused() {
        assert!(Note::new("tab\tand\nline").is_ok());
        assert!(Note::new("nul\0").is_err());
        assert!(Note::new("\u{FFFE}").is_err());
    }
}

use std::borrow::Cow;

use crate::{
    error::{HeaderError, HeaderErrorKind, InvalidValue, ValueKind},
    escape, grammar,
    name::{CORE_NAMESPACE, ExpandedName},
    text::LanguageTag,
};

/// A message header: its bytes, and what they mean when asked.
///
/// ```text
/// Header = Header-name ":" *( ";" Parameter ) SP Header-value CRLF
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    pub(crate) line: &'a [u8],
    pub(crate) offset: usize,
    pub(crate) name: &'a str,
    pub(crate) namespace: Option<&'a str>,
}

impl<'a> Header<'a> {
    /// The name as written, with its prefix. Case-sensitive (RFC 3862 section 2.2).
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The namespace prefix.
    #[must_use]
    pub fn prefix(&self) -> Option<&'a str> {
        self.name.split_once('.').map(|(prefix, _)| prefix)
    }

    /// The name without its prefix.
    #[must_use]
    pub fn local_name(&self) -> &'a str {
        self.name.split_once('.').map_or(self.name, |(_, name)| name)
    }

    /// The namespace that the header belongs to; none where no `NS` header ahead of it declares its prefix.
    #[must_use]
    pub fn namespace(&self) -> Option<&'a str> {
        self.namespace
    }

    /// Whether the header is the one that `name` means.
    #[must_use]
    pub fn is(&self, name: ExpandedName<'_>) -> bool {
        self.local_name() == name.name && self.namespace == Some(name.namespace)
    }

    pub(crate) fn is_core(&self, name: &str) -> bool {
        self.local_name() == name && self.namespace == Some(CORE_NAMESPACE)
    }

    /// The byte of the message at which the header starts.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The whole line without its CRLF.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.line
    }

    /// All that follows the colon: parameters, the space, the value.
    #[must_use]
    pub fn raw_value(&self) -> &'a [u8] {
        self.line.get(self.name.len() + 1..).unwrap_or_default()
    }

    /// The value, with its escapes.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where the bytes are not UTF-8, hold a control character, or the parameters are malformed.
    pub fn value(&self) -> Result<&'a str, HeaderError> {
        Ok(self.split()?.1)
    }

    /// The value, its escapes undone (RFC 3862 section 2.3).
    ///
    /// # Errors
    ///
    /// As [`Header::value`].
    pub fn text(&self) -> Result<Cow<'a, str>, HeaderError> {
        self.value().map(escape::unescape)
    }

    /// The parameters.
    ///
    /// # Errors
    ///
    /// As [`Header::value`].
    pub fn parameters(&self) -> Result<Vec<Parameter<'a>>, HeaderError> {
        Ok(self.split()?.0)
    }

    /// The language of the value, from the `lang` parameter (RFC 3862 section 3.3).
    ///
    /// # Errors
    ///
    /// As [`Header::value`], and where the parameter is no language tag.
    pub fn lang(&self) -> Result<Option<LanguageTag>, HeaderError> {
        let parameters = self.parameters()?;
        let lang = parameters.iter().find(|parameter| parameter.name == "lang");
        lang.map(|lang| LanguageTag::new(&*lang.value))
            .transpose()
            .map_err(|error| self.error(HeaderErrorKind::Malformed(error.kind()), self.name.len() + 1))
    }

    fn split(&self) -> Result<(Vec<Parameter<'a>>, &'a str), HeaderError> {
        let start = self.name.len() + 1;
        let raw = self.raw_value();
        let value = std::str::from_utf8(raw)
            .map_err(|error| self.error(HeaderErrorKind::Encoding, start + error.valid_up_to()))?;
        if let Some(at) = raw.iter().position(u8::is_ascii_control) {
            return Err(self.error(HeaderErrorKind::ControlCharacter, start + at));
        }
        grammar::parameters_and_value(value)
            .map_err(|at| self.error(HeaderErrorKind::Malformed(ValueKind::Parameter), start + at))
    }

    /// Reads the value with `parse`; an error is placed in the message.
    pub(crate) fn read<T>(&self, parse: impl FnOnce(&'a str) -> Result<T, InvalidValue>) -> Result<T, HeaderError> {
        let value = self.value()?;
        parse(value).map_err(|error| {
            let at = self.value_start(value) + error.offset();
            self.error(HeaderErrorKind::Malformed(error.kind()), at)
        })
    }

    /// Where in the line a value that runs to its end starts.
    pub(crate) fn value_start(&self, value: &str) -> usize {
        self.line.len().saturating_sub(value.len())
    }

    pub(crate) fn error(&self, kind: HeaderErrorKind, at: usize) -> HeaderError {
        HeaderError::new(self.name, kind, self.offset.saturating_add(at))
    }
}

/// A parameter of a header: `;name=value` between the colon and the space.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter<'a> {
    /// The name. Case-sensitive.
    pub name: &'a str,
    /// The value, without quotes and with its escapes undone.
    pub value: Cow<'a, str>,
}

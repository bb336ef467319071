//! The parameters of a header value, and which of them this crate knows.

use std::borrow::Cow;
use std::fmt;

use crate::limits::MAX_PARAMETERS;
use crate::parse_error::{ParseError, ParseErrorKind};
use crate::text;

/// One parameter as it was read: the value is unquoted and unescaped.
#[derive(Debug)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: Name,
    pub(crate) offset: usize,
    pub(crate) name_len: usize,
    pub(crate) value: Cow<'a, str>,
    pub(crate) value_offset: usize,
}

/// What stands next in a list of parameters.
#[derive(Debug)]
pub(crate) enum Element<'a> {
    End,
    Parameter(Parameter<'a>),
    /// A name that no `=` follows: where lists follow each other, the scheme of the next. It stands at this offset.
    Scheme(usize),
}

/// A parameter that this crate has no use for, kept so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extension<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Cow<'a, str>,
}

/// The parameters of one list that this crate has no use for, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions<'a>(Vec<Extension<'a>>);

impl<'a> Extensions<'a> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn push(&mut self, name: &'a str, parameter: Parameter<'a>) -> Result<(), ParseError> {
        let error = |kind| Err(ParseError::new(parameter.offset, kind));
        if self.0.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            return error(ParseErrorKind::DuplicateParameter);
        }
        if self.0.len() == MAX_PARAMETERS {
            return error(ParseErrorKind::TooManyParameters);
        }
        self.0.push(Extension {
            name: Cow::Borrowed(name),
            value: parameter.value,
        });
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|extension| (&*extension.name, &*extension.value))
    }

    pub(crate) fn into_owned(self) -> Extensions<'static> {
        let own = |extension: Extension<'_>| Extension {
            name: Cow::Owned(extension.name.into_owned()),
            value: Cow::Owned(extension.value.into_owned()),
        };
        Extensions(self.0.into_iter().map(own).collect())
    }
}

/// Writes each with a comma before it.
impl fmt::Display for Extensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Extension { name, value } in &self.0 {
            write!(f, ", {name}=")?;
            // RFC 7616 section 3.3 has this one quoted, whatever is in it.
            if name.eq_ignore_ascii_case("domain") {
                text::write_quoted(f, value)?;
            } else {
                text::write_token_or_quoted(f, value)?;
            }
        }
        Ok(())
    }
}

/// Puts a parameter's value where it belongs, once.
#[inline]
pub(crate) fn fill<T>(slot: &mut Option<T>, offset: usize, value: T) -> Result<(), ParseError> {
    match slot {
        Some(_) => Err(ParseError::new(offset, ParseErrorKind::DuplicateParameter)),
        None => {
            *slot = Some(value);
            Ok(())
        }
    }
}

/// The parameters that this crate has a use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Algorithm,
    Charset,
    Cnonce,
    Nc,
    NextNonce,
    Nonce,
    Opaque,
    Other,
    Qop,
    Realm,
    Response,
    RspAuth,
    Stale,
    Uri,
    Userhash,
    Username,
    UsernameExtended,
}

impl Name {
    /// The parameter of this name, in any case.
    pub(crate) fn of(name: &str) -> Self {
        // None that is known is longer.
        let mut lower = [0; 9];
        let Some(lower) = lower.get_mut(..name.len()) else {
            return Self::Other;
        };
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        match &*lower {
            b"algorithm" => Self::Algorithm,
            b"charset" => Self::Charset,
            b"cnonce" => Self::Cnonce,
            b"nc" => Self::Nc,
            b"nextnonce" => Self::NextNonce,
            b"nonce" => Self::Nonce,
            b"opaque" => Self::Opaque,
            b"qop" => Self::Qop,
            b"realm" => Self::Realm,
            b"response" => Self::Response,
            b"rspauth" => Self::RspAuth,
            b"stale" => Self::Stale,
            b"uri" => Self::Uri,
            b"userhash" => Self::Userhash,
            b"username" => Self::Username,
            b"username*" => Self::UsernameExtended,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scanner::Scanner;

    #[test]
    fn extensions_stand_once_and_are_bounded() {
        fn push_all(value: &str) -> Result<Extensions<'_>, ParseError> {
            let (mut scanner, mut extensions) = (Scanner::new(value), Extensions::default());
            while let Some(parameter) = scanner.parameter()? {
                extensions.push(scanner.name_of(&parameter), parameter)?;
            }
            Ok(extensions)
        }
        let twice = push_all("a=1, A=2").unwrap_err();
        assert_eq!((twice.offset(), twice.kind()), (5, ParseErrorKind::DuplicateParameter));
        let many: String = (0..MAX_PARAMETERS).map(|n| format!("p{n}=1,")).collect();
        assert_eq!(push_all(&many).unwrap().iter().count(), MAX_PARAMETERS);
        let more = push_all(&format!("{many}x=1")).unwrap_err();
        assert_eq!(
            (more.offset(), more.kind()),
            (many.len(), ParseErrorKind::TooManyParameters)
        );
    }
}

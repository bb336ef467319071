//! Values of free text.

use crate::{RawValue, ValueError, class};

/// `TEXT-UTF8-TRIM` as it stands in a message, or nothing: a line break only where it folds, no NUL. White space around it
/// is no part of it.
pub(crate) fn folded(value: &str) -> Result<&str, ValueError> {
    let bytes = value.as_bytes();
    let is_fold = |at: usize| bytes[at..].starts_with(b"\r\n ") || bytes[at..].starts_with(b"\r\n\t");
    let wrong = bytes.iter().enumerate().position(|(at, byte)| match byte {
        b'\0' => true,
        b'\r' => !is_fold(at),
        b'\n' => at == 0 || !is_fold(at - 1),
        _ => false,
    });
    match wrong {
        Some(at) => Err(ValueError::new(
            "text without NUL and without a line break that folds nothing",
            at,
        )),
        None => Ok(class::trim(value, class::LWS)),
    }
}

/// The same of one line, as an application hands it in.
pub(crate) fn single_line(text: &str) -> Result<&str, ValueError> {
    RawValue::new(text).map(|value| value.as_str())
}

/// Text that is there.
pub(crate) fn filled(text: &str) -> Result<&str, ValueError> {
    if text.is_empty() {
        Err(ValueError::new("some text", 0))
    } else {
        Ok(text)
    }
}

/// Text or nothing.
pub(crate) const fn may_be_empty(text: &str) -> Result<&str, ValueError> {
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_folds_or_is_refused() {
        for text in ["", "a", "a\r\n b", "a\r\n\tb\r\n \r\n c", "안녕", "a\tb"] {
            assert_eq!(folded(text), Ok(text));
        }
        assert_eq!(folded("\r\n a b \t"), Ok("a b"));
        for (text, at) in [
            ("a\r\nb", 1),
            ("a\nb", 1),
            ("\n b", 0),
            ("a\r b", 1),
            ("ab\0", 2),
            ("a\r\n", 1),
        ] {
            assert_eq!(folded(text).unwrap_err().offset(), at, "{text:?}");
        }
    }
}

//! `UTF-8''J%C3%A4s%C3%B8n`: the extended notation of `username*` (RFC 5987 section 3.2).

use std::fmt::{self, Write};

/// Reads an extended value. [`None`] where it is no UTF-8, the only character set that RFC 7616 section 3.4 uses.
pub(crate) fn decode(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("UTF-8") {
        return None;
    }
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'%' {
            let ([high, low], after) = rest.split_first_chunk::<2>()?;
            let digit = |digit: &u8| char::from(*digit).to_digit(16);
            bytes.push(u8::try_from(digit(high)? * 16 + digit(low)?).ok()?);
            rest = after;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Writes a text as an extended value.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("UTF-8''")?;
    for byte in text.bytes() {
        if is_attr_char(byte) {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// RFC 5987 section 3.2.1, `attr-char`.
const fn is_attr_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Written<'a>(&'a str);

    impl fmt::Display for Written<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(f, self.0)
        }
    }

    #[test]
    fn reads_what_it_writes() {
        // RFC 7616 section 3.9.2.
        assert_eq!(Written("Jäsøn Doe").to_string(), "UTF-8''J%C3%A4s%C3%B8n%20Doe");
        for text in ["", "a'b%c*", "Jäsøn Doe", "\r\n\0\"", "김철수"] {
            assert_eq!(decode(&Written(text).to_string()).as_deref(), Some(text));
        }
        assert_eq!(decode("utf-8'en'%e2%82%AC").as_deref(), Some("€"));
        for bad in [
            "",
            "x",
            "UTF-8'x",
            "ISO-8859-1''x",
            "UTF-8''%",
            "UTF-8''%4",
            "UTF-8''%gg",
            "UTF-8''%ff",
        ] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}

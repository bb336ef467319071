use std::{borrow::Cow, fmt::Write};

/// Undoes the escapes of RFC 3862 section 2.3.
///
/// An unknown escape stands for the character after the backslash, and a backslash at the end is ignored (section
/// 2.3.1). `\uxxxx` is a UCS-2 code unit: two that form a surrogate pair give one character, and one alone, which no
/// UTF-8 can hold, gives U+FFFD.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    let Some((plain, mut rest)) = raw.split_once('\\') else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(raw.len());
    text.push_str(plain);
    loop {
        let (character, after) = escape(rest);
        text.extend(character);
        match after.split_once('\\') {
            Some((plain, after)) => {
                text.push_str(plain);
                rest = after;
            }
            None => {
                text.push_str(after);
                return Cow::Owned(text);
            }
        }
    }
}

/// Reads what follows a backslash.
fn escape(rest: &str) -> (Option<char>, &str) {
    let mut characters = rest.chars();
    let character = match characters.next() {
        Some('b') => Some('\u{8}'),
        Some('t') => Some('\t'),
        Some('n') => Some('\n'),
        Some('r') => Some('\r'),
        Some('u') => match code_unit(characters.as_str()) {
            Some((unit, after)) => return unicode(unit, after),
            None => Some('u'),
        },
        other => other,
    };
    (character, characters.as_str())
}

fn unicode(unit: u16, after: &str) -> (Option<char>, &str) {
    if let Some(low) = after.strip_prefix("\\u")
        && let Some((low, after_pair)) = code_unit(low)
        && let Some(Ok(character)) = char::decode_utf16([unit, low]).next()
        && character > '\u{ffff}'
    {
        return (Some(character), after_pair);
    }
    let character = char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
    (Some(character), after)
}

fn code_unit(input: &str) -> Option<(u16, &str)> {
    let (digits, after) = input.split_at_checked(4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

/// Writes `text` with the escapes that RFC 3862 section 2.3.1 demands, and no others. `quote` is the character that
/// delimits the string, if one does.
pub(crate) fn escape_into(out: &mut String, text: &str, quote: Option<char>) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ if Some(character) == quote => {
                out.push('\\');
                out.push(character);
            }
            _ if character.is_ascii_control() => {
                write!(out, "\\u{:04x}", u32::from(character)).expect("writing to a String does not fail");
            }
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape_into(&mut out, text, None);
        out
    }

    #[test]
    fn every_listed_escape_is_read() {
        assert_eq!(
            unescape(r#"\\ \" \' \b \t \n \r \u00E9 \u20ac"#),
            "\\ \" ' \u{8} \t \n \r é €"
        );
    }

    #[test]
    fn an_unknown_escape_is_its_character_and_a_last_backslash_nothing() {
        assert_eq!(unescape(r"\x\u12\u12g4é\"), "xu12u12g4é");
        assert_eq!(unescape(r"\U0041"), "U0041");
    }

    #[test]
    fn a_sign_is_no_hexadecimal_digit() {
        assert_eq!(unescape(r"\u+041"), "u+041");
    }

    #[test]
    fn surrogates_pair_or_are_replaced() {
        assert_eq!(unescape(r"\ud83d\ude00!"), "😀!");
        assert_eq!(unescape(r"\ud83d!"), "\u{fffd}!");
        assert_eq!(unescape(r"\ude00\ud83d"), "\u{fffd}\u{fffd}");
        assert_eq!(unescape(r"\u0041\u0042"), "AB");
        assert_eq!(unescape(r"\ud83d\u0041"), "\u{fffd}A");
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        assert!(matches!(unescape("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn only_what_must_be_escaped_is_written_so() {
        assert_eq!(
            escaped("a\\b\u{8}\t\n\r\u{0}\u{1f}\u{7f}'\"é\u{85}"),
            "a\\\\b\\b\\t\\n\\r\\u0000\\u001f\\u007f'\"é\u{85}"
        );
    }

    #[test]
    fn the_delimiter_is_escaped_inside_its_string() {
        let mut out = String::new();
        escape_into(&mut out, "say \"it's\"", Some('"'));
        assert_eq!(out, "say \\\"it's\\\"");
    }
}

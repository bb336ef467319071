use std::{borrow::Cow, fmt::Write};

/// A peer's text as one line that is safe to show: what a terminal would obey, and what would make it show the text in
/// another order, stands as an escape.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\t' => shown.push(' '),
            character if is_unsafe(character) => {
                // Writing to a String cannot fail.
                let _ = write!(shown, "{}", character.escape_unicode());
            }
            character => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// The lines of a peer's text, each safe to show. A line ends with LF or CRLF.
pub(crate) fn printable_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.lines().map(printable)
}

/// Control characters, and the marks that reorder text (Unicode's Bidi_Control).
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_does_not_drive_the_terminal() {
        assert_eq!(printable("안녕, Bob"), "안녕, Bob");
        assert!(matches!(printable("plain"), Cow::Borrowed(_)));
        assert_eq!(printable("\u{1b}]0;x\u{7}"), "\\u{1b}]0;x\\u{7}");
        assert_eq!(printable("a\tb\r\nc\u{9b}d"), "a b\\u{d}\\u{a}c\\u{9b}d");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn lines_end_with_or_without_a_carriage_return() {
        let lines: Vec<_> = printable_lines("a\r\nb\n\nc\rd").collect();
        assert_eq!(lines, ["a", "b", "", "c\\u{d}d"]);
    }
}

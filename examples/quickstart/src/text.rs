//! Text in terminal columns, in which Korean letters are two wide.

use unicode_width::UnicodeWidthStr;

/// What stands where something was left out.
const ELLIPSIS: &str = "…";

/// The columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// As many spaces.
pub(crate) fn spaces(columns: usize) -> String {
    " ".repeat(columns)
}

/// The text as long as it fits into so many columns, or its beginning and an ellipsis.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    format!("{}{ELLIPSIS}", beginning(text, columns - 1))
}

/// The text with spaces behind it that fill so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let clipped = clip(text, columns);
    let missing = columns - width(&clipped);
    clipped + &spaces(missing)
}

/// Breaks a text into lines of at most so many columns, the second and later ones indented. It breaks behind a space,
/// a comma or a semicolon where there is one, and anywhere else where there is none. A column too few for a wide letter
/// stays empty.
pub(crate) fn wrap(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    loop {
        let margin = if lines.is_empty() {
            0
        } else {
            indent.min(columns.saturating_sub(2))
        };
        let room = columns.saturating_sub(margin).max(2);
        if width(rest) <= room {
            lines.push(spaces(margin) + rest);
            return lines;
        }
        let fits = beginning(rest, room);
        let end = match fits.rfind([' ', ',', ';']) {
            // Not so early that the line is all but empty.
            Some(at) if at >= fits.len() / 3 => at + 1,
            _ => fits.len(),
        };
        let (line, after) = rest.split_at(end);
        lines.push(spaces(margin) + line.trim_end());
        rest = after.trim_start();
    }
}

/// Control characters as escapes, so that no message can drive the terminal.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    clean
}

/// The longest beginning that fits, but at least one letter, so that whoever takes a text apart comes to its end.
fn beginning(text: &str, columns: usize) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if width(&text[..next]) > columns && end > 0 {
            break;
        }
        end = next;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_letters_take_two_columns() {
        assert_eq!(width("안녕하세요"), 10);
        assert_eq!(pad("안녕", 6), "안녕  ");
        assert_eq!(clip("안녕하세요", 10), "안녕하세요");
        assert_eq!(clip("안녕하세요", 9), "안녕하세…");
        // A wide letter does not fit into one column.
        assert_eq!(width(&clip("안녕하세요", 8)), 7);
        assert_eq!(width(&pad("안녕하세요", 8)), 8);
        assert_eq!(clip("abc", 0), "");
    }

    #[test]
    fn lines_break_where_it_reads_well() {
        assert_eq!(
            wrap("Digest realm=\"sip2.kumoh.ac.kr\", qop=\"auth\"", 34, 2),
            ["Digest realm=\"sip2.kumoh.ac.kr\",", "  qop=\"auth\""]
        );
        assert_eq!(wrap("", 10, 2), [""]);
        assert_eq!(wrap("abcdefghij", 4, 1), ["abcd", " efg", " hij"]);
        assert_eq!(wrap("a bcdefghij", 6, 0), ["a bcde", "fghij"]);
    }

    #[test]
    fn no_line_is_too_wide_and_no_letter_is_lost() {
        let text = "From: 조현규 <sip:johg@sip2.kumoh.ac.kr>;tag=264645608;안녕하세요안녕하세요안녕하세요";
        for columns in 3..60 {
            for indent in 0..4 {
                let lines = wrap(text, columns, indent);
                assert!(lines.iter().all(|line| width(line) <= columns), "{columns} {lines:?}");
                let without = |text: &str| text.replace(' ', "");
                assert_eq!(without(&lines.concat()), without(text));
            }
        }
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(clean("a\u{1b}[2J\tb"), "a\\u{1b}[2J\\tb");
    }
}

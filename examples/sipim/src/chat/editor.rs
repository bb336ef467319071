/// Bytes of a line that is typed: what fits into a message with all its headers.
const LONGEST: usize = 60_000;

/// The line that is typed.
#[derive(Debug, Default)]
pub(crate) struct Editor {
    text: String,
    /// The start of a character whose other bytes have not come.
    partial: Vec<u8>,
    escape: Escape,
}

/// What was typed comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// The line is another one, and may be empty now.
    Changed,
    /// Nothing more is to come: Ctrl-D on an empty line.
    End,
    /// A line is complete. The next one is empty.
    Line(String),
}

/// Keys that are no characters send sequences that begin with ESC (ECMA-48 section 5.4), of which none means anything here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    /// Behind ESC.
    Begun,
    /// Behind `ESC [`, until a final byte.
    Control,
    /// Behind `ESC O`: one more.
    Function,
}

impl Editor {
    /// The line so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Takes bytes as they were typed. Several changes in a row are one.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Edit> {
        let mut edits = Vec::new();
        for byte in bytes {
            let edit = self.key(*byte);
            if edit == Some(Edit::Changed) && edits.last() == Some(&Edit::Changed) {
                continue;
            }
            edits.extend(edit);
        }
        edits
    }

    /// The end of the input ends the line, too.
    pub(crate) fn finish(&mut self) -> Option<String> {
        self.partial.clear();
        let line = std::mem::take(&mut self.text);
        (!line.is_empty()).then_some(line)
    }

    fn key(&mut self, byte: u8) -> Option<Edit> {
        if self.escape != Escape::None {
            self.escape = match (self.escape, byte) {
                (Escape::Begun, b'[') | (Escape::Control, 0x20..=0x3f) => Escape::Control,
                (Escape::Begun, b'O') => Escape::Function,
                _ => Escape::None,
            };
            return None;
        }
        let length = self.text.len();
        match byte {
            b'\r' | b'\n' => {
                self.partial.clear();
                return Some(Edit::Line(std::mem::take(&mut self.text)));
            }
            // Ctrl-D.
            0x04 => return self.text.is_empty().then_some(Edit::End),
            // Backspace: terminals send either.
            0x08 | 0x7f => _ = self.text.pop(),
            // Ctrl-U.
            0x15 => self.text.clear(),
            // Ctrl-W.
            0x17 => {
                let words = self.text.trim_end();
                let end = words.rfind(char::is_whitespace).map_or(0, |at| {
                    at + words
                        .get(at..)
                        .and_then(|rest| rest.chars().next())
                        .map_or(0, char::len_utf8)
                });
                self.text.truncate(end);
            }
            0x1b => self.escape = Escape::Begun,
            0x00..=0x1f if byte != b'\t' => {}
            byte => self.push(byte),
        }
        (self.text.len() != length).then_some(Edit::Changed)
    }

    /// Takes a byte of a character in UTF-8. What is none is passed over.
    fn push(&mut self, byte: u8) {
        // Only a continuation byte goes on with a character.
        if byte & 0xc0 != 0x80 {
            self.partial.clear();
        }
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial) {
            Ok(character) => {
                if self.text.len() + character.len() <= LONGEST {
                    self.text.push_str(character);
                }
                self.partial.clear();
            }
            Err(error) if error.error_len().is_some() => self.partial.clear(),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Edit {
        Edit::Line(text.to_owned())
    }

    #[test]
    fn characters_may_come_in_pieces() {
        let mut editor = Editor::default();
        let mut edits = Vec::new();
        for byte in "안녕é!".bytes() {
            edits.extend(editor.feed(&[byte]));
        }
        assert_eq!(edits, vec![Edit::Changed; 4]);
        assert_eq!(editor.text(), "안녕é!");
        assert_eq!(editor.feed(b"\r"), [line("안녕é!")]);
        assert_eq!(editor.text(), "");
        assert_eq!(
            editor.feed("하나\n둘\n셋".as_bytes()),
            [Edit::Changed, line("하나"), Edit::Changed, line("둘"), Edit::Changed]
        );
        assert_eq!(editor.finish().as_deref(), Some("셋"));
        assert_eq!(editor.finish(), None);
    }

    #[test]
    fn what_is_typed_can_be_taken_back() {
        let mut editor = Editor::default();
        editor.feed("가나 다라\u{3000}마".as_bytes());
        assert_eq!(editor.feed(b"\x7f"), [Edit::Changed]);
        assert_eq!(editor.text(), "가나 다라\u{3000}");
        editor.feed(b"\x17");
        assert_eq!(editor.text(), "가나 ");
        editor.feed("x y".as_bytes());
        editor.feed(b"\x17\x08\x08");
        assert_eq!(editor.text(), "가나 ");
        assert_eq!(editor.feed(b"\x15"), [Edit::Changed]);
        assert_eq!(editor.feed(b"\x08\x15\x17"), []);
        assert_eq!(editor.feed(b"\x04"), [Edit::End]);
        editor.feed(b"x");
        assert_eq!(editor.feed(b"\x04"), []);
    }

    #[test]
    fn other_keys_mean_nothing() {
        let mut editor = Editor::default();
        assert_eq!(editor.feed(b"\x1b[A\x1b[1;5C\x1bOP\x1bx\x01\x0e"), []);
        editor.feed(b"a\tb");
        assert_eq!(editor.text(), "a\tb");
        // Not UTF-8, and half a character.
        editor.feed(b"\xffc\xec\x95d\xc0\xaf");
        assert_eq!(editor.text(), "a\tbcd");
    }

    #[test]
    fn a_line_is_bounded() {
        let mut editor = Editor::default();
        editor.feed(&[b'x'; LONGEST - 1]);
        editor.feed("안x".as_bytes());
        assert_eq!(editor.text().len(), LONGEST);
    }
}

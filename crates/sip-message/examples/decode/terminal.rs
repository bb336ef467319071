//! Bytes of any kind as rows of a terminal: escaped, measured, coloured.

use unicode_width::UnicodeWidthChar;

/// Columns of a row.
const COLUMNS: usize = 100;

/// Whether to write colours.
#[derive(Clone, Copy)]
pub(crate) struct Paint(pub(crate) bool);

#[derive(Clone, Copy)]
pub(crate) enum Colour {
    Bold,
    Dim,
    Green,
    Magenta,
    Red,
    Yellow,
}

impl Paint {
    pub(crate) fn text(self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Bold => "1",
            Colour::Dim => "2",
            Colour::Green => "32",
            Colour::Magenta => "35",
            Colour::Red => "1;31",
            Colour::Yellow => "33",
        };
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A row of a line: what is printed, and where each byte of it stands.
pub(crate) struct Row {
    pub(crate) text: String,
    /// Offset of the first byte, in the line.
    pub(crate) start: usize,
    /// Offset behind the last byte, in the line.
    pub(crate) end: usize,
    /// For each character, its offset in the line and its column.
    places: Vec<(usize, usize)>,
    width: usize,
}

impl Row {
    const fn new(start: usize) -> Self {
        Self {
            text: String::new(),
            start,
            end: start,
            places: Vec::new(),
            width: 0,
        }
    }

    /// The column of the character that the byte belongs to; behind the last one for what is behind.
    pub(crate) fn column(&self, offset: usize) -> usize {
        let behind = self.places.partition_point(|(at, _)| *at <= offset);
        match behind.checked_sub(1) {
            Some(last) if offset < self.end => self.places[last].1,
            _ => self.width,
        }
    }
}

/// A line, broken into rows of bounded width; at least one. What could do anything to a terminal is escaped: control and
/// format characters, and bytes that are no UTF-8.
pub(crate) fn rows(line: &[u8], paint: Paint) -> Vec<Row> {
    let mut rows = vec![Row::new(0)];
    let mut at = 0;
    let mut put = |text: &str, is_escape: bool, len: usize, width: usize| {
        if rows.last().is_some_and(|row| row.width + width > COLUMNS) {
            rows.push(Row::new(at));
        }
        if let Some(row) = rows.last_mut() {
            row.places.push((at, row.width));
            row.width += width;
            at += len;
            row.end = at;
            match is_escape {
                true => row.text += &paint.text(Colour::Magenta, text),
                false => row.text += text,
            }
        }
    };
    for chunk in line.utf8_chunks() {
        for c in chunk.valid().chars() {
            match printable(c) {
                Some(width) => put(c.encode_utf8(&mut [0; 4]), false, c.len_utf8(), width),
                None => {
                    let escape = match c {
                        '\t' | '\r' => c.escape_default().to_string(),
                        c if c.is_ascii() => format!("\\x{:02x}", u32::from(c)),
                        c => c.escape_unicode().to_string(),
                    };
                    put(&escape, true, c.len_utf8(), escape.len());
                }
            }
        }
        for byte in chunk.invalid() {
            put(&format!("\\x{byte:02x}"), true, 1, 4);
        }
    }
    rows
}

/// Text of a peer within a sentence: a fold is a space, and nothing in it could do anything to a terminal.
pub(crate) fn safe(text: &str) -> String {
    let mut lines = text.split("\r\n");
    let mut unfolded = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        unfolded.truncate(unfolded.trim_end().len());
        unfolded.push(' ');
        unfolded += line.trim_start();
    }
    let rows = rows(unfolded.as_bytes(), Paint(false));
    rows.into_iter().map(|row| row.text).collect()
}

/// The columns of a character that may be printed. `escape_debug` knows what is assigned, visible and no format character.
fn printable(c: char) -> Option<usize> {
    let is_plain = matches!(c, '"' | '\'' | '\\') || c.escape_debug().eq([c]);
    c.width().filter(|_| is_plain)
}

//! A message line by line: as it stands, what it means, and where something is wrong.

use std::{
    io::{self, Write},
    mem,
};

use sip_message::{Finding, Message};

use crate::{
    Start,
    notes::Note,
    parts::Parts,
    terminal::{Colour, Paint, Row, rows},
    words,
};

/// Lines of a body that are printed, and rows of one line; those of which there is something to say are printed always.
const BODY_LINES: usize = 40;
const ROWS: usize = 6;

/// Characters of what a line means.
const MEANING: usize = 240;

/// Lines before and behind the one that makes bytes no SIP message.
const AROUND: usize = 5;

/// Bytes that are no SIP message.
pub(crate) struct Broken<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) start: Start,
    /// Where in the bytes it goes wrong.
    pub(crate) offset: usize,
    pub(crate) what: &'a str,
    /// The section of RFC 3261.
    pub(crate) section: &'a str,
}

struct Page<'a, W> {
    out: W,
    paint: Paint,
    bytes: &'a [u8],
    /// Where the bytes begin in the file.
    offset: usize,
    /// By offset, the last first; before them, what is said of no byte.
    notes: Vec<Note>,
    /// The number of the next line, in the file.
    line: usize,
}

/// Explains a message that begins at a place of the file, behind whose body as many bytes were dropped.
pub(crate) fn message(
    out: &mut impl Write,
    paint: Paint,
    title: &str,
    message: &Message,
    start: Start,
    dropped: usize,
) -> io::Result<()> {
    let bytes = message.as_bytes();
    let kind = if message.is_request() { "request" } else { "response" };
    let title = format!("{title}: {kind}, {}", words::count(bytes.len(), "byte"));
    writeln!(out, "{}", paint.text(Colour::Bold, &title))?;
    let findings = message.findings();
    let mut notes: Vec<_> = findings.iter().map(Note::of_finding).collect();
    let parts = Parts::of(message);
    let faults = parts.notes.len();
    notes.extend(parts.notes);
    notes.sort_by_key(|note| note.offset.unwrap_or(usize::MAX));
    notes.reverse();
    let mut page = Page {
        out,
        paint,
        bytes,
        offset: start.offset,
        notes,
        line: start.line,
    };
    let body = bytes.len() - message.body().len();
    let fields: usize = message.headers().map(|field| field.line().len()).sum();
    let mut at = body - b"\r\n".len() - fields;
    page.lines(0, at, usize::MAX)?;
    page.meaning(&words::start_line(message))?;
    for field in message.headers() {
        let end = at + field.line().len();
        page.lines(at, end, usize::MAX)?;
        page.meaning(&words::header(&field))?;
        at = end;
    }
    page.lines(at, body, usize::MAX)?;
    page.missing()?;
    if !message.body().is_empty() {
        page.meaning(&format!("the body: {}", words::count(message.body().len(), "byte")))?;
        for line in &parts.lines {
            page.meaning(line)?;
        }
        page.lines(body, bytes.len(), BODY_LINES)?;
    }
    if dropped > 0 {
        let text = format!(
            "odd: {} behind the body dropped (RFC 3261 section 18.3)",
            words::count(dropped, "byte")
        );
        page.beside("|", &paint.text(Colour::Yellow, &text))?;
    }
    verdict(page.out, paint, message, &findings, faults)
}

impl Broken<'_> {
    pub(crate) fn explain(&self, out: &mut impl Write, paint: Paint, title: &str) -> io::Result<()> {
        let title = format!("{title}: no SIP message, {}", words::count(self.bytes.len(), "byte"));
        writeln!(out, "{}", paint.text(Colour::Bold, &title))?;
        let at = self.offset.min(self.bytes.len());
        // From a few lines before to a few lines behind.
        let (before, behind) = self.bytes.split_at(at);
        let mut starts = before.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
        let start = starts.nth(AROUND).map_or(0, |(newline, _)| newline + 1);
        let mut ends = behind.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let end = ends
            .nth(AROUND)
            .map_or(self.bytes.len(), |(newline, _)| at + newline + 1);
        let mut page = Page {
            out,
            paint,
            bytes: self.bytes,
            offset: self.start.offset,
            notes: vec![Note {
                level: "no SIP message",
                offset: Some(at),
                text: self.what.to_owned(),
                section: format!("3261 section {}", self.section),
            }],
            line: self.start.behind(&self.bytes[..start]).line,
        };
        page.lines(start, end, usize::MAX)?;
        // At the end of what was given there may be no line to stand under.
        let rest = mem::take(&mut page.notes);
        page.said(rest)?;
        writeln!(page.out)
    }
}

impl<W: Write> Page<'_, W> {
    /// The lines between two offsets, each with what is to be said of its bytes.
    fn lines(&mut self, start: usize, end: usize, max: usize) -> io::Result<()> {
        let mut at = start;
        let lines = self.bytes.get(start..end).unwrap_or_default();
        let (mut left_out, mut left_out_from) = (0, start);
        for (number, line) in lines.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let next = at + line.len();
            if number >= max && !self.has_note_before(next) {
                left_out += 1;
                self.line += 1;
            } else {
                self.left_out(left_out, at - left_out_from)?;
                self.one(at, line)?;
                (left_out, left_out_from) = (0, next);
            }
            at = next;
        }
        self.left_out(left_out, at - left_out_from)
    }

    /// Says that there is more than what is printed, if there is.
    fn left_out(&mut self, lines: usize, bytes: usize) -> io::Result<()> {
        if lines == 0 {
            return Ok(());
        }
        let (lines, bytes) = (words::count(lines, "more line"), words::count(bytes, "byte"));
        self.beside("", &format!("... {lines}, {bytes}"))
    }

    /// One line, in rows where it is long.
    fn one(&mut self, at: usize, line: &[u8]) -> io::Result<()> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let here = self.notes_before(at + line.len());
        let rows = rows(text, self.paint);
        let count = rows.len();
        let mut left_out = 0;
        for (number, row) in rows.iter().enumerate() {
            let is_last = number + 1 == count;
            let of_row: Vec<_> = here
                .iter()
                .filter(|note| {
                    let offset = note.offset.unwrap_or_default().saturating_sub(at);
                    (row.start..row.end).contains(&offset) || (is_last && offset >= row.end)
                })
                .collect();
            if number >= ROWS && !is_last && of_row.is_empty() {
                left_out += row.end - row.start;
                continue;
            }
            if left_out > 0 {
                self.beside("", &format!("... {}", words::count(left_out, "byte")))?;
                left_out = 0;
            }
            let line = if number == 0 {
                self.line.to_string()
            } else {
                String::new()
            };
            let gutter = format!("{line:>5} {:>6} |", self.offset + at + row.start);
            let gutter = self.paint.text(Colour::Dim, &gutter);
            writeln!(self.out, "{}", format!("{gutter} {}", row.text).trim_end())?;
            for note in of_row {
                self.caret(row, at, note)?;
            }
        }
        self.line += 1;
        Ok(())
    }

    /// Takes what is to be said of the bytes before `end`; of what is behind all, too.
    fn notes_before(&mut self, end: usize) -> Vec<Note> {
        let mut notes = Vec::new();
        while self.has_note_before(end) {
            notes.extend(self.notes.pop());
        }
        notes
    }

    fn has_note_before(&self, end: usize) -> bool {
        let end = end + usize::from(end == self.bytes.len());
        let next = self.notes.last().and_then(|note| note.offset);
        next.is_some_and(|offset| offset < end)
    }

    fn caret(&mut self, row: &Row, at: usize, note: &Note) -> io::Result<()> {
        let column = row.column(note.offset.unwrap_or_default().saturating_sub(at));
        let text = format!("{:column$}^ {}", "", note.said());
        self.beside("|", &self.paint.text(note.colour(), &text))
    }

    /// What is said of no byte in particular.
    fn missing(&mut self) -> io::Result<()> {
        let (missing, others) = mem::take(&mut self.notes)
            .into_iter()
            .partition(|note| note.offset.is_none());
        self.notes = others;
        self.said(missing)
    }

    fn said(&mut self, mut notes: Vec<Note>) -> io::Result<()> {
        while let Some(note) = notes.pop() {
            self.beside("|", &self.paint.text(note.colour(), &note.said()))?;
        }
        Ok(())
    }

    fn meaning(&mut self, text: &str) -> io::Result<()> {
        // The line itself has all of it.
        let clipped = match text.char_indices().nth(MEANING) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text.to_owned(),
        };
        self.beside("=", &self.paint.text(Colour::Green, &clipped))
    }

    fn beside(&mut self, sign: &str, text: &str) -> io::Result<()> {
        let gutter = self.paint.text(Colour::Dim, &format!("{:13}{sign:1}", ""));
        writeln!(self.out, "{gutter} {text}")
    }
}

/// The last line: what becomes of the message, in whose body there are so many faults.
fn verdict(
    mut out: impl Write,
    paint: Paint,
    message: &Message,
    findings: &[Finding],
    faults: usize,
) -> io::Result<()> {
    let count = |level| findings.iter().filter(|finding| finding.level() == level).count();
    let (malformed, odd) = (count("malformed"), count("odd"));
    let mut text = match message.validate() {
        Ok(()) => "valid".to_owned(),
        Err(invalid) if message.is_request() => format!("invalid: a server answers {}", invalid.status()),
        Err(_) => "invalid: a client drops it".to_owned(),
    };
    for (count, what) in [(malformed, "malformed header"), (faults, "body fault"), (odd, "oddity")] {
        if count > 0 {
            text += &format!("; {}", words::count(count, what));
        }
    }
    let colour = match (message.validate(), malformed + faults, odd) {
        (Ok(()), 0, 0) => Colour::Green,
        (Ok(()), 0, _) => Colour::Yellow,
        _ => Colour::Red,
    };
    writeln!(out, "{}\n", paint.text(colour, &text))
}

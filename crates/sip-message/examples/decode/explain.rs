//! A message line by line: as it stands, what it means, and where something is wrong.

use std::io::{self, Write};

use sip_message::{
    Finding, HeaderError, HeaderErrorKind, Invalid, Limits, Message,
    body::{Multipart, MultipartError},
};

use crate::{
    terminal::{Colour, Paint, Row, rows},
    words,
};

/// Lines of a body that are printed, and rows of one line.
const BODY_LINES: usize = 40;
const ROWS: usize = 6;

/// Characters of what a line means.
const MEANING: usize = 240;

/// Lines before and behind the one that makes bytes no SIP message.
const AROUND: usize = 5;

/// Bytes that are no SIP message.
pub(crate) struct Broken<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where it goes wrong.
    pub(crate) offset: usize,
    pub(crate) what: &'a str,
    /// The section of RFC 3261.
    pub(crate) section: &'a str,
}

/// Something to be said of a byte.
struct Note {
    level: &'static str,
    offset: Option<usize>,
    text: String,
    section: String,
}

struct Page<'a, W> {
    out: W,
    paint: Paint,
    bytes: &'a [u8],
    /// By offset, the last first; what is said of no byte comes before all.
    notes: Vec<Note>,
    line: usize,
}

/// Explains a message, behind whose body as many bytes were dropped.
pub(crate) fn message(
    out: &mut impl Write,
    paint: Paint,
    title: &str,
    message: &Message,
    dropped: usize,
) -> io::Result<()> {
    let bytes = message.as_bytes();
    let kind = if message.is_request() { "request" } else { "response" };
    let title = format!("{title}: {kind}, {}", words::count(bytes.len(), "byte"));
    writeln!(out, "{}", paint.text(Colour::Bold, &title))?;
    let findings = message.findings();
    let mut notes: Vec<_> = findings.iter().map(note).collect();
    notes.sort_by_key(|note| note.offset.unwrap_or(usize::MAX));
    notes.reverse();
    let mut page = Page {
        out,
        paint,
        bytes,
        notes,
        line: 1,
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
        page.parts(&message.multipart(&Limits::default()), "")?;
        page.lines(body, bytes.len(), BODY_LINES)?;
    }
    if dropped > 0 {
        let text = format!(
            "odd: {} behind the body dropped (RFC 3261 section 18.3)",
            words::count(dropped, "byte")
        );
        page.beside("|", &paint.text(Colour::Yellow, &text))?;
    }
    verdict(page.out, paint, message, &findings)
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
            notes: vec![Note {
                level: "no SIP message",
                offset: Some(at),
                text: self.what.to_owned(),
                section: format!("3261 section {}", self.section),
            }],
            line: 1 + self.bytes[..start].iter().filter(|byte| **byte == b'\n').count(),
        };
        page.lines(start, end, usize::MAX)?;
        // At the end of what was given there may be no line to stand under.
        page.missing()?;
        writeln!(page.out)
    }
}

impl<W: Write> Page<'_, W> {
    /// The lines between two offsets, each with what is to be said of its bytes.
    fn lines(&mut self, start: usize, end: usize, max: usize) -> io::Result<()> {
        let mut at = start;
        for printed in 0.. {
            let rest = self.bytes.get(at..end).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            if printed == max {
                let lines = rest.split_inclusive(|byte| *byte == b'\n').count();
                let (lines, bytes) = (words::count(lines, "more line"), words::count(rest.len(), "byte"));
                let text = format!("... {lines}, {bytes}");
                return self.beside("", &text);
            }
            let len = rest
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(rest.len(), |newline| newline + 1);
            self.one(at, &rest[..len])?;
            at += len;
        }
        Ok(())
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
            let gutter = format!("{line:>5} {:>6} |", at + row.start);
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
        let end = end + usize::from(end == self.bytes.len());
        let mut notes = Vec::new();
        while let Some(note) = self.notes.pop_if(|note| note.offset.is_some_and(|offset| offset < end)) {
            notes.push(note);
        }
        notes
    }

    fn caret(&mut self, row: &Row, at: usize, note: &Note) -> io::Result<()> {
        let column = row.column(note.offset.unwrap_or_default().saturating_sub(at));
        let text = format!("{:column$}^ {}", "", said(note));
        self.beside("|", &self.paint.text(colour(note.level), &text))
    }

    /// What is said of no byte in particular.
    fn missing(&mut self) -> io::Result<()> {
        while let Some(note) = self.notes.pop() {
            self.beside("|", &self.paint.text(colour(note.level), &said(&note)))?;
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

    /// The parts of a multipart body, with those of its own parts behind each.
    fn parts(&mut self, multipart: &Result<Option<Multipart>, MultipartError>, prefix: &str) -> io::Result<()> {
        match multipart {
            Ok(Some(multipart)) => {
                for (number, part) in multipart.parts().iter().enumerate() {
                    let number = format!("{prefix}{}", number + 1);
                    self.meaning(&words::part(&number, part))?;
                    self.parts(&part.multipart(&Limits::default()), &format!("{number}."))?;
                }
                Ok(())
            }
            Ok(None) | Err(MultipartError::ContentType(_)) => Ok(()),
            Err(error) => self.meaning(&format!("its parts cannot be told apart: {error}")),
        }
    }
}

fn note(finding: &Finding) -> Note {
    let of_header = |error: &HeaderError| match error.kind() {
        HeaderErrorKind::Malformed(expected) => format!("expected {expected}"),
        kind => kind.to_string(),
    };
    let text = match finding {
        Finding::Invalid(Invalid::BodyTruncated { declared, present, .. }) => {
            format!("{} declared, {present} there", words::count(*declared, "byte"))
        }
        Finding::Invalid(Invalid::CSeqMethod { .. }) => "the method differs from the request's".to_owned(),
        Finding::Invalid(Invalid::Missing(name)) => format!("no {name}"),
        Finding::Invalid(Invalid::RequestUri { expected, .. }) => format!("expected {expected}"),
        Finding::Invalid(Invalid::Version { .. }) => "expected SIP/2.0".to_owned(),
        Finding::Invalid(Invalid::Header(error)) | Finding::Malformed(error) => of_header(error),
        Finding::Odd(oddity) => oddity.kind().to_string(),
        other => other.to_string(),
    };
    Note {
        level: finding.level(),
        offset: finding.offset(),
        text,
        section: finding.section().to_owned(),
    }
}

fn said(note: &Note) -> String {
    format!("{}: {} (RFC {})", note.level, note.text, note.section)
}

fn colour(level: &str) -> Colour {
    if level == "odd" { Colour::Yellow } else { Colour::Red }
}

/// The last line: what becomes of the message.
fn verdict(mut out: impl Write, paint: Paint, message: &Message, findings: &[Finding]) -> io::Result<()> {
    let count = |level| findings.iter().filter(|finding| finding.level() == level).count();
    let (malformed, odd) = (count("malformed"), count("odd"));
    let mut text = match message.validate() {
        Ok(()) => "valid".to_owned(),
        Err(invalid) if message.is_request() => format!("invalid: a server answers {}", invalid.status()),
        Err(_) => "invalid: a client drops it".to_owned(),
    };
    for (count, what) in [(malformed, "malformed header"), (odd, "oddity")] {
        if count > 0 {
            text += &format!("; {}", words::count(count, what));
        }
    }
    let colour = match (message.validate(), malformed, odd) {
        (Ok(()), 0, 0) => Colour::Green,
        (Ok(()), 0, _) => Colour::Yellow,
        _ => Colour::Red,
    };
    writeln!(out, "{}\n", paint.text(colour, &text))
}

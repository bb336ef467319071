use std::{collections::VecDeque, fmt};

use cpim::imdn::{DeliveryStatus, DisplayStatus, Notification};
use sip_ua::OpId;
use unicode_width::UnicodeWidthChar;

use crate::output::{printable, printable_lines};

/// Entries that are kept. A screen shows fewer.
const KEPT: usize = 500;

/// What was said, with what is known of it, and what goes on beside.
#[derive(Debug)]
pub(crate) struct Transcript {
    peer: String,
    entries: VecDeque<Entry>,
    is_composing: bool,
}

#[derive(Debug)]
struct Entry {
    who: String,
    text: String,
    /// Ours.
    sent: Option<(OpId, Mark)>,
}

/// What is known of a message of ours. A later one takes the place of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Sending,
    Sent,
    Delivered,
    Displayed,
    Failed(String),
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sending => f.write_str("..."),
            Self::Sent => f.write_str("✓ sent"),
            Self::Delivered => f.write_str("✓✓ delivered"),
            Self::Displayed => f.write_str("✓✓ displayed"),
            Self::Failed(why) => write!(f, "✗ {}", printable(why)),
        }
    }
}

impl Mark {
    /// What a notification makes of a message; nothing where it says that there is nothing to know.
    pub(crate) fn of(notification: Notification) -> Option<Self> {
        match notification {
            Notification::Delivery(DeliveryStatus::Delivered) => Some(Self::Delivered),
            Notification::Delivery(DeliveryStatus::Failed) => Some(Self::Failed("not delivered".to_owned())),
            Notification::Display(DisplayStatus::Displayed) => Some(Self::Displayed),
            _ => None,
        }
    }
}

impl Transcript {
    pub(crate) fn new(peer: &str) -> Self {
        Self {
            peer: printable(peer).into_owned(),
            entries: VecDeque::new(),
            is_composing: false,
        }
    }

    /// Somebody said this.
    pub(crate) fn heard(&mut self, who: &str, text: &str) {
        self.push(printable(who).into_owned(), text, None);
    }

    /// We said this.
    pub(crate) fn said(&mut self, op: OpId, text: &str) {
        self.push("you".to_owned(), text, Some((op, Mark::Sending)));
    }

    /// Something that nobody said.
    pub(crate) fn note(&mut self, text: &str) {
        self.push("*".to_owned(), text, None);
    }

    pub(crate) fn mark(&mut self, op: OpId, mark: Mark) {
        let mut sent = self.entries.iter_mut().filter_map(|entry| entry.sent.as_mut());
        if let Some((_, known)) = sent.find(|(of, _)| *of == op)
            && *known < mark
        {
            *known = mark;
        }
    }

    pub(crate) fn set_composing(&mut self, is_composing: bool) {
        self.is_composing = is_composing;
    }

    /// The rows of a screen that is `width` columns wide: of what was said the last that fit, who is composing, and at the
    /// bottom the line that is typed.
    pub(crate) fn rows(&self, width: usize, height: usize, typed: &str) -> Vec<String> {
        let width = width.max(PROMPT.len() + 2);
        let room = height.saturating_sub(2);
        let mut rows: VecDeque<String> = VecDeque::new();
        for entry in self.entries.iter().rev() {
            if rows.len() >= room {
                break;
            }
            for row in entry.rows(width).into_iter().rev() {
                rows.push_front(row);
            }
        }
        rows.drain(..rows.len().saturating_sub(room));
        // The oldest stands at the top, as on paper.
        rows.resize(room, String::new());
        let composing = match self.is_composing {
            true => format!("{} is typing...", self.peer),
            false => String::new(),
        };
        rows.push_back(head(&composing, width).to_owned());
        // A column stays free for the cursor.
        let typed = printable(typed);
        rows.push_back(format!("{PROMPT}{}", tail(&typed, width - PROMPT.len() - 1)));
        rows.into_iter().collect()
    }

    fn push(&mut self, who: String, text: &str, sent: Option<(OpId, Mark)>) {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        let text: Vec<_> = printable_lines(text).collect();
        self.entries.push_back(Entry {
            who,
            text: text.join("\n"),
            sent,
        });
    }
}

const PROMPT: &str = "> ";

impl Entry {
    fn rows(&self, width: usize) -> Vec<String> {
        let mut rows = Vec::new();
        for (index, line) in self.text.split('\n').enumerate() {
            let line = match index {
                0 => format!("{}: {line}", self.who),
                _ => format!("  {line}"),
            };
            wrap(&mut rows, &line, width);
        }
        if let Some((_, mark)) = &self.sent {
            let mark = mark.to_string();
            match rows.last_mut() {
                Some(last) if columns(last) + 2 + columns(&mark) <= width => {
                    last.push_str("  ");
                    last.push_str(&mark);
                }
                _ => wrap(&mut rows, &format!("  {mark}"), width),
            }
        }
        rows
    }
}

/// Columns of a terminal: two for each character of Korean, Chinese and Japanese.
fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// Adds the rows that a line fills.
fn wrap(rows: &mut Vec<String>, line: &str, width: usize) {
    let mut rest = line;
    loop {
        let row = head(rest, width);
        rows.push(row.to_owned());
        rest = rest.get(row.len()..).unwrap_or_default();
        if rest.is_empty() || row.is_empty() {
            return;
        }
    }
}

/// As much of the start of a text as fits.
fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += columns_of(*character);
        used > width
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// As much of the end of a text as fits.
fn tail(text: &str, width: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, character)| {
        used += columns_of(*character);
        used > width
    });
    let start = start.map(|(at, character)| at + character.len_utf8());
    start.and_then(|at| text.get(at..)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_behind_what_was_said() {
        let mut transcript = Transcript::new("bob");
        transcript.said(OpId(1), "안녕하세요");
        transcript.said(OpId(2), "hi");
        transcript.heard("bob", "네\n\u{1b}[2J");
        assert_eq!(
            transcript.rows(40, 7, "다시"),
            [
                "you: 안녕하세요  ...",
                "you: hi  ...",
                "bob: 네",
                "  \\u{1b}[2J",
                "",
                "",
                "> 다시"
            ]
        );
        transcript.mark(OpId(1), Mark::Displayed);
        transcript.mark(OpId(1), Mark::Delivered);
        transcript.mark(OpId(2), Mark::Sent);
        transcript.set_composing(true);
        assert_eq!(
            transcript.rows(40, 5, ""),
            ["you: hi  ✓ sent", "bob: 네", "  \\u{1b}[2J", "bob is typing...", "> "]
        );
        assert_eq!(transcript.rows(40, 6, "")[0], "you: 안녕하세요  ✓✓ displayed");
        transcript.mark(OpId(2), Mark::Failed("480".to_owned()));
        assert_eq!(transcript.rows(40, 6, "")[1], "you: hi  ✗ 480");
    }

    #[test]
    fn rows_are_as_wide_as_the_screen_at_most() {
        let mut transcript = Transcript::new("bob");
        transcript.said(OpId(1), "가나다라마바사");
        transcript.set_composing(true);
        assert_eq!(
            transcript.rows(10, 8, "가나다라마"),
            ["you: 가나", "다라마바사", "  ...", "", "", "", "bob is typ", "> 다라마"]
        );
        for (width, height) in [(0, 0), (1, 1), (3, 2), (5, 3)] {
            for row in transcript.rows(width, height, "가나") {
                assert!(columns(&row) <= width.max(4), "{row}");
            }
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut transcript = Transcript::new("bob");
        for _ in 0..2 * KEPT {
            transcript.note("x");
        }
        assert_eq!(transcript.entries.len(), KEPT);
    }
}

//! What nearly every address and every Via looks like is read in a few steps: where something other than a letter, a digit, a
//! hyphen or a dot stands says where everything else is. A type that has such a usual form reads it with `plain`, which
//! returns nothing when the value looks different in any way and is left to the grammar.

use crate::{
    class::{self, Class},
    grammar,
    lanes::WINDOW,
    scan::usual_and_marks,
};

/// The octets of a text that are neither letters nor digits, hyphens or dots, one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Stops<'a> {
    text: &'a str,
    // The one that is looked at, and where it stands. At the end of the text it is a zero.
    octet: u8,
    at: usize,
    // Where the window begins that the maps are of.
    window: usize,
    // Those of the window that are still to come.
    left: u64,
    // The hyphens and dots of the window.
    marks: u64,
    doubled: bool,
}

impl<'a> Stops<'a> {
    /// From the first on; nothing of a text whose offsets do not fit 16 bits.
    #[inline(always)]
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        if text.len() > u16::MAX as usize {
            return None;
        }
        let mut stops = Self {
            text,
            octet: 0,
            at: 0,
            window: 0,
            left: 0,
            marks: 0,
            doubled: false,
        };
        stops.map();
        stops.next();
        Some(stops)
    }

    #[inline(always)]
    fn map(&mut self) {
        let carry = self.marks >> (WINDOW - 1);
        let (usual, marks) = usual_and_marks(self.text, self.window);
        self.left = !usual;
        self.marks = marks;
        self.doubled |= marks & (marks << 1 | carry) != 0;
    }

    /// The whole text.
    #[inline(always)]
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// Where the one stands that is looked at.
    #[inline(always)]
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// What it is.
    #[inline(always)]
    pub(crate) const fn octet(&self) -> u8 {
        self.octet
    }

    /// Whether it is this octet, which is not zero.
    #[inline(always)]
    pub(crate) const fn is(&self, octet: u8) -> bool {
        self.octet == octet
    }

    /// Whether there is none left.
    #[inline(always)]
    pub(crate) const fn is_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Whether two hyphens or dots stand side by side somewhere before this.
    #[inline(always)]
    pub(crate) const fn is_behind_doubled_marks(&self) -> bool {
        self.doubled
    }

    /// Goes to the next. There is one behind each but the end.
    #[inline(always)]
    pub(crate) fn next(&mut self) {
        while self.left == 0 {
            self.window += WINDOW;
            self.map();
        }
        self.at = self.window + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        self.octet = self.text.as_bytes().get(self.at).copied().unwrap_or(0);
    }

    /// Goes to the next that is not of a class.
    #[inline(always)]
    pub(crate) fn next_beyond(&mut self, class: Class) {
        self.next();
        while class::is(self.octet, class) {
            self.next();
        }
    }

    /// Passes over a quoted string without escapes, of which the opening quote is the stop; returns where it ends.
    #[inline(always)]
    pub(crate) fn pass_quoted(&mut self) -> Option<usize> {
        self.next();
        while !self.is(b'"') {
            if matches!(self.octet, b'\\' | b'\0') {
                return None;
            }
            self.next();
        }
        let end = self.at + 1;
        self.next();
        Some(end)
    }

    /// Passes over a colon and the port behind it, if there is a colon; nothing when no port is behind it.
    #[inline(always)]
    pub(crate) fn pass_port(&mut self) -> Option<Option<u16>> {
        if !self.is(b':') {
            return Some(None);
        }
        let digits = self.at + 1;
        self.next();
        let port = grammar::short_number(&self.text.as_bytes()[digits..self.at])?;
        u16::try_from(port).ok().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_is_found() {
        for len in 0..300 {
            let text: String = (0..len)
                .map(|at| char::from(b"ab;-.:Z9\0\x7f "[at * at / 3 % 11]))
                .collect();
            let mut expected: Vec<_> = text
                .bytes()
                .enumerate()
                .filter(|(_, octet)| !octet.is_ascii_alphanumeric() && !matches!(octet, b'-' | b'.'))
                .collect();
            expected.push((len, 0));
            let mut stops = Stops::of(&text).unwrap();
            for (at, octet) in expected {
                assert_eq!((stops.at(), stops.octet), (at, octet), "of {len}");
                if at < len {
                    assert!(!stops.is_end());
                    stops.next();
                }
            }
            assert!(stops.is_end());
        }
    }

    #[test]
    fn marks_side_by_side_are_told_in_and_between_windows() {
        for at in 0..200 {
            let text = format!("{}.-{}", "a".repeat(at), "b".repeat(70));
            let mut stops = Stops::of(&text).unwrap();
            assert!(stops.is_end());
            assert!(stops.is_behind_doubled_marks(), "{at}");
            stops = Stops::of(&text[..=at]).unwrap();
            assert!(!stops.is_behind_doubled_marks(), "{at}");
        }
    }

    #[test]
    fn ports_are_short_numbers() {
        let port = |text| Stops::of(text).unwrap().pass_port();
        assert_eq!(port(":05060;"), Some(Some(5060)));
        assert_eq!(port(":65535"), Some(Some(65_535)));
        assert_eq!(port(";5060"), Some(None));
        for text in [":", ":65536", ":0000000001", ":5a", ":-1", ":;"] {
            assert_eq!(port(text), None, "{text}");
        }
    }

    #[test]
    fn long_texts_are_left_to_the_grammar() {
        assert!(Stops::of(&"a".repeat(65_535)).is_some());
        assert!(Stops::of(&"a".repeat(65_536)).is_none());
    }
}

//! A value read from left to right. Letters, digits, hyphens and dots are most of what values are made of; a map of where
//! they stand takes a scan over a whole token, host or part of a URI at once.
//!
//! What reads a part and returns more than an offset (`read`) is inlined wherever it is used. A value that is put together of
//! small fields and then copied in wide moves stalls the processor for longer than it takes to read it. A `Scan` itself stays
//! in registers as long as nobody has its address: what is too large or too rare to be inlined is given text and offset.

use wide::u8x16;

use crate::{
    ValueError,
    class::{self, Class},
    lanes::{self, NOWHERE, WINDOW},
};

/// A text, and how much of it is read.
#[derive(Clone, Copy)]
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    // Where the window begins that the maps are of.
    window: usize,
    // Letters, digits, hyphens and dots.
    usual: u64,
    // The hyphens and dots of these.
    marks: u64,
}

/// What [`Scan::usual`] and [`Scan::marks`] map.
#[inline]
fn kinds(octets: u8x16) -> [u8x16; 2] {
    let alphanum = lanes::in_range(lanes::lower(octets), b'a', b'z') | lanes::in_range(octets, b'0', b'9');
    let marks = lanes::in_range(octets, b'-', b'.');
    [alphanum | marks, marks]
}

impl<'a> Scan<'a> {
    /// From the start of a text.
    #[inline(always)]
    pub(crate) const fn new(text: &'a str) -> Self {
        Self::from(text, 0)
    }

    /// From an offset of a text.
    #[inline(always)]
    pub(crate) const fn from(text: &'a str, at: usize) -> Self {
        Self {
            text,
            at,
            window: NOWHERE,
            usual: 0,
            marks: 0,
        }
    }

    /// From where a value begins, which may have white space around it.
    #[inline(always)]
    pub(crate) fn value(text: &'a str) -> Self {
        let mut scan = Self::new(text);
        scan.skip_lws();
        scan
    }

    /// That the value ends here.
    #[inline(always)]
    pub(crate) fn end(&mut self) -> Result<(), ValueError> {
        if self.at < self.text.len() {
            self.skip_lws();
            if self.at < self.text.len() {
                return Err(self.expected("the end of the value"));
            }
        }
        Ok(())
    }

    /// How much is read.
    #[inline(always)]
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Goes to another place, which may be one before this.
    #[inline(always)]
    pub(crate) const fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The text from `start` to here.
    #[inline(always)]
    pub(crate) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    /// The text from here on.
    #[inline(always)]
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The whole text.
    #[inline(always)]
    pub(crate) const fn text(&self) -> &'a str {
        self.text
    }

    /// The next octet.
    #[inline(always)]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over an octet of ASCII, if it is the next.
    #[inline(always)]
    pub(crate) fn eat(&mut self, octet: u8) -> bool {
        if self.peek() == Some(octet) {
            self.at += 1;
            return true;
        }
        false
    }

    /// Passes over so many octets, which are ASCII.
    #[inline(always)]
    pub(crate) const fn advance(&mut self, octets: usize) {
        self.at += octets;
    }

    /// Passes over linear white space.
    #[inline(always)]
    pub(crate) fn skip_lws(&mut self) {
        self.at = class::skip(self.text.as_bytes(), self.at, class::LWS);
    }

    /// Passes over white space that must be there.
    #[inline(always)]
    pub(crate) fn lws(&mut self) -> Result<(), ValueError> {
        let start = self.at;
        self.skip_lws();
        if self.at == start {
            return Err(self.expected("white space"));
        }
        Ok(())
    }

    /// Passes over a separator with the optional white space around it; over nothing when it is not next.
    #[inline(always)]
    pub(crate) fn separator(&mut self, octet: u8) -> bool {
        let start = self.at;
        self.skip_lws();
        if self.eat(octet) {
            self.skip_lws();
            return true;
        }
        self.at = start;
        false
    }

    /// Passes over letters, digits, hyphens and dots.
    #[inline(always)]
    pub(crate) fn skip_usual(&mut self) {
        loop {
            let offset = self.at.wrapping_sub(self.window);
            if offset < WINDOW {
                let run = (self.usual >> offset).trailing_ones() as usize;
                self.at += run;
                if offset + run < WINDOW {
                    return;
                }
            }
            self.window = self.at;
            (self.usual, self.marks) = usual_and_marks(self.text, self.at);
        }
    }

    /// Whether the text from `start` to here, which is of letters, digits, hyphens and dots for the most part, may have two
    /// of the last side by side: `true` also where the map does not tell.
    #[inline(always)]
    pub(crate) const fn may_have_marks_side_by_side(&self, start: usize) -> bool {
        let offset = start.wrapping_sub(self.window);
        if offset >= WINDOW || self.at - self.window >= WINDOW {
            return true;
        }
        let marks = (self.marks >> offset) & !(u64::MAX << (self.at - start));
        marks & (marks >> 1) != 0
    }

    /// Passes over octets of a class that has all letters, digits, hyphens and dots.
    #[inline(always)]
    pub(crate) fn skip(&mut self, class: Class) {
        loop {
            self.skip_usual();
            match self.peek() {
                Some(octet) if class::is(octet, class) => self.at += 1,
                _ => return,
            }
        }
    }

    /// Passes over one octet or more of such a class.
    #[inline(always)]
    pub(crate) fn some(&mut self, class: Class, what: &'static str) -> Result<(), ValueError> {
        let start = self.at;
        self.skip(class);
        if self.at == start {
            return Err(self.expected(what));
        }
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn token(&mut self, what: &'static str) -> Result<&'a str, ValueError> {
        let start = self.at;
        self.some(class::TOKEN, what)?;
        Ok(self.since(start))
    }

    /// `quoted-string`, the quotes included.
    #[inline(always)]
    pub(crate) fn quoted_string(&mut self) -> Result<(), ValueError> {
        let start = self.at;
        if !self.eat(b'"') {
            return Err(self.expected("a quoted string"));
        }
        loop {
            self.skip(class::QUOTED);
            match (self.peek(), self.text.as_bytes().get(self.at + 1)) {
                (Some(b'"'), _) => {
                    self.at += 1;
                    return Ok(());
                }
                // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
                (Some(b'\\'), Some(octet)) if octet.is_ascii() && !matches!(octet, b'\r' | b'\n') => self.at += 2,
                (Some(b'\\'), Some(_)) => {
                    self.at += 1;
                    return Err(self.expected("an ASCII character other than CR and LF after a backslash"));
                }
                (Some(b'\0'), _) => return Err(self.expected("a quoted string without NUL")),
                _ => {
                    self.at = start;
                    return Err(self.expected("a closing quote"));
                }
            }
        }
    }

    /// A decimal number that fits. Digits beyond the range of `T` are an error, not a wrapped value.
    #[inline(always)]
    pub(crate) fn number<T: TryFrom<u64>>(&mut self) -> Result<T, ValueError> {
        // So many digits are less than 2^64, whatever they are.
        const SHORT: usize = 19;
        let start = self.at;
        let mut number = 0_u64;
        while let Some(octet) = self.peek().filter(u8::is_ascii_digit) {
            number = number.wrapping_mul(10).wrapping_add(u64::from(octet - b'0'));
            self.at += 1;
        }
        let number = match self.at - start {
            0 => return Err(self.expected("a number")),
            1..=SHORT => Some(number),
            _ => self.since(start).parse().ok(),
        };
        let fits = number.and_then(|number| T::try_from(number).ok());
        fits.ok_or(ValueError::new("a number in range", start))
    }

    /// The error that something else was expected here.
    #[inline(always)]
    pub(crate) const fn expected(&self, what: &'static str) -> ValueError {
        ValueError::new(what, self.at)
    }
}

/// The maps of a window.
#[inline(never)]
pub(crate) fn usual_and_marks(text: &str, from: usize) -> (u64, u64) {
    let [usual, marks] = lanes::maps(text.as_bytes(), from, kinds);
    (usual, marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ASCII of every kind, in an order that repeats late.
    fn mixed(len: usize) -> String {
        let octets = b"ab.c-1_2;Z%x/..y--z:0\"w \\q=";
        (0..len)
            .map(|at| char::from(octets[(at * at / 5 + at) % octets.len()]))
            .collect()
    }

    #[test]
    fn every_octet_ends_a_token_or_does_not() {
        for before in [0, 1, 15, 16, 17, 62, 63, 64, 65, 127, 128] {
            for octet in 0..=127_u8 {
                for class in [class::TOKEN, class::QUOTED, class::TOKEN | class::LWS] {
                    let text = format!("{}{}b", "a".repeat(before), char::from(octet));
                    let mut scan = Scan::new(&text);
                    scan.skip(class);
                    let end = class::skip(text.as_bytes(), 0, class);
                    assert_eq!(scan.at(), end, "{octet:#x} behind {before}");
                }
            }
        }
    }

    #[test]
    fn a_scan_from_anywhere_goes_as_far_as_one_octet_by_octet() {
        let text = mixed(200);
        let mut kept = Scan::new(&text);
        for from in (0..=text.len()).chain((0..=text.len()).rev()) {
            let end = class::skip(text.as_bytes(), from, class::TOKEN);
            let mut back = Scan::from(&text, text.len());
            back.seek(from);
            back.skip_usual();
            let rest = text.as_bytes()[from..].iter();
            let usual = rest.take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.'));
            assert_eq!(back.at(), from + usual.count(), "back to {from}");
            let mut scan = Scan::from(&text, from);
            scan.skip(class::TOKEN);
            kept.seek(from);
            kept.skip(class::TOKEN);
            assert_eq!((scan.at(), kept.at()), (end, end), "from {from}");
        }
    }

    #[test]
    fn marks_side_by_side_are_told_in_a_window_and_never_overlooked() {
        for (len, is_one_window) in [(WINDOW - 1, true), (150, false)] {
            let text: String = (0..len)
                .map(|at| if matches!(at % 13, 3 | 4 | 7) { '.' } else { 'a' })
                .collect();
            for start in 0..len {
                for end in start..=len {
                    let mut scan = Scan::from(&text, if is_one_window { 0 } else { start });
                    scan.skip_usual();
                    scan.seek(end);
                    let has = text[start..end].contains("..");
                    let may_have = scan.may_have_marks_side_by_side(start);
                    assert!(may_have || !has, "{start}..{end}");
                    assert!(has || !may_have || !is_one_window, "{start}..{end}");
                }
            }
        }
    }

    #[test]
    fn numbers_are_of_any_length() {
        let number = |text| Scan::new(text).number::<u64>().map_err(|error| error.offset());
        assert_eq!(number("18446744073709551615;"), Ok(u64::MAX));
        assert_eq!(number("9999999999999999999"), Ok(9_999_999_999_999_999_999));
        assert_eq!(number("000000000000000000000000000007"), Ok(7));
        assert_eq!(number("18446744073709551616"), Err(0));
        assert_eq!(number("x"), Err(0));
    }
}

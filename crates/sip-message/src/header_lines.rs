//! The index of a header section: where each line begins, how long its name is and which header that is.

use std::ops::Range;

use memchr::memchr;
use wide::u8x16;

use crate::{class, lanes, name::Known};

/// Where one header line stands, folds included. It ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeaderLine {
    pub(crate) start: u32,
    pub(crate) id: Option<Known>,
    // What stands before the colon, or `LONG`.
    name: u8,
}

/// That a name has so many octets or more.
const LONG: u8 = u8::MAX;

impl HeaderLine {
    /// The line at `start` with its colon behind `name` octets.
    #[inline]
    pub(crate) fn new(start: u32, name: usize, id: Option<Known>) -> Self {
        Self {
            start,
            id,
            name: u8::try_from(name).unwrap_or(LONG),
        }
    }

    /// The same line at another place.
    pub(crate) const fn at(self, start: u32) -> Self {
        Self { start, ..self }
    }

    /// Where in its bytes the value of the line is, without the white space around it. `next` is where the next line begins.
    pub(crate) fn value(self, bytes: &[u8], next: u32) -> Range<usize> {
        let start = self.start as usize;
        let line = bytes.get(start..(next as usize).saturating_sub(2)).unwrap_or_default();
        let name = match self.name {
            LONG => memchr(b':', line).unwrap_or_default(),
            name => usize::from(name),
        };
        let value = line.get(name + 1..).unwrap_or_default();
        let lead = class::span(value, class::LWS);
        let start = start + name + 1 + lead;
        start..start + class::trim_end(&value[lead..], class::LWS).len()
    }
}

/// So many lines are indexed without an allocation: more than a usual message has.
const INLINE: usize = 32;

/// The `ids` of a line whose header has no constant, and of no line. The table of names is asserted to have fewer.
const UNKNOWN: u8 = u8::MAX;
const NO_LINE: u8 = u8::MAX - 1;

/// The lines of a header section, in order. The first ones are kept in columns, so that the lines of one header are found
/// by looking at all their `ids` at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderLines {
    len: usize,
    ids: [u8; INLINE],
    names: [u8; INLINE],
    starts: [u32; INLINE],
    // The lines behind the first ones.
    more: Vec<HeaderLine>,
}

impl HeaderLines {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            len: 0,
            ids: [NO_LINE; INLINE],
            names: [0; INLINE],
            starts: [0; INLINE],
            more: Vec::new(),
        }
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Adds a line behind the others.
    #[inline]
    pub(crate) fn push(&mut self, line: HeaderLine) {
        if self.len < INLINE {
            self.set(self.len, line);
        } else {
            self.more.push(line);
        }
        self.len += 1;
    }

    /// Puts a line in the place of another, or in the first free place of the columns.
    #[inline]
    fn set(&mut self, at: usize, line: HeaderLine) {
        if at < INLINE {
            self.ids[at] = line.id.map_or(UNKNOWN, |id| id as u8);
            self.names[at] = line.name;
            self.starts[at] = line.start;
        } else {
            self.more[at - INLINE] = line;
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<HeaderLine> {
        if at >= INLINE {
            return self.more.get(at - INLINE).copied();
        }
        (at < self.len).then(|| HeaderLine {
            start: self.starts[at],
            id: Known::from_index(self.ids[at]),
            name: self.names[at],
        })
    }

    /// Where a line begins.
    #[inline]
    pub(crate) fn start(&self, at: usize) -> Option<u32> {
        if at >= INLINE {
            return self.more.get(at - INLINE).map(|line| line.start);
        }
        (at < self.len).then(|| self.starts[at])
    }

    /// Where the value of a line is, if it stands behind one SP and before the line break, as nearly all do. `end` is where the
    /// last line ends.
    #[inline]
    pub(crate) fn usual_value(&self, at: usize, bytes: &[u8], end: u32) -> Option<Range<usize>> {
        if at >= self.len || at + 1 >= INLINE || self.names[at] == LONG {
            return None;
        }
        let next = if at + 1 < self.len { self.starts[at + 1] } else { end };
        let place = self.starts[at] as usize + usize::from(self.names[at]) + 1..(next as usize).saturating_sub(2);
        let is_text = |octet: &u8| !class::is(*octet, class::LWS);
        match bytes.get(place.clone())? {
            [b' ', value @ ..] if value.first().is_some_and(is_text) && value.last().is_some_and(is_text) => {
                Some(place.start + 1..place.end)
            }
            _ => None,
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = HeaderLine> {
        (0..self.len).map(|at| self.get(at).expect("a place before the end"))
    }

    /// The places of the lines that have a header which has a constant, or (`None`) one which has none.
    #[inline]
    pub(crate) fn places(&self, id: Option<Known>) -> Places<'_> {
        let wanted = id.map_or(UNKNOWN, |id| id as u8);
        let (low, high) = self.ids.split_at(INLINE / 2);
        let map = |ids: &[u8]| {
            let ids = ids.first_chunk().map_or(u8x16::splat(NO_LINE), |ids| u8x16::new(*ids));
            lanes::equal(ids, wanted).to_bitmask()
        };
        Places {
            id,
            first: map(high) << (INLINE / 2) | map(low),
            passed: INLINE,
            more: &self.more,
        }
    }

    /// Puts the last line, of so many octets, before the one at a place.
    pub(crate) fn move_last_to(&mut self, place: usize, len: u32) {
        let last = self.len.saturating_sub(1);
        let (Some(moved), Some(start)) = (self.get(last), self.start(place)) else {
            return;
        };
        for at in (place..last).rev() {
            if let Some(line) = self.get(at) {
                self.set(at + 1, line.at(line.start + len));
            }
        }
        self.set(place, moved.at(start));
    }

    /// What stood at one offset stands at another, and so do all lines.
    pub(crate) fn shift(&mut self, from: u32, to: u32) {
        for at in 0..self.len {
            if let Some(line) = self.get(at) {
                self.set(at, line.at(line.start + to - from));
            }
        }
    }
}

/// The places of the lines of one header, in order.
#[derive(Clone, Debug)]
pub(crate) struct Places<'a> {
    id: Option<Known>,
    // Those in the columns that are still to come, as bits.
    first: u32,
    // How many lines are passed, once there is none left in the columns.
    passed: usize,
    more: &'a [HeaderLine],
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.first != 0 {
            let at = self.first.trailing_zeros() as usize;
            self.first &= self.first - 1;
            return Some(at);
        }
        let at = self.more.iter().position(|line| line.id == self.id)?;
        self.more = &self.more[at + 1..];
        self.passed += at + 1;
        Some(self.passed - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(len: usize) -> Vec<Option<Known>> {
        let kinds = [
            Some(Known::Via),
            None,
            Some(Known::Route),
            Some(Known::Via),
            Some(Known::To),
        ];
        (0..len).map(|at| kinds[at * at / 3 % kinds.len()]).collect()
    }

    fn lines(ids: &[Option<Known>]) -> HeaderLines {
        let mut lines = HeaderLines::new();
        for (at, id) in ids.iter().enumerate() {
            lines.push(HeaderLine::new(u32::try_from(at).unwrap() * 10, at, *id));
        }
        lines
    }

    #[test]
    fn every_line_is_found_among_any_number() {
        for len in (0..40).chain([300]) {
            let ids = ids(len);
            let lines = lines(&ids);
            assert_eq!(lines.len(), len);
            assert_eq!(lines.get(len), None);
            assert_eq!(lines.iter().map(|line| line.id).collect::<Vec<_>>(), ids);
            for id in [
                None,
                Some(Known::Via),
                Some(Known::Route),
                Some(Known::To),
                Some(Known::Event),
            ] {
                let places: Vec<_> = lines.places(id).collect();
                let expected: Vec<_> = (0..len).filter(|at| ids[*at] == id).collect();
                assert_eq!(places, expected, "{id:?} among {len}");
            }
        }
    }

    #[test]
    fn the_last_line_is_moved_before_any() {
        for len in [1, 2, 31, 32, 33, 34, 40] {
            for place in 0..len {
                let ids = ids(len);
                let mut moved = lines(&ids);
                moved.move_last_to(place, 10);
                let mut expected: Vec<_> = lines(&ids).iter().collect();
                let last = expected.pop().unwrap();
                expected.insert(place, last);
                for (at, line) in expected.iter_mut().enumerate() {
                    line.start = u32::try_from(at).unwrap() * 10;
                }
                assert_eq!(moved.iter().collect::<Vec<_>>(), expected, "to {place} of {len}");
            }
        }
        let mut none = HeaderLines::new();
        none.move_last_to(0, 10);
        assert_eq!(none, HeaderLines::new());
    }

    #[test]
    fn all_lines_are_shifted() {
        let mut shifted = lines(&ids(40));
        shifted.shift(5, 7);
        for (at, line) in shifted.iter().enumerate() {
            assert_eq!(line.start, u32::try_from(at).unwrap() * 10 + 2);
        }
    }

    #[test]
    fn a_value_behind_a_name_of_any_length() {
        for len in (0..300).chain([70_000]) {
            for (before, value, after) in [
                (" ", "a:b", ""),
                ("", "a:b", ""),
                ("\t ", "a", "\r\n "),
                ("\r\n ", "a b", " \t"),
                (" ", "", ""),
                (" ", "a", ""),
                ("", "", ""),
            ] {
                let start = 10 + len + 1 + before.len();
                let bytes = format!("first: x\r\n{}:{before}{value}{after}\r\nnext: y", "n".repeat(len));
                let next = u32::try_from(start + value.len() + after.len() + 2).unwrap();
                let place = HeaderLine::new(10, len, None).value(bytes.as_bytes(), next);
                assert_eq!(
                    place,
                    start..start + value.len(),
                    "{before:?}{value:?}{after:?} of {len}"
                );
            }
        }
    }
}

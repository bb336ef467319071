//! Octets looked at a word at a time: what makes reading a line and looking up a header's name cheap.

use memchr::memchr2;

/// A header name in lower case, in words that compare at once. What is behind the name is zero.
#[derive(Clone, Copy)]
pub(crate) struct Words([u64; WORDS]);

/// Words that are looked at. The longest name that has a constant is of 19 octets, and a colon follows.
const WORDS: usize = 3;

impl Words {
    /// The words of a name alone; `None` when it is too long, or not all of it is the name.
    pub(crate) const fn of(name: &[u8]) -> Option<Self> {
        let mut window = [b':'; WORDS * 8];
        if name.len() >= window.len() {
            return None;
        }
        let mut at = 0;
        while at < name.len() {
            window[at] = name[at];
            at += 1;
        }
        match Self::before_colon(&window) {
            Some((words, len)) if len == name.len() => Some(words),
            _ => None,
        }
    }

    /// The words of the name that a line begins with, and its length. What is looked at may reach beyond the line.
    #[inline]
    pub(crate) const fn before_colon(text: &[u8]) -> Option<(Self, usize)> {
        let (chunks, _) = text.as_chunks::<8>();
        let mut words = Self([0; WORDS]);
        let mut at = 0;
        while at < WORDS && at < chunks.len() {
            let word = u64::from_le_bytes(chunks[at]);
            // Setting the bit of lower case leaves hyphens and digits as they are.
            let lower = word | (ONES << 5);
            let colons = word ^ (ONES * b':' as u64);
            // The lowest bit that is set is that of the first octet that is zero; higher ones may be of others.
            let zeros = colons.wrapping_sub(ONES) & !colons & HIGHS;
            if zeros != 0 {
                let before = (zeros & zeros.wrapping_neg()) >> 7;
                words.0[at] = lower & (before - 1);
                return Some((words, at * 8 + (zeros.trailing_zeros() / 8) as usize));
            }
            words.0[at] = lower;
            at += 1;
        }
        None
    }

    /// Spreads the names over `2^bits` slots.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the shift leaves `bits` bits")]
    pub(crate) const fn slot(&self, seed: u64, bits: u32) -> usize {
        let mixed = self.0[0] ^ self.0[1].rotate_left(21) ^ self.0[2].rotate_left(42);
        (mixed.wrapping_mul(seed) >> (64 - bits)) as usize
    }

    #[inline]
    pub(crate) const fn same(&self, other: &Self) -> bool {
        self.0[0] == other.0[0] && self.0[1] == other.0[1] && self.0[2] == other.0[2]
    }
}

/// An octet of one in each lane.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each lane.
const HIGHS: u64 = ONES << 7;

/// Where the first CR or LF is.
#[inline]
pub(crate) fn line_break(text: &[u8]) -> Option<usize> {
    // Beyond that a vector search is faster, which has a cost to start.
    const USUAL_LINE: usize = 128;
    let (chunks, _) = text.as_chunks::<8>();
    for (at, chunk) in chunks.iter().enumerate().take(USUAL_LINE / 8) {
        let word = u64::from_le_bytes(*chunk);
        // Octets below SP: CR, LF, HTAB and other control characters. The lowest bit that is set is right.
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        if controls != 0 {
            let at = at * 8 + (controls.trailing_zeros() / 8) as usize;
            if matches!(text[at], b'\r' | b'\n') {
                return Some(at);
            }
            return memchr2(b'\r', b'\n', &text[at..]).map(|more| at + more);
        }
    }
    let from = text.len().min(USUAL_LINE);
    let from = from - from % 8;
    memchr2(b'\r', b'\n', &text[from..]).map(|more| from + more)
}

/// The eight octets from `at` on; what is behind the end is zero.
#[inline]
fn load(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    match (rest.first_chunk(), text.last_chunk()) {
        (Some(chunk), _) => u64::from_le_bytes(*chunk),
        // Without a loop: the last eight octets, without those before `at`.
        (None, Some(_)) if rest.is_empty() => 0,
        (None, Some(last)) => u64::from_le_bytes(*last) >> ((8 - rest.len()) * 8),
        (None, None) => rest.iter().rev().fold(0, |word, octet| (word << 8) | u64::from(*octet)),
    }
}

/// The lanes whose octet is in a range of ASCII, by their highest bit.
#[inline]
const fn in_range(word: u64, first: u8, last: u8) -> u64 {
    let low = word & !HIGHS;
    let from_first = low + ONES * (0x80 - first) as u64;
    let behind_last = low + ONES * (0x7F - last) as u64;
    from_first & !behind_last & !word & HIGHS
}

/// Letters, digits, hyphens and dots: most of what tokens, hosts and the parts of a URI are made of.
#[inline]
const fn usual(word: u64) -> u64 {
    let slash = in_range(word, b'/', b'/');
    (in_range(word | (ONES << 5), b'a', b'z') | in_range(word, b'-', b'9')) & !slash
}

/// Where the first octet from `at` on is that is no letter, digit, hyphen or dot.
#[inline]
pub(crate) fn skip_usual(text: &[u8], mut at: usize) -> usize {
    loop {
        let others = !usual(load(text, at)) & HIGHS;
        if others != 0 {
            return at + (others.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
}

/// Whether a dot stands beside a dot or a hyphen, or a hyphen begins or ends the text: where no label of a host name
/// is, or one begins or ends with a hyphen.
#[inline]
pub(crate) fn has_broken_label(name: &[u8]) -> bool {
    // As if a dot were before the name.
    let (mut dot_before, mut hyphen_before) = (0x80, 0);
    for at in (0..name.len()).step_by(8) {
        let word = load(name, at);
        let (dots, hyphens) = (in_range(word, b'.', b'.'), in_range(word, b'-', b'-'));
        let (dots_before, hyphens_before) = (dots << 8 | dot_before, hyphens << 8 | hyphen_before);
        if dots & (dots_before | hyphens_before) != 0 || hyphens & dots_before != 0 {
            return true;
        }
        (dot_before, hyphen_before) = (dots >> 56, hyphens >> 56);
    }
    name.ends_with(b"-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_in_every_lane_is_what_it_is() {
        for lane in 0..8 {
            for octet in 0..=u8::MAX {
                let mut text = [b'a'; 8];
                text[lane] = octet;
                let is_usual = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.');
                assert_eq!(
                    skip_usual(&text, 0),
                    if is_usual { 8 } else { lane },
                    "{octet:#x} at {lane}"
                );
                let is_break = matches!(octet, b'\r' | b'\n');
                assert_eq!(line_break(&text), is_break.then_some(lane), "{octet:#x} at {lane}");
                let colon = Words::before_colon(&text).map(|(_, len)| len);
                assert_eq!(colon, (octet == b':').then_some(lane), "{octet:#x} at {lane}");
            }
        }
    }

    #[test]
    fn the_end_of_the_text_ends_everything() {
        for len in 0..40 {
            let text = vec![b'a'; len];
            for at in 0..=len {
                assert_eq!(skip_usual(&text, at), len);
            }
            assert_eq!(line_break(&text), None);
        }
    }

    #[test]
    fn a_line_may_be_of_any_length() {
        for len in 0..300 {
            let mut text = vec![b'\t'; len];
            text.extend(b"\r\n");
            assert_eq!(line_break(&text), Some(len));
            text[..len].fill(b'a');
            assert_eq!(line_break(&text), Some(len));
        }
    }

    #[test]
    fn labels_are_found_broken_wherever_that_is() {
        let long = "abcdefg".repeat(4);
        for at in 0..20 {
            let broken = |text: &str| has_broken_label(format!("{}{text}{}", &long[..=at], &long[at..]).as_bytes());
            assert!(broken("..") && broken(".-") && broken("-."), "{at}");
            assert!(!broken("--") && !broken("-") && !broken("."), "{at}");
        }
        assert!(has_broken_label(b"-a") && has_broken_label(b"a-") && has_broken_label(b".a"));
        assert!(!has_broken_label(b"a.") && !has_broken_label(b"a-b.c"));
    }
}

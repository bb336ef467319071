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
            let zeros = colons.wrapping_sub(ONES) & !colons & (ONES << 7);
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

/// An octet of one in each place.
const ONES: u64 = 0x0101_0101_0101_0101;

/// Where the first CR or LF is.
#[inline]
pub(crate) fn line_break(text: &[u8]) -> Option<usize> {
    // Beyond that a vector search is faster, which has a cost to start.
    const USUAL_LINE: usize = 128;
    let (chunks, _) = text.as_chunks::<8>();
    for (at, chunk) in chunks.iter().enumerate().take(USUAL_LINE / 8) {
        let word = u64::from_le_bytes(*chunk);
        // Octets below SP: CR, LF, HTAB and other control characters. The lowest bit that is set is right.
        let controls = word.wrapping_sub(ONES * 0x20) & !word & (ONES << 7);
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

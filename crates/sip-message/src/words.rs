//! Octets looked at a word at a time: what makes looking up a header's name cheap.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_is_found_in_every_lane() {
        for lane in 0..WORDS * 8 {
            for octet in 0..=u8::MAX {
                let mut text = [b'a'; WORDS * 8];
                text[lane] = octet;
                let colon = Words::before_colon(&text).map(|(_, len)| len);
                assert_eq!(colon, (octet == b':').then_some(lane), "{octet:#x} at {lane}");
            }
        }
    }
}
